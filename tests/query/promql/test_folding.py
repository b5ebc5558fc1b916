"""Folds of overlapping windows against plain loops, and how exact they are."""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.model import Float64Array, Int64Array
from metricbox.query.promql.folding import (
    Columns,
    count_between,
    fold_windows,
    max_windows,
    min_windows,
    moment_windows,
    pick,
    regression_windows,
    sum_between,
    sum_windows,
    times_of_max,
)

NAN, INF = math.nan, math.inf
FLOATS = st.one_of(st.floats(-1e6, 1e6), st.integers(-3, 3).map(float), st.just(NAN))


def column(*values: float) -> Float64Array:
    return np.array(values, np.float64)


def all_windows(count: int) -> tuple[Int64Array, Int64Array]:
    """Every [left, right) of so many samples, the empty ones too."""
    pairs = [(left, right) for left in range(count + 1) for right in range(left, count + 1)]
    return np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])


def slices(values: Sequence[float] | Float64Array, left: Int64Array, right: Int64Array) -> list[Any]:
    return [values[first:last] for first, last in zip(left.tolist(), right.tolist(), strict=True)]


def test_samples_are_joined_in_their_order_whatever_the_length() -> None:
    # Numbers as decimal digits: joining is not commutative, so that an exchange shows.
    digits = column(*[1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3])
    tens = np.full(12, 10.0)

    def write_on(one: Columns, other: Columns) -> Columns:
        return one[0] * other[1] + other[0], one[1] * other[1]

    left, right = all_windows(12)
    numbers, _ = fold_windows([digits, tens], left, right, write_on, [-1.0, -1.0])
    expected = [
        int("".join(str(int(d)) for d in part)) if len(part) else -1 for part in slices(digits, left, right)
    ]
    assert numbers.tolist() == expected


def test_results_have_the_shape_of_the_windows_and_nothing_is_read_beyond() -> None:
    left = np.array([[0, 1, 3], [2, 3, 3]])
    right = np.array([[3, 3, 3], [2, 3, 0]])
    assert sum_windows(column(1, 2, 4), left, right).tolist() == [[7, 6, 0], [0, 0, 0]]


def test_windows_over_no_samples_are_empty() -> None:
    none = np.zeros((2, 2), np.int64)
    assert sum_windows(column(), none, none).tolist() == [[0, 0], [0, 0]]
    assert np.isnan(max_windows(column(), none, none)).all()
    assert pick(column(), none).shape == (2, 2)
    assert count_between(np.zeros(0, np.bool_), none, none).tolist() == [[0, 0], [0, 0]]


def test_a_sample_is_picked_and_a_place_outside_does_no_harm() -> None:
    assert pick(column(5, 6), np.array([[1, 0]])).tolist() == [[6, 5]]
    assert pick(column(5, 6), np.array([-1, 2])).shape == (2,)


@settings(deadline=None)
@given(st.lists(FLOATS, max_size=30))
def test_sums_and_extremes_are_those_of_a_loop(values: list[float]) -> None:
    left, right = all_windows(len(values))
    samples = column(*values)
    sums = sum_windows(samples, left, right).tolist()
    smallest = min_windows(samples, left, right).tolist()
    largest = max_windows(samples, left, right).tolist()
    for part, total, low, high in zip(slices(values, left, right), sums, smallest, largest, strict=True):
        assert total == pytest.approx(math.fsum(part), rel=1e-12, abs=1e-9, nan_ok=True)
        numbers = [value for value in part if not math.isnan(value)]
        assert low == pytest.approx(min(numbers, default=NAN), nan_ok=True)
        assert high == pytest.approx(max(numbers, default=NAN), nan_ok=True)


def test_a_sum_keeps_what_is_small_beside_large_terms() -> None:
    values = column(1, 1e100, 1, -1e100)
    assert sum_windows(values, np.array([0, 1]), np.array([4, 4])).tolist() == [2, 1]


@pytest.mark.parametrize(
    ("values", "total"),
    [([1, INF, 2], INF), ([-INF, 1], -INF), ([INF, -INF], NAN), ([INF, INF], INF), ([INF, NAN], NAN)],
)
def test_infinite_sums_stay(values: list[float], total: float) -> None:
    with np.errstate(all="ignore"):
        found = sum_windows(column(*values), np.array([0]), np.array([len(values)]))[0]
    assert found == pytest.approx(total, nan_ok=True)


