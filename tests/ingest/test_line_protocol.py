"""Whole bodies of line protocol: both paths, partly bad bodies, the window, the series limit."""

import re
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.ingest import line_protocol
from metricbox.ingest.line_protocol import LineDecoder
from metricbox.ingest.outcome import Decoded, Reason
from metricbox.ingest.series_cache import SeriesRegistrar
from metricbox.ingest.timestamps import NANOSECONDS, SECONDS, make_window, unit_of_precision
from tests.ingest.fakes import FakeStore

NOW_MS = 1_795_600_800_000
DAY_MS = 86_400_000
WINDOW = make_window(NOW_MS, 7 * DAY_MS, 600_000)
NS = b" 1795600800000000000"


class Door:
    """A decoder with a store of its own."""

    def __init__(self, max_series: int = 1_000_000, cache_bytes: int = 10_000_000) -> None:
        self.store = FakeStore(max_series)
        self.decoder = LineDecoder(SeriesRegistrar(self.store, max_series), cache_bytes)

    def decode(self, body: bytes, precision: str = "s") -> Decoded:
        return self.decoder.decode(body, unit_of_precision(precision), WINDOW, 0.0)

    def rows(self, body: bytes, precision: str = "s") -> list[tuple[str, dict[str, str], int, float]]:
        return self.store.rows(self.decode(body, precision).batch)


def faults(decoded: Decoded) -> dict[int, str]:
    return {refusal.position: refusal.message for refusal in decoded.refusals.first}


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b""])
def test_lines_become_samples(ending):
    body = b"cpu,host=a user=1.5,system=2i 1795600800\nmem,host=a value=3 1795600801" + ending
    assert Door().rows(body) == [
        ("cpu_user", {"host": "a"}, NOW_MS, 1.5),
        ("cpu_system", {"host": "a"}, NOW_MS, 2.0),
        ("mem", {"host": "a"}, NOW_MS + 1000, 3.0),
    ]


@pytest.mark.parametrize("body", [b"", b"\n", b"\n\n\r\n", b"# only\n#comments", b"   \n"])
def test_nothing_to_store_is_no_fault(body):
    decoded = Door().decode(body)
    assert decoded.batch.size == 0
    assert not decoded.refusals.refused_units


def test_absent_stamps_mean_now():
    body = b'm f=1\nm g=2 1795600700\nm h=3 \nm s="x",i=4\n'
    assert [row[2] for row in Door().rows(body)] == [NOW_MS, 1_795_600_700_000, NOW_MS, NOW_MS]


@pytest.mark.parametrize(
    ("precision", "stamp"),
    [("", NS), ("n", NS), ("us", b" 1795600800000000"), ("ms", b" 1795600800000"), ("s", b" 1795600800"),
     ("m", b" 29926680"), ("h", b" 498778")],
)  # fmt: skip
def test_one_instant_in_every_precision(precision, stamp):
    """B007."""
    assert Door().rows(b"m f=1" + stamp, precision) == [("m_f", {}, NOW_MS, 1.0)]


def test_good_lines_are_stored_and_bad_ones_named():
    """B002: one bad line does not take the others with it. B013 in kind."""
    decoded = (door := Door()).decode(
        b"Disk,check=C:\\,host=h value=52.45 1795600800\n"
        b"good f=1 1795600800\n"
        b"\n"
        b"bad\n"
        b"also,t=x f=2 1795600800\r\n"
        b"m f=abc 1795600800\n"
    )
    assert [row[0] for row in door.store.rows(decoded.batch)] == ["good_f", "also_f"]
    assert faults(decoded) == {
        1: "unable to parse 'Disk,check=C:\\,host=h': invalid tag format: write = in a tag value as \\=",
        4: "unable to parse 'bad': missing fields",
        6: "unable to parse 'm f=abc 1795600800': invalid number",
    }
    assert decoded.refusals.samples_by_reason == {Reason.SYNTAX: 3}


def test_damage_does_not_cross_a_newline():
    """B004: a quote in a tag value is a character; an unclosed text ends with its line."""
    door = Door()
    assert door.rows(b't,label=hey\\ "ya a=1i\nt,label=b a=2i') == [
        ("t_a", {"label": 'hey "ya'}, NOW_MS, 1.0),
        ("t_a", {"label": "b"}, NOW_MS, 2.0),
    ]
    decoded = door.decode(b'm s="unclosed\nm f=1\nm g=2\n')
    assert [row[0] for row in door.store.rows(decoded.batch)] == ["m_f", "m_g"]
    assert list(faults(decoded)) == [1]


