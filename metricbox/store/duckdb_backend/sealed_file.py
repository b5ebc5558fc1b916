"""Sealed files: one Parquet file per chunk, written once, sorted, never changed. Owns their format.

Writing goes to a temporary name beside the file, then fsync, rename, fsync of the folder; the caller records the
`FileFacts` and decides which files exist. Runs on the thread of the connection that it is given; keeps no state.

Format. Rows are sorted by (metric_id, series_id, time) and unique. Parquet 2 with zstd; delta encoding does the work.

    metric_id   INTEGER   series_id BIGINT
    ts_ms       BIGINT    milliseconds since 1970, UTC (bucket_ms and count BIGINT in rollup files)
    scaled      BIGINT    value = (scaled + base) / divisor, exact to the bit,
    base        BIGINT
    divisor     INTEGER   or `plain` where divisor is NULL; see `sealed_values` for how they are chosen
    plain       DOUBLE

A rollup file has these four for each of its values, with the value's name before them: sum_scaled, sum_base, and so on.
To read the data elsewhere:

    DuckDB   SELECT *, coalesce((scaled + base) / divisor, plain) AS value FROM 'chunks/metrics_raw/*.parquet'
    pandas   df = pd.read_parquet(path); df["value"] = ((df.scaled + df.base) / df.divisor).fillna(df.plain)
    Polars   pl.scan_parquet(path).with_columns(value=((pl.col("scaled") + pl.col("base")) / pl.col("divisor"))
             .fill_null(pl.col("plain")))

A NaN is a stale marker: the end of a series. Names of series are in metrics.duckdb.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt

from metricbox.errors import InsufficientStorageError
from metricbox.model import STALE_MARKER, Int64Array
from metricbox.store.duckdb_backend.database import is_disk_full
from metricbox.store.duckdb_backend.sealed_values import (
    EncodedRollups,
    EncodedSamples,
    Int32Array,
    ScaledColumn,
    find_series_starts,
    is_sorted_and_unique,
)

TEMPORARY_PREFIX: Final = ".tmp-"
ROLLUP_VALUES: Final = ("sum", "min", "max", "first", "last", "increase")
# Level 14 saves one percent more and halves the speed. A dictionary never beats the delta encoding here, and a bloom
# filter is only made for a dictionary. The file is written beside its place by ourselves, see `_write`.
_COPY_OPTIONS: Final = (
    "FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL 9, "
    "DICTIONARY_SIZE_LIMIT 1, ROW_GROUP_SIZE 122880, USE_TMP_FILE false"
)
_VERIFY_CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": 1,
    "memory_limit": "512MB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_READ_BYTES: Final = 1 << 20

_Columns = dict[str, npt.NDArray[Any]]


class FileFacts(NamedTuple):
    """What the catalogue keeps of a file, and `verify_file` compares."""

    rows: int
    bytes: int
    series: int
    min_ms: int
    """Earliest time (start of a bucket in rollup files)."""
    max_ms: int
    """Latest time, itself included."""
    sha256: str


def write_raw_file(connection: duckdb.DuckDBPyConnection, path: Path, samples: EncodedSamples) -> FileFacts:
    """Durable when this returns; replaces a file of that name at one stroke.

    Raises InsufficientStorageError when the disk is full. When it raises, `path` is as it was before, or, if only the
    last sync of the folder failed, holds the whole new file.
    """
    columns: _Columns = {
        "metric_id": samples.metric_ids,
        "series_id": samples.series_ids,
        "ts_ms": samples.ts_ms,
        **_parts("", samples.values),
    }
    select = f"metric_id, series_id, ts_ms, {_select_parts('', samples.values)}"
    return _write(connection, path, columns, select, samples.series_ids, samples.ts_ms)


def write_rollup_file(connection: duckdb.DuckDBPyConnection, path: Path, rows: EncodedRollups) -> FileFacts:
    """As `write_raw_file`."""
    values = (rows.sums, rows.mins, rows.maxs, rows.firsts, rows.lasts, rows.increases)
    columns: _Columns = {
        "metric_id": rows.metric_ids,
        "series_id": rows.series_ids,
        "bucket_ms": rows.bucket_ms,
        "count": rows.counts,
    }
    for name, column in zip(ROLLUP_VALUES, values, strict=True):
        columns |= _parts(f"{name}_", column)
    parts = ", ".join(
        _select_parts(f"{name}_", column) for name, column in zip(ROLLUP_VALUES, values, strict=True)
    )
    select = f"metric_id, series_id, bucket_ms, count, {parts}"
    return _write(connection, path, columns, select, rows.series_ids, rows.bucket_ms)


def raw_select(paths: Sequence[Path]) -> str:
    """SQL that gives metric_id, series_id, ts_ms and value of these files, in no order.

    Conditions on the first three reach the row groups, which are told apart by metric and series: always name the
    metric as well as the series. A stale marker comes as a NaN. Raises ValueError without any path.
    """
    return f"SELECT metric_id, series_id, ts_ms, {_value('')} AS value FROM {_read_parquet(paths)}"


def rollup_select(paths: Sequence[Path]) -> str:
    """As `raw_select`: metric_id, series_id, bucket_ms, count, sum, min, max, first, last, increase."""
    values = ", ".join(f"{_value(f'{name}_')} AS {name}" for name in ROLLUP_VALUES)
    return f"SELECT metric_id, series_id, bucket_ms, count, {values} FROM {_read_parquet(paths)}"


def verify_file(path: Path, facts: FileFacts) -> list[str]:
    """What is wrong with the file, as sentences; empty when it is whole. Reads all of it."""
    try:
        size_bytes, sha256 = path.stat().st_size, _sha256(path)
    except OSError as error:
        return [f"{path.name} cannot be read: {error.strerror}"]
    faults = []
    if size_bytes != facts.bytes:
        faults.append(f"{path.name} has {size_bytes} bytes, {facts.bytes} were written")
    if sha256 != facts.sha256:
        faults.append(f"{path.name} has another checksum than when it was written")
    try:
        metric_ids, series_ids, times = _read_keys(path)
    # DuckDB's message quotes the file, and Python then fails to decode the message.
    except (duckdb.Error, UnicodeDecodeError) as error:
        return [*faults, f"{path.name} cannot be read: {str(error).partition(chr(10))[0]}"]
    if len(times) != facts.rows:
        faults.append(f"{path.name} has {len(times)} rows, {facts.rows} were written")
    if len(times) and (times.min(), times.max()) != (facts.min_ms, facts.max_ms):
        faults.append(f"{path.name} has times from {times.min()} to {times.max()}, not as they were written")
    if not is_sorted_and_unique(metric_ids, series_ids, times):
        faults.append(f"{path.name} is not sorted by metric, series and time, or has a row twice")
    elif len(times) and len(find_series_starts(series_ids)) != facts.series:
        faults.append(f"{path.name} has not the {facts.series} series that were written")
    return faults


def _parts(prefix: str, column: ScaledColumn) -> _Columns:
    return {f"{prefix}{name}": array for name, array in column._asdict().items() if array is not None}


def _select_parts(prefix: str, column: ScaledColumn) -> str:
    # DuckDB takes a NaN in a numpy array for NULL. The only NaN that is a value is the stale marker: a `plain` of a
    # row without divisor; so that one is put back.
    plain = (
        "NULL::DOUBLE"
        if column.plain is None
        else f"CASE WHEN {prefix}divisor = 0 THEN coalesce({prefix}plain, $stale) END"
    )
    divisor = f"{prefix}divisor" if column.plain is None else f"nullif({prefix}divisor, 0)"
    return (
        f"{prefix}scaled::BIGINT AS {prefix}scaled, {prefix}base::BIGINT AS {prefix}base, "
        f"{divisor} AS {prefix}divisor, {plain} AS {prefix}plain"
    )


def _value(prefix: str) -> str:
    # The sum is an integer below 2^53 and the division that of IEEE 754: the same bits on every machine.
    return f"coalesce(({prefix}scaled + {prefix}base)::DOUBLE / {prefix}divisor, {prefix}plain)"


def _read_parquet(paths: Sequence[Path]) -> str:
    if not paths:
        raise ValueError("no file to read")
    names = ", ".join(_quote(path) for path in paths)
    # A folder named like key=value must not become a column.
    return f"read_parquet([{names}], hive_partitioning = false)"


def _quote(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _write(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    columns: _Columns,  # noqa: ARG001
    select: str,
    series_ids: Int64Array,
    times: Int64Array,
) -> FileFacts:
    temporary = path.with_name(TEMPORARY_PREFIX + path.name)
    with _removed_on_failure(temporary):
        # DuckDB finds `columns` by its name in this frame.
        connection.execute(
            f"COPY (SELECT {select} FROM columns) TO {_quote(temporary)} ({_COPY_OPTIONS})",
            {"stale": STALE_MARKER} if "$stale" in select else {},
        ).fetchall()
        _sync(temporary)
        facts = FileFacts(
            rows=len(times),
            bytes=temporary.stat().st_size,
            series=len(find_series_starts(series_ids)),
            min_ms=int(times.min()),
            max_ms=int(times.max()),
            sha256=_sha256(temporary),
        )
        temporary.replace(path)
        _sync(path.parent)
    return facts


@contextmanager
def _removed_on_failure(temporary: Path) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if is_disk_full(error):
            msg = "the disk is full: a chunk could not be sealed; free some space or shorten the retention"
            raise InsufficientStorageError(msg) from error
        raise


def _sync(path: Path) -> None:
    """Write a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_READ_BYTES):
            digest.update(part)
    return digest.hexdigest()


def _read_keys(path: Path) -> tuple[Int32Array, Int64Array, Int64Array]:
    """(metric ids, series ids, times) in the order of the file. All columns are decoded, to see that they can be."""
    with duckdb.connect(config=_VERIFY_CONFIG) as connection:
        source = _read_parquet([path])
        # The aggregate of everything makes DuckDB read every page; its result does not matter.
        connection.execute(f"SELECT max(hash(COLUMNS(*))) FROM {source}").fetchall()
        names = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
        arrays = connection.execute(f"SELECT {', '.join(names[:3])} FROM {source}").fetchnumpy()
        metric_ids, series_ids, times = (np.asarray(arrays[name]) for name in names[:3])
    return metric_ids, series_ids, times
