"""Load, time, uptime, open files, pressure and uname."""

import shutil
from pathlib import Path

import pytest

from metricbox.agent import system
from metricbox.agent.reading import NoDataError, Reading
from metricbox.clock import ManualClock

PROC = Path(__file__).parent / "fixtures" / "proc"


def values_of(readings: list[Reading]) -> dict[str, float]:
    return {reading.name: reading.value for reading in readings}


def test_load() -> None:
    assert values_of(system.read_loadavg(PROC)) == {"node_load1": 0.5, "node_load5": 0.25, "node_load15": 0.1}


def test_time_is_the_clocks_in_seconds() -> None:
    assert values_of(system.read_time(ManualClock(1_795_602_445_874))) == {
        "node_time_seconds": 1_795_602_445.874
    }


def test_uptime() -> None:
    assert values_of(system.read_uptime(PROC)) == {"metricbox_host_uptime_seconds": 1534.71}


def test_open_files() -> None:
    assert values_of(system.read_filefd(PROC)) == {
        "node_filefd_allocated": 467,
        "node_filefd_maximum": 2466170,
    }


def test_uname() -> None:
    (reading,) = system.read_uname(PROC)
    labels = dict(reading.labels)
    assert reading.name == "node_uname_info"
    assert reading.value == 1
    assert labels.pop("machine")
    assert labels == {
        "sysname": "Linux",
        "release": "6.1.0-40-amd64",
        "version": "#1 SMP PREEMPT_DYNAMIC Debian 6.1.153-1 (2025-09-20)",
        "nodename": "web1",
        "domainname": "(none)",
    }


def test_pressure_in_seconds() -> None:
    assert values_of(system.read_pressure(PROC)) == pytest.approx(
        {
            "node_pressure_cpu_waiting_seconds_total": 10.885647,
            "node_pressure_io_waiting_seconds_total": 2.852407,
            "node_pressure_io_stalled_seconds_total": 2.560214,
            "node_pressure_memory_waiting_seconds_total": 0.00003,
            "node_pressure_memory_stalled_seconds_total": 0.00002,
        }
    )


def test_pressure_of_interrupts_where_the_kernel_has_it(tmp_path: Path) -> None:
    shutil.copytree(PROC / "pressure", tmp_path / "pressure")
    (tmp_path / "pressure" / "irq").write_text("full avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\n")
    assert values_of(system.read_pressure(tmp_path))["node_pressure_irq_stalled_seconds_total"] == 1.5


def test_a_kernel_without_pressure_has_no_such_numbers(tmp_path: Path) -> None:
    with pytest.raises(NoDataError):
        system.read_pressure(tmp_path)
