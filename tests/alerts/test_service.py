"""Alerting as a whole: rules tried now and on history, health, start and stop. Over HTTP see tests/web/routes."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from metricbox.alerts.channels.http import HttpPoster
from metricbox.alerts.channels.sending import SendError
from metricbox.alerts.messages import make_test_message
from metricbox.alerts.rules import Rule
from metricbox.alerts.service import (
    LATE_INTERVALS,
    MAX_EVALUATED,
    MAX_PREVIEW_MS,
    PREVIEW_STEP_MS,
    AlertService,
)
from metricbox.alerts.transitions import State, Waits
from metricbox.clock import ManualClock
from metricbox.errors import LimitExceededError, ValidationError
from metricbox.query.service import QueryService
from metricbox.store.appdb.alert_channels import ChannelRecord
from metricbox.store.appdb.alert_events import EVENT_RETENTION_MS, NewEvent, insert_events, resolve_events
from metricbox.store.appdb.alert_rules import NewRule, create_rule
from metricbox.store.appdb.database import AppDatabase
from metricbox.store.contract import MetricStore
from tests.alerts.test_rule_pass import rule
from tests.support.authors import AUTHOR
from tests.support.query_services import make_query_service
from tests.support.stores import NOW_MS, open_duckdb_store, push

INTERVAL_MS = 10_000
MINUTE_MS = 60_000


@dataclasses.dataclass
class World:
    clock: ManualClock
    store: MetricStore
    query: QueryService
    appdb: AppDatabase
    alerts: AlertService

    async def rule(self, duration: str = "0s") -> Rule:
        """Saved, and evaluated by the loop as the one with this id."""
        content = {"query": "cpu", "condition": "gt", "threshold": 90, "duration": duration}
        made = await self.appdb.write(
            lambda connection: create_rule(connection, NewRule("cpu", content, True, None), AUTHOR, NOW_MS)
        )
        return dataclasses.replace(rule(), id=made.id)

    async def tick(self) -> None:
        self.clock.advance_ms(INTERVAL_MS)
        await self.alerts.loop.tick(self.clock.now_ms())


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock = ManualClock(NOW_MS)
    store = open_duckdb_store(tmp_path, clock)
    query = make_query_service(store, clock)
    appdb = AppDatabase.open(tmp_path / "app.sqlite", clock)
    alerts = AlertService(appdb, query, clock, interval_ms=INTERVAL_MS, poster=HttpPoster())
    yield World(clock, store, query, appdb, alerts)
    await alerts.stop()
    await alerts.close()
    query.close()
    store.close()
    appdb.close()


async def test_evaluation_shows_what_the_loop_knows(world: World) -> None:
    one = dataclasses.replace(await world.rule("1m"), waits=Waits(MINUTE_MS))
    for host, value in (("a", 10.0), ("b", 95.0), ("c", float("inf"))):
        push(world.store, "cpu", {"host": host}, [(NOW_MS, value)])
    await world.tick()
    view = await world.alerts.evaluate(one)
    assert (view.at_ms, view.total) == (NOW_MS + INTERVAL_MS, 3)
    assert [(one.labels["host"], one.state) for one in view.series] == [
        ("b", State.PENDING),
        ("c", State.PENDING),
        ("a", State.OK),
    ]
    pending, ok = view.series[0], view.series[2]
    assert (pending.since_ms, pending.fires_ms) == (NOW_MS + INTERVAL_MS, NOW_MS + INTERVAL_MS + MINUTE_MS)
    assert (ok.since_ms, ok.fires_ms) == (None, None)


async def test_evaluation_lists_so_many_series_and_counts_all(world: World) -> None:
    for number in range(MAX_EVALUATED + 5):
        push(world.store, "cpu", {"host": str(number)}, [(NOW_MS, 1.0)])
    view = await world.alerts.evaluate(rule())
    assert (len(view.series), view.total) == (MAX_EVALUATED, MAX_EVALUATED + 5)


async def test_a_preview_is_on_the_ticks_of_the_loop_or_on_minutes(world: World) -> None:
    push(world.store, "cpu", {}, [(NOW_MS - 5 * MINUTE_MS, 95.0)])
    short = await world.alerts.preview(rule(), NOW_MS - 10 * MINUTE_MS - 1, NOW_MS)
    assert short.step_ms == INTERVAL_MS
    assert short.spells[0][1].start_ms == NOW_MS - 5 * MINUTE_MS
    long = await world.alerts.preview(rule(), NOW_MS - 120 * MINUTE_MS, NOW_MS)
    assert (long.step_ms, long.table, long.series_fired) == (PREVIEW_STEP_MS, "metrics_1min", 1)
    assert any("rollups" in warning for warning in long.warnings)
    nothing = await world.alerts.preview(
        dataclasses.replace(rule(), query="none"), NOW_MS - MINUTE_MS, NOW_MS
    )
    assert (nothing.spells, nothing.series_total) == ([], 0)


async def test_a_preview_is_read_in_pieces_each_within_the_limit_of_samples(world: World) -> None:
    """Two days of minutes are two pieces; all at once they would be over the limit."""
    small = make_query_service(world.store, world.clock, query_max_samples=2_000)
    alerts = AlertService(world.appdb, small, world.clock, interval_ms=INTERVAL_MS, poster=HttpPoster())
    minutes = 2 * 1_440
    for host, shift in (("a", 0), ("b", 1_440)):
        rows = range(shift, 1_440 + shift)
        samples = [(NOW_MS - (minutes - row) * MINUTE_MS, 95.0 if row % 720 == 5 else 1.0) for row in rows]
        push(world.store, "cpu", {"host": host}, samples)
    start_ms = NOW_MS - minutes * MINUTE_MS
    with pytest.raises(LimitExceededError):
        await small.run_instant("count_over_time(cpu[2d])", NOW_MS)
    view = await alerts.preview(rule(), start_ms, NOW_MS)
    assert (view.series_total, view.series_fired, view.spells_total) == (2, 2, 4)
    assert [labels["host"] for labels, _ in view.spells] == ["a", "a", "b", "b"]
    whole = await world.alerts.preview(rule(), start_ms, NOW_MS)
    assert (whole.spells, whole.table) == (view.spells, view.table)
    await alerts.close()
    small.close()


async def test_a_preview_is_of_thirty_days_at_most(world: World) -> None:
    await world.alerts.preview(rule(), NOW_MS - MAX_PREVIEW_MS, NOW_MS)
    for start_ms, end_ms, field in (
        (NOW_MS - MAX_PREVIEW_MS - 1, NOW_MS, "from"),
        (NOW_MS, NOW_MS, "to"),
    ):
        with pytest.raises(ValidationError) as caught:
            await world.alerts.preview(rule(), start_ms, end_ms)
        assert caught.value.details[0].field == field


async def test_health_counts_and_warns_when_nothing_was_evaluated_for_three_intervals(world: World) -> None:
    await world.rule()
    await world.rule("1h")
    push(world.store, "cpu", {}, [(NOW_MS, 95.0)])
    fresh = await world.alerts.examine()
    assert (fresh.last_tick_ms, fresh.rules, fresh.firing, fresh.warning) == (None, 2, 0, None)
    await world.tick()
    health = await world.alerts.examine()
    assert (health.last_tick_ms, health.last_duration_ms) == (NOW_MS + INTERVAL_MS, 0)
    assert (health.pending, health.firing, health.failing, health.queued) == (1, 1, 0, 0)
    world.clock.advance_ms(LATE_INTERVALS * INTERVAL_MS)
    assert (await world.alerts.examine()).warning is None
    world.clock.advance_ms(1)
    warning = (await world.alerts.examine()).warning
    assert warning is not None
    assert "not evaluated for 30s" in warning
    # The wall clock alone may jump as it likes.
    await world.tick()
    world.clock.set_ms(world.clock.now_ms() + 86_400_000)
    assert (await world.alerts.examine()).warning is None


async def test_old_events_go_and_those_of_sql_are_the_newest_first(world: World) -> None:
    def write(connection: object) -> None:
        for name in ("old", "new"):
            insert_events(
                connection,  # type: ignore[arg-type]
                [NewEvent(name, "r", "CPU", "warning", {"host": "a"}, "condition", 95.0)],
                1,
            )
        resolve_events(connection, [("old", 1.0, 99.0)], 5)  # type: ignore[arg-type]

    await world.appdb.write(write)
    rows = await world.alerts.list_event_rows()
    assert [row[0] for row in rows] == ["new", "old"]
    assert list(rows[1][1:]) == ["r", "CPU", {"host": "a"}, "resolved", 1.0, 1, 5]
    world.clock.set_ms(EVENT_RETENTION_MS + 6)
    await world.alerts.clean()
    assert [row[0] for row in await world.alerts.list_event_rows()] == ["new"]


async def test_a_channel_is_tried_past_the_outbox(world: World) -> None:
    message = make_test_message("ops", NOW_MS)
    channel = ChannelRecord("c", "ops", "webhook", {"url": "http://127.0.0.1:1/"}, True, 0, 0)
    is_delivered, answer = await world.alerts.try_channel(channel, message)
    assert not is_delivered
    assert "cannot be reached" in answer
    is_delivered, answer = await world.alerts.try_channel(channel._replace(type="pigeon"), message)
    assert (is_delivered, "pigeon" in answer) == (False, True)
    with pytest.raises(SendError):
        await world.alerts.make_sender(channel).send(message)


async def test_it_starts_with_what_it_knew_and_stops(world: World) -> None:
    one = await world.rule()
    push(world.store, "cpu", {}, [(NOW_MS, 95.0)])
    await world.tick()
    again = AlertService(world.appdb, world.query, world.clock, interval_ms=INTERVAL_MS, poster=HttpPoster())
    await again.start()
    assert [watched.state.state for watched in again.loop.watched_of(one.id).values()] == [State.FIRING]
    async with asyncio.timeout(20):
        await again.stop()
    await again.close()
