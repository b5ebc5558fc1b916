"""The order of rows at a single step."""

import functools
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.query.promql.sorting import sort_by_label, sort_by_value
from metricbox.query.promql.values import Matrix


def column(values, present=None):
    labels = [(("row", str(row)),) for row in range(len(values))]
    shown = np.ones(len(values), np.bool_) if present is None else np.array(present)
    return Matrix(labels, np.array(values, float)[:, None], shown[:, None])


def named(name, values):
    return Matrix(
        [((name, one),) for one in values], np.ones((len(values), 1)), np.ones((len(values), 1), bool)
    )


def rows_of(matrix):
    return [int(labels[0][1]) for labels in matrix.labels]


def texts_of(matrix):
    return [labels[0][1] for labels in matrix.labels]


def test_nan_are_last_whichever_way():
    matrix = column([np.nan, 2, -np.inf, 3, np.inf])

    assert rows_of(sort_by_value(matrix, descending=False)) == [2, 1, 3, 4, 0]
    assert rows_of(sort_by_value(matrix, descending=True)) == [4, 3, 1, 2, 0]


def test_rows_that_are_not_present_do_not_stand_among_the_others():
    matrix = column([5, 1, 3], [True, False, True])

    assert rows_of(sort_by_value(matrix, descending=False)) == [2, 0, 1]
    assert rows_of(sort_by_value(matrix, descending=True)) == [0, 2, 1]


def test_a_range_is_left_as_it_is():
    matrix = Matrix([(("a", "2"),), (("a", "1"),)], np.array([[2.0, 2.0], [1.0, 1.0]]), np.ones((2, 2), bool))

    assert sort_by_value(matrix, descending=False) is matrix
    assert sort_by_label(matrix, ["a"], descending=False) is matrix


@pytest.mark.parametrize(
    "ordered",
    [
        ["cpu1", "cpu2", "cpu10", "cpu11"],
        ["1.2.3", "1.11.3", "1.111.3"],
        ["4m5", "4m600", "4m1000"],
        ["!", "0", "1", "a", "a1", "b"],
        ["9" * 5000, "1" + "0" * 5000],
        ["a", "a0", "a.", "aa"],
    ],
)
def test_labels_sort_in_natural_order(ordered):
    assert texts_of(sort_by_label(named("x", ordered[::-1]), ["x"], descending=False)) == ordered
    assert texts_of(sort_by_label(named("x", ordered), ["x"], descending=True)) == ordered[::-1]


def test_equal_rows_sort_by_all_their_labels_and_missing_ones_come_first():
    labels = [
        (("a", "x"), ("z", "2")),
        (("a", "w"), ("z", "2")),
        (("b", "1"),),
    ]
    matrix = Matrix(labels, np.ones((3, 1)), np.ones((3, 1), bool))

    assert sort_by_label(matrix, ["z"], descending=False).labels == [labels[2], labels[1], labels[0]]
    assert sort_by_label(matrix, ["z"], descending=True).labels == [labels[0], labels[1], labels[2]]


def test_the_first_label_that_differs_decides():
    labels = [(("a", a), ("b", b)) for a in "12" for b in "12"]
    matrix = Matrix(labels, np.ones((4, 1)), np.ones((4, 1), bool))

    assert sort_by_label(matrix, ["b", "a"], descending=False).labels == [
        labels[0],
        labels[2],
        labels[1],
        labels[3],
    ]


def compare_runs(one: str, other: str) -> int:
    """Natural order by its definition: the first run that differs decides, as numbers where both are digits."""
    runs = [["".join(run) for _, run in itertools.groupby(text, str.isdecimal)] for text in (one, other)]
    for left, right in zip(*runs, strict=False):
        if left.isdecimal() and right.isdecimal():
            if int(left) != int(right):
                return int(left) - int(right)
        elif left != right:
            return -1 if left < right else 1
    return len(runs[0]) - len(runs[1])


@given(st.lists(st.text("019ab.-é", max_size=6), min_size=2, max_size=6))
def test_natural_order_is_that_of_its_definition(values):
    # Equal by the natural order ("1", "01"): by the labels themselves.
    expected = sorted(sorted(values), key=functools.cmp_to_key(compare_runs))

    assert texts_of(sort_by_label(named("x", values), ["x"], descending=False)) == expected
