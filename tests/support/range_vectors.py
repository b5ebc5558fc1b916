"""Range vectors for tests of PromQL functions, and what a function makes of them, cell by cell."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from metricbox.query.promql.range_functions import RANGE_FUNCTIONS
from metricbox.query.promql.values import Windows

Sample = tuple[int, float]
"""Time in ms, value."""

Table = list[list[Any]]
"""Per row and step a float; None where there is none."""


def make_windows(
    rows: Sequence[Sequence[Sample]], times_ms: Sequence[int], range_ms: int, offset_ms: int = 0
) -> Windows:
    """The samples of [time - offset - range, time - offset] of each row."""
    ends_ms = np.array(times_ms, np.int64) - offset_ms
    starts_ms = ends_ms - range_ms
    left, right, first = [], [], 0
    for row in rows:
        ts_ms = [ts for ts, _ in row]
        left.append([first + bisect_left(ts_ms, start) for start in starts_ms.tolist()])
        right.append([first + bisect_right(ts_ms, end) for end in ends_ms.tolist()])
        first += len(row)
    samples = [sample for row in rows for sample in row]
    shape = (len(rows), len(times_ms))
    return Windows(
        labels=[(("__name__", "m"), ("row", str(row))) for row in range(len(rows))],
        ts_ms=np.array([ts for ts, _ in samples], np.int64),
        values=np.array([value for _, value in samples], np.float64),
        left=np.array(left, np.int64).reshape(shape),
        right=np.array(right, np.int64).reshape(shape),
        start_ms=starts_ms,
        end_ms=ends_ms,
        times_ms=np.array(times_ms, np.int64),
        range_ms=range_ms,
    )


def evaluate(name: str, windows: Windows, *scalars: float) -> Table:
    """A scalar is the same at all steps."""
    columns = [np.full(windows.shape[1], scalar) for scalar in scalars]
    values, present = RANGE_FUNCTIONS[name].evaluate(windows, columns)
    assert values.shape == present.shape == windows.shape
    assert values.dtype == np.float64
    assert present.dtype == np.bool_
    return [
        [value if is_there else None for value, is_there in zip(row, mask, strict=True)]
        for row, mask in zip(values.tolist(), present.tolist(), strict=True)
    ]


def of_values(name: str, values: Sequence[float], *scalars: float, step_ms: int = 10_000) -> Any:
    """Of one window with these values, evenly spaced from its start to its end."""
    row = [(position * step_ms, value) for position, value in enumerate(values)]
    end_ms = max(len(values) - 1, 1) * step_ms
    return evaluate(name, make_windows([row], [end_ms], end_ms), *scalars)[0][0]


def evaluate_plainly(
    windows: Windows, function: Callable[[list[Sample], int, int, int], float | None]
) -> Table:
    """The same by a plain function of samples, start, end and time of evaluation (ms), called for each window."""
    return [[function(*window) for window in _iter_row(windows, row)] for row in range(windows.shape[0])]


def _iter_row(windows: Windows, row: int) -> Iterator[tuple[list[Sample], int, int, int]]:
    for step in range(windows.shape[1]):
        window = slice(int(windows.left[row, step]), int(windows.right[row, step]))
        samples = list(zip(windows.ts_ms[window].tolist(), windows.values[window].tolist(), strict=True))
        yield samples, int(windows.start_ms[step]), int(windows.end_ms[step]), int(windows.times_ms[step])


def window_sets(values: st.SearchStrategy[float]) -> st.SearchStrategy[Windows]:
    """Up to four series of uneven, sometimes missing samples under windows that overlap or leave gaps."""
    distances = st.lists(st.tuples(st.integers(1, 40_000), values), max_size=25)
    return st.builds(
        lambda rows, step, steps, range_ms, offset: make_windows(
            [_summed(row) for row in rows],
            [1_700_000_000_000 + number * step for number in range(steps)],
            range_ms,
            offset,
        ),
        st.lists(distances, min_size=1, max_size=4),
        st.integers(1, 120_000),
        st.integers(1, 8),
        st.integers(1, 400_000),
        st.sampled_from([0, 0, 30_000, -30_000]),
    )


def _summed(distances: Sequence[tuple[int, float]]) -> list[Sample]:
    ts_ms, row = 1_700_000_000_000 - 60_000, []
    for distance_ms, value in distances:
        ts_ms += distance_ms
        row.append((ts_ms, value))
    return row
