"""Columns of one metric in one part, kept in memory in the order in which queries want them.

A dashboard asks for the same metrics again and again. DuckDB takes 1.5 ms to plan and open one part, and 90 ns a row to
decode it; a block that is kept takes microseconds. A sealed file never changes, so its blocks are true for ever; the
rows that an open table got since are found by their row ids, which only grow.

Kept are blocks of metrics that are read as a whole, or a second time, up to a size. Everything else is read past it.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from cachetools import LRUCache, TTLCache

from metricbox.model import Float64Array, Int64Array
from metricbox.store.duckdb_backend.chunks import Part

# A block that is larger is not kept: it would push out a hundred others. In rows, some 16 bytes each.
MAX_BLOCK_ROWS = 1_000_000
# A metric of which a part of the series was wanted twice within this time is kept as a whole.
SECOND_LOOK_S = 600.0


class Block(NamedTuple):
    """Rows of one metric in one part, sorted by series and time, unique."""

    series_ids: Int64Array
    """[K], rising"""
    offsets: Int64Array
    """[K + 1]; series i has the rows [offsets[i], offsets[i + 1])"""
    ts_ms: Int64Array
    """[N]"""
    columns: Mapping[str, Float64Array | Int64Array]
    """[N] each"""
    last_row: int
    """Row id of the last row of an open table that is in it; -1 of a sealed file."""
    version: int = 0
    """Of the tier when it was read: while that stays, an open table has nothing new."""

    @property
    def rows(self) -> int:
        return len(self.ts_ms)

    @property
    def size_bytes(self) -> int:
        columns = sum(column.nbytes for column in self.columns.values())
        return self.ts_ms.nbytes + self.offsets.nbytes + self.series_ids.nbytes + columns + 500


class Wanted(NamedTuple):
    """One metric of which some series are read."""

    metric_id: int
    series_count: int
    """Of the metric."""
    series_ids: Int64Array
    """The wanted ones, rising."""
    all_ids: Callable[[], Int64Array]
    """Of the metric, rising."""
    raw_version: int
    """Grows with every commit of raw samples; taken before the read."""
    count_series: Callable[[], int]
    """As `series_count`, of now."""


Load = Callable[[Part, Wanted, Sequence[str], int], Block | None]
"""Reads a block: these columns, of an open table the rows after a row id. None when they are more than are kept."""


class ColumnCache:
    """`max_bytes` 0 keeps nothing. Thread-safe; loads happen on the reader's thread, outside the lock."""

    def __init__(self, max_bytes: int, monotonic_s: Callable[[], float]) -> None:
        self._lock = threading.Lock()
        self._max_bytes = max_bytes
        self._blocks: LRUCache[tuple[int, int], Block] = LRUCache(
            max(max_bytes, 1), getsizeof=lambda block: block.size_bytes
        )
        self._too_large: TTLCache[tuple[int, int], bool] = TTLCache(10_000, SECOND_LOOK_S, timer=monotonic_s)
        self._looked_at: TTLCache[tuple[int, int], bool] = TTLCache(10_000, SECOND_LOOK_S, timer=monotonic_s)

    def find(
        self, part: Part, wanted: Wanted, names: Sequence[str], version: int, load: Load
    ) -> Block | None:
        """The block with at least these columns, up to date; None when it is better read past the cache.

        `version` grows with every write to the tier, and was taken before this is called.
        """
        key = (part.part_id, wanted.metric_id)
        with self._lock:
            block = self._blocks.get(key)
            is_worth_it = block is not None or self._is_worth_it(part, wanted, key)
        if not is_worth_it:
            return None
        missing = [name for name in names if block is None or name not in block.columns]
        if block is None or missing:
            every = [*(block.columns if block else ()), *missing]
            block = load(part, wanted, every, -1)
        elif part.is_hot and block.version != version:
            newer = load(part, wanted, list(block.columns), block.last_row)
            block = None if newer is None else merge_blocks(block, newer)
        else:
            return block
        if block is not None:
            block = block._replace(version=version)
        with self._lock:
            if block and block.size_bytes <= self._max_bytes // 4 and block.rows <= MAX_BLOCK_ROWS:
                self._blocks[key] = block
            else:
                self._blocks.pop(key, None)
                self._too_large[key] = True
        return block

    @property
    def size_bytes(self) -> int:
        return int(self._blocks.currsize)

    def _is_worth_it(self, part: Part, wanted: Wanted, key: tuple[int, int]) -> bool:
        # An open table does not know its rows; what it holds of the metric is bounded after it was read.
        rows_of_series = part.rows / part.series if part.series else 0
        if (
            not self._max_bytes
            or rows_of_series * wanted.series_count > MAX_BLOCK_ROWS
            or key in self._too_large
        ):
            return False
        if 2 * len(wanted.series_ids) >= wanted.series_count:
            return True
        was_looked_at = key in self._looked_at
        self._looked_at[key] = True
        return was_looked_at


