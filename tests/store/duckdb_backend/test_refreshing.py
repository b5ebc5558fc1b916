"""Refreshing: pieces of work that are whole or not at all, and as many as there is to do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from metricbox.store import invalidation as invalidation_module
from metricbox.store.buckets import Range
from metricbox.store.duckdb_backend import refreshing as refreshing_module
from metricbox.store.duckdb_backend.chunks import Progress
from metricbox.store.tiers import HOUR, MINUTE, RAW, Tier
from tests.support.store_lives import MINUTE_MS, StoreLife, filled, record_disk_states
from tests.support.stores import HOUR_MS, NOW_MS

DAY_MS = 24 * HOUR_MS


@pytest.fixture
def life(tmp_path: Path) -> Iterator[StoreLife]:
    life = filled(tmp_path / "life")
    yield life
    life.close()


def refresh(life: StoreLife, tier: Tier = MINUTE) -> int:
    return life.maintenance.refresher.refresh(tier, life.clock.now_ms())


def progress(life: StoreLife, tier: Tier = MINUTE) -> Progress | None:
    with life.chunks.pinned() as view:
        return view.progress.get(tier.table)


def pending(life: StoreLife, tier: Tier = MINUTE) -> list[Range]:
    with life.chunks.pinned() as view:
        return view.pending(tier)


def stored(life: StoreLife, tier: Tier = MINUTE) -> int:
    """Rows in the tables of a tier, repetitions included."""
    return life.store.status().tiers[[RAW, MINUTE, HOUR].index(tier)].samples


def test_nothing_to_compute_from_is_no_work(tmp_path: Path) -> None:
    life = StoreLife(tmp_path / "life")
    assert life.maintenance.refresher.refresh_all(NOW_MS) == 0
    assert progress(life) is None
    life.close()


def test_a_refresh_goes_up_to_the_last_closed_bucket(life: StoreLife) -> None:
    before = life.everything()
    assert refresh(life) == 3
    edge_ms = NOW_MS + 129 * MINUTE_MS
    assert progress(life) == Progress(edge_ms, edge_ms)
    assert stored(life) == 129 * 4
    assert refresh(life, HOUR) == 1
    assert stored(life, HOUR) == 2 * 4
    assert life.everything() == before
    assert life.maintenance.refresher.refresh_all(life.clock.now_ms()) == 0


def test_a_refresh_without_news_writes_nothing(life: StoreLife) -> None:
    """The progress is saved when it has changed: a commit is a sync of the disk, every minute for nothing."""
    life.run("rollup", "checkpoint")
    states = record_disk_states(life.folder, life.folder.with_name("states"), lambda: life.run("rollup"))
    assert len(states) == 1


def test_many_series_are_computed_in_groups(life: StoreLife, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[int] = []
    compute = life.maintenance.refresher._reader.compute

    def count(*args: Any) -> Any:
        rows = compute(*args)
        groups.append(rows.size)
        return rows

    monkeypatch.setattr(life.maintenance.refresher._reader, "compute", count)
    before = life.everything()
    groups.clear()
    monkeypatch.setattr(refreshing_module, "MAX_SOURCE_ROWS", 60 * 3 * 2)
    assert refresh(life) == 3
    assert groups[:2] == [60 * 2, 60 * 2] or sum(groups) == 129 * 4
    assert len(groups) > 3
    assert stored(life) == 129 * 4
    assert life.everything() == before
    assert life.faults() == []


def test_a_repair_computes_what_is_outdated_and_tells_the_next_tier(life: StoreLife) -> None:
    life.run("rollup")
    rows, hour_rows = stored(life), stored(life, HOUR)
    life.write([(0, 10_000, 50.0)])
    before = life.everything()
    assert pending(life) == [Range(NOW_MS, NOW_MS + 6 * MINUTE_MS)]
    assert refresh(life) == 1
    assert stored(life) == rows + 6 * 4
    assert pending(life) == []
    assert pending(life, HOUR) == [Range(NOW_MS, NOW_MS + 6 * MINUTE_MS)]
    assert life.everything() == before
    assert refresh(life, HOUR) == 1
    assert stored(life, HOUR) == hour_rows + 4
    assert pending(life, HOUR) == []
    assert life.everything() == before


def test_what_is_written_while_a_piece_is_computed_stays_in_the_log(
    life: StoreLife, monkeypatch: pytest.MonkeyPatch
) -> None:
    life.run("rollup")
    life.write([(0, 10_000, 50.0)])
    write_piece, late = life.maintenance.refresher._write_piece, [(0, 15_000, 60.0)]

    def write_piece_and_be_late(*args: Any) -> Any:
        opened = write_piece(*args)
        if late:
            life.write([late.pop()])
        return opened

    monkeypatch.setattr(life.maintenance.refresher, "_write_piece", write_piece_and_be_late)
    assert refresh(life) == 2
    assert pending(life) == []
    assert life.rollup()[0][2] == 5
    assert life.faults() == []


def test_one_sample_59_days_late_costs_a_few_buckets(tmp_path: Path) -> None:
    """Trap B047: neither the span nor the rest of the data is computed again, and the log stays short."""
    life = StoreLife(tmp_path / "life", NOW_MS + 10 * MINUTE_MS, lambda tier: 800 * DAY_MS)
    life.write(
        (0, day * DAY_MS + minute * MINUTE_MS, 1.0) for day in range(-700, 0, 35) for minute in range(9)
    )
    life.write((0, -59 * DAY_MS + hour * HOUR_MS, 1.0) for hour in (-10, 10))
    life.run("rollup", "seal")
    rows, files = stored(life), set(life.files())
    life.write([(1, -59 * DAY_MS + 12_345, 7.0)])
    assert refresh(life) == 1
    assert refresh(life, HOUR) == 1
    assert stored(life) - rows <= 2
    life.clock.advance_ms(10 * MINUTE_MS)
    life.run("seal")
    # The chunk of the sample is rewritten in every tier, no other one.
    assert len(set(life.files()) - files) == 3
    assert life.faults() == []
    life.close()


def test_a_silence_is_one_piece_however_long(tmp_path: Path) -> None:
    life = StoreLife(tmp_path / "life", NOW_MS + 10 * MINUTE_MS, lambda tier: 800 * DAY_MS)
    life.write([(0, -400 * DAY_MS, 1.0), (0, 0, 2.0)])
    before = life.everything()
    assert refresh(life) <= 5
    assert refresh(life, HOUR) <= 5
    assert life.everything() == before
    life.close()


def test_repairs_with_gaps_between_them_come_to_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More ranges than a plan holds apart: what it joins is not computed for that."""
    merge = invalidation_module.merge_invalidations
    monkeypatch.setattr(
        invalidation_module, "merge_invalidations", lambda ranges, length_ms: merge(ranges, length_ms, 3)
    )
    life = StoreLife(tmp_path / "life", NOW_MS + 10 * MINUTE_MS, lambda tier: 800 * DAY_MS)
    life.write([(0, -200 * DAY_MS, 1.0), (0, 0, 2.0)])
    life.run("rollup")
    life.write((1, -200 * DAY_MS + n * 3 * HOUR_MS, 1.0) for n in range(20))
    assert len(pending(life)) == 20
    assert refresh(life) == 20
    assert pending(life) == []
    life.close()


