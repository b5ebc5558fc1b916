"""The jobs of the store: rollup, seal, retention, checkpoint, verify. One thread, one connection, one job at a time.

They never touch the writer's connection and hold its gate for milliseconds only. Each is safe to kill at any moment.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import duckdb

from metricbox.clock import Clock
from metricbox.errors import UnavailableError
from metricbox.store.buckets import Range
from metricbox.store.contract import StoreJob
from metricbox.store.duckdb_backend.appender import Appender
from metricbox.store.duckdb_backend.chunks import ChunkCatalogue, View
from metricbox.store.duckdb_backend.database import checkpoint_if_idle, is_disk_full
from metricbox.store.duckdb_backend.disk_reserve import DiskReserve
from metricbox.store.duckdb_backend.refreshing import Refresher
from metricbox.store.duckdb_backend.rollup_reader import RollupReader
from metricbox.store.duckdb_backend.sealing import Sealer
from metricbox.store.duckdb_backend.sweeping import Sweeper
from metricbox.store.duckdb_backend.verifying import Verifier, may_be_damage
from metricbox.store.partials import LOOKBACK_MS
from metricbox.store.retention import SWEEP_INTERVAL_MS, Reading
from metricbox.store.tiers import MINUTE, TIERS, Tier

SEAL_INTERVAL_MS = 60_000
CHECKPOINT_INTERVAL_MS = 300_000
VERIFY_INTERVAL_MS = 3_600_000
# Every file is read about once in this time, which is some gigabytes at most.
VERIFY_ROUND_MS = 48 * VERIFY_INTERVAL_MS
RETRY_AFTER_S = 2

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


class Maintenance:
    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
        clock: Clock,
        chunks: ChunkCatalogue,
        appender: Appender,
        reader: RollupReader,
        *,
        lateness_ms: int,
        retention_ms: Callable[[Tier], int],
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._busy = threading.Lock()
        self._is_closing = False
        self._searched_ms: int | None = None
        self.reserve = DiskReserve(folder)
        self.sealer = Sealer(connection, folder, chunks, appender, lateness_ms)
        self.refresher = Refresher(connection, chunks, appender, reader)
        self.sweeper = Sweeper(connection, folder, chunks, appender.gate, retention_ms)
        self.verifier = Verifier(connection, folder, chunks, appender.gate, reader)
        self._chunks = chunks

    def list_jobs(self) -> list[StoreJob]:
        """In the order in which they should first run."""
        return [
            StoreJob("rollup", MINUTE.refresh_interval_ms, self.run_rollup),
            StoreJob("seal", SEAL_INTERVAL_MS, self.run_seal),
            StoreJob("retention", SWEEP_INTERVAL_MS, self.run_retention, is_due_at_start=True),
            StoreJob("checkpoint", CHECKPOINT_INTERVAL_MS, self.run_checkpoint),
            StoreJob("verify", VERIFY_INTERVAL_MS, self.run_verify),
        ]

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One job at a time, and none once the store closes."""
        with self._busy:
            self._refuse_when_closing()
            try:
                yield
            except duckdb.InterruptException:
                self._chunks.distrust()
                self._refuse_when_closing()
                raise
            except BaseException:
                # It may have failed after a commit, before what was committed was shown.
                self._chunks.distrust()
                raise

    def _refuse_when_closing(self) -> None:
        if self._is_closing:
            raise UnavailableError("the server is stopping", RETRY_AFTER_S)

    def run_rollup(self) -> None:
        with self._turn():
            self._heal(lambda: self.refresher.refresh_all(self._clock.now_ms()))
            self._chunks.collect_garbage(self._connection)

    def run_seal(self) -> None:
        with self._turn():
            self._heal(lambda: self.sealer.seal_due(self._clock.now_ms()))
            self._chunks.collect_garbage(self._connection)

    def run_retention(self) -> None:
        with self._turn():
            now = Reading(self._clock.now_ms(), round(self._clock.monotonic_s() * 1000))
            try:
                self._sweep(now)
            except Exception as error:
                if not is_disk_full(error):
                    raise
                logger.warning("the disk is full: retention goes on with the space held in reserve")
                with self.reserve.released():
                    self._sweep(now)

    def _sweep(self, now: Reading) -> None:
        """Rollups first: what goes must have been summed up. When they fail the rest goes all the same."""
        try:
            self._heal(lambda: self.refresher.refresh_all(now.wall_ms))
        finally:
            self.sweeper.sweep_trusted(now)

    def run_checkpoint(self) -> None:
        with self._turn():
            checkpoint_if_idle(self._connection)

    def run_verify(self) -> None:
        with self._turn():
            self.verifier.verify_next(VERIFY_INTERVAL_MS / VERIFY_ROUND_MS)

    def _heal(self, work: Callable[[], Result]) -> Result:
        """Do some work. When it meets a damaged file, that one is put away and the work done without it."""
        try:
            return work()
        except Exception as error:
            if not may_be_damage(error) or not self._search_damage():
                raise
        return work()

    def _search_damage(self) -> bool:
        """Verify every file, which takes long: when nothing is found not again soon."""
        now_ms = self._clock.now_ms()
        if self._searched_ms is not None and 0 <= now_ms - self._searched_ms < VERIFY_INTERVAL_MS:
            return False
        if self.verifier.quarantine_damaged():
            return True
        self._searched_ms = now_ms
        return False

    def quarantine_damaged(self, error: Exception, view: View, wanted: Range) -> bool:
        """Put damaged files in a range of a view into quarantine, for readers that met one; whether to read again.

        Any thread; waits for the job that runs.
        """
        if not may_be_damage(error):
            return False
        # A bucket is read whole, and with the samples before it.
        margin_ms = TIERS[-1].resolution_ms + LOOKBACK_MS
        around = Range(wanted.start_ms - margin_ms, wanted.end_ms + margin_ms)
        read = [part for tier in TIERS for part in view.parts_in(tier, *around)]
        sealed = [part for part in read if not part.is_hot]
        with self._turn():
            found = self.verifier.quarantine_damaged(sealed)
        known = self._chunks.known_ids()
        return bool(found) or any(part.part_id not in known for part in sealed)

    def examine(self) -> Iterator[str]:
        # Whole, as the lock must not depend on who reads on.
        with self._turn():
            faults = list(self.verifier.examine())
        yield from faults

    def close(self) -> None:
        """End the job that runs, which is safe at any point, and close the connection."""
        self._is_closing = True
        while not self._busy.acquire(timeout=0.05):
            self._connection.interrupt()
        try:
            self._connection.close()
        finally:
            self._busy.release()
