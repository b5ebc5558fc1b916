"""From a door to the store: waiting in line, counting, logging, closing."""

import asyncio
import gzip
import logging

import pytest

from metricbox.clock import ManualClock
from metricbox.errors import PayloadTooLargeError, QueueFullError, UnavailableError, ValidationError
from metricbox.ingest import service
from metricbox.ingest.service import IngestService
from metricbox.selfmetrics import SelfMetrics
from metricbox.settings import load_settings
from tests.ingest.fakes import FakeStore

NOW_MS = 1_795_600_800_000


class Bench:
    def __init__(self, **flags: str) -> None:
        self.store = FakeStore()
        self.clock = ManualClock(NOW_MS)
        self.metrics = SelfMetrics()
        settings = load_settings(flags, environment={}).settings
        self.ingest = IngestService(self.store, self.clock, settings, self.metrics)

    def count(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


@pytest.fixture
def bench():
    bench = Bench()
    yield bench
    bench.ingest.close()


async def test_lines_are_stored_and_counted(bench):
    outcome = await bench.ingest.push_lines(
        gzip.compress(b"m f=1,g=2\nbad\nm f=NaN,g=3"), "gzip", "s", "influx_v1"
    )
    assert (outcome.accepted, outcome.rejected, outcome.refused_units) == (3, 2, 1)
    assert [refusal.position for refusal in outcome.refusals] == [2]
    assert bench.store.rows() == [
        ("m_f", {}, NOW_MS, 1.0),
        ("m_g", {}, NOW_MS, 2.0),
        ("m_g", {}, NOW_MS, 3.0),
    ]
    assert bench.count("metricbox_ingest_samples_total", source="influx_v1") == 3
    assert bench.count("metricbox_ingest_refused_samples_total", source="influx_v1", reason="syntax") == 1
    assert bench.count("metricbox_ingest_refused_samples_total", source="influx_v1", reason="not_finite") == 1


async def test_json_is_stored(bench):
    outcome = await bench.ingest.push_json(
        b'[{"name":"m","value":1},{"name":"m","value":null}]', None, "json"
    )
    assert (outcome.accepted, outcome.rejected) == (1, 1)
    assert bench.count("metricbox_ingest_refused_samples_total", source="json", reason="null_value") == 1


async def test_samples_of_the_agent_are_stored(bench):
    samples = [
        ("cpu", (("host", "a"),), NOW_MS, 1.0),
        ("cpu", (("host", "a"), ("empty", "")), NOW_MS + 1, 2.0),
        ("bad", (), NOW_MS, float("nan")),
        ("9bad", (), NOW_MS, 1.0),
    ]
    for _ in range(2):
        outcome = await bench.ingest.push_samples(samples, "agent")
        assert (outcome.accepted, outcome.rejected) == (2, 2)
    assert bench.store.registrations == 1
    assert bench.store.rows()[:2] == [
        ("cpu", {"host": "a"}, NOW_MS, 1.0),
        ("cpu", {"host": "a"}, NOW_MS + 1, 2.0),
    ]
    assert (await bench.ingest.push_samples([], "agent")).accepted == 0


async def test_the_agent_meets_the_series_limit_too(bench):
    bench.store.max_series = 1
    outcome = await bench.ingest.push_samples([("a", (), NOW_MS, 1.0), ("b", (), NOW_MS, 1.0)], "agent")
    assert (outcome.accepted, outcome.rejected) == (1, 1)
    assert "series limit" in outcome.refusals[0].message


async def test_forgotten_series_are_registered_anew(bench):
    async def push() -> None:
        await bench.ingest.push_lines(b"m f=1", None, "s", "influx_v1")
        await bench.ingest.push_json(b'[{"name":"m","value":1}]', None, "json")
        await bench.ingest.push_samples([("a", (), NOW_MS, 1.0)], "agent")

    await push()
    await push()
    assert bench.store.registrations == 3
    bench.ingest.forget_series()
    await push()
    assert bench.store.registrations == 6


async def test_an_answer_waits_for_the_disk(bench):
    bench.store.is_stalled = True
    push = asyncio.create_task(bench.ingest.push_lines(b"m f=1", None, None, "influx_v1"))
    while not bench.store.stalled:
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.01)
    assert not push.done()
    bench.store.stalled[0].set_result(None)
    assert (await push).accepted == 1


