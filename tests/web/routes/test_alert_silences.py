"""Silences over HTTP."""

from typing import Any

import pytest

from metricbox.web import alert_schemas as schemas
from tests.support.api import EDITOR, Callers, check_error, check_list
from tests.support.stores import NOW_MS, push
from tests.web.routes.test_alert_rules import make as make_rule
from tests.web.routes.test_alert_rules import tick

PATH = "/api/v1/alerts/silences"
MATCHER = {"name": "host", "op": "=", "value": "a"}
SILENCE: dict[str, Any] = {"matchers": [MATCHER], "reason": "maintenance"}
NIGHT = {"weekdays": ["mon"], "from": "17:35", "to": "05:25", "timezone": "Europe/Paris"}
UNKNOWN = "00000000-0000-4000-8000-000000000000"


async def make(callers: Callers, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = await callers.editor.data("POST", PATH, SILENCE | fields, 201)
    schemas.Silence.model_validate(made)
    return made


async def test_silences_are_made_by_editors_and_seen_by_readers(callers: Callers) -> None:
    check_error(await callers.anonymous.post(PATH, SILENCE), 401, "UNAUTHORIZED")
    check_error(await callers.viewer.post(PATH, SILENCE), 403, "FORBIDDEN")
    made = await make(callers)
    assert made == {
        "id": made["id"], "matchers": [MATCHER], "startsAt": "2026-11-25T10:00:00.000Z", "endsAt": None,
        "recurrence": None, "reason": "maintenance", "createdBy": EDITOR,
        "createdAt": "2026-11-25T10:00:00.000Z", "active": True, "muted": 0,
    }  # fmt: skip
    later = await make(callers, startsAt="now+1h", endsAt="now+2h", reason="later")
    assert (later["active"], later["endsAt"]) == (False, "2026-11-25T12:00:00.000Z")
    listed = check_list(await callers.read_token.get(PATH), schemas.Silence)
    assert listed == [later, made]
    assert check_list(await callers.viewer.get(f"{PATH}?search=later"), schemas.Silence) == [later]
    assert check_list(await callers.viewer.get(f"{PATH}?sort=startsAt&pageSize=1"), schemas.Silence) == [made]


async def test_windows_across_midnight_are_legal(callers: Callers) -> None:
    """B123."""
    made = await make(callers, recurrence=NIGHT)
    assert (made["recurrence"], made["active"]) == (NIGHT, False)
    days = await make(callers, recurrence=NIGHT | {"weekdays": ["Monday", 3, "SUN"]})
    assert days["recurrence"]["weekdays"] == ["mon", "wed", "sun"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"matchers": []}, "matchers"),
        ({"matchers": [MATCHER | {"op": "~"}]}, "matchers[0].op"),
        ({"matchers": [MATCHER | {"op": "=~", "value": "("}]}, "matchers"),
        ({"matchers": [MATCHER | {"op": "!="}]}, "matchers"),
        ({"matchers": [MATCHER | {"value": ""}]}, "matchers"),
        ({"matchers": [MATCHER | {"name": "1"}]}, "matchers[0].name"),
        ({"endsAt": "now-1h", "startsAt": "now-2h"}, "endsAt"),
        ({"endsAt": "now+1h", "startsAt": "now+2h"}, "endsAt"),
        ({"startsAt": "soon"}, "startsAt"),
        ({"reason": " "}, "reason"),
        ({"recurrence": NIGHT | {"weekdays": []}}, "recurrence.weekdays"),
        ({"recurrence": NIGHT | {"weekdays": ["someday"]}}, "recurrence.weekdays[0]"),
        ({"recurrence": NIGHT | {"from": "25:00"}}, "recurrence.from"),
        ({"recurrence": NIGHT | {"to": "5:25"}}, "recurrence.to"),
        ({"recurrence": NIGHT | {"timezone": "Mars"}}, "recurrence.timezone"),
        ({"recurrence": NIGHT | {"timezone": ""}}, "recurrence.timezone"),
        ({"createdBy": "me"}, "createdBy"),
    ],
)
async def test_bad_input_is_named(callers: Callers, change: dict[str, Any], field: str) -> None:
    check_error(await callers.editor.post(PATH, SILENCE | change), 400, "VALIDATION_ERROR", field)
    made = await make(callers)
    if change.get("startsAt") != "now-2h":  # an end in the past ends one that exists
        answer = await callers.editor.put(f"{PATH}/{made['id']}", change)
        check_error(answer, 400, "VALIDATION_ERROR", field)


