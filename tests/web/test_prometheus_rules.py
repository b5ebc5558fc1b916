"""Rules and alerts as Prometheus tells them."""

import dataclasses
from typing import Any

import pytest

from metricbox.alerts.conditions import Condition
from metricbox.query.promql.parse import parse
from metricbox.web.door_schemas import PrometheusAlerts, PrometheusGroups
from metricbox.web.prometheus_rules import expression_of
from tests.alerts.test_rule_pass import rule
from tests.support.api import Callers
from tests.support.stores import NOW_MS, push
from tests.web.routes.test_alert_rules import make, tick

API = "/prometheus/api/v1"


@pytest.mark.parametrize(
    ("query", "condition", "threshold", "expected"),
    [
        ("cpu", "gt", 90, "cpu > 90"),
        ('cpu{host="a"}', "eq", 0.5, 'cpu{host="a"} == 0.5'),
        ("rate(x[5m])", "lte", 1e9, "rate(x[5m]) <= 1000000000"),
        ("a or b", "ne", -1, "(a or b) != -1"),
        ("sum(a) / sum(b)", "gte", 1e-7, "(sum(a) / sum(b)) >= 0.0000001"),
        ("disk.used", "lt", 1, '{__name__="disk.used"} < 1'),
        ("a - b", "lt", 1, "(a - b) < 1"),
    ],
)
def test_a_rule_is_one_expression(query: str, condition: str, threshold: float, expected: str) -> None:
    one = dataclasses.replace(rule(condition=Condition(condition), threshold=threshold), query=query)
    assert expression_of(one) == expected
    parse(expected)


async def ask(callers: Callers, path: str, **params: Any) -> Any:
    answer = await callers.read_token.get(f"{API}/{path}", params=params)
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "success"
    return answer.json()["data"]


async def seed(callers: Callers) -> None:
    """A rule that is pending on host a and soon fires, one whose query fails, one that is switched off."""
    wish = {"duration": "10s", "keepFiringFor": "1m", "labels": {"team": "ops"}, "severity": "critical"}
    message = {"message": "{{labels.host}} at {{value}}"}
    await make(callers.editor, **wish, notification=message)
    await make(callers.editor, name="Broken", query="cpu * on (host) group_left other")
    await make(callers.editor, name="Off", enabled=False)
    store = callers.server.context.store
    push(store, "cpu", {"host": "a"}, [(NOW_MS, 95.5)])
    for port in "12":
        push(store, "other", {"host": "a", "port": port}, [(NOW_MS, 1.0)])


async def test_there_is_nothing_before_there_are_rules(callers: Callers) -> None:
    assert await ask(callers, "rules") == {"groups": []}
    assert await ask(callers, "alerts") == {"alerts": []}


async def test_rules_with_their_alerts(callers: Callers) -> None:
    await seed(callers)
    (group,) = (await ask(callers, "rules"))["groups"]
    assert {(one["health"], one["state"], one["lastEvaluation"]) for one in group["rules"]} == {
        ("unknown", "inactive", "0001-01-01T00:00:00Z")
    }
    await tick(callers)
    data = await ask(callers, "rules")
    PrometheusGroups.model_validate(data)
    (group,) = data["groups"]
    assert (group["name"], group["file"], group["interval"]) == ("metricbox", "metricbox", 10)
    cpu, broken = group["rules"]
    assert (broken["health"], broken["state"]) == ("err", "pending")
    assert broken["alerts"][0]["annotations"]["description"].startswith("The query of this rule fails")
    assert "many-to-many" in broken["lastError"]
    labels = {"team": "ops", "severity": "critical"}
    assert {name: value for name, value in cpu.items() if name != "alerts"} == {
        "state": "pending", "name": "CPU high", "query": "cpu > 90", "duration": 10, "keepFiringFor": 60,
        "labels": labels, "annotations": {"description": "{{labels.host}} at {{value}}"}, "health": "ok",
        "evaluationTime": 0, "lastEvaluation": "2026-11-25T10:00:10.000Z", "type": "alerting",
    }  # fmt: skip
    assert cpu["alerts"] == [
        {
            "labels": labels | {"host": "a", "alertname": "CPU high"},
            "annotations": {"description": "a at 95.5"},
            "state": "pending",
            "activeAt": "2026-11-25T10:00:10.000Z",
            "value": "9.55e+01",
        }
    ]
    await tick(callers)
    push(callers.server.context.store, "cpu", {"host": "a"}, [(NOW_MS + 30_000, 1.0)])
    await tick(callers)
    data = await ask(callers, "alerts")
    PrometheusAlerts.model_validate(data)
    (alert,) = [one for one in data["alerts"] if one["labels"]["alertname"] == "CPU high"]
    assert (alert["state"], alert["activeAt"], alert["keepFiringSince"], alert["value"]) == (
        "firing",
        "2026-11-25T10:00:20.000Z",
        "2026-11-25T10:00:30.000Z",
        "1e+00",
    )


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({}, ["CPU high", "Broken"]),
        ({"type": "alert"}, ["CPU high", "Broken"]),
        ({"type": "record"}, []),
        ({"rule_name[]": "Broken"}, ["Broken"]),
        ({"rule_name[]": ["Broken", "CPU high", "x"]}, ["CPU high", "Broken"]),
        ({"rule_name[]": "Off"}, []),
        ({"rule_group[]": "metricbox"}, ["CPU high", "Broken"]),
        ({"rule_group[]": "x"}, []),
        ({"file[]": "x"}, []),
    ],
)
async def test_some_of_the_rules(callers: Callers, params: dict[str, Any], names: list[str]) -> None:
    await seed(callers)
    groups = (await ask(callers, "rules", **params))["groups"]
    assert [one["name"] for group in groups for one in group["rules"]] == names


async def test_rules_without_their_alerts(callers: Callers) -> None:
    await seed(callers)
    await tick(callers)
    (group,) = (await ask(callers, "rules", exclude_alerts="true"))["groups"]
    assert (group["rules"][0]["state"], group["rules"][0]["alerts"]) == ("pending", [])


async def test_it_is_for_readers(callers: Callers) -> None:
    for path in ("rules", "alerts"):
        answer = await callers.anonymous.get(f"{API}/{path}")
        assert (answer.status_code, answer.json()["errorType"]) == (401, "unauthorized")