@settings(deadline=None)
@given(st.lists(st.booleans(), max_size=30))
def test_flags_are_counted_and_summed_between_the_samples_of_a_window(flags: list[bool]) -> None:
    left, right = all_windows(len(flags) + 1)
    values = np.arange(1.0, len(flags) + 2)
    counts = count_between(np.array(flags, np.bool_), left, right).tolist()
    sums = sum_between(values, np.array(flags, np.bool_), left, right)
    assert (sums is None) == (not any(flags))
    for number, (first, last) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        flagged = [place for place in range(first, last - 1) if flags[place]]
        assert counts[number] == len(flagged)
        if sums is not None:
            assert sums[number] == sum(place + 1 for place in flagged)


def test_a_flag_between_two_series_is_in_no_window() -> None:
    # Two series of two samples; the fall from 9 to 1 is no reset.
    flags = np.array([False, True, False])
    left, right = np.array([[0], [2]]), np.array([[2], [4]])
    assert count_between(flags, left, right).tolist() == [[0], [0]]
    assert sum_between(column(8, 9, 1, 2), flags, left, right) is None


def test_the_largest_value_is_found_at_its_last_time() -> None:
    values, ts_ms = column(3, 5, NAN, 5, 1), np.array([10, 20, 30, 40, 50])
    assert times_of_max(values, ts_ms, np.array([0, 0, 2, 2]), np.array([5, 3, 3, 5])).tolist() == [
        40,
        20,
        30,
        40,
    ]


def test_only_nan_is_found_at_the_last_time_of_all() -> None:
    times = times_of_max(column(NAN, NAN, NAN), np.array([10, 20, 30]), np.array([0]), np.array([3]))
    assert times.tolist() == [30]


@settings(deadline=None)
@given(st.lists(st.integers(-1000, 1000), max_size=20), st.sampled_from([0.0, 1e6, 1.7e9, 1e15]))
def test_squared_distances_are_exact_at_any_height(numbers: list[int], height: float) -> None:
    values = [height + number / 8 for number in numbers]
    left, right = all_windows(len(values))
    found = moment_windows(column(*values), left, right).tolist()
    for part, squares in zip(slices(values, left, right), found, strict=True):
        exact = [Fraction(value) for value in part]
        mean = sum(exact) / max(len(exact), 1)
        assert squares == pytest.approx(float(sum((value - mean) ** 2 for value in exact)), rel=1e-12, abs=0)


def test_equal_values_have_no_distance_at_all() -> None:
    left, right = all_windows(7)
    assert not moment_windows(np.full(7, 1.5990505637277868), left, right).any()


def test_distances_from_what_is_not_finite_are_not_known() -> None:
    with np.errstate(all="ignore"):
        squares = moment_windows(column(1, INF, 2, NAN), np.array([0, 1, 2, 0]), np.array([2, 2, 4, 1]))
    assert np.isnan(squares).tolist() == [True, True, True, False]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 60_000), st.integers(-1000, 1000)), max_size=14),
    st.sampled_from([0.0, 1.7e9, 1e15]),
)
def test_a_line_is_exact_at_any_height_and_far_from_zero(
    samples: list[tuple[int, int]], height: float
) -> None:
    x = 3e10 + np.cumsum([float(distance) for distance, _ in samples])
    y = column(*[height + number / 8 for _, number in samples])
    left, right = all_windows(len(samples))
    found = regression_windows(x, y, left, right)
    for number, (first, last) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        xs, ys = ([Fraction(value) for value in part[first:last].tolist()] for part in (x, y))
        mean_x, mean_y = sum(xs) / max(len(xs), 1), sum(ys) / max(len(ys), 1)
        xx = float(sum((one - mean_x) ** 2 for one in xs))
        xy = float(sum((one - mean_x) * (other - mean_y) for one, other in zip(xs, ys, strict=True)))
        size = math.fsum(abs(float((a - mean_x) * (b - mean_y))) for a, b in zip(xs, ys, strict=True))
        assert found.mean_x[number] == pytest.approx(float(mean_x), rel=1e-15)
        assert found.mean_y[number] == pytest.approx(float(mean_y), rel=1e-15, abs=1e-12)
        assert found.xx[number] == pytest.approx(xx, rel=1e-12, abs=0)
        assert found.xy[number] == pytest.approx(xy, rel=1e-12, abs=1e-12 * size)
