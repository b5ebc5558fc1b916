"""Killed at random points of a run with scripted values, alerting tells exactly what there is to tell.

A child process runs the loop and the dispatcher against a sink; it is killed within a tick, while a message is under
way, and right after its receiver took it. 15 times in a usual run; METRICBOX_KILLS=100 for the long one.
"""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from metricbox.clock import ManualClock
from metricbox.query.times import format_time, parse_time_ms
from metricbox.store.appdb.alert_channels import NewChannel, create_channel
from metricbox.store.appdb.alert_rules import NewRule, create_rule
from metricbox.store.appdb.database import AppDatabase, Connection
from tests.alerts.kill_script import CALM, RULES, THRESHOLD, TICK_MS, Script, Spell
from tests.support.authors import AUTHOR
from tests.support.http_sink import Answer, HttpSink, Posted, run_sink
from tests.support.server_process import ROOT, clean_environment
from tests.support.stores import NOW_MS

KILLS = int(os.environ.get("METRICBOX_KILLS", "15"))
SEED = int(os.environ.get("METRICBOX_KILL_SEED", "7"))
# Calm ticks until the last message is through: retries wait by the clock that the ticks move.
MAX_CALM_TICKS = 1_000
WITHIN_TICK, BEFORE_ANSWER, AFTER_ANSWER = "within a tick", "before the answer", "after the answer"

pytestmark = pytest.mark.slow


class Told(NamedTuple):
    """One alert of one message that the sink got, in the order in which it came."""

    status: str
    rule: str
    alert: dict[str, Any]
    sent_ms: int
    is_taken: bool
    """The sink answered 200."""


