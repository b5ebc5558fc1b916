"""Rollup rows joined inside the database, and when that may be done."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metricbox.store.buckets import Range
from metricbox.store.duckdb_backend.chunks import Part, PartState, columns_of_tier
from metricbox.store.duckdb_backend.database import transaction
from metricbox.store.duckdb_backend.step_reader import Steps, Uniqueness, join_in_database
from metricbox.store.partials import PartialColumns
from metricbox.store.step_partials import Grouping, StepPartials, steps_of_partials
from metricbox.store.tiers import HOUR, MINUTE
from tests.support.store_lives import StoreLife, filled
from tests.support.stores import HOUR_MS, LIMITS, NOW_MS

MINUTE_MS = 60_000
BACKEND = "metricbox.store.duckdb_backend"
NAMES = ["count", "sum", "min", "max", "last", "increase"]
ROLLUP_FIELDS = ("series_id", "ts_ms", "count", "sum", "min", "max", "first", "last", "increase")


def table(part_id: int, start_ms: int = 0, state: PartState = PartState.OPEN) -> Part:
    return Part(part_id, MINUTE.table, start_ms, start_ms + 10, state, f"hot_{part_id}", 0, 0, 0, 0, 0, "")


def file(part_id: int, start_ms: int = 0) -> Part:
    return table(part_id, start_ms, PartState.SEALED)


@pytest.fixture
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        make_table(connection, 1, [(1, 0), (1, 60), (2, 0)])
        make_table(connection, 2, [(1, 0), (1, 60), (1, 0)])
        yield connection


def make_table(connection: duckdb.DuckDBPyConnection, part_id: int, keys: list[tuple[int, int]]) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in columns_of_tier(MINUTE))
    connection.execute(f"CREATE TABLE hot_{part_id} ({columns})")
    for series_id, ts_ms in keys:
        connection.execute(
            f"INSERT INTO hot_{part_id} VALUES (?, ?, 1, 1, 1, 1, 1, 1, 1)", [series_id, ts_ms]
        )


# ---- where every row counts


def test_files_of_a_chunk_hold_different_series(cursor: duckdb.DuckDBPyConnection) -> None:
    assert Uniqueness().holds(cursor, [])
    assert Uniqueness().holds(cursor, [file(7), file(8), file(9, 100)])


def test_an_unknown_table_is_counted(cursor: duckdb.DuckDBPyConnection) -> None:
    """As after a restart. Of one that is being sealed the same holds."""
    for state in (PartState.OPEN, PartState.SEALING):
        assert Uniqueness().holds(cursor, [table(1, state=state)])
        assert not Uniqueness().holds(cursor, [table(2, state=state)])
    assert not Uniqueness().holds(cursor, [file(7), table(1, 100), table(2, 200)])


def test_a_table_is_counted_only_once(cursor: duckdb.DuckDBPyConnection) -> None:
    uniqueness = Uniqueness()
    assert uniqueness.holds(cursor, [table(1)])
    cursor.execute("DROP TABLE hot_1")
    assert uniqueness.holds(cursor, [table(1)])


def test_a_repair_is_told(cursor: duckdb.DuckDBPyConnection) -> None:
    uniqueness = Uniqueness()
    assert uniqueness.holds(cursor, [table(1)])
    uniqueness.note_repair(table(1))
    assert not uniqueness.holds(cursor, [table(1)])
    assert not uniqueness.holds(cursor, [file(7, 100), table(1)])


def test_a_repair_that_is_told_while_the_table_is_counted_has_the_last_word(
    cursor: duckdb.DuckDBPyConnection,
) -> None:
    uniqueness = Uniqueness()

    class Telling:
        def execute(self, sql: str) -> Any:
            found = cursor.execute(sql)
            uniqueness.note_repair(table(1))
            return found

    telling: Any = Telling()
    assert not uniqueness.holds(telling, [table(1)])
    assert not uniqueness.holds(cursor, [table(1)])


def test_a_table_beside_others_of_its_chunk_holds_repairs(cursor: duckdb.DuckDBPyConnection) -> None:
    assert not Uniqueness().holds(cursor, [file(7), table(1)])
    make_table(cursor, 3, [(5, 0)])
    assert not Uniqueness().holds(cursor, [table(1, state=PartState.SEALING), table(3)])
    assert Uniqueness().holds(cursor, [file(7), table(1, 100), table(3, 200)])


# ---- the join

ROWS = st.lists(
    st.tuples(
        st.integers(1, 7),
        st.integers(0, 40).map(lambda n: n * MINUTE_MS),
        st.integers(1, 9),
        st.one_of(st.integers(-20, 20).map(float), st.sampled_from([1e308, float("inf")])),
    ),
    max_size=40,
    unique_by=lambda row: row[:2],
)


def partials(rows: list[tuple[int, int, int, float]]) -> PartialColumns:
    """Columns that cannot be mixed up; of infinities the sum is not a number, as of an infinity and its opposite."""
    ids, buckets, counts, values = (np.array(column) for column in zip(*sorted(rows), strict=True))
    with np.errstate(invalid="ignore", over="ignore"):
        sums = np.where(np.isinf(values), np.nan, values * 2)
        return PartialColumns(
            ids, buckets, counts, sums, values - 1, values + 1, values - 2, values, abs(values) / 4
        )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    rows=ROWS,
    ids=st.sets(st.integers(1, 8), min_size=1),
    group_count=st.integers(1, 3),
    first=st.integers(-3, 20),
    steps=st.integers(1, 8),
    length=st.integers(1, 15),
    cut=st.integers(0, 40),
    names=st.lists(st.sampled_from(NAMES[1:]), unique=True),
)
def test_rows_are_joined_as_by_definition(
    tmp_path: Path,
    rows: list[tuple[int, int, int, float]],
    ids: set[int],
    group_count: int,
    first: int,
    steps: int,
    length: int,
    cut: int,
    names: list[str],
) -> None:
    """Of two tables of different chunks, and of a segment that ends before the steps do."""
    wanted_ids = np.array(sorted(ids), np.int64)
    grouping = Grouping(wanted_ids, np.arange(len(wanted_ids)) % group_count)
    edges = (first + np.arange(steps + 1) * length) * MINUTE_MS
    segment = Range(int(edges[0]), min(int(edges[-1]), (first + cut) * MINUTE_MS))
    with duckdb.connect() as connection:
        parts = [table(1), table(2, 20 * MINUTE_MS)]
        for part, is_late in zip(parts, (False, True), strict=True):
            make_table(connection, part.part_id, [])
            here = [row for row in rows if (row[1] >= 20 * MINUTE_MS) is is_late]
            if here:
                columns = dict(zip(ROLLUP_FIELDS, partials(here), strict=True))  # noqa: F841
                listed = ", ".join(f"coalesce({name}, 'nan'::DOUBLE)" for name in ROLLUP_FIELDS[3:])
                connection.execute(
                    f"INSERT INTO {part.location} SELECT series_id, ts_ms, count, {listed} FROM columns"
                )
        found = join_in_database(
            connection, tmp_path, MINUTE, parts, segment, Steps(grouping, edges, ["count", *names]), [1]
        )
    inside = [row for row in rows if row[0] in ids and segment.start_ms <= row[1] < segment.end_ms]
    expected = steps_of_partials(partials(inside), grouping, edges) if inside else None
    assert found.size == (expected.size if expected else 0)
    if expected:
        for name in ("groups", "steps", "rows", "counts", "first_bucket_ms", "last_bucket_ms"):
            assert getattr(found, name).tolist() == getattr(expected, name).tolist()
        for name in names:
            np.testing.assert_allclose(getattr(found, f"{name}s"), getattr(expected, f"{name}s"), rtol=1e-12)


def test_nothing_is_joined_of_no_parts_and_no_series(
    cursor: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    edges = np.array([0, 60])
    for parts, grouping in (([], Grouping.of([[1]])), ([table(1)], Grouping.of([]))):
        steps = Steps(grouping, edges, ["count"])
        assert join_in_database(cursor, tmp_path, MINUTE, parts, Range(0, 60), steps, [1]).size == 0


def test_days_of_different_lengths_are_no_regular_steps() -> None:
    assert Steps(Grouping.of([]), np.array([0, 24, 48]), []).regular_ms == 24
    assert Steps(Grouping.of([]), np.array([0, 24, 47]), []).regular_ms is None


# ---- within a store

EDGES = NOW_MS + np.arange(5) * 30 * MINUTE_MS


@pytest.fixture(params=[0, 16 << 20])
def life(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreLife]:
    life = filled(tmp_path / "life", column_cache_bytes=request.param)
    life.run("rollup")
    yield life
    life.close()


def read_steps(life: StoreLife, max_samples: int = 10**6) -> StepPartials:
    grouping = Grouping(life.ids[::2], np.zeros(2, np.int64))
    limits = LIMITS._replace(max_samples=max_samples)
    return life.store.read_rollup_steps(MINUTE, grouping, EDGES, NAMES, limits, "m0")


def expected_steps(life: StoreLife) -> StepPartials:
    """Out of the rows, which are not joined in the database."""
    rows = life.store.read_rollup(MINUTE, life.ids[::2], int(EDGES[0]), int(EDGES[-1]), LIMITS)
    return steps_of_partials(rows, Grouping(life.ids[::2], np.zeros(2, np.int64)), EDGES)


def assert_right(life: StoreLife, found: StepPartials) -> None:
    expected = expected_steps(life)
    assert [column.tolist() for column in found] == [pytest.approx(column.tolist()) for column in expected]


def test_rows_are_joined_right_at_every_stage(life: StoreLife) -> None:
    for change in ([], ["seal"], ["rollup"], ["seal"]):
        life.run(*change)
        assert_right(life, read_steps(life))
        life.write([(0, 40 * MINUTE_MS + 5_000, 7.0), (2, 41 * MINUTE_MS, 8.0)])
        assert_right(life, read_steps(life))
    life.seal(NOW_MS - NOW_MS % MINUTE.chunk_ms, MINUTE)
    assert_right(life, read_steps(life))


def test_a_repair_that_is_committed_before_the_join_is_not_counted_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its reader knows neither of the late sample nor of the repair."""
    life = filled(tmp_path / "life")
    life.run("rollup")
    joined: list[StepPartials] = []

    def join_later(*args: Any) -> StepPartials:
        life.write([(0, 40 * MINUTE_MS + 5_000, 7.0)])
        life.run("rollup")
        joined.append(join_in_database(*args))
        return joined[-1]

    monkeypatch.setattr(f"{BACKEND}.rollup_reader.join_in_database", join_later)
    found = read_steps(life)
    assert [int(one.rows.sum()) for one in joined] == [240 + 12]
    assert int(found.rows.sum()) == 240
    assert_right(life, found)
    life.close()


