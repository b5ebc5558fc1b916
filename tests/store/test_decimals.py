"""Rounded sums are the decimal sums of exact arithmetic, and sums that are none are left alone."""

from decimal import Decimal
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.store.decimals import NO_DECIMAL, find_places, round_sums

DECIMALS = st.builds(
    lambda number, places: number / 10**places, st.integers(-(10**6), 10**6), st.integers(0, 4)
)


def rounded(values: list[float]) -> float:
    """The sum of one run."""
    array = np.array(values)
    sums = np.array([array.sum()])
    count, largest = np.array([len(values)]), np.array([np.abs(array).max()])
    return float(round_sums(sums, np.array([find_places(array).max()]), count, largest)[0])


def test_places_are_the_least_that_give_the_value_back() -> None:
    values = [0.0, -0.0, 7.0, 0.5, 2.25, 1e-9, 1e15, 1 / 3, 0.1 + 0.2, 1e-10, 1e300, float("inf")]
    assert find_places(np.array(values)).tolist() == [
        *(0, 0, 0, 1, 2, 9, 0, NO_DECIMAL, NO_DECIMAL, NO_DECIMAL, 0, 0)
    ]


@given(st.lists(DECIMALS, min_size=1, max_size=100))
def test_a_sum_of_decimals_is_the_double_nearest_to_the_exact_sum(values: list[float]) -> None:
    assert rounded(values) == float(sum(Decimal(repr(value)) for value in values))


@given(st.lists(DECIMALS, min_size=2, max_size=50), st.randoms())
def test_it_does_not_depend_on_the_order(values: list[float], chance: Random) -> None:
    again = values.copy()
    chance.shuffle(again)
    assert rounded(again) == rounded(values)


@pytest.mark.parametrize(
    "values", [[1 / 3, 0.5], [0.1 + 0.2], [1e16, 0.1], [1e308, 1e308, -1e308], [2.0**53, 1.0, 0.001]]
)
def test_where_it_is_not_certain_the_sum_stays(values: list[float]) -> None:
    with np.errstate(over="ignore"):
        assert rounded(values) == float(np.array(values).sum())


def test_places_are_found_in_every_block() -> None:
    numbers = np.arange(100_000)
    expected = np.where(numbers % 100 == 0, 0, np.where(numbers % 10 == 0, 1, 2))
    assert np.array_equal(find_places(numbers / 100), expected)
