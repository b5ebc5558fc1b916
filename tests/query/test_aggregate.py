"""Joining samples into steps, against a plain model of the contract."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.model import STALE_MARKER, SampleColumns
from metricbox.query.aggregate import Aggregation, aggregate
from metricbox.query.grid import make_grid
from metricbox.store.partials import LOOKBACK_MS

STEP_MS = 60_000
GRID = make_grid(0, 10 * STEP_MS, STEP_MS, None)
PLAIN = {
    Aggregation.AVG: statistics.fmean,
    Aggregation.SUM: math.fsum,
    Aggregation.MIN: min,
    Aggregation.MAX: max,
    Aggregation.COUNT: len,
    Aggregation.P50: lambda values: float(np.quantile(values, 0.5)),
    Aggregation.P90: lambda values: float(np.quantile(values, 0.9)),
    Aggregation.P95: lambda values: float(np.quantile(values, 0.95)),
    Aggregation.P99: lambda values: float(np.quantile(values, 0.99)),
}


def columns(rows: list[tuple[int, int, float]]) -> SampleColumns:
    rows = sorted(rows)
    return SampleColumns(
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.int64),
        np.array([row[2] for row in rows], np.float64),
    )


def values_of(
    rows: list[tuple[int, int, float]], groups: dict[int, int], aggregation: Aggregation
) -> list[list[float | None]]:
    cells = aggregate(columns(rows), groups, max(groups.values()) + 1, GRID, aggregation)
    return [[None if math.isnan(value) else value for value in row] for row in cells.values.tolist()]


SAMPLES = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.integers(0, 10 * STEP_MS - 1),
        st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3)),
    ),
    unique_by=lambda row: row[:2],
    max_size=60,
)


@settings(max_examples=60)
@given(SAMPLES, st.sampled_from(list(PLAIN)))
def test_every_aggregation_equals_its_definition(
    rows: list[tuple[int, int, float]], aggregation: Aggregation
) -> None:
    """Two groups of two series: over all their samples in the step (trap B067)."""
    groups = {1: 0, 2: 1, 3: 0, 4: 1}
    got = values_of(rows, groups, aggregation)
    for group in (0, 1):
        for step in range(10):
            values = [v for s, t, v in rows if groups[s] == group and t // STEP_MS == step]
            expected = PLAIN[aggregation](values) if values else None  # type: ignore[operator]
            assert got[group][step] == (expected if expected is None else pytest.approx(expected, abs=1e-6))


@given(SAMPLES)
def test_last_is_the_newest_sample_of_the_group(rows: list[tuple[int, int, float]]) -> None:
    got = values_of(rows, {1: 0, 2: 0, 3: 0, 4: 0}, Aggregation.LAST)[0]
    for step in range(10):
        inside = [(t, v) for _, t, v in rows if t // STEP_MS == step]
        if not inside:
            assert got[step] is None
        else:
            newest = max(t for t, _ in inside)
            assert got[step] in [v for t, v in inside if t == newest]


def test_counts_are_the_samples_behind_each_value() -> None:
    rows = [(1, 0, 1.0), (1, 10, 2.0), (2, 5, 3.0), (1, STEP_MS, 4.0)]
    cells = aggregate(columns(rows), {1: 0, 2: 0}, 1, GRID, Aggregation.AVG)
    assert cells.counts[0].tolist()[:3] == [3, 1, 0]


def test_a_stale_marker_is_no_sample() -> None:
    """Trap B070: 0, marker, 5 in one minute: min 0, max 5, count 2."""
    rows = [(1, 0, 0.0), (1, 10, STALE_MARKER), (1, 20, 5.0)]
    assert values_of(rows, {1: 0}, Aggregation.MIN)[0][0] == 0
    assert values_of(rows, {1: 0}, Aggregation.MAX)[0][0] == 5
    assert values_of(rows, {1: 0}, Aggregation.COUNT)[0][0] == 2


def counter(values: list[float], first_ms: int = 0, every_ms: int = 10_000) -> list[tuple[int, int, float]]:
    return [(1, first_ms + index * every_ms, value) for index, value in enumerate(values)]


def test_a_rate_is_right_from_the_first_step_on() -> None:
    rows = counter([float(index) for index in range(60)])
    assert values_of(rows, {1: 0}, Aggregation.RATE)[0] == [pytest.approx(0.1)] * 10


def test_an_increase_includes_the_growth_since_the_sample_before_the_step() -> None:
    """Trap B063: rate at an edge looks back across it."""
    rows = counter([float(index) for index in range(-6, 60)], first_ms=-60_000)
    assert values_of(rows, {1: 0}, Aggregation.INCREASE)[0] == [6.0] * 10


def test_any_drop_of_a_counter_is_a_reset() -> None:
    """Trap B093: 100, 110, 40, 50 grows by 10 + 40 + 10."""
    assert values_of(counter([100, 110, 40, 50]), {1: 0}, Aggregation.INCREASE)[0][0] == 60


def test_float_noise_never_makes_a_rate_negative() -> None:
    """Trap B094."""
    rows = counter([1e15 + 0.1 * index for index in range(60)])
    assert all(value is None or value >= 0 for value in values_of(rows, {1: 0}, Aggregation.RATE)[0])


def test_no_growth_is_invented_across_a_gap() -> None:
    """Trap B095: a silence longer than the lookback tells nothing of what was in between."""
    gap_ms = LOOKBACK_MS + 10_000
    rows = [(1, 0, 5.0), (1, 10_000, 6.0), (1, 10_000 + gap_ms, 500.0), (1, 20_000 + gap_ms, 501.0)]
    got = values_of(rows, {1: 0}, Aggregation.INCREASE)[0]
    assert [value for value in got if value is not None] == [1, 1]


def test_rates_of_a_group_are_added_up() -> None:
    rows = [(s, t * 10_000, float(t * s)) for s in (1, 2, 3) for t in range(60)]
    assert values_of(rows, {1: 0, 2: 0, 3: 1}, Aggregation.RATE) == [
        [pytest.approx(0.3)] * 10,
        [pytest.approx(0.3)] * 10,
    ]


def test_the_first_sample_ever_has_no_rate_and_no_increase() -> None:
    assert values_of([(1, 0, 1e9)], {1: 0}, Aggregation.RATE)[0][0] is None
    assert values_of([(1, 0, 1e9)], {1: 0}, Aggregation.INCREASE)[0][0] == 0


def test_no_samples_are_no_error() -> None:
    empty = SampleColumns(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float64))
    for aggregation in Aggregation:
        assert np.isnan(aggregate(empty, {}, 1, GRID, aggregation).values).all()
        assert aggregate(empty, {}, 0, GRID, aggregation).values.shape == (0, 10)


def test_a_mean_of_the_largest_doubles_stays_finite() -> None:
    rows = [(1, 0, 1.7e308), (1, 1, 1.7e308)]
    assert values_of(rows, {1: 0}, Aggregation.AVG)[0][0] == pytest.approx(1.7e308)


def test_a_percentile_of_the_largest_doubles_stays_finite() -> None:
    rows = [(1, 0, -1.7e308), (1, 1, 1.7e308)]
    assert values_of(rows, {1: 0}, Aggregation.P50)[0][0] == 0.0


@pytest.mark.parametrize("aggregation", [Aggregation.SUM, Aggregation.INCREASE])
def test_what_leaves_the_range_of_doubles_is_not_finite_and_no_fault(aggregation: Aggregation) -> None:
    rows = [(1, 0, 0.0), (1, 1, 1.7e308), (2, 0, 0.0), (2, 1, 1.7e308)]
    assert values_of(rows, {1: 0, 2: 0}, aggregation)[0][0] == math.inf
