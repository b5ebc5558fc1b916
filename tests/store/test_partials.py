"""Partial aggregates against their definition, one sample at a time."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from metricbox.model import STALE_MARKER
from metricbox.query.aggregate import Aggregation, aggregate
from metricbox.query.grid import make_grid
from metricbox.store.partials import (
    ANSWERING_COLUMNS,
    LOOKBACK_MS,
    PartialColumns,
    answer_from_partials,
    concat_partials,
    empty_partials,
    last_arrivals,
    merge_last_wins,
    partials_of_partials,
    partials_of_samples,
)
from tests.support.rollup_model import (
    Row,
    Sample,
    assert_same_rows,
    rows_by_definition,
    rows_of,
    sample_columns,
)

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
VALUES = st.one_of(
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3)),
    st.integers(0, 5).map(float),
    st.just(STALE_MARKER),
)
# Dense enough that buckets hold several samples, around 1970, and with gaps on both sides of the lookback.
SAMPLES = st.lists(
    st.tuples(st.integers(1, 3), st.integers(-2 * 60, 2 * 60).map(lambda step: step * 30_000), VALUES),
    unique_by=lambda sample: sample[:2],
    max_size=60,
)
WHOLE = (-2 * HOUR_MS, 2 * HOUR_MS)


def partials(
    samples: list[Sample], resolution_ms: int = MINUTE_MS, start_ms: int = WHOLE[0], end_ms: int = WHOLE[1]
) -> PartialColumns:
    return partials_of_samples(sample_columns(samples), start_ms, end_ms, resolution_ms)


@given(SAMPLES, st.sampled_from([30_000, MINUTE_MS, 10 * MINUTE_MS, HOUR_MS]))
def test_partials_equal_their_definition(samples: list[Sample], resolution_ms: int) -> None:
    samples = [one for one in samples if WHOLE[0] <= one[1] < WHOLE[1]]
    assert_same_rows(rows_of(partials(samples, resolution_ms)), rows_by_definition(samples, resolution_ms))


@given(SAMPLES)
@example([(1, 0, STALE_MARKER)])
def test_merging_minutes_into_hours_loses_nothing(samples: list[Sample]) -> None:
    """Trap B067: an hour from its minutes is the hour from its samples, in every column."""
    assert_same_rows(
        rows_of(partials_of_partials(partials(samples), HOUR_MS)), rows_of(partials(samples, HOUR_MS))
    )


@given(SAMPLES, st.integers(-120, 120), st.integers(0, 240))
def test_a_part_of_the_buckets_equals_that_part_of_all(samples: list[Sample], first: int, count: int) -> None:
    """Traps B053, B063: growth at the edge looks back across it, and no further sample is needed than LOOKBACK_MS."""
    start_ms, end_ms = first * MINUTE_MS, (first + count) * MINUTE_MS
    needed = [one for one in samples if start_ms - LOOKBACK_MS <= one[1] < end_ms]
    expected = {
        key: row for key, row in rows_by_definition(samples, MINUTE_MS).items() if start_ms <= key[1] < end_ms
    }
    for some in (needed, samples):
        assert_same_rows(rows_of(partials(some, MINUTE_MS, start_ms, end_ms)), expected)


@settings(max_examples=50)
@given(SAMPLES, st.sampled_from(["avg", "sum", "count", "min", "max", "last", "increase"]))
def test_partials_answer_as_the_samples_do(samples: list[Sample], aggregation: str) -> None:
    """Traps B065, B066, B067, B068: every aggregation by the columns that the table states."""
    samples = [one for one in samples if WHOLE[0] <= one[1] < WHOLE[1]]
    cells = aggregate(
        sample_columns(samples),
        {1: 0, 2: 1, 3: 2},
        3,
        make_grid(*WHOLE, HOUR_MS, None),
        Aggregation(aggregation),
    ).values
    hours = partials_of_partials(partials(samples), HOUR_MS)
    got = np.full((3, 4), np.nan)
    got[hours.series_ids - 1, (hours.bucket_ms - WHOLE[0]) // HOUR_MS] = answer_from_partials(
        hours, aggregation, HOUR_MS
    )
    np.testing.assert_allclose(got, cells, rtol=1e-9, atol=1e-6)


def test_no_aggregation_is_forgotten() -> None:
    percentiles = {Aggregation.P50, Aggregation.P90, Aggregation.P95, Aggregation.P99}
    assert set(Aggregation) - set(ANSWERING_COLUMNS) == percentiles
    assert {name for names in ANSWERING_COLUMNS.values() for name in names} < set(PartialColumns._fields)
    with pytest.raises(KeyError):
        answer_from_partials(empty_partials(), "p90", MINUTE_MS)


def test_count_is_the_number_of_samples_in_every_tier() -> None:
    """Trap B065: 360 samples in an hour count as 360, not as 60 rows."""
    minutes = partials([(1, index * 10_000, 1.0) for index in range(360)])
    hours = partials_of_partials(minutes, HOUR_MS)
    assert minutes.size == 60
    assert answer_from_partials(hours, "count", HOUR_MS).tolist() == [360.0]


@pytest.mark.parametrize("aggregation", ["avg", "instant", "min", "max"])
def test_a_sum_over_series_is_the_same_from_every_tier(aggregation: str) -> None:
    """Trap B066: 10 on each of three hosts is 30, however many samples a bucket holds."""
    samples = [(series_id, index * 10_000, 10.0) for series_id in (1, 2, 3) for index in range(360)]
    minutes = partials(samples)
    for tier, resolution_ms in ((minutes, MINUTE_MS), (partials_of_partials(minutes, HOUR_MS), HOUR_MS)):
        values = answer_from_partials(tier, aggregation, resolution_ms)
        totals = np.bincount((tier.bucket_ms // resolution_ms).astype(np.int64), values)
        assert set(totals.tolist()) == {30.0}


def test_an_average_weighs_every_sample_the_same() -> None:
    """Trap B067: one sample of 100 in one hour, 99 of 1 in the next: 1.99 over both, not 50.5."""
    hours = partials([(1, 0, 100.0), *((1, HOUR_MS + index * 1_000, 1.0) for index in range(99))], HOUR_MS)
    both = partials_of_partials(hours, 2 * HOUR_MS)
    assert answer_from_partials(both, "avg", 2 * HOUR_MS).tolist() == [pytest.approx(1.99)]


def test_stale_markers_are_no_samples() -> None:
    """Traps B068, B070: 0, marker, 5 in one minute: min 0, max 5, count 2. Nor do they make a row or part a counter."""
    samples = [(1, 0, 0.0), (1, 10_000, STALE_MARKER), (1, 20_000, 5.0), (1, 60_000, STALE_MARKER)]
    assert rows_of(partials(samples)) == {(1, 0): Row(2, 5.0, 0.0, 5.0, 0.0, 5.0, 5.0)}
    half = [(1, index * 5_000, STALE_MARKER if index % 2 else 4.0) for index in range(12)]
    assert answer_from_partials(partials(half, 10 * MINUTE_MS), "avg", 10 * MINUTE_MS).tolist() == [4.0]


def test_growth_over_midnight_is_in_the_first_bucket_of_the_day() -> None:
    """Trap B063: a counter across the edge of a partition leaves no hole in the hourly rate."""
    day_ms = 24 * HOUR_MS
    samples = [(1, day_ms + index * MINUTE_MS, float(index)) for index in range(-5, 24 * 60)]
    hours = partials(samples, HOUR_MS, day_ms, 2 * day_ms)
    assert hours.increases.tolist() == [60.0] * 24
    assert answer_from_partials(hours, "rate", HOUR_MS).tolist() == [pytest.approx(1 / 60)] * 24


def test_any_drop_of_a_counter_is_a_reset() -> None:
    """Trap B093: 100, 110, 40, 50 grows by 10 + 40 + 10."""
    samples = [(1, index * 10_000, value) for index, value in enumerate([100.0, 110.0, 40.0, 50.0])]
    assert partials(samples).increases.tolist() == [60.0]


@pytest.mark.parametrize(("gap_ms", "increase"), [(LOOKBACK_MS, 7.0), (LOOKBACK_MS + 1, 0.0)])
def test_no_growth_is_invented_across_a_gap(gap_ms: int, increase: float) -> None:
    """Trap B095."""
    assert partials([(1, 0, 5.0), (1, gap_ms, 12.0)]).increases.tolist() == [0.0, increase]


def test_part_of_a_bucket_is_refused() -> None:
    """Trap B051: a bucket computed from its surviving half is an outlier."""
    for start_ms, end_ms in ((30_000, 60_000), (0, 90_000)):
        with pytest.raises(ValueError, match="whole buckets"):
            partials([(1, 0, 1.0)], MINUTE_MS, start_ms, end_ms)
    with pytest.raises(ValueError, match="longer than 0"):
        partials([(1, 0, 1.0)], 0)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_no_infinity_is_made_of_the_largest_doubles(sign: float) -> None:
    """Traps B071, B072."""
    large = sign * 1.7e308
    # Overflows on the way, but the sum itself is a double.
    minutes = partials([(1, at * 10_000, value) for at, value in enumerate([large, large, -large])])
    assert minutes.sums.tolist() == [pytest.approx(large)]
    hours = partials_of_partials(partials([(1, at * 10_000, large) for at in range(60)]), HOUR_MS)
    assert hours.sums.tolist() == [sign * float(np.finfo(np.float64).max)]
    assert answer_from_partials(hours, "avg", HOUR_MS).tolist() == [large]
    swing = partials([(1, index * 1_000, 1.7e308 * (-1) ** index) for index in range(60)])
    assert all(np.isfinite(column).all() for column in swing)


def test_no_samples_make_no_rows() -> None:
    assert partials([]).size == 0
    assert partials([(1, 0, 1.0)], MINUTE_MS, MINUTE_MS, MINUTE_MS).size == 0
    assert partials_of_partials(empty_partials(), HOUR_MS).size == 0
    assert merge_last_wins(empty_partials()).size == 0
    assert concat_partials([]).size == 0
    for got, expected in zip(partials([]), partials([(1, 0, 1.0)]), strict=True):
        assert got.dtype == expected.dtype


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(-3, 3), st.integers(0, 5)), max_size=30), st.booleans()
)
def test_of_equal_rows_the_last_arrival_stays(rows: list[tuple[int, int, int]], has_arrivals: bool) -> None:
    """Row order decides among equal arrivals, and everywhere when there are none."""
    series_ids, times_ms, arrivals = (np.array([row[i] for row in rows], np.int64) for i in range(3))
    expected: dict[tuple[int, int], int] = {}
    order = sorted(range(len(rows)), key=lambda at: rows[at][2]) if has_arrivals else range(len(rows))
    for at in order:
        expected[rows[at][:2]] = at
    got = last_arrivals(series_ids, times_ms, arrivals if has_arrivals else None).tolist()
    assert got == [expected[key] for key in sorted(expected)]


def test_merging_keeps_whole_rows() -> None:
    old = partials([(1, 0, 1.0), (2, 0, 1.0)])
    new = partials([(1, 0, 3.0), (1, 1_000, 5.0)])
    assert rows_of(merge_last_wins(concat_partials([old, new]))) == {
        (1, 0): Row(2, 8.0, 3.0, 5.0, 3.0, 5.0, 2.0),
        (2, 0): Row(1, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0),
    }
    swapped = merge_last_wins(concat_partials([new, old]), np.array([9, 0, 0], np.int64))
    assert rows_of(swapped)[1, 0].sum == 8.0


def test_sums_and_increases_of_decimals_are_decimals_in_every_tier() -> None:
    """One tenth a second: added up in doubles, that is 5.999999999999998 and 360.00000000000546."""
    samples = [(1, step * 1_000, (1_000 + step) / 10) for step in range(2 * 3_600)]
    minutes = partials(samples)
    hours = partials_of_partials(minutes, HOUR_MS)
    assert set(minutes.increases.tolist()) == {5.9, 6.0}
    assert hours.increases.tolist() == [359.9, 360.0]
    assert hours.sums.tolist() == partials(samples, HOUR_MS).sums.tolist() == [1_007_820.0, 2_303_820.0]


def test_growth_counts_the_decimals_of_the_sample_before_the_bucket() -> None:
    assert partials([(1, 0, 0.125), (1, MINUTE_MS, 1.5), (1, MINUTE_MS + 1, 2.5)]).increases.tolist() == [
        0,
        2.375,
    ]
