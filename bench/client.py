"""A client that costs little itself: http.client on kept connections, bodies made beforehand."""

import http.client
import threading
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bench.server import BenchServer


class Request(NamedTuple):
    path: str
    headers: Mapping[str, str]
    bodies: Sequence[bytes]


class Timing(NamedTuple):
    wall_s: float
    server_cpu_s: float
    answers_s: list[float]

    def quantile_ms(self, share: float) -> float:
        ordered = sorted(self.answers_s)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] * 1000


class Connection:
    def __init__(self, server: BenchServer, token: str) -> None:
        self._http = http.client.HTTPConnection(server.host, server.port, timeout=120)
        self._headers = {"Authorization": f"Bearer {token}"}

    def post(self, path: str, content_type: str, body: bytes) -> bytes:
        return self.send(path, {"Content-Type": content_type}, body)

    def send(self, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        """A POST with these headers and the token."""
        self._http.request("POST", path, body, self._headers | dict(headers))
        return self._read(path)[1]

    def get(self, path: str, headers: Mapping[str, str]) -> bytes:
        """With these headers alone."""
        self._http.request("GET", path, headers=dict(headers))
        return self._read(path)[1]

    def sign_in(self, body: bytes) -> str:
        """The cookie of a new session, as it is sent back."""
        path = "/api/v1/auth/login"
        self._http.request("POST", path, body, {"Content-Type": "application/json"})
        cookie = self._read(path)[0].headers["Set-Cookie"]
        return cookie.partition(";")[0]

    def _read(self, path: str) -> tuple[http.client.HTTPResponse, bytes]:
        answer = self._http.getresponse()
        content = answer.read()
        if answer.status >= 300:
            msg = f"{path} was answered {answer.status}: {content[:300]!r}"
            raise SystemExit(msg)
        return answer, content

    def close(self) -> None:
        self._http.close()


def measure(server: BenchServer, token: str, request: Request, clients: int = 1) -> Timing:
    """Send all bodies, shared out among the clients, and wait for every answer."""
    answers_s: list[float] = []

    def send(bodies: Sequence[bytes]) -> None:
        connection = Connection(server, token)
        for body in bodies:
            before_s = time.perf_counter()
            connection.send(request.path, request.headers, body)
            answers_s.append(time.perf_counter() - before_s)
        connection.close()

    threads = [threading.Thread(target=send, args=(request.bodies[one::clients],)) for one in range(clients)]
    cpu_s, before_s = server.cpu_s(), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    timing = Timing(time.perf_counter() - before_s, server.cpu_s() - cpu_s, answers_s)
    if len(answers_s) != len(request.bodies):
        raise SystemExit("a client failed; its message is above")
    return timing
