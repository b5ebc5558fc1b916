"""Queries by name: the same answer from every table, steps, percentiles, local days."""

import itertools
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.clock import ManualClock
from metricbox.errors import LimitExceededError
from metricbox.query import native, types
from metricbox.query.aggregate import Aggregation
from metricbox.query.service import QueryService
from metricbox.query.types import QueryAnswer
from metricbox.store.duckdb_backend.store import DuckDBMetricStore
from metricbox.store.tiers import MINUTE, RAW, TIERS, Tier
from tests.support.query_services import ask, is_close, make_query_service
from tests.support.stores import HOUR_MS, NOW_MS, default_retention_ms, open_duckdb_store, push

MINUTE_MS, DAY_MS = 60_000, 24 * HOUR_MS
EXACT = [Aggregation(one) for one in ("avg", "min", "max", "sum", "count", "last", "increase")]
_numbers = itertools.count()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBMetricStore]:
    """One for all tests; each has metrics of its own."""
    store = open_duckdb_store(tmp_path_factory.mktemp("store"), ManualClock(NOW_MS))
    yield store
    store.close()


@pytest.fixture(scope="module")
def service(store: DuckDBMetricStore) -> Iterator[QueryService]:
    service = make_query_service(store, ManualClock(NOW_MS))
    yield service
    service.close()


@pytest.fixture
def name() -> str:
    return f"n{next(_numbers)}"


def run_job(store: DuckDBMetricStore, name: str) -> None:
    next(job.run for job in store.list_jobs() if job.name == name)()


