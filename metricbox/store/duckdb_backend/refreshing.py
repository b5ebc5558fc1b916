"""Refreshes rollups: new buckets up to the threshold, and those that late writes made outdated.

Each piece is one transaction: rows, watermark, invalidations removed, invalidations of the next tier. What a crash
interrupts is simply done again; see invalidation.py for the order. Runs on the maintenance thread.
"""

from collections.abc import Iterator

import duckdb
import numpy as np

from metricbox.store.buckets import Range, floor_to, subtract_ranges
from metricbox.store.duckdb_backend.appender import Appender
from metricbox.store.duckdb_backend.chunks import ChunkCatalogue, Invalidation, Part, Progress, View
from metricbox.store.duckdb_backend.database import transaction
from metricbox.store.duckdb_backend.memory import release_unused
from metricbox.store.duckdb_backend.rollup_reader import Reading, RollupReader, frozen_before_ms
from metricbox.store.duckdb_backend.scan import ROLLUP_VALUES, Selection
from metricbox.store.invalidation import RefreshPlan, advance_threshold, plan_refresh, watermark_after
from metricbox.store.partials import LOOKBACK_MS, PartialColumns
from metricbox.store.tiers import RAW, TIERS, Tier, coarser_of, source_of

# Source rows read at a time, which bounds memory: some 150 bytes each. A minute of 10,000 series every 10 s is 60,000.
MAX_SOURCE_ROWS = 500_000
# Buckets of one transaction, so that a long catch-up is saved step by step.
MAX_PIECE_BUCKETS = 60
# A bucket stays open this long for samples that are on their way; later ones cost a repair.
GRACE_MS = 5_000


