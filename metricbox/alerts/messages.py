"""Messages about alerts: what is told to whom after a pass, frozen as JSON. Pure.

A message is about alerts of one rule with one status. It is made when it is decided and kept so: a channel that was
away for an hour delivers what was true then. Version 1, see docs/alerting.md; the webhook sends it as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from metricbox.alerts.rule_pass import Key, Kind, Watched
from metricbox.alerts.rules import NoData, Rule
from metricbox.alerts.templates import clean, describe, fill
from metricbox.alerts.transitions import State
from metricbox.alerts.units import show_value
from metricbox.query.promql.values import NAME_LABEL
from metricbox.query.times import format_time

VERSION = 1
# The first message leaves at once; what follows of the same rule is gathered, so that fifty hosts that go down one
# after the other are two messages and not fifty.
GROUP_INTERVAL_MS = 30_000
# More alerts in one message are counted.
MAX_ALERTS = 100


class Decision(NamedTuple):
    """Whom a pass tells what."""

    firing: dict[Key, Watched]
    resolved: dict[Key, Watched]
    silenced: list[Key]
    """Fire and would be told, were they not silenced."""


def decide(
    rule: Rule,
    watched: Mapping[Key, Watched],
    ended: Mapping[Key, Watched],
    is_silenced: Callable[[Mapping[str, str]], bool],
    now_ms: int,
    last_message_ms: int | None,
) -> Decision:
    """What is to be told. Resolved is told of what was told to fire, and of nothing else (trap B107)."""
    firing: dict[Key, Watched] = {}
    silenced: list[Key] = []
    gathers = last_message_ms is not None and 0 <= now_ms - last_message_ms < GROUP_INTERVAL_MS
    for key, one in watched.items():
        if one.state.state is not State.FIRING:
            continue
        is_due = one.sent_ms is None or now_ms - one.sent_ms >= rule.repeat_ms
        if not is_due:
            continue
        if is_silenced(labels_of(rule, key)):
            silenced.append(key)
        elif not gathers:
            firing[key] = one
    resolved = {key: one for key, one in ended.items() if one.sent_ms is not None}
    return Decision(firing, resolved, silenced)


def labels_of(rule: Rule, key: Key) -> dict[str, str]:
    """Labels of an alert: of its series, of the rule, and the name by which silences and receivers know it."""
    labels = {name: value for name, value in key.labels if name != NAME_LABEL}
    labels |= rule.labels
    labels["alertname"] = rule.name
    labels["severity"] = rule.severity.value
    return labels


def make_message(
    rule: Rule, status: str, alerts: Mapping[Key, Watched], now_ms: int, *, url: str = "", error: str = ""
) -> dict[str, Any]:
    """The JSON of a message. `error`: what the query of the rule failed of, for an alert about the rule itself."""
    listed = list(alerts.items())
    described = [_make_alert(rule, status, key, one, now_ms, error) for key, one in listed[:MAX_ALERTS]]
    return {
        "version": VERSION,
        "status": status,
        "rule": {"id": rule.id, "name": rule.name, "severity": rule.severity.value},
        "alerts": described,
        "alertsTotal": len(listed),
        "title": _make_title(rule, status, [alert["labels"] for alert in described], len(listed)),
        "url": f"{url}/alerts/rules/{rule.id}" if url else f"/alerts/rules/{rule.id}",
        "sentAt": format_time(now_ms),
    }


def make_test_message(channel_name: str, now_ms: int, *, url: str = "") -> dict[str, Any]:
    """What the test button sends: a message like all others, which says that it is a test."""
    text = f"This is a test of the channel {clean(channel_name)}. Nothing is wrong."
    return {
        "version": VERSION,
        "status": "firing",
        "rule": {"id": "test", "name": "Test message", "severity": "info"},
        "alerts": [
            {
                "labels": {"alertname": "Test message", "severity": "info"},
                "value": None,
                "peak": None,
                "threshold": 0.0,
                "unit": "",
                "condition": "gt",
                "kind": Kind.CONDITION.value,
                "startedAt": format_time(now_ms),
                "resolvedAt": None,
                "eventId": "test",
                "text": text,
            }
        ],
        "alertsTotal": 1,
        "title": "Test message of metricbox",
        "url": f"{url}/alerts",
        "sentAt": format_time(now_ms),
    }


def _make_alert(rule: Rule, status: str, key: Key, one: Watched, now_ms: int, error: str) -> dict[str, Any]:
    labels = labels_of(rule, key)
    return {
        "labels": labels,
        "value": one.value,
        "peak": one.peak,
        "threshold": rule.threshold,
        "unit": rule.unit,
        "condition": rule.condition.value,
        "kind": key.kind.value,
        "startedAt": format_time(one.state.since_ms),
        "resolvedAt": format_time(now_ms) if status == "resolved" else None,
        "eventId": one.event_id,
        "text": make_text(rule, status, key, one, error),
    }


def make_text(rule: Rule, status: str, key: Key, one: Watched, error: str = "") -> str:
    """What an alert says, by the template of its rule or in the usual words."""
    if key.kind is Kind.ERROR:
        return (
            f"The query of this rule fails: {error}"
            if status == "firing"
            else "The query of this rule works again."
        )
    if key.kind is Kind.NO_DATA:
        return "The query returns nothing." if status == "firing" else "The query returns data again."
    values = {
        "value": show_value(one.value, rule.unit),
        "threshold": show_value(rule.threshold, rule.unit),
        "rule": rule.name,
        "severity": rule.severity.value,
        "status": status,
    }
    text = (
        fill(rule.message, values, labels_of(rule, key))
        if rule.message
        else describe(rule.condition, rule.threshold, one.value, rule.unit)
    )
    # That it is over because nothing is heard any more is no good news (trap B121).
    has_gone = status == "resolved" and one.value is None and rule.no_data is NoData.OK
    return f"{text}: it is over because nothing is heard of it any more" if has_gone else text


def _make_title(rule: Rule, status: str, labels: Sequence[Mapping[str, str]], total: int) -> str:
    word = "Resolved" if status == "resolved" else rule.severity.value.capitalize()
    if total != 1:
        return f"{word}: {rule.name} ({total} alerts)"
    own = {
        name: value
        for name, value in labels[0].items()
        if name not in {"alertname", "severity", *rule.labels}
    }
    shown = ", ".join(f"{name}={value}" for name, value in list(own.items())[:4])
    return fill(
        f"{word}: {{{{rule}}}}{{{{labels.x}}}}", {"rule": rule.name}, {"x": f" {shown}" if shown else ""}
    )
