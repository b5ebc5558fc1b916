"""Hot chunks: one native DuckDB table per 2 hours of raw samples, append-only, in arrival order.

Tables are made and written by the writer thread alone; any thread may read the list of them.
"""

import threading
from typing import NamedTuple

import duckdb
import numpy as np

from metricbox.model import STALE_MARKER, SampleBatch
from metricbox.store.duckdb_backend.database import checkpoint_if_idle, transaction
from metricbox.store.tiers import RAW


class Chunk(NamedTuple):
    """A time slice [start_ms, end_ms) of a tier, kept in the table `table_name`."""

    start_ms: int
    end_ms: int
    table_name: str


class HotChunks:
    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._lock = threading.Lock()
        self._has_new_table = False
        rows = connection.execute(
            "SELECT start_ms, end_ms, table_name FROM chunks WHERE tier = ? AND state = 'hot'", [RAW.table]
        ).fetchall()
        self._by_start = {row[0]: Chunk(*row) for row in rows}

    def list_chunks(self) -> list[Chunk]:
        """All chunks, oldest first."""
        with self._lock:
            return sorted(self._by_start.values())

    def list_overlapping(self, start_ms: int, end_ms: int) -> list[Chunk]:
        return [chunk for chunk in self.list_chunks() if chunk.start_ms < end_ms and chunk.end_ms > start_ms]

    def append_on_owner(self, connection: duckdb.DuckDBPyConnection, batch: SampleBatch) -> None:
        """Write the batch in one transaction, each row to its chunk. Missing chunks are made before it."""
        starts = batch.ts_ms - batch.ts_ms % RAW.chunk_ms
        # Nearly every batch lies in one chunk; two comparisons then spare the sorting of np.unique.
        if starts.size and starts.min() == starts.max():
            parts = [(int(starts[0]), batch)]
        else:
            parts = [(int(start), batch.where(starts == start)) for start in np.unique(starts)]
        chunks = [(self._get_or_create_on_owner(connection, start), part) for start, part in parts]
        # A schema change should not stay in the log for a replay (duckdb#22044); while queries run it has to.
        if self._has_new_table and checkpoint_if_idle(connection):
            self._has_new_table = False
        with transaction(connection):
            for chunk, part in chunks:
                _insert(connection, chunk, part)

    def _get_or_create_on_owner(self, connection: duckdb.DuckDBPyConnection, start_ms: int) -> Chunk:
        chunk = self._by_start.get(start_ms)
        if chunk is not None:
            return chunk
        chunk = Chunk(start_ms, start_ms + RAW.chunk_ms, f"hot_raw_{start_ms}".replace("-", "minus_"))
        with transaction(connection):
            connection.execute(
                f"CREATE TABLE {chunk.table_name} "
                "(series_id BIGINT NOT NULL, ts_ms BIGINT NOT NULL, value DOUBLE NOT NULL)"
            )
            connection.execute(
                "INSERT INTO chunks VALUES (?, ?, ?, 'hot', ?)",
                [RAW.table, chunk.start_ms, chunk.end_ms, chunk.table_name],
            )
        with self._lock:
            self._by_start[start_ms] = chunk
        self._has_new_table = True
        return chunk


def _insert(connection: duckdb.DuckDBPyConnection, chunk: Chunk, batch: SampleBatch) -> None:
    # DuckDB finds `columns` by its name in this frame and reads the arrays where they lie. It takes a NaN in them for
    # NULL; the only NaN that gets this far is the stale marker, so that one is put back.
    columns = {"series_id": batch.series_ids, "ts_ms": batch.ts_ms, "value": batch.values}  # noqa: F841
    connection.execute(
        f"INSERT INTO {chunk.table_name} SELECT series_id, ts_ms, coalesce(value, ?) FROM columns",
        [STALE_MARKER],
    )
