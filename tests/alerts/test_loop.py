"""The alert loop where scripts do not reach: queries that hang, databases that cannot be written, clocks that jump."""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from metricbox.alerts.loop import SAVE_VALUES_MS, SETTLE_MS, AlertLoop, read_value
from metricbox.alerts.rule_pass import MAX_WATCHED
from metricbox.alerts.transitions import State
from metricbox.clock import ManualClock
from metricbox.errors import UnavailableError, ValidationError
from metricbox.query.promql.values import Matrix, Scalars, Value, Windows
from metricbox.query.shared_reads import SharedReads
from metricbox.store.appdb.alert_channels import NewChannel, create_channel
from metricbox.store.appdb.alert_events import EventFilter, list_events
from metricbox.store.appdb.alert_rules import NewRule, RuleChanges, create_rule, delete_rule, update_rule
from metricbox.store.appdb.alert_states import load_states
from metricbox.store.appdb.database import AppDatabase, Connection
from metricbox.store.appdb.records import PageRequest
from tests.support.authors import AUTHOR
from tests.support.stores import NOW_MS

INTERVAL_MS = 10_000
QUICK_MS = 20
WAIT_S = 20


class Answers:
    """Queries that answer, hang or fail as a test says; what the service itself answers is in the scripts."""

    def __init__(self) -> None:
        self.values: dict[str, Sequence[float]] = {}
        self.faults: dict[str, Exception] = {}
        self.gates: dict[str, asyncio.Event] = {}
        self.asked: list[tuple[str, int]] = []
        self.took_s: dict[str, float] = {}
        self.clock: ManualClock | None = None
        self.shared: list[list[str]] = []
        self.share_fault: Exception | None = None
        self.share_gate: asyncio.Event | None = None

    async def share(self, queries: Sequence[tuple[str, int]]) -> SharedReads:
        self.shared.append([text for text, _ in queries])
        if self.share_gate:
            await self.share_gate.wait()
        if self.share_fault:
            raise self.share_fault
        return SharedReads({}, {})

    async def run_instant(
        self,
        text: str,
        time_ms: int,
        timeout_ms: int | None = None,
        *,
        takes_names: bool = False,
        shared: SharedReads | None = None,
    ) -> tuple[Value | Windows, Sequence[str]]:
        self.asked.append((text, time_ms))
        if text in self.gates:
            await self.gates[text].wait()
        if text in self.faults:
            raise self.faults[text]
        return vector(self.values.get(text, ())), ()


def vector(values: Sequence[float]) -> Matrix:
    column = np.array(values, np.float64).reshape(-1, 1)
    labels = [(("row", str(row)),) for row in range(len(values))]
    return Matrix(labels, column, np.ones_like(column, dtype=bool))


class World:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock(NOW_MS)
        self.appdb = AppDatabase.open(folder / "app.sqlite", self.clock)
        self.answers = Answers()
        self.woken = 0
        self.channel_id = self.appdb.write_blocking(
            lambda connection: create_channel(
                connection, NewChannel("ops", "webhook", {}, True), AUTHOR, NOW_MS
            )
        ).id
        self.loop = self.make_loop()

    def make_loop(self, interval_ms: int = INTERVAL_MS) -> AlertLoop:
        return AlertLoop(
            self.appdb,
            self.answers,
            self.clock,
            interval_ms=interval_ms,
            load_silences=lambda *_: lambda _: False,
            on_messages=self._wake,
        )

    def _wake(self) -> None:
        self.woken += 1

    def rule(self, name: str, query: str | None = None, **content: Any) -> str:
        made = {
            "query": query or name, "condition": "gt", "threshold": 90,
            "notification": {"channels": [self.channel_id]},
        }  # fmt: skip
        new = NewRule(name, made | content, True, None)
        return self.appdb.write_blocking(lambda connection: create_rule(connection, new, AUTHOR, NOW_MS)).id

    async def tick(self, advance_ms: int = INTERVAL_MS) -> None:
        self.clock.advance_ms(advance_ms)
        await self.loop.tick(self.clock.now_ms())

    def events(self) -> list[tuple[str, str]]:
        """Rule and status, in order."""
        page = self.appdb.read_blocking(
            lambda connection: list_events(connection, PageRequest(page_size=5_000), EventFilter())
        )
        return [(one.rule_name, one.status) for one in reversed(page.rows)]

    def count(self, table: str) -> int:
        return int(
            self.appdb.read_blocking(
                lambda connection: connection.execute(f"select count(*) from {table}").get
            )
        )

    def states(self, rule_id: str) -> list[State]:
        return [one.state.state for one in self.loop.watched_of(rule_id).values()]

    @contextlib.contextmanager
    def full_disk(self) -> Iterator[None]:
        """SQLite may not grow its file any further, which it tells as it tells a full disk."""

        def limit(connection: Connection, pages: int) -> None:
            connection.execute(f"pragma max_page_count = {pages}").fetchall()

        # No more than there are; a pragma takes effect whatever becomes of its transaction.
        self.appdb.write_blocking(lambda connection: limit(connection, 1))
        try:
            yield
        finally:
            self.appdb.write_blocking(lambda connection: limit(connection, 1 << 30))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.appdb.close()


