"""The one source of time. Everything else gets a Clock or a time passed in, so that tests can turn it."""

import time
from typing import Protocol


class Clock(Protocol):
    def now_ms(self) -> int:
        """Wall time, integer milliseconds since 1970 UTC. May jump."""
        ...

    def monotonic_s(self) -> float:
        """Seconds of a clock that never goes back, for time limits and durations."""
        ...


class SystemClock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that stands until it is told to move."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms
        self._monotonic_ms = 0

    def now_ms(self) -> int:
        return self._now_ms

    def monotonic_s(self) -> float:
        return self._monotonic_ms / 1000

    def advance_ms(self, by_ms: int) -> None:
        self._now_ms += by_ms
        self._monotonic_ms += by_ms

    def set_ms(self, now_ms: int) -> None:
        """Jump, as an operator or NTP would make the wall clock jump."""
        self._now_ms = now_ms
