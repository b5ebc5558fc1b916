"""The line protocols that come by TCP and UDP: which of them listen where, by the settings, and what becomes of lines.

    graphite_listen      TCP and UDP    decoded and stored every second
    statsd_listen        TCP and UDP    summed up, stored every statsd_flush_interval
    influx_udp_listen    UDP            decoded and stored every second

Made by app.py and entered before anything else is touched, started when samples can be stored, stopped before they no
longer can; then what has come is stored. These protocols know no credentials: whoever reaches the address may send.
"""

import asyncio
import contextlib
import logging
import socket
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Self

from metricbox.addresses import Address
from metricbox.clock import Clock
from metricbox.errors import InsufficientStorageError, RetryableError, UsageError
from metricbox.ingest.graphite import decode_graphite
from metricbox.ingest.listeners.batcher import LineBatcher
from metricbox.ingest.listeners.sockets import TcpLines, UdpLines, open_tcp_and_udp, open_udp
from metricbox.ingest.series_cache import NO_TOKEN
from metricbox.ingest.service import IngestService
from metricbox.ingest.statsd import Row, StatsdAggregator, resolve_rows
from metricbox.selfmetrics import SelfMetrics
from metricbox.settings import Settings

logger = logging.getLogger(__name__)

GRAPHITE, STATSD, INFLUX_UDP = "graphite", "statsd", "influx_udp"
# What is in hand when the server stops gets this long to reach the disk.
_STOP_S = 5.0
# Flushes that wait for room in the store; the oldest is dropped then. Half a minute, at the default interval.
_MAX_WAITING_FLUSHES = 3


class Listeners:
    """All of one server, a context manager. `addresses` says where each of them listens."""

    def __init__(self, settings: Settings, clock: Clock, metrics: SelfMetrics) -> None:
        self._settings = settings
        self._clock = clock
        self._metrics = metrics
        self._sockets: dict[str, tuple[socket.socket | None, socket.socket]] = {}
        self._running: list[_Listener] = []
        self.addresses: dict[str, Address] = {}

    def __enter__(self) -> Self:
        """Open the sockets. Raises UsageError that names the setting."""
        try:
            self._bind()
        except UsageError:
            self._close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _bind(self) -> None:
        settings = self._settings
        for source, setting, address in (
            (GRAPHITE, "graphite_listen", settings.graphite_listen),
            (STATSD, "statsd_listen", settings.statsd_listen),
        ):
            if address:
                self._sockets[source] = open_tcp_and_udp(setting, address)
        if settings.influx_udp_listen:
            self._sockets[INFLUX_UDP] = None, open_udp("influx_udp_listen", settings.influx_udp_listen)
        for source, (_, udp) in self._sockets.items():
            self.addresses[source] = Address(*udp.getsockname()[:2])

    async def start(self, ingest: IngestService) -> None:
        """Read from now on."""
        statsd = _Statsd(ingest, self._clock, self._settings.statsd_flush_interval, self._metrics)
        templates = self._settings.graphite_templates
        pushes: dict[str, Callable[[bytes], Awaitable[object]]] = {
            GRAPHITE: lambda lines: ingest.push(
                GRAPHITE, NO_TOKEN, lambda door: decode_graphite(lines, door, templates)
            ),
            STATSD: statsd.take,
            INFLUX_UDP: lambda lines: ingest.push_lines(lines, None, "auto", INFLUX_UDP),
        }
        for source, (tcp, udp) in self._sockets.items():
            batcher = LineBatcher(source, pushes[source], self._clock, self._metrics)
            listener = _Listener(batcher, self._metrics, statsd if source == STATSD else None)
            self._running.append(listener)
            await listener.start(tcp, udp)
            logger.info("%s: listening on %s", source, self.addresses[source])

    async def stop(self) -> None:
        """Read nothing more, and store what has come. Idempotent."""
        running, self._running = self._running, []
        await asyncio.gather(*(listener.stop() for listener in running))

    def _close(self) -> None:
        """Also what `start` took over: a socket may be closed twice."""
        for pair in self._sockets.values():
            for one in pair:
                if one:
                    one.close()
        self._sockets = {}


class _Listener:
    def __init__(self, batcher: LineBatcher, metrics: SelfMetrics, statsd: "_Statsd | None") -> None:
        self._batcher = batcher
        self._tcp = TcpLines(batcher, metrics)
        self._udp = UdpLines(batcher)
        self._statsd = statsd
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, tcp: socket.socket | None, udp: socket.socket) -> None:
        self._tasks.append(asyncio.create_task(self._batcher.run(), name=f"{self._batcher.source}-lines"))
        if self._statsd:
            self._tasks.append(asyncio.create_task(self._statsd.run(), name="statsd-flush"))
        if tcp:
            await self._tcp.start(tcp)
        await self._udp.start(udp)

    async def stop(self) -> None:
        await self._tcp.stop()
        await self._udp.stop()
        self._batcher.stop()
        batches, *flushes = self._tasks
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_S):
                await asyncio.shield(asyncio.gather(batches, return_exceptions=True))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._statsd and flushes:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_STOP_S):
                    await self._statsd.flush_now()


class _Statsd:
    """Lines into the totals, and the totals into the store at multiples of the interval."""

    def __init__(self, ingest: IngestService, clock: Clock, interval_ms: int, metrics: SelfMetrics) -> None:
        self._ingest = ingest
        self._clock = clock
        self._interval_ms = interval_ms
        self._metrics = metrics
        self._aggregator = StatsdAggregator(clock.now_ms())
        self._waiting: deque[list[Row]] = deque()

    async def flush_now(self) -> None:
        await self.flush(self._clock.now_ms())

    async def take(self, lines: bytes) -> object:
        return await self._ingest.push(STATSD, NO_TOKEN, lambda door: self._aggregator.take(lines, door))

    async def run(self) -> None:
        while True:
            now_ms = self._clock.now_ms()
            due_ms = now_ms - now_ms % self._interval_ms + self._interval_ms
            await asyncio.sleep((due_ms - now_ms) / 1000)
            # A timer may fire some milliseconds early.
            while 0 < (rest_ms := due_ms - self._clock.now_ms()) <= self._interval_ms:  # noqa: ASYNC110 - a clock
                await asyncio.sleep(rest_ms / 1000)
            late_ms = self._clock.now_ms() - due_ms
            # Even times are easier on the eye; but after a jump of the clock the time is what it is now.
            await self.flush(due_ms if 0 <= late_ms < self._interval_ms else due_ms + late_ms)

    async def flush(self, ts_ms: int) -> None:
        """Store what there is to tell; what finds no room is kept for the next flush. Never raises."""
        try:
            rows = await asyncio.to_thread(self._aggregator.flush, ts_ms)
            if rows:
                self._waiting.append(rows)
            while len(self._waiting) > _MAX_WAITING_FLUSHES:
                lost = self._waiting.popleft()
                self._metrics.samples_refused.labels(STATSD, "queue_full").inc(len(lost))
            while self._waiting:
                await self._ingest.push(STATSD, NO_TOKEN, partial(resolve_rows, self._waiting[0]))
                self._waiting.popleft()
        except (RetryableError, InsufficientStorageError) as error:
            logger.warning("statsd: totals could not be stored and are tried again: %s", error.message)
        except Exception:
            # Whatever it was, the next flush may do better.
            logger.exception("statsd: a flush failed")
            self._waiting.clear()
