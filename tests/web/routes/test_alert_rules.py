"""Alert rules over HTTP, from their making to what they tell."""

from typing import Any

import pytest

from metricbox.web import alert_schemas as schemas
from tests.support.api import Callers, Client, check_error, check_list
from tests.support.queries import MINUTE_MS
from tests.support.stores import NOW_MS, push

PATH = "/api/v1/alerts/rules"
RULE = {"name": "CPU high", "query": "cpu", "condition": "gt", "threshold": 90}
TICK_MS = 10_000


async def make(client: Client, **fields: Any) -> dict[str, Any]:
    rule: dict[str, Any] = await client.data("POST", PATH, RULE | fields, 201)
    return rule


async def tick(callers: Callers, times: int = 1) -> None:
    """Let the loop run; in these tests it does not by itself."""
    server = callers.server
    for _ in range(times):
        server.clock.advance_ms(TICK_MS)
        await server.context.alerts.loop.tick(server.clock.now_ms())


async def test_rules_are_made_by_editors_and_seen_by_readers(callers: Callers) -> None:
    check_error(await callers.anonymous.post(PATH, RULE), 401, "UNAUTHORIZED")
    check_error(await callers.viewer.post(PATH, RULE), 403, "FORBIDDEN")
    made = await make(callers.editor)
    schemas.AlertRule.model_validate(made)
    assert (made["duration"], made["severity"], made["enabled"], made["noData"]) == (
        "0s",
        "warning",
        True,
        "ok",
    )
    assert made["notification"] == {"channels": [], "repeatInterval": "4h", "message": None}
    assert (made["state"], made["counts"], made["version"]) == ("ok", {"pending": 0, "firing": 0}, 1)
    assert await callers.viewer.data("GET", f"{PATH}/{made['id']}") == made
    (listed,) = check_list(await callers.read_token.get(f"{PATH}?search=high"), schemas.AlertRule)
    assert listed == made
    assert check_list(await callers.viewer.get(f"{PATH}?search=disk"), schemas.AlertRule) == []


async def test_put_changes_the_named_fields_only_and_knows_versions(callers: Callers) -> None:
    made = await make(callers.editor, duration="5m", labels={"team": "ops"}, recoveryThreshold=80)
    path = f"{PATH}/{made['id']}"
    changed = await callers.editor.data("PUT", path, {"threshold": 95, "version": 1, "duration": None})
    assert changed == {
        **made, "threshold": 95, "duration": "0s", "version": 2, "updatedAt": changed["updatedAt"]
    }  # fmt: skip
    answer = await callers.editor.put(path, {"threshold": 99, "version": 1})
    check_error(answer, 409, "CONFLICT", "version")
    assert (await callers.editor.data("PUT", path, {"recoveryThreshold": None}))["recoveryThreshold"] is None
    assert (await callers.editor.delete(path)).status_code == 204
    for method in ("GET", "PUT", "DELETE"):
        body = {"threshold": 1} if method == "PUT" else None
        check_error(await callers.editor.request(method, path, body), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"query": "cpu{"}, "query"),
        ({"query": "cpu[5m]"}, "query"),
        ({"query": ""}, "query"),
        ({"condition": "above"}, "condition"),
        ({"threshold": "90"}, "threshold"),
        ({"duration": "soon"}, "duration"),
        ({"duration": "31d"}, "duration"),
        ({"severity": "page"}, "severity"),
        ({"noData": "panic"}, "noData"),
        ({"labels": {"1": "x"}}, "labels.1"),
        ({"notification": {"channels": ["none"]}}, "notification.channels[0]"),
        ({"notification": {"repeatInterval": "1s"}}, "notification.repeatInterval"),
        ({"notification": {"message": "{{__class__}}"}}, "notification.message"),
        ({"for": "5m"}, "for"),
        ({"name": " "}, "name"),
    ],
)
async def test_bad_input_is_named(callers: Callers, change: dict[str, Any], field: str) -> None:
    check_error(await callers.editor.post(PATH, RULE | change), 400, "VALIDATION_ERROR", field)
    if "query" not in change or change["query"]:
        made = await make(callers.editor)
        check_error(await callers.editor.put(f"{PATH}/{made['id']}", change), 400, "VALIDATION_ERROR", field)


async def test_a_rule_fires_and_ends_for_each_series(callers: Callers) -> None:
    made = await make(callers.editor, duration="20s", labels={"team": "ops"})
    store = callers.server.context.store
    for host, value in (("a", 95.0), ("b", 50.0)):
        push(store, "cpu", {"host": host}, [(NOW_MS + step * TICK_MS, value) for step in range(1, 6)])
    await tick(callers)
    state = await callers.viewer.data("GET", f"{PATH}/{made['id']}")
    assert (state["state"], state["counts"]) == ("pending", {"pending": 1, "firing": 0})
    await tick(callers, 2)
    state = await callers.viewer.data("GET", f"{PATH}/{made['id']}")
    assert (state["state"], state["counts"]) == ("firing", {"pending": 0, "firing": 1})
    (event,) = check_list(await callers.viewer.get("/api/v1/alerts/events"), schemas.AlertEvent)
    assert (event["status"], event["value"], event["ruleId"]) == ("firing", 95.0, made["id"])
    assert event["labels"] == {"host": "a", "team": "ops", "alertname": "CPU high", "severity": "warning"}
    push(store, "cpu", {"host": "a"}, [(NOW_MS + 4 * TICK_MS, 10.0)])
    await tick(callers)
    (event,) = check_list(
        await callers.viewer.get("/api/v1/alerts/events?status=resolved"), schemas.AlertEvent
    )
    assert event["resolvedAt"] == "2026-11-25T10:00:40.000Z"
    assert event["peak"] == 95.0


