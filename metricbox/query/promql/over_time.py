"""The samples of windows in one number each: the `_over_time` functions. Pure numpy; as Prometheus 2.42 and 3.x.

Every function takes the scalar arguments of its call as columns of [T], in their order. Results overflow silently.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from metricbox.model import BoolArray, Float64Array, Int64Array
from metricbox.query.promql.folding import (
    max_windows,
    min_windows,
    moment_windows,
    pick,
    sum_windows,
    times_of_max,
)
from metricbox.query.promql.values import Cells, Windows

# Samples gathered at a time by what needs all those of a window: 8 MiB for each array that is made of them.
_BLOCK_CELLS = 1 << 20

# Sums that overflow are worked out again on this scale, a power of two so that nothing is rounded.
_SMALL = 2.0**-64


def average(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    """No overflow where the values are finite; Inf of one sign stays, of both gives NaN."""
    counts = windows.right - windows.left
    with np.errstate(all="ignore"):
        values = sum_windows(windows.values, windows.left, windows.right) / counts
        is_over = ~np.isfinite(values) & (counts > 0)
        if is_over.any():
            small = sum_windows(windows.values * _SMALL, windows.left[is_over], windows.right[is_over])
            values[is_over] = small / counts[is_over] / _SMALL
    return Cells(values, counts > 0)


def total(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    with np.errstate(all="ignore"):
        return Cells(sum_windows(windows.values, windows.left, windows.right), _has_samples(windows))


def count(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    return Cells((windows.right - windows.left).astype(np.float64), _has_samples(windows))


def smallest(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    return Cells(min_windows(windows.values, windows.left, windows.right), _has_samples(windows))


def largest(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    return Cells(max_windows(windows.values, windows.left, windows.right), _has_samples(windows))


def first(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    return Cells(pick(windows.values, windows.left), _has_samples(windows))


def last(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    return Cells(pick(windows.values, windows.right - 1), _has_samples(windows))


def one_if_present(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    return Cells(np.ones(windows.shape), _has_samples(windows))


def variance(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    counts = windows.right - windows.left
    with np.errstate(all="ignore"):
        return Cells(moment_windows(windows.values, windows.left, windows.right) / counts, counts > 0)


def deviation(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    values, present = variance(windows, ())
    with np.errstate(all="ignore"):
        return Cells(np.sqrt(values), present)


def time_of_first(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    return Cells(pick(windows.ts_ms, windows.left) / 1000, _has_samples(windows))


def time_of_last(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    return Cells(pick(windows.ts_ms, windows.right - 1) / 1000, _has_samples(windows))


def time_of_largest(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    times_ms = times_of_max(windows.values, windows.ts_ms, windows.left, windows.right)
    return Cells(times_ms / 1000, _has_samples(windows))


def time_of_smallest(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    times_ms = times_of_max(-windows.values, windows.ts_ms, windows.left, windows.right)
    return Cells(times_ms / 1000, _has_samples(windows))


def quantile(windows: Windows, scalars: Sequence[Float64Array]) -> Cells:
    """-Inf and +Inf of a quantile below 0 and above 1, NaN of NaN."""
    wanted = scalars[0]
    values = np.zeros(windows.shape)
    for block in _iter_blocks(windows):
        values.flat[block.cells] = _quantiles(block.samples, block.lengths, wanted[block.cells % len(wanted)])
    return Cells(values, _has_samples(windows))


def absolute_deviation(windows: Windows, _: Sequence[Float64Array]) -> Cells:
    """The median of the distances from the median."""
    values = np.zeros(windows.shape)
    for block in _iter_blocks(windows):
        half = np.full(len(block.cells), 0.5)
        medians = _quantiles(block.samples, block.lengths, half)
        with np.errstate(all="ignore"):
            distances = np.abs(block.samples - medians[:, None])
        values.flat[block.cells] = _quantiles(distances, block.lengths, half)
    return Cells(values, _has_samples(windows))


def _has_samples(windows: Windows) -> BoolArray:
    has_samples: BoolArray = windows.right > windows.left
    return has_samples


class _Block(NamedTuple):
    """All samples of some windows."""

    cells: Int64Array
    """[B]; the windows, as positions in the flattened [S, T]"""
    samples: Float64Array
    """[B, longest]; NaN beyond the length"""
    lengths: Int64Array
    """[B]"""


def _iter_blocks(windows: Windows) -> Iterator[_Block]:
    """The windows that have samples, those of about one length together, in blocks of about _BLOCK_CELLS."""
    left = windows.left.ravel()
    lengths = windows.right.ravel() - left
    cells = np.argsort(-lengths, kind="stable")[: np.count_nonzero(lengths > 0)]
    start = 0
    while start < len(cells):
        longest = int(lengths[cells[start]])
        block = cells[start : start + max(_BLOCK_CELLS // longest, 1)]
        positions = left[block][:, None] + np.arange(longest)
        samples = pick(windows.values, positions)
        samples[np.arange(longest) >= lengths[block][:, None]] = np.nan
        yield _Block(block, samples, lengths[block])
        start += len(block)


def _quantiles(samples: Float64Array, lengths: Int64Array, wanted: Float64Array) -> Float64Array:
    """Of each row, between the two samples that are next to the rank; NaN counts as smaller than all numbers."""
    ordered = np.sort(samples, axis=1)
    # numpy puts NaN last, where the padding is.
    numbers = np.count_nonzero(~np.isnan(samples), axis=1)
    unusual = lengths - numbers
    with np.errstate(all="ignore"):
        ranks = np.where((wanted >= 0) & (wanted <= 1), wanted, 0) * (lengths - 1)
        lower = np.floor(ranks).astype(np.int64)
        upper = np.minimum(lower + 1, lengths - 1)
        weights = ranks - lower
        values = (
            _at_rank(ordered, lower - unusual) * (1 - weights) + _at_rank(ordered, upper - unusual) * weights
        )
    values[wanted < 0] = -np.inf
    values[wanted > 1] = np.inf
    values[np.isnan(wanted)] = np.nan
    return values


def _at_rank(ordered: Float64Array, ranks: Int64Array) -> Float64Array:
    found = ordered[np.arange(len(ranks)), np.maximum(ranks, 0)]
    return np.where(ranks < 0, np.nan, found)
