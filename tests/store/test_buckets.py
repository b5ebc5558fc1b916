"""Ranges against sets of milliseconds, in which every law can be read off."""

import itertools
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.store.buckets import (
    Range,
    ceil_to,
    clip_ranges,
    expand_to_buckets,
    floor_to,
    limit_ranges,
    merge_ranges,
    split_range,
    subtract_ranges,
)

TIMES = st.integers(-60, 60)
RANGES = st.builds(Range, TIMES, TIMES)
LISTS = st.lists(RANGES, max_size=8)


def times_in(*ranges: Range) -> set[int]:
    return {ts_ms for one in ranges for ts_ms in range(one.start_ms, one.end_ms)}


def assert_merged(ranges: list[Range]) -> None:
    assert all(not one.is_empty for one in ranges)
    assert all(one.end_ms < after.start_ms for one, after in itertools.pairwise(ranges))


def test_buckets_before_1970_begin_before_their_times() -> None:
    """Trap B064: -90 s in minutes is the bucket at -120 s."""
    assert floor_to(-90_000, 60_000) == -120_000
    assert ceil_to(-90_000, 60_000) == -60_000
    assert floor_to(-60_000, 60_000) == ceil_to(-60_000, 60_000) == -60_000
    assert expand_to_buckets(Range(-90_000, -30_000), 60_000) == Range(-120_000, 0)


@given(st.integers(-(10**14), 10**14), st.integers(1, 10**10))
def test_a_time_lies_between_its_floor_and_ceiling(ts_ms: int, resolution_ms: int) -> None:
    low, high = floor_to(ts_ms, resolution_ms), ceil_to(ts_ms, resolution_ms)
    assert low % resolution_ms == high % resolution_ms == 0
    assert low <= ts_ms <= high
    assert high - low == (resolution_ms if ts_ms % resolution_ms else 0)
    times_ms = np.array([ts_ms], np.int64)
    assert floor_to(times_ms, resolution_ms).tolist() == [low]
    assert ceil_to(times_ms, resolution_ms).tolist() == [high]


@pytest.mark.parametrize("length_ms", [0, -1, -60_000])
def test_a_bucket_without_length_is_refused(length_ms: int) -> None:
    """Trap B055: zero divides by zero, negative got through."""
    for call in (
        lambda: floor_to(5, length_ms),
        lambda: ceil_to(5, length_ms),
        lambda: expand_to_buckets(Range(0, 5), length_ms),
        lambda: split_range(Range(0, 5), length_ms),
    ):
        with pytest.raises(ValueError, match="longer than 0 ms"):
            call()


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/St_Johns", "UTC"])
def test_buckets_do_not_depend_on_the_zone(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap B083."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert floor_to(1_795_600_800_001, 86_400_000) == 1_795_564_800_000
    finally:
        monkeypatch.undo()
        time.tzset()


@given(RANGES, RANGES)
def test_an_intersection_holds_what_both_hold(one: Range, other: Range) -> None:
    both = one.intersect(other)
    assert times_in(both) == times_in(one) & times_in(other)
    assert both.is_empty == (not times_in(both)) == (not one.overlaps(other))
    assert both.length_ms == len(times_in(both))
    assert one.clip(other.start_ms, other.end_ms).length_ms == both.length_ms


@given(RANGES, TIMES)
def test_a_range_is_half_open(one: Range, ts_ms: int) -> None:
    assert one.contains(ts_ms) == (ts_ms in times_in(one))
    assert times_in(one.clip(start_ms=ts_ms)) == {time for time in times_in(one) if time >= ts_ms}
    assert times_in(one.clip(end_ms=ts_ms)) == {time for time in times_in(one) if time < ts_ms}
    assert times_in(one.clip()) == times_in(one)


@given(RANGES, st.integers(1, 20))
def test_expanding_adds_whole_buckets_and_no_untouched_one(one: Range, resolution_ms: int) -> None:
    """Trap B053: half-open, so an end on an edge adds no bucket and leaves none out."""
    expected = {floor_to(ts_ms, resolution_ms) for ts_ms in times_in(one)}
    expanded = expand_to_buckets(one, resolution_ms)
    assert set(range(expanded.start_ms, expanded.end_ms, resolution_ms)) == expected
    assert expanded.length_ms == len(expected) * resolution_ms


@given(LISTS, LISTS)
def test_lists_of_ranges_obey_the_laws_of_sets(ranges: list[Range], others: list[Range]) -> None:
    merged, rest = merge_ranges(ranges), subtract_ranges(ranges, others)
    assert times_in(*merged) == times_in(*ranges)
    assert times_in(*rest) == times_in(*ranges) - times_in(*others)
    assert_merged(merged)
    assert_merged(rest)


@given(LISTS, RANGES)
def test_clipped_ranges_lie_within(ranges: list[Range], within: Range) -> None:
    clipped = clip_ranges(ranges, within)
    assert times_in(*clipped) == times_in(*ranges) & times_in(within)
    assert_merged(clipped)


def test_touching_ranges_become_one() -> None:
    assert merge_ranges([Range(5, 9), Range(0, 5), Range(20, 20)]) == [Range(0, 9)]


@given(RANGES, st.integers(1, 20))
def test_pieces_cover_the_whole_and_never_cross_a_boundary(whole: Range, piece_ms: int) -> None:
    pieces = split_range(whole, piece_ms)
    assert [ts_ms for piece in pieces for ts_ms in range(*piece)] == sorted(times_in(whole))
    assert all(floor_to(piece.start_ms, piece_ms) == floor_to(piece.end_ms - 1, piece_ms) for piece in pieces)
    assert all(piece.length_ms > 0 for piece in pieces)


@given(LISTS, st.integers(1, 5))
def test_a_limit_closes_the_smallest_gaps(ranges: list[Range], limit: int) -> None:
    merged = merge_ranges(ranges)
    limited = limit_ranges(merged, limit)
    assert len(limited) == min(limit, len(merged))
    assert times_in(*limited) >= times_in(*merged)
    assert_merged(limited)
    closed = subtract_ranges(limited, merged)
    left = subtract_ranges([Range(limited[0].start_ms, limited[-1].end_ms)], limited) if limited else []
    if closed and left:
        assert max(gap.length_ms for gap in closed) <= min(gap.length_ms for gap in left)


def test_a_limit_of_no_range_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        limit_ranges([Range(0, 1)], 0)
