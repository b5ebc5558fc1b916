"""Turns hot tables of closed chunks into sealed files, and merges late rows into the files that are there.

        open table --gate--> sealing table --+
                                             +--> temporary file -> fsync -> rename -> catalogue -> old parts removed
        sealed files of the same chunk ------+

A crash before the catalogue's commit leaves files that nobody knows (swept at start), one after it leaves old parts
that are marked as removed (deleted at start): nothing is lost or counted twice. Runs on the maintenance thread.
"""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np

from metricbox.store.buckets import Range
from metricbox.store.duckdb_backend.appender import Appender
from metricbox.store.duckdb_backend.chunks import ChunkCatalogue, Part, PartState, insert_parts, mark_parts
from metricbox.store.duckdb_backend.database import transaction
from metricbox.store.duckdb_backend.gathering import (
    Gathered,
    count_rows,
    gather,
    keep_last,
    list_sources,
    plan_passes,
    split,
)
from metricbox.store.duckdb_backend.memory import release_unused
from metricbox.store.duckdb_backend.scan import ROLLUP_VALUES, union_of_parts
from metricbox.store.duckdb_backend.sealed_file import FileFacts, write_raw_file, write_rollup_file
from metricbox.store.duckdb_backend.sealed_values import RollupColumns, encode_rollups, encode_samples
from metricbox.store.tiers import RAW, TIERS, Tier

logger = logging.getLogger(__name__)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Rows of one file, and of one reading of the open tables: what is in memory at a time. A raw row takes 12 bytes when it
# is read and about 50 more while its file is written, a rollup row 60 and 120.
MAX_FILE_ROWS = 1_000_000
MAX_PASS_ROWS = 4_000_000


