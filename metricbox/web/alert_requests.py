"""From what a request wants of alerts to what the repositories take. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from metricbox.alerts.rules import Rule, read_rule
from metricbox.errors import ValidationError
from metricbox.query.times import parse_time_ms
from metricbox.store.appdb.alert_rules import NewRule, RuleChanges, RuleRecord
from metricbox.store.appdb.alert_silences import NewSilence, SilenceRecord
from metricbox.web import alert_schemas as schemas

# Columns of their own, not part of the content.
_OUTSIDE = {"name", "enabled", "version"}
# Nothing is longer than a rule may wait, nor a clock that matters.
MAX_WAIT_MS = 30 * 86_400_000


def new_rule(wish: schemas.AlertRuleCreate, owner_id: str, check_query: Callable[[str], None]) -> NewRule:
    """Raises ValidationError for waits that are too long, and what `check_query` raises of the query."""
    content = wish.model_dump(by_alias=True, exclude_none=True, exclude=_OUTSIDE)
    _check(content, check_query)
    return NewRule(wish.name, content, wish.enabled, owner_id)


def rule_changes(
    wish: schemas.AlertRuleUpdate, before: RuleRecord, check_query: Callable[[str], None]
) -> RuleChanges:
    """Null takes a field back to the usual. Raises as `new_rule`."""
    named = wish.model_fields_set - _OUTSIDE
    content = wish.model_dump(by_alias=True, include=named)
    _check({**before.content, **content}, check_query if "query" in content else lambda _: None)
    return RuleChanges(wish.name, content, wish.enabled)


def tried_rule(wish: schemas.AlertRuleCreate, check_query: Callable[[str], None]) -> Rule:
    """A rule that is not saved, to be tried on history."""
    new = new_rule(wish, "", check_query)
    return read_rule(RuleRecord("", new.name, new.content, True, 1, None, 0, 0))


def _check(content: Mapping[str, Any], check_query: Callable[[str], None]) -> None:
    check_query(content["query"])
    record = RuleRecord(
        "", "", {name: value for name, value in content.items() if value is not None}, True, 1, None, 0, 0
    )
    rule = read_rule(record)
    for field, wait_ms in (
        ("duration", rule.waits.for_ms),
        ("keepFiringFor", rule.waits.keep_firing_ms),
        ("evaluationDelay", rule.delay_ms),
    ):
        if wait_ms > MAX_WAIT_MS:
            raise ValidationError.for_field(field, "must be at most 30d")
    if rule.repeat_ms < 60_000:
        raise ValidationError.for_field("notification.repeatInterval", "must be at least 1m")


def new_silence(wish: schemas.SilenceCreate, now_ms: int) -> NewSilence:
    starts_ms = now_ms if wish.starts_at is None else _time("startsAt", wish.starts_at, now_ms)
    ends_ms = None if wish.ends_at is None else _time("endsAt", wish.ends_at, now_ms)
    return _checked(
        NewSilence(
            matchers=[one.model_dump() for one in wish.matchers],
            starts_ms=starts_ms,
            ends_ms=ends_ms,
            recurrence=None if wish.recurrence is None else wish.recurrence.model_dump(by_alias=True),
            reason=wish.reason,
        ),
        now_ms,
        must_be_ahead=True,
    )


def changed_silence(wish: schemas.SilenceUpdate, before: SilenceRecord, now_ms: int) -> NewSilence:
    """An end in the past ends it now."""
    named = wish.model_fields_set
    ends_ms = before.ends_ms
    if "ends_at" in named:
        ends_ms = None if wish.ends_at is None else _time("endsAt", wish.ends_at, now_ms)
    recurrence = before.recurrence
    if "recurrence" in named:
        recurrence = None if wish.recurrence is None else wish.recurrence.model_dump(by_alias=True)
    return _checked(
        NewSilence(
            matchers=before.matchers
            if wish.matchers is None
            else [one.model_dump() for one in wish.matchers],
            starts_ms=before.starts_ms
            if wish.starts_at is None
            else _time("startsAt", wish.starts_at, now_ms),
            ends_ms=ends_ms,
            recurrence=recurrence,
            reason=before.reason if wish.reason is None else wish.reason,
        ),
        now_ms,
        must_be_ahead=False,
    )


def _checked(silence: NewSilence, now_ms: int, *, must_be_ahead: bool) -> NewSilence:
    if silence.ends_ms is not None:
        if silence.ends_ms <= silence.starts_ms:
            raise ValidationError.for_field("endsAt", "must be later than startsAt")
        if must_be_ahead and silence.ends_ms <= now_ms:
            raise ValidationError.for_field("endsAt", "must be in the future")
    return silence


def _time(field: str, value: str | float, now_ms: int) -> int:
    try:
        return parse_time_ms(value, now_ms)
    except ValueError as error:
        raise ValidationError.for_field(field, str(error)) from error
