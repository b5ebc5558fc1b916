"""Rows that lose their names, and rows that become equal by it."""

import numpy as np
import pytest

from metricbox.errors import EvaluationError
from metricbox.query.promql.values import (
    Matrix,
    drop_absent_rows,
    drop_names,
    empty_matrix,
    merge_equal,
    present_anywhere,
)

A, B = (("__name__", "a"), ("x", "1")), (("__name__", "b"), ("x", "1"))


def matrix(rows: dict[tuple[tuple[str, str], ...], list[float | None]]) -> Matrix:
    values = np.array([[-1.0 if one is None else one for one in row] for row in rows.values()])
    return Matrix(list(rows), values, np.array([[one is not None for one in row] for row in rows.values()]))


def shown(found: Matrix) -> list[list[float | None]]:
    return [
        [value if is_there else None for value, is_there in zip(row, mask, strict=True)]
        for row, mask in zip(found.values.tolist(), found.present.tolist(), strict=True)
    ]


def test_equal_rows_become_one_where_they_do_not_meet() -> None:
    found = merge_equal(drop_names(matrix({A: [1, None, None], B: [None, 2, None]})))
    assert (found.labels, shown(found)) == ([(("x", "1"),)], [[1, 2, None]])


def test_equal_rows_that_meet_are_a_fault() -> None:
    with pytest.raises(EvaluationError, match="vector cannot contain metrics with the same labelset"):
        merge_equal(drop_names(matrix({A: [1, None], B: [2, None]})))


def test_different_rows_stay_as_they_are() -> None:
    given = matrix({A: [1], B: [2]})
    assert merge_equal(given) is given


def test_rows_that_are_nowhere_are_dropped() -> None:
    found = drop_absent_rows(matrix({A: [None, None], B: [None, float("inf")]}))
    assert (found.labels, shown(found)) == ([B], [[None, float("inf")]])


def test_presence_is_of_any_row() -> None:
    assert present_anywhere(matrix({A: [1, None, None], B: [None, 2, None]}).present).tolist() == [
        True, True, False,
    ]  # fmt: skip
    assert present_anywhere(empty_matrix(2).present).tolist() == [False, False]
