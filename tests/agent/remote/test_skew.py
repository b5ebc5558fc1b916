"""How far the clock is off, from dates in whole seconds."""

import random

import pytest

from metricbox.agent.remote.skew import ClockSkew

START_MS = 1_795_602_440_000


def ask(skew: ClockSkew, agent_ms: int, true_skew_ms: int, there_ms: int = 20, back_ms: int = 20) -> None:
    """One answer: the server says its time, without the milliseconds."""
    server_ms = agent_ms + there_ms - true_skew_ms
    skew.add(agent_ms, agent_ms + there_ms + back_ms, server_ms // 1000 * 1000)


def test_nothing_is_known_before_an_answer() -> None:
    assert ClockSkew().skew_ms is None


@pytest.mark.parametrize("true_skew_ms", [0, 137, -90_500, 3_600_000])
def test_one_answer_is_right_to_a_second(true_skew_ms: int) -> None:
    skew = ClockSkew()
    ask(skew, START_MS + 333, true_skew_ms)
    assert skew.skew_ms == pytest.approx(true_skew_ms, abs=560)


@pytest.mark.parametrize("true_skew_ms", [0, 137, -90_500, 3_600_000])
def test_answers_from_all_parts_of_a_second_are_better(true_skew_ms: int) -> None:
    skew, chance = ClockSkew(), random.Random(7)
    for tick in range(30):
        ask(skew, START_MS + tick * 10_000 + chance.randrange(1000), true_skew_ms)
    assert skew.skew_ms == pytest.approx(true_skew_ms, abs=120)


def test_a_clock_that_is_set_is_noticed_at_once() -> None:
    skew = ClockSkew()
    for tick in range(30):
        ask(skew, START_MS + tick * 10_000 + tick * 37 % 1000, 0)
    ask(skew, START_MS + 300_000, 45_000)
    assert skew.skew_ms == pytest.approx(45_000, abs=560)


def test_a_clock_that_drifts_is_followed() -> None:
    skew, chance = ClockSkew(), random.Random(7)
    for tick in range(1_000):
        ask(skew, START_MS + tick * 10_000 + chance.randrange(1000), tick)
    assert skew.skew_ms == pytest.approx(999, abs=150)


def test_a_clock_set_back_while_it_was_asked_tells_nothing() -> None:
    skew = ClockSkew()
    skew.add(START_MS, START_MS - 5_000, START_MS)
    assert skew.skew_ms is None


def test_a_slow_way_makes_it_vague_and_not_wrong() -> None:
    skew = ClockSkew()
    ask(skew, START_MS, 0, there_ms=8_000, back_ms=10)
    first = skew.skew_ms
    assert first is not None
    assert abs(first) < 4_600
    ask(skew, START_MS + 10_000, 0)
    assert skew.skew_ms == pytest.approx(0, abs=560)
