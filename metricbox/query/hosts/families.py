"""Who reports hosts, under which label and metric names, and how their numbers become the figures of a host. A table.

    metric, by series ──▶ one value a key (host, and say its disk) ──▶ formula ──▶ reduced to one value a host

A figure has recipes in the order in which they are tried; the next one is for hosts that the one before gave nothing.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from metricbox.model import Float64Array
from metricbox.store.contract import ReporterRule


class Source(StrEnum):
    """Who reports a host."""

    METRICBOX = "metricbox"
    """Its own agent, which has the metrics of node_exporter and ready shares beside them."""
    NODE = "node_exporter"
    WINDOWS = "windows_exporter"
    COLLECTD = "collectd"
    TELEGRAF = "telegraf"
    OTHER = "other"


# In order: a series counts for the first rule that it meets, and a host is called after its first source.
RULES: Mapping[Source, ReporterRule] = {
    Source.METRICBOX: ReporterRule("instance", ("metricbox_host_", "metricbox_agent_")),
    Source.NODE: ReporterRule("instance", ("node_",)),
    Source.WINDOWS: ReporterRule("instance", ("windows_",)),
    Source.COLLECTD: ReporterRule("instance", ("collectd_",)),
    Source.TELEGRAF: ReporterRule(
        "host", ("cpu_usage_", "mem_", "disk_", "diskio_", "net_", "system_", "internal_")
    ),
    # What was scraped has a `host` of its own, which may be the name of a web site; who reports is `instance` there.
    Source.OTHER: ReporterRule("host", (), but_not="instance"),
}


class Figure(StrEnum):
    CPU = "cpu_percent"
    MEMORY = "memory_percent"
    DISK = "disk_percent"
    LOAD = "load1"
    NETWORK = "network_bytes_per_s"
    UPTIME = "uptime_s"
    BOOTED = "booted_s"
    """Seconds since 1970."""
    AHEAD = "clock_ahead_ms"
    """Of the time that its samples carry."""
    SPOOL_BYTES = "spool_bytes"
    """What its agent holds because the server has not taken it."""
    SPOOL_BATCHES = "spool_batches"
    DROPPED = "dropped_samples"
    """Lost by its agent, by reason. Of the last day, and so read apart from the others."""


class Take(StrEnum):
    LAST = "last"
    RATE = "rate"
    """Growth of a counter a second."""
    AHEAD = "ahead"
    """The value, seconds since 1970, less the time of its sample, in milliseconds."""


class Where(NamedTuple):
    """A condition on a label. Its absence counts as the empty text."""

    label: str
    pattern: "re.Pattern[str]"
    is_wanted: bool = True

    def holds(self, labels: Mapping[str, str]) -> bool:
        return (self.pattern.fullmatch(labels.get(self.label, "")) is not None) is self.is_wanted


class Term(NamedTuple):
    metric: str
    take: Take = Take.LAST
    where: Sequence[Where] = ()


class Reduce(StrEnum):
    MAX = "max"
    MEAN = "mean"
    SUM = "sum"


Formula = Callable[..., Float64Array]
"""One array for each term, NaN where there is no value; by key, or by key and step."""


class Recipe(NamedTuple):
    source: Source
    figure: Figure
    terms: Sequence[Term]
    key: Sequence[str] = ()
    """Labels that make a key, beside the one that names the host."""
    formula: Formula = lambda value: value
    reduce: Reduce = Reduce.MAX


def _percent(ratio: Float64Array) -> Float64Array:
    return 100 * ratio


def _milliseconds(seconds: Float64Array) -> Float64Array:
    return 1000 * seconds


def _busy(idle: Float64Array, waiting: Float64Array) -> Float64Array:
    """Waiting for a disk counts as idle, as in top; not every system counts it."""
    return np.clip(100 * (1 - idle - np.nan_to_num(waiting)), 0, 100)


def _used_of_total(available: Float64Array, total: Float64Array) -> Float64Array:
    return 100 * (1 - available / np.where(total > 0, total, np.nan))


def _used_of_usable(size: Float64Array, free: Float64Array, available: Float64Array) -> Float64Array:
    """As df shows it: blocks kept for root count neither as used nor as free."""
    usable = size - free + available
    return 100 * (1 - available / np.where(usable > 0, usable, np.nan))


def _rest(idle: Float64Array, waiting: Float64Array) -> Float64Array:
    return np.clip(100 - idle - np.nan_to_num(waiting), 0, 100)


def _both(received: Float64Array, sent: Float64Array) -> Float64Array:
    return received + sent


def _is(label: str, value: str) -> Where:
    return Where(label, re.compile(re.escape(value)))


# Memory, images and views of other file systems: full by nature, or counted already.
_REAL_DISK = Where(
    "fstype",
    re.compile(
        r"tmpfs|ramfs|devtmpfs|squashfs|iso9660|erofs|overlay|autofs|nsfs|fuse\.(lxcfs|portal|snapfuse).*"
    ),
    is_wanted=False,
)
# Loops and the inner side of bridges: the same bytes once more.
_VIRTUAL_DEVICES = r"lo\d*|veth.*|docker\d*|br-.*|virbr.*|cali.*|cni.*|flannel.*|vnet.*|ifb.*|all|interface"


def _real_device(label: str) -> Where:
    return Where(label, re.compile(_VIRTUAL_DEVICES), is_wanted=False)


_NODE_FILESYSTEM = ("device", "mountpoint")

RECIPES: Sequence[Recipe] = (
    # ---- metricbox's agent, and node_exporter
    Recipe(Source.METRICBOX, Figure.CPU, (Term("metricbox_host_cpu_busy_ratio"),), formula=_percent),
    Recipe(
        Source.NODE,
        Figure.CPU,
        (
            Term("node_cpu_seconds_total", Take.RATE, (_is("mode", "idle"),)),
            Term("node_cpu_seconds_total", Take.RATE, (_is("mode", "iowait"),)),
        ),
        ("cpu",),
        _busy,
        Reduce.MEAN,
    ),
    Recipe(Source.METRICBOX, Figure.MEMORY, (Term("metricbox_host_memory_used_ratio"),), formula=_percent),
    Recipe(
        Source.NODE,
        Figure.MEMORY,
        (Term("node_memory_MemAvailable_bytes"), Term("node_memory_MemTotal_bytes")),
        formula=_used_of_total,
    ),
    Recipe(
        Source.METRICBOX,
        Figure.DISK,
        (Term("metricbox_host_filesystem_used_ratio", where=(_REAL_DISK,)),),
        _NODE_FILESYSTEM,
        _percent,
    ),
    Recipe(
        Source.NODE,
        Figure.DISK,
        tuple(
            Term(f"node_filesystem_{name}_bytes", where=(_REAL_DISK,)) for name in ("size", "free", "avail")
        ),
        _NODE_FILESYSTEM,
        _used_of_usable,
    ),
    # The root of a container is an overlay: better than nothing.
    Recipe(
        Source.METRICBOX,
        Figure.DISK,
        (Term("metricbox_host_filesystem_used_ratio", where=(_is("mountpoint", "/"),)),),
        formula=_percent,
    ),
    Recipe(Source.NODE, Figure.LOAD, (Term("node_load1"),)),
    Recipe(
        Source.NODE,
        Figure.NETWORK,
        (
            Term("node_network_receive_bytes_total", Take.RATE, (_real_device("device"),)),
            Term("node_network_transmit_bytes_total", Take.RATE, (_real_device("device"),)),
        ),
        ("device",),
        _both,
        Reduce.SUM,
    ),
    Recipe(Source.METRICBOX, Figure.UPTIME, (Term("metricbox_host_uptime_seconds"),)),
    Recipe(Source.NODE, Figure.BOOTED, (Term("node_boot_time_seconds"),)),
    # An agent that pushes stamps its samples by the clock that it tells of: it compares with the server's itself.
    Recipe(
        Source.METRICBOX,
        Figure.AHEAD,
        (Term("metricbox_agent_clock_skew_seconds"),),
        formula=_milliseconds,
    ),
    Recipe(Source.NODE, Figure.AHEAD, (Term("node_time_seconds", Take.AHEAD),)),
    Recipe(Source.METRICBOX, Figure.SPOOL_BYTES, (Term("metricbox_agent_spool_bytes"),)),
    Recipe(Source.METRICBOX, Figure.SPOOL_BATCHES, (Term("metricbox_agent_spool_batches"),)),
    # ---- Telegraf
    Recipe(
        Source.TELEGRAF,
        Figure.CPU,
        (
            Term("cpu_usage_idle", where=(_is("cpu", "cpu-total"),)),
            Term("cpu_usage_iowait", where=(_is("cpu", "cpu-total"),)),
        ),
        formula=_rest,
    ),
    Recipe(Source.TELEGRAF, Figure.MEMORY, (Term("mem_used_percent"),)),
    Recipe(
        Source.TELEGRAF, Figure.DISK, (Term("disk_used_percent", where=(_REAL_DISK,)),), ("device", "path")
    ),
    Recipe(Source.TELEGRAF, Figure.LOAD, (Term("system_load1"),)),
    Recipe(
        Source.TELEGRAF,
        Figure.NETWORK,
        (
            Term("net_bytes_recv", Take.RATE, (_real_device("interface"),)),
            Term("net_bytes_sent", Take.RATE, (_real_device("interface"),)),
        ),
        ("interface",),
        _both,
        Reduce.SUM,
    ),
    Recipe(Source.TELEGRAF, Figure.UPTIME, (Term("system_uptime"),)),
)

# Each reason is a figure of its own: what to do depends on it.
DROPS = Recipe(
    Source.METRICBOX, Figure.DROPPED, (Term("metricbox_agent_dropped_samples_total", Take.RATE),), ("reason",)
)

# Metrics whose label `version` is that of the agent.
VERSIONS: Mapping[Source, Sequence[str]] = {
    Source.METRICBOX: ("metricbox_agent_info", "metricbox_build_info"),
    Source.NODE: ("node_exporter_build_info",),
    Source.WINDOWS: ("windows_exporter_build_info",),
    Source.TELEGRAF: ("internal_agent_metrics_gathered", "internal_agent_gather_errors"),
}

# The trend beside the figure.
TREND_FIGURES = (Figure.CPU, Figure.MEMORY, Figure.DISK)
