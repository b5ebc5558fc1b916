"""The dashboard that greets the first admin: this machine, as the built-in agent sees it. A table, no logic.

Panels name the metrics of node_exporter where it has them; shares come from the agent's own
`metricbox_host_*` metrics, since a panel's query joins the samples of one metric and does no arithmetic.
"""

from collections.abc import Sequence
from typing import Any

import apsw

from metricbox.store.appdb.audit import Author
from metricbox.store.appdb.dashboards import NewDashboard, create_dashboard
from metricbox.store.appdb.panels import NewPanel, Position
from metricbox.store.appdb.records import DashboardRecord

NAME = "This host"

_SHARE_LIMITS = [
    {"value": 0.8, "severity": "warning"},
    {"value": 0.95, "severity": "critical"},
]
_SHARE = {
    "unit": "ratio",
    "decimals": 0,
    "min": 0,
    "max": 1,
    "calculation": "last",
    "thresholds": _SHARE_LIMITS,
}


def create_starter_dashboard(
    connection: apsw.Connection, owner_id: str, by: Author, now_ms: int
) -> DashboardRecord:
    return create_dashboard(
        connection,
        NewDashboard(
            name=NAME,
            owner_id=owner_id,
            description="CPU, memory, disk and network of the machine that metricbox runs on.",
            refresh_interval="10s",
            time_from="now-15m",
            time_to="now",
            panels=_PANELS,
        ),
        by,
        now_ms,
    )


def _query(name: str, aggregation: str, legend: str, group_by: Sequence[str] | None = None) -> dict[str, Any]:
    query: dict[str, Any] = {"query": name, "legend": legend, "aggregation": aggregation}
    return query if group_by is None else {**query, "groupBy": group_by}


_PANELS = (
    # Row 1: how is it now.
    NewPanel(
        "CPU busy",
        "gauge",
        [_query("metricbox_host_cpu_busy_ratio", "avg", "CPU")],
        _SHARE,
        Position(x=0, y=0, w=3, h=3),
    ),
    NewPanel(
        "Memory used",
        "gauge",
        [_query("metricbox_host_memory_used_ratio", "avg", "Memory")],
        _SHARE,
        Position(x=3, y=0, w=3, h=3),
    ),
    NewPanel(
        "Load, 1 minute",
        "stat",
        [_query("node_load1", "last", "Load")],
        {"decimals": 2, "calculation": "last"},
        Position(x=6, y=0, w=3, h=3),
    ),
    NewPanel(
        "Uptime",
        "stat",
        [_query("metricbox_host_uptime_seconds", "last", "Uptime")],
        {"unit": "seconds", "calculation": "last"},
        Position(x=9, y=0, w=3, h=3),
    ),
    # Row 2: where does the time go.
    NewPanel(
        "CPU time by mode",
        "area",
        [_query("node_cpu_seconds_total", "rate", "{{mode}}", ["mode"])],
        {"decimals": 2, "stack": True, "showLegend": True, "min": 0},
        Position(x=0, y=3, w=8, h=5),
    ),
    NewPanel(
        "Disk space used",
        "bar",
        [_query("metricbox_host_filesystem_used_ratio", "last", "{{mountpoint}}", ["mountpoint"])],
        _SHARE,
        Position(x=8, y=3, w=4, h=5),
    ),
    # Row 3: memory and load over time.
    NewPanel(
        "Memory",
        "line",
        [
            _query("node_memory_MemTotal_bytes", "last", "total"),
            _query("node_memory_MemAvailable_bytes", "avg", "available"),
        ],
        {"unit": "bytes", "decimals": 1, "min": 0, "showLegend": True},
        Position(x=0, y=8, w=6, h=5),
    ),
    NewPanel(
        "Load",
        "line",
        [
            _query("node_load1", "avg", "1 minute"),
            _query("node_load5", "avg", "5 minutes"),
            _query("node_load15", "avg", "15 minutes"),
        ],
        {"decimals": 2, "min": 0, "showLegend": True},
        Position(x=6, y=8, w=6, h=5),
    ),
    # Row 4: what moves in and out.
    NewPanel(
        "Network",
        "area",
        [
            _query("node_network_receive_bytes_total", "rate", "{{device}} in", ["device"]),
            _query("node_network_transmit_bytes_total", "rate", "{{device}} out", ["device"]),
        ],
        {"unit": "bytesPerSec", "decimals": 1, "min": 0, "showLegend": True},
        Position(x=0, y=13, w=6, h=5),
    ),
    NewPanel(
        "Disk reads and writes",
        "line",
        [
            _query("node_disk_read_bytes_total", "rate", "{{device}} read", ["device"]),
            _query("node_disk_written_bytes_total", "rate", "{{device}} written", ["device"]),
        ],
        {"unit": "bytesPerSec", "decimals": 1, "min": 0, "showLegend": True},
        Position(x=6, y=13, w=6, h=5),
    ),
    NewPanel(
        "Free disk space",
        "line",
        [_query("node_filesystem_avail_bytes", "last", "{{mountpoint}}", ["mountpoint"])],
        {"unit": "bytes", "decimals": 1, "min": 0, "showLegend": True},
        Position(x=0, y=18, w=12, h=4),
    ),
)
