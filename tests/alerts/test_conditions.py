"""Conditions over columns."""

import numpy as np
import pytest

from metricbox.alerts.conditions import Condition, holds, is_worse

VALUES = np.array([1.0, 2.0, 3.0, np.nan, np.inf])


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("gt", [False, False, True, False, True]),
        ("gte", [False, True, True, False, True]),
        ("lt", [True, False, False, False, False]),
        ("lte", [True, True, False, False, False]),
        ("eq", [False, True, False, False, False]),
        ("ne", [True, False, True, False, True]),
    ],
)
def test_where_it_holds(condition: str, expected: list[bool]) -> None:
    assert holds(Condition(condition), VALUES, 2.0).tolist() == expected


def test_the_worst_value_is_the_one_furthest_on_the_bad_side() -> None:
    assert is_worse(Condition.GT, 5, 4)
    assert is_worse(Condition.LTE, 4, 5)
    assert not is_worse(Condition.LT, 5, 4)
