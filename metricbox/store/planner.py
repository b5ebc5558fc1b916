"""Which parts of a range a rollup tier answers from its rows and which are computed live from the finer tier. Pure.

            freeze edge          invalidation        watermark
    ----------------|----------------[====)---------------|----------------->  time
      materialised     materialised   live   materialised       live

Every bucket is in exactly one segment, so that the newest point is never missing and none counts twice.
"""

from collections.abc import Iterable
from typing import NamedTuple

from metricbox.store.buckets import (
    Range,
    ceil_to,
    clip_ranges,
    expand_to_buckets,
    floor_to,
    limit_ranges,
    subtract_ranges,
)
from metricbox.store.invalidation import merge_invalidations
from metricbox.store.tiers import Tier

# Each segment is a part of the statement that reads. Beyond it small materialised parts are computed live too, which
# is slower but as right.
MAX_LIVE_RANGES = 50


class Segment(NamedTuple):
    range: Range
    """Whole buckets of the tier."""
    is_materialised: bool
    """Read the rows of the tier; otherwise compute the partials from its source."""


def plan_segments(
    wanted: Range,
    watermark_ms: int,
    pending: Iterable[Range],
    tier: Tier,
    frozen_before_ms: int | None = None,
) -> list[Segment]:
    """Segments in order that cover `wanted`, expanded outward to buckets, exactly once; neighbours differ in kind.

    `pending` are the invalidations of the tier and of every finer one, in any order. `frozen_before_ms` comes from
    `invalidation.freeze_edge_ms`: what is frozen is never live, as the source has less. Nothing at or after the
    watermark is materialised. Live segments of a tier whose source is a rollup are planned again there. `tier` is not
    raw, which has no buckets (ValueError).
    """
    resolution_ms = tier.resolution_ms
    wanted = expand_to_buckets(wanted, resolution_ms)
    if wanted.is_empty:
        return []
    materialised_end_ms = max(wanted.start_ms, floor_to(watermark_ms, resolution_ms))
    repairable = wanted.clip(end_ms=materialised_end_ms)
    if frozen_before_ms is not None:
        repairable = repairable.clip(start_ms=ceil_to(frozen_before_ms, resolution_ms))
    invalid = limit_ranges(
        clip_ranges(merge_invalidations(pending, resolution_ms), repairable), MAX_LIVE_RANGES
    )
    live = clip_ranges([*invalid, Range(materialised_end_ms, wanted.end_ms)], wanted)
    segments = [Segment(one, is_materialised=False) for one in live]
    segments += [Segment(one, is_materialised=True) for one in subtract_ranges([wanted], live)]
    return sorted(segments)
