"""What range functions read of a rollup: worked out on rows as a source has them."""

from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from metricbox.query.promql.evaluate import Evaluation
from metricbox.query.promql.parse import parse
from metricbox.query.promql.range_functions import RANGE_FUNCTIONS
from metricbox.query.promql.rollup_functions import ROLLUP_FUNCTIONS, rollup_columns_of, rollup_function
from metricbox.query.promql.source import Buckets
from metricbox.query.promql.values import Matrix
from metricbox.query.promql.windows import Selected
from metricbox.store.contract import Matcher
from metricbox.store.partials import PartialColumns

MINUTE_MS = 60_000
# Minutes 0 to 3: samples of a counter, its growth, and their means.
COUNTS, SUMS = [2, 1, 2, 4], [10.0, 9.0, 22.0, 60.0]
COLUMNS = {
    "counts": COUNTS, "sums": SUMS, "mins": [4, 9, 10, 13], "maxs": [6, 9, 12, 17],
    "firsts": [4, 9, 10, 13], "lasts": [6, 9, 12, 17], "increases": [2, 3, 3, 5],
}  # fmt: skip


class MinuteSource:
    """One series of one rollup; notes what it is asked for."""

    resolution_ms = MINUTE_MS

    def __init__(self, columns: Iterable[str] = tuple(COLUMNS)) -> None:
        self.asked: list[tuple[int, int]] = []
        self._columns = columns

    def select(self, alternatives: Sequence[Sequence[Matcher]], start_ms: int, end_ms: int) -> Selected:
        raise AssertionError("a rollup has no samples")

    def select_buckets(
        self, alternatives: Sequence[Sequence[Matcher]], start_ms: int, end_ms: int
    ) -> Buckets:
        self.asked.append((start_ms, end_ms))
        bucket_ms = np.arange(4, dtype=np.int64) * MINUTE_MS
        inside = (bucket_ms >= start_ms) & (bucket_ms < end_ms)
        columns = {name: np.array(COLUMNS[name], np.float64)[inside] for name in self._columns}
        labels = [(("__name__", "a"),)] if inside.any() else []
        offsets = np.array([0, inside.sum()] if inside.any() else [0], np.int64)
        return Buckets(labels, offsets, bucket_ms[inside], columns)


def evaluate(text: str, *times_ms: int) -> tuple[list[float | None], list[str]]:
    """Of the one series there is, and warnings."""
    evaluation = Evaluation(MinuteSource(), np.array(times_ms, np.int64))
    value = evaluation.run(parse(text))
    assert isinstance(value, Matrix)
    if not value.size:
        return [None] * len(times_ms), list(evaluation.warnings)
    (row,), (mask,) = value.values.tolist(), value.present.tolist()
    values = [one if is_there else None for one, is_there in zip(row, mask, strict=True)]
    return values, list(evaluation.warnings)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("increase(a[2m])", [5.0, 8.0]),
        ("rate(a[2m])", [5 / 120, 8 / 120]),
        ("avg_over_time(a[2m])", [19 / 3, 82 / 6]),
        ("sum_over_time(a[2m])", [19.0, 82.0]),
        ("count_over_time(a[2m])", [3.0, 6.0]),
        ("min_over_time(a[2m])", [4.0, 10.0]),
        ("max_over_time(a[2m])", [9.0, 17.0]),
        ("first_over_time(a[2m])", [4.0, 10.0]),
        ("last_over_time(a[2m])", [9.0, 17.0]),
        ("present_over_time(a[2m])", [1.0, 1.0]),
        ("a", [9.0, 17.0]),
    ],
)
def test_windows_of_whole_buckets_are_exact(text: str, expected: list[float]) -> None:
    values, warnings = evaluate(text, 2 * MINUTE_MS, 4 * MINUTE_MS)
    assert values == pytest.approx(expected)
    assert warnings == []


def test_a_bucket_counts_from_its_end_on() -> None:
    assert evaluate("a", MINUTE_MS - 2, MINUTE_MS - 1, 2 * MINUTE_MS - 2)[0] == [None, 6, 6]


