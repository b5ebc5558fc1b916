"""Columns of results, and how two are put together."""

import numpy as np

from metricbox.model import Labels
from metricbox.query.columns import Columns, append_columns, drop_empty, join_columns

NAN = float("nan")


def columns(
    times: list[int], rows: dict[str, list[float]], counts: list[list[int]] | None = None, read: int = 0
) -> Columns:
    """Series are told apart by one label, `n`."""
    labels: list[Labels] = [(("n", name),) for name in rows]
    values = np.array(list(rows.values()), np.float64).reshape(len(rows), len(times))
    counted = None if counts is None else np.array(counts, np.int64).reshape(values.shape)
    return Columns(np.array(times, np.int64), labels, values, counted, read)


def rows_of(found: Columns) -> dict[str, list[float | None]]:
    return {
        labels[0][1]: [None if np.isnan(one) else one for one in row]
        for labels, row in zip(found.labels, found.values.tolist(), strict=True)
    }


def test_the_steps_of_the_one_follow_those_of_the_other() -> None:
    head = columns([0, 10], {"b": [1, 2]}, [[1, 1]], read=7)
    tail = columns([20], {"a": [4], "b": [3]}, [[2], [1]], read=3)
    both = append_columns(head, tail)
    assert both.times_ms.tolist() == [0, 10, 20]
    assert rows_of(both) == {"a": [None, None, 4], "b": [1, 2, 3]}
    assert both.counts is not None
    assert both.counts.tolist() == [[0, 0, 2], [1, 1, 1]]
    assert both.samples_read == 3
    assert list(both.labels) == sorted(both.labels)


def test_parts_are_joined_as_they_are_appended_one_by_one() -> None:
    parts = [
        columns([0, 10], {"b": [1, 2]}, read=7),
        columns([20], {}, read=1),
        columns([30, 40], {"a": [3, NAN], "c": [4, 5]}, read=2),
        columns([50], {"b": [6], "a": [7]}, read=3),
    ]
    joined, appended = join_columns(parts), parts[0]
    for part in parts[1:]:
        appended = append_columns(appended, part)
    assert rows_of(joined) == rows_of(appended)
    assert rows_of(joined)["b"] == [1, 2, None, None, None, 6]
    assert (joined.times_ms.tolist(), joined.counts) == ([0, 10, 20, 30, 40, 50], None)
    assert joined.samples_read == 3
    assert rows_of(join_columns(parts[:1])) == rows_of(parts[0])


def test_series_that_only_one_part_has_are_empty_in_the_other() -> None:
    both = append_columns(columns([0], {"old": [1]}), columns([10], {"new": [2]}))
    assert rows_of(both) == {"new": [None, 2], "old": [1, None]}
    assert both.counts is None


def test_nothing_may_be_appended_to_nothing() -> None:
    both = append_columns(columns([0], {}), columns([10], {}))
    assert (both.times_ms.tolist(), list(both.labels), both.values.shape) == ([0, 10], [], (0, 2))


def test_steps_are_cut_out_of_all_columns() -> None:
    part = columns([0, 10, 20], {"a": [1, 2, 3]}, [[4, 5, 6]]).steps(1, 3)
    assert (part.times_ms.tolist(), rows_of(part)) == ([10, 20], {"a": [2, 3]})
    assert part.counts is not None
    assert part.counts.tolist() == [[5, 6]]


def test_series_without_anything_are_dropped() -> None:
    """A sample without a value, as the first one of a rate, keeps its series."""
    found = drop_empty(
        columns([0, 10], {"a": [NAN, NAN], "b": [NAN, 1], "c": [NAN, NAN]}, [[0, 0], [0, 1], [1, 0]])
    )
    assert rows_of(found) == {"b": [None, 1], "c": [None, None]}
    assert found.counts is not None
    assert found.counts.tolist() == [[0, 1], [1, 0]]
    assert rows_of(drop_empty(columns([0], {"a": [NAN], "b": [0]}))) == {"b": [0]}


def test_the_size_grows_with_what_is_held() -> None:
    small = columns([0], {"a": [1]})
    large = columns(list(range(1000)), {"a": [1.0] * 1000}, [[1] * 1000])
    assert 0 < small.size_bytes < large.size_bytes
    assert large.size_bytes >= 24_000
