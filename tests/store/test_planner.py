"""The union of materialised and live buckets: every bucket once, from where it is right."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.store.buckets import Range, ceil_to, expand_to_buckets
from metricbox.store.planner import MAX_LIVE_RANGES, Segment, plan_segments
from metricbox.store.tiers import HOUR, MINUTE, RAW

MINUTE_MS = 60_000
TIMES = st.integers(-30 * 4, 30 * 4).map(lambda quarter: quarter * 15_000)
RANGES = st.builds(Range, TIMES, TIMES)


@given(RANGES, TIMES, st.lists(RANGES, max_size=6), st.one_of(st.none(), TIMES))
def test_every_bucket_is_answered_once_from_where_it_is_right(
    wanted: Range, watermark_ms: int, pending: list[Range], frozen_before_ms: int | None
) -> None:
    """Traps B046, B050, B053: the newest is never missing, none is doubled, none is read stale."""
    segments = plan_segments(wanted, watermark_ms, pending, MINUTE, frozen_before_ms)
    expanded = expand_to_buckets(wanted, MINUTE_MS)
    got = [
        (start_ms, segment.is_materialised)
        for segment in segments
        for start_ms in range(*segment.range, MINUTE_MS)
    ]
    expected = []
    for start_ms in range(*expanded, MINUTE_MS):
        bucket = Range(start_ms, start_ms + MINUTE_MS)
        is_frozen = frozen_before_ms is not None and start_ms < frozen_before_ms
        is_invalid = any(one.overlaps(bucket) for one in pending)
        expected.append((start_ms, bucket.end_ms <= watermark_ms and (is_frozen or not is_invalid)))
    assert got == expected
    assert all(not segment.range.is_empty for segment in segments)
    kinds = [segment.is_materialised for segment in segments]
    assert all(one != after for one, after in itertools.pairwise(kinds))


def test_the_newest_buckets_are_live_and_the_rest_is_read() -> None:
    hour_ms = HOUR.resolution_ms
    assert plan_segments(
        Range(0, 9 * hour_ms), 7 * hour_ms, [Range(3 * hour_ms + 5, 3 * hour_ms + 6)], HOUR
    ) == [
        Segment(Range(0, 3 * hour_ms), is_materialised=True),
        Segment(Range(3 * hour_ms, 4 * hour_ms), is_materialised=False),
        Segment(Range(4 * hour_ms, 7 * hour_ms), is_materialised=True),
        Segment(Range(7 * hour_ms, 9 * hour_ms), is_materialised=False),
    ]


def test_a_range_inside_a_bucket_is_that_bucket() -> None:
    """Trap B059: one bucket, no invented neighbours."""
    assert plan_segments(Range(61_000, 62_000), 0, [], MINUTE) == [
        Segment(Range(MINUTE_MS, 2 * MINUTE_MS), is_materialised=False)
    ]
    assert plan_segments(Range(5, 5), 0, [], MINUTE) == []


def test_an_invalidation_in_a_frozen_bucket_does_not_make_it_live() -> None:
    """Traps B050, B051: the source has less than the row, also where the edge cuts the bucket."""
    assert plan_segments(Range(0, 180_000), 180_000, [Range(0, 120_000)], MINUTE, 90_000) == [
        Segment(Range(0, 180_000), is_materialised=True)
    ]


def test_many_invalidations_make_a_bounded_number_of_segments() -> None:
    pending = [Range(at * 120_000, at * 120_000 + 1) for at in range(1_000)]
    segments = plan_segments(Range(0, 3_000 * MINUTE_MS), 2_500 * MINUTE_MS, pending, MINUTE)
    assert len(segments) <= 2 * MAX_LIVE_RANGES + 2
    live = [segment.range for segment in segments if not segment.is_materialised]
    assert all(any(one.contains(pend.start_ms) for one in live) for pend in pending)
    assert segments[-1].range.end_ms == ceil_to(3_000 * MINUTE_MS, MINUTE_MS)


def test_raw_has_no_buckets_to_plan() -> None:
    with pytest.raises(ValueError, match="longer than 0"):
        plan_segments(Range(0, 1), 0, [], RAW)
