"""An answer out of the cache is the one that would be computed now, whatever was written in between."""

import itertools
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.clock import ManualClock
from metricbox.errors import LimitExceededError
from metricbox.model import STALE_MARKER
from metricbox.query.aggregate import Aggregation
from metricbox.query.service import QueryService
from metricbox.query.types import Query
from metricbox.store import write_log
from metricbox.store.contract import Matcher, MatchOp
from metricbox.store.duckdb_backend.store import DuckDBMetricStore
from tests.support.query_services import ask, assert_same_answer, make_query_service, values_of
from tests.support.stores import HOUR_MS, LIMITS, NOW_MS, open_duckdb_store, push

MINUTE_MS = 60_000
START_MS = NOW_MS - HOUR_MS
DAY_MS = 24 * HOUR_MS
_numbers = itertools.count()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBMetricStore]:
    """One for all tests; each has metrics of its own."""
    with pytest.MonkeyPatch.context() as patch:
        # Every commit is told apart, so that what must hold can be told from what may be lost.
        patch.setattr(write_log, "_SPAN_S", 0.0)
        store = open_duckdb_store(tmp_path_factory.mktemp("store"), ManualClock(NOW_MS))
        yield store
        store.close()


@pytest.fixture(scope="module")
def service(store: DuckDBMetricStore) -> Iterator[QueryService]:
    service = make_query_service(store, ManualClock(NOW_MS))
    yield service
    service.close()


@pytest.fixture(scope="module")
def fresh(store: DuckDBMetricStore) -> Iterator[QueryService]:
    """One that keeps nothing."""
    service = make_query_service(store, ManualClock(NOW_MS), query_cache_bytes=0)
    yield service
    service.close()


@pytest.fixture
def name() -> str:
    return f"m{next(_numbers)}"


HOUR = {"start_ms": START_MS, "end_ms": NOW_MS, "step_ms": MINUTE_MS}
TEXTS = ["{name}", "rate({name}[5m])", "sum({name}) * 2"]


def fill(store: DuckDBMetricStore, name: str, minutes: int = 60, **labels: str) -> None:
    push(store, name, labels, [(START_MS + minute * MINUTE_MS, float(minute)) for minute in range(minutes)])


# ---- asked again


@pytest.mark.parametrize("text", TEXTS)
def test_a_repeated_query_is_taken_from_the_cache(
    store: DuckDBMetricStore, service: QueryService, name: str, text: str
) -> None:
    fill(store, name)
    first = ask(service, text.format(name=name), **HOUR)
    again = ask(service, text.format(name=name), **HOUR)
    assert (first.is_cached, again.is_cached) == (False, True)
    assert first.samples_read > 0
    assert again.samples_read == 0
    assert_same_answer(again, first)


@pytest.mark.parametrize("text", TEXTS)
def test_a_write_inside_the_range_shows_at_once(
    store: DuckDBMetricStore, service: QueryService, fresh: QueryService, name: str, text: str
) -> None:
    """Trap B090, for late data as for new."""
    fill(store, name)
    ask(service, text.format(name=name), **HOUR)
    for minute in (30, 0, 58):
        push(store, name, {}, [(START_MS + minute * MINUTE_MS + 1_000, 1_000.0 + minute)])
        answer = ask(service, text.format(name=name), **HOUR)
        assert not answer.is_cached
        assert_same_answer(answer, ask(fresh, text.format(name=name), **HOUR))


@pytest.mark.parametrize("text", TEXTS)
def test_a_write_after_the_range_keeps_it(
    store: DuckDBMetricStore, service: QueryService, name: str, text: str
) -> None:
    fill(store, name)
    past = HOUR | {"end_ms": NOW_MS - 10 * MINUTE_MS}
    ask(service, text.format(name=name), **past)
    push(store, name, {}, [(NOW_MS - 5 * MINUTE_MS, 5.0)])
    assert ask(service, text.format(name=name), **past).is_cached


@pytest.mark.parametrize("text", TEXTS)
def test_a_live_panel_reads_its_newest_part_alone(
    store: DuckDBMetricStore, service: QueryService, fresh: QueryService, name: str, text: str
) -> None:
    fill(store, name, 50)
    whole = ask(service, text.format(name=name), START_MS, START_MS + 50 * MINUTE_MS, step_ms=MINUTE_MS)
    push(store, name, {}, [(START_MS + 50 * MINUTE_MS, 50.0)])
    moved = {"start_ms": START_MS + MINUTE_MS, "end_ms": START_MS + 51 * MINUTE_MS, "step_ms": MINUTE_MS}
    answer = ask(service, text.format(name=name), **moved)
    assert not answer.is_cached
    assert answer.samples_read <= 7 < whole.samples_read
    assert_same_answer(answer, ask(fresh, text.format(name=name), **moved))


