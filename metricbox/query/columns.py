"""Results as columns on one time axis, and how two of them are put together. Pure numpy."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from metricbox.model import Float64Array, Int64Array, Labels


class Columns(NamedTuple):
    """S series by T steps."""

    times_ms: Int64Array
    """[T], starts of the steps"""
    labels: Sequence[Labels]
    """[S], the metric's name among them where there is one"""
    values: Float64Array
    """[S, T], NaN where there is none"""
    counts: Int64Array | None
    """[S, T]; None where nothing was counted, as for expressions"""
    samples_read: int
    left_out: int = 0
    """Series that were not worked out, since no answer could hold them all."""

    @property
    def size_bytes(self) -> int:
        """About what this takes in memory."""
        counts = 0 if self.counts is None else self.counts.nbytes
        return self.times_ms.nbytes + self.values.nbytes + counts + 500 * len(self.labels) + 500

    def steps(self, start: int, stop: int) -> "Columns":
        """The steps [start, stop)."""
        counts = None if self.counts is None else self.counts[:, start:stop]
        return self._replace(
            times_ms=self.times_ms[start:stop], values=self.values[:, start:stop], counts=counts
        )


def append_columns(head: Columns, tail: Columns) -> Columns:
    """The steps of `head`, then those of `tail`; series are found by their labels, and stay in order of labels."""
    return join_columns([head, tail])


def join_columns(parts: Sequence[Columns]) -> Columns:
    """As `append_columns`, of one part or more."""
    labels = sorted({one for part in parts for one in part.labels})
    row_of = {one: row for row, one in enumerate(labels)}
    times_ms = np.concatenate([part.times_ms for part in parts])
    values = np.full((len(labels), len(times_ms)), np.nan)
    counts = None
    if all(part.counts is not None for part in parts):
        counts = np.zeros(values.shape, np.int64)
    start = 0
    for part in parts:
        rows = [row_of[one] for one in part.labels]
        steps = slice(start, start + len(part.times_ms))
        values[rows, steps] = part.values
        if counts is not None and part.counts is not None:
            counts[rows, steps] = part.counts
        start = steps.stop
    return Columns(times_ms, labels, values, counts, parts[-1].samples_read)


def drop_empty(columns: Columns) -> Columns:
    """Without the series that have no value at any step and no sample either."""
    has_any = ~np.isnan(columns.values).all(axis=1)
    if columns.counts is not None:
        has_any |= columns.counts.any(axis=1)
    if has_any.all():
        return columns
    kept = np.flatnonzero(has_any)
    return columns._replace(
        labels=[columns.labels[row] for row in kept.tolist()],
        values=columns.values[kept],
        counts=None if columns.counts is None else columns.counts[kept],
    )