@pytest.mark.parametrize("work", ["advance", "repair"])
def test_a_kill_at_any_step_loses_nothing_and_doubles_nothing(tmp_path: Path, work: str) -> None:
    """Trap B054: every state that the disk goes through."""
    life = filled(tmp_path / "life")
    if work == "repair":
        life.run("rollup")
        life.write([(0, 10_000, 50.0), (1, 70 * MINUTE_MS, 2.5), (1, 70 * MINUTE_MS, 1.5)])
    before = life.everything()
    states = record_disk_states(
        life.folder,
        tmp_path / "states",
        lambda: life.maintenance.refresher.refresh_all(life.clock.now_ms()),
    )
    life.close()
    assert len(states) >= 4
    for state in states:
        after = StoreLife(state, life.clock.now_ms())
        assert after.everything() == before, state
        after.run("rollup")
        assert pending(after) == pending(after, HOUR) == []
        assert after.everything() == before
        assert after.faults() == []
        after.close()


@pytest.mark.parametrize(
    "step", ["_write_piece", "_save_progress", "_replace_invalidations", "_invalidate_coarser", "_open_table"]
)
def test_a_step_that_fails_is_done_again(life: StoreLife, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    refresher = life.maintenance.refresher
    life.clock.set_ms(NOW_MS + 60 * MINUTE_MS)
    life.run("rollup")
    life.write([(0, 10_000, 50.0)])
    life.clock.set_ms(NOW_MS + DAY_MS)
    before = life.everything()
    if step == "_open_table":
        life.seal(NOW_MS - NOW_MS % DAY_MS, MINUTE)  # so that there is one to open

    def fail(*_: Any) -> Any:
        raise MemoryError(step)

    monkeypatch.setattr(refresher, step, fail)
    for _ in range(2):
        with pytest.raises(MemoryError, match=step):
            life.run("rollup")
    assert life.everything() == before
    monkeypatch.undo()
    life.run("rollup")
    assert life.everything() == before
    life.kill()
    assert life.everything() == before
    assert life.faults() == []


def test_the_threshold_is_raised_under_the_gate(life: StoreLife) -> None:
    """What was accepted under the old threshold is on the disk before anything is computed."""
    gate, seen = life.maintenance.refresher._appender.gate, []
    save = life.maintenance.refresher._save_progress

    def look(*args: Any) -> None:
        seen.append(gate.locked())
        save(*args)

    life.maintenance.refresher._save_progress = look  # type: ignore[assignment, method-assign]
    refresh(life)
    assert seen[0]
    assert not any(seen[1:])