def test_the_automatic_step_is_that_of_the_first_time(
    store: DuckDBMetricStore, service: QueryService, name: str
) -> None:
    """Trap B087: it does not flip from one refresh to the next."""
    push(store, name, {}, [(START_MS + second * 1_000, 1.0) for second in range(0, 3_600, 30)])
    steps = []
    for late_ms in (0, 7_000, 14_000):
        push(store, name, {}, [(NOW_MS + late_ms, 1.0)])
        steps.append(ask(service, name, START_MS + late_ms, NOW_MS + late_ms).step_ms)
    assert steps == [30_000] * 3


# ---- keys


def test_every_input_is_part_of_the_key(store: DuckDBMetricStore, service: QueryService, name: str) -> None:
    """Trap B089: asked in turn, twice, each gets its own."""
    for number, host in enumerate("ab"):
        fill(store, name, host=host, dc="x")
        push(store, name, {"host": host, "dc": "x"}, [(START_MS + 1_000, 100.0 * (number + 1))])
    days = {"start_ms": NOW_MS - 2 * DAY_MS, "end_ms": NOW_MS, "step_ms": DAY_MS}
    questions = [
        {"text": name, **HOUR, **change}
        for change in (
            {},
            {"matchers": (Matcher("host", MatchOp.EQUAL, "a"),)},
            {"matchers": (Matcher("host", MatchOp.EQUAL, "b"),)},
            {"matchers": (Matcher("host", MatchOp.NOT_EQUAL, "b"), Matcher("dc", MatchOp.EQUAL, "x"))},
            {"matchers": (Matcher("host", MatchOp.REGEX, "b"), Matcher("dc", MatchOp.EQUAL, "y"))},
            {"group_by": ()},
            {"group_by": ("host",)},
            {"group_by": ("dc",)},
            *({"aggregation": one} for one in Aggregation),
            {"step_ms": 2 * MINUTE_MS},
            {"max_series": 1},
        )
    ]
    questions += [{"text": name, **days}, {"text": name, **days, "timezone": ZoneInfo("Asia/Tokyo")}]
    questions += [
        {"text": text.format(name=name), **HOUR}
        for text in (
            "({name} + 1) / 0", "({name} + 1) / -0", "{name} offset 1m", "sum({name})",
            "sum by (host) ({name})", "max by (host) ({name})", '{name}{{host="a"}} + 0', '{name}{{host="b"}} + 0',
            "rate({name}[5m])", "rate({name}[6m])", "rate({name}[5m] offset 1m)", "{name} == 1", "{name} == bool 1",
        )
    ]  # fmt: skip
    first = [ask(service, **question) for question in questions]
    again = [ask(service, **question) for question in questions]
    assert all(answer.is_cached for answer in again)
    with_cache_off = make_query_service(store, ManualClock(NOW_MS), query_cache_bytes=0)
    for question, before, answer in zip(questions, first, again, strict=True):
        assert_same_answer(answer, before)
        assert_same_answer(answer, ask(with_cache_off, **question))
    with_cache_off.close()


# ---- what is not kept


def test_what_failed_is_not_kept(store: DuckDBMetricStore, name: str) -> None:
    """Trap B088."""
    fill(store, name)
    strict = make_query_service(store, ManualClock(NOW_MS))
    for text in TEXTS:
        question: dict[str, Any] = {"text": text.format(name=name), **HOUR}
        with pytest.raises(LimitExceededError):
            strict.run_blocking(Query(**question), LIMITS._replace(max_samples=5))
        answer = ask(strict, **question)
        assert not answer.is_cached
        assert sum(len(values) - values.count(None) for values in values_of(answer).values()) >= 50
    strict.close()


@pytest.mark.parametrize("text", TEXTS)
def test_a_change_of_retention_forgets_all(
    store: DuckDBMetricStore, service: QueryService, name: str, text: str
) -> None:
    fill(store, name)
    ask(service, text.format(name=name), **HOUR)
    service.forget_results()
    assert not ask(service, text.format(name=name), **HOUR).is_cached


def test_a_series_with_nothing_but_a_stale_marker_is_not_in_the_answer(
    store: DuckDBMetricStore, service: QueryService, name: str
) -> None:
    """First asked or asked again."""
    fill(store, name, host="a")
    push(store, name, {"host": "b"}, [(START_MS + 1_000, STALE_MARKER)])
    for _ in range(2):
        assert [one.labels for one in ask(service, name, **HOUR).series] == [{"host": "a"}]


