"""Statements in threads: bounded in number, ended when nobody waits."""

import asyncio
import dataclasses
import threading
from collections.abc import Iterator, Sequence
from typing import Any, cast

import pytest

from metricbox.errors import UnavailableError, ValidationError
from metricbox.query import sql as sql_module
from metricbox.query.sql import ALERT_EVENT_COLUMNS, DASHBOARD_COLUMNS, SqlService
from metricbox.settings import Settings
from metricbox.store.contract import MetricStore, ReadLimits, SqlQuestion, SqlTable

ANSWER = SqlTable(["x"], ["INTEGER"], [[1]], False)


class FakeStore:
    """Answers at once, or when it is let go or nobody waits any more."""

    def __init__(self) -> None:
        self.questions: list[tuple[SqlQuestion, ReadLimits]] = []
        self.lets_go = threading.Event()
        self.lets_go.set()
        self.has_ended = threading.Event()

    def run_sql(self, question: SqlQuestion, limits: ReadLimits) -> SqlTable:
        self.questions.append((question, limits))
        assert limits.cancellation is not None
        while not self.lets_go.wait(0.01):
            if limits.cancellation.is_cancelled:
                self.has_ended.set()
                raise UnavailableError("stopped", 1)
        if question.statement == "bad":
            raise ValidationError.for_field("sql", "is bad")
        return ANSWER


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def service(store: FakeStore) -> Iterator[SqlService]:
    async def events() -> Sequence[Sequence[object]]:
        return [("e1", "r1", "rule", "{}", "firing", 1.0, 5, None)]

    settings = dataclasses.replace(Settings(), query_timeout=2_500, query_max_samples=7)
    service = SqlService(cast("MetricStore", store), settings, events)
    yield service
    store.lets_go.set()
    service.close()


async def test_the_store_is_asked_with_limits_and_sources(service: SqlService, store: FakeStore) -> None:
    assert await service.run("SELECT 1", {"a": 1}, 5, [("d1", "Disks")]) == ANSWER
    ((question, limits),) = store.questions
    assert (question.statement, question.parameters, question.max_rows) == ("SELECT 1", {"a": 1}, 5)
    assert (limits.timeout_s, limits.max_samples) == (2.5, 7)
    dashboards, events = question.sources
    assert (dashboards.name, dashboards.columns, dashboards.rows) == (
        "dashboards", DASHBOARD_COLUMNS, [("d1", "Disks")],
    )  # fmt: skip
    assert (events.name, events.columns) == ("alert_events", ALERT_EVENT_COLUMNS)
    assert len(events.rows[0]) == len(ALERT_EVENT_COLUMNS)


async def test_errors_come_through(service: SqlService) -> None:
    with pytest.raises(ValidationError):
        await service.run("bad", [], 5, [])


async def test_a_statement_whose_caller_went_is_ended(service: SqlService, store: FakeStore) -> None:
    store.lets_go.clear()
    task = asyncio.create_task(service.run("SELECT 1", [], 5, []))
    while not store.questions:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(store.has_ended.wait, 5)


async def test_no_more_wait_than_can_be_answered_in_time(
    service: SqlService, store: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_module, "MAX_WAITING", 1)
    store.lets_go.clear()
    tasks: list[Any] = [asyncio.create_task(service.run("SELECT 1", [], 5, [])) for _ in range(3)]
    await asyncio.sleep(0.05)
    with pytest.raises(UnavailableError):
        await service.run("SELECT 1", [], 5, [])
    store.lets_go.set()
    assert await asyncio.gather(*tasks) == [ANSWER] * 3
    assert await service.run("SELECT 1", [], 5, []) == ANSWER
