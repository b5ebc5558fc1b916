"""What is read once a minute: the hours of the last day, and trends."""

from pathlib import Path

import pytest

from metricbox.clock import ManualClock
from metricbox.query.hosts.families import Figure
from metricbox.query.hosts.past import FRESH_S, PastReader
from metricbox.query.hosts.plans import Plans
from tests.support.stores import HOUR_MS, LIMITS, NOW_MS, open_duckdb_store, push


def test_hours_are_counted_by_the_series_that_has_most_and_kept_for_a_minute(tmp_path: Path) -> None:
    clock = ManualClock(NOW_MS + 1)
    store = open_duckdb_store(tmp_path, clock)
    steady = push(store, "a", {"host": "x"}, [(NOW_MS - 2 * HOUR_MS + 600_000 * n, 1.0) for n in range(12)])
    rare = push(store, "b", {"host": "x"}, [(NOW_MS - 1, 1.0)])
    reader = PastReader(store, clock, LIMITS, Plans(store))
    past = reader.read([[rare, steady], []], NOW_MS + 1)
    assert past.counts[0, -4:].tolist() == [0, 6, 6, 0]
    assert past.counts[1].sum() == 0
    assert past.beats == {}
    push(store, "a", {"host": "x"}, [(NOW_MS - 60_000, 1.0)])
    assert reader.read([[rare, steady], []], NOW_MS + 1) is past
    clock.advance_ms(int(FRESH_S * 1000))
    assert reader.read([[rare, steady], []], NOW_MS + 1).counts[0, -4:].tolist() == [0, 6, 7, 0]
    # Other series than before are another question.
    assert reader.read([[rare]], NOW_MS + 1).counts.tolist()[0][-4:] == [0, 0, 1, 0]
    store.close()


def test_the_recipe_that_knows_better_makes_the_trend(tmp_path: Path) -> None:
    clock = ManualClock(NOW_MS + 1)
    store = open_duckdb_store(tmp_path, clock)
    push(store, "metricbox_host_memory_used_ratio", {"instance": "x"}, [(NOW_MS - 1, 0.25)])
    for host in ("x", "y"):
        push(store, "node_memory_MemTotal_bytes", {"instance": host}, [(NOW_MS - 1, 100.0)])
        push(store, "node_memory_MemAvailable_bytes", {"instance": host}, [(NOW_MS - 1, 90.0)])
    trends = PastReader(store, clock, LIMITS, Plans(store)).read([], NOW_MS + 1).trends
    last = {host: values.tolist()[-2] for host, values in trends[Figure.MEMORY].items()}
    assert last == {"x": pytest.approx(25), "y": pytest.approx(10)}
    assert trends[Figure.CPU] == {}
    store.close()
