"""Reads a rollup tier as if it were always complete: rows where they can be trusted, computed live where not.

Runs on the caller's thread with the caller's connection, within one pinned view.
"""

from collections.abc import Callable
from pathlib import Path

import duckdb

from metricbox.model import SampleColumns
from metricbox.store.buckets import Range
from metricbox.store.duckdb_backend.chunks import View
from metricbox.store.duckdb_backend.scan import (
    ALL_SERIES,
    Selection,
    scan_partials,
    scan_samples,
    union_of_parts,
)
from metricbox.store.invalidation import freeze_edge_ms
from metricbox.store.partials import (
    LOOKBACK_MS,
    PartialColumns,
    concat_partials,
    empty_partials,
    merge_last_wins,
    partials_of_partials,
    partials_of_samples,
)
from metricbox.store.planner import plan_segments
from metricbox.store.tiers import RAW, TIERS, Tier, source_of


class RollupReader:
    """`hidden_before_ms` tells, for a tier, before which time its rows have expired."""

    def __init__(self, folder: Path, hidden_before_ms: Callable[[Tier], int]) -> None:
        self._folder = folder
        self._hidden_before_ms = hidden_before_ms

    def read(
        self,
        cursor: duckdb.DuckDBPyConnection,
        view: View,
        tier: Tier,
        wanted: Range,
        selection: Selection = ALL_SERIES,
        limit: int | None = None,
    ) -> PartialColumns:
        """Partials of the buckets that `wanted` touches and that have not expired, sorted and unique.

        Raises LimitExceededError when one part of it reads more than `limit` rows.
        """
        visible = wanted.clip(start_ms=self._hidden_before_ms(tier))
        return self._read_segments(cursor, view, tier, visible, selection, limit)

    def _read_segments(
        self,
        cursor: duckdb.DuckDBPyConnection,
        view: View,
        tier: Tier,
        wanted: Range,
        selection: Selection,
        limit: int | None,
    ) -> PartialColumns:
        progress = view.progress.get(tier.table)
        segments = plan_segments(
            wanted,
            progress.watermark_ms if progress else wanted.start_ms,
            pending_of(view, tier),
            tier,
            frozen_before_ms(view, tier),
        )
        found = []
        for segment in segments:
            if segment.is_materialised:
                parts = view.parts_in(tier, segment.range.start_ms, segment.range.end_ms)
                found.append(
                    scan_partials(cursor, self._folder, tier, parts, segment.range, selection, limit)
                )
            else:
                found.append(self.compute(cursor, view, tier, segment.range, selection, limit))
        if not found:
            return empty_partials()
        return found[0] if len(found) == 1 else merge_last_wins(concat_partials(found))

    def compute(
        self,
        cursor: duckdb.DuckDBPyConnection,
        view: View,
        tier: Tier,
        buckets: Range,
        selection: Selection = ALL_SERIES,
        limit: int | None = None,
    ) -> PartialColumns:
        """Partials of whole buckets out of the tier's source, whatever the tier itself has.

        Source rows count as long as they are on disk: that they expired hides them only where they are asked for.
        """
        source = source_of(tier)
        if source is None or source is RAW:
            wanted = Range(buckets.start_ms - LOOKBACK_MS, buckets.end_ms)
            parts = view.parts_in(RAW, wanted.start_ms, wanted.end_ms)
            samples = scan_samples(cursor, self._folder, parts, wanted, selection, limit)
            return partials_of_samples(samples, buckets.start_ms, buckets.end_ms, tier.resolution_ms)
        finer = self._read_segments(cursor, view, source, buckets, selection, limit)
        return partials_of_partials(finer, tier.resolution_ms)

    def read_samples(
        self,
        cursor: duckdb.DuckDBPyConnection,
        view: View,
        wanted: Range,
        selection: Selection = ALL_SERIES,
        limit: int | None = None,
    ) -> SampleColumns:
        """Raw samples that have not expired, stale markers included."""
        visible = wanted.clip(start_ms=self._hidden_before_ms(RAW))
        parts = view.parts_in(RAW, visible.start_ms, visible.end_ms)
        return scan_samples(cursor, self._folder, parts, visible, selection, limit)

    def count_rows(
        self, cursor: duckdb.DuckDBPyConnection, view: View, tier: Tier, wanted: Range
    ) -> tuple[int, int, int]:
        """Rows in a range, before equals are removed, with the least and the greatest series id among them."""
        union = union_of_parts(self._folder, tier, view.parts_in(tier, wanted.start_ms, wanted.end_ms))
        if not union:
            return 0, 0, 0
        ((rows, first_id, last_id),) = cursor.execute(
            "SELECT count(*), coalesce(min(series_id), 0), coalesce(max(series_id), 0) "
            f"FROM ({union}) WHERE ts_ms >= ? AND ts_ms < ?",
            [wanted.start_ms, wanted.end_ms],
        ).fetchall()
        return rows, first_id, last_id


def frozen_before_ms(view: View, tier: Tier) -> int | None:
    """Start of the first bucket that can still be computed from the tier's source; None when all can."""
    source = source_of(tier)
    if source is None:
        return None
    return freeze_edge_ms(view.dropped_before_ms.get(source.table), source, tier.resolution_ms)


def pending_of(view: View, tier: Tier) -> list[Range]:
    """Invalidations of the tier and of every finer one: what is outdated there is outdated here."""
    ranges = []
    for one in TIERS[: TIERS.index(tier) + 1]:
        ranges += view.pending(one)
    return ranges
