"""From the content of a record to a rule."""

from typing import Any

import pytest

from metricbox.alerts.rules import DEFAULT_REPEAT_MS, NoData, Severity, read_rule
from metricbox.alerts.transitions import Waits
from metricbox.store.appdb.alert_rules import RuleRecord

CONTENT = {"query": "cpu", "condition": "gt", "threshold": 90}


def record(**content: Any) -> RuleRecord:
    return RuleRecord("r", "cpu", CONTENT | content, True, 1, None, 0, 0)


def test_what_is_not_named_is_the_usual() -> None:
    rule = read_rule(record())
    assert (rule.waits, rule.delay_ms, rule.repeat_ms) == (Waits(0, 0), 0, DEFAULT_REPEAT_MS)
    assert (rule.recovery_threshold, rule.severity, rule.no_data) == (90, Severity.WARNING, NoData.OK)
    assert (list(rule.channel_ids), rule.labels, rule.message) == ([], {}, "")


def test_all_of_it_is_read() -> None:
    rule = read_rule(
        record(
            duration="5m",
            keepFiringFor="1m",
            evaluationDelay="30s",
            recoveryThreshold=80,
            severity="critical",
            noData="alert",
            labels={"team": "ops"},
            notification={"channels": ["c"], "repeatInterval": "1h", "message": "{{value}}"},
        )
    )
    assert (rule.waits, rule.delay_ms, rule.repeat_ms) == (Waits(300_000, 60_000), 30_000, 3_600_000)
    assert (rule.recovery_threshold, rule.severity, rule.no_data) == (80, Severity.CRITICAL, NoData.ALERT)
    assert (rule.channel_ids, rule.labels, rule.message) == (["c"], {"team": "ops"}, "{{value}}")


def test_what_nobody_checked_is_no_rule() -> None:
    with pytest.raises(ValueError, match="near"):
        read_rule(record(condition="near"))
    with pytest.raises(KeyError):
        read_rule(RuleRecord("r", "cpu", {}, True, 1, None, 0, 0))
