"""How long a tier is kept and which chunks may go. Pure; who unlinks the files is the backend.

A chunk goes as a whole once its newest sample has expired, so data outlives its retention by at most a chunk and the
time to the next sweep (`longest_life_ms`). Readers hide what has expired before that.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from metricbox.durations import format_duration, parse_duration_ms
from metricbox.store.buckets import Range
from metricbox.store.partials import LOOKBACK_MS
from metricbox.store.tiers import TIERS, Tier

# With less there would be moments in which only the chunk being written is kept (VictoriaMetrics#2496).
MIN_RETENTION_CHUNKS = 2
# Expired chunks go within this time, and at the start.
SWEEP_INTERVAL_MS = parse_duration_ms("10m")
MAX_RETENTION_MS = parse_duration_ms("100y")


class Consumer(NamedTuple):
    """How far the tier that is computed from this one has come."""

    watermark_ms: int
    pending: Sequence[Range]
    """Its invalidations, and those of every finer tier."""


class SweepPlan(NamedTuple):
    dropped: list[Range]
    """Chunks to drop, oldest first."""
    held: list[Range]
    """Chunks that have expired but are still needed by the coarser tier. Some for long mean that its refresh hangs."""


def expired_before_ms(now_ms: int, retention_ms: int) -> int:
    """Samples before this time have expired; one at this very time has not."""
    return now_ms - retention_ms


def plan_sweep(
    chunks: Iterable[Range], expired_ms: int, tier: Tier, consumer: Consumer | None = None
) -> SweepPlan:
    """Which of a tier's chunks a sweep drops. `expired_ms` comes from `expired_before_ms`.

    `consumer` is the coarser tier; None when there is none. Chunks go from the oldest on without leaving one out: what
    was dropped is then one time, the end of the last of them, and everything after it can still be recomputed.
    """
    expired = [
        chunk for chunk in sorted(chunks) if chunk.end_ms + _needed_after_ms(tier, consumer) <= expired_ms
    ]
    for position, chunk in enumerate(expired):
        if consumer is not None and _is_needed(chunk, tier, consumer):
            return SweepPlan(expired[:position], expired[position:])
    return SweepPlan(expired, [])


def _needed_after_ms(tier: Tier, consumer: Consumer | None) -> int:
    """How long after its end a chunk is part of what the coarser tier computes.

    A late sample is accepted up to the retention, and its bucket takes its growth from samples LOOKBACK_MS before it.
    With this every accepted sample can reach the rollups, also one that waited in the queue. The rows of a rollup need
    no others.
    """
    return LOOKBACK_MS if tier.is_raw and consumer is not None else 0


def _is_needed(chunk: Range, tier: Tier, consumer: Consumer) -> bool:
    needed = Range(chunk.start_ms, chunk.end_ms + _needed_after_ms(tier, consumer))
    return consumer.watermark_ms < needed.end_ms or any(needed.overlaps(one) for one in consumer.pending)


def longest_life_ms(tier: Tier, retention_ms: int, sweep_interval_ms: int) -> int:
    """The greatest age that a sample reaches on disk while rollups keep up: retention, one chunk, one sweep.

    Raw chunks are kept LOOKBACK_MS longer for the rollups.
    """
    return retention_ms + tier.chunk_ms + sweep_interval_ms + (LOOKBACK_MS if tier.is_raw else 0)


# ---- values that a person sets


def parse_retention_ms(text: str, tier: Tier) -> int:
    """A retention as a person writes it, `30d`. Raises ValueError with a sentence when it is none or out of bounds."""
    retention_ms = parse_duration_ms(text)
    fault = find_retention_fault(tier, retention_ms)
    if fault:
        raise ValueError(f"{text!r} is no retention of {tier.table}: {fault}")
    return retention_ms


def find_retention_fault(tier: Tier, retention_ms: int) -> str | None:
    """Why a tier cannot be kept for this long, as the end of a sentence; None when it can."""
    least_ms = MIN_RETENTION_CHUNKS * tier.chunk_ms
    if retention_ms < least_ms:
        return (
            f"it must be at least {format_duration(least_ms)}, since data is dropped in chunks of "
            f"{format_duration(tier.chunk_ms)}"
        )
    if retention_ms > MAX_RETENTION_MS:
        return "it must be at most 100y"
    return None


def find_retentions_fault(
    retention_ms_by_table: Mapping[str, int], tiers: Sequence[Tier] = TIERS
) -> str | None:
    """Why these retentions cannot stand together, as a sentence; None when they can. Every tier must be named."""
    shortest_ms = 0
    for tier in tiers:
        retention_ms = retention_ms_by_table[tier.table]
        fault = find_retention_fault(tier, retention_ms)
        if fault:
            return f"the retention of {tier.table} does not work: {fault}"
        if retention_ms < shortest_ms:
            return (
                f"{tier.table} must be kept at least as long as {tier.source}: {format_duration(shortest_ms)}"
            )
        shortest_ms = retention_ms
    return None
