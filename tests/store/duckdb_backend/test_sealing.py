"""Sealing: hot tables become files, whatever interrupts it, and whoever reads or writes meanwhile."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from metricbox.errors import InsufficientStorageError
from metricbox.store.buckets import Range
from metricbox.store.duckdb_backend import sealing as sealing_module
from metricbox.store.duckdb_backend.chunks import PartState
from metricbox.store.duckdb_backend.rollup_reader import Reading
from metricbox.store.duckdb_backend.sealed_file import write_raw_file
from metricbox.store.tiers import MINUTE, RAW
from tests.support.small_disk import fill_disk, small_disk
from tests.support.store_lives import MINUTE_MS, StoreLife, filled, record_disk_states
from tests.support.stores import HOUR_MS, NOW_MS


@pytest.fixture
def life(tmp_path: Path) -> Iterator[StoreLife]:
    life = filled(tmp_path / "life")
    yield life
    life.close()


def test_a_due_chunk_becomes_one_file_and_reads_the_same(life: StoreLife) -> None:
    before = life.everything()
    life.run("seal")
    first, second = life.parts()
    assert (first.state, second.state) == (PartState.OPEN, PartState.SEALED)
    assert (second.start_ms, second.rows, second.series) == (NOW_MS, 120 * 3 * 4, 4)
    assert (second.min_ms, second.max_ms) == (NOW_MS, NOW_MS + 120 * MINUTE_MS - 20_000)
    assert [path.name for path in life.files()] == [f"2026-11-25T10-{second.part_id}.parquet"]
    assert life.tables() == {first.location}
    assert life.everything() == before
    life.reopen()
    assert life.everything() == before


def test_a_chunk_is_sealed_when_its_time_for_late_samples_is_over(tmp_path: Path) -> None:
    life = StoreLife(tmp_path / "life", NOW_MS + 2 * HOUR_MS + 600_000 - 1)
    life.write_minutes(0, 1)
    assert life.maintenance.sealer.seal_due(life.clock.now_ms()) == 0
    life.clock.advance_ms(1)
    assert life.maintenance.sealer.seal_due(life.clock.now_ms()) == 1
    assert life.maintenance.sealer.seal_due(life.clock.now_ms()) == 0
    life.close()


def test_late_rows_are_merged_by_rewriting_but_not_every_minute(life: StoreLife) -> None:
    life.run("seal")
    (old_file,) = life.files()
    life.write([(0, 90_000, -1.0), (1, 60_000, -2.0)])
    before = life.everything()
    life.run("seal")
    assert life.files() == [old_file]
    life.clock.advance_ms(10 * MINUTE_MS)
    life.run("seal")
    (new_file,) = life.files()
    assert new_file != old_file
    assert [part.rows for part in life.parts() if not part.is_hot] == [120 * 3 * 4 + 1]
    assert life.everything() == before


def test_a_busy_chunk_becomes_several_files_of_different_series(
    life: StoreLife, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing_module, "MAX_FILE_ROWS", 120 * 3 * 2)
    before = life.everything()
    life.run("seal")
    assert [(part.series, part.rows) for part in life.parts() if not part.is_hot] == [(2, 720), (2, 720)]
    assert life.everything() == before
    life.write([(n, 30 * MINUTE_MS + 1, 5.0) for n in range(4)])
    before = life.everything()
    life.clock.advance_ms(10 * MINUTE_MS)
    life.run("seal")
    life.reopen()
    assert len(life.files()) == 2
    assert life.everything() == before
    assert life.faults() == []


def test_rows_that_come_while_a_chunk_is_written_go_to_a_new_table(
    life: StoreLife, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files = life.maintenance.sealer._write_files

    def write_files_and_be_late(*args: Any) -> Any:
        life.write([(0, 0, 77.0), (0, 5_000, 78.0)])
        yield from write_files(*args)

    monkeypatch.setattr(life.maintenance.sealer, "_write_files", write_files_and_be_late)
    life.seal()
    assert [part.state for part in life.parts() if part.start_ms == NOW_MS] == [
        PartState.OPEN,
        PartState.SEALED,
    ]
    assert life.read(end_ms=NOW_MS + 10_000)[:2] == [(1, NOW_MS, 77.0), (1, NOW_MS + 5_000, 78.0)]
    monkeypatch.undo()
    life.seal()
    assert life.read(end_ms=NOW_MS + 10_000)[:2] == [(1, NOW_MS, 77.0), (1, NOW_MS + 5_000, 78.0)]
    assert life.faults() == []


def test_a_table_is_closed_between_two_batches_never_within_one(life: StoreLife) -> None:
    sealing = threading.Thread(target=life.seal)
    with life.maintenance.sealer._appender.gate:
        sealing.start()
        sealing.join(0.05)
        assert {part.state for part in life.parts()} == {PartState.OPEN}
    sealing.join(20)
    assert {part.state for part in life.parts() if part.start_ms == NOW_MS} == {PartState.SEALED}


def test_a_query_goes_on_while_its_chunk_is_sealed_under_it(life: StoreLife) -> None:
    before = life.read()
    reader, cursor = life.store._reader, life.store._database.cursor()
    with life.chunks.pinned() as view:
        for _ in range(2):
            life.seal()
            life.write([(0, 1, 1.0)])
        raw = reader.read_samples(Reading(cursor, view), Range(0, NOW_MS * 2))
        # What was written since is in tables that this view does not know.
        assert [(s, t) for s, t, _ in zip(*raw, strict=True)] == [(s, t) for s, t, _ in before]
        assert {part.location for part in view.parts[RAW.table]} <= life.tables()
        assert len(life.files()) == 2
    cursor.close()
    life.run("seal")
    assert len(life.files()) == 1


def test_a_kill_at_any_step_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    """A merge of late rows into a chunk of two files: every state that the disk goes through."""
    life = filled(tmp_path / "life")
    life.run("rollup", "seal")
    life.write([(0, 90_000, -1.0), (1, 60_000, -2.0), (0, 90_000, -3.0)])
    before = life.everything()
    states = record_disk_states(life.folder, tmp_path / "states", life.seal)
    life.close()
    assert len(states) >= 6
    for state in states:
        after = StoreLife(state, life.clock.now_ms())
        assert after.everything() == before, state
        assert {path.name for path in after.files()} == {
            Path(part.location).name
            for tier in (RAW, MINUTE)
            for part in after.parts(tier)
            if not part.is_hot
        }
        after.clock.advance_ms(HOUR_MS)
        after.run("rollup", "seal")
        assert after.everything() == before
        assert after.faults() == []
        after.close()


@pytest.mark.parametrize("step", ["encode_samples", "write_raw_file", "insert_parts", "mark_parts"])
def test_a_step_that_fails_leaves_the_chunk_as_it_was(
    life: StoreLife, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = life.everything()

    def fail(*_: Any) -> Any:
        raise MemoryError(step)

    monkeypatch.setattr(sealing_module, step, fail)
    for _ in range(2):
        with pytest.raises(MemoryError, match=step):
            life.run("seal")
    assert life.everything() == before
    monkeypatch.undo()
    life.run("seal")
    assert life.everything() == before
    life.kill()
    assert life.everything() == before
    assert life.faults() == []


def test_a_disk_that_fills_up_between_two_files_gets_back_the_first(
    life: StoreLife, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, calls = write_raw_file, []

    def write_one(*args: Any) -> Any:
        calls.append(args)
        if len(calls) > 1:
            raise InsufficientStorageError("the disk is full")
        return write(*args)

    monkeypatch.setattr(sealing_module, "MAX_FILE_ROWS", 100)
    monkeypatch.setattr(sealing_module, "write_raw_file", write_one)
    with pytest.raises(InsufficientStorageError):
        life.run("seal")
    assert len(calls) == 2
    assert life.files() == []


def test_sealing_notes_when_a_series_was_last_seen(life: StoreLife) -> None:
    life.run("seal")
    seen = "SELECT series_id, last_seen_ms FROM series ORDER BY 1"
    life.write([(0, 200 * MINUTE_MS, 1.0)])
    life.clock.advance_ms(5 * HOUR_MS)
    life.run("seal")
    rows = dict(life.store._database.connection.execute(seen).fetchall())
    assert rows[1] == NOW_MS + 200 * MINUTE_MS
    assert rows[2] == NOW_MS + 130 * MINUTE_MS


def test_rollup_chunks_are_sealed_too(tmp_path: Path) -> None:
    life = filled(tmp_path / "life")
    life.run("rollup")
    before = life.everything()
    life.clock.advance_ms(24 * HOUR_MS)
    life.run("rollup", "seal")
    assert [part.state for part in life.parts(MINUTE)] == [PartState.SEALED]
    assert life.everything() == before
    life.kill()
    assert life.everything() == before
    assert life.faults() == []
    life.close()


def test_a_full_disk_stops_sealing_and_nothing_else(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        life = filled(disk / "life")
        chance = np.random.default_rng(1)
        life.write((n % 4, n * 100, value) for n, value in enumerate(chance.random(60_000)))
        before = life.everything()
        # Enough for a commit, too little for a file.
        ballast = fill_disk(disk, left_bytes=16_384)
        with pytest.raises(InsufficientStorageError):
            life.run("seal")
        assert life.everything() == before
        assert life.files() == []
        ballast.unlink()
        life.run("seal")
        assert life.everything() == before
        life.close()
