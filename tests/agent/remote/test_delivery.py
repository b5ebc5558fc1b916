"""What is sent next, when, and what becomes of it. The server is a small real one where its answers matter."""

import gzip
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from metricbox.agent.reading import HostSample
from metricbox.agent.remote.address import parse_http_address
from metricbox.agent.remote.delivery import (
    BATCH_RECORDS,
    MAX_BACKOFF_S,
    SLOW_S,
    Delivery,
)
from metricbox.agent.remote.numbers import AgentNumbers
from metricbox.agent.remote.points import PointEncoder
from metricbox.agent.remote.push import Pusher
from metricbox.agent.remote.spool import Spool
from metricbox.clock import ManualClock
from tests.support.http_sink import Answer, HttpSink, Posted, run_sink

NOW_MS = 1_795_602_440_000
LABELS = (("instance", "web1"), ("job", "node"))
Point = tuple[str, int, float]


def read_points(posted: Posted) -> list[Point]:
    metrics = json.loads(gzip.decompress(posted.body))["metrics"]
    return [(point["name"], point["timestamp"], point["value"]) for point in metrics]


def stored(_: Posted) -> Answer:
    return Answer(202, b'{"data":{"accepted":1,"rejected":0,"errors":[]}}')


class Stage:
    """A spool, a delivery on a manual clock, and a server that answers as told."""

    def __init__(self, folder: Path, sink: HttpSink, chance: Callable[[], float] = lambda: 1.0) -> None:
        self.sink = sink
        self.clock = ManualClock(NOW_MS)
        self.numbers = AgentNumbers("web1")
        self.spool = Spool(folder, 1_000_000, self.numbers.add_dropped)
        self.pusher = Pusher(parse_http_address(sink.url), "t", self.clock, timeout_s=5)
        self.delivery = Delivery(self.spool, self.pusher, self.numbers, self.clock, chance=chance)
        self.encoder = PointEncoder()
        self.tick = 0

    def measure(self, series: int = 3) -> None:
        """One batch: `series` points at the time of the tick, whose value is the number of the tick."""
        samples = [HostSample(f"m{number}", LABELS, float(self.tick)) for number in range(series)]
        encoded = self.encoder.encode(samples, NOW_MS + self.tick)
        self.delivery.offer(self.spool.append(NOW_MS + self.tick, encoded.points, encoded.payload))
        self.tick += 1

    def measure_unnoticed(self, batches: int, series: int = 3) -> None:
        """As after a restart: what is in the spool, without a newest one."""
        for _ in range(batches):
            self.measure(series)
        self.delivery._newest = None

    def run(self, most: int = 1_000) -> None:
        """Step until nothing is held, moving the clock by every wait."""
        for _ in range(most):
            wait_s = self.delivery.step()
            if wait_s is None:
                return
            self.clock.advance_ms(int(wait_s * 1000) + 1)
        pytest.fail("it does not end")

    def step(self) -> float:
        wait_s = self.delivery.step()
        assert wait_s is not None
        self.clock.advance_ms(int(wait_s * 1000) + 1)
        return wait_s

    def ticks_posted(self) -> list[list[int]]:
        return [sorted({ts_ms - NOW_MS for _, ts_ms, _ in read_points(one)}) for one in self.sink.posted]


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with run_sink() as sink:
        sink.answer = stored
        yield sink


@pytest.fixture
def stage(tmp_path: Path, sink: HttpSink) -> Iterator[Stage]:
    stage = Stage(tmp_path / "spool", sink)
    yield stage
    stage.pusher.close()
    stage.spool.close()


def test_each_batch_is_sent_when_it_is_measured(stage: Stage) -> None:
    for _ in range(3):
        stage.measure()
        stage.run()
    assert stage.ticks_posted() == [[0], [1], [2]]
    assert stage.numbers.sent == 9
    assert stage.spool.state().batches == 0
    assert stage.delivery.step() is None


def test_after_an_outage_the_oldest_go_first_several_to_a_request(stage: Stage) -> None:
    stage.sink.answer = lambda _: Answer(503)
    for _ in range(40):
        stage.measure()
        stage.step()
    stage.sink.posted.clear()
    stage.sink.answer = stored
    stage.run()
    batches = stage.ticks_posted()
    assert [tick for batch in batches for tick in batch] == list(range(40))
    assert [len(batch) for batch in batches] == [BATCH_RECORDS, BATCH_RECORDS, 40 - 2 * BATCH_RECORDS]


