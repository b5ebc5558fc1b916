"""What hosts go through in test_kill.py, and what must be told of it. Pure; the same in the test and in its child.

Time goes by ticks of 10 s. In a spell the value is above the threshold and another one at each tick.
"""

import random
from collections.abc import Iterator
from typing import NamedTuple

from tests.support.stores import NOW_MS

TICK_MS = 10_000
THRESHOLD = 90.0
CALM = 10.0
# Query -> for how many ticks its rule waits.
RULES = {"load": 0, "memory": 2, "disk": 0}
HOSTS = ("a", "b", "c", "d")
# What is gathered with other alerts of the rule for 30 s may be over before it is told; from then on it must be.
SURE_TICKS = 4


class Spell(NamedTuple):
    """[first, last) of ticks at which the rule fires."""

    query: str
    host: str
    first: int
    last: int

    @property
    def must_be_told(self) -> bool:
        return self.last - self.first >= SURE_TICKS


class Script:
    """`ticks` of random spells by a seed, then calm for ever."""

    def __init__(self, seed: int, ticks: int) -> None:
        self.ticks = ticks
        self.spells: list[Spell] = []
        self._bad: set[tuple[str, str, int]] = set()
        for query, wait in RULES.items():
            for host in HOSTS:
                # Not by hash(), which is another one in each process.
                for first, last in _draw(random.Random(f"{seed} {query} {host}"), ticks):
                    self._bad.update((query, host, tick) for tick in range(first, last))
                    if last - first > wait:
                        self.spells.append(Spell(query, host, first + wait, last))

    def value(self, query: str, host: str, time_ms: int) -> float:
        tick = (time_ms - NOW_MS) // TICK_MS
        return THRESHOLD + 1 + tick % 7 if (query, host, tick) in self._bad else CALM


def _draw(generator: random.Random, ticks: int) -> Iterator[tuple[int, int]]:
    tick = generator.randint(0, 6)
    while (end := tick + generator.choice((1, 2, 5, 8, 12))) < ticks:
        yield tick, end
        tick = end + generator.randint(1, 8)
