"""A sealed file gives back what went in, is there whole or not at all, and shows damage."""

import errno
import math
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metricbox.errors import InsufficientStorageError
from metricbox.model import STALE_MARKER, Float64Array, Int64Array
from metricbox.store.duckdb_backend.sealed_file import (
    ROLLUP_VALUES,
    FileFacts,
    raw_select,
    rollup_select,
    verify_file,
    write_raw_file,
    write_rollup_file,
)
from metricbox.store.duckdb_backend.sealed_values import RollupColumns, encode_rollups, encode_samples

Connection = duckdb.DuckDBPyConnection
SampleFile = tuple[Path, FileFacts]

START_MS = 1_764_050_400_000
VALUES = st.one_of(
    st.builds(lambda number, places: number / 10**places, st.integers(-(10**12), 10**12), st.integers(0, 9)),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**63), 2**63).map(float),
    st.sampled_from([-0.0, 5e-324, 1e308, STALE_MARKER, 2.0**53 - 1, 1 - 2.0**53]),
)
SERIES = st.lists(st.lists(VALUES, min_size=1, max_size=6), min_size=1, max_size=30)


@pytest.fixture
def connection() -> Iterator[Connection]:
    with duckdb.connect(config={"threads": 2}) as connection:
        yield connection


@pytest.fixture
def sample_file(connection: Connection, tmp_path: Path) -> SampleFile:
    """(path, facts) of 10 series of 1000 samples."""
    path = tmp_path / "2026-11-25T04.parquet"
    return path, write_raw_file(connection, path, encode_samples(*samples([np.arange(1000) / 100] * 10)))


def samples(
    series: Sequence[Sequence[float] | Float64Array], per_metric: int = 4
) -> tuple[Int64Array, Int64Array, Int64Array, Float64Array]:
    """Columns of series with these values, ids from 1, `per_metric` series to a metric, ten seconds apart."""
    lengths = [len(values) for values in series]
    series_ids = np.repeat(np.arange(1, len(series) + 1), lengths)
    steps = np.concatenate([np.arange(length) for length in lengths])
    values = np.concatenate([np.array(values, np.float64) for values in series])
    return (series_ids - 1) // per_metric + 1, series_ids, START_MS + steps * 10_000, values


def read(connection: Connection, sql: str, order: str = "metric_id, series_id, ts_ms") -> dict[str, Any]:
    columns = connection.execute(f"SELECT * FROM ({sql}) ORDER BY {order}").fetchnumpy()
    return {name: np.asarray(column) for name, column in columns.items()}


def bits(values: Float64Array) -> list[int]:
    return list(np.asarray(values, np.float64).view(np.uint64))


