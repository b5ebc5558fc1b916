"""metricbox's own metrics: named and unit-ed by the rules, and readable by Prometheus's parser."""

from prometheus_client.parser import text_string_to_metric_families

from metricbox.selfmetrics import SelfMetrics

UNITS = (
    "_info",
    "_runs",
    "_seconds",
    "_bytes",
    "_ratio",
    "_samples",
    "_requests",
    "_notifications",
    "_series",
    "_hits",
    "_misses",
    "_lines",
    "_connections",
)


def test_every_metric_has_the_prefix_a_unit_and_a_sentence() -> None:
    families = list(text_string_to_metric_families(SelfMetrics().render().decode()))
    assert len(families) >= 9
    for family in families:
        assert family.name.startswith("metricbox_")
        assert family.name.removesuffix("_total").removesuffix("_created").endswith(UNITS), family.name
        assert family.documentation.endswith("."), family.name


def test_two_servers_of_one_process_count_apart() -> None:
    first, second = SelfMetrics(), SelfMetrics()
    first.samples_accepted.labels("json").inc(3)
    assert first.registry.get_sample_value("metricbox_ingest_samples_total", {"source": "json"}) == 3
    assert second.registry.get_sample_value("metricbox_ingest_samples_total", {"source": "json"}) is None


def test_a_stuck_job_shows_by_its_last_success() -> None:
    metrics = SelfMetrics()
    metrics.note_job("seal", 1_500, 10_000, has_failed=False, interval_ms=60_000)
    metrics.note_job("seal", 10, 10_000, has_failed=True, interval_ms=60_000)
    text = metrics.render().decode()
    assert 'metricbox_job_last_success_timestamp_seconds{job="seal"} 10.0' in text
    assert 'metricbox_job_runs_total{job="seal",outcome="failed"} 1.0' in text
    assert 'metricbox_job_seconds{job="seal"} 0.01' in text
    assert 'metricbox_job_interval_seconds{job="seal"} 60.0' in text