async def wait_until(is_so: Any) -> None:
    async with asyncio.timeout(WAIT_S):
        while not is_so():
            await asyncio.sleep(0.001)


async def test_rules_with_one_query_ask_it_once(world: World) -> None:
    for name, threshold in (("a", 90), ("b", 50)):
        world.rule(name, "cpu", threshold=threshold)
    world.rule("late", "cpu", evaluationDelay="30s")
    world.answers.values["cpu"] = [60.0]
    await world.tick()
    now_ms = world.clock.now_ms()
    assert sorted(world.answers.asked) == [("cpu", now_ms - 30_000), ("cpu", now_ms)]
    assert world.events() == [("b", "firing")]


async def test_a_query_that_hangs_delays_no_other_rule_and_is_not_run_twice(world: World) -> None:
    world.rule("hangs")
    for name in ("a", "b", "c"):
        world.rule(name)
        world.answers.values[name] = [95.0]
    gate = world.answers.gates["hangs"] = asyncio.Event()
    ticks = [asyncio.create_task(world.tick())]
    await wait_until(lambda: len(world.events()) == 3)
    world.answers.values["a"] = [1.0]
    ticks.append(asyncio.create_task(world.tick()))
    await wait_until(lambda: ("a", "resolved") in world.events())
    assert [text for text, _ in world.answers.asked].count("hangs") == 1
    assert not ticks[0].done()
    gate.set()
    await asyncio.gather(*ticks)
    await world.tick()
    assert [text for text, _ in world.answers.asked].count("hangs") == 2


async def test_queries_that_were_slow_wait_for_one_another_and_for_nobody_else(world: World) -> None:
    names = ["slow1", "slow2", "slow3", "quick"]
    for name in names:
        world.rule(name)
        world.answers.gates[name] = asyncio.Event()
    first = asyncio.create_task(world.tick())
    for name in names:
        await wait_until(lambda name=name: name in [text for text, _ in world.answers.asked])
        world.clock.advance_ms(0 if name == "quick" else 5_000)
        world.answers.gates[name].set()
        await asyncio.sleep(0)
    await first
    world.answers.asked.clear()
    for name in names[:3]:
        world.answers.gates[name] = asyncio.Event()
    world.answers.values["quick"] = [95.0]
    second = asyncio.create_task(world.tick())
    await wait_until(lambda: world.events() == [("quick", "firing")])
    slow = [text for text, _ in world.answers.asked if text != "quick"]
    assert len(slow) == 1, "one at a time"
    for gate in world.answers.gates.values():
        gate.set()
    await second
    assert sorted(text for text, _ in world.answers.asked) == sorted(names)


async def test_slow_queries_neither_share_reads_nor_wait_for_them(world: World) -> None:
    for name in ("slow", "a", "b"):
        world.rule(name)
        world.answers.values[name] = [95.0]
    world.answers.gates["slow"] = asyncio.Event()
    first = asyncio.create_task(world.tick())
    await wait_until(lambda: len(world.events()) == 2)
    world.clock.advance_ms(5_000)
    world.answers.gates["slow"].set()
    await first
    assert sorted(world.answers.shared[0]) == ["a", "b", "slow"]
    world.answers.asked.clear()
    world.answers.share_gate = asyncio.Event()
    second = asyncio.create_task(world.tick())
    await wait_until(lambda: [text for text, _ in world.answers.asked] == ["slow"])
    assert sorted(world.answers.shared[1]) == ["a", "b"]
    world.answers.share_gate.set()
    await second
    assert sorted(text for text, _ in world.answers.asked) == ["a", "b", "slow"]


