"""The collector as a whole: on a fixture host, with broken parts, on this host, and beside node_exporter."""

import logging
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from metricbox.agent import host
from metricbox.agent.host import HostCollector
from metricbox.agent.reading import HostSample
from metricbox.clock import ManualClock, SystemClock
from metricbox.model import find_labels_fault, find_name_fault, make_labels

FIXTURES = Path(__file__).parent / "fixtures"
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads this host's /proc")


@pytest.fixture
def proc_root(tmp_path: Path) -> Path:
    """A copy of the fixture host's /proc that a test may break."""
    return shutil.copytree(FIXTURES / "proc", tmp_path / "proc")


def collector_of(proc_root: Path) -> HostCollector:
    return HostCollector(
        ManualClock(1_795_602_445_000), proc_root=proc_root, sys_root=FIXTURES / "sys", host_name="web1"
    )


def value_of(samples: list[HostSample], name: str, **labels: str) -> float | None:
    """The value of the one sample of that name and these labels, beside instance and job."""
    wanted = set(labels.items())
    found = [sample.value for sample in samples if sample.name == name and wanted <= set(sample.labels)]
    assert len(found) <= 1
    return found[0] if found else None


def test_every_sample_says_which_host_it_is_of() -> None:
    for sample in collector_of(FIXTURES / "proc").collect():
        assert {("instance", "web1"), ("job", "node")} <= set(sample.labels)


def test_every_sample_can_be_stored_and_is_a_series_of_its_own() -> None:
    samples = collector_of(FIXTURES / "proc").collect()
    for sample in samples:
        assert find_name_fault(sample.name) is None
        assert find_labels_fault(sample.labels) is None
        assert sample.labels == make_labels(sample.labels), "labels are canonical"
    keys = [(sample.name, sample.labels) for sample in samples]
    assert len(keys) == len(set(keys))


def test_all_parts_of_the_fixture_host_succeed() -> None:
    samples = collector_of(FIXTURES / "proc").collect()
    success = {
        dict(s.labels)["collector"]: s.value for s in samples if s.name == "node_scrape_collector_success"
    }
    assert len(success) == 24
    assert set(success.values()) == {1}
    durations = [s for s in samples if s.name == "node_scrape_collector_duration_seconds"]
    assert len(durations) == len(success)