class Sealer:
    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
        chunks: ChunkCatalogue,
        appender: Appender,
        lateness_ms: int,
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._chunks = chunks
        self._appender = appender
        self._lateness_ms = lateness_ms
        # When a chunk was last rewritten: a trickle of late rows must not rewrite it every minute.
        self._sealed_ms: dict[tuple[str, int], int] = {}

    def seal_due(self, now_ms: int) -> int:
        """Seal every chunk that closed more than the lateness allowance ago; the number of chunks sealed."""
        sealed = 0
        for tier in TIERS:
            due = {
                part.start_ms
                for part in self._chunks.list_parts(tier)
                if part.is_hot and self._is_due(part, now_ms)
            }
            for start_ms in sorted(due):
                self.seal_chunk(tier, start_ms)
                self._sealed_ms[tier.table, start_ms] = now_ms
                sealed += 1
        return sealed

    def _is_due(self, part: Part, now_ms: int) -> bool:
        last_ms = self._sealed_ms.get((part.tier, part.start_ms), part.end_ms)
        # A clock that was ahead for a while must not keep the chunk open until it is there again.
        since_ms = part.end_ms if last_ms > now_ms else max(last_ms, part.end_ms)
        return now_ms >= since_ms + self._lateness_ms

    def seal_chunk(self, tier: Tier, start_ms: int) -> None:
        """Make files of all parts of a chunk. What is written to the chunk meanwhile goes to a new open table."""
        with self._appender.gate:
            closing = [
                part for part in self._chunks.list_chunk(tier, start_ms) if part.state is PartState.OPEN
            ]
            with transaction(self._connection):
                mark_parts(self._connection, closing, PartState.SEALING)
            self._chunks.publish(added=[part._replace(state=PartState.SEALING) for part in closing])
        with self._chunks.pinned() as view:
            chunk = Range(start_ms, start_ms + tier.chunk_ms)
            old = [
                part
                for part in view.parts_in(tier, chunk.start_ms, chunk.end_ms)
                if part.state in {PartState.SEALING, PartState.SEALED}
            ]
            if not any(part.is_hot for part in old):
                return
            new = self._write_all_files(tier, chunk, old)
            with transaction(self._connection):
                insert_parts(self._connection, new)
                mark_parts(self._connection, old, PartState.REMOVED)
                if tier is RAW:
                    self._note_last_seen(self._connection, old)
            self._chunks.publish(added=new, removed=old)
        self._chunks.collect_garbage(self._connection)
        release_unused()
        rows = sum(part.rows for part in new)
        size = sum(part.bytes for part in new)
        logger.info(
            "sealed %s chunk %s: %s rows, %s bytes in %s files", tier.table, start_ms, rows, size, len(new)
        )

    def _write_all_files(self, tier: Tier, chunk: Range, old: list[Part]) -> list[Part]:
        """All files or none: on a full disk every try would leave some more behind."""
        new: list[Part] = []
        try:
            for part in self._write_files(tier, chunk, old):
                new.append(part)  # noqa: PERF402 - what was made before the failure counts
        except BaseException:
            for part in new:
                (self._folder / part.location).unlink(missing_ok=True)
            raise
        return new

    def _write_files(self, tier: Tier, chunk: Range, old: list[Part]) -> Iterator[Part]:
        target = self._folder / "chunks" / tier.table
        target.mkdir(parents=True, exist_ok=True)
        series = count_rows(self._connection, self._folder, tier, old)
        sources = list_sources(self._connection, self._folder, tier, old)
        for series_of_pass in plan_passes(series, MAX_PASS_ROWS if tier is RAW else MAX_FILE_ROWS):
            gathered = gather(self._connection, tier, sources, chunk.start_ms, series_of_pass)
            for rows in split(gathered, MAX_FILE_ROWS):
                yield self._make_part(tier, chunk, rows, target)

    def _make_part(self, tier: Tier, chunk: Range, rows: Gathered, target: Path) -> Part:
        part_id = self._chunks.new_part_id()
        path = target / f"{_chunk_name(chunk.start_ms)}-{part_id}.parquet"
        facts = self._write_file(tier, chunk, rows, path)
        return Part(
            part_id, tier.table, chunk.start_ms, chunk.end_ms, PartState.SEALED,
            str(path.relative_to(self._folder)), facts.rows, facts.bytes, facts.series, facts.min_ms,
            facts.max_ms, facts.sha256,
        )  # fmt: skip

    def note_last_seen_on_owner(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Of the samples that are not sealed yet, which nothing has noted. At start, before series are forgotten."""
        self._note_last_seen(connection, self._chunks.list_parts(RAW))

    def _note_last_seen(self, connection: duckdb.DuckDBPyConnection, parts: list[Part]) -> None:
        union = union_of_parts(self._folder, RAW, [part for part in parts if part.is_hot])
        if not union:
            return
        connection.execute(
            "UPDATE series SET last_seen_ms = seen.ts_ms "
            f"FROM (SELECT series_id, max(ts_ms) AS ts_ms FROM ({union}) GROUP BY series_id) seen "
            "WHERE series.series_id = seen.series_id AND series.last_seen_ms < seen.ts_ms"
        )

    def _write_file(self, tier: Tier, chunk: Range, rows: Gathered, path: Path) -> FileFacts:
        rows = keep_last(rows)
        metric_ids = np.repeat(rows.series.metric_ids.astype(np.int32), rows.series.rows)
        series_ids = np.repeat(rows.series.series_ids, rows.series.rows)
        columns = rows.columns
        times = columns.pop("ts_ms") + np.int64(chunk.start_ms)
        if tier is RAW:
            samples = encode_samples(metric_ids, series_ids, times, columns.pop("value"))
            return write_raw_file(self._connection, path, samples)
        # Each column is given up as soon as it is encoded.
        values = (columns.pop(name) for name in ROLLUP_VALUES[1:])
        encoded = encode_rollups(RollupColumns(metric_ids, series_ids, times, columns.pop("count"), values))
        return write_rollup_file(self._connection, path, encoded)


def _chunk_name(start_ms: int) -> str:
    """`2026-11-25T04`: the start of a chunk as a person reads it."""
    return (EPOCH + timedelta(milliseconds=start_ms)).strftime("%Y-%m-%dT%H")
