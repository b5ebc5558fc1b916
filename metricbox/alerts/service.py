"""Alerting as a whole, for app.py and the routes: the loop, the dispatcher, and rules tried out."""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from metricbox.alerts.channels.http import HttpPoster
from metricbox.alerts.channels.making import make_sender
from metricbox.alerts.channels.sending import Sender, SendError
from metricbox.alerts.conditions import holds
from metricbox.alerts.dispatcher import SEND_TIMEOUT_S, Dispatcher
from metricbox.alerts.loop import AlertLoop, read_value
from metricbox.alerts.messages import labels_of
from metricbox.alerts.rehearsal import Spell, rehearse
from metricbox.alerts.rule_pass import Key, Kind
from metricbox.alerts.rules import Rule
from metricbox.alerts.silences import load_silences
from metricbox.alerts.transitions import State
from metricbox.clock import Clock
from metricbox.durations import format_duration
from metricbox.errors import ValidationError
from metricbox.query.service import QueryService
from metricbox.query.types import truncation_warnings
from metricbox.store.appdb.alert_channels import ChannelRecord
from metricbox.store.appdb.alert_deliveries import count_queued, drop_old_deliveries
from metricbox.store.appdb.alert_events import EventFilter, drop_old_events, list_events
from metricbox.store.appdb.alert_rules import count_enabled_rules
from metricbox.store.appdb.database import AppDatabase
from metricbox.store.appdb.records import PageRequest

# A rule is tried on values this far apart, the resolution of the rollup; on shorter ranges at its own ticks.
PREVIEW_STEP_MS = 60_000
FINE_PREVIEW_MS = 3_600_000
MAX_PREVIEW_MS = 30 * 86_400_000
MAX_PREVIEW_SERIES = 2_000
MAX_SPELLS = 5_000
MAX_EVALUATED = 1_000
# So many intervals without an evaluation are told.
LATE_INTERVALS = 3
# Read anew for each statement.
MAX_SQL_EVENTS = 10_000


class SeriesView(NamedTuple):
    """One series of a rule, as of now."""

    labels: Mapping[str, str]
    value: float | None
    state: State
    since_ms: int | None
    fires_ms: int | None
    """When a pending one fires if it goes on."""


class EvaluationView(NamedTuple):
    at_ms: int
    series: Sequence[SeriesView]
    total: int
    warnings: Sequence[str]


class PreviewView(NamedTuple):
    spells: Sequence[tuple[Mapping[str, str], Spell]]
    spells_total: int
    series_total: int
    series_fired: int
    table: str
    step_ms: int
    is_truncated: bool
    warnings: Sequence[str]


class AlertHealth(NamedTuple):
    """How alerting itself is doing."""

    last_tick_ms: int | None
    last_duration_ms: int | None
    interval_ms: int
    rules: int
    failing: int
    pending: int
    firing: int
    queued: int
    warning: str | None


