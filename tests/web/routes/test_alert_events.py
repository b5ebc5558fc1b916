"""What fired, over HTTP: events, acknowledgement, and the ledger of messages."""

from typing import Any

import httpx
import pytest

from metricbox.store.appdb.alert_deliveries import note_attempt
from metricbox.store.appdb.alert_events import NewEvent, insert_events, resolve_events
from metricbox.web import alert_schemas as schemas
from tests.support.api import EDITOR, Callers, check_error, check_list
from tests.support.stores import NOW_MS, push
from tests.web.routes.test_alert_rules import make as make_rule
from tests.web.routes.test_alert_rules import tick

PATH = "/api/v1/alerts"
HOUR_MS = 3_600_000
UNKNOWN = "00000000-0000-4000-8000-000000000000"


async def seed(callers: Callers) -> None:
    """a: three hours ago for an hour; b: since two hours; c: since one hour, of another rule."""

    def write(connection: Any) -> None:
        for number, (name, rule, severity) in enumerate(
            (("a", "cpu", "warning"), ("b", "cpu", "critical"), ("c", "disk_100%", "info"))
        ):
            event = NewEvent(name, rule, rule.upper(), severity, {"host": f"web-{name}"}, "condition", 95.0)
            insert_events(connection, [event], NOW_MS - (3 - number) * HOUR_MS)
        resolve_events(connection, [("a", 10.0, 99.0)], NOW_MS - 2 * HOUR_MS)

    await callers.server.context.appdb.write(write)


def ids(answer: httpx.Response) -> list[str]:
    return [event["id"] for event in check_list(answer, schemas.AlertEvent)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "cba"),
        ("ruleId=cpu", "ba"),
        ("status=firing", "cb"),
        ("status=resolved", "a"),
        ("severity=critical", "b"),
        ("ruleId=cpu&severity=warning&status=firing", ""),
        ("search=WEB-B", "b"),
        ("search=disk_100%25", "c"),
        ("search=%25", "c"),
        ("from=now-90m", "cb"),
        ("from=now-130m", "cba"),
        ("to=now-90m", "ba"),
        (f"from={NOW_MS - 150 * 60_000}&to={NOW_MS - 130 * 60_000}", "a"),
        ("sort=triggeredAt", "abc"),
        ("sort=-triggeredAt", "cba"),
        ("sort=ruleName", "bac"),
        ("pageSize=2", "cb"),
        ("pageSize=2&page=2", "a"),
        ("pageSize=2&page=3", ""),
    ],
)
async def test_events_are_found(callers: Callers, query: str, expected: str) -> None:
    await seed(callers)
    answer = await callers.viewer.get(f"{PATH}/events?{query}")
    assert ids(answer) == list(expected)
    if "page" in query:
        assert answer.json()["meta"]["total"] == 3


@pytest.mark.parametrize(
    "query", ["status=odd", "severity=page", "from=soon", "to=x", "sort=value", "page=0"]
)
async def test_what_cannot_be_asked_is_named(callers: Callers, query: str) -> None:
    answer = await callers.viewer.get(f"{PATH}/events?{query}")
    check_error(answer, 400, "VALIDATION_ERROR", query.partition("=")[0])


async def test_an_event_is_told_whole(callers: Callers) -> None:
    await seed(callers)
    (event,) = check_list(await callers.read_token.get(f"{PATH}/events?status=resolved"), schemas.AlertEvent)
    assert event == {
        "id": "a", "ruleId": "cpu", "ruleName": "CPU", "severity": "warning", "labels": {"host": "web-a"},
        "kind": "condition", "status": "resolved", "value": 10.0, "peak": 99.0, "unit": "",
        "silenced": False,
        "triggeredAt": "2026-11-25T07:00:00.000Z", "resolvedAt": "2026-11-25T08:00:00.000Z",
        "acknowledgedBy": None, "acknowledgedAt": None, "comment": "",
    }  # fmt: skip


