"""What an expression needs, and which table it is answered from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from metricbox.clock import ManualClock
from metricbox.errors import ValidationError
from metricbox.query.expressions import Needs, check_steps, needs_of
from metricbox.query.promql.nodes import MatrixSelector
from metricbox.query.promql.parse import parse
from metricbox.query.service import QueryService
from metricbox.store.duckdb_backend.store import DuckDBMetricStore
from tests.support.query_services import ask, is_close, make_query_service, values_of
from tests.support.stores import HOUR_MS, NOW_MS, open_duckdb_store, push

MINUTE_MS, DAY_MS = 60_000, 24 * HOUR_MS
LOOKBACK_MS = 5 * MINUTE_MS


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDBMetricStore]:
    store = open_duckdb_store(tmp_path, ManualClock(NOW_MS))
    yield store
    store.close()


@pytest.fixture
def service(store: DuckDBMetricStore) -> Iterator[QueryService]:
    service = make_query_service(store, ManualClock(NOW_MS))
    yield service
    service.close()


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("1", Needs(0, looks_back_only=True)),
        ("time()", Needs(0, looks_back_only=True)),
        ("a", Needs(LOOKBACK_MS, looks_back_only=True)),
        ("a offset 1h", Needs(HOUR_MS + LOOKBACK_MS, looks_back_only=True)),
        ("a offset -1h", Needs(LOOKBACK_MS, looks_back_only=False)),
        ("a @ 5", Needs(LOOKBACK_MS, looks_back_only=False)),
        ("a @ end()", Needs(LOOKBACK_MS, looks_back_only=False, uses_bounds=True)),
        ("rate(a[1h])", Needs(HOUR_MS, looks_back_only=True)),
        ("rate(a[1h] offset 1h)", Needs(2 * HOUR_MS, looks_back_only=True)),
        ("quantile_over_time(0.5, a[1h])", Needs(HOUR_MS, looks_back_only=True, only_raw=True)),
        ("max_over_time(rate(a[5m])[1h:1m])", Needs(HOUR_MS + LOOKBACK_MS, looks_back_only=True)),
        ("max_over_time(a[1h:1m] offset -1m)", Needs(HOUR_MS + LOOKBACK_MS, looks_back_only=False)),
        ("max_over_time((a @ start())[1h:1m])", Needs(HOUR_MS + LOOKBACK_MS, looks_back_only=False, uses_bounds=True)),
        ("-a + sum(b offset 1h)", Needs(HOUR_MS + LOOKBACK_MS, looks_back_only=True)),
        ("topk(scalar(a @ 5), b)", Needs(LOOKBACK_MS, looks_back_only=False)),
        ("a and changes(b[1m])", Needs(LOOKBACK_MS, looks_back_only=True, only_raw=True)),
    ],
)  # fmt: skip
def test_needs(text: str, needs: Needs) -> None:
    assert needs_of(parse(text)) == needs


def table(
    service: QueryService, text: str, range_ms: int, ago_ms: int = 0, step_ms: int | None = None
) -> str:
    end_ms = NOW_MS - ago_ms
    return ask(service, text, end_ms - range_ms, end_ms, step_ms=step_ms).table


def test_the_range_decides_which_table_is_read(service: QueryService) -> None:
    assert table(service, "a + 1", HOUR_MS) == "metrics_raw"
    assert table(service, "a + 1", 2 * HOUR_MS) == "metrics_1min"
    assert table(service, "rate(a[5m])", 25 * HOUR_MS) == "metrics_1hour"
    assert table(service, "rate(a[5m])", 25 * HOUR_MS, step_ms=MINUTE_MS) == "metrics_1min"


def test_how_far_it_looks_back_counts(service: QueryService) -> None:
    """What raw does not hold any more is read from a rollup, however short the range."""
    assert table(service, "a offset 6d", HOUR_MS) == "metrics_raw"
    assert table(service, "a offset 8d", HOUR_MS) == "metrics_1min"
    assert table(service, "a - a offset 40d", HOUR_MS) == "metrics_1hour"
    assert table(service, "avg_over_time(a[20d])", HOUR_MS) == "metrics_1min"


def test_what_a_rollup_answers_only_about_reads_the_samples(service: QueryService) -> None:
    assert table(service, "quantile_over_time(0.5, a[5m])", 48 * HOUR_MS) == "metrics_raw"
    assert table(service, "quantile_over_time(0.5, a[5m])", HOUR_MS, ago_ms=10 * DAY_MS) == "metrics_1min"


@pytest.mark.parametrize(
    "function",
    ["increase", *(f"{one}_over_time" for one in ("avg", "sum", "count", "min", "max", "last"))],
)
def test_rollups_answer_range_functions_as_raw_does(
    store: DuckDBMetricStore, service: QueryService, function: str
) -> None:
    """Windows of whole buckets; the end of a window belongs to raw alone, so the samples lie beside it."""
    start_ms = NOW_MS - 3 * HOUR_MS
    push(
        store,
        "a",
        {},
        [(at_ms + 15_000, (at_ms * 7 // 30_000) % 101) for at_ms in range(start_ms, NOW_MS, 30_000)],
    )
    text = f"{function}(a[10m])"
    question = {"start_ms": NOW_MS - 2 * HOUR_MS, "end_ms": NOW_MS, "step_ms": 10 * MINUTE_MS}
    rolled = ask(service, text, **question)
    assert rolled.table == "metrics_1min"
    raw = ask(service, f"{text} + 0 * quantile_over_time(0, a[10m])", **question)
    assert raw.table == "metrics_raw"
    (got,), (wanted,) = values_of(rolled).values(), values_of(raw).values()
    if function == "increase":
        # Raw extrapolates to the ends of the window; a rollup counts what grew.
        assert all(one is not None and one >= 0 for one in got)
        return
    assert all(
        one is not None and other is not None and is_close(one, other)
        for one, other in zip(got, wanted, strict=True)
    )


def test_a_string_is_no_answer_of_a_range(service: QueryService) -> None:
    with pytest.raises(ValidationError, match="invalid expression type"):
        ask(service, '"x"', NOW_MS - HOUR_MS, NOW_MS)


def test_an_instant_may_be_a_range_vector() -> None:
    assert isinstance(parse("a[5m]"), MatrixSelector)


def test_steps_are_bounded_in_the_words_of_prometheus() -> None:
    check_steps(0, 10_999, 1, 11_000)
    with pytest.raises(ValidationError, match="exceeded maximum resolution of 11,000 points per timeseries"):
        check_steps(0, 11_000, 1, 11_000)
