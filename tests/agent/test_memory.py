"""/proc/meminfo and /proc/vmstat, and the ratios of used memory and swap."""

from pathlib import Path

import pytest

from metricbox.agent.memory import read_meminfo, read_vmstat

FIXTURES = Path(__file__).parent / "fixtures"


def meminfo_of(proc_root: Path) -> dict[str, float]:
    return {reading.name: reading.value for reading in read_meminfo(proc_root)}


def test_every_field_has_node_exporters_name_and_bytes() -> None:
    values = meminfo_of(FIXTURES / "proc")
    assert values["node_memory_MemTotal_bytes"] == 4000000 * 1024
    assert values["node_memory_MemAvailable_bytes"] == 3000000 * 1024
    assert values["node_memory_Active_anon_bytes"] == 1544 * 1024
    assert values["node_memory_Committed_AS_bytes"] == 59852 * 1024
    assert values["node_memory_DirectMap4k_bytes"] == 30720 * 1024


def test_a_count_of_pages_keeps_its_name_and_value() -> None:
    values = meminfo_of(FIXTURES / "proc")
    assert values["node_memory_HugePages_Total"] == 3
    assert values["node_memory_Hugepagesize_bytes"] == 2048 * 1024


def test_used_ratios() -> None:
    values = meminfo_of(FIXTURES / "proc")
    assert values["metricbox_host_memory_used_ratio"] == pytest.approx(0.25)
    assert values["metricbox_host_swap_used_ratio"] == pytest.approx(0.25)


def test_an_old_kernel_without_available_memory_counts_caches_as_free(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text(
        "MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 350 kB\nOdd key!: 4 kB\nEmpty:\n"
    )
    values = meminfo_of(tmp_path)
    assert values["metricbox_host_memory_used_ratio"] == pytest.approx(0.5)
    assert values["metricbox_host_swap_used_ratio"] == 0
    assert len(values) == 6, "lines that make no metric name are passed over"


def test_vmstat_has_node_exporters_default_fields() -> None:
    assert {reading.name: reading.value for reading in read_vmstat(FIXTURES / "proc")} == {
        "node_vmstat_pgpgin": 1382469,
        "node_vmstat_pgpgout": 2136016,
        "node_vmstat_pswpin": 5,
        "node_vmstat_pswpout": 6,
        "node_vmstat_pgfault": 3117812,
        "node_vmstat_pgmajfault": 1154,
        "node_vmstat_oom_kill": 2,
    }
