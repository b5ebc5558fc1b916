"""An HTTP server on loopback that takes what is posted, and answers as it is told. Bounded; runs in a thread.

It speaks plain HTTP/1.1 by itself, so that it can also answer what no good server answers.
"""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

MAX_BODY_BYTES = 4_000_000
MAX_REQUESTS = 100_000


class Posted(NamedTuple):
    method: str
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Answer(NamedTuple):
    status: int = 200
    body: bytes = b"ok"
    headers: Mapping[str, str] = {}
    hangs: bool = False
    """Take the request and never answer."""
    drips: bool = False
    """A byte of the answer now and then, for ever."""
    closes: bool = False
    """Take the request and close."""


class HttpSink:
    """`answer` is called with each request, in a thread of its connection."""

    def __init__(self) -> None:
        self.posted: list[Posted] = []
        self.answer: Callable[[Posted], Answer] = lambda _: Answer()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._stopped = threading.Event()
        self._connections: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._stopped.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._thread.join(10)

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError), connection, connection.makefile("rb") as stream:
            while request := _read(stream):
                if len(self.posted) < MAX_REQUESTS:
                    self.posted.append(request)
                if not self._reply(connection, self.answer(request)):
                    return

    def _reply(self, connection: socket.socket, answer: Answer) -> bool:
        """Whether the connection goes on."""
        if answer.closes:
            return False
        if answer.hangs:
            self._stopped.wait()
            return False
        length = 1_000_000_000 if answer.drips else len(answer.body)
        head = [f"HTTP/1.1 {answer.status} Said", f"Content-Length: {length}"]
        head += [f"{name}: {value}" for name, value in answer.headers.items()]
        connection.sendall("\r\n".join([*head, "", ""]).encode() + answer.body)
        while answer.drips and not self._stopped.wait(0.02):
            connection.sendall(b"x")
        return not answer.drips


def _read(stream: Any) -> Posted | None:
    first = stream.readline(65_536).decode("latin-1").split()
    if not first:
        return None
    headers = {}
    while line := stream.readline(65_536).strip():
        name, _, value = line.partition(b":")
        headers[name.decode("latin-1").lower()] = value.strip().decode()
    length = int(headers.get("content-length", "0"))
    if length > MAX_BODY_BYTES:
        raise ValueError("more than a message")
    return Posted(first[0], first[1], headers, stream.read(length))


@contextmanager
def run_sink() -> Iterator[HttpSink]:
    sink = HttpSink()
    try:
        yield sink
    finally:
        sink.close()
