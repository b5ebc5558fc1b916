"""The evaluator: selectors, offsets, subqueries, bounds; what functions do is tested with them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.errors import EvaluationError, LimitExceededError, ValidationError
from metricbox.model import STALE_MARKER, Labels
from metricbox.query.promql.evaluate import MAX_CELLS, Evaluation
from metricbox.query.promql.functions import VECTOR_FUNCTIONS
from metricbox.query.promql.parse import parse
from metricbox.query.promql.scanning import MAX_DEPTH, MAX_OPERATORS
from metricbox.query.promql.values import Matrix, Scalars, Text, Windows
from tests.promql.memory_source import MemorySource

MINUTE_MS = 60_000
Shown = dict[Labels, list[float | None]]


@pytest.fixture
def source() -> MemorySource:
    """a{h="x"} is the minute; a{h="y"} twice that, until its end at minute 5; b alone."""
    source = MemorySource()
    minutes = [(minute * MINUTE_MS, float(minute)) for minute in range(11)]
    source.add((("__name__", "a"), ("h", "x")), minutes)
    source.add(
        (("__name__", "a"), ("h", "y")),
        [(ts, 2 * value) for ts, value in minutes[:5]] + [(5 * MINUTE_MS, STALE_MARKER)],
    )
    source.add((("__name__", "b"),), [(0, 100.0)])
    return source


def run(source: MemorySource, text: str, *minutes: float) -> Shown:
    times_ms = np.array([int(minute * MINUTE_MS) for minute in minutes], np.int64)
    value = Evaluation(source, times_ms).run(parse(text))
    if isinstance(value, Scalars):
        return {(): value.values.tolist()}
    assert isinstance(value, Matrix)
    assert value.values.shape == value.present.shape == (value.size, len(minutes))
    return {
        labels: [one if is_there else None for one, is_there in zip(row, mask, strict=True)]
        for labels, row, mask in zip(value.labels, value.values.tolist(), value.present.tolist(), strict=True)
    }


def only(source: MemorySource, text: str, *minutes: float) -> list[float | None]:
    """The values of the one series of the answer."""
    ((_, values),) = run(source, text, *minutes).items()
    return values


def test_a_selector_finds_the_newest_sample(source: MemorySource) -> None:
    assert run(source, "a", 3, 3.5, 5, 6) == {
        (("__name__", "a"), ("h", "x")): [3, 3, 5, 6],
        (("__name__", "a"), ("h", "y")): [6, 6, None, None],
    }


def test_the_lookback_is_five_minutes_closed(source: MemorySource) -> None:
    assert only(source, "b", 5) == [100]
    assert run(source, "b", 5.001) == {}
    assert only(source, "b", 4, 5, 6) == [100, 100, None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a{h="x"} offset 2m', [1, 2]),
        ('a{h="x"} offset -2m', [5, 6]),
        ('a{h="x"} @ 60', [1, 1]),
        ('a{h="x"} @ 60 offset 1m', [0, 0]),
        ('a{h="x"} @ start()', [3, 3]),
        ('a{h="x"} @ end()', [4, 4]),
        ('sum_over_time(a{h="x"}[2m])', [1 + 2 + 3, 2 + 3 + 4]),
        ('sum_over_time(a{h="x"}[2m] offset 1m)', [0 + 1 + 2, 1 + 2 + 3]),
        ('sum_over_time(a{h="x"}[2m] @ 240)', [2 + 3 + 4, 2 + 3 + 4]),
        ('sum_over_time(a{h="x"}[2m:1m])', [1 + 2 + 3, 2 + 3 + 4]),
        ('sum_over_time(a{h="x"}[2m:] offset 1m)', [0 + 1 + 2, 1 + 2 + 3]),
        ('sum_over_time((a{h="x"} @ start())[2m:1m])', [9, 9]),
        ('max_over_time(sum_over_time(a{h="x"}[1m:1m])[2m:2m])', [3, 7]),
        ('timestamp(a{h="x"} offset 1m)', [120, 180]),
        ("time()", [180, 240]),
        ("scalar(sum(a))", [9, 12]),
    ],
)
def test_times(source: MemorySource, text: str, expected: list[float]) -> None:
    assert only(source, text, 3, 4) == expected


def test_the_grid_of_a_subquery_does_not_move_with_the_query(source: MemorySource) -> None:
    """Trap B086: multiples of its step."""
    text = 'count_over_time(a{h="x"}[3m:2m])'
    assert only(source, text, 4) == [2]
    assert only(source, text, 4.9) == [2]
    assert only(source, 'sum_over_time(a{h="x"}[3m:2m])', 4.9) == [2 + 4]


def test_absence(source: MemorySource) -> None:
    assert run(source, 'absent(b{x="1",y=~"2"})', 0, 9) == {(("x", "1"),): [1, 1]}
    assert run(source, "absent(b)", 0, 9) == {(): [None, 1]}
    assert run(source, "absent(a)", 0, 9) == {(): [None, None]}
    assert run(source, "absent_over_time(b[1m])", 0, 9) == {(): [None, 1]}


def test_range_functions_drop_the_name(source: MemorySource) -> None:
    assert set(run(source, "rate(a[2m])", 3)) == {(("h", "x"),), (("h", "y"),)}
    assert set(run(source, "last_over_time(b[2m])", 1)) == {(("__name__", "b"),)}


def test_series_that_become_equal_are_a_fault(source: MemorySource) -> None:
    source.add((("__name__", "c"),), [(0, 1.0)])
    with pytest.raises(EvaluationError, match="vector cannot contain metrics with the same labelset"):
        run(source, 'count_over_time({__name__=~"b|c"}[2m])', 0)


def test_an_instant_may_be_a_range_vector(source: MemorySource) -> None:
    node = parse('a{h="x"}[2m]')
    windows = Evaluation(source, np.array([3 * MINUTE_MS])).run_windows(node)  # type: ignore[arg-type]
    assert isinstance(windows, Windows)
    assert windows.values.tolist() == [1, 2, 3]


def test_literals(source: MemorySource) -> None:
    assert only(source, "1.5", 0, 1) == [1.5, 1.5]
    assert Evaluation(source, np.array([0])).run(parse('"x"')) == Text("x")


def test_a_selector_is_read_once(source: MemorySource, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    select = source.select
    monkeypatch.setattr(source, "select", lambda *args: (reads.append(args), select(*args))[1])
    run(source, "a + a - a / a", 3, 4)
    assert len(reads) == 1


# ---- bounds


@pytest.mark.parametrize(
    "text",
    [
        "count_over_time(a[290y:1ms])",
        "count_over_time(vector(1)[1y:10ms])",
        "max_over_time(count_over_time(a[60h:10ms])[60h:10ms])",
        "sum_over_time((a + a + a + a + a + a + a + a)[10h:10ms])",
    ],
)
def test_steps_within_steps_are_bounded_too(source: MemorySource, text: str) -> None:
    """Trap B092."""
    with pytest.raises(LimitExceededError, match="use a longer step"):
        run(source, text, 0)


def test_the_bound_is_one_for_all_nodes(source: MemorySource) -> None:
    steps = MAX_CELLS // 20
    evaluation = Evaluation(source, np.arange(steps, dtype=np.int64))
    evaluation.run(parse("b"))
    for _ in range(8):
        evaluation.run(parse("b"))
    with pytest.raises(LimitExceededError):
        evaluation.run(parse("b + b + b"))


@pytest.mark.parametrize(
    "text",
    [
        "b" + "+b" * MAX_OPERATORS,
        "b" + "^b" * MAX_OPERATORS,
        "-" * MAX_OPERATORS + "b",
        "abs(" * MAX_DEPTH + "b" + ")" * MAX_DEPTH,
        "sum(" * MAX_DEPTH + "-" * MAX_OPERATORS + "b" + ")" * MAX_DEPTH,
        "max_over_time(" * (MAX_DEPTH - 1) + "(b" + "+b" * MAX_OPERATORS + ")" + "[1m:1m])" * (MAX_DEPTH - 1),
    ],
    ids=lambda text: text[:16],
)
def test_the_largest_expressions_are_evaluated(source: MemorySource, text: str) -> None:
    run(source, text, 0)


# ---- any expression

NUMBERS = st.sampled_from(["0", "-0", "1", "0.5", "NaN", "Inf", "-Inf", "1e308", "5"])
DURATIONS = st.sampled_from(["1ms", "1s", "1m", "90s", "5m", "1h", "290y"])
SELECTORS = st.builds(
    "{}{}".format,
    st.sampled_from(
        ["a", "b", "nothing", 'a{h="x"}', 'a{h!="x"}', 'a{h=~"x|y"}', '{__name__=~"a|b"}', 'a{h="x" or h="y"}']
    ),
    st.sampled_from(["", "", " offset 1m", " offset -90s", " @ 60", " @ -1", " @ start()", " @ end() offset 1m"]),
)  # fmt: skip
OPERATORS = st.sampled_from(
    ["+", "-", "*", "/", "%", "^", "atan2", "==", "!=", ">", "<= bool", "and", "or", "unless", "+ on()",
     "* on(h)", "- ignoring(h)", "* on(h) group_left", "* ignoring(h) group_right(h)", "and on(h)",
     "unless ignoring(h)"]
)  # fmt: skip
AGGREGATIONS = st.sampled_from(
    ["sum", "avg by (h)", "min without (h)", "max", "count", "group", "stddev", "stdvar by ()"]
)
WITH_PARAMETER = st.sampled_from(["topk", "bottomk by (h)", "quantile", 'count_values("v",'])
RANGE_FUNCTIONS_OF_ONE = st.sampled_from(
    ["rate", "irate", "increase", "delta", "idelta", "deriv", "changes", "resets", "avg_over_time", "sum_over_time",
     "min_over_time", "max_over_time", "count_over_time", "last_over_time", "stddev_over_time", "absent_over_time",
     "present_over_time"]
)  # fmt: skip
PLAIN_FUNCTIONS = st.sampled_from(
    sorted(name for name in VECTOR_FUNCTIONS if name in {
        "abs", "ceil", "floor", "exp", "ln", "sqrt", "sgn", "scalar", "sort", "sort_desc", "timestamp", "hour",
        "day_of_month", "days_in_month", "absent", "deg", "acosh", "log2", "vector", "round", "time",
    })
)  # fmt: skip


def _extend(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, inner, OPERATORS, inner),
        st.builds("-{}".format, inner),
        st.builds("{}({})".format, AGGREGATIONS, inner),
        st.builds("topk({}, {})".format, NUMBERS, inner),
        st.builds("quantile by (h) ({}, {})".format, NUMBERS, inner),
        st.builds('count_values("v", {})'.format, inner),
        st.builds("{}({})".format, PLAIN_FUNCTIONS, inner),
        st.builds("clamp({}, {}, {})".format, inner, NUMBERS, NUMBERS),
        st.builds('label_replace({}, "{}", "$1", "h", "(.*)")'.format, inner, st.sampled_from(["n", "h", "__name__"])),
        st.builds('label_join({}, "h", "-", "h", "__name__")'.format, inner),
        st.builds("histogram_quantile({}, {})".format, NUMBERS, inner),
        st.builds("{}({}[{}:{}])".format, RANGE_FUNCTIONS_OF_ONE, inner, DURATIONS, DURATIONS),
        st.builds("quantile_over_time({}, {}[{}:1m] offset {})".format, NUMBERS, inner, DURATIONS, DURATIONS),
    )  # fmt: skip


EXPRESSIONS = st.recursive(
    SELECTORS
    | NUMBERS
    | st.builds("{}(a[{}])".format, RANGE_FUNCTIONS_OF_ONE, DURATIONS)
    | st.builds("predict_linear(a[{}], {})".format, DURATIONS, NUMBERS)
    | st.builds("holt_winters(a[{}], {}, 0.5)".format, DURATIONS, NUMBERS),
    _extend,
    max_leaves=5,
)


@settings(max_examples=400, deadline=None)
@given(
    text=EXPRESSIONS, minutes=st.sampled_from([(0,), (3, 4), (0, 1, 2, 3, 4, 5, 6, 7), (5.5,), (100, 200)])
)
def test_any_expression_has_a_value_or_a_fault_of_its_own(text: str, minutes: tuple[float, ...]) -> None:
    source = MemorySource()
    source.add((("__name__", "a"), ("h", "x")), [(minute * MINUTE_MS, float(minute)) for minute in range(9)])
    source.add((("__name__", "a"), ("h", "y")), [(0, float("inf")), (MINUTE_MS, float("nan"))])
    source.add((("__name__", "b"),), [(0, -1.0), (3 * MINUTE_MS, STALE_MARKER)])
    try:
        found = run(source, text, *minutes)
    except (ValidationError, LimitExceededError, EvaluationError):
        return
    for labels in found:
        assert list(labels) == sorted(labels)
        assert all(value for _, value in labels)