def test_texts_may_hold_newlines():
    body = b'm s="a\n b f=1 \n",v=1\nn f=2\nbad\n'
    decoded = (door := Door()).decode(body)
    assert [row[0] for row in door.store.rows(decoded.batch)] == ["m_v", "n_f"]
    assert list(faults(decoded)) == [5]


def test_text_fields_are_cut_out():
    """Quotes in tags are characters, and a text may look like fields."""
    door = Door()
    labels = {"t": '"a', "b": '"x"'}
    assert door.rows(b'm,t="a,b="x" v=1,s="a,b=2",w=2 1795600800') == [
        ("m_v", labels, NOW_MS, 1.0),
        ("m_w", labels, NOW_MS, 2.0),
    ]
    assert door.rows(b'm s="x,y=1 2",v=1,t="",u="=" 1795600800\nm a="only",b="" 1795600800\n') == [
        ("m_v", {}, NOW_MS, 1.0)
    ]


def test_fields_that_are_not_finite_are_dropped_alone():
    """B009: the rest of the line is stored and the line is no fault."""
    door = Door()
    decoded = door.decode(b"jvm,app=a used=NaN,max=5 1795600800\njvm,app=b used=1e400,max=6 1795600800\n")
    assert [(row[0], row[3]) for row in door.store.rows(decoded.batch)] == [
        ("jvm_max", 5.0),
        ("jvm_max", 6.0),
    ]
    assert decoded.refusals.refused_units == 0
    assert decoded.refusals.samples_by_reason == {Reason.NOT_FINITE: 2}
    decoded = door.decode(b"jvm used=NaN 1795600800\n")
    assert faults(decoded) == {1: "unable to parse 'jvm used=NaN 1795600800': no field has a finite value"}


def test_booleans():
    """B028."""
    assert [row[3] for row in Door().rows(b"m ok=true,err=f,a=T,b=FALSE 1795600800")] == [1.0, 0.0, 1.0, 0.0]


def test_tag_order_does_not_make_a_series():
    door = Door()
    door.rows(b"m,a=1,b=2 f=1\nm,b=2,a=1 f=1\nm,b=2,c=,a=1 f=1")
    assert len(door.store.ids) == 1


def test_a_known_series_is_not_registered_again():
    door = Door()
    body = b"m,t=a f=1,g=2 1795600800\nm,t=b f=1 1795600800\nm,t=a h=1 1795600800\n"
    first = door.rows(body)
    assert door.rows(body) == first
    assert door.rows(body + b'm,t=a h=1,s="x"\n')[:4] == first
    assert door.store.registrations == 1


def test_a_small_cache_changes_nothing():
    """B041: the cache is bounded, and a miss costs time only."""
    body = b"".join(b"m,t=%d f=%d 1795600800\n" % (number, number) for number in range(500))
    door = Door(cache_bytes=10_000)
    assert door.rows(body) == door.rows(body)
    assert len(door.decoder.cache) < 50
    assert len(door.store.ids) == 500


def test_the_last_of_equal_samples_comes_last():
    """Whatever path a line takes, rows stay in the order of the lines."""
    lines = [
        b"m f=1 1795600800",
        b'm f=2,s="x" 1795600800',
        b"m f=3 1795600800",
        b"m f=4.5e0,g=.5 1795600800",
    ]
    assert [row[3] for row in Door().rows(b"\n".join(lines))] == [1.0, 2.0, 3.0, 4.5, 0.5]
    # 1e400 looks plain and is not.
    lines = [b"m f=1 1795600800", b"m f=2  1795600800", b"m f=1e400,g=3 1795600800", b"m f=4 1795600800"]
    assert [row[3] for row in Door().rows(b"\n".join(lines))] == [1.0, 2.0, 3.0, 4.0]


