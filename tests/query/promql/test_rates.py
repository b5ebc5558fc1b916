"""Rates, differences and trends: worked out by hand, and against the definitions of Prometheus sample by sample."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.errors import EvaluationError
from metricbox.query.promql.range_functions import RANGE_FUNCTIONS
from metricbox.query.promql.values import Windows
from tests.support.range_vectors import (
    Sample,
    Table,
    evaluate,
    evaluate_plainly,
    make_windows,
    of_values,
    window_sets,
)

NAN, INF = math.nan, math.inf
MINUTE = 60_000
VALUES = st.one_of(st.floats(0, 1e6), st.integers(-5, 20).map(float))
EXACT = st.one_of(VALUES, st.sampled_from([NAN, INF, -INF]))


def close(cells: Table, *, scale: float = 0.0) -> Table:
    return [
        [None if c is None else pytest.approx(c, rel=1e-9, abs=scale, nan_ok=True) for c in row]
        for row in cells
    ]


def plain_change(samples: Sequence[Sample], start_ms: int, end_ms: int, *, is_counter: bool) -> float | None:
    """extrapolatedRate of Prometheus 2.42, before it is divided by the range."""
    if len(samples) < 2:
        return None
    change = samples[-1][1] - samples[0][1]
    for (_, before), (_, value) in pairwise(samples):
        if is_counter and value < before:
            change += before
    to_start, to_end = (samples[0][0] - start_ms) / 1000, (end_ms - samples[-1][0]) / 1000
    sampled = (samples[-1][0] - samples[0][0]) / 1000
    mean = sampled / (len(samples) - 1)
    if is_counter and change > 0 and samples[0][1] >= 0:
        to_start = min(to_start, sampled * (samples[0][1] / change))
    covered = sampled
    for edge in (to_start, to_end):
        covered += edge if edge < mean * 1.1 else mean / 2
    return change * (covered / sampled)


# ---- rate, increase, delta


@settings(deadline=None)
@given(window_sets(VALUES))
def test_increase_and_delta_are_those_of_the_definition(windows: Windows) -> None:
    for name, is_counter in (("increase", True), ("delta", False)):

        def plain(
            samples: list[Sample], start_ms: int, end_ms: int, _: int, *, counts: bool = is_counter
        ) -> float | None:
            return plain_change(samples, start_ms, end_ms, is_counter=counts)

        assert evaluate(name, windows) == close(evaluate_plainly(windows, plain), scale=1e-6)


@settings(deadline=None)
@given(window_sets(VALUES))
def test_rate_is_the_increase_per_second_of_the_range(windows: Windows) -> None:
    expected = [
        [None if cell is None else cell / (windows.range_ms / 1000) for cell in row]
        for row in evaluate("increase", windows)
    ]
    assert evaluate("rate", windows) == close(expected)


def test_windows_filled_from_edge_to_edge_are_not_extrapolated() -> None:
    assert of_values("increase", [5, 15, 25]) == 20
    assert of_values("rate", [5, 15, 25]) == 1
    assert of_values("delta", [25, 15, 5]) == -20


def test_a_near_edge_is_reached_and_a_far_one_is_not() -> None:
    # Samples 10 s apart over 20 s. The start is 10 s away (< 11), the end 30 s: half a distance is added there.
    row = [(10_000, 100.0), (20_000, 110.0), (30_000, 120.0)]
    assert evaluate("delta", make_windows([row], [60_000], 60_000)) == [
        [pytest.approx(20 * (20 + 10 + 5) / 20)]
    ]


def test_eleven_tenths_of_the_distance_are_too_far() -> None:
    row = [(11_000, 100.0), (21_000, 110.0)]
    assert evaluate("delta", make_windows([row], [21_000], 21_000)) == [[pytest.approx(10 * 15 / 10)]]
    row = [(10_999, 100.0), (20_999, 110.0)]
    assert evaluate("delta", make_windows([row], [20_999], 20_999)) == [[pytest.approx(10 * 20.999 / 10)]]


def test_a_counter_is_not_extrapolated_below_zero() -> None:
    # It rose by 20 in 20 s from 4: zero was 4 s before the first sample, the start of the window is 10 s before.
    row = [(10_000, 4.0), (20_000, 14.0), (30_000, 24.0)]
    windows = make_windows([row], [30_000], 30_000)
    assert evaluate("increase", windows) == [[pytest.approx(24.0)]]
    assert evaluate("delta", windows) == [[pytest.approx(30.0)]]


@pytest.mark.parametrize(
    ("values", "total"),
    [([0, 10, 3, 13], 10 + 3 + 10), ([5, 9, 2, 8, 1], 4 + 2 + 6 + 1), ([7, 7, 0, 0], 0), ([3, 2, 1], 2 + 1)],
)
def test_any_fall_is_a_reset(values: list[float], total: float) -> None:
    assert of_values("increase", values) == pytest.approx(total)


def test_a_reset_that_leaves_the_counter_above_zero_counts_from_zero() -> None:
    """Trap B093: 100, 110, 40, 50 rose by 10, 40 and 10; over the fall and the next sample it is 50."""
    assert of_values("increase", [110, 40, 50]) == pytest.approx(50)
    assert of_values("increase", [100, 110, 40, 50]) == pytest.approx(60)


@settings(deadline=None)
@given(st.lists(st.sampled_from([0.1, 0.3, -1e15, 0.0]), min_size=2, max_size=30))
def test_a_large_counter_never_falls(rises: list[float]) -> None:
    """Trap B094."""
    values = [1e15]
    for rise in rises:
        values.append(max(values[-1] + rise, 0.0))
    windows = make_windows(
        [[(place * 10_000, value) for place, value in enumerate(values)]],
        [place * 10_000 for place in range(1, len(values))],
        50_000,
    )
    for name in ("rate", "increase", "irate"):
        assert all(cell is None or cell >= 0 for cell in evaluate(name, windows)[0])


def test_a_large_counter_shows_its_small_rises() -> None:
    """Trap B094: at 1e15 numbers are an eighth apart."""
    assert of_values("increase", [1e15, 1e15 + 0.125, 1e15 + 0.25]) == 0.25


def test_no_increase_is_invented_at_a_gap() -> None:
    """Trap B095: 2 h without samples, then the same counter; 10 a minute throughout."""
    minutes = [*range(11), *range(130, 141)]
    row = [(minute * MINUTE, 1000.0 + 10 * minute) for minute in minutes]
    steps = range(5, 141)
    (cells,) = evaluate("increase", make_windows([row], [minute * MINUTE for minute in steps], 5 * MINUTE))
    found = dict(zip(steps, cells, strict=True))
    # The only sample left or yet there says nothing.
    assert all(found[minute] is None for minute in range(15, 131))
    assert all(0 < found[minute] <= 50 + 1e-9 for minute in steps if found[minute] is not None)
    assert found[135] == pytest.approx(50)


def test_the_change_of_what_is_not_finite_is_silent() -> None:
    assert math.isnan(of_values("rate", [INF, INF]))
    assert of_values("rate", [0, INF]) == INF
    assert math.isnan(of_values("increase", [1, NAN]))


# ---- irate, idelta


@settings(deadline=None)
@given(window_sets(EXACT))
def test_the_last_two_samples_alone_count(windows: Windows) -> None:
    def plain(samples: Sequence[Sample], is_rate: bool) -> float | None:
        if len(samples) < 2:
            return None
        (before_ms, before), (last_ms, last) = samples[-2:]
        if not is_rate:
            return last - before
        return (last if last < before else last - before) / ((last_ms - before_ms) / 1000)

    assert evaluate("irate", windows) == close(
        evaluate_plainly(windows, lambda samples, *_: plain(samples, True))
    )
    assert evaluate("idelta", windows) == close(
        evaluate_plainly(windows, lambda samples, *_: plain(samples, False))
    )


def test_irate_counts_from_zero_after_a_reset() -> None:
    assert of_values("irate", [90, 100, 30]) == 3
    assert of_values("idelta", [90, 100, 30]) == -70


# ---- changes, resets


@settings(deadline=None)
@given(window_sets(EXACT))
def test_changes_and_resets_are_counted_between_neighbours(windows: Windows) -> None:
    def plain(samples: Sequence[Sample], differs: Callable[[float, float], bool]) -> float | None:
        if not samples:
            return None
        values = [value for _, value in samples]
        return float(sum(differs(a, b) for a, b in pairwise(values)))

    def is_change(a: float, b: float) -> bool:
        return a != b and not (math.isnan(a) and math.isnan(b))

    assert evaluate("changes", windows) == evaluate_plainly(
        windows, lambda samples, *_: plain(samples, is_change)
    )
    assert evaluate("resets", windows) == evaluate_plainly(
        windows, lambda samples, *_: plain(samples, lambda a, b: b < a)
    )


def test_from_nan_to_nan_is_no_change() -> None:
    assert of_values("changes", [1, NAN, NAN, 1, 1, 2]) == 3
    assert of_values("changes", [7]) == 0
    assert of_values("resets", [3, 2, 2, NAN, 1, 0]) == 2


# ---- deriv, predict_linear


def plain_line(samples: Sequence[Sample], origin_ms: int) -> tuple[float, float]:
    """linearRegression of Prometheus 2.42: slope per second, height at the origin."""
    first = samples[0][1]
    if all(value == first for _, value in samples):
        return (NAN, NAN) if math.isinf(first) else (0.0, first)
    count = len(samples)
    xs, ys = [(ts - origin_ms) / 1000 for ts, _ in samples], [value for _, value in samples]
    sum_x, sum_y = math.fsum(xs), math.fsum(ys)
    covariance = math.fsum(x * y for x, y in zip(xs, ys, strict=True)) - sum_x * sum_y / count
    slope = covariance / (math.fsum(x * x for x in xs) - sum_x * sum_x / count)
    return slope, sum_y / count - slope * sum_x / count


@settings(deadline=None)
@given(window_sets(st.floats(-1000, 1000)))
def test_deriv_and_predict_linear_are_those_of_the_definition(windows: Windows) -> None:
    def plain(
        samples: Sequence[Sample], _start: int, _end: int, time_ms: int, *, ahead_s: float | None = None
    ) -> float | None:
        if len(samples) < 2:
            return None
        if ahead_s is None:
            return plain_line(samples, samples[0][0])[0]
        # From an origin near the samples, where the definition itself is exact enough to compare with.
        slope, height = plain_line(samples, samples[0][0])
        return height + slope * ((time_ms - samples[0][0]) / 1000 + ahead_s)

    expected = evaluate_plainly(windows, plain)
    found = evaluate("deriv", windows)
    # Slopes of samples a millisecond apart are large.
    assert found == close(expected, scale=1e-6)
    expected = evaluate_plainly(windows, lambda *window: plain(*window, ahead_s=90.0))
    found = evaluate("predict_linear", windows, 90.0)
    assert found == close(expected, scale=1e-2)


def test_the_slope_is_per_second_and_the_prediction_from_the_time_of_evaluation() -> None:
    row = [(place * 10_000, 5.0 + 20 * place) for place in range(7)]
    assert evaluate("deriv", make_windows([row], [60_000], 60_000)) == [[pytest.approx(2.0)]]
    # At 60 s it is 125; 100 s later 325.
    assert evaluate("predict_linear", make_windows([row], [60_000], 60_000), 100.0) == [
        [pytest.approx(325.0)]
    ]
    # With an offset of 20 s, at 80 s: the line is the same, and so is what it says of 180 s.
    windows = make_windows([row], [80_000], 60_000, offset_ms=20_000)
    assert evaluate("predict_linear", windows, 100.0) == [[pytest.approx(365.0)]]


def test_slopes_of_timestamps_and_of_huge_counters_are_exact() -> None:
    row = [(1_700_000_000_000 + place * 15_000, 1_700_000_000.0 + place * 15) for place in range(40)]
    windows = make_windows([row], [row[-1][0]], 1_000_000)
    assert evaluate("deriv", windows)[0][0] == pytest.approx(1.0, rel=1e-12)
    assert evaluate("predict_linear", windows, 60.0)[0][0] == pytest.approx(row[-1][1] + 60, rel=1e-12)
    assert of_values("deriv", [1e15 + 0.125 * place for place in range(30)]) == pytest.approx(
        0.0125, rel=1e-12
    )


def test_a_constant_has_no_slope_and_what_is_not_finite_none_that_is_known() -> None:
    assert of_values("deriv", [0.1] * 7) == 0
    assert of_values("predict_linear", [0.1] * 7, 1e6) == 0.1
    for values in ([INF, INF], [1, 2, INF], [NAN, NAN], [1, NAN]):
        assert math.isnan(of_values("deriv", values))
        assert math.isnan(of_values("predict_linear", values, 60.0))


# ---- holt_winters


def plain_smoothing(samples: Sequence[Sample], factor: float, trend_factor: float) -> float | None:
    if len(samples) < 2:
        return None
    values = [value for _, value in samples]
    before, level, trend = 0.0, values[0], values[1] - values[0]
    for place, value in enumerate(values[1:]):
        if place:
            trend = trend_factor * (level - before) + (1 - trend_factor) * trend
        before, level = level, factor * value + (1 - factor) * (level + trend)
    return level


@settings(deadline=None)
@given(window_sets(VALUES), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_smoothing_is_that_of_the_definition(windows: Windows, factor: float, trend_factor: float) -> None:
    expected = evaluate_plainly(windows, lambda samples, *_: plain_smoothing(samples, factor, trend_factor))
    assert evaluate("holt_winters", windows, factor, trend_factor) == close(expected, scale=1e-9)
    assert evaluate("double_exponential_smoothing", windows, factor, trend_factor) == close(
        expected, scale=1e-9
    )


def test_a_straight_line_is_its_own_smoothing() -> None:
    assert of_values("holt_winters", [10, 20, 30, 40, 50, 60, 70], 0.01, 0.1) == pytest.approx(70)


def test_three_samples_smoothed_by_hand() -> None:
    # Level 1, trend 3. Then 0.5 * 4 + 0.5 * (1 + 3) = 4; trend 0.5 * (4 - 1) + 0.5 * 3 = 3; 0.5 * 2 + 0.5 * 7 = 4.5.
    assert of_values("holt_winters", [1, 4, 2], 0.5, 0.5) == 4.5


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ((1.0, 0.5), "invalid smoothing factor. Expected: 0 < sf < 1, got: 1.000000"),
        ((0.0, 0.0), "invalid smoothing factor. Expected: 0 < sf < 1, got: 0.000000"),
        ((0.5, -0.25), "invalid trend factor. Expected: 0 < tf < 1, got: -0.250000"),
        ((0.5, INF), "invalid trend factor. Expected: 0 < tf < 1, got: +Inf"),
        ((-INF, 0.5), "invalid smoothing factor. Expected: 0 < sf < 1, got: -Inf"),
    ],
)
def test_a_factor_outside_of_zero_to_one_is_refused_in_the_words_of_prometheus(
    factors: tuple[float, float], message: str
) -> None:
    with pytest.raises(EvaluationError) as caught:
        of_values("holt_winters", [1, 2], *factors)
    assert caught.value.message == message


def test_a_factor_is_looked_at_where_there_are_samples() -> None:
    windows = make_windows([[(0, 1.0), (5, 2.0)], []], [5, 100], 10)
    function = RANGE_FUNCTIONS["holt_winters"].evaluate
    assert function(windows, [np.array([0.5, 7.0]), np.array([0.5, 0.5])]).present.tolist() == [
        [True, False],
        [False, False],
    ]
    with pytest.raises(EvaluationError, match="got: 7"):
        function(windows, [np.array([7.0, 0.5]), np.array([0.5, 0.5])])


def test_a_factor_that_is_nan_gives_nan() -> None:
    assert math.isnan(of_values("holt_winters", [1, 2], NAN, 0.5))