def file_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# ---- what went in comes out


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SERIES)
def test_samples_come_back_bit_for_bit(
    connection: Connection, tmp_path: Path, series: list[list[float]]
) -> None:
    path = tmp_path / "a.parquet"
    metric_ids, series_ids, ts_ms, values = samples(series)
    facts = write_raw_file(connection, path, encode_samples(metric_ids, series_ids, ts_ms, values))
    got = read(connection, raw_select([path]))
    assert got["metric_id"].tolist() == metric_ids.tolist()
    assert got["series_id"].tolist() == series_ids.tolist()
    assert got["ts_ms"].tolist() == ts_ms.tolist()
    assert bits(got["value"]) == bits(values)
    assert (facts.rows, facts.series, facts.max_ms) == (len(values), len(series), ts_ms.max())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(VALUES.filter(lambda value: not math.isnan(value)), min_size=6, max_size=6),
        min_size=1,
        max_size=20,
    )
)
def test_rollup_rows_come_back_bit_for_bit(
    connection: Connection, tmp_path: Path, rows: list[list[float]]
) -> None:
    path = tmp_path / "a.parquet"
    columns = np.array(rows, np.float64).T
    steps = np.arange(len(rows))
    keys = (steps // 6 + 1, steps // 3 + 1, START_MS + steps * 60_000)
    write_rollup_file(connection, path, encode_rollups(RollupColumns(*keys, steps + 1, columns)))
    got = read(connection, rollup_select([path]), order="metric_id, series_id, bucket_ms")
    assert got["bucket_ms"].tolist() == keys[2].tolist()
    assert got["count"].tolist() == (steps + 1).tolist()
    for name, column in zip(ROLLUP_VALUES, columns, strict=True):
        assert bits(got[name]) == bits(column), name


def test_a_series_of_nothing_but_stale_markers_keeps_them(connection: Connection, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    columns = samples([[STALE_MARKER] * 5000])
    write_raw_file(connection, path, encode_samples(*columns))
    assert bits(read(connection, raw_select([path]))["value"]) == bits(columns[3])


def test_a_broken_chain_is_read_without_overflow(connection: Connection, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    columns = samples([[1 - 2.0**53, 2.0**53 - 1]] * 1000)
    write_raw_file(connection, path, encode_samples(*columns))
    assert bits(read(connection, raw_select([path]))["value"]) == bits(columns[3])


def test_every_tenth_division_rounds_as_in_numpy(connection: Connection, tmp_path: Path) -> None:
    """A power of ten that was off by one bit would show in one of these."""
    path = tmp_path / "a.parquet"
    integers = np.random.default_rng(7).integers(-(2**53) + 1, 2**53, 20_000)
    columns = samples([integers / 10**places for places in range(10)])
    write_raw_file(connection, path, encode_samples(*columns))
    assert bits(read(connection, raw_select([path]))["value"]) == bits(columns[3])


def test_the_file_can_be_read_with_the_documented_line_of_sql(
    connection: Connection, sample_file: SampleFile
) -> None:
    path, _ = sample_file
    sql = f"SELECT *, coalesce((scaled + base) / divisor, plain) AS value FROM '{path}'"
    assert bits(read(connection, sql)["value"]) == bits(samples([np.arange(1000) / 100] * 10)[3])
    described = connection.execute(f"DESCRIBE FROM '{path}'").fetchall()
    assert [row[:2] for row in described] == [
        ("metric_id", "INTEGER"),
        ("series_id", "BIGINT"),
        ("ts_ms", "BIGINT"),
        ("scaled", "BIGINT"),
        ("base", "BIGINT"),
        ("divisor", "INTEGER"),
        ("plain", "DOUBLE"),
    ]


def test_odd_characters_in_the_path_are_only_characters(connection: Connection, tmp_path: Path) -> None:
    folder = tmp_path / "it's [a] *?" / "day=1"
    folder.mkdir(parents=True)
    path = folder / "a.parquet"
    write_raw_file(connection, path, encode_samples(*samples([[1.0, 2.0]])))
    assert list(read(connection, raw_select([path]))) == ["metric_id", "series_id", "ts_ms", "value"]


def test_reading_no_file_is_refused() -> None:
    with pytest.raises(ValueError, match="no file"):
        raw_select([])


# ---- size and speed


def test_the_workload_of_the_benchmark_takes_about_one_byte_a_sample(
    connection: Connection, tmp_path: Path
) -> None:
    """30 hosts of ten gauges and a counter in small: with two decimals, with one, seldom moving, restarting."""
    random = np.random.default_rng(1)
    hosts, steps = 30, 720

    def gauges(decimals: int, sigma: float, moves: float) -> list[Float64Array]:
        inc = random.normal(0, sigma, (hosts, steps)) * (random.random((hosts, steps)) < moves)
        walk = (random.random((hosts, 1)) * 100 + inc.cumsum(1)) % 200
        return list(np.round(np.where(walk > 100, 200 - walk, walk), decimals))

    counters = np.floor(random.gamma(2, random.uniform(1e4, 2e5, (hosts, 1)), (hosts, steps))).cumsum(1)
    counters[::2, 300:] -= counters[::2, 300:301]
    series = [
        *[values for _ in range(5) for values in gauges(2, 1.0, 1.0)],
        *[values for _ in range(2) for values in gauges(1, 0.5, 1.0)],
        *[values for _ in range(3) for values in gauges(1, 0.5, 0.1)],
        *counters,
    ]
    facts = write_raw_file(connection, tmp_path / "a.parquet", encode_samples(*samples(series, hosts)))
    assert facts.rows == hosts * 11 * steps
    assert facts.bytes / facts.rows < 1.05


@pytest.mark.parametrize(
    ("condition", "row_groups"),
    [
        ("metric_id = 3", 1),
        ("metric_id = 3 AND series_id = 9", 1),
        ("metric_id >= 3", 2),
        (f"ts_ms < {START_MS}", None),
        (f"metric_id = 1 AND series_id IN (1, 2) AND ts_ms >= {START_MS} AND ts_ms < {START_MS + 50_000}", 1),
        ("metric_id = 2 AND series_id IN (SELECT series_id FROM wanted)", 1),
    ],
)
def test_conditions_reach_the_row_groups(
    connection: Connection, tmp_path: Path, condition: str, row_groups: int | None
) -> None:
    """Also through a union with a hot table. Without any row group the file is not in the plan at all."""
    path = tmp_path / "a.parquet"
    # Four series of 30,720 rows are one metric and one row group.
    write_raw_file(connection, path, encode_samples(*samples([np.arange(30_720.0)] * 16)))
    connection.execute("CREATE TABLE hot (metric_id INTEGER, series_id BIGINT, ts_ms BIGINT, value DOUBLE)")
    connection.execute("CREATE TABLE wanted AS SELECT 6 AS series_id")
    union = f"SELECT * FROM ({raw_select([path])} UNION ALL SELECT * FROM hot)"
    plan = connection.execute(f"EXPLAIN ANALYZE SELECT * FROM ({union}) WHERE {condition}").fetchall()[0][1]
    scanned = re.search(r"Row Groups Scanned: (\d+) / 4", plan)
    assert (scanned and int(scanned[1])) == row_groups, plan


# ---- whole or not at all


def test_the_file_is_synced_before_it_gets_its_name_and_the_folder_after(
    connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def record_fsync(descriptor: int) -> None:
        events.append(Path(f"/proc/self/fd/{descriptor}").resolve().name)
        fsync(descriptor)

    def record_replace(self: Path, target: Path) -> Path:
        events.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", record_fsync)
    monkeypatch.setattr(Path, "replace", record_replace)
    write_raw_file(connection, tmp_path / "a.parquet", encode_samples(*samples([[1.0]])))
    assert events == [".tmp-a.parquet", "rename", tmp_path.name]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_no_temporary_one(
    connection: Connection, sample_file: SampleFile, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    path, facts = sample_file

    def fail(*args: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(*{"fsync": (os, "fsync"), "replace": (Path, "replace")}[call], fail)
    with pytest.raises(OSError if number == errno.EIO else InsufficientStorageError):
        write_raw_file(connection, path, encode_samples(*samples([[1.0]])))
    assert file_names(path.parent) == [path.name]
    assert verify_file(path, facts) == []


def test_a_full_disk_is_known_from_the_error_of_duckdb(connection: Connection, tmp_path: Path) -> None:
    (tmp_path / ".tmp-a.parquet").symlink_to("/dev/full")
    with pytest.raises(InsufficientStorageError, match="disk is full"):
        write_raw_file(connection, tmp_path / "a.parquet", encode_samples(*samples([[1.0]])))
    assert file_names(tmp_path) == []


def test_other_errors_of_duckdb_pass(connection: Connection, tmp_path: Path) -> None:
    with pytest.raises(duckdb.IOException):
        write_raw_file(connection, tmp_path / "missing" / "a.parquet", encode_samples(*samples([[1.0]])))


def test_a_temporary_file_of_an_earlier_crash_is_written_over(connection: Connection, tmp_path: Path) -> None:
    (tmp_path / ".tmp-a.parquet").write_bytes(b"x" * 100_000)
    facts = write_raw_file(connection, tmp_path / "a.parquet", encode_samples(*samples([[1.0]])))
    assert verify_file(tmp_path / "a.parquet", facts) == []
    assert file_names(tmp_path) == ["a.parquet"]


# ---- damage is found


def test_a_whole_file_has_no_faults(connection: Connection, sample_file: SampleFile, tmp_path: Path) -> None:
    assert verify_file(*sample_file) == []
    ids, values = np.ones(1, np.int64), np.ones(1)
    rollups = encode_rollups(RollupColumns(ids, ids, ids, ids, [values] * 6))
    path = tmp_path / "rollup.parquet"
    assert verify_file(path, write_rollup_file(connection, path, rollups)) == []


def test_one_flipped_bit_is_found(sample_file: SampleFile) -> None:
    path, facts = sample_file
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)
    assert "checksum" in verify_file(path, facts)[0]


def test_a_file_cut_short_is_found(sample_file: SampleFile) -> None:
    path, facts = sample_file
    path.write_bytes(path.read_bytes()[:-10])
    faults = " ".join(verify_file(path, facts))
    assert "bytes" in faults
    assert "cannot be read" in faults


def test_a_missing_file_is_found(sample_file: SampleFile) -> None:
    path, facts = sample_file
    path.unlink()
    assert verify_file(path, facts) == [f"{path.name} cannot be read: No such file or directory"]


@pytest.mark.parametrize("field", ["rows", "series", "min_ms", "max_ms"])
def test_facts_that_do_not_match_are_found(sample_file: SampleFile, field: str) -> None:
    path, facts = sample_file
    assert len(verify_file(path, facts._replace(**{field: getattr(facts, field) + 1}))) == 1


@pytest.mark.parametrize(
    "sql", ["SELECT * FROM t ORDER BY ts_ms DESC", "SELECT * REPLACE (1 AS ts_ms) FROM t"]
)
def test_rows_out_of_order_or_twice_are_found(
    connection: Connection, sample_file: SampleFile, sql: str
) -> None:
    path, facts = sample_file
    connection.execute(f"CREATE TABLE t AS FROM '{path}'")
    connection.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")
    assert any("not sorted" in fault for fault in verify_file(path, facts))
