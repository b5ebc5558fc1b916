"""`histogram_quantile` on classic histograms: series of cumulative counts, one for each `le`. Pure numpy.

Groups (series that differ in `le` alone) with the same bounds are worked out together, all steps at once; Python loops
over the bounds. A bucket may be missing at some steps: there the histogram is made of the others.

    le     0.1   0.5   1    +Inf
    count  2     5     9    10        q = 0.8: rank 8, in (0.5, 1], at 0.5 + 0.5 · (8 - 5) / (9 - 5)
"""

import math
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from metricbox.model import BoolArray, Float64Array, Int64Array, Labels
from metricbox.query.promql.values import Matrix, empty_matrix, merge_equal, without_name

BUCKET_LABEL = "le"
# Cells of one array while groups are worked out; a dozen of such arrays stay in the processor's cache.
_CELLS_AT_ONCE = 1 << 15
# Go reads hexadecimal floats, with an exponent always, and digits grouped by underscores.
_HEX = re.compile(r"[+-]?0x_?[0-9a-f_]*\.?[0-9a-f_]*p[+-]?[0-9_]+", re.IGNORECASE)


def histogram_quantile(quantiles: Float64Array, matrix: Matrix) -> Matrix:
    """The quantile of each step [T], interpolated linearly within a bucket. Series without a sound `le` are left out.

    NaN where the histogram has no +Inf bucket, only one bucket, or no observations. A quantile below 0 gives -Inf, one
    above 1 +Inf.
    """
    steps = matrix.values.shape[1]
    groups = _group_rows(matrix.labels)
    if not groups:
        return empty_matrix(steps)
    values = np.empty((len(groups), steps))
    present = np.empty((len(groups), steps), np.bool_)
    for members, bounds, rows in _batch(groups, max(_CELLS_AT_ONCE // max(steps, 1), 1)):
        with np.errstate(all="ignore"):
            values[members], present[members] = _quantiles(quantiles, matrix, bounds, rows)
    return merge_equal(Matrix([without_name(labels) for labels in groups], values, present))


def parse_bound(text: str) -> float | None:
    """The upper bound that an `le` names; None when it is none. NaN is none: it has no place among the others."""
    if not text.isascii() or text != text.strip():
        return None
    try:
        bound = float.fromhex(text.replace("_", "")) if _HEX.fullmatch(text) else float(text)
    except (ValueError, OverflowError):
        return None
    # Go refuses what is out of range, where Python gives an infinity.
    is_sound = not math.isnan(bound) and (math.isfinite(bound) or text.lstrip("+-").isalpha())
    return bound if is_sound else None


def _group_rows(labels: Sequence[Labels]) -> dict[Labels, list[tuple[float, int]]]:
    """Upper bound and row of the buckets of each histogram, which is named by all labels but `le`."""
    groups: dict[Labels, list[tuple[float, int]]] = {}
    bound_of_text: dict[str, float | None] = {}
    for row, pairs in enumerate(labels):
        text = next((value for name, value in pairs if name == BUCKET_LABEL), "")
        if text not in bound_of_text:
            bound_of_text[text] = parse_bound(text)
        bound = bound_of_text[text]
        if bound is not None:
            group = tuple(pair for pair in pairs if pair[0] != BUCKET_LABEL)
            groups.setdefault(group, []).append((bound, row))
    return groups


def _batch(
    groups: dict[Labels, list[tuple[float, int]]], size: int
) -> Iterator[tuple[Int64Array, Sequence[float], Int64Array]]:
    """Up to `size` groups [G] with the same ascending bounds [B], and the rows of their buckets [G, B]."""
    alike: dict[tuple[float, ...], tuple[list[int], list[list[int]]]] = {}
    for position, buckets in enumerate(groups.values()):
        buckets.sort()
        members, rows = alike.setdefault(tuple(bound for bound, _ in buckets), ([], []))
        members.append(position)
        rows.append([row for _, row in buckets])
    for bounds, (members, rows) in alike.items():
        for start in range(0, len(members), size):
            part = slice(start, start + size)
            yield np.asarray(members[part]), bounds, np.asarray(rows[part])


def _quantiles(
    quantiles: Float64Array, matrix: Matrix, bounds: Sequence[float], rows: Int64Array
) -> tuple[Float64Array, BoolArray]:
    buckets = _make_monotonic(_read_buckets(matrix, bounds, rows))
    values = _interpolate(buckets, quantiles)
    present = np.logical_or.reduce([bucket.present for bucket in buckets])
    # In this order of precedence: the quantile is judged before the buckets.
    values = np.where(quantiles < 0, -np.inf, np.where(quantiles > 1, np.inf, values))
    values[:, np.isnan(quantiles)] = np.nan
    return values, present


class _Bucket(NamedTuple):
    bound: float
    counts: Float64Array
    """[G, T]; cumulative, anything where not present."""
    present: BoolArray


def _read_buckets(matrix: Matrix, bounds: Sequence[float], rows: Int64Array) -> list[_Bucket]:
    """One bucket for each bound: several spellings of one bound ("1", "1.0") are added up."""
    buckets: list[_Bucket] = []
    for column, bound in enumerate(bounds):
        counts, present = matrix.values[rows[:, column]], matrix.present[rows[:, column]]
        if buckets and buckets[-1].bound == bound:
            last = buckets.pop()
            counts = np.where(last.present, np.where(present, last.counts + counts, last.counts), counts)
            present = present | last.present
        buckets.append(_Bucket(bound, counts, present))
    return buckets


def _make_monotonic(buckets: Sequence[_Bucket]) -> list[_Bucket]:
    """A count below one of a lower bound is raised to it: counts of different scrapes may be mixed.

    Whatever is compared with NaN stays, so that after a first bucket of NaN nothing is raised, as in Prometheus.
    """
    highest = buckets[0].counts
    seen = buckets[0].present
    result = [buckets[0]]
    for bound, counts, present in buckets[1:]:
        fixed = np.where(seen & (counts < highest), highest, counts)
        highest = np.where(present & (~seen | (counts > highest)), counts, highest)
        seen = seen | present
        result.append(_Bucket(bound, fixed, present))
    return result


def _interpolate(buckets: Sequence[_Bucket], quantiles: Float64Array) -> Float64Array:
    """The quantiles of monotonic buckets, where they are within 0 and 1."""
    last = buckets[-1]
    if last.bound != math.inf:
        return np.full(last.counts.shape, np.nan)
    ranks = quantiles * last.counts
    results = np.zeros(last.counts.shape)
    is_found = np.zeros(last.counts.shape, np.bool_)
    seen = np.zeros(last.counts.shape, np.bool_)
    lower_bounds = np.zeros(last.counts.shape)
    lower_counts = np.zeros(last.counts.shape)
    for bound, counts, present in buckets[:-1]:
        is_here = present & ~is_found & (counts >= ranks)
        within = (ranks - lower_counts) / (counts - lower_counts)
        inner = lower_bounds + (bound - lower_bounds) * within
        if bound <= 0:
            # The lowest bucket is taken to begin at 0; one that ends there or below has no width to speak of.
            inner = np.where(seen, inner, bound)
        np.copyto(results, inner, where=is_here)
        is_found |= is_here
        seen |= present
        np.copyto(lower_bounds, bound, where=present)
        np.copyto(lower_counts, counts, where=present)
    # The rank is in the +Inf bucket: the highest bound that is known.
    np.copyto(results, lower_bounds, where=~is_found)
    results[~(seen & last.present) | (last.counts == 0)] = np.nan
    return results
