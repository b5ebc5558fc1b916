"""Damage: found at start, by the verify job, by queries and by the doctor; put aside, and the rest is served."""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from metricbox.errors import InsufficientStorageError
from metricbox.store.buckets import Range
from metricbox.store.duckdb_backend import maintenance as maintenance_module
from metricbox.store.duckdb_backend.chunks import Part, View
from metricbox.store.duckdb_backend.verifying import may_be_damage
from metricbox.store.tiers import HOUR, MINUTE, RAW, Tier
from tests.support.store_lives import MINUTE_MS, StoreLife, filled, flip_bit
from tests.support.stores import HOUR_MS, LIMITS, NOW_MS


@pytest.fixture
def life(tmp_path: Path) -> Iterator[StoreLife]:
    """Four hours of samples, in two sealed chunks and rolled up."""
    life = filled(tmp_path / "life")
    life.write_minutes(130, 240)
    life.clock.set_ms(NOW_MS + 4 * HOUR_MS + 10 * MINUTE_MS)
    life.run("rollup", "seal")
    yield life
    life.close()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip_magic(path: Path) -> None:
    flip_bit(path, -1)


def flip_data(path: Path) -> None:
    flip_bit(path, 300)


DAMAGES = [Path.unlink, cut, flip_bit, flip_magic, flip_data]


def in_quarantine(life: StoreLife) -> list[str]:
    return sorted(path.name.partition("-")[2] for path in (life.folder / "quarantine").glob("*"))


def from_second_chunk(life: StoreLife) -> list[tuple[float, ...]]:
    return life.read(NOW_MS + 2 * HOUR_MS)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_broken_file_is_put_aside_and_the_rest_is_served(
    life: StoreLife, damage: Callable[[Path], None]
) -> None:
    """At start by its size, later by a query or by the verify job; a damaged value is only seen by the checksum."""
    rest, rollups = from_second_chunk(life), [life.rollup(tier) for tier in (MINUTE, HOUR)]
    broken = life.files()[0]
    life.close()
    damage(broken)
    life._open()
    if damage in {Path.unlink, cut}:
        assert len(life.store.faults_at_start) == 1
        assert broken.name in life.store.faults_at_start[0]
    else:
        assert life.store.faults_at_start == []
        assert len(life.faults()) >= 1
        life.run("verify")
    assert life.read() == rest
    assert in_quarantine(life) == ([] if damage is Path.unlink else [broken.name])
    assert [life.rollup(tier) for tier in (MINUTE, HOUR)] == rollups
    life.reopen()
    assert life.store.faults_at_start == []
    assert life.read() == rest


@pytest.mark.parametrize("damage", [Path.unlink, cut, flip_bit, flip_magic])
def test_a_query_that_meets_a_broken_file_goes_on_without_it(
    life: StoreLife, damage: Callable[[Path], None]
) -> None:
    rest = from_second_chunk(life)
    broken = life.files()[0]
    damage(broken)
    assert from_second_chunk(life) == rest
    assert in_quarantine(life) == []
    assert life.read() == rest
    assert in_quarantine(life) == ([] if damage is Path.unlink else [broken.name])
    life.write([(0, 5_000, 9.0)])
    assert life.read(end_ms=NOW_MS + HOUR_MS) == [(1, NOW_MS + 5_000, 9.0)]


def test_a_mistake_of_a_query_puts_nothing_aside(life: StoreLife) -> None:
    def read(*_: object) -> None:
        raise duckdb.InvalidInputException("a mistake")

    with pytest.raises(duckdb.InvalidInputException):
        life.store._read(LIMITS, Range(0, NOW_MS * 2), read)
    assert in_quarantine(life) == []
    assert len(life.files()) == 2


def test_jobs_go_on_without_a_broken_file(life: StoreLife) -> None:
    """A chunk that cannot be read must not stop rollups, sealing and retention for good."""
    life.write([(0, 90_000, 9.0), (0, 150 * MINUTE_MS + 1, 9.0)])
    cut(life.files()[0])
    life.clock.advance_ms(10 * MINUTE_MS)
    life.run("rollup")
    assert len(in_quarantine(life)) == 1
    flip_bit(life.files()[0])
    life.run("seal")
    assert len(in_quarantine(life)) == 2
    assert life.read() == [(1, NOW_MS + 90_000, 9.0), (1, NOW_MS + 150 * MINUTE_MS + 1, 9.0)]
    life.run("retention")


