"""The contract of store/contract.py, second part: names, joined rollups, what was written when, cancelled reads."""

import itertools
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.clock import ManualClock
from metricbox.errors import LimitExceededError
from metricbox.store.contract import Cancellation, Matcher, MatchOp, MetricStore, ReadLimits
from metricbox.store.step_partials import Grouping, StepPartials, steps_of_partials
from metricbox.store.tiers import HOUR, MINUTE, Tier
from tests.support.stores import HOUR_MS, LIMITS, NOW_MS, batch, key, open_duckdb_store, push, read

MINUTE_MS = 60_000
_numbers = itertools.count()


@pytest.fixture(scope="module", params=["duckdb"])
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MetricStore]:
    """One for all tests; each has metrics of its own. Its chunks are due to be sealed."""
    store = open_duckdb_store(tmp_path_factory.mktemp("store"), ManualClock(NOW_MS))
    yield store
    store.close()


@pytest.fixture
def name() -> str:
    return f"q{next(_numbers)}"


def run_jobs(store: MetricStore, *names: str) -> None:
    jobs = {job.name: job.run for job in store.list_jobs()}
    for one in names:
        jobs[one]()


# ---- names


@pytest.mark.parametrize(
    ("matchers", "found"),
    [
        ([("=", "names_b")], ["names_b"]),
        ([("=~", "names_.*")], ["names_a", "names_b", "names_c"]),
        ([("=~", "names_")], []),
        ([("=~", "names_.*"), ("!=", "names_b")], ["names_a", "names_c"]),
        ([("=~", "names_.*"), ("!~", ".*[ab]")], ["names_c"]),
        ([("=", "")], []),
    ],
)
def test_names_meet_every_matcher_in_order(
    store: MetricStore, matchers: list[tuple[str, str]], found: list[str]
) -> None:
    store.register_series([key(f"names_{letter}", n="1") for letter in "cab"])
    wanted = [Matcher("__name__", MatchOp(op), value) for op, value in matchers]
    assert list(store.find_metric_names(wanted)) == found


def test_without_matchers_every_name_is_found(store: MetricStore, name: str) -> None:
    store.register_series([key(name)])
    found = list(store.find_metric_names([]))
    assert name in found
    assert found == sorted(found)


# ---- joined rollups

# Beside group, step and number of rows.
COLUMNS = ("sum", "min", "max", "last", "increase")
SAMPLES = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.integers(0, 9 * 360 - 1).map(lambda ten_s: ten_s * 10_000),
        st.integers(-20, 20).map(lambda value: value / 4),
    ),
    min_size=1,
    max_size=20,
)
START_MS = NOW_MS - 10 * HOUR_MS


def assert_same_steps(got: StepPartials, expected: StepPartials) -> None:
    for field, column, other in zip(StepPartials._fields, got, expected, strict=True):
        assert column.dtype == other.dtype, field
        if field in {"sums", "increases"}:
            assert column == pytest.approx(other, rel=1e-9, abs=1e-6), field
        else:
            assert column.tolist() == other.tolist(), field


@settings(max_examples=25, deadline=None)
@given(
    lives=st.lists(
        st.tuples(SAMPLES, st.sampled_from([(), ("rollup",), ("rollup", "seal")])), min_size=1, max_size=4
    ),
    groups=st.sampled_from([[[0], [1], [2], [3], [4]], [[4, 0], [2], [1]], [[3, 1, 0, 2, 4]], [[2]]]),
    hours=st.sampled_from([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 4, 7], [0, 9], [0, 2, 3, 9]]),
)
def test_joined_rollups_are_rollups_joined(
    store: MetricStore,
    lives: list[tuple[list[tuple[int, int, float]], tuple[str, ...]]],
    groups: list[list[int]],
    hours: list[int],
) -> None:
    """Rows that are materialised, outdated, live, sealed, repaired; late and repeated samples; steps of any length."""
    name = f"q{next(_numbers)}"
    ids = store.register_series([key(name, n=str(number)) for number in range(5)]).tolist()
    for samples, jobs in lives:
        store.submit(batch((ids[n], START_MS + at_ms, value) for n, at_ms, value in samples)).result(20)
        run_jobs(store, *jobs)
    grouping = Grouping.of([[ids[number] for number in group] for group in groups])
    edges_ms = np.array([START_MS + hour * HOUR_MS for hour in hours], np.int64)
    for tier in (MINUTE, HOUR):
        rows = store.read_rollup(tier, grouping.series_ids, int(edges_ms[0]), int(edges_ms[-1]), LIMITS, name)
        expected = steps_of_partials(rows, grouping, edges_ms)
        for wanted in (("last",), ("count", "sum"), ("min", "max", "first", "increase"), ()):
            some = store.read_rollup(
                tier, grouping.series_ids, int(edges_ms[0]), int(edges_ms[-1]), LIMITS, name, wanted
            )
            assert some.series_ids.tolist() == rows.series_ids.tolist()
            assert some.bucket_ms.tolist() == rows.bucket_ms.tolist()
            for column in wanted:
                assert getattr(some, f"{column}s").tolist() == getattr(rows, f"{column}s").tolist(), column
        for metric in (name, None):
            got = store.read_rollup_steps(tier, grouping, edges_ms, COLUMNS, LIMITS, metric)
            assert_same_steps(got, expected)


