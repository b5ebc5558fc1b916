"""The alert loop: at each tick all rules are evaluated, and what follows takes effect. Runs on the event loop.

    tick (every 10 s, at multiples of it)
      rules with one query ask it once -> rule_pass (pure) -> messages (pure) -> one transaction: state, events, outbox

A rule that still runs from the tick before is left out of this one, so that it is never run twice at once, and queries
that were slow wait in a lane of their own, so that they delay no other. Ticks that were missed (a busy machine, a
suspended one) are not run later: waits are measured in time and not in ticks, so nothing is lost by it. The state in
memory is what the database holds, and changes after the commit only.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from metricbox.alerts.messages import decide, labels_of, make_message
from metricbox.alerts.rule_pass import (
    Key,
    Outcome,
    Reading,
    Watched,
    run_failed_pass,
    run_pass,
)
from metricbox.alerts.rules import Rule, read_rule
from metricbox.alerts.state_rows import make_key, make_state, read_key, read_state
from metricbox.alerts.transitions import State, shift
from metricbox.clock import Clock
from metricbox.errors import MetricboxError, ValidationError
from metricbox.query.promql.values import Matrix, Scalars, Value, Windows
from metricbox.query.shared_reads import SharedReads
from metricbox.store.appdb.alert_channels import ChannelRecord, list_channels
from metricbox.store.appdb.alert_deliveries import NewDelivery
from metricbox.store.appdb.alert_events import NewEvent
from metricbox.store.appdb.alert_rules import RuleRecord, list_enabled_rules
from metricbox.store.appdb.alert_states import (
    EventEnd,
    PassRecord,
    load_states,
    save_pass,
)
from metricbox.store.appdb.database import AppDatabase, Connection
from metricbox.store.appdb.records import make_id

logger = logging.getLogger(__name__)

# After a start the senders have not all sent yet: absence says nothing for so long (trap B124).
SETTLE_MS = 60_000
# A wall clock that leaves the monotonic one by more was set, by a person or by NTP after a boot.
JUMP_MS = 30_000
# Rules at once: the query service has four workers, and dashboards want some of them.
PARALLEL = 2
# A query that took longer waits for the other slow ones from then on.
SLOW_MS = 2_000
# A value that changes at each tick is written so often while nothing else changes.
SAVE_VALUES_MS = 60_000

IsSilenced = Callable[[Mapping[str, str]], bool]


class Queries(Protocol):
    """What the loop needs of the query service."""

    async def share(self, queries: Sequence[tuple[str, int]]) -> SharedReads: ...

    async def run_instant(
        self,
        text: str,
        time_ms: int,
        timeout_ms: int | None = None,
        *,
        takes_names: bool = False,
        shared: SharedReads | None = None,
    ) -> tuple[Value | Windows, Sequence[str]]: ...


class AlertLoop:
    """`load_silences` gives at each tick whether an alert with these labels is silenced at that time."""

    def __init__(
        self,
        appdb: AppDatabase,
        queries: Queries,
        clock: Clock,
        *,
        interval_ms: int,
        load_silences: Callable[[Connection, int], IsSilenced],
        on_messages: Callable[[], None] = lambda: None,
        note_tick: Callable[[float], None] = lambda _: None,
        url: str = "",
    ) -> None:
        self._appdb = appdb
        self._queries = queries
        self._clock = clock
        self._interval_ms = interval_ms
        self._load_silences = load_silences
        self._on_messages = on_messages
        self._note_tick = note_tick
        self._url = url
        self._watched: dict[str, dict[Key, Watched]] = {}
        self._last_message_ms: dict[str, int] = {}
        self._saved_ms: dict[str, int] = {}
        self._running: set[str] = set()
        self._turns = asyncio.Semaphore(PARALLEL)
        self._slow_turn = asyncio.Semaphore(1)
        self._slow: set[str] = set()
        self._ticks: set[asyncio.Task[None]] = set()
        self._started_ms = clock.now_ms()
        self._offset_s: float | None = None
        self._ticked_s = clock.monotonic_s()
        self.errors: dict[str, str] = {}
        """Rule id -> what its query fails of, now."""
        self.last_tick_ms: int | None = None
        self.last_duration_ms: int | None = None

    async def load(self) -> None:
        """What was watched when the server was stopped. Once, before the first tick."""
        for record in await self._appdb.read(load_states):
            self._watched.setdefault(record.rule_id, {})[read_key(record.series_key)] = read_state(record)

    def watched_of(self, rule_id: str) -> Mapping[Key, Watched]:
        """What of a rule is pending or fires, for pages."""
        return self._watched.get(rule_id, {})

    def count(self, state: State) -> int:
        """Series of all rules in this state."""
        return sum(one.state.state is state for watched in self._watched.values() for one in watched.values())

    @property
    def silent_ms(self) -> int:
        """Since when nothing was evaluated, by a clock that does not jump."""
        return round((self._clock.monotonic_s() - self._ticked_s) * 1000)

    async def run(self) -> None:
        """Ticks for ever; no failure ends it."""
        try:
            while True:
                await self._sleep_until_next()
                tick_ms = self._clock.now_ms() // self._interval_ms * self._interval_ms
                # Not awaited: a tick that takes longer than the interval must not hold the next one.
                task = asyncio.create_task(self._try_tick(tick_ms), name="alert-tick")
                self._ticks.add(task)
                task.add_done_callback(self._ticks.discard)
        finally:
            for task in list(self._ticks):
                task.cancel()
            await asyncio.gather(*self._ticks, return_exceptions=True)

    async def _try_tick(self, tick_ms: int) -> None:
        try:
            await self.tick(tick_ms)
        except Exception:
            logger.exception("alerts were not evaluated; tried again in %s s", self._interval_ms // 1000)

    async def tick(self, tick_ms: int) -> None:
        """Evaluate all rules as of this time."""
        started_s = self._clock.monotonic_s()
        self._note_clock()
        rules, channels, is_silenced = await self._appdb.read(
            lambda connection: (
                list_enabled_rules(connection),
                {channel.id: channel for channel in list_channels(connection) if channel.is_enabled},
                self._load_silences(connection, tick_ms),
            )
        )
        self._forget_others(rules)
        groups: dict[tuple[str, int], list[Rule]] = {}
        for rule in _read_rules(rules):
            if rule.id not in self._running:
                self._running.add(rule.id)
                groups.setdefault((rule.query, rule.delay_ms), []).append(rule)
        # What is read for all is no reason for the slow ones to wait, nor they one for it.
        sharing = asyncio.ensure_future(self._share(groups, tick_ms))
        tick = _Tick(tick_ms, sharing, channels, is_silenced)
        try:
            await asyncio.gather(*(self._evaluate(group, tick) for group in groups.values()))
        finally:
            sharing.cancel()
        self.last_tick_ms = tick_ms
        self._ticked_s = self._clock.monotonic_s()
        took_s = self._ticked_s - started_s
        self.last_duration_ms = round(took_s * 1000)
        self._note_tick(took_s)

    # ---- one query and its rules

    async def _share(self, groups: Iterable[tuple[str, int]], tick_ms: int) -> SharedReads | None:
        """What the queries read, read together; None when each has to read for itself."""
        queries = [(query, tick_ms - delay_ms) for query, delay_ms in groups if query not in self._slow]
        try:
            return await self._queries.share(queries) if len(queries) > 1 else None
        except MetricboxError as error:
            logger.info("rules read each for itself: %s", error.message)
        except Exception:
            logger.exception("rules read each for itself")
        return None

    async def _evaluate(self, rules: Sequence[Rule], tick: "_Tick") -> None:
        is_slow = rules[0].query in self._slow
        try:
            # Shielded: one rule that is cancelled takes nothing from the others.
            shared = None if is_slow else await asyncio.shield(tick.sharing)
            async with self._slow_turn if is_slow else self._turns:
                started_s = self._clock.monotonic_s()
                reading, error = await self._ask(rules[0], tick.time_ms, shared)
                is_slow = self._clock.monotonic_s() - started_s > SLOW_MS / 1000
                (self._slow.add if is_slow else self._slow.discard)(rules[0].query)
            for rule in rules:
                await self._run(rule, reading, error, tick)
        except Exception:
            logger.exception("rule %s was not evaluated", rules[0].name)
        finally:
            self._running.difference_update(rule.id for rule in rules)

    async def _ask(self, rule: Rule, tick_ms: int, shared: SharedReads | None) -> tuple[Reading | None, str]:
        """What the query answers, or why it does not."""
        try:
            value, _ = await self._queries.run_instant(
                rule.query, tick_ms - rule.delay_ms, takes_names=True, shared=shared
            )
            return read_value(value), ""
        except MetricboxError as error:
            return None, error.message
        except Exception as error:
            logger.exception("the query of rule %s failed", rule.name)
            return None, f"the query could not be run ({type(error).__name__}); the log says more"

    async def _run(
        self,
        rule: Rule,
        reading: Reading | None,
        error: str,
        tick: "_Tick",
    ) -> None:
        tick_ms = tick.time_ms
        watched = self._watched.get(rule.id, {})
        try:
            if reading is None:
                outcome = run_failed_pass(rule, watched, tick_ms)
            else:
                is_settling = tick_ms - self._started_ms < SETTLE_MS
                outcome = run_pass(rule, watched, reading, tick_ms, is_settling=is_settling)
        except MetricboxError as too_many:
            error = too_many.message
            outcome = run_failed_pass(rule, watched, tick_ms)
        if error:
            self.errors[rule.id] = error
        else:
            self.errors.pop(rule.id, None)
        plan = _Plan(rule, watched, outcome, tick_ms, self._last_message_ms.get(rule.id))
        plan.decide(tick.channels, tick.is_silenced, error, self._url)
        is_due = tick_ms - self._saved_ms.get(rule.id, 0) >= SAVE_VALUES_MS and bool(outcome.watched)
        if plan.has_effect or is_due:
            record = plan.make_record(with_values=is_due)
            if not await self._appdb.write(lambda connection: save_pass(connection, record, tick_ms)):
                self._watched.pop(rule.id, None)
                return
            if is_due:
                self._saved_ms[rule.id] = tick_ms
        self._watched[rule.id] = plan.watched
        if plan.deliveries:
            if any(one.status == "firing" for one in plan.deliveries):
                self._last_message_ms[rule.id] = tick_ms
            self._on_messages()

    # ---- rules that go, clocks that jump

    def _forget_others(self, rules: Iterable[RuleRecord]) -> None:
        """Rules that are switched off or deleted; their state went with the change, see alert_states.forget_rule."""
        enabled = {rule.id for rule in rules}
        for memory in (self._watched, self._last_message_ms, self._saved_ms, self.errors):
            for rule_id in [one for one in memory if one not in enabled]:
                memory.pop(rule_id, None)

    def _note_clock(self) -> None:
        """Waits go on as they were when the wall clock is set: an hour that did not pass is no hour of waiting."""
        offset_s = self._clock.now_ms() / 1000 - self._clock.monotonic_s()
        if self._offset_s is not None and abs(jump_ms := round((offset_s - self._offset_s) * 1000)) > JUMP_MS:
            logger.warning(
                "the clock jumped by %s s; alerts go on with the waits that they had", jump_ms // 1000
            )
            self._started_ms += jump_ms
            for watched in self._watched.values():
                for key, one in watched.items():
                    sent_ms = None if one.sent_ms is None else one.sent_ms + jump_ms
                    state = shift(one.state, jump_ms)
                    watched[key] = one._replace(state=state, seen_ms=one.seen_ms + jump_ms, sent_ms=sent_ms)
            self._last_message_ms.clear()
            self._saved_ms.clear()
        self._offset_s = offset_s

    async def _sleep_until_next(self) -> None:
        due_ms = (self._clock.now_ms() // self._interval_ms + 1) * self._interval_ms
        while 0 < (rest_ms := due_ms - self._clock.now_ms()) <= self._interval_ms:  # noqa: ASYNC110 - a clock is awaited
            await asyncio.sleep(rest_ms / 1000)


class _Tick(NamedTuple):
    """What all rules of one tick have in common."""

    time_ms: int
    sharing: "asyncio.Future[SharedReads | None]"
    channels: Mapping[str, ChannelRecord]
    is_silenced: IsSilenced


class _Plan:
    """From the outcome of a pass to what is written."""

    def __init__(
        self,
        rule: Rule,
        before: Mapping[Key, Watched],
        outcome: Outcome,
        now_ms: int,
        last_message_ms: int | None,
    ) -> None:
        self.rule = rule
        self.before = before
        self.outcome = outcome
        self.now_ms = now_ms
        self.last_message_ms = last_message_ms
        self.watched = outcome.watched
        self.deliveries: list[NewDelivery] = []
        self.silenced: list[str] = []
        for key in outcome.began:
            self.watched[key] = self.watched[key]._replace(event_id=make_id())

    def decide(
        self,
        channels: Mapping[str, ChannelRecord],
        is_silenced: IsSilenced,
        error: str,
        url: str,
    ) -> None:
        """Whom this pass tells what."""
        rule, now_ms = self.rule, self.now_ms
        targets = [channels[one] for one in rule.channel_ids if one in channels]
        ended = self.outcome.ended
        decision = decide(rule, self.watched, ended, is_silenced, now_ms, self.last_message_ms)
        # What is over first: it was told before, and its place in the queue is after that.
        for status, alerts in (("resolved", decision.resolved), ("firing", decision.firing)):
            if not alerts or not targets:
                continue
            payload = make_message(rule, status, alerts, now_ms, url=url, error=error)
            event_ids = [one.event_id for one in alerts.values() if one.event_id]
            self.deliveries += [
                NewDelivery(channel.id, channel.name, rule.id, status, payload, event_ids)
                for channel in targets
            ]
        if targets:
            for key in decision.firing:
                self.watched[key] = self.watched[key]._replace(sent_ms=now_ms)
        self.silenced = [event_id for key in decision.silenced if (event_id := self.watched[key].event_id)]

    @property
    def has_effect(self) -> bool:
        """Whether anything but values is another than before."""
        return self.outcome.is_changed or bool(self.deliveries) or bool(self.silenced)

    def make_record(self, *, with_values: bool) -> PassRecord:
        """After `decide`. Without values only what changed but for them is written."""
        rule_id, ended = self.rule.id, self.outcome.ended
        saved = {
            key: one
            for key, one in self.watched.items()
            if with_values or _has_changed(self.before.get(key), one)
        }
        return PassRecord(
            rule_id=rule_id,
            saved=[make_state(rule_id, key, one) for key, one in saved.items()],
            removed=[make_key(key) for key in self.before if key not in self.watched],
            began=[self._make_event(key) for key in self.outcome.began],
            goes_on=[
                EventEnd(one.event_id, one.value, one.peak)
                for one in saved.values()
                if one.event_id and one.state.state is State.FIRING
            ],
            silenced=self.silenced,
            ended=[EventEnd(one.event_id, one.value, one.peak) for one in ended.values() if one.event_id],
            deliveries=self.deliveries,
        )

    def _make_event(self, key: Key) -> NewEvent:
        one, rule = self.watched[key], self.rule
        labels = labels_of(rule, key)
        return NewEvent(
            str(one.event_id), rule.id, rule.name, rule.severity.value, labels, key.kind.value, one.value
        )


def _has_changed(before: Watched | None, now: Watched) -> bool:
    """But for its value, and when it was seen."""
    return before is None or (now.state, now.event_id, now.sent_ms) != (
        before.state,
        before.event_id,
        before.sent_ms,
    )


def read_value(value: Value | Windows) -> Reading:
    """Series and values of an instant answer. Raises ValidationError for what is neither a vector nor a number."""
    if isinstance(value, Matrix):
        rows = np.flatnonzero(value.present[:, 0])
        return Reading([value.labels[row] for row in rows.tolist()], value.values[rows, 0])
    if isinstance(value, Scalars):
        return Reading([()], value.values[:1])
    raise ValidationError.for_field("query", "must give a number or series of numbers, such as rate(x[5m])")


def _read_rules(records: Iterable[RuleRecord]) -> list[Rule]:
    rules = []
    for record in records:
        try:
            rules.append(read_rule(record))
        except (KeyError, ValueError):
            logger.exception("rule %s cannot be read and is left out", record.id)
    return rules
