"""What a late write invalidates in a rollup, and what a refresh has to recompute. Pure.

                 frozen                       materialised                    live
    |------------------------------|------------------------------|------------------------->  time
                                freeze edge                  watermark      threshold
                                    [repairs of invalidations)[--- advance ---)

Each tier above raw has a watermark, an invalidation threshold and a log of invalidations. A refresh

1. raises the threshold (`advance_threshold`) in the order of the writes: a write committed before that is seen by the
   refresh, a later one below the threshold logs an invalidation (`ranges_below`);
2. plans (`plan_refresh`);
3. for each piece, in one transaction: writes the recomputed buckets, takes the piece out of the log, but only out of
   what was logged before the samples were read, moves the watermark (`watermark_after`), and logs the piece, expanded,
   with the coarser tier when it lies below that one's threshold.

So ingest logs with the first tier alone, and an invalidation climbs from tier to tier. A reader of a coarser tier has
to count the invalidations of all finer ones as its own.

Frozen buckets are those whose samples are no longer all there, since retention dropped them or a damaged file was put
aside. Nothing may overwrite them with less.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from metricbox.model import Int64Array
from metricbox.store.buckets import (
    Range,
    ceil_to,
    expand_to_buckets,
    floor_to,
    limit_range_arrays,
    limit_ranges,
    merge_ranges,
    split_range,
    subtract_ranges,
)
from metricbox.store.partials import LOOKBACK_MS
from metricbox.store.tiers import Tier

# Bounds the log and the work per write. Beyond it the smallest gaps are closed, which costs needless recomputing but
# never the whole span of the data (trap B047).
MAX_RANGES = 1_000


class RefreshPlan(NamedTuple):
    pieces: list[Range]
    """What to recompute, disjoint whole buckets: first from the watermark on in order, so that the newest never waits
    for a repair, then the repairs, oldest first. May be carried out in part; the rest is planned anew."""
    discarded: list[Range]
    """What to take out of the log without work: frozen, or not materialised yet."""
    watermark_ms: int
    """Where the watermark stands before the first piece. Above the one given when what follows that one is frozen."""


def advance_threshold(threshold_ms: int, now_ms: int, resolution_ms: int, grace_ms: int = 0) -> int:
    """The threshold of a refresh at `now_ms`: buckets close by the clock, whether newer samples came or not (B048).

    `grace_ms` keeps a bucket open for late samples. A clock set back never lowers the threshold. For a coarser tier
    `now_ms` is the watermark of its source, or the clock if that is behind it.
    """
    return max(threshold_ms, floor_to(now_ms - grace_ms, resolution_ms))


def ranges_below(
    ts_ms: Int64Array, threshold_ms: int, resolution_ms: int, limit: int = MAX_RANGES
) -> list[Range]:
    """The buckets that samples written at these times change below the threshold, as few ranges of whole buckets.

    A sample changes its own bucket, and the `increase` of the next sample's bucket, which may be LOOKBACK_MS later.
    `ts_ms` comes in any order. A threshold inside a bucket counts as the end of that bucket.
    """
    late_ms = ts_ms[ts_ms < threshold_ms]
    if not len(late_ms):
        return []
    late_ms = np.sort(late_ms)
    starts_ms = floor_to(late_ms, resolution_ms)
    ends_ms = np.minimum(
        floor_to(late_ms + LOOKBACK_MS, resolution_ms) + resolution_ms, ceil_to(threshold_ms, resolution_ms)
    )
    # Ends grow with the times, so a gap to the row before is a gap to all rows before.
    has_gap = starts_ms[1:] > ends_ms[:-1]
    return limit_range_arrays(starts_ms[np.append(True, has_gap)], ends_ms[np.append(has_gap, True)], limit)


def merge_invalidations(
    invalidations: Iterable[Range], resolution_ms: int, limit: int = MAX_RANGES
) -> list[Range]:
    """Sorted, disjoint ranges of whole buckets that hold all these, at most `limit`."""
    return limit_ranges(merge_ranges(expand_to_buckets(one, resolution_ms) for one in invalidations), limit)


def freeze_edge_ms(dropped_before_ms: int | None, source: Tier, resolution_ms: int) -> int | None:
    """Start of the first bucket that can still be computed from `source`, whose chunks before a time were dropped.

    None when nothing was dropped. From raw a bucket needs the samples LOOKBACK_MS before it too, or its `increase`
    would come out smaller than it was; a coarser source has that step in its own rows.
    """
    if dropped_before_ms is None:
        return None
    return ceil_to(dropped_before_ms + (LOOKBACK_MS if source.is_raw else 0), resolution_ms)


def lost_buckets(lost: Iterable[Range], source: Tier, resolution_ms: int) -> list[Range]:
    """Buckets that can no longer be computed from `source`, some of whose rows in these ranges were lost.

    From raw those in the LOOKBACK_MS after a range too, as in `freeze_edge_ms`.
    """
    reach_ms = LOOKBACK_MS if source.is_raw else 0
    return merge_ranges(
        expand_to_buckets(one._replace(end_ms=one.end_ms + reach_ms), resolution_ms) for one in lost
    )


def plan_refresh(
    invalidations: Iterable[Range],
    watermark_ms: int,
    threshold_ms: int,
    frozen_before_ms: int | None,
    resolution_ms: int,
    max_piece_ms: int,
) -> RefreshPlan:
    """What a refresh up to the threshold has to do.

    `frozen_before_ms` comes from `freeze_edge_ms`; a bucket that it cuts is frozen (trap B051). Pieces end at multiples
    of `max_piece_ms`, itself a multiple of the resolution; with the length of a chunk each piece writes to one chunk.
    Work is proportional to what is invalid, never to the span that it lies in (trap B047).
    """
    if max_piece_ms <= 0 or max_piece_ms % resolution_ms:
        raise ValueError(
            f"a piece of {max_piece_ms} ms does not consist of whole buckets of {resolution_ms} ms"
        )
    # Inside a bucket they promise nothing about it, so they are taken for its start.
    watermark_ms = floor_to(watermark_ms, resolution_ms)
    threshold_ms = max(watermark_ms, floor_to(threshold_ms, resolution_ms))
    invalid = merge_invalidations(invalidations, resolution_ms)
    edge_ms = None if frozen_before_ms is None else ceil_to(frozen_before_ms, resolution_ms)
    repairs = [one.clip(edge_ms, watermark_ms) for one in invalid]
    begin_ms = watermark_ms if edge_ms is None else min(max(watermark_ms, edge_ms), threshold_ms)
    advance = Range(begin_ms, threshold_ms)
    pieces = [piece for part in [advance, *repairs] for piece in split_range(part, max_piece_ms)]
    return RefreshPlan(pieces, subtract_ranges(invalid, pieces), begin_ms)


def watermark_after(watermark_ms: int, piece: Range) -> int:
    """The watermark once the piece is materialised: moved only by the piece that begins there, not by a repair."""
    return piece.end_ms if piece.start_ms == watermark_ms else watermark_ms
