"""Slowing down of guessing."""

import pytest

from metricbox.clock import ManualClock
from metricbox.errors import TooManyRequestsError
from metricbox.web.throttle import Throttle


def _wait_s(throttle: Throttle, account: str = "a", source: str = "here") -> int:
    try:
        throttle.check(account, source)
    except TooManyRequestsError as error:
        return error.retry_after_s
    return 0


def test_three_failures_are_free_then_the_wait_doubles_up_to_five_minutes() -> None:
    clock = ManualClock(0)
    throttle = Throttle(clock)
    waits = []
    for _ in range(14):
        throttle.note_failure("a", "here")
        waits.append(_wait_s(throttle))
        clock.advance_ms(waits[-1] * 1000)
        assert _wait_s(throttle) == 0
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_the_pair_of_account_and_source_counts() -> None:
    throttle = Throttle(ManualClock(0))
    for _ in range(5):
        throttle.note_failure("a", "here")
    assert _wait_s(throttle) > 0
    assert _wait_s(throttle, account="b") == 0
    assert _wait_s(throttle, source="elsewhere") == 0


def test_a_success_and_quiet_time_forget() -> None:
    clock = ManualClock(0)
    throttle = Throttle(clock)
    for _ in range(5):
        throttle.note_failure("a", "here")
    throttle.note_success("a", "here")
    assert _wait_s(throttle) == 0
    for _ in range(20):
        throttle.note_failure("a", "here")
    clock.advance_ms(900_000)
    throttle.note_failure("a", "here")
    assert _wait_s(throttle) == 0


@pytest.mark.parametrize("failures", [1, 100, 5000])
def test_the_wait_never_overflows(failures: int) -> None:
    throttle = Throttle(ManualClock(0))
    for _ in range(failures):
        throttle.note_failure("a", "here")
    assert _wait_s(throttle) <= 300
