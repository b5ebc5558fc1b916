"""The agent as a whole, in one process: against a small server, and against a real one that is away for ten minutes."""

import gzip
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from metricbox import __version__
from metricbox.agent.reading import HostSample
from metricbox.agent.remote.address import parse_http_address
from metricbox.agent.remote.agent import AgentOptions, Measurer, RemoteAgent, measure_once, show_samples
from metricbox.agent.remote.delivery import Delivery
from metricbox.agent.remote.numbers import AgentNumbers
from metricbox.agent.remote.points import PointEncoder
from metricbox.agent.remote.push import Pusher
from metricbox.agent.remote.scrape import parse_target
from metricbox.agent.remote.skew import ClockSkew
from metricbox.agent.remote.spool import Spool, SpoolState
from metricbox.clock import ManualClock, SystemClock
from tests.support.http_sink import Answer, HttpSink, Posted, run_sink
from tests.support.server_process import WAIT_S, client_of, create_token, running_server

MB = 1_000_000
OPTIONS = AgentOptions("web7", 1_000, (("room", "cellar"),))


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with run_sink() as sink:
        sink.answer = lambda _: Answer(202, b'{"data":{"accepted":1,"rejected":0,"errors":[]}}')
        yield sink


def points_of(posted: Posted) -> list[dict[str, Any]]:
    return json.loads(gzip.decompress(posted.body))["metrics"]


def agent_for(url: str, folder: Path, options: AgentOptions = OPTIONS) -> RemoteAgent:
    return RemoteAgent(options, parse_http_address(url), "t", folder, MB, SystemClock())


def test_once_pushes_host_and_own_numbers(sink: HttpSink, tmp_path: Path) -> None:
    assert agent_for(sink.url, tmp_path).run_once()
    (posted,) = sink.posted
    points = points_of(posted)
    names = {point["name"] for point in points}
    assert {"node_load1", "metricbox_host_cpu_busy_ratio", "metricbox_agent_info"} <= names
    assert {point["tags"]["instance"] for point in points} == {"web7"}
    assert {point["tags"]["room"] for point in points} == {"cellar"}
    assert len({point["timestamp"] for point in points}) == 1
    keys = [(point["name"], tuple(point["tags"].items())) for point in points]
    assert len(keys) == len(set(keys))


def test_once_says_when_it_was_not_taken_and_the_next_time_sends_both(sink: HttpSink, tmp_path: Path) -> None:
    sink.answer = lambda _: Answer(503)
    assert not agent_for(sink.url, tmp_path).run_once()
    sink.answer = lambda _: Answer(202)
    sink.posted.clear()
    assert agent_for(sink.url, tmp_path).run_once()
    assert len({point["timestamp"] for posted in sink.posted for point in points_of(posted)}) == 2
    assert list(tmp_path.glob("*.seg")) == []


