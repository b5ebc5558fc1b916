"""Recipes on the series of a store."""

from pathlib import Path

import pytest

from metricbox.clock import ManualClock
from metricbox.query.hosts.families import RECIPES, Figure, Source
from metricbox.query.hosts.plans import Plans
from tests.support.stores import LIMITS, NOW_MS, open_duckdb_store, push

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
