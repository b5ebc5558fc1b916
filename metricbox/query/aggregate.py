"""Joins samples into the cells of (group, step). Pure numpy, no loop over samples or steps.

Samples come sorted by (series, time) and unique. A cell without samples is NaN.
"""

from enum import StrEnum
from typing import NamedTuple

import numpy as np

from metricbox.model import BoolArray, Float64Array, Int64Array, SampleColumns, is_stale_marker
from metricbox.query.grid import Grid
from metricbox.store.partials import LOOKBACK_MS


class Aggregation(StrEnum):
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    COUNT = "count"
    LAST = "last"
    P50 = "p50"
    P90 = "p90"
    P95 = "p95"
    P99 = "p99"
    RATE = "rate"
    INCREASE = "increase"


NEEDS_SAMPLE_BEFORE = frozenset({Aggregation.RATE, Aggregation.INCREASE})


class Cells(NamedTuple):
    """Arrays of shape [groups, steps]."""

    values: Float64Array
    counts: Int64Array


def aggregate(
    samples: SampleColumns,
    group_of_series: dict[int, int],
    group_count: int,
    grid: Grid,
    aggregation: Aggregation,
) -> Cells:
    """One value for each group and step. `group_of_series` maps every series id among the samples to its group.

    For rate and increase the samples may begin LOOKBACK_MS before the grid: the growth since the sample before a step
    belongs to that step.
    """
    samples = samples.where(~is_stale_marker(samples.values))
    # What leaves the range of doubles is not finite, which an answer shows as null: no fault, and no warning.
    with np.errstate(over="ignore", invalid="ignore"):
        if aggregation in NEEDS_SAMPLE_BEFORE:
            return _aggregate_growth(samples, group_of_series, group_count, grid, aggregation)
        return _aggregate_values(samples, group_of_series, group_count, grid, aggregation)


def _aggregate_values(
    samples: SampleColumns,
    group_of_series: dict[int, int],
    group_count: int,
    grid: Grid,
    aggregation: Aggregation,
) -> Cells:
    samples = samples.where((samples.ts_ms >= grid.start_ms) & (samples.ts_ms < grid.end_ms))
    cells = _cells_of(samples, group_of_series, grid)
    shape = (group_count, grid.size)
    values = np.full(group_count * grid.size, np.nan)
    counts = np.bincount(cells, minlength=values.size)
    if len(cells):
        order = _order_within_cells(cells, samples, aggregation)
        runs = _Runs.of(cells if order is None else cells[order])
        values[runs.cells] = _join(
            samples.values if order is None else samples.values[order], runs, aggregation
        )
    return Cells(values.reshape(shape), counts.reshape(shape))


def _cells_of(samples: SampleColumns, group_of_series: dict[int, int], grid: Grid) -> Int64Array:
    """Flat index group * steps + step of every sample."""
    ids, inverse = np.unique(samples.series_ids, return_inverse=True)
    groups = np.fromiter((group_of_series[int(one)] for one in ids), np.int64, len(ids))[inverse]
    steps = np.searchsorted(grid.edges_ms, samples.ts_ms, side="right") - 1
    return groups * grid.size + steps


def _order_within_cells(
    cells: Int64Array, samples: SampleColumns, aggregation: Aggregation
) -> Int64Array | None:
    """An order that brings the samples of a cell together, sorted as the aggregation needs; None if they lie so."""
    if aggregation in PERCENTILES:
        return np.lexsort((samples.values, cells))
    if (cells[1:] >= cells[:-1]).all() and (
        aggregation is not Aggregation.LAST or _is_sorted_in_cells(cells, samples)
    ):
        return None
    if aggregation is Aggregation.LAST:
        return np.lexsort((samples.ts_ms, cells))
    return np.argsort(cells, kind="stable")


def _is_sorted_in_cells(cells: Int64Array, samples: SampleColumns) -> bool:
    return bool(((cells[1:] > cells[:-1]) | (samples.ts_ms[1:] >= samples.ts_ms[:-1])).all())


class _Runs(NamedTuple):
    """Runs of equal cells in a sorted column: run i is [starts[i], starts[i] + sizes[i])."""

    starts: Int64Array
    sizes: Int64Array
    cells: Int64Array

    @classmethod
    def of(cls, cells: Int64Array) -> "_Runs":
        starts = np.flatnonzero(np.append(True, cells[1:] != cells[:-1]))
        return cls(starts, np.diff(np.append(starts, len(cells))), cells[starts])


PERCENTILES = {Aggregation.P50: 0.5, Aggregation.P90: 0.9, Aggregation.P95: 0.95, Aggregation.P99: 0.99}


