"""How values become integers that compress: the arithmetic of sealed files. Pure numpy, no I/O, any thread.

A value v that stands for a decimal number is kept as three integers, v = (scaled + base) / divisor, and only where that
gives back the very same bits; any other value is kept as `plain`. `divisor` is a power of ten, one for all of a series.
`base` swallows the jumps: where one series ends and the next begins, and where a counter restarts.

    value      5.0   5.1   5.3 | 90.2  90.1   0.0   0.1      two series, the second restarts (in the small)
    integer     50    51    53 |  902   901     0     1      = scaled + base, divisor 10
    scaled      50    51    53 |   53    52    52    53      small steps: what Parquet's delta encoding wants
    base         0     0     0 |  849   849   -52   -52      seldom changes: costs next to nothing
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from metricbox.model import BoolArray, Float64Array, Int64Array, is_stale_marker

Int32Array = npt.NDArray[np.int32]

# Nine decimals reach from seconds to nanoseconds; powers of ten up to 10^22 are exact doubles.
MAX_EXPONENT: Final = 9
# Below it every integer is a double, so that the division is the only rounding there is.
MAX_INTEGER: Final = 2.0**53
# A step counts as a jump when it is 32 times the mean step of its series: at most every 32nd row can be one. On the
# benchmark, with a counter restart every 2000 rows, this takes 1.00 bytes a sample where bases per series take 1.07.
JUMP_FACTOR: Final = 32
MIN_JUMP: Final = 1024
# `scaled` stays in [-2^59, 2^59), so that neither it nor the base that makes up for it can overflow 64 bits.
_SCALED_LIMIT: Final = 1 << 59
# Rows per step of the work: the temporary arrays of so many stay in the processor's cache.
_BLOCK_ROWS: Final = 1 << 16


class ScaledColumn(NamedTuple):
    """One column of values as equal-length arrays. See the module docstring."""

    scaled: Int64Array
    base: Int64Array
    divisor: Int32Array
    """0 where the value is in `plain`."""
    plain: Float64Array
    """NaN where the value is scaled."""


class EncodedSamples(NamedTuple):
    """Samples of a sealed file, sorted by metric, series and time."""

    metric_ids: Int32Array
    series_ids: Int64Array
    ts_ms: Int64Array
    values: ScaledColumn


class RollupColumns(NamedTuple):
    """Rows of a rollup tier: equal-length columns sorted by metric, series and bucket, one row per bucket."""

    metric_ids: Int64Array
    series_ids: Int64Array
    bucket_ms: Int64Array
    counts: Int64Array
    sums: Float64Array
    mins: Float64Array
    maxs: Float64Array
    firsts: Float64Array
    lasts: Float64Array
    increases: Float64Array


class EncodedRollups(NamedTuple):
    metric_ids: Int32Array
    series_ids: Int64Array
    bucket_ms: Int64Array
    counts: Int64Array
    sums: ScaledColumn
    mins: ScaledColumn
    maxs: ScaledColumn
    firsts: ScaledColumn
    lasts: ScaledColumn
    increases: ScaledColumn


def encode_samples(
    metric_ids: Int64Array, series_ids: Int64Array, ts_ms: Int64Array, values: Float64Array
) -> EncodedSamples:
    """Raises ValueError when rows are not sorted by (metric, series, time) or not unique.

    A NaN among the values must be a stale marker.
    """
    _check_order(metric_ids, series_ids, ts_ms)
    starts = find_series_starts(series_ids)
    return EncodedSamples(metric_ids.astype(np.int32), series_ids, ts_ms, scale_values(values, starts))


def encode_rollups(rows: RollupColumns) -> EncodedRollups:
    """Raises ValueError when rows are not sorted by (metric, series, bucket) or not unique. NaN must not occur."""
    _check_order(rows.metric_ids, rows.series_ids, rows.bucket_ms)
    starts = find_series_starts(rows.series_ids)
    columns = (rows.sums, rows.mins, rows.maxs, rows.firsts, rows.lasts, rows.increases)
    return EncodedRollups(
        rows.metric_ids.astype(np.int32),
        rows.series_ids,
        rows.bucket_ms,
        rows.counts,
        *(scale_values(column, starts) for column in columns),
    )


def is_sorted_and_unique(
    metric_ids: Int64Array | Int32Array, series_ids: Int64Array, ts_ms: Int64Array
) -> bool:
    """Whether every row comes after the one before it, by (metric, series, time)."""
    same_metric = metric_ids[1:] == metric_ids[:-1]
    same_series = series_ids[1:] == series_ids[:-1]
    is_after = np.where(same_series, ts_ms[1:] > ts_ms[:-1], series_ids[1:] > series_ids[:-1])
    return bool(np.where(same_metric, is_after, metric_ids[1:] > metric_ids[:-1]).all())


def find_series_starts(series_ids: Int64Array) -> Int64Array:
    """Row numbers at which a series begins. `series_ids` holds at least one row."""
    return np.flatnonzero(np.concatenate(([True], series_ids[1:] != series_ids[:-1])))


def scale_values(values: Float64Array, starts: Int64Array) -> ScaledColumn:
    """`starts` as from `find_series_starts`. Every value comes back bit for bit, whatever it is."""
    lengths = np.diff(starts, append=len(values))
    divisors = np.empty(len(starts), np.int32)
    for series, rows in _iter_blocks(starts, len(values)):
        divisors[series] = _find_divisors(values[rows], starts[series] - rows.start, lengths[series])
    divisor = np.repeat(divisors, lengths)
    integers = np.empty(len(values), np.int64)
    plain = np.full(len(values), np.nan)
    for first in range(0, len(values), _BLOCK_ROWS):
        rows = slice(first, first + _BLOCK_ROWS)
        scaled, fits = _scale(values[rows], divisor[rows])
        if not fits.all():
            plain[rows] = np.where(fits, np.nan, values[rows])
            divisor[rows][~fits] = 0
            scaled = np.where(fits, scaled, 0.0)
        integers[rows] = scaled
    scaled_rows = divisor != 0
    if scaled_rows.all():
        return ScaledColumn(*_chain(integers, starts), divisor, plain)
    return ScaledColumn(*_chain_some(integers, starts, scaled_rows), divisor, plain)


def unscale_values(column: ScaledColumn) -> Float64Array:
    """The inverse of `scale_values`, as readers of a file compute it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        values = (column.scaled + column.base) / column.divisor
    return np.where(column.divisor == 0, column.plain, values)


