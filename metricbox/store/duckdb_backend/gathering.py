"""Brings all rows of a chunk into the order of its files, in bounded memory: how sealing reads.

A hot table lies in the order of arrival, a file in that of its series. The rows of each series are counted first, so
that its place is known; then the parts are read in slices, oldest first, and every row is put where it belongs:

    slice 1   a1 b1 c1 a2 b2 c2   -->   a1 a2 .. .. | b1 b2 .. .. | c1 c2 .. ..
    slice 2   a3 b3 c3 b2         -->   a1 a2 a3    | b1 b2 b3 b2 | c1 c2 c3

So the rows of a series stay in the order in which they arrived, which is nearly always that of time. The few series of
which it is not are sorted afterwards, and of equal times the last is kept. No row number is read, and times as 32 bits
since the start of the chunk: 12 bytes a raw row. A chunk too large for memory is read in passes of some series each.

Runs on the thread of the connection that it is given; keeps no state. The parts are pinned and take no more rows.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt

from metricbox.errors import MetricboxError
from metricbox.model import STALE_MARKER, Int64Array
from metricbox.store.duckdb_backend.chunks import Part
from metricbox.store.duckdb_backend.scan import RAW_VALUES, ROLLUP_VALUES, order_by_id, union_of_parts
from metricbox.store.duckdb_backend.sealed_file import raw_select, rollup_select
from metricbox.store.tiers import RAW, Tier

# Rows read at a time: two row groups of DuckDB. Fewer cost more queries, more cost memory and the processor's cache.
SLICE_ROWS = 245_760

_Columns = dict[str, npt.NDArray[Any]]


class SeriesRows(NamedTuple):
    """Some series in the order of a file, by metric and id, with the number of rows of each."""

    metric_ids: Int64Array
    series_ids: Int64Array
    rows: Int64Array

    def take(self, positions: Int64Array | slice) -> "SeriesRows":
        return SeriesRows._make(column[positions] for column in self)

    def starts(self) -> Int64Array:
        """The number of the first row of each."""
        return np.cumsum(self.rows) - self.rows


class Gathered(NamedTuple):
    """Rows one series after the other."""

    series: SeriesRows
    columns: _Columns
    """`ts_ms` counts from the start of the chunk."""


class Source(NamedTuple):
    """What one query reads: a slice of a hot table, or a file."""

    table: str
    condition: str


def count_rows(
    connection: duckdb.DuckDBPyConnection, folder: Path, tier: Tier, parts: Sequence[Part]
) -> SeriesRows:
    """The series of the parts, with their rows before equals are removed. Forgotten series are left out."""
    counted = connection.execute(
        "SELECT s.metric_id::BIGINT AS metric_id, s.series_id, u.n FROM (SELECT series_id, count(*) AS n "
        f"FROM ({union_of_parts(folder, tier, parts)}) GROUP BY series_id) u JOIN series s USING (series_id) "
        "ORDER BY s.metric_id, s.series_id"
    ).fetchnumpy()
    return SeriesRows(counted["metric_id"], counted["series_id"], counted["n"])


def plan_passes(series: SeriesRows, max_rows: int) -> list[SeriesRows]:
    """The series in as many groups as keep each below so many rows. A group is a range of ids: scans skip the rest."""
    if not len(series.rows):
        return []
    by_id = np.argsort(series.series_ids)
    return [series.take(np.sort(part)) for part in np.split(by_id, _cuts(series.rows[by_id], max_rows))]


def list_sources(
    connection: duckdb.DuckDBPyConnection, folder: Path, tier: Tier, parts: Sequence[Part]
) -> list[Source]:
    """All rows of the parts in the order of their arrival. Files hold what came before any table of their chunk."""
    sources = []
    for part in parts:
        if not part.is_hot:
            path = [folder / part.location]
            select = raw_select(path) if tier is RAW else rollup_select(path)
            time = "ts_ms" if tier is RAW else "bucket_ms AS ts_ms"
            names = ", ".join(_names(tier))
            sources.append(Source(f"(SELECT series_id, {time}, {names} FROM ({select}))", "TRUE"))
    for part in parts:
        if part.is_hot:
            ((last,),) = connection.execute(
                f"SELECT coalesce(max(rowid), -1) FROM {part.location}"
            ).fetchall()
            sources += [
                Source(part.location, f"rowid >= {first} AND rowid < {first + SLICE_ROWS}")
                for first in range(0, last + 1, SLICE_ROWS)
            ]
    return sources


def gather(
    connection: duckdb.DuckDBPyConnection,
    tier: Tier,
    sources: Sequence[Source],
    start_ms: int,
    series: SeriesRows,
) -> Gathered:
    """All rows of these series, in order of arrival within each. `start_ms` is the start of the chunk."""
    by_id = np.argsort(series.series_ids)
    ids, places = series.series_ids[by_id], series.starts()[by_id]
    ends = places + series.rows[by_id]
    select = _select(tier, start_ms, int(ids[0]), int(ids[-1]))
    columns: _Columns = {}
    for source in sources:
        found = connection.execute(select.format(table=source.table, condition=source.condition)).fetchnumpy()
        # Ids as in `select`: from 0 for the first.
        order, starts, numbers, lengths = _find_runs(found.pop("series_id"), ids - ids[0])
        targets = np.repeat(places[numbers] - starts, lengths) + np.arange(len(order))
        places[numbers] += lengths
        for name, column in found.items():
            if name not in columns:
                columns[name] = np.empty(int(series.rows.sum()), column.dtype)
            columns[name][targets] = column[order]
    if not np.array_equal(places, ends):
        raise MetricboxError("a chunk does not have the rows that were counted in it; it is left as it is")
    return Gathered(series, columns)


def split(gathered: Gathered, max_rows: int) -> Iterator[Gathered]:
    """Whole series of not much more than so many rows: all as it is, or views of the columns."""
    starts = gathered.series.starts()
    edges = [0, *_cuts(gathered.series.rows, max_rows).tolist(), len(starts)]
    if len(edges) == 2:
        yield gathered
        return
    for first, last in pairwise(edges):
        series = gathered.series.take(slice(first, last))
        rows = slice(int(starts[first]), int(starts[first] + series.rows.sum()))
        yield Gathered(series, {name: column[rows] for name, column in gathered.columns.items()})


def keep_last(gathered: Gathered) -> Gathered:
    """The rows of each series sorted by time, of equal times the last that arrived. Sorts within the columns.

    A stale marker never replaces a value, in whatever order they came (trap B043).
    """
    series, columns = gathered
    if "value" in columns:
        # A segment of nothing but stale markers comes back as plain NaN (DuckDB 2.0.1); no other NaN is ever stored.
        columns["value"][np.isnan(columns["value"])] = STALE_MARKER
    times, starts = columns["ts_ms"], series.starts()
    is_later = np.empty(len(times), np.bool_)
    is_later[1:] = times[1:] > times[:-1]
    is_later[starts] = True
    if is_later.all():
        return gathered
    # Among these the rest of the work is done.
    is_unsorted = ~np.logical_and.reduceat(is_later, starts)
    rows = np.flatnonzero(np.repeat(is_unsorted, series.rows))
    owners = np.repeat(np.flatnonzero(is_unsorted), series.rows[is_unsorted])
    arrivals = np.arange(len(rows))
    if "value" in columns:
        arrivals[np.isnan(columns["value"][rows])] = -1
    order = np.lexsort((arrivals, times[rows], owners))
    for column in columns.values():
        column[rows] = column[rows[order]]
    is_equal = np.append((times[rows[1:]] == times[rows[:-1]]) & (owners[1:] == owners[:-1]), False)
    if not is_equal.any():
        return gathered
    is_kept = np.ones(len(times), np.bool_)
    is_kept[rows[is_equal]] = False
    kept = series._replace(rows=np.add.reduceat(is_kept, starts, dtype=np.int64))
    return Gathered(kept, {name: column[is_kept] for name, column in columns.items()})


def _cuts(rows: Int64Array, max_rows: int) -> Int64Array:
    """Where to cut a list of series with so many rows each."""
    groups = (np.cumsum(rows) - rows) // max_rows
    return np.flatnonzero(np.diff(groups)) + 1


def _select(tier: Tier, start_ms: int, first_id: int, last_id: int) -> str:
    """SQL for rows as narrow as they can be had, in order of arrival; `table` and `condition` are left open."""
    return (
        f"SELECT (series_id - {first_id})::{_narrowest(last_id - first_id)} AS series_id, "
        f"(ts_ms - {start_ms})::{_narrowest(tier.chunk_ms)} AS ts_ms, {', '.join(_names(tier))} "
        f"FROM {{table}} WHERE {{condition}} AND series_id BETWEEN {first_id} AND {last_id}"
    )


def _names(tier: Tier) -> tuple[str, ...]:
    return RAW_VALUES if tier is RAW else ROLLUP_VALUES


def _narrowest(largest: int) -> str:
    return "USMALLINT" if largest < 1 << 16 else "UINTEGER" if largest < 1 << 32 else "BIGINT"


def _find_runs(
    found: npt.NDArray[Any], ids: Int64Array
) -> tuple[Int64Array, Int64Array, Int64Array, Int64Array]:
    """(order, starts, numbers, lengths): the stable order by id, and in it the runs of each of the known `ids`."""
    order = order_by_id(found)
    found = found[order]
    starts = np.flatnonzero(np.concatenate(([True], found[1:] != found[:-1])))[: len(found)]
    lengths = np.diff(starts, append=len(found))
    numbers = np.minimum(np.searchsorted(ids, found[starts].astype(np.int64)), len(ids) - 1)
    is_known = ids[numbers] == found[starts]
    if not is_known.all():
        # Rows of series that are not in the catalogue any more.
        order, numbers, lengths = order[np.repeat(is_known, lengths)], numbers[is_known], lengths[is_known]
        starts = np.cumsum(lengths) - lengths
    return order, starts, numbers, lengths
