"""Prometheus's JSON, against numbers and texts as Prometheus 2.42 writes and reads them."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.errors import ValidationError
from metricbox.query.columns import Columns
from metricbox.query.expressions import ExpressionResult
from metricbox.query.promql.values import Matrix, Scalars, Text, Windows
from metricbox.store.tiers import RAW
from metricbox.web.prometheus_format import (
    encode_answer,
    format_times,
    format_value,
    parse_duration_ms,
    parse_time_ms,
    show_instant,
    show_range,
)

A, B = (("__name__", "m"), ("host", "a")), (("__name__", "m"), ("host", "b"))


# ---- values and times


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "-0"),
        (1.0, "1"),
        (0.1, "0.1"),
        (-2.5, "-2.5"),
        (1e16, "10000000000000000"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.5e300, "1.5e+300"),
        (0.00001, "0.00001"),
        (1e-6, "0.000001"),
        (9.99e-7, "9.99e-07"),
        (5e-324, "5e-324"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
        (math.nan, "NaN"),
    ],
)
def test_values_are_written_as_go_writes_them(value: float, text: str) -> None:
    assert format_value(value) == text


@given(st.floats(allow_nan=False))
def test_a_value_is_read_back_as_it_was(value: float) -> None:
    assert float(format_value(value)) == value


def test_times_are_seconds_and_whole_ones_have_no_fraction() -> None:
    assert json.dumps(format_times([0, 1000, 1500, -1, 1_795_600_800_123])) == (
        "[0, 1, 1.5, -0.001, 1795600800.123]"
    )
    assert format_times(np.array([2000, 2001], np.int64)) == [2, 2.001]


# ---- results


def range_result(values: list[list[float]], present: list[list[bool]]) -> ExpressionResult:
    times_ms = np.array([1000, 2000, 3000], np.int64)
    columns = Columns(times_ms, [B, A], np.array(values), None, 0)
    return ExpressionResult(columns, np.array(present), False, RAW, False, ())


def test_a_range_has_its_series_by_labels_and_only_what_is_present() -> None:
    result = range_result([[1.0, 2.0, 3.0], [math.nan, 5.0, 6.0]], [[True] * 3, [True, False, True]])
    assert show_range(result) == {
        "resultType": "matrix",
        "result": [
            {"metric": {"__name__": "m", "host": "a"}, "values": [(1, "NaN"), (3, "6")]},
            {"metric": {"__name__": "m", "host": "b"}, "values": [(1, "1"), (2, "2"), (3, "3")]},
        ],
    }
    assert show_range(range_result([[1.0] * 3] * 2, [[False] * 3] * 2))["result"] == []


def test_an_instant_has_the_shape_of_its_value() -> None:
    matrix = Matrix([B, A], np.array([[2.0], [1.0]]), np.array([[True], [True]]))
    assert show_instant(matrix, 1500) == {
        "resultType": "vector",
        # In the order that the expression gave, which is what sort() is for.
        "result": [
            {"metric": {"__name__": "m", "host": "b"}, "value": [1.5, "2"]},
            {"metric": {"__name__": "m", "host": "a"}, "value": [1.5, "1"]},
        ],
    }
    absent = matrix._replace(present=np.array([[False], [False]]))
    assert show_instant(absent, 0) == {"resultType": "vector", "result": []}
    scalar = show_instant(Scalars(np.array([math.inf])), 1000)
    assert scalar == {"resultType": "scalar", "result": [1, "+Inf"]}
    assert show_instant(Text("a"), 1000) == {"resultType": "string", "result": [1, "a"]}


def test_a_range_vector_is_shown_with_its_samples() -> None:
    windows = Windows(
        labels=[B, A],
        ts_ms=np.array([1000, 2000, 3000], np.int64),
        values=np.array([1.0, 2.0, 3.0]),
        left=np.array([[1], [2]]),
        right=np.array([[2], [3]]),
        start_ms=np.array([-2000], np.int64),
        end_ms=np.array([3000], np.int64),
        times_ms=np.array([3000], np.int64),
        range_ms=5000,
    )
    shown = show_instant(windows, 3000)
    assert shown["resultType"] == "matrix"
    assert [one["values"] for one in shown["result"]] == [[(3, "3")], [(2, "2")]]


# ---- answers


@pytest.mark.parametrize(
    "data",
    [
        {"resultType": "vector", "result": [{"metric": {"a": "größe"}, "value": [1, "NaN"]}]},
        {"resultType": "scalar", "result": [1, "2"]},
        {"resultType": "string", "result": [1, 'x"y']},
        {"groups": []},
        [],
        ["a", "b"],
        [{"a": "b"}],
        "sum(a)",
    ],
)
def test_an_answer_is_strict_json(data: object) -> None:
    assert json.loads(encode_answer(data, ())) == {"status": "success", "data": data}
    assert json.loads(encode_answer(data, ("careful",))) == {
        "status": "success",
        "data": data,
        "warnings": ["careful"],
    }


# ---- parameters


@pytest.mark.parametrize(
    ("text", "time_ms"),
    [
        ("0", 0),
        ("1.5", 1500),
        ("-1.5", -1500),
        ("+1", 1000),
        (".5", 500),
        ("5.", 5000),
        ("1e3", 1_000_000),
        ("1435781451.7816", 1_435_781_451_782),
        ("315569520000", 315_569_520_000_000),
        ("2015-07-01T20:10:51.7819Z", 1_435_781_451_781),
        ("2015-07-01T20:10:51.781999999999Z", 1_435_781_451_781),
        ("2015-07-01T20:10:51.781+02:00", 1_435_774_251_781),
        ("1969-12-31T23:59:59.9999Z", -1),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000),
        ("0001-01-01T00:00:00+12:00", -62_135_640_000_000),
        ("-292273086-05-16T16:47:06Z", -315_569_520_000_000),
        ("292277025-08-18T07:12:54.999999999Z", 315_569_520_000_000),
    ],
)
def test_times(text: str, time_ms: int) -> None:
    assert parse_time_ms("time", text) == time_ms


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "abc",
            "now",
            "NaN",
            "Inf",
            "-inf",
            "1e400",
            "1e20",
            "315569520001",
            "0x10",
            "1_000",
            " 1",
            "10s",
        ),
        *("2015-01-01", "2015-01-01T00:00:00", "2015-01-01 00:00:00Z", "2015-01-01t00:00:00z"),
        *("20150101T000000Z", "2015-01-01T00:00Z", "2015-W01-1T00:00:00Z", "2015-02-30T00:00:00Z"),
        *("2015-01-01T25:00:00Z", "2015-01-01T00:00:00 02:00", "٣", "9" * 5000),
    ],
)
def test_what_is_no_time_is_refused_in_prometheus_words(text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        parse_time_ms("start", text)
    expected = f'invalid parameter "start": cannot parse "{text[:100]}" to a valid timestamp'
    assert caught.value.details[0].message == expected
    with pytest.raises(ValidationError, match="Invalid time value for 'start': cannot parse"):
        parse_time_ms("start", text, is_optional=True)


@pytest.mark.parametrize(
    ("text", "duration_ms"),
    [
        ("0", 0),
        ("5", 5000),
        ("0.5", 500),
        ("-1", -1000),
        ("1e1", 10_000),
        ("30s", 30_000),
        ("1m30s", 90_000),
        ("1ms", 1),
        ("0s", 0),
        ("1y1d", 366 * 86_400_000),
        ("2w", 14 * 86_400_000),
        ("00030", 30_000),
        ("292y", 292 * 365 * 86_400_000),
    ],
)
def test_durations(text: str, duration_ms: int) -> None:
    assert parse_duration_ms("step", text) == duration_ms


@pytest.mark.parametrize(
    "text", ["", "abc", "-30s", "1.5m", "1s1m", "NaN", "5 s", "300y", "9" * 5000 + "s", "1h1h", "٣s"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        parse_duration_ms("step", text)
    expected = f'invalid parameter "step": cannot parse "{text[:100]}" to a valid duration'
    assert caught.value.details[0].message == expected


def test_a_number_that_is_no_duration_for_its_size_is_told_so() -> None:
    for text in ("1e20", "-1e20", "300000000000"):
        with pytest.raises(ValidationError, match="It overflows int64"):
            parse_duration_ms("step", text)
