"""The state of one series, tick by tick. Whole rules are tested by scripts, see test_scripts.py."""

from hypothesis import given
from hypothesis import strategies as st

from metricbox.alerts.transitions import OK, SeriesState, State, Waits, advance, shift

TICK_MS = 10_000


def play(conditions: list[bool], waits: Waits) -> list[str]:
    state, found = OK, []
    for tick, holds in enumerate(conditions):
        state = advance(state, holds=holds, now_ms=tick * TICK_MS, waits=waits)
        found.append(state.state.value)
    return found


def by_definition(conditions: list[bool], waits: Waits) -> list[str]:
    """Firing once it held at every tick of the last `for`, until it did not at any of the last `keep firing for`."""
    found: list[str] = []
    for tick, holds in enumerate(conditions):
        held = 0
        while held <= tick and conditions[tick - held]:
            held += 1
        was_firing = bool(found) and found[-1] == "firing"
        clear = 0
        while clear <= tick and not conditions[tick - clear]:
            clear += 1
        if was_firing:
            is_over = not holds and (clear - 1) * TICK_MS >= waits.keep_firing_ms
            found.append("ok" if is_over else "firing")
        elif holds:
            found.append("firing" if (held - 1) * TICK_MS >= waits.for_ms else "pending")
        else:
            found.append("ok")
    return found


@given(
    st.lists(st.booleans(), max_size=40),
    st.integers(0, 60_000),
    st.integers(0, 60_000),
)
def test_it_fires_and_ends_by_definition(conditions: list[bool], for_ms: int, keep_firing_ms: int) -> None:
    waits = Waits(for_ms, keep_firing_ms)
    assert play(conditions, waits) == by_definition(conditions, waits)


def test_without_waits_it_follows_the_condition() -> None:
    assert play([False, True, True, False, True], Waits(0)) == ["ok", "firing", "firing", "ok", "firing"]


def test_a_clock_that_was_set_back_begins_the_wait_anew() -> None:
    pending = SeriesState(State.PENDING, 1_000_000)
    state = advance(pending, holds=True, now_ms=500_000, waits=Waits(60_000))
    assert state == SeriesState(State.PENDING, 500_000)
    firing = SeriesState(State.FIRING, 1_000_000, clear_since_ms=1_000_000)
    state = advance(firing, holds=False, now_ms=500_000, waits=Waits(0, 60_000))
    assert state == SeriesState(State.FIRING, 500_000, 500_000)
    assert advance(state, holds=False, now_ms=560_000, waits=Waits(0, 60_000)) == OK


def test_a_jump_of_the_clock_moves_the_waits_along() -> None:
    assert shift(OK, 5_000) == OK
    assert shift(SeriesState(State.FIRING, 10, 20), 5) == SeriesState(State.FIRING, 15, 25)
    assert shift(SeriesState(State.PENDING, 10), -5) == SeriesState(State.PENDING, 5)
