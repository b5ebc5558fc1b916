"""Which chunks may go, and which retentions are refused."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.durations import format_duration, parse_duration_ms
from metricbox.settings import Settings
from metricbox.store.buckets import Range
from metricbox.store.partials import LOOKBACK_MS
from metricbox.store.retention import (
    MAX_DOUBT_MS,
    MAX_RETENTION_MS,
    MAX_UNSEEN_MS,
    MIN_RETENTION_CHUNKS,
    SWEEP_INTERVAL_MS,
    ClockVerdict,
    Consumer,
    Reading,
    SweepClock,
    expired_before_ms,
    find_retention_fault,
    find_retentions_fault,
    judge_clock,
    longest_life_ms,
    parse_retention_ms,
    plan_sweep,
)
from metricbox.store.tiers import HOUR, MINUTE, RAW, TIERS, Tier, chunk_range

HOUR_MS = 3_600_000
CHUNK = Range(0, RAW.chunk_ms)
KEPT_UP = Consumer(10**15, [])


def test_a_chunk_goes_once_its_newest_sample_has_expired() -> None:
    """Trap B053: half-open, to the millisecond."""
    assert expired_before_ms(10, 3) == 7
    assert plan_sweep([CHUNK], CHUNK.end_ms, RAW) == ([CHUNK], [])
    assert plan_sweep([CHUNK], CHUNK.end_ms - 1, RAW) == ([], [])
    day = chunk_range(MINUTE, 0)
    assert plan_sweep([day], day.end_ms, MINUTE, KEPT_UP) == ([day], [])


def test_raw_that_growth_still_needs_is_kept_so_much_longer() -> None:
    """Trap B063: late samples are accepted up to the retention, and their growth begins LOOKBACK_MS earlier."""
    end_ms = CHUNK.end_ms + LOOKBACK_MS
    assert plan_sweep([CHUNK], end_ms, RAW, KEPT_UP) == ([CHUNK], [])
    assert plan_sweep([CHUNK], end_ms - 1, RAW, KEPT_UP) == ([], [])


@pytest.mark.parametrize(
    "consumer",
    [
        Consumer(CHUNK.end_ms + LOOKBACK_MS - 1, []),
        Consumer(10**15, [Range(CHUNK.end_ms - 1, CHUNK.end_ms)]),
        Consumer(10**15, [Range(CHUNK.end_ms + LOOKBACK_MS - 1, CHUNK.end_ms + LOOKBACK_MS)]),
    ],
)
def test_a_chunk_stays_until_the_rollup_has_it(consumer: Consumer) -> None:
    """Traps B046, B050: not materialised yet, or invalidated since; it is reported as held."""
    assert plan_sweep([CHUNK], 10**14, RAW, consumer) == ([], [CHUNK])


def test_the_rows_of_a_rollup_need_no_lookback() -> None:
    day = chunk_range(MINUTE, 0)
    assert plan_sweep(
        [day], day.end_ms, MINUTE, Consumer(day.end_ms, [Range(day.end_ms, 10**14)])
    ).dropped == [day]
    assert plan_sweep([day], day.end_ms, MINUTE, Consumer(day.end_ms - 1, [])).held == [day]


@given(
    st.sets(st.integers(-10, 10)),
    st.integers(-24 * 12, 24 * 12),
    st.integers(-24 * 12, 24 * 12),
    st.lists(st.integers(-24 * 12, 24 * 12), max_size=3),
    st.booleans(),
)
def test_what_is_dropped_is_the_past_of_one_time(
    numbers: set[int], expired: int, watermark: int, invalid: list[int], has_consumer: bool
) -> None:
    """Trap B050: after a sweep nothing that is left or pending lies before the end of what was dropped."""
    ten_minutes_ms = 600_000
    chunks = {Range(at * RAW.chunk_ms, (at + 1) * RAW.chunk_ms) for at in numbers}
    pending = [Range(at * ten_minutes_ms, at * ten_minutes_ms + 1) for at in invalid]
    consumer = Consumer(watermark * ten_minutes_ms, pending) if has_consumer else None
    expired_ms = expired * ten_minutes_ms
    plan = plan_sweep(chunks, expired_ms, RAW, consumer)
    assert not set(plan.dropped) & set(plan.held)
    assert all(chunk.end_ms <= expired_ms for chunk in plan.dropped + plan.held)
    left = chunks - set(plan.dropped)
    assert all(chunk.end_ms <= one.start_ms for chunk in plan.dropped for one in left)
    if consumer is not None:
        for chunk in plan.dropped:
            assert chunk.end_ms + LOOKBACK_MS <= consumer.watermark_ms
            assert not any(one.overlaps(chunk) for one in pending)
    else:
        assert set(plan.dropped) == {chunk for chunk in chunks if chunk.end_ms <= expired_ms}


@pytest.mark.parametrize("tier", TIERS)
@given(st.integers(0, 10**11), st.integers(1, 30 * 60_000))
def test_no_sample_outlives_the_bound(tier: Tier, ts_ms: int, sweep_ms: int) -> None:
    """Retention, one chunk, one sweep (and the lookback for raw): a sweep at that age at the latest drops it."""
    retention_ms = tier.default_retention_ms
    chunk = chunk_range(tier, ts_ms)
    life_ms = longest_life_ms(tier, retention_ms, sweep_ms)
    # The last sweep before that age came at most `sweep_ms` earlier.
    swept_ms = ts_ms + life_ms - sweep_ms
    consumer = None if tier == HOUR else KEPT_UP
    assert plan_sweep([chunk], expired_before_ms(swept_ms, retention_ms), tier, consumer).dropped == [chunk]


# ---- whether the clock may be believed

DAY_MS = 24 * HOUR_MS
SWEPT = SweepClock(1_000 * DAY_MS, 0)


class Life:
    """A server that looks at its clocks every ten minutes, as the job does."""

    def __init__(self, known: SweepClock | None) -> None:
        self.known = known
        self.last: Reading | None = None
        self.monotonic_ms = 0

    def look(self, wall_ms: int) -> bool:
        now = Reading(wall_ms, self.monotonic_ms)
        verdict = judge_clock(self.known, self.last, now)
        self.known, self.last = verdict.known, now
        return not verdict.missing_ms

    def restart(self) -> None:
        self.last, self.monotonic_ms = None, 10**9 - self.monotonic_ms

    def hold_ms(self, wall_ms: int) -> int:
        """How long it runs until it sweeps."""
        ran_ms = 0
        while not self.look(wall_ms + ran_ms):
            ran_ms += SWEEP_INTERVAL_MS
            self.monotonic_ms += SWEEP_INTERVAL_MS
            assert ran_ms < 100 * DAY_MS
        return ran_ms


def test_a_new_store_sweeps_at_once() -> None:
    assert judge_clock(None, None, Reading(5, 9)) == ClockVerdict(SweepClock(5, 0), 0)


@pytest.mark.parametrize("ahead_ms", [-400 * DAY_MS, -1, 0, HOUR_MS, MAX_UNSEEN_MS])
def test_a_clock_that_is_not_far_ahead_is_believed_and_remembered(ahead_ms: int) -> None:
    """Set back too, or the next jump would be measured from a time that never was."""
    now_ms = SWEPT.swept_ms + ahead_ms
    assert judge_clock(SWEPT, None, Reading(now_ms, 9)) == ClockVerdict(SweepClock(now_ms, 0), 0)
    assert judge_clock(SWEPT, Reading(SWEPT.swept_ms, 8), Reading(now_ms, 9)).missing_ms == 0


@pytest.mark.parametrize(
    ("days", "hours"), [(1.01, 1.2), (2.5, 2.7), (21, 22), (24, 24), (365, 24), (365 * 50, 24)]
)
def test_what_was_off_for_days_sweeps_after_hours(days: float, hours: float) -> None:
    life = Life(SWEPT)
    held_ms = life.hold_ms(SWEPT.swept_ms + int(days * DAY_MS))
    assert 0 < held_ms <= hours * HOUR_MS
    assert held_ms <= MAX_DOUBT_MS
    assert life.known is not None
    assert life.known.steady_ms == 0


def test_the_time_that_it_ran_counts_over_restarts() -> None:
    """A box that is on for some hours a day must sweep some day."""
    life = Life(SWEPT)
    starts = 0
    while not life.look(SWEPT.swept_ms + (30 + starts) * DAY_MS):
        life.monotonic_ms += 5 * HOUR_MS
        assert not life.look(SWEPT.swept_ms + (30 + starts) * DAY_MS + 5 * HOUR_MS) or starts == 4
        life.restart()
        starts += 1
        assert starts < 10
    assert starts == 5


def test_a_clock_that_is_set_right_again_costs_nothing() -> None:
    life = Life(SWEPT)
    wrong_ms = SWEPT.swept_ms + 3_650 * DAY_MS
    assert not life.look(wrong_ms)
    life.monotonic_ms += 23 * HOUR_MS
    assert not life.look(wrong_ms + 23 * HOUR_MS)
    life.monotonic_ms += HOUR_MS // 2
    right_ms = SWEPT.swept_ms + 24 * HOUR_MS
    assert life.look(right_ms)
    # The next time it begins anew.
    assert not life.look(wrong_ms)
    life.monotonic_ms += 23 * HOUR_MS
    assert not life.look(wrong_ms + 23 * HOUR_MS)


def test_a_clock_in_doubt_that_goes_back_is_not_steady() -> None:
    life = Life(SWEPT)
    assert not life.look(SWEPT.swept_ms + 900 * DAY_MS)
    life.monotonic_ms += 20 * HOUR_MS
    assert not life.look(SWEPT.swept_ms + 900 * DAY_MS + 20 * HOUR_MS)
    life.monotonic_ms += 20 * HOUR_MS
    assert not life.look(SWEPT.swept_ms + 800 * DAY_MS)
    assert life.known == SWEPT


def test_sleep_does_not_count_and_does_not_set_back() -> None:
    """The monotonic clock stands while a computer sleeps, and the wall clock jumps when it wakes."""
    life = Life(SWEPT)
    wall_ms = SWEPT.swept_ms + 30 * DAY_MS
    assert not life.look(wall_ms)
    for hours in (8, 16):
        life.monotonic_ms += 8 * HOUR_MS
        wall_ms += DAY_MS
        assert not life.look(wall_ms), hours
    life.monotonic_ms += 8 * HOUR_MS
    assert life.look(wall_ms + DAY_MS)


def test_a_job_that_hung_for_days_saw_the_clock_run() -> None:
    life = Life(SWEPT)
    assert life.look(SWEPT.swept_ms)
    life.monotonic_ms += 9 * DAY_MS
    assert life.look(SWEPT.swept_ms + 9 * DAY_MS + 5 * 60_000)
    life.monotonic_ms += DAY_MS
    assert not life.look(SWEPT.swept_ms + 12 * DAY_MS)


# ---- values that a person sets


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0", "not a duration"),
        ("0s", "at least"),
        ("-1", "not a duration"),
        ("-1d", "not a duration"),
        ("1m", "at least"),
        ("10000y", "longer than 1000 years"),
        ("101y", "at most 100y"),
        ("", "not a duration"),
        ("for ever", "not a duration"),
    ],
)
def test_an_impossible_retention_is_refused_with_a_reason(tier: Tier, text: str, message: str) -> None:
    """Trap B082."""
    with pytest.raises(ValueError, match=message):
        parse_retention_ms(text, tier)


def test_the_reason_names_tier_and_bound() -> None:
    with pytest.raises(ValueError) as caught:
        parse_retention_ms("1m", RAW)
    assert str(caught.value) == (
        "'1m' is no retention of metrics_raw: it must be at least 4h, since data is dropped in chunks of 2h"
    )


@pytest.mark.parametrize("tier", TIERS)
def test_the_bounds_themselves_are_allowed(tier: Tier) -> None:
    least_ms = MIN_RETENTION_CHUNKS * tier.chunk_ms
    assert parse_retention_ms(format_duration(least_ms), tier) == least_ms
    assert parse_retention_ms("100y", tier) == MAX_RETENTION_MS == parse_duration_ms("100y")
    assert find_retention_fault(tier, least_ms - 1) is not None
    assert find_retention_fault(tier, MAX_RETENTION_MS + 1) is not None
    assert find_retention_fault(tier, -1) is not None
    assert find_retention_fault(tier, tier.default_retention_ms) is None


@pytest.mark.parametrize(
    ("name", "tier"), list(zip(("retention_raw", "retention_1min", "retention_1hour"), TIERS, strict=True))
)
def test_the_settings_have_the_same_bounds(name: str, tier: Tier) -> None:
    parse = {field.name: field.metadata.get("parse") for field in fields(Settings)}[name]
    least_ms = MIN_RETENTION_CHUNKS * tier.chunk_ms
    assert parse(format_duration(least_ms)) == least_ms
    assert parse(format_duration(MAX_RETENTION_MS)) == MAX_RETENTION_MS
    for wrong_ms in (least_ms - 1, MAX_RETENTION_MS + 1):
        with pytest.raises(ValueError):
            parse(format_duration(wrong_ms))


def test_a_coarser_tier_is_kept_at_least_as_long() -> None:
    kept = {tier.table: tier.default_retention_ms for tier in TIERS}
    assert find_retentions_fault(kept) is None
    assert find_retentions_fault(kept | {"metrics_raw": 31 * 24 * HOUR_MS}) == (
        "metrics_1min must be kept at least as long as metrics_raw: 31d"
    )
    fault = find_retentions_fault(kept | {"metrics_1hour": HOUR_MS})
    assert fault is not None
    assert fault.startswith("the retention of metrics_1hour does not work: it must be at least 60d")
