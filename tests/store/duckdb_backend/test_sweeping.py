"""Retention by whole chunks, and the sweep of what a crash left."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from metricbox.errors import UnavailableError
from metricbox.store.buckets import Range
from metricbox.store.duckdb_backend import sweeping as sweeping_module
from metricbox.store.duckdb_backend.rollup_reader import Reading
from metricbox.store.tiers import HOUR, MINUTE, RAW, TIERS, Tier
from tests.support.store_lives import MINUTE_MS, StoreLife, record_disk_states
from tests.support.stores import HOUR_MS, NOW_MS

RETENTION_MS = {RAW.table: 4 * HOUR_MS, MINUTE.table: 48 * HOUR_MS, HOUR.table: 60 * 24 * HOUR_MS}


def retention_ms(tier: Tier) -> int:
    return RETENTION_MS[tier.table]


@pytest.fixture
def life(tmp_path: Path) -> Iterator[StoreLife]:
    """Six hours of samples; the chunk from 10:00 to 12:00 has expired, with what the next one needs of it."""
    life = StoreLife(tmp_path / "life", NOW_MS + 6 * HOUR_MS + 5 * MINUTE_MS, retention_ms)
    life.write((n, minute * MINUTE_MS, float(minute)) for minute in range(365) for n in range(4))
    yield life
    life.close()


def raw_starts(life: StoreLife) -> list[int]:
    return sorted({(part.start_ms - NOW_MS) // HOUR_MS for part in life.parts()})


@pytest.mark.parametrize("is_sealed", [False, True])
def test_expired_chunks_go_with_their_files_and_tables(life: StoreLife, is_sealed: bool) -> None:
    if is_sealed:
        life.run("seal")
    before = life.everything()
    life.run("retention")
    assert raw_starts(life) == [2, 4, 6]
    assert len(life.files()) == 1 * is_sealed
    assert len(life.tables()) == (4 if is_sealed else 5)
    assert life.everything() == before
    life.reopen()
    assert raw_starts(life) == [2, 4, 6]
    assert life.everything() == before
    assert life.faults() == []


def test_a_chunk_waits_for_its_rollup(life: StoreLife, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    assert life.maintenance.sweeper.sweep(life.clock.now_ms()) == 0
    assert "1 expired chunks wait" in caplog.text
    life.run("rollup")
    assert life.maintenance.sweeper.sweep(life.clock.now_ms()) == 1


def test_a_query_goes_on_while_its_chunk_is_dropped_under_it(life: StoreLife) -> None:
    life.run("rollup", "seal")
    cursor = life.store._database.cursor()
    life.clock.set_ms(NOW_MS + 6 * HOUR_MS)
    with life.chunks.pinned() as view:
        before = life.store._reader.read_samples(Reading(cursor, view), Range(0, NOW_MS * 2))
        life.clock.set_ms(NOW_MS + 6 * HOUR_MS + 5 * MINUTE_MS)
        life.run("retention")
        assert raw_starts(life) == [2, 4, 6]
        life.clock.set_ms(NOW_MS + 6 * HOUR_MS)
        after = life.store._reader.read_samples(Reading(cursor, view), Range(0, NOW_MS * 2))
        assert [column.tolist() for column in after] == [column.tolist() for column in before]
        assert len(life.files()) == 2
    cursor.close()
    life.run("seal")
    assert len(life.files()) == 1


def test_an_open_table_does_not_go_while_a_batch_is_on_its_way_into_it(life: StoreLife) -> None:
    life.run("rollup")
    sweeper = threading.Thread(target=life.maintenance.sweeper.sweep, args=[life.clock.now_ms()])
    with life.maintenance.sealer._appender.gate:
        sweeper.start()
        sweeper.join(0.05)
        assert sweeper.is_alive()
        assert raw_starts(life) == [0, 2, 4, 6]
    sweeper.join(20)
    assert raw_starts(life) == [2, 4, 6]


def test_a_kill_at_any_step_loses_nothing_and_doubles_nothing(life: StoreLife, tmp_path: Path) -> None:
    life.run("rollup", "seal")
    before = life.everything()
    states = record_disk_states(life.folder, tmp_path / "states", lambda: life.run("retention"))
    assert len(states) >= 4
    for state in states:
        after = StoreLife(state, life.clock.now_ms(), retention_ms)
        assert after.store.faults_at_start == []
        assert after.everything() == before, state
        after.run("retention")
        assert raw_starts(after) == [2, 4, 6]
        assert after.everything() == before
        assert after.faults() == []
        after.close()


def test_a_drop_that_fails_is_done_again(life: StoreLife, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise MemoryError

    before = life.everything()
    monkeypatch.setattr(sweeping_module, "mark_parts", fail)
    with pytest.raises(MemoryError):
        life.run("retention")
    assert raw_starts(life) == [0, 2, 4, 6]
    monkeypatch.undo()
    life.run("retention")
    assert raw_starts(life) == [2, 4, 6]
    assert life.everything() == before


def test_files_that_a_crash_left_are_removed_at_start(life: StoreLife) -> None:
    life.run("seal")
    (known, *_) = life.files()
    for name in (".tmp-2026-11-25T10-99.parquet", "2026-11-25T10-99.parquet"):
        (known.parent / name).write_bytes(b"half")
    assert len(life.faults()) == 2
    before = life.files()
    life.reopen()
    assert len(life.files()) == len(before) - 2
    assert life.faults() == []


def test_files_are_kept_aside_when_damage_cost_the_catalogue(life: StoreLife) -> None:
    """A lost metrics.duckdb must not take the sealed samples of years with it."""
    life.run("seal")
    names = {path.name for path in life.files()}
    assert names
    life.close()
    (life.folder / "metrics.duckdb").write_bytes(b"no database" * 1_000)
    life._open()
    assert life.files() == []
    kept = {path.name.partition("-")[2] for path in (life.folder / "quarantine").iterdir()}
    assert names <= kept
    life.write([(0, 370 * MINUTE_MS, 1.0)])
    assert life.read() == [(1, NOW_MS + 370 * MINUTE_MS, 1.0)]
    life.reopen()
    assert names <= {path.name.partition("-")[2] for path in (life.folder / "quarantine").iterdir()}


# ---- a clock that is far ahead

YEARS_MS = 10 * 365 * 24 * HOUR_MS


def keep_sweeping(life: StoreLife, hours: int) -> int:
    """The job every ten minutes; how many of its runs were refused."""
    refused = 0
    for _ in range(hours * 6):
        life.clock.advance_ms(10 * MINUTE_MS)
        try:
            life.run("retention")
        except UnavailableError:
            refused += 1
    return refused


def test_a_clock_that_jumps_ahead_costs_no_chunk(life: StoreLife) -> None:
    """It is refused in words, readers hide what has expired by it, and all is back when the clock is."""
    life.run("rollup", "seal", "retention")
    before, chunks = life.everything(), [life.parts(tier) for tier in TIERS]
    now_ms = life.clock.now_ms()
    life.clock.set_ms(now_ms + YEARS_MS)
    with pytest.raises(
        UnavailableError, match="the clock says 2036-11-22 16:05 UTC, 3650 days after the last"
    ) as caught:
        life.run("retention")
    assert "5 chunks that have expired by it are kept until the server has run for another 1d" in str(
        caught.value
    )
    assert keep_sweeping(life, 23) == 23 * 6
    assert life.everything() == [[], [], []]
    life.reopen()
    assert keep_sweeping(life, 0) == 0
    life.clock.set_ms(now_ms)
    life.run("retention")
    assert life.everything() == before
    assert [[part[:4] for part in life.parts(tier)] for tier in TIERS] == [
        [part[:4] for part in parts] for parts in chunks
    ]
    assert life.faults() == []


def test_a_box_that_was_off_for_weeks_sweeps_after_some_hours(life: StoreLife) -> None:
    life.run("rollup", "seal", "retention")
    assert raw_starts(life) == [2, 4, 6]
    life.close()
    life.clock.set_ms(life.clock.now_ms() + 21 * 24 * HOUR_MS)
    life._open()
    with pytest.raises(UnavailableError, match="for another 21h"):
        life.run("retention")
    assert keep_sweeping(life, 12) == 12 * 6
    # What it has run for is known after a restart.
    life.reopen()
    with pytest.raises(UnavailableError, match="for another 9h30m"):
        life.run("retention")
    assert raw_starts(life) == [2, 4, 6]
    # The days go on, and what is asked for with them.
    assert keep_sweeping(life, 10) == 59
    assert raw_starts(life) == []


def test_a_clock_in_doubt_is_no_error_while_nothing_would_go(tmp_path: Path) -> None:
    life = StoreLife(tmp_path / "life", NOW_MS)
    life.run("retention")
    life.clock.set_ms(NOW_MS + YEARS_MS)
    life.run("retention")
    life.close()


def test_what_has_run_on_while_the_job_hung_is_no_jump(life: StoreLife) -> None:
    life.run("rollup", "seal", "retention")
    life.clock.advance_ms(9 * 24 * HOUR_MS)
    life.run("retention")
    assert raw_starts(life) == []