def test_what_is_measured_meanwhile_does_not_wait_behind_the_backlog(stage: Stage) -> None:
    stage.measure_unnoticed(100)
    stage.step()
    stage.measure()
    stage.run()
    batches = stage.ticks_posted()
    assert batches[0] == list(range(16))
    assert batches[1] == [100]
    assert batches[2] == list(range(16, 32))
    everything = [tick for batch in batches for tick in batch]
    assert sorted(everything) == list(range(101)), "each once"


def test_between_requests_of_a_backlog_there_is_a_pause(stage: Stage) -> None:
    stage.measure_unnoticed(40)
    assert stage.delivery.step() == pytest.approx(0.25)
    assert stage.delivery.step() == pytest.approx(0.25)
    assert len(stage.sink.posted) == 1


def test_failures_wait_longer_and_longer_and_each_differently(tmp_path: Path, sink: HttpSink) -> None:
    sink.answer = lambda _: Answer(500)
    for chance, waits in ((1.0, [1, 2, 4, 8, 16, 32, 60, 60]), (0.0, [0.5, 1, 2, 4, 8, 16, 30, 30])):
        stage = Stage(tmp_path / str(chance), sink, chance=lambda chance=chance: chance)  # type: ignore[misc]
        stage.measure()
        assert [stage.step() for _ in waits] == pytest.approx(waits)
        assert max(waits) <= MAX_BACKOFF_S
        stage.pusher.close()
        stage.spool.close()


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed_by_old_and_new_batches(stage: Stage, status: int) -> None:
    stage.sink.answer = lambda _: Answer(status, b"", {"Retry-After": "30"})
    stage.measure()
    wait_s = stage.delivery.step()
    assert wait_s is not None
    assert 30 <= wait_s <= 35
    stage.clock.advance_ms(29_000)
    stage.measure()
    assert stage.delivery.step() == pytest.approx(wait_s - 29)
    assert len(stage.sink.posted) == 1
    stage.sink.answer = stored
    stage.clock.advance_ms(6_000)
    stage.run()
    assert sorted(tick for batch in stage.ticks_posted()[1:] for tick in batch) == [0, 1]