@pytest.mark.parametrize("tier", [MINUTE, HOUR])
def test_columns_that_are_not_wanted_may_be_left_out(store: MetricStore, name: str, tier: Tier) -> None:
    a = push(store, name, {}, [(START_MS + minute * MINUTE_MS, float(minute)) for minute in range(60)])
    run_jobs(store, "rollup")
    grouping, edges_ms = Grouping.of([[a]]), np.array([START_MS, START_MS + HOUR_MS])
    for column, field, value in (("sum", "sums", 1770), ("max", "maxs", 59), ("increase", "increases", 59)):
        got = store.read_rollup_steps(tier, grouping, edges_ms, (column,), LIMITS, name)
        assert (getattr(got, field).tolist(), got.counts.tolist()) == ([value], [60])


def test_nothing_joined_is_nothing(store: MetricStore) -> None:
    edges_ms = np.array([START_MS, START_MS + HOUR_MS])
    assert store.read_rollup_steps(HOUR, Grouping.of([]), edges_ms, COLUMNS, LIMITS).size == 0
    assert store.read_rollup_steps(HOUR, Grouping.of([[987654321]]), edges_ms, COLUMNS, LIMITS).size == 0


def test_expired_rows_are_not_joined(store: MetricStore, name: str) -> None:
    old_ms = NOW_MS - NOW_MS % HOUR_MS - 366 * 24 * HOUR_MS
    a = push(store, name, {}, [(old_ms, 1.0)])
    edges_ms = np.array([old_ms, old_ms + HOUR_MS])
    assert store.read_rollup_steps(HOUR, Grouping.of([[a]]), edges_ms, COLUMNS, LIMITS, name).size == 0


# ---- what was written when


def test_a_commit_moves_the_position_and_tells_its_earliest_sample(store: MetricStore, name: str) -> None:
    # A commit close before another may be told as one with it.
    time.sleep(0.6)
    before = store.write_position
    assert store.earliest_write_since(before) is None
    push(store, name, {}, [(NOW_MS - 5, 1.0), (NOW_MS - 9, 1.0), (NOW_MS, 1.0)])
    after = store.write_position
    assert after > before
    assert store.earliest_write_since(before) == NOW_MS - 9
    assert store.earliest_write_since(after) is None


def test_never_too_little_is_told(store: MetricStore, name: str) -> None:
    """Commits close together may be told as one."""
    positions, written = [], [NOW_MS, NOW_MS - 50, NOW_MS + 10, NOW_MS - 20, NOW_MS + 30]
    for ts_ms in written:
        positions.append(store.write_position)
        push(store, name, {}, [(ts_ms, 1.0)])
    for number, position in enumerate(positions):
        earliest_ms = store.earliest_write_since(position)
        assert earliest_ms is not None
        assert earliest_ms <= min(written[number:])


def test_what_is_acknowledged_is_in_the_position(store: MetricStore, name: str) -> None:
    """Who reads the position, then the samples, misses no commit that the position has."""
    series_id = push(store, name, {}, [(NOW_MS, 0.0)])
    first, failures = store.write_position, []

    def look() -> None:
        for _ in range(100):
            position = store.write_position
            if len(read(store, series_id).values) < 1 + position - first:
                failures.append(position)

    thread = threading.Thread(target=look)
    thread.start()
    for number in range(1, 60):
        push(store, name, {}, [(NOW_MS + number, 1.0)])
    thread.join(30)
    assert failures == []


def test_jobs_and_registrations_are_no_writes(store: MetricStore, name: str) -> None:
    push(store, name, {}, [(START_MS, 1.0)])
    position = store.write_position
    store.register_series([key(name, n="new")])
    run_jobs(store, "rollup", "seal", "retention")
    assert store.write_position == position


# ---- cancelled reads


def test_a_read_that_was_cancelled_before_ends_at_once(store: MetricStore, name: str) -> None:
    series_id = fill_much(store, name)
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(LimitExceededError):
        read_much(store, series_id, cancellation)


def test_a_read_ends_when_it_is_cancelled_and_the_store_goes_on(store: MetricStore, name: str) -> None:
    series_id = fill_much(store, name)
    cancellation = Cancellation()
    ended: list[LimitExceededError] = []

    def ask() -> None:
        try:
            while True:
                read_much(store, series_id, cancellation)
        except LimitExceededError as error:
            ended.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.05)
    cancellation.cancel()
    thread.join(30)
    assert len(ended) == 1
    assert len(read(store, series_id, end_ms=NOW_MS + 5).values) == 5


def fill_much(store: MetricStore, name: str) -> int:
    (series_id,) = store.register_series([key(name)])
    times = np.arange(NOW_MS, NOW_MS + 1_000_000)
    one = batch([(int(series_id), NOW_MS, 1.0)])
    much = one._replace(series_ids=np.full(len(times), series_id), ts_ms=times, values=np.ones(len(times)))
    store.submit(much).result(30)
    return int(series_id)


def read_much(store: MetricStore, series_id: int, cancellation: Cancellation) -> None:
    limits = ReadLimits(timeout_s=60, max_samples=10**9, cancellation=cancellation)
    store.read_raw(np.array([series_id]), 0, NOW_MS * 2, limits)


def test_a_cancellation_calls_whom_it_concerns() -> None:
    cancellation, called = Cancellation(), []
    with cancellation.calling(lambda: called.append("before")):
        pass
    with cancellation.calling(lambda: called.append("during")):
        cancellation.cancel()
    with cancellation.calling(lambda: called.append("after")):
        pass
    assert called == ["during", "after"]
    assert cancellation.is_cancelled
