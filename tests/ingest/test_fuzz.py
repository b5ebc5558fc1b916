"""Every decoder on damaged input: it raises nothing but its own refusal, and takes and allocates no more than a bound.

Some examples run with all tests; `make fuzz` runs many more. Times are of this thread's CPU alone.
"""

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metricbox.errors import MetricboxError
from metricbox.ingest.collectd import decode_collectd
from metricbox.ingest.exposition import decode_exposition, read_exposition
from metricbox.ingest.exposition_protobuf import read_protobuf
from metricbox.ingest.graphite import decode_graphite
from metricbox.ingest.json_lines import decode_json_lines
from metricbox.ingest.line_protocol import LineDecoder
from metricbox.ingest.native_json import JsonDecoder
from metricbox.ingest.opentsdb import OpenTsdbBody
from metricbox.ingest.otlp import OtlpDoor
from metricbox.ingest.remote_write import RemoteWriteDecoder
from metricbox.ingest.remote_write_2 import decode_remote_write_2
from metricbox.ingest.remote_write_symbols import SymbolNumbers
from metricbox.ingest.series_cache import GenerationCache, SeriesRegistrar
from metricbox.ingest.series_table import DoorContext
from metricbox.ingest.statsd import StatsdAggregator
from metricbox.ingest.timestamps import NANOSECONDS, make_window
from tests.ingest.fakes import FakeStore
from tests.support.remote_write import metadata, series

NOW_MS = 1_795_600_800_000
HERE = Path(__file__).parent
# "No input takes over 50 ms a KB": what a body of any size may take, with room for the first use of a module.
MS_A_KB, MS_AT_ONCE = 50.0, 500.0
BYTES_A_BYTE, BYTES_AT_ONCE = 400, 24_000_000


def make_door() -> DoorContext:
    return DoorContext(
        SeriesRegistrar(FakeStore(), 10_000),
        GenerationCache(1_000_000),
        make_window(NOW_MS, 7 * 86_400_000, 600_000),
        0.0,
        10_000_000,
    )


def decode_lines(body: bytes) -> object:
    door = make_door()
    return LineDecoder(door.registrar, 1_000_000).decode(body, NANOSECONDS, door.window, 0.0)


def decode_native(body: bytes) -> object:
    door = make_door()
    return JsonDecoder(door.registrar, 1_000_000).decode(body, door.window, 0.0)


def decode_remote_write(body: bytes) -> object:
    door = make_door()
    return RemoteWriteDecoder(door.registrar, 1_000_000).decode(body, door.window, 0.0)


def decode_text(body: bytes) -> object:
    return decode_exposition(make_door(), read_exposition(body, is_openmetrics=False))


def decode_openmetrics(body: bytes) -> object:
    return decode_exposition(make_door(), read_exposition(body, is_openmetrics=True))


# Door -> its decoder, and bodies that are right.
LINE = b'cpu,host=a\\ b,core=0 used=1.5,idle=3i,ok=true,note="x \\" y" 1795600800000000000\n'
POINT = b'{"metrics":[{"name":"cpu","value":1.5,"tags":{"host":"a"},"timestamp":1795600800000}]}'
JSON_LINE = (
    b'{"metric":{"__name__":"m","a":"b"},"values":[1,null],"timestamps":[1795600800000,1795600801000]}\n'
)
TSDB = b'[{"metric":"m","timestamp":1795600800,"value":"1.5","tags":{"host":"a"}}]'
COLLECTD = (
    b'[{"values":[1,null],"dstypes":["derive","derive"],"dsnames":["rx","tx"],"time":1795600800.5,'
    b'"interval":2.0,"host":"h","plugin":"interface","plugin_instance":"eth0","type":"if_octets",'
    b'"type_instance":""}]'
)
STATSD = b"c:1|c|@0.5|#a:b,c\ng:+3|g\nt:1:2:3|ms\ns:x|s\n_e{5,4}:title|text\nn[a=b]:1|c\n"
TEXT = b'# HELP m help\n# TYPE m counter\nm{a="b\\n",c="d"} 1.5 1795600800000\nn +Inf\n# EOF\n'


def read_payloads(pattern: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((HERE / "payloads").glob(pattern))][:4]


