"""Late writes and refreshes: the plans by themselves, then rollups over a life of late data against a recompute."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.store.buckets import Range, floor_to, merge_ranges, subtract_ranges
from metricbox.store.invalidation import (
    MAX_RANGES,
    advance_threshold,
    freeze_edge_ms,
    lost_buckets,
    merge_invalidations,
    plan_refresh,
    ranges_below,
    watermark_after,
)
from metricbox.store.partials import LOOKBACK_MS
from metricbox.store.tiers import HOUR, MINUTE, RAW
from tests.support.rollup_model import (
    Sample,
    ToyEngine,
    assert_same_rows,
    rows_by_definition,
    rows_of,
)

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
TIMES = st.integers(-40, 40)
RANGES = st.builds(Range, TIMES, TIMES)


def array(*ts_ms: int) -> np.ndarray:
    return np.array(ts_ms, np.int64)


def buckets_in(ranges: list[Range], resolution_ms: int) -> set[int]:
    return {start_ms for one in ranges for start_ms in range(one.start_ms, one.end_ms, resolution_ms)}


# ---- what cannot be computed any more


def test_buckets_that_lost_samples_are_those_of_the_samples_and_of_the_growth_after_them() -> None:
    lost = [Range(90_000, 90_001), Range(10 * HOUR_MS, 12 * HOUR_MS)]
    assert lost_buckets(lost, RAW, MINUTE_MS) == [
        Range(MINUTE_MS, 7 * MINUTE_MS),
        Range(10 * HOUR_MS, 12 * HOUR_MS + LOOKBACK_MS),
    ]
    assert lost_buckets(lost, MINUTE, HOUR_MS) == [Range(0, HOUR_MS), Range(10 * HOUR_MS, 12 * HOUR_MS)]
    assert lost_buckets([], RAW, MINUTE_MS) == []


# ---- what a write logs


def test_a_write_at_the_threshold_logs_nothing() -> None:
    assert ranges_below(array(MINUTE_MS, 5 * MINUTE_MS), MINUTE_MS, MINUTE_MS) == []
    assert ranges_below(array(), 0, MINUTE_MS) == []


def test_a_late_sample_changes_its_bucket_and_the_growth_after_it() -> None:
    """Trap B063: the next sample may be LOOKBACK_MS later, and its bucket holds the growth since this one."""
    assert ranges_below(array(30_000), DAY_MS, MINUTE_MS) == [Range(0, 6 * MINUTE_MS)]
    assert ranges_below(array(30_000), 2 * MINUTE_MS, MINUTE_MS) == [Range(0, 2 * MINUTE_MS)]
    assert ranges_below(array(0), DAY_MS, MINUTE_MS) == [Range(0, LOOKBACK_MS + MINUTE_MS)]
    assert ranges_below(array(-90_000), 0, MINUTE_MS) == [Range(-2 * MINUTE_MS, 0)]


@given(st.lists(st.integers(-(10**8), 10**8), max_size=40), st.integers(-(10**8), 10**8))
def test_logged_are_the_buckets_that_late_samples_change(times_ms: list[int], threshold_ms: int) -> None:
    expected: set[int] = set()
    for ts_ms in times_ms:
        if ts_ms < threshold_ms:
            last_ms = floor_to(ts_ms + LOOKBACK_MS, MINUTE_MS)
            expected |= set(range(floor_to(ts_ms, MINUTE_MS), last_ms + 1, MINUTE_MS))
    expected = {start_ms for start_ms in expected if start_ms < threshold_ms}
    got = ranges_below(array(*times_ms), threshold_ms, MINUTE_MS)
    assert buckets_in(got, MINUTE_MS) == expected
    assert got == merge_ranges(got)


def test_an_import_of_scattered_samples_logs_a_bounded_number_of_ranges() -> None:
    times_ms = np.arange(5 * MAX_RANGES, dtype=np.int64)[::-1] * HOUR_MS
    got = ranges_below(times_ms, 10**15, MINUTE_MS)
    assert len(got) == MAX_RANGES
    assert all(any(one.contains(int(ts_ms)) for one in got) for ts_ms in times_ms[::97])


def test_one_old_sample_does_not_invalidate_what_lies_between() -> None:
    """Trap B047: one sample 59 days late among new ones."""
    got = ranges_below(array(0, 59 * DAY_MS, 59 * DAY_MS + 10_000), 60 * DAY_MS, MINUTE_MS)
    assert sum(one.length_ms for one in got) == 12 * MINUTE_MS


@given(st.lists(RANGES, max_size=8), st.integers(1, 7))
def test_merged_invalidations_are_whole_buckets(ranges: list[Range], resolution_ms: int) -> None:
    merged = merge_invalidations(ranges, resolution_ms)
    touched = {floor_to(ts_ms, resolution_ms) for one in ranges for ts_ms in range(*one)}
    assert buckets_in(merged, resolution_ms) == touched
    assert len(merge_invalidations(ranges, resolution_ms, limit=2)) <= 2


# ---- the threshold


def test_buckets_close_by_the_clock() -> None:
    """Trap B048: no newer sample is needed."""
    assert advance_threshold(0, 2 * MINUTE_MS - 1, MINUTE_MS) == MINUTE_MS
    assert advance_threshold(0, 2 * MINUTE_MS, MINUTE_MS) == 2 * MINUTE_MS
    assert advance_threshold(0, 2 * MINUTE_MS, MINUTE_MS, grace_ms=1) == MINUTE_MS


def test_a_late_start_leaves_no_slice_out() -> None:
    """Trap B060: the range is from watermark to threshold, however late the job runs."""
    plan = plan_refresh(
        [], HOUR_MS, advance_threshold(HOUR_MS, 3 * HOUR_MS + 24 * MINUTE_MS, HOUR_MS), None, HOUR_MS, HOUR_MS
    )
    assert plan.pieces == [Range(HOUR_MS, 2 * HOUR_MS), Range(2 * HOUR_MS, 3 * HOUR_MS)]


def test_a_clock_that_was_set_back_undoes_nothing() -> None:
    assert advance_threshold(HOUR_MS, 0, MINUTE_MS) == HOUR_MS
    assert plan_refresh([], HOUR_MS, 0, None, MINUTE_MS, HOUR_MS) == ([], [], HOUR_MS)


# ---- the plan


@given(
    st.lists(RANGES, max_size=8),
    TIMES,
    TIMES,
    st.one_of(st.none(), TIMES),
    st.integers(1, 6),
    st.integers(1, 4),
)
def test_a_plan_recomputes_exactly_what_is_new_or_invalid(
    invalid: list[Range],
    watermark_ms: int,
    threshold_ms: int,
    frozen_before_ms: int | None,
    resolution_ms: int,
    buckets_per_piece: int,
) -> None:
    """Traps B046, B047, B050, B051, B053, B054, bucket by bucket."""
    piece_ms = buckets_per_piece * resolution_ms
    plan = plan_refresh(invalid, watermark_ms, threshold_ms, frozen_before_ms, resolution_ms, piece_ms)
    watermark_ms = floor_to(watermark_ms, resolution_ms)
    threshold_ms = max(watermark_ms, floor_to(threshold_ms, resolution_ms))
    logged = buckets_in(merge_invalidations(invalid, resolution_ms), resolution_ms)
    expected = {bucket for bucket in logged if bucket < watermark_ms}
    expected |= set(range(watermark_ms, threshold_ms, resolution_ms))
    if frozen_before_ms is not None:
        expected = {bucket for bucket in expected if bucket >= frozen_before_ms}
    done = [bucket for piece in plan.pieces for bucket in range(piece.start_ms, piece.end_ms, resolution_ms)]
    assert sorted(done) == sorted(expected)
    assert all(0 < piece.length_ms <= piece_ms for piece in plan.pieces)
    assert all(floor_to(p.start_ms, piece_ms) == floor_to(p.end_ms - 1, piece_ms) for p in plan.pieces)
    # When the plan was carried out, the log is empty and the watermark is at the threshold.
    assert subtract_ranges(merge_invalidations(invalid, resolution_ms), [*plan.pieces, *plan.discarded]) == []
    assert not buckets_in(plan.discarded, resolution_ms) & set(done)
    reached_ms = plan.watermark_ms
    for piece in plan.pieces:
        reached_ms = watermark_after(reached_ms, piece)
    assert reached_ms == threshold_ms


def test_the_newest_is_materialised_before_repairs() -> None:
    plan = plan_refresh([Range(0, 1), Range(500, 501)], 10_000, 30_000, None, 100, 10_000)
    assert plan.pieces == [Range(10_000, 20_000), Range(20_000, 30_000), Range(0, 100), Range(500, 600)]


def test_frozen_buckets_are_never_recomputed() -> None:
    """Trap B050: raw is kept for 7 days; a forced recompute of day 30 changes nothing and does not stay in the log."""
    day_30 = Range(-30 * DAY_MS, -29 * DAY_MS)
    plan = plan_refresh([day_30], 0, 0, -7 * DAY_MS, HOUR_MS, DAY_MS)
    assert plan == ([], [day_30], 0)


def test_a_bucket_that_straddles_the_dropped_edge_is_frozen() -> None:
    """Trap B051: chunks up to 10:30 are gone; the bucket of 10:00 keeps what it has."""
    edge_ms = 10 * HOUR_MS + 30 * MINUTE_MS
    for frozen_ms in (edge_ms, freeze_edge_ms(edge_ms, RAW, HOUR_MS)):
        plan = plan_refresh(
            [Range(9 * HOUR_MS, 13 * HOUR_MS)], 12 * HOUR_MS, 12 * HOUR_MS, frozen_ms, HOUR_MS, DAY_MS
        )
        assert plan.pieces == [Range(11 * HOUR_MS, 12 * HOUR_MS)]


def test_buckets_whose_growth_began_in_a_dropped_chunk_are_frozen() -> None:
    """Traps B050, B063: their samples are all there, but the step from the sample before them is not."""
    assert freeze_edge_ms(2 * HOUR_MS, RAW, MINUTE_MS) == 2 * HOUR_MS + LOOKBACK_MS
    assert freeze_edge_ms(2 * HOUR_MS, RAW, HOUR_MS) == 3 * HOUR_MS
    assert freeze_edge_ms(2 * HOUR_MS, MINUTE, HOUR_MS) == 2 * HOUR_MS
    assert freeze_edge_ms(None, RAW, MINUTE_MS) is None


@pytest.mark.parametrize("piece_ms", [0, -HOUR_MS, MINUTE_MS + 1])
def test_pieces_that_cut_buckets_are_refused(piece_ms: int) -> None:
    """Trap B055."""
    with pytest.raises(ValueError, match="whole buckets"):
        plan_refresh([], 0, HOUR_MS, None, MINUTE_MS, piece_ms)
    with pytest.raises((ValueError, ZeroDivisionError)):
        plan_refresh([], 0, HOUR_MS, None, 0, HOUR_MS)


# ---- rollups over a life of late data

START_MS = 20 * HOUR_MS + 17 * MINUTE_MS
RETENTION_MS = 4 * HOUR_MS
ENGINE_STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("write"),
            st.lists(
                # Series, age in units of 20 s (up to an hour more than the retention), value.
                st.tuples(st.integers(1, 2), st.integers(-3, 900), st.integers(0, 9).map(float)),
                min_size=1,
                max_size=8,
            ),
        ),
        st.tuples(st.just("wait"), st.integers(1, 200)),
        st.tuples(st.just("refresh"), st.integers(0, 8)),
        st.tuples(st.just("sweep"), st.none()),
    ),
    max_size=25,
)


def run_steps(steps: list[tuple[str, object]]) -> tuple[ToyEngine, list[Sample]]:
    """The engine after these steps, and all samples that it ever accepted, by definition never dropped."""
    engine = ToyEngine(START_MS, RETENTION_MS)
    ever: dict[tuple[int, int], float] = {}
    for kind, what in steps:
        if kind == "write":
            samples = [(one[0], engine.now_ms - one[1] * 20_000, one[2]) for one in what]  # type: ignore[attr-defined]
            ever |= {sample[:2]: sample[2] for sample in engine.write(samples)}
        elif kind == "wait":
            engine.now_ms += what * MINUTE_MS  # type: ignore[operator]
        elif kind == "refresh":
            engine.refresh(max_pieces=what)  # type: ignore[arg-type]
        else:
            engine.sweep()
    return engine, [(*key, value) for key, value in ever.items()]


@settings(max_examples=150, deadline=None)
@given(ENGINE_STEPS)
def test_every_tier_shows_every_accepted_sample_at_any_moment(steps: list[tuple[str, object]]) -> None:
    """Traps B046, B050, B051, B053, B054, B060: late data, refreshes broken off and dropped chunks in any order leave
    the rollups equal to a recompute from all samples ever accepted."""
    engine, samples = run_steps(steps)
    wanted = Range(0, floor_to(engine.now_ms, HOUR_MS) + 2 * HOUR_MS)
    for tier in (MINUTE, HOUR):
        expected = rows_by_definition(samples, tier.resolution_ms)
        assert_same_rows(rows_of(engine.read(tier, wanted)), expected)


def test_an_agent_that_was_offline_for_three_hours_leaves_no_holes() -> None:
    """Trap B046."""
    ages = range(180 * 3, 0, -1)
    steps = [("wait", 180), ("refresh", 99), ("write", [(1, age, float(1000 - age)) for age in ages])]
    engine, samples = run_steps([*steps, ("refresh", 999), ("refresh", 999)])
    for tier in (MINUTE, HOUR):
        got = engine.read(tier, Range(0, engine.now_ms + HOUR_MS - engine.now_ms % HOUR_MS))
        assert_same_rows(rows_of(got), rows_by_definition(samples, tier.resolution_ms))


def test_the_oldest_late_samples_reach_the_rollups_after_a_drop() -> None:
    """Traps B046, B050, B063: as old as is accepted, minute by minute around the moment in which a chunk is dropped;
    neither is one lost nor the growth that began in the dropped chunk."""
    engine = ToyEngine(START_MS, RETENTION_MS)
    counter = [(1, START_MS + at * MINUTE_MS, float(at)) for at in range(200)]
    engine.now_ms += 200 * MINUTE_MS
    ever = {sample[:2]: sample[2] for sample in engine.write(counter)}
    engine.refresh(max_pieces=99)
    drops = 0
    for _ in range(300):
        engine.now_ms += MINUTE_MS
        engine.refresh(max_pieces=99)
        drops += bool(engine.sweep())
        oldest_ms = engine.now_ms - RETENTION_MS
        late = [(1, oldest_ms + 7, 1.0 + (oldest_ms - START_MS) / MINUTE_MS), (2, oldest_ms, 5.0)]
        ever |= {sample[:2]: sample[2] for sample in engine.write(late)}
    engine.refresh(max_pieces=99)
    assert drops >= 2
    samples = [(*key, value) for key, value in ever.items()]
    for tier in (MINUTE, HOUR):
        got = engine.read(tier, Range(0, floor_to(engine.now_ms, HOUR_MS) + HOUR_MS))
        assert_same_rows(rows_of(got), rows_by_definition(samples, tier.resolution_ms))


def test_a_forced_recompute_of_everything_changes_nothing() -> None:
    """Traps B050, B051: also not in the minutes whose growth began in a dropped chunk."""
    engine = ToyEngine(START_MS, RETENTION_MS)
    engine.now_ms += 200 * MINUTE_MS
    counter = engine.write([(1, START_MS + at * MINUTE_MS, float(at)) for at in range(200)])
    engine.refresh(max_pieces=99)
    engine.now_ms += 220 * MINUTE_MS
    engine.refresh(max_pieces=99)
    assert engine.sweep()
    engine.invalidate(Range(0, engine.now_ms))
    for _ in range(2):
        for tier in (MINUTE, HOUR):
            got = engine.read(tier, Range(0, floor_to(engine.now_ms, HOUR_MS)))
            assert_same_rows(rows_of(got), rows_by_definition(counter, tier.resolution_ms))
        engine.refresh(max_pieces=99)


def test_a_piece_moves_the_watermark_only_from_where_it_stands() -> None:
    """Trap B054: one that was left out would otherwise be taken for materialised."""
    assert watermark_after(10, Range(10, 20)) == 20
    assert watermark_after(10, Range(20, 30)) == 10
    assert watermark_after(10, Range(0, 10)) == 10