def test_what_is_refused_for_good_is_dropped_counted_and_told_once(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """Trap B045."""
    stage.sink.answer = lambda _: Answer(400, b'{"error":"the sample is too old","code":"VALIDATION_ERROR"}')
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            stage.measure()
            stage.run()
    assert stage.spool.state().batches == 0
    assert stage.numbers.dropped["refused"] == 15
    assert stage.numbers.sent == 0
    messages = [record.getMessage() for record in caplog.records]
    assert messages == [
        (
            "the server refused samples for good: the sample is too old (status 400); "
            "they are dropped, 3 in all since the start"
        )
    ]
    stage.sink.answer = stored
    stage.measure()
    stage.run()
    assert stage.numbers.sent == 3


def test_one_bad_batch_takes_no_good_one_with_it(stage: Stage) -> None:
    """Trap B045."""

    def refuse_tick_5(posted: Posted) -> Answer:
        is_bad = any(value == 5.0 for _, _, value in read_points(posted))
        return Answer(400, b'{"error":"no"}') if is_bad else stored(posted)

    stage.sink.answer = refuse_tick_5
    stage.measure_unnoticed(40)
    stage.run()
    assert stage.numbers.dropped["refused"] == 3
    assert stage.numbers.sent == 39 * 3


def test_points_refused_among_others_are_counted(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    body = b'{"data":{"accepted":2,"rejected":1,"errors":[{"index":0,"message":"over the limit"}]}}'
    stage.sink.answer = lambda _: Answer(202, body)
    with caplog.at_level(logging.WARNING):
        stage.measure()
        stage.run()
    assert (stage.numbers.sent, stage.numbers.dropped["refused"]) == (2, 1)
    assert "over the limit" in caplog.text


@pytest.mark.parametrize(
    ("status", "words"), [(401, "check its token"), (403, "check its token"), (404, "check --server")]
)
def test_a_wrong_token_or_address_loses_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture, status: int, words: str
) -> None:
    stage.sink.answer = lambda _: Answer(status, b'{"error":"no"}')
    with caplog.at_level(logging.WARNING):
        for _ in range(8):
            stage.measure()
            assert stage.step() == pytest.approx(SLOW_S)
    assert len(caplog.records) == 1
    assert words in caplog.text
    assert len(stage.sink.posted) == 8
    stage.sink.answer = stored
    stage.run()
    assert stage.numbers.sent == 24
    assert sum(stage.numbers.dropped.values()) == 0


def limited(most: int) -> Callable[[Posted], Answer]:
    """A server that takes at most so many points in a request."""
    return lambda posted: (
        stored(posted) if len(read_points(posted)) <= most else Answer(413, b'{"error":"large"}')
    )


@pytest.mark.parametrize("most", [1, 7, 20, 100])
def test_what_is_too_large_is_sent_in_halves(stage: Stage, most: int) -> None:
    stage.sink.answer = limited(most)
    stage.measure_unnoticed(20, series=10)
    stage.run()
    assert sum(stage.numbers.dropped.values()) == 0
    assert stage.numbers.sent == 200
    taken = [
        point
        for posted in stage.sink.posted
        if len(read_points(posted)) <= most
        for point in read_points(posted)
    ]
    assert len(taken) == len(set(taken)) == 200
    refused = [posted for posted in stage.sink.posted if len(read_points(posted)) > most]
    assert len(refused) <= 8, "what was learned is kept"


def test_one_point_that_is_too_large_is_dropped(stage: Stage) -> None:
    stage.sink.answer = lambda posted: (
        Answer(413) if b"m1" in gzip.decompress(posted.body) else stored(posted)
    )
    stage.measure(series=4)
    stage.run()
    assert stage.numbers.dropped["refused"] == 1
    assert stage.numbers.sent == 3


def test_a_failure_between_the_parts_sends_all_again(stage: Stage) -> None:
    answers = [Answer(413), Answer(202), Answer(500)]
    stage.sink.answer = lambda _: answers.pop(0) if answers else Answer(202)
    stage.measure(series=8)
    stage.run()
    assert stage.spool.state().batches == 0
    taken = {point for posted in stage.sink.posted[3:] for point in read_points(posted)}
    assert len(taken) == 8


def test_an_outage_is_told_once_and_its_end_too(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.sink.answer = lambda _: Answer(503, b'{"error":"the write queue is full"}')
    with caplog.at_level(logging.INFO):
        for _ in range(8):
            stage.measure()
            stage.step()
        stage.sink.answer = stored
        stage.run()
    assert [record.getMessage() for record in caplog.records] == [
        (
            "the server does not take samples now: the write queue is full (status 503); "
            "they are kept on disk and sent later"
        ),
        "the server takes samples again; nothing waits to be sent",
    ]
    assert stage.numbers.failures == 8


def test_the_end_of_a_long_backlog_is_told_once(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.sink.answer = lambda _: Answer(503, b'{"error":"full"}')
    for _ in range(200):
        stage.measure(series=100)
    stage.step()
    stage.sink.answer = stored
    with caplog.at_level(logging.INFO):
        stage.run()
        stage.measure()
        stage.run()
    _, first, last = (record.getMessage() for record in caplog.records)
    assert first.startswith("the server takes samples again; 1")
    assert last == "everything that waited is sent"


def test_a_server_that_hangs_up_gets_the_same_again(stage: Stage) -> None:
    """Exactly once: the time was fixed when it was measured, so the second copy is the same data."""
    stage.sink.answer = lambda _: Answer(closes=True)
    stage.measure()
    stage.step()
    stage.sink.answer = stored
    stage.run()
    assert len(stage.sink.posted) >= 2
    assert {tuple(read_points(posted)) for posted in stage.sink.posted} == {
        tuple((f"m{number}", NOW_MS, 0.0) for number in range(3))
    }


def test_new_batches_are_spread_over_a_little_time(tmp_path: Path, sink: HttpSink) -> None:
    stage = Stage(tmp_path / "spool", sink)
    stage.delivery._spread_s = 1.0
    stage.delivery._chance = lambda: 0.3
    stage.measure()
    assert stage.step() == pytest.approx(0.3)
    assert stage.sink.posted == []
    stage.run()
    assert len(stage.sink.posted) == 1
    stage.pusher.close()
    stage.spool.close()


def test_the_thread_goes_on_after_a_fault_of_ours(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def push(_: bytes) -> None:
        calls.append(1)
        if len(calls) == 2:
            stage.delivery.stop()
        raise RuntimeError("a fault")

    monkeypatch.setattr(stage.pusher, "push", push)
    monkeypatch.setattr("metricbox.agent.remote.delivery.SLOW_S", 0.0)
    stage.measure()
    stage.delivery.run()
    assert len(calls) == 2
    assert stage.spool.state().batches == 1


def test_what_waits_is_described(stage: Stage) -> None:
    assert stage.delivery.describe() == "nothing waits to be sent"
    stage.measure()
    stage.clock.advance_ms(90_500)
    assert stage.delivery.describe() == "1 batch waits to be sent, the oldest of 1m30s ago"
    stage.measure()
    assert stage.delivery.describe() == "2 batches wait to be sent, the oldest of 1m30s ago"
