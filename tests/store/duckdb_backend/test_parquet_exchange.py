"""Parquet for other programs: rows that come back as they were, and nothing half written."""

import pytest

from metricbox.errors import CommandError
from metricbox.store.duckdb_backend import parquet_exchange
from metricbox.store.duckdb_backend.parquet_exchange import ParquetFile, count_rows, read_rows


def test_rows_come_back_in_portions_and_from_any_row(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_exchange, "_ROWS_A_BATCH", 3)
    path = tmp_path / "it's.parquet"
    file = ParquetFile(path)
    file.add("m", '{"a": "b"}', [1, 2, 3, 4], [0.1, None, -0.0, 1e-320])
    file.add("n", "{}", [5], [7])
    assert not path.exists()
    file.close()
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert count_rows(path) == 5
    parts = list(read_rows(path, 1))
    assert [part.end for part in parts] == [4, 5]
    assert [value for part in parts for value in part.columns["value"]] == [None, -0.0, 1e-320, 7]
    assert [at for part in parts for at in part.columns["time"]] == [2, 3, 4, 5]
    assert parts[0].columns["metric"] == ["m", "m", "m"]


def test_what_is_no_parquet_is_told(tmp_path):
    path = tmp_path / "x.parquet"
    path.write_text("words", encoding="utf-8")
    with pytest.raises(CommandError, match="Parquet"):
        count_rows(path)
