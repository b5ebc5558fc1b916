"""Samples and rollup rows of a store, as the evaluator wants them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from metricbox.clock import ManualClock
from metricbox.errors import LimitExceededError
from metricbox.query.store_source import StoreSource, find_series, runs_of
from metricbox.store.contract import Matcher, MatchOp
from metricbox.store.duckdb_backend.store import DuckDBMetricStore
from metricbox.store.tiers import MINUTE, RAW
from tests.support.stores import LIMITS, NOW_MS, open_duckdb_store, push

MINUTE_MS = 60_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDBMetricStore]:
    store = open_duckdb_store(tmp_path, ManualClock(NOW_MS))
    for name, host in (("a", "x"), ("a", "y"), ("b", "x"), ("c", "z")):
        push(store, name, {"host": host}, [(NOW_MS - minute * MINUTE_MS, 1.0) for minute in range(3)])
    yield store
    store.close()


def named(name: str, op: MatchOp = MatchOp.EQUAL) -> Matcher:
    return Matcher("__name__", op, name)


def on_host(host: str, op: MatchOp = MatchOp.EQUAL) -> Matcher:
    return Matcher("host", op, host)


@pytest.mark.parametrize(
    ("alternatives", "found", "metric"),
    [
        ([[named("a")]], ["ax", "ay"], "a"),
        ([[named("a"), on_host("y")]], ["ay"], "a"),
        ([[named("a|b", MatchOp.REGEX)]], ["ax", "ay", "bx"], None),
        ([[named("a|b", MatchOp.REGEX), named("b", MatchOp.NOT_EQUAL)]], ["ax", "ay"], "a"),
        ([[named("a", MatchOp.NOT_EQUAL), on_host("x")]], ["bx"], None),
        ([[on_host("x")]], ["ax", "bx"], None),
        ([[named("a"), on_host("x")], [named("a")]], ["ax", "ay"], "a"),
        ([[named("a"), on_host("x")], [named("c")]], ["ax", "cz"], None),
        ([[named("nothing")]], [], "nothing"),
        ([[named("a"), named("b")]], [], None),
    ],
)
def test_series_are_found_once_by_any_alternative(
    store: DuckDBMetricStore, alternatives: list[list[Matcher]], found: list[str], metric: str | None
) -> None:
    series, only = find_series(store, alternatives)
    assert sorted(one.name + one.labels["host"] for one in series) == found
    assert only == metric


def test_samples_lie_one_series_after_another_with_both_ends(store: DuckDBMetricStore) -> None:
    source = StoreSource(store, RAW, LIMITS)
    selected = source.select([[named("a")]], NOW_MS - MINUTE_MS, NOW_MS)
    assert selected.labels == [(("__name__", "a"), ("host", "x")), (("__name__", "a"), ("host", "y"))]
    assert selected.offsets.tolist() == [0, 2, 4]
    assert selected.ts_ms.tolist() == [NOW_MS - MINUTE_MS, NOW_MS] * 2
    assert (source.resolution_ms, source.samples_read) == (0, 4)


def test_series_without_samples_are_left_out(store: DuckDBMetricStore) -> None:
    selected = StoreSource(store, RAW, LIMITS).select([[named("a")]], 0, 10)
    assert (list(selected.labels), selected.offsets.tolist()) == ([], [0])


def test_buckets_lie_the_same_way(store: DuckDBMetricStore) -> None:
    source = StoreSource(store, MINUTE, LIMITS)
    buckets = source.select_buckets(((named("a"),),), NOW_MS - MINUTE_MS, NOW_MS)
    assert buckets.offsets.tolist() == [0, 1, 2]
    assert buckets.bucket_ms.tolist() == [NOW_MS - MINUTE_MS] * 2
    assert buckets.columns["counts"].tolist() == [1, 1]
    assert set(buckets.columns) == {"counts", "sums", "mins", "maxs", "firsts", "lasts", "increases"}
    assert source.select_buckets(((named("a"),),), NOW_MS - MINUTE_MS, NOW_MS) is buckets
    assert (source.resolution_ms, source.samples_read) == (MINUTE_MS, 2)


@pytest.mark.parametrize(
    ("ids", "found", "offsets"),
    [([], [], [0]), ([0], [0], [0, 1]), ([3, 3, 3], [3], [0, 3]), ([0, 0, 2, 5, 5], [0, 2, 5], [0, 2, 3, 5])],
)
def test_rows_of_one_series_are_a_run(ids: list[int], found: list[int], offsets: list[int]) -> None:
    runs = runs_of(np.array(ids, np.int64))
    assert (runs[0].tolist(), runs[1].tolist()) == (found, offsets)


def test_all_selectors_of_a_query_count_against_one_limit(store: DuckDBMetricStore) -> None:
    source = StoreSource(store, RAW, LIMITS._replace(max_samples=8))
    source.select([[named("a")]], 0, NOW_MS)
    with pytest.raises(LimitExceededError):
        source.select([[named("b")]], 0, NOW_MS)
