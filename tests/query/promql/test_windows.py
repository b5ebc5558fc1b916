"""Instant vectors and range vectors out of samples, compared with one step after the other."""

from bisect import bisect_left, bisect_right

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.model import STALE_MARKER
from metricbox.query.promql import windows
from metricbox.query.promql.windows import (
    Selected,
    make_windows,
    newest_samples,
    positions_after,
    without_stale_markers,
)

MINUTE_MS = 60_000
LOOKBACK_MS = 5 * MINUTE_MS
Sample = tuple[int, float]


def select(*rows: list[Sample]) -> Selected:
    samples = [sample for row in rows for sample in row]
    return Selected(
        [(("n", str(row)),) for row in range(len(rows))],
        np.cumsum([0, *(len(row) for row in rows)], dtype=np.int64),
        np.array([ts for ts, _ in samples], np.int64),
        np.array([value for _, value in samples], np.float64),
    )


def times(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, np.int64)


def newest(selected: Selected, *at: int, lookback_ms: int = LOOKBACK_MS) -> list[list[float | None]]:
    (values, present), seen_ms = newest_samples(selected, times(*at), lookback_ms)
    assert values.shape == present.shape == seen_ms.shape == (len(selected.labels), len(at))
    return [
        [value if is_there else None for value, is_there in zip(row, mask, strict=True)]
        for row, mask in zip(values.tolist(), present.tolist(), strict=True)
    ]


def test_a_sample_counts_for_exactly_the_lookback() -> None:
    """Closed at both ends, as in Prometheus 2.42."""
    selected = select([(0, 7.0)])
    assert newest(selected, -1, 0, 1) == [[None, 7, 7]]
    assert newest(selected, LOOKBACK_MS - 1, LOOKBACK_MS, LOOKBACK_MS + 1) == [[7, 7, None]]


def test_the_newest_of_each_series_counts() -> None:
    selected = select([(0, 1.0), (10, 2.0)], [], [(5, 3.0)])
    assert newest(selected, 0, 5, 10, 15) == [[1, 1, 2, 2], [None] * 4, [None, 3, 3, 3]]
    assert newest(selected, 4, 10, 11, 300) == [[1, 2, 2, 2], [None] * 4, [None, 3, 3, 3]]


def test_a_stale_marker_ends_a_series_until_its_next_sample() -> None:
    selected = select([(0, 1.0), (10, STALE_MARKER), (20, 2.0)])
    assert newest(selected, 9, 10, 19, 20) == [[1, None, None, 2]]


def test_not_a_number_is_a_value() -> None:
    (values, present), _ = newest_samples(select([(0, float("nan"))]), times(0, 1), LOOKBACK_MS)
    assert present.all()
    assert np.isnan(values).all()


def test_the_times_of_the_samples_are_told() -> None:
    _, seen_ms = newest_samples(select([(0, 1.0), (10, 2.0)]), times(5, 10, 12), LOOKBACK_MS)
    assert seen_ms.tolist() == [[0, 10, 10]]


def test_no_samples_at_all() -> None:
    assert newest(select(), 0, 1) == []
    assert newest(select([], []), 0, 1) == [[None, None]] * 2


def test_windows_are_closed_at_both_ends() -> None:
    selected = select([(0, 1.0), (10, 2.0), (20, 3.0)])
    found = make_windows(selected, times(20, 21, 30), times(20, 21, 30), 10)
    assert found.left.tolist() == [[1, 2, 2]]
    assert found.right.tolist() == [[3, 3, 3]]
    assert (found.start_ms.tolist(), found.end_ms.tolist()) == ([10, 11, 20], [20, 21, 30])


def test_windows_hold_no_stale_markers() -> None:
    selected = select([(0, STALE_MARKER), (10, 2.0), (20, STALE_MARKER)], [(10, STALE_MARKER)], [(10, 4.0)])
    found = make_windows(selected, times(20), times(20), 20)
    assert found.values.tolist() == [2.0, 4.0]
    assert (found.left.tolist(), found.right.tolist()) == ([[0], [1], [1]], [[1], [1], [2]])
    assert without_stale_markers(select([(0, 1.0)])).values.tolist() == [1.0]


# ---- in any case

ROWS = st.lists(
    st.lists(st.integers(-50, 50), max_size=12, unique=True).map(
        lambda ts: [(one, float(one)) for one in sorted(ts)]
    ),
    min_size=1,
    max_size=4,
)
REGULAR = st.builds(
    lambda first, step, count: [first + step * number for number in range(count)],
    st.integers(-60, 60),
    st.integers(1, 30),
    st.integers(1, 8),
)


def positions_plainly(rows: list[list[Sample]], at: list[int]) -> list[list[int]]:
    found, before = [], 0
    for row in rows:
        found.append([before + bisect_right([ts for ts, _ in row], time) for time in at])
        before += len(row)
    return found


@given(rows=ROWS, at=REGULAR)
def test_regular_times_need_no_search(rows: list[list[Sample]], at: list[int]) -> None:
    expected = positions_plainly(rows, at)
    assert positions_after(select(*rows), times(*at)).tolist() == expected
    assert windows._positions_by_search(select(*rows), times(*at)).tolist() == expected


@given(rows=ROWS, at=st.lists(st.integers(-60, 60), min_size=1, max_size=8).map(sorted))
def test_irregular_and_equal_times(rows: list[list[Sample]], at: list[int]) -> None:
    """As local days are, and those of an `@`."""
    assert positions_after(select(*rows), times(*at)).tolist() == positions_plainly(rows, at)


@pytest.mark.parametrize("at", [[0], [5, 5, 5], [-100, 0, 100], [-(2**40), 2**40]])
def test_times_far_outside(at: list[int]) -> None:
    rows = [[(0, 1.0), (3, 2.0)], [], [(-5, 1.0)]]
    assert positions_after(select(*rows), times(*at)).tolist() == positions_plainly(rows, at)


@given(rows=ROWS, at=REGULAR, lookback_ms=st.integers(1, 40))
def test_newest_samples_by_definition(rows: list[list[Sample]], at: list[int], lookback_ms: int) -> None:
    def plainly(row: list[Sample], time: int) -> float | None:
        before = [value for ts, value in row if time - lookback_ms <= ts <= time]
        return before[-1] if before else None

    assert newest(select(*rows), *at, lookback_ms=lookback_ms) == [
        [plainly(row, time) for time in at] for row in rows
    ]


@given(rows=ROWS, at=REGULAR, range_ms=st.integers(1, 60), offset_ms=st.integers(-20, 20))
def test_windows_by_definition(
    rows: list[list[Sample]], at: list[int], range_ms: int, offset_ms: int
) -> None:
    ends = times(*at) - offset_ms
    found = make_windows(select(*rows), times(*at), ends, range_ms)
    assert found.times_ms.tolist() == at
    for number, row in enumerate(rows):
        stamps = [ts for ts, _ in row]
        for step, end in enumerate(ends.tolist()):
            window = found.ts_ms[found.left[number, step] : found.right[number, step]].tolist()
            assert window == stamps[bisect_left(stamps, end - range_ms) : bisect_right(stamps, end)]
