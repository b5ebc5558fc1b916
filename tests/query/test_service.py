"""Queries end to end on a real store: from a request in plain types to columns."""

import dataclasses
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from metricbox.clock import ManualClock
from metricbox.errors import LimitExceededError, ValidationError
from metricbox.model import STALE_MARKER
from metricbox.query import native, types
from metricbox.query.aggregate import Aggregation
from metricbox.query.service import QueryService
from metricbox.query.types import Query, QueryAnswer
from metricbox.selfmetrics import SelfMetrics
from metricbox.settings import Settings
from metricbox.store.contract import Matcher, MatchOp
from metricbox.store.duckdb_backend.store import DuckDBMetricStore
from tests.support.stores import HOUR_MS, NOW_MS, batch, key, open_duckdb_store, push

MINUTE_MS = 60_000
START_MS = NOW_MS - HOUR_MS
Ask = Callable[..., QueryAnswer]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW_MS)


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[DuckDBMetricStore]:
    store = open_duckdb_store(tmp_path, clock)
    yield store
    store.close()


@pytest.fixture
def metrics() -> SelfMetrics:
    return SelfMetrics()


@pytest.fixture
def make_service(
    store: DuckDBMetricStore, clock: ManualClock, metrics: SelfMetrics
) -> Iterator[Callable[..., QueryService]]:
    made: list[QueryService] = []

    def make(**settings: int) -> QueryService:
        made.append(
            QueryService(
                store,
                clock,
                dataclasses.replace(Settings(), **settings),
                metrics,
                lambda tier: tier.default_retention_ms,
            )
        )
        return made[-1]

    yield make
    for service in made:
        service.close()


@pytest.fixture
def ask(make_service: Callable[..., QueryService]) -> Ask:
    service = make_service()

    def ask(name: str = "cpu", start_ms: int = START_MS, end_ms: int = NOW_MS, **rest) -> QueryAnswer:
        return service.run_blocking(Query(text=name, start_ms=start_ms, end_ms=end_ms, **rest))

    return ask


def equal(**labels: str) -> list[Matcher]:
    return [Matcher(label, MatchOp.EQUAL, value) for label, value in labels.items()]


def values(answer: QueryAnswer) -> list[list[float | None]]:
    return [[None if math.isnan(one) else one for one in series.values.tolist()] for series in answer.series]


def labels(answer: QueryAnswer) -> list[dict[str, str]]:
    return [dict(series.labels) for series in answer.series]


def fill_hosts(store: DuckDBMetricStore) -> None:
    """Four series of three samples in one minute, values 1 to 12."""
    number = 0
    for host, dc in (("a", "x"), ("b", "x"), ("c", "y"), ("d", "")):
        samples = [(START_MS + second * 1_000, float(number + second + 1)) for second in range(3)]
        push(store, "cpu", {"host": host, "dc": dc}, samples)
        number += 3


MINUTE = {"start_ms": START_MS, "end_ms": START_MS + MINUTE_MS, "step_ms": MINUTE_MS}


# ---- grouping


def test_without_group_by_every_series_stays_itself(store: DuckDBMetricStore, ask: Ask) -> None:
    fill_hosts(store)
    answer = ask(**MINUTE)
    assert labels(answer) == [
        {"dc": "x", "host": "a"}, {"dc": "x", "host": "b"}, {"dc": "y", "host": "c"}, {"host": "d"},
    ]  # fmt: skip
    assert values(answer) == [[2.0], [5.0], [8.0], [11.0]]
    assert [series.counts.tolist() for series in answer.series] == [[3]] * 4
    assert (answer.table, answer.resolution, answer.samples_read) == ("metrics_raw", "raw", 12)


def test_an_empty_group_by_joins_all(store: DuckDBMetricStore, ask: Ask) -> None:
    """Trap B067: over all samples, not over averages."""
    fill_hosts(store)
    push(store, "cpu", {"host": "a", "dc": "x"}, [(START_MS + 10_000, 100.0)])
    answer = ask(**MINUTE, group_by=())
    assert labels(answer) == [{}]
    assert values(answer) == [[(78 + 100) / 13]]
    assert (answer.series_total, answer.series[0].counts.tolist()) == (1, [13])


