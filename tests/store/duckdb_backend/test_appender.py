"""The appender: rows to their chunks, and the log of what they make outdated."""

import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest

from metricbox.model import STALE_MARKER, SampleBatch, is_stale_marker
from metricbox.store.buckets import Range
from metricbox.store.duckdb_backend.appender import Appender
from metricbox.store.duckdb_backend.chunks import ChunkCatalogue, PartState, Progress
from metricbox.store.duckdb_backend.database import Database
from metricbox.store.tiers import MINUTE, RAW
from tests.support.stores import HOUR_MS, NOW_MS, batch

MINUTE_MS = 60_000


class Setup:
    def __init__(self, folder: Path) -> None:
        self.database = Database(folder, 128 << 20, 2)
        self.connection = self.database.connection
        self.chunks = ChunkCatalogue(self.connection, folder)
        self.appender = Appender(self.chunks)

    def append(self, *rows: tuple[int, int, float]) -> None:
        self.appender.append_on_owner(self.connection, batch(rows))

    def pending(self) -> list[Range]:
        with self.chunks.pinned() as view:
            return view.pending(MINUTE)

    def rows(self) -> list[list[tuple[int, int, float]]]:
        return [
            self.connection.execute(f"FROM {part.location} ORDER BY rowid").fetchall()
            for part in self.chunks.list_parts(RAW)
        ]


@pytest.fixture
def setup(tmp_path: Path) -> Iterator[Setup]:
    setup = Setup(tmp_path)
    yield setup
    setup.database.close()


def test_rows_go_to_their_chunks_in_order_of_arrival(setup: Setup) -> None:
    late, now, next_ = (2, NOW_MS - 1, 1.0), (1, NOW_MS, 2.0), (1, NOW_MS + RAW.chunk_ms, 3.0)
    again = (1, NOW_MS, 4.0)
    setup.append(now, late, next_, again)
    setup.append((1, NOW_MS, 5.0))
    assert setup.rows() == [[late], [now, again, (1, NOW_MS, 5.0)], [next_]]
    starts = [part.start_ms for part in setup.chunks.list_parts(RAW)]
    assert starts == [NOW_MS - 2 * HOUR_MS, NOW_MS, NOW_MS + 2 * HOUR_MS]


def test_times_before_1970_are_floored(setup: Setup) -> None:
    """Trap B064."""
    setup.append((1, -1, 1.0), (1, 0, 2.0))
    assert [part.start_ms for part in setup.chunks.list_parts(RAW)] == [-2 * HOUR_MS, 0]


def test_a_stale_marker_keeps_its_bits(setup: Setup) -> None:
    setup.append((1, NOW_MS, STALE_MARKER), (1, NOW_MS + 1, 1.0))
    columns = setup.connection.execute(
        f"SELECT value FROM {setup.chunks.list_parts(RAW)[0].location}"
    ).fetchnumpy()
    assert is_stale_marker(np.asarray(columns["value"])).tolist() == [True, False]


def test_nothing_is_logged_before_a_rollup_has_begun_nor_from_its_threshold_on(setup: Setup) -> None:
    setup.append((1, NOW_MS, 1.0))
    assert setup.pending() == []
    setup.chunks.publish(progress={MINUTE.table: Progress(NOW_MS, NOW_MS + MINUTE_MS)})
    setup.append((1, NOW_MS + MINUTE_MS, 1.0))
    assert setup.pending() == []
    setup.append((1, NOW_MS + MINUTE_MS - 1, 1.0))
    assert setup.pending() == [Range(NOW_MS, NOW_MS + MINUTE_MS)]


def test_a_late_sample_outdates_five_minutes_of_growth(setup: Setup) -> None:
    setup.chunks.publish(progress={MINUTE.table: Progress(NOW_MS, NOW_MS + HOUR_MS)})
    setup.append((1, NOW_MS + 30_000, 1.0), (1, NOW_MS + 20 * MINUTE_MS, 1.0))
    assert setup.pending() == [
        Range(NOW_MS, NOW_MS + 6 * MINUTE_MS),
        Range(NOW_MS + 20 * MINUTE_MS, NOW_MS + 26 * MINUTE_MS),
    ]


def test_a_thousand_late_ranges_are_logged(setup: Setup) -> None:
    setup.chunks.publish(progress={MINUTE.table: Progress(0, NOW_MS)})
    setup.append(*((1, number * 10 * MINUTE_MS, 1.0) for number in range(1_200)))
    assert len(setup.pending()) == 1_000
    again = ChunkCatalogue(setup.connection, Path())
    with again.pinned() as view:
        assert view.pending(MINUTE) == setup.pending()


def test_a_batch_that_fails_leaves_no_row_and_no_log(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    setup.append((1, NOW_MS, 1.0), (1, NOW_MS + RAW.chunk_ms, 1.0))
    setup.chunks.publish(progress={MINUTE.table: Progress(NOW_MS, NOW_MS + 4 * HOUR_MS)})

    def fail(*_: object) -> None:
        raise duckdb.IOException("no")

    monkeypatch.setattr(setup.chunks, "log_invalidations", fail)
    with pytest.raises(duckdb.IOException):
        setup.append((1, NOW_MS + 1, 2.0), (1, NOW_MS + RAW.chunk_ms + 1, 2.0))
    monkeypatch.undo()
    assert [len(rows) for rows in setup.rows()] == [1, 1]
    assert setup.pending() == []
    setup.append((1, NOW_MS + 1, 2.0))
    assert [len(rows) for rows in setup.rows()] == [2, 1]


def test_who_holds_the_gate_has_no_batch_half_way(setup: Setup) -> None:
    """A job that closes a table, or raises a threshold, under the gate decides before or after a batch."""
    setup.append((1, NOW_MS, 1.0))
    (part,) = setup.chunks.list_parts(RAW)
    cursor = setup.database.cursor()
    with setup.appender.gate:
        thread = threading.Thread(target=setup.append, args=[(1, NOW_MS + 1, 2.0)])
        thread.start()
        thread.join(0.05)
        assert thread.is_alive()
        assert cursor.execute(f"SELECT count(*) FROM {part.location}").fetchall() == [(1,)]
        setup.chunks.publish(
            added=[part._replace(state=PartState.SEALING)],
            progress={MINUTE.table: Progress(NOW_MS, NOW_MS + MINUTE_MS)},
        )
    thread.join(20)
    assert not thread.is_alive()
    assert cursor.execute(f"SELECT count(*) FROM {part.location}").fetchall() == [(1,)]
    assert [len(rows) for rows in setup.rows()] == [1, 1]
    assert setup.pending() == [Range(NOW_MS, NOW_MS + MINUTE_MS)]
    cursor.close()


def test_after_a_failure_the_gate_is_open(setup: Setup) -> None:
    wrong = SampleBatch(np.array([1]), np.array([NOW_MS]), np.array(["x"]))
    with pytest.raises(duckdb.Error):
        setup.appender.append_on_owner(setup.connection, wrong)
    assert not setup.appender.gate.locked()
    setup.append((1, NOW_MS, 1.0))
