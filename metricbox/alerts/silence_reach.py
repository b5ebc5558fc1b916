"""What the conditions of a silence fit before it is made: what fires, and how many watched series it would mute.

Series that are fine are in nobody's memory, so the rules that may fit are asked. What cannot fit is not asked: the
name, severity and own labels of a rule stand above those of its series. Bounded in rules, series and time, since
somebody is typing; what was left out is told.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from metricbox.alerts.messages import labels_of
from metricbox.alerts.rule_pass import Key, Kind, Reading, Watched
from metricbox.alerts.rules import Rule
from metricbox.alerts.silences import compile_matchers
from metricbox.alerts.transitions import State
from metricbox.errors import MetricboxError

MAX_QUERIES = 100
MAX_SERIES = 50_000
# Longer, and what was asked for is not what stands there any more.
MAX_S = 3.0
# The query service has four workers, and dashboards and rules want some of them.
PARALLEL = 2

Matchers = Sequence[Mapping[str, str]]
WatchedOf = Callable[[str], Mapping[Key, Watched]]


class Reach(NamedTuple):
    firing: int
    pending: int
    series: int
    rules: int
    """That watch at least one of the series, or fire."""
    is_complete: bool


async def measure_reach(
    rules: Sequence[Rule],
    matchers: Matchers,
    watched_of: WatchedOf,
    ask: Callable[[Rule], Awaitable[Reading]],
    *,
    max_s: float = MAX_S,
) -> Reach:
    """`ask` gives what a rule's query answers now; when it fails, the rule counts as left out."""
    found = [rule for rule in rules if _may_fit(rule, matchers)]
    matches = compile_matchers(matchers)
    states = {State.FIRING: 0, State.PENDING: 0}
    fitting: set[str] = set()
    for rule in found:
        for key, one in watched_of(rule.id).items():
            if one.state.state in states and matches(labels_of(rule, key)):
                states[one.state.state] += 1
                fitting.add(rule.id)
    groups: dict[tuple[str, int], list[Rule]] = {}
    for rule in found:
        groups.setdefault((rule.query, rule.delay_ms), []).append(rule)
    count = _Count(matches)
    asked = list(groups.values())[:MAX_QUERIES]
    turns = asyncio.Semaphore(PARALLEL)

    async def look(group: Sequence[Rule]) -> None:
        async with turns:
            reading = await ask(group[0])
            await asyncio.to_thread(count.add, group, reading)

    is_complete = len(asked) == len(groups)
    try:
        async with asyncio.timeout(max_s):
            outcomes = await asyncio.gather(*(look(group) for group in asked), return_exceptions=True)
    except TimeoutError:
        is_complete = False
    else:
        for outcome in outcomes:
            if isinstance(outcome, BaseException) and not isinstance(outcome, MetricboxError):
                raise outcome
            is_complete = is_complete and outcome is None
    return Reach(
        firing=states[State.FIRING],
        pending=states[State.PENDING],
        series=count.series,
        rules=len(fitting | count.rules),
        is_complete=is_complete and not count.is_cut,
    )


class _Count:
    """Adds up in the threads that `look` waits for; a number that is late by one is nobody's loss."""

    def __init__(self, matches: Callable[[Mapping[str, str]], bool]) -> None:
        self._matches = matches
        self._left = MAX_SERIES
        self.series = 0
        self.rules: set[str] = set()
        self.is_cut = False

    def add(self, rules: Sequence[Rule], reading: Reading) -> None:
        for rule in rules:
            rows = reading.labels[: max(0, self._left)]
            self.is_cut = self.is_cut or len(rows) < len(reading.labels)
            self._left -= len(rows)
            fitting = sum(self._matches(labels_of(rule, Key(Kind.CONDITION, labels))) for labels in rows)
            self.series += fitting
            if fitting:
                self.rules.add(rule.id)


def _may_fit(rule: Rule, matchers: Matchers) -> bool:
    """Whether the labels that are the same for all of its series leave it possible."""
    fixed = labels_of(rule, Key(Kind.CONDITION))
    known = [one for one in matchers if one["name"] in fixed]
    return compile_matchers(known)(fixed)