def test_group_by_joins_series_that_agree_in_the_named_tags(store: DuckDBMetricStore, ask: Ask) -> None:
    """A series without the tag belongs to a group of its own."""
    fill_hosts(store)
    answer = ask(**MINUTE, group_by=("dc",), aggregation=Aggregation.SUM)
    assert labels(answer) == [{}, {"dc": "x"}, {"dc": "y"}]
    assert values(answer) == [[33.0], [21.0], [24.0]]


def test_group_by_of_two_names_and_of_an_unknown_one(store: DuckDBMetricStore, ask: Ask) -> None:
    fill_hosts(store)
    assert len(ask(**MINUTE, group_by=("dc", "host")).series) == 4
    assert labels(ask(**MINUTE, group_by=("nothing",))) == [{}]


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [
        (Aggregation.MIN, 1.0),
        (Aggregation.MAX, 12.0),
        (Aggregation.COUNT, 12.0),
        (Aggregation.LAST, 12.0),
        (Aggregation.P50, 6.5),
        (Aggregation.INCREASE, 8.0),
    ],
)
def test_aggregations_join_a_group(
    store: DuckDBMetricStore, ask: Ask, aggregation: Aggregation, expected: float
) -> None:
    fill_hosts(store)
    assert values(ask(**MINUTE, group_by=(), aggregation=aggregation)) == [[expected]]


def test_a_counter_keeps_its_rate_from_the_sample_before_the_range(
    store: DuckDBMetricStore, ask: Ask
) -> None:
    push(store, "cpu", {}, [(START_MS - 10_000 + n * 10_000, n * 20.0) for n in range(13)])
    answer = ask(
        start_ms=START_MS, end_ms=START_MS + 2 * MINUTE_MS, step_ms=MINUTE_MS, aggregation=Aggregation.RATE
    )
    assert values(answer) == [[2.0, 2.0]]


# ---- choosing


@pytest.mark.parametrize(
    ("matchers", "hosts"),
    [
        (equal(dc="x"), ["a", "b"]),
        (equal(dc="x", host="b"), ["b"]),
        (equal(dc=""), ["d"]),
        ([Matcher("host", MatchOp.REGEX, "a|c")], ["a", "c"]),
        ([Matcher("dc", MatchOp.NOT_EQUAL, "x")], ["c", "d"]),
        (equal(dc="none"), []),
    ],
)
def test_tags_choose_series(
    store: DuckDBMetricStore, ask: Ask, matchers: list[Matcher], hosts: list[str]
) -> None:
    fill_hosts(store)
    assert [one["host"] for one in labels(ask(**MINUTE, matchers=matchers))] == hosts


def test_an_unknown_metric_is_an_empty_answer(ask: Ask) -> None:
    answer = ask("no_such_metric", step_ms=MINUTE_MS)
    assert (list(answer.series), answer.series_total, answer.is_truncated) == ([], 0, False)
    assert len(answer.times_ms) == 60


def test_series_without_a_sample_in_the_range_are_not_in_the_answer(
    store: DuckDBMetricStore, ask: Ask
) -> None:
    push(store, "cpu", {"host": "old"}, [(START_MS - HOUR_MS, 1.0)])
    push(store, "cpu", {"host": "new"}, [(START_MS, 1.0)])
    answer = ask(step_ms=MINUTE_MS)
    assert labels(answer) == [{"host": "new"}]
    assert answer.series_total == 1


def test_ended_series_do_not_crowd_out_living_ones(
    store: DuckDBMetricStore, make_service: Callable[..., QueryService]
) -> None:
    """The cut to the limit comes after reading."""
    for host in ("a", "b", "c"):
        push(store, "cpu", {"host": host}, [(START_MS - HOUR_MS, 1.0)])
    push(store, "cpu", {"host": "z"}, [(START_MS, 1.0)])
    query = Query(text="cpu", start_ms=START_MS, end_ms=NOW_MS, max_series=1)
    answer = make_service().run_blocking(query)
    assert labels(answer) == [{"host": "z"}]
    assert not answer.is_truncated


def test_a_stale_marker_is_no_value(store: DuckDBMetricStore, ask: Ask) -> None:
    push(store, "cpu", {}, [(START_MS, 1.0), (START_MS + MINUTE_MS, STALE_MARKER)])
    answer = ask(start_ms=START_MS, end_ms=START_MS + 2 * MINUTE_MS, step_ms=MINUTE_MS)
    assert values(answer) == [[1.0, None]]
    assert answer.series[0].counts.tolist() == [1, 0]