class Refresher:
    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        chunks: ChunkCatalogue,
        appender: Appender,
        reader: RollupReader,
    ) -> None:
        self._connection = connection
        self._chunks = chunks
        self._appender = appender
        self._reader = reader

    def refresh_all(self, now_ms: int) -> int:
        """Bring every rollup tier up to date, finest first; the number of pieces computed."""
        return sum(self.refresh(tier, now_ms) for tier in TIERS if tier is not RAW)

    def refresh(self, tier: Tier, now_ms: int) -> int:
        """Bring one tier up to date; the number of pieces computed."""
        if not self._raise_threshold(tier, now_ms):
            return 0
        done = 0
        while True:
            with self._chunks.pinned() as view:
                plan = self._plan(view, tier)
                piece = self._first_piece(view, tier, plan)
                if piece is None and not plan.discarded:
                    break
                self._carry_out(view, tier, plan, piece)
                done += piece is not None
        if done:
            release_unused()
        return done

    def _raise_threshold(self, tier: Tier, now_ms: int) -> bool:
        """False while there is nothing to compute from. Under the gate: no write is between its look and its commit."""
        with self._appender.gate, self._chunks.pinned() as view:
            progress = view.progress.get(tier.table)
            limit_ms = self._limit_ms(view, tier, now_ms)
            if progress is None:
                first_ms = self._first_bucket_ms(view, tier)
                if first_ms is None or limit_ms is None:
                    return False
                progress = Progress(first_ms, first_ms)
            if limit_ms is None:
                return False
            grace_ms = GRACE_MS if source_of(tier) is RAW else 0
            threshold_ms = advance_threshold(progress.threshold_ms, limit_ms, tier.resolution_ms, grace_ms)
            progress = progress._replace(threshold_ms=threshold_ms)
            if progress == view.progress.get(tier.table):
                return True
            with transaction(self._connection):
                self._save_progress(tier, progress)
            self._chunks.publish(progress={tier.table: progress})
        return True

    def _limit_ms(self, view: View, tier: Tier, now_ms: int) -> int | None:
        """How far the source has come."""
        source = source_of(tier)
        if source is None or source is RAW:
            return now_ms
        progress = view.progress.get(source.table)
        return None if progress is None else min(now_ms, progress.watermark_ms)

    def _first_bucket_ms(self, view: View, tier: Tier) -> int | None:
        """Where a tier begins that has no rows yet: with the first chunk of its source, on a bucket of its own."""
        source = source_of(tier)
        parts = view.parts[source.table] if source else []
        if not parts:
            return None
        first_ms = min(part.start_ms for part in parts)
        return first_ms - first_ms % tier.resolution_ms

    def _plan(self, view: View, tier: Tier) -> RefreshPlan:
        """What to do next. Planned anew for each piece, hence no further ahead than that: a year has 8760 of them.

        What is invalid beyond it is not materialised yet and may be forgotten.
        """
        progress = view.progress[tier.table]
        edge_ms = frozen_before_ms(view, tier)
        max_piece_ms = tier.resolution_ms * MAX_PIECE_BUCKETS
        begin_ms = progress.watermark_ms if edge_ms is None else max(progress.watermark_ms, edge_ms)
        return plan_refresh(
            view.pending(tier),
            progress.watermark_ms,
            min(progress.threshold_ms, begin_ms + max_piece_ms),
            edge_ms,
            tier.resolution_ms,
            max_piece_ms,
        )

    def _first_piece(self, view: View, tier: Tier, plan: RefreshPlan) -> Range | None:
        if not plan.pieces:
            return None
        piece = plan.pieces[0]
        return self._widen(view, tier, piece) if piece.start_ms == plan.watermark_ms else piece

    def _widen(self, view: View, tier: Tier, piece: Range) -> Range:
        """A piece of the advance stretched to where the source has rows again: a long silence is one piece."""
        source = source_of(tier)
        needed_ms = piece.start_ms - (LOOKBACK_MS if source is RAW else 0)
        parts = view.parts[source.table] if source else []
        threshold_ms = view.progress[tier.table].threshold_ms
        next_ms = min((part.start_ms for part in parts if part.end_ms > needed_ms), default=threshold_ms)
        return Range(
            piece.start_ms, max(piece.end_ms, floor_to(min(next_ms, threshold_ms), tier.resolution_ms))
        )

    def _carry_out(self, view: View, tier: Tier, plan: RefreshPlan, piece: Range | None) -> None:
        """A piece of a plan, with everything that follows from it, in one transaction."""
        progress = view.progress[tier.table]
        watermark_ms = plan.watermark_ms
        with self._reader.writing_rollup(), transaction(self._connection):
            opened = self._write_piece(view, tier, piece) if piece else []
            if piece:
                watermark_ms = watermark_after(watermark_ms, piece)
            progress = Progress(watermark_ms, max(progress.threshold_ms, watermark_ms))
            self._save_progress(tier, progress)
            handled = [*plan.discarded, *([piece] if piece else [])]
            repaired = [
                one
                for one in view.invalidations
                if one.tier == tier.table and any(one.range.overlaps(span) for span in handled)
            ]
            left = subtract_ranges([one.range for one in repaired], handled)
            invalidated = self._replace_invalidations(tier, repaired, left)
            invalidated += self._invalidate_coarser(view, tier, piece)
        self._chunks.publish(
            added=opened,
            progress={tier.table: progress},
            repaired=[one.invalidation_id for one in repaired],
            invalidated=invalidated,
        )

    def _replace_invalidations(
        self, tier: Tier, known: list[Invalidation], left: list[Range]
    ) -> list[Invalidation]:
        """Only what the view knew is taken out: what was logged since stays for the next round."""
        if known:
            self._connection.execute(
                "DELETE FROM invalidations WHERE invalidation_id IN (SELECT unnest(?))",
                [[one.invalidation_id for one in known]],
            )
        return self._chunks.log_invalidations(self._connection, tier, left)

    def _invalidate_coarser(self, view: View, tier: Tier, piece: Range | None) -> list[Invalidation]:
        coarser = coarser_of(tier)
        progress = view.progress.get(coarser.table) if coarser else None
        if coarser is None or progress is None or piece is None or piece.start_ms >= progress.threshold_ms:
            return []
        return self._chunks.log_invalidations(
            self._connection, coarser, [piece.clip(end_ms=progress.threshold_ms)]
        )

    def _write_piece(self, view: View, tier: Tier, piece: Range) -> list[Part]:
        """Compute a piece and append its rows; the tables that had to be made for it."""
        opened: list[Part] = []
        for selection in self._selections(view, tier, piece):
            rows = self._reader.compute(Reading(self._connection, view, selection), tier, piece)
            chunk_starts = rows.bucket_ms - rows.bucket_ms % tier.chunk_ms
            for start_ms in np.unique(chunk_starts).tolist():
                part = self._open_table(tier, start_ms, opened)
                if piece.start_ms < view.progress[tier.table].watermark_ms:
                    self._reader.note_repair(part)
                _insert(self._connection, part, rows.where(chunk_starts == start_ms))
        return opened

    def _open_table(self, tier: Tier, start_ms: int, opened: list[Part]) -> Part:
        part = self._chunks.find_open(tier, start_ms)
        part = part or next((one for one in opened if one.start_ms == start_ms), None)
        if part is None:
            part = self._chunks.make_open(self._connection, tier, start_ms)
            opened.append(part)
        return part

    def _selections(self, view: View, tier: Tier, piece: Range) -> Iterator[Selection]:
        """The series in as many groups as keep the source rows of each within bounds."""
        source = source_of(tier)
        if source is None:
            return
        wanted = Range(piece.start_ms - (LOOKBACK_MS if source is RAW else 0), piece.end_ms)
        rows, first_id, last_id = self._reader.count_rows(self._connection, view, source, wanted)
        groups = max(1, -(-rows // MAX_SOURCE_ROWS))
        if groups == 1:
            yield Selection()
            return
        edges = np.linspace(first_id, last_id + 1, groups + 1).astype(np.int64)
        for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            if low < high:
                yield Selection(np.arange(low, high, dtype=np.int64))

    def _save_progress(self, tier: Tier, progress: Progress) -> None:
        self._connection.execute("DELETE FROM rollup_progress WHERE tier = ?", [tier.table])
        self._connection.execute(
            "INSERT INTO rollup_progress VALUES (?, ?, ?)",
            [tier.table, progress.watermark_ms, progress.threshold_ms],
        )


def _insert(connection: duckdb.DuckDBPyConnection, part: Part, rows: PartialColumns) -> None:
    # DuckDB finds `columns` by its name in this frame. A sum can be NaN (infinity less infinity), which DuckDB takes
    # for NULL when it reads the arrays.
    columns = dict(zip(("series_id", "ts_ms", *ROLLUP_VALUES), rows, strict=True))  # noqa: F841
    names = ", ".join(
        ["series_id", "ts_ms", "count", *(f"coalesce({name}, 'nan'::DOUBLE)" for name in ROLLUP_VALUES[1:])]
    )
    connection.execute(f"INSERT INTO {part.location} SELECT {names} FROM columns")
