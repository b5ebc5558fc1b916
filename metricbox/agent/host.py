"""Measures this host under the names, labels and units of Prometheus's node_exporter, plus ready ratios.

Every subsystem is a part that may fail alone: it is logged once, `node_scrape_collector_success` says 0 for
it, and the rest goes on. Reads files and asks the kernel, so it runs in a thread, one call at a time; it
writes nothing.
"""

import logging
import os
import platform
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from metricbox.agent import netstat, sensors, system
from metricbox.agent.cpu import CpuPart, read_stat
from metricbox.agent.disk import read_diskstats
from metricbox.agent.filesystem import FilesystemPart
from metricbox.agent.memory import read_meminfo, read_vmstat
from metricbox.agent.network import read_netclass, read_netdev
from metricbox.agent.reading import HostSample, NoDataError, Part, Reading, make_labels
from metricbox.agent.timex import TimexPart
from metricbox.clock import Clock

JOB = "node"

_log = logging.getLogger(__name__)


def find_host_name() -> str:
    return platform.node() or "localhost"


class HostCollector:
    """Measures the host when asked. `proc_root` and `sys_root` are the mount points of procfs and sysfs.

    `extra_parts` come after the host's own, by the name of their collector.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        proc_root: Path = Path("/proc"),
        sys_root: Path = Path("/sys"),
        host_name: str | None = None,
        extra_parts: Mapping[str, Part] | None = None,
    ) -> None:
        self.host_name = host_name or find_host_name()
        self._clock = clock
        self._host_labels = (("instance", self.host_name), ("job", JOB))
        is_linux = (proc_root / "stat").exists()
        own_parts = _linux_parts(clock, proc_root, sys_root) if is_linux else _portable_parts(clock)
        self._parts = {**own_parts, **(extra_parts or {})}
        self._reported: set[str] = set()

    def collect(self) -> list[HostSample]:
        """All values of now. Never raises; the busy ratio comes from the second call on."""
        readings = []
        for name, part in self._parts.items():
            readings += self._run_part(name, part)
        return [
            HostSample(reading.name, make_labels(reading.labels + self._host_labels), reading.value)
            for reading in readings
        ]

    def _run_part(self, name: str, part: Part) -> list[Reading]:
        start_s = self._clock.monotonic_s()
        readings: list[Reading] = []
        is_done = False
        try:
            readings = part()
            is_done = True
        except NoDataError:
            pass
        except Exception as error:
            if name not in self._reported:
                self._reported.add(name)
                _log.warning("the agent cannot read %s: %s", name, error)
        labels = (("collector", name),)
        duration_s = self._clock.monotonic_s() - start_s
        return [
            *readings,
            Reading("node_scrape_collector_success", float(is_done), labels),
            Reading("node_scrape_collector_duration_seconds", duration_s, labels),
        ]


def _linux_parts(clock: Clock, proc_root: Path, sys_root: Path) -> dict[str, Part]:
    """Named as node_exporter's collectors; `uptime` is ours."""
    return {
        "conntrack": partial(netstat.read_conntrack, proc_root),
        "cpu": CpuPart(proc_root, os.sysconf("SC_CLK_TCK")).read,
        "cpufreq": partial(sensors.read_cpufreq, sys_root),
        "diskstats": partial(read_diskstats, proc_root),
        "entropy": partial(system.read_entropy, proc_root),
        "filefd": partial(system.read_filefd, proc_root),
        "filesystem": FilesystemPart(proc_root, os.statvfs).read,
        "hwmon": partial(sensors.read_hwmon, sys_root),
        "loadavg": partial(system.read_loadavg, proc_root),
        "meminfo": partial(read_meminfo, proc_root),
        "netclass": partial(read_netclass, sys_root),
        "netdev": partial(read_netdev, proc_root),
        "netstat": partial(netstat.read_netstat, proc_root),
        "os": partial(system.read_os, Path("/")),
        "pressure": partial(system.read_pressure, proc_root),
        "sockstat": partial(netstat.read_sockstat, proc_root, os.sysconf("SC_PAGE_SIZE")),
        "softnet": partial(netstat.read_softnet, proc_root),
        "stat": partial(read_stat, proc_root),
        "thermal_zone": partial(sensors.read_thermal_zones, sys_root),
        "time": partial(system.read_time, clock),
        "timex": TimexPart().read,
        "uname": partial(system.read_uname, proc_root),
        "uptime": partial(system.read_uptime, proc_root),
        "vmstat": partial(read_vmstat, proc_root),
    }


def _portable_parts(clock: Clock) -> dict[str, Part]:
    from metricbox.agent import portable  # by psutil, which a host with /proc does not need

    return {
        "boottime": partial(portable.read_boot, clock),
        "cpu": portable.PortableCpuPart().read,
        "diskstats": portable.read_disks,
        "filesystem": portable.read_filesystems,
        "loadavg": portable.read_load,
        "meminfo": portable.read_memory,
        "netclass": portable.read_links,
        "netdev": portable.read_network,
        "time": partial(system.read_time, clock),
        "uname": portable.read_uname,
    }
