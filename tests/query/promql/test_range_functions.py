"""The table of functions, and what holds for all of them."""

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.query.promql.range_functions import RANGE_FUNCTIONS
from metricbox.query.promql.values import Windows
from tests.support.range_vectors import Table, evaluate, make_windows, window_sets

SCALARS = {
    "predict_linear": (60.0,),
    "holt_winters": (0.3, 0.6),
    "double_exponential_smoothing": (0.3, 0.6),
    "quantile_over_time": (0.9,),
}
NEED_TWO = {
    *("rate", "increase", "delta", "irate", "idelta", "deriv"),
    *("predict_linear", "holt_winters", "double_exponential_smoothing"),
}
ANYTHING = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324]), st.floats()
)


def run(name: str, windows: Windows) -> Table:
    return evaluate(name, windows, *SCALARS.get(name, ()))


def test_the_functions_are_those_of_prometheus() -> None:
    assert set(RANGE_FUNCTIONS) == NEED_TWO | {
        *("changes", "resets"),
        *(f"{name}_over_time" for name in ("avg", "sum", "count", "min", "max", "first", "last", "present")),
        *(f"{name}_over_time" for name in ("stddev", "stdvar", "quantile", "mad")),
        *(f"ts_of_{name}_over_time" for name in ("first", "last", "min", "max")),
    }


def test_a_sample_of_the_series_itself_keeps_its_name() -> None:
    kept = {name for name, function in RANGE_FUNCTIONS.items() if function.keeps_name}
    assert kept == {"first_over_time", "last_over_time"}


@pytest.mark.parametrize("name", RANGE_FUNCTIONS)
def test_a_window_without_enough_samples_has_no_value(name: str) -> None:
    row = [(60_000, 1.0), (70_000, 2.0)]
    (cells,) = run(name, make_windows([row], [0, 60_000, 70_000, 80_000, 90_000], 10_000))
    is_there = [cell is not None for cell in cells]
    needs_two = name in NEED_TWO
    assert is_there == [False, not needs_two, True, not needs_two, False]


@pytest.mark.parametrize("name", RANGE_FUNCTIONS)
def test_no_series_and_no_samples_give_nothing(name: str) -> None:
    assert run(name, make_windows([], [0, 10], 10)) == []
    assert run(name, make_windows([[], []], [0, 10], 10)) == [[None, None], [None, None]]


@pytest.mark.parametrize("name", RANGE_FUNCTIONS)
@settings(max_examples=30, deadline=None)
@given(window_sets(ANYTHING), st.randoms())
def test_a_series_does_not_notice_its_neighbours_and_nothing_warns(
    name: str, windows: Windows, random: Random
) -> None:
    """Warnings of numpy are errors in our tests."""
    together = run(name, windows)
    row = random.randrange(windows.shape[0])
    alone = windows._replace(
        labels=windows.labels[row : row + 1],
        left=windows.left[row : row + 1],
        right=windows.right[row : row + 1],
    )
    assert np.array_equal(
        np.array(run(name, alone), np.float64), np.array(together[row : row + 1], np.float64), equal_nan=True
    )
