"""Names and labels by Prometheus's conventions, and as they are."""

import pytest

from metricbox.ingest.otlp_names import NAMINGS
from metricbox.ingest.otlp_points import FamilyTexts, Kind

PROMETHEUS, RAW = NAMINGS["prometheus"], NAMINGS["raw"]


def name(
    text: str, unit: str = "", kind: Kind = Kind.HISTOGRAM, *, is_monotonic: bool = False, naming=PROMETHEUS
) -> str:
    return naming.name_family(FamilyTexts(text, unit, "", "", []), kind, is_monotonic=is_monotonic).metric


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("http.server.duration", "ms", "http_server_duration_milliseconds"),
        ("http.server.request.duration", "s", "http_server_request_duration_seconds"),
        ("took_seconds", "s", "took_seconds"),
        ("disk.io", "By", "disk_io_bytes"),
        ("net..io--rate_", "By/s", "net_io_rate_bytes_per_second"),
        ("fan", "{rotations}/min", "fan_per_minute"),
        ("queue", "{items}", "queue"),
        ("speed", "m/s", "speed_meters_per_second"),
        ("odd", "furlong/fortnight", "odd_furlong_per_fortnight"),
        ("temp", "Cel", "temp_celsius"),
        ("load", "1", "load"),
        ("cpu", "%", "cpu_percent"),
        ("5xx", "", "_5xx"),
        ("ns:rule", "", "ns:rule"),
        ("größe", "", "gr_e"),
        ("", "", ""),
    ],
)
def test_units_stand_behind_names(text, unit, expected):
    assert name(text, unit) == expected


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("requests", "", "requests_total"),
        ("requests", "1", "requests_total"),
        ("requests_total", "", "requests_total"),
        ("total.io", "By", "io_bytes_total"),
        ("io_total", "By", "io_bytes_total"),
    ],
)
def test_counters_end_in_total(text, unit, expected):
    assert name(text, unit, Kind.SUM, is_monotonic=True) == expected
    assert not name(text, unit, Kind.GAUGE).endswith("_total_total")


def test_gauges_of_unit_one_are_ratios():
    assert name("cpu.utilization", "1", Kind.GAUGE) == "cpu_utilization_ratio"
    assert name("cpu_ratio", "1", Kind.GAUGE) == "cpu_ratio"
    assert name("up.down", "1", Kind.SUM) == "up_down"


@pytest.mark.parametrize(
    ("unit", "kind", "expected"),
    [
        ("By", Kind.SUM, "bytes"),
        ("By/s", Kind.GAUGE, "bytesPerSec"),
        ("1", Kind.GAUGE, "ratio"),
        ("1", Kind.SUM, ""),
        ("{requests}", Kind.SUM, ""),
        ("ms", Kind.HISTOGRAM, "ms"),
        ("parsec", Kind.GAUGE, "parsec"),
    ],
)
def test_units_of_the_catalogue(unit, kind, expected):
    assert (
        PROMETHEUS.name_family(FamilyTexts("m", unit, "", "", []), kind, is_monotonic=False).unit == expected
    )


def labels(resource, attributes=(), kind=Kind.GAUGE, scope="", naming=PROMETHEUS):
    family = naming.name_family(FamilyTexts("m", "", "", scope, resource), kind, is_monotonic=False)
    return naming.name_labels(family, attributes, kind)


def test_the_target_comes_from_the_resource():
    assert labels([("service.name", "a")]) == {"job": "a"}
    assert labels([("service.namespace", "n"), ("service.name", "a"), ("service.instance.id", "i")]) == {
        "job": "n/a",
        "instance": "i",
    }
    # A namespace alone names no job.
    assert labels([("service.instance.id", "i"), ("service.version", "2")]) == {
        "instance": "i",
        "service_version": "2",
    }


def test_an_attribute_of_a_point_goes_before_one_of_its_resource():
    assert labels([("host.name", "r"), ("os.type", "linux")], [("host.name", "p")]) == {
        "host_name": "p",
        "os_type": "linux",
    }


def test_values_of_names_that_become_one_are_joined_in_the_order_of_their_keys():
    assert labels([], [("a_b", "2"), ("a.b", "1"), ("a-b", "0"), ("a.b", "3")]) == {"a_b": "0;3;2"}


def test_labels_that_begin_with_a_digit_and_empty_ones():
    assert labels([], [("5th", "x"), ("empty", ""), ("", "y"), ("_ok", "z")]) == {"key_5th": "x", "_ok": "z"}


def test_what_means_something_here_is_renamed():
    """Trap B033."""
    attributes = [("__name__", "x"), ("le", "1"), ("exported_le", "2"), ("job", "j")]
    assert labels([("service.name", "s"), ("job", "r")], attributes, Kind.EXPONENTIAL) == {
        "job": "s",
        "exported_job": "j",
        "exported___name__": "x",
        "exported_le": "2",
        "exported_exported_le": "1",
    }
    assert labels([], attributes) == dict(attributes[1:]) | {"exported___name__": "x"}


def test_the_scope_is_a_label():
    assert labels([], scope="lib") == {"otel_scope_name": "lib"}
    assert labels([], scope="lib", naming=RAW) == {"otel.scope.name": "lib"}


def test_raw_names():
    assert name("http.server.duration", "ms", naming=RAW) == "http.server.duration"
    assert name("io", "By", Kind.SUM, is_monotonic=True, naming=RAW) == "io"
    assert name("a b/c", naming=RAW) == "a_b/c"
    assert name("5xx", naming=RAW) == "_5xx"
    assert labels([("service.name", "s"), ("5.x", "1")], [("a b", "c"), ("__name__", "n")], naming=RAW) == {
        "service.name": "s",
        "_5.x": "1",
        "a_b": "c",
        "exported___name__": "n",
    }


def test_long_texts_of_a_resource_are_cut_between_letters():
    (value,) = labels([("k", "ü" * 1000)]).values()
    assert value == "ü" * 512
