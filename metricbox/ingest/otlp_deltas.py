"""The points of a message that are differences, as totals (`otlp_totals.py`). Used by the decode threads."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from metricbox.ingest.otlp_exponential import MAX_BUCKETS, add_buckets, to_classic
from metricbox.ingest.otlp_points import (
    BucketPoint,
    ExponentialBuckets,
    ExponentialPoint,
    Family,
    NumberColumns,
)
from metricbox.ingest.otlp_totals import DeltaTotals, Interval, Stored
from metricbox.ingest.outcome import Reason, Refusals
from metricbox.ingest.series_table import DoorContext
from metricbox.model import Float64Array

_NS_PER_MS = 1_000_000
# Of counters a total takes up to 1 KB with its key; of histograms it has some ten numbers.
MAX_COUNTERS = 100_000
MAX_BUCKET_COUNTS = 1_000_000
_NEGATIVE = "a delta of a counter must not be negative"


class _ExponentialTotal(NamedTuple):
    buckets: ExponentialBuckets
    observations: float
    total: float


class Deltas:
    """The totals so far, of all senders."""

    def __init__(self) -> None:
        self.numbers: DeltaTotals[float] = DeltaTotals(lambda total, delta: total + delta, MAX_COUNTERS)
        self.histograms: DeltaTotals[Float64Array] = DeltaTotals(
            lambda total, delta: total + delta, MAX_BUCKET_COUNTS
        )
        self.exponentials: DeltaTotals[_ExponentialTotal] = DeltaTotals(_add_exponentials, MAX_BUCKET_COUNTS)

    def for_message(
        self, families: Sequence[Family], prefixes: Sequence[bytes], context: DoorContext, refusals: Refusals
    ) -> "MessageDeltas":
        """`prefixes` tell the families apart, in this and in other messages."""
        return MessageDeltas(self, families, prefixes, context, refusals)


def _add_exponentials(total: _ExponentialTotal, delta: _ExponentialTotal) -> _ExponentialTotal:
    return _ExponentialTotal(
        add_buckets(total.buckets, delta.buckets),
        total.observations + delta.observations,
        total.total + delta.total,
    )


class MessageDeltas:
    def __init__(
        self,
        totals: Deltas,
        families: Sequence[Family],
        prefixes: Sequence[bytes],
        context: DoorContext,
        refusals: Refusals,
    ) -> None:
        self._totals = totals
        self._families = families
        self._prefixes = prefixes
        self._now_s = context.monotonic_s
        self._window = context.window
        self._refusals = refusals

    def add_numbers(self, columns: NumberColumns) -> NumberColumns:
        """The same with totals in place of deltas, and a 0 before the first total of a series."""
        is_delta = np.fromiter((family.is_delta for family in self._families), np.bool_, len(self._families))
        if not is_delta.any():
            return columns
        rows = np.flatnonzero(is_delta[columns.families] & ~columns.is_absent & np.isfinite(columns.values))
        keep = np.ones(len(columns.values), np.bool_)
        times, values = columns.time_ns.copy(), columns.values.copy()
        zeros: list[tuple[int, int]] = []
        for row in rows.tolist():
            family = int(columns.families[row])
            position, value = int(columns.positions[row]), float(values[row])
            time_ns = int(times[row])
            if self._is_outside(time_ns):
                continue
            if value < 0 and self._families[family].is_monotonic:
                self._refusals.add(position, Reason.SYNTAX, _NEGATIVE)
                keep[row] = False
                continue
            key = self._prefixes[family] + columns.attributes[row]
            interval = Interval(int(columns.start_ns[row]), time_ns)
            stored = self._totals.numbers.add(key, interval, value, 1, self._now_s)
            if not isinstance(stored, Stored):
                self._refuse(position, stored, 1)
                keep[row] = False
                continue
            times[row], values[row] = stored.ts_ms * _NS_PER_MS, stored.total
            if stored.zero_ms is not None:
                zeros.append((row, self._clip(stored.zero_ms)))
        return _with_zeros(columns._replace(time_ns=times, values=values), keep, zeros)

    def add_buckets(
        self, points: Sequence[BucketPoint], exponentials: Sequence[ExponentialPoint]
    ) -> list[BucketPoint]:
        """Histograms as totals and with `le` buckets, and a histogram of zeros before the first total of a series."""
        made: list[BucketPoint] = []
        for point in points:
            if self._is_added(point):
                made += self._add_histogram(point)
            else:
                made.append(point)
        for exponential in exponentials:
            if exponential.is_absent:
                made.append(_to_bucket_point(exponential)._replace(bounds=b"", values=()))
            elif self._is_added(exponential):
                made += self._add_exponential(exponential)
            else:
                made.append(_to_bucket_point(exponential))
        return made

    def _is_added(self, point: BucketPoint | ExponentialPoint) -> bool:
        """What lies outside the window is refused later, and must not count."""
        is_delta = self._families[point.family].is_delta
        return is_delta and not point.is_absent and not self._is_outside(point.time_ns)

    def _add_histogram(self, point: BucketPoint) -> list[BucketPoint]:
        delta = np.array([*point.values, point.observations, point.total or 0.0], np.float64)
        key = (self._prefixes[point.family], point.attributes, point.bounds, len(point.values))
        interval = Interval(point.start_ns, point.time_ns)
        stored = self._totals.histograms.add(key, interval, delta, len(delta), self._now_s)
        if not isinstance(stored, Stored):
            self._refuse(point.position, stored, len(delta))
            return []
        *values, observations, total = stored.total.tolist()
        point = point._replace(
            values=values, observations=observations, total=None if point.total is None else total
        )
        return self._place(point, stored)

    def _add_exponential(self, point: ExponentialPoint) -> list[BucketPoint]:
        delta = _ExponentialTotal(point.buckets, point.observations, point.total or 0.0)
        key = (self._prefixes[point.family], point.attributes)
        interval = Interval(point.start_ns, point.time_ns)
        stored = self._totals.exponentials.add(key, interval, delta, MAX_BUCKETS, self._now_s)
        if not isinstance(stored, Stored):
            self._refuse(point.position, stored, 1)
            return []
        summed = stored.total
        total = None if point.total is None else summed.total
        point = point._replace(buckets=summed.buckets, observations=summed.observations, total=total)
        return self._place(_to_bucket_point(point), stored)

    def _place(
        self, point: BucketPoint, stored: Stored[Float64Array] | Stored[_ExponentialTotal]
    ) -> list[BucketPoint]:
        """At the time of the total, and zeros in front."""
        point = point._replace(time_ns=stored.ts_ms * _NS_PER_MS)
        if stored.zero_ms is None:
            return [point]
        zero = point._replace(
            values=[0.0] * len(point.values),
            observations=0.0,
            total=None if point.total is None else 0.0,
            time_ns=self._clip(stored.zero_ms) * _NS_PER_MS,
        )
        return [zero, point]

    def _is_outside(self, time_ns: int) -> bool:
        return not self._window.oldest_ms <= time_ns // _NS_PER_MS <= self._window.newest_ms

    def _clip(self, zero_ms: int) -> int:
        """A first interval may have begun before the oldest time that is taken."""
        return max(zero_ms, self._window.oldest_ms)

    def _refuse(self, position: int, why: str | None, samples: int) -> None:
        """None is a point that was added before: a success."""
        if why is not None:
            self._refusals.add(position, Reason.UNSUPPORTED, why, samples=samples)


def _with_zeros(columns: NumberColumns, keep: np.ndarray, zeros: list[tuple[int, int]]) -> NumberColumns:
    """Rows that are kept; in front of them a 0 for each row and time of `zeros`."""
    rows = np.array([row for row, _ in zeros], np.int64)
    kept = np.flatnonzero(keep)
    order = np.concatenate([rows, kept])
    times = columns.time_ns[order]
    times[: len(rows)] = np.array([zero_ms for _, zero_ms in zeros], np.int64) * _NS_PER_MS
    values = columns.values[order]
    values[: len(rows)] = 0.0
    return NumberColumns(
        columns.families[order],
        columns.positions[order],
        [columns.attributes[row] for row in order.tolist()],
        columns.start_ns[order],
        times,
        values,
        columns.is_absent[order],
    )


def _to_bucket_point(point: ExponentialPoint) -> BucketPoint:
    classic = to_classic(point.buckets)
    return BucketPoint(
        point.family,
        point.position,
        point.attributes,
        point.start_ns,
        point.time_ns,
        point.is_absent,
        point.observations,
        point.total,
        classic.bounds,
        classic.counts,
    )
