"""Periodic work: aligned, one run at a time, and going on after a failure."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from metricbox.clock import ManualClock
from metricbox.jobs import Job, JobRunner

INTERVAL_MS = 10_000


class World:
    """A clock that turns by itself: every sleep of a job moves it by just that long, and lets others run."""

    def __init__(self, now_ms: int) -> None:
        self.clock = ManualClock(now_ms)
        self.slept_ms: list[int] = []
        self.early_ms = 0
        self._really_sleep = asyncio.sleep

    async def sleep(self, delay_s: float) -> None:
        delay_ms = round(delay_s * 1000)
        self.slept_ms.append(delay_ms)
        self.clock.advance_ms(max(delay_ms - self.early_ms, 1))
        await self._really_sleep(0)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(INTERVAL_MS * 3 + 4_000)
    monkeypatch.setattr("metricbox.jobs.asyncio.sleep", world.sleep)
    return world


@asynccontextmanager
async def running(world: World, run: Callable[[], Awaitable[None]]):
    runner = JobRunner(world.clock, [Job("test", INTERVAL_MS, run)])
    runner.start()
    try:
        yield runner.jobs[0]
    finally:
        await runner.stop()


class Runs:
    """A job that notes when it ran and tells when it did so `wanted` times."""

    def __init__(self, world: World, wanted: int) -> None:
        self.at_ms: list[int] = []
        self.enough = asyncio.Event()
        self._world = world
        self._wanted = wanted

    async def __call__(self) -> None:
        self.at_ms.append(self._world.clock.now_ms())
        if len(self.at_ms) >= self._wanted:
            self.enough.set()
            await asyncio.Event().wait()


async def test_a_job_runs_at_multiples_of_its_interval(world: World) -> None:
    runs = Runs(world, 3)
    async with running(world, runs):
        await asyncio.wait_for(runs.enough.wait(), 10)
    assert runs.at_ms == [40_000, 50_000, 60_000]
    assert world.slept_ms[:2] == [6_000, 10_000]


async def test_a_timer_that_fires_early_does_not_run_the_job_twice(world: World) -> None:
    world.early_ms = 3
    runs = Runs(world, 3)
    async with running(world, runs):
        await asyncio.wait_for(runs.enough.wait(), 10)
    assert runs.at_ms == [40_000, 50_000, 60_000]


async def test_a_run_that_takes_long_skips_ticks_and_stays_aligned(world: World) -> None:
    runs = Runs(world, 3)

    async def slow() -> None:
        await runs()
        world.clock.advance_ms(25_000)

    async with running(world, slow):
        await asyncio.wait_for(runs.enough.wait(), 10)
    assert runs.at_ms == [40_000, 70_000, 100_000]


async def test_a_wall_clock_set_back_does_not_stop_a_job(world: World) -> None:
    """Else the job would wait until the old time comes again."""
    runs = Runs(world, 3)

    async def jump() -> None:
        await runs()
        world.clock.set_ms(4_000)

    async with running(world, jump):
        await asyncio.wait_for(runs.enough.wait(), 10)
    assert runs.at_ms == [40_000, 10_000, 10_000]


async def test_a_failing_job_goes_on_and_tells_its_error(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    runs = Runs(world, 2)

    async def fail_once() -> None:
        await runs()
        raise OSError("the disk is on fire")

    async with running(world, fail_once) as job:
        await asyncio.wait_for(runs.enough.wait(), 10)
        assert job.last_error == "the disk is on fire"
        assert (job.last_started_ms, job.last_succeeded_ms) == (50_000, None)
    assert "job test failed; it runs again in 10 s" in caplog.text


async def test_a_good_run_clears_the_error(world: World) -> None:
    answers = iter([ValueError("x"), None])

    async def run() -> None:
        error = next(answers)
        if error:
            raise error

    job = Job("test", INTERVAL_MS, run)
    runner = JobRunner(world.clock, [job])
    await runner.run_once(job)
    assert job.last_error == "x"
    await runner.run_once(job)
    assert (job.last_error, job.last_succeeded_ms) == (None, world.clock.now_ms())


async def test_one_slow_job_does_not_hold_up_another(world: World) -> None:
    runs = Runs(world, 3)

    async def hang() -> None:
        await asyncio.Event().wait()

    runner = JobRunner(world.clock, [Job("stuck", INTERVAL_MS, hang), Job("other", INTERVAL_MS, runs)])
    runner.start()
    await asyncio.wait_for(runs.enough.wait(), 10)
    await runner.stop()
    assert len(runs.at_ms) == 3


async def test_stopping_ends_a_running_job(world: World) -> None:
    runs = Runs(world, 1)
    async with running(world, runs):
        await asyncio.wait_for(runs.enough.wait(), 10)
    await asyncio.sleep(0)
    assert len(runs.at_ms) == 1


async def test_every_run_is_told_with_its_outcome() -> None:
    seen: list[tuple[str, bool, bool]] = []
    clock = ManualClock(0)

    async def fail() -> None:
        raise RuntimeError("no")

    async def succeed() -> None:
        clock.advance_ms(20)

    jobs = [Job("good", 1_000, succeed), Job("bad", 1_000, fail)]
    runner = JobRunner(
        clock,
        jobs,
        lambda job: seen.append((job.name, job.last_error is None, job.last_succeeded_ms is not None)),
    )
    for job in jobs:
        await runner.run_once(job)
    assert seen == [("good", True, True), ("bad", False, False)]
    assert (jobs[0].last_duration_ms, jobs[0].is_running) == (20, False)
