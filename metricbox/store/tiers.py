"""The tiers of the metric store as one validated table. Pure.

A tier is one resolution with its chunk length; tier 0 is raw. Names are those of the TimescaleDB design and what
`meta.table` reports. Retention is a setting, see `metricbox.settings`.
"""

from typing import NamedTuple

from metricbox.durations import parse_duration_ms


class Tier(NamedTuple):
    table: str
    resolution_ms: int
    """Length of a bucket; 0 for raw."""
    chunk_ms: int
    """Length of a chunk, the unit of retention."""


RAW = Tier("metrics_raw", 0, parse_duration_ms("2h"))


def chunk_start_ms(tier: Tier, ts_ms: int) -> int:
    """Start of the chunk that holds `ts_ms`. Floors, so that times before 1970 land in the right chunk too."""
    return ts_ms - ts_ms % tier.chunk_ms
