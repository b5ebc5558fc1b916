"""The reader of the bytes of remote write 2.0: columns and the way field by field tell the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.ingest import remote_write_2_wire
from metricbox.ingest.remote_write_2_wire import (
    KeyReader,
    SeriesTexts,
    read_plain_series,
    read_series,
    split_message,
)
from metricbox.ingest.remote_write_symbols import SymbolNumbers
from metricbox.ingest.remote_write_wire import DamagedMessageError, TooManyPartsError
from tests.support.remote_write import field, number_field, sample, varint
from tests.support.remote_write_2 import METADATA, REFS, Message

NOW_MS = 1_795_600_800_000
M = {"__name__": "m", "a": "b"}


def read_both(body: bytes):
    """What the columns say, and what is said field by field of the same series."""
    table = split_message(body)
    numbers = SymbolNumbers().number(table.symbols)
    plain = read_plain_series(body, table, numbers)
    reader = KeyReader(table.symbols, numbers)
    ranges = zip(table.starts.tolist(), table.ends.tolist(), strict=True)
    parts = [read_series(body, start, end, numbers) for start, end in ranges]
    return plain, parts, reader


def test_a_series_is_named_by_its_labels_and_what_it_says_of_itself():
    message = Message()
    message.add(M, (NOW_MS, 1.0), more=message.metadata(1, "help", "seconds"))
    message.add(M, (NOW_MS, 2.0))
    plain, parts, reader = read_both(message.encode())
    assert plain.places.tolist() == [0, 1]
    labels = [(b"__name__", b"m"), (b"a", b"b")]
    assert [reader.read(key) for key in plain.keys] == [
        SeriesTexts(labels, 1, b"help", b"seconds"),
        SeriesTexts(labels, 0, b"", b""),
    ]
    assert [one.block for one in parts] == plain.keys


def test_the_same_series_has_the_same_key_in_another_table():
    numbers = SymbolNumbers()

    def key_of(*texts: str) -> bytes:
        message = Message(*texts)
        message.add(M, (NOW_MS, 1.0), more=message.metadata(2, "help"))
        table = split_message(message.encode())
        return read_plain_series(message.encode(), table, numbers.number(table.symbols)).keys[0]

    assert key_of() == key_of(*(f"other {number}" for number in range(300)), "help", "b")


TEXTS = st.sampled_from(["", "__name__", "m", "a", "b", "größe"])
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), max_size=5)
SERIES = st.tuples(PAIRS, st.booleans(), st.integers(0, 9), TEXTS, TEXTS)


@settings(deadline=None, max_examples=60)
@given(st.lists(SERIES, max_size=8), st.sampled_from([0, 100, 200, 17_000]))
def test_columns_and_fields_tell_the_same(entries, others):
    """References of one, two and three bytes."""
    message = Message(*(f"other {number}" for number in range(others)))
    for pairs, has_metadata, kind, text, unit in entries:
        more = message.metadata(kind, text, unit) if has_metadata else b""
        message.add_raw(message.refs(pairs) + sample(NOW_MS, 1.5) + more)
    plain, parts, reader = read_both(message.encode())
    assert plain.places.tolist() == list(range(len(entries)))
    assert plain.keys == [one.block for one in parts]
    assert plain.sample_starts.tolist() == [one.sample_starts[0] for one in parts]
    assert plain.sample_sizes.tolist() == [one.sample_sizes[0] for one in parts]
    for key, (pairs, has_metadata, kind, text, unit) in zip(plain.keys, entries, strict=True):
        labels = [(name.encode(), value.encode()) for name, value in pairs]
        said = (kind, text.encode(), unit.encode()) if has_metadata else (0, b"", b"")
        assert reader.read(key) == (labels, *said)


@pytest.mark.parametrize(
    "content",
    [
        field(REFS, b"\x01\x02") + sample(NOW_MS, 1.0) + sample(NOW_MS, 1.0),
        sample(NOW_MS, 1.0) + field(REFS, b"\x01\x02"),
        field(REFS, b"\x01\x02"),
        # Not packed, and packed in two parts.
        number_field(REFS, 1) + number_field(REFS, 2) + sample(NOW_MS, 1.0),
        field(REFS, b"\x01") + field(REFS, b"\x02") + sample(NOW_MS, 1.0),
        # A number longer than it need be.
        field(REFS, b"\x81\x80\x80\x80\x80\x00\x02") + sample(NOW_MS, 1.0),
        field(REFS, b"\x01\x02") + sample(NOW_MS, 1.0) + field(METADATA, number_field(9, 5)),
        field(REFS, b"\x01\x02") + sample(NOW_MS, 1.0) + number_field(6, 5),
        field(REFS, b"\x01\x02") + field(2, b"\x09" + bytes(8) + b"\x10\x05" + field(9, b"x" * 200)),
    ],
)
def test_what_is_not_plain_is_left_to_the_long_way(content):
    message = Message("x", "y").add_raw(content).add({"x": "y"}, (NOW_MS, 1.0))
    plain, parts, reader = read_both(message.encode())
    assert plain.places.tolist() == [1]
    assert [reader.read(one.block).labels for one in parts] == [[(b"x", b"y")]] * 2


@pytest.mark.parametrize(
    "content",
    [
        field(REFS, b"\x01\x03") + sample(NOW_MS, 1.0),
        field(REFS, varint(9999) + b"\x01") + sample(NOW_MS, 1.0),
        field(REFS, varint(2**32 - 1) + b"\x01") + sample(NOW_MS, 1.0),
        field(REFS, b"\x01\x03"),
        field(REFS, b"\x01\x02") + sample(NOW_MS, 1.0) + field(METADATA, number_field(3, 3)),
        field(REFS, b"\x01\x02") + field(METADATA, number_field(4, 2**31)),
    ],
)
def test_references_past_the_table(content):
    """Trap B022."""
    with pytest.raises(DamagedMessageError, match="refers to symbol"):
        read_both(Message("x", "y").add({"x": "y"}, (NOW_MS, 1.0)).add_raw(content).encode())


def test_numbers_beyond_32_bits_are_cut_as_other_readers_do():
    _, parts, reader = read_both(Message("x", "y").add_raw(field(REFS, varint(2**32 + 1) + b"\x02")).encode())
    assert reader.read(parts[0].block).labels == [(b"x", b"y")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\x22\x05ab", "too early"),
        (b"\x2a\x01", "too early"),
        (b"\x2a", "too early"),
        (b"\x0a\x00", "remote write 1.0"),
        (b"\x1a\x00", "remote write 1.0"),
        (Message("x").add_raw(field(REFS, b"\x01")).encode(), "odd number"),
        (Message("x").add_raw(field(REFS, b"\x01") + sample(1, 1.0)).encode(), "odd number"),
        (Message().add_raw(field(REFS, b"\x80")).encode(), "within a number"),
        (Message().add_raw(b"\x0a\x05\x01").encode(), "longer than the series"),
        (Message().add_raw(b"\x10\x05").encode(), "wire type 0"),
        (Message().add_raw(field(METADATA, b"\x0a\x00")).encode(), "wire type 2"),
        (Message().add_raw(field(METADATA, b"\x08")).encode(), "within a number"),
    ],
)
def test_damage(body, reason):
    with pytest.raises(DamagedMessageError, match=reason):
        read_both(body)


def test_a_flood_of_empty_parts_is_stopped(monkeypatch):
    monkeypatch.setattr(remote_write_2_wire, "MAX_PARTS", 10)
    with pytest.raises(TooManyPartsError):
        split_message(b"\x2a\x00" * 11)
    with pytest.raises(TooManyPartsError):
        split_message(b"\x22\x00" * 21)
    monkeypatch.setattr(remote_write_2_wire, "MAX_REFERENCES", 10)
    for content in (field(REFS, b"\x00" * 12) + sample(1, 1.0), field(REFS, b"\x00" * 12)):
        with pytest.raises(TooManyPartsError):
            read_both(Message().add_raw(content).encode())


def test_an_empty_message():
    plain, parts, _ = read_both(b"")
    assert (plain.keys, parts) == ([], [])
    assert np.array_equal(plain.places, [])