async def test_a_client_that_hangs_up_does_not_disturb_the_writer(bench):
    bench.store.is_stalled = True
    push = asyncio.create_task(bench.ingest.push_lines(b"m f=1", None, None, "influx_v1"))
    while not bench.store.stalled:
        await asyncio.sleep(0.001)
    push.cancel()
    with pytest.raises(asyncio.CancelledError):
        await push
    assert not bench.store.stalled[0].cancelled()
    bench.store.stalled[0].set_result(None)
    await asyncio.sleep(0)


async def test_a_full_queue_is_waited_for(bench):
    bench.store.full_times = 4
    assert (await bench.ingest.push_lines(b"m f=1", None, None, "influx_v1")).accepted == 1
    assert bench.store.submits == 5


async def test_patience_ends(bench, monkeypatch):
    monkeypatch.setitem(service.PATIENCE_S, "json", 0.05)
    bench.store.full_times = 10**9
    with pytest.raises(QueueFullError) as caught:
        await bench.ingest.push_json(b'[{"name":"m","value":1}]', None, "json")
    assert caught.value.retry_after_s == 1
    assert 3 <= bench.store.submits <= 10
    assert bench.count("metricbox_ingest_samples_total", source="json") == 0


async def test_the_line_before_a_full_queue_is_bounded(monkeypatch):
    bench = Bench(write_queue_samples="5")
    bench.store.full_times = 10**9
    monkeypatch.setitem(service.PATIENCE_S, "influx_v1", 60.0)
    waiting = asyncio.create_task(bench.ingest.push_lines(b"m f=1,g=2,h=3", None, None, "influx_v1"))
    while not bench.store.submits:
        await asyncio.sleep(0.001)
    with pytest.raises(QueueFullError):
        await bench.ingest.push_lines(b"m f=1,g=2,h=3", None, None, "influx_v1")
    bench.store.full_times = 0
    assert (await waiting).accepted == 3
    bench.ingest.close()


async def test_faults_of_the_request_as_a_whole():
    bench = Bench(max_body_bytes="10")
    with pytest.raises(ValidationError, match="precision"):
        await bench.ingest.push_lines(b"m f=1", None, "fortnight", "influx_v1")
    with pytest.raises(PayloadTooLargeError):
        await bench.ingest.push_lines(gzip.compress(b"m f=1\n" * 10), "gzip", None, "influx_v1")
    with pytest.raises(ValidationError):
        await bench.ingest.push_json(b"{", None, "json")
    bench.ingest.close()


async def test_refusals_are_logged_once_a_minute(bench, caplog):
    """B039: 10,000 bad lines are one line in the log."""
    with caplog.at_level(logging.WARNING):
        for _ in range(100):
            await bench.ingest.push_lines(b"foo\n" * 100, None, None, "influx_v1")
        assert len(caplog.records) == 1
        assert sum(len(record.getMessage()) for record in caplog.records) < 1000
        bench.clock.advance_ms(60_000)
        await bench.ingest.push_lines(b"foo\n", None, None, "influx_v1")
    assert len(caplog.records) == 2
    assert caplog.records[1].getMessage().startswith("influx_v1: 9901 samples refused (syntax)")


async def test_a_sender_cannot_write_lines_into_the_log(bench, caplog):
    with caplog.at_level(logging.WARNING):
        await bench.ingest.push_json(b'[{"name":"a\\nb","value":1}]', None, "json")
    assert "\n" not in caplog.text.removesuffix("\n")


async def test_closing_is_for_good():
    bench = Bench()
    bench.ingest.close()
    bench.ingest.close()
    with pytest.raises(UnavailableError):
        await bench.ingest.push_lines(b"m f=1", None, None, "influx_v1")
