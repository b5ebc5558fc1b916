"""Rules over history."""

import dataclasses
import math
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.alerts import rehearsal
from metricbox.alerts.conditions import Condition
from metricbox.alerts.rehearsal import Spell, rehearse
from metricbox.alerts.rule_pass import Key, Kind, Reading, Watched, run_pass
from metricbox.alerts.rules import NoData, Rule
from metricbox.alerts.transitions import Waits
from tests.alerts.test_rule_pass import rule

STEP_MS = 60_000
VALUES = st.one_of(st.just(math.nan), st.sampled_from([70.0, 85.0, 91.0, 95.0, 99.0]))


def loop(one_rule: Rule, row: int, values: list[float]) -> list[Spell]:
    """What the loop itself does of one series."""
    key = Key(Kind.CONDITION, (("row", str(row)),))
    watched: dict[Key, Watched] = {}
    spells: list[Spell] = []
    for step, value in enumerate(values):
        now_ms = step * STEP_MS
        reading = Reading([key.labels], np.array([value]))
        if math.isnan(value):
            reading = Reading([], np.empty(0))
        outcome = run_pass(one_rule, watched, reading, now_ms, is_settling=False)
        if key in outcome.ended:
            ended = outcome.ended[key]
            spells.append(Spell(row, ended.state.since_ms, now_ms, ended.peak))
        watched = outcome.watched
    one = watched.get(key)
    if one is not None and one.event_id is None and one.state.state == "firing":
        spells.append(Spell(row, one.state.since_ms, None, one.peak))
    return spells


@given(
    st.integers(1, 12).flatmap(
        lambda size: st.lists(st.lists(VALUES, min_size=size, max_size=size), min_size=1, max_size=4)
    ),
    st.sampled_from(list(NoData)),
    st.sampled_from([0, 60_000, 90_000, 180_000]),
    st.sampled_from([0, 60_000, 130_000]),
    st.sampled_from([90.0, 80.0]),
)
def test_it_says_what_the_loop_would_have_done(
    values: list[list[float]], no_data: NoData, for_ms: int, keep_firing_ms: int, recovery: float
) -> None:
    one_rule = dataclasses.replace(
        rule(no_data), waits=Waits(for_ms, keep_firing_ms), recovery_threshold=recovery
    )
    times_ms = np.arange(len(values[0]), dtype=np.int64) * STEP_MS
    expected = [spell for row, series in enumerate(values) for spell in loop(one_rule, row, series)]
    for cells in (rehearsal._CELLS, 2 * len(times_ms)):
        with mock.patch.object(rehearsal, "_CELLS", cells):
            assert rehearse(one_rule, times_ms, np.array(values)) == expected


@pytest.mark.parametrize("no_data", list(NoData))
@pytest.mark.parametrize("recovery", [90.0, 80.0])
def test_days_of_changes_are_as_the_loop_has_them(no_data: NoData, recovery: float) -> None:
    """Long runs, gaps within waits, and waits that end within a run."""
    chance = np.random.default_rng(7)
    lengths = chance.integers(1, 9, 300)
    said = chance.choice([math.nan, 70.0, 85.0, 95.0, 99.0], 300)
    values = np.stack(
        [np.repeat(np.roll(said, 13 * row), np.roll(lengths, 5 * row))[:1_200] for row in range(3)]
    )
    one_rule = dataclasses.replace(rule(no_data), waits=Waits(200_000, 150_000), recovery_threshold=recovery)
    expected = [spell for row, series in enumerate(values.tolist()) for spell in loop(one_rule, row, series)]
    assert len(expected) > 20
    assert rehearse(one_rule, np.arange(values.shape[1], dtype=np.int64) * STEP_MS, values) == expected


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (5, 0)])
def test_without_values_nothing_fires(shape: tuple[int, int]) -> None:
    assert rehearse(rule(), np.arange(shape[1], dtype=np.int64), np.empty(shape)) == []


@pytest.mark.parametrize("condition", [Condition.GT, Condition.LT])
def test_the_peak_is_the_worst_value(condition: Condition) -> None:
    times_ms = np.arange(4, dtype=np.int64)
    values = (
        np.array([[1.0, 5.0, 3.0, 1.0]]) if condition is Condition.GT else np.array([[9.0, 5.0, 7.0, 9.0]])
    )
    threshold = 2.0 if condition is Condition.GT else 8.0
    assert rehearse(rule(condition=condition, threshold=threshold), times_ms, values) == [Spell(0, 1, 3, 5.0)]


def test_a_thousand_series_over_a_week() -> None:
    """The shape that has to take less than two seconds; what it takes is measured by the bench."""
    times_ms = np.arange(7 * 1440, dtype=np.int64) * STEP_MS
    values = np.random.default_rng(1).uniform(0, 100, (1000, len(times_ms)))
    spells = rehearse(dataclasses.replace(rule(), waits=Waits(180_000)), times_ms, values)
    assert spells
    assert all(spell.peak is not None and spell.peak > 90 for spell in spells)