def make_block(
    series_ids: Int64Array,
    ts_ms: Int64Array,
    columns: Mapping[str, Float64Array | Int64Array],
    last_row: int = -1,
) -> Block:
    """Of rows that are sorted by series and time, and unique. Nobody may write into them: answers are parts of them."""
    found, offsets = np.unique(series_ids, return_index=True)
    offsets = np.append(offsets, len(series_ids)).astype(np.int64)
    return _sealed_off(Block(found, offsets, ts_ms, columns, last_row))


def _sealed_off(block: Block) -> Block:
    for column in (block.ts_ms, *block.columns.values()):
        column.flags.writeable = False
    return block


def merge_blocks(block: Block, newer: Block) -> Block:
    """Rows of an open table and those that came after them. Of the same series and time the newer one counts, but a
    stale marker, which is a NaN, never replaces a value (trap B043).
    """
    if not newer.rows:
        return block._replace(last_row=newer.last_row)
    if not block.rows or newer.ts_ms.min() > block.ts_ms.max():
        return _append_block(block, newer)
    ids = np.concatenate([np.repeat(one.series_ids, np.diff(one.offsets)) for one in (block, newer)])
    ts_ms = np.concatenate([block.ts_ms, newer.ts_ms])
    columns = {name: np.concatenate([column, newer.columns[name]]) for name, column in block.columns.items()}
    is_newer = np.arange(len(ids)) >= block.rows
    rank = is_newer.astype(np.int64)
    if "value" in columns:
        rank[np.isnan(columns["value"])] = -1
    order = np.lexsort((rank, ts_ms, ids))
    ids, ts_ms = ids[order], ts_ms[order]
    is_last = np.append((ids[1:] != ids[:-1]) | (ts_ms[1:] != ts_ms[:-1]), True)
    kept = order[is_last]
    return make_block(
        ids[is_last], ts_ms[is_last], {name: column[kept] for name, column in columns.items()}, newer.last_row
    )


def _append_block(block: Block, newer: Block) -> Block:
    """As `merge_blocks`, of rows that are all later than those of the block: each has its place without a sort."""
    counts = np.diff(newer.offsets)
    found = np.searchsorted(block.series_ids, newer.series_ids)
    is_known = np.isin(newer.series_ids, block.series_ids)
    # Behind the rows of its series; a new series comes before the rows of the next one.
    places = np.repeat(block.offsets[found + is_known], counts)
    series = np.union1d(block.series_ids, newer.series_ids)
    totals = np.zeros(len(series), np.int64)
    totals[np.searchsorted(series, block.series_ids)] += np.diff(block.offsets)
    totals[np.searchsorted(series, newer.series_ids)] += counts
    columns: dict[str, Float64Array | Int64Array] = {}
    for name, column in block.columns.items():
        inserted: Any = np.insert(column, places, newer.columns[name])
        columns[name] = inserted
    ts_ms = np.insert(block.ts_ms, places, newer.ts_ms)
    return _sealed_off(Block(series, np.append(0, np.cumsum(totals)), ts_ms, columns, newer.last_row))


def rows_within(block: Block, series_ids: Int64Array, start_ms: int, end_ms: int) -> Int64Array | slice:
    """Positions of the rows of these series in [start_ms, end_ms), in order; a slice when it is all of them."""
    places = np.searchsorted(block.series_ids, series_ids)
    is_there = places < len(block.series_ids)
    is_there[is_there] = block.series_ids[places[is_there]] == series_ids[is_there]
    places = places[is_there]
    if len(places) == len(block.series_ids):
        rows = np.arange(block.rows)
        times = block.ts_ms
    else:
        starts = block.offsets[places]
        lengths = block.offsets[places + 1] - starts
        ends = np.cumsum(lengths)
        rows = np.arange(int(ends[-1]) if len(ends) else 0)
        rows += np.repeat(starts - (ends - lengths), lengths)
        times = block.ts_ms[rows]
    inside = (times >= start_ms) & (times < end_ms)
    if len(rows) == block.rows and inside.all():
        return slice(0, block.rows)
    return rows[inside]
