"""Exponential histograms of OTLP as histograms with `le` buckets. Pure.

Bucket i of scale s holds what is above base ** i and at most base ** (i + 1), with base = 2 ** 2 ** -s. A scale less
joins buckets two by two, so that its bounds are bounds of the finer scale as well: their series go on.

    negative            zero              positive
    [ -4 [ -2 [ -1      [ -t .. t ]       1 ] 2 ] 4 ]          le = -2, -1, ... t, 1, 2, ... +Inf
"""

import math
import sys
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from metricbox.ingest.otlp_points import ExponentialBuckets

# A series each. The client libraries too use 160 at most.
MAX_BUCKETS = 160
# Bounds 9 % apart. Libraries begin with the finest scale that fits and lower it again and again; each of these
# would leave series of its own behind.
FINEST_SCALE = 3
# All doubles above 1 are in one bucket, all below in another, and so they are at every scale that is coarser.
_COARSEST_SCALE = -12
_LEAST_EXPONENT, _MOST_EXPONENT = -1075, 1024


class ClassicBuckets(NamedTuple):
    bounds: bytes
    """Upper bounds of all buckets but the last, as doubles, little-endian."""
    counts: list[float]
    """Of each bucket by itself."""


def to_classic(buckets: ExponentialBuckets) -> ClassicBuckets:
    """At most MAX_BUCKETS of them, the one around zero and the last apart."""
    buckets = shrink(buckets)
    bounds: list[float] = []
    counts: list[float] = []

    def add(bound: float, count: int) -> None:
        # Powers beyond doubles, and buckets below the threshold of zero, are joined with their neighbour.
        if bounds and bound <= bounds[-1]:
            counts[-1] += count
        else:
            bounds.append(bound)
            counts.append(float(count))

    for index in range(len(buckets.negative) - 1, -1, -1):
        bound = -_power(buckets.negative_offset + index, buckets.scale)
        add(max(bound, -sys.float_info.max), buckets.negative[index])
    add(buckets.zero_threshold, buckets.zero_count)
    for index, count in enumerate(buckets.positive):
        add(_power(buckets.positive_offset + index + 1, buckets.scale), count)
    beyond = 0.0
    while bounds and math.isinf(bounds[-1]) and bounds[-1] > 0:
        bounds.pop()
        beyond += counts.pop()
    return ClassicBuckets(np.array(bounds, "<f8").tobytes(), [*counts, beyond])


def add_buckets(first: ExponentialBuckets, second: ExponentialBuckets) -> ExponentialBuckets:
    """The sum of both, shrunk, at the coarser scale of the two."""
    first, second = shrink(first), shrink(second)
    scale = min(first.scale, second.scale)
    first, second = _lower_scale(first, scale), _lower_scale(second, scale)
    return shrink(
        ExponentialBuckets(
            scale,
            max(first.zero_threshold, second.zero_threshold),
            first.zero_count + second.zero_count,
            *_add_side(first.positive_offset, first.positive, second.positive_offset, second.positive),
            *_add_side(first.negative_offset, first.negative, second.negative_offset, second.negative),
        )
    )


def shrink(buckets: ExponentialBuckets) -> ExponentialBuckets:
    """The same in at most MAX_BUCKETS, with all indices within what a double can be."""
    threshold = buckets.zero_threshold
    buckets = buckets._replace(
        scale=max(buckets.scale, _COARSEST_SCALE),
        zero_threshold=threshold if math.isfinite(threshold) and threshold > 0 else 0.0,
    )
    buckets = _trim(_clamp(_lower_scale(_trim(buckets), FINEST_SCALE)))
    while len(buckets.positive) + len(buckets.negative) > MAX_BUCKETS:
        buckets = _lower_scale(buckets, buckets.scale - 1)
    return buckets


def _clamp(buckets: ExponentialBuckets) -> ExponentialBuckets:
    """Buckets beyond the least and the greatest double joined with the outermost that are not.

    A sender may name any index; lists and powers of two by it would fill the memory.
    """
    scale = buckets.scale
    least, most = (
        edge << scale if scale >= 0 else edge >> -scale for edge in (_LEAST_EXPONENT, _MOST_EXPONENT)
    )
    positive_offset, positive = _clamp_side(buckets.positive_offset, buckets.positive, least, most)
    negative_offset, negative = _clamp_side(buckets.negative_offset, buckets.negative, least, most)
    return buckets._replace(
        positive_offset=positive_offset,
        positive=positive,
        negative_offset=negative_offset,
        negative=negative,
    )


def _clamp_side(offset: int, counts: Sequence[int], least: int, most: int) -> tuple[int, Sequence[int]]:
    last = offset + len(counts) - 1
    if not counts or (least <= offset and last <= most):
        return offset, counts
    first = min(max(offset, least), most)
    clamped = [0] * (min(max(last, least), most) - first + 1)
    for index, count in enumerate(counts, offset):
        clamped[min(max(index, least), most) - first] += count
    return first, clamped


def _lower_scale(buckets: ExponentialBuckets, scale: int) -> ExponentialBuckets:
    """The same at `scale`, or as it is when it is no finer."""
    steps = buckets.scale - scale
    if steps <= 0:
        return buckets
    return buckets._replace(
        scale=scale,
        positive_offset=buckets.positive_offset >> steps,
        positive=_join(buckets.positive_offset, buckets.positive, steps),
        negative_offset=buckets.negative_offset >> steps,
        negative=_join(buckets.negative_offset, buckets.negative, steps),
    )


def _join(offset: int, counts: Sequence[int], steps: int) -> list[int]:
    if not counts:
        return []
    first = offset >> steps
    joined = [0] * (((offset + len(counts) - 1) >> steps) - first + 1)
    for index, count in enumerate(counts, offset):
        joined[(index >> steps) - first] += count
    return joined


def _trim(buckets: ExponentialBuckets) -> ExponentialBuckets:
    """Without the empty buckets at both ends."""
    positive_offset, positive = _trim_side(buckets.positive_offset, buckets.positive)
    negative_offset, negative = _trim_side(buckets.negative_offset, buckets.negative)
    return buckets._replace(
        positive_offset=positive_offset,
        positive=positive,
        negative_offset=negative_offset,
        negative=negative,
    )


def _trim_side(offset: int, counts: Sequence[int]) -> tuple[int, Sequence[int]]:
    used = [index for index, count in enumerate(counts) if count]
    return (offset + used[0], counts[used[0] : used[-1] + 1]) if used else (0, [])


def _add_side(
    first_offset: int, first: Sequence[int], second_offset: int, second: Sequence[int]
) -> tuple[int, Sequence[int]]:
    if not first or not second:
        return (first_offset, first) if first else (second_offset, second)
    offset = min(first_offset, second_offset)
    end = max(first_offset + len(first), second_offset + len(second))
    summed = [0] * (end - offset)
    for start, counts in ((first_offset, first), (second_offset, second)):
        for index, count in enumerate(counts, start - offset):
            summed[index] += count
    return offset, summed


def _power(index: int, scale: int) -> float:
    """The base to the power `index`; the same double for the same bound at whatever scale."""
    if scale <= 0:
        whole, part = index << -scale, 0
    else:
        whole, part = divmod(index, 1 << scale)
    try:
        return math.ldexp(2.0 ** (part / (1 << max(scale, 0))), whole)
    except OverflowError:
        return math.inf
