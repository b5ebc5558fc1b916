"""A query ends between its nodes when its time is over, or when nobody waits for it."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from metricbox.clock import ManualClock
from metricbox.errors import QueryTimeoutError
from metricbox.query.expressions import Expressions
from metricbox.query.promql.evaluate import Evaluation
from metricbox.query.promql.parse import parse
from metricbox.query.store_source import StoreSource
from metricbox.store.contract import Cancellation, ReadLimits
from metricbox.store.duckdb_backend.store import DuckDBMetricStore
from metricbox.store.tiers import RAW, Tier
from tests.support.query_services import make_query_service
from tests.support.stores import LIMITS, NOW_MS, open_duckdb_store, push


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDBMetricStore]:
    store = open_duckdb_store(tmp_path, ManualClock(NOW_MS))
    for name in ("a", "b"):
        push(store, name, {}, [(NOW_MS - 1000, 1.0)])
    yield store
    store.close()


def test_the_time_of_a_query_ends(store: DuckDBMetricStore) -> None:
    source = StoreSource(store, RAW, LIMITS._replace(timeout_s=0.05))
    source.check()
    time.sleep(0.06)
    with pytest.raises(QueryTimeoutError, match=r"longer than its limit of 0\.05 s"):
        source.check()


def test_a_query_that_nobody_waits_for_is_not_evaluated_further(store: DuckDBMetricStore) -> None:
    cancellation = Cancellation()
    source = StoreSource(store, RAW, LIMITS._replace(cancellation=cancellation))
    calls: list[int] = []

    def check() -> None:
        calls.append(source.samples_read)
        if len(calls) == 3:
            cancellation.cancel()
        source.check()

    evaluation = Evaluation(source, np.array([NOW_MS], np.int64), check=check)
    with pytest.raises(QueryTimeoutError, match="nobody waits"):
        evaluation.run(parse("a + b"))
    # Before the +, before a, and before b.
    assert len(calls) == 3
    assert source.samples_read == 1


def test_a_query_out_of_time_is_not_tried_on_a_smaller_table(
    store: DuckDBMetricStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiers = []

    def run_instant(
        _self: Expressions, _node: object, _time_ms: int, tier: Tier, limits: ReadLimits, _shared: object
    ) -> None:
        tiers.append(tier)
        raise QueryTimeoutError.after(limits.timeout_s)

    monkeypatch.setattr(Expressions, "run_instant", run_instant)
    service = make_query_service(store, ManualClock(NOW_MS))
    with pytest.raises(QueryTimeoutError):
        asyncio.run(service.run_instant("a", NOW_MS))
    service.close()
    assert tiers == [RAW]
