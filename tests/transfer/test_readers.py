"""Files in pieces: where they end, what tables mean, what cannot be read."""

import gzip
import json

import pytest

from metricbox.errors import CommandError, UsageError
from metricbox.transfer import readers
from metricbox.transfer.readers import Source, guess_format, read_pieces, size_of


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a.jsonl", "jsonl"),
        ("a.csv.gz", "csv"),
        ("A.PARQUET", "parquet"),
        ("x.lp", "line"),
        ("node.prom", "prometheus"),
    ],
)
def test_the_end_of_a_name_tells_the_format(tmp_path, name, found):
    assert guess_format(tmp_path / name) == found


def test_a_name_that_tells_nothing_is_asked_about(tmp_path):
    with pytest.raises(UsageError, match="--format"):
        guess_format(tmp_path / "data")


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_pieces_end_at_line_ends_and_go_on_where_one_ended(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(readers, "PIECE_BYTES", 100)
    text = b"".join(b"m v=%d\n" % number for number in range(100))
    path = tmp_path / f"a.lp{suffix}"
    path.write_bytes(gzip.compress(text) if suffix else text)
    source = Source(path, "line")
    pieces = list(read_pieces(source))
    assert len(pieces) > 3
    assert b"".join(piece.body for piece in pieces) == text
    assert all(piece.body.endswith(b"\n") for piece in pieces)
    assert b"".join(piece.body for piece in read_pieces(source, pieces[1].end)) == text[pieces[1].end :]
    assert size_of(source) == (None if suffix else len(text))


def test_a_text_over_several_lines_is_not_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "PIECE_BYTES", 5)
    text = b'm t="a\nb\nc",v=1\nn v=2\n'
    path = tmp_path / "a.lp"
    path.write_bytes(text)
    assert [piece.body for piece in read_pieces(Source(path, "line"))] == [text[:16], text[16:]]


def read_table(path, text, *values):
    path.write_text(text, encoding="utf-8")
    return [
        json.loads(line)
        for piece in read_pieces(Source(path, "csv", values))
        for line in piece.body.splitlines()
    ]


def test_rows_of_a_series_are_one_line_and_times_have_any_unit(tmp_path):
    """Trap B007."""
    rows = read_table(
        tmp_path / "a.csv",
        "\ufeffmetric,host,time,value\n"
        "m,a,1795600800,1\nm,a,1795600800001,2\nm,a,2026-11-25T10:00:00.002Z,3\nm,b,1795600800000000,stale\n",
    )
    assert rows == [
        {
            "metric": {"__name__": "m", "host": "a"},
            "values": [1, 2, 3],
            "timestamps": [1795600800000, 1795600800001, 1795600800002],
        },
        {"metric": {"__name__": "m", "host": "b"}, "values": [None], "timestamps": [1795600800000]},
    ]


def test_a_missing_last_cell_stays_empty(tmp_path):
    """Trap B030."""
    rows = read_table(tmp_path / "a.csv", "a,time,b,c\nx,1795600800,5,\ny,1795600800,6\n", "b", "c")
    assert [(row["metric"], row["values"]) for row in rows] == [
        ({"__name__": "b", "a": "x"}, [5]),
        ({"__name__": "b", "a": "y"}, [6]),
    ]


def test_what_is_not_finite_is_left_out_and_counted(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "metric,time,value\nm,1795600800,nan\nm,1795600801,inf\nm,1795600802,1\n", encoding="utf-8"
    )
    (piece,) = read_pieces(Source(path, "csv"))
    assert (piece.skipped, json.loads(piece.body)["values"]) == (2, [1])


@pytest.mark.parametrize(
    ("text", "words"),
    [("metric,value\nm,1\n", "no column time"), ("time,cpu\n1795600800,1\n", "--values")],
)
def test_a_table_without_the_columns_is_told(tmp_path, text, words):
    with pytest.raises((CommandError, UsageError), match=words):
        read_table(tmp_path / "a.csv", text)


def test_rows_that_cannot_be_read_are_named_and_the_others_stay(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "metric,time,value,labels\nm,never,1,\nm,1795600800,one,\nm,1795600800,2,x\nm,1795600800,3,\n",
        encoding="utf-8",
    )
    (piece,) = read_pieces(Source(path, "csv"))
    assert [fault.partition(":")[0] for fault in piece.faults] == ["row 1", "row 2", "row 3"]
    assert "'one' is not a number" in piece.faults[1]
    assert json.loads(piece.body)["values"] == [3]


def test_a_damaged_file_is_told(tmp_path):
    path = tmp_path / "a.lp.gz"
    path.write_bytes(gzip.compress(b"m v=1\n" * 1000)[:-20])
    with pytest.raises(CommandError, match="cannot be read"):
        list(read_pieces(Source(path, "line")))
    path = tmp_path / "a.parquet"
    path.write_bytes(b"nothing")
    with pytest.raises(CommandError, match="Parquet"):
        list(read_pieces(Source(path, "parquet")))
