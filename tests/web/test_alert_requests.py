"""What requests want of alerts. What is refused by the schemas is tested over HTTP, see routes."""

from typing import Any

import pytest

from metricbox.alerts.conditions import Condition
from metricbox.errors import ValidationError
from metricbox.query.promql.parse import parse
from metricbox.store.appdb.alert_rules import RuleRecord
from metricbox.store.appdb.alert_silences import SilenceRecord
from metricbox.web.alert_requests import changed_silence, new_rule, new_silence, rule_changes, tried_rule
from metricbox.web.alert_schemas import AlertRuleCreate, AlertRuleUpdate, SilenceCreate, SilenceUpdate
from metricbox.web.body import check_model

RULE: dict[str, Any] = {"name": "CPU", "query": "cpu", "condition": "gt", "threshold": 90}
MATCHER = {"name": "host", "op": "=", "value": "a"}
NIGHT = {"weekdays": ["mon"], "from": "22:00", "to": "06:00", "timezone": "Europe/Paris"}
NOW_MS = 1_795_600_800_000


def check_query(text: str) -> None:
    parse(text)


def create(**fields: Any) -> AlertRuleCreate:
    return check_model(RULE | fields, AlertRuleCreate)


def update(**fields: Any) -> AlertRuleUpdate:
    return check_model(fields, AlertRuleUpdate)


def record(**content: Any) -> RuleRecord:
    base = {name: value for name, value in RULE.items() if name != "name"}
    return RuleRecord("id", "CPU", base | content, True, 3, None, 0, 0)


def test_content_holds_what_was_named_and_columns_stand_outside() -> None:
    made = new_rule(
        create(duration="5m", notification={"channels": ["c"]}, enabled=False), "owner", check_query
    )
    assert (made.name, made.is_enabled, made.owner_id) == ("CPU", False, "owner")
    assert made.content == {
        "query": "cpu", "condition": "gt", "threshold": 90, "duration": "5m", "severity": "warning",
        "notification": {"channels": ["c"]},
    }  # fmt: skip


def test_null_takes_a_field_back_and_the_query_is_checked_when_it_changes() -> None:
    asked: list[str] = []
    changes = rule_changes(
        update(threshold=95, duration=None, version=3), record(duration="5m"), asked.append
    )
    assert changes == (None, {"threshold": 95, "duration": None}, None)
    assert asked == []
    rule_changes(update(query="mem", name="n", enabled=False), record(), asked.append)
    assert asked == ["mem"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"duration": "30d1s"}, "duration"),
        ({"keepFiringFor": "31d"}, "keepFiringFor"),
        ({"evaluationDelay": "5w"}, "evaluationDelay"),
        ({"notification": {"repeatInterval": "59s"}}, "notification.repeatInterval"),
        ({"query": "cpu{"}, "query"),
    ],
)
def test_bounds(fields: dict[str, Any], field: str) -> None:
    for call in (
        lambda: new_rule(create(**fields), "owner", check_query),
        lambda: rule_changes(update(**fields), record(), check_query),
        lambda: tried_rule(create(**fields), check_query),
    ):
        with pytest.raises(ValidationError) as caught:
            call()
        assert [one.field for one in caught.value.details] == [field]


def test_a_rule_that_is_tried_is_as_the_loop_would_have_it() -> None:
    tried = tried_rule(
        create(duration="30d", condition="lte", recoveryThreshold=95, noData="keep"), check_query
    )
    assert (tried.condition, tried.threshold, tried.recovery_threshold) == (Condition.LTE, 90, 95)
    assert tried.waits.for_ms == 30 * 86_400_000


def silence(**fields: Any) -> SilenceCreate:
    return check_model({"matchers": [MATCHER], "reason": "r"} | fields, SilenceCreate)


def test_a_silence_begins_now_unless_it_says_when() -> None:
    assert new_silence(silence(), NOW_MS) == ([MATCHER], NOW_MS, None, None, "r")
    made = new_silence(silence(startsAt="now-1h", endsAt=NOW_MS + 1, recurrence=NIGHT), NOW_MS)
    assert made[1:4] == (NOW_MS - 3_600_000, NOW_MS + 1, NIGHT)


@pytest.mark.parametrize(
    "fields",
    [{"endsAt": NOW_MS}, {"endsAt": "now"}, {"startsAt": "now+2h", "endsAt": "now+1h"}, {"endsAt": "soon"}],
)
def test_a_silence_ends_in_the_future_and_after_its_start(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        new_silence(check_silence(fields), NOW_MS)
    assert caught.value.details[0].field == "endsAt"


def check_silence(fields: dict[str, Any]) -> SilenceCreate:
    return silence(**fields)


def test_a_silence_is_changed_in_the_named_fields() -> None:
    before = SilenceRecord("id", [MATCHER], NOW_MS - 10, NOW_MS + 10, NIGHT, "r", "me", 0)

    def changed(**fields: Any) -> Any:
        return changed_silence(check_model(fields, SilenceUpdate), before, NOW_MS)

    assert changed() == (before.matchers, before.starts_ms, before.ends_ms, NIGHT, "r")
    assert changed(endsAt="now").ends_ms == NOW_MS, "an end that has passed ends it"
    assert changed(endsAt=None).ends_ms is None
    assert changed(recurrence=None).recurrence is None
    assert changed(matchers=[MATCHER | {"op": "=~"}]).matchers == [MATCHER | {"op": "=~"}]
    assert changed(reason="x", startsAt="now").starts_ms == NOW_MS
    with pytest.raises(ValidationError):
        changed(startsAt="now+1h")
