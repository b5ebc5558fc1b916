"""A rule over stored history: when it would have fired. Pure numpy; many series at once, run by run of equal steps.

    values ──▶ signs: what each step says ──▶ runs of steps that say the same ──▶ changes of state ──▶ spells

Where a series may begin or cease to fire follows from its runs and the waits alone, whatever its state is there: it
ceases only while it is clear, and what it waits for to begin comes after that. So no step is gone through by itself.

It goes through the same states as transitions.advance, which a test compares. Two things differ from the loop, and the
answer says so: the values are those of the steps (of rollups, averages), and silence counts from the first value that a
series has in the range.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from metricbox.alerts.conditions import Condition, holds
from metricbox.alerts.rules import NoData, Rule
from metricbox.alerts.transitions import Waits
from metricbox.model import BoolArray, Float64Array, Int64Array

UInt8Array = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]

# No wait under way.
_NEVER = np.iinfo(np.int64).min
# Looked at together, so that all that is worked out of them stays in the processor's cache.
_CELLS = 250_000

# What a step says of a series.
_NOTHING = 0
_CLEAR = 1
_BETWEEN = 2
"""Not bad, but not recovered either."""
_BAD = 3


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
    size, steps = values.shape
    rows_at_once = max(_CELLS // max(steps, 1), 1)
    found: list[Spell] = []
    for first in range(0, size if steps else 0, rows_at_once):
        part = np.ascontiguousarray(values[first : first + rows_at_once])
        runs = _find_runs(_signs_of(rule, part))
        spells = _make_spells(_find_changes(rule.waits, times_ms, runs), steps)
        found += _show(spells, first, times_ms, _find_peaks(rule, part, spells))
    return found


def _show(spells: "_Spells", first_row: int, times_ms: Int64Array, peaks: Float64Array) -> Iterator[Spell]:
    # Of a spell that does not end in the range there is no time.
    ends_ms = np.array([*times_ms.tolist(), None], object)[spells.ends]
    peaks_or_none = peaks.astype(object)
    peaks_or_none[np.isnan(peaks)] = None
    columns = (spells.rows + first_row, times_ms[spells.starts], ends_ms, peaks_or_none)
    return map(Spell._make, zip(*(column.tolist() for column in columns), strict=True))


class _Runs(NamedTuple):
    """Steps [start, end) of a series that say the same; by series, then time. Of what says nothing there are none."""

    rows: Int64Array
    signs: UInt8Array
    starts: Int64Array
    ends: Int64Array


class _Changes(NamedTuple):
    """Steps at which a series fires from then on, or no more, whichever it does before; by series, then time."""

    rows: Int64Array
    steps: Int64Array
    fires: BoolArray


class _Spells(NamedTuple):
    """Firing from step `start` on, and no more at step `end`; by series, then time."""

    rows: Int64Array
    starts: Int64Array
    ends: Int64Array
    """The number of steps where it does not end."""


def _find_runs(signs: UInt8Array) -> _Runs:
    size, steps = signs.shape
    is_start = np.empty(signs.shape, np.bool_)
    is_start[:, 0] = True
    np.not_equal(signs[:, 1:], signs[:, :-1], out=is_start[:, 1:])
    places = np.flatnonzero(is_start)
    ends = np.append(places[1:], size * steps)
    said = signs.ravel()[places]
    if (said == _NOTHING).any():
        places, ends, said = (column[said != _NOTHING] for column in (places, ends, said))
    rows = places // steps
    return _Runs(rows, said, places - rows * steps, ends - rows * steps)


def _signs_of(rule: Rule, values: Float64Array) -> UInt8Array:
    """[S, T]: what each step says."""
    bad = holds(rule.condition, values, rule.threshold)
    is_missing = np.isnan(values)
    signs = np.full(values.shape, _CLEAR, np.uint8)
    if rule.recovery_threshold != rule.threshold:
        signs[holds(rule.condition, values, rule.recovery_threshold)] = _BETWEEN
    signs[bad] = _BAD
    if not is_missing.any():
        return signs
    signs[is_missing] = _NOTHING
    if rule.no_data is not NoData.KEEP:
        # From the first value on silence says something.
        first = np.where(is_missing.all(axis=1), values.shape[1], np.argmin(is_missing, axis=1))
        is_silent = is_missing & (np.arange(values.shape[1]) >= first[:, None])
        signs[is_silent] = _CLEAR if rule.no_data is NoData.OK else _BAD
    return signs


def _find_changes(waits: Waits, times_ms: Int64Array, runs: _Runs) -> _Changes:
    """Where a series was bad, or clear, for long enough. A wait goes on over steps that say nothing, and is begun anew
    after whatever else is said.
    """
    is_bad = runs.signs == _BAD
    goes_on = (runs.signs[1:] == runs.signs[:-1]) & (runs.rows[1:] == runs.rows[:-1])
    first_run = np.maximum.accumulate(np.where(np.append(False, goes_on), 0, np.arange(len(is_bad))))
    due_ms = times_ms[runs.starts[first_run]] + np.where(is_bad, waits.for_ms, waits.keep_firing_ms)
    steps = np.maximum(np.searchsorted(times_ms, due_ms), runs.starts)
    is_change = (steps < runs.ends) & (runs.signs != _BETWEEN)
    return _Changes(runs.rows[is_change], steps[is_change], is_bad[is_change])


def _make_spells(changes: _Changes, size: int) -> _Spells:
    """`size`: how many steps there are."""
    # Of the same ones in a row the first counts, and none but a firing begins a series.
    is_first = np.append(True, changes.rows[1:] != changes.rows[:-1])[: len(changes.rows)]
    is_new = is_first | np.append(True, changes.fires[1:] != changes.fires[:-1])[: len(is_first)]
    is_new &= changes.fires | ~is_first
    rows, steps, fires = (column[is_new] for column in changes)
    starts = np.flatnonzero(fires)
    # Behind a firing of the same series comes its end, or nothing.
    ends = np.full(len(starts), size)
    is_over = ~np.append(fires, True)[starts + 1]
    ends[is_over] = steps[starts[is_over] + 1]
    return _Spells(rows[starts], steps[starts], ends)


def _find_peaks(rule: Rule, values: Float64Array, spells: _Spells) -> Float64Array:
    """The worst value of each spell, its last step not among them; NaN of silence alone."""
    if not len(spells.rows):
        return np.empty(0)
    steps = values.shape[1]
    bounds = np.stack([spells.rows * steps + spells.starts, spells.rows * steps + spells.ends], axis=1)
    # Of neighbouring bounds every second pair is a spell, the others are what lies between two.
    flat = bounds.ravel()
    if flat[-1] == values.size:
        flat = flat[:-1]
    worst = np.fmin if rule.condition in {Condition.LT, Condition.LTE} else np.fmax
    peaks: Float64Array = worst.reduceat(values.ravel(), flat)[::2]
    return peaks
