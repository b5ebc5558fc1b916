"""Running totals of series that senders report as differences (delta temporality), for a store of totals.

For each point the total so far is stored at the point's time. A series that is met for the first time also gets a 0
just after the point's start, or just before its time where the sender names no start. So deltas 3, 4, 5 are stored as
0, 3, 7, 12 and increase by 12 (trap B034), and a restart of this server, which forgets the totals, is a reset like any
other.

    start           time                 start of the next point = time of this one
    |--- delta 3 ---|--- delta 4 ---|
     0              3               7    the 0 a millisecond after the start, where a total from before may stand

What is sent again after a lost answer has an interval that was seen: it is not added, and its total is stored again
when it is the last one. A point that comes late is added, and its total stored at the time of the newest one.

Memory is bounded: series that were not heard of for an hour are forgotten, and new ones past the bound refused.
Used by the decode threads.
"""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

FORGET_AFTER_S = 3600.0
_SWEEP_INTERVAL_S = 60.0
# As many points of one series may come in another order than they were made.
_MAX_INTERVALS = 4

TOO_MANY_TOTALS = (
    "its deltas cannot be added up, since {limit} totals of other series are kept already; "
    "send cumulative temporality, or fewer series"
)
TOO_LATE = "it is a delta that comes too late to tell whether it was added already"

T = TypeVar("T")


class Interval(NamedTuple):
    start_ns: int
    """0 where the sender does not say."""
    time_ns: int


class Stored(NamedTuple, Generic[T]):
    """What becomes of one point."""

    zero_ms: int | None
    """When a 0 is to be stored as well."""
    ts_ms: int
    total: T


@dataclass(slots=True)
class _Total(Generic[T]):
    value: T
    size: int
    zero_ms: int
    seen_s: float
    intervals: tuple[Interval, ...]
    """The newest ones, in the order of their times."""


class DeltaTotals(Generic[T]):
    """For values that `add` adds up; at most `max_values` numbers in them."""

    def __init__(self, add: Callable[[T, T], T], max_values: int) -> None:
        self._add = add
        self._max_values = max_values
        self._lock = threading.Lock()
        self._totals: dict[Hashable, _Total[T]] = {}
        self._values = 0
        self._swept_s = 0.0

    def add(
        self, key: Hashable, interval: Interval, delta: T, size: int, now_s: float
    ) -> Stored[T] | str | None:
        """The total with `delta` in it; or why the point is refused; None when it was added before.

        `size` is how many numbers the value holds, `now_s` a monotonic time.
        """
        with self._lock:
            total = self._totals.get(key)
            if total is None:
                return self._begin(key, interval, delta, size, now_s)
            total.seen_s = now_s
            newest = total.intervals[-1]
            if interval in total.intervals:
                if interval != newest:
                    return None
                # Where nothing was stored of it, the 0 was not stored either.
                zero_ms = total.zero_ms if len(total.intervals) == 1 else None
                return Stored(zero_ms, newest.time_ns // 1_000_000, total.value)
            if len(total.intervals) == _MAX_INTERVALS and interval.time_ns < total.intervals[0].time_ns:
                return TOO_LATE
            total.value = self._add(total.value, delta)
            ordered = sorted((*total.intervals, interval), key=lambda one: one.time_ns)
            total.intervals = tuple(ordered[-_MAX_INTERVALS:])
            return Stored(None, total.intervals[-1].time_ns // 1_000_000, total.value)

    def _begin(self, key: Hashable, interval: Interval, delta: T, size: int, now_s: float) -> Stored[T] | str:
        if now_s - self._swept_s > _SWEEP_INTERVAL_S:
            self._forget(now_s)
        if self._values + size > self._max_values:
            return TOO_MANY_TOTALS.format(limit=self._max_values)
        self._values += size
        zero_ms = interval.start_ns // 1_000_000 + 1
        ts_ms = interval.time_ns // 1_000_000
        if interval.start_ns <= 0 or zero_ms >= ts_ms:
            zero_ms = ts_ms - 1
        self._totals[key] = _Total(delta, size, zero_ms, now_s, (interval,))
        return Stored(zero_ms, ts_ms, delta)

    def _forget(self, now_s: float) -> None:
        self._swept_s = now_s
        old = [key for key, total in self._totals.items() if now_s - total.seen_s > FORGET_AFTER_S]
        for key in old:
            self._values -= self._totals.pop(key).size

    def __len__(self) -> int:
        return len(self._totals)