class Run:
    """One run of the script, with its kills."""

    def __init__(self, path: Path, sink: HttpSink) -> None:
        self.path = path
        self.sink = sink
        self.random = random.Random(SEED)
        self.script = Script(SEED, max(100, 3 * KILLS))
        self.told: list[Told] = []
        self.kills: list[str] = []
        self._faults = random.Random(SEED + 1)
        self._trap = ""
        self._lock = threading.Lock()
        self._child: subprocess.Popen[str] | None = None
        sink.answer = self._answer

    def go(self) -> None:
        planned = set(self.random.sample(range(self.script.ticks), KILLS))
        tick, queued = 0, 0
        while tick < self.script.ticks or queued or len(self.kills) < KILLS:
            assert tick < self.script.ticks + MAX_CALM_TICKS, f"{queued} messages do not get through"
            if tick >= self.script.ticks:
                # What is queued is being sent; its retries wait for the ticks.
                time.sleep(0.02)
            # Traps that found nobody alive, or no message, are made up for at the end.
            is_due = len(self.kills) < KILLS if tick >= self.script.ticks else tick in planned
            planned.discard(tick)
            answer = self._tick(tick, is_killed=is_due)
            if answer is not None:
                queued = answer
                tick += 1
        self._end()

    def _tick(self, tick: int, *, is_killed: bool) -> int | None:
        """How many messages are queued after it; None when the child was killed before it said so."""
        child = self._child or self._start(tick)
        way = self.random.choice((WITHIN_TICK, BEFORE_ANSWER, AFTER_ANSWER)) if is_killed else ""
        if way in {BEFORE_ANSWER, AFTER_ANSWER} and not self._trap and tick < self.script.ticks:
            self._trap, way = way, ""
        elif way:
            way = WITHIN_TICK
        assert child.stdin
        assert child.stdout
        try:
            child.stdin.write(f"{tick}\n")
            child.stdin.flush()
        except BrokenPipeError:
            return self._bury()
        if way == WITHIN_TICK:
            time.sleep(self.random.uniform(0, 0.03))
            self._kill(WITHIN_TICK)
        line = child.stdout.readline()
        return int(line) if line else self._bury()

    def _start(self, tick: int) -> "subprocess.Popen[str]":
        arguments = [self.path, SEED, self.script.ticks, tick]
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.alerts.kill_child", *map(str, arguments)],
            cwd=ROOT,
            env=clean_environment({"PYTHONPATH": str(ROOT)}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self._child

    def _kill(self, way: str) -> None:
        with self._lock:
            child = self._child
            if child is not None and child.poll() is None:
                child.kill()
                child.wait()
                self.kills.append(way)

    def _bury(self) -> None:
        child = self._child
        assert child is not None
        assert child.wait() == -9, "the child ended by itself"
        self._close(child)

    def _end(self) -> None:
        child = self._child
        if child is not None:
            assert child.stdin
            child.stdin.close()
            child.wait(60)
            self._close(child)

    def _close(self, child: "subprocess.Popen[str]") -> None:
        for pipe in (child.stdin, child.stdout):
            if pipe and not pipe.closed:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue
        self._child = None

    def abort(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._close(self._child)

    # ---- the receiver, in threads of its own

    def _answer(self, posted: Posted) -> Answer:
        trap, self._trap = self._trap, ""
        is_taken = trap != BEFORE_ANSWER and self._faults.random() > 0.1
        message = posted.json
        sent_ms = parse_time_ms(message["sentAt"], 0)
        self.told += [
            Told(message["status"], message["rule"]["name"], alert, sent_ms, is_taken)
            for alert in message["alerts"]
        ]
        if trap == BEFORE_ANSWER:
            self._kill(trap)
            return Answer(closes=True)
        if trap == AFTER_ANSWER:
            # The answer is on its way while the process is killed: it may have noted it or not.
            threading.Timer(0.0, self._kill, (trap,)).start()
        return Answer(200 if is_taken else 500, b"")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    path = tmp_path / "app.sqlite"
    with run_sink() as sink:
        _set_up(path, sink.url)
        made = Run(path, sink)
        yield made
        made.abort()


def _set_up(path: Path, url: str) -> None:
    appdb = AppDatabase.open(path, ManualClock(NOW_MS))

    def make(connection: Connection) -> None:
        new = NewChannel("ops", "webhook", {"url": url}, True)
        channel = create_channel(connection, new, AUTHOR, NOW_MS)
        for query, wait in RULES.items():
            content = {
                "query": query,
                "condition": "gt",
                "threshold": THRESHOLD,
                "duration": f"{wait * TICK_MS // 1000}s",
                "severity": "warning",
                "notification": {"channels": [channel.id], "repeatInterval": "30d"},
            }
            create_rule(connection, NewRule(query, content, True, None), AUTHOR, NOW_MS)

    appdb.write_blocking(make)
    appdb.close()


def test_what_is_told_is_exactly_right(run: Run) -> None:
    run.go()
    assert len(run.kills) >= KILLS
    if KILLS >= 15:
        assert set(run.kills) == {WITHIN_TICK, BEFORE_ANSWER, AFTER_ANSWER}
    spells = {(one.query, one.host, _time(one.first)): one for one in run.script.spells}
    _check_that_nothing_is_wrong(run, spells)
    _check_that_all_is_told(run, spells)
    _check_order(run)
    _check_ledger(run)


def _check_that_nothing_is_wrong(run: Run, spells: dict[tuple[str, str, str], Spell]) -> None:
    events: dict[str, tuple[str, str, str]] = {}
    for told in run.told:
        alert = told.alert
        key = (told.rule, alert["labels"]["host"], alert["startedAt"])
        assert key in spells, f"{told.status} of what never was: {key}"
        assert events.setdefault(alert["eventId"], key) == key, "one event for two alerts"
        if told.status == "firing":
            assert alert["resolvedAt"] is None
            assert _time(spells[key].first) <= format_time(told.sent_ms) < _time(spells[key].last)
            assert alert["value"] == run.script.value(told.rule, key[1], told.sent_ms)
        else:
            assert alert["resolvedAt"] == _time(spells[key].last)
            assert alert["value"] == CALM
    assert len(set(events.values())) == len(events), "two events for one alert"


def _check_that_all_is_told(run: Run, spells: dict[tuple[str, str, str], Spell]) -> None:
    taken = {
        (told.status, told.rule, told.alert["labels"]["host"], told.alert["startedAt"])
        for told in run.told
        if told.is_taken
    }
    expected = {
        (status, *key) for key, one in spells.items() if one.must_be_told for status in ("firing", "resolved")
    }
    assert expected - taken == set()
    assert _of(taken, "firing") == _of(taken, "resolved")


def _of(taken: set[tuple[str, str, str, str]], status: str) -> set[tuple[str, ...]]:
    return {one[1:] for one in taken if one[0] == status}


def _check_order(run: Run) -> None:
    """No resolved before a firing that was taken, and no firing after its resolved."""
    is_over: set[str] = set()
    is_known: set[str] = set()
    for told in run.told:
        event_id = told.alert["eventId"]
        if told.status == "firing":
            assert event_id not in is_over
            if told.is_taken:
                is_known.add(event_id)
        else:
            assert event_id in is_known, "resolved of what nobody was told"
            is_over.add(event_id)


def _check_ledger(run: Run) -> None:
    appdb = AppDatabase.open(run.path, ManualClock(NOW_MS))
    states = dict(
        appdb.read_blocking(
            lambda connection: connection.execute(
                "select state, count(*) from alert_deliveries group by state"
            ).fetchall()
        )
    )
    appdb.close()
    assert set(states) == {"delivered"}
    assert len(run.sink.posted) >= int(str(states["delivered"]))


def _time(tick: int) -> str:
    return format_time(NOW_MS + tick * TICK_MS)
