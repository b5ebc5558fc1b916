"""Rows of hot tables and files in the order of a file, whatever order they lie in and however they are cut up."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metricbox.errors import MetricboxError
from metricbox.model import STALE_MARKER, is_stale_marker
from metricbox.store.buckets import Range
from metricbox.store.duckdb_backend import gathering
from metricbox.store.duckdb_backend.gathering import (
    Gathered,
    SeriesRows,
    count_rows,
    gather,
    keep_last,
    list_sources,
    plan_passes,
    split,
)
from metricbox.store.duckdb_backend.scan import scan_partials, scan_samples
from metricbox.store.tiers import MINUTE, RAW, Tier
from tests.support.store_lives import StoreLife, filled, rows_of_columns
from tests.support.stores import NOW_MS

CHUNK = Range(NOW_MS, NOW_MS + RAW.chunk_ms)
WRITES = st.lists(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 12), st.sampled_from([1.0, 2.5, STALE_MARKER])),
        min_size=1,
        max_size=12,
    ),
    min_size=1,
    max_size=4,
)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[StoreLife]:
    life = StoreLife(tmp_path / "life")
    yield life
    life.close()


def gathered(life: StoreLife, max_rows: int = 1_000_000, tier: Tier = RAW) -> list[tuple[float, ...]]:
    """All rows of the first chunk of a tier as sealing would write them, but by series id."""
    connection = life.maintenance.sealer._connection
    start_ms = life.parts(tier)[0].start_ms
    parts = [part for part in life.parts(tier) if part.start_ms == start_ms]
    series = count_rows(connection, life.folder, tier, parts)
    sources = list_sources(connection, life.folder, tier, parts)
    rows: list[tuple[float, ...]] = []
    for group in plan_passes(series, max_rows):
        for cut in split(gather(connection, tier, sources, start_ms, group), max_rows):
            kept = keep_last(cut)
            times = kept.columns.pop("ts_ms").astype(np.int64) + start_ms
            ids = np.repeat(kept.series.series_ids, kept.series.rows)
            rows += zip(*(column.tolist() for column in (ids, times, *kept.columns.values())), strict=True)
    return sorted(rows)


def scanned(life: StoreLife, tier: Tier = RAW) -> list[tuple[float, ...]]:
    connection = life.maintenance.sealer._connection
    start_ms = life.parts(tier)[0].start_ms
    chunk = Range(start_ms, start_ms + tier.chunk_ms)
    if tier is RAW:
        return rows_of_columns(scan_samples(connection, life.folder, life.parts(), chunk))
    return rows_of_columns(scan_partials(connection, life.folder, tier, life.parts(tier), chunk))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WRITES, st.integers(0, 4), st.integers(1, 60))
def test_what_is_gathered_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    writes: list[list[tuple[int, int, float]]],
    sealed: int,
    max_rows: int,
) -> None:
    """Late, early and equal rows, in open tables and in files, in any number of slices and passes."""
    life = StoreLife(tmp_path_factory.mktemp("life") / "life")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gathering, "SLICE_ROWS", 5)
        for number, rows in enumerate(writes):
            if number == sealed:
                life.seal()
            life.write(rows)
        assert repr(gathered(life, max_rows)) == repr(scanned(life))
    life.close()


def test_rollup_rows_are_gathered_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "SLICE_ROWS", 100)
    life = filled(tmp_path / "life")
    life.run("rollup")
    life.write([(0, 90_000, -1.0), (1, 60_000, -2.0)])
    life.run("rollup")
    assert len(scanned(life, MINUTE)) > 100
    assert gathered(life, 200, MINUTE) == scanned(life, MINUTE)
    life.close()


def test_a_value_wins_over_a_stale_marker_and_a_marker_keeps_its_bits() -> None:
    series = SeriesRows(np.array([1]), np.array([7]), np.array([4]))
    values = np.array([5.0, np.nan, np.nan, np.nan])
    kept = keep_last(Gathered(series, {"ts_ms": np.array([1, 1, 0, 2], np.uint32), "value": values}))
    assert kept.columns["ts_ms"].tolist() == [0, 1, 2]
    assert kept.columns["value"][1] == 5
    assert is_stale_marker(kept.columns["value"]).tolist() == [True, False, True]
    assert kept.series.rows.tolist() == [3]


def test_passes_are_ranges_of_ids_and_keep_the_order_of_the_file() -> None:
    series = SeriesRows(np.array([1, 1, 2, 2, 3]), np.array([2, 9, 1, 4, 3]), np.array([5, 5, 5, 5, 5]))
    first, second, third = plan_passes(series, 10)
    assert (first.metric_ids.tolist(), first.series_ids.tolist()) == ([1, 2], [2, 1])
    assert (second.metric_ids.tolist(), second.series_ids.tolist()) == ([2, 3], [4, 3])
    assert third.series_ids.tolist() == [9]
    assert plan_passes(SeriesRows(*[np.empty(0, np.int64)] * 3), 10) == []


def test_rows_of_series_that_nobody_knows_any_more_are_left_out(life: StoreLife) -> None:
    life.write_minutes(0, 2)
    everything = gathered(life)
    life.maintenance.sealer._connection.execute("DELETE FROM series WHERE series_id IN (2, 4)")
    assert gathered(life) == [row for row in everything if row[0] in {1, 3}]


def test_rows_that_do_not_add_up_are_an_error_and_not_a_loss(life: StoreLife) -> None:
    life.write_minutes(0, 2)
    connection = life.maintenance.sealer._connection
    series = count_rows(connection, life.folder, RAW, life.parts())
    sources = list_sources(connection, life.folder, RAW, life.parts())
    with pytest.raises(MetricboxError, match="counted"):
        gather(connection, RAW, sources[:0], NOW_MS, series)


@pytest.mark.parametrize(
    ("largest", "kind"), [(65_535, "USMALLINT"), (65_536, "UINTEGER"), (1 << 32, "BIGINT")]
)
def test_numbers_are_read_no_wider_than_they_are(largest: int, kind: str) -> None:
    assert gathering._narrowest(largest) == kind
