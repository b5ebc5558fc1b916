"""Samples in Parquet files for other programs: metric, labels (JSON), time, value. Not the store's own sealed files.

Written and read by DuckDB in bounded memory. A stale marker is a NULL: no other program knows its bits.
"""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np

from metricbox.errors import CommandError
from metricbox.model import Float64Array, Int64Array

_ROWS_A_BATCH = 200_000


class ParquetFile:
    """A file that is there, whole, after `close`; before it, beside it, as a file of the same name with `.partial`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._partial = path.with_name(path.name + ".partial")
        self._partial.unlink(missing_ok=True)
        self._connection = duckdb.connect(str(self._partial))
        self._connection.execute(
            "CREATE TABLE samples (metric VARCHAR, labels VARCHAR, time TIMESTAMP_MS, value DOUBLE)"
        )
        self._names: list[str] = []
        self._labels: list[str] = []
        self._counts: list[int] = []
        self._ts_ms: list[Int64Array] = []
        self._values: list[Float64Array] = []

    def add(self, name: str, labels: str, ts_ms: Sequence[int], values: Sequence[float | None]) -> None:
        self._names.append(name)
        self._labels.append(labels)
        self._counts.append(len(ts_ms))
        self._ts_ms.append(np.array(ts_ms, np.int64))
        self._values.append(np.array([np.nan if value is None else value for value in values], np.float64))
        if sum(self._counts) >= _ROWS_A_BATCH:
            self._flush()

    def close(self) -> None:
        self._flush()
        target = str(self._path).replace("'", "''")
        try:
            self._connection.execute(f"COPY samples TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
        finally:
            self.discard()

    def discard(self) -> None:
        """Leave nothing behind but a file that `close` has written."""
        self._connection.close()
        for path in (self._partial, self._partial.with_name(self._partial.name + ".wal")):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def _flush(self) -> None:
        if not self._counts:
            return
        columns = {
            "series": np.repeat(np.arange(len(self._counts)), self._counts),
            "ts_ms": np.concatenate(self._ts_ms),
            "value": np.concatenate(self._values),
        }
        heads = {
            "series": np.arange(len(self._counts)),
            "metric": np.array(self._names, object),
            "labels": np.array(self._labels, object),
        }
        # DuckDB takes a NaN of numpy for NULL.
        self._connection.register("columns_in", columns)
        self._connection.register("heads_in", heads)
        self._connection.execute(
            "INSERT INTO samples SELECT metric, labels, make_timestamp_ms(ts_ms)::TIMESTAMP_MS, value "
            "FROM columns_in JOIN heads_in USING (series)"
        )
        self._connection.unregister("columns_in")
        self._connection.unregister("heads_in")
        self._names, self._labels, self._counts, self._ts_ms, self._values = [], [], [], [], []


class ParquetRows(NamedTuple):
    """Some rows, with the number of rows up to their end."""

    columns: dict[str, list[object]]
    """Times as milliseconds."""
    end: int


def count_rows(path: Path) -> int:
    """Raises CommandError for what is no Parquet file."""
    with _reading(path) as connection:
        row = connection.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchone()
        return int(row[0]) if row else 0


def read_rows(path: Path, first: int) -> Iterator[ParquetRows]:
    """All columns of a file, from row `first` on. Raises CommandError."""
    with _reading(path) as connection:
        described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
        wanted = [
            f"epoch_ms({_quote(name)}::TIMESTAMP) AS {_quote(name)}"
            if str(kind).startswith("TIMESTAMP")
            else _quote(name)
            for name, kind, *_ in described
        ]
        statement = f"SELECT {', '.join(wanted)} FROM read_parquet(?) OFFSET {int(first)}"
        result = connection.execute(statement, [str(path)])
        names = [name for name, *_ in described]
        end = first
        while rows := result.fetchmany(_ROWS_A_BATCH):
            end += len(rows)
            yield ParquetRows(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)), end)


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    try:
        yield connection
    except duckdb.Error as error:
        raise CommandError(f"{path} cannot be read as Parquet: {str(error).splitlines()[0]}") from error
    finally:
        connection.close()


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
