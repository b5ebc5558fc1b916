"""metricbox's own numbers as samples."""

import logging
import os
import time

import pytest

from metricbox.agent.own import OwnCollector
from metricbox.agent.reading import HostSample
from metricbox.model import find_labels_fault, find_name_fault
from metricbox.selfmetrics import SelfMetrics


def values_of(samples: list[HostSample], name: str) -> list[float]:
    return [sample.value for sample in samples if sample.name == name]


def test_every_sample_is_of_the_job_metricbox_on_this_host() -> None:
    samples = OwnCollector(SelfMetrics(), "web1").collect()
    assert samples
    for sample in samples:
        assert sample.name.startswith("metricbox_")
        assert {("instance", "web1"), ("job", "metricbox")} <= set(sample.labels)
        assert find_name_fault(sample.name) is None
        assert find_labels_fault(sample.labels) is None


def test_counters_gauges_and_histograms() -> None:
    metrics = SelfMetrics()
    metrics.samples_accepted.labels("agent").inc(7)
    metrics.series.set(3)
    metrics.commit_seconds.observe(0.003)
    samples = OwnCollector(metrics, "web1").collect()
    assert values_of(samples, "metricbox_ingest_samples_total") == [7]
    assert values_of(samples, "metricbox_store_series") == [3]
    assert values_of(samples, "metricbox_store_commit_seconds_count") == [1]
    assert values_of(samples, "metricbox_store_commit_seconds_sum") == [0.003]
    by_le = {
        dict(sample.labels)["le"]: sample.value
        for sample in samples
        if sample.name == "metricbox_store_commit_seconds_bucket"
    }
    assert (by_le["0.002"], by_le["0.005"], by_le["+Inf"]) == (0, 1, 1)
    assert not [sample.name for sample in samples if sample.name.endswith("_created")]


def test_a_label_that_is_called_as_one_of_the_target_is_kept_beside_it() -> None:
    metrics = SelfMetrics()
    for job in ("seal", "sweep"):
        metrics.note_job(job, 5, 10_000, has_failed=False, interval_ms=60_000)
    samples = OwnCollector(metrics, "web1").collect()
    labels = [sample.labels for sample in samples if sample.name == "metricbox_job_seconds"]
    assert labels == [
        (("exported_job", job), ("instance", "web1"), ("job", "metricbox")) for job in ("seal", "sweep")
    ]


def test_numbers_of_the_process_are_brought_up_to_date() -> None:
    metrics = SelfMetrics()
    own = OwnCollector(metrics, "web1")
    first = values_of(own.collect(), "metricbox_process_cpu_seconds_total")[0]
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    samples = own.collect()
    second = values_of(samples, "metricbox_process_cpu_seconds_total")[0]
    used_s = sum(os.times()[:2])
    assert 0 < first < second <= used_s
    assert second == pytest.approx(used_s, abs=0.5)
    assert values_of(samples, "metricbox_process_resident_bytes")[0] > 1e6


def test_a_value_that_is_not_finite_is_left_out() -> None:
    metrics = SelfMetrics()
    metrics.series.set(float("nan"))
    assert values_of(OwnCollector(metrics, "web1").collect(), "metricbox_store_series") == []


def test_a_failure_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    metrics = SelfMetrics()
    metrics.series.set_function(lambda: 1 / 0)
    own = OwnCollector(metrics, "web1")
    with caplog.at_level(logging.WARNING):
        assert own.collect() == []
        assert own.collect() == []
    assert len(caplog.records) == 1