def _join(values: Float64Array, runs: _Runs, aggregation: Aggregation) -> Float64Array:
    if aggregation is Aggregation.AVG:
        return _mean(values, runs)
    if aggregation is Aggregation.SUM:
        return np.add.reduceat(values, runs.starts)
    if aggregation is Aggregation.COUNT:
        return runs.sizes.astype(np.float64)
    if aggregation is Aggregation.MIN:
        return np.minimum.reduceat(values, runs.starts)
    if aggregation is Aggregation.MAX:
        return np.maximum.reduceat(values, runs.starts)
    if aggregation is Aggregation.LAST:
        last: Float64Array = values[runs.starts + runs.sizes - 1]
        return last
    return _percentile(values, runs, PERCENTILES[aggregation])


def _mean(values: Float64Array, runs: _Runs) -> Float64Array:
    means: Float64Array = np.add.reduceat(values, runs.starts) / runs.sizes
    if not np.isfinite(means).all():
        # The sum of the largest doubles overflows; divided first they do not, at the price of a rounding more.
        divided = np.add.reduceat(values / np.repeat(runs.sizes, runs.sizes), runs.starts)
        means = np.where(np.isfinite(means), means, divided)
    return means


def _percentile(sorted_values: Float64Array, runs: _Runs, share: float) -> Float64Array:
    """Linear interpolation between the closest ranks, as numpy's and Prometheus's quantile do it."""
    rank = share * (runs.sizes - 1)
    below = np.floor(rank).astype(np.int64)
    above = np.minimum(below + 1, runs.sizes - 1)
    low, high = sorted_values[runs.starts + below], sorted_values[runs.starts + above]
    weight = rank - below
    between: Float64Array = low + (high - low) * weight
    if not np.isfinite(between).all():
        # The distance of the largest doubles overflows; weighted one by one they do not.
        between = np.where(np.isfinite(between), between, low * (1 - weight) + high * weight)
    return between


def _aggregate_growth(
    samples: SampleColumns,
    group_of_series: dict[int, int],
    group_count: int,
    grid: Grid,
    aggregation: Aggregation,
) -> Cells:
    """Growth of counters. A drop is a reset to zero, so the new value itself is growth (VictoriaMetrics#2787).

    rate = growth / time that it took, by series, then added up over the group. The time runs from the sample before
    the step to the last one in it, so that the unfinished newest step shows no dip.
    """
    ids, ts_ms, values = samples
    size = len(ids)
    growth = np.zeros(size)
    took_ms = np.zeros(size, np.int64)
    if size > 1:
        gap_ms = ts_ms[1:] - ts_ms[:-1]
        has_before = (ids[1:] == ids[:-1]) & (gap_ms <= LOOKBACK_MS)
        change = values[1:] - values[:-1]
        growth[1:] = np.where(has_before, np.where(change < 0, values[1:], change), 0.0)
        took_ms[1:] = np.where(has_before, gap_ms, 0)
    is_inside = (ts_ms >= grid.start_ms) & (ts_ms < grid.end_ms)
    inside = samples.where(is_inside)
    # By series first: a rate is a quotient and can only be added up after the division.
    series_ids = np.unique(inside.series_ids)
    row_of_series = {int(series_id): row for row, series_id in enumerate(series_ids)}
    cells = _cells_of(inside, row_of_series, grid)
    cell_count = len(series_ids) * grid.size
    counts = np.bincount(cells, minlength=cell_count)
    grown: Float64Array = np.bincount(cells, growth[is_inside], cell_count).astype(np.float64)
    if aggregation is Aggregation.RATE:
        took_s = np.bincount(cells, took_ms[is_inside], cell_count) / 1000
        grown = np.divide(grown, took_s, out=np.zeros(cell_count), where=took_s > 0)
        has_value = took_s > 0
    else:
        has_value = counts > 0
    return _add_up(
        grown, has_value, counts, [group_of_series[int(one)] for one in series_ids], group_count, grid.size
    )


def _add_up(
    grown: Float64Array,
    has_value: BoolArray,
    counts: Int64Array,
    group_of_row: list[int],
    group_count: int,
    steps: int,
) -> Cells:
    """Rows of series added up to rows of groups; a cell in which no series has a value is NaN."""
    shape = (len(group_of_row), steps)
    totals = np.zeros((group_count, steps))
    known = np.zeros((group_count, steps), np.int64)
    total_counts = np.zeros((group_count, steps), np.int64)
    np.add.at(totals, group_of_row, np.where(has_value, grown, 0.0).reshape(shape))
    np.add.at(known, group_of_row, has_value.reshape(shape))
    np.add.at(total_counts, group_of_row, counts.reshape(shape))
    return Cells(np.where(known > 0, totals, np.nan), total_counts)
