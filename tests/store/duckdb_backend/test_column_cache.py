"""Blocks of columns, compared with dictionaries of rows, and what the cache keeps of them."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.model import STALE_MARKER, Float64Array, Int64Array
from metricbox.store.duckdb_backend import column_cache
from metricbox.store.duckdb_backend.chunks import Part, PartState
from metricbox.store.duckdb_backend.column_cache import (
    Block,
    ColumnCache,
    Wanted,
    make_block,
    merge_blocks,
    rows_within,
)

Row = tuple[int, int, float]
"""Series, time, value."""
# Values that a file's columns may hold; the stale marker is a NaN with bits of its own.
VALUES = st.sampled_from([0.0, 1.0, 2.5, STALE_MARKER])
ROWS = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 6).map(lambda n: n * 10), VALUES), max_size=25)


def block_of(rows: Sequence[Row], name: str = "value", last_row: int = -1) -> Block:
    """Of rows in the order in which they came."""
    kept = latest(rows) if name == "value" else {row[:2]: row[2] for row in rows}
    keys = sorted(kept)
    return make_block(
        np.array([key[0] for key in keys], np.int64),
        np.array([key[1] for key in keys], np.int64),
        {name: np.array([kept[key] for key in keys], np.float64)},
        last_row,
    )


def latest(rows: Sequence[Row]) -> dict[tuple[int, int], float]:
    """The last of equals, of which a stale marker never replaces a value."""
    kept: dict[tuple[int, int], float] = {}
    for series_id, ts_ms, value in rows:
        if not math.isnan(value) or math.isnan(kept.get((series_id, ts_ms), math.nan)):
            kept[series_id, ts_ms] = value
    return kept


def facts(block: Block) -> tuple[object, ...]:
    values = {name: column.tobytes() for name, column in block.columns.items()}
    return block.series_ids.tolist(), block.offsets.tolist(), block.ts_ms.tolist(), values, block.last_row


@given(before=ROWS, after=ROWS)
def test_rows_that_are_all_later_are_put_behind_their_series(before: list[Row], after: list[Row]) -> None:
    after = [(series_id, ts_ms + 70, value) for series_id, ts_ms, value in after]
    merged = merge_blocks(block_of(before, last_row=len(before)), block_of(after, last_row=99))
    assert facts(merged) == facts(block_of([*before, *after], last_row=99))


@given(before=ROWS, after=ROWS)
def test_blocks_merge_as_if_their_rows_had_come_at_once(before: list[Row], after: list[Row]) -> None:
    merged = merge_blocks(block_of(before, last_row=len(before)), block_of(after, last_row=99))
    assert facts(merged) == facts(block_of([*before, *after], last_row=99))


@given(before=ROWS, after=ROWS, again=st.integers(0, 25))
def test_rows_that_are_read_again_change_nothing(before: list[Row], after: list[Row], again: int) -> None:
    """As happens when a series was made while a block was read."""
    merged = merge_blocks(block_of(before), block_of([*before[again:], *after]))
    assert facts(merged) == facts(block_of([*before, *after]))


@given(before=ROWS, after=ROWS)
def test_of_rollup_rows_the_newer_counts_even_when_it_is_no_number(
    before: list[Row], after: list[Row]
) -> None:
    merged = merge_blocks(block_of(before, "sum"), block_of(after, "sum"))
    assert facts(merged) == facts(block_of([*before, *after], "sum"))


def test_a_stale_marker_never_replaces_a_value() -> None:
    value, stale = block_of([(1, 10, 5.0)]), block_of([(1, 10, STALE_MARKER)])
    for merged in (merge_blocks(value, stale), merge_blocks(stale, value)):
        assert merged.columns["value"].tolist() == [5.0]
    assert np.isnan(merge_blocks(stale, stale).columns["value"]).all()


@given(
    rows=ROWS,
    ids=st.sets(st.integers(0, 7)),
    start=st.integers(-5, 65),
    end=st.integers(-5, 75),
)
def test_rows_of_series_in_a_range_are_found(rows: list[Row], ids: set[int], start: int, end: int) -> None:
    """Series that are not there, empty and inverted ranges included."""
    block = block_of(rows)
    found = rows_within(block, np.array(sorted(ids), np.int64), start, end)
    all_ids = np.repeat(block.series_ids, np.diff(block.offsets))
    pairs = list(zip(all_ids[found].tolist(), block.ts_ms[found].tolist(), strict=True))
    assert pairs == sorted(key for key in latest(rows) if key[0] in ids and start <= key[1] < end)


def test_everything_is_found_as_a_slice_that_copies_nothing() -> None:
    block = block_of([(1, 10, 1.0), (1, 20, 2.0), (3, 10, 3.0)])
    assert rows_within(block, np.array([1, 2, 3]), 0, 30) == slice(0, 3)
    assert isinstance(rows_within(block, np.array([1, 2, 3]), 0, 20), np.ndarray)
    assert isinstance(rows_within(block, np.array([1]), 0, 30), np.ndarray)


def test_nobody_can_write_into_a_block() -> None:
    """Answers are parts of it."""
    block = block_of([(1, 10, 1.0)])
    for column in (block.ts_ms[0:1], block.columns["value"][0:1]):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 0


# ---- what is kept


class Source:
    """Stands for a table with so many rows of each of 10 series, and notes what is read of it."""

    def __init__(self, rows: int = 1) -> None:
        self.rows = rows
        self.loads: list[tuple[list[str], int]] = []
        self.newer: list[Row] = []
        self.is_too_much = False

    def load(self, part: Part, wanted: Wanted, names: Sequence[str], after_row: int) -> Block | None:
        self.loads.append((list(names), after_row))
        if self.is_too_much:
            return None
        if after_row >= 0:
            return block_of(self.newer, last_row=after_row + len(self.newer))
        ids = np.repeat(wanted.all_ids(), self.rows)
        columns: dict[str, Float64Array | Int64Array] = {name: np.zeros(len(ids)) for name in names}
        return make_block(ids, np.tile(np.arange(self.rows), 10), columns, len(ids) - 1)


class Now:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def wanted(*ids: int, metric_id: int = 1) -> Wanted:
    return Wanted(
        metric_id, 10, np.array(ids, np.int64), lambda: np.arange(10, dtype=np.int64), 0, lambda: 10
    )


def part(part_id: int = 1, state: PartState = PartState.OPEN, rows: int = 0, series: int = 0) -> Part:
    return Part(part_id, "metrics_raw", 0, 100, state, f"hot_{part_id}", rows, 0, series, 0, 99, "")


ALL = wanted(*range(10))
SEALED = PartState.SEALED


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def cache(now: Now) -> ColumnCache:
    return ColumnCache(1 << 20, now)


def test_a_metric_that_is_read_as_a_whole_is_kept_at_once(cache: ColumnCache) -> None:
    source = Source()
    for want in (wanted(*range(5)), wanted(3), ALL):
        block = cache.find(part(state=SEALED), want, ["value"], 0, source.load)
        assert block is not None
        assert block.rows == 10
    assert len(source.loads) == 1
    assert cache.size_bytes == block_size(10)


def block_size(rows: int) -> int:
    return rows * 16 + 11 * 8 + 10 * 8 + 500


def test_a_few_series_are_read_past_it_until_they_are_wanted_again_soon(cache: ColumnCache, now: Now) -> None:
    source = Source()

    def find(part_id: int, want: Wanted) -> Block | None:
        return cache.find(part(part_id), want, ["value"], 0, source.load)

    assert find(1, wanted(1)) is None
    assert find(2, wanted(1)) is None
    assert find(1, wanted(1, metric_id=2)) is None
    now.seconds += 601
    assert find(1, wanted(2)) is None
    now.seconds += 599
    assert find(1, wanted(1, 2, 3)) is not None
    assert len(source.loads) == 1


def test_it_keeps_nothing_without_a_size(now: Now) -> None:
    source = Source()
    cache = ColumnCache(0, now)
    for _ in range(3):
        assert cache.find(part(), ALL, ["value"], 0, source.load) is None
    assert source.loads == []


def test_an_open_table_is_read_on_only_after_a_write(cache: ColumnCache) -> None:
    source = Source()

    def find(version: int) -> list[float]:
        block = cache.find(part(), ALL, ["value"], version, source.load)
        assert block is not None
        return list(block.columns["value"])

    assert find(0) == find(0) == [0.0] * 10
    assert source.loads == [(["value"], -1)]
    assert find(1) == [0.0] * 10
    source.newer = [(3, 0, 7.0), (4, 5, 8.0)]
    assert find(2) == find(2) == [0, 0, 0, 7, 0, 8, 0, 0, 0, 0, 0]
    source.newer = []
    assert len(find(3)) == 11
    assert source.loads[1:] == [(["value"], 9), (["value"], 9), (["value"], 11)]


def test_a_sealed_file_is_never_read_again(cache: ColumnCache) -> None:
    source = Source()
    for version in range(4):
        cache.find(part(state=SEALED), ALL, ["value"], version, source.load)
    assert len(source.loads) == 1


def test_columns_that_are_missing_are_read_with_those_that_are_there(cache: ColumnCache) -> None:
    source = Source()
    for names in (["sum", "count"], ["count"], ["max", "count"], ["sum", "max"]):
        block = cache.find(part(), ALL, names, 0, source.load)
        assert block is not None
        assert set(names) <= set(block.columns)
    assert [names for names, _ in source.loads] == [["sum", "count"], ["sum", "count", "max"]]


def test_blocks_stay_within_the_bound_and_the_ones_longest_unused_go(cache: ColumnCache) -> None:
    source = Source(rows=1000)
    for part_id in range(1, 9):
        cache.find(part(part_id, SEALED), ALL, ["value"], 0, source.load)
        cache.find(part(1, SEALED), ALL, ["value"], 0, source.load)
        assert cache.size_bytes <= 1 << 20
    assert len(source.loads) == 8
    assert cache.size_bytes == 6 * block_size(10_000)
    cache.find(part(2, SEALED), ALL, ["value"], 0, source.load)
    assert len(source.loads) == 9


def test_a_block_larger_than_a_quarter_answers_once_and_is_not_kept(cache: ColumnCache, now: Now) -> None:
    source = Source(rows=2000)
    assert cache.find(part(), ALL, ["value"], 0, source.load) is not None
    assert cache.size_bytes == 0
    assert cache.find(part(), ALL, ["value"], 0, source.load) is None
    now.seconds += 601
    assert cache.find(part(), ALL, ["value"], 0, source.load) is not None
    assert len(source.loads) == 2


def test_a_block_that_has_grown_too_large_goes(cache: ColumnCache) -> None:
    source = Source(rows=1000)
    assert cache.find(part(), ALL, ["value"], 0, source.load) is not None
    source.newer = [(n, 5000 + at, 1.0) for n in range(10) for at in range(1000)]
    grown = cache.find(part(), ALL, ["value"], 1, source.load)
    assert grown is not None
    assert grown.rows == 20_000
    assert cache.size_bytes == 0
    assert cache.find(part(), ALL, ["value"], 1, source.load) is None


def test_what_is_too_much_to_be_read_is_read_past_it(cache: ColumnCache) -> None:
    source = Source()
    source.is_too_much = True
    for _ in range(3):
        assert cache.find(part(), ALL, ["value"], 0, source.load) is None
    assert len(source.loads) == 1


def test_a_metric_with_too_many_rows_in_a_file_is_not_even_read(
    cache: ColumnCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(column_cache, "MAX_BLOCK_ROWS", 1000)
    source = Source()
    assert cache.find(part(1, SEALED, rows=2020, series=20), ALL, ["value"], 0, source.load) is None
    assert source.loads == []
    assert cache.find(part(2, SEALED, rows=2000, series=20), ALL, ["value"], 0, source.load) is not None
