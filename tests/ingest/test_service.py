"""From a door to the store: waiting in line, counting, logging, closing."""

import asyncio
import gzip
import json
import logging
from collections.abc import Awaitable, Callable, Sequence

import pytest

from metricbox.clock import ManualClock
from metricbox.errors import PayloadTooLargeError, QueueFullError, UnavailableError, ValidationError
from metricbox.ingest import service
from metricbox.ingest.outcome import IngestOutcome
from metricbox.ingest.series_cache import NO_TOKEN, Sender
from metricbox.ingest.service import IngestService
from metricbox.selfmetrics import SelfMetrics
from metricbox.settings import load_settings
from tests.ingest.fakes import FakeStore
from tests.support.remote_write import compress, series

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
    assert "(setting max_series)" in outcome.refusals[0].message
    assert bench.count("metricbox_ingest_refused_samples_total", source="agent", reason="series_limit") == 1


Push = Callable[[Bench, Sequence[tuple[str, str]], Sender], Awaitable[IngestOutcome]]


async def push_as_lines(bench: Bench, points: Sequence[tuple[str, str]], sender: Sender) -> IngestOutcome:
    body = "\n".join(f"{name},id={number},host=h value=1" for name, number in points).encode()
    return await bench.ingest.push_lines(body, None, None, "door", sender)


async def push_as_odd_lines(bench: Bench, points: Sequence[tuple[str, str]], sender: Sender) -> IngestOutcome:
    """Lines for the exact parser."""
    body = "\n".join(f'{name},id={number},host=h value=1,s="a\\"b"' for name, number in points).encode()
    return await bench.ingest.push_lines(body, None, None, "door", sender)


async def push_as_json(bench: Bench, points: Sequence[tuple[str, str]], sender: Sender) -> IngestOutcome:
    body = [{"name": name, "value": 1, "tags": {"id": number, "host": "h"}} for name, number in points]
    return await bench.ingest.push_json(json.dumps(body).encode(), None, "door", sender)


async def push_as_remote_write(
    bench: Bench, points: Sequence[tuple[str, str]], sender: Sender
) -> IngestOutcome:
    body = [series({"__name__": name, "id": number, "host": "h"}, (NOW_MS, 1.0)) for name, number in points]
    return await bench.ingest.push_remote_write(compress(body), None, "door", sender)


async def push_as_agent(bench: Bench, points: Sequence[tuple[str, str]], _: Sender) -> IngestOutcome:
    samples = [(name, (("host", "h"), ("id", number)), NOW_MS, 1.0) for name, number in points]
    return await bench.ingest.push_samples(samples, "door")


DOORS = {
    "lines": push_as_lines,
    "odd lines": push_as_odd_lines,
    "json": push_as_json,
    "remote write": push_as_remote_write,
}


def explosion(name: str, count: int, first: int = 0) -> list[tuple[str, str]]:
    return [(name, str(number)) for number in range(first, first + count)]


@pytest.mark.parametrize("push", [*DOORS.values(), push_as_agent], ids=[*DOORS, "agent"])
async def test_a_metric_that_explodes_leaves_the_others_untouched(push: Push):
    bench = Bench(max_series_per_metric="3")
    points = [("calm", "0"), *explosion("wild", 6), ("calm", "1")]
    for _ in range(2):  # what is known goes on, whether or not it came from the cache
        outcome = await push(bench, points, NO_TOKEN)
        assert (outcome.accepted, outcome.rejected, outcome.refused_units) == (5, 3, 3)
        (message,) = {refusal.message for refusal in outcome.refusals}
        assert message == (
            "metric wild has reached its 3 series (setting max_series_per_metric); "
            "the label with most values is id (3 values)"
        )
    refused = "metricbox_ingest_refused_samples_total"
    assert bench.count(refused, source="door", reason="metric_series_limit") == 6
    assert bench.count(refused, source="door", reason="series_limit") == 0
    assert (await push(bench, explosion("new", 3), NO_TOKEN)).rejected == 0
    bench.ingest.close()


