"""metricbox's own numbers as samples, so that the program is watched like any host."""

import logging
import math

import psutil

from metricbox.agent.reading import HostSample, make_labels, move_target_labels
from metricbox.selfmetrics import SelfMetrics

JOB = "metricbox"

_log = logging.getLogger(__name__)


class OwnCollector:
    """Reads a SelfMetrics, after it has brought the numbers of the process up to date."""

    def __init__(self, self_metrics: SelfMetrics, host_name: str) -> None:
        self._metrics = self_metrics
        self._host_labels = (("instance", host_name), ("job", JOB))
        self._process = psutil.Process()
        self._counted_cpu_s = 0.0
        self._is_reported = False

    def collect(self) -> list[HostSample]:
        """All values of now; histograms as `_bucket`, `_sum` and `_count`. Never raises."""
        try:
            self._update_process()
            return self._list_samples()
        except Exception as error:
            if not self._is_reported:
                self._is_reported = True
                _log.warning("the built-in agent cannot read metricbox's own numbers: %s", error)
            return []

    def _update_process(self) -> None:
        self._metrics.resident_bytes.set(self._process.memory_info().rss)
        times = self._process.cpu_times()
        used_s = times.user + times.system
        self._metrics.cpu_seconds.inc(max(used_s - self._counted_cpu_s, 0.0))
        self._counted_cpu_s = max(used_s, self._counted_cpu_s)

    def _list_samples(self) -> list[HostSample]:
        samples = []
        for family in self._metrics.registry.collect():
            for sample in family.samples:
                # The library adds the time at which it made each counter; nobody asks for that.
                if sample.name.endswith("_created") or not math.isfinite(sample.value):
                    continue
                labels = make_labels([*move_target_labels(sample.labels.items()), *self._host_labels])
                samples.append(HostSample(sample.name, labels, sample.value))
        return samples