# ---- the cap on series


def fill_many(store: DuckDBMetricStore, count: int) -> None:
    ids = store.register_series([key("many", n=f"{number:05}") for number in range(count)])
    store.submit(batch([(int(one), START_MS, float(one)) for one in ids])).result(20)


def test_more_series_than_the_cap_are_cut_and_told(store: DuckDBMetricStore, ask: Ask) -> None:
    """Trap B133: 200 of 30 000, and the same 200 each time."""
    fill_many(store, 3_000)
    answer = ask("many", step_ms=HOUR_MS)
    assert (len(answer.series), answer.series_total, answer.is_truncated) == (200, 3_000, True)
    assert labels(answer) == [{"n": f"{number:05}"} for number in range(200)]
    assert "200 of 3000 series are shown" in answer.warnings[0]


def test_the_query_and_the_setting_move_the_cap(
    store: DuckDBMetricStore, ask: Ask, make_service: Callable[..., QueryService]
) -> None:
    fill_many(store, 30)
    assert len(ask("many", max_series=7).series) == 7
    whole = ask("many", max_series=30)
    assert (len(whole.series), whole.is_truncated, list(whole.warnings)) == (30, False, [])
    query = Query(text="many", start_ms=START_MS, end_ms=NOW_MS)
    assert len(make_service(query_max_series=5).run_blocking(query).series) == 5


def test_groups_count_as_series(store: DuckDBMetricStore, ask: Ask) -> None:
    fill_many(store, 300)
    answer = ask("many", group_by=())
    assert (len(answer.series), answer.series_total, answer.is_truncated) == (1, 1, False)
    assert ask("many", group_by=("n",)).series_total == 300


# ---- steps


def test_an_automatic_step_gives_about_300_points(store: DuckDBMetricStore, ask: Ask) -> None:
    push(store, "cpu", {}, [(START_MS, 1.0)])
    for range_ms, step_ms in ((5 * MINUTE_MS, 1_000), (HOUR_MS, 15_000), (24 * HOUR_MS, 300_000)):
        answer = ask(start_ms=NOW_MS - range_ms, end_ms=NOW_MS)
        assert answer.step_ms == step_ms
        assert len(answer.times_ms) <= 301


def test_an_automatic_step_follows_the_interval_of_the_data(store: DuckDBMetricStore, ask: Ask) -> None:
    """Decision 0004: no dotted line of nine empty steps and one full."""
    push(store, "cpu", {}, [(NOW_MS - offset * 10_000, 1.0) for offset in range(31, 0, -1)])
    answer = ask(start_ms=NOW_MS - 5 * MINUTE_MS, end_ms=NOW_MS)
    assert answer.step_ms == 10_000
    assert values(answer) == [[1.0] * 30]


def test_few_samples_do_not_move_the_step(store: DuckDBMetricStore, ask: Ask) -> None:
    push(store, "cpu", {}, [(NOW_MS - offset * 10_000, 1.0) for offset in range(3, 0, -1)])
    assert ask(start_ms=NOW_MS - 5 * MINUTE_MS, end_ms=NOW_MS).step_ms == 1_000


def test_an_explicit_step_is_kept(store: DuckDBMetricStore, ask: Ask) -> None:
    push(store, "cpu", {}, [(NOW_MS - offset * 10_000, 1.0) for offset in range(31, 0, -1)])
    answer = ask(start_ms=NOW_MS - 5 * MINUTE_MS, end_ms=NOW_MS, step_ms=3_000)
    assert answer.step_ms == 3_000
    assert set(answer.times_ms.tolist()) == set(range(NOW_MS - 5 * MINUTE_MS, NOW_MS, 3_000))


