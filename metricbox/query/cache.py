"""Keeps results and says how much of one still holds. Thread-safe, no I/O.

An entry is the columns of one query, whatever range it was asked for. Steps that no write has touched since are taken
from it; the others, mostly the newest, are computed anew. So a cached answer is never older than the data: it is the
answer that would be computed now.
"""

import threading
from collections.abc import Callable, Hashable
from typing import NamedTuple

import numpy as np
from cachetools import TTLCache

from metricbox.model import Int64Array
from metricbox.query.columns import Columns

# What was computed is good for as long as nothing is written in its range; this bounds memory, and the time in which
# a change that is no write (a clock that was set) is noticed.
TTL_S = 300.0


class Entry(NamedTuple):
    columns: Columns
    step_ms: int
    write_position: int
    """Of the store, before the columns were read."""
    made_s: float
    """When the whole was last computed, monotonic."""
    looks_back_only: bool
    """Whether a step depends on samples before its end alone. If not, one write makes the whole invalid."""
    warnings: tuple[str, ...] = ()


class ResultCache:
    """Bounded by bytes. `earliest_write_since` is the store's."""

    def __init__(
        self,
        max_bytes: int,
        earliest_write_since: Callable[[int], int | None],
        monotonic_s: Callable[[], float],
    ) -> None:
        self._lock = threading.Lock()
        self._entries: TTLCache[Hashable, Entry] = TTLCache(
            max_bytes, TTL_S, timer=monotonic_s, getsizeof=lambda entry: entry.columns.size_bytes
        )
        self._max_bytes = max_bytes
        self._monotonic_s = monotonic_s
        self._earliest_write_since = earliest_write_since

    def find(self, key: Hashable) -> Entry | None:
        with self._lock:
            entry: Entry | None = self._entries.get(key)
        return None if entry is None or self._monotonic_s() - entry.made_s > TTL_S else entry

    def now_s(self) -> float:
        return self._monotonic_s()

    def put(self, key: Hashable, entry: Entry) -> None:
        if entry.columns.size_bytes > self._max_bytes // 4:
            return
        with self._lock:
            self._entries[key] = entry

    def clear(self) -> None:
        """After a change that is no write: of retention, of lost chunks."""
        with self._lock:
            self._entries.clear()

    @property
    def size_bytes(self) -> int:
        return int(self._entries.currsize)

    def reusable_steps(self, entry: Entry, starts_ms: Int64Array, ends_ms: Int64Array) -> Columns | None:
        """The first of the wanted steps that the entry has, as far as they hold; None when there are none.

        A step holds when no sample before its end was written since. For the steps of an expression, which look at
        samples up to their time, that time included, the end is one millisecond later.
        """
        times_ms = entry.columns.times_ms
        first = int(np.searchsorted(times_ms, starts_ms[0]))
        if first == len(times_ms) or times_ms[first] != starts_ms[0]:
            return None
        common = min(len(times_ms) - first, len(starts_ms))
        if not np.array_equal(times_ms[first : first + common], starts_ms[:common]):
            return None
        written_ms = self._earliest_write_since(entry.write_position)
        if written_ms is not None:
            holding = int(np.searchsorted(ends_ms[:common], written_ms, side="right"))
            common = holding if entry.looks_back_only else 0
        return entry.columns.steps(first, first + common) if common else None