def ask_tier(service: QueryService, tier: Tier, name: str, start_ms: int, end_ms: int, **rest) -> QueryAnswer:
    """An answer out of this table, whatever the router says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "choose_tier", lambda *_: tier)
        answer = ask(service, name, start_ms, end_ms, **rest)
    assert answer.table == tier.table
    return answer


def cells(answer: QueryAnswer) -> list[tuple[str, dict[str, str], list[float], list[int]]]:
    return [(one.name, dict(one.labels), one.values.tolist(), one.counts.tolist()) for one in answer.series]


# ---- from every table

SAMPLES = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.integers(0, 6 * 60 * 6 - 1).map(lambda ten_s: ten_s * 10_000) | st.integers(0, 6 * HOUR_MS - 1),
        st.integers(-50, 50).map(lambda value: value / 4),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(early=SAMPLES, late=SAMPLES, hours=st.sampled_from([1, 2, 3]), is_grouped=st.booleans())
def test_every_table_gives_the_same_answer(
    store: DuckDBMetricStore,
    service: QueryService,
    early: list[tuple[str, int, float]],
    late: list[tuple[str, int, float]],
    hours: int,
    *,
    is_grouped: bool,
) -> None:
    """Of rows that are materialised, outdated by late data, or live."""
    name, start_ms = f"n{next(_numbers)}", NOW_MS - 7 * HOUR_MS
    for samples, is_refreshed in ((early, True), (late, False)):
        for host, at_ms, value in samples:
            push(store, name, {"host": host}, [(start_ms + at_ms, value)])
        if is_refreshed:
            run_job(store, "rollup")
    for aggregation in EXACT:
        if is_grouped and aggregation is Aggregation.LAST:
            continue  # a rollup does not know which of two series had the last sample of a bucket
        rest = {
            "aggregation": aggregation,
            "step_ms": hours * HOUR_MS,
            "group_by": () if is_grouped else None,
        }
        answers = [ask_tier(service, tier, name, start_ms, NOW_MS, **rest) for tier in TIERS]
        for answer in answers[1:]:
            assert answer.times_ms.tolist() == answers[0].times_ms.tolist()
            for got, raw in zip(cells(answer), cells(answers[0]), strict=True):
                assert got[:2] + got[3:] == raw[:2] + raw[3:], aggregation
                assert all(is_close(one, other) for one, other in zip(got[2], raw[2], strict=True)), (
                    aggregation
                )


def test_an_average_of_averages_is_never_shown(
    store: DuckDBMetricStore, service: QueryService, name: str
) -> None:
    """Of one busy and one quiet minute, and of one busy and one quiet host."""
    start_ms = NOW_MS - 3 * HOUR_MS
    push(store, name, {"host": "a"}, [(start_ms + second * 1_000, 0.0) for second in range(60)])
    push(store, name, {"host": "b"}, [(start_ms + MINUTE_MS, 61.0)])
    for tier in TIERS:
        answer = ask_tier(service, tier, name, start_ms, NOW_MS, step_ms=HOUR_MS, group_by=())
        assert answer.series[0].values.tolist()[0] == 1.0


def test_a_rate_out_of_rollups_has_no_dip_at_its_newest_step(
    store: DuckDBMetricStore, service: QueryService, name: str
) -> None:
    """The last hour has data for half of it."""
    start_ms, end_ms = NOW_MS - 5 * HOUR_MS, NOW_MS - 2 * HOUR_MS
    push(
        store, name, {},
        [(at_ms, (at_ms - start_ms) / 500) for at_ms in range(start_ms, end_ms - HOUR_MS // 2, 30_000)],
    )  # fmt: skip
    for tier in (RAW, MINUTE):
        answer = ask_tier(
            service, tier, name, start_ms, end_ms, step_ms=HOUR_MS, aggregation=Aggregation.RATE
        )
        rates = answer.series[0].values.tolist()
        assert rates == [pytest.approx(2.0, rel=0.02)] * 3, tier


def test_routing_is_told(store: DuckDBMetricStore, service: QueryService, name: str) -> None:
    push(store, name, {}, [(NOW_MS - hours * HOUR_MS - 1, float(hours)) for hours in range(30)])
    expected = [
        (HOUR_MS, None, "metrics_raw", "raw", 15_000),
        (2 * HOUR_MS, None, "metrics_1min", "1m", MINUTE_MS),
        (24 * HOUR_MS, None, "metrics_1min", "1m", 5 * MINUTE_MS),
        (25 * HOUR_MS, None, "metrics_1hour", "1h", HOUR_MS),
        (2 * HOUR_MS, 10_000, "metrics_raw", "raw", 10_000),
        (25 * HOUR_MS, MINUTE_MS, "metrics_1min", "1m", MINUTE_MS),
    ]
    for range_ms, step_ms, table, resolution, shown_ms in expected:
        answer = ask(service, name, NOW_MS - range_ms, NOW_MS, step_ms=step_ms)
        assert (answer.table, answer.resolution, answer.step_ms) == (table, resolution, shown_ms)
        assert len(answer.series) == 1


def test_a_step_finer_than_what_is_kept_is_made_longer(service: QueryService) -> None:
    start_ms = NOW_MS - 40 * DAY_MS
    answer = ask(service, "nothing", start_ms, start_ms + DAY_MS, step_ms=90 * MINUTE_MS)
    assert (answer.table, answer.step_ms) == ("metrics_1hour", 2 * HOUR_MS)
    assert answer.warnings == ["the step is 2h: finer data of that time are not kept any more"]


# ---- percentiles


def test_percentiles_read_the_samples_while_they_are_kept(
    store: DuckDBMetricStore, service: QueryService, name: str
) -> None:
    start_ms = NOW_MS - 30 * HOUR_MS
    push(store, name, {}, [(start_ms + number * 1_000, float(number)) for number in range(101)])
    answer = ask(service, name, start_ms, NOW_MS, step_ms=HOUR_MS, aggregation=Aggregation.P90)
    assert (answer.table, answer.series[0].values[0], list(answer.warnings)) == ("metrics_raw", 90.0, [])


def test_percentiles_of_what_is_not_kept_are_of_means_and_say_so(store: DuckDBMetricStore, name: str) -> None:
    short = make_query_service(
        store, ManualClock(NOW_MS), lambda tier: HOUR_MS if tier.is_raw else default_retention_ms(tier)
    )
    start_ms = NOW_MS - 30 * HOUR_MS
    for minute in range(5):
        push(
            store,
            name,
            {},
            [
                (start_ms + minute * MINUTE_MS, minute + 1.0),
                (start_ms + minute * MINUTE_MS + 1, minute - 1.0),
            ],
        )
    answer = ask(short, name, start_ms, start_ms + 2 * HOUR_MS, step_ms=HOUR_MS, aggregation=Aggregation.P50)
    assert (answer.table, answer.series[0].values[0]) == ("metrics_1min", 2.0)
    assert "the means of 1m buckets" in answer.warnings[0]
    short.close()


# ---- local days


@pytest.mark.parametrize("tier", TIERS)
def test_local_days_over_a_change_of_clocks(
    store: DuckDBMetricStore, service: QueryService, name: str, tier: Tier
) -> None:
    """In Berlin 2026-10-25 has 25 hours: it begins at 22:00 UTC and the next at 23:00."""
    berlin, midnight_ms = ZoneInfo("Europe/Berlin"), 1_792_879_200_000
    push(store, name, {}, [(midnight_ms + hour * HOUR_MS, 1.0) for hour in range(-24, 49)])
    open_ended = make_query_service(store, ManualClock(midnight_ms + 3 * DAY_MS))
    answer = ask_tier(
        open_ended, tier, name, midnight_ms - DAY_MS, midnight_ms + 49 * HOUR_MS,
        step_ms=DAY_MS, timezone=berlin, aggregation=Aggregation.COUNT,
    )  # fmt: skip
    assert answer.times_ms.tolist() == [midnight_ms - DAY_MS, midnight_ms, midnight_ms + 25 * HOUR_MS]
    assert list(answer.warnings) == []
    open_ended.close()


def test_local_days_that_hours_do_not_make_up_are_told(service: QueryService) -> None:
    answer = ask(
        service, "nothing", NOW_MS - 300 * DAY_MS, NOW_MS, step_ms=DAY_MS, timezone=ZoneInfo("Asia/Kolkata")
    )
    assert answer.warnings == ["local days are made of buckets of 1h in UTC"]
    assert all(time_ms % HOUR_MS == 0 for time_ms in answer.times_ms.tolist())


# ---- limits


@pytest.mark.parametrize("range_ms", [HOUR_MS, 12 * HOUR_MS, 48 * HOUR_MS])
def test_an_answer_has_a_largest_size(
    store: DuckDBMetricStore, service: QueryService, name: str, range_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for host in "abc":
        push(store, name, {"host": host}, [(NOW_MS - 1, 1.0)])
    for module in (native, types):
        monkeypatch.setattr(module, "MAX_CELLS", 2 * range_ms // HOUR_MS)
    with pytest.raises(LimitExceededError, match="use a longer step"):
        ask(service, name, NOW_MS - range_ms, NOW_MS, step_ms=HOUR_MS)
    assert len(ask(service, name, NOW_MS - range_ms, NOW_MS, step_ms=HOUR_MS, group_by=()).series) == 1
