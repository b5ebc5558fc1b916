"""The built-in metric store: MetricStore on DuckDB and Parquet. Joins the parts of this package; see store/README.md.

One writer thread writes, a pool of cursors reads, the jobs have a connection of their own. Made and closed by app.py.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

import duckdb
import numpy as np

from metricbox.clock import Clock
from metricbox.model import Int64Array, SampleBatch, SampleColumns, Series, SeriesKey
from metricbox.store.buckets import Range
from metricbox.store.contract import (
    NO_CAPS,
    Matcher,
    MetricBranchPage,
    MetricDefinition,
    MetricDetails,
    MetricOrder,
    MetricPage,
    ReadLimits,
    Reporter,
    ReporterRule,
    RetentionPreview,
    SeriesCaps,
    SqlQuestion,
    SqlTable,
    StoreJob,
    StoreStatus,
    TierStatus,
)
from metricbox.store.duckdb_backend.appender import Appender
from metricbox.store.duckdb_backend.catalogue import Catalogue
from metricbox.store.duckdb_backend.chunks import ChunkCatalogue, View
from metricbox.store.duckdb_backend.column_cache import ColumnCache, Wanted
from metricbox.store.duckdb_backend.database import Database
from metricbox.store.duckdb_backend.maintenance import Maintenance
from metricbox.store.duckdb_backend.readers import ReaderPool
from metricbox.store.duckdb_backend.reporters import list_reporters
from metricbox.store.duckdb_backend.rollup_reader import Reading, RollupReader
from metricbox.store.duckdb_backend.scan import Selection, check_limit, extent_of_parts
from metricbox.store.duckdb_backend.sql import SqlRunner
from metricbox.store.duckdb_backend.step_reader import Steps
from metricbox.store.duckdb_backend.writer import Writer
from metricbox.store.partials import PartialColumns
from metricbox.store.retention import expired_before_ms
from metricbox.store.step_partials import Grouping, StepPartials
from metricbox.store.tiers import TIERS, Tier

logger = logging.getLogger(__name__)

# As many as the query service runs at once, and one for the status page.
READERS = 5
STATUS_TIMEOUT_S = 10.0

Read = TypeVar("Read")


class DuckDBMetricStore:
    """`retention_ms` is asked anew each time, so that a change needs no restart. `observe_commit_s` is told the time of
    every group commit.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        retention_ms: Callable[[Tier], int],
        max_series: int,
        max_queued_samples: int,
        disk_reserve_bytes: int,
        memory_limit_bytes: int,
        lateness_ms: int,
        column_cache_bytes: int = 0,
        observe_commit_s: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._retention_ms = retention_ms
        self._database = Database(folder, memory_limit_bytes, os.cpu_count() or 1)
        connection = self._database.connection
        self._catalogue = Catalogue(self._database.cursor, max_series)
        self._chunks = ChunkCatalogue(connection, folder)
        cache = ColumnCache(column_cache_bytes, clock.monotonic_s)
        self._reader = RollupReader(folder, self._hidden_before_ms, cache)
        appender = Appender(self._chunks)
        self._maintenance = Maintenance(
            self._database.cursor(),
            folder,
            clock,
            self._chunks,
            appender,
            self._reader,
            lateness_ms=lateness_ms,
            retention_ms=retention_ms,
        )
        self._recover(connection)
        self._readers = ReaderPool(self._database.cursor, READERS)
        self._sql = SqlRunner(
            folder,
            clock,
            self._reader,
            pinned=self._chunks.pinned,
            open_cursor=self._readers.cursor,
            hidden_before_ms=self._hidden_before_ms,
            repair=self._maintenance.quarantine_damaged,
            memory_limit_bytes=memory_limit_bytes,
        )
        self._writer = Writer(
            connection,
            self._catalogue,
            appender,
            folder=folder,
            max_queued_samples=max_queued_samples,
            disk_reserve_bytes=disk_reserve_bytes,
            now_ms=clock.now_ms,
            observe_commit_s=observe_commit_s,
        )
        self._writer.start()
        self._is_closed = False

    def _recover(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Clear what a crash left and forget what nobody can ask for any more. Nothing else runs yet."""
        self._chunks.collect_garbage(connection)
        self._maintenance.sweeper.sweep_orphans(is_catalogue_curtailed=self._database.is_curtailed)
        self._maintenance.reserve.make()
        self.faults_at_start = self._maintenance.verifier.check_presence()
        longest_ms = max(self._retention_ms(tier) + tier.chunk_ms for tier in TIERS)
        self._maintenance.sealer.note_last_seen_on_owner(connection)
        # Whatever the clock says, which may have jumped: a series of which there may be a row stays.
        starts = [part.start_ms for tier in TIERS for part in self._chunks.list_parts(tier)]
        forgotten = self._catalogue.forget_unused_on_owner(
            connection, min([expired_before_ms(self._clock.now_ms(), longest_ms), *starts])
        )
        if forgotten:
            logger.info("forgot %s series that have no data any more", forgotten)

    def _hidden_before_ms(self, tier: Tier) -> int:
        """Expired rows are hidden at once, whether or not their chunk is still there."""
        return expired_before_ms(self._clock.now_ms(), self._retention_ms(tier))

    # ---- writing

    def register_series(self, keys: Sequence[SeriesKey], caps: SeriesCaps = NO_CAPS) -> Int64Array:
        return self._writer.register(keys, caps).result()

    def change_metric(self, name: str, changes: MetricDetails) -> MetricDefinition:
        return self._writer.run(
            lambda connection: self._catalogue.change_metric_on_owner(connection, name, changes)
        ).result()

    def learn_metrics(self, details: Mapping[str, MetricDetails]) -> None:
        # Senders repeat themselves every minute, so that there is nearly never something new.
        if self._catalogue.find_news(details):
            self._writer.run(lambda connection: self._catalogue.learn_on_owner(connection, details)).result()

    def submit(self, batch: SampleBatch) -> "Future[None]":
        return self._writer.submit(batch)

    # ---- reading

    def find_series(self, name: str, matchers: Sequence[Matcher] = ()) -> Sequence[Series]:
        return self._catalogue.find_series(name, matchers)

    def read_raw(
        self,
        series_ids: Int64Array,
        start_ms: int,
        end_ms: int,
        limits: ReadLimits,
        metric: str | None = None,
    ) -> SampleColumns:
        wanted = Range(start_ms, end_ms)
        return self._read(
            limits,
            wanted,
            lambda cursor, view: self._reader.read_samples(
                self._reading(cursor, view, series_ids, limits, metric), wanted
            ),
        )

    def read_rollup(
        self,
        tier: Tier,
        series_ids: Int64Array,
        start_ms: int,
        end_ms: int,
        limits: ReadLimits,
        metric: str | None = None,
        columns: Sequence[str] | None = None,
    ) -> PartialColumns:
        wanted = Range(start_ms, end_ms)
        rows = self._read(
            limits,
            wanted,
            lambda cursor, view: self._reader.read(
                self._reading(cursor, view, series_ids, limits, metric)._replace(columns=columns),
                tier,
                wanted,
            ),
        )
        check_limit(rows.size, limits.max_samples)
        return rows

    def read_rollup_steps(
        self,
        tier: Tier,
        grouping: Grouping,
        edges_ms: Int64Array,
        columns: Sequence[str],
        limits: ReadLimits,
        metric: str | None = None,
    ) -> StepPartials:
        steps = Steps(grouping, edges_ms, list(dict.fromkeys(["count", *columns])))
        return self._read(
            limits,
            Range(int(edges_ms[0]), int(edges_ms[-1])),
            lambda cursor, view: self._reader.read_steps(
                self._reading(cursor, view, grouping.series_ids, limits, metric), tier, steps
            ),
        )

    def _reading(
        self,
        cursor: duckdb.DuckDBPyConnection,
        view: View,
        series_ids: Int64Array,
        limits: ReadLimits,
        metric: str | None,
    ) -> Reading:
        raw_version = self._writer.log.position
        metric_id = None if metric is None else self._catalogue.find_metric_id(metric)
        if metric is None or metric_id is None or not len(series_ids):
            return Reading(cursor, view, Selection(series_ids), limits.max_samples)
        wanted = Wanted(
            metric_id,
            self._catalogue.series_count_of(metric),
            np.unique(series_ids),
            lambda: self._catalogue.series_ids_of(metric),
            raw_version,
            lambda: self._catalogue.series_count_of(metric),
        )
        return Reading(cursor, view, Selection(series_ids, (metric_id,)), limits.max_samples, wanted)

    def _read(
        self, limits: ReadLimits, wanted: Range, read: Callable[[duckdb.DuckDBPyConnection, View], Read]
    ) -> Read:
        """Run a read on a pinned view. One that meets a damaged file is repeated without that file."""
        for is_last_try in (False, True):
            with self._chunks.pinned() as view:
                try:
                    with self._readers.cursor(limits.timeout_s, limits.cancellation) as cursor:
                        return read(cursor, view)
                except (duckdb.Error, UnicodeDecodeError) as error:
                    if is_last_try or not self._maintenance.quarantine_damaged(error, view, wanted):
                        raise
        raise AssertionError("unreachable")

    def run_sql(self, question: SqlQuestion, limits: ReadLimits) -> SqlTable:
        return self._sql.run(question, limits)

    def has_metric(self, name: str) -> bool:
        return self._catalogue.has_metric(name)

    def find_metric(self, name: str) -> MetricDefinition | None:
        return self._catalogue.find_metric(name)

    def find_metric_names(self, matchers: Sequence[Matcher]) -> Sequence[str]:
        return self._catalogue.find_metric_names(matchers)

    def list_metrics(
        self,
        search: str,
        offset: int,
        limit: int,
        order: MetricOrder | None = None,
        *,
        is_descending: bool = False,
    ) -> MetricPage:
        return self._catalogue.list_metrics(search, offset, limit, order, is_descending=is_descending)

    def list_metric_branches(self, prefix: str, offset: int, limit: int) -> MetricBranchPage:
        return self._catalogue.list_metric_branches(prefix, offset, limit)

    def count_label_names(self, name: str) -> Mapping[str, int]:
        return self._catalogue.count_label_names(name)

    def count_label_values(self, name: str, label: str, search: str) -> Mapping[str, int]:
        return self._catalogue.count_label_values(name, label, search)

    def list_reporters(self, rules: Sequence[ReporterRule], limits: ReadLimits) -> Sequence[Reporter]:
        with self._readers.cursor(limits.timeout_s, limits.cancellation) as cursor:
            return list_reporters(cursor, rules)

    # ---- what was written when

    @property
    def write_position(self) -> int:
        return self._writer.log.position

    def earliest_write_since(self, position: int) -> int | None:
        return self._writer.log.earliest_since(position)

    # ---- life

    @property
    def series_count(self) -> int:
        return self._catalogue.series_count

    @property
    def queued_samples(self) -> int:
        return self._writer.queued_samples

    def status(self) -> StoreStatus:
        with self._readers.cursor(STATUS_TIMEOUT_S) as cursor, self._chunks.pinned() as view:
            tiers = [self._tier_status(cursor, view, tier) for tier in TIERS]
        return StoreStatus(
            series=self._catalogue.series_count,
            metrics=self._catalogue.metric_count,
            queued_samples=self._writer.queued_samples,
            tiers=tiers,
        )

    def _tier_status(self, cursor: duckdb.DuckDBPyConnection, view: View, tier: Tier) -> TierStatus:
        parts = view.parts[tier.table]
        extent = extent_of_parts(cursor, parts)
        progress = view.progress.get(tier.table)
        hot_bytes = self._database.size_bytes() if tier.is_raw else 0
        return TierStatus(
            table=tier.table,
            chunks=len({part.start_ms for part in parts}),
            samples=extent.rows,
            bytes=hot_bytes + sum(part.bytes for part in parts),
            oldest_ms=extent.min_ms,
            newest_ms=extent.max_ms,
            retention_ms=self._retention_ms(tier),
            watermark_ms=progress.watermark_ms if progress else None,
            pending_invalidations=len(view.pending(tier)),
        )

    def preview_retention(self, retention_ms_by_table: Mapping[str, int]) -> Mapping[str, RetentionPreview]:
        now_ms = self._clock.now_ms()
        previews = {}
        with self._readers.cursor(STATUS_TIMEOUT_S) as cursor, self._chunks.pinned() as view:
            for table, retention_ms in retention_ms_by_table.items():
                before_ms = expired_before_ms(now_ms, retention_ms)
                gone = [part for part in view.parts[table] if part.end_ms <= before_ms]
                kept = [part for part in view.parts[table] if part.end_ms > before_ms]
                previews[table] = RetentionPreview(
                    sum(part.bytes for part in gone),
                    extent_of_parts(cursor, gone).rows,
                    extent_of_parts(cursor, kept).min_ms,
                )
        return previews

    def list_jobs(self) -> Sequence[StoreJob]:
        return self._maintenance.list_jobs()

    def examine(self) -> Iterator[str]:
        return self._maintenance.examine()

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self._sql.close()
        self._maintenance.close()
        self._writer.close()
        self._readers.close()
        self._database.close()
