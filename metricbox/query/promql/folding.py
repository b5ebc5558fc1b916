"""Sums, extremes and moments of many overlapping windows over one column, by doubling. Pure numpy.

A window of length n is put together from blocks of the lengths that the bits of n name, so that a window costs
log2(n) steps whatever it overlaps with, and nothing is lost to cancellation as it is in differences of prefix sums.
Python loops over the bits alone.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from metricbox.model import BoolArray, Float64Array, Int64Array

_Number = TypeVar("_Number", np.int64, np.float64)

Columns = tuple[Float64Array, ...]
"""What is known of runs of samples."""

Join = Callable[[Columns, Columns], Columns]
"""Joins what is known of two neighbouring runs, the earlier one first; elementwise over arrays of any one shape."""


def fold_windows(
    columns: Sequence[Float64Array],
    left: Int64Array,
    right: Int64Array,
    join: Join,
    empty: Sequence[float],
) -> tuple[Float64Array, ...]:
    """For each window samples[left:right], the join of its samples; `empty` where left >= right.

    `columns` are of shape [N]; left and right of any one shape, which the results have.
    """
    lengths = np.maximum(right - left, 0).ravel()
    ends = left.ravel().copy()
    results = tuple(np.full(lengths.shape, value) for value in empty)
    blocks = tuple(columns)
    bit, longest = 1, int(lengths.max(initial=0))
    while bit <= longest:
        with_bit = np.flatnonzero(lengths & bit)
        if len(with_bit):
            positions = ends[with_bit]
            taken = tuple(block[positions] for block in blocks)
            # The first block of a window is taken as it is: `empty` need not be neutral.
            is_first = (lengths[with_bit] & (bit - 1)) == 0
            joined = join(tuple(result[with_bit] for result in results), taken)
            for result, new, old in zip(results, joined, taken, strict=True):
                result[with_bit] = np.where(is_first, old, new)
            ends[with_bit] += bit
        bit *= 2
        if bit <= longest:
            half = bit // 2
            blocks = join(tuple(block[:-half] for block in blocks), tuple(block[half:] for block in blocks))
    return tuple(result.reshape(left.shape) for result in results)


def pick(column: NDArray[_Number], positions: Int64Array) -> NDArray[_Number]:
    """The samples at these positions; anything where there is none, as at the start of an empty window."""
    if not len(column):
        return np.zeros(positions.shape, column.dtype)
    return column.take(positions, mode="clip")


def count_between(flags: BoolArray, left: Int64Array, right: Int64Array) -> Int64Array:
    """How many neighbours within each window are flagged; flags[i] is of samples i and i + 1."""
    before, after = _between(flags, left, right)
    return after - before


def sum_between(
    values: Float64Array, flags: BoolArray, left: Int64Array, right: Int64Array
) -> Float64Array | None:
    """Sums of values[i] over the flagged neighbours i and i + 1 within each window; None when all are empty.

    Only what is flagged is added up, so that few flags cost little whatever the length of the windows.
    """
    before, after = _between(flags, left, right)
    if (before == after).all():
        return None
    return sum_windows(values[:-1][flags], before, after)


def sum_windows(values: Float64Array, left: Int64Array, right: Int64Array) -> Float64Array:
    """Sums, with the rounding errors carried along as in Prometheus; 0 of an empty window."""
    if (values >= 0).all() or (values <= 0).all():
        # Nothing cancels out: adding by halves rounds log2(n) times, which is as good, and three times as fast.
        return fold_windows([values], left, right, _add_plain, [0.0])[0]
    total, error = fold_windows([values, np.zeros_like(values)], left, right, _add, [0.0, 0.0])
    return _whole(total, error)


def max_windows(values: Float64Array, left: Int64Array, right: Int64Array) -> Float64Array:
    """Largest values, NaN only where all are NaN."""
    return fold_windows([values], left, right, _larger, [np.nan])[0]


def min_windows(values: Float64Array, left: Int64Array, right: Int64Array) -> Float64Array:
    """Smallest values, NaN only where all are NaN."""
    return fold_windows([values], left, right, _smaller, [np.nan])[0]


def times_of_max(
    values: Float64Array, ts_ms: Int64Array, left: Int64Array, right: Int64Array
) -> Float64Array:
    """When the largest value was last seen, in ms; the last time of all where all are NaN."""
    columns = [values, ts_ms.astype(np.float64)]
    return fold_windows(columns, left, right, _newest_larger, [np.nan, np.nan])[1]


def moment_windows(values: Float64Array, left: Int64Array, right: Int64Array) -> Float64Array:
    """Sums of squared distances from the mean; 0 of an empty window, NaN of one that is not finite."""
    zeros = np.zeros_like(values)
    columns = [np.ones_like(values), values, zeros, values - values]
    return fold_windows(columns, left, right, _merge_moments, [0.0] * 4)[3]


class Regression(NamedTuple):
    """Moments of x and y over each window."""

    mean_x: Float64Array
    mean_y: Float64Array
    xx: Float64Array
    """Sum of squared distances from mean_x."""
    xy: Float64Array
    """Sum of products of both distances; NaN where a y is not finite."""


def regression_windows(x: Float64Array, y: Float64Array, left: Int64Array, right: Int64Array) -> Regression:
    """What a straight line through the samples of each window is made of; zeros of an empty window."""
    zeros = np.zeros_like(y)
    columns = [np.ones_like(y), x, zeros, y, zeros, zeros, y - y]
    _, x_mean, x_error, y_mean, y_error, xx, xy = fold_windows(
        columns, left, right, _merge_regressions, [0.0] * 7
    )
    return Regression(_whole(x_mean, x_error), _whole(y_mean, y_error), xx, xy)


def _between(flags: BoolArray, left: Int64Array, right: Int64Array) -> tuple[Int64Array, Int64Array]:
    """How many flags there are up to the first sample of each window, and up to its last one."""
    counts = np.zeros(len(flags) + 1, np.int64)
    np.cumsum(flags, out=counts[1:])
    # A window of no or one sample has no neighbours.
    return pick(counts, left), pick(counts, np.maximum(right - 1, left))


def _add_plain(one: Columns, other: Columns) -> Columns:
    return (one[0] + other[0],)


def _add(one: Columns, other: Columns) -> Columns:
    total, error = _two_sum(one[0], other[0])
    return total, error + (one[1] + other[1])


def _larger(one: Columns, other: Columns) -> Columns:
    return (np.fmax(one[0], other[0]),)


def _smaller(one: Columns, other: Columns) -> Columns:
    return (np.fmin(one[0], other[0]),)


def _newest_larger(one: Columns, other: Columns) -> Columns:
    is_newer = (other[0] >= one[0]) | np.isnan(one[0])
    return np.where(is_newer, other[0], one[0]), np.where(is_newer, other[1], one[1])


def _merge_moments(one: Columns, other: Columns) -> Columns:
    """Count, mean, error of the mean, squared distances (Chan, Golub, LeVeque 1979)."""
    count = one[0] + other[0]
    share = other[0] / count
    distance, mean, error = _merge_means(one[1:3], other[1:3], share)
    return count, mean, error, one[3] + other[3] + distance * distance * (one[0] * share)


def _merge_regressions(one: Columns, other: Columns) -> Columns:
    """Count, mean and error of x, of y, squared distances of x, products of both distances."""
    count = one[0] + other[0]
    share = other[0] / count
    weight = one[0] * share
    x_distance, x_mean, x_error = _merge_means(one[1:3], other[1:3], share)
    y_distance, y_mean, y_error = _merge_means(one[3:5], other[3:5], share)
    xx = one[5] + other[5] + x_distance * x_distance * weight
    xy = one[6] + other[6] + x_distance * y_distance * weight
    return count, x_mean, x_error, y_mean, y_error, xx, xy


def _merge_means(one: Columns, other: Columns, share: Float64Array) -> Columns:
    """How far the means are apart, the mean of both and its rounding error; `share` is the other's part of it all.

    The error is needed where values are large beside their differences: of counters at 1e15, for instance.
    """
    distance = (other[0] - one[0]) + (other[1] - one[1])
    mean, error = _two_sum(one[0], distance * share)
    return distance, mean, error + one[1]


def _two_sum(one: Float64Array, other: Float64Array) -> tuple[Float64Array, Float64Array]:
    """The rounded sum and what rounding lost of it, exactly (Knuth). The loss is NaN of what is not finite."""
    total = one + other
    part = total - one
    return total, (one - (total - part)) + (other - part)


def _whole(total: Float64Array, error: Float64Array) -> Float64Array:
    return np.where(np.isfinite(total), total + error, total)
