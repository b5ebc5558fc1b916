"""Rollup rows joined into the steps of a query, by groups of series. Pure numpy, no loop over rows.

What a store may work out by itself, close to its rows (`MetricStore.read_rollup_steps`); this is the definition of it.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from metricbox.model import BoolArray, Float64Array, Int64Array
from metricbox.store.partials import PartialColumns


class Grouping(NamedTuple):
    """Which series belong together: two columns of equal length, sorted by id."""

    series_ids: Int64Array
    groups: Int64Array
    """Numbers from 0."""

    @classmethod
    def of(cls, groups: Sequence[Sequence[int]]) -> "Grouping":
        """The n-th list has the ids of group n."""
        ids = np.array([one for group in groups for one in group], np.int64)
        numbers = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
        order = np.argsort(ids)
        return cls(ids[order], numbers[order])


class StepPartials(NamedTuple):
    """One row for each (group, step) that has samples, sorted by both; columns of equal length."""

    groups: Int64Array
    steps: Int64Array
    """Numbers of the steps from 0."""
    rows: Int64Array
    """Rollup rows that were joined."""
    counts: Int64Array
    sums: Float64Array
    mins: Float64Array
    maxs: Float64Array
    lasts: Float64Array
    """Last value of the newest bucket."""
    increases: Float64Array
    first_bucket_ms: Int64Array
    last_bucket_ms: Int64Array

    @property
    def size(self) -> int:
        return len(self.groups)

    def where(self, mask: BoolArray) -> "StepPartials":
        """The rows for which `mask` holds."""
        return StepPartials._make(column[mask] for column in self)


def empty_steps() -> StepPartials:
    dtypes = [np.int64] * 4 + [np.float64] * 5 + [np.int64] * 2
    return StepPartials._make(np.empty(0, dtype) for dtype in dtypes)


def steps_of_partials(rows: PartialColumns, grouping: Grouping, edges_ms: Int64Array) -> StepPartials:
    """`edges_ms` are the edges of the steps, one more than there are steps; rows outside are left out."""
    columns = {name: getattr(rows, field) for name, field in _FIELD_OF.items()}
    return steps_of_rows(rows.series_ids, rows.bucket_ms, columns, grouping, edges_ms)


# Columns of a rollup's rows -> fields of PartialColumns and StepPartials.
_FIELD_OF = {
    "count": "counts",
    "sum": "sums",
    "min": "mins",
    "max": "maxs",
    "last": "lasts",
    "increase": "increases",
}


def steps_of_rows(
    series_ids: Int64Array,
    bucket_ms: Int64Array,
    columns: Mapping[str, Float64Array | Int64Array],
    grouping: Grouping,
    edges_ms: Int64Array,
) -> StepPartials:
    """Rows sorted by series and bucket; a column that is not given is zero in the result."""
    inside = (bucket_ms >= edges_ms[0]) & (bucket_ms < edges_ms[-1])
    if not inside.all():
        series_ids, bucket_ms = series_ids[inside], bucket_ms[inside]
        columns = {name: column[inside] for name, column in columns.items()}
    if not len(series_ids):
        return empty_steps()
    steps = _steps_of(bucket_ms, edges_ms)
    # Rows of one series and step lie together: they are joined first, which leaves few to sort.
    starts = np.flatnonzero(np.append(True, (series_ids[1:] != series_ids[:-1]) | (steps[1:] != steps[:-1])))
    ends = np.append(starts[1:], len(series_ids))
    by_series = StepPartials(
        groups=grouping.groups[np.searchsorted(grouping.series_ids, series_ids[starts])],
        steps=steps[starts],
        rows=ends - starts,
        counts=_reduce(columns, "count", np.add, starts).astype(np.int64),
        sums=_reduce(columns, "sum", np.add, starts),
        mins=_reduce(columns, "min", np.minimum, starts),
        maxs=_reduce(columns, "max", np.maximum, starts),
        lasts=columns["last"][ends - 1] if "last" in columns else np.zeros(len(starts)),
        increases=_reduce(columns, "increase", np.add, starts),
        first_bucket_ms=bucket_ms[starts],
        last_bucket_ms=bucket_ms[ends - 1],
    )
    return join_steps(by_series)


def _steps_of(bucket_ms: Int64Array, edges_ms: Int64Array) -> Int64Array:
    lengths = np.diff(edges_ms)
    if (lengths == lengths[0]).all():
        steps: Int64Array = (bucket_ms - edges_ms[0]) // lengths[0]
        return steps
    return np.searchsorted(edges_ms, bucket_ms, side="right") - 1


def _reduce(
    columns: Mapping[str, Float64Array | Int64Array], name: str, join: np.ufunc, starts: Int64Array
) -> Float64Array:
    if name not in columns:
        return np.zeros(len(starts))
    with np.errstate(over="ignore", invalid="ignore"):
        joined: Float64Array = join.reduceat(columns[name], starts)
    return joined


def join_steps(rows: StepPartials) -> StepPartials:
    """Rows in any order, any number of them for a (group, step), made one each."""
    if not rows.size:
        return rows
    order = np.lexsort((rows.last_bucket_ms, rows.steps, rows.groups))
    rows = StepPartials._make(column[order] for column in rows)
    is_start = np.append(True, (rows.groups[1:] != rows.groups[:-1]) | (rows.steps[1:] != rows.steps[:-1]))
    if is_start.all():
        return rows
    starts = np.flatnonzero(is_start)
    ends = np.append(starts[1:], rows.size)
    with np.errstate(over="ignore", invalid="ignore"):
        return StepPartials(
            groups=rows.groups[starts],
            steps=rows.steps[starts],
            rows=np.add.reduceat(rows.rows, starts),
            counts=np.add.reduceat(rows.counts, starts),
            sums=np.add.reduceat(rows.sums, starts),
            mins=np.minimum.reduceat(rows.mins, starts),
            maxs=np.maximum.reduceat(rows.maxs, starts),
            lasts=rows.lasts[ends - 1],
            increases=np.add.reduceat(rows.increases, starts),
            first_bucket_ms=np.minimum.reduceat(rows.first_bucket_ms, starts),
            last_bucket_ms=rows.last_bucket_ms[ends - 1],
        )


def concat_steps(parts: Sequence[StepPartials]) -> StepPartials:
    if not parts:
        return empty_steps()
    return StepPartials._make(np.concatenate(columns) for columns in zip(*parts, strict=True))
