"""The clocks."""

from metricbox.clock import ManualClock, SystemClock


def test_the_system_clock_tells_milliseconds_and_never_goes_back() -> None:
    clock = SystemClock()
    first_s, second_s = clock.monotonic_s(), clock.monotonic_s()
    assert second_s >= first_s
    assert isinstance(clock.now_ms(), int)
    assert clock.now_ms() > 1_700_000_000_000


def test_a_manual_clock_stands_until_it_is_moved() -> None:
    clock = ManualClock(1_000)
    assert (clock.now_ms(), clock.now_ms(), clock.monotonic_s()) == (1_000, 1_000, 0)
    clock.advance_ms(500)
    assert (clock.now_ms(), clock.monotonic_s()) == (1_500, 0.5)


def test_a_jump_of_the_wall_clock_leaves_the_monotonic_one_alone() -> None:
    clock = ManualClock(1_000)
    clock.set_ms(-5)
    assert (clock.now_ms(), clock.monotonic_s()) == (-5, 0)
