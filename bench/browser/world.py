"""The data and the dashboards that are looked at."""

import random
import threading
import time
from typing import Any

from bench.client import Connection
from bench.server import BenchServer

PANELS, HOSTS = 20, 10
STEP_MS = 10_000
LENGTH_MS = 75 * 60_000
BIG = {"big": (50, 5_000), "middle": (20, 4_000)}
"""Series and points, one a second."""
BODY_LINES = 10_000


def fill(server: BenchServer, now_ms: int) -> None:
    connection = Connection(server, server.create_token("ingest"))
    chance = random.Random(1)
    lines: list[str] = []
    for ts_ms in range(now_ms - LENGTH_MS, now_ms + 1, STEP_MS):
        lines += small_lines(ts_ms, chance)
    for name, (series, points) in BIG.items():
        values = [50.0 + 10 * one for one in range(series)]
        for second in range(points + 60):
            ts_ms = now_ms - now_ms % 1000 - (points + 59 - second) * 1000
            for one in range(series):
                values[one] += chance.uniform(-2, 2)
                lines.append(f"{name},host=web{one:02} value={values[one]:.2f} {ts_ms}")
    for first in range(0, len(lines), BODY_LINES):
        body = "\n".join(lines[first : first + BODY_LINES]).encode()
        connection.post("/write?precision=ms", "text/plain", body)
    connection.close()


def small_lines(ts_ms: int, chance: random.Random) -> list[str]:
    return [
        f"load{panel},host=web{host:02} value={40 + 5 * host + chance.uniform(-2, 2):.2f} {ts_ms}"
        for panel in range(PANELS)
        for host in range(HOSTS)
    ]


class Sender:
    """New samples as time goes on: a refresh has something to draw."""

    def __init__(self, server: BenchServer) -> None:
        self._connection = Connection(server, server.create_token("ingest"))
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Sender":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        chance = random.Random(2)
        while not self._ended.wait(STEP_MS / 1000):
            ts_ms = time.time_ns() // 1_000_000
            body = "\n".join(small_lines(ts_ms, chance)).encode()
            self._connection.post("/write?precision=ms", "text/plain", body)


def panel(title: str, query: Any, place: tuple[int, int, int, int]) -> dict[str, Any]:
    position = dict(zip("xywh", place, strict=True))
    return {"title": title, "type": "line", "query": query, "options": {}, "position": position}


def tiles(count: int, w: int, h: int, query: str = "load{}") -> list[dict[str, Any]]:
    """Panels side by side, in rows of twelve columns."""
    a_row = 12 // w
    return [
        panel(f"Panel {one}", query.format(one % PANELS), (one % a_row * w, one // a_row * h, w, h))
        for one in range(count)
    ]


HOST = {
    "name": "host",
    "label": "Host",
    "type": "query",
    "query": "label_values(load0, host)",
    "includeAll": True,
}


def dashboards() -> dict[str, dict[str, Any]]:
    hour = {"from": "now-1h", "to": "now"}
    most = {"from": "now-5000s", "to": "now"}
    still = {"timeRange": hour, "refreshInterval": ""}
    moving = {"timeRange": hour, "refreshInterval": "1s"}
    variable = tiles(12, 3, 3, 'load{}{{host=~"$host"}}')
    return {
        "first": {"panels": tiles(12, 3, 3), **still},
        "variable": {"panels": variable, "variables": [HOST], **still},
        "twenty": {"panels": tiles(20, 3, 2), **moving},
        "twelve": {"panels": tiles(12, 3, 3), **moving},
        "hundred": {"panels": tiles(100, 6, 4), **still},
        "big": {"panels": [panel("Big", "big", (0, 0, 12, 9))], **still, "timeRange": most},
        "middle": {
            "panels": [panel("Middle", "middle", (0, 0, 12, 4))],
            "timeRange": {"from": "now-4000s", "to": "now"},
            "refreshInterval": "1s",
        },
    }
