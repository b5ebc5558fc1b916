"""Sockets of a line protocol: TCP connections and UDP datagrams into one batcher. Runs on the event loop.

                 batcher full          line over 8 KB      too many of them
    TCP          reading pauses        dropped, counted    connection refused, counted
    UDP          dropped, counted      dropped, counted    -

Connections may stay open for days; one that is silent for minutes is closed, for its peer may be gone without a word.
Nothing is ever answered.
"""

import asyncio
import contextlib
import socket
from typing import Any, cast

from metricbox.addresses import Address
from metricbox.errors import UsageError
from metricbox.ingest.listeners.batcher import LineBatcher
from metricbox.ingest.listeners.lines import LineSplitter, bound_lines
from metricbox.selfmetrics import SelfMetrics

MAX_CONNECTIONS = 1024
IDLE_TIMEOUT_S = 15 * 60.0
_IDLE_CHECK_S = 30.0
_BACKLOG = 128
# A burst of some ten thousand datagrams; the system may allow less.
_RECEIVE_BYTES = 8 * 1024 * 1024
_PORT_TRIES = 20


def open_tcp_and_udp(setting: str, address: Address) -> tuple[socket.socket, socket.socket]:
    """Both on one port. Raises UsageError that names the setting."""
    tries = _PORT_TRIES if address.port == 0 else 1
    for left in reversed(range(tries)):
        tcp = _bind(setting, address, socket.SOCK_STREAM)
        try:
            tcp.listen(_BACKLOG)
            return tcp, open_udp(setting, Address(address.host, tcp.getsockname()[1]))
        except UsageError:
            tcp.close()
            # The free port that the system chose for one may be taken for the other.
            if not left:
                raise
        except OSError as error:
            tcp.close()
            raise _cannot_listen(setting, address, error) from error
    raise AssertionError


def open_udp(setting: str, address: Address) -> socket.socket:
    """Raises UsageError that names the setting."""
    udp = _bind(setting, address, socket.SOCK_DGRAM)
    with contextlib.suppress(OSError):
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
    return udp


def _bind(setting: str, address: Address, kind: socket.SocketKind) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in address.host else socket.AF_INET, kind)
    try:
        if kind == socket.SOCK_STREAM:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise _cannot_listen(setting, address, error) from error
    bound.setblocking(False)
    return bound


def _cannot_listen(setting: str, address: Address, error: OSError) -> UsageError:
    return UsageError(
        f"{setting}: cannot listen on {address}: {error.strerror or error}; name another address"
    )


class TcpLines:
    """Accepts on a socket that listens, which it owns from `start` on."""

    def __init__(self, batcher: LineBatcher, metrics: SelfMetrics, *, idle_s: float = IDLE_TIMEOUT_S) -> None:
        self._batcher = batcher
        self._idle_s = idle_s
        self._refused = metrics.listener_refused_connections.labels(batcher.source)
        self._count = metrics.listener_connections.labels(batcher.source)
        self._count.set_function(lambda: len(self.connections))
        self.connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None
        self._watch: asyncio.Task[None] | None = None

    async def start(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self, self._batcher), sock=listener)
        self._watch = asyncio.create_task(self._close_idle(), name=f"{self._batcher.source}-idle")

    async def stop(self) -> None:
        """Accept and read nothing more. Idempotent."""
        if self._watch:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if self._server:
            self._server.close()
        for connection in list(self.connections):
            connection.close()

    def admit(self, connection: "_Connection") -> bool:
        if len(self.connections) >= MAX_CONNECTIONS:
            self._refused.inc()
            return False
        self.connections.add(connection)
        return True

    async def _close_idle(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(_IDLE_CHECK_S, self._idle_s / 4))
            for connection in list(self.connections):
                if connection.is_silent_since(loop.time() - self._idle_s):
                    connection.close()


class _Connection(asyncio.Protocol):
    def __init__(self, owner: TcpLines, batcher: LineBatcher) -> None:
        self._owner = owner
        self._batcher = batcher
        self._lines = LineSplitter()
        self._loop = asyncio.get_running_loop()
        self._heard_s = self._loop.time()
        self._is_paused = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if not self._owner.admit(self):
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if self not in self._owner.connections:
            return
        self._heard_s = self._loop.time()
        dropped = self._lines.dropped
        self._add(self._lines.feed(data))
        if self._lines.dropped != dropped:
            self._batcher.note_dropped("too_long", self._lines.dropped - dropped)
        if self._batcher.is_full and self._transport and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
            self._batcher.call_with_room(self._resume)

    def eof_received(self) -> None:
        # A last line without its newline, as `echo -n` writes it. One that was cut off is not stored by mistake:
        # its time stamp is too short to be of these years.
        self._add(self._lines.finish())

    def connection_lost(self, _: Exception | None) -> None:
        self._owner.connections.discard(self)
        self._transport = None

    def is_silent_since(self, moment_s: float) -> bool:
        """Whether its peer had nothing to say since then, though it might have."""
        return self._heard_s < moment_s and not self._is_paused

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    def _add(self, lines: bytes) -> None:
        if lines:
            self._batcher.add(lines)

    def _resume(self) -> None:
        self._is_paused = False
        self._heard_s = self._loop.time()
        if self._transport and not self._transport.is_closing():
            self._transport.resume_reading()


class UdpLines(asyncio.DatagramProtocol):
    """Each datagram holds whole lines, the last one with or without its newline."""

    def __init__(self, batcher: LineBatcher) -> None:
        self._batcher = batcher
        self._transport: asyncio.BaseTransport | None = None

    async def start(self, bound: socket.socket) -> None:
        """Owns the socket from here on."""
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, sock=bound)

    async def stop(self) -> None:
        """Read nothing more. Idempotent."""
        if self._transport:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, _: Any) -> None:
        if not data.endswith(b"\n"):
            data += b"\n"
        if self._batcher.is_full:
            self._batcher.note_dropped("queue_full", data.count(b"\n"))
            return
        lines, dropped = bound_lines(data)
        if dropped:
            self._batcher.note_dropped("too_long", dropped)
        self._batcher.add(lines)

    def error_received(self, _: Exception) -> None:
        """What the network tells of datagrams that were sent; none are."""
