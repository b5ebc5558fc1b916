"""The small parts of a Linux host: load, time, uptime, open files, pressure and what the system is."""

import platform
import re
import shlex
from pathlib import Path

from metricbox.agent.reading import NoDataError, Reading, find_text, read_text
from metricbox.clock import Clock

# File under /proc/pressure -> line in it -> metric. `full` of cpu says nothing about a whole system.
_PRESSURE = {
    "cpu": {"some": "node_pressure_cpu_waiting_seconds_total"},
    "io": {
        "some": "node_pressure_io_waiting_seconds_total",
        "full": "node_pressure_io_stalled_seconds_total",
    },
    "memory": {
        "some": "node_pressure_memory_waiting_seconds_total",
        "full": "node_pressure_memory_stalled_seconds_total",
    },
    "irq": {"full": "node_pressure_irq_stalled_seconds_total"},
}

# Label of node_uname_info -> file under /proc/sys/kernel, the text that uname(2) gives.
_UNAME_FILES = {
    "sysname": "ostype",
    "release": "osrelease",
    "version": "version",
    "nodename": "hostname",
    "domainname": "domainname",
}


def read_loadavg(proc_root: Path) -> list[Reading]:
    load1, load5, load15 = read_text(proc_root / "loadavg").split()[:3]
    return [
        Reading("node_load1", float(load1)),
        Reading("node_load5", float(load5)),
        Reading("node_load15", float(load15)),
    ]


def read_time(clock: Clock) -> list[Reading]:
    return [Reading("node_time_seconds", clock.now_ms() / 1000)]


def read_uptime(proc_root: Path) -> list[Reading]:
    return [Reading("metricbox_host_uptime_seconds", float(read_text(proc_root / "uptime").split()[0]))]


def read_filefd(proc_root: Path) -> list[Reading]:
    allocated, _unused, maximum = read_text(proc_root / "sys" / "fs" / "file-nr").split()
    return [
        Reading("node_filefd_allocated", float(allocated)),
        Reading("node_filefd_maximum", float(maximum)),
    ]


def read_uname(proc_root: Path) -> list[Reading]:
    folder = proc_root / "sys" / "kernel"
    labels = [(label, read_text(folder / file).strip()) for label, file in _UNAME_FILES.items()]
    labels.append(("machine", platform.machine()))
    return [Reading("node_uname_info", 1, tuple(labels))]


# Label of node_os_info -> field of os-release(5).
_OS_FIELDS = (
    "build_id",
    "id",
    "id_like",
    "image_id",
    "image_version",
    "name",
    "pretty_name",
    "variant",
    "variant_id",
    "version",
    "version_codename",
    "version_id",
)
_OS_FILES = ("etc/os-release", "usr/lib/os-release")
_LEADING_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def read_os(root: Path) -> list[Reading]:
    text = next((text for file in _OS_FILES if (text := find_text(root / file))), None)
    if text is None:
        raise NoDataError
    fields = {}
    for line in text.splitlines():
        name, is_pair, value = line.strip().partition("=")
        if is_pair and not name.startswith("#"):
            fields[name.lower()] = "".join(shlex.split(value))
    readings = [Reading("node_os_info", 1, tuple((name, fields.get(name, "")) for name in _OS_FIELDS))]
    number = _LEADING_NUMBER.match(fields.get("version_id", ""))
    if number:
        labels = tuple((name, fields.get(name, "")) for name in ("id", "id_like", "name"))
        readings.append(Reading("node_os_version", float(number[0]), labels))
    return readings


def read_entropy(proc_root: Path) -> list[Reading]:
    folder = proc_root / "sys" / "kernel" / "random"
    return [
        Reading("node_entropy_available_bits", float(read_text(folder / "entropy_avail"))),
        Reading("node_entropy_pool_size_bits", float(read_text(folder / "poolsize"))),
    ]


def read_pressure(proc_root: Path) -> list[Reading]:
    readings = []
    for resource, names in _PRESSURE.items():
        try:
            lines = read_text(proc_root / "pressure" / resource).splitlines()
        except OSError:  # an old kernel has no such file, one with pressure turned off refuses to read it
            continue
        for line in lines:
            kind, *fields = line.split()
            if kind in names:
                total_us = next(field for field in fields if field.startswith("total="))
                readings.append(Reading(names[kind], int(total_us.removeprefix("total=")) / 1_000_000))
    if not readings:
        raise NoDataError
    return readings
