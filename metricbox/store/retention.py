"""How long a tier is kept, which chunks may go, and by which clock. Pure; who unlinks the files is the backend.

A chunk goes as a whole once its newest sample has expired, so data outlives its retention by at most a chunk and the
time to the next sweep (`longest_life_ms`). Readers hide what has expired before that.

What is dropped does not come back, and a clock can be wrong. A box that was off and a clock that was set ahead look
alike, so the first sweep far beyond the last one waits (`judge_clock`): long enough for a person to see it, and never
for good.

      last sweep         one day                 the clock is found here
    ------|-----------------|----------------------------|----------[ so long it has to run )-----> sweeps
             sweeps at once    held back: an hour for each day since the last sweep, a day at most
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

# A box that was off for a night sweeps at once; a clock that is wrong by this much costs as much history.
MAX_UNSEEN_MS = parse_duration_ms("1d")
# An hour of running for each day that nobody saw: what was off for a week-end waits for some hours.
DAYS_PER_DAY_OF_DOUBT = 24
# Long enough for somebody to come by, and at most another day of samples on the disk.
MAX_DOUBT_MS = parse_duration_ms("1d")
# What NTP may set right within an interval, and how far two clocks drift apart in a long one.
STEP_TOLERANCE_MS = parse_duration_ms("1m")
DRIFT_TOLERANCE = 0.001


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


# ---- whether the clock may be believed


class Reading(NamedTuple):
    """Both clocks at a moment."""

    wall_ms: int
    monotonic_ms: int


class SweepClock(NamedTuple):
    """What is kept over restarts."""

    swept_ms: int
    """The wall clock at the last sweep."""
    steady_ms: int
    """For how long the server has run, without the wall clock going back, since that was found far ahead."""


class ClockVerdict(NamedTuple):
    known: SweepClock
    """To be kept, and given back the next time."""
    missing_ms: int
    """How much longer the server has to run before it may sweep; 0 when it may now."""


def judge_clock(known: SweepClock | None, last: Reading | None, now: Reading) -> ClockVerdict:
    """Whether a sweep may go by the wall clock of `now`.

    `known` is None before the first sweep of a store, `last` is the reading of the time before by this process. What
    the clock jumps ahead again counts for nothing: it may be a computer that was asleep.
    """
    trusted = ClockVerdict(SweepClock(now.wall_ms, 0), 0)
    if known is None:
        return trusted
    ahead_ms = now.wall_ms - known.swept_ms
    if ahead_ms <= MAX_UNSEEN_MS:
        return trusted
    steady_ms = known.steady_ms
    if last is not None and last.wall_ms == known.swept_ms:
        # This process made the last sweep: the jump, if it is one, has come since.
        if _has_just_run_on(last, now):
            return trusted
    elif last is not None:
        has_gone_back = now.wall_ms < last.wall_ms - STEP_TOLERANCE_MS
        steady_ms = 0 if has_gone_back else steady_ms + now.monotonic_ms - last.monotonic_ms
    needed_ms = min(ahead_ms // DAYS_PER_DAY_OF_DOUBT, MAX_DOUBT_MS)
    if steady_ms >= needed_ms:
        return trusted
    return ClockVerdict(SweepClock(known.swept_ms, steady_ms), needed_ms - steady_ms)


def _has_just_run_on(last: Reading, now: Reading) -> bool:
    """Whether the wall clock has come to where it is by itself, however long that took."""
    ran_ms = now.monotonic_ms - last.monotonic_ms
    apart_ms = now.wall_ms - last.wall_ms - ran_ms
    return apart_ms <= max(STEP_TOLERANCE_MS, ran_ms * DRIFT_TOLERANCE)


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