async def test_a_silence_is_changed_and_ended(callers: Callers) -> None:
    made = await make(callers, recurrence=NIGHT)
    path = f"{PATH}/{made['id']}"
    check_error(await callers.viewer.put(path, {"reason": "x"}), 403, "FORBIDDEN")
    changed = await callers.editor.data("PUT", path, {"reason": "longer", "recurrence": None})
    assert changed == made | {"reason": "longer", "recurrence": None, "active": True}
    callers.server.clock.advance_ms(60_000)
    ended = await callers.editor.data("PUT", path, {"endsAt": "now"})
    assert (ended["endsAt"], ended["active"]) == ("2026-11-25T10:01:00.000Z", False)
    assert (await callers.editor.data("PUT", path, {"endsAt": None}))["active"] is True
    check_error(await callers.viewer.delete(path), 403, "FORBIDDEN")
    assert (await callers.editor.delete(path)).status_code == 204
    check_error(await callers.editor.delete(path), 404, "NOT_FOUND")
    check_error(await callers.editor.put(f"{PATH}/{UNKNOWN}", {"reason": "x"}), 404, "NOT_FOUND")
    entries = await callers.admin.data("GET", "/api/v1/audit?resourceType=silence")
    assert [one["action"] for one in entries] == ["delete", "change", "change", "change", "create"]


async def test_a_silenced_alert_shows_and_is_told_once_the_silence_is_over(callers: Callers) -> None:
    channel = await callers.admin.data(
        "POST",
        "/api/v1/alerts/channels",
        {"name": "ops", "type": "webhook", "settings": {"url": "http://127.0.0.1:9/"}},
        201,
    )
    await make_rule(callers.editor, notification={"channels": [channel["id"]]})
    silence = await make(callers, matchers=[{"name": "alertname", "op": "=~", "value": "CPU.*"}])
    push(callers.server.context.store, "cpu", {"host": "a"}, [(NOW_MS, 95.0)])
    await tick(callers)
    (event,) = await callers.viewer.data("GET", "/api/v1/alerts/events")
    assert (event["status"], event["silenced"]) == ("firing", True)
    assert await callers.viewer.data("GET", "/api/v1/alerts/deliveries") == []
    (shown,) = await callers.viewer.data("GET", PATH)
    assert shown["muted"] == 1
    await callers.editor.delete(f"{PATH}/{silence['id']}")
    await tick(callers)
    (delivery,) = await callers.viewer.data("GET", "/api/v1/alerts/deliveries")
    assert (delivery["status"], delivery["eventIds"]) == ("firing", [event["id"]])


async def test_what_conditions_fit_is_told_before_they_mute(callers: Callers) -> None:
    check_error(await callers.viewer.post(f"{PATH}/preview", {"matchers": [MATCHER]}), 403, "FORBIDDEN")
    check_error(
        await callers.editor.post(f"{PATH}/preview", {"matchers": []}), 400, "VALIDATION_ERROR", "matchers"
    )
    await make_rule(callers.editor, name="CPU")
    await make_rule(callers.editor, name="CPU, later", duration="5m", severity="critical")
    await make_rule(callers.editor, name="Off", enabled=False)
    for host, value in (("a", 95.0), ("ab", 96.0), ("b", 1.0)):
        push(callers.server.context.store, "cpu", {"host": host}, [(NOW_MS, value)])
    await tick(callers)

    async def reach(**matcher: str) -> dict[str, Any]:
        body = {"matchers": [{"op": "=", **matcher}]}
        found: dict[str, Any] = await callers.editor.data("POST", f"{PATH}/preview", body)
        schemas.SilenceReach.model_validate(found)
        return found

    assert await reach(name="host", value="a.*", op="=~") == {
        "firing": 2, "pending": 2, "series": 4, "rules": 2, "complete": True,
    }  # fmt: skip
    assert await reach(name="severity", value="critical") == {
        "firing": 0, "pending": 2, "series": 3, "rules": 1, "complete": True,
    }  # fmt: skip
    assert await reach(name="host", value="none") == {
        "firing": 0, "pending": 0, "series": 0, "rules": 0, "complete": True,
    }  # fmt: skip
    assert await callers.viewer.data("GET", PATH) == []


async def test_a_rule_that_fails_is_left_out_of_what_conditions_fit(callers: Callers) -> None:
    await make_rule(callers.editor)
    await make_rule(
        callers.editor, query="label_replace(cpu, 'host', '', 'host', '.*') * on() group_left() cpu"
    )
    for host in ("a", "b"):
        push(callers.server.context.store, "cpu", {"host": host}, [(NOW_MS, 1.0)])
    found = await callers.editor.data("POST", f"{PATH}/preview", {"matchers": [MATCHER]})
    assert (found["series"], found["rules"], found["complete"]) == (1, 1, False)
