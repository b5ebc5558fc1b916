"""What each range function reads of a rollup's rows, so that its answer is that of the raw samples where there is one.

A window is made of whole buckets. One that is shorter than it has to be is made longer; what grows with the length of a
window (an increase, a sum) is scaled back to the length that was asked for, so that a curve keeps its height whichever
table it is read from.
"""

from collections.abc import Mapping
from typing import NamedTuple

from metricbox.query.promql.nodes import (
    Aggregate,
    Binary,
    Call,
    MatrixSelector,
    Negation,
    Node,
    Subquery,
    VectorSelector,
)


class RollupFunction(NamedTuple):
    column: str
    """Of PartialColumns, or `means`."""
    function: str
    """Of RANGE_FUNCTIONS, evaluated on that column with one sample a bucket."""
    divisor: str | None = None
    """Column whose sum the result is divided by."""
    is_per_second: bool = False
    """The result is divided by the length of the window."""
    grows: bool = False
    """The result grows with the length of the window."""
    least_buckets: int = 1
    is_exact: bool = True
    """Whether it equals the function of the raw samples in the window, for windows of whole buckets."""


ROLLUP_FUNCTIONS: Mapping[str, RollupFunction] = {
    "rate": RollupFunction("increases", "sum_over_time", is_per_second=True),
    "irate": RollupFunction("increases", "last_over_time", is_per_second=True, is_exact=False),
    "increase": RollupFunction("increases", "sum_over_time", grows=True),
    "avg_over_time": RollupFunction("sums", "sum_over_time", divisor="counts"),
    "sum_over_time": RollupFunction("sums", "sum_over_time", grows=True),
    "count_over_time": RollupFunction("counts", "sum_over_time", grows=True),
    "min_over_time": RollupFunction("mins", "min_over_time"),
    "max_over_time": RollupFunction("maxs", "max_over_time"),
    "last_over_time": RollupFunction("lasts", "last_over_time"),
    "first_over_time": RollupFunction("firsts", "first_over_time"),
    "present_over_time": RollupFunction("lasts", "present_over_time"),
    "absent_over_time": RollupFunction("lasts", "present_over_time"),
    "delta": RollupFunction("lasts", "delta", grows=True, least_buckets=2, is_exact=False),
    "idelta": RollupFunction("lasts", "idelta", least_buckets=2, is_exact=False),
    "resets": RollupFunction("lasts", "resets", least_buckets=2, is_exact=False),
    "changes": RollupFunction("lasts", "changes", least_buckets=2, is_exact=False),
}


def rollup_function(name: str) -> RollupFunction:
    """What is not in the table (deriv, quantile_over_time, stddev_over_time and the like) sees the means of buckets."""
    return ROLLUP_FUNCTIONS.get(name) or RollupFunction("means", name, least_buckets=2, is_exact=False)


def rollup_columns_of(node: Node) -> frozenset[str]:
    """The columns of PartialColumns that an evaluation on a rollup looks at."""
    match node:
        case VectorSelector() | MatrixSelector():
            return frozenset({"lasts"})
        case Call(name, arguments):
            return frozenset().union(
                *(
                    _columns_of_function(name) if isinstance(one, MatrixSelector) else rollup_columns_of(one)
                    for one in arguments
                )
            )
        case Subquery(expression) | Negation(expression):
            return rollup_columns_of(expression)
        case Aggregate(_, expression, _, parameter):
            return rollup_columns_of(expression) | (
                rollup_columns_of(parameter) if parameter else frozenset()
            )
        case Binary(_, left, right):
            return rollup_columns_of(left) | rollup_columns_of(right)
        case _:
            return frozenset()


def _columns_of_function(name: str) -> frozenset[str]:
    function = rollup_function(name)
    column = {"sums", "counts"} if function.column == "means" else {function.column}
    return frozenset(column | ({function.divisor} if function.divisor else set()))
