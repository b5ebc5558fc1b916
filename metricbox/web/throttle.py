"""Slowing down of guessing, by account and address together. In memory, on the event loop.

By both, so that nobody can lock the owner of an account out from elsewhere (trap B177). Forgets after quiet time
and after a success; bounded, so that made-up accounts cannot fill the memory.
"""

import math
from typing import NamedTuple

from cachetools import TTLCache

from metricbox.clock import Clock
from metricbox.errors import TooManyRequestsError

FREE_FAILURES = 3
MAX_DELAY_S = 300
_FORGET_AFTER_S = 900
_MAX_PAIRS = 20_000


class _Failures(NamedTuple):
    number: int
    blocked_until_s: float


class Throttle:
    """After the third failure one second, then two, four and so on to five minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: TTLCache[tuple[str, str], _Failures] = TTLCache(
            _MAX_PAIRS, _FORGET_AFTER_S, timer=clock.monotonic_s
        )

    def check(self, account: str, source: str) -> None:
        """Raises TooManyRequestsError with the time to wait."""
        failures = self._failures.get((account, source))
        wait_s = failures.blocked_until_s - self._clock.monotonic_s() if failures else 0
        if wait_s > 0:
            seconds = math.ceil(wait_s)
            msg = f"Too many failed attempts. Try again in {seconds} s."
            raise TooManyRequestsError(msg, retry_after_s=seconds)

    def note_failure(self, account: str, source: str) -> None:
        before = self._failures.get((account, source))
        number = before.number + 1 if before else 1
        excess = number - FREE_FAILURES
        delay_s = min(2**excess, MAX_DELAY_S) if 0 <= excess < 16 else MAX_DELAY_S if excess >= 16 else 0
        self._failures[account, source] = _Failures(number, self._clock.monotonic_s() + delay_s)

    def note_success(self, account: str, source: str) -> None:
        self._failures.pop((account, source), None)