async def test_switching_a_rule_off_ends_what_it_fires(callers: Callers) -> None:
    made = await make(callers.editor)
    push(callers.server.context.store, "cpu", {}, [(NOW_MS, 95.0)])
    await tick(callers)
    changed = await callers.editor.data("PUT", f"{PATH}/{made['id']}", {"enabled": False})
    assert changed["enabled"] is False
    (event,) = check_list(await callers.viewer.get("/api/v1/alerts/events"), schemas.AlertEvent)
    assert event["status"] == "resolved"
    await tick(callers)
    assert (await callers.viewer.data("GET", f"{PATH}/{made['id']}"))["state"] == "ok"


async def test_a_query_that_fails_is_told_at_the_rule(callers: Callers) -> None:
    made = await make(callers.editor, query="cpu * on(host) group_left cpu2")
    store = callers.server.context.store
    for other in ("x", "y"):
        push(store, "cpu2", {"host": "a", "other": other}, [(NOW_MS, 1.0)])
    push(store, "cpu", {"host": "a"}, [(NOW_MS, 1.0)])
    await tick(callers)
    state = await callers.viewer.data("GET", f"{PATH}/{made['id']}")
    assert "many-to-many" in state["error"]


async def test_evaluation_tells_value_and_state_of_each_series(callers: Callers) -> None:
    made = await make(callers.editor, duration="1m")
    for host, value in (("a", 10.0), ("b", 95.0)):
        push(callers.server.context.store, "cpu", {"host": host}, [(NOW_MS, value)])
    await tick(callers)
    path = f"{PATH}/{made['id']}/evaluate"
    check_error(await callers.viewer.post(path), 403, "FORBIDDEN")
    found = await callers.editor.data("POST", path)
    schemas.Evaluation.model_validate(found)
    assert [(one["labels"]["host"], one["value"], one["state"]) for one in found["series"]] == [
        ("b", 95.0, "pending"),
        ("a", 10.0, "ok"),
    ]
    assert found["series"][0]["firesAt"] == "2026-11-25T10:01:10.000Z"


async def test_a_preview_says_when_it_would_have_fired(callers: Callers) -> None:
    values = [50.0, 95.0, 96.0, 97.0, 50.0, 50.0]
    samples = [(NOW_MS + (step - 10) * MINUTE_MS, value) for step, value in enumerate(values)]
    push(callers.server.context.store, "cpu", {}, samples)
    body = {"rule": RULE | {"duration": "1m"}, "from": NOW_MS - 10 * MINUTE_MS, "to": NOW_MS}
    check_error(await callers.viewer.post(f"{PATH}/preview", body), 403, "FORBIDDEN")
    found = await callers.editor.data("POST", f"{PATH}/preview", body)
    schemas.Preview.model_validate(found)
    (spell,) = found["spells"]
    assert (spell["peak"], found["seriesTotal"], found["seriesFired"], found["table"]) == (
        97.0,
        1,
        1,
        "metrics_raw",
    )
    assert spell["from"] > "2026-11-25T09:51"
    for change, field in (
        ({"from": NOW_MS - 31 * 86_400_000}, "from"),
        ({"from": NOW_MS, "to": NOW_MS - 1}, "to"),
        ({"rule": RULE | {"query": "cpu{"}}, "rule.query"),
        ({"rule": {"query": "cpu"}}, "rule.name"),
    ):
        answer = await callers.editor.post(f"{PATH}/preview", body | change)
        check_error(answer, 400, "VALIDATION_ERROR", field)


async def test_a_rule_has_a_unit_which_is_none_unless_named(callers: Callers) -> None:
    plain = await make(callers.editor)
    assert plain["unit"] == ""
    made = await make(callers.editor, unit=" ratio ")
    assert made["unit"] == "ratio"
    path = f"{PATH}/{made['id']}"
    # Who knows nothing of units, such as an older script, takes none away.
    kept = await callers.editor.data("PUT", path, {"threshold": 0.5, "version": 1})
    assert kept["unit"] == "ratio"
    assert (await callers.editor.data("PUT", path, {"unit": None}))["unit"] == ""
    assert (await callers.editor.data("PUT", path, {"unit": "requests a day"}))["unit"] == "requests a day"
    check_error(await callers.editor.put(path, {"unit": "x" * 65}), 400, "VALIDATION_ERROR", "unit")


async def test_events_and_messages_say_the_unit(callers: Callers) -> None:
    made = await make(callers.editor, threshold=0.9, unit="ratio")
    push(callers.server.context.store, "cpu", {"host": "a"}, [(NOW_MS, 0.95)])
    await tick(callers)
    (event,) = await callers.viewer.data("GET", f"/api/v1/alerts/events?ruleId={made['id']}")
    schemas.AlertEvent.model_validate(event)
    assert (event["value"], event["unit"]) == (0.95, "ratio")
