"""The `_over_time` functions: worked out by hand, and against plain loops over the samples of each window."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.query.promql import over_time
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
VALUES = st.one_of(st.floats(-1e6, 1e6), st.integers(-3, 3).map(float), st.sampled_from([NAN, INF, -INF]))


def close(cells: Table, *, rel: float = 1e-9, scale: float = 1e-9) -> Table:
    return [
        [None if c is None else pytest.approx(c, rel=rel, abs=scale, nan_ok=True) for c in row]
        for row in cells
    ]


def of_each(windows: Windows, function: Callable[[list[float]], float]) -> Table:
    """A plain function of the values of each window that has some."""
    return evaluate_plainly(
        windows, lambda samples, *_: function([v for _, v in samples]) if samples else None
    )


def plain_sum(values: Sequence[float]) -> float:
    with np.errstate(all="ignore"):
        return math.fsum(values) if all(map(math.isfinite, values)) else float(np.sum(values))


def plain_variance(values: Sequence[float]) -> float:
    if not all(map(math.isfinite, values)):
        return NAN
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values) / len(values)


def plain_quantile(values: Sequence[float], wanted: float) -> float:
    """quantile of Prometheus 2.42; NaN sorts before all numbers."""
    if math.isnan(wanted):
        return NAN
    if not 0 <= wanted <= 1:
        return math.copysign(INF, wanted - 0.5)
    ordered = sorted(values, key=lambda value: (not math.isnan(value), value))
    rank = wanted * (len(ordered) - 1)
    lower = math.floor(rank)
    upper, weight = min(lower + 1, len(ordered) - 1), rank - lower
    return ordered[lower] * (1 - weight) + ordered[upper] * weight


# ---- sums and means


@settings(deadline=None)
@given(window_sets(VALUES))
def test_sums_means_and_counts_are_those_of_a_loop(windows: Windows) -> None:
    assert evaluate("sum_over_time", windows) == close(of_each(windows, plain_sum))
    assert evaluate("avg_over_time", windows) == close(of_each(windows, lambda v: plain_sum(v) / len(v)))
    assert evaluate("count_over_time", windows) == of_each(windows, lambda v: float(len(v)))
    assert evaluate("present_over_time", windows) == of_each(windows, lambda _: 1.0)


@pytest.mark.parametrize(
    ("values", "mean"),
    [
        ([1, 2, 3, 4, 5], 3),
        ([1, 2, INF, 3], INF),
        ([-INF, 0, -INF], -INF),
        ([1, INF, -INF], NAN),
        ([INF, INF, INF, -INF], NAN),
        ([1, NAN], NAN),
        # Sums that do not fit into a float, means that do.
        ([1e308] * 3, 1e308),
        ([-1.5e308, -1.5e308, 1.5e308], -0.5e308),
        ([1.7e308, -1.7e308], 0),
        ([1, 1e100, 1, -1e100], 0.5),
    ],
)
def test_means_at_the_edge_of_the_numbers(values: list[float], mean: float) -> None:
    assert of_values("avg_over_time", values) == pytest.approx(mean, nan_ok=True)


def test_a_mean_that_overflows_is_mended_where_it_did_only() -> None:
    rows = [[(0, 1.5), (10, 2.5)], [(0, 1e308), (10, 1e308)], [(0, INF), (10, 1.0)], []]
    assert evaluate("avg_over_time", make_windows(rows, [10], 10)) == [[2.0], [1e308], [INF], [None]]


def test_small_terms_survive_large_ones_in_a_sum() -> None:
    assert of_values("sum_over_time", [1, 1e100, 1, -1e100]) == 2
    assert of_values("sum_over_time", [1e308, 1e308]) == INF
    assert of_values("sum_over_time", [0.1] * 10) == 1.0


# ---- extremes and single samples


@settings(deadline=None)
@given(window_sets(VALUES))
def test_extremes_leave_nan_out_where_they_can(windows: Windows) -> None:
    def plain(values: Sequence[float], choose: Callable[..., float]) -> float:
        return choose([value for value in values if not math.isnan(value)], default=NAN)

    assert evaluate("min_over_time", windows) == close(
        of_each(windows, lambda v: plain(v, min)), rel=0, scale=0
    )
    assert evaluate("max_over_time", windows) == close(
        of_each(windows, lambda v: plain(v, max)), rel=0, scale=0
    )


@settings(deadline=None)
@given(window_sets(VALUES))
def test_first_and_last_samples_and_their_times(windows: Windows) -> None:
    assert evaluate("first_over_time", windows) == close(of_each(windows, lambda v: v[0]), rel=0, scale=0)
    assert evaluate("last_over_time", windows) == close(of_each(windows, lambda v: v[-1]), rel=0, scale=0)
    for name, place in (("ts_of_first_over_time", 0), ("ts_of_last_over_time", -1)):
        expected = evaluate_plainly(
            windows, lambda samples, *_, at=place: samples[at][0] / 1000 if samples else None
        )
        assert evaluate(name, windows) == expected


@settings(deadline=None)
@given(window_sets(VALUES))
def test_times_of_extremes_are_those_of_the_definition(windows: Windows) -> None:
    """compareOverTime of Prometheus 3."""

    def plain(samples: Sequence[Sample], *, sign: int) -> float | None:
        if not samples:
            return None
        found_ms, best = samples[0]
        for ts_ms, value in samples:
            if sign * value >= sign * best or math.isnan(best):
                found_ms, best = ts_ms, value
        return found_ms / 1000

    for name, sign in (("ts_of_max_over_time", 1), ("ts_of_min_over_time", -1)):
        expected = evaluate_plainly(windows, lambda samples, *_, up=sign: plain(samples, sign=up))
        assert evaluate(name, windows) == expected


def test_of_equal_extremes_the_last_one_gives_the_time_in_seconds() -> None:
    values = [3, 9, 1, 9, 1, 5]
    assert of_values("ts_of_max_over_time", values, step_ms=1500) == 4.5
    assert of_values("ts_of_min_over_time", values, step_ms=1500) == 6.0


# ---- spread


@settings(deadline=None)
@given(window_sets(VALUES))
def test_spread_is_that_of_a_loop(windows: Windows) -> None:
    variances = of_each(windows, plain_variance)
    assert evaluate("stdvar_over_time", windows) == close(variances, scale=1e-6)
    deviations = [[None if cell is None else math.sqrt(cell) for cell in row] for row in variances]
    assert evaluate("stddev_over_time", windows) == close(deviations, scale=1e-6)


def test_spread_by_hand() -> None:
    # Mean 5; squared distances 9 + 1 + 1 + 9.
    assert of_values("stdvar_over_time", [2, 4, 6, 8]) == 5
    assert of_values("stddev_over_time", [2, 4, 6, 8]) == math.sqrt(5)
    assert of_values("stdvar_over_time", [7]) == 0
    assert of_values("stdvar_over_time", [1.5990505637277868] * 3) == 0


@pytest.mark.parametrize("height", [0.0, 1.7e9, 1e15])
def test_spread_does_not_depend_on_the_height(height: float) -> None:
    values = [height + number / 8 for number in (16, 32, 48, 64)]
    assert of_values("stdvar_over_time", values) == pytest.approx(5, rel=1e-12)


@pytest.mark.parametrize("values", [[INF], [1, INF], [NAN], [1, NAN, 2]])
def test_the_spread_of_what_is_not_finite_is_not_known(values: list[float]) -> None:
    assert math.isnan(of_values("stdvar_over_time", values))
    assert math.isnan(of_values("stddev_over_time", values))


# ---- quantiles


@settings(deadline=None)
@given(window_sets(VALUES), st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.5, 1.0, -0.1, 1.1, NAN, INF])))
def test_quantiles_are_those_of_the_definition(windows: Windows, wanted: float) -> None:
    expected = of_each(windows, lambda values: plain_quantile(values, wanted))
    assert evaluate("quantile_over_time", windows, wanted) == close(expected)


@settings(deadline=None)
@given(window_sets(VALUES))
def test_the_median_distance_from_the_median(windows: Windows) -> None:
    def plain(values: Sequence[float]) -> float:
        median = plain_quantile(values, 0.5)
        return plain_quantile([abs(value - median) for value in values], 0.5)

    assert evaluate("mad_over_time", windows) == close(of_each(windows, plain))


def test_quantiles_by_hand() -> None:
    assert of_values("quantile_over_time", [4, 0, 3, 1, 2], 0.3) == pytest.approx(1.2)
    assert of_values("quantile_over_time", [0, 10], 0.75) == 7.5
    assert of_values("quantile_over_time", [8], 0.99) == 8
    # NaN is the smallest: of three, the median is the smaller number.
    assert of_values("quantile_over_time", [5, NAN, 3], 0.5) == 3
    assert of_values("mad_over_time", [4, 6, 2, 1, 999, 1, 2]) == 1


@pytest.mark.parametrize(
    ("wanted", "value"), [(-0.01, -INF), (1.01, INF), (-INF, -INF), (INF, INF), (NAN, NAN)]
)
def test_no_quantile_outside_of_zero_to_one(wanted: float, value: float) -> None:
    assert of_values("quantile_over_time", [1, 2], wanted) == pytest.approx(value, nan_ok=True)


def test_each_step_has_its_own_quantile() -> None:
    windows = make_windows([[(0, 1.0), (10, 3.0)], [(0, 5.0), (10, 9.0)]], [10, 10, 10], 10)
    cells = RANGE_FUNCTIONS["quantile_over_time"].evaluate(windows, [np.array([0.0, 0.5, 2.0])])
    assert cells.values.tolist() == [[1, 2, INF], [5, 7, INF]]


def test_blocks_of_windows_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long and short windows, in blocks of one to a few."""
    rows = [[(place, float(place * 7 % 10)) for place in range(count)] for count in (30, 1, 0, 12, 3)]
    windows = make_windows(rows, range(0, 40, 3), 25)
    whole = [evaluate("quantile_over_time", windows, 0.3), evaluate("mad_over_time", windows)]
    monkeypatch.setattr(over_time, "_BLOCK_CELLS", 20)
    assert [evaluate("quantile_over_time", windows, 0.3), evaluate("mad_over_time", windows)] == whole
