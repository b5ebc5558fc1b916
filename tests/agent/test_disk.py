"""/proc/diskstats."""

from pathlib import Path

import pytest

from metricbox.agent.disk import read_diskstats

FIXTURES = Path(__file__).parent / "fixtures"


def values_of(device: str) -> dict[str, float]:
    return {
        reading.name: reading.value
        for reading in read_diskstats(FIXTURES / "proc")
        if reading.labels == (("device", device),)
    }


def test_sectors_become_bytes_and_milliseconds_seconds() -> None:
    assert values_of("sda") == pytest.approx(
        {
            "node_disk_reads_completed_total": 36769,
            "node_disk_reads_merged_total": 10312,
            "node_disk_read_bytes_total": 2764938 * 512,
            "node_disk_read_time_seconds_total": 12.031,
            "node_disk_writes_completed_total": 25296,
            "node_disk_writes_merged_total": 20149,
            "node_disk_written_bytes_total": 4272032 * 512,
            "node_disk_write_time_seconds_total": 10.653,
            "node_disk_io_now": 2,
            "node_disk_io_time_seconds_total": 6.484,
            "node_disk_io_time_weighted_seconds_total": 23.360,
            "node_disk_discards_completed_total": 8286,
            "node_disk_discards_merged_total": 53,
            "node_disk_discarded_sectors_total": 385200,
            "node_disk_discard_time_seconds_total": 0.524,
            "node_disk_flush_requests_total": 3961,
            "node_disk_flush_requests_time_seconds_total": 0.149,
        }
    )


def test_a_kernel_without_discards_has_no_such_numbers() -> None:
    assert "node_disk_io_time_weighted_seconds_total" in values_of("nvme0n1")
    assert "node_disk_discards_completed_total" not in values_of("nvme0n1")


def test_partitions_loops_and_ram_disks_are_left_out() -> None:
    devices = {dict(reading.labels)["device"] for reading in read_diskstats(FIXTURES / "proc")}
    assert devices == {"sda", "nvme0n1", "dm-0"}
