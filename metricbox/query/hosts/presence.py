"""Whether a host reports: its interval, its state now, and one state for each hour of the last day. Pure numpy.

 last sample          3 intervals              10 intervals
─────●────────── up ───────┼────────── late ────────┼──────── silent ──▶ age
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from metricbox.model import Int64Array, SampleColumns

HOUR_MS = 3_600_000
TICKS = 24

LATE_AFTER = 3
SILENT_AFTER = 10
# Agents that measure each second send some seconds at once: a host is not late for that.
LEAST_INTERVAL_MS = 5_000
# Of a host whose interval is not known: one sample was ever seen.
USUAL_INTERVAL_MS = 60_000
# An hour that lacks more than this of its samples was not good.
GOOD_SHARE = 0.95


class State(StrEnum):
    UP = "up"
    LATE = "late"
    SILENT = "silent"


class Tick(StrEnum):
    """An hour of a host."""

    OK = "ok"
    LATE = "late"
    """Some of its samples are missing."""
    SILENT = "silent"
    NONE = "none"
    """Before the host was known."""


class Beat(NamedTuple):
    """What the samples of a host tell of its presence."""

    last_ms: int
    interval_ms: int | None
    """None while fewer than two samples were seen."""


def find_beats(samples: SampleColumns, host_of_series: dict[int, int]) -> dict[int, Beat]:
    """Host number -> beat, by the series of the host that has most samples; the newest sample counts of all."""
    if not len(samples.series_ids):
        return {}
    starts = np.flatnonzero(np.append(True, np.diff(samples.series_ids) != 0))
    ends = np.append(starts[1:], len(samples.series_ids))
    best: dict[int, tuple[int, int, int | None]] = {}
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        host = host_of_series[int(samples.series_ids[start])]
        last_ms = int(samples.ts_ms[end - 1])
        count, newest_ms, interval_ms = best.get(host, (0, last_ms, None))
        if end - start > count:
            count, interval_ms = end - start, interval_of(samples.ts_ms[start:end])
        best[host] = (count, max(newest_ms, last_ms), interval_ms)
    return {host: Beat(last_ms, interval_ms) for host, (_, last_ms, interval_ms) in best.items()}


def interval_of(ts_ms: Int64Array) -> int | None:
    """The usual distance of rising times."""
    distances = np.diff(ts_ms)
    return int(_middle(distances)) if len(distances) else None


def state_of(beat: Beat, now_ms: int) -> State:
    interval_ms = max(beat.interval_ms or USUAL_INTERVAL_MS, LEAST_INTERVAL_MS)
    age_ms = now_ms - beat.last_ms
    if age_ms < LATE_AFTER * interval_ms:
        return State.UP
    return State.LATE if age_ms < SILENT_AFTER * interval_ms else State.SILENT


def tick_edges_ms(now_ms: int) -> Int64Array:
    """The edges of the last 24 hours; the last one is the hour that has begun."""
    end_ms = now_ms - now_ms % HOUR_MS + HOUR_MS
    return np.arange(end_ms - TICKS * HOUR_MS, end_ms + 1, HOUR_MS, dtype=np.int64)


def ticks_of(
    counts: Int64Array, edges_ms: Int64Array, known_since_ms: int, interval_ms: int | None, state: State
) -> Sequence[Tick]:
    """`counts` are the samples of one series in each hour. The hour that has begun is as the host is now."""
    past, starts_ms = counts[:-1], edges_ms[:-2]
    expected = expected_count(past, interval_ms)
    ticks = []
    for count, start_ms in zip(past.tolist(), starts_ms.tolist(), strict=True):
        known_ms = min(max(start_ms + HOUR_MS - known_since_ms, 0), HOUR_MS)
        if not count:
            ticks.append(Tick.SILENT if known_ms else Tick.NONE)
        else:
            share = known_ms / HOUR_MS if known_ms else 1
            # Rounded down: a sample may fall just after the hour.
            is_good = count >= int(expected * share * GOOD_SHARE)
            ticks.append(Tick.OK if is_good else Tick.LATE)
    now = {State.UP: Tick.OK, State.LATE: Tick.LATE, State.SILENT: Tick.SILENT}[state]
    return [*ticks, now]


def expected_count(past: Int64Array, interval_ms: int | None) -> float:
    """Samples of a whole hour. A host whose interval became shorter must not make its past look bad."""
    seen = past[past > 0]
    usual = float(_middle(seen)) if len(seen) else 0.0
    return min(HOUR_MS / interval_ms, usual) if interval_ms else usual


def _middle(values: Int64Array) -> np.int64:
    """The median, the upper one of two; ten times faster than numpy's, and asked for every host."""
    middle: np.int64 = np.sort(values)[len(values) // 2]
    return middle
