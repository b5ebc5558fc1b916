"""Reads rows of a tier out of all its parts: hot tables and sealed files as one sorted, unique set of columns.

Runs on the caller's thread with the caller's connection; the parts must be pinned.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt

from metricbox.errors import LimitExceededError
from metricbox.model import STALE_MARKER, BoolArray, Int64Array, SampleColumns
from metricbox.store.buckets import Range
from metricbox.store.duckdb_backend.chunks import Part
from metricbox.store.duckdb_backend.sealed_file import raw_select, rollup_select
from metricbox.store.partials import PartialColumns
from metricbox.store.tiers import RAW, Tier

RAW_VALUES = ("value",)
ROLLUP_VALUES = ("count", "sum", "min", "max", "first", "last", "increase")
# Rows of later parts arrived later: the part's number above the row's, which stays below 2^40.
ARRIVAL_BITS = 40


class Selection(NamedTuple):
    """Which series are wanted. `metric_ids` only helps to skip row groups of sealed files."""

    series_ids: Int64Array | None = None
    """None: all of them."""
    metric_ids: Sequence[int] = ()


ALL_SERIES = Selection()


def scan_samples(
    cursor: duckdb.DuckDBPyConnection,
    folder: Path,
    parts: Sequence[Part],
    wanted: Range,
    selection: Selection = ALL_SERIES,
    limit: int | None = None,
) -> SampleColumns:
    """Raw samples of [start, end), sorted by series and time; of equals the last that arrived.

    Raises LimitExceededError over `limit` rows, counted before equals are removed.
    """
    columns = _scan(cursor, folder, RAW, parts, wanted, selection, limit)
    # A segment of nothing but stale markers comes back as plain NaN (DuckDB 2.0.1); no other NaN is ever stored.
    values = columns["value"]
    values[np.isnan(values)] = STALE_MARKER
    return SampleColumns(columns["series_id"], columns["ts_ms"], values)


def scan_partials(
    cursor: duckdb.DuckDBPyConnection,
    folder: Path,
    tier: Tier,
    parts: Sequence[Part],
    wanted: Range,
    selection: Selection = ALL_SERIES,
    limit: int | None = None,
    names: Sequence[str] | None = None,
) -> PartialColumns:
    """Rollup rows whose bucket starts in [start, end), sorted by series and bucket, the last written of equals.

    `names` are the values that are wanted, None all; the others are zero. Each that is read takes some 20 ns a row.
    """
    if names is not None:
        names = [name for name in ROLLUP_VALUES if name in names]
    columns = _scan(cursor, folder, tier, parts, wanted, selection, limit, names)
    rows = len(columns["ts_ms"])
    for name in ROLLUP_VALUES:
        if name not in columns:
            columns[name] = np.zeros(rows, np.int64 if name == "count" else np.float64)
    return PartialColumns(columns["series_id"], columns["ts_ms"], *(columns[name] for name in ROLLUP_VALUES))


def union_of_parts(folder: Path, tier: Tier, parts: Sequence[Part]) -> str:
    """SQL for all rows of the parts: series_id, ts_ms, the tier's values, arrival. Empty when there are no parts."""
    names = ", ".join(RAW_VALUES if tier is RAW else ROLLUP_VALUES)
    selects = [
        f"SELECT NULL::INTEGER AS metric_id, series_id, ts_ms, {names}, "
        f"({part.part_id << ARRIVAL_BITS} + rowid) AS arrival FROM {part.location}"
        for part in parts
        if part.is_hot
    ]
    sealed = [folder / part.location for part in parts if not part.is_hot]
    if sealed:
        select = raw_select(sealed) if tier is RAW else rollup_select(sealed)
        # Files of one chunk hold different series, so that any number does for their arrival.
        time = "ts_ms" if tier is RAW else "bucket_ms AS ts_ms"
        selects.append(f"SELECT metric_id, series_id, {time}, {names}, 0::BIGINT AS arrival FROM ({select})")
    return " UNION ALL ".join(selects)


class Extent(NamedTuple):
    """Rows of parts, before equals are removed, with their earliest and latest time."""

    rows: int
    min_ms: int | None
    max_ms: int | None


