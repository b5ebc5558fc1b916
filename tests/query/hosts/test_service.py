"""Every host that reports, whoever reports it, on a real store."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from metricbox.clock import ManualClock
from metricbox.query.hosts.families import Figure, Source
from metricbox.query.hosts.presence import State, Tick
from metricbox.query.hosts.service import Host, HostService
from metricbox.settings import Settings
from metricbox.store.contract import MetricStore
from tests.support.stores import HOUR_MS, NOW_MS, open_duckdb_store, push

MINUTE_MS = 60_000


class Box:
    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(NOW_MS)
        self.store: MetricStore = open_duckdb_store(folder, self.clock)
        self.hosts = HostService(self.store, self.clock, Settings())

    def look(self) -> dict[str, Host]:
        found = self.hosts.look_blocking().hosts
        assert [host.name for host in found] == sorted(host.name for host in found)
        return {host.name: host for host in found}

    def push(
        self,
        name: str,
        value: float,
        *,
        grows: float = 0,
        step_ms: int = 10_000,
        count: int = 12,
        end_ms: int = NOW_MS,
        **labels: Any,
    ) -> None:
        """`count` samples up to `end_ms`; the last one has the value."""
        samples = [(end_ms - step_ms * back, value - grows * back) for back in range(count)]
        push(self.store, name, labels, samples)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path)
    yield made
    made.hosts.close()
    made.store.close()


def figures_of(host: Host) -> dict[Figure, float]:
    return {figure: pytest.approx(value) for figure, value in host.figures.items()}


def fill_node(box: Box, name: str) -> None:
    node = {"instance": name, "job": "node"}
    for cpu in ("0", "1"):
        box.push("node_cpu_seconds_total", 500, grows=7.5, cpu=cpu, mode="idle", **node)
        box.push("node_cpu_seconds_total", 500, grows=2.5, cpu=cpu, mode="user", **node)
    box.push("node_memory_MemTotal_bytes", 1000, **node)
    box.push("node_memory_MemAvailable_bytes", 400, **node)
    for mount, free in (("/", 50), ("/data", 20)):
        disk = {"device": f"dev{mount}", "mountpoint": mount, "fstype": "ext4"}
        for metric, value in (("size", 110), ("free", free + 10), ("avail", free)):
            box.push(f"node_filesystem_{metric}_bytes", value, **disk, **node)
    for device, grows in (("eth0", 1000), ("lo", 90_000)):
        box.push("node_network_receive_bytes_total", 9e6, grows=grows, device=device, **node)
        box.push("node_network_transmit_bytes_total", 9e6, grows=grows / 2, device=device, **node)
    box.push("node_load1", 1.5, **node)
    box.push("node_boot_time_seconds", NOW_MS / 1000 - 7200, **node)
    box.push("node_time_seconds", NOW_MS / 1000 + 3, grows=10, **node)
    box.push("node_exporter_build_info", 1, version="1.8.2", **node)


def test_a_store_without_hosts_has_none(box: Box) -> None:
    box.push("temperature", 20, place="hall")
    assert box.look() == {}


def test_node_exporter_by_remote_write(box: Box) -> None:
    fill_node(box, "web1:9100")
    host = box.look()["web1:9100"]
    assert (host.source, host.tag, host.state, host.last_ms, host.interval_ms, host.version) == (
        Source.NODE, "instance", State.UP, NOW_MS, 10_000, "1.8.2",
    )  # fmt: skip
    assert host.figures == {
        Figure.CPU: pytest.approx(25),
        Figure.MEMORY: pytest.approx(60),
        Figure.DISK: pytest.approx(80),
        Figure.LOAD: 1.5,
        Figure.NETWORK: pytest.approx(150),
        Figure.UPTIME: pytest.approx(7200),
        Figure.AHEAD: pytest.approx(3000),
    }
    assert host.series_count == 20


def test_the_agent_of_metricbox_has_ready_shares(box: Box) -> None:
    own = {"instance": "box", "job": "node"}
    box.push("metricbox_host_cpu_busy_ratio", 0.42, **own)
    box.push("metricbox_host_memory_used_ratio", 0.5, **own)
    box.push("metricbox_host_uptime_seconds", 99, **own)
    box.push("metricbox_host_filesystem_used_ratio", 0.9, device="o", fstype="overlay", mountpoint="/", **own)
    box.push("metricbox_build_info", 1, version="0.1.0", instance="box", job="metricbox")
    # The counters of node_exporter say something else, and are not asked.
    box.push("node_cpu_seconds_total", 500, grows=1, cpu="0", mode="idle", **own)
    host = box.look()["box"]
    assert (host.source, host.version) == (Source.METRICBOX, "0.1.0")
    assert host.figures == {
        Figure.CPU: 42.0, Figure.MEMORY: 50.0, Figure.UPTIME: 99.0, Figure.DISK: 90.0,
    }  # fmt: skip
    box.push("metricbox_host_filesystem_used_ratio", 0.3, device="a", fstype="ext4", mountpoint="/d", **own)
    assert box.look()["box"].figures[Figure.DISK] == pytest.approx(30.0)


def test_telegraf(box: Box) -> None:
    tags = {"host": "web2"}
    box.push("cpu_usage_idle", 70, cpu="cpu-total", **tags)
    box.push("cpu_usage_iowait", 5, cpu="cpu-total", **tags)
    box.push("cpu_usage_idle", 1, cpu="cpu0", **tags)
    box.push("mem_used_percent", 33, **tags)
    box.push("disk_used_percent", 12, device="sda1", path="/", fstype="ext4", **tags)
    box.push("disk_used_percent", 99, device="tmpfs", path="/run", fstype="tmpfs", **tags)
    box.push("system_load1", 0.25, **tags)
    box.push("system_uptime", 86_400, **tags)
    box.push("net_bytes_recv", 1e6, grows=500, interface="eth0", **tags)
    box.push("net_bytes_sent", 1e6, grows=500, interface="eth0", **tags)
    box.push("internal_agent_gather_errors", 0, version="1.32.0", **tags)
    host = box.look()["web2"]
    assert (host.source, host.tag, host.version) == (Source.TELEGRAF, "host", "1.32.0")
    assert figures_of(host) == {
        Figure.CPU: 25.0, Figure.MEMORY: 33.0, Figure.DISK: 12.0, Figure.LOAD: 0.25,
        Figure.UPTIME: 86_400.0, Figure.NETWORK: 100.0,
    }  # fmt: skip


def test_others_are_there_by_name(box: Box) -> None:
    box.push("collectd_cpu_percent", 3, instance="nas", type="idle")
    box.push("windows_os_info", 1, instance="pc:9182")
    box.push("temperature", 20, host="press3", line="a")
    # The name of a web site that was scraped is no host.
    box.push("nginx_requests_total", 3, host="www.example.com", instance="web1:9113")
    found = box.look()
    assert {name: (host.source, host.state, host.figures) for name, host in found.items()} == {
        "nas": (Source.COLLECTD, State.UP, {}),
        "pc:9182": (Source.WINDOWS, State.UP, {}),
        "press3": (Source.OTHER, State.UP, {}),
    }


def test_a_host_that_two_report_is_one(box: Box) -> None:
    box.push("metricbox_host_cpu_busy_ratio", 0.1, instance="a")
    box.push("mem_used_percent", 33, host="a")
    (host,) = box.look().values()
    assert (host.source, host.figures) == (
        Source.METRICBOX, {Figure.CPU: pytest.approx(10), Figure.MEMORY: 33.0},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("age_ms", "state", "has_figures"),
    [(29_000, State.UP, True), (99_000, State.LATE, True), (100_000, State.SILENT, False)],
)
def test_a_silent_host_has_no_figures(box: Box, age_ms: int, state: State, has_figures: bool) -> None:
    box.push("node_load1", 1, end_ms=NOW_MS - age_ms, instance="a")
    host = box.look()["a"]
    assert (host.state, bool(host.figures), host.last_ms) == (state, has_figures, NOW_MS - age_ms)


@pytest.mark.parametrize("age_ms", [4 * HOUR_MS, 20 * HOUR_MS + 123])
def test_one_that_fell_silent_today_was_last_seen_to_the_millisecond(box: Box, age_ms: int) -> None:
    box.push("node_load1", 1, end_ms=NOW_MS - age_ms, instance="a")
    host = box.look()["a"]
    assert (host.state, host.last_ms, host.interval_ms) == (State.SILENT, NOW_MS - age_ms, 10_000)
    assert Tick.SILENT in host.ticks or age_ms < HOUR_MS
    assert host.ticks[-1] is Tick.SILENT


def test_one_that_fell_silent_long_ago_is_still_listed(box: Box) -> None:
    box.push("node_load1", 1, instance="a")
    for job in box.store.list_jobs():
        job.run()
    box.clock.advance_ms(72 * HOUR_MS)
    for job in box.store.list_jobs():
        job.run()
    host = box.look()["a"]
    assert (host.state, host.last_ms, host.interval_ms) == (State.SILENT, NOW_MS, None)
    assert set(host.ticks) == {Tick.SILENT}


def test_one_that_sends_once_an_hour_is_up(box: Box) -> None:
    box.push("temperature", 20, step_ms=HOUR_MS, count=10, end_ms=NOW_MS - HOUR_MS, host="a")
    host = box.look()["a"]
    assert (host.state, host.interval_ms) == (State.UP, HOUR_MS)
    assert host.ticks[-5:-1] == [Tick.OK] * 4


def test_one_sample_says_nothing_of_the_interval(box: Box) -> None:
    box.push("temperature", 20, count=1, host="a")
    assert (box.look()["a"].state, box.look()["a"].interval_ms) == (State.UP, None)


def test_the_trend_is_of_the_last_hour(box: Box) -> None:
    fill_node(box, "a")
    box.push("node_memory_MemTotal_bytes", 1000, end_ms=NOW_MS - 20 * MINUTE_MS, instance="a", job="node")
    box.push("node_memory_MemAvailable_bytes", 900, end_ms=NOW_MS - 20 * MINUTE_MS, instance="a", job="node")
    trend = box.look()["a"].trends[Figure.MEMORY]
    assert len(trend) == 12
    assert [value for value in trend.tolist() if not math.isnan(value)] == [
        pytest.approx(10), pytest.approx(10), pytest.approx(60), pytest.approx(60)
    ]  # fmt: skip


async def test_a_look_is_kept_for_a_moment_and_new_hosts_come_with_the_next(box: Box) -> None:
    box.push("temperature", 20, host="a")
    first = await box.hosts.look()
    box.push("temperature", 20, host="b")
    assert await box.hosts.look() is first
    box.clock.advance_ms(5_000)
    assert [host.name for host in (await box.hosts.look()).hosts] == ["a", "b"]


def test_hostile_names_are_names(box: Box) -> None:
    names = ['"><svg onload=alert(1)>', "a\\b", "ü" * 500, "x'y\"z", "\u202egnp.exe"]
    for name in names:
        box.push("temperature", 20, host=name)
    assert set(box.look()) == set(names)
