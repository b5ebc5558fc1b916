"""The built-in agent: measures this host at aligned ticks and hands the samples to the store's door.

Runs as one task on the event loop; measuring happens in a thread. It ends when it is cancelled and by nothing
else: a push that fails is counted and logged once a minute.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from metricbox.agent.own import OwnCollector
from metricbox.agent.reading import HostSample, Labels
from metricbox.clock import Clock
from metricbox.selfmetrics import SelfMetrics

Push = Callable[[Sequence[tuple[str, Labels, int, float]]], Awaitable[object]]
"""Takes (metric name, labels, ts_ms, value) and returns once the samples are stored, or raises."""

_LOG_EVERY_S = 60.0

_log = logging.getLogger(__name__)


class Collector(Protocol):
    @property
    def host_name(self) -> str: ...

    def collect(self) -> list[HostSample]:
        """All values of now. Blocks; called in a thread, never twice at a time."""
        ...


class BuiltInAgent:
    """Pushes what `collector` measures, and metricbox's own numbers, every `interval_ms`."""

    def __init__(
        self,
        collector: Collector,
        push: Push,
        clock: Clock,
        interval_ms: int,
        self_metrics: SelfMetrics,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._collector = collector
        self._own = OwnCollector(self_metrics, collector.host_name)
        self._push = push
        self._clock = clock
        self._interval_ms = interval_ms
        self._sleep = sleep
        self._failures = FailureLog(clock)

    async def run(self) -> None:
        """Push until cancelled: at once, then at every multiple of the interval. Missed ticks stay missed."""
        ts_ms = self._clock.now_ms()
        while True:
            await self._run_once(ts_ms)
            ts_ms = await self._wait_for_tick(ts_ms)

    async def _run_once(self, ts_ms: int) -> None:
        try:
            samples = await asyncio.to_thread(self._collect)
            await self._push([(sample.name, sample.labels, ts_ms, sample.value) for sample in samples])
        except Exception as error:  # whatever it was, the next tick may do better
            self._failures.add(error)

    def _collect(self) -> list[HostSample]:
        return self._collector.collect() + self._own.collect()

    async def _wait_for_tick(self, last_ms: int) -> int:
        """The time of the next tick, once it has come. `last_ms` is when the samples before it were taken."""
        while True:
            now_ms = self._clock.now_ms()
            tick_ms = now_ms - now_ms % self._interval_ms
            # Not right after the start: a ratio over a few milliseconds says nothing.
            is_due = tick_ms - last_ms >= self._interval_ms / 10
            is_clock_set_back = last_ms - now_ms >= self._interval_ms
            if is_due or is_clock_set_back:
                return tick_ms
            await self._sleep((tick_ms + self._interval_ms - now_ms) / 1000)


class FailureLog:
    """Logs the first failure at once and further ones at most once a minute, with their count."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._logged_s: float | None = None
        self._count = 0

    def add(self, error: Exception) -> None:
        self._count += 1
        now_s = self._clock.monotonic_s()
        if self._logged_s is not None and now_s - self._logged_s < _LOG_EVERY_S:
            return
        reason = str(error) or type(error).__name__
        _log.warning(
            "the built-in agent could not store its samples (%d times since the last such line): %s",
            self._count,
            reason,
        )
        self._logged_s, self._count = now_s, 0
