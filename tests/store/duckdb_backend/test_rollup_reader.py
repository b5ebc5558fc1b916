"""Reading a tier: complete whatever is materialised, and quick where it is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from metricbox.store.buckets import Range
from metricbox.store.duckdb_backend.rollup_reader import frozen_before_ms, pending_of
from metricbox.store.tiers import HOUR, MINUTE, RAW
from tests.support.rollup_model import Rows, assert_same_rows, rows_by_definition, rows_of
from tests.support.store_lives import MINUTE_MS, StoreLife, filled
from tests.support.stores import HOUR_MS, LIMITS, NOW_MS


@pytest.fixture
def life(tmp_path: Path) -> Iterator[StoreLife]:
    life = filled(tmp_path / "life")
    yield life
    life.close()


def read(life: StoreLife, tier: Any, start_ms: int = 0, end_ms: int = NOW_MS * 2) -> Rows:
    return rows_of(life.store.read_rollup(tier, life.ids, start_ms, end_ms, LIMITS))


def expected(life: StoreLife, tier: Any) -> Rows:
    return rows_by_definition(((int(s), int(t), v) for s, t, v in life.read()), tier.resolution_ms)


def test_the_answer_is_the_same_at_every_stage(life: StoreLife) -> None:
    for stage in ([], ["rollup"], ["seal"], ["checkpoint"]):
        life.run(*stage)
        for tier in (MINUTE, HOUR):
            assert_same_rows(read(life, tier), expected(life, tier))
    life.write_minutes(20, 25, 500)
    life.write_minutes(130, 132)
    for stage in ([], ["rollup"], ["seal"]):
        life.run(*stage)
        for tier in (MINUTE, HOUR):
            assert_same_rows(read(life, tier), expected(life, tier))


def test_a_range_is_widened_to_the_buckets_that_it_touches(life: StoreLife) -> None:
    for _ in range(2):
        rows = read(life, MINUTE, NOW_MS + 90_000, NOW_MS + 180_001)
        assert sorted({at for _, at in rows}) == [NOW_MS + n * MINUTE_MS for n in (1, 2, 3)]
        assert {row.count for row in rows.values()} == {3}
        assert sorted({at for _, at in read(life, HOUR, NOW_MS + HOUR_MS - 1, NOW_MS + HOUR_MS)}) == [NOW_MS]
        assert read(life, HOUR, NOW_MS + 5, NOW_MS + 5) == {}
        life.run("rollup")


def test_finished_buckets_are_read_from_rows_and_the_rest_alone_from_samples(
    life: StoreLife, monkeypatch: pytest.MonkeyPatch
) -> None:
    life.run("rollup")
    computed: list[Range] = []
    compute = life.store._reader.compute

    def note(reading: Any, tier: Any, buckets: Range) -> Any:
        computed.append(buckets)
        return compute(reading, tier, buckets)

    monkeypatch.setattr(life.store._reader, "compute", note)
    read(life, MINUTE, NOW_MS, NOW_MS + 129 * MINUTE_MS)
    assert computed == []
    read(life, MINUTE, NOW_MS, NOW_MS + 130 * MINUTE_MS)
    assert computed == [Range(NOW_MS + 129 * MINUTE_MS, NOW_MS + 130 * MINUTE_MS)]
    computed.clear()
    life.write([(0, 30 * MINUTE_MS + 1, 1.0)])
    read(life, MINUTE, NOW_MS, NOW_MS + 129 * MINUTE_MS)
    assert computed == [Range(NOW_MS + 30 * MINUTE_MS, NOW_MS + 36 * MINUTE_MS)]


def test_what_is_outdated_in_a_finer_tier_is_outdated_in_a_coarser_one(life: StoreLife) -> None:
    life.run("rollup")
    life.write([(0, 10_000, 50.0)])
    with life.chunks.pinned() as view:
        assert pending_of(view, HOUR) == pending_of(view, MINUTE) == [Range(NOW_MS, NOW_MS + 6 * MINUTE_MS)]
        assert pending_of(view, RAW) == []
    assert read(life, HOUR)[1, NOW_MS].count == 181
    life.maintenance.refresher.refresh(MINUTE, life.clock.now_ms())
    with life.chunks.pinned() as view:
        assert pending_of(view, MINUTE) == []
        assert pending_of(view, HOUR) == [Range(NOW_MS, NOW_MS + 6 * MINUTE_MS)]
    assert read(life, HOUR)[1, NOW_MS].count == 181


def test_rows_stay_when_their_samples_are_gone(tmp_path: Path) -> None:
    life = StoreLife(
        tmp_path / "life", NOW_MS + 4 * HOUR_MS, lambda tier: 4 * HOUR_MS if tier is RAW else 10**11
    )
    life.write_minutes(0, 240)
    life.run("rollup")
    before = [life.rollup(tier) for tier in (MINUTE, HOUR)]
    life.clock.advance_ms(3 * HOUR_MS)
    life.run("seal", "retention")
    with life.chunks.pinned() as view:
        assert view.dropped_before_ms == {RAW.table: NOW_MS + 2 * HOUR_MS}
        assert frozen_before_ms(view, MINUTE) == NOW_MS + 2 * HOUR_MS + 5 * MINUTE_MS
        assert frozen_before_ms(view, HOUR) is None
        assert frozen_before_ms(view, RAW) is None
    assert [life.rollup(tier) for tier in (MINUTE, HOUR)] == before
    life.close()


def test_expired_buckets_are_hidden_before_the_sweep(life: StoreLife) -> None:
    life.run("rollup")
    life.clock.set_ms(NOW_MS + MINUTE.default_retention_ms + 90_000)
    times = {at for _, at in read(life, MINUTE)}
    assert min(times) == NOW_MS + MINUTE_MS
    assert {at for _, at in read(life, HOUR)} == {NOW_MS, NOW_MS + HOUR_MS, NOW_MS + 2 * HOUR_MS}


def test_some_series_of_some_metric_are_read_alone(life: StoreLife) -> None:
    life.run("rollup", "seal")
    everything = expected(life, MINUTE)
    for metric, ids in (("m0", [1, 3]), (None, [2]), ("m1", [2, 4])):
        rows = rows_of(life.store.read_rollup(MINUTE, np.array(ids), 0, NOW_MS * 2, LIMITS, metric))
        assert_same_rows(rows, {at: row for at, row in everything.items() if at[0] in ids})
