"""The exact grammar of one line."""

import contextlib
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from metricbox.ingest.line_protocol_slow import (
    LineFaultError,
    escape_measurement,
    escape_tag,
    make_series_key,
    parse_key,
    parse_line,
    parse_value,
    show_line,
    to_label_name,
    to_metric_name,
)
from metricbox.model import find_labels_fault, find_name_fault, make_labels


def series_of(line: bytes) -> list[tuple[str, dict[str, str], float]]:
    parsed = parse_line(line, 0)
    assert parsed is not None
    key = parse_key(parsed.key)
    found = [make_series_key(key, name) for name in parsed.names]
    return [(one.name, dict(one.labels), value) for one, value in zip(found, parsed.values, strict=True)]


def fault_of(line: bytes) -> str:
    with pytest.raises(LineFaultError) as caught:
        series_of(line)
    return caught.value.message


@pytest.mark.parametrize(
    ("line", "series"),
    [
        (b"m f=1", [("m_f", {}, 1.0)]),
        (b"m value=1", [("m", {}, 1.0)]),
        (b"m,t=a f=1,g=2", [("m_f", {"t": "a"}, 1.0), ("m_g", {"t": "a"}, 2.0)]),
        (b"m,b=2,a=1 f=1", [("m_f", {"a": "1", "b": "2"}, 1.0)]),
        # Escapes.
        (
            rb"weather\ station\,a,bs=a\ ,room\ name=hall\,1\=2 temp=21.5",
            [("weather_station_a_temp", {"bs": "a ", "room_name": "hall,1=2"}, 21.5)],
        ),
        (rb"cpu,a=b\ c,d=e\,f,g=h\=i v=1", [("cpu_v", {"a": "b c", "d": "e,f", "g": "h=i"}, 1.0)]),
        (rb"a\\b,t=c\\d v=1", [("a__b_v", {"t": r"c\\d"}, 1.0)]),
        (rb"m,t=C:\dir v=1", [("m_v", {"t": r"C:\dir"}, 1.0)]),
        (rb"m my\ field=1,a\=b=2,c\,d=3", [("m_my_field", {}, 1.0), ("m_a_b", {}, 2.0), ("m_c_d", {}, 3.0)]),
        (rb"m\=x f=1", [("m__x_f", {}, 1.0)]),
        (b"m=x f=1", [("m_x_f", {}, 1.0)]),
        # Quotes outside field values are characters.
        (b'"m",a="x" v=1', [("_m__v", {"a": '"x"'}, 1.0)]),
        (b'm a"b=1', [("m_a_b", {}, 1.0)]),
        # Text fields are skipped.
        (b'm s="a b,c=d",f=1', [("m_f", {}, 1.0)]),
        (rb'm s="say \"hi\" \\",f=1', [("m_f", {}, 1.0)]),
        (b'm s="a\nb",f=1', [("m_f", {}, 1.0)]),
        (b'm s="only text"', []),
        (b'm s=""', []),
        # Blanks and line ends.
        (b"  m,t=a  f=1  ", [("m_f", {"t": "a"}, 1.0)]),
        (b"m f=1\r", [("m_f", {}, 1.0)]),
        (b"m f=1 12\r", [("m_f", {}, 1.0)]),
        # Tags.
        (b"m,a=,b=x f=1", [("m_f", {"b": "x"}, 1.0)]),
        ("m,t=ü f=1".encode(), [("m_f", {"t": "ü"}, 1.0)]),
        ("mü f=1".encode(), [("m__f", {}, 1.0)]),
        (b"m,host=a host=5,v=1", [("m_host", {"host": "a"}, 5.0), ("m_v", {"host": "a"}, 1.0)]),
        # Names.
        (
            b"sys.cpu-load/1:x,a.b=1,c-d=2,e/f=3 v.w=1",
            [("sys.cpu-load/1:x_v.w", {"a.b": "1", "c-d": "2", "e_f": "3"}, 1.0)],
        ),
        (b"1m,2t=a f=1", [("_1m_f", {"_2t": "a"}, 1.0)]),
    ],
)
def test_lines(line, series):
    """B003, B004, B027 (a tag and a field of one name do not meet)."""
    assert series_of(line) == series


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"cpu", "missing fields"),
        (b"cpu ", "missing fields"),
        (b"cpu\r", "missing fields"),
        (b"cpu,a=b", "missing fields"),
        (b"cpu\tv=1", "missing fields"),
        (b"cpu v", "invalid field format"),
        (b"cpu =1", "missing field key"),
        (b"cpu v=1,", "invalid field format"),
        (b"cpu v=1,=2", "missing field key"),
        (b"cpu v=", "missing field value"),
        (b"cpu v=1 abc", "bad timestamp"),
        (b"cpu v=1 1.5", "bad timestamp"),
        (b"cpu v=1 1 2", "point is invalid: something follows the time stamp"),
        (b"cpu v=1 9223372036854775808", "time outside range: it does not fit 64 bits"),
        (b"cpu v=1 " + b"9" * 5000, "time outside range: it does not fit 64 bits"),
        (b"cpu,=x v=1", "missing tag key"),
        (b"cpu, v=1", "missing tag key"),
        (b"cpu,a v=1", "missing tag value"),
        (b"cpu,a=b,a=c v=1", "duplicate tags: a"),
        (b"cpu,a=,a=c v=1", "duplicate tags: a"),
        (rb"cpu,a\ b=1,a_b=2 v=1", "duplicate tags: a_b"),
        (b"cpu,a=b=c v=1", "invalid tag format: write = in a tag value as \\="),
        (b",a=b v=1", "missing measurement"),
        (b"cpu,time=x v=1", 'invalid tag key: "time" is reserved'),
        (b"cpu time=1", 'invalid field name: "time" is reserved'),
        (b'cpu v="unterminated', "unbalanced quotes"),
        (b'cpu v="x"y', "invalid field format"),
        (b'cpu v="x"y=1', "invalid field format"),
        (b"cpu v=tRUE", "invalid boolean"),
        (b"cpu v=truee", "invalid boolean"),
        (b"cpu,a=\xff v=1", "not valid UTF-8"),
        (b"\xff v=1", "not valid UTF-8"),
        (b"cpu \xff=1", "not valid UTF-8"),
        (b"cpu,__name__=x v=1", "the tag name __name__ is reserved; send it under another name"),
        (
            rb"Disk,check=C:\,host=h value=52.45 1453319535802451556",
            "invalid tag format: write = in a tag value as \\=",
        ),
    ],
)
def test_faults(line, message):
    """B002 is among them."""
    assert fault_of(line) == message


