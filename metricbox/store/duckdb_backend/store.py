"""The built-in metric store: MetricStore on DuckDB. Joins the parts of this package; see store/README.md.

One writer thread writes, a pool of cursors reads. Made and closed by app.py.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from metricbox.clock import Clock
from metricbox.errors import LimitExceededError
from metricbox.model import STALE_MARKER, Int64Array, SampleBatch, Series, SeriesKey
from metricbox.store.contract import (
    Matcher,
    MetricPage,
    ReadLimits,
    SampleColumns,
    StoreStatus,
    TierStatus,
)
from metricbox.store.duckdb_backend.catalogue import Catalogue
from metricbox.store.duckdb_backend.database import Database
from metricbox.store.duckdb_backend.hot_chunks import Chunk, HotChunks
from metricbox.store.duckdb_backend.readers import ReaderPool
from metricbox.store.duckdb_backend.writer import Writer
from metricbox.store.tiers import RAW

# As many as the query service runs at once, and one for the status page.
READERS = 5
STATUS_TIMEOUT_S = 10.0
EMPTY = SampleColumns(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float64))


class DuckDBMetricStore:
    """`observe_commit_s` is told the time of every group commit."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        retention_raw_ms: int,
        max_series: int,
        max_queued_samples: int,
        disk_reserve_bytes: int,
        memory_limit_bytes: int,
        observe_commit_s: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._retention_raw_ms = retention_raw_ms
        self._database = Database(folder, memory_limit_bytes, os.cpu_count() or 1)
        self._catalogue = Catalogue(self._database.cursor, max_series)
        self._chunks = HotChunks(self._database.connection)
        self._readers = ReaderPool(self._database.cursor, READERS)
        self._writer = Writer(
            self._database.connection,
            self._catalogue,
            self._chunks,
            folder=folder,
            max_queued_samples=max_queued_samples,
            disk_reserve_bytes=disk_reserve_bytes,
            now_ms=clock.now_ms,
            observe_commit_s=observe_commit_s,
        )
        self._writer.start()
        self._is_closed = False

    # ---- writing

    def register_series(self, keys: Sequence[SeriesKey]) -> Int64Array:
        return self._writer.register(keys).result()

    def submit(self, batch: SampleBatch) -> "Future[None]":
        return self._writer.submit(batch)

    # ---- reading

    def find_series(self, name: str, matchers: Sequence[Matcher] = ()) -> Sequence[Series]:
        return self._catalogue.find_series(name, matchers)

    def read_raw(
        self, series_ids: Int64Array, start_ms: int, end_ms: int, limits: ReadLimits
    ) -> SampleColumns:
        # Expired samples are hidden at once, whether or not their chunk is still there.
        start_ms = max(start_ms, self._clock.now_ms() - self._retention_raw_ms)
        chunks = self._chunks.list_overlapping(start_ms, end_ms)
        if not chunks or not len(series_ids) or start_ms >= end_ms:
            return EMPTY
        with self._readers.cursor(limits.timeout_s) as cursor:
            columns = _select(cursor, chunks, series_ids, start_ms, end_ms, limits.max_samples + 1)
        if len(columns["value"]) > limits.max_samples:
            msg = (
                f"the query reads more than {limits.max_samples} samples; "
                "ask for a shorter range or fewer series, or raise query_max_samples"
            )
            raise LimitExceededError(msg)
        return _sort_and_keep_last(columns)

    def has_metric(self, name: str) -> bool:
        return self._catalogue.has_metric(name)

    def list_metrics(self, search: str, offset: int, limit: int) -> MetricPage:
        return self._catalogue.list_metrics(search, offset, limit)

    def count_label_names(self, name: str) -> Mapping[str, int]:
        return self._catalogue.count_label_names(name)

    def count_label_values(self, name: str, label: str, search: str) -> Mapping[str, int]:
        return self._catalogue.count_label_values(name, label, search)

    # ---- life

    @property
    def series_count(self) -> int:
        return self._catalogue.series_count

    @property
    def queued_samples(self) -> int:
        return self._writer.queued_samples

    def status(self) -> StoreStatus:
        chunks = self._chunks.list_chunks()
        samples = 0
        oldest_ms = newest_ms = None
        if chunks:
            union = " UNION ALL ".join(
                f"SELECT count(*) AS n, min(ts_ms) AS oldest, max(ts_ms) AS newest FROM {chunk.table_name}"
                for chunk in chunks
            )
            with self._readers.cursor(STATUS_TIMEOUT_S) as cursor:
                ((samples, oldest_ms, newest_ms),) = cursor.execute(
                    f"SELECT sum(n)::BIGINT, min(oldest), max(newest) FROM ({union})"
                ).fetchall()
        raw = TierStatus(
            table=RAW.table,
            chunks=len(chunks),
            samples=samples,
            bytes=self._database.size_bytes(),
            oldest_ms=oldest_ms,
            newest_ms=newest_ms,
            retention_ms=self._retention_raw_ms,
        )
        return StoreStatus(
            series=self._catalogue.series_count,
            metrics=self._catalogue.metric_count,
            queued_samples=self._writer.queued_samples,
            tiers=[raw],
        )

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self._writer.close()
        self._readers.close()
        self._database.close()


def _select(
    cursor: duckdb.DuckDBPyConnection,
    chunks: Sequence[Chunk],
    series_ids: Int64Array,
    start_ms: int,
    end_ms: int,
    limit: int,
) -> dict[str, Any]:
    union = " UNION ALL ".join(
        f"SELECT series_id, ts_ms, value, rowid AS arrival FROM {chunk.table_name}" for chunk in chunks
    )
    # DuckDB finds `wanted` by its name in this frame.
    wanted = {"series_id": series_ids}  # noqa: F841
    condition = (
        f"series_id = {int(series_ids[0])}"
        if len(series_ids) == 1
        else "series_id IN (SELECT series_id FROM wanted)"
    )
    return cursor.execute(
        f"SELECT series_id, ts_ms, value, arrival FROM ({union}) "
        f"WHERE ts_ms >= ? AND ts_ms < ? AND {condition} LIMIT {limit}",
        [start_ms, end_ms],
    ).fetchnumpy()


def _sort_and_keep_last(columns: dict[str, Any]) -> SampleColumns:
    """Sorted by (series, time); of equals the last that arrived. Equal times lie in one chunk, so rowid tells."""
    ids, ts_ms, values = columns["series_id"], columns["ts_ms"], columns["value"]
    # A segment of nothing but stale markers comes back as plain NaN (DuckDB 2.0.1); no other NaN is ever stored.
    values[np.isnan(values)] = STALE_MARKER
    if len(ids) < 2:
        return SampleColumns(ids, ts_ms, values)
    is_later = (ids[1:] > ids[:-1]) | ((ids[1:] == ids[:-1]) & (ts_ms[1:] > ts_ms[:-1]))
    if is_later.all():
        return SampleColumns(ids, ts_ms, values)
    order = np.lexsort((columns["arrival"], ts_ms, ids))
    ids, ts_ms, values = ids[order], ts_ms[order], values[order]
    is_last = np.append((ids[1:] != ids[:-1]) | (ts_ms[1:] != ts_ms[:-1]), True)
    return SampleColumns(ids[is_last], ts_ms[is_last], values[is_last])
