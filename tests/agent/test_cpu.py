"""CPU seconds per mode, /proc/stat's other fields, and the busy ratio."""

from pathlib import Path

import pytest

from metricbox.agent.cpu import BusyRatio, CpuPart, read_stat
from metricbox.agent.reading import Reading

FIXTURES = Path(__file__).parent / "fixtures"


def write_stat(proc_root: Path, *cpus: str) -> None:
    columns = [[int(column) for column in cpu.split()] for cpu in cpus]
    together = " ".join(str(sum(column)) for column in zip(*columns, strict=True))
    lines = [f"cpu  {together}", *(f"cpu{number} {cpu}" for number, cpu in enumerate(cpus)), "ctxt 1"]
    (proc_root / "stat").write_text("\n".join(lines) + "\n")


def by_mode(readings: list[Reading], cpu: str = "0") -> dict[str, float]:
    return {
        dict(reading.labels)["mode"]: reading.value
        for reading in readings
        if reading.name == "node_cpu_seconds_total" and dict(reading.labels)["cpu"] == cpu
    }


def busy_ratio(readings: list[Reading]) -> float | None:
    values = [reading.value for reading in readings if reading.name == "metricbox_host_cpu_busy_ratio"]
    return values[0] if values else None


def test_ticks_become_seconds_by_cpu_and_mode() -> None:
    readings = CpuPart(FIXTURES / "proc", 100).read()
    assert by_mode(readings) == {
        "user": 190.80,
        "nice": 0.5,
        "system": 125.70,
        "idle": 14987.60,
        "iowait": 5.0,
        "irq": 0.03,
        "softirq": 1.2,
        "steal": 1.4,
    }
    assert by_mode(readings, "1")["user"] == 250.70
    guest = {(r.labels, r.value) for r in readings if r.name == "node_cpu_guest_seconds_total"}
    assert ((("cpu", "0"), ("mode", "user")), 3.0) in guest
    assert ((("cpu", "0"), ("mode", "nice")), 0.1) in guest
    assert len(readings) == 20


def test_busy_ratio_covers_the_time_since_the_last_call(tmp_path: Path) -> None:
    part = CpuPart(tmp_path, 100)
    write_stat(tmp_path, "100 0 0 100 0 0 0 0", "0 0 0 200 0 0 0 0")
    assert busy_ratio(part.read()) is None
    # CPU 0: 30 user, 10 system, 60 idle; CPU 1: 10 user, 40 waiting for a disk, 50 idle.
    write_stat(tmp_path, "130 0 10 160 0 0 0 0", "10 0 0 250 40 0 0 0")
    assert busy_ratio(part.read()) == pytest.approx(50 / 200)
    assert busy_ratio(part.read()) is None, "no time has passed"


def test_counters_do_not_fall_when_the_kernel_is_inexact(tmp_path: Path) -> None:
    part = CpuPart(tmp_path, 100)
    write_stat(tmp_path, "10 0 0 1000 50 0 0 0")
    part.read()
    write_stat(tmp_path, "20 0 0 900 40 0 0 0")
    modes = by_mode(part.read())
    assert (modes["user"], modes["idle"], modes["iowait"]) == (0.2, 10.0, 0.5)


def test_a_cpu_that_was_plugged_in_again_starts_anew(tmp_path: Path) -> None:
    part = CpuPart(tmp_path, 100)
    write_stat(tmp_path, "10 0 0 1000 50 0 0 0")
    part.read()
    write_stat(tmp_path, "5 0 0 700 1 0 0 0")
    modes = by_mode(part.read())
    assert (modes["user"], modes["idle"], modes["iowait"]) == (0.05, 7.0, 0.01)


def test_a_cpu_that_went_away_is_not_reported(tmp_path: Path) -> None:
    part = CpuPart(tmp_path, 100)
    write_stat(tmp_path, "1 0 0 10 0 0 0 0", "1 0 0 10 0 0 0 0")
    part.read()
    write_stat(tmp_path, "2 0 0 20 0 0 0 0")
    assert by_mode(part.read(), "1") == {}


def test_busy_ratio_stays_between_0_and_1() -> None:
    ratio = BusyRatio()
    ratio.read(busy=10, total=20)
    assert busy_ratio(ratio.read(busy=5, total=30)) == 0
    assert busy_ratio(ratio.read(busy=50, total=40)) == 1


def test_a_stat_file_without_cpus_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text("ctxt 1\n")
    with pytest.raises(ValueError, match="no cpu lines"):
        CpuPart(tmp_path, 100).read()


def test_the_rest_of_stat() -> None:
    assert {reading.name: reading.value for reading in read_stat(FIXTURES / "proc")} == {
        "node_intr_total": 2302620,
        "node_context_switches_total": 5125810,
        "node_boot_time_seconds": 1795600911,
        "node_forks_total": 7644,
        "node_procs_running": 3,
        "node_procs_blocked": 1,
    }
