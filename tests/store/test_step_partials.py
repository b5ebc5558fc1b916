"""Rollup rows joined by group and step, compared with one row after the other."""

from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from metricbox.store.partials import PartialColumns, empty_partials
from metricbox.store.step_partials import (
    Grouping,
    StepPartials,
    concat_steps,
    empty_steps,
    join_steps,
    steps_of_partials,
)

Row = tuple[int, int, int, float]
"""Series, bucket, count, value."""


def partials(rows: list[Row]) -> PartialColumns:
    """The last value is the row's; the others follow from it, so that columns cannot be mixed up."""
    if not rows:
        return empty_partials()
    ids, buckets, counts, values = zip(*sorted(rows), strict=True)
    last = np.array(values, np.float64)
    return PartialColumns(
        np.array(ids, np.int64), np.array(buckets, np.int64), np.array(counts, np.int64),
        last * 10, last - 1, last + 1, last - 0.5, last, np.abs(last) / 4,
    )  # fmt: skip


def tuples(steps: StepPartials) -> list[tuple[Any, ...]]:
    return list(zip(*(column.tolist() for column in steps), strict=True))


def join_plainly(rows: list[Row], groups: list[list[int]], edges: list[int]) -> list[tuple[Any, ...]]:
    found = []
    for number, group in enumerate(groups):
        for step, (start, end) in enumerate(pairwise(edges)):
            inside = [row for row in sorted(rows) if row[0] in group and start <= row[1] < end]
            if inside:
                buckets = [row[1] for row in inside]
                values = [row[3] for row in inside]
                newest = [row for row in inside if row[1] == max(buckets)]
                found.append(
                    (
                        number, step, len(inside), sum(row[2] for row in inside), sum(values) * 10,
                        min(values) - 1, max(values) + 1, newest[-1][3],
                        sum(abs(one) for one in values) / 4, min(buckets), max(buckets),
                    )
                )  # fmt: skip
    return found


ROWS = st.lists(
    st.tuples(st.integers(1, 6), st.integers(-3, 30).map(lambda n: n * 10), st.integers(1, 9),
              st.integers(-20, 20).map(float)),
    max_size=30, unique_by=lambda row: row[:2],
)  # fmt: skip
GROUPS = [[4, 1], [2], [6, 5, 3]]


@given(rows=ROWS, edges=st.lists(st.integers(-2, 28), min_size=2, max_size=8, unique=True))
def test_rows_are_joined_by_definition(rows: list[Row], edges: list[int]) -> None:
    """Steps of any length, as local days are."""
    bounds = [edge * 10 for edge in sorted(edges)]
    found = steps_of_partials(partials(rows), Grouping.of(GROUPS), np.array(bounds, np.int64))
    assert tuples(found) == join_plainly(rows, GROUPS, bounds)


@given(rows=ROWS, cut=st.integers(-3, 30))
def test_parts_joined_first_make_the_same(rows: list[Row], cut: int) -> None:
    """A store may join segments of time one by one."""
    edges, grouping = np.array([0, 100, 200, 300]), Grouping.of(GROUPS)
    parts = [
        steps_of_partials(partials([row for row in rows if (row[1] < cut * 10) is is_early]), grouping, edges)
        for is_early in (False, True)
    ]
    whole = steps_of_partials(partials(rows), grouping, edges)
    assert tuples(join_steps(concat_steps(parts))) == tuples(whole)


def test_a_grouping_is_sorted_by_id() -> None:
    grouping = Grouping.of([[30, 1], [2]])
    assert (grouping.series_ids.tolist(), grouping.groups.tolist()) == ([1, 2, 30], [0, 1, 0])
    assert Grouping.of([]).series_ids.dtype == Grouping.of([]).groups.dtype == np.int64


def test_nothing_makes_nothing() -> None:
    found = steps_of_partials(empty_partials(), Grouping.of([]), np.array([0, 10]))
    assert found.size == empty_steps().size == concat_steps([]).size == join_steps(empty_steps()).size == 0
    assert [column.dtype for column in empty_steps()] == [
        column.dtype
        for column in steps_of_partials(partials([(1, 0, 1, 1.0)]), Grouping.of([[1]]), np.array([0, 10]))
    ]


def test_sums_beyond_the_largest_double_are_no_fault() -> None:
    rows = partials([(1, 0, 1, 1.7e307), (1, 10, 1, 1.7e307)])
    found = steps_of_partials(rows, Grouping.of([[1]]), np.array([0, 20]))
    assert found.sums.tolist() == [float("inf")]
