"""The catalogue of chunks: pins, order of parts, and what is deleted when."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from metricbox.store.buckets import Range
from metricbox.store.duckdb_backend.chunks import (
    ChunkCatalogue,
    Part,
    PartState,
    Progress,
    insert_parts,
    mark_parts,
)
from metricbox.store.duckdb_backend.database import Database, transaction
from metricbox.store.tiers import HOUR, MINUTE, RAW
from tests.support.stores import HOUR_MS, NOW_MS


class Setup:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = Database(folder, 128 << 20, 2)
        self.connection = self.database.connection
        self.chunks = ChunkCatalogue(self.connection, folder)

    def add_open(self, ts_ms: int = NOW_MS) -> Part:
        with transaction(self.connection):
            part = self.chunks.make_open(self.connection, RAW, ts_ms)
        self.chunks.publish(added=[part])
        return part

    def add_sealed(self, start_ms: int = NOW_MS) -> Part:
        part_id = self.chunks.new_part_id()
        part = Part(
            part_id, RAW.table, start_ms, start_ms + RAW.chunk_ms, PartState.SEALED, f"{part_id}.parquet",
            1, 2, 3, start_ms, start_ms, "abc",
        )  # fmt: skip
        (self.folder / part.location).write_bytes(b"12")
        with transaction(self.connection):
            insert_parts(self.connection, [part])
        self.chunks.publish(added=[part])
        return part

    def remove(self, *parts: Part) -> None:
        with transaction(self.connection):
            mark_parts(self.connection, parts, PartState.REMOVED)
        self.chunks.publish(removed=parts)

    def collect(self) -> int:
        return self.chunks.collect_garbage(self.connection)

    def has(self, part: Part) -> bool:
        if part.is_hot:
            return bool(
                self.connection.execute(
                    "FROM duckdb_tables() WHERE table_name = ?", [part.location]
                ).fetchall()
            )
        return (self.folder / part.location).exists()

    def rows(self) -> list[tuple[int, str]]:
        return self.connection.execute("SELECT part_id, state FROM chunk_parts ORDER BY 1").fetchall()


@pytest.fixture
def setup(tmp_path: Path) -> Iterator[Setup]:
    setup = Setup(tmp_path)
    yield setup
    setup.database.close()


def test_an_open_table_is_found_for_the_times_of_its_chunk_alone(setup: Setup) -> None:
    part = setup.add_open()
    assert setup.chunks.find_open(RAW, NOW_MS) == part
    assert setup.chunks.find_open(RAW, NOW_MS + 2 * HOUR_MS - 1) == part
    assert setup.chunks.find_open(RAW, NOW_MS + 2 * HOUR_MS) is None
    assert setup.chunks.find_open(RAW, NOW_MS - 1) is None
    assert setup.chunks.find_open(MINUTE, NOW_MS) is None
    setup.chunks.publish(added=[part._replace(state=PartState.SEALING)])
    assert setup.chunks.find_open(RAW, NOW_MS) is None


def test_what_a_pin_sees_stays_until_it_is_released(setup: Setup) -> None:
    table, file = setup.add_open(), setup.add_sealed()
    with setup.chunks.pinned() as first:
        setup.remove(table)
        with setup.chunks.pinned() as second:
            setup.remove(file)
            assert setup.collect() == 0
            assert first.parts[RAW.table] == [table, file]
            assert second.parts[RAW.table] == [file]
        assert setup.collect() == 0
        assert setup.has(table)
        assert setup.has(file)
    assert setup.collect() == 2
    assert not setup.has(table)
    assert not setup.has(file)
    assert setup.rows() == []


def test_a_pin_that_never_saw_a_part_does_not_keep_it(setup: Setup) -> None:
    table, file = setup.add_open(), setup.add_sealed()
    with setup.chunks.pinned():
        setup.remove(table)
        with setup.chunks.pinned():
            pass
    with setup.chunks.pinned():
        assert setup.collect() == 1
    assert setup.has(file)


def test_a_failure_of_the_database_gives_back_every_file_and_is_made_up_for(setup: Setup) -> None:
    """Trap B076: the space of files comes back although the database cannot write."""
    table, *files = setup.add_open(), *(setup.add_sealed() for _ in range(3))
    setup.remove(table, *files)
    with pytest.raises(RuntimeError):
        setup.chunks.collect_garbage(Broken())  # type: ignore[arg-type]
    assert [setup.has(part) for part in files] == [False] * 3
    assert setup.collect() == 4
    assert not setup.has(table)
    assert setup.rows() == []
    assert setup.collect() == 0


class Broken:
    def execute(self, *_: object) -> None:
        raise RuntimeError("no space")


def test_all_is_known_again_after_a_restart(setup: Setup) -> None:
    table, file, gone = setup.add_open(), setup.add_sealed(), setup.add_sealed(NOW_MS + 2 * HOUR_MS)
    setup.remove(gone)
    with transaction(setup.connection):
        made = setup.chunks.log_invalidations(
            setup.connection, MINUTE, [Range(0, 60_000), Range(120_000, 180_000)]
        )
        setup.connection.execute("INSERT INTO rollup_progress VALUES (?, 1, 2)", [MINUTE.table])
        setup.connection.execute("INSERT INTO dropped_chunks VALUES (?, 3)", [RAW.table])
    again = ChunkCatalogue(setup.connection, setup.folder)
    with again.pinned() as view:
        assert view.parts == {RAW.table: [table, file], MINUTE.table: [], HOUR.table: []}
        assert view.progress == {MINUTE.table: Progress(1, 2)}
        assert view.dropped_before_ms == {RAW.table: 3}
        assert view.invalidations == made
        assert view.pending(MINUTE) == [Range(0, 60_000), Range(120_000, 180_000)]
        assert view.pending(HOUR) == []
    assert again.new_part_id() > gone.part_id
    assert again.collect_garbage(setup.connection) == 1
    assert not setup.has(gone)


def test_a_removed_file_that_is_still_read_is_no_orphan(setup: Setup) -> None:
    file = setup.add_sealed()
    with setup.chunks.pinned():
        setup.remove(file)
        assert file.location in setup.chunks.known_locations()
        assert file.part_id not in setup.chunks.known_ids()
    setup.collect()
    assert setup.chunks.known_locations() == set()


def test_a_change_is_seen_whole(setup: Setup) -> None:
    old = setup.add_sealed()
    with transaction(setup.connection):
        made = setup.chunks.log_invalidations(setup.connection, MINUTE, [Range(0, 60_000)])
    setup.chunks.publish(invalidated=made)
    with setup.chunks.pinned() as before:
        new = old._replace(part_id=setup.chunks.new_part_id())
        setup.chunks.publish(
            added=[new],
            removed=[old],
            progress={MINUTE.table: Progress(5, 5)},
            repaired=[made[0].invalidation_id],
        )
    with setup.chunks.pinned() as after:
        assert (before.parts[RAW.table], before.progress, before.pending(MINUTE)) == (
            [old],
            {},
            [Range(0, 60_000)],
        )
        assert (after.parts[RAW.table], after.progress) == ([new], {MINUTE.table: Progress(5, 5)})
        assert after.pending(MINUTE) == []


def test_parts_of_a_range_touch_it(setup: Setup) -> None:
    first, second = setup.add_open(), setup.add_open(NOW_MS + 2 * HOUR_MS)
    with setup.chunks.pinned() as view:
        assert view.parts_in(RAW, NOW_MS, NOW_MS + 2 * HOUR_MS) == [first]
        assert view.parts_in(RAW, NOW_MS + 2 * HOUR_MS - 1, NOW_MS + 2 * HOUR_MS + 1) == [first, second]
        assert view.parts_in(RAW, NOW_MS - 5, NOW_MS) == []


# ---- a commit that could not be shown


class Bursting(dict[int, Part]):
    """Parts that cannot take another one, as when memory is short."""

    def __setitem__(self, *_: object) -> None:
        raise MemoryError


def test_a_change_that_could_not_be_shown_is_read_from_the_database(setup: Setup) -> None:
    """Otherwise a job would seal a chunk twice, or a late sample would not be repaired before the next start."""
    old, table = setup.add_sealed(), setup.add_open(NOW_MS + 2 * HOUR_MS)
    with setup.chunks.pinned() as before:
        with transaction(setup.connection):
            new = old._replace(part_id=setup.chunks.new_part_id())
            insert_parts(setup.connection, [new])
            mark_parts(setup.connection, [old], PartState.REMOVED)
            made = setup.chunks.log_invalidations(setup.connection, MINUTE, [Range(0, 60_000)])
            setup.connection.execute("INSERT INTO rollup_progress VALUES (?, 5, 5)", [MINUTE.table])
        setup.chunks._parts = Bursting(setup.chunks._parts)
        setup.chunks.publish(
            added=[new], removed=[old], invalidated=made, progress={MINUTE.table: Progress(5, 5)}
        )
        with setup.chunks.pinned() as after:
            assert after.parts[RAW.table] == [table, new]
            assert after.invalidations == made
            assert after.progress == {MINUTE.table: Progress(5, 5)}
        # Who read before goes on to read.
        assert before.parts[RAW.table] == [old, table]
        assert setup.collect() == 0
        assert setup.has(old)
    assert setup.collect() == 1
    assert setup.rows() == [(table.part_id, "open"), (new.part_id, "sealed")]
    assert setup.chunks.new_part_id() > new.part_id


def test_a_database_that_cannot_be_read_back_is_an_error_and_no_old_state(setup: Setup) -> None:
    setup.chunks.distrust()
    connection, setup.chunks._connection = setup.chunks._connection, Broken()  # type: ignore[assignment]
    with pytest.raises(AttributeError), setup.chunks.pinned():
        pass
    setup.chunks._connection = connection
    with setup.chunks.pinned() as view:
        assert view.parts[RAW.table] == []


def test_a_change_that_comes_while_all_is_read_back_is_there_once(setup: Setup) -> None:
    """It was committed before and is published after."""
    part = setup.add_open()
    with transaction(setup.connection):
        mark_parts(setup.connection, [part], PartState.REMOVED)
    setup.chunks.distrust()
    assert setup.chunks.list_parts(RAW) == []
    setup.chunks.publish(removed=[part])
    assert setup.collect() == 1
    assert setup.collect() == 0
    assert not setup.has(part)