def test_stamps_outside_the_window_are_refused_with_the_reason():
    """B006, B015: an answer that says what to do, and never to be tried again."""
    old = b"m f=1,g=2 %d\n" % ((NOW_MS - 8 * DAY_MS) // 1000)
    new = b"m f=1 %d\n" % ((NOW_MS + DAY_MS) // 1000)
    decoded = Door().decode(old + b"m f=1 1795600800\n" + new + b"m f=1 -1\nm f=1 9223372036854775807\n")
    assert decoded.batch.size == 1
    assert decoded.refusals.samples_by_reason == {Reason.TOO_OLD: 3, Reason.TOO_NEW: 2}
    assert decoded.refusals.refused_units == 4
    messages = faults(decoded)
    assert messages[1] == "time stamp 2026-11-17T10:00:00.000Z is older than raw data is kept (7d)"
    assert "ahead of the server's clock" in messages[3]
    assert "is older" in messages[4]
    assert "looks like nanoseconds" in messages[5]


def test_a_stamp_in_another_unit_is_recognised():
    """B006: `m v=1 1455362189575` without a precision."""
    message = faults(Door().decode(b"m v=1 1455362189575", "ns"))[1]
    assert message.endswith("1455362189575 looks like milliseconds: add precision=ms")


def test_the_series_limit_refuses_the_new_and_keeps_the_known():
    """B041: caps before the damage; the label that exploded is named."""
    door = Door(max_series=20)
    body = b"".join(b"session,host=h,id=%d v=1,w=2 1795600800\n" % number for number in range(12))
    decoded = door.decode(body)
    assert decoded.batch.size == 20
    assert decoded.refusals.samples_by_reason == {Reason.SERIES_LIMIT: 4}
    (message,) = set(faults(decoded).values())
    assert message == (
        "the server has reached its 20 series (setting max_series); "
        "the label with most values in session_v is id (10 values)"
    )
    assert list(faults(decoded)) == [11, 12]
    # Known series still pass, and refused ones come in when there is room.
    door.store.max_series = 100
    assert door.decode(body).batch.size == 24


def test_a_series_that_cannot_be_stored_is_refused_by_line():
    decoded = Door().decode(
        b"m f=1 1795600800\n" + b"x" * 300 + b" f=1,g=2 1795600800\nm,__name__=a f=1 1795600800\n"
    )
    assert decoded.batch.size == 1
    assert decoded.refusals.samples_by_reason == {Reason.BAD_SERIES: 3}
    assert "at most 255 characters" in faults(decoded)[2]
    assert "reserved" in faults(decoded)[3]


def test_large_bodies_are_read_in_pieces():
    """Line numbers go on, and nothing is lost where pieces meet."""
    lines = [b"m,host=host_%05d f=%d 1795600800" % (number % 100, number) for number in range(60_000)]
    lines[50_000] = b"bad"
    decoded = Door().decode(b"\n".join(lines))
    assert decoded.batch.size == 59_999
    assert decoded.batch.values.tolist() == [*range(50_000), *range(50_001, 60_000)]
    assert list(faults(decoded)) == [50_001]
    quoted = b"\n".join([*lines[:20_000], b'm s="a\nb",f=1', *lines[20_000:]])
    decoded = Door().decode(quoted)
    assert decoded.batch.size == 60_000
    assert list(faults(decoded)) == [50_003]


def test_only_the_first_refusals_are_named():
    decoded = Door().decode(b"bad\n" * 5000 + b"m f=1 5\n" * 5000)
    assert decoded.refusals.refused_units == 10_000
    assert list(faults(decoded)) == list(range(1, 101))


# ---- both paths are equal

KEYS = st.sampled_from(
    [b"m", b"m,t=a", b"m,t=b,u=c", b"m,u=c,t=b", b"m,t=", b"m,t=a,t=b", b"m,t", b",t=a", b"m\\ x,t=a\\,b",
     b'm,t="', b"#m", b"m,t=\xff", b"m,time=x", b"x" * 260, b"m\t", b"\xc3\xbc", b"1", b""]
)  # fmt: skip
NAMES = st.sampled_from(
    [b"f", b"g", b"value", b"time", b"a b", b"h\\ i", b"", b"x=", b'q"', b"1", b"y" * 260]
)
VALUES = st.one_of(
    st.sampled_from(
        [b"1", b"-0", b"2.5", b".5", b"5.", b"1e3", b"1E-3", b"3i", b"-4i", b"6u", b"-6u", b"t", b"False",
         b"tRUE", b"NaN", b"-inf", b"1e400", b"0x1", b"1_0", b"01", b"01i", b"1.5i", b"", b'"s"', b'"a b"',
         b'"', b"9" * 19 + b"i", b"9223372036854775807i", b"1\t", b"1\r", b"+1", b"i", b"[1]", b"null", b"1e"]
    ),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda value: repr(value).encode()),
    st.integers(-(2**70), 2**70).map(lambda value: b"%d" % value),
    st.integers(-(2**64), 2**64).map(lambda value: b"%di" % value),
)  # fmt: skip
STAMPS = st.sampled_from(
    [b"", b" 1795600800", b" 1795600801", b" 1795600800", b" -5", b" 05", b" 1.5", b" x", b" 1 2",
     b"  1795600800", b" ", b" 9999999999999999999", b" 99999999999999999999", b" 1795600800\t"]
)  # fmt: skip
FIELDS = st.lists(st.tuples(NAMES, VALUES).map(b"=".join), min_size=1, max_size=3).map(b",".join)
PLAIN_LINES = st.tuples(
    st.sampled_from([b"m", b"m,t=a", b"m,u=c,t=b"]),
    st.just(b" "),
    st.lists(
        st.tuples(st.sampled_from([b"f", b"g", b"value"]), st.sampled_from([b"1", b"2.5", b"3i", b"t"])).map(
            b"=".join
        ),
        min_size=1, max_size=3,
    ).map(b",".join),
    st.sampled_from([b" 1795600800", b" 1795600801"]),
).map(b"".join)  # fmt: skip
TEXTS = st.text('ab,= #1"\\', max_size=8).map(lambda text: b'"%b"' % text.encode())
TEXT_LINES = st.tuples(
    st.sampled_from([b"m", b"m,t=a", b'm,t="a,b="x"']),
    st.just(b" "),
    st.lists(
        st.tuples(st.sampled_from([b"f", b"s", b"value"]), TEXTS | st.sampled_from([b"1", b"3i", b"t", b"NaN"])).map(
            b"=".join
        ),
        min_size=1, max_size=4,
    ).map(b",".join),
    st.sampled_from([b" 1795600800", b""]),
).map(b"".join)  # fmt: skip
ODD_LINES = st.one_of(
    TEXT_LINES,
    st.tuples(KEYS, st.sampled_from([b" ", b"  "]), FIELDS, STAMPS).map(b"".join),
    st.sampled_from([b"", b"# comment", b"   ", b"m", b"m f", b" m f=1"]),
    st.text('m,t=a f=1i\\"# \n\r\t0.eE-+uTN\x00', max_size=20).map(str.encode),
)
BODIES = st.tuples(
    st.lists(st.one_of(PLAIN_LINES, PLAIN_LINES, ODD_LINES), max_size=8), st.sampled_from([b"\n", b"\r\n"])
).map(lambda parts: parts[1].join(parts[0]))

NEVER = re.compile(rb"(?!)")


def outcome_of(body: bytes) -> tuple[object, ...]:
    door = Door()
    decoded = door.decode(body)
    again = door.decode(body)
    assert door.store.rows(again.batch) == door.store.rows(decoded.batch)
    assert again.refusals.first == decoded.refusals.first
    return (
        door.store.rows(decoded.batch),
        decoded.refusals.first,
        decoded.refusals.refused_units,
        decoded.refusals.samples_by_reason,
    )


@settings(max_examples=600, deadline=None)
@given(BODIES)
def test_fast_and_exact_path_agree(body):
    """Whatever the body: the same rows in the same order, and the same refusals in the same words."""
    with (
        patch.object(line_protocol, "is_plain", lambda _: False),
        patch.object(line_protocol, "_PLAIN_LINE", NEVER),
        patch.object(line_protocol, "_TEXT_LINE", NEVER),
        patch.object(line_protocol, "_EMPTY_LINES", NEVER),
    ):
        exact = outcome_of(body)
    with patch.object(line_protocol, "is_plain", lambda _: False):
        assert outcome_of(body) == exact
    assert outcome_of(body) == exact


@settings(max_examples=200, deadline=None)
@given(st.lists(PLAIN_LINES, min_size=1, max_size=6).map(b"\n".join))
def test_plain_lines_never_need_the_exact_parser(body):
    def fail(*_: object) -> None:
        raise AssertionError(body)

    nanoseconds = re.sub(rb"(?<= 179560080.)", b"000000000", body)
    for text, precision in ((body, "s"), (nanoseconds, "ns")):
        with patch.object(line_protocol, "parse_line", fail):
            assert Door().decode(text, precision).batch.size
            with patch.object(line_protocol, "is_plain", lambda _: False):
                assert Door().decode(text, precision).batch.size


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from([NANOSECONDS, SECONDS]))
def test_no_body_raises(body, unit):
    """B035: nothing that a sender can write raises anything."""
    door = Door()
    decoded = door.decoder.decode(body, unit, WINDOW, 0.0)
    assert decoded.batch.size == len(door.store.rows(decoded.batch))