def test_series_that_left_the_range_leave_the_answer(
    store: DuckDBMetricStore, service: QueryService, fresh: QueryService, name: str
) -> None:
    push(store, name, {"host": "old"}, [(START_MS, 1.0)])
    fill(store, name, host="new")
    text = f"{name} * 2"
    ask(service, text, **HOUR)
    moved = {"start_ms": START_MS + 10 * MINUTE_MS, "end_ms": NOW_MS + 10 * MINUTE_MS, "step_ms": MINUTE_MS}
    answer = ask(service, text, **moved)
    assert [one.labels for one in answer.series] == [{"host": "new"}]
    assert_same_answer(answer, ask(fresh, text, **moved))


def test_not_a_number_is_a_value_in_a_part_too(
    store: DuckDBMetricStore, service: QueryService, fresh: QueryService, name: str
) -> None:
    """0/0 in the newest part of an answer of which the rest is held."""
    push(store, name, {}, [(START_MS + minute * MINUTE_MS, 1.0) for minute in range(50)])
    text = f"{name} / {name}"
    ask(service, text, START_MS, START_MS + 50 * MINUTE_MS, step_ms=MINUTE_MS)
    push(store, name, {}, [(START_MS + 50 * MINUTE_MS, 0.0)])
    answer = ask(service, text, START_MS, START_MS + 51 * MINUTE_MS, step_ms=MINUTE_MS)
    assert answer.series[0].counts.tolist() == [1] * 51
    assert_same_answer(answer, ask(fresh, text, START_MS, START_MS + 51 * MINUTE_MS, step_ms=MINUTE_MS))


# ---- anything in between

QUESTIONS = [
    "{name}", "{name} + 1", "{name} offset 7m", "{name} offset -7m", "{name} @ {now}", "{name} @ end()",
    "rate({name}[5m])", "increase({name}[10m] offset 3m)", "max_over_time({name}[5m] @ {now})",
    "sum({name})", "max_over_time(sum({name})[10m:1m])", "sum_over_time({name}[5m:30s] offset -3m)",
    "sum by (host) (rate({name}[4m])) > 0.5", "{name} and {name} > 3", "absent({name})", "{name} / {name}",
    "count_over_time({name}[3m])", "topk(1, {name})", "timestamp({name})", "vector(time())", "time()",
]  # fmt: skip
SAMPLES = st.lists(
    st.tuples(
        st.sampled_from("abc"), st.integers(-30, 70), st.integers(0, 9).map(float) | st.just(STALE_MARKER)
    ),
    min_size=1,
    max_size=6,
)
ASKS = st.tuples(
    st.integers(0, len(QUESTIONS) + len(Aggregation) * 2 - 1),
    st.sampled_from([0, 0, 0, 1, 5]),
    st.sampled_from([20, 40]),
    st.sampled_from([1, 1, 2]),
)


def _question(number: int, name: str) -> dict[str, Any]:
    if number < len(QUESTIONS):
        return {"text": QUESTIONS[number].format(name=name, now=NOW_MS // 1000)}
    aggregation = list(Aggregation)[(number - len(QUESTIONS)) // 2]
    return {"text": name, "aggregation": aggregation, "group_by": () if number % 2 else None}


@settings(max_examples=40, deadline=None)
@given(
    questions=st.lists(st.integers(0, len(QUESTIONS) + len(Aggregation) * 2 - 1), min_size=3, max_size=3),
    life=st.lists(st.tuples(SAMPLES | st.just([]), ASKS), min_size=2, max_size=8),
)
def test_an_answer_is_what_would_be_computed_now(
    store: DuckDBMetricStore,
    service: QueryService,
    fresh: QueryService,
    questions: list[int],
    life: list[tuple[list[tuple[str, int, float]], tuple[int, int, int, int]]],
) -> None:
    """Random writes between asks, of new, late and repeated samples; the window moves on."""
    name = f"m{next(_numbers)}"
    at_ms = START_MS
    for samples, (picked, forward, minutes, step) in life:
        for host, minute, value in samples:
            push(store, name, {"host": host}, [(START_MS + minute * MINUTE_MS, value)])
        at_ms += forward * MINUTE_MS
        for number in {*questions, picked}:
            question = _question(number, name) | {
                "start_ms": at_ms, "end_ms": at_ms + minutes * MINUTE_MS, "step_ms": step * MINUTE_MS,
            }  # fmt: skip
            ask_both(service, fresh, question)


def ask_both(service: QueryService, fresh: QueryService, question: dict[str, Any]) -> None:
    assert_same_answer(ask(service, **question), ask(fresh, **question))
