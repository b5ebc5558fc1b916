"""One target, asked at its own times for as long as it is there, and how it is doing.

    due = k * interval + offset       the offset is the target's own, so that targets are spread over the interval

A scrape that takes longer than an interval skips what became due meanwhile. Nothing that a target, the store or a
file does ends the loop. Runs on the event loop; the batch is made in the decode threads.
"""

import asyncio
import logging
from enum import StrEnum

from metricbox.clock import Clock
from metricbox.errors import MetricboxError
from metricbox.ingest.outcome import IngestOutcome
from metricbox.ingest.scrape.decoding import Round, TargetSeries
from metricbox.ingest.scrape.fetching import Fetcher, ScrapeError
from metricbox.ingest.scrape.targets import Target
from metricbox.ingest.series_cache import NO_TOKEN
from metricbox.ingest.service import IngestService

SOURCE = "scrape"
# Samples bear the time that was due, so that their distances are even, unless the scrape began later than this.
MAX_LAG_RATIO = 0.01

logger = logging.getLogger(__name__)


class Health(StrEnum):
    UNKNOWN = "unknown"
    """Not asked yet."""
    UP = "up"
    DOWN = "down"


def next_due_ms(now_ms: int, interval_ms: int, offset_ms: int) -> int:
    """The first time after `now_ms` that is due."""
    return (now_ms - offset_ms) // interval_ms * interval_ms + interval_ms + offset_ms


class TargetLoop:
    """`run` until it is cancelled; then `end` when the target is gone for good."""

    def __init__(
        self, target: Target, fetcher: Fetcher, ingest: IngestService, clock: Clock, gate: asyncio.Semaphore
    ) -> None:
        self.target = target
        self.health = Health.UNKNOWN
        self.error = ""
        """Why it is down, or what of its answer was not taken though it is up."""
        self.last_scrape_ms: int | None = None
        self.last_duration_ms: int | None = None
        self.last_samples: int | None = None
        self._fetcher = fetcher
        self._ingest = ingest
        self._clock = clock
        self._gate = gate
        self._series = TargetSeries(target, fetcher.limit_bytes, clock)
        self._pending: Round | None = None

    async def run(self) -> None:
        while True:
            due_ms = await self._sleep_until_due()
            try:
                await self.scrape(due_ms)
            except Exception:
                # A fault of ours must not end the target; it is asked again at its time.
                logger.exception("a scrape of job %s failed", self.target.job.job)

    async def close(self) -> None:
        await self._fetcher.close()

    async def end(self) -> None:
        """End all series of the target. May raise what the store raises."""
        ts_ms = self._clock.now_ms()
        if self.last_scrape_ms is not None:
            # At one time a value would win over the marker that ends it.
            ts_ms = max(ts_ms, self.last_scrape_ms + 1)
        pending = self._pending
        await self._ingest.push(
            SOURCE, NO_TOKEN, lambda context: self._series.decode_end(context, ts_ms, pending)
        )

    async def scrape(self, due_ms: int) -> None:
        """Ask once and store what comes of it."""
        now_ms = self._clock.now_ms()
        is_late = not 0 <= now_ms - due_ms <= self.target.job.interval_ms * MAX_LAG_RATIO
        scrape = Round(now_ms if is_late else due_ms, self._clock.monotonic_s(), None)
        try:
            async with self._gate:
                scrape.fetched = await self._fetcher.fetch()
        except ScrapeError as error:
            scrape.fault = error.message
        self._pending = scrape
        problem = ""
        try:
            outcome = await self._ingest.push(
                SOURCE, NO_TOKEN, lambda context: self._series.decode(context, scrape)
            )
        except MetricboxError as error:
            # Series that this scrape would have ended are ended by the next one.
            problem = f"was asked, but nothing was stored: {error.message}"
        else:
            self._series.commit(scrape)
            problem = _describe_refusals(outcome)
        self._pending = None
        self._note(scrape, problem)

    def _note(self, scrape: Round, problem: str) -> None:
        before = self.health
        self.health = Health.DOWN if scrape.fault else Health.UP
        self.error = scrape.fault or problem
        self.last_scrape_ms = scrape.ts_ms
        self.last_duration_ms = round(scrape.duration_s * 1000)
        self.last_samples = scrape.scraped
        if self.health is Health.DOWN and before is not Health.DOWN:
            logger.warning("target %s (job %s) %s", self.target.shown_url, self.target.job.job, scrape.fault)
        elif self.health is Health.UP and before is Health.DOWN:
            logger.info("target %s (job %s) is up again", self.target.shown_url, self.target.job.job)

    async def _sleep_until_due(self) -> int:
        interval_ms = self.target.job.interval_ms
        due_ms = next_due_ms(self._clock.now_ms(), interval_ms, self.target.offset_ms)
        # A timer may fire early; more than an interval to wait means that the wall clock was set back.
        while 0 < (rest_ms := due_ms - self._clock.now_ms()) <= interval_ms:  # noqa: ASYNC110 - a clock is awaited
            await asyncio.sleep(rest_ms / 1000)
        return due_ms


def _describe_refusals(outcome: IngestOutcome) -> str:
    if not outcome.refused_units:
        return ""
    count = "1 sample was" if outcome.refused_units == 1 else f"{outcome.refused_units} samples were"
    if not outcome.refusals:
        return f"{count} not taken"
    first = outcome.refusals[0]
    where = f"line {first.position}: " if first.position else ""
    return f"{count} not taken; {where}{first.sentence}"