@pytest.mark.parametrize(
    "fault", [UnavailableError("too many queries are running", 2), RuntimeError("broken")]
)
async def test_rules_are_evaluated_whatever_becomes_of_shared_reads(world: World, fault: Exception) -> None:
    for name in ("a", "b"):
        world.rule(name)
        world.answers.values[name] = [95.0]
    world.answers.share_fault = fault
    await world.tick()
    assert sorted(world.events()) == [("a", "firing"), ("b", "firing")]
    assert world.loop.errors == {}


async def test_a_change_writes_what_changed_and_values_follow_within_a_minute(world: World) -> None:
    rule_id = world.rule("cpu")

    def saved() -> list[tuple[str, float | None]]:
        records = world.appdb.read_blocking(lambda connection: load_states(connection, rule_id))
        return [(record.series_key[9:-3], record.value) for record in records]

    world.answers.values["cpu"] = [95.0, 96.0]
    await world.tick()
    assert saved() == [("0", 95.0), ("1", 96.0)]
    world.answers.values["cpu"] = [97.0, 98.0, 99.0]
    await world.tick()
    assert saved() == [("0", 95.0), ("1", 96.0), ("2", 99.0)], "no row that is as it was is written again"
    assert [one.value for one in world.loop.watched_of(rule_id).values()] == [97.0, 98.0, 99.0]
    world.answers.values["cpu"] = [97.0, 1.0, 99.0]
    await world.tick()
    assert saved() == [("0", 95.0), ("2", 99.0)]
    await world.tick(SAVE_VALUES_MS)
    assert saved() == [("0", 97.0), ("2", 99.0)]


@pytest.mark.parametrize("does_delete", [True, False])
async def test_a_rule_that_goes_while_it_is_evaluated_fires_nothing(world: World, does_delete: bool) -> None:
    rule_id = world.rule("cpu")
    world.answers.values["cpu"] = [95.0]
    gate = world.answers.gates["cpu"] = asyncio.Event()
    running = asyncio.create_task(world.tick())
    await wait_until(lambda: world.answers.asked)

    def change(connection: Connection) -> None:
        if does_delete:
            delete_rule(connection, rule_id, AUTHOR, NOW_MS)
        else:
            update_rule(connection, rule_id, RuleChanges(is_enabled=False), AUTHOR, NOW_MS)

    await world.appdb.write(change)
    gate.set()
    await running
    assert world.events() == []
    assert (world.count("alert_states"), world.count("alert_deliveries"), world.woken) == (0, 0, 0)
    assert world.states(rule_id) == []


async def test_while_the_disk_is_full_nothing_is_lost(world: World) -> None:
    rule_id = world.rule("cpu")
    # Each state is a row with long labels: more than the pages that there are.
    world.answers.values["cpu"] = [95.0] * 2_000
    with world.full_disk():
        await world.tick()
        await world.tick()
        assert world.events() == []
        assert world.states(rule_id) == []
        assert world.woken == 0
    await world.tick()
    assert world.events() == [("cpu", "firing")] * 2_000
    assert (world.count("alert_states"), world.count("alert_deliveries"), world.woken) == (2_000, 1, 1)
    # The end likewise.
    world.answers.values["cpu"] = [1.0] * 2_000
    await world.tick()
    assert world.events() == [("cpu", "resolved")] * 2_000


