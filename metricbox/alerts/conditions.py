"""Conditions of rules over columns of values. Pure numpy."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import numpy as np

from metricbox.model import BoolArray, Float64Array


class Condition(StrEnum):
    """How a value is compared with the threshold."""

    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    EQ = "eq"
    NE = "ne"


_COMPARE: dict[Condition, Callable[[Any, float], Any]] = {
    Condition.GT: np.greater,
    Condition.GTE: np.greater_equal,
    Condition.LT: np.less,
    Condition.LTE: np.less_equal,
    Condition.EQ: np.equal,
    Condition.NE: np.not_equal,
}
SIGNS = {
    Condition.GT: ">",
    Condition.GTE: ">=",
    Condition.LT: "<",
    Condition.LTE: "<=",
    Condition.EQ: "=",
    Condition.NE: "!=",
}


def holds(condition: Condition, values: Float64Array, threshold: float) -> BoolArray:
    """Where the condition holds. NaN holds nowhere, for `ne` either: it is no value to alert on."""
    result: BoolArray = _COMPARE[condition](values, threshold) & ~np.isnan(values)
    return result


def is_worse(condition: Condition, value: float, other: float) -> bool:
    """Whether `value` is further on the bad side than `other`: the peak of an alert is its worst value."""
    if condition in {Condition.LT, Condition.LTE}:
        return value < other
    return value > other
