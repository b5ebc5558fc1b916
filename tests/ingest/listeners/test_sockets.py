"""Real connections and datagrams on free loopback ports."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from metricbox.addresses import Address
from metricbox.clock import ManualClock
from metricbox.errors import UsageError
from metricbox.ingest.listeners import batcher as batcher_module
from metricbox.ingest.listeners import sockets
from metricbox.ingest.listeners.batcher import LineBatcher
from metricbox.ingest.listeners.sockets import TcpLines, UdpLines, open_tcp_and_udp, open_udp
from metricbox.selfmetrics import SelfMetrics

LOOPBACK = Address("127.0.0.1", 0)


class Listening:
    """Both sockets of a protocol whose batcher runs, or stands still."""

    def __init__(self, idle_s: float) -> None:
        self.metrics = SelfMetrics()
        self.lines: list[bytes] = []
        self.batcher = LineBatcher("graphite", self._push, ManualClock(0), self.metrics, max_wait_s=0.01)
        self.tcp = TcpLines(self.batcher, self.metrics, idle_s=idle_s)
        self.udp = UdpLines(self.batcher)
        self.port = 0
        self._task: asyncio.Task[None] | None = None

    async def _push(self, lines: bytes) -> None:
        self.lines += lines.splitlines()

    def run_batcher(self) -> None:
        self._task = asyncio.create_task(self.batcher.run())

    async def stop(self) -> None:
        await self.tcp.stop()
        await self.udp.stop()
        self.batcher.stop()
        await (self._task or self.batcher.run())

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    def dropped(self, reason: str) -> float:
        return self.metrics.listener_dropped_lines.labels("graphite", reason)._value.get()


@asynccontextmanager
async def listening(*, is_running: bool = True, idle_s: float = 900.0) -> AsyncIterator[Listening]:
    one = Listening(idle_s)
    tcp, udp = open_tcp_and_udp("graphite_listen", LOOPBACK)
    one.port = tcp.getsockname()[1]
    assert udp.getsockname()[1] == one.port
    await one.tcp.start(tcp)
    await one.udp.start(udp)
    if is_running:
        one.run_batcher()
    try:
        yield one
    finally:
        await one.stop()


async def wait_for(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


async def test_lines_come_whole_however_they_are_sent() -> None:
    async with listening() as one:
        _, writer = await one.connect()
        for piece in (b"a 1", b" 5\r", b"\nb 2 5\nc", b" 3 5\n", b"d 4 5"):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.02)
        await wait_for(lambda: len(one.lines) == 3)
        writer.close()
        await wait_for(lambda: len(one.lines) == 4)
    assert one.lines == [b"a 1 5", b"b 2 5", b"c 3 5", b"d 4 5"]


async def test_many_connections_at_once_lose_nothing() -> None:
    async def send(one: Listening, number: int) -> None:
        _, writer = await one.connect()
        for line in range(50):
            writer.write(b"%d.%d 1 5\n" % (number, line))
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with listening() as one:
        await asyncio.gather(*(send(one, number) for number in range(20)))
        await wait_for(lambda: len(one.lines) == 1000)
        assert len(set(one.lines)) == 1000
        await wait_for(lambda: not one.tcp.connections)


async def test_a_line_that_is_too_long_is_dropped_and_the_connection_goes_on() -> None:
    async with listening() as one:
        _, writer = await one.connect()
        writer.write(b"x" * 100_000 + b"\ngood 1 5\n")
        await wait_for(lambda: one.lines == [b"good 1 5"])
        assert one.dropped("too_long") == 1
        writer.close()


async def test_a_connection_is_not_read_while_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batcher_module, "MAX_WAITING_LINES", 100)
    # More than the buffers of both ends hold.
    total = 200_000
    async with listening(is_running=False) as one:
        _, writer = await one.connect()
        writer.write(b"some.path.of.a.metric.that.is.long 1 1795600800\n" * total)
        await wait_for(lambda: one.batcher.is_full)
        await asyncio.sleep(0.2)
        waiting = one.batcher._waiting_lines
        assert waiting < total / 2
        await asyncio.sleep(0.1)
        assert one.batcher._waiting_lines == waiting
        one.run_batcher()
        await wait_for(lambda: len(one.lines) == total)
        writer.close()
    assert one.dropped("queue_full") == 0


async def test_connections_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "MAX_CONNECTIONS", 2)
    async with listening() as one:
        kept = [await one.connect() for _ in range(2)]
        await wait_for(lambda: len(one.tcp.connections) == 2)
        reader, refused = await one.connect()
        # A reset, or its end: the peer learns that nothing is taken.
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        refused.close()
        kept[0][1].write(b"a 1 5\n")
        await wait_for(lambda: one.lines == [b"a 1 5"])
        assert one.metrics.listener_refused_connections.labels("graphite")._value.get() == 1
        for _, writer in kept:
            writer.close()


async def test_a_silent_connection_is_closed_after_a_while() -> None:
    async with listening(idle_s=0.2) as one:
        reader, writer = await one.connect()
        async with asyncio.timeout(20):
            assert await reader.read() == b""
        await wait_for(lambda: not one.tcp.connections)
        writer.close()


async def test_datagrams_with_and_without_a_newline_at_their_end() -> None:
    async with listening() as one:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for datagram in (b"a 1 5", b"b 1 5\nc 1 5\n", b"", b"x" * 9000 + b"\nd 1 5"):
                sender.sendto(datagram, ("127.0.0.1", one.port))
        await wait_for(lambda: len([line for line in one.lines if line]) == 4)
    assert [line for line in one.lines if line] == [b"a 1 5", b"b 1 5", b"c 1 5", b"d 1 5"]
    assert one.dropped("too_long") == 1


async def test_datagrams_for_which_there_is_no_room_are_dropped_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batcher_module, "MAX_WAITING_LINES", 10)
    async with listening(is_running=False) as one:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(5):
                sender.sendto(b"a 1 5\n" * 5, ("127.0.0.1", one.port))
        await wait_for(lambda: one.dropped("queue_full") == 15)
        one.run_batcher()
        await wait_for(lambda: len(one.lines) == 10)


def test_an_address_that_cannot_be_had_names_its_setting() -> None:
    with socket.socket() as taken:
        taken.bind(LOOPBACK)
        taken.listen()
        address = Address("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(UsageError, match="graphite_listen: cannot listen on 127"):
            open_tcp_and_udp("graphite_listen", address)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(LOOPBACK)
        address = Address("127.0.0.1", udp.getsockname()[1])
        for opener in (open_tcp_and_udp, open_udp):
            with pytest.raises(UsageError, match="statsd_listen"):
                opener("statsd_listen", address)


def test_ipv6() -> None:
    for one in open_tcp_and_udp("graphite_listen", Address("::1", 0)):
        assert one.getsockname()[0] == "::1"
        one.close()
