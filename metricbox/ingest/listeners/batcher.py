"""Lines from many connections, gathered until there are enough or a second has passed, then handed on as one body.

What is handed on waits for the disk; meanwhile lines gather up to a bound. A stream stops reading at the bound, a
datagram is dropped and counted. When there is no room further on, the batch in hand is tried again for as long as it
takes. Runs on the event loop; nothing raises out of `run`.
"""

import asyncio
import contextlib
import logging
import math
from collections.abc import Awaitable, Callable

from metricbox.clock import Clock
from metricbox.errors import InsufficientStorageError, RetryableError
from metricbox.selfmetrics import SelfMetrics

logger = logging.getLogger(__name__)

MAX_WAIT_S = 1.0
ENOUGH_LINES = 5_000
# While a batch is on its way to the disk: a burst of datagrams has no other place to wait.
MAX_WAITING_LINES = 20 * ENOUGH_LINES
MAX_WAITING_BYTES = 16 * 1024 * 1024
_RETRY_S = 1.0
_LOG_INTERVAL_S = 60.0

Push = Callable[[bytes], Awaitable[object]]
"""Takes lines and returns once they are dealt with, or raises."""


class LineBatcher:
    """Of one listener. `source` is its name in metrics and in the log."""

    def __init__(
        self,
        source: str,
        push: Push,
        clock: Clock,
        metrics: SelfMetrics,
        *,
        max_wait_s: float = MAX_WAIT_S,
        retry_s: float = _RETRY_S,
    ) -> None:
        self.source = source
        self._push = push
        self._clock = clock
        self._metrics = metrics
        self._max_wait_s = max_wait_s
        self._retry_s = retry_s
        self._waiting: list[bytes] = []
        self._waiting_lines = 0
        self._waiting_bytes = 0
        self._waits_for_room: list[Callable[[], None]] = []
        self._has_some = asyncio.Event()
        self._has_enough = asyncio.Event()
        self._is_stopping = asyncio.Event()
        self._logged_s = -math.inf

    @property
    def is_full(self) -> bool:
        return self._waiting_lines >= MAX_WAITING_LINES or self._waiting_bytes >= MAX_WAITING_BYTES

    def add(self, lines: bytes) -> None:
        """Take whole lines, each with its newline. A stream looks at `is_full` afterwards, a datagram before."""
        self._waiting.append(lines)
        self._waiting_bytes += len(lines)
        self._waiting_lines += lines.count(b"\n")
        self._has_some.set()
        if self._waiting_lines >= ENOUGH_LINES or self.is_full:
            self._has_enough.set()

    def call_with_room(self, callback: Callable[[], None]) -> None:
        """Call once when there is room again."""
        self._waits_for_room.append(callback)

    def note_dropped(self, reason: str, lines: int) -> None:
        self._metrics.listener_dropped_lines.labels(self.source, reason).inc(lines)

    async def run(self) -> None:
        """Hand on what comes until `stop`, and what is there then."""
        while True:
            if not self._is_stopping.is_set():
                await self._has_some.wait()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._max_wait_s):
                        await self._has_enough.wait()
            lines = self._take()
            if lines:
                await self._hand_on(lines)
            elif self._is_stopping.is_set():
                return

    def stop(self) -> None:
        """Let `run` end; nothing is to be added any more. What is in hand is tried once more and then given up."""
        self._is_stopping.set()
        self._has_some.set()
        self._has_enough.set()

    def _take(self) -> bytes:
        lines = b"".join(self._waiting)
        self._waiting = []
        self._waiting_lines = self._waiting_bytes = 0
        if not self._is_stopping.is_set():
            self._has_some.clear()
            self._has_enough.clear()
        callbacks, self._waits_for_room = self._waits_for_room, []
        for callback in callbacks:
            callback()
        return lines

    async def _hand_on(self, lines: bytes) -> None:
        while True:
            is_last_try = self._is_stopping.is_set()
            try:
                await self._push(lines)
                return
            except (RetryableError, InsufficientStorageError) as error:
                self._log(f"cannot store lines now, and tries again: {error.message}")
                if is_last_try:
                    self.note_dropped("stopped", lines.count(b"\n"))
                    return
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._retry_s):
                        await self._is_stopping.wait()
            except Exception as error:
                # Whatever it was, the lines after these may do better.
                self.note_dropped("failed", lines.count(b"\n"))
                self._log(f"lost lines: {type(error).__name__}: {error}")
                return

    def _log(self, text: str) -> None:
        now_s = self._clock.monotonic_s()
        if now_s - self._logged_s >= _LOG_INTERVAL_S:
            self._logged_s = now_s
            logger.warning("%s %s", self.source, text)
