"""Memory: node_exporter's collectors `meminfo` and `vmstat`, and the two ready ratios of memory and swap."""

import re
from pathlib import Path

from metricbox.agent.reading import Reading, clamp_ratio, read_text

# `Active(anon)` is `Active_anon` in a metric name.
_IN_BRACKETS = re.compile(r"\((.*)\)")
_FIELD_NAME = re.compile(r"[A-Za-z0-9_]+", re.ASCII)
# node_exporter's default of --collector.vmstat.fields.
_VMSTAT_FIELDS = re.compile(r"(oom_kill|pgpg|pswp|pg.*fault)")


def read_meminfo(proc_root: Path) -> list[Reading]:
    values: dict[str, float] = {}
    for line in read_text(proc_root / "meminfo").splitlines():
        key, _, rest = line.partition(":")
        columns = rest.split()
        field = _IN_BRACKETS.sub(r"_\1", key)
        if not columns or not _FIELD_NAME.fullmatch(field):
            continue
        if columns[1:] == ["kB"]:
            values[f"{field}_bytes"] = float(columns[0]) * 1024
        else:
            values[field] = float(columns[0])  # a count, as HugePages_Total
    return [Reading(f"node_memory_{field}", value) for field, value in values.items()] + _ratios(values)


def _ratios(values: dict[str, float]) -> list[Reading]:
    available = values.get("MemAvailable_bytes")
    if available is None:  # Linux before 3.14
        available = sum(values.get(field, 0) for field in ("MemFree_bytes", "Buffers_bytes", "Cached_bytes"))
    return used_ratios(
        memory_total=values["MemTotal_bytes"],
        memory_available=available,
        swap_total=values.get("SwapTotal_bytes", 0),
        swap_free=values.get("SwapFree_bytes", 0),
    )


def used_ratios(
    *, memory_total: float, memory_available: float, swap_total: float, swap_free: float
) -> list[Reading]:
    """Used share of memory and of swap. A host without swap uses none of it: 0."""
    readings = []
    if memory_total > 0:
        used = clamp_ratio(1 - memory_available / memory_total)
        readings.append(Reading("metricbox_host_memory_used_ratio", used))
    swap_used = clamp_ratio(1 - swap_free / swap_total) if swap_total > 0 else 0.0
    readings.append(Reading("metricbox_host_swap_used_ratio", swap_used))
    return readings


def read_vmstat(proc_root: Path) -> list[Reading]:
    readings = []
    for line in read_text(proc_root / "vmstat").splitlines():
        if _VMSTAT_FIELDS.match(line):
            field, value = line.split()
            readings.append(Reading(f"node_vmstat_{field}", float(value)))
    return readings
