"""All targets of all jobs: found, started, stopped, and shown.

One asyncio task a target, one that looks after the files. A target that is gone from its file ends its series. With
the server itself nothing ends: it may be back before anybody's look-back is over, as Prometheus has it.
"""

import asyncio
import logging
import resource
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from metricbox.clock import Clock
from metricbox.errors import MetricboxError
from metricbox.ingest.scrape.discovery import Discovery
from metricbox.ingest.scrape.fetching import LARGE_BODIES, Fetcher, TlsContexts
from metricbox.ingest.scrape.loop import Health, TargetLoop
from metricbox.ingest.scrape.targets import Target, TargetKey, make_targets
from metricbox.ingest.service import IngestService
from metricbox.scrape_settings import ScrapeJob

REFRESH_S = 5.0
"""How often files are looked at for a change."""
# Open files that the rest of the server may need: chunks, connections of people and senders.
_OTHER_FILES = 1024
_LEAST_IN_FLIGHT = 32

logger = logging.getLogger(__name__)


class TargetStatus(NamedTuple):
    """One target as people see it: nothing here is secret."""

    target: Target
    health: Health
    error: str
    last_scrape_ms: int | None
    duration_ms: int | None
    samples: int | None


class DroppedTarget(NamedTuple):
    job: str
    discovered: Mapping[str, str]


class Problem(NamedTuple):
    """What keeps targets of a job from being found, as a sentence."""

    job: str
    message: str


class ScrapeLook(NamedTuple):
    targets: Sequence[TargetStatus]
    """By job as in the settings, then by instance."""
    dropped: Sequence[DroppedTarget]
    problems: Sequence[Problem]


class ScrapeService:
    """Made by app.py; `start` and `stop` on the event loop."""

    def __init__(
        self, jobs: Sequence[ScrapeJob], ingest: IngestService, clock: Clock, max_body_bytes: int
    ) -> None:
        self.jobs = tuple(jobs)
        self._ingest = ingest
        self._clock = clock
        self._max_body_bytes = max_body_bytes
        self._discoveries = [(job, Discovery(job)) for job in self.jobs]
        self._loops: dict[TargetKey, TargetLoop] = {}
        self._tasks: dict[TargetKey, asyncio.Task[None]] = {}
        self._dropped: list[DroppedTarget] = []
        self._problems: list[Problem] = []
        self._refreshing: asyncio.Task[None] | None = None
        self._contexts = TlsContexts()
        self._large_bodies = asyncio.Semaphore(LARGE_BODIES)
        self._gate = asyncio.Semaphore(_LEAST_IN_FLIGHT)
        self._most_kept = 0

    async def start(self) -> None:
        if not self.jobs:
            return
        most_files = _raise_file_limit()
        # Half of what is left may be in flight, a quarter stay open between scrapes.
        free = max(most_files - _OTHER_FILES, 0)
        self._gate = asyncio.Semaphore(max(free // 2, _LEAST_IN_FLIGHT))
        self._most_kept = free // 4
        await self.refresh()
        logger.info("targets to scrape: %d, of %d jobs", len(self._loops), len(self.jobs))
        if any(discovery.has_files for _, discovery in self._discoveries):
            self._refreshing = asyncio.create_task(self._keep_refreshing(), name="scrape-files")

    async def stop(self) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)
            self._refreshing = None
        await self._stop_loops(list(self._loops))

    async def refresh(self) -> None:
        """Look at the files and make what runs what there is."""
        found = await asyncio.to_thread(self._find)
        gone = [key for key in self._loops if key not in found]
        ended = [self._loops[key] for key in gone]
        await self._stop_loops(gone)
        for key, target in found.items():
            if key not in self._loops:
                self._start_loop(key, target)
        # After the new ones run: a full store must not keep them waiting.
        for loop in ended:
            try:
                await loop.end()
            except MetricboxError as error:
                logger.warning("the series of %s were not ended: %s", loop.target.shown_url, error.message)

    def look(self) -> ScrapeLook:
        order = {job.job: number for number, job in enumerate(self.jobs)}
        loops = sorted(
            self._loops.values(), key=lambda loop: (order[loop.target.job.job], loop.target.instance)
        )
        targets = [
            TargetStatus(
                *(loop.target, loop.health, loop.error),
                *(loop.last_scrape_ms, loop.last_duration_ms, loop.last_samples),
            )
            for loop in loops
        ]
        return ScrapeLook(targets, tuple(self._dropped), tuple(self._problems))

    def _find(self) -> dict[TargetKey, Target]:
        targets: dict[TargetKey, Target] = {}
        dropped: list[DroppedTarget] = []
        problems: list[Problem] = []
        for job, discovery in self._discoveries:
            addresses, file_faults = discovery.read()
            found = make_targets(job, addresses)
            targets |= {target.key: target for target in found.targets}
            dropped += [DroppedTarget(job.job, labels) for labels in found.dropped]
            problems += [Problem(job.job, message) for message in (*file_faults, *found.faults)]
        for problem in problems:
            if problem not in self._problems:
                logger.warning("scrape job %s: %s", problem.job, problem.message)
        self._dropped, self._problems = dropped, problems
        return targets

    def _start_loop(self, key: TargetKey, target: Target) -> None:
        is_kept = len(self._loops) < self._most_kept
        fetcher = Fetcher(target, self._contexts, self._max_body_bytes, self._large_bodies, is_kept=is_kept)
        loop = TargetLoop(target, fetcher, self._ingest, self._clock, self._gate)
        self._loops[key] = loop
        self._tasks[key] = asyncio.create_task(loop.run(), name="scrape")

    async def _stop_loops(self, keys: Sequence[TargetKey]) -> None:
        tasks = [self._tasks.pop(key) for key in keys]
        loops = [self._loops.pop(key) for key in keys]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(loop.close() for loop in loops), return_exceptions=True)

    async def _keep_refreshing(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_S)
            try:
                await self.refresh()
            except Exception:
                logger.exception("the files of scrape targets could not be looked at; this is tried again")


def _raise_file_limit() -> int:
    """Each target takes a connection, and many systems allow a process 1024 files unless it asks for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError):
            return soft
        return wanted
    return wanted if soft == resource.RLIM_INFINITY else soft
