"""Which targets a job has: their URLs, their labels, what rules make of them, and when each is asked."""

import pytest

from metricbox.ingest.scrape.targets import FoundAddress, make_targets
from tests.ingest.scrape.targets_at_hand import make_job


def found_of(job, *addresses: tuple[str, dict]):
    return make_targets(job, [FoundAddress(address, labels) for address, labels in addresses])


def only(made, address: str = "web1:9100", **labels: str):
    found = found_of(made, (address, labels))
    assert found.faults == ()
    return found.targets[0]


@pytest.mark.parametrize(
    ("fields", "address", "url", "instance"),
    [
        ({}, "web1:9100", "http://web1:9100/metrics", "web1:9100"),
        ({}, "web1", "http://web1:80/metrics", "web1:80"),
        ({"scheme": "https"}, "web1", "https://web1:443/metrics", "web1:443"),
        ({}, "[::1]:9100", "http://[::1]:9100/metrics", "[::1]:9100"),
        ({"path": "/probe?a=1", "params": {"b": ["2", "3"]}}, "x:1", "http://x:1/probe?a=1&b=2&b=3", "x:1"),
        ({"params": {"m": "a b&c"}}, "x:1", "http://x:1/metrics?m=a+b%26c", "x:1"),
    ],
)
def test_an_address_becomes_a_url_and_an_instance(fields, address, url, instance) -> None:
    target = only(make_job(**fields), address)
    assert target.url == url
    assert dict(target.labels) == {"job": "node", "instance": instance}


def test_labels_of_a_file_stand_above_those_of_the_job() -> None:
    job = make_job(labels={"env": "prod", "dc": "fra"})
    assert dict(only(job, env="test", empty="").labels) == {
        "job": "node",
        "instance": "web1:9100",
        "env": "test",
        "dc": "fra",
    }
    assert dict(only(job, job="other", instance="web one").labels)["instance"] == "web one"


def test_rules_choose_targets_and_change_how_they_are_asked() -> None:
    """The way of a prober: the address becomes a parameter, and the prober is asked in its place."""
    job = make_job(
        path="/probe",
        params={"module": ["http_2xx"]},
        relabel=[
            {"action": "drop", "source_labels": ["__address__"], "regex": "old.*"},
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            {"target_label": "__address__", "replacement": "prober:9115"},
            {"target_label": "__scheme__", "replacement": "https"},
        ],
    )
    found = found_of(job, ("shop.example.org", {}), ("old.example.org", {}))
    (target,) = found.targets
    assert target.url == "https://prober:9115/probe?module=http_2xx&target=shop.example.org"
    assert dict(target.labels) == {"job": "node", "instance": "shop.example.org"}
    assert [labels["__address__"] for labels in found.dropped] == ["old.example.org"]


def test_secrets_among_parameters_are_not_shown() -> None:
    target = only(make_job(params={"module": "x", "api_token": "geheim"}))
    assert target.url.endswith("module=x&api_token=geheim")
    assert target.shown_url == "http://web1:9100/metrics?module=x&api_token=***"


@pytest.mark.parametrize(
    ("fields", "address", "labels", "expected"),
    [
        ({}, "web 1:9100", {}, "is not host:port"),
        ({}, "http://web1:9100/metrics", {}, "a target is host:port; its scheme and path"),
        ({"relabel": [{"target_label": "__address__", "replacement": ""}]}, "a:1", {}, "no __address__"),
        ({"relabel": [{"target_label": "__scheme__", "replacement": "ftp"}]}, "a:1", {}, "'ftp', neither"),
        ({"relabel": [{"target_label": "__metrics_path__", "replacement": "x"}]}, "a:1", {}, "begin with /"),
        ({}, "a:1", {"text": "x" * 1025}, "has 1025 bytes, at most 1024"),
    ],
)
def test_an_address_that_makes_no_target_is_told_and_harms_no_other(
    fields, address, labels, expected
) -> None:
    found = found_of(make_job(**fields), (address, labels))
    assert found.targets == ()
    assert expected in found.faults[0]
    assert address[:20] in found.faults[0]
    if not fields:
        assert len(found_of(make_job(), (address, labels), ("good:1", {})).targets) == 1


def test_the_same_target_named_twice_is_asked_once() -> None:
    assert len(found_of(make_job(), ("a:1", {}), ("a:1", {}), ("a:2", {})).targets) == 2


def test_targets_are_spread_over_the_interval_and_keep_their_place() -> None:
    job = make_job(interval="10s")
    offsets = [only(job, f"web{number}:9100").offset_ms for number in range(200)]
    assert offsets == [only(job, f"web{number}:9100").offset_ms for number in range(200)]
    by_second = [sum(offset // 1000 == second for offset in offsets) for second in range(10)]
    assert min(by_second) > 5
    assert sum(by_second) == 200
