"""What conditions of a silence fit: which rules are asked, and what is left out."""

import asyncio
from collections.abc import Mapping

import numpy as np
import pytest

from metricbox.alerts import silence_reach
from metricbox.alerts.rule_pass import FAILURE, Key, Kind, Reading, Watched
from metricbox.alerts.rules import Rule, read_rule
from metricbox.alerts.silence_reach import Reach, measure_reach
from metricbox.alerts.transitions import SeriesState, State
from metricbox.errors import LimitExceededError
from metricbox.model import Labels
from metricbox.store.appdb.alert_rules import RuleRecord

HOST_A = [{"name": "host", "op": "=", "value": "a"}]
SERIES: list[Labels] = [(("host", "a"),), (("host", "b"),)]


def rule(name: str, query: str = "cpu", **more: object) -> Rule:
    content = {"query": query, "condition": "gt", "threshold": 90, **more}
    return read_rule(RuleRecord(name, name, content, True, 1, None, 0, 0))


def nothing(_: str) -> Mapping[Key, Watched]:
    return {}


class Asked:
    """Answers two series to each query, and notes which rules were asked for."""

    def __init__(self) -> None:
        self.queries: list[str] = []

    async def __call__(self, one: Rule) -> Reading:
        self.queries.append(one.query)
        return Reading(SERIES, np.array([1.0, 2.0]))


async def test_rules_with_one_query_are_asked_once_and_each_counts() -> None:
    ask = Asked()
    found = await measure_reach([rule("x"), rule("y"), rule("z", "mem")], HOST_A, nothing, ask)
    assert found == Reach(firing=0, pending=0, series=3, rules=3, is_complete=True)
    assert sorted(ask.queries) == ["cpu", "mem"]


@pytest.mark.parametrize(
    "matcher",
    [
        {"name": "alertname", "op": "=", "value": "other"},
        {"name": "severity", "op": "=~", "value": "crit.*"},
        {"name": "team", "op": "!=", "value": "ops"},
        {"name": "host", "op": "=", "value": "of the series"},
    ],
)
async def test_what_its_own_labels_exclude_is_not_asked(matcher: dict[str, str]) -> None:
    ask = Asked()
    own = rule("x", labels={"team": "ops", "host": "of the rule"})
    assert (await measure_reach([own], [matcher], nothing, ask)).series == 0
    assert ask.queries == []


async def test_what_fires_and_waits_is_counted_also_when_its_query_fails() -> None:
    def watched(_: str) -> Mapping[Key, Watched]:
        return {
            Key(Kind.CONDITION, SERIES[0]): Watched(SeriesState(State.FIRING)),
            Key(Kind.CONDITION, SERIES[1]): Watched(SeriesState(State.PENDING)),
            Key(Kind.CONDITION, (("host", "c"),)): Watched(),
            FAILURE: Watched(SeriesState(State.FIRING)),
        }

    async def fail(_: Rule) -> Reading:
        raise LimitExceededError("too much")

    about_rule = [{"name": "alertname", "op": "=", "value": "x"}]
    found = await measure_reach([rule("x")], about_rule, watched, fail)
    assert found == Reach(firing=2, pending=1, series=0, rules=1, is_complete=False)


async def test_what_nobody_thought_of_is_raised() -> None:
    async def fail(_: Rule) -> Reading:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await measure_reach([rule("x")], HOST_A, nothing, fail)


async def test_who_types_does_not_wait_for_a_query_that_hangs() -> None:
    async def hang(one: Rule) -> Reading:
        if one.query == "slow":
            await asyncio.Event().wait()
        return Reading(SERIES, np.array([1.0, 2.0]))

    found = await measure_reach([rule("x"), rule("y", "slow")], HOST_A, nothing, hang, max_s=0.2)
    assert (found.series, found.is_complete) == (1, False)


async def test_more_than_can_be_asked_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence_reach, "MAX_QUERIES", 3)
    found = await measure_reach([rule(name, name) for name in "abcde"], HOST_A, nothing, Asked())
    assert (found.series, found.rules, found.is_complete) == (3, 3, False)
    monkeypatch.setattr(silence_reach, "MAX_SERIES", 1)
    found = await measure_reach([rule("a"), rule("b", "b")], HOST_A, nothing, Asked())
    assert (found.series, found.is_complete) == (1, False)
