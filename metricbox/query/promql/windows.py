"""From the samples of selected series to instant vectors and range vectors on a grid of steps. Pure numpy.

For every series and step the position of the newest sample at or before a time is wanted. On a regular grid the step
at which a sample is first seen follows from its time, so that positions are counts, with no search at all.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from metricbox.model import Float64Array, Int64Array, Labels, is_stale_marker
from metricbox.query.promql.values import Cells, Windows


class Selected(NamedTuple):
    """Samples of series, one series after another, each sorted by time, stale markers included."""

    labels: Sequence[Labels]
    """[S]"""
    offsets: Int64Array
    """[S + 1]; series i has samples[offsets[i]:offsets[i + 1]]"""
    ts_ms: Int64Array
    values: Float64Array


def newest_samples(selected: Selected, times_ms: Int64Array, lookback_ms: int) -> tuple[Cells, Int64Array]:
    """The instant vector at each time, and the times of its samples (anything where not present).

    A sample counts for `lookback_ms`, both ends included as in Prometheus 2.42; a stale marker ends its series.
    """
    if not len(selected.values):
        shape = (len(selected.labels), len(times_ms))
        return Cells(np.zeros(shape), np.zeros(shape, np.bool_)), np.zeros(shape, np.int64)
    newest = positions_after(selected, times_ms) - 1
    present = newest >= selected.offsets[:-1, None]
    newest = np.maximum(newest, 0)
    seen_ms = selected.ts_ms[newest]
    present &= seen_ms >= times_ms - lookback_ms
    values = selected.values[newest]
    present &= ~is_stale_marker(values)
    return Cells(values, present), seen_ms


def make_windows(selected: Selected, times_ms: Int64Array, ends_ms: Int64Array, range_ms: int) -> Windows:
    """The samples of [end - range, end] at each step, without stale markers."""
    selected = without_stale_markers(selected)
    starts_ms = ends_ms - range_ms
    return Windows(
        selected.labels,
        selected.ts_ms,
        selected.values,
        left=positions_after(selected, starts_ms - 1),
        right=positions_after(selected, ends_ms),
        start_ms=starts_ms,
        end_ms=ends_ms,
        times_ms=times_ms,
        range_ms=range_ms,
    )


def without_stale_markers(selected: Selected) -> Selected:
    is_stale = is_stale_marker(selected.values)
    if not is_stale.any():
        return selected
    before = np.append(0, np.cumsum(~is_stale))
    return Selected(
        selected.labels, before[selected.offsets], selected.ts_ms[~is_stale], selected.values[~is_stale]
    )


def positions_after(selected: Selected, times_ms: Int64Array) -> Int64Array:
    """[S, T]: for each series and time the position after its last sample with ts <= time.

    Times do not fall from one step to the next.
    """
    step_ms = _regular_step_ms(times_ms)
    if step_ms is None:
        return _positions_by_search(selected, times_ms)
    series, steps = len(selected.labels), len(times_ms)
    # The first step that sees a sample; `steps` where none does.
    first_step = -((int(times_ms[0]) - selected.ts_ms) // step_ms)
    np.clip(first_step, 0, steps, out=first_step)
    rows = np.repeat(np.arange(series) * (steps + 1), np.diff(selected.offsets))
    counts = np.bincount(rows + first_step, minlength=series * (steps + 1)).reshape(series, steps + 1)
    after: Int64Array = np.cumsum(counts[:, :steps], axis=1) + selected.offsets[:-1, None]
    return after


def _regular_step_ms(times_ms: Int64Array) -> int | None:
    """The distance of the times, None when it is not the same everywhere or none at all."""
    if len(times_ms) == 1:
        return 1
    step_ms = int(times_ms[1] - times_ms[0])
    is_regular = step_ms > 0 and bool((np.diff(times_ms) == step_ms).all())
    return step_ms if is_regular else None


def _positions_by_search(selected: Selected, times_ms: Int64Array) -> Int64Array:
    if not len(selected.ts_ms):
        return np.repeat(selected.offsets[:-1, None], len(times_ms), axis=1)
    # One sorted key for all series: the series above, the time below.
    earliest_ms = int(selected.ts_ms.min())
    span_ms = int(selected.ts_ms.max()) - earliest_ms + 2
    rows = np.arange(len(selected.labels)) * span_ms
    keys = np.repeat(rows, np.diff(selected.offsets)) + (selected.ts_ms - earliest_ms)
    wanted = rows[:, None] + np.clip(times_ms - earliest_ms, -1, span_ms - 2)[None, :]
    # A time before every sample, -1, must not fall among those of the series before: span_ms leaves a gap of one.
    return np.searchsorted(keys, wanted, side="right").astype(np.int64)
