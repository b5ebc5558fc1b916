"""All samples of a range, in portions that fit the limits."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from metricbox.clock import ManualClock
from metricbox.errors import LimitExceededError
from metricbox.query.export import export_samples
from metricbox.store.contract import Matcher, MatchOp
from metricbox.store.duckdb_backend.store import DuckDBMetricStore
from tests.support.stores import LIMITS, NOW_MS, open_duckdb_store, push

HOSTS = [f"h{number:03}" for number in range(250)]
STAMPS = [NOW_MS - 1000 * step for step in reversed(range(4))]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDBMetricStore]:
    store = open_duckdb_store(tmp_path, ManualClock(NOW_MS))
    for place, host in enumerate(HOSTS):
        push(store, "m", {"host": host}, [(at, float(place)) for at in STAMPS])
    yield store
    store.close()


def named(name: str) -> list[list[Matcher]]:
    return [[Matcher("__name__", MatchOp.EQUAL, name)]]


@pytest.mark.parametrize("max_samples", [5_000_000, 100, 3])
def test_every_sample_comes_once_whatever_a_read_may_hold(store: DuckDBMetricStore, max_samples: int) -> None:
    limits = LIMITS._replace(max_samples=max_samples)
    found: dict[tuple[str, int], float] = {}
    for part in export_samples(store, named("m"), STAMPS[0], NOW_MS + 1, limits):
        for at, value in zip(part.ts_ms.tolist(), part.values.tolist(), strict=True):
            key = part.series.labels["host"], at
            assert key not in found
            found[key] = value
    assert found == {(host, at): float(place) for place, host in enumerate(HOSTS) for at in STAMPS}


def test_a_limit_that_holds_not_one_sample_is_told(store: DuckDBMetricStore) -> None:
    with pytest.raises(LimitExceededError):
        list(export_samples(store, named("m"), STAMPS[0], NOW_MS + 1, LIMITS._replace(max_samples=0)))


def test_an_empty_range_and_an_unknown_metric_have_nothing(store: DuckDBMetricStore) -> None:
    assert list(export_samples(store, named("m"), NOW_MS, NOW_MS, LIMITS)) == []
    assert list(export_samples(store, named("x"), 0, NOW_MS, LIMITS)) == []