@pytest.mark.parametrize(
    "line", [b"", b"  ", b"\r", b"\t", b"# comment", b"  # comment v=1", b"#", b"\nm f=1"]
)
def test_nothing_on_the_line(line):
    assert parse_line(line, 0) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"1", 1.0), (b"-1.5", -1.5), (b".5", 0.5), (b"5.", 5.0), (b"1e-3", 0.001), (b"1E+21", 1e21), (b"+1", 1.0),
        (b"007", 7.0), (b"1e-400", 0.0), (b"5i", 5.0), (b"-5i", -5.0), (b"5u", 5.0), (b"007i", 7.0),
        (b"9223372036854775807i", 2.0**63), (b"18446744073709551615u", 2.0**64),
        (b"t", 1.0), (b"T", 1.0), (b"true", 1.0), (b"True", 1.0), (b"TRUE", 1.0),
        (b"f", 0.0), (b"F", 0.0), (b"false", 0.0), (b"False", 0.0), (b"FALSE", 0.0),
    ],
)  # fmt: skip
def test_values(text, value):
    """B028: every spelling of a boolean."""
    assert parse_value(text) == value


@pytest.mark.parametrize(
    "text",
    [b"0x10", b"1_0", b"-", b"+", b".", b"e5", b"1e", b"i", b"u", b"-5u", b"1.5i", b"1e3i", b"5ii", b"--1", b"1 ",
     b"9223372036854775808i", b"18446744073709551616u", b"9" * 100_000 + b"i", b"", b"tru", b"\xff", b"1\x00", b"nanx"],
)  # fmt: skip
def test_not_values(text):
    with pytest.raises(LineFaultError):
        parse_value(text)


