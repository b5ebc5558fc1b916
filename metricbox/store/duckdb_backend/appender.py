"""Appends raw samples to open hot tables and logs what that makes outdated. Runs on the writer thread alone.

`gate` is held from the look at a tier's threshold to the commit. Jobs take it when they raise a threshold or close a
hot table, so that no batch is in between: whatever was decided by the old state is committed by then.
"""

import threading
from collections.abc import Sequence

import duckdb
import numpy as np

from metricbox.model import STALE_MARKER, SampleBatch
from metricbox.store.buckets import Range
from metricbox.store.duckdb_backend.chunks import ChunkCatalogue, Part
from metricbox.store.duckdb_backend.database import checkpoint_if_idle, transaction
from metricbox.store.invalidation import ranges_below
from metricbox.store.tiers import MINUTE, RAW


class Appender:
    def __init__(self, chunks: ChunkCatalogue) -> None:
        self._chunks = chunks
        self.gate = threading.Lock()
        self._has_new_table = False

    def append_on_owner(self, connection: duckdb.DuckDBPyConnection, batch: SampleBatch) -> None:
        """Write the batch in one transaction, each row to its chunk."""
        with self.gate:
            placed = [(self._open_table(connection, start_ms), part) for start_ms, part in _split(batch)]
            # A schema change should not stay in the log for a replay (duckdb#22044); while queries run it has to.
            if self._has_new_table and checkpoint_if_idle(connection):
                self._has_new_table = False
            ranges = self._outdated(batch)
            with transaction(connection):
                for part, rows in placed:
                    _insert(connection, part, rows)
                invalidated = self._chunks.log_invalidations(connection, MINUTE, ranges)
            if invalidated:
                self._chunks.publish(invalidated=invalidated)

    def _outdated(self, batch: SampleBatch) -> Sequence[Range]:
        threshold_ms = self._chunks.threshold_ms(MINUTE)
        if threshold_ms is None:
            return ()
        return ranges_below(batch.ts_ms, threshold_ms, MINUTE.resolution_ms)

    def _open_table(self, connection: duckdb.DuckDBPyConnection, start_ms: int) -> Part:
        part = self._chunks.find_open(RAW, start_ms)
        if part is None:
            with transaction(connection):
                part = self._chunks.make_open(connection, RAW, start_ms)
            self._chunks.publish(added=[part])
            self._has_new_table = True
        return part


def _split(batch: SampleBatch) -> list[tuple[int, SampleBatch]]:
    """The rows of a batch by the start of their chunk."""
    starts = batch.ts_ms - batch.ts_ms % RAW.chunk_ms
    # Nearly every batch lies in one chunk; two comparisons then spare the sorting of np.unique.
    if starts.min() == starts.max():
        return [(int(starts[0]), batch)]
    return [(int(start), batch.where(starts == start)) for start in np.unique(starts)]


def _insert(connection: duckdb.DuckDBPyConnection, part: Part, batch: SampleBatch) -> None:
    # DuckDB finds `columns` by its name in this frame and reads the arrays where they lie. It takes a NaN in them for
    # NULL; the only NaN that gets this far is the stale marker, so that one is put back.
    columns = {"series_id": batch.series_ids, "ts_ms": batch.ts_ms, "value": batch.values}  # noqa: F841
    connection.execute(
        f"INSERT INTO {part.location} SELECT series_id, ts_ms, coalesce(value, ?) FROM columns",
        [STALE_MARKER],
    )
