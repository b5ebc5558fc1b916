"""Retention: drops whole chunks, and clears what a crash left behind.

Files go by unlinking, which needs no free space; a full disk cannot stop it. Runs on the maintenance thread.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb

from metricbox.store.buckets import Range
from metricbox.store.duckdb_backend.chunks import ChunkCatalogue, PartState, View, mark_parts
from metricbox.store.duckdb_backend.database import quarantine, transaction
from metricbox.store.duckdb_backend.rollup_reader import pending_of
from metricbox.store.duckdb_backend.sealed_file import TEMPORARY_PREFIX
from metricbox.store.retention import Consumer, expired_before_ms, plan_sweep
from metricbox.store.tiers import TIERS, Tier, coarser_of

logger = logging.getLogger(__name__)


class Sweeper:
    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
        chunks: ChunkCatalogue,
        gate: threading.Lock,
        retention_ms: Callable[[Tier], int],
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._chunks = chunks
        self._gate = gate
        self._retention_ms = retention_ms

    def sweep(self, now_ms: int) -> int:
        """Drop what has expired, coarsest tier last; the number of chunks dropped."""
        dropped = sum(self._sweep_tier(tier, now_ms) for tier in TIERS)
        self._chunks.collect_garbage(self._connection)
        return dropped

    def _sweep_tier(self, tier: Tier, now_ms: int) -> int:
        with self._chunks.pinned() as view:
            chunks = {Range(part.start_ms, part.end_ms) for part in view.parts[tier.table]}
            expired_ms = expired_before_ms(now_ms, self._retention_ms(tier))
            plan = plan_sweep(chunks, expired_ms, tier, _consumer(view, tier))
            if plan.held:
                logger.warning("%s: %s expired chunks wait for their rollup", tier.table, len(plan.held))
            if not plan.dropped:
                return 0
            starts = {one.start_ms for one in plan.dropped}
            parts = [part for part in view.parts[tier.table] if part.start_ms in starts]
            before_ms = plan.dropped[-1].end_ms
            # Under the gate: an open table must not go while a batch is on its way into it.
            with self._gate:
                with transaction(self._connection):
                    mark_parts(self._connection, parts, PartState.REMOVED)
                    self._connection.execute("DELETE FROM dropped_chunks WHERE tier = ?", [tier.table])
                    self._connection.execute(
                        "INSERT INTO dropped_chunks VALUES (?, ?)", [tier.table, before_ms]
                    )
                self._chunks.publish(removed=parts, dropped_before_ms={tier.table: before_ms})
        logger.info("dropped %s chunks of %s", len(plan.dropped), tier.table)
        return len(plan.dropped)

    def sweep_orphans(self, *, is_catalogue_curtailed: bool = False) -> int:
        """Delete files that no catalogue row knows: what a crash left. Call before any job runs.

        When damage cost the catalogue rows, such a file may be all that is left of its samples: it is kept aside.
        """
        known = self._chunks.known_locations()
        orphans = [
            path
            for path in sorted((self._folder / "chunks").rglob("*"))
            if path.is_file() and str(path.relative_to(self._folder)) not in known
        ]
        for path in orphans:
            if is_catalogue_curtailed and not path.name.startswith(TEMPORARY_PREFIX):
                logger.error(
                    "%s belongs to no chunk any more; moved to %s", path, quarantine(self._folder, path)
                )
            else:
                logger.warning("removing %s, which was left by an interrupted job", path.name)
                path.unlink(missing_ok=True)
        return len(orphans)


def _consumer(view: View, tier: Tier) -> Consumer | None:
    coarser = coarser_of(tier)
    if coarser is None:
        return None
    progress = view.progress.get(coarser.table)
    # A tier that has not begun has used nothing yet.
    watermark_ms = (
        progress.watermark_ms
        if progress
        else min((part.start_ms for part in view.parts[tier.table]), default=0)
    )
    return Consumer(watermark_ms, pending_of(view, coarser))
