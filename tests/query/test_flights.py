"""Queries at the same time: equal ones are computed once, and end when nobody waits for them.

Flights are a part of query/service.py; they have a file of their own for its length.
"""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from metricbox.clock import ManualClock
from metricbox.errors import UnavailableError
from metricbox.query import service as service_module
from metricbox.query.service import Flights, QueryService
from metricbox.query.types import Query, QueryAnswer
from metricbox.store.contract import Cancellation, ReadLimits
from metricbox.store.duckdb_backend.store import DuckDBMetricStore
from tests.support.query_services import make_query_service
from tests.support.stores import HOUR_MS, NOW_MS, open_duckdb_store, push


class Work:
    """Begun by a flight, ended by the test."""

    def __init__(self) -> None:
        self.futures: list[asyncio.Future[int]] = []
        self.cancellations: list[Cancellation] = []

    def start(self, cancellation: Cancellation) -> "asyncio.Future[int]":
        self.cancellations.append(cancellation)
        self.futures.append(asyncio.get_running_loop().create_future())
        return self.futures[-1]


async def board(flights: Flights, work: Work, key: str = "key", count: int = 1) -> list["asyncio.Task[int]"]:
    tasks = [asyncio.create_task(flights.join(key, work.start)) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


async def test_equal_keys_are_computed_once() -> None:
    flights, work = Flights(), Work()
    tasks = await board(flights, work, count=5)
    work.futures[0].set_result(7)
    assert await asyncio.gather(*tasks) == [7] * 5
    assert len(work.futures) == 1


async def test_different_keys_are_not() -> None:
    flights, work = Flights(), Work()
    tasks = await board(flights, work, "a") + await board(flights, work, "b")
    for value, future in enumerate(work.futures):
        future.set_result(value)
    assert await asyncio.gather(*tasks) == [0, 1]


async def test_what_has_ended_is_begun_anew() -> None:
    flights, work = Flights(), Work()
    for value in range(2):
        (task,) = await board(flights, work)
        work.futures[value].set_result(value)
        assert await task == value


async def test_a_failure_is_everybodys() -> None:
    flights, work = Flights(), Work()
    tasks = await board(flights, work, count=3)
    work.futures[0].set_exception(ZeroDivisionError("canary"))
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in results] == [ZeroDivisionError] * 3


async def test_who_leaves_does_not_end_what_others_wait_for() -> None:
    flights, work = Flights(), Work()
    leaving, staying = await board(flights, work, count=2)
    leaving.cancel()
    await asyncio.sleep(0)
    assert not work.cancellations[0].is_cancelled
    work.futures[0].set_result(7)
    assert await staying == 7


async def test_when_all_leave_the_work_ends() -> None:
    flights, work = Flights(), Work()
    tasks = await board(flights, work, count=2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert work.cancellations[0].is_cancelled
    work.futures[0].set_exception(ZeroDivisionError("nobody is told"))
    await asyncio.sleep(0)


async def test_the_end_of_abandoned_work_is_not_that_of_its_successor() -> None:
    """Under the same key: who comes later still joins the successor."""
    flights, work = Flights(), Work()
    (first,) = await board(flights, work)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    (second,) = await board(flights, work)
    work.futures[0].set_result(0)
    await asyncio.sleep(0)
    (third,) = await board(flights, work)
    assert len(work.futures) == 2
    work.futures[1].set_result(7)
    assert await asyncio.gather(second, third) == [7, 7]


# ---- in the service


@pytest.fixture
def store(tmp_path: Path):  # type: ignore[no-untyped-def]
    store = open_duckdb_store(tmp_path, ManualClock(NOW_MS))
    yield store
    store.close()


@pytest.fixture
async def service(store: DuckDBMetricStore) -> AsyncIterator[QueryService]:
    service = make_query_service(store, ManualClock(NOW_MS))
    yield service
    service.close()


class Gate:
    """Holds every query until it is opened; counts them."""

    def __init__(self, service: QueryService, monkeypatch: pytest.MonkeyPatch) -> None:
        self.limits: list[ReadLimits | None] = []
        self._opened = threading.Event()
        run = service.run_blocking

        def run_held(query: Query, limits: ReadLimits | None = None) -> QueryAnswer:
            self.limits.append(limits)
            assert self._opened.wait(20)
            return run(query, limits)

        monkeypatch.setattr(service, "run_blocking", run_held)

    def open(self) -> None:
        self._opened.set()


QUERY = Query(text="cpu", start_ms=NOW_MS - HOUR_MS, end_ms=NOW_MS, step_ms=60_000)


async def test_equal_queries_are_computed_once(
    store: DuckDBMetricStore, service: QueryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(store, "cpu", {}, [(NOW_MS - 1, 7.0)])
    gate = Gate(service, monkeypatch)
    tasks = [asyncio.create_task(service.run(QUERY)) for _ in range(20)]
    other = asyncio.create_task(service.run(Query(text="cpu + 1", start_ms=NOW_MS - HOUR_MS, end_ms=NOW_MS)))
    await asyncio.sleep(0.05)
    gate.open()
    answers = await asyncio.gather(*tasks, other)
    assert len(gate.limits) == 2
    assert all(answer is answers[0] for answer in answers[:20])


async def test_what_was_written_meanwhile_is_in_the_answer_of_who_asks_then(
    store: DuckDBMetricStore, service: QueryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(service, monkeypatch)
    before = asyncio.create_task(service.run(QUERY))
    await asyncio.sleep(0.05)
    push(store, "cpu", {}, [(NOW_MS - 1, 7.0)])
    after = asyncio.create_task(service.run(QUERY))
    await asyncio.sleep(0.05)
    gate.open()
    await before
    assert [one.values[-1] for one in (await after).series] == [7.0]
    assert len(gate.limits) == 2


async def test_an_asker_who_leaves_cancels_the_read(
    service: QueryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(service, monkeypatch)
    task = asyncio.create_task(service.run(QUERY))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    (limits,) = gate.limits
    assert limits is not None
    assert limits.cancellation is not None
    assert limits.cancellation.is_cancelled
    gate.open()


async def test_more_than_may_wait_are_sent_away(
    service: QueryService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "MAX_WAITING", 2)
    gate = Gate(service, monkeypatch)
    tasks = [
        asyncio.create_task(service.run(Query(text=f"m{number}", start_ms=0, end_ms=HOUR_MS)))
        for number in range(service_module.WORKERS + 2)
    ]
    await asyncio.sleep(0.05)
    with pytest.raises(UnavailableError) as refused:
        await service.run(QUERY)
    assert refused.value.retry_after_s > 0
    gate.open()
    await asyncio.gather(*tasks)
    assert (await service.run(QUERY)).series_total == 0