def test_a_part_that_fails_is_logged_once_and_the_rest_goes_on(
    proc_root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (proc_root / "meminfo").write_text("MemTotal: many kB\n")
    (proc_root / "loadavg").unlink()
    collector = collector_of(proc_root)
    with caplog.at_level(logging.WARNING):
        collector.collect()
        samples = collector.collect()
    assert value_of(samples, "node_scrape_collector_success", collector="meminfo") == 0
    assert value_of(samples, "node_scrape_collector_success", collector="loadavg") == 0
    assert value_of(samples, "node_scrape_collector_success", collector="cpu") == 1
    assert value_of(samples, "node_network_up", device="eth0") == 1
    messages = sorted(record.getMessage() for record in caplog.records)
    assert len(messages) == 2
    assert "cannot read loadavg" in messages[0]
    assert "cannot read meminfo" in messages[1]


def test_numbers_that_the_kernel_does_not_have_are_not_logged(
    proc_root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(proc_root / "pressure")
    samples = collector_of(proc_root).collect()
    assert value_of(samples, "node_scrape_collector_success", collector="pressure") == 0
    assert not caplog.records


def test_a_part_that_recovers_is_reported_as_such(proc_root: Path) -> None:
    text = (proc_root / "meminfo").read_text()
    collector = collector_of(proc_root)
    (proc_root / "meminfo").unlink()
    collector.collect()
    (proc_root / "meminfo").write_text(text)
    samples = collector.collect()
    assert value_of(samples, "node_scrape_collector_success", collector="meminfo") == 1
    assert value_of(samples, "metricbox_host_memory_used_ratio") == pytest.approx(0.25)


def test_a_system_without_proc_is_read_by_psutil(tmp_path: Path) -> None:
    samples = HostCollector(SystemClock(), proc_root=tmp_path / "none", sys_root=tmp_path / "none").collect()
    assert value_of(samples, "node_scrape_collector_success", collector="meminfo") == 1
    assert (value_of(samples, "node_memory_MemTotal_bytes") or 0) > 0
    assert (value_of(samples, "node_boot_time_seconds") or 0) > 1e9
    assert value_of(samples, "node_scrape_collector_success", collector="uname") == 1


@ON_LINUX
def test_this_host_has_sane_numbers() -> None:
    collector = HostCollector(SystemClock())
    collector.collect()
    time.sleep(0.2)
    samples = collector.collect()
    memory_bytes = psutil.virtual_memory().total
    assert value_of(samples, "node_memory_MemTotal_bytes") == memory_bytes
    assert 0 < (value_of(samples, "metricbox_host_memory_used_ratio") or 0) < 1
    assert 0 <= (value_of(samples, "metricbox_host_cpu_busy_ratio") or 0) <= 1
    assert 0 <= (value_of(samples, "metricbox_host_swap_used_ratio") or 0) <= 1
    assert value_of(samples, "node_boot_time_seconds") == pytest.approx(psutil.boot_time(), abs=2)
    uptime_s = time.time_ns() / 1e9 - psutil.boot_time()
    # In a container the time since boot may be that of the container.
    assert 0 < (value_of(samples, "metricbox_host_uptime_seconds") or 0) < uptime_s + 60
    assert value_of(samples, "node_uname_info", nodename=os.uname().nodename) == 1
    cpu_s = sum(sample.value for sample in samples if sample.name == "node_cpu_seconds_total")
    assert 0 < cpu_s < (psutil.cpu_count() or 1) * (uptime_s + 60)
    ratios = [sample.value for sample in samples if sample.name == "metricbox_host_filesystem_used_ratio"]
    assert all(0 <= ratio <= 1 for ratio in ratios)


@pytest.fixture(scope="module")
def node_exporter() -> Iterator[str]:
    """What a real node_exporter of this host answers."""
    program = shutil.which("node_exporter") or shutil.which("prometheus-node-exporter")
    if program is None:
        pytest.skip("node_exporter is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [program, f"--web.listen-address=127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield _ask(f"http://127.0.0.1:{port}/metrics", process)
    finally:
        process.terminate()
        process.wait(10)


def _ask(url: str, process: subprocess.Popen[bytes]) -> str:
    for _ in range(100):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=10) as response:
                return str(response.read().decode())
        except OSError:
            time.sleep(0.1)
    pytest.skip("node_exporter does not answer here")


_LINE = re.compile(r"(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
# Debian's build and older versions leave out more mount points and devices than today's default does.
_OLDER_DEFAULTS = re.compile(r"node_(filesystem|disk|network)_.*")
# Numbers that stand still, or nearly, while a test runs; value by value equal in both.
_STEADY = (
    "node_boot_time_seconds",
    "node_memory_MemTotal_bytes",
    "node_memory_Hugepagesize_bytes",
    "node_memory_SwapTotal_bytes",
    "node_filesystem_size_bytes",
    "node_filesystem_files",
    "node_filesystem_readonly",
    "node_filesystem_device_error",
    "node_filefd_maximum",
    "node_network_up",
    "node_uname_info",
    "node_os_info",
    "node_os_version",
    "node_network_mtu_bytes",
    "node_network_flags",
    "node_network_info",
    "node_network_iface_id",
    "node_nf_conntrack_entries_limit",
    "node_entropy_pool_size_bits",
    "node_timex_tick_seconds",
    "node_timex_tai_offset_seconds",
    "node_timex_sync_status",
)
# What metricbox measures of what node_exporter does, whole families.
_PROMISED = re.compile(
    r"node_(boot_time|context|cpu|entropy|filefd|filesystem|forks|hwmon|intr|load|memory|netstat|os|pressure|procs"
    r"|sockstat|softnet|thermal|time|uname|vmstat)_?.*"
)
# Not of the clock itself, and no numbers.
_NOT_PROMISED = re.compile(
    r"node_(timex_pps|time_zone|time_clocksource|softnet_(?!processed|dropped|times)).*"
)


@ON_LINUX
def test_names_labels_and_units_are_those_of_node_exporter(node_exporter: str) -> None:
    theirs = {}
    for line in node_exporter.splitlines():
        match = None if line.startswith("#") else _LINE.fullmatch(line)
        if match:
            labels = make_labels(_LABEL.findall(match["labels"] or ""))
            theirs[match["name"], labels] = float(match["value"])
    ours = {
        (
            sample.name,
            tuple(pair for pair in sample.labels if pair[0] not in {"instance", "job"}),
        ): sample.value
        for sample in HostCollector(SystemClock()).collect()
        if sample.name.startswith("node_") and not sample.name.startswith("node_scrape_")
    }
    their_names = {name for name, _ in theirs}
    # Two fields of today's default that Debian's older build leaves out, and a pressure that not every kernel has.
    newer = {
        "node_pressure_irq_stalled_seconds_total",
        "node_netstat_TcpExt_TCPOFOQueue",
        "node_netstat_TcpExt_TCPRcvQDrop",
    }
    unknown = {key for key in ours if key not in theirs and not _OLDER_DEFAULTS.fullmatch(key[0])}
    assert {name for name, _ in ours} - their_names <= newer
    assert not {
        name for name in their_names if _PROMISED.fullmatch(name) and not _NOT_PROMISED.fullmatch(name)
    } - {name for name, _ in ours}
    assert not {key for key in unknown if key[0] in their_names}
    for key, value in ours.items():
        if key in theirs and key[0] in _STEADY:
            assert value == theirs[key], key
        elif key in theirs and key[0].endswith("_total"):
            # Wrong units differ by 100 and more; counters of a busy moment hardly double.
            assert theirs[key] * 0.5 <= value <= theirs[key] * 2 + 1e6, key


def test_the_host_name_is_never_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "node", lambda: "")
    assert host.find_host_name() == "localhost"
