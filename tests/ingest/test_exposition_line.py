"""One line of exposition text: what it holds, what a series is, what a wrong line is told."""

import contextlib
import math
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.ingest.exposition_line import (
    LineFaultError,
    make_series,
    parse_metadata,
    parse_sample,
    unescape,
)
from metricbox.ingest.series_table import SeriesFaultError
from metricbox.model import SeriesKey


@pytest.mark.parametrize(
    ("line", "key", "value", "ts_ms"),
    [
        (b"foo 5", b"foo", 5.0, None),
        (b"foo{} 5", b"foo{}", 5.0, None),
        (b"\tfoo\t 5\t", b"foo", 5.0, None),
        (b"foo  5  1700000000000  \r", b"foo", 5.0, 1_700_000_000_000),
        (b'foo {a="b",} +Inf', b'foo {a="b",}', math.inf, None),
        (b'foo{a="b"}5', b'foo{a="b"}', 5.0, None),
        (b'foo{a="} 1",b="\\"} 2"} -inf -1', b'foo{a="} 1",b="\\"} 2"}', -math.inf, -1),
        (b'foo{a="x # y"} 1e-3 # {trace_id="} 9"} 3.0 12.5', b'foo{a="x # y"}', 0.001, None),
        (b'{"my.name",a="b"} 2', b'{"my.name",a="b"}', 2.0, None),
        (b'{a="\\\\"} 0 0', b'{a="\\\\"}', 0.0, 0),
    ],
)
def test_parts_of_a_line_are_found(line: bytes, key: bytes, value: float, ts_ms: int | None) -> None:
    assert parse_sample(line, is_openmetrics=False) == (key, value, ts_ms)


def test_comments_and_blanks_behind_a_stamp_are_passed_over() -> None:
    """Trap B025."""
    for line in (b"foo 123 456 # note", b"foo 123 456  \t ", b"foo 123 456# note", b"foo 123 456 #"):
        assert parse_sample(line, is_openmetrics=False) == (b"foo", 123.0, 456)


@pytest.mark.parametrize("text", [b"NaN", b"nan", b"Nan", b"NAN"])
def test_no_number_is_written_in_any_case(text: bytes) -> None:
    sample = parse_sample(b"foo " + text, is_openmetrics=False)
    assert sample is not None
    assert math.isnan(sample.value)


@pytest.mark.parametrize(
    ("text", "ts_ms"),
    [(b"1700000000", 1_700_000_000_000), (b"1795582909.7319095", 1_795_582_909_732), (b"1.7e9", 1.7e12)],
)
def test_openmetrics_writes_seconds(text: bytes, ts_ms: float) -> None:
    """Trap B007: the format says the unit."""
    sample = parse_sample(b"foo 1 " + text, is_openmetrics=True)
    assert sample is not None
    assert sample.ts_ms == ts_ms


@pytest.mark.parametrize(
    "line", [b"", b"  \t\r", b"#", b"# COMMENT netdata", b"  # x 1 2 3", b"# TYPE a counter"]
)
def test_lines_without_a_sample_are_none(line: bytes) -> None:
    assert parse_sample(line, is_openmetrics=False) is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"foo", "has no value"),
        (b"foo # 5", "has no value"),
        (b"x{ 1", "not closed"),
        (b'foo{a="x 5', "not closed"),
        (b'{a="x} 5', "not closed"),
        (b"foo five", "'five' is not a value"),
        (b"foo 1_000", "not a value"),
        (b"foo 0x1p3", "not a value"),
        (b"foo 1 2.5", "whole milliseconds"),
        (b"foo 1 soon", "whole milliseconds"),
        (b"foo 1 99999999999999999999", "whole milliseconds"),
        (b"foo 1 2 3", "more than a value and a time stamp"),
        (b'foo{a="b"} 1 {c="d"}', "not a time stamp"),
    ],
)
def test_a_wrong_line_is_told_what_is_wrong(line: bytes, words: str) -> None:
    with pytest.raises(LineFaultError, match=words):
        parse_sample(line, is_openmetrics=False)


@pytest.mark.parametrize("text", [b"NaN", b"Inf", b"1e300", b"now"])
def test_a_stamp_is_a_time(text: bytes) -> None:
    with pytest.raises(LineFaultError, match="seconds since 1970"):
        parse_sample(b"foo 1 " + text, is_openmetrics=True)


