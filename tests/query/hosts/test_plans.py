"""Recipes on the series of a store."""

from pathlib import Path

import pytest

from metricbox.clock import ManualClock
from metricbox.query.hosts.families import RECIPES, Figure, Source
from metricbox.query.hosts.plans import Plans
from tests.support.stores import HOUR_MS, LIMITS, NOW_MS, open_duckdb_store, push

LOAD = next(one for one in RECIPES if one.figure is Figure.LOAD and one.source is Source.NODE)
WINDOW = (NOW_MS - 60_000, NOW_MS + 1)


def test_only_recipes_with_series_are_tried(tmp_path: Path) -> None:
    store = open_duckdb_store(tmp_path, ManualClock(NOW_MS))
    plans = Plans(store)
    assert plans.recipes() == []
    push(store, "node_load1", {"instance": "a"}, [(NOW_MS, 2.0)])
    assert plans.recipes() == [LOAD]
    store.close()


def test_new_series_are_seen_and_only_the_hosts_that_were_asked_for_are_read(tmp_path: Path) -> None:
    store = open_duckdb_store(tmp_path, ManualClock(NOW_MS))
    plans = Plans(store)
    push(store, "node_load1", {"instance": "a"}, [(NOW_MS, 2.0)])
    assert plans.read_now(LOAD, {"a", "b"}, *WINDOW, LIMITS) == {"a": 2.0}
    push(store, "node_load1", {"instance": "b"}, [(NOW_MS, 3.0)])
    assert plans.read_now(LOAD, {"a", "b"}, *WINDOW, LIMITS) == {"a": 2.0, "b": 3.0}
    assert plans.read_now(LOAD, {"b"}, *WINDOW, LIMITS) == {"b": pytest.approx(3.0)}
    assert plans.read_now(LOAD, set(), *WINDOW, LIMITS) == {}
    store.close()


def test_what_agents_dropped_is_counted_by_reason_over_restarts(tmp_path: Path) -> None:
    """B044: a full buffer that drops is told of. What the counter had before the time is not counted again."""
    store = open_duckdb_store(tmp_path, ManualClock(NOW_MS))
    plans = Plans(store)
    assert plans.read_drops(NOW_MS - HOUR_MS, NOW_MS, LIMITS) == {}
    minute = 60_000

    def count(host: str, reason: str, values: list[float]) -> None:
        labels = {"instance": host, "job": "metricbox_agent", "reason": reason}
        times = [NOW_MS - minute * (len(values) - place) for place in range(len(values))]
        push(store, "metricbox_agent_dropped_samples_total", labels, zip(times, values, strict=True))

    count("a", "spool_full", [100, 100, 130, 5])
    count("a", "refused", [0, 0, 2, 2])
    count("b", "refused", [7, 7, 7])
    assert plans.read_drops(NOW_MS - HOUR_MS, NOW_MS, LIMITS) == {"a": {"spool_full": 35, "refused": 2}}
    assert plans.read_drops(NOW_MS - minute, NOW_MS, LIMITS) == {"a": {"spool_full": 5}}
    store.close()


def test_the_version_is_that_of_the_newest_sample(tmp_path: Path) -> None:
    """An agent that was set back to an older version has both series."""
    store = open_duckdb_store(tmp_path, ManualClock(NOW_MS))
    for version, age_ms in (("1.8.0", 0), ("1.9.0", 30_000)):
        push(
            store, "node_exporter_build_info", {"instance": "a", "version": version}, [(NOW_MS - age_ms, 1.0)]
        )
    plans = Plans(store)
    assert plans.read_versions(Source.NODE, {"a"}, *WINDOW, LIMITS) == {"a": "1.8.0"}
    assert plans.read_versions(Source.NODE, {"b"}, *WINDOW, LIMITS) == {}
    assert plans.read_versions(Source.COLLECTD, {"a"}, *WINDOW, LIMITS) == {}
    store.close()
