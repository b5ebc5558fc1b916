"""What one series of a rule goes through. Pure: state, whether the condition holds, and the time give the next state.

                 holds, for = 0
      .---------------------------------------.
      |   holds            held for `for`     v
     ok ---------> pending ---------------> firing <--.
      ^               |                       |       | holds again
      |<--------------' does not hold         | does not hold
      |                                       v       |
      `-------------------------------- firing, clear since t
                 clear for `keep firing for`

The time is that of the tick, in milliseconds. A clock that was set back begins a wait anew rather than keeping it for
ever; see AlertLoop for jumps forward.
"""

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """Of one series of a rule."""

    OK = "ok"
    PENDING = "pending"
    FIRING = "firing"


class Waits(NamedTuple):
    """How long a rule waits, in milliseconds."""

    for_ms: int
    """The condition must hold so long before it fires; 0 at once."""
    keep_firing_ms: int = 0
    """It must not hold for so long before it is over; 0 at once."""


class SeriesState(NamedTuple):
    state: State = State.OK
    since_ms: int = 0
    """When it got into this state; 0 for ok."""
    clear_since_ms: int | None = None
    """Firing, but since then the condition does not hold any more."""


OK = SeriesState()


def advance(before: SeriesState, *, holds: bool, now_ms: int, waits: Waits) -> SeriesState:
    """The state after a tick at `now_ms` at which the condition holds or not."""
    before = _not_after(before, now_ms)
    if before.state is State.FIRING:
        return _advance_firing(before, holds=holds, now_ms=now_ms, waits=waits)
    if not holds:
        return OK
    since_ms = before.since_ms if before.state is State.PENDING else now_ms
    if now_ms - since_ms >= waits.for_ms:
        return SeriesState(State.FIRING, now_ms)
    return SeriesState(State.PENDING, since_ms)


def shift(before: SeriesState, jump_ms: int) -> SeriesState:
    """The same waits after the wall clock jumped by so much."""
    if before.state is State.OK:
        return before
    clear_since_ms = None if before.clear_since_ms is None else before.clear_since_ms + jump_ms
    return SeriesState(before.state, before.since_ms + jump_ms, clear_since_ms)


def _advance_firing(before: SeriesState, *, holds: bool, now_ms: int, waits: Waits) -> SeriesState:
    if holds:
        return before if before.clear_since_ms is None else before._replace(clear_since_ms=None)
    clear_since_ms = now_ms if before.clear_since_ms is None else before.clear_since_ms
    if now_ms - clear_since_ms >= waits.keep_firing_ms:
        return OK
    return before._replace(clear_since_ms=clear_since_ms)


def _not_after(before: SeriesState, now_ms: int) -> SeriesState:
    clear_since_ms = None if before.clear_since_ms is None else min(before.clear_since_ms, now_ms)
    if before.since_ms <= now_ms and clear_since_ms == before.clear_since_ms:
        return before
    return before._replace(since_ms=min(before.since_ms, now_ms), clear_since_ms=clear_since_ms)
