"""Partial aggregates: what a rollup keeps of the samples of one series in one bucket. Pure numpy, no loop over rows.

A partial can be merged with others without losing anything, which an average cannot. Which columns answer what, over
all samples of a step (the `aggregation` of a query); `ANSWERING_COLUMNS` is this table for programs:

    aggregation     columns          joined over buckets and over series
    avg             sums, counts     sum of sums / sum of counts, never a mean of means
    sum, count      sums | counts    added up; count is of samples, not of rows
    min, max        mins | maxs      smallest | largest
    first, last     firsts | lasts   of the earliest | latest bucket
    increase        increases        added up
    rate            increases        sum / length of the buckets in s, by series; then added up over series
    p50 ... p99     none: only the raw samples can tell
    instant         lasts            the value that PromQL sees of a series; sum(x) over series adds up these, never
                                     `sums`, which counts every series as often as it has samples

`increase` is the growth of a counter in the bucket, the step from the sample before the bucket included, so that
increases of neighbouring buckets add up to the increase of both. A drop is a reset to zero, so the new value itself is
growth. What grew in a silence longer than LOOKBACK_MS is unknown and not counted, nor is the first sample ever.

Sums and increases of decimal numbers are the doubles nearest to the decimal result, see `decimals`: the same in
whatever order and over whatever tiers they were added up.

Stale markers are no samples: they are not counted and do not end a counter. Growth is counted across them, as
Prometheus does in the window of a rate: a target that was away for one scrape has kept its counter, and when it was
restarted the drop shows it. A long absence falls under LOOKBACK_MS.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from metricbox.model import BoolArray, Float64Array, Int64Array, SampleColumns
from metricbox.store.buckets import floor_to
from metricbox.store.decimals import find_places, round_sums

# A counter's growth over a longer silence is unknown, not all at once (VictoriaMetrics#894). Same as Prometheus's
# lookback. A bucket depends on samples this far before it.
LOOKBACK_MS = 5 * 60_000

ANSWERING_COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "avg": ("sums", "counts"),
        "sum": ("sums",),
        "count": ("counts",),
        "min": ("mins",),
        "max": ("maxs",),
        "first": ("firsts",),
        "last": ("lasts",),
        "increase": ("increases",),
        "rate": ("increases",),
        "instant": ("lasts",),
    }
)
"""Aggregation -> fields of PartialColumns that answer it. One that is missing here has to read raw."""


class PartialColumns(NamedTuple):
    """Rows of a rollup as columns of equal length, sorted by series and bucket, at most one row for each pair.

    A bucket without samples has no row.
    """

    series_ids: Int64Array
    bucket_ms: Int64Array
    """Start of the bucket."""
    counts: Int64Array
    sums: Float64Array
    mins: Float64Array
    maxs: Float64Array
    firsts: Float64Array
    lasts: Float64Array
    increases: Float64Array

    @property
    def size(self) -> int:
        return len(self.series_ids)

    def where(self, mask: BoolArray) -> "PartialColumns":
        """The rows for which `mask` holds."""
        if mask.all():
            return self
        return PartialColumns._make(column[mask] for column in self)

    def take(self, rows: Int64Array) -> "PartialColumns":
        """The rows at these positions, in this order."""
        return PartialColumns._make(column[rows] for column in self)


def empty_partials() -> PartialColumns:
    return PartialColumns._make(np.empty(0, np.int64 if column < 3 else np.float64) for column in range(9))


def concat_partials(parts: Sequence[PartialColumns]) -> PartialColumns:
    """The rows of all parts one after another: not sorted, not unique; see `merge_last_wins`."""
    if not parts:
        return empty_partials()
    return PartialColumns._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


def partials_of_samples(
    samples: SampleColumns, start_ms: int, end_ms: int, resolution_ms: int
) -> PartialColumns:
    """Partials of the buckets in [start_ms, end_ms), both multiples of `resolution_ms`, else ValueError.

    Samples are sorted by (series, time) and unique, and must begin LOOKBACK_MS before `start_ms` where there are such:
    those are used for growth alone. Samples from `end_ms` on are ignored.
    """
    if floor_to(start_ms, resolution_ms) != start_ms or floor_to(end_ms, resolution_ms) != end_ms:
        # A part of a bucket taken for the whole is worse than an error (trap B051).
        raise ValueError(f"[{start_ms}, {end_ms}) does not consist of whole buckets of {resolution_ms} ms")
    # The only NaN in the store is the stale marker.
    samples = samples.where(~np.isnan(samples.values))
    is_inside = (samples.ts_ms >= start_ms) & (samples.ts_ms < end_ms)
    if not is_inside.any():
        return empty_partials()
    growth, before = growth_of_samples(samples)
    if not is_inside.all():
        samples, growth, before = samples.where(is_inside), growth[is_inside], before[is_inside]
    bucket_ms = floor_to(samples.ts_ms, resolution_ms)
    starts = _run_starts(samples.series_ids, bucket_ms)
    ends = np.append(starts[1:], len(bucket_ms))
    mins, maxs = np.minimum.reduceat(samples.values, starts), np.maximum.reduceat(samples.values, starts)
    counts, sums, increases = ends - starts, _sum_runs(samples.values, starts), _sum_runs(growth, starts)
    # Decimals of the samples in the bucket, and for growth also of the one before them, which is one addend more.
    places = np.maximum.reduceat(find_places(samples.values), starts)
    largest = np.maximum(np.abs(mins), np.abs(maxs))
    places_before = find_places(before[starts])
    return PartialColumns(
        series_ids=samples.series_ids[starts],
        bucket_ms=bucket_ms[starts],
        counts=counts,
        sums=round_sums(sums, places, counts, largest),
        mins=mins,
        maxs=maxs,
        firsts=samples.values[starts],
        lasts=samples.values[ends - 1],
        increases=round_sums(
            increases,
            np.maximum(places, places_before),
            2 * counts,
            np.maximum(largest, np.abs(before[starts])),
        ),
    )


def growth_of_samples(samples: SampleColumns) -> tuple[Float64Array, Float64Array]:
    """For each sample the growth from the one before, and the value of that one; both 0 where the series has none
    within LOOKBACK_MS.

    Samples are sorted by (series, time), without stale markers.
    """
    series_ids, ts_ms, values = samples
    growth, before = np.zeros(len(values)), np.zeros(len(values))
    if len(values) > 1:
        has_before = (series_ids[1:] == series_ids[:-1]) & (ts_ms[1:] - ts_ms[:-1] <= LOOKBACK_MS)
        before[1:] = np.where(has_before, values[:-1], 0.0)
        with np.errstate(over="ignore"):
            change = values[1:] - values[:-1]
        growth[1:] = np.where(has_before, np.where(change < 0, values[1:], change), 0.0)
    return growth, before


def partials_of_partials(finer: PartialColumns, resolution_ms: int) -> PartialColumns:
    """The rows merged into coarser buckets, which must consist of whole finer ones. Nothing is lost but rounding."""
    if not finer.size:
        return empty_partials()
    bucket_ms = floor_to(finer.bucket_ms, resolution_ms)
    starts = _run_starts(finer.series_ids, bucket_ms)
    ends = np.append(starts[1:], finer.size)
    return PartialColumns(
        series_ids=finer.series_ids[starts],
        bucket_ms=bucket_ms[starts],
        counts=np.add.reduceat(finer.counts, starts),
        sums=_sum_decimals(finer.sums, starts),
        mins=np.minimum.reduceat(finer.mins, starts),
        maxs=np.maximum.reduceat(finer.maxs, starts),
        firsts=finer.firsts[starts],
        lasts=finer.lasts[ends - 1],
        increases=_sum_decimals(finer.increases, starts),
    )


def last_arrivals(
    series_ids: Int64Array, times_ms: Int64Array, arrivals: Int64Array | None = None
) -> Int64Array:
    """Positions of the rows that count, sorted by series and time: of equal (series, time) the last to arrive.

    `arrivals` orders the rows (any integers that grow; among equal ones the later row wins); None means that they
    arrived in the order in which they lie.
    """
    keys = (times_ms, series_ids) if arrivals is None else (arrivals, times_ms, series_ids)
    order = np.lexsort(keys)
    if not len(order):
        return order
    starts = _run_starts(series_ids[order], times_ms[order])
    last: Int64Array = order[np.append(starts[1:], len(order)) - 1]
    return last


def merge_last_wins(columns: PartialColumns, arrivals: Int64Array | None = None) -> PartialColumns:
    """Rows in any order made sorted and unique: of one (series, bucket) the last to arrive, see `last_arrivals`."""
    return columns.take(last_arrivals(columns.series_ids, columns.bucket_ms, arrivals))


def answer_from_partials(columns: PartialColumns, aggregation: str, resolution_ms: int) -> Float64Array:
    """The value of every row by the table above. Raises KeyError when partials cannot answer the aggregation."""
    answering = [getattr(columns, name) for name in ANSWERING_COLUMNS[aggregation]]
    if aggregation == "avg":
        sums, counts = answering
        means: Float64Array = sums / counts
        # Rounding, and a sum that reached the largest double, must not take a mean beyond its samples.
        return np.clip(means, columns.mins, columns.maxs)
    values: Float64Array = answering[0].astype(np.float64)
    return values / (resolution_ms / 1000) if aggregation == "rate" else values


def _run_starts(series_ids: Int64Array, times_ms: Int64Array) -> Int64Array:
    """Positions where a run of equal (series, time) begins in sorted columns of at least one row."""
    is_start = np.empty(len(series_ids), np.bool_)
    is_start[0] = True
    np.not_equal(series_ids[1:], series_ids[:-1], out=is_start[1:])
    is_start[1:] |= times_ms[1:] != times_ms[:-1]
    return np.flatnonzero(is_start)


def _sum_decimals(values: Float64Array, starts: Int64Array) -> Float64Array:
    """Sums of runs, see decimals.py."""
    return round_sums(
        _sum_runs(values, starts),
        np.maximum.reduceat(find_places(values), starts),
        np.diff(starts, append=len(values)),
        np.maximum.reduceat(np.abs(values), starts),
    )


# A power of two, so that multiplying by it rounds nothing. 2 ** 64 of the largest doubles still have a finite sum then.
_DOWN = 2.0**-64
_LARGEST = float(np.finfo(np.float64).max)


def _sum_runs(values: Float64Array, starts: Int64Array) -> Float64Array:
    """Sums of runs. One that overflows becomes the largest double, since no infinity may be stored (trap B071)."""
    with np.errstate(over="ignore", invalid="ignore"):
        sums: Float64Array = np.add.reduceat(values, starts)
    is_finite = np.isfinite(sums)
    if is_finite.all():
        return sums
    scaled = np.clip(np.add.reduceat(values * _DOWN, starts), -_LARGEST * _DOWN, _LARGEST * _DOWN)
    return np.where(is_finite, sums, scaled / _DOWN)
