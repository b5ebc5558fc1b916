"""Reads a rollup tier as if it were always complete: rows where they can be trusted, computed live where not.

Runs on the caller's thread with the caller's connection, within one pinned view.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import duckdb

from metricbox.errors import LimitExceededError
from metricbox.model import SampleColumns
from metricbox.store.buckets import Range
from metricbox.store.duckdb_backend.block_reader import BlockReader, Columns
from metricbox.store.duckdb_backend.chunks import Part, View
from metricbox.store.duckdb_backend.column_cache import ColumnCache, Wanted
from metricbox.store.duckdb_backend.scan import (
    ALL_SERIES,
    RAW_VALUES,
    Selection,
    scan_partials,
    scan_samples,
    union_of_parts,
)
from metricbox.store.duckdb_backend.step_reader import Steps, Uniqueness, join_in_database
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
from metricbox.store.planner import Segment, plan_segments
from metricbox.store.step_partials import (
    StepPartials,
    concat_steps,
    empty_steps,
    join_steps,
    steps_of_partials,
    steps_of_rows,
)
from metricbox.store.tiers import RAW, TIERS, Tier, source_of


class Reading(NamedTuple):
    """One read: by which cursor, of which state, of which series, how much at most."""

    cursor: duckdb.DuckDBPyConnection
    view: View
    selection: Selection = ALL_SERIES
    limit: int | None = None
    """Rows; over it LimitExceededError is raised."""
    metric: Wanted | None = None
    """The metric to which all the series belong, for reads that may use the cache."""
    columns: Sequence[str] | None = None
    """Of a rollup's rows those that are wanted; None: all."""