async def test_an_alert_is_acknowledged_with_a_comment_and_an_entry_in_the_audit(callers: Callers) -> None:
    await seed(callers)
    path = f"{PATH}/events/b/acknowledge"
    check_error(await callers.anonymous.post(path), 401, "UNAUTHORIZED")
    check_error(await callers.viewer.post(path), 403, "FORBIDDEN")
    seen = await callers.editor.data("POST", path, {"comment": "on it"})
    assert (seen["acknowledgedBy"], seen["comment"]) == (EDITOR, "on it")
    assert seen["acknowledgedAt"] == "2026-11-25T10:00:00.000Z"
    assert seen["status"] == "firing"
    again = await callers.admin.data("POST", path)
    assert (again["acknowledgedBy"], again["comment"]) == ("admin@example.org", "")
    check_error(await callers.editor.post(f"{PATH}/events/{UNKNOWN}/acknowledge"), 404, "NOT_FOUND")
    answer = await callers.editor.post(path, {"comment": "x" * 2_001})
    check_error(answer, 400, "VALIDATION_ERROR", "comment")
    entries = await callers.admin.data("GET", "/api/v1/audit?resourceType=alert")
    assert [(one["author"], one["resourceId"]) for one in entries] == [
        ("admin@example.org", "b"),
        (EDITOR, "b"),
    ]


# ---- deliveries


async def fire(callers: Callers) -> dict[str, Any]:
    """A rule that has fired on one host, with the message in the outbox; the delivery."""
    wish = {"name": "ops", "type": "webhook", "settings": {"url": "http://127.0.0.1:9/"}}
    channel = await callers.admin.data("POST", f"{PATH}/channels", wish, 201)
    await make_rule(callers.editor, notification={"channels": [channel["id"]]})
    push(callers.server.context.store, "cpu", {"host": "a"}, [(NOW_MS, 95.0)])
    await tick(callers)
    (delivery,) = check_list(await callers.viewer.get(f"{PATH}/deliveries"), schemas.Delivery)
    return dict(delivery)


async def finish(callers: Callers, delivery_id: str, state: str) -> None:
    await callers.server.context.appdb.write(
        lambda connection: note_attempt(
            connection, delivery_id, state=state, answer="500 no", now_ms=NOW_MS + 20_000
        )
    )


async def test_the_ledger_tells_what_became_of_a_message(callers: Callers) -> None:
    delivery = await fire(callers)
    (event,) = await callers.viewer.data("GET", f"{PATH}/events")
    assert (delivery["state"], delivery["status"], delivery["eventIds"]) == (
        "queued",
        "firing",
        [event["id"]],
    )
    assert (delivery["channelName"], delivery["ruleName"], delivery["title"]) == (
        "ops",
        "CPU high",
        "Warning: CPU high host=a",
    )
    assert (delivery["attempts"], delivery["finishedAt"]) == ([], None)
    assert delivery["nextAttemptAt"] == delivery["createdAt"] == "2026-11-25T10:00:10.000Z"
    await finish(callers, delivery["id"], "given_up")
    for query, expected in (
        ("state=given_up", 1),
        ("state=queued", 0),
        (f"channelId={delivery['channelId']}", 1),
        (f"channelId={UNKNOWN}", 0),
        (f"eventId={event['id']}", 1),
        ("eventId=none", 0),
        ("sort=-finishedAt", 1),
    ):
        found = check_list(await callers.viewer.get(f"{PATH}/deliveries?{query}"), schemas.Delivery)
        assert len(found) == expected, query
    (found,) = await callers.viewer.data("GET", f"{PATH}/deliveries")
    assert found["attempts"] == [{"at": "2026-11-25T10:00:20.000Z", "delivered": False, "answer": "500 no"}]
    assert (found["answer"], found["nextAttemptAt"]) == ("500 no", None)
    for query in ("state=lost", "sort=title"):
        answer = await callers.viewer.get(f"{PATH}/deliveries?{query}")
        check_error(answer, 400, "VALIDATION_ERROR", query.partition("=")[0])


async def test_a_finished_message_is_sent_again_as_it_was(callers: Callers) -> None:
    delivery = await fire(callers)
    path = f"{PATH}/deliveries/{delivery['id']}/resend"
    check_error(await callers.anonymous.post(path), 401, "UNAUTHORIZED")
    check_error(await callers.viewer.post(path), 403, "FORBIDDEN")
    check_error(await callers.editor.post(path), 409, "CONFLICT")
    await finish(callers, delivery["id"], "delivered")
    callers.server.clock.advance_ms(60_000)
    again = await callers.editor.data("POST", path)
    schemas.Delivery.model_validate(again)
    assert (again["state"], again["title"], again["finishedAt"]) == ("queued", delivery["title"], None)
    assert again["nextAttemptAt"] == "2026-11-25T10:01:10.000Z"
    assert len(again["attempts"]) == 1
    check_error(await callers.editor.post(f"{PATH}/deliveries/{UNKNOWN}/resend"), 404, "NOT_FOUND")