@pytest.mark.parametrize(
    ("key", "name", "labels"),
    [
        (b"foo", "foo", {}),
        (b"foo{}", "foo", {}),
        (b"foo{ }", "foo", {}),
        (b'foo {b="2" , a = "1" ,}', "foo", {"a": "1", "b": "2"}),
        (b'foo{a="",b="x"}', "foo", {"b": "x"}),
        (b'foo{a="\\\\\\"\\n\\t,}={"}', "foo", {"a": '\\"\n\\t,}={'}),
        ('foo{a="k\u00fcche"}'.encode(), "foo", {"a": "k\u00fcche"}),
        (b'{"my.name"}', "my.name", {}),
        (b'{"my.name", "l.x" = "v", b="w"}', "my.name", {"l.x": "v", "b": "w"}),
        (b'{a="1", "my.name"}', "my.name", {"a": "1"}),
    ],
)
def test_a_key_makes_a_series(key: bytes, name: str, labels: dict[str, str]) -> None:
    assert make_series(key) == SeriesKey(name, tuple(sorted(labels.items())))


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (b'foo{a="1",a="2"}', "'a' comes more than once"),
        (b'foo{a="1","a"="2"}', "'a' comes more than once"),
        (b"foo{a}", "cannot be read from 'a}'"),
        (b"foo{a=1}", "cannot be read"),
        (b'foo{="1"}', "cannot be read"),
        (b'foo{,a="1"}', "cannot be read"),
        (b'foo{a="1",,b="2"}', "cannot be read"),
        (b'foo{a="1"b="2"}', "cannot be read"),
        (b'foo{a="1"} 1 {b="2"}', "stands behind the labels"),
        (b'foo{"bar"}', "'bar' has no value"),
        (b'{"foo","bar"}', "'bar' has no value"),
        (b'foo{a="x', "not closed"),
        (b"foo{", "not closed"),
        (b'foo{a="x}', "cannot be read"),
        (b'foo{a="\xff"}', "not UTF-8"),
        (b"f\xff", "not UTF-8"),
    ],
)
def test_a_key_that_makes_no_series_is_told_why(key: bytes, words: str) -> None:
    with pytest.raises(SeriesFaultError, match=words):
        make_series(key)


@settings(deadline=None)
@given(
    st.binary(max_size=60) | st.text(alphabet=' \t"\\{}=,#ab1\r', max_size=40).map(str.encode), st.booleans()
)
def test_nothing_but_a_fault_is_raised_whatever_the_bytes(line: bytes, is_openmetrics: bool) -> None:
    """Trap B035."""
    parse_metadata(line)
    with contextlib.suppress(LineFaultError, SeriesFaultError):
        sample = parse_sample(line, is_openmetrics=is_openmetrics)
        make_series(sample.key if sample else line)


@settings(deadline=None)
@given(
    st.from_regex(r"[a-z_:][a-z0-9_:]*", fullmatch=True),
    st.dictionaries(
        st.from_regex(r"[a-z_][a-z0-9_]*", fullmatch=True),
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
        max_size=4,
    ),
    st.floats(allow_nan=False),
)
def test_what_is_written_by_the_rules_is_read_as_it_was(
    name: str, labels: dict[str, str], value: float
) -> None:
    """Trap B003, in this format: escape, then read."""
    escapes = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
    shown = [f'{label}="{text.translate(escapes)}"' for label, text in labels.items()]
    line = f"{name}{{{','.join(shown)}}} {value!r} 17".encode()
    sample = parse_sample(line, is_openmetrics=False)
    assert sample is not None
    assert sample[1:] == (value, 17)
    assert make_series(sample.key) == SeriesKey(name, tuple(sorted(labels.items())))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b"# HELP foo Some  text ", ("HELP", "foo", "Some  text")),
        (b"# HELP foo", ("HELP", "foo", "")),
        (b'# HELP foo a \\\\ b\\nc \\"d\\"', ("HELP", "foo", 'a \\ b\nc "d"')),
        (b"#\tTYPE\tfoo\tcounter\r", ("TYPE", "foo", "counter")),
        (b'# TYPE "my.name" gauge', ("TYPE", "my.name", "gauge")),
        (b"# UNIT foo_seconds seconds", ("UNIT", "foo_seconds", "seconds")),
        (b"# COMMENT foo bar", None),
        (b"# HELPFUL foo bar", None),
        (b"# HELP foo \xff", None),
        (b"# EOF", None),
        (b"#", None),
    ],
)
def test_metadata_is_read_and_other_comments_are_none(
    line: bytes, found: tuple[str, str, str] | None
) -> None:
    assert parse_metadata(line) == found


def test_only_three_escapes_are_known() -> None:
    assert unescape(rb"\\n \n \" \t \\") == '\\n \n " \\t \\'
    assert unescape(string.printable.replace("\\", "").encode()) == string.printable.replace("\\", "")


def test_a_line_of_very_many_labels_is_read_in_one_pass() -> None:
    """Trap B035: 600,000 labels would take hours if each were looked for in a copy of the rest."""
    key = b"foo{" + b",".join(b'l%d="x"' % number for number in range(600_000)) + b"}"
    assert len(make_series(key).labels) == 600_000