@pytest.mark.parametrize("text", [b"NaN", b"nan", b"Inf", b"-inf", b"+Infinity", b"1e400", b"-1e999"])
def test_not_finite(text):
    assert not math.isfinite(parse_value(text))


def test_only_the_fields_without_a_finite_value_are_dropped():
    """B009."""
    parsed = parse_line(b"jvm,app=a used=NaN,max=5,min=-Inf 17", 0)
    assert parsed is not None
    assert (parsed.names, parsed.values, parsed.dropped, parsed.stamp) == ([b"max"], [5.0], 2, 17)
    assert fault_of(b"jvm used=NaN") == "no field has a finite value"


def test_a_line_ends_where_its_last_quote_does():
    body = b'a s="x\ny\nz",v=1 5\nb v=2'
    parsed = parse_line(body, 0)
    assert parsed is not None
    assert body[parsed.end :] == b"\nb v=2"
    assert parsed.stamp == 5


@pytest.mark.parametrize("stamp", [b"0", b"-1", b"-9223372036854775808", b"9223372036854775807", b"007"])
def test_stamps(stamp):
    parsed = parse_line(b"m f=1 " + stamp, 0)
    assert parsed is not None
    assert parsed.stamp == int(stamp)


def test_long_names_are_refused():
    assert "255 characters" in fault_of(b"m" * 300 + b" f=1")
    assert "64 tags" in fault_of(b"m" + b"".join(b",t%d=x" % number for number in range(65)) + b" f=1")
    assert "1024 are allowed" in fault_of(b"m,t=" + b"x" * 1025 + b" f=1")


SPECIAL = st.text(st.sampled_from('abc,= \\"\t#üé😀{}1'), min_size=1, max_size=12)


@given(
    SPECIAL, st.lists(st.tuples(SPECIAL, SPECIAL), max_size=4, unique_by=lambda pair: to_label_name(pair[0]))
)
@example("m", [("t\\,k", "v")])
@example("m", [("t,k", "v")])
@example("m", [("t\\\\,k", "v=w x")])
def test_escaping_and_parsing_are_inverse(measurement, pairs):
    """B003: parse, escape, parse gives the same tags."""
    measurement = measurement.rstrip("\\") or "m"
    pairs = [(name.rstrip("\\") or "t", value.rstrip("\\")) for name, value in pairs]
    pairs = list({to_label_name(name): (name, value) for name, value in pairs if name != "time"}.values())
    text = escape_measurement(measurement) + "".join(
        f",{escape_tag(name)}={escape_tag(value)}" for name, value in pairs
    )
    line = parse_line(text.encode() + b" f=1", 0)
    if line is None:
        assert measurement.lstrip(" ").startswith("#")
        return
    assert line.key == text.encode()
    parsed = parse_key(line.key)
    assert parsed.measurement == measurement
    assert parsed.labels == make_labels((to_label_name(name), value) for name, value in pairs)


@given(st.text(max_size=40))
def test_any_text_becomes_a_valid_name(text):
    assert find_name_fault(to_metric_name(text)) is None
    fault = find_labels_fault(((to_label_name(text), "x"),))
    assert fault is None or "reserved" in fault


@given(
    st.one_of(
        st.binary(max_size=80), st.text('m,t=a f=1i\\"# \n\r\t0.eE-+uTN\x00', max_size=40).map(str.encode)
    )
)
def test_no_input_raises_anything_but_a_fault(line):
    """B035: random bytes, truncated lines, NULs."""
    with contextlib.suppress(LineFaultError):
        parsed = parse_line(line, 0)
        if parsed is not None:
            key = parse_key(parsed.key)
            for name in parsed.names:
                make_series_key(key, name)


def test_a_shown_line_is_short_and_on_one_line():
    assert show_line(b"first\nsecond one\r\nthird", 6) == "second one"
    assert show_line(b"\xff\x00", 0) == "\\xff\x00"
    assert len(show_line(b"x" * 10_000, 0)) == 100
