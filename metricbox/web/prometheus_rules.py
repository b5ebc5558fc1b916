"""Alert rules and alerts in the JSON shapes of Prometheus's API, for Grafana and others that list them there.

All enabled rules are one group. Prometheus has one expression where a rule here has query, condition and threshold.
"""

import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from metricbox.alerts.conditions import SIGNS, Condition
from metricbox.alerts.loop import AlertLoop
from metricbox.alerts.messages import labels_of, make_text
from metricbox.alerts.rule_pass import Key, Watched
from metricbox.alerts.rules import Rule, read_rule
from metricbox.alerts.transitions import State
from metricbox.query.promql.formatting import format_go_float, quote_go
from metricbox.query.times import format_time
from metricbox.store.appdb.alert_rules import RuleRecord
from metricbox.web.answers import Answer
from metricbox.web.contract import Parameter

GROUP = "metricbox"
# Of files Prometheus tells the path; Grafana shows it as the folder.
FILE = "metricbox"

YES, NO = ("true", "1", "t"), ("false", "0", "f")
_TEXTS = {"type": ["array", "string"], "items": {"type": "string"}}
PARAMETERS = (
    Parameter("type", {"type": "string", "enum": ["alert", "record"]}, "Kind of rule."),
    Parameter("rule_name[]", _TEXTS, "Only rules of this name; may be repeated."),
    Parameter("rule_group[]", _TEXTS, "Only groups of this name; may be repeated."),
    Parameter("file[]", _TEXTS, "Only groups of this file; may be repeated."),
    Parameter(
        "exclude_alerts",
        {"type": "string", "enum": [*YES, *NO]},
        "Rules without their alerts.",
    ),
)

# What needs no brackets before a comparison.
_SIMPLE = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*(?:\([^()]*\)|\{[^{}]*\})?", re.ASCII)
_NAME = re.compile(r"[A-Za-z_:][A-Za-z0-9_:.\-/]*", re.ASCII)


class RuleFilter(NamedTuple):
    """Which rules; an empty sequence is any."""

    kind: str
    """alert, record, or empty for both."""
    names: Sequence[str]
    groups: Sequence[str]
    files: Sequence[str]
    has_alerts: bool


def groups_answer(
    records: Sequence[RuleRecord], loop: AlertLoop, interval_ms: int, wanted: RuleFilter
) -> Answer:
    """`data` of /rules."""
    is_wanted = (
        wanted.kind != "record"
        and (not wanted.groups or GROUP in wanted.groups)
        and (not wanted.files or FILE in wanted.files)
    )
    rules = [
        _rule(read_rule(record), loop, wanted)
        for record in records
        if is_wanted and (not wanted.names or record.name in wanted.names)
    ]
    if not rules:
        return {"groups": []}
    group = {
        "name": GROUP,
        "file": FILE,
        "rules": rules,
        "interval": interval_ms / 1000,
        "limit": 0,
        "evaluationTime": (loop.last_duration_ms or 0) / 1000,
        "lastEvaluation": _time(loop.last_tick_ms),
    }
    return {"groups": [group]}


def alerts_answer(records: Sequence[RuleRecord], loop: AlertLoop) -> Answer:
    """`data` of /alerts."""
    return {"alerts": [alert for record in records for alert in _alerts(read_rule(record), loop)]}


def expression_of(rule: Rule) -> str:
    """The rule as one expression of PromQL, which leaves over the series for which the condition holds."""
    query = rule.query.strip()
    if not _SIMPLE.fullmatch(query):
        is_name = _NAME.fullmatch(query) is not None and not {"-", "/"} & set(query)
        query = f"{{__name__={quote_go(query)}}}" if is_name else f"({query})"
    sign = "==" if rule.condition is Condition.EQ else SIGNS[rule.condition]
    return f"{query} {sign} {format_go_float(rule.threshold)}"


def _rule(rule: Rule, loop: AlertLoop, wanted: RuleFilter) -> Answer:
    alerts = _alerts(rule, loop)
    states = {alert["state"] for alert in alerts}
    error = loop.errors.get(rule.id)
    answer: dict[str, Any] = {
        "state": "firing" if "firing" in states else "pending" if states else "inactive",
        "name": rule.name,
        "query": expression_of(rule),
        "duration": rule.waits.for_ms / 1000,
        "keepFiringFor": rule.waits.keep_firing_ms / 1000,
        "labels": {**rule.labels, "severity": rule.severity.value},
        "annotations": {"description": rule.message} if rule.message else {},
        "alerts": alerts if wanted.has_alerts else [],
        "health": "err" if error else "unknown" if loop.last_tick_ms is None else "ok",
        "evaluationTime": 0,
        "lastEvaluation": _time(loop.last_tick_ms),
        "type": "alerting",
    }
    if error:
        answer["lastError"] = error
    return answer


def _alerts(rule: Rule, loop: AlertLoop) -> list[Answer]:
    error = loop.errors.get(rule.id, "")
    return [
        _alert(rule, key, one, error)
        for key, one in loop.watched_of(rule.id).items()
        if one.state.state is not State.OK
    ]


def _alert(rule: Rule, key: Key, one: Watched, error: str) -> Answer:
    answer: dict[str, Any] = {
        "labels": labels_of(rule, key),
        "annotations": {"description": make_text(rule, "firing", key, one, error)},
        "state": one.state.state.value,
        # Of a firing one Prometheus tells since when it was pending; here that is when it fired.
        "activeAt": _time(one.state.since_ms),
        "value": _value(one.value),
    }
    if one.state.clear_since_ms is not None:
        answer["keepFiringSince"] = _time(one.state.clear_since_ms)
    return answer


def _value(value: float | None) -> str:
    """As Go writes a float with an exponent: 9.5e+01."""
    if value is None or math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    for digits in range(17):
        text = f"{value:.{digits}e}"
        if float(text) == value:
            return text
    return repr(value)


def _time(time_ms: int | None) -> str:
    """Go's zero time is what Prometheus tells before the first evaluation."""
    return "0001-01-01T00:00:00Z" if time_ms is None else format_time(time_ms)
