"""What a small request costs: who is asked for, and whether somebody who signs in makes others wait."""

import json
import statistics
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from bench.client import Connection
from bench.server import EMAIL, PASSWORD, BenchServer

ME = "/api/v1/auth/me"
# 1,000 a second on one core.
MOST_CPU_US = 1_000
MOST_P50_MS = 1.0


class Cost(NamedTuple):
    cpu_us: float
    p50_ms: float


def measure_small_requests(folder: Path, count: int) -> list[tuple[str, float, str, float | None]]:
    """Name, value, unit and the most that it may be; `count` requests for each."""
    with BenchServer(folder / "http", "--no-agent") as server:
        session, login_ms = sign_in(server)
        token = {"Authorization": f"Bearer {server.create_token('admin')}"}
        open_path = measure_path(server, "/health", {}, count)
        by_session = measure_path(server, ME, session, count)
        by_token = measure_path(server, ME, token, count)
        stop = threading.Event()
        others = [threading.Thread(target=sign_in_again, args=(server, stop)) for _ in range(2)]
        for other in others:
            other.start()
        beside = measure_path(server, ME, session, count)
        stop.set()
        for other in others:
            other.join()
    return [
        ("GET /health, open to all: server CPU", open_path.cpu_us, "µs", None),
        (f"GET {ME}, session: server CPU", by_session.cpu_us, "µs", MOST_CPU_US),
        (f"GET {ME}, token: server CPU", by_token.cpu_us, "µs", MOST_CPU_US),
        (f"GET {ME}, session: requests of one core", 1e6 / by_session.cpu_us, "1/s", None),
        (f"GET {ME}, session: p50", by_session.p50_ms, "ms", MOST_P50_MS),
        ("signing in, alone: p50", login_ms, "ms", None),
        (f"GET {ME} while two sign in all the time: p50", beside.p50_ms, "ms", None),
    ]


def sign_in(server: BenchServer) -> tuple[Mapping[str, str], float]:
    """The headers of a session, and how long it took to get one."""
    connection = Connection(server, "")
    times_s = []
    cookie = ""
    for _ in range(5):
        before_s = time.perf_counter()
        cookie = connection.sign_in(json.dumps({"email": EMAIL, "password": PASSWORD}).encode())
        times_s.append(time.perf_counter() - before_s)
    connection.close()
    return {"Cookie": cookie}, statistics.median(times_s) * 1000


def sign_in_again(server: BenchServer, stop: threading.Event) -> None:
    while not stop.is_set():
        sign_in(server)


def measure_path(server: BenchServer, path: str, headers: Mapping[str, str], count: int) -> Cost:
    connection = Connection(server, "")
    for _ in range(count // 10):
        connection.get(path, headers)
    cpu_s = server.cpu_s()
    times_s = []
    for _ in range(count):
        before_s = time.perf_counter()
        connection.get(path, headers)
        times_s.append(time.perf_counter() - before_s)
    cpu_s = server.cpu_s() - cpu_s
    connection.close()
    return Cost(cpu_s / count * 1e6, statistics.median(times_s) * 1000)