def _check_order(metric_ids: Int64Array, series_ids: Int64Array, ts_ms: Int64Array) -> None:
    if not len(series_ids):
        raise ValueError("a sealed file holds at least one row")
    if not is_sorted_and_unique(metric_ids, series_ids, ts_ms):
        raise ValueError("rows of a sealed file are sorted by metric, series and time, and unique")


def _iter_blocks(starts: Int64Array, size: int) -> Iterator[tuple[slice, slice]]:
    """Runs of whole series of about _BLOCK_ROWS rows, each as (slice of series, slice of rows)."""
    first = 0
    while first < len(starts):
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + _BLOCK_ROWS)))
        row_end = int(starts[last]) if last < len(starts) else size
        yield slice(first, last), slice(int(starts[first]), row_end)
        first = last


def _find_divisors(values: Float64Array, starts: Int64Array, lengths: Int64Array) -> Int32Array:
    """Per series the smallest power of ten that fits most rows; 0 when not even half of them fit.

    A series is done when all of its rows fit. Stale markers never fit and do not count.
    """
    wanted = np.add.reduceat(~is_stale_marker(values), starts, dtype=np.int64)
    divisors = np.ones(len(starts), np.int32)
    most = np.full(len(starts), -1, np.int64)
    open_series = np.arange(len(starts))
    for exponent in range(MAX_EXPONENT + 1):
        _, fits = _scale(values, 10**exponent)
        fitting = np.add.reduceat(fits, starts, dtype=np.int64)
        is_better = fitting > most[open_series]
        better = open_series[is_better]
        divisors[better], most[better] = 10**exponent, fitting[is_better]
        is_open = most[open_series] < wanted[open_series]
        if not is_open.any():
            break
        if not is_open.all():
            values = values[np.repeat(is_open, lengths)]
            open_series, lengths = open_series[is_open], lengths[is_open]
            starts = np.cumsum(lengths) - lengths
    divisors[2 * most < wanted] = 0
    return divisors


def _scale(values: Float64Array, divisor: int | Int32Array) -> tuple[Float64Array, BoolArray]:
    """The integers nearest to value * divisor, as doubles, and where dividing gives back the same bits."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        # Adding zero makes -0.0 a plain zero, as it will be as an integer, so that it is seen not to fit.
        integers = np.rint(values * divisor) + 0.0
        fits = (integers / divisor).view(np.int64) == values.view(np.int64)
        fits &= np.abs(integers) < MAX_INTEGER
    return integers, fits


def _chain(integers: Int64Array, starts: Int64Array) -> tuple[Int64Array, Int64Array]:
    """(scaled, base), so that scaled + base is `integers` and jumps are in base alone."""
    steps = np.diff(integers, prepend=np.int64(0))
    sizes = np.abs(steps)
    sizes[starts] = 0
    lengths = np.diff(starts, append=len(integers))
    limits = np.maximum(np.add.reduceat(sizes, starts, dtype=np.float64) * (JUMP_FACTOR / lengths), MIN_JUMP)
    steps[sizes > np.repeat(limits, lengths)] = 0
    steps[starts[1:]] = 0
    # The sum may wrap around, but only its low 60 bits count.
    scaled = ((np.cumsum(steps) + _SCALED_LIMIT) & (2 * _SCALED_LIMIT - 1)) - _SCALED_LIMIT
    return scaled, integers - scaled


def _chain_some(integers: Int64Array, starts: Int64Array, mask: BoolArray) -> tuple[Int64Array, Int64Array]:
    """`_chain` over the rows of `mask`; the other rows repeat the row before them, which costs nothing."""
    if not mask.any():
        return np.zeros_like(integers), np.zeros_like(integers)
    kept: Int64Array = np.cumsum(mask)
    kept_starts: Int64Array = (kept - mask)[starts]
    # A series without any such row would begin where the next one does, or after the end.
    kept_starts = np.unique(kept_starts[kept_starts < kept[-1]])
    scaled, base = _chain(integers[mask], kept_starts)
    source = np.maximum(kept - 1, 0)
    return scaled[source], base[source]
