"""Targets beside the agent."""

import gzip
import logging
import threading
from collections.abc import Iterator

import pytest

from metricbox.agent.reading import HostSample
from metricbox.agent.remote import scrape
from metricbox.agent.remote.scrape import Scraper, parse_target, read_target
from metricbox.clock import SystemClock
from tests.support.http_sink import Answer, HttpSink, run_sink

TEXT = b'# TYPE jobs gauge\njobs{queue="mail"} 7\nlast 2 1795602440123\nbad NaN\n'


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with run_sink() as sink:
        sink.answer = lambda _: Answer(200, TEXT, {"Content-Type": "text/plain; version=0.0.4"})
        yield sink


def scraper_of(*texts: str, timeout_s: float = 5.0) -> Scraper:
    return Scraper([parse_target(text, "web1") for text in texts], SystemClock(), timeout_s)


def value_of(samples: list[HostSample], name: str, **labels: str) -> float | None:
    found = [s.value for s in samples if s.name == name and set(labels.items()) <= set(s.labels)]
    assert len(found) <= 1
    return found[0] if found else None


def test_a_target_is_called_by_its_host_or_its_address() -> None:
    here = parse_target("http://127.0.0.1:9187", "web1")
    assert (here.job, here.instance, here.address.path) == ("127.0.0.1:9187", "web1", "/metrics")
    named = parse_target("postgres=http://localhost:9187/m?a=b", "web1")
    assert (named.job, named.instance, named.address.path) == ("postgres", "web1", "/m?a=b")
    away = parse_target("http://switch.lan/metrics?target=x", "web1")
    assert (away.job, away.instance) == ("switch.lan:80", "switch.lan:80")
    with pytest.raises(ValueError, match="node is the agent's own job"):
        parse_target("node=http://127.0.0.1:9100", "web1")
    with pytest.raises(ValueError, match="must be an address"):
        parse_target("postgres=9187", "web1")


def test_samples_come_with_the_labels_of_their_target(sink: HttpSink) -> None:
    samples = scraper_of(f"app={sink.url}/metrics").scrape()
    assert value_of(samples, "jobs", queue="mail", instance="web1", job="app") == 7
    assert value_of(samples, "up", instance="web1", job="app") == 1
    assert value_of(samples, "scrape_samples_scraped") == 3
    assert (value_of(samples, "scrape_duration_seconds") or 0) > 0
    assert next(sample for sample in samples if sample.name == "last").ts_ms == 1_795_602_440_123
    assert sink.posted[0].headers["x-prometheus-scrape-timeout-seconds"] == "5"


def test_a_compressed_answer_and_a_password(sink: HttpSink) -> None:
    sink.answer = lambda _: Answer(200, gzip.compress(TEXT), {"Content-Encoding": "gzip"})
    samples = scraper_of(f"app=http://me:pw@127.0.0.1:{sink.port}").scrape()
    assert value_of(samples, "jobs", queue="mail") == 7
    assert sink.posted[0].headers["authorization"] == "Basic bWU6cHc="


def test_openmetrics_is_known_by_its_type(sink: HttpSink) -> None:
    kind = {"Content-Type": "application/openmetrics-text; version=1.0.0; charset=utf-8"}
    sink.answer = lambda _: Answer(200, b"# TYPE a counter\na_total 3\n# EOF\n", kind)
    assert value_of(scraper_of(sink.url).scrape(), "a_total") == 3


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(500, b""), "answers 500"),
        (Answer(302, b"", {"Location": "/x"}), "answers 302"),
        (Answer(200, b"<html>no metrics</html>"), "cannot scrape"),
        (Answer(200, b"\x1f\x8b garbage", {"Content-Encoding": "gzip"}), "cannot scrape"),
        (Answer(200, gzip.compress(TEXT)[:-9], {"Content-Encoding": "gzip"}), "ends too early"),
        (Answer(closes=True), "without response"),
        (Answer(hangs=True), "does not answer"),
        (Answer(drips=True), "does not answer"),
    ],
)
def test_a_target_that_fails_harms_no_other_and_is_told_once(
    sink: HttpSink, answer: Answer, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    with run_sink() as good:
        good.answer = lambda _: Answer(200, TEXT)
        sink.answer = lambda _: answer
        scraper = scraper_of(f"bad={sink.url}", f"good={good.url}", timeout_s=0.5)
        with caplog.at_level(logging.WARNING):
            for _ in range(2):
                samples = scraper.scrape()
                assert value_of(samples, "up", job="bad") == 0
                assert value_of(samples, "up", job="good") == 1
                assert value_of(samples, "jobs", job="good") == 7
        assert words in caplog.text
        messages = [record.getMessage() for record in caplog.records]
        assert len(messages) == len(set(messages))
        sink.answer = lambda _: Answer(200, TEXT)


def test_a_dead_target_is_down_and_its_password_stays_unknown(caplog: pytest.LogCaptureFixture) -> None:
    """Trap B172."""
    with run_sink() as sink:
        port = sink.port
    samples = scraper_of(f"app=http://me:hush@127.0.0.1:{port}/metrics").scrape()
    assert value_of(samples, "up", job="app") == 0
    assert "Connection refused" in caplog.text
    assert "hush" not in caplog.text


def test_an_answer_is_bounded_before_and_after_decompression(
    sink: HttpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scrape, "MAX_BODY_BYTES", 10_000)
    sink.answer = lambda _: Answer(200, b"#" * 10_001)
    assert value_of(scraper_of(sink.url).scrape(), "up") == 0
    sink.answer = lambda _: Answer(200, gzip.compress(b"#" * 5_000_000), {"Content-Encoding": "gzip"})
    assert value_of(scraper_of(sink.url).scrape(), "up") == 0
    sink.answer = lambda _: Answer(200, b"x 1\n" + b"#" * 9_000)
    assert value_of(scraper_of(sink.url).scrape(), "up") == 1


def test_an_end_that_is_asked_for_waits_for_no_target(sink: HttpSink) -> None:
    sink.answer = lambda _: Answer(hangs=True)
    stop = threading.Event()
    stop.set()
    targets = [parse_target(sink.url, "web1")]
    samples = Scraper(targets, SystemClock(), 3_600.0, stop=stop).scrape()
    assert value_of(samples, "up") == 0


def test_labels_of_the_target_are_kept_apart() -> None:
    target = parse_target("app=http://127.0.0.1:1", "web1")
    (sample,) = read_target(target, 'x{instance="other",job="j"} 1\n')
    assert sample.labels == (
        ("exported_instance", "other"),
        ("exported_job", "j"),
        ("instance", "web1"),
        ("job", "app"),
    )


def test_one_series_twice_is_one_sample() -> None:
    target = parse_target("app=http://127.0.0.1:1", "web1")
    assert [sample.value for sample in read_target(target, "x 1\nx 2\n")] == [2.0]