def test_asking_again_later_changes_nothing_of_the_past(store: DuckDBMetricStore, ask: Ask) -> None:
    """Trap B086: the same hour, asked 7 s apart."""
    push(store, "cpu", {}, [(START_MS + second * 1_000, second % 17) for second in range(3_600)])
    seen: dict[int, float] = {}
    for late_ms in (0, 7_000, 14_000, 21_000):
        answer = ask(start_ms=START_MS + late_ms, end_ms=NOW_MS + late_ms)
        assert all(time_ms % answer.step_ms == 0 for time_ms in answer.times_ms.tolist())
        # The newest steps still grow; all before them are final.
        points = list(zip(answer.times_ms.tolist(), answer.series[0].values.tolist(), strict=True))
        for time_ms, value in points:
            if time_ms + answer.step_ms <= NOW_MS and time_ms >= START_MS + 21_000:
                assert seen.setdefault(time_ms, value) == value
    assert len(seen) > 200


def test_the_step_that_holds_the_start_is_in_the_answer(store: DuckDBMetricStore, ask: Ask) -> None:
    push(store, "cpu", {}, [(START_MS + 1_000, 1.0), (START_MS + MINUTE_MS, 2.0)])
    answer = ask(start_ms=START_MS + 30_000, end_ms=START_MS + MINUTE_MS + 1, step_ms=MINUTE_MS)
    assert answer.times_ms.tolist() == [START_MS, START_MS + MINUTE_MS]
    assert values(answer) == [[1.0, 2.0]]


def test_the_end_is_not_in_the_range(store: DuckDBMetricStore, ask: Ask) -> None:
    push(store, "cpu", {}, [(START_MS, 1.0), (START_MS + MINUTE_MS, 2.0)])
    assert values(ask(**MINUTE)) == [[1.0]]


def test_days_are_local_days_in_a_time_zone(store: DuckDBMetricStore, ask: Ask) -> None:
    push(store, "cpu", {}, [(NOW_MS - 11 * HOUR_MS - 1, 1.0), (NOW_MS - 11 * HOUR_MS, 2.0)])
    answer = ask(start_ms=NOW_MS - 24 * HOUR_MS, step_ms=24 * HOUR_MS, timezone=ZoneInfo("Europe/Berlin"))
    assert answer.times_ms.tolist() == [NOW_MS - 35 * HOUR_MS, NOW_MS - 11 * HOUR_MS]
    assert values(answer) == [[1.0, 2.0]]