def extent_of_parts(cursor: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> Extent:
    sealed = [part for part in parts if not part.is_hot]
    rows = sum(part.rows for part in sealed)
    times = [part.min_ms for part in sealed] + [part.max_ms for part in sealed]
    hot = " UNION ALL ".join(f"SELECT ts_ms FROM {part.location}" for part in parts if part.is_hot)
    if hot:
        ((count, low, high),) = cursor.execute(
            f"SELECT count(*), min(ts_ms), max(ts_ms) FROM ({hot})"
        ).fetchall()
        rows += count
        times += [time for time in (low, high) if time is not None]
    return Extent(rows, min(times, default=None), max(times, default=None))


def _scan(
    cursor: duckdb.DuckDBPyConnection,
    folder: Path,
    tier: Tier,
    parts: Sequence[Part],
    wanted: Range,
    selection: Selection,
    limit: int | None,
    names: Sequence[str] | None = None,
) -> dict[str, Any]:
    if names is None:
        names = RAW_VALUES if tier is RAW else ROLLUP_VALUES
    parts = [part for part in parts if part.start_ms < wanted.end_ms and part.end_ms > wanted.start_ms]
    ids = selection.series_ids
    if not parts or wanted.start_ms >= wanted.end_ms or (ids is not None and not len(ids)):
        return _empty(names)
    conditions = [f"ts_ms >= {int(wanted.start_ms)}", f"ts_ms < {int(wanted.end_ms)}"]
    if ids is not None and len(ids) == 1:
        conditions.append(f"series_id = {int(ids[0])}")
    elif ids is not None:
        first_id, last_id = int(ids.min()), int(ids.max())
        # The bounds prune row groups.
        conditions.append(f"series_id BETWEEN {first_id} AND {last_id}")
        if not np.array_equal(ids, np.arange(first_id, first_id + len(ids))):
            # DuckDB finds `wanted_series` by its name in this frame.
            wanted_series = {"series_id": ids}  # noqa: F841
            conditions.append("series_id IN (SELECT series_id FROM wanted_series)")
    if selection.metric_ids:
        listed = ", ".join(str(int(one)) for one in selection.metric_ids)
        conditions.append(f"(metric_id IS NULL OR metric_id IN ({listed}))")
    columns = cursor.execute(
        f"SELECT {', '.join(['series_id', 'ts_ms', *names])}, arrival "
        f"FROM ({union_of_parts(folder, tier, parts)}) "
        f"WHERE {' AND '.join(conditions)}" + (f" LIMIT {int(limit) + 1}" if limit is not None else "")
    ).fetchnumpy()
    if limit is not None:
        check_limit(len(columns["ts_ms"]), limit)
    return sort_and_keep_last(columns, names)


def check_limit(rows: int, limit: int) -> None:
    if rows > limit:
        msg = (
            f"the query reads more than {limit} samples; "
            "ask for a shorter range or fewer series, or raise query_max_samples"
        )
        raise LimitExceededError(msg)


def _empty(names: Sequence[str]) -> dict[str, Any]:
    columns: dict[str, Any] = {name: np.empty(0, np.float64) for name in names}
    if "count" in columns:
        columns["count"] = np.empty(0, np.int64)
    return columns | {"series_id": np.empty(0, np.int64), "ts_ms": np.empty(0, np.int64)}


def sort_and_keep_last(columns: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Rows with their `arrival` made sorted and unique: of one series and time the last that arrived."""
    ids, ts_ms = columns["series_id"], columns["ts_ms"]
    kept: Int64Array | BoolArray
    if _is_sorted_and_unique(ids, ts_ms):
        return {name: columns[name] for name in ("series_id", "ts_ms", *names)}
    # Rows mostly lie in the order of their times: then a stable sort by series alone, a third of the work, is enough.
    order = order_by_id(ids)
    if _is_sorted_and_unique(ids[order], ts_ms[order]):
        return {name: columns[name][order] for name in ("series_id", "ts_ms", *names)}
    arrival = columns["arrival"]
    if "value" in columns:
        # A stale marker never replaces a value, in whatever order they came (trap B043).
        arrival = np.where(np.isnan(columns["value"]), -1, arrival)
    order = np.lexsort((arrival, ts_ms, ids))
    ids, ts_ms = ids[order], ts_ms[order]
    is_last = np.append((ids[1:] != ids[:-1]) | (ts_ms[1:] != ts_ms[:-1]), True)
    kept = order[is_last]
    return {"series_id": ids[is_last], "ts_ms": ts_ms[is_last]} | {
        name: columns[name][kept] for name in names
    }


def order_by_id(ids: npt.NDArray[Any]) -> Int64Array:
    """A stable order by id, of any width. Sorts 16 bits at a time, for which numpy has a sort in linear time."""
    if ids.dtype == np.uint16:
        return np.argsort(ids, kind="stable")
    if not len(ids):
        return np.empty(0, np.int64)
    rest = (ids - ids.min()).astype(np.uint64)
    order = np.argsort(rest.astype(np.uint16), kind="stable")
    while rest.max() >> np.uint64(16):
        rest >>= np.uint64(16)
        order = order[np.argsort(rest[order].astype(np.uint16), kind="stable")]
    return order


def _is_sorted_and_unique(ids: Int64Array, ts_ms: Int64Array) -> bool:
    return bool(((ids[1:] > ids[:-1]) | ((ids[1:] == ids[:-1]) & (ts_ms[1:] > ts_ms[:-1]))).all())
