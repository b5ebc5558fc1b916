"""Reading parts: hot tables and sealed files as one sorted, unique set of rows."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.errors import LimitExceededError
from metricbox.model import STALE_MARKER, is_stale_marker
from metricbox.store.buckets import Range
from metricbox.store.duckdb_backend.scan import (
    ALL_SERIES,
    Extent,
    Selection,
    extent_of_parts,
    order_by_id,
    scan_partials,
    scan_samples,
    union_of_parts,
)
from metricbox.store.tiers import MINUTE, RAW
from tests.support.store_lives import MINUTE_MS, StoreLife, rows_of_columns
from tests.support.stores import HOUR_MS, LIMITS, NOW_MS

DAY = Range(NOW_MS, NOW_MS + 24 * HOUR_MS)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[StoreLife]:
    life = StoreLife(tmp_path / "life")
    yield life
    life.close()


def scan(
    life: StoreLife, wanted: Range = DAY, selection: Selection = ALL_SERIES, limit: int | None = None
) -> list[tuple[float, ...]]:
    cursor = life.store._database.cursor()
    try:
        return rows_of_columns(scan_samples(cursor, life.folder, life.parts(), wanted, selection, limit))
    finally:
        cursor.close()


def test_later_parts_win_over_files_and_later_rows_over_earlier_ones(life: StoreLife) -> None:
    life.write([(0, 0, 1.0), (0, 1, 1.0), (0, 2, 1.0), (0, 3, 1.0)])
    life.seal()
    life.write([(0, 1, 2.0), (0, 2, 2.0), (0, 3, 2.0)])
    assert [value for *_, value in scan(life)] == [1, 2, 2, 2]
    # A table that is being sealed and one that took over from it.
    (sealed, open_) = life.parts()
    life.write([(0, 2, 3.0), (0, 3, 4.0), (0, 3, 5.0)])
    assert [value for *_, value in scan(life)] == [1, 2, 3, 5]
    assert (sealed.is_hot, open_.is_hot) == (False, True)


def test_series_times_and_metrics_are_chosen(life: StoreLife) -> None:
    life.write_minutes(0, 10)
    life.seal()
    life.write_minutes(5, 15, 100)
    everything = scan(life)
    assert scan(life, DAY, Selection(np.array([2]))) == [row for row in everything if row[0] == 2]
    assert scan(life, DAY, Selection(np.array([1, 4]))) == [row for row in everything if row[0] in {1, 4}]
    assert scan(life, DAY, Selection(np.array([1, 3]), (1,))) == [
        row for row in everything if row[0] in {1, 3}
    ]
    assert scan(life, DAY, Selection(np.array([], np.int64))) == []
    edges = Range(NOW_MS + 20_000, NOW_MS + MINUTE_MS)
    assert scan(life, edges) == [row for row in everything if edges.contains(int(row[1]))]
    assert scan(life, Range(NOW_MS, NOW_MS)) == []


def test_no_parts_are_no_rows(life: StoreLife) -> None:
    assert scan(life) == []
    cursor = life.store._database.cursor()
    empty = scan_partials(cursor, life.folder, MINUTE, [], DAY)
    assert empty.size == 0
    assert [empty.counts.dtype, empty.sums.dtype] == [np.dtype(np.int64), np.dtype(np.float64)]
    assert union_of_parts(life.folder, RAW, []) == ""
    assert extent_of_parts(cursor, []) == Extent(0, None, None)
    cursor.close()


def test_over_its_limit_a_read_fails_instead_of_leaving_rows_out(life: StoreLife) -> None:
    """Equal samples count as often as they are read: who cut them off would lose others without a word."""
    life.write((0, at, 1.0) for at in range(10))
    assert len(scan(life, limit=10)) == 10
    with pytest.raises(LimitExceededError, match="more than 9 samples"):
        scan(life, limit=9)
    life.write((0, at, 2.0) for at in range(10))
    assert len(scan(life, limit=20)) == 10
    with pytest.raises(LimitExceededError):
        scan(life, limit=12)


def test_a_rollup_that_is_computed_live_is_never_cut_off(life: StoreLife) -> None:
    life.write_minutes(0, 10)
    whole = life.rollup()
    assert [row[2] for row in whole] == [3] * 40
    ids = life.ids
    with pytest.raises(LimitExceededError):
        life.store.read_rollup(MINUTE, ids, 0, NOW_MS * 2, LIMITS._replace(max_samples=100))
    assert (
        len(life.store.read_rollup(MINUTE, ids, 0, NOW_MS * 2, LIMITS._replace(max_samples=120)).counts) == 40
    )


@pytest.mark.parametrize("seal_between", [False, True])
def test_a_value_wins_over_a_stale_marker_of_its_time(life: StoreLife, seal_between: bool) -> None:
    """Trap B043, in both orders, in one part and over two."""
    life.write([(0, 0, 5.0), (1, 0, STALE_MARKER), (2, 0, STALE_MARKER)])
    if seal_between:
        life.seal()
    life.write([(0, 0, STALE_MARKER), (1, 0, 6.0), (2, 0, STALE_MARKER)])
    for _ in range(2):
        cursor = life.store._database.cursor()
        values = scan_samples(cursor, life.folder, life.parts(), DAY).values
        cursor.close()
        assert values[:2].tolist() == [5, 6]
        assert is_stale_marker(values).tolist() == [False, False, True]
        life.seal()


def test_a_segment_of_stale_markers_alone_keeps_their_bits(life: StoreLife) -> None:
    life.write((0, at, STALE_MARKER) for at in range(5_000))
    life.run("checkpoint")
    cursor = life.store._database.cursor()
    assert is_stale_marker(scan_samples(cursor, life.folder, life.parts(), DAY).values).all()
    cursor.close()


def test_the_extent_covers_files_and_tables(life: StoreLife) -> None:
    life.write([(0, 5, 1.0), (0, 9, 1.0)])
    life.seal()
    life.write([(0, 2, 1.0), (0, 9, 2.0)])
    cursor = life.store._database.cursor()
    assert extent_of_parts(cursor, life.parts()) == Extent(4, NOW_MS + 2, NOW_MS + 9)
    cursor.close()


def test_many_rows_come_sorted_whatever_threads_read_them(life: StoreLife) -> None:
    times = np.random.default_rng(1).permutation(300_000)
    life.write((int(at) % 4, int(at), float(at)) for at in times[:100_000])
    life.seal()
    life.write((int(at) % 4, int(at), float(at)) for at in times[50_000:150_000])
    rows = scan(life)
    assert len(rows) == 150_000
    assert rows == sorted(rows)


@given(st.lists(st.one_of(st.integers(0, 5), st.integers(0, 2**62)), max_size=200))
def test_the_order_by_id_is_that_of_a_stable_sort(ids: list[int]) -> None:
    array = np.array(ids, np.int64)
    assert order_by_id(array).tolist() == np.argsort(array, kind="stable").tolist()
