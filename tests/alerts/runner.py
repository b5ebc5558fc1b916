"""Runs the scripts of this folder: rules, samples and times in, states and messages out. README.md has the language.

All is real: the DuckDB store, the query service, SQLite, the loop. Only the clock is turned by the script.
"""

import asyncio
import json
import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from metricbox.alerts.ending import end_rule
from metricbox.alerts.loop import AlertLoop, IsSilenced
from metricbox.alerts.rule_pass import Key
from metricbox.alerts.transitions import State
from metricbox.clock import ManualClock
from metricbox.durations import parse_duration_ms
from metricbox.query.promql.values import NAME_LABEL
from metricbox.query.service import QueryService
from metricbox.store.appdb.alert_channels import NewChannel, create_channel
from metricbox.store.appdb.alert_rules import (
    NewRule,
    RuleChanges,
    create_rule,
    delete_rule,
    get_rule,
    update_rule,
)
from metricbox.store.appdb.database import AppDatabase, Connection
from tests.scripts.runner import Command, ScriptError, parse
from tests.support.authors import AUTHOR
from tests.support.query_services import make_query_service
from tests.support.series import expand_values, split_series
from tests.support.stores import NOW_MS, open_duckdb_store, push

INTERVAL_MS = 10_000
_LABEL = re.compile(r'(\w+)="([^"]*)"')
_WAITS = {"for": "duration", "keep": "keepFiringFor", "delay": "evaluationDelay"}


class Silence(NamedTuple):
    label: str
    value: str
    start_ms: int
    end_ms: int


