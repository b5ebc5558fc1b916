"""Query services on one store, for tests that compare what they answer."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

from metricbox.clock import ManualClock
from metricbox.query.service import QueryService
from metricbox.query.types import Query, QueryAnswer
from metricbox.selfmetrics import SelfMetrics
from metricbox.settings import Settings
from metricbox.store.contract import MetricStore
from metricbox.store.tiers import Tier
from tests.support.stores import default_retention_ms

SeriesKey = tuple[tuple[str, str], ...]


def make_query_service(
    store: MetricStore,
    clock: ManualClock,
    retention_ms: Callable[[Tier], int] = default_retention_ms,
    **settings: int,
) -> QueryService:
    changed = dataclasses.replace(Settings(), **settings)
    return QueryService(store, clock, changed, SelfMetrics(), retention_ms)


def ask(service: QueryService, text: str, start_ms: int, end_ms: int, **rest: Any) -> QueryAnswer:
    return service.run_blocking(Query(text=text, start_ms=start_ms, end_ms=end_ms, **rest))


def values_of(answer: QueryAnswer) -> dict[SeriesKey, list[float | None]]:
    """Labels, the name among them, -> values."""
    return {
        (("__name__", one.name), *sorted(one.labels.items())): [
            None if math.isnan(value) else value for value in one.values.tolist()
        ]
        for one in answer.series
    }


def assert_same_answer(got: QueryAnswer, expected: QueryAnswer) -> None:
    """But for how it came about."""
    assert got.times_ms.tolist() == expected.times_ms.tolist()
    assert (got.table, got.step_ms, got.series_total) == (
        expected.table,
        expected.step_ms,
        expected.series_total,
    )
    assert set(got.warnings) == set(expected.warnings)
    assert [(one.name, one.labels) for one in got.series] == [
        (one.name, one.labels) for one in expected.series
    ]
    for one, other in zip(got.series, expected.series, strict=True):
        assert one.counts.tolist() == other.counts.tolist(), one.labels
        for value, wanted in zip(one.values.tolist(), other.values.tolist(), strict=True):
            assert is_close(value, wanted), (one.labels, one.values, other.values)


def is_close(value: float, wanted: float) -> bool:
    """Sums are rounded in the order in which they are added up."""
    if math.isnan(value) or math.isnan(wanted):
        return math.isnan(value) and math.isnan(wanted)
    return math.isclose(value, wanted, rel_tol=1e-9, abs_tol=1e-6)
