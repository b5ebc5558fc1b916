"""Fills a sandbox with the views that a statement reads: what is sealed by its files, the rest by the store's readers.

    tables of a tier    [ sealed chunks, materialised | open or late chunks | not materialised, outdated ]
    come as             read_parquet of these files     columns, last wins      columns, computed live

So a view is as complete as any other answer, rows that expired or were replaced are not in it, nor are stale markers,
and what lies in files is neither copied nor read unless the statement needs it. Runs on the caller's thread, within
one pinned view; `cursor` is one of the store's own.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb
import numpy as np

from metricbox.model import Int64Array
from metricbox.store.buckets import Range, clip_ranges, expand_to_buckets, merge_ranges, subtract_ranges
from metricbox.store.contract import SqlKind, SqlSource
from metricbox.store.duckdb_backend.chunks import Part, View
from metricbox.store.duckdb_backend.rollup_reader import Reading, RollupReader, frozen_before_ms, pending_of
from metricbox.store.duckdb_backend.scan import (
    ALL_SERIES,
    ROLLUP_VALUES,
    Selection,
    check_limit,
    union_of_parts,
)
from metricbox.store.duckdb_backend.sealed_file import raw_select, rollup_select
from metricbox.store.duckdb_backend.sql_bounds import Bounds
from metricbox.store.duckdb_backend.sql_sandbox import Sandbox, quote_name
from metricbox.store.partials import PartialColumns
from metricbox.store.planner import plan_segments
from metricbox.store.tiers import RAW, TIERS, Tier, tier_named

SERIES_VIEW: Final = "series"
STORE_VIEWS: Final = frozenset({*(tier.table for tier in TIERS), SERIES_VIEW})

_SQL_TYPES: Final = {
    SqlKind.TEXT: "{}::VARCHAR",
    SqlKind.NUMBER: "{}::DOUBLE",
    SqlKind.TIME: "make_timestamp_ms({}::BIGINT)",
    SqlKind.JSON: "{}::JSON",
}
_ROLLUP_COLUMNS: Final = (
    "r.count, r.sum, greatest(r.min, least(r.max, r.sum / r.count)) AS avg, r.min, r.max, r.first, r.last, "
    "r.increase"
)


class Sealed(NamedTuple):
    """Some time of a tier whose rows are those of these files."""

    ranges: list[Range]
    files: list[Path]


class ViewMaker:
    """`hidden_before_ms` as of `RollupReader`."""

    def __init__(
        self,
        sandbox: Sandbox,
        cursor: duckdb.DuckDBPyConnection,
        view: View,
        folder: Path,
        reader: RollupReader,
        hidden_before_ms: Callable[[Tier], int],
    ) -> None:
        self._sandbox = sandbox
        self._cursor = cursor
        self._view = view
        self._folder = folder
        self._reader = reader
        self._hidden_before_ms = hidden_before_ms
        self._rows_left = 0

    def make(self, bounds: Mapping[str, Bounds], max_rows: int) -> None:
        """The views of the store that are named. At most `max_rows` are copied into the sandbox, of all of them."""
        self._rows_left = max_rows
        names = Bounds().names if SERIES_VIEW in bounds else _join_names(bounds)
        selection = self._add_series(names, with_last_seen=SERIES_VIEW in bounds)
        for table, wanted in bounds.items():
            if table == SERIES_VIEW:
                self._sandbox.add_view(
                    SERIES_VIEW,
                    "SELECT name, tags, make_timestamp_ms(first_seen_ms) AS first_seen, "
                    "make_timestamp_ms(last_seen_ms) AS last_seen FROM known_series",
                )
            else:
                self._add_tier(tier_named(table), wanted, selection)

    # ---- series

    def _add_series(self, names: frozenset[str] | None, *, with_last_seen: bool) -> Selection:
        """Table `known_series` of all, or of the named metrics, and the selection that stands for them."""
        last_seen, join = "s.last_seen_ms", ""
        # The catalogue learns of a sample when its chunk is sealed.
        unsealed = union_of_parts(
            self._folder, RAW, [part for part in self._view.parts[RAW.table] if part.is_hot]
        )
        if with_last_seen and unsealed:
            last_seen = "greatest(s.last_seen_ms, u.ts_ms)"
            join = (
                f" LEFT JOIN (SELECT series_id, max(ts_ms) AS ts_ms FROM ({unsealed}) GROUP BY series_id) u "
                "USING (series_id)"
            )
        condition = "" if names is None else " WHERE m.name IN (SELECT unnest($1))"
        columns = self._cursor.execute(
            "SELECT s.series_id, s.metric_id::BIGINT AS metric_id, m.name, s.labels, s.first_seen_ms, "
            f"{last_seen} AS last_seen_ms FROM series s JOIN metric_definitions m USING (metric_id){join}{condition}",
            [] if names is None else [sorted(names)],
        ).fetchnumpy()
        self._sandbox.add_columns(
            "series_columns", {name: _filled(column) for name, column in columns.items()}
        )
        self._sandbox.add_view(
            "known_series",
            "SELECT series_id, metric_id, name::VARCHAR AS name, labels::VARCHAR::JSON AS tags, first_seen_ms, "
            "last_seen_ms FROM series_columns",
        )
        if names is None:
            return ALL_SERIES
        return Selection(_filled(columns["series_id"]), np.unique(_filled(columns["metric_id"])).tolist())

    # ---- tiers

    def _add_tier(self, tier: Tier, wanted: Bounds, selection: Selection) -> None:
        visible = self._clip(tier, wanted)
        sealed = self._find_sealed(tier, visible)
        selects = [_select_sealed(tier, sealed, selection)] if sealed.files else []
        rest = subtract_ranges([visible], sealed.ranges)
        for number, part in enumerate(rest):
            name = f"rows_of_{tier.table}_{number}"
            columns = self._read(tier, part, selection)
            if len(columns["series_id"]):
                self._sandbox.add_columns(name, columns)
                listed = ", ".join(columns)
                selects.append(f"SELECT {listed} FROM {name}")
        if not selects:
            self._sandbox.add_columns(f"no_{tier.table}", _empty(tier))
            selects.append(f"SELECT {', '.join(_empty(tier))} FROM no_{tier.table}")
        values = "r.value" if tier is RAW else _ROLLUP_COLUMNS
        self._sandbox.add_view(
            tier.table,
            f"SELECT make_timestamp_ms(r.ts_ms) AS time, s.name, s.tags, {values} "
            f"FROM ({' UNION ALL '.join(selects)}) r JOIN known_series s USING (series_id)",
        )

    def _clip(self, tier: Tier, wanted: Bounds) -> Range:
        """The wanted part of where there can be anything, in whole buckets."""
        parts = [part for one in TIERS for part in self._view.parts[one.table]]
        start_ms = max(
            wanted.start_ms, self._hidden_before_ms(tier), min((part.start_ms for part in parts), default=0)
        )
        end_ms = min(wanted.end_ms, max((part.end_ms for part in parts), default=0))
        visible = Range(start_ms, max(start_ms, end_ms))
        return visible if tier is RAW else expand_to_buckets(visible, tier.resolution_ms)

    def _find_sealed(self, tier: Tier, visible: Range) -> Sealed:
        """Where the files alone tell everything: chunks without a table, and of a rollup what can be trusted."""
        chunks: dict[Range, list[Part]] = {}
        for part in self._view.parts_in(tier, *visible):
            chunks.setdefault(Range(part.start_ms, part.end_ms), []).append(part)
        trusted = [visible]
        if tier is not RAW:
            progress = self._view.progress.get(tier.table)
            segments = plan_segments(
                visible,
                progress.watermark_ms if progress else visible.start_ms,
                pending_of(self._view, tier),
                tier,
                frozen_before_ms(self._view, tier),
            )
            trusted = merge_ranges(segment.range for segment in segments if segment.is_materialised)
        ranges, files = [], []
        for chunk, parts in chunks.items():
            told = clip_ranges(trusted, chunk)
            if told and not any(part.is_hot for part in parts):
                ranges += told
                files += [self._folder / part.location for part in parts]
        return Sealed(merge_ranges(ranges), files)

    def _reading(self, selection: Selection) -> Reading:
        return Reading(self._cursor, self._view, selection, self._rows_left)

    def _read(self, tier: Tier, wanted: Range, selection: Selection) -> dict[str, Any]:
        if tier is RAW:
            samples = self._reader.read_samples(self._reading(selection), wanted)
            # The only NaN in the store is the stale marker.
            samples = samples.where(~np.isnan(samples.values))
            columns: dict[str, Any] = {
                "series_id": samples.series_ids, "ts_ms": samples.ts_ms, "value": samples.values,
            }  # fmt: skip
        else:
            rows = self._reader.read(self._reading(selection), tier, wanted)
            columns = _columns_of_partials(rows)
        check_limit(len(columns["series_id"]), self._rows_left)
        self._rows_left -= len(columns["series_id"])
        return columns


def add_source(sandbox: Sandbox, source: SqlSource) -> None:
    columns = {}
    for position, (name, _) in enumerate(source.columns):
        columns[name] = np.empty(len(source.rows), object)
        columns[name][:] = [row[position] for row in source.rows]
    sandbox.add_columns(f"source_of_{source.name}", columns)
    listed = ", ".join(
        f"{_SQL_TYPES[kind].format(quote_name(name))} AS {quote_name(name)}" for name, kind in source.columns
    )
    sandbox.add_view(source.name, f"SELECT {listed} FROM source_of_{source.name}")


def list_sealed_files(folder: Path, view: View) -> list[Path]:
    return [folder / part.location for parts in view.parts.values() for part in parts if not part.is_hot]


def _join_names(bounds: Mapping[str, Bounds]) -> frozenset[str] | None:
    names: frozenset[str] = frozenset()
    for one in bounds.values():
        if one.names is None:
            return None
        names |= one.names
    return names


def _select_sealed(tier: Tier, sealed: Sealed, selection: Selection) -> str:
    told = [f"(ts_ms >= {int(one.start_ms)} AND ts_ms < {int(one.end_ms)})" for one in sealed.ranges]
    conditions = [f"({' OR '.join(told)})"]
    if tier is RAW:
        conditions.append("NOT isnan(value)")
        select = raw_select(sealed.files)
        names = ["value"]
    else:
        select = rollup_select(sealed.files)
        names = list(ROLLUP_VALUES)
    if selection.series_ids is not None:
        conditions.append(
            f"metric_id IN ({', '.join(str(int(one)) for one in selection.metric_ids) or 'NULL'})"
        )
    time = "ts_ms" if tier is RAW else "bucket_ms AS ts_ms"
    inner = f"SELECT metric_id, series_id, {time}, {', '.join(names)} FROM ({select})"
    return f"SELECT series_id, ts_ms, {', '.join(names)} FROM ({inner}) WHERE {' AND '.join(conditions)}"


def _columns_of_partials(rows: PartialColumns) -> dict[str, Any]:
    return dict(zip(("series_id", "ts_ms", *ROLLUP_VALUES), rows, strict=True))


def _empty(tier: Tier) -> dict[str, Any]:
    whole: Int64Array = np.empty(0, np.int64)
    values: Sequence[str] = ("value",) if tier is RAW else ROLLUP_VALUES
    return {"series_id": whole, "ts_ms": whole} | {
        name: whole if name == "count" else np.empty(0, np.float64) for name in values
    }


def _filled(column: Any) -> Any:
    """A column of DuckDB's as an array; it is a masked one where NULL was possible."""
    return np.asarray(column)
