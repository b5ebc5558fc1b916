"""The built-in agent's loop: when it measures, what it pushes, and what it survives."""

import asyncio
import logging
import threading
from collections.abc import Sequence

import pytest

from metricbox.agent.loop import BuiltInAgent, FailureLog
from metricbox.agent.reading import HostSample
from metricbox.clock import ManualClock
from metricbox.model import Labels
from metricbox.selfmetrics import SelfMetrics

INTERVAL_MS = 10_000
START_MS = 1_795_602_440_000
LABELS = (("instance", "web1"), ("job", "node"))


class FakeCollector:
    host_name = "web1"

    def __init__(self) -> None:
        self.threads: list[int] = []

    def collect(self) -> list[HostSample]:
        self.threads.append(threading.get_ident())
        return [HostSample("node_load1", LABELS, 0.5)]


class Stage:
    """An agent on a manual clock. A sleep moves the clock by its length; `run` ends after some pushes."""

    def __init__(self, start_ms: int = START_MS) -> None:
        self.clock = ManualClock(start_ms)
        self.collector = FakeCollector()
        self.sleeps_s: list[float] = []
        self.times_ms: list[int] = []
        self.samples: list[tuple[str, Labels, int, float]] = []
        self.errors: list[Exception | None] = []
        self.lateness_ms = 0  # of the first sleep
        self._pushes_left = 0
        self._task: asyncio.Task[None] | None = None

    async def sleep(self, seconds: float) -> None:
        self.sleeps_s.append(seconds)
        self.clock.advance_ms(round(seconds * 1000) + self.lateness_ms)
        self.lateness_ms = 0
        await asyncio.sleep(0)

    async def push(self, samples: Sequence[tuple[str, Labels, int, float]]) -> None:
        self.samples = list(samples)
        self.times_ms.append(samples[0][2])
        self._pushes_left -= 1
        if self._pushes_left == 0 and self._task:
            self._task.cancel()
        error = self.errors.pop(0) if self.errors else None
        if error:
            raise error

    async def run(self, pushes: int) -> None:
        self._pushes_left = pushes
        agent = BuiltInAgent(
            self.collector, self.push, self.clock, INTERVAL_MS, SelfMetrics(), sleep=self.sleep
        )
        self._task = asyncio.create_task(agent.run())
        with pytest.raises(asyncio.CancelledError):
            await self._task


async def test_first_sample_comes_at_once_and_then_every_aligned_tick() -> None:
    stage = Stage(START_MS + 3_000)
    await stage.run(4)
    assert stage.times_ms == [START_MS + 3_000, START_MS + 10_000, START_MS + 20_000, START_MS + 30_000]


async def test_a_start_just_before_a_tick_leaves_that_tick_out() -> None:
    stage = Stage(START_MS + 9_900)
    await stage.run(2)
    assert stage.times_ms == [START_MS + 9_900, START_MS + 20_000]


async def test_a_late_wake_up_keeps_the_tick_aligned() -> None:
    stage = Stage(START_MS)
    stage.lateness_ms = 700
    await stage.run(3)
    assert stage.times_ms == [START_MS, START_MS + 10_000, START_MS + 20_000]


async def test_an_early_wake_up_sleeps_the_rest() -> None:
    stage = Stage(START_MS)
    stage.lateness_ms = -4
    await stage.run(2)
    assert stage.times_ms == [START_MS, START_MS + 10_000]
    assert len(stage.sleeps_s) > 1


async def test_ticks_that_were_slept_through_stay_missed() -> None:
    stage = Stage(START_MS)
    stage.lateness_ms = 60_000
    await stage.run(2)
    assert stage.times_ms == [START_MS, START_MS + 70_000]


async def test_a_clock_that_is_set_back_does_not_stop_the_agent() -> None:
    stage = Stage(START_MS)
    stage.lateness_ms = -3_600_000
    await stage.run(2)
    assert stage.times_ms == [START_MS, START_MS - 3_590_000]


async def test_host_and_own_samples_carry_the_time_of_the_tick() -> None:
    stage = Stage()
    await stage.run(1)
    assert stage.samples[0] == ("node_load1", LABELS, START_MS, 0.5)
    own = [sample for sample in stage.samples if sample[0] == "metricbox_process_resident_bytes"]
    assert own == [
        (
            "metricbox_process_resident_bytes",
            (("instance", "web1"), ("job", "metricbox")),
            START_MS,
            own[0][3],
        )
    ]


async def test_measuring_happens_outside_the_event_loop() -> None:
    stage = Stage()
    await stage.run(2)
    assert threading.get_ident() not in stage.collector.threads


async def test_a_failing_push_never_ends_the_loop_and_is_logged_once_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage()
    stage.errors = [RuntimeError("disk is full")] * 8
    with caplog.at_level(logging.WARNING):
        await stage.run(9)
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 2, "at 0 s and at 60 s"
    assert "(1 times" in messages[0]
    assert "(6 times" in messages[1]
    assert "disk is full" in messages[1]


async def test_a_failing_collector_never_ends_the_loop(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage()
    collect = stage.collector.collect
    faults = [OSError("gone")]

    def fail_once() -> list[HostSample]:
        if faults:
            raise faults.pop()
        return collect()

    stage.collector.collect = fail_once  # type: ignore[method-assign]
    await stage.run(1)
    assert stage.times_ms == [START_MS + 10_000]
    assert "gone" in caplog.text


async def test_the_agent_can_be_cancelled_while_it_sleeps() -> None:
    stage = Stage()
    pushed = asyncio.Event()

    async def push(samples: Sequence[tuple[str, Labels, int, float]]) -> None:
        pushed.set()

    agent = BuiltInAgent(stage.collector, push, stage.clock, INTERVAL_MS, SelfMetrics())
    task = asyncio.create_task(agent.run())
    await pushed.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_an_error_without_text_is_logged_by_its_name(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        FailureLog(ManualClock(START_MS)).add(TimeoutError())
    assert "TimeoutError" in caplog.text