@pytest.mark.parametrize("push", DOORS.values(), ids=DOORS)
async def test_a_token_that_explodes_stops_no_other_sender(push: Push):
    bench = Bench(max_series_per_token="4")
    a, b = Sender("a"), Sender("b")
    outcome = await push(bench, explosion("wild", 6), a)
    assert (outcome.accepted, outcome.rejected) == (4, 2)
    (message,) = {refusal.message for refusal in outcome.refusals}
    assert message == (
        "this token has reached its 4 series (setting max_series_per_token); "
        "the label with most values in wild is id (4 values)"
    )
    assert (await push(bench, explosion("calm", 4), b)).rejected == 0
    assert (await push(bench, explosion("many", 9), NO_TOKEN)).rejected == 0
    # Series that others have made are known, and cost a token nothing.
    assert (await push(bench, [*explosion("many", 9), *explosion("calm", 4)], a)).rejected == 0
    assert (await push(bench, explosion("wild", 6), a)).rejected == 2
    assert (await push(bench, explosion("wild", 1, first=9), Sender("a", 5))).rejected == 0
    reasons = {"source": "door", "reason": "token_series_limit"}
    assert bench.count("metricbox_ingest_refused_samples_total", **reasons) == 4
    bench.ingest.close()


@pytest.mark.parametrize("push", DOORS.values(), ids=DOORS)
async def test_a_mixed_body_is_stored_but_for_what_each_cap_refuses(push: Push):
    bench = Bench(max_series_per_metric="3", max_series_per_token="5")
    points = [*explosion("wild", 5), *explosion("mild", 3), ("known", "0")]
    await push(bench, [("known", "0")], NO_TOKEN)
    outcome = await push(bench, points, Sender("a"))
    assert (outcome.accepted, outcome.rejected, outcome.refused_units) == (6, 3, 3)
    refused = "metricbox_ingest_refused_samples_total"
    assert bench.count(refused, source="door", reason="metric_series_limit") == 2
    assert bench.count(refused, source="door", reason="token_series_limit") == 1
    for refusal in outcome.refusals:
        assert "metric wild has reached its 3 series" in refusal.message
        assert "this token has reached its 5 series" in refusal.message
    bench.ingest.close()


async def test_a_line_that_meets_a_cap_with_one_field_keeps_the_others():
    bench = Bench(max_series_per_metric="1")
    await bench.ingest.push_lines(b"m,id=0 a=1", None, None, "door")
    outcome = await bench.ingest.push_lines(b"m,id=1 a=1,b=2", None, None, "door")
    assert (outcome.accepted, outcome.rejected, outcome.refused_units) == (1, 1, 1)
    assert bench.store.rows()[-1][:2] == ("m_b", {"id": "1"})
    bench.ingest.close()


async def test_each_cap_is_logged_once_with_a_count(caplog):
    bench = Bench(max_series_per_metric="3", max_series_per_token="5")
    with caplog.at_level(logging.WARNING):
        for round_ in range(50):
            points = [*explosion("wild", 10, first=10 * round_), *explosion("mild", 3)]
            await push_as_lines(bench, points, Sender("a"))
        assert [record.getMessage().partition(", for instance")[0] for record in caplog.records] == [
            "door: 7 samples refused (metric_series_limit)",
            "door: 1 samples refused (token_series_limit)",
        ]
        assert all("the label with most values" in record.getMessage() for record in caplog.records)
        bench.clock.advance_ms(60_000)
        await push_as_lines(bench, explosion("wild", 1, first=1000), Sender("a"))
    assert caplog.records[-1].getMessage().startswith(f"door: {49 * 10 + 1} samples refused (metric_series_")
    bench.ingest.close()


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


@pytest.mark.parametrize("push", DOORS.values(), ids=DOORS)
async def test_a_token_for_some_metrics_sends_no_others_whatever_is_cached(push: Push):
    bench = Bench()
    web, anyone = Sender("a", metric_prefix="web"), NO_TOKEN
    points = [("web_up", "0"), ("disk", "0"), ("webs", "0"), ("We", "0"), ("disk", "1")]
    for sender in (anyone, web, anyone, web):
        outcome = await push(bench, points, sender)
        if sender is anyone:
            assert outcome.rejected == 0
            continue
        assert (outcome.accepted, outcome.rejected, outcome.refused_units) == (2, 3, 3)
        (message,) = {refusal.message for refusal in outcome.refusals}
        assert message == "this token takes metrics alone whose name begins with web, not disk, We"
    other = Sender("b", metric_prefix="disk")
    assert (await push(bench, points, other)).accepted == 2, "prefixes have caches of their own"
    reasons = {"source": "door", "reason": "foreign_name"}
    assert bench.count("metricbox_ingest_refused_samples_total", **reasons) == 9
    bench.ingest.close()


async def test_many_prefixes_hold_few_caches():
    bench = Bench()
    for number in range(50):
        sender = Sender("a", metric_prefix=f"m{number}")
        assert (await push_as_json(bench, [(f"m{number}_x", "0")], sender)).rejected == 0
    assert len(bench.ingest._caches_by_view) == 8
    bench.ingest.forget_series()
    assert len(bench.ingest._caches_by_view) == 0
    bench.ingest.close()
