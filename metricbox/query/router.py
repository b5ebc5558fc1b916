"""Which table a query reads. Pure; see ARCHITECTURE 6 and API 7.

range up to 1 h  metrics_raw      then   finer    while a step is finer than the table, and that table reaches back
up to 24 h       metrics_1min            coarser  while the table does not reach back to the start
longer           metrics_1hour
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from metricbox.durations import parse_duration_ms
from metricbox.store.tiers import TIERS, Tier

# The longest range that a tier answers by itself, from fine to coarse; what is longer reads the coarsest.
LONGEST_RANGE_MS = (parse_duration_ms("1h"), parse_duration_ms("24h"))
# A query for just as long as a tier is kept was asked a little before it is answered.
TOLERANCE_MS = parse_duration_ms("1m")


class Span(NamedTuple):
    """What a query asks about."""

    start_ms: int
    end_ms: int
    step_ms: int | None
    """None: chosen for the table that is read."""


def choose_tier(
    span: Span,
    now_ms: int,
    retention_ms: Callable[[Tier], int],
    tiers: Sequence[Tier] = TIERS,
) -> Tier:
    """The tier to read: with a step, one whose buckets the step consists of, as long as such a one is kept."""
    range_ms = span.end_ms - span.start_ms
    position = sum(range_ms > longest_ms for longest_ms in LONGEST_RANGE_MS[: len(tiers) - 1])

    def is_kept(tier: Tier) -> bool:
        return reaches_back(tier, span.start_ms, now_ms, retention_ms)

    while position > 0 and not _fits(span.step_ms, tiers[position]) and is_kept(tiers[position - 1]):
        position -= 1
    while position < len(tiers) - 1 and not is_kept(tiers[position]):
        position += 1
    return tiers[position]


def reaches_back(tier: Tier, start_ms: int, now_ms: int, retention_ms: Callable[[Tier], int]) -> bool:
    """Whether the tier keeps data as old as `start_ms`."""
    return start_ms >= now_ms - retention_ms(tier) - TOLERANCE_MS


def _fits(step_ms: int | None, tier: Tier) -> bool:
    return step_ms is None or tier.is_raw or step_ms % tier.resolution_ms == 0
