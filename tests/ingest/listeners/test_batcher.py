"""Lines gathered, handed on, tried again and counted."""

import asyncio
import logging

import pytest

from metricbox.clock import ManualClock
from metricbox.errors import InsufficientStorageError, QueueFullError
from metricbox.ingest.listeners import batcher as module
from metricbox.ingest.listeners.batcher import ENOUGH_LINES, LineBatcher
from metricbox.selfmetrics import SelfMetrics


class Sink:
    """What lines are handed to. `faults` are raised one after the other first."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.bodies: list[bytes] = []
        self.tries = 0
        self.came = asyncio.Event()

    async def push(self, lines: bytes) -> None:
        self.tries += 1
        if self.faults:
            raise self.faults.pop(0)
        self.bodies.append(lines)
        self.came.set()


def make(sink: Sink, max_wait_s: float = 0.01, retry_s: float = 0.01) -> LineBatcher:
    return LineBatcher(
        "graphite", sink.push, ManualClock(0), SelfMetrics(), max_wait_s=max_wait_s, retry_s=retry_s
    )


def dropped(batcher: LineBatcher, reason: str) -> float:
    return batcher._metrics.listener_dropped_lines.labels("graphite", reason)._value.get()


async def run_to_end(batcher: LineBatcher) -> None:
    batcher.stop()
    async with asyncio.timeout(20):
        await batcher.run()


async def test_lines_of_many_senders_become_one_body() -> None:
    sink = Sink()
    batcher = make(sink)
    for number in range(3):
        batcher.add(b"%d\n" % number)
    await run_to_end(batcher)
    assert sink.bodies == [b"0\n1\n2\n"]


async def test_enough_lines_do_not_wait() -> None:
    sink = Sink()
    batcher = make(sink, max_wait_s=1000)
    task = asyncio.create_task(batcher.run())
    batcher.add(b"x\n" * ENOUGH_LINES)
    async with asyncio.timeout(20):
        await sink.came.wait()
    batcher.stop()
    await task
    assert sink.bodies == [b"x\n" * ENOUGH_LINES]


async def test_few_lines_wait_for_the_time_to_pass() -> None:
    sink = Sink()
    batcher = make(sink)
    task = asyncio.create_task(batcher.run())
    batcher.add(b"x\n")
    async with asyncio.timeout(20):
        await sink.came.wait()
    batcher.stop()
    await task
    assert sink.bodies == [b"x\n"]


@pytest.mark.parametrize("fault", [QueueFullError("full", 1), InsufficientStorageError("no disk")])
async def test_what_finds_no_room_is_tried_until_it_does(fault: Exception) -> None:
    sink = Sink(*[fault] * 5)
    batcher = make(sink)
    task = asyncio.create_task(batcher.run())
    batcher.add(b"x\n")
    async with asyncio.timeout(20):
        await sink.came.wait()
    batcher.stop()
    await task
    assert (sink.bodies, sink.tries) == ([b"x\n"], 6)


async def test_other_failures_lose_that_body_alone_and_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    sink = Sink(RuntimeError("broken"))
    batcher = make(sink)
    task = asyncio.create_task(batcher.run())
    batcher.add(b"x\ny\n")
    while not sink.tries:
        await asyncio.sleep(0.005)
    batcher.add(b"z\n")
    async with asyncio.timeout(20):
        await sink.came.wait()
    batcher.stop()
    await task
    assert sink.bodies == [b"z\n"]
    assert dropped(batcher, "failed") == 2
    assert "graphite lost lines: RuntimeError: broken" in caplog.text


async def test_a_store_without_room_does_not_keep_the_server_from_stopping() -> None:
    sink = Sink(*[QueueFullError("full", 1)] * 1000)
    batcher = make(sink, retry_s=1000)
    batcher.add(b"x\ny\n")
    await run_to_end(batcher)
    assert dropped(batcher, "stopped") == 2


async def test_a_long_failure_is_one_line_of_the_log_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    """Trap B039."""
    sink = Sink(*[QueueFullError("full", 1)] * 50)
    batcher = make(sink, retry_s=0.001)
    task = asyncio.create_task(batcher.run())
    with caplog.at_level(logging.WARNING):
        batcher.add(b"x\n")
        async with asyncio.timeout(20):
            await sink.came.wait()
    batcher.stop()
    await task
    assert len([one for one in caplog.records if one.name == module.__name__]) == 1


async def test_full_means_so_many_lines_or_bytes_and_ends_when_they_are_taken() -> None:
    sink = Sink()
    batcher = make(sink)
    called: list[bool] = []
    batcher.add(b"x\n" * module.MAX_WAITING_LINES)
    assert batcher.is_full
    batcher.call_with_room(lambda: called.append(batcher.is_full))
    await run_to_end(batcher)
    assert called == [False]
    batcher.add(b"x" * module.MAX_WAITING_BYTES)
    assert batcher.is_full