async def test_a_query_that_fails_is_told_at_its_rule_and_stops_no_other(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    broken, odd, fine = world.rule("broken"), world.rule("odd"), world.rule("fine")
    world.answers.faults["broken"] = UnavailableError("The store is closed.", retry_after_s=1)
    world.answers.faults["odd"] = ZeroDivisionError("secret")
    world.answers.values["fine"] = [95.0]
    await world.tick()
    assert world.events() == [("fine", "firing")]
    assert world.loop.errors[broken] == "The store is closed."
    assert "ZeroDivisionError" in world.loop.errors[odd]
    assert "secret" not in world.loop.errors[odd]
    assert fine not in world.loop.errors
    assert "the query of rule odd failed" in caplog.text
    world.answers.faults.clear()
    await world.tick()
    assert world.loop.errors == {}


async def test_a_rule_whose_series_explode_says_so_and_goes_on_afterwards(world: World) -> None:
    rule_id = world.rule("cpu")
    world.answers.values["cpu"] = np.full(MAX_WATCHED + 1, 95.0).tolist()
    await world.tick()
    assert world.events() == []
    assert "aggregate" in world.loop.errors[rule_id]
    world.answers.values["cpu"] = [95.0]
    await world.tick()
    assert world.events() == [("cpu", "firing")]
    assert world.loop.errors == {}


@pytest.mark.parametrize("jump_ms", [-86_400_000, 86_400_000])
async def test_waits_go_on_when_the_clock_is_set(world: World, jump_ms: int) -> None:
    rule_id = world.rule("cpu", duration="1m")
    world.answers.values["cpu"] = [95.0]
    for _ in range(4):
        await world.tick()
    assert world.states(rule_id) == [State.PENDING]
    world.clock.set_ms(world.clock.now_ms() + jump_ms)
    await world.tick()
    await world.tick()
    assert world.states(rule_id) == [State.PENDING], "50 s of waiting"
    await world.tick()
    assert world.states(rule_id) == [State.FIRING]
    assert world.woken == 1
    for _ in range(5):
        await world.tick()
    assert world.woken == 1, "told once"
    assert world.loop.silent_ms == 0


async def test_a_jump_while_it_fires_neither_ends_nor_repeats_it(world: World) -> None:
    rule_id = world.rule("cpu", keepFiringFor="1m")
    world.answers.values["cpu"] = [95.0]
    await world.tick(SETTLE_MS + INTERVAL_MS)
    world.answers.values["cpu"] = [1.0]
    await world.tick()
    for jump_ms in (7_200_000, -10_800_000):
        world.clock.set_ms(world.clock.now_ms() + jump_ms)
        await world.tick()
        assert world.states(rule_id) == [State.FIRING]
    assert world.count("alert_deliveries") == 1
    for _ in range(4):
        await world.tick()
    assert world.events() == [("cpu", "resolved")]


async def test_a_restart_knows_what_was_watched(world: World) -> None:
    """B101, B102, B124: the state comes back as it was, and nothing is told again."""
    pending, firing = world.rule("pending", duration="1m"), world.rule("firing")
    world.answers.values = {"pending": [95.0], "firing": [95.0]}
    for _ in range(3):
        await world.tick()
    before = {one: dict(world.loop.watched_of(one)) for one in (pending, firing)}
    world.loop = world.make_loop()
    await world.loop.load()
    assert world.states(firing) == [State.FIRING]
    assert {one: [w.state for w in world.loop.watched_of(one).values()] for one in before} == {
        one: [w.state for w in watched.values()] for one, watched in before.items()
    }
    for _ in range(4):
        await world.tick()
    assert world.events() == [("firing", "firing"), ("pending", "firing")]
    assert world.count("alert_deliveries") == 2


async def test_no_failure_ends_the_loop(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """It runs by itself; its first ticks cannot even read the rules."""
    world.rule("cpu")
    world.answers.values["cpu"] = [95.0]
    await world.appdb.write(lambda connection: connection.execute("alter table alert_rules rename to gone"))
    # Of wall time it sleeps no longer than its interval.
    world.loop = world.make_loop(QUICK_MS)
    running = asyncio.create_task(world.loop.run())
    try:
        async with asyncio.timeout(WAIT_S):
            while "alerts were not evaluated" not in caplog.text:
                world.clock.advance_ms(QUICK_MS)
                await asyncio.sleep(0.005)
            await world.appdb.write(
                lambda connection: connection.execute("alter table gone rename to alert_rules")
            )
            # The event is there before the tick that made it is over.
            while not world.events() or world.loop.last_tick_ms is None:
                world.clock.advance_ms(QUICK_MS)
                await asyncio.sleep(0.005)
        assert not running.done()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert world.loop.last_tick_ms is not None
    assert world.loop.last_tick_ms % QUICK_MS == 0


def test_what_a_query_may_answer() -> None:
    found = read_value(vector([1.0, 2.0]))
    assert ([dict(labels) for labels in found.labels], found.values.tolist()) == (
        [{"row": "0"}, {"row": "1"}],
        [1, 2],
    )
    gone = vector([1.0, 2.0])
    gone.present[0, 0] = False
    assert read_value(gone).values.tolist() == [2]
    assert read_value(Scalars(np.array([5.0]))) == ([()], np.array([5.0]))
    with pytest.raises(ValidationError, match="number"):
        read_value("text")  # type: ignore[arg-type]
