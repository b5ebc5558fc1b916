"""The contract of store/contract.py. Every backend passes the same tests."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from metricbox.clock import ManualClock
from metricbox.errors import (
    LimitExceededError,
    NotFoundError,
    QueueFullError,
    UnavailableError,
    ValidationError,
)
from metricbox.model import STALE_MARKER_BITS, is_stale_marker
from metricbox.store.contract import (
    METRIC_LIMIT_REACHED,
    SERIES_LIMIT_REACHED,
    TOKEN_LIMIT_REACHED,
    Matcher,
    MatchOp,
    MetricBranchPage,
    MetricDefinition,
    MetricDetails,
    MetricOrder,
    MetricStore,
    ReadLimits,
    ReporterRule,
    SeriesCaps,
)
from tests.support.stores import HOUR_MS, LIMITS, NOW_MS, batch, key, open_duckdb_store, push, read, rows

OpenStore = Callable[..., MetricStore]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW_MS)


@pytest.fixture(params=["duckdb"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock) -> Iterator[OpenStore]:
    """Opens the store on the same folder each time; the last one opened is closed at the end."""
    opened: list[MetricStore] = []

    def open_one(**changes: int) -> MetricStore:
        for store in opened:
            store.close()
        opened.append(open_duckdb_store(tmp_path, clock, **changes))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: OpenStore) -> MetricStore:
    return open_store()


def test_a_registered_series_keeps_its_id(open_store: OpenStore) -> None:
    first = open_store().register_series([key("cpu", host="a"), key("cpu", host="b"), key("mem")])
    again = open_store().register_series([key("mem"), key("cpu", host="b"), key("cpu", host="c")])
    assert len(set(first.tolist())) == 3
    assert again[0] == first[2]
    assert again[1] == first[1]
    assert again[2] not in first


def test_equal_keys_of_one_call_are_one_series(store: MetricStore) -> None:
    first, second = store.register_series([key("cpu", host="a"), key("cpu", host="a")])
    assert first == second


def test_threads_that_register_the_same_series_get_one_id(store: MetricStore) -> None:
    results: list[list[int]] = []
    keys = [key("cpu", host=str(number)) for number in range(50)]
    threads = [
        threading.Thread(target=lambda: results.append(store.register_series(keys).tolist()))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(results) == 8
    assert all(result == results[0] for result in results)


def test_the_series_cap_refuses_new_series_and_takes_known_ones(open_store: OpenStore) -> None:
    """Trap B041: the cap holds before the damage."""
    store = open_store(max_series=2)
    ids = store.register_series([key("a"), key("b"), key("c"), key("a")])
    assert ids[2] == SERIES_LIMIT_REACHED
    assert ids[0] == ids[3] != SERIES_LIMIT_REACHED
    assert store.status().series == 2


def register_many(store: MetricStore, name: str, count: int, caps: SeriesCaps) -> list[int]:
    """What a cap refused, as its number; 0 for an id."""
    ids = store.register_series([key(name, n=str(number)) for number in range(count)], caps)
    return np.minimum(ids, 0).tolist()


def test_a_metric_over_its_cap_takes_nothing_from_the_others(open_store: OpenStore) -> None:
    caps = SeriesCaps(per_metric=2)
    ids = open_store().register_series(
        [key("wild", n="0"), key("calm", n="0"), key("wild", n="1"), key("wild", n="2"), key("calm", n="1")],
        caps,
    )
    assert np.minimum(ids, 0).tolist() == [0, 0, 0, METRIC_LIMIT_REACHED, 0]
    store = open_store()
    assert register_many(store, "wild", 3, caps) == [0, 0, METRIC_LIMIT_REACHED]
    assert register_many(store, "calm", 3, caps) == [0, 0, METRIC_LIMIT_REACHED]
    assert store.status().series == 4
    assert register_many(store, "wild", 4, SeriesCaps(per_metric=3)) == [0, 0, 0, METRIC_LIMIT_REACHED]
    assert register_many(store, "wild", 9, SeriesCaps()) == [0] * 9


def test_a_token_over_its_cap_stops_no_other(open_store: OpenStore) -> None:
    store = open_store()
    a, b = SeriesCaps(token="a", per_token=3), SeriesCaps(token="b", per_token=3)
    assert register_many(store, "of_a", 5, a) == [0, 0, 0, TOKEN_LIMIT_REACHED, TOKEN_LIMIT_REACHED]
    assert register_many(store, "of_b", 2, b) == [0, 0]
    assert register_many(store, "of_nobody", 9, SeriesCaps(per_token=3)) == [0] * 9
    assert register_many(store, "more_of_a", 1, a) == [TOKEN_LIMIT_REACHED]
    store = open_store()
    assert register_many(store, "more_of_a", 1, a) == [TOKEN_LIMIT_REACHED]
    # Whoever made a series, everybody may send it.
    assert register_many(store, "of_nobody", 9, a) == [0] * 9
    assert register_many(store, "of_b", 2, a) == [0, 0]
    # What b sends of others' is not counted as b's.
    assert register_many(store, "of_a", 3, b) == [0, 0, 0]
    assert register_many(store, "more_of_b", 2, b) == [0, TOKEN_LIMIT_REACHED]
    assert register_many(store, "more_of_a", 3, a._replace(per_token=5)) == [0, 0, TOKEN_LIMIT_REACHED]
    assert register_many(store, "even_more", 9, a._replace(per_token=0)) == [0] * 9


def test_the_narrowest_cap_is_told(open_store: OpenStore) -> None:
    store = open_store(max_series=2)
    caps = SeriesCaps(per_metric=1, token="a", per_token=2)
    register_many(store, "m", 1, caps)
    register_many(store, "n", 1, caps)
    assert register_many(store, "m", 2, caps) == [0, METRIC_LIMIT_REACHED]
    assert register_many(store, "o", 1, caps) == [TOKEN_LIMIT_REACHED]
    assert register_many(store, "o", 1, caps._replace(token="b")) == [SERIES_LIMIT_REACHED]


def test_series_that_are_forgotten_make_room(open_store: OpenStore, clock: ManualClock) -> None:
    caps = SeriesCaps(per_metric=2, token="a", per_token=3)
    store = open_store()
    register_many(store, "m", 2, caps)
    register_many(store, "n", 1, caps)
    assert register_many(store, "n", 2, caps) == [0, TOKEN_LIMIT_REACHED]
    clock.advance_ms(20 * 365 * 24 * HOUR_MS)
    store = open_store()
    assert store.status().series == 0
    assert register_many(store, "m", 3, caps) == [0, 0, METRIC_LIMIT_REACHED]
    assert register_many(store, "n", 2, caps) == [0, TOKEN_LIMIT_REACHED]


def test_samples_come_back_sorted_by_series_and_time(store: MetricStore) -> None:
    a, b = (int(one) for one in store.register_series([key("cpu", host="a"), key("cpu", host="b")]))
    store.submit(
        batch([(b, NOW_MS, 1), (a, NOW_MS - 10, 2), (b, NOW_MS - 20, 3), (a, NOW_MS - 30, 4)])
    ).result(10)
    assert rows(read(store, b, a)) == [
        (a, NOW_MS - 30, 4), (a, NOW_MS - 10, 2), (b, NOW_MS - 20, 3), (b, NOW_MS, 1),
    ]  # fmt: skip


def test_ranges_are_half_open(store: MetricStore) -> None:
    cpu = push(store, "cpu", {}, [(NOW_MS - 2, 1), (NOW_MS - 1, 2), (NOW_MS, 3)])
    assert rows(read(store, cpu, start_ms=NOW_MS - 2, end_ms=NOW_MS)) == [
        (cpu, NOW_MS - 2, 1),
        (cpu, NOW_MS - 1, 2),
    ]
    assert rows(read(store, cpu, start_ms=NOW_MS, end_ms=NOW_MS)) == []


def test_a_batch_over_several_chunks_is_stored_whole(store: MetricStore) -> None:
    samples = [(NOW_MS - hours * HOUR_MS - 1, float(hours)) for hours in range(9, -1, -1)]
    cpu = push(store, "cpu", {}, samples)
    assert rows(read(store, cpu)) == [(cpu, *sample) for sample in samples]


def test_the_chunk_edge_belongs_to_the_later_chunk(store: MetricStore) -> None:
    cpu = push(store, "cpu", {}, [(NOW_MS - 1, 1), (NOW_MS, 2)])
    assert store.status().tiers[0].chunks == 2
    assert rows(read(store, cpu, start_ms=NOW_MS, end_ms=NOW_MS + 1)) == [(cpu, NOW_MS, 2)]


def test_the_last_accepted_of_equal_samples_wins(store: MetricStore) -> None:
    cpu = push(store, "cpu", {}, [(NOW_MS, 1), (NOW_MS, 2)])
    assert rows(read(store, cpu)) == [(cpu, NOW_MS, 2)]
    push(store, "cpu", {}, [(NOW_MS, 3)])
    assert rows(read(store, cpu)) == [(cpu, NOW_MS, 3)]


def test_the_last_of_equal_samples_wins_among_many_rows(store: MetricStore) -> None:
    """Enough rows that the backend reads them in parallel."""
    (cpu,) = store.register_series([key("cpu")])
    times = np.arange(NOW_MS, NOW_MS + 300_000)
    for value in range(3):
        rows_of_round = zip([int(cpu)] * len(times), times.tolist(), [float(value)] * len(times), strict=True)
        store.submit(batch(rows_of_round)).result(30)
    columns = read(store, int(cpu))
    assert len(columns.values) == len(times)
    assert (columns.values == 2).all()


def test_the_last_accepted_wins_after_a_restart(open_store: OpenStore) -> None:
    cpu = push(open_store(), "cpu", {}, [(NOW_MS, 1)])
    store = open_store()
    push(store, "cpu", {}, [(NOW_MS, 2)])
    assert rows(read(store, cpu)) == [(cpu, NOW_MS, 2)]
    assert rows(read(open_store(), cpu)) == [(cpu, NOW_MS, 2)]


@pytest.mark.parametrize("value", [0.0, -0.0, 5e-324, 1.7976931348623157e308, 0.1, 2**53 + 1.0, -1e-320])
def test_every_double_comes_back_bit_for_bit(store: MetricStore, value: float) -> None:
    cpu = push(store, "cpu", {}, [(NOW_MS, value)])
    assert read(store, cpu).values.tobytes() == np.array([value]).tobytes()


def test_a_stale_marker_keeps_its_bits(open_store: OpenStore) -> None:
    store = open_store()
    (cpu,) = store.register_series([key("cpu")])
    marker = np.array([STALE_MARKER_BITS], np.uint64).view(np.float64)
    store.submit(batch([(int(cpu), NOW_MS, 0.0)])._replace(values=marker)).result(10)
    assert is_stale_marker(read(open_store(), int(cpu)).values).tolist() == [True]


def test_times_before_1970_have_their_chunk(open_store: OpenStore, clock: ManualClock) -> None:
    """Trap B064: floor, not truncate."""
    clock.set_ms(0)
    store = open_store()
    cpu = push(store, "cpu", {}, [(-90_000, 1), (-1, 2), (0, 3)])
    assert rows(read(store, cpu, start_ms=-90_000)) == [(cpu, -90_000, 1), (cpu, -1, 2), (cpu, 0, 3)]
    assert store.status().tiers[0].chunks == 2


def test_expired_samples_are_hidden_at_once(store: MetricStore, clock: ManualClock) -> None:
    cpu = push(store, "cpu", {}, [(NOW_MS - HOUR_MS, 1), (NOW_MS, 2)])
    clock.advance_ms(7 * 24 * HOUR_MS)
    assert rows(read(store, cpu)) == [(cpu, NOW_MS, 2)]


def test_unknown_series_and_empty_batches_are_no_error(store: MetricStore) -> None:
    assert rows(read(store, 12345)) == []
    assert rows(read(store)) == []
    empty = batch([(1, 1, 1)])
    store.submit(type(empty)(*(column[:0] for column in empty))).result(10)


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        (MatchOp.EQUAL, "a", ["a"]),
        (MatchOp.EQUAL, "", [None]),
        (MatchOp.NOT_EQUAL, "a", ["b", "c.d", None]),
        (MatchOp.REGEX, "a|b", ["a", "b"]),
        (MatchOp.REGEX, "c", []),
        (MatchOp.REGEX, "c.*", ["c.d"]),
        (MatchOp.NOT_REGEX, ".+", [None]),
    ],
)
def test_matchers_choose_series(
    store: MetricStore, op: MatchOp, value: str, expected: list[str | None]
) -> None:
    """Regexes match the whole value; a missing label counts as empty."""
    store.register_series([key("cpu", host="a"), key("cpu", host="b"), key("cpu", host="c.d"), key("cpu")])
    found = store.find_series("cpu", [Matcher("host", op, value)])
    assert [series.labels.get("host") for series in found] == expected


def test_a_bad_pattern_is_told(store: MetricStore) -> None:
    with pytest.raises(ValidationError, match="not a regular expression"):
        store.find_series("cpu", [Matcher("host", MatchOp.REGEX, "(")])


def test_metrics_are_listed_by_name_with_search_and_pages(store: MetricStore) -> None:
    store.register_series([key("node_load1", host=h) for h in "ab"] + [key("CPU_usage"), key("node_cpu")])
    page = store.list_metrics("", 0, 10)
    assert [(metric.name, metric.series_count) for metric in page.metrics] == [
        ("CPU_usage", 1), ("node_cpu", 1), ("node_load1", 2),
    ]  # fmt: skip
    assert [metric.name for metric in store.list_metrics("cpu", 0, 10).metrics] == ["CPU_usage", "node_cpu"]
    second = store.list_metrics("", 1, 1)
    assert (second.total, [metric.name for metric in second.metrics]) == (3, ["node_cpu"])


def test_metrics_are_listed_in_any_order(store: MetricStore) -> None:
    store.register_series([key("b", host=h) for h in "12"] + [key("a"), key("c", host="1"), key("bb")])

    def names(order: MetricOrder, *, is_descending: bool) -> list[str]:
        page = store.list_metrics("", 0, 10, order, is_descending=is_descending)
        return [metric.name for metric in page.metrics]

    assert names(MetricOrder.NAME, is_descending=False) == ["a", "b", "bb", "c"]
    assert names(MetricOrder.NAME, is_descending=True) == ["c", "bb", "b", "a"]
    assert names(MetricOrder.SERIES_COUNT, is_descending=False) == ["a", "bb", "c", "b"]
    assert names(MetricOrder.SERIES_COUNT, is_descending=True) == ["b", "a", "bb", "c"]


def test_names_of_metrics_make_a_tree(store: MetricStore) -> None:
    assert store.list_metric_branches("", 0, 10) == MetricBranchPage(0, [])
    store.register_series([key("node_load1", host=h) for h in "ab"] + [key("node_load5"), key("up")])
    page = store.list_metric_branches("", 0, 10)
    assert [(one.prefix, one.metric_count, one.metric) for one in page.branches] == [
        ("node_", 2, None),
        ("up", 1, store.find_metric("up")),
    ]
    store.register_series([key("node_a")])
    second = store.list_metric_branches("node_", 1, 1)
    assert (second.total, [one.prefix for one in second.branches]) == (3, ["node_load1"])
    (branch,) = second.branches
    assert branch.metric is not None
    assert branch.metric.series_count == 2


def test_labels_and_values_are_counted(open_store: OpenStore) -> None:
    """Trap B100: any Unicode works in a value."""
    open_store().register_series(
        [key("cpu", host="a", dc="x"), key("cpu", host="b", dc="x"), key("cpu", město="Žďár 🚀 שלום")]
    )
    store = open_store()
    assert store.count_label_names("cpu") == {"dc": 2, "host": 2, "město": 1}
    assert store.count_label_values("cpu", "host", "") == {"a": 1, "b": 1}
    assert store.count_label_values("cpu", "město", "žďár") == {"Žďár 🚀 שלום": 1}
    assert store.count_label_names("none") == {}
    assert store.has_metric("cpu")
    assert not store.has_metric("none")


def test_the_queue_is_bounded_in_samples(open_store: OpenStore) -> None:
    store = open_store(max_queued_samples=1_000)
    (cpu,) = store.register_series([key("cpu")])
    big = batch([(int(cpu), NOW_MS + offset, 1.0) for offset in range(600)])
    futures = []

    def submit_many() -> None:
        for _ in range(1_000):
            futures.append(store.submit(big))  # noqa: PERF401 - what was taken before the refusal counts

    with pytest.raises(QueueFullError) as error:
        submit_many()
    assert error.value.retry_after_s > 0
    for future in futures:
        future.result(20)
    store.submit(big).result(10)


def test_a_read_over_its_sample_budget_says_so(store: MetricStore) -> None:
    cpu = push(store, "cpu", {}, [(NOW_MS + offset, 1) for offset in range(11)])
    ids = np.array([cpu], np.int64)
    assert len(store.read_raw(ids, 0, NOW_MS * 2, LIMITS._replace(max_samples=11)).values) == 11
    with pytest.raises(LimitExceededError, match="more than 10 samples"):
        store.read_raw(ids, 0, NOW_MS * 2, LIMITS._replace(max_samples=10))


def test_a_read_over_its_time_is_interrupted_and_the_store_goes_on(store: MetricStore) -> None:
    (cpu,) = store.register_series([key("cpu")])
    times = np.arange(NOW_MS, NOW_MS + 3_000_000)
    store.submit(
        batch([(int(cpu), NOW_MS, 1.0)])._replace(
            series_ids=np.full(len(times), cpu), ts_ms=times, values=np.ones(len(times))
        )
    ).result(30)
    with pytest.raises(LimitExceededError, match="took longer"):
        store.read_raw(np.array([cpu]), 0, NOW_MS * 2, ReadLimits(timeout_s=1e-6, max_samples=10**9))
    assert len(read(store, int(cpu), end_ms=NOW_MS + 5).values) == 5


def test_reads_run_beside_each_other_and_beside_writes(store: MetricStore) -> None:
    cpu = push(store, "cpu", {}, [(NOW_MS + offset, 1) for offset in range(1_000)])
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            for _ in range(20):
                assert len(read(store, cpu).values) >= 1_000
        except BaseException as error:  # the thread's fault is the test's fault
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for offset in range(50):
        push(store, "cpu", {}, [(NOW_MS + 10_000 + offset, 1)])
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert len(read(store, cpu).values) == 1_050


def test_closing_writes_what_was_queued_and_refuses_more(open_store: OpenStore) -> None:
    store = open_store()
    (cpu,) = store.register_series([key("cpu")])
    futures = [store.submit(batch([(int(cpu), NOW_MS + offset, 1.0)])) for offset in range(200)]
    store.close()
    store.close()
    assert all(future.done() and future.exception() is None for future in futures)
    with pytest.raises(UnavailableError):
        store.submit(batch([(int(cpu), NOW_MS, 1.0)]))
    with pytest.raises(UnavailableError):
        store.register_series([key("new")])
    assert len(read(open_store(), int(cpu)).values) == 200


def test_the_status_tells_the_extent_of_the_raw_tier(store: MetricStore) -> None:
    assert store.status().tiers[0].oldest_ms is None
    push(store, "cpu", {}, [(NOW_MS - HOUR_MS, 1), (NOW_MS, 2)])
    status = store.status()
    tier = status.tiers[0]
    assert (status.series, status.metrics, tier.table, tier.samples) == (1, 1, "metrics_raw", 2)
    assert (tier.oldest_ms, tier.newest_ms) == (NOW_MS - HOUR_MS, NOW_MS)
    assert tier.bytes > 0


# ---- what is known of a metric


def test_what_a_person_says_of_a_metric_stays(open_store: OpenStore) -> None:
    store = open_store()
    push(store, "cpu", {}, [(NOW_MS, 1)])
    push(store, "mem", {}, [(NOW_MS, 1)])
    assert store.find_metric("cpu") == MetricDefinition("cpu", "unknown", "", "", 1)
    changed = store.change_metric("cpu", MetricDetails("gauge", "ratio", "Ünit 'x\"; --"))
    assert changed == MetricDefinition("cpu", "gauge", "ratio", "Ünit 'x\"; --", 1)
    assert store.change_metric("cpu", MetricDetails(unit="")) == changed._replace(unit="")
    assert store.change_metric("cpu", MetricDetails()) == changed._replace(unit="")
    again = open_store()
    assert again.find_metric("cpu") == changed._replace(unit="")
    assert again.find_metric("mem") == MetricDefinition("mem", "unknown", "", "", 1)
    assert again.list_metrics("cpu", 0, 9).metrics == [changed._replace(unit="")]


def test_an_unknown_metric_cannot_be_described(store: MetricStore) -> None:
    assert store.find_metric("none") is None
    with pytest.raises(NotFoundError):
        store.change_metric("none", MetricDetails("gauge"))
    store.learn_metrics({"none": MetricDetails("gauge")})
    assert store.find_metric("none") is None


def test_what_senders_say_fills_in_what_nobody_knows(open_store: OpenStore) -> None:
    store = open_store()
    for name in ("a", "b", "c"):
        push(store, name, {}, [(NOW_MS, 1)])
    store.change_metric("a", MetricDetails("gauge", "", "by hand"))
    said = MetricDetails("counter", "bytes", "by a sender")
    store.learn_metrics({"a": said, "b": said, "c": MetricDetails("unknown", None, ""), "none": said})
    store.learn_metrics({"b": MetricDetails("gauge", "seconds", "later")})
    for one in (store, open_store()):
        assert one.find_metric("a") == MetricDefinition("a", "gauge", "bytes", "by hand", 1)
        assert one.find_metric("b") == MetricDefinition("b", "counter", "bytes", "by a sender", 1)
        assert one.find_metric("c") == MetricDefinition("c", "unknown", "", "", 1)


def test_metrics_cannot_be_described_once_the_store_closes(store: MetricStore) -> None:
    push(store, "cpu", {}, [(NOW_MS, 1)])
    store.close()
    with pytest.raises(UnavailableError):
        store.change_metric("cpu", MetricDetails("gauge"))


def test_reporters_are_told_apart_by_their_rules(store: MetricStore) -> None:
    made = store.register_series(
        [
            key("node_load1", instance="b"),
            key("cpu", host="a", instance="b"),
            key("cpu", host='ü"\\'),
            key("x"),
        ]
    )
    rules = [ReporterRule("instance", ("node_",)), ReporterRule("host", but_not="instance")]
    found = store.list_reporters(rules, LIMITS)
    assert [(one.rule, one.name, one.series_count, list(one.series_ids)) for one in found] == [
        (0, "b", 1, [made[0]]),
        (1, 'ü"\\', 1, [made[2]]),
    ]
    assert {one.first_seen_ms for one in found} == {one.last_seen_ms for one in found} == {NOW_MS}
