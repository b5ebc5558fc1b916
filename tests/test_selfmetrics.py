"""metricbox's own metrics: named and unit-ed by the rules, and readable by Prometheus's parser."""

from prometheus_client.parser import text_string_to_metric_families

from metricbox.selfmetrics import SelfMetrics

UNITS = ("_seconds", "_bytes", "_ratio", "_samples", "_requests", "_series")


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
