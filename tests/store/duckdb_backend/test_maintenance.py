"""The jobs: one at a time, none that hangs at the end, and what they do when the disk is full."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from metricbox.errors import InsufficientStorageError, UnavailableError
from metricbox.store.duckdb_backend.chunks import ChunkCatalogue
from metricbox.store.tiers import RAW
from tests.support.small_disk import fill_disk, small_disk
from tests.support.store_lives import MINUTE_MS, StoreLife, filled, flip_bit
from tests.support.stores import HOUR_MS, NOW_MS

JOBS = ["rollup", "seal", "retention", "checkpoint", "verify"]


@pytest.fixture
def life(tmp_path: Path) -> Iterator[StoreLife]:
    life = filled(tmp_path / "life")
    yield life
    life.close()


def test_the_jobs_of_a_store_are_listed_in_order(life: StoreLife) -> None:
    jobs = life.store.list_jobs()
    assert [job.name for job in jobs] == JOBS
    assert all(job.interval_ms >= 60_000 for job in jobs)


@pytest.mark.parametrize("name", JOBS)
def test_a_closed_store_refuses_its_jobs_instead_of_hanging(life: StoreLife, name: str) -> None:
    job = next(job for job in life.store.list_jobs() if job.name == name)
    life.close()
    with pytest.raises(UnavailableError, match="stopping"):
        job.run()


def test_an_examination_that_nobody_reads_to_its_end_holds_up_nothing(life: StoreLife) -> None:
    (life.folder / "chunks").mkdir(exist_ok=True)
    (life.folder / "chunks" / "x").write_bytes(b"")
    (life.folder / "chunks" / "y").write_bytes(b"")
    faults = life.store.examine()
    assert "x belongs to no chunk" in next(faults)
    life.run("rollup")


LONG = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"


@pytest.mark.parametrize("in_transaction", [False, True])
def test_closing_ends_the_job_that_runs_and_those_that_wait(
    life: StoreLife, monkeypatch: pytest.MonkeyPatch, in_transaction: bool
) -> None:
    before = life.everything()
    connection = life.maintenance._connection
    is_running = threading.Event()
    errors: list[BaseException] = []

    def work_long(*_: Any) -> int:
        if in_transaction:
            connection.execute("BEGIN")
            connection.execute("INSERT INTO dropped_chunks VALUES ('x', 1)")
        is_running.set()
        connection.execute(LONG).fetchall()
        return 0

    def run() -> None:
        try:
            life.run("rollup")
        except BaseException as error:
            errors.append(error)

    monkeypatch.setattr(life.maintenance.refresher, "refresh_all", work_long)
    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert is_running.wait(20)
    life.close()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    assert [type(error) for error in errors] == [UnavailableError] * 3
    life._open()
    assert life.everything() == before
    rows = life.store._database.connection.execute("FROM dropped_chunks").fetchall()
    assert rows == []


def test_a_reader_that_waits_for_a_job_is_let_go_at_the_end(life: StoreLife) -> None:
    """One that met a damaged file: it must not hold its cursor, nor wait for a lock that nobody gives back."""
    life.seal()
    life.files()[0].unlink()
    errors: list[BaseException] = []

    def read() -> None:
        try:
            life.read()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=read)
    with life.maintenance._busy:
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
        assert life.store._readers._cursors.qsize() == len(life.store._readers._all)
        life.maintenance._is_closing = True
    thread.join(20)
    assert not thread.is_alive()
    assert [type(error) for error in errors] == [UnavailableError]


def test_after_a_job_that_failed_in_a_transaction_the_next_one_works(
    life: StoreLife, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = life.everything()
    write = life.maintenance.refresher._write_piece

    def fail(*args: Any) -> Any:
        write(*args)
        life.maintenance._connection.execute("INSERT INTO nowhere VALUES (1)")

    monkeypatch.setattr(life.maintenance.refresher, "_write_piece", fail)
    with pytest.raises(duckdb.CatalogException):
        life.run("rollup")
    monkeypatch.undo()
    life.run(*JOBS)
    assert life.everything() == before


@pytest.mark.parametrize("name", ["rollup", "seal", "retention", "verify"])
def test_what_a_job_committed_before_it_failed_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The exception comes when all is written and nothing is shown yet."""
    life = filled(tmp_path / "life")
    life.run("seal", "rollup")
    life.write_minutes(0, 1, 7)
    life.write_minutes(130, 240)
    flip_bit(life.files()[0], 300)
    life.clock.advance_ms(3 * HOUR_MS if name != "retention" else RAW.default_retention_ms + HOUR_MS)
    publish = life.chunks.publish

    def fail(**change: Any) -> None:
        if {"added", "removed"} & set(change):
            raise MemoryError
        publish(**change)

    monkeypatch.setattr(life.chunks, "publish", fail)
    with pytest.raises(MemoryError):
        life.run(name)
    monkeypatch.undo()
    with life.chunks.pinned() as view:
        shown = view
    again = ChunkCatalogue(life.store._database.cursor(), life.folder)
    with again.pinned() as view:
        assert shown == view
    life.close()


