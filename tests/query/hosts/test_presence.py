"""Whether a host reports, by its own interval, now and in each hour of the last day."""

import numpy as np
import pytest

from metricbox.model import SampleColumns
from metricbox.query.hosts.presence import (
    HOUR_MS,
    TICKS,
    Beat,
    State,
    Tick,
    find_beats,
    state_of,
    tick_edges_ms,
    ticks_of,
)
from tests.support.stores import NOW_MS


def columns(*rows: tuple[int, int]) -> SampleColumns:
    ids, ts_ms = zip(*rows, strict=True)
    return SampleColumns(np.array(ids, np.int64), np.array(ts_ms, np.int64), np.ones(len(ids)))


@pytest.mark.parametrize(
    ("interval_s", "age_s", "state"),
    [
        (10, 0, State.UP),
        (10, 29, State.UP),
        (10, 30, State.LATE),
        (10, 99, State.LATE),
        (10, 100, State.SILENT),
        (3600, 3 * 3600 - 1, State.UP),
        (3600, 3 * 3600, State.LATE),
        # Agents that measure each second send some seconds at once.
        (1, 14, State.UP),
        (1, 15, State.LATE),
        (None, 179, State.UP),
        (None, 180, State.LATE),
        # A clock that is ahead.
        (10, -60, State.UP),
    ],
)
def test_the_state_follows_from_the_hosts_own_interval(
    interval_s: int | None, age_s: int, state: State
) -> None:
    beat = Beat(NOW_MS - age_s * 1000, None if interval_s is None else interval_s * 1000)
    assert state_of(beat, NOW_MS) is state


def test_a_beat_is_of_the_series_with_most_samples_and_the_newest_of_all() -> None:
    samples = columns((1, 0), (1, 10), (1, 20), (2, 3), (2, 4), (5, 90), (9, 7))
    assert find_beats(samples, {1: 0, 2: 0, 5: 0, 9: 3}) == {0: Beat(90, 10), 3: Beat(7, None)}
    assert find_beats(samples.where(samples.ts_ms > 1000), {}) == {}


def test_one_odd_distance_does_not_make_the_interval() -> None:
    samples = columns(*((1, ts_ms) for ts_ms in (0, 10, 20, 500, 510, 520)))
    assert find_beats(samples, {1: 0})[0].interval_ms == 10


def test_there_are_24_hours_and_the_last_one_has_begun() -> None:
    edges_ms = tick_edges_ms(NOW_MS + 1)
    assert len(edges_ms) == TICKS + 1
    assert (edges_ms[-2], edges_ms[-1]) == (NOW_MS, NOW_MS + HOUR_MS)


def ticks(
    *last: int, interval_ms: int | None = 10_000, since_h: float = 30, state: State = State.UP
) -> list[Tick]:
    """The hours before the one that has begun, of which `last` are the last counts and the others are good."""
    counts = np.full(TICKS, 360, np.int64)
    counts[TICKS - 1 - len(last) : TICKS - 1] = last
    edges_ms = tick_edges_ms(NOW_MS)
    since_ms = int(NOW_MS - since_h * HOUR_MS)
    found = ticks_of(counts, edges_ms, since_ms, interval_ms, state)
    assert len(found) == TICKS
    return list(found)[TICKS - 1 - len(last) :]


def test_an_hour_is_good_when_few_samples_are_missing() -> None:
    assert ticks(360, 359, 342, 341, 1, 0) == [
        Tick.OK, Tick.OK, Tick.OK, Tick.LATE, Tick.LATE, Tick.SILENT, Tick.OK,
    ]  # fmt: skip


def test_before_it_was_known_a_host_was_not_silent() -> None:
    assert ticks(0, 0, 180, 360, since_h=1.5) == [Tick.NONE, Tick.NONE, Tick.OK, Tick.OK, Tick.OK]
    assert ticks(0, 0, 100, 360, since_h=1.5)[2] is Tick.LATE
    # Older samples that came later count.
    assert ticks(360, 360, since_h=0) == [Tick.OK, Tick.OK, Tick.OK]


def test_the_hour_that_has_begun_is_as_the_host_is() -> None:
    assert ticks(state=State.LATE) == [Tick.LATE]
    assert ticks(state=State.SILENT) == [Tick.SILENT]


def test_a_host_that_became_faster_or_slower_was_not_bad_before() -> None:
    assert set(ticks(60, 60, 60, interval_ms=1_000)) <= {Tick.OK, Tick.LATE}
    every = np.full(TICKS, 60, np.int64)
    edges_ms = tick_edges_ms(NOW_MS)
    assert set(ticks_of(every, edges_ms, 0, 1_000, State.UP)) == {Tick.OK}
    assert set(ticks_of(every, edges_ms, 0, 300_000, State.UP)) == {Tick.OK}
    assert set(ticks_of(every, edges_ms, 0, None, State.UP)) == {Tick.OK}
