"""What a rule means: the content of its record, read into values that the loop works with. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from metricbox.alerts.conditions import Condition
from metricbox.alerts.transitions import Waits
from metricbox.durations import parse_duration_ms
from metricbox.store.appdb.alert_rules import RuleRecord

DEFAULT_REPEAT_MS = 4 * 3_600_000


class NoData(StrEnum):
    """What a series means that is not in the answer."""

    OK = "ok"
    """The condition does not hold."""
    KEEP = "keep"
    """Nothing is known: what was, stays."""
    ALERT = "alert"
    """As if the condition held: silence is what the rule is about."""


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule, ready to be evaluated. Times are milliseconds."""

    id: str
    name: str
    query: str
    condition: Condition
    threshold: float
    recovery_threshold: float
    """While it fires, the condition is compared with this one: hysteresis. The threshold itself unless named."""
    waits: Waits
    delay_ms: int
    """It looks at data up to so long ago, for sources that are late."""
    severity: Severity
    no_data: NoData
    labels: Mapping[str, str]
    channel_ids: Sequence[str]
    repeat_ms: int
    """A message is sent again after so long of firing."""
    message: str
    """Template; empty for the usual words."""
    unit: str = ""
    """Of its values, as messages show them; empty for numbers alone."""


def read_rule(record: RuleRecord) -> Rule:
    """What was saved was checked: raises ValueError or KeyError only for a database that somebody else wrote."""
    content = record.content
    notification: Mapping[str, Any] = content.get("notification") or {}
    threshold = float(content["threshold"])
    recovery = content.get("recoveryThreshold")
    repeat = notification.get("repeatInterval")
    return Rule(
        id=record.id,
        name=record.name,
        query=content["query"],
        condition=Condition(content["condition"]),
        threshold=threshold,
        recovery_threshold=threshold if recovery is None else float(recovery),
        waits=Waits(_duration(content.get("duration")), _duration(content.get("keepFiringFor"))),
        delay_ms=_duration(content.get("evaluationDelay")),
        severity=Severity(content.get("severity", Severity.WARNING)),
        no_data=NoData(content.get("noData", NoData.OK)),
        labels=content.get("labels") or {},
        channel_ids=notification.get("channels") or [],
        repeat_ms=_duration(repeat) or DEFAULT_REPEAT_MS,
        message=notification.get("message") or "",
        unit=content.get("unit") or "",
    )


def _duration(text: str | None) -> int:
    return parse_duration_ms(text) if text else 0