class RollupReader:
    """`hidden_before_ms` tells, for a tier, before which time its rows have expired."""

    def __init__(
        self, folder: Path, hidden_before_ms: Callable[[Tier], int], cache: ColumnCache | None = None
    ) -> None:
        self._folder = folder
        self._hidden_before_ms = hidden_before_ms
        self._blocks = None if cache is None else BlockReader(folder, cache)
        self._uniqueness = Uniqueness()
        self._rollup_version = 0

    def note_repair(self, part: Part) -> None:
        """An open table gets rows once more that it had."""
        self._uniqueness.note_repair(part)

    @contextmanager
    def writing_rollup(self) -> Iterator[None]:
        """Around a transaction that writes rows of a rollup, before they are told to readers. Of one that failed nobody
        knows whether it was committed.
        """
        try:
            yield
        finally:
            self._rollup_version += 1

    def read_samples(self, reading: Reading, wanted: Range) -> SampleColumns:
        """Raw samples that have not expired, stale markers included."""
        return self._read_raw(reading, wanted.clip(start_ms=self._hidden_before_ms(RAW)))

    def read(self, reading: Reading, tier: Tier, wanted: Range) -> PartialColumns:
        """Partials of the buckets that `wanted` touches and that have not expired, sorted and unique."""
        visible = wanted.clip(start_ms=self._hidden_before_ms(tier))
        return self._read_segments(reading, tier, visible)

    def read_steps(self, reading: Reading, tier: Tier, steps: Steps) -> StepPartials:
        """The rows of `read`, joined by group and step: where they are cached, else in the database where they are
        materialised and unique.
        """
        wanted = Range(int(steps.edges_ms[0]), int(steps.edges_ms[-1]))
        visible = wanted.clip(start_ms=self._hidden_before_ms(tier))
        found = [
            self._read_steps_of_segment(reading, tier, steps, segment)
            for segment in self._plan(reading.view, tier, visible)
        ]
        if not found:
            return empty_steps()
        return found[0] if len(found) == 1 else join_steps(concat_steps(found))

    def _read_steps_of_segment(
        self, reading: Reading, tier: Tier, steps: Steps, segment: Segment
    ) -> StepPartials:
        if segment.is_materialised:
            parts = reading.view.parts_in(tier, segment.range.start_ms, segment.range.end_ms)
            with suppress(LimitExceededError):  # the database may still join what is too much for Python
                pieces = self._read_pieces(reading, tier, parts, segment.range, steps.names)
                if pieces is not None:
                    return join_steps(concat_steps([_steps_of_piece(piece, steps) for piece in pieces]))
            if steps.regular_ms is not None and self._uniqueness.holds(reading.cursor, parts):
                found = join_in_database(
                    reading.cursor,
                    self._folder,
                    tier,
                    parts,
                    segment.range,
                    steps,
                    reading.selection.metric_ids,
                )
                # A repair that was committed in between is among the rows, but then it is known by now.
                if self._uniqueness.holds(reading.cursor, parts):
                    return found
        return steps_of_partials(self._read_segment(reading, tier, segment), steps.grouping, steps.edges_ms)

    def _read_blocks(
        self, reading: Reading, tier: Tier, parts: Sequence[Part], span: Range, names: Sequence[str]
    ) -> Columns | None:
        if self._blocks is None or reading.metric is None:
            return None
        return self._blocks.read(
            reading.cursor,
            tier,
            parts,
            span,
            reading.metric,
            names,
            self._version_of(tier, reading.metric),
            reading.limit,
        )

    def _read_pieces(
        self, reading: Reading, tier: Tier, parts: Sequence[Part], span: Range, names: Sequence[str]
    ) -> Sequence[Columns] | None:
        if self._blocks is None or reading.metric is None:
            return None
        return self._blocks.read_pieces(
            reading.cursor,
            tier,
            parts,
            span,
            reading.metric,
            names,
            self._version_of(tier, reading.metric),
            reading.limit,
        )

    def _version_of(self, tier: Tier, metric: Wanted) -> int:
        return metric.raw_version if tier.is_raw else self._rollup_version

    def _read_segments(self, reading: Reading, tier: Tier, wanted: Range) -> PartialColumns:
        found = [
            self._read_segment(reading, tier, segment) for segment in self._plan(reading.view, tier, wanted)
        ]
        if not found:
            return empty_partials()
        return found[0] if len(found) == 1 else merge_last_wins(concat_partials(found))

    def _plan(self, view: View, tier: Tier, wanted: Range) -> Sequence[Segment]:
        progress = view.progress.get(tier.table)
        return plan_segments(
            wanted,
            progress.watermark_ms if progress else wanted.start_ms,
            pending_of(view, tier),
            tier,
            frozen_before_ms(view, tier),
        )

    def _read_segment(self, reading: Reading, tier: Tier, segment: Segment) -> PartialColumns:
        if not segment.is_materialised:
            return self.compute(reading, tier, segment.range)
        parts = reading.view.parts_in(tier, segment.range.start_ms, segment.range.end_ms)
        return scan_partials(
            reading.cursor,
            self._folder,
            tier,
            parts,
            segment.range,
            reading.selection,
            reading.limit,
            reading.columns,
        )

    def compute(self, reading: Reading, tier: Tier, buckets: Range) -> PartialColumns:
        """Partials of whole buckets out of the tier's source, whatever the tier itself has.

        Source rows count as long as they are on disk: that they expired hides them only where they are asked for.
        """
        source = source_of(tier)
        if source is None or source is RAW:
            wanted = Range(buckets.start_ms - LOOKBACK_MS, buckets.end_ms)
            samples = self._read_raw(reading, wanted)
            return partials_of_samples(samples, buckets.start_ms, buckets.end_ms, tier.resolution_ms)
        return partials_of_partials(self._read_segments(reading, source, buckets), tier.resolution_ms)

    def _read_raw(self, reading: Reading, wanted: Range) -> SampleColumns:
        parts = reading.view.parts_in(RAW, wanted.start_ms, wanted.end_ms)
        columns = self._read_blocks(reading, RAW, parts, wanted, RAW_VALUES)
        if columns is not None:
            return SampleColumns(columns["series_id"], columns["ts_ms"], columns["value"])
        return scan_samples(reading.cursor, self._folder, parts, wanted, reading.selection, reading.limit)

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


def _steps_of_piece(piece: Columns, steps: Steps) -> StepPartials:
    values = {name: piece[name] for name in steps.names}
    return steps_of_rows(piece["series_id"], piece["ts_ms"], values, steps.grouping, steps.edges_ms)


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
