"""Hot chunks: a table for every two hours, made when its first sample comes, known again after a restart."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest

from metricbox.model import STALE_MARKER, is_stale_marker
from metricbox.store.duckdb_backend.database import Database
from metricbox.store.duckdb_backend.hot_chunks import HotChunks
from metricbox.store.tiers import RAW
from tests.support.stores import HOUR_MS, NOW_MS, batch


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path, 128 << 20, 2)
    yield database
    database.close()


@pytest.fixture
def chunks(database: Database) -> HotChunks:
    return HotChunks(database.connection)


def rows_of(database: Database, table: str) -> list[tuple[int, int, float]]:
    return database.connection.execute(f"FROM {table} ORDER BY rowid").fetchall()


def test_a_chunk_is_two_hours_on_a_utc_boundary(database: Database, chunks: HotChunks) -> None:
    chunks.append_on_owner(database.connection, batch([(1, NOW_MS + 5, 1.0)]))
    (chunk,) = chunks.list_chunks()
    assert (chunk.start_ms, chunk.end_ms) == (NOW_MS, NOW_MS + RAW.chunk_ms)
    assert chunk.start_ms % (2 * HOUR_MS) == 0


def test_rows_keep_their_order_of_arrival(database: Database, chunks: HotChunks) -> None:
    sent = [(2, NOW_MS + 9, 1.0), (1, NOW_MS, 2.0), (2, NOW_MS + 9, 3.0)]
    chunks.append_on_owner(database.connection, batch(sent))
    chunks.append_on_owner(database.connection, batch([(1, NOW_MS, 4.0)]))
    assert rows_of(database, chunks.list_chunks()[0].table_name) == [*sent, (1, NOW_MS, 4.0)]


def test_a_batch_is_split_at_chunk_edges(database: Database, chunks: HotChunks) -> None:
    chunks.append_on_owner(
        database.connection, batch([(1, NOW_MS, 1.0), (1, NOW_MS - 1, 2.0), (1, NOW_MS + RAW.chunk_ms, 3.0)])
    )
    listed = chunks.list_chunks()
    assert [chunk.start_ms for chunk in listed] == [NOW_MS - RAW.chunk_ms, NOW_MS, NOW_MS + RAW.chunk_ms]
    assert [rows_of(database, chunk.table_name) for chunk in listed] == [
        [(1, NOW_MS - 1, 2.0)],
        [(1, NOW_MS, 1.0)],
        [(1, NOW_MS + RAW.chunk_ms, 3.0)],
    ]


def test_only_overlapping_chunks_are_listed(database: Database, chunks: HotChunks) -> None:
    chunks.append_on_owner(database.connection, batch([(1, NOW_MS, 1.0), (1, NOW_MS - 1, 2.0)]))
    early, late = chunks.list_chunks()
    assert chunks.list_overlapping(NOW_MS - 1, NOW_MS) == [early]
    assert chunks.list_overlapping(NOW_MS, NOW_MS + 1) == [late]
    assert chunks.list_overlapping(NOW_MS - 1, NOW_MS + 1) == [early, late]
    assert chunks.list_overlapping(NOW_MS + RAW.chunk_ms, NOW_MS * 2) == []


def test_chunks_are_known_again_after_a_restart(database: Database, chunks: HotChunks) -> None:
    chunks.append_on_owner(database.connection, batch([(1, NOW_MS, 1.0), (1, -1, 2.0)]))
    again = HotChunks(database.connection)
    assert again.list_chunks() == chunks.list_chunks()
    again.append_on_owner(database.connection, batch([(1, NOW_MS, 3.0), (1, -2, 4.0)]))
    assert len(again.list_chunks()) == 2


def test_a_batch_that_fails_is_stored_nowhere(database: Database, chunks: HotChunks) -> None:
    """One of its two chunks cannot be written."""
    chunks.append_on_owner(database.connection, batch([(1, NOW_MS, 1.0), (1, NOW_MS - 1, 1.0)]))
    early, late = chunks.list_chunks()
    database.connection.execute(f"ALTER TABLE {late.table_name} RENAME TO elsewhere")
    both = batch([(1, NOW_MS - 1, 2.0), (1, NOW_MS, 2.0)])
    with pytest.raises(duckdb.Error):
        chunks.append_on_owner(database.connection, both)
    assert rows_of(database, early.table_name) == [(1, NOW_MS - 1, 1.0)]
    database.connection.execute(f"ALTER TABLE elsewhere RENAME TO {late.table_name}")
    chunks.append_on_owner(database.connection, both)
    assert rows_of(database, early.table_name)[1:] == [(1, NOW_MS - 1, 2.0)]


def test_a_chunk_whose_making_fails_is_not_listed(database: Database, chunks: HotChunks) -> None:
    database.connection.execute(f"CREATE TABLE hot_raw_{NOW_MS} (x INTEGER)")
    with pytest.raises(duckdb.Error):
        chunks.append_on_owner(database.connection, batch([(1, NOW_MS, 1.0)]))
    assert chunks.list_chunks() == []
    assert database.connection.execute("SELECT count(*) FROM chunks").fetchall() == [(0,)]


def test_stale_markers_among_values_keep_their_bits(database: Database, chunks: HotChunks) -> None:
    chunks.append_on_owner(database.connection, batch([(1, NOW_MS, 1.0), (1, NOW_MS + 1, STALE_MARKER)]))
    table = chunks.list_chunks()[0].table_name
    values = database.connection.execute(f"SELECT value FROM {table} ORDER BY rowid").fetchnumpy()["value"]
    assert is_stale_marker(np.asarray(values)).tolist() == [False, True]


def test_arrays_that_are_views_are_written_right(database: Database, chunks: HotChunks) -> None:
    """Slices and steps of larger arrays, as decoders hand them on."""
    base = batch([(number, NOW_MS + number, float(number)) for number in range(10)])
    sliced = type(base)(base.series_ids[1::3], base.ts_ms[1::3], base.values[1::3])
    chunks.append_on_owner(database.connection, sliced)
    table = chunks.list_chunks()[0].table_name
    assert rows_of(database, table) == [(n, NOW_MS + n, float(n)) for n in (1, 4, 7)]