DOORS: dict[str, tuple[Callable[[bytes], object], list[bytes]]] = {
    "line": (decode_lines, [LINE * 3]),
    "json": (decode_native, [POINT, POINT[11:-1]]),
    "json_lines": (lambda body: decode_json_lines(body, make_door()), [JSON_LINE * 2]),
    "remote_write": (
        decode_remote_write,
        [series({"__name__": "m", "a": "b"}, (NOW_MS, 1.5)) + metadata("m", 1, "help")],
    ),
    "remote_write_2": (
        lambda body: decode_remote_write_2(body, make_door(), SymbolNumbers()),
        [b'"\x00"\x08__name__"\x01m*\x11\x0a\x02\x01\x02\x12\x0b\x09\x00\x00\x00\x00\x00\x00\xf8?\x10\x05'],
    ),
    "otlp": (
        lambda body: OtlpDoor("prometheus").decode(body, make_door(), is_json=False),
        read_payloads("otlp-python-protobuf/*.body.bin"),
    ),
    "otlp_json": (
        lambda body: OtlpDoor("raw").decode(body, make_door(), is_json=True),
        read_payloads("otlp-js-json/*.body.bin"),
    ),
    "text": (decode_text, [TEXT]),
    "openmetrics": (decode_openmetrics, [TEXT]),
    "protobuf": (
        lambda body: decode_exposition(make_door(), read_protobuf(body)),
        [b"\x07\x0a\x01m\x18\x00\x22\x00"],
    ),
    "graphite": (
        lambda body: decode_graphite(body, make_door()),
        [b"a.b.c 1.5 1795600800\na;t=v 2 N\r\n"],
    ),
    "statsd": (lambda body: StatsdAggregator(NOW_MS).take(body, make_door()), [STATSD]),
    "opentsdb": (lambda body: OpenTsdbBody(body).decode(make_door()), [TSDB]),
    "collectd": (lambda body: decode_collectd(body, make_door()), [COLLECTD]),
}

cuts = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 40), st.binary(max_size=12)), min_size=1, max_size=4
)


def damage(body: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    """Some parts of the body taken out, with something else in their place."""
    for at, length, piece in changes:
        start = at % (len(body) + 1)
        body = body[:start] + piece + body[start + length :]
    return body


def refuse(decode: Callable[[bytes], object], body: bytes) -> int:
    """The status of the refusal; 0 when there was none."""
    try:
        decode(body)
    except MetricboxError as error:
        return error.status
    return 0


def check(name: str, body: bytes) -> None:
    decode, _ = DOORS[name]
    started_s = time.thread_time()
    status = refuse(decode, body)
    assert status < 500
    took_ms = (time.thread_time() - started_s) * 1000
    assert took_ms <= MS_AT_ONCE + MS_A_KB * len(body) / 1024, f"{took_ms:.0f} ms for {len(body)} bytes"


@pytest.mark.parametrize("name", DOORS)
def test_bodies_that_are_right_are_taken(name: str) -> None:
    decode, bodies = DOORS[name]
    assert bodies
    for body in bodies:
        decode(body)


@pytest.mark.parametrize("name", DOORS)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_damaged_bodies_are_refused_and_nothing_else(name: str, data: st.DataObject) -> None:
    """Traps B002, B004, B035 and B036."""
    _, bodies = DOORS[name]
    body = data.draw(st.sampled_from(bodies))
    check(name, damage(body, data.draw(cuts)))
    check(name, data.draw(st.binary(max_size=300)))


# What is long, deep or many of a kind: a decoder that is quadratic in any of these does not end in time.
LONG = {
    "quotes": b'"' * 200_000,
    "backslashes": b"\\" * 200_000,
    "commas": b"a," * 100_000,
    "blanks": b" " * 200_000,
    "braces": b"{" * 200_000,
    "brackets": b"[" * 200_000,
    "lines": b"\n" * 200_000,
    "one word": b"a" * 200_000,
    "digits": b"1" * 200_000,
    "zeros": b"\x00" * 200_000,
    "ones": b"\xff" * 200_000,
    "groups": b"\x0b" * 200_000,
    "nested messages": b"\x0a\x7f" * 100_000,
    "pairs": b"a=b;" * 50_000,
    "colons": b"a:1|c|#" + b"x:y," * 50_000,
}


@pytest.mark.parametrize("name", DOORS)
def test_long_bodies_take_time_and_memory_by_their_length(name: str) -> None:
    _, bodies = DOORS[name]
    for body in LONG.values():
        check(name, body)
        check(name, bodies[0] + body)
    tracemalloc.start()
    try:
        for body in LONG.values():
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            check_memory(name, body, before)
    finally:
        tracemalloc.stop()


def check_memory(name: str, body: bytes, before: int) -> None:
    decode, _ = DOORS[name]
    refuse(decode, body)
    _, peak = tracemalloc.get_traced_memory()
    assert peak - before <= BYTES_AT_ONCE + BYTES_A_BYTE * len(body)