class AlertService:
    """Made by app.py; `start`, `stop` and `close` on the event loop."""

    def __init__(
        self,
        appdb: AppDatabase,
        query: QueryService,
        clock: Clock,
        *,
        interval_ms: int,
        poster: HttpPoster,
        note_result: Callable[[str, bool], None] = lambda *_: None,
        note_tick: Callable[[float], None] = lambda _: None,
        url: str = "",
    ) -> None:
        self._appdb = appdb
        self._query = query
        self._clock = clock
        self._interval_ms = interval_ms
        self._poster = poster
        self.url = url
        self.dispatcher = Dispatcher(appdb, clock, self.make_sender, note_result)
        self.loop = AlertLoop(
            appdb,
            query,
            clock,
            interval_ms=interval_ms,
            load_silences=load_silences,
            on_messages=self.dispatcher.wake,
            note_tick=note_tick,
            url=url,
        )
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        await self.loop.load()
        self._tasks = [
            asyncio.create_task(self.loop.run(), name="alerts"),
            asyncio.create_task(self.dispatcher.run(), name="dispatcher"),
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def close(self) -> None:
        """After `stop`."""
        await self._poster.close()

    def make_sender(self, channel: ChannelRecord) -> Sender:
        """Raises ValueError for settings that cannot be used."""
        return make_sender(channel, self._poster)

    async def try_channel(self, channel: ChannelRecord, message: Mapping[str, Any]) -> tuple[bool, str]:
        """Send one message at once, past the outbox: whether it was taken, and what the receiver said."""
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                return True, await self.make_sender(channel).send(message)
        except TimeoutError:
            return False, f"no answer within {SEND_TIMEOUT_S:g} s"
        except (SendError, ValueError) as error:
            return False, str(error)

    async def list_event_rows(self) -> Sequence[Sequence[object]]:
        """The newest alerts as rows of the SQL view alert_events."""
        request = PageRequest(page_size=MAX_SQL_EVENTS)
        page = await self._appdb.read(lambda connection: list_events(connection, request, EventFilter()))
        return [
            (
                event.id,
                event.rule_id,
                event.rule_name,
                event.labels,
                event.status,
                event.value,
                event.triggered_ms,
                event.resolved_ms,
            )
            for event in page.rows
        ]

    async def examine(self) -> AlertHealth:
        """Counts, and a sentence when the loop does not come round any more."""
        rules, queued = await self._appdb.read(
            lambda connection: (count_enabled_rules(connection), count_queued(connection))
        )
        loop = self.loop
        warning = None
        if loop.silent_ms > LATE_INTERVALS * self._interval_ms:
            warning = (
                f"Alert rules were not evaluated for {format_duration(loop.silent_ms // 1000 * 1000)}; the log may "
                "say why. Until then no alert fires and none is resolved."
            )
        return AlertHealth(
            last_tick_ms=loop.last_tick_ms,
            last_duration_ms=loop.last_duration_ms,
            interval_ms=self._interval_ms,
            rules=rules,
            failing=len(loop.errors),
            pending=loop.count(State.PENDING),
            firing=loop.count(State.FIRING),
            queued=queued,
            warning=warning,
        )

    async def clean(self) -> None:
        """Forget what is too old to be looked at; a job."""
        now_ms = self._clock.now_ms()
        await self._appdb.write(lambda connection: drop_old_events(connection, now_ms))
        await self._appdb.write(lambda connection: drop_old_deliveries(connection, now_ms))

    # ---- rules that are tried

    async def evaluate(self, rule: Rule) -> EvaluationView:
        """Value and state of each series of a rule, now. Raises what its query raises."""
        now_ms = self._clock.now_ms()
        value, warnings = await self._query.run_instant(rule.query, now_ms - rule.delay_ms, takes_names=True)
        reading = read_value(value)
        is_bad = holds(rule.condition, reading.values, rule.threshold)
        order = sorted(range(len(reading.labels)), key=lambda row: (not is_bad[row], reading.labels[row]))
        watched = self.loop.watched_of(rule.id)
        views = []
        for row in order[:MAX_EVALUATED]:
            key = Key(Kind.CONDITION, reading.labels[row])
            one = watched.get(key)
            state = State.OK if one is None else one.state.state
            since_ms = None if one is None or state is State.OK else one.state.since_ms
            fires_ms = (
                since_ms + rule.waits.for_ms if since_ms is not None and state is State.PENDING else None
            )
            number = float(reading.values[row])
            shown = None if math.isnan(number) else number
            views.append(SeriesView(labels_of(rule, key), shown, state, since_ms, fires_ms))
        return EvaluationView(now_ms, views, len(order), warnings)

    async def preview(self, rule: Rule, start_ms: int, end_ms: int) -> PreviewView:
        """When a rule would have fired in [start, end). Raises ValidationError, and what its query raises."""
        if end_ms - start_ms > MAX_PREVIEW_MS:
            raise ValidationError.for_field("from", "must be at most 30 days before to")
        if end_ms <= start_ms:
            raise ValidationError.for_field("to", "must be later than from")
        step_ms = self._interval_ms if end_ms - start_ms <= FINE_PREVIEW_MS else PREVIEW_STEP_MS
        # At the ticks that the loop has, or every minute one.
        start_ms = -(-start_ms // step_ms) * step_ms
        answer = await self._query.run_steps(rule.query, start_ms, end_ms, step_ms)
        columns = answer.columns
        shown = sorted(range(len(columns.labels)), key=columns.labels.__getitem__)[:MAX_PREVIEW_SERIES]
        values = np.where(answer.present, columns.values, np.nan)[shown]
        spells = await asyncio.to_thread(rehearse, rule, columns.times_ms, values)
        labels = [labels_of(rule, Key(Kind.CONDITION, columns.labels[row])) for row in shown]
        total = len(columns.labels)
        warnings = [*answer.warnings, *truncation_warnings(total, len(shown))]
        if not answer.tier.is_raw:
            resolution = format_duration(answer.tier.resolution_ms)
            warnings.append(f"based on {resolution} rollups; the rule itself looks at every sample")
        return PreviewView(
            spells=[(labels[spell.row], spell) for spell in spells[:MAX_SPELLS]],
            spells_total=len(spells),
            series_total=total,
            series_fired=len({spell.row for spell in spells}),
            table=answer.tier.table,
            step_ms=step_ms,
            is_truncated=total > len(shown) or len(spells) > MAX_SPELLS,
            warnings=warnings,
        )
