"""From a sample to a receiver: rule, loop, outbox, web hook; and what it gets is the message of the contract."""

import hashlib
import hmac
from typing import Any

from metricbox.web import alert_schemas as schemas
from tests.support.api import Callers, check_list
from tests.support.http_sink import HttpSink, run_sink
from tests.support.stores import NOW_MS, push

SECRET = "whole-way-secret"
# API.md, "Webhook message (version 1)": fields and what they are. Others may be there, see docs/alerting.md.
MESSAGE = {"version": int, "status": str, "rule": dict, "alerts": list, "url": str, "sentAt": str}
RULE = {"id": str, "name": str, "severity": str}
ALERT = {"labels": dict, "value": float, "threshold": float, "startedAt": str, "eventId": str}


def check_shape(value: dict[str, Any], shape: dict[str, type]) -> None:
    assert {name: type(value[name]) for name in shape} == shape


async def step(callers: Callers, value: float, times: int = 1) -> None:
    """The next samples come, the loop ticks, and what is queued is sent."""
    server = callers.server
    for _ in range(times):
        server.clock.advance_ms(10_000)
        push(server.context.store, "cpu", {"host": "wien-µ"}, [(server.clock.now_ms(), value)])
        await server.context.alerts.loop.tick(server.clock.now_ms())
        await server.context.alerts.dispatcher.start_workers()
        await server.context.alerts.dispatcher.drain()


async def test_a_web_hook_gets_firing_and_then_resolved(callers: Callers) -> None:
    with run_sink() as sink:
        rule, event = await _fire_and_resolve(callers, sink)
    firing, resolved = (posted.json for posted in sink.posted)
    for message in (firing, resolved):
        check_shape(message, MESSAGE)
        check_shape(message["rule"], RULE)
        assert message["version"] == 1
        assert message["rule"] == {"id": rule["id"], "name": "CPU high", "severity": "critical"}
        assert message["url"].endswith(f"/alerts/rules/{rule['id']}")
        (alert,) = message["alerts"]
        check_shape(alert, ALERT)
        assert alert["labels"] == {
            "host": "wien-µ", "team": "ops", "alertname": "CPU high", "severity": "critical",
        }  # fmt: skip
        assert (alert["threshold"], alert["startedAt"], alert["eventId"]) == (
            90.0, "2026-11-25T10:00:30.000Z", event["id"],
        )  # fmt: skip
    (first,), (last,) = firing["alerts"], resolved["alerts"]
    assert (firing["status"], first["value"], first["resolvedAt"]) == ("firing", 95.5, None)
    assert (resolved["status"], last["value"], last["resolvedAt"]) == (
        "resolved",
        20.0,
        "2026-11-25T10:01:00.000Z",
    )
    assert (firing["sentAt"], resolved["sentAt"]) == ("2026-11-25T10:00:30.000Z", "2026-11-25T10:01:00.000Z")
    for posted in sink.posted:
        expected = "sha256=" + hmac.new(SECRET.encode(), posted.body, hashlib.sha256).hexdigest()
        assert posted.headers["x-metricbox-signature"] == expected
    ledger = check_list(
        await callers.viewer.get("/api/v1/alerts/deliveries?sort=createdAt"), schemas.Delivery
    )
    assert [(one["status"], one["state"], one["answer"]) for one in ledger] == [
        ("firing", "delivered", "200 ok"), ("resolved", "delivered", "200 ok"),
    ]  # fmt: skip


async def _fire_and_resolve(callers: Callers, sink: HttpSink) -> tuple[dict[str, Any], dict[str, Any]]:
    channel = {"name": "Ops", "type": "webhook", "settings": {"url": sink.url, "secret": SECRET}}
    made = await callers.admin.data("POST", "/api/v1/alerts/channels", channel, 201)
    rule = await callers.editor.data(
        "POST",
        "/api/v1/alerts/rules",
        {
            "name": "CPU high", "query": "cpu", "condition": "gt", "threshold": 90, "duration": "20s",
            "severity": "critical", "labels": {"team": "ops"}, "notification": {"channels": [made["id"]]},
        },
        201,
    )  # fmt: skip
    assert callers.server.clock.now_ms() == NOW_MS
    await step(callers, 95.5, 2)
    assert sink.posted == []
    await step(callers, 95.5)
    assert len(sink.posted) == 1
    await step(callers, 96.0, 2)
    assert len(sink.posted) == 1
    await step(callers, 20.0, 3)
    assert len(sink.posted) == 2
    (event,) = await callers.viewer.data("GET", "/api/v1/alerts/events")
    return rule, event
