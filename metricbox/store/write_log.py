"""Which times were written since when: what a cache of answers has to know. Thread-safe, no I/O.

A position is a count of commits. The log keeps, for the commits after a position, their earliest sample; later commits
with earlier samples swallow what they make superfluous, so that it stays as short as commits are in order.
"""

import threading
from bisect import bisect_right
from collections.abc import Callable

# What is older than this is forgotten: nobody keeps an answer for longer. In seconds.
KEPT_S = 600.0
# Commits of one such span are told apart no further, which bounds the log to 1,200 entries.
_SPAN_S = 0.5
EVERYTHING_MS = -(2**62)
"""Stands for the time of a write of which nothing is known any more."""


class WriteLog:
    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._position = 0
        self._forgotten_position = 0
        # Parallel columns, positions and earliest times both rising.
        self._positions: list[int] = []
        self._earliest_ms: list[int] = []
        self._noted_s: list[float] = []

    @property
    def position(self) -> int:
        return self._position

    def note(self, earliest_ms: int) -> None:
        """A commit is readable now, with this earliest sample."""
        now_s = self._monotonic_s()
        with self._lock:
            self._position += 1
            while self._earliest_ms and self._earliest_ms[-1] >= earliest_ms:
                self._drop(len(self._positions) - 1)
            if self._noted_s and now_s - self._noted_s[-1] < _SPAN_S:
                # Said to be younger than it is, with its earliest sample: too much is recomputed, never too little.
                self._positions[-1] = self._position
            else:
                self._positions.append(self._position)
                self._earliest_ms.append(earliest_ms)
                self._noted_s.append(now_s)
            while now_s - self._noted_s[0] > KEPT_S:
                self._forgotten_position = self._positions[0]
                self._drop(0)

    def earliest_since(self, position: int) -> int | None:
        """The earliest sample committed after `position`, None when nothing was, EVERYTHING_MS when nobody knows."""
        with self._lock:
            if position == self._position:
                return None
            if position < self._forgotten_position:
                return EVERYTHING_MS
            found = bisect_right(self._positions, position)
            return self._earliest_ms[found] if found < len(self._positions) else EVERYTHING_MS

    def _drop(self, entry: int) -> None:
        del self._positions[entry], self._earliest_ms[entry], self._noted_s[entry]