class Script:
    """One run in an empty folder."""

    def __init__(self, folder: Path) -> None:
        self.ticked_ms = NOW_MS - INTERVAL_MS
        self.clock = ManualClock(self.ticked_ms)
        self.store = open_duckdb_store(folder, self.clock)
        self.queries: QueryService = make_query_service(self.store, self.clock)
        self.appdb = AppDatabase.open(folder / "app.sqlite", self.clock)
        self.rules: dict[str, str] = {}
        self.silences: list[Silence] = []
        self.delivery_no = 0
        self.channel_id = self.appdb.write_blocking(
            lambda connection: create_channel(
                connection, NewChannel("ops", "webhook", {}, True), AUTHOR, NOW_MS
            )
        ).id
        self.loop = self._make_loop()

    def close(self) -> None:
        self.queries.close()
        self.store.close()
        self.appdb.close()

    def run(self, text: str) -> None:
        for command in parse(text):
            words = shlex.split(command.text.partition(":")[0])
            try:
                self._do(words, command)
            except ScriptError as error:
                raise ScriptError(f"line {command.line_number}: {command.text}\n{error}") from None

    def _do(self, words: list[str], command: Command) -> None:
        verbs: dict[str, Callable[[list[str], Command], None]] = {
            "rule": self._rule, "edit": self._edit, "enable": self._switch, "disable": self._switch,
            "delete": self._delete, "load": self._load, "at": self._at, "restart": self._restart,
            "jump": self._jump, "silence": self._silence,
        }  # fmt: skip
        if words[0] not in verbs:
            raise ScriptError(f"{words[0]} is no command")
        verbs[words[0]](words[1:], command)

    # ---- commands

    def _rule(self, words: list[str], command: Command) -> None:
        content = _read_content(command.text.partition(":")[2], [self.channel_id])
        new = NewRule(words[0], content, True, None)
        now_ms = self.clock.now_ms()
        made = self.appdb.write_blocking(lambda connection: create_rule(connection, new, AUTHOR, now_ms))
        self.rules[words[0]] = made.id

    def _edit(self, words: list[str], command: Command) -> None:
        content = _read_content(command.text.partition(":")[2], [self.channel_id])
        self._write(
            lambda connection, now_ms: update_rule(
                connection, self.rules[words[0]], RuleChanges(content=content), AUTHOR, now_ms
            )
        )

    def _switch(self, words: list[str], command: Command) -> None:
        is_enabled = command.text.startswith("enable")

        def switch(connection: Connection, now_ms: int) -> None:
            changes = RuleChanges(is_enabled=is_enabled)
            rule = update_rule(connection, self.rules[words[0]], changes, AUTHOR, now_ms)
            if not is_enabled:
                end_rule(connection, rule, now_ms)

        self._write(switch)

    def _delete(self, words: list[str], _: Command) -> None:
        def delete(connection: Connection, now_ms: int) -> None:
            end_rule(connection, get_rule(connection, self.rules[words[0]]), now_ms)
            delete_rule(connection, self.rules[words[0]], AUTHOR, now_ms)

        self._write(delete)

    def _load(self, words: list[str], command: Command) -> None:
        step_ms = parse_duration_ms(words[0])
        start_ms = NOW_MS + (parse_duration_ms(words[2]) if words[1:2] == ["from"] else 0)
        for line in command.block:
            key, values = split_series(line)
            labels = dict(key.labels)
            samples = [
                (start_ms + index * step_ms, value)
                for index, value in enumerate(expand_values(values))
                if value is not None
            ]
            push(self.store, key.name, labels, samples)

    def _at(self, words: list[str], command: Command) -> None:
        until_ms = NOW_MS + parse_duration_ms(words[0])
        asyncio.run(self._tick_until(until_ms))
        expected = sorted(" ".join(line.split()) for line in command.block if line != "none")
        found = sorted([*self._states(), *self._messages()])
        if expected != found:
            raise ScriptError("expected:\n  " + "\n  ".join(expected) + "\nfound:\n  " + "\n  ".join(found))

    async def _tick_until(self, until_ms: int) -> None:
        while self.ticked_ms < until_ms:
            self.ticked_ms += INTERVAL_MS
            self.clock.advance_ms(self.ticked_ms - self.clock.now_ms())
            await self.loop.tick(self.ticked_ms)

    def _restart(self, words: list[str], _: Command) -> None:
        """`restart` at once, or `restart after 10m`: nothing is evaluated in between."""
        if words:
            self.ticked_ms += parse_duration_ms(words[1])
            self.clock.advance_ms(self.ticked_ms - self.clock.now_ms())
        self.loop = self._make_loop()

    def _jump(self, words: list[str], _: Command) -> None:
        sign = -1 if words[0].startswith("-") else 1
        jump_ms = sign * parse_duration_ms(words[0].lstrip("+-"))
        self.clock.set_ms(self.clock.now_ms() + jump_ms)
        self.ticked_ms += jump_ms

    def _silence(self, words: list[str], _: Command) -> None:
        label, _, value = words[0].partition("=")
        start, end = words[words.index("from") + 1], words[words.index("to") + 1]
        times = (NOW_MS + parse_duration_ms(text) for text in (start, end))
        self.silences.append(Silence(label, value, *times))

    # ---- what is found

    def _states(self) -> list[str]:
        found = []
        for name, rule_id in self.rules.items():
            for key, one in self.loop.watched_of(rule_id).items():
                if one.state.state is not State.OK:
                    value = "" if one.value is None else f" {one.value:g}"
                    found.append(f"{one.state.state} {name}{_show(key)}{value}")
        return found

    def _messages(self) -> list[str]:
        rows = self.appdb.read_blocking(
            lambda connection: connection.execute(
                "select delivery_no, payload ->> 'status', payload ->> 'rule' ->> 'name', payload -> 'alerts' "
                "from alert_deliveries where delivery_no > ? order by delivery_no",
                (self.delivery_no,),
            ).fetchall()
        )
        found = []
        for number, status, name, alerts in rows:
            self.delivery_no = number
            shown = "; ".join(
                sorted(_show_labels(alert["labels"]) or alert["kind"] for alert in json.loads(alerts))
            )
            found.append(f"message {status} {name} {shown}".strip())
        return found

    def _write(self, work: Callable[[Connection, int], Any]) -> None:
        now_ms = self.clock.now_ms()
        self.appdb.write_blocking(lambda connection: work(connection, now_ms))

    def _make_loop(self) -> AlertLoop:
        loop = AlertLoop(
            self.appdb, self.queries, self.clock, interval_ms=INTERVAL_MS, load_silences=self._load_silences
        )
        asyncio.run(loop.load())
        return loop

    def _load_silences(self, _: Connection, now_ms: int) -> IsSilenced:
        active = [one for one in self.silences if one.start_ms <= now_ms < one.end_ms]
        return lambda labels: any(labels.get(one.label) == one.value for one in active)


def _read_content(text: str, channels: list[str]) -> dict[str, Any]:
    """`'query' gt 90 for 30s keep 20s nodata alert recovery 80 repeat 1m delay 10s`."""
    words = shlex.split(text)
    notification: dict[str, Any] = {"channels": channels}
    content: dict[str, Any] = {
        "query": words[0],
        "condition": words[1],
        "threshold": float(words[2]),
        "severity": "warning",
        "notification": notification,
    }
    for name, value in zip(words[3::2], words[4::2], strict=True):
        if name in _WAITS:
            content[_WAITS[name]] = value
        elif name == "nodata":
            content["noData"] = value
        elif name == "recovery":
            content["recoveryThreshold"] = float(value)
        elif name == "repeat":
            notification["repeatInterval"] = value
        else:
            raise ScriptError(f"{name} is no option of a rule")
    return content


def _show(key: Key) -> str:
    shown = _show_labels(dict(key.labels))
    return f" {shown}" if shown else f" {key.kind}"


def _show_labels(labels: Mapping[str, str]) -> str:
    hidden = {NAME_LABEL, "alertname", "severity"}
    inner = ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items()) if name not in hidden)
    return f"{{{inner}}}" if inner else ""
