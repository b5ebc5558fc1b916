"""The reader of remote write's bytes."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.ingest import remote_write_wire
from metricbox.ingest.remote_write_wire import (
    DamagedMessageError,
    Samples,
    TooManyPartsError,
    read_entry,
    read_labels,
    read_samples,
    read_varint,
    split_entries,
)
from tests.support.remote_write import STALE, field, label, metadata, number_field, sample, series, varint

NOW_MS = 1_795_600_800_000
M = {"__name__": "m", "a": "b"}


def read_one(content: bytes) -> tuple[int, float]:
    columns = Samples(np.zeros(1, np.int64), np.zeros(1, np.int64), np.array([len(content)]))
    ts_ms, values = read_samples(content, columns)
    return int(ts_ms[0]), float(values[0])


@given(st.integers(0, 2**64 - 1))
def test_a_varint_comes_back(number):
    assert read_varint(b"x" + varint(number) + b"y", 1) == (number, 1 + len(varint(number)))


@pytest.mark.parametrize("text", [b"", b"\x80", b"\xff" * 10, b"\x80" * 11 + b"\x01"])
def test_an_endless_varint_is_damage(text):
    with pytest.raises(DamagedMessageError):
        read_varint(text, 0)


def test_a_series_with_one_sample_is_guessed_and_all_else_is_passed_over():
    one, zero = series(M, (NOW_MS, 1.5)), series(M, (NOW_MS, 0.0))
    body = metadata("m", 1, "help") + one + number_field(77, 5) + zero + varint(9 << 3 | 1) + b"12345678"
    entries = split_entries(body)
    block = label("__name__", "m") + label("a", "b")
    assert entries.blocks == [block, block]
    assert entries.has_one_sample(body).tolist() == [True, True]
    assert [body[start:end] for start, end in zip(entries.starts, entries.ends, strict=True)] == [
        one[2:],
        zero[2:],
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        label("a", "b"),
        sample(NOW_MS, 1.0),
        sample(NOW_MS, 0.0),
        label("__name__", "m") + sample(5, 1.0),
        label("a", "x" * 300) + sample(NOW_MS, 1.0) * 2,
        label("a", "x" * 20_000),
    ],
)
def test_no_entry_is_too_short_or_long_to_look_at(content):
    body = field(1, content)
    entries = split_entries(body)
    parts = read_entry(body, int(entries.starts[0]), int(entries.ends[0]))
    assert (int(entries.ends[0]), entries.has_one_sample(body).shape) == (len(body), (1,))
    assert len(parts.sample_starts) == content.count(b"\x12\x10") + content.count(b"\x12\x07") + (
        b"\x12\x0b" in content
    )


def test_fields_in_any_order_and_unknown_ones():
    exemplar = field(3, label("trace_id", "x") + b"\x09" + bytes(8))
    content = (
        sample(NOW_MS, 1.0)
        + label("a", "b")
        + exemplar
        + number_field(60, 1)
        + label("c", "d")
        + field(4, b"")
    )
    parts = read_entry(content, 0, len(content))
    assert parts.block == label("a", "b") + label("c", "d")
    assert parts.histograms == 1
    assert parts.sample_sizes == [16]


@pytest.mark.parametrize(
    "content",
    [
        b"\x0a",
        b"\x0a\x05ab",
        b"\x08\x01",  # labels of another wire type
        b"\x12\x90\x4e",
        b"\x00\x01",  # field 0
        b"\x7b",  # a group
        b"\x69\x01",  # eight bytes that are not there
    ],
)
def test_a_damaged_series(content):
    body = content + series(M, (NOW_MS, 1.0))
    with pytest.raises(DamagedMessageError):
        read_entry(body, 0, len(content))


@pytest.mark.parametrize(
    "body", [b"\x0a", b"\x0a\xff", b"\x0a\x05", b"\x0a" + b"\xff" * 9 + b"\x01", b"\x1a\x05a"]
)
def test_a_damaged_request(body):
    with pytest.raises(DamagedMessageError):
        split_entries(body)


def test_labels_in_every_form():
    block = (
        label("a", "b")
        + field(1, field(2, b"value first") + field(1, b"n") + number_field(9, 1))
        + field(1, field(1, b"no_value"))
        + field(1, b"")
    )
    assert read_labels(block) == [(b"a", b"b"), (b"n", b"value first"), (b"no_value", b""), (b"", b"")]
    for damaged in (field(1, b"\x0a\x05ab"), field(1, b"\x08\x01"), field(1, b"\x0a")):
        with pytest.raises(DamagedMessageError):
            read_labels(damaged + label("a", "b"))


@given(
    st.integers(-(2**63), 2**63 - 1) | st.integers(2**34, 2**43), st.floats(allow_nan=False), st.booleans()
)
def test_samples_come_back(ts_ms, value, keeps_zero):
    assert read_one(sample(ts_ms, value, keeps_zero=keeps_zero)[2:]) == (ts_ms, value)


def test_a_stale_marker_keeps_its_bits():
    _, value = read_one(sample(NOW_MS, STALE)[2:])
    assert struct.pack("<d", value) == STALE


@pytest.mark.parametrize("value", [2.5, 0.0])
@pytest.mark.parametrize("start_ms", [1, NOW_MS - 5, 2**42])
def test_a_start_timestamp_of_2_0_is_passed_over(value, start_ms):
    double = b"\x09" + struct.pack("<d", value) if value else b""
    assert read_one(double + number_field(2, NOW_MS) + number_field(3, start_ms)) == (NOW_MS, value)
    # Seven bytes more that are not a start timestamp.
    assert read_one(double + number_field(2, NOW_MS) + number_field(2, NOW_MS + 7)) == (NOW_MS + 7, value)


def test_odd_samples_are_read_exactly():
    double = b"\x09" + struct.pack("<d", 2.5)
    assert read_one(b"") == (0, 0.0)
    assert read_one(number_field(2, NOW_MS) + double) == (NOW_MS, 2.5)
    assert read_one(double + number_field(2, 1) + double[:1] + bytes(8)) == (1, 0.0)
    assert read_one(field(7, b"seven") + double) == (0, 2.5)
    # Sixteen and seven bytes that are not the usual ones.
    assert read_one(field(7, b"12345") + double) == (0, 2.5)
    assert read_one(b"\x10\x80\x80\x80\x80\x01" + b"\x10\x05"[:0] + b"\x10"[:0]) == (2**28, 0.0)
    assert read_one(number_field(2, 1) + field(7, b"abc")) == (1, 0.0)


@pytest.mark.parametrize(
    "content", [b"\x09123", b"\x08\x01", b"\x12\x00", b"\x10", b"\x10\x80", b"\x3a\x09a"]
)
def test_a_damaged_sample(content):
    with pytest.raises(DamagedMessageError):
        read_one(content)


def test_a_flood_of_empty_parts_is_stopped(monkeypatch):
    monkeypatch.setattr(remote_write_wire, "MAX_PARTS", 10)
    assert len(split_entries(b"\x0a\x00" * 9).blocks) == 9
    with pytest.raises(TooManyPartsError):
        split_entries(b"\x0a\x00" * 11)
    with pytest.raises(TooManyPartsError):
        read_entry(b"\x12\x00" * 11, 0, 22)