def test_more_rows_than_may_be_read_are_still_joined(life: StoreLife) -> None:
    """Whether they are in memory or not."""
    for _ in range(2):
        assert_right(life, read_steps(life, max_samples=100))


def test_a_commit_of_which_nobody_was_told_is_seen(life: StoreLife, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job failed between the commit and its end."""
    assert_right(life, read_steps(life))
    is_failing = [True]

    @contextlib.contextmanager
    def fail_after_commit(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        with transaction(connection):
            yield
        left = connection.execute("SELECT * FROM invalidations WHERE tier = ?", [MINUTE.table]).fetchall()
        if is_failing[0] and not left:
            is_failing[0] = False
            raise OSError("nobody knows")

    life.write([(0, 40 * MINUTE_MS + 5_000, 7.0)])
    monkeypatch.setattr(f"{BACKEND}.refreshing.transaction", fail_after_commit)
    with pytest.raises(OSError, match="nobody knows"):
        life.run("rollup")
    found = read_steps(life)
    assert int(found.counts.sum()) == 721
    assert_right(life, found)


def test_hours_are_joined_as_minutes_are(life: StoreLife) -> None:
    grouping = Grouping(life.ids[::2], np.arange(2))
    edges = np.array([NOW_MS, NOW_MS + HOUR_MS, NOW_MS + 2 * HOUR_MS])
    for _ in range(2):
        found = life.store.read_rollup_steps(HOUR, grouping, edges, ["sum"], LIMITS, "m0")
        assert found.counts.tolist() == [180] * 4
        assert found.rows.tolist() == [1] * 4