def test_it_runs_until_it_is_told_to_end(
    sink: HttpSink, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    agent = agent_for(sink.url, tmp_path)
    with caplog.at_level(logging.INFO):
        thread = threading.Thread(target=agent.run, daemon=True)
        thread.start()
        deadline_s = time.monotonic() + WAIT_S
        while len(sink.posted) < 4 and time.monotonic() < deadline_s:
            time.sleep(0.05)
        agent.stop.set()
        thread.join(WAIT_S)
    assert not thread.is_alive()
    stamps = [points_of(posted)[0]["timestamp"] for posted in sink.posted]
    assert len(stamps) >= 4
    assert stamps == sorted(set(stamps))
    assert all(stamp % 1_000 == 0 for stamp in stamps[1:]), "at multiples of the interval"
    assert f"pushing to {sink.url} as web7" in caplog.text
    assert "ended; nothing waits to be sent" in caplog.text


def test_textfile_and_targets_are_in_the_same_batch(sink: HttpSink, tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "a.prom").write_text("from_file 3\n")
    with run_sink() as target:
        target.answer = lambda _: Answer(200, b"from_target 4\n")
        options = AgentOptions(
            "web7", 10_000, (), tmp_path / "text", [parse_target(f"app={target.url}", "web7")]
        )
        agent_for(sink.url, tmp_path / "spool", options).run_once()
    values = {(point["name"], point["tags"]["job"]): point["value"] for point in points_of(sink.posted[0])}
    assert values["from_file", "node"] == 3
    assert values["from_target", "app"] == 4
    assert values["up", "app"] == 1


def test_what_is_lost_is_told_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Trap B044."""
    agent = agent_for("http://127.0.0.1:1", tmp_path)
    for _ in range(3):
        agent._drop(10, "spool_full")
    assert agent._numbers.dropped["spool_full"] == 30
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 1
    assert "10 in all since the start; --spool-size makes it larger" in messages[0]
    agent.close()


def test_a_clock_set_back_does_not_stop_the_ticks(tmp_path: Path) -> None:
    agent = agent_for("http://127.0.0.1:1", tmp_path)
    clock = agent._clock = ManualClock(1_795_602_440_300)
    assert agent._wait_for_tick(1_795_602_439_000) == 1_795_602_440_000
    clock.set_ms(1_795_600_000_200)
    assert agent._wait_for_tick(1_795_602_440_000) == 1_795_600_000_000
    agent.stop.set()
    assert agent._wait_for_tick(1_795_600_000_000) == 1_795_600_000_000
    agent.close()


def test_a_dry_run_is_prometheus_text() -> None:
    samples = measure_once(OPTIONS, SystemClock())
    text = show_samples(samples, OPTIONS.labels)
    assert 'metricbox_host_uptime_seconds{instance="web7",job="node",room="cellar"}' in text
    odd = HostSample("a", (("t", 'x"\\\n'),), 1.0, 5)
    assert show_samples([odd], ()) == 'a{t="x\\"\\\\\\n"} 1.0 5\n'


def test_measuring_tells_of_itself() -> None:
    numbers = AgentNumbers("web7")
    measurer = Measurer(OPTIONS, numbers, SystemClock(), threading.Event())
    samples = measurer.measure(SpoolState(2, 5, 90, None), ClockSkew())
    assert numbers.measured > 50
    assert numbers.collect_s > 0
    assert ("metricbox_agent_spool_batches", 2) in {(sample.name, sample.value) for sample in samples}


# ---- against a real server

TICKS = 60
SERIES = 300
TICK_MS = 10_000


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def read_samples(client: httpx.Client, query: str) -> dict[str, list[tuple[int, float]]]:
    """Raw samples by metric name, as a range selector gives them."""
    answer = client.get("/prometheus/api/v1/query", params={"query": query})
    assert answer.status_code == 200, answer.text
    return {
        series["metric"]["__name__"]: [(round(at_s * 1000), float(text)) for at_s, text in series["values"]]
        for series in answer.json()["data"]["result"]
    }


class _Lives:
    """An agent on a clock that is moved, which may be killed and started again on its spool."""

    def __init__(self, folder: Path, url: str, token: str, start_ms: int) -> None:
        self.clock = ManualClock(start_ms)
        self.numbers = AgentNumbers("web7")
        self._encoder = PointEncoder()
        self._folder = folder
        self._address = parse_http_address(url)
        self._token = token
        self._start()

    def _start(self) -> None:
        self.spool = Spool(self._folder, 100 * MB, self.numbers.add_dropped)
        self._pusher = Pusher(self._address, self._token, self.clock)
        self.delivery = Delivery(self.spool, self._pusher, self.numbers, self.clock)

    def kill(self) -> None:
        self.spool._close_file()
        self.spool._lock_file.close()
        self._pusher.close()

    def kill_and_start(self) -> None:
        self.kill()
        self._start()

    def measure(self, tick: int) -> None:
        samples = [HostSample(f"outage_{n}", (("instance", "web7"),), tick * 1.5 + n) for n in range(SERIES)]
        encoded = self._encoder.encode(samples, self.clock.now_ms())
        self.delivery.offer(self.spool.append(self.clock.now_ms(), encoded.points, encoded.payload))
        self.delivery.step()
        self.clock.advance_ms(TICK_MS)

    def send_all(self) -> None:
        for _ in range(200):
            wait_s = self.delivery.step()
            if wait_s is None:
                return
            self.clock.advance_ms(int(wait_s * 1000) + 1)
        pytest.fail("it does not end")


@pytest.mark.slow
def test_ten_minutes_without_the_server_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    """Traps B044, B046. The ten minutes are those before now. The agent is killed in them, and again in the middle of
    sending, when the server has a batch that was not yet struck off.
    """
    listen = ("--listen", f"127.0.0.1:{free_port()}")
    with running_server(tmp_path / "data", *listen) as server:
        url = server.url
        ingest, read = create_token(tmp_path / "data", "ingest"), create_token(tmp_path / "data", "read")
    start_ms = SystemClock().now_ms() // TICK_MS * TICK_MS - TICKS * TICK_MS
    agent = _Lives(tmp_path / "spool", url, ingest, start_ms)
    for tick in range(TICKS):
        if tick == 25:
            agent.kill_and_start()
        agent.measure(tick)
    assert agent.numbers.failures > 5
    assert agent.spool.state().batches == TICKS
    with running_server(tmp_path / "data", *listen) as server:
        agent.clock.advance_ms(60_000)
        agent.delivery.step()
        assert 0 < agent.numbers.sent < TICKS * SERIES
        agent.delivery._send(agent.spool.list_oldest(MB, 1))
        agent.kill_and_start()
        agent.send_all()
        assert list((tmp_path / "spool").glob("*.seg")) == []
        client = client_of(server, read)
        stored = read_samples(client, '{__name__=~"outage_.*"}[20m]')
        client.close()
    agent.kill()
    assert stored == {
        f"outage_{n}": [(start_ms + tick * TICK_MS, tick * 1.5 + n) for tick in range(TICKS)]
        for n in range(SERIES)
    }
    assert sum(agent.numbers.dropped.values()) == 0


@pytest.mark.slow
def test_the_hosts_page_has_version_and_clock_of_an_agent(tmp_path: Path) -> None:
    with running_server(tmp_path / "data") as server:
        ingest, read = create_token(tmp_path / "data", "ingest"), create_token(tmp_path / "data", "read")
        agent = RemoteAgent(
            OPTIONS, parse_http_address(server.url), ingest, tmp_path / "spool", MB, SystemClock()
        )
        # As if earlier answers had told it.
        agent._pusher.skew.add(95_000, 95_000, 0)
        assert agent.run_once()
        client = client_of(server, read)
        deadline_s = time.monotonic() + WAIT_S
        host: dict[str, Any] = {}
        while time.monotonic() < deadline_s and host.get("clockSkewMs") is None:
            time.sleep(0.2)
            hosts = client.get("/api/v1/hosts").json()["data"]
            host = hosts[0] if hosts else {}
        client.close()
    assert host["name"] == "web7"
    assert host["source"] == "metricbox"
    assert host["agentVersion"] == __version__
    assert host["clockSkewMs"] == pytest.approx(95_000, abs=600)
    assert host["memoryPercent"] > 0
