"""All listeners of one server, from the settings to the store, by real sockets."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from metricbox.addresses import Address
from metricbox.clock import SystemClock
from metricbox.errors import UsageError
from metricbox.graphite_templates import parse_templates
from metricbox.ingest.listeners.service import Listeners
from metricbox.ingest.service import IngestService
from metricbox.selfmetrics import SelfMetrics
from metricbox.settings import Settings
from tests.ingest.fakes import FakeStore

FREE = Address("127.0.0.1", 0)


class Box:
    def __init__(self, settings: Settings) -> None:
        self.clock = SystemClock()
        self.metrics = SelfMetrics()
        self.store = FakeStore()
        self.ingest = IngestService(self.store, self.clock, settings, self.metrics)  # type: ignore[arg-type]
        self.listeners = Listeners(settings, self.clock, self.metrics)

    def send_udp(self, source: str, *datagrams: bytes) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for datagram in datagrams:
                sender.sendto(datagram, self.listeners.addresses[source])

    def send_tcp(self, source: str, data: bytes) -> None:
        with socket.create_connection(self.listeners.addresses[source], timeout=10) as sender:
            sender.sendall(data)

    async def wait_for_values(self, condition: Callable[[dict[str, float]], bool]) -> dict[str, float]:
        """The last value of each metric, once they are as wanted."""
        async with asyncio.timeout(20):
            while not condition(self.values()):
                await asyncio.sleep(0.01)
        return self.values()

    def values(self) -> dict[str, float]:
        return {name: value for name, _, _, value in self.store.rows()} if self.store.batches else {}

    def refused(self, source: str, reason: str) -> float:
        return self.metrics.samples_refused.labels(source, reason)._value.get()


@asynccontextmanager
async def running(**settings: Any) -> AsyncIterator[Box]:
    box = Box(Settings(**settings))
    try:
        with box.listeners:
            await box.listeners.start(box.ingest)
            try:
                yield box
            finally:
                await box.listeners.stop()
    finally:
        box.ingest.close()


async def test_nothing_listens_unless_it_is_asked_for() -> None:
    async with running() as box:
        assert box.listeners.addresses == {}


async def test_graphite_by_tcp_and_udp_with_templates() -> None:
    async with running(
        graphite_listen=FREE, graphite_templates=parse_templates("(servers).{host}.**")
    ) as box:
        box.send_tcp("graphite", b"servers.web1.load 1.5 -1\nput m  -1 2 x=y\n")
        box.send_udp("graphite", b"other 3 N")
        await box.wait_for_values(lambda values: len(values) == 3)
    assert {(name, tuple(labels.items()), value) for name, labels, _, value in box.store.rows()} == {
        ("load", (("host", "web1"),), 1.5),
        ("m", (("x", "y"),), 2.0),
        ("other", (), 3.0),
    }


async def test_influx_by_udp_guesses_the_unit_of_stamps() -> None:
    """collectd sends milliseconds where everybody sends nanoseconds (trap B007)."""
    async with running(influx_udp_listen=FREE) as box:
        ms = box.clock.now_ms() // 1000 * 1000
        box.send_udp("influx_udp", *(b"m,t=%d v=1 %d" % (n, ms * 1000**n // 1000) for n in range(4)))
        await box.wait_for_values(lambda _: len(box.store.ids) == 4)
    assert {row[2] for row in box.store.rows()} == {ms}


async def test_statsd_is_summed_up_and_flushed() -> None:
    async with running(statsd_listen=FREE, statsd_flush_interval=1000) as box:
        box.send_udp("statsd", b"hits:1|c", b"hits:2|c\nq:5|g\n")
        box.send_tcp("statsd", b"hits:4|c\n")
        values = await box.wait_for_values(lambda values: values.get("hits_total") == 7)
        assert values["q"] == 5
        first = next(row for row in box.store.rows() if row[0] == "hits_total")
        # Told twice when it is new, so that its increase is seen.
        assert first[3] == 0.0
        assert all(ts_ms % 1000 == 0 for name, _, ts_ms, value in box.store.rows() if value)


async def test_what_has_come_is_stored_when_the_server_stops() -> None:
    async with running(statsd_listen=FREE, graphite_listen=FREE, statsd_flush_interval=300_000) as box:
        box.send_tcp("statsd", b"hits:7|c\n")
        box.send_tcp("graphite", b"a 1 -1\n")
        async with asyncio.timeout(20):
            while len([1 for one in box.listeners._running if one._batcher._waiting_lines]) < 2:
                await asyncio.sleep(0.001)
    assert box.values() == {"hits_total": 7.0, "a": 1.0}


async def test_refused_lines_are_counted_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """Trap B039: the log grows by less than 1 KB. Traps B035, B036: nothing stops the listener."""
    odd = [b"foo:-1|c"] * 1000 + [b"_e{-1,5}:a|b", b"\xff\xfe\0", b"_sc|a|b", b":::|||"]
    async with running(statsd_listen=FREE, statsd_flush_interval=1000) as box:
        with caplog.at_level(logging.INFO):
            before = len(caplog.text)
            for start in range(0, len(odd), 100):
                box.send_tcp("statsd", b"\n".join(odd[start : start + 100]) + b"\n")
            box.send_tcp("statsd", b"good:1|c\n")
            await box.wait_for_values(lambda values: "good_total" in values)
            async with asyncio.timeout(20):
                while box.refused("statsd", "unsupported") < 1002:
                    await asyncio.sleep(0.01)
        assert box.refused("statsd", "syntax") == 2
        assert len(caplog.text) - before < 1000


async def test_totals_that_find_no_room_are_told_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metricbox.ingest.service.PATIENCE_S", {"statsd": 0.0})
    async with running(statsd_listen=FREE, statsd_flush_interval=1000) as box:
        box.store.full_times = 1
        box.send_udp("statsd", b"hits:1|c")
        await box.wait_for_values(lambda values: values.get("hits_total") == 1)
        assert box.store.full_times == 0
    assert sorted(value for name, _, _, value in box.store.rows() if name == "hits_total")[0] == 0.0


async def test_a_full_store_holds_graphite_back_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metricbox.ingest.service.PATIENCE_S", {"graphite": 0.0})
    async with running(graphite_listen=FREE) as box:
        box.store.full_times = 1
        box.send_tcp("graphite", b"a 1 -1\n")
        await box.wait_for_values(lambda values: values == {"a": 1.0})


def test_a_setting_whose_address_is_taken_is_named_and_the_others_are_let_go() -> None:
    with socket.socket() as taken:
        taken.bind(FREE)
        taken.listen()
        busy = Address("127.0.0.1", taken.getsockname()[1])
        box = Box(Settings(graphite_listen=FREE, statsd_listen=busy))
        with pytest.raises(UsageError, match="statsd_listen"), box.listeners:
            pass
        assert box.listeners._sockets == {}
        box.ingest.close()