def test_retention_goes_on_when_the_rollups_fail(life: StoreLife, monkeypatch: pytest.MonkeyPatch) -> None:
    life.run("rollup")
    life.clock.advance_ms(RAW.default_retention_ms + 3 * HOUR_MS)

    def fail(*_: Any) -> int:
        raise RuntimeError("broken")

    monkeypatch.setattr(life.maintenance.refresher, "refresh_all", fail)
    with pytest.raises(RuntimeError, match="broken"):
        life.run("retention")
    # The second chunk is not summed up to its end, so it stays.
    assert [part.start_ms for part in life.parts()] == [NOW_MS + 2 * HOUR_MS]


def test_a_search_for_damage_that_found_nothing_is_not_made_every_minute(
    life: StoreLife, monkeypatch: pytest.MonkeyPatch
) -> None:
    searches: list[int] = []

    def fail(*_: Any) -> int:
        raise duckdb.InvalidInputException("a mistake of ours")

    def search(*_: Any) -> list[str]:
        searches.append(1)
        return []

    monkeypatch.setattr(life.maintenance.refresher, "refresh_all", fail)
    monkeypatch.setattr(life.maintenance.verifier, "quarantine_damaged", search)
    for _ in range(5):
        with pytest.raises(duckdb.InvalidInputException):
            life.run("rollup")
        life.clock.advance_ms(MINUTE_MS)
    assert len(searches) == 1


def test_series_without_samples_are_forgotten_after_the_longest_retention(tmp_path: Path) -> None:
    life = StoreLife(tmp_path / "life", NOW_MS, lambda tier: 60 * 24 * HOUR_MS)
    life.write([(0, 0, 1.0)])
    life.clock.advance_ms(120 * 24 * HOUR_MS)
    # One comes back at the last moment, and its sample is not sealed yet.
    life.write([(1, 120 * 24 * HOUR_MS, 1.0)])
    life.run("rollup", "seal", "retention")
    life.close()
    life._open()
    kept = life.store._database.connection.execute("SELECT series_id FROM series ORDER BY 1").fetchall()
    assert (2,) in kept
    assert (1,) not in kept
    life.close()


def test_a_full_disk_refuses_samples_until_there_is_space(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        life = filled(disk / "life")
        before = life.everything()
        ballast = fill_disk(disk)
        for _ in range(3):
            with pytest.raises(InsufficientStorageError):
                life.write((n % 4, 131 * MINUTE_MS + n, 1.0) for n in range(2_000))
        assert life.everything() == before
        ballast.unlink()
        life.write([(0, 131 * MINUTE_MS, 1.0)])
        assert len(life.read()) == len(before[0]) + 1
        life.kill()
        assert len(life.read()) == len(before[0]) + 1
        life.run(*JOBS)
        assert life.faults() == []
        life.close()


def test_retention_works_with_nothing_free(tmp_path: Path) -> None:
    """Trap B076: with the chunks that are summed up, and with those that have to be first."""
    with small_disk(tmp_path / "disk") as disk:
        life = filled(disk / "life")
        life.run("rollup", "seal", "checkpoint")
        life.clock.advance_ms(RAW.default_retention_ms + 3 * HOUR_MS)
        rollups = life.everything()[1:]
        fill_disk(disk)
        life.run("retention")
        assert life.parts() == []
        assert life.files() == []
        assert life.everything()[1:] == rollups
        life.reopen()
        assert life.everything()[1:] == rollups
        assert life.store.faults_at_start == []
        life.close()


def test_closing_with_a_full_disk_keeps_everything(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        life = filled(disk / "life")
        before = life.everything()
        ballast = fill_disk(disk)
        life.close()
        ballast.unlink()
        life._open()
        assert life.everything() == before
        life.close()
