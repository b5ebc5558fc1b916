"""Periodic work of the server: one asyncio task a job, never twice at once, a failure never ends it.

Jobs run at multiples of their interval, so that a late tick does not move the following ones.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from metricbox.clock import Clock

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Job:
    """What runs and how often, and what the status page tells of it."""

    name: str
    interval_ms: int
    run: Callable[[], Awaitable[None]]
    last_started_ms: int | None = None
    last_succeeded_ms: int | None = None
    last_error: str | None = None


class JobRunner:
    def __init__(self, clock: Clock, jobs: Sequence[Job]) -> None:
        self._clock = clock
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
        while True:
            now_ms = self._clock.now_ms()
            await asyncio.sleep((job.interval_ms - now_ms % job.interval_ms) / 1000)
            await self.run_once(job)

    async def run_once(self, job: Job) -> None:
        job.last_started_ms = self._clock.now_ms()
        try:
            await job.run()
        except Exception as error:
            job.last_error = str(error)
            logger.exception("job %s failed; it runs again in %s s", job.name, job.interval_ms // 1000)
        else:
            job.last_error = None
            job.last_succeeded_ms = self._clock.now_ms()
