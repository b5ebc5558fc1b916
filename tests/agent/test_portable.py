"""The psutil parts, on the host that runs the tests: the names of Linux, and sane numbers."""

import os

import psutil
import pytest

from metricbox.agent import portable
from metricbox.agent.reading import NoDataError, Reading
from metricbox.clock import SystemClock


def values_of(readings: list[Reading]) -> dict[str, float]:
    return {reading.name: reading.value for reading in readings}


def test_cpu_seconds_and_busy_ratio() -> None:
    part = portable.PortableCpuPart()
    first = part.read()
    cpus = {dict(reading.labels)["cpu"] for reading in first}
    assert cpus == {str(number) for number in range(psutil.cpu_count() or 1)}
    assert {"user", "system", "idle"} <= {dict(reading.labels)["mode"] for reading in first}
    assert all(reading.name == "node_cpu_seconds_total" and reading.value >= 0 for reading in first)


def test_modes_that_the_system_does_not_count_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class Times:
        def __init__(self, user: float, idle: float) -> None:
            self._modes = {"user": user, "system": 1.0, "idle": idle}

        def _asdict(self) -> dict[str, float]:
            return self._modes

    times = iter([[Times(1, 10)], [Times(4, 11)]])
    monkeypatch.setattr(psutil, "cpu_times", lambda percpu: next(times))
    part = portable.PortableCpuPart()
    assert [dict(reading.labels)["mode"] for reading in part.read()] == ["user", "system", "idle"]
    assert values_of(part.read())["metricbox_host_cpu_busy_ratio"] == 0.75


def test_memory() -> None:
    values = values_of(portable.read_memory())
    assert values["node_memory_MemTotal_bytes"] > values["node_memory_MemAvailable_bytes"] > 0
    assert 0 < values["metricbox_host_memory_used_ratio"] < 1
    assert 0 <= values["metricbox_host_swap_used_ratio"] <= 1


def test_load_or_none_where_the_system_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(values_of(portable.read_load())) == {"node_load1", "node_load5", "node_load15"}
    monkeypatch.delattr(os, "getloadavg")
    with pytest.raises(NoDataError):
        portable.read_load()


def test_a_file_system_that_cannot_be_asked_is_an_error_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    class Partition:
        device, fstype, opts = "disk1", "apfs", "ro,local"

        def __init__(self, mountpoint: str) -> None:
            self.mountpoint = mountpoint

    class Usage:
        total, used, free = 100, 25, 75

    def disk_usage(mount_point: str) -> Usage:
        if mount_point == "/gone":
            raise OSError
        return Usage()

    partitions = [Partition("/gone"), Partition("/")]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: partitions)
    monkeypatch.setattr(psutil, "disk_usage", disk_usage)
    readings = portable.read_filesystems()
    errors = {r.labels: r.value for r in readings if r.name == "node_filesystem_device_error"}
    assert list(errors.values()) == [1, 0]
    assert values_of(readings)["metricbox_host_filesystem_used_ratio"] == 0.25
    assert values_of(readings)["node_filesystem_readonly"] == 1


def test_disks_network_and_links_have_their_device() -> None:
    for read in (portable.read_disks, portable.read_network, portable.read_links):
        for reading in read():
            assert reading.name.startswith(("node_disk_", "node_network_"))
            assert [name for name, _ in reading.labels] == ["device"]
            assert reading.value >= 0


def test_boot_time_and_what_the_system_is() -> None:
    values = values_of(portable.read_boot(SystemClock()))
    assert values["node_boot_time_seconds"] > 1e9
    assert values["metricbox_host_uptime_seconds"] > 0
    (uname,) = portable.read_uname()
    assert dict(uname.labels)["sysname"]
