"""Retention: drops whole chunks, and clears what a crash left behind.

Files go by unlinking, which needs no free space; a full disk cannot stop it. A clock that is suddenly far ahead does,
for a while: see retention.py. Runs on the maintenance thread.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from metricbox.durations import format_duration
from metricbox.errors import UnavailableError
from metricbox.store.buckets import Range, floor_to
from metricbox.store.duckdb_backend.chunks import ChunkCatalogue, PartState, View, forget_lost, mark_parts
from metricbox.store.duckdb_backend.database import quarantine, transaction
from metricbox.store.duckdb_backend.rollup_reader import pending_of
from metricbox.store.duckdb_backend.sealed_file import TEMPORARY_PREFIX
from metricbox.store.retention import (
    SWEEP_INTERVAL_MS,
    Consumer,
    Reading,
    SweepClock,
    SweepPlan,
    expired_before_ms,
    judge_clock,
    plan_sweep,
)
from metricbox.store.tiers import TIERS, Tier, coarser_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE_MS = 60_000

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
        rows = connection.execute("SELECT swept_ms, steady_ms FROM sweep_clock").fetchall()
        self._known = SweepClock(*rows[0]) if rows else None
        self._last: Reading | None = None

    def sweep_trusted(self, now: Reading) -> int:
        """Sweep, unless the clock is too far beyond the last time. UnavailableError when that keeps expired chunks."""
        verdict = judge_clock(self._known, self._last, now)
        if verdict.missing_ms:
            self._save_clock(verdict.known, now)
            self._refuse_what_expired(verdict.known, now.wall_ms, verdict.missing_ms)
            return 0
        dropped = self.sweep(now.wall_ms)
        self._save_clock(verdict.known, now)
        return dropped

    def _save_clock(self, known: SweepClock, now: Reading) -> None:
        with transaction(self._connection):
            self._connection.execute("DELETE FROM sweep_clock")
            self._connection.execute("INSERT INTO sweep_clock VALUES (?, ?)", list(known))
        self._known, self._last = known, now

    def _refuse_what_expired(self, known: SweepClock, now_ms: int, missing_ms: int) -> None:
        with self._chunks.pinned() as view:
            count = sum(len(self._plan(view, tier, now_ms).dropped) for tier in TIERS)
        if count:
            days = (now_ms - known.swept_ms) // (24 * 60 * MINUTE_MS)
            wait = format_duration(max(floor_to(missing_ms, MINUTE_MS), MINUTE_MS))
            msg = (
                f"the clock says {_show_time(now_ms)}, {days} days after the last sweep at "
                f"{_show_time(known.swept_ms)}: {count} chunks that have expired by it are kept until the server has "
                f"run for another {wait}. If the clock is wrong, set it right before that"
            )
            raise UnavailableError(msg, SWEEP_INTERVAL_MS // 1000)

    def sweep(self, now_ms: int) -> int:
        """Drop what has expired, coarsest tier last; the number of chunks dropped."""
        dropped = sum(self._sweep_tier(tier, now_ms) for tier in TIERS)
        self._chunks.collect_garbage(self._connection)
        return dropped

    def _sweep_tier(self, tier: Tier, now_ms: int) -> int:
        with self._chunks.pinned() as view:
            plan = self._plan(view, tier, now_ms)
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
                    forget_lost(self._connection, tier, before_ms)
                self._chunks.publish(removed=parts, dropped_before_ms={tier.table: before_ms})
        logger.info("dropped %s chunks of %s", len(plan.dropped), tier.table)
        return len(plan.dropped)

    def _plan(self, view: View, tier: Tier, now_ms: int) -> SweepPlan:
        chunks = {Range(part.start_ms, part.end_ms) for part in view.parts[tier.table]}
        expired_ms = expired_before_ms(now_ms, self._retention_ms(tier))
        return plan_sweep(chunks, expired_ms, tier, _consumer(view, tier))

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


def _show_time(ts_ms: int) -> str:
    return (EPOCH + timedelta(milliseconds=ts_ms)).strftime("%Y-%m-%d %H:%M UTC")
