"""How far this host's clock is ahead of the server's, from the `Date` of its answers. Pure.

`Date` has whole seconds, yet each answer gives bounds: the server's clock was in [date, date + 1) at a moment of ours
between asking and having the answer. Bounds of several answers together leave less than a second.

    asked ├──────────────────────┤ answered          skew in (asked − date − 1 s, answered − date]
"""

from collections import deque
from collections.abc import Iterable

# As old bounds as this tell of a clock that has drifted since; a bad crystal drifts by 0.1 ms a second.
_KEPT = 30
_DRIFT_MS_PER_S = 0.1


class ClockSkew:
    """Milliseconds, positive when this host is ahead. None until a server has said its time."""

    def __init__(self) -> None:
        self._bounds: deque[tuple[int, int, int]] = deque(maxlen=_KEPT)

    @property
    def skew_ms(self) -> float | None:
        if not self._bounds:
            return None
        low_ms, high_ms = self._narrow(self._bounds)
        return (low_ms + high_ms) / 2

    def add(self, asked_ms: int, answered_ms: int, date_ms: int) -> None:
        if answered_ms < asked_ms:  # the clock was set back meanwhile
            return
        newest = (asked_ms - date_ms - 1000, answered_ms - date_ms, answered_ms)
        low_ms, high_ms = self._narrow([*self._bounds, newest])
        if low_ms > high_ms:  # a clock was set: what was known does not hold any more
            self._bounds.clear()
        self._bounds.append(newest)

    @staticmethod
    def _narrow(bounds: Iterable[tuple[int, int, int]]) -> tuple[float, float]:
        every = list(bounds)
        now_ms = every[-1][2]
        lows, highs = [], []
        for low_ms, high_ms, at_ms in every:
            drift_ms = abs(now_ms - at_ms) / 1000 * _DRIFT_MS_PER_S
            lows.append(low_ms - drift_ms)
            highs.append(high_ms + drift_ms)
        return max(lows), min(highs)
