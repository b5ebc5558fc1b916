"""Exponential buckets as `le` buckets, against buckets that are counted one by one."""

import bisect
import math
import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.ingest.otlp_exponential import FINEST_SCALE, MAX_BUCKETS, add_buckets, shrink, to_classic
from metricbox.ingest.otlp_points import ExponentialBuckets

INT32 = st.integers(-(2**31), 2**31 - 1)
COUNTS = st.lists(st.integers(0, 2**40), max_size=300)


def classic(buckets: ExponentialBuckets) -> tuple[list[float], list[float]]:
    made = to_classic(buckets)
    return np.frombuffer(made.bounds, "<f8").tolist(), made.counts


def make(values: list[float], scale: int) -> ExponentialBuckets:
    """As a client library counts, by logarithms."""

    def side(numbers: list[float]) -> tuple[int, list[int]]:
        indices = [math.ceil(math.log2(one) * 2.0**scale) - 1 for one in numbers]
        if not indices:
            return 0, []
        offset = min(indices)
        counts = [0] * (max(indices) - offset + 1)
        for index in indices:
            counts[index - offset] += 1
        return offset, counts

    positive = side([one for one in values if one > 0])
    negative = side([-one for one in values if one < 0])
    return ExponentialBuckets(scale, 0.0, values.count(0), *positive, *negative)


@pytest.mark.parametrize("scale", [-2, 0, 2, 3, 5, 10])
def test_cumulative_counts_are_those_of_the_values(scale):
    chance = random.Random(scale)
    values = [chance.choice([1, -1]) * 10 ** chance.uniform(-3, 4) for _ in range(300)] + [0.0] * 7
    bounds, counts = classic(make(values, scale))
    assert len(counts) == len(bounds) + 1
    assert bounds == sorted(bounds)
    values.sort()
    cumulative = np.cumsum(counts)[:-1]
    for bound, count in zip(bounds, cumulative, strict=True):
        # Values on a bound itself are 0 alone.
        assert count == bisect.bisect_right(values, bound)
    assert sum(counts) == len(values)


def test_a_coarser_scale_keeps_bounds_of_the_finer_one():
    fine, _ = classic(ExponentialBuckets(3, 0.0, 0, -40, [1] * 80, 0, []))
    coarse, _ = classic(ExponentialBuckets(2, 0.0, 0, -20, [1] * 40, 0, []))
    assert set(coarse) < set(fine)
    assert {0.0, 1.0, 2.0, 0.5} < set(coarse)


def test_empty_buckets_at_the_ends_and_fine_scales_make_no_series():
    bounds, counts = classic(ExponentialBuckets(20, 0.0, 0, 0, [0] * 80 + [5] + [0] * 79, 0, [0]))
    assert (bounds, counts) == ([0.0, 2 ** (1 / 8)], [0.0, 5.0, 0.0])
    assert classic(ExponentialBuckets(20, 0.0, 0, 0, [], 0, [])) == ([0.0], [0.0, 0.0])


def test_the_bucket_around_zero_ends_at_its_threshold():
    buckets = ExponentialBuckets(0, 0.5, 3, -2, [1, 1, 1], -1, [2])
    bounds, counts = classic(buckets)
    # What lies below the threshold counts into the bucket around zero.
    assert (bounds, counts) == ([-0.5, 0.5, 1.0, 2.0], [2.0, 4.0, 1.0, 1.0, 0.0])
    assert classic(buckets._replace(zero_threshold=math.nan))[0][1] == 0.0


def test_wide_ranges_take_a_coarser_scale():
    small = shrink(ExponentialBuckets(3, 0.0, 0, -160, [1] * 320, -160, [1] * 320))
    assert len(small.positive) + len(small.negative) <= MAX_BUCKETS
    assert small.scale == 1
    assert sum(small.positive) == sum(small.negative) == 320


def test_adding_brings_both_to_one_scale():
    first = ExponentialBuckets(1, 0.0, 1, 0, [1, 2, 3, 4], 0, [])
    second = ExponentialBuckets(0, 0.25, 2, 3, [10], 1, [7])
    assert add_buckets(first, second) == ExponentialBuckets(0, 0.25, 3, 0, [3, 7, 0, 10], 1, [7])
    assert add_buckets(first, first._replace(positive=[])).positive == [1, 2, 3, 4]


@given(INT32, INT32, COUNTS, INT32, COUNTS, st.floats(), st.integers(0, 2**60))
@settings(max_examples=200, deadline=None)
def test_any_numbers_make_few_buckets_that_ascend_and_lose_nothing(
    scale, offset, positive, other, negative, threshold, zero
):
    buckets = ExponentialBuckets(scale, threshold, zero, offset, positive, other, negative)
    bounds, counts = classic(buckets)
    assert len(bounds) <= MAX_BUCKETS + 1
    assert all(one < two for one, two in pairwise(bounds))
    assert all(map(math.isfinite, bounds))
    assert math.isclose(sum(counts), sum(positive) + sum(negative) + zero)
    doubled = add_buckets(buckets, shrink(buckets))
    assert sum(doubled.positive) == 2 * sum(positive)
    assert shrink(buckets).scale <= FINEST_SCALE


@given(INT32, INT32, INT32)
@settings(max_examples=100, deadline=None)
def test_offsets_far_apart_are_added(scale, offset, other):
    one = ExponentialBuckets(scale, 0.0, 0, offset, [1], 0, [])
    two = one._replace(positive_offset=other)
    assert sum(add_buckets(one, two).positive) == 2
