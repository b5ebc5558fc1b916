"""Reads a metric's rows out of the parts of a tier by way of the column cache; see `column_cache`.

Runs on the caller's thread with the caller's connection; the parts must be pinned.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from metricbox.model import STALE_MARKER
from metricbox.store.buckets import Range
from metricbox.store.duckdb_backend.chunks import Part
from metricbox.store.duckdb_backend.column_cache import (
    MAX_BLOCK_ROWS,
    Block,
    ColumnCache,
    Wanted,
    make_block,
    rows_within,
)
from metricbox.store.duckdb_backend.scan import check_limit, sort_and_keep_last, union_of_parts
from metricbox.store.tiers import Tier

Columns = dict[str, Any]
"""series_id, ts_ms and the tier's values by name, sorted by series and time, unique."""


class BlockReader:
    def __init__(self, folder: Path, cache: ColumnCache) -> None:
        self._folder = folder
        self.cache = cache

    def read(
        self,
        cursor: duckdb.DuckDBPyConnection,
        tier: Tier,
        parts: Sequence[Part],
        span: Range,
        wanted: Wanted,
        names: Sequence[str],
        version: int,
        limit: int | None,
    ) -> Columns | None:
        """The rows of the wanted series in the span; None when they are better read past the cache.

        Raises LimitExceededError over `limit` rows.
        """
        pieces = self.read_pieces(cursor, tier, parts, span, wanted, names, version, limit)
        return _join(pieces) if pieces else None

    def read_pieces(
        self,
        cursor: duckdb.DuckDBPyConnection,
        tier: Tier,
        parts: Sequence[Part],
        span: Range,
        wanted: Wanted,
        names: Sequence[str],
        version: int,
        limit: int | None,
    ) -> Sequence[Columns] | None:
        """As `read`, but in pieces of one chunk each, every one sorted by itself."""
        if not _are_apart(parts):
            return None

        def load(part: Part, metric: Wanted, columns: Sequence[str], after_row: int) -> Block | None:
            return self._load(cursor, tier, part, metric, columns, after_row)

        pieces: list[Columns] = []
        rows = 0
        for part in sorted(parts, key=lambda one: one.start_ms):
            block = self.cache.find(part, wanted, names, version, load)
            if block is None:
                return None
            pieces.append(_cut(block, span, wanted, names))
            rows += len(pieces[-1]["ts_ms"])
            if limit is not None:
                check_limit(rows, limit)
        return pieces

    def _load(
        self,
        cursor: duckdb.DuckDBPyConnection,
        tier: Tier,
        part: Part,
        wanted: Wanted,
        names: Sequence[str],
        after_row: int,
    ) -> Block | None:
        listed = ", ".join(names)
        if part.is_hot:
            # DuckDB finds `metric_series` by its name in this frame. Its last row says how far the table has come; the
            # statement sees one state of it.
            ids = wanted.all_ids()
            metric_series = {"series_id": ids}  # noqa: F841
            nothing = ", ".join(f"0::DOUBLE AS {name}" for name in names)
            sql = (
                f"(SELECT series_id, ts_ms, {listed}, rowid AS arrival FROM {part.location} "
                f"WHERE rowid > {int(after_row)} AND series_id BETWEEN {int(ids[0])} AND {int(ids[-1])} "
                f"AND series_id IN (SELECT series_id FROM metric_series) LIMIT {MAX_BLOCK_ROWS + 1}) "
                f"UNION ALL SELECT -1, 0, {nothing}, coalesce(max(rowid), -1) FROM {part.location}"
            )
        else:
            sql = (
                f"SELECT series_id, ts_ms, {listed}, arrival FROM ({union_of_parts(self._folder, tier, [part])}) "
                f"WHERE metric_id = {int(wanted.metric_id)}"
            )
        columns: Columns = cursor.execute(sql).fetchnumpy()
        last_row = -1
        if part.is_hot:
            is_row = columns["series_id"] >= 0
            last_row = int(columns["arrival"][~is_row][0])
            columns = {name: column[is_row] for name, column in columns.items()}
            if wanted.count_series() != len(ids):
                # Rows of a series that was made meanwhile may lie before the last one: look at all of them again.
                last_row = after_row
        if len(columns["ts_ms"]) > MAX_BLOCK_ROWS:
            return None
        columns = sort_and_keep_last(columns, names)
        if "value" in columns:
            # A segment of nothing but stale markers comes back as plain NaN (DuckDB 2.0.1); no other NaN is stored.
            columns["value"][np.isnan(columns["value"])] = STALE_MARKER
        ids, ts_ms = columns["series_id"], columns["ts_ms"]
        return make_block(ids, ts_ms, {name: columns[name] for name in names}, last_row)


def _are_apart(parts: Sequence[Part]) -> bool:
    """Whether no two parts hold rows of one series and time: files of a chunk hold different series, but a table beside
    another part has later rows of its series.
    """
    chunks: dict[int, list[Part]] = {}
    for part in parts:
        chunks.setdefault(part.start_ms, []).append(part)
    return all(len(chunk) == 1 or not any(part.is_hot for part in chunk) for chunk in chunks.values())


def _cut(block: Block, span: Range, wanted: Wanted, names: Sequence[str]) -> Columns:
    rows = rows_within(block, wanted.series_ids, span.start_ms, span.end_ms)
    all_ids = np.repeat(block.series_ids, np.diff(block.offsets))
    columns: Columns = {name: block.columns[name][rows] for name in names}
    return columns | {"series_id": all_ids[rows], "ts_ms": block.ts_ms[rows]}


def _join(pieces: Sequence[Columns]) -> Columns:
    """Pieces of one time after another, made one that is sorted by series and time.

    Every row's place is known without a sort: behind the rows that earlier pieces have of its series.
    """
    if len(pieces) == 1:
        return pieces[0]
    runs = [np.unique(piece["series_id"], return_counts=True) for piece in pieces]
    series = np.unique(np.concatenate([ids for ids, _ in runs]))
    rows = [np.searchsorted(series, ids) for ids, _ in runs]
    totals = np.zeros(len(series), np.int64)
    for places, (_, counts) in zip(rows, runs, strict=True):
        totals[places] += counts
    next_row = np.cumsum(totals) - totals
    joined: Columns = {
        name: np.empty(int(totals.sum()), pieces[0][name].dtype) for name in pieces[0] if name != "series_id"
    }
    for piece, places, (_, counts) in zip(pieces, rows, runs, strict=True):
        own_starts = np.cumsum(counts) - counts
        targets = np.repeat(next_row[places] - own_starts, counts) + np.arange(len(piece["ts_ms"]))
        for name, column in joined.items():
            column[targets] = piece[name]
        next_row[places] += counts
    return joined | {"series_id": np.repeat(series, totals)}
