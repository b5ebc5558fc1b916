"""The tiers of the metric store as one validated table. Pure.

A tier is one resolution with its chunk length; tier 0 is raw, and each further one is computed from the one before it.
Names are those of the TimescaleDB design and what `meta.table` reports. How long a tier is kept is a setting, see
`metricbox.settings`; the table has the defaults.
"""

from collections.abc import Sequence
from typing import NamedTuple

from metricbox.durations import parse_duration_ms
from metricbox.store.buckets import Range, floor_to


class Tier(NamedTuple):
    table: str
    resolution_ms: int
    """Length of a bucket; 0 for raw."""
    chunk_ms: int
    """Length of a chunk, the unit of retention. Chunks begin at its multiples since 1970, UTC."""
    source: str | None
    """Table of the tier that this one is computed from; None for raw."""
    default_retention_ms: int
    refresh_interval_ms: int
    """Time between two refreshes; 0 for raw, which is written by ingest."""

    @property
    def is_raw(self) -> bool:
        return self.source is None


def validate(tiers: Sequence[Tier]) -> tuple[Tier, ...]:
    """The tiers from fine to coarse, as they were. Raises ValueError, naming the tier, when they cannot work together.

    A bucket must consist of whole buckets of its source and lie in one chunk of every finer tier: then no chunk can be
    dropped that holds half a bucket.
    """
    if not tiers or tiers[0].source is not None or tiers[0].resolution_ms != 0:
        raise ValueError("the first tier must be raw, without a source and with a resolution of 0")
    if len({tier.table for tier in tiers}) < len(tiers):
        raise ValueError("every tier needs a table name of its own")
    for position, tier in enumerate(tiers):
        fault = _find_fault(tier, tiers[:position], tiers[position + 1 :])
        if fault:
            raise ValueError(f"tier {tier.table}: {fault}")
    return tuple(tiers)


def _find_fault(tier: Tier, finer: Sequence[Tier], coarser: Sequence[Tier]) -> str | None:
    if tier.chunk_ms <= 0:
        return "a chunk must be longer than 0 ms"
    if finer:
        source = finer[-1]
        if tier.source != source.table:
            return f"its source must be {source.table}, the tier before it"
        if tier.resolution_ms <= source.resolution_ms:
            return f"its resolution must be coarser than that of {source.table}"
        if source.resolution_ms and tier.resolution_ms % source.resolution_ms:
            return f"its resolution must be a multiple of that of {source.table}"
        if tier.default_retention_ms < source.default_retention_ms:
            return f"it must be kept at least as long as {source.table}"
        if tier.refresh_interval_ms <= 0:
            return "it needs a refresh interval longer than 0 ms"
    for other in [tier, *coarser]:
        if other.resolution_ms and tier.chunk_ms % other.resolution_ms:
            return f"its chunk must be a multiple of the resolution of {other.table}"
    if tier.default_retention_ms < tier.chunk_ms:
        return "it must be kept for at least one chunk"
    return None


RAW = Tier("metrics_raw", 0, parse_duration_ms("2h"), None, parse_duration_ms("7d"), 0)
MINUTE = Tier(
    table="metrics_1min",
    resolution_ms=parse_duration_ms("1m"),
    chunk_ms=parse_duration_ms("1d"),
    source=RAW.table,
    default_retention_ms=parse_duration_ms("30d"),
    refresh_interval_ms=parse_duration_ms("1m"),
)
HOUR = Tier(
    table="metrics_1hour",
    resolution_ms=parse_duration_ms("1h"),
    chunk_ms=parse_duration_ms("30d"),
    source=MINUTE.table,
    default_retention_ms=parse_duration_ms("365d"),
    refresh_interval_ms=parse_duration_ms("1h"),
)

TIERS = validate((RAW, MINUTE, HOUR))
"""From fine to coarse; a rollup job walks it in this order."""

_BY_TABLE = {tier.table: tier for tier in TIERS}
_BY_SOURCE = {tier.source: tier for tier in TIERS if tier.source is not None}


def tier_named(table: str) -> Tier:
    """The tier kept in this table. Raises KeyError with a sentence."""
    try:
        return _BY_TABLE[table]
    except KeyError:
        raise KeyError(f"there is no tier {table}; there are {', '.join(_BY_TABLE)}") from None


def coarser_of(tier: Tier) -> Tier | None:
    """The tier that is computed from this one; None for the coarsest."""
    return _BY_SOURCE.get(tier.table)


def source_of(tier: Tier) -> Tier | None:
    """The tier that this one is computed from; None for raw."""
    return None if tier.source is None else tier_named(tier.source)


def chunk_start_ms(tier: Tier, ts_ms: int) -> int:
    """Start of the chunk that holds `ts_ms`. Floors, so that times before 1970 land in the right chunk too."""
    return floor_to(ts_ms, tier.chunk_ms)


def chunk_range(tier: Tier, ts_ms: int) -> Range:
    """The chunk that holds `ts_ms`."""
    start_ms = chunk_start_ms(tier, ts_ms)
    return Range(start_ms, start_ms + tier.chunk_ms)
