"""A rule over stored history: when it would have fired. Pure numpy; step by step in time, all series at once.

It goes through the same states as transitions.advance, which a test compares. Two things differ from the loop, and the
answer says so: the values are those of the steps (of rollups, averages), and silence counts from the first value that a
series has in the range.
"""

from typing import NamedTuple

import numpy as np

from metricbox.alerts.conditions import Condition, holds
from metricbox.alerts.rules import NoData, Rule
from metricbox.model import BoolArray, Float64Array, Int64Array

# No wait under way.
_NEVER = np.iinfo(np.int64).min


class Spell(NamedTuple):
    """A time of firing of one series."""

    row: int
    start_ms: int
    end_ms: int | None
    """None when it still fires at the end of the range."""
    peak: float | None
    """The worst value; None when there was none, as of a series that is silent."""


def rehearse(rule: Rule, times_ms: Int64Array, values: Float64Array) -> list[Spell]:
    """Spells by series, then time. `values`: [S, T], NaN where there is none; `times_ms`: [T], ascending."""
    run = _Run(rule, values.shape[0])
    # One step of all series lies together in memory.
    values = np.ascontiguousarray(values.T)
    is_given = ~np.isnan(values)
    bad = holds(rule.condition, values, rule.threshold)
    still_bad = bad | holds(rule.condition, values, rule.recovery_threshold)
    for step, now_ms in enumerate(times_ms.tolist()):
        run.advance(now_ms, values[step], is_given[step], bad[step], still_bad[step])
    return run.finish()


class _Run:
    """The states of all series; arrays of [S]."""

    def __init__(self, rule: Rule, size: int) -> None:
        self._rule = rule
        self._is_low_bad = rule.condition in {Condition.LT, Condition.LTE}
        self._is_seen = np.zeros(size, bool)
        self._is_firing = np.zeros(size, bool)
        self._pending_since_ms = np.full(size, _NEVER, np.int64)
        self._firing_since_ms = np.full(size, _NEVER, np.int64)
        self._clear_since_ms = np.full(size, _NEVER, np.int64)
        self._peak = np.full(size, np.nan)
        self._spells: list[Spell] = []

    def advance(
        self, now_ms: int, values: Float64Array, is_given: BoolArray, bad: BoolArray, still_bad: BoolArray
    ) -> None:
        self._is_seen |= is_given
        does_hold = np.where(self._is_firing, still_bad, bad)
        is_known = is_given
        if self._rule.no_data is NoData.OK:
            is_known = self._is_seen
        elif self._rule.no_data is NoData.ALERT:
            does_hold = does_hold | (self._is_seen & ~is_given)
            is_known = self._is_seen
        self._end(now_ms, is_known & self._is_firing & ~does_hold)
        self._clear_since_ms[is_known & self._is_firing & does_hold] = _NEVER
        self._begin(now_ms, is_known & ~self._is_firing, does_hold)
        self._note_peaks(values, self._is_firing & is_given)

    def _end(self, now_ms: int, is_clear: BoolArray) -> None:
        self._clear_since_ms[is_clear & (self._clear_since_ms == _NEVER)] = now_ms
        is_over = is_clear & (now_ms - self._clear_since_ms >= self._rule.waits.keep_firing_ms)
        for row in np.flatnonzero(is_over).tolist():
            self._spells.append(self._make_spell(row, now_ms))
        self._is_firing[is_over] = False
        self._pending_since_ms[is_over] = _NEVER
        self._clear_since_ms[is_over] = _NEVER

    def _begin(self, now_ms: int, is_idle: BoolArray, does_hold: BoolArray) -> None:
        # What has just ended does not hold, so that it cannot begin in the same step.
        self._pending_since_ms[is_idle & ~self._is_firing & ~does_hold] = _NEVER
        is_bad = is_idle & does_hold
        self._pending_since_ms[is_bad & (self._pending_since_ms == _NEVER)] = now_ms
        begins = is_bad & (now_ms - self._pending_since_ms >= self._rule.waits.for_ms)
        self._is_firing |= begins
        self._firing_since_ms[begins] = now_ms
        self._peak[begins] = np.nan

    def _note_peaks(self, values: Float64Array, rows: BoolArray) -> None:
        worst = np.fmin if self._is_low_bad else np.fmax
        self._peak[rows] = worst(self._peak[rows], values[rows])

    def finish(self) -> list[Spell]:
        for row in np.flatnonzero(self._is_firing).tolist():
            self._spells.append(self._make_spell(row, None))
        return sorted(self._spells, key=lambda spell: (spell.row, spell.start_ms))

    def _make_spell(self, row: int, end_ms: int | None) -> Spell:
        peak = float(self._peak[row])
        return Spell(row, int(self._firing_since_ms[row]), end_ms, None if np.isnan(peak) else peak)
