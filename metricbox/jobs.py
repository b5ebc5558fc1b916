"""Periodic work of the server: one asyncio task a job, never twice at once, a failure never ends it.

Jobs run at multiples of their interval, so that a late tick does not move the following ones.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from metricbox.clock import Clock

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Job:
    """What runs and how often, and what the status page tells of it."""

    name: str
    interval_ms: int
    run: Callable[[], Awaitable[None]]
    is_due_at_start: bool = False
    last_started_ms: int | None = None
    last_succeeded_ms: int | None = None
    last_error: str | None = None
    last_duration_ms: int | None = None
    is_running: bool = False


class BlockingJob(Protocol):
    """What a store wants to have run, see store.contract.StoreJob."""

    @property
    def name(self) -> str: ...
    @property
    def interval_ms(self) -> int: ...
    @property
    def run(self) -> Callable[[], None]: ...
    @property
    def is_due_at_start(self) -> bool: ...


def make_store_job(job: BlockingJob) -> Job:
    """A job that runs in a thread."""
    return Job(job.name, job.interval_ms, lambda: asyncio.to_thread(job.run), job.is_due_at_start)


class JobRunner:
    """`on_finished` is called after every run, with the job as it is then."""

    def __init__(
        self, clock: Clock, jobs: Sequence[Job], on_finished: Callable[[Job], None] = lambda _: None
    ) -> None:
        self._clock = clock
        self._on_finished = on_finished
        self.jobs = tuple(jobs)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Call in the event loop."""
        self._tasks = [asyncio.create_task(self._loop(job), name=f"job-{job.name}") for job in self.jobs]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _loop(self, job: Job) -> None:
        if job.is_due_at_start:
            await self.run_once(job)
        while True:
            await self._sleep_until_due(job.interval_ms)
            await self.run_once(job)

    async def _sleep_until_due(self, interval_ms: int) -> None:
        due_ms = self._clock.now_ms() // interval_ms * interval_ms + interval_ms
        # A timer may fire some milliseconds early, and the job would run again at the same multiple. More than an
        # interval to wait means that the wall clock was set back.
        while 0 < (rest_ms := due_ms - self._clock.now_ms()) <= interval_ms:  # noqa: ASYNC110 - a clock is awaited
            await asyncio.sleep(rest_ms / 1000)

    async def run_once(self, job: Job) -> None:
        job.last_started_ms = self._clock.now_ms()
        started_s = self._clock.monotonic_s()
        job.is_running = True
        try:
            await job.run()
        except Exception as error:
            job.last_error = str(error)
            logger.exception("job %s failed; it runs again in %s s", job.name, job.interval_ms // 1000)
        else:
            job.last_error = None
            job.last_succeeded_ms = self._clock.now_ms()
        finally:
            job.is_running = False
            job.last_duration_ms = round((self._clock.monotonic_s() - started_s) * 1000)
            self._on_finished(job)