def test_a_window_shorter_than_a_bucket_is_made_longer_and_keeps_the_height() -> None:
    for text, expected in (
        ("increase(a[30s])", 2.5),
        ("rate(a[30s])", 5 / 60),
        ("max_over_time(a[30s])", 17.0),
        ("sum_over_time(a[15s])", 15.0),
        ("increase(a[90s])", 6.0),
    ):
        values, warnings = evaluate(text, 4 * MINUTE_MS)
        assert values == [pytest.approx(expected)], text
        assert warnings == ["ranges are read in whole buckets of 1m; shorter ones were made longer"]


def test_what_is_not_exact_says_from_what_it_comes() -> None:
    values, warnings = evaluate("delta(a[2m])", 4 * MINUTE_MS)
    assert values[0] is not None
    assert "delta is worked out from the last values, one for each bucket" in warnings
    _, warnings = evaluate("quantile_over_time(0.5, a[4m])", 4 * MINUTE_MS)
    assert "quantile_over_time is worked out from the means, one for each bucket" in warnings
    assert evaluate("quantile_over_time(0, a[4m])", 4 * MINUTE_MS)[0] == [5.0]


def test_functions_that_need_two_samples_get_two_buckets() -> None:
    for name in ("delta", "idelta", "changes", "resets"):
        values, _ = evaluate(f"{name}(a[1m])", 4 * MINUTE_MS)
        assert values[0] is not None, name


def test_subqueries_see_instant_values() -> None:
    assert evaluate("max_over_time(a[2m:1m])", 3 * MINUTE_MS)[0] == [12.0]


def test_absence_is_seen() -> None:
    assert evaluate("absent_over_time(a[2m])", 2 * MINUTE_MS, 20 * MINUTE_MS)[0] == [None, 1]


def test_rows_are_read_once_for_all_columns() -> None:
    source = MinuteSource()
    Evaluation(source, np.array([4 * MINUTE_MS])).run(parse("avg_over_time(a[2m])"))
    assert len(set(source.asked)) == 1


def test_the_table_names_what_there_is() -> None:
    for name in [*ROLLUP_FUNCTIONS, *RANGE_FUNCTIONS]:
        function = rollup_function(name)
        assert function.column == "means" or function.column in PartialColumns._fields
        assert function.divisor is None or function.divisor in PartialColumns._fields
        assert function.function in RANGE_FUNCTIONS


_SCALARS = {"quantile_over_time": (0.5,), "predict_linear": (60,), "holt_winters": (0.5, 0.5)}
_SCALARS["double_exponential_smoothing"] = _SCALARS["holt_winters"]


def _call(name: str, argument: str) -> str:
    before = "".join(f"{one}, " for one in _SCALARS.get(name, ()) if name == "quantile_over_time")
    after = "".join(f", {one}" for one in _SCALARS.get(name, ()) if name != "quantile_over_time")
    return f"{name}({before}{argument}{after})"


@pytest.mark.parametrize(
    "text",
    [
        *(_call(name, "a[2m]") for name in sorted({*RANGE_FUNCTIONS, *ROLLUP_FUNCTIONS, "absent_over_time"})),
        "a",
        "-a + a * 2 > bool 1",
        "timestamp(a)",
        "absent(a)",
        "sum(rate(a[2m])) / count(a)",
        "topk(scalar(count_over_time(a[1m])), avg_over_time(a[2m]))",
        "max_over_time(rate(a[2m])[3m:1m])",
        "clamp(min_over_time(a[2m]), 0, scalar(a))",
        "vector(1) + time()",
    ],
)
def test_no_column_is_looked_at_that_is_not_told_before(text: str) -> None:
    node, times_ms = parse(text), np.array([2 * MINUTE_MS, 3 * MINUTE_MS], np.int64)
    found = Evaluation(MinuteSource(rollup_columns_of(node)), times_ms).run(node)
    expected = Evaluation(MinuteSource(), times_ms).run(node)
    assert type(found) is type(expected)
    assert repr(found) == repr(expected)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("a", {"lasts"}),
        ("rate(a[2m])", {"increases"}),
        ("avg_over_time(a[2m])", {"sums", "counts"}),
        ("deriv(a[2m])", {"sums", "counts"}),
        ("max_over_time(a[2m]) - a", {"maxs", "lasts"}),
        ("1", set()),
    ],
)
def test_few_columns_are_enough(text: str, columns: set[str]) -> None:
    assert rollup_columns_of(parse(text)) == columns
