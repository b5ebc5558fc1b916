"""Block devices: node_exporter's collector `diskstats`."""

import re
from pathlib import Path

from metricbox.agent.reading import Reading, read_text

# node_exporter's default of --collector.diskstats.device-exclude: RAM disks, loops and partitions.
_EXCLUDED = re.compile(r"(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+")

# The kernel counts in sectors of 512 bytes whatever the device has, and in milliseconds
# (Documentation/admin-guide/iostats.rst).
_SECTOR_BYTES = 512
_MS = 1 / 1000

# Column after the device name -> metric and the factor to its unit.
_COLUMNS: tuple[tuple[int, str, float], ...] = (
    (0, "node_disk_reads_completed_total", 1),
    (1, "node_disk_reads_merged_total", 1),
    (2, "node_disk_read_bytes_total", _SECTOR_BYTES),
    (3, "node_disk_read_time_seconds_total", _MS),
    (4, "node_disk_writes_completed_total", 1),
    (5, "node_disk_writes_merged_total", 1),
    (6, "node_disk_written_bytes_total", _SECTOR_BYTES),
    (7, "node_disk_write_time_seconds_total", _MS),
    (8, "node_disk_io_now", 1),
    (9, "node_disk_io_time_seconds_total", _MS),
    (10, "node_disk_io_time_weighted_seconds_total", _MS),
    (11, "node_disk_discards_completed_total", 1),
    (12, "node_disk_discards_merged_total", 1),
    (13, "node_disk_discarded_sectors_total", 1),
    (14, "node_disk_discard_time_seconds_total", _MS),
    (15, "node_disk_flush_requests_total", 1),
    (16, "node_disk_flush_requests_time_seconds_total", _MS),
)


def read_diskstats(proc_root: Path) -> list[Reading]:
    readings = []
    for line in read_text(proc_root / "diskstats").splitlines():
        _major, _minor, device, *columns = line.split()
        if _EXCLUDED.fullmatch(device):
            continue
        labels = (("device", device),)
        readings += [
            Reading(name, int(columns[column]) * factor, labels)
            for column, name, factor in _COLUMNS
            if column < len(columns)
        ]
    return readings
