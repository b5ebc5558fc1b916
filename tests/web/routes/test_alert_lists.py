"""Short lists for pages: what is pending, and channels by name."""

from metricbox.web import alert_schemas as schemas
from tests.support.api import Callers, check_error, check_list
from tests.support.stores import NOW_MS, push
from tests.web.routes.test_alert_rules import make, tick

PENDING = "/api/v1/alerts/pending"
NAMES = "/api/v1/alerts/channels/names"
CHANNEL = {"name": "ops", "type": "webhook", "settings": {"url": "http://localhost/x", "secret": "s3cret"}}


async def test_what_is_pending_is_seen_by_readers_next_to_fire_first(callers: Callers) -> None:
    check_error(await callers.anonymous.get(PENDING), 401, "UNAUTHORIZED")
    push(callers.server.context.store, "cpu", {"host": "a"}, [(NOW_MS, 95.0)])
    await make(callers.editor, name="late", duration="10m", labels={"team": "ops"})
    await make(callers.editor, name="soon", duration="5m")
    await make(callers.editor, name="fine", threshold=99, duration="5m")
    await tick(callers)
    found = check_list(await callers.viewer.get(PENDING), schemas.PendingAlert)
    assert [one["ruleName"] for one in found] == ["soon", "late"]
    assert found[1]["labels"] == {"host": "a", "team": "ops", "alertname": "late", "severity": "warning"}
    assert (found[0]["value"], found[0]["kind"]) == (95.0, "condition")
    (first,) = check_list(await callers.read_token.get(f"{PENDING}?pageSize=1"), schemas.PendingAlert)
    assert first == found[0]


async def test_editors_see_channels_by_name_and_nothing_of_their_settings(callers: Callers) -> None:
    check_error(await callers.viewer.get(NAMES), 403, "FORBIDDEN")
    made = await callers.admin.data("POST", "/api/v1/alerts/channels", CHANNEL, 201)
    answer = await callers.editor.get(NAMES)
    assert check_list(answer, schemas.ChannelName) == [
        {"id": made["id"], "name": "ops", "type": "webhook", "enabled": True}
    ]
    assert "s3cret" not in answer.text


async def test_the_list_of_rules_says_how_often_they_are_evaluated(callers: Callers) -> None:
    meta = (await callers.viewer.get("/api/v1/alerts/rules")).json()["meta"]
    assert meta["intervalMs"] == callers.server.context.settings.alert_interval
