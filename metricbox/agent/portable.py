"""The parts for systems without Linux's /proc, by psutil: fewer numbers.

The names are those of Linux on purpose, so that one dashboard fits every host.
"""

import os
import platform

import psutil

from metricbox.agent.cpu import MODES, BusyRatio, cpu_readings
from metricbox.agent.filesystem import used_ratio
from metricbox.agent.memory import used_ratios
from metricbox.agent.reading import NoDataError, Reading
from metricbox.clock import Clock


class PortableCpuPart:
    def __init__(self) -> None:
        self._busy = BusyRatio()

    def read(self) -> list[Reading]:
        readings = []
        total = idle = 0.0
        for cpu, times in enumerate(psutil.cpu_times(percpu=True)):
            by_mode = times._asdict()
            readings += [
                reading
                for mode, reading in zip(
                    MODES, cpu_readings(str(cpu), [by_mode.get(mode, 0.0) for mode in MODES]), strict=True
                )
                if mode in by_mode
            ]
            total += sum(by_mode.get(mode, 0.0) for mode in MODES)
            idle += by_mode.get("idle", 0.0) + by_mode.get("iowait", 0.0)
        return readings + self._busy.read(busy=total - idle, total=total)


def read_memory() -> list[Reading]:
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    return [
        Reading("node_memory_MemTotal_bytes", memory.total),
        Reading("node_memory_MemFree_bytes", memory.free),
        Reading("node_memory_MemAvailable_bytes", memory.available),
        Reading("node_memory_SwapTotal_bytes", swap.total),
        Reading("node_memory_SwapFree_bytes", swap.free),
        *used_ratios(
            memory_total=memory.total,
            memory_available=memory.available,
            swap_total=swap.total,
            swap_free=swap.free,
        ),
    ]


def read_load() -> list[Reading]:
    if not hasattr(os, "getloadavg"):
        raise NoDataError
    return [
        Reading(name, value)
        for name, value in zip(("node_load1", "node_load5", "node_load15"), os.getloadavg(), strict=True)
    ]


def read_filesystems() -> list[Reading]:
    readings = []
    for partition in psutil.disk_partitions(all=False):
        labels = (
            ("device", partition.device),
            ("fstype", partition.fstype),
            ("mountpoint", partition.mountpoint),
        )
        is_read_only = float("ro" in partition.opts.split(","))
        try:
            usage = psutil.disk_usage(partition.mountpoint)
        except OSError:
            readings.append(Reading("node_filesystem_device_error", 1, labels))
            continue
        readings += [
            Reading("node_filesystem_size_bytes", usage.total, labels),
            Reading("node_filesystem_free_bytes", usage.free, labels),
            Reading("node_filesystem_avail_bytes", usage.free, labels),
            Reading("node_filesystem_readonly", is_read_only, labels),
            Reading("node_filesystem_device_error", 0, labels),
            *used_ratio(labels, used=usage.used, available=usage.free),
        ]
    return readings


def read_disks() -> list[Reading]:
    readings = []
    for device, counted in psutil.disk_io_counters(perdisk=True).items():
        labels = (("device", device),)
        readings += [
            Reading("node_disk_reads_completed_total", counted.read_count, labels),
            Reading("node_disk_writes_completed_total", counted.write_count, labels),
            Reading("node_disk_read_bytes_total", counted.read_bytes, labels),
            Reading("node_disk_written_bytes_total", counted.write_bytes, labels),
        ]
    return readings


def read_network() -> list[Reading]:
    readings = []
    for device, counted in psutil.net_io_counters(pernic=True).items():
        labels = (("device", device),)
        readings += [
            Reading("node_network_receive_bytes_total", counted.bytes_recv, labels),
            Reading("node_network_receive_packets_total", counted.packets_recv, labels),
            Reading("node_network_receive_errs_total", counted.errin, labels),
            Reading("node_network_receive_drop_total", counted.dropin, labels),
            Reading("node_network_transmit_bytes_total", counted.bytes_sent, labels),
            Reading("node_network_transmit_packets_total", counted.packets_sent, labels),
            Reading("node_network_transmit_errs_total", counted.errout, labels),
            Reading("node_network_transmit_drop_total", counted.dropout, labels),
        ]
    return readings


def read_links() -> list[Reading]:
    return [
        Reading("node_network_up", float(stats.isup), (("device", device),))
        for device, stats in psutil.net_if_stats().items()
    ]


def read_boot(clock: Clock) -> list[Reading]:
    boot_s = psutil.boot_time()
    return [
        Reading("node_boot_time_seconds", boot_s),
        Reading("metricbox_host_uptime_seconds", max(clock.now_ms() / 1000 - boot_s, 0.0)),
    ]


def read_uname() -> list[Reading]:
    system = platform.uname()
    labels = (
        ("sysname", system.system),
        ("release", system.release),
        ("version", system.version),
        ("machine", system.machine),
        ("nodename", system.node),
    )
    return [Reading("node_uname_info", 1, labels)]
