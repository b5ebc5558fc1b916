"""Reads that instant queries share: the answers are those of each query by itself, and each window is read once."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from metricbox.clock import ManualClock
from metricbox.errors import LimitExceededError, MetricboxError
from metricbox.model import STALE_MARKER
from metricbox.query import shared_reads
from metricbox.query.promql.parse import parse
from metricbox.query.promql.values import Matrix, Scalars, Value, Windows
from metricbox.query.service import QueryService
from metricbox.query.shared_reads import Read, SharedReader, SharedReads, reads_of
from metricbox.store.contract import Matcher, MatchOp
from metricbox.store.duckdb_backend.store import DuckDBMetricStore
from tests.support.query_services import make_query_service
from tests.support.stores import LIMITS, NOW_MS, open_duckdb_store, push

MINUTE_MS = 60_000
HOSTS = 7

QUERIES = [
    "cpu",
    "cpu{host='h1'}",
    "cpu{host=~'h[1-3]'}",
    "cpu{host=~'h1|h3|h6'}",
    "cpu{host!='h2'}",
    "cpu{host='nowhere'}",
    "cpu offset 3m",
    "cpu @ 1795600740",
    "rate(net[5m])",
    "rate(net{host='h2'}[5m])",
    "sum by (host) (rate(net{host=~'h[2-5]'}[5m]))",
    "avg_over_time(cpu[5m])",
    "max_over_time(avg_over_time(cpu{host='h3'}[2m])[10m:1m])",
    "cpu / net",
    "cpu{host='h1'} > 20 and net",
    "{__name__=~'cpu|net', host='h4'}",
    "{host='h4'}",
    "{__name__='cpu', host='h1' or __name__='net', host='h2'}",
    "absent(cpu{host='nowhere'})",
    "timestamp(cpu)",
    "scalar(cpu{host='h1'}) + vector(1)",
    "gone",
    "nothing_of_it",
    "time()",
    "1",
    "cpu[3m]",
    "label_replace(cpu, 'host', '$1', 'host', '(')",
    "cpu + on (nothing) net",
    "not ( a query",
]


class CountingStore:
    """A store that notes how often raw samples are read, and of which series."""

    def __init__(self, store: DuckDBMetricStore) -> None:
        self._store = store
        self.read: list[tuple[list[int], int, int]] = []
        self.found: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def read_raw(self, series_ids: Any, start_ms: int, end_ms: int, *rest: Any) -> Any:
        self.read.append((series_ids.tolist(), start_ms, end_ms))
        return self._store.read_raw(series_ids, start_ms, end_ms, *rest)

    def find_series(self, name: str, matchers: Any = ()) -> Any:
        self.found.append(name)
        return self._store.find_series(name, matchers)


class World:
    def __init__(self, folder: Path, **settings: int) -> None:
        self.clock = ManualClock(NOW_MS)
        self.plain = open_duckdb_store(folder, self.clock)
        self.store = CountingStore(self.plain)
        self.service = make_query_service(self.store, self.clock, **settings)  # type: ignore[arg-type]
        times_ms = [NOW_MS - minute * MINUTE_MS for minute in range(12)]
        for host in range(HOSTS):
            # One of them has come to rest, and is found without a sample.
            own = [one for one in times_ms if host != 5 or one < NOW_MS - 6 * MINUTE_MS]
            push(self.plain, "cpu", {"host": f"h{host}"}, [(one, 10.0 * host + one % 7) for one in own])
            push(
                self.plain, "net", {"host": f"h{host}"}, [(one, (one - NOW_MS) / 1000 * host) for one in own]
            )
        push(self.plain, "gone", {}, [(NOW_MS - MINUTE_MS, 1.0), (NOW_MS, STALE_MARKER)])

    def close(self) -> None:
        self.service.close()
        self.plain.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def shown(value: Value | Windows) -> object:
    """Everything about an answer that may be compared."""
    if isinstance(value, Matrix):
        rows = sorted(
            zip(value.labels, value.values[:, 0].tolist(), value.present[:, 0].tolist(), strict=True)
        )
        return [(labels, repr(number) if is_there else None) for labels, number, is_there in rows]
    if isinstance(value, Windows):
        spans = zip(value.labels, value.left[:, 0].tolist(), value.right[:, 0].tolist(), strict=True)
        return [(labels, value.values[left:right].tolist()) for labels, left, right in spans]
    return value.values.tolist() if isinstance(value, Scalars) else value


async def answer(
    service: QueryService, text: str, shared: SharedReads | None, time_ms: int = NOW_MS
) -> object:
    try:
        value, warnings = await service.run_instant(text, time_ms, takes_names=True, shared=shared)
    except MetricboxError as error:
        return error.message
    return shown(value), list(warnings)


async def test_answers_are_those_of_each_query_by_itself(world: World) -> None:
    asked = [(text, time_ms) for text in QUERIES for time_ms in (NOW_MS, NOW_MS - 90_000)]
    for _ in range(2):
        # The second time series are known from the first.
        shared = await world.service.share(asked)
        for text, time_ms in asked:
            expected = await answer(world.service, text, None, time_ms)
            assert await answer(world.service, text, shared, time_ms) == expected, text


async def test_a_window_is_read_once_of_the_series_of_all(world: World) -> None:
    texts = [
        "cpu{host='h1'}",
        "cpu{host='h3'}",
        "cpu{host=~'h1|h2'} > 5",
        "avg_over_time(cpu{host='h1'}[1m])",
    ]
    shared = await world.service.share([(text, NOW_MS) for text in texts])
    ids = [
        one.series_id for one in world.plain.find_series("cpu") if one.labels["host"] in {"h1", "h2", "h3"}
    ]
    assert [sorted(series) for series, _, _ in world.store.read] == [sorted(ids)], (
        "no other host, no lone window"
    )
    for text in texts[:3]:
        await answer(world.service, text, shared)
    assert len(world.store.read) == 1
    await answer(world.service, texts[3], shared)
    assert len(world.store.read) == 2, "what nobody else looks at is read by its query"


async def test_which_series_a_selector_has_is_asked_once_until_there_are_more(world: World) -> None:
    asked = [(text, NOW_MS) for text in ("cpu{host=~'h.*'}", "cpu{host='h1'}", "{host=~'h.*'}", "net")]
    await world.service.share(asked)
    world.store.found.clear()
    await world.service.share(asked)
    assert world.store.found == []
    push(world.plain, "cpu", {"host": "h_new"}, [(NOW_MS, 77.0)])
    shared = await world.service.share(asked)
    assert "net" in world.store.found, "a selector without a name looks at all metrics"
    for text, _ in asked:
        assert await answer(world.service, text, shared) == await answer(world.service, text, None)
    assert "h_new" in str(await answer(world.service, asked[0][0], shared))


async def test_what_is_too_much_for_all_is_read_by_each(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_reads, "MAX_WINDOW_SAMPLES", 30)
    texts = ["cpu", "cpu{host='h1'}", "net{host='h1'}", "net{host='h2'}"]
    for number in range(2):
        world.store.read.clear()
        shared = await world.service.share([(text, NOW_MS) for text in texts])
        assert len(world.store.read) == (1 if number else 2), "the second time it is not tried"
        for text in texts:
            assert await answer(world.service, text, shared) == await answer(world.service, text, None)


@pytest.mark.parametrize(("name", "value"), [("MAX_SERIES", 3), ("MAX_SAMPLES", 1), ("TIMEOUT_S", 0.0)])
async def test_whatever_is_not_shared_is_answered(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, value: float
) -> None:
    monkeypatch.setattr(shared_reads, name, value)
    shared = await world.service.share([(text, NOW_MS) for text in QUERIES])
    for text in QUERIES:
        assert await answer(world.service, text, shared) == await answer(world.service, text, None), text


async def test_the_limit_of_samples_is_that_of_each_query(tmp_path: Path) -> None:
    world = World(tmp_path, query_max_samples=20)
    shared = await world.service.share([("cpu", NOW_MS), ("cpu{host='h1'}", NOW_MS)])
    assert len(world.store.read) == 1, "of both"
    assert "h1" in str(await answer(world.service, "cpu{host='h1'}", shared))
    selected = shared.select(((Matcher("__name__", MatchOp.EQUAL, "cpu"),),), NOW_MS - 5 * MINUTE_MS, NOW_MS)
    assert selected is not None
    assert len(selected.values) > 20
    before = len(world.store.read)
    # By itself, which is refused, and then from the rollup, as without the others.
    assert await answer(world.service, "cpu", shared) == await answer(world.service, "cpu", None)
    assert len(world.store.read) > before
    world.close()


def test_nobody_may_write_into_what_is_shared(world: World) -> None:
    asked = [(parse(text), NOW_MS) for text in ("cpu{host='h1'}", "cpu{host=~'h1|h3'}")]
    shared = SharedReader(world.plain).read(asked, LIMITS)
    (only,) = reads_of(asked[0][0], NOW_MS)
    selected = shared.select(*only)
    assert selected is not None
    with pytest.raises(ValueError, match="read-only"):
        selected.values[0] = 1.0


def alternatives(*names: str) -> Sequence[Sequence[Matcher]]:
    return tuple((Matcher("__name__", MatchOp.EQUAL, name),) for name in names)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cpu", [("cpu", 300, 0)]),
        ("cpu offset 1m", [("cpu", 360, 60)]),
        ("rate(cpu[10m])", [("cpu", 600, 0)]),
        ("rate(cpu[10m]) / net", [("cpu", 600, 0), ("net", 300, 0)]),
        ("cpu[10m]", [("cpu", 600, 0)]),
        ("1 + time()", []),
    ],
)
def test_the_evaluation_says_what_it_reads(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert reads_of(parse(text), NOW_MS) == [
        Read(alternatives(name), NOW_MS - start * 1000, NOW_MS - end * 1000) for name, start, end in expected
    ]


def test_queries_end_with_the_one_who_waits_for_the_reads(world: World) -> None:
    async def run() -> None:
        task = asyncio.create_task(world.service.share([("cpu", NOW_MS), ("cpu{host='h1'}", NOW_MS)]))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # And the next one finds everything in order.
        shared = await world.service.share([("cpu", NOW_MS), ("cpu{host='h2'}", NOW_MS)])
        assert await answer(world.service, "cpu", shared) == await answer(world.service, "cpu", None)

    asyncio.run(run())


def test_limits_of_the_store_are_told_by_the_query_alone(world: World) -> None:
    asked = [(parse(text), NOW_MS) for text in ("cpu", "cpu{host='h1'}")]
    reader = SharedReader(world.plain)
    with pytest.raises(LimitExceededError):
        world.plain.read_raw(np.array([1, 2, 3]), 0, NOW_MS + 1, LIMITS._replace(max_samples=1))
    shared = reader.read(asked, LIMITS._replace(timeout_s=0.0))
    assert shared.select(alternatives("cpu"), NOW_MS - 5 * MINUTE_MS, NOW_MS) is None
