"""Rules that come with the program, made of what the built-in agent and metricbox itself store. Pure.

They are offered and not made by themselves: who is told of what is for people to decide, see decision 0019.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LibraryRule:
    """A rule to make; `content` has the names of the contract."""

    id: str
    name: str
    description: str
    content: Mapping[str, Any]

    @property
    def metrics(self) -> frozenset[str]:
        """Names that its query asks for: all of them are metricbox's own or its agent's."""
        return frozenset(_METRIC.findall(self.content["query"]))


_METRIC = re.compile(r"metricbox_\w+")
_MESSAGE = "{{labels.instance}}: "

LIBRARY: Sequence[LibraryRule] = (
    LibraryRule(
        "host-silent",
        "Host silent",
        "An agent has sent nothing for two minutes: the host is down, or cut off.",
        {
            # The age is at hand for as long as values are looked back for; then silence itself is the alert.
            "query": "time() - timestamp(metricbox_host_uptime_seconds)",
            "condition": "gt",
            "threshold": 120,
            "unit": "seconds",
            "severity": "critical",
            "noData": "alert",
            "notification": {"message": f"{_MESSAGE}nothing was heard for some minutes"},
        },
    ),
    LibraryRule(
        "disk-full-soon",
        "Disk will be full",
        "A file system that is more than 70 % full would be full within four hours if it went on as in the last one.",
        {
            "query": "predict_linear(metricbox_host_filesystem_used_ratio[1h], 4 * 3600) "
            "and metricbox_host_filesystem_used_ratio > 0.7",
            "condition": "gte",
            "threshold": 1,
            "unit": "ratio",
            "duration": "10m",
            "keepFiringFor": "10m",
            "severity": "critical",
            "notification": {
                "message": f"{_MESSAGE}{{{{labels.mountpoint}}}} will be full within four hours"
            },
        },
    ),
    LibraryRule(
        "disk-nearly-full",
        "Disk nearly full",
        "A file system is more than 90 % full.",
        {
            "query": "metricbox_host_filesystem_used_ratio",
            "condition": "gt",
            "threshold": 0.9,
            "recoveryThreshold": 0.88,
            "unit": "ratio",
            "duration": "5m",
            "severity": "warning",
        },
    ),
    LibraryRule(
        "cpu-busy",
        "CPU busy",
        "The processors of a host were more than 90 % busy for a quarter of an hour.",
        {
            "query": "avg_over_time(metricbox_host_cpu_busy_ratio[5m])",
            "condition": "gt",
            "threshold": 0.9,
            "recoveryThreshold": 0.8,
            "unit": "ratio",
            "duration": "10m",
            "severity": "warning",
        },
    ),
    LibraryRule(
        "memory-short",
        "Memory short",
        "More than 90 % of a host's memory is in use.",
        {
            "query": "metricbox_host_memory_used_ratio",
            "condition": "gt",
            "threshold": 0.9,
            "recoveryThreshold": 0.85,
            "unit": "ratio",
            "duration": "5m",
            "severity": "warning",
        },
    ),
    LibraryRule(
        "own-disk-reserve",
        "metricbox runs out of disk",
        "The disk of metricbox's data has less than twice its reserve free; below the reserve new samples are refused.",
        {
            "query": "metricbox_disk_free_bytes / metricbox_disk_reserve_bytes",
            "condition": "lt",
            "threshold": 2,
            "duration": "1m",
            "severity": "critical",
        },
    ),
    LibraryRule(
        "job-hangs",
        "Job of metricbox hangs",
        "A periodic job has not succeeded for three times its interval.",
        {
            "query": "(time() - metricbox_job_last_success_timestamp_seconds) / metricbox_job_interval_seconds",
            "condition": "gt",
            "threshold": 3,
            # After the machine slept all of them are late until they have run once.
            "duration": "10m",
            "severity": "warning",
            "notification": {
                "message": f"{_MESSAGE}the job {{{{labels.exported_job}}}} has not succeeded for long"
            },
        },
    ),
    LibraryRule(
        "channel-fails",
        "Notification channel fails",
        "Messages of alerts did not get through, more than twice in a quarter of an hour.",
        {
            "query": 'increase(metricbox_notifications_total{outcome="failed"}[15m])',
            "condition": "gt",
            "threshold": 2,
            "keepFiringFor": "15m",
            "severity": "warning",
            "notification": {"message": f"{_MESSAGE}channels of type {{{{labels.channel_type}}}} fail"},
        },
    ),
)


def find_library_rule(rule_id: str) -> LibraryRule | None:
    return next((rule for rule in LIBRARY if rule.id == rule_id), None)