def note_verified(life: StoreLife, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the files that are read from now on, until the store is opened anew."""
    read: list[int] = []
    verify = life.maintenance.verifier._verify_part

    def note(part: Part) -> list[str]:
        read.append(part.part_id)
        return verify(part)

    monkeypatch.setattr(life.maintenance.verifier, "_verify_part", note)
    return read


def test_the_verify_job_reads_every_file_in_turn(life: StoreLife, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a coarse tier have numbers between those of raw."""
    life.clock.advance_ms(24 * HOUR_MS)
    life.run("rollup", "seal")
    life.write_minutes(0, 1, 5)
    life.clock.advance_ms(HOUR_MS)
    life.run("seal")
    sealed = [part.part_id for part in life.maintenance.verifier._sealed_parts()]
    read = note_verified(life, monkeypatch)
    for _ in range(len(sealed) + 1):
        life.run("verify")
    assert len({part.tier for part in life.maintenance.verifier._sealed_parts()}) >= 2
    assert read == [*sorted(sealed), min(sealed)]


def test_after_a_restart_the_verify_job_goes_on_where_it_was(
    life: StoreLife, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is started every hour would otherwise read its oldest file for ever."""
    first, second = [part.part_id for part in life.maintenance.verifier._sealed_parts()]
    read = []
    for restart in (life.reopen, life.kill, life.reopen):
        restart()
        read.append(note_verified(life, monkeypatch))
        life.run("verify")
    assert read == [[first], [second], [first]]
    # What is new was read when it was written.
    life.write([(0, 90_000, 9.0)])
    life.seal()
    life.run("verify")
    assert read[-1] == [first, second]


def test_of_many_files_the_verify_job_reads_several(life: StoreLife, monkeypatch: pytest.MonkeyPatch) -> None:
    """With many series a chunk has many files, and one an hour would take longer than they live."""
    read = note_verified(life, monkeypatch)
    monkeypatch.setattr(maintenance_module, "VERIFY_ROUND_MS", maintenance_module.VERIFY_INTERVAL_MS)
    life.run("verify")
    assert len(read) == 2


# ---- late samples where a file was lost


def lose_first_chunk(life: StoreLife) -> None:
    """Of 10:00 to 12:00, whose rollups are there."""
    first, _ = [path for path in life.files() if RAW.table in str(path)]
    flip_bit(first)
    assert life.maintenance.verifier.quarantine_damaged() != []


def test_late_samples_do_not_replace_rollups_of_what_was_lost(life: StoreLife) -> None:
    """Trap B051: of the bucket that they lie in they are all that is left."""
    before = [life.rollup(tier) for tier in (MINUTE, HOUR)]
    lose_first_chunk(life)
    for restart in (lambda: None, life.reopen, life.kill):
        restart()
        # The growth of the last one reaches beyond the lost file, where its samples were needed too.
        life.write([(0, 30 * MINUTE_MS + 7, 5_000.0), (1, 119 * MINUTE_MS + 7, 5_000.0)])
        assert [life.rollup(tier) for tier in (MINUTE, HOUR)] == before
        life.run("rollup")
        assert [life.rollup(tier) for tier in (MINUTE, HOUR)] == before
        assert life.store.status().tiers[1].pending_invalidations == 0
        assert life.faults() == []
    # Raw answers with what there is.
    assert life.read(end_ms=NOW_MS + HOUR_MS) == [(1, NOW_MS + 30 * MINUTE_MS + 7, 5_000.0)]


def test_what_was_not_lost_is_repaired_as_ever(life: StoreLife) -> None:
    lose_first_chunk(life)
    life.write([(0, 200 * MINUTE_MS + 7, 5_000.0)])
    life.run("rollup")
    at_ms = NOW_MS + 200 * MINUTE_MS
    assert [row[5] for row in life.rollup() if row[:2] == (1, at_ms)] == [5_000.0]
    assert max(row[5] for row in life.rollup(HOUR)) == 5_000.0
    assert life.faults() == []


def test_what_was_invalid_when_a_file_was_lost_is_repaired_no_more(life: StoreLife) -> None:
    before = [life.rollup(tier) for tier in (MINUTE, HOUR)]
    life.write([(0, 30 * MINUTE_MS + 7, 5_000.0), (0, 200 * MINUTE_MS + 7, 5_000.0)])
    lose_first_chunk(life)
    with life.chunks.pinned() as view:
        assert view.pending(MINUTE) == [Range(NOW_MS + 200 * MINUTE_MS, NOW_MS + 206 * MINUTE_MS)]
    life.run("rollup")
    for tier, rows in zip((MINUTE, HOUR), before, strict=True):
        lost_end_ms = NOW_MS + 2 * HOUR_MS
        assert [row for row in life.rollup(tier) if row[1] < lost_end_ms] == [
            row for row in rows if row[1] < lost_end_ms
        ]


def lose_minutes(life: StoreLife) -> None:
    (minutes,) = [path for path in life.files() if MINUTE.table in str(path)]
    flip_bit(minutes)
    assert life.maintenance.verifier.quarantine_damaged() != []


def test_a_rollup_that_was_lost_is_computed_again(life: StoreLife) -> None:
    """While its source is there nothing is lost, for readers not even for a moment."""
    life.clock.advance_ms(24 * HOUR_MS)
    life.run("rollup", "seal")
    before = life.everything()
    lose_minutes(life)
    assert life.everything() == before
    life.run("rollup")
    assert life.everything() == before
    assert life.faults() == []
    life.run("seal")
    assert life.everything() == before
    assert life.faults() == []


def test_an_hour_whose_minutes_were_lost_stays(life: StoreLife) -> None:
    """Those up to 12:05 need samples that are lost themselves."""
    life.clock.advance_ms(24 * HOUR_MS)
    life.run("rollup", "seal")
    minutes, hours = life.rollup(), life.rollup(HOUR)
    lose_first_chunk(life)
    lose_minutes(life)
    life.run("rollup")
    edge_ms = NOW_MS + 125 * MINUTE_MS
    assert life.rollup() == [row for row in minutes if row[1] >= edge_ms]
    assert life.rollup(HOUR) == hours
    life.write([(0, 30 * MINUTE_MS + 7, 5_000.0), (0, 130 * MINUTE_MS + 7, 5_000.0)])
    life.run("rollup")
    assert life.rollup(HOUR) == hours
    assert life.rollup()[0][1] >= edge_ms
    assert life.faults() == []


def test_what_was_lost_is_forgotten_once_it_has_expired(tmp_path: Path) -> None:
    life = StoreLife(tmp_path / "life", NOW_MS + 4 * HOUR_MS + 10 * MINUTE_MS)
    life.write_minutes(0, 240)
    life.run("rollup", "seal")
    lose_first_chunk(life)
    with life.chunks.pinned() as view:
        assert view.lost_buckets(MINUTE) == [Range(NOW_MS, NOW_MS + 125 * MINUTE_MS)]
        assert view.lost_buckets(HOUR) == []
    life.clock.advance_ms(RAW.default_retention_ms)
    life.run("retention")
    for restart in (lambda: None, life.reopen):
        restart()
        with life.chunks.pinned() as view:
            assert view.dropped_before_ms[RAW.table] == NOW_MS + 4 * HOUR_MS
            assert view.lost_buckets(MINUTE) == []
    life.close()


def test_a_healthy_store_has_no_faults(life: StoreLife) -> None:
    assert life.faults() == []
    life.write([(0, 90_000, 9.0)])
    assert life.faults() == []
    life.run("rollup")
    assert life.faults() == []


@pytest.mark.parametrize("tier", [MINUTE, HOUR])
@pytest.mark.parametrize("column", ["count", "sum", "min", "last", "increase"])
def test_a_wrong_rollup_is_found(life: StoreLife, tier: Tier, column: str) -> None:
    (part,) = life.parts(tier)
    life.store._database.connection.execute(f"UPDATE {part.location} SET {column} = {column} + 1")
    faults = [fault for fault in life.faults() if fault.startswith(f"{part.tier}: the bucket from")]
    assert len(faults) >= 2
    assert all("differs" in fault for fault in faults)


def test_a_rollup_row_that_is_missing_is_found(life: StoreLife) -> None:
    (part,) = life.parts(MINUTE)
    life.store._database.connection.execute(f"DELETE FROM {part.location} WHERE series_id = 3")
    assert len(life.faults()) >= 20


def test_orphans_and_damage_are_named_and_left_alone(life: StoreLife) -> None:
    first, second = life.files()
    orphan = first.with_name("orphan.parquet")
    orphan.write_bytes(b"x")
    flip_bit(second)
    missing = second.name
    faults = life.faults()
    assert any("orphan.parquet belongs to no chunk" in fault for fault in faults)
    assert any(missing in fault and "checksum" in fault for fault in faults)
    assert life.files() == [first, second, orphan]


def test_a_file_that_a_query_still_reads_is_no_orphan(life: StoreLife) -> None:
    with life.chunks.pinned():
        life.write([(0, 90_000, 9.0)])
        life.seal()
        assert len(life.files()) == 3
        assert life.faults() == []


def test_a_write_during_the_examination_is_no_fault(life: StoreLife, monkeypatch: pytest.MonkeyPatch) -> None:
    """The samples are seen, what they outdate is not in the view that was pinned before."""
    compare, late = life.maintenance.verifier._compare_rollup, [(0, 1_000, 9.0)]

    def be_late(view: View, tier: Tier) -> Iterator[str]:
        if late:
            life.write([late.pop()])
        return compare(view, tier)

    monkeypatch.setattr(life.maintenance.verifier, "_compare_rollup", be_late)
    assert life.faults() == []


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (duckdb.IOException("IO Error: No such file"), True),
        (duckdb.InvalidInputException("no magic bytes"), True),
        (duckdb.BinderException('Referenced column "plain" not found'), True),
        (duckdb.Error("don't know what type"), True),
        (UnicodeDecodeError("utf-8", b"\xe9", 0, 1, "bad"), True),
        (duckdb.InterruptException("interrupted"), False),
        (duckdb.IOException("IO Error: No space left on device"), False),
        (duckdb.TransactionException("conflict"), False),
        (InsufficientStorageError("full"), False),
        (MemoryError(), False),
    ],
)
def test_which_errors_may_come_of_damage(error: Exception, expected: bool) -> None:
    assert may_be_damage(error) is expected
