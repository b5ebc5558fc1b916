"""The agent's own numbers, metricbox_agent_*: what it sent, dropped and holds, and how far its clock is off.

Counters begin at 0 with the process. Changed by two threads, one of which does each change.
"""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from metricbox import __version__
from metricbox.agent.reading import HostSample, Reading, find_text, make_labels
from metricbox.agent.remote.skew import ClockSkew
from metricbox.agent.remote.spool import SpoolState

JOB = "metricbox_agent"
# Why points were lost. All are shown from the start, so that the first loss is an increase.
DROP_REASONS = ("refused", "spool_full", "damaged")


class AgentNumbers:
    def __init__(self, host_name: str, proc_root: Path = Path("/proc")) -> None:
        self._host_labels = (("instance", host_name), ("job", JOB))
        self._statm = proc_root / "self" / "statm"
        self.measured = 0
        self.sent = 0
        self.requests = 0
        self.failures = 0
        self.collect_s = 0.0
        self.dropped = dict.fromkeys(DROP_REASONS, 0)

    def add_dropped(self, points: int, reason: str) -> None:
        self.dropped[reason] += points

    def samples(self, spool: SpoolState, skew: ClockSkew, now_ms: int) -> list[HostSample]:
        readings = [
            Reading("metricbox_agent_info", 1, (("version", __version__),)),
            Reading("metricbox_agent_measured_samples_total", self.measured),
            Reading("metricbox_agent_sent_samples_total", self.sent),
            Reading("metricbox_agent_push_requests_total", self.requests),
            Reading("metricbox_agent_push_failures_total", self.failures),
            Reading("metricbox_agent_collect_duration_seconds", self.collect_s),
            Reading("metricbox_agent_spool_batches", spool.batches),
            Reading("metricbox_agent_spool_samples", spool.points),
            Reading("metricbox_agent_spool_bytes", spool.size_bytes),
            Reading("metricbox_agent_spool_age_seconds", _age_s(spool.oldest_ms, now_ms)),
            Reading("metricbox_agent_cpu_seconds_total", time.process_time()),
            *self._read_resident(),
            *(
                Reading("metricbox_agent_dropped_samples_total", points, (("reason", reason),))
                for reason, points in self.dropped.items()
            ),
        ]
        if skew.skew_ms is not None:
            readings.append(Reading("metricbox_agent_clock_skew_seconds", skew.skew_ms / 1000))
        return [
            HostSample(reading.name, make_labels((*reading.labels, *self._host_labels)), reading.value)
            for reading in readings
        ]

    def _read_resident(self) -> Sequence[Reading]:
        columns = (find_text(self._statm) or "").split()
        if len(columns) < 2:
            return ()
        return (Reading("metricbox_agent_resident_bytes", int(columns[1]) * os.sysconf("SC_PAGE_SIZE")),)


def _age_s(oldest_ms: int | None, now_ms: int) -> float:
    return 0.0 if oldest_ms is None else max(now_ms - oldest_ms, 0) / 1000
