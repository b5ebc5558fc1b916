"""Many agents that push a little now and then: 500 kept connections, 100 samples each, every 10 s.

Half of them send JSON and half line protocol, all by gzip. Once they are spread over the interval, as agents are that
were started at their own times; once all push at the same moment, as agents do that follow the clock.
"""

import asyncio
import gzip
import json
import random
import time
from pathlib import Path

from bench.figures import Figure, progress, quantile
from bench.server import BenchServer
from metricbox.clock import SystemClock

AGENTS = 500
SAMPLES = 100
INTERVAL_S = 10.0
MOST_P99_MS = 250.0
_ANSWER_END = b"\r\n\r\n"


class Agent:
    """One host with its connection and its own series."""

    def __init__(self, number: int, server: BenchServer, token: str) -> None:
        self._host = f"agent_{number}"
        self._is_json = number % 2 == 0
        self._server = server
        self._token = token
        self._chance = random.Random(number)
        self.answers_s: list[float] = []

    async def connect(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(self._server.host, self._server.port)

    async def push(self, at_s: float) -> None:
        """At that time of the loop's clock; raises SystemExit when the answer is no success."""
        request = self._make_request()
        await asyncio.sleep(max(at_s - asyncio.get_running_loop().time(), 0))
        before_s = time.perf_counter()
        self._writer.write(request)
        head = await self._reader.readuntil(_ANSWER_END)
        await self._reader.readexactly(_length_of(head))
        self.answers_s.append(time.perf_counter() - before_s)
        if head.split(b" ", 2)[1] not in {b"202", b"204"}:
            msg = f"an agent was answered {head.decode('latin-1')}"
            raise SystemExit(msg)

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    def _make_request(self) -> bytes:
        now_ms = SystemClock().now_ms()
        values = [
            (f"agent_metric_{number}", self._chance.randrange(10_000) / 100) for number in range(SAMPLES)
        ]
        if self._is_json:
            path, kind = "/api/v1/metrics", "application/json"
            points = [
                {"name": name, "value": value, "tags": {"host": self._host}, "timestamp": now_ms}
                for name, value in values
            ]
            text = json.dumps({"metrics": points})
        else:
            path, kind = "/write", "text/plain"
            text = "\n".join(
                f"{name},host={self._host} value={value} {now_ms}000000" for name, value in values
            )
        body = gzip.compress(text.encode(), 6)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._server.host}\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: {kind}\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def _length_of(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


async def _push_rounds(agents: list[Agent], rounds: int, spread_s: float) -> None:
    first_s = asyncio.get_running_loop().time() + 1.0

    async def run(number: int, agent: Agent) -> None:
        for round_ in range(rounds):
            await agent.push(first_s + round_ * INTERVAL_S + number / len(agents) * spread_s)

    await asyncio.gather(*(run(number, agent) for number, agent in enumerate(agents)))


async def _measure(server: BenchServer, token: str, rounds: int) -> list[Figure]:
    agents = [Agent(number, server, token) for number in range(AGENTS)]
    for agent in agents:
        await agent.connect()
    figures = []
    progress(f"{AGENTS} agents make their series")
    await _push_rounds(agents, 1, INTERVAL_S)
    for title, spread_s, budget in (
        ("spread over 10 s", INTERVAL_S, MOST_P99_MS),
        ("at the same moment", 0.0, None),
    ):
        for agent in agents:
            agent.answers_s.clear()
        progress(f"{AGENTS} agents, {title}, {rounds} rounds")
        cpu_s = server.cpu_s()
        await _push_rounds(agents, rounds, spread_s)
        cpu_s = server.cpu_s() - cpu_s
        answers_ms = [1000 * answer_s for agent in agents for answer_s in agent.answers_s]
        named = f"{AGENTS} agents, {SAMPLES} samples each, {title}"
        figures += [
            Figure(f"{named}: answer p50", quantile(answers_ms, 0.5), "ms"),
            Figure(f"{named}: answer p99", quantile(answers_ms, 0.99), "ms", budget),
            Figure(f"{named}: server CPU", cpu_s / len(answers_ms) / SAMPLES * 1e6, "µs/sample"),
            Figure(f"{named}: of a core", cpu_s / rounds / INTERVAL_S * 100, "%"),
        ]
    for agent in agents:
        await agent.close()
    return figures


def measure_agents(folder: Path, rounds: int) -> list[Figure]:
    with BenchServer(folder / "agents", "--no-agent") as server:
        return asyncio.run(_measure(server, server.create_token("ingest"), rounds))
