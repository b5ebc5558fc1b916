"""How values become integers that compress: the arithmetic of sealed files. Pure numpy, no I/O, any thread.

A value v that stands for a decimal number is kept as three integers, v = (scaled + base) / divisor, and only where that
gives back the very same bits; any other value is kept as `plain`. `divisor` is a power of ten, one for all of a series.
`base` swallows the jumps: where one series ends and the next begins, and where a counter restarts.

    value      5.0   5.1   5.3 | 90.2  90.1   0.0   0.1      two series, the second restarts (in the small)
    integer     50    51    53 |  902   901     0     1      = scaled + base, divisor 10
    scaled      50    51    53 |   53    52    52    53      small steps: what Parquet's delta encoding wants
    base         0     0     0 |  849   849   -52   -52      seldom changes: costs next to nothing
"""

from collections.abc import Iterable, Iterator, Sequence
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

    scaled: Int32Array | Int64Array
    base: Int32Array | Int64Array
    """These two are 32 bits wide where that is enough, as it mostly is: a column is held by the million rows."""
    divisor: Int32Array
    """0 where the value is in `plain`."""
    plain: Float64Array | None
    """NaN where the value is scaled; None when all of them are."""


class EncodedSamples(NamedTuple):
    """Samples of a sealed file, sorted by metric, series and time."""

    metric_ids: Int32Array
    series_ids: Int64Array
    ts_ms: Int64Array
    values: ScaledColumn


class RollupColumns(NamedTuple):
    """Rows of a rollup tier: equal-length columns sorted by metric, series and bucket, one row per bucket."""

    metric_ids: Int64Array | Int32Array
    series_ids: Int64Array
    bucket_ms: Int64Array
    counts: Int64Array
    values: Iterable[Float64Array]
    """sum, min, max, first, last and increase."""


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
    metric_ids: Int64Array | Int32Array, series_ids: Int64Array, ts_ms: Int64Array, values: Float64Array
) -> EncodedSamples:
    """Raises ValueError when rows are not sorted by (metric, series, time) or not unique.

    A NaN among the values must be a stale marker.
    """
    _check_order(metric_ids, series_ids, ts_ms)
    starts = find_series_starts(series_ids)
    return EncodedSamples(
        metric_ids.astype(np.int32, copy=False), series_ids, ts_ms, scale_values(values, starts)
    )


def encode_rollups(rows: RollupColumns) -> EncodedRollups:
    """Raises ValueError when rows are not sorted by (metric, series, bucket) or not unique. NaN must not occur.

    Takes the values one column after another, so that those of a generator are not all in memory at a time.
    """
    _check_order(rows.metric_ids, rows.series_ids, rows.bucket_ms)
    starts = find_series_starts(rows.series_ids)
    return EncodedRollups(
        rows.metric_ids.astype(np.int32, copy=False),
        rows.series_ids,
        rows.bucket_ms,
        rows.counts,
        *(scale_values(column, starts) for column in rows.values),
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
    blocks = []
    before: tuple[int, int] | None = None
    for series, rows in _iter_blocks(starts, len(values)):
        block = _scale_block(values[rows], starts[series] - rows.start, lengths[series], before)
        before = int(block.scaled[-1]), int(block.base[-1])
        blocks.append(block)
    return _join_blocks(blocks)


def _scale_block(
    values: Float64Array, starts: Int64Array, lengths: Int64Array, before: tuple[int, int] | None
) -> ScaledColumn:
    """Some whole series. `before` is (scaled, base) of the row before them."""
    divisor = np.repeat(_find_divisors(values, starts, lengths), lengths)
    integers, fits = _scale(values, divisor)
    if fits.all():
        scaled, base = _chain(integers.astype(np.int64), starts, before)
        return ScaledColumn(_narrow(scaled), _narrow(base), divisor, None)
    plain = np.where(fits, np.nan, values)
    divisor[~fits] = 0
    scaled, base = _chain_some(np.where(fits, integers, 0.0).astype(np.int64), starts, fits, before)
    return ScaledColumn(_narrow(scaled), _narrow(base), divisor, plain)


def _narrow(integers: Int64Array) -> Int32Array | Int64Array:
    limits = np.iinfo(np.int32)
    fits = limits.min <= integers.min() and integers.max() <= limits.max
    return integers.astype(np.int32) if fits else integers


def _join_blocks(blocks: Sequence[ScaledColumn]) -> ScaledColumn:
    """As wide as the widest of them."""
    if len(blocks) == 1:
        return blocks[0]
    plain = None
    if any(block.plain is not None for block in blocks):
        plain = np.concatenate(
            [np.full(len(one.divisor), np.nan) if one.plain is None else one.plain for one in blocks]
        )
    return ScaledColumn(
        np.concatenate([block.scaled for block in blocks]),
        np.concatenate([block.base for block in blocks]),
        np.concatenate([block.divisor for block in blocks]),
        plain,
    )


def unscale_values(column: ScaledColumn) -> Float64Array:
    """The inverse of `scale_values`, as readers of a file compute it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        values = (column.scaled.astype(np.int64) + column.base) / column.divisor
    if column.plain is None:
        return values
    return np.where(column.divisor == 0, column.plain, values)


def _check_order(metric_ids: Int64Array | Int32Array, series_ids: Int64Array, ts_ms: Int64Array) -> None:
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


def _chain(
    integers: Int64Array, starts: Int64Array, before: tuple[int, int] | None
) -> tuple[Int64Array, Int64Array]:
    """(scaled, base), so that scaled + base is `integers` and jumps are in base alone."""
    steps = np.diff(integers, prepend=np.int64(0))
    sizes = np.abs(steps)
    sizes[starts] = 0
    lengths = np.diff(starts, append=len(integers))
    limits = np.maximum(np.add.reduceat(sizes, starts, dtype=np.float64) * (JUMP_FACTOR / lengths), MIN_JUMP)
    steps[sizes > np.repeat(limits, lengths)] = 0
    steps[starts[1:]] = 0
    if before is not None:
        steps[0] = before[0]
    # The sum may wrap around, but only its low 60 bits count.
    scaled = ((np.cumsum(steps) + _SCALED_LIMIT) & (2 * _SCALED_LIMIT - 1)) - _SCALED_LIMIT
    return scaled, integers - scaled


def _chain_some(
    integers: Int64Array, starts: Int64Array, mask: BoolArray, before: tuple[int, int] | None
) -> tuple[Int64Array, Int64Array]:
    """`_chain` over the rows of `mask`; the other rows repeat the row before them, which costs nothing."""
    if not mask.any():
        last_scaled, last_base = before or (0, 0)
        return np.full_like(integers, last_scaled), np.full_like(integers, last_base)
    kept: Int64Array = np.cumsum(mask)
    kept_starts: Int64Array = (kept - mask)[starts]
    # A series without any such row would begin where the next one does, or after the end.
    kept_starts = np.unique(kept_starts[kept_starts < kept[-1]])
    scaled, base = _chain(integers[mask], kept_starts, before)
    source = np.maximum(kept - 1, 0)
    return scaled[source], base[source]
