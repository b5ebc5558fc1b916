"""One pass of one rule: what its query answered, and what was watched before, give what is watched now, what begins to
fire and what is over. Pure; rows whose condition does not hold and which nobody watches cost only the comparison.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from metricbox.alerts.conditions import holds, is_worse
from metricbox.alerts.rules import NoData, Rule
from metricbox.alerts.transitions import OK, SeriesState, State, Waits, advance
from metricbox.errors import LimitExceededError
from metricbox.model import BoolArray, Float64Array, Labels

# More are no alert that a person could read; the rule says so in place of them.
MAX_WATCHED = 10_000
# A series whose silence is an alert is forgotten after so long: what it was of is gone for good.
FORGET_MS = 7 * 86_400_000
# A query that fails once, in a restart or a busy second, is nobody's alarm.
ERROR_WAITS = Waits(60_000)


class Kind(StrEnum):
    """What an alert is about."""

    CONDITION = "condition"
    NO_DATA = "no_data"
    ERROR = "error"


class Key(NamedTuple):
    """What is watched: a series, or the rule itself (without labels) because its query answers nothing or fails."""

    kind: Kind
    labels: Labels = ()


NOTHING = Key(Kind.NO_DATA)
FAILURE = Key(Kind.ERROR)


class Watched(NamedTuple):
    state: SeriesState = OK
    seen_ms: int = 0
    """When the query last returned it."""
    value: float | None = None
    """The last one; None while there is none."""
    peak: float | None = None
    """The worst value since it fires."""
    event_id: str | None = None
    sent_ms: int | None = None
    """When the last message about it was decided; None before the first."""


_UNKNOWN = Watched()


class Reading(NamedTuple):
    """An instant vector: rows are series."""

    labels: Sequence[Labels]
    values: Float64Array


class Outcome(NamedTuple):
    watched: dict[Key, Watched]
    """All that is to be watched from now on."""
    began: list[Key]
    """Fire since this pass."""
    ended: dict[Key, Watched]
    """Fired until this pass, as they were last."""
    is_changed: bool
    """Whether a state changed, and not only values."""


def run_pass(
    rule: Rule, watched: Mapping[Key, Watched], reading: Reading, now_ms: int, *, is_settling: bool
) -> Outcome:
    """`is_settling`: the store may not have what the senders have, so that absence says nothing.

    Raises LimitExceededError for more series than are watched.
    """
    after: dict[Key, Watched] = {}
    for seen in _rows_of_interest(rule, watched, reading):
        after[seen.key] = _see(rule, watched.get(seen.key, _UNKNOWN), seen, now_ms)
    if len(after) > MAX_WATCHED:
        msg = (
            f"The condition holds for more than {MAX_WATCHED} series. Let the query aggregate, such as by host, "
            "or choose fewer of them."
        )
        raise LimitExceededError(msg)
    for key, before in watched.items():
        if key.kind is Kind.CONDITION and key not in after:
            after[key] = _miss(rule, before, now_ms, is_settling=is_settling)
    _watch_rule_itself(
        rule, watched, after, has_data=len(reading.labels) > 0, is_settling=is_settling, now_ms=now_ms
    )
    return _compare(rule, watched, after, now_ms)


def run_failed_pass(rule: Rule, watched: Mapping[Key, Watched], now_ms: int) -> Outcome:
    """The query failed: what was, stays, and the failure itself becomes an alert when it lasts."""
    after = dict(watched)
    before = watched.get(FAILURE, Watched())
    after[FAILURE] = before._replace(
        state=advance(before.state, holds=True, now_ms=now_ms, waits=ERROR_WAITS)
    )
    return _compare(rule, watched, after, now_ms)


class _Seen(NamedTuple):
    key: Key
    value: float
    is_bad: bool
    """By the threshold."""
    is_still_bad: bool
    """By the recovery threshold."""


def _rows_of_interest(rule: Rule, watched: Mapping[Key, Watched], reading: Reading) -> Iterator[_Seen]:
    bad = holds(rule.condition, reading.values, rule.threshold)
    still_bad = bad
    if rule.recovery_threshold != rule.threshold:
        still_bad = bad | holds(rule.condition, reading.values, rule.recovery_threshold)
    values, bad_rows, still_bad_rows = reading.values.tolist(), bad.tolist(), still_bad.tolist()
    for row in _find_rows(rule, watched, reading, bad):
        key = Key(Kind.CONDITION, reading.labels[row])
        yield _Seen(key, values[row], bad_rows[row], still_bad_rows[row])


def _find_rows(rule: Rule, watched: Mapping[Key, Watched], reading: Reading, bad: BoolArray) -> Iterable[int]:
    """Rows that are bad, and those that are watched."""
    if rule.no_data is NoData.ALERT:
        return range(len(bad))
    known = {key.labels for key in watched if key.kind is Kind.CONDITION}
    if not known:
        found: list[int] = np.flatnonzero(bad).tolist()
        return found
    rows = enumerate(zip(bad.tolist(), reading.labels, strict=True))
    return [row for row, (is_bad, labels) in rows if is_bad or labels in known]


def _see(rule: Rule, before: Watched, seen: _Seen, now_ms: int) -> Watched:
    if not seen.is_bad and before.state is OK:
        # By far the most of those whose silence would be an alert.
        return Watched(OK, now_ms, None if math.isnan(seen.value) else seen.value)
    is_firing = before.state.state is State.FIRING
    is_bad = seen.is_still_bad if is_firing else seen.is_bad
    state = advance(before.state, holds=is_bad, now_ms=now_ms, waits=rule.waits)
    value = None if math.isnan(seen.value) else seen.value
    peak = before.peak if is_firing else None
    if (
        state.state is State.FIRING
        and value is not None
        and (peak is None or is_worse(rule.condition, value, peak))
    ):
        peak = value
    return before._replace(state=state, seen_ms=now_ms, value=value, peak=peak)


def _miss(rule: Rule, before: Watched, now_ms: int, *, is_settling: bool) -> Watched:
    """A series that is watched and not in the answer."""
    if now_ms - before.seen_ms >= FORGET_MS:
        return before._replace(state=OK, value=None)
    if is_settling or rule.no_data is NoData.KEEP:
        return before
    is_bad = rule.no_data is NoData.ALERT
    state = advance(before.state, holds=is_bad, now_ms=now_ms, waits=rule.waits)
    return before._replace(state=state, value=None)


def _watch_rule_itself(
    rule: Rule,
    watched: Mapping[Key, Watched],
    after: dict[Key, Watched],
    *,
    has_data: bool,
    is_settling: bool,
    now_ms: int,
) -> None:
    """That a query answers nothing at all is an alert of its own; that it answered ends the alert of its failure."""
    if FAILURE in watched:
        after[FAILURE] = watched[FAILURE]._replace(state=OK)
    has_series = any(key.kind is Kind.CONDITION for key in after)
    is_silent = rule.no_data is NoData.ALERT and not has_data and not has_series
    if NOTHING in watched or is_silent:
        before = watched.get(NOTHING, Watched())
        if is_silent and is_settling:
            after[NOTHING] = before
        else:
            state = advance(before.state, holds=is_silent, now_ms=now_ms, waits=rule.waits)
            after[NOTHING] = before._replace(state=state)


def _compare(
    rule: Rule, watched: Mapping[Key, Watched], after: Mapping[Key, Watched], now_ms: int
) -> Outcome:
    kept: dict[Key, Watched] = {}
    began: list[Key] = []
    ended: dict[Key, Watched] = {}
    is_changed = False
    for key, new in after.items():
        before = watched.get(key, _UNKNOWN)
        was, is_now = before.state.state, new.state.state
        is_changed = is_changed or new.state != before.state
        if is_now is State.FIRING and was is not State.FIRING:
            began.append(key)
        if was is State.FIRING and is_now is not State.FIRING:
            ended[key] = before._replace(value=new.value)
        if is_now is not State.OK:
            kept[key] = new
        elif _is_known(rule, key, new, now_ms):
            is_plain = new.peak is None and new.event_id is None and new.sent_ms is None
            kept[key] = new if is_plain else Watched(seen_ms=new.seen_ms, value=new.value)
    is_changed = is_changed or kept.keys() != watched.keys()
    return Outcome(kept, began, ended, is_changed)


def _is_known(rule: Rule, key: Key, watched: Watched, now_ms: int) -> bool:
    """Whether its silence will have to be noticed."""
    is_young = now_ms - watched.seen_ms < FORGET_MS
    return rule.no_data is NoData.ALERT and key.kind is Kind.CONDITION and is_young
