"""One pass of one rule, where scripts would be too long."""

import numpy as np
import pytest

from metricbox.alerts.conditions import Condition
from metricbox.alerts.rule_pass import FORGET_MS, MAX_WATCHED, NOTHING, Key, Kind, Reading, Watched, run_pass
from metricbox.alerts.rules import NoData, Rule, Severity
from metricbox.alerts.transitions import SeriesState, State, Waits
from metricbox.errors import LimitExceededError
from metricbox.model import Labels


def rule(no_data: NoData = NoData.OK, condition: Condition = Condition.GT, threshold: float = 90) -> Rule:
    return Rule(
        id="r", name="cpu", query="cpu", condition=condition, threshold=threshold, recovery_threshold=threshold,
        waits=Waits(0), delay_ms=0, severity=Severity.WARNING, no_data=no_data, labels={}, channel_ids=[],
        repeat_ms=0, message="",
    )  # fmt: skip


def labels(host: str) -> Labels:
    return (("host", host),)


def reading(**values: float) -> Reading:
    return Reading([labels(host) for host in values], np.array(list(values.values()), np.float64))


def test_series_that_are_fine_are_not_kept() -> None:
    outcome = run_pass(rule(), {}, reading(a=1, b=2), 0, is_settling=False)
    assert (outcome.watched, outcome.began, outcome.is_changed) == ({}, [], False)


def test_of_a_rule_about_silence_every_series_is_known_until_it_is_forgotten() -> None:
    first = run_pass(rule(NoData.ALERT), {}, reading(a=1, b=95), 0, is_settling=False)
    assert {key.labels[0][1]: one.state.state for key, one in first.watched.items()} == {
        "a": State.OK,
        "b": State.FIRING,
    }
    silent = run_pass(rule(NoData.ALERT), first.watched, reading(b=95), 10, is_settling=False)
    assert [key.labels for key in silent.began] == [labels("a")]
    gone = run_pass(rule(NoData.ALERT), silent.watched, reading(b=95), FORGET_MS + 10, is_settling=False)
    assert [key.labels for key in gone.ended] == [labels("a")]
    assert [key.labels for key in gone.watched] == [labels("b")]


def test_the_peak_is_the_worst_value_while_it_fires() -> None:
    for condition, threshold, values, worst in (
        (Condition.GT, 90, [95, 99, 92], 99),
        (Condition.LT, 10, [9, 3, 5], 3),
    ):
        watched: dict[Key, Watched] = {}
        for tick, value in enumerate(values):
            one_rule = rule(condition=condition, threshold=threshold)
            watched = run_pass(one_rule, watched, reading(a=value), tick, is_settling=False).watched
        (one,) = watched.values()
        assert (one.value, one.peak) == (values[-1], worst)


def test_a_value_that_is_none_is_neither_good_nor_bad() -> None:
    fired = run_pass(rule(), {}, reading(a=95), 0, is_settling=False)
    outcome = run_pass(rule(), fired.watched, reading(a=float("nan")), 1, is_settling=False)
    (ended,) = outcome.ended.values()
    assert (ended.value, ended.peak) == (None, 95)


def test_too_many_series_are_refused_in_words() -> None:
    hosts = [labels(str(host)) for host in range(MAX_WATCHED + 1)]
    everything = Reading(hosts, np.full(len(hosts), 95.0))
    with pytest.raises(LimitExceededError, match="aggregate, such as by host"):
        run_pass(rule(), {}, everything, 0, is_settling=False)
    assert (
        len(run_pass(rule(), {}, Reading(hosts[1:], everything.values[1:]), 0, is_settling=False).began)
        == MAX_WATCHED
    )


def test_while_it_settles_absence_changes_nothing() -> None:
    key = Key(Kind.CONDITION, labels("a"))
    firing = {key: Watched(SeriesState(State.FIRING, 5), 5, 95.0, 95.0, "event", 5)}
    outcome = run_pass(rule(), firing, reading(), 100, is_settling=True)
    assert (outcome.watched, outcome.is_changed) == (firing, False)
    assert run_pass(rule(), firing, reading(), 100, is_settling=False).ended.keys() == firing.keys()
    silent = run_pass(rule(NoData.ALERT), {}, reading(), 100, is_settling=True)
    assert silent.began == []
    assert run_pass(rule(NoData.ALERT), {}, reading(), 100, is_settling=False).began == [NOTHING]