# ---- limits and faults


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "a b"}, "query"),
        ({"name": "cpu[5m]"}, "query"),
        ({"name": "rate(cpu)"}, "query"),
        ({"name": "cpu * 2", "aggregation": Aggregation.AVG}, "aggregation"),
        ({"name": "cpu * 2", "matchers": [Matcher("a", MatchOp.EQUAL, "b")]}, "tags"),
        ({"name": "cpu * 2", "group_by": ()}, "groupBy"),
        ({"name": ""}, "query"),
        ({"start_ms": NOW_MS}, "start"),
        ({"start_ms": NOW_MS + 1}, "start"),
        ({"step_ms": 999}, "step"),
    ],
)
def test_faults_name_their_field(ask: Ask, change: dict, field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ask(**change)
    assert [detail.field for detail in caught.value.details] == [field]


def test_too_many_points_are_refused_with_a_step_that_works(ask: Ask) -> None:
    with pytest.raises(LimitExceededError, match="use a step of"):
        ask(start_ms=NOW_MS - 24 * HOUR_MS, step_ms=1_000)


def test_the_sample_budget_is_a_limit(
    store: DuckDBMetricStore, make_service: Callable[..., QueryService]
) -> None:
    push(store, "cpu", {}, [(START_MS + offset, 1.0) for offset in range(11)])
    query = Query(text="cpu", start_ms=START_MS, end_ms=NOW_MS)
    with pytest.raises(LimitExceededError, match="more than 10 samples"):
        make_service(query_max_samples=10).run_blocking(query)
    assert make_service(query_max_samples=11).run_blocking(query).samples_read == 11


def test_a_bad_pattern_is_the_askers_fault(store: DuckDBMetricStore, ask: Ask) -> None:
    fill_hosts(store)
    with pytest.raises(ValidationError, match="not a regular expression"):
        ask(matchers=[Matcher("host", MatchOp.REGEX, "(")])


def test_the_size_of_an_answer_is_bounded(
    store: DuckDBMetricStore, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_hosts(store)
    for module in (native, types):
        monkeypatch.setattr(module, "MAX_CELLS", 200)
    with pytest.raises(LimitExceededError, match="would hold 240 values"):
        ask(step_ms=MINUTE_MS)
    answer = ask(step_ms=MINUTE_MS, max_series=3)
    assert (len(answer.series), answer.series_total, answer.is_truncated) == (3, 4, True)
    assert len(ask(step_ms=MINUTE_MS, group_by=()).series) == 1


async def test_queries_run_off_the_event_loop_and_are_counted(
    store: DuckDBMetricStore, make_service: Callable[..., QueryService], metrics: SelfMetrics
) -> None:
    fill_hosts(store)
    service = make_service()
    answer = await service.run(Query(text="cpu", start_ms=START_MS, end_ms=NOW_MS))
    with pytest.raises(ValidationError):
        await service.run(Query(text="", start_ms=START_MS, end_ms=NOW_MS))
    assert answer.series_total == 4
    assert metrics.registry.get_sample_value("metricbox_query_seconds_count") == 2


# ---- what a text means


def test_a_dash_is_part_of_a_name_that_exists_and_a_minus_otherwise(
    store: DuckDBMetricStore, ask: Ask
) -> None:
    push(store, "a", {}, [(START_MS, 7.0)])
    push(store, "b", {}, [(START_MS, 2.0)])
    assert values(ask("a-b", **MINUTE)) == [[5.0]]
    push(store, "a-b", {}, [(START_MS, 100.0)])
    assert values(ask("a-b", **MINUTE)) == [[100.0]]
    assert values(ask("a - b", **MINUTE)) == [[5.0]]


@pytest.mark.parametrize("name", ["system.cpu.user", "a.b-c/d", "sum", "x" * 255])
def test_any_name_of_a_metric_is_a_query(store: DuckDBMetricStore, ask: Ask, name: str) -> None:
    push(store, name, {"a": "b"}, [(START_MS, 7.0)])
    assert [(one.name, dict(one.labels)) for one in ask(name, **MINUTE).series] == [(name, {"a": "b"})]


def test_a_plain_selector_is_answered_as_its_name_is(store: DuckDBMetricStore, ask: Ask) -> None:
    fill_hosts(store)
    for text in ('cpu{dc="x"}', '{__name__="cpu",dc="x"}', '{"cpu","dc"="x"}'):
        answer = ask(text, **MINUTE, aggregation=Aggregation.SUM, group_by=())
        assert values(answer) == [[21.0]]
    assert values(ask('cpu{dc="x"}', **MINUTE, matchers=equal(host="b"))) == [[5.0]]


def test_labels_of_any_kind_choose_series(store: DuckDBMetricStore, ask: Ask) -> None:
    """Trap B100; and names with dots, as OpenTelemetry has them."""
    push(store, "cpu", {"město": "Žďár 🚀", "host.name": "a"}, [(START_MS, 1.0)])
    push(store, "cpu", {"město": "Brno", "host.name": "b"}, [(START_MS, 2.0)])
    for text in (
        'cpu{"město"="Žďár 🚀"}',
        'cpu{"město"=~"Ž.*"} + 0',
        'cpu{host.name="a"}',
        'cpu{host.name!="b"} + 0',
    ):
        assert values(ask(text, **MINUTE)) == [[1.0]], text
    assert labels(ask("sum by (host.name) (cpu)", **MINUTE)) == [{"host.name": "a"}, {"host.name": "b"}]


def test_expressions_are_evaluated_at_the_starts_of_steps(store: DuckDBMetricStore, ask: Ask) -> None:
    push(store, "cpu", {}, [(START_MS, 1.0), (START_MS + 30_000, 5.0), (START_MS + MINUTE_MS, 3.0)])
    answer = ask("cpu * 2", START_MS, START_MS + 2 * MINUTE_MS, step_ms=MINUTE_MS)
    assert answer.times_ms.tolist() == [START_MS, START_MS + MINUTE_MS]
    assert values(answer) == [[2.0, 6.0]]
    assert answer.series[0].name == ""


def test_series_of_an_expression_are_cut_in_the_order_of_their_labels(
    store: DuckDBMetricStore, ask: Ask
) -> None:
    fill_many(store, 30)
    answer = ask("many + 1", max_series=3)
    assert labels(answer) == [{"n": f"{number:05}"} for number in range(3)]
    assert (answer.series_total, answer.is_truncated) == (30, True)
