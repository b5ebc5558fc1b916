"""StatsD's grammar and its dialects, line by line."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from metricbox.ingest.outcome import Reason
from metricbox.ingest.statsd_line import (
    Kind,
    Measurement,
    StatsdFaultError,
    iter_parts,
    parse_head,
    read_number,
    split_line,
)


def read(line: bytes) -> tuple[Kind, str, dict[str, str], bytes, float]:
    parts = split_line(line)
    assert parts is not None
    head = parse_head(parts.name, parts.rest)
    return head.kind, head.name, dict(head.labels), parts.values, head.rate


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"app.hits:1|c", (Kind.COUNTER, "app_hits", {}, b"1", 1.0)),
        (b"app.hits:1|m", (Kind.COUNTER, "app_hits", {}, b"1", 1.0)),
        (b"app.hits:5|c|@0.1", (Kind.COUNTER, "app_hits", {}, b"5", 0.1)),
        (b"q:-3|g", (Kind.GAUGE, "q", {}, b"-3", 1.0)),
        (b"t:320|ms", (Kind.TIMER, "t", {}, b"320", 1.0)),
        (b"t:1:2:3|h|@0.5", (Kind.TIMER, "t", {}, b"1:2:3", 0.5)),
        (b"t:1|d", (Kind.TIMER, "t", {}, b"1", 1.0)),
        (b"users:bob|s", (Kind.SET, "users", {}, b"bob", 1.0)),
        # Tags: DogStatsD, with colons in values, without values, twice.
        (b"a:1|c|#path:/b,x:y:z,n", (Kind.COUNTER, "a", {"path": "/b", "x": "y:z", "n": "true"}, b"1", 1.0)),
        (b"a:1|c|#env:a,env:b,env:a,,k:", (Kind.COUNTER, "a", {"env": "a,b"}, b"1", 1.0)),
        (b"a:1|c|@0.5|#x:1|c:ci-abc|e:it-false|card:low", (Kind.COUNTER, "a", {"x": "1"}, b"1", 0.5)),
        (b"a:1|c|#x:1|@0.5", (Kind.COUNTER, "a", {"x": "1"}, b"1", 0.5)),
        # Telegraf, whose values may hold blanks and colons; Graphite; SignalFx.
        (b"a,host=h 1,url=http://x:1|c", (Kind.COUNTER, "a", {"host": "h 1", "url": "http://x"}, b"1", 1.0)),
        (b"a;host=h;flag:1|g", (Kind.GAUGE, "a", {"host": "h", "flag": "true"}, b"1", 1.0)),
        (b"a.[host=h,x=y]b:1|g", (Kind.GAUGE, "a_b", {"host": "h", "x": "y"}, b"1", 1.0)),
    ],
)  # fmt: skip
def test_a_line(line: bytes, expected: object) -> None:
    assert read(line) == expected


def test_several_types_on_one_line() -> None:
    assert split_line(b"a:1|c:2|ms|@0.5:x|s") is None
    assert list(iter_parts(b"a:1|c:2|ms|@0.5:x|s")) == [
        Measurement(b"a", b"1", b"c"),
        Measurement(b"a", b"2", b"ms|@0.5"),
        Measurement(b"a", b"x", b"s"),
    ]


def test_a_time_of_its_own_is_for_counters_and_gauges_alone() -> None:
    assert parse_head(b"a", b"g|T1700000000").stamp_ms == 1_700_000_000_000
    assert parse_head(b"a", b"ms|T1700000000").stamp_ms is None


@pytest.mark.parametrize(
    ("line", "reason", "text"),
    [
        (b"a", Reason.SYNTAX, "name:value|type"),
        (b"a:1", Reason.SYNTAX, "name:value|type"),
        (b":1|c", Reason.SYNTAX, "name:value|type"),
        (b"a|c", Reason.SYNTAX, "name:value|type"),
        (b"a:1|x", Reason.SYNTAX, "'x' is not a type"),
        (b"a:1|", Reason.SYNTAX, "'' is not a type"),
        (b"a:1|c|@0", Reason.SYNTAX, "rate"),
        (b"a:1|c|@2", Reason.SYNTAX, "rate"),
        (b"a:1|c|@nan", Reason.SYNTAX, "rate"),
        (b"a:1|g|Tsoon", Reason.SYNTAX, "whole seconds"),
        (b"\xff:1|c", Reason.SYNTAX, "UTF-8"),
        (b"a:1|c|#__name__:x", Reason.BAD_SERIES, "reserved"),
        (b"a" * 300 + b":1|c", Reason.BAD_SERIES, "at most"),
        (b"_e{5,8}:Title|text", Reason.UNSUPPORTED, "events"),
        (b"_e{-1,5}:a|b", Reason.UNSUPPORTED, "events"),
        (b"_e{", Reason.UNSUPPORTED, "events"),
        (b"_sc|svc|1|#env:prod|m:hi", Reason.UNSUPPORTED, "service checks"),
    ],
)
def test_what_is_refused_and_why(line: bytes, reason: Reason, text: str) -> None:
    """Trap B036: the lengths of an event are looked at by nobody."""
    with pytest.raises(StatsdFaultError) as caught:
        read(line)
    assert caught.value.reason is reason
    assert text in caught.value.message


@pytest.mark.parametrize("text", [b"1", b"-1.5", b"+2", b".5", b"1e3"])
def test_numbers(text: bytes) -> None:
    assert read_number(text) == float(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [(b"nan", Reason.NOT_FINITE), (b"-Inf", Reason.NOT_FINITE), (b"1e999", Reason.NOT_FINITE)]
    + [(text, Reason.SYNTAX) for text in (b"", b"x", b"1_0", b"0x10", b"1,5")],
)
def test_what_is_no_number(text: bytes, reason: Reason) -> None:
    with pytest.raises(StatsdFaultError) as caught:
        read_number(text)
    assert caught.value.reason is reason


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text("a:|cgms#@T0.1,;=[]_e{}", max_size=40).map(str.encode))
@example(b"a:1|c:")
@example(b"[:|c")
def test_any_bytes_are_a_line_or_a_fault(line: bytes) -> None:
    """Trap B035."""
    try:
        parts = split_line(line)
        for one in [parts] if parts else list(iter_parts(line)):
            head = parse_head(one.name, one.rest)
            assert 0 < head.rate <= 1
    except StatsdFaultError as fault:
        assert fault.message  # noqa: PT017 - that it is one is what is tested
