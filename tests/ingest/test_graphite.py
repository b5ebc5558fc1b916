"""Graphite's lines, and OpenTSDB's `put` lines: what is read, what is refused, and that nothing else can happen."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from metricbox.graphite_templates import parse_templates
from metricbox.ingest.graphite import decode_graphite, stamps_to_ms
from metricbox.ingest.outcome import Reason
from tests.ingest.agent_captures import NOW_MS, Door, load_body

NOW_S = NOW_MS // 1000


def rows(text: bytes, templates: str = "") -> list[tuple[str, dict[str, str], int, float]]:
    return Door().rows(lambda door: decode_graphite(text, door, parse_templates(templates)))


def refused(text: bytes) -> list[tuple[int, str, str]]:
    return Door().refused(lambda door: decode_graphite(text, door))


def test_path_value_and_time() -> None:
    assert rows(b"servers.web1.load 1.5 %d\n" % NOW_S) == [("servers_web1_load", {}, NOW_MS, 1.5)]


@pytest.mark.parametrize(
    "line", [b"a.b  1   %d", b"\ta.b\t1\t%d\t", b" a.b 1 %d \r", b"a.b 1.0e0 %d.0", b"a.b 1 N", b"a.b 1 -1"]
)
def test_blanks_tabs_line_ends_and_ways_to_say_now(line: bytes) -> None:
    """Trap B024: any run of blanks separates."""
    text = line % NOW_S if b"%d" in line else line
    for ending in (b"", b"\n", b"\r\n", b"\n\n"):
        assert rows(text + ending) == [("a_b", {}, NOW_MS, 1.0)]
        assert rows(b"x 2 N\n" + text + ending)[1] == ("a_b", {}, NOW_MS, 1.0)


def test_tags() -> None:
    text = b"disk.used;host=web1;mount-point=/var;empty= 5 N\n"
    assert rows(text) == [("disk_used", {"host": "web1", "mount_point": "/var"}, NOW_MS, 5.0)]


def test_templates_give_labels_and_tags_go_before_them() -> None:
    text = b"servers.web1.cpu.0.user 5 N\nservers.web1.cpu.0.user;host=other 6 N\n"
    assert rows(text, "(servers).{host}.cpu.{cpu}.*") == [
        ("cpu_user", {"host": "web1", "cpu": "0"}, NOW_MS, 5.0),
        ("cpu_user", {"host": "other", "cpu": "0"}, NOW_MS, 6.0),
    ]


def test_put_lines_of_opentsdb() -> None:
    """Trap B024: doubled blanks, and no tag at all."""
    text = b"put  m.x  %d   1  host=a\nput m.x %d 1\nput m.x %d 2 a=b  c=d\n" % (NOW_S, NOW_S, NOW_MS)
    assert rows(text) == [
        ("m_x", {"host": "a"}, NOW_MS, 1.0),
        ("m_x", {}, NOW_MS, 1.0),
        ("m_x", {"a": "b", "c": "d"}, NOW_MS, 2.0),
    ]


def test_one_instant_in_every_unit_is_one_instant() -> None:
    """Trap B007."""
    ms = NOW_MS - 877
    texts = [f"{ms / 1000:.3f}", str(ms), str(ms * 1000), str(ms * 10**6)]
    text = "".join(f"a 1 {stamp}\n" for stamp in texts).encode()
    assert {row[2] for row in rows(text)} == {ms}


def test_values_that_are_not_finite_are_dropped_and_the_rest_stays() -> None:
    """Trap B009. collectd writes nan before its second reading."""
    decoded = decode_graphite(b"a nan N\nb inf N\nc 1e999 N\nd 1 N\n", Door().context)
    assert decoded.batch.size == 1
    assert decoded.refusals.samples_by_reason == {Reason.NOT_FINITE: 3}
    assert decoded.refusals.refused_units == 0


def test_bad_lines_are_refused_with_their_number_and_the_others_are_stored() -> None:
    text = b"a 1 N\nbad\nb x N\nc 1_0 N\nd 1 later\ne 1 nan\nput m 5\nf;x 1 N\n1 2 3 4\n\xff 1 N\ng 2 N\n"
    door = Door()
    decoded = decode_graphite(text, door.context)
    assert [row[0] for row in door.store.rows(decoded.batch)] == ["a", "g"]
    assert [(one.position, one.reason) for one in decoded.refusals.first] == [
        *((number, Reason.SYNTAX) for number in (2, 3, 4, 5, 6)),
        # Three parts: a path called put, with a time in 1970.
        (7, Reason.SYNTAX),
        (8, Reason.BAD_SERIES),
        (9, Reason.SYNTAX),
        (10, Reason.BAD_SERIES),
    ]
    messages = {one.position: one.message for one in decoded.refusals.first}
    assert messages[2] == "unable to parse 'bad': it has 1 parts in place of `path value timestamp`"
    assert "value is not a number" in messages[3]
    assert "time stamp is not a number" in messages[5]
    assert "not a tag" in messages[8]
    assert "UTF-8" in messages[10]


def test_old_and_future_times_are_refused() -> None:
    assert [reason for _, reason, _ in refused(b"a 1 5\nb 1 %d\nc 1 -7\n" % (NOW_S + 5000))] == [
        "too_old",
        "too_new",
        "too_old",
    ]


def test_what_collectd_writes() -> None:
    """Captured: CRLF, nan before the second reading."""
    door = Door()
    decoded = decode_graphite(load_body("collectd-graphite-tcp/001"), door.context)
    assert decoded.refusals.samples_by_reason == {Reason.NOT_FINITE: 26}
    assert decoded.refusals.refused_units == 0
    assert ("collectd_host_a_memory_memory_used", {}, 1_795_582_237_000, 827_707_392.0) in door.store.rows(
        decoded.batch
    )


def test_what_collectd_writes_with_write_tsdb() -> None:
    """Captured: two blanks behind the first tag (trap B024)."""
    labels = {"fqdn": "host-a", "status": "production", "dc": "lab"}
    found = rows(load_body("collectd-opentsdb-telnet/001"))
    assert len(found) == 60
    assert found[0] == ("load_load_shortterm", labels, 1_795_582_237_000, 12.84765625)


def test_what_netdata_writes() -> None:
    assert rows(load_body("netdata-graphite-http/001")) == []
    found = rows(load_body("netdata-graphite-http/002"), "(netdata).{host}.system.{chart}.*")
    labels = {"host": "host-a", "chart": "cpu", "_is_ephemeral": "false", "_has_unstable_connection": "false"}
    assert found[5] == ("system_user", labels, 1_795_582_320_000, 89.44724)


def test_a_known_path_is_looked_up_once() -> None:
    door = Door()
    for value in (1, 2):
        decode_graphite(b"a;x=1 %d N\n" % value * 50, door.context)
    assert door.store.registrations == 1


def test_stamps_beyond_int64_do_not_wrap() -> None:
    found = stamps_to_ms(np.array([1e300, -1e300, 0.0, 0.5, -1.0]), NOW_MS).tolist()
    assert found[0] > 10**14
    assert found[1] < -(10**14)
    assert found[2:] == [0, 500, NOW_MS]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.binary(max_size=40) | st.sampled_from([b"a 1 N", b"put a 1 2 b=c", b"a;b=c nan -1", b"\0"]),
        max_size=8,
    )
)
@example([b"put", b"a 1 1e400", b"a;;; 1 N", b"\x0b\x0c 1 2", b"a 1 0x10"])
def test_no_input_raises_and_every_line_is_accounted_for(lines: list[bytes]) -> None:
    """Trap B035."""
    text = b"\n".join(lines)
    decoded = decode_graphite(text, Door().context)
    filled = sum(bool(line.split()) for line in text.split(b"\n"))
    assert decoded.batch.size + decoded.refusals.samples == filled


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text("abc.-_", min_size=1, max_size=10).filter(lambda text: text.strip(".")),
            st.floats(allow_nan=False, allow_infinity=False),
            st.integers(NOW_S - 1000, NOW_S),
        ),
        min_size=1,
        max_size=10,
    )
)
def test_what_is_written_is_what_is_read(samples: list[tuple[str, float, int]]) -> None:
    text = "".join(f"{path} {value!r} {stamp}\n" for path, value, stamp in samples).encode()
    found = rows(text)
    assert [(ts_ms, value) for _, _, ts_ms, value in found] == [
        (stamp * 1000, value) for _, value, stamp in samples
    ]
    assert all(math.isfinite(value) for *_, value in found)
