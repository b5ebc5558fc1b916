"""Points of gauges and sums, in whatever order their fields come."""

import itertools
import struct

import pytest

from metricbox.ingest.otlp_wire_numbers import NumberReader
from metricbox.ingest.remote_write_wire import DamagedMessageError
from metricbox.ingest.series_cache import GenerationCache

START = b"\x11" + struct.pack("<q", 5)
TIME = b"\x19" + struct.pack("<q", 7)
DOUBLE = b"\x21" + struct.pack("<d", 1.5)
INT = b"\x31" + struct.pack("<q", -3)
ATTRIBUTES = b"\x3a\x03abc\x3a\x80\x01" + b"x" * 128
EXEMPLAR = b"\x2a\x02\x08\x01"
ENDED = b"\x40\x01"


class Reader:
    def __init__(self) -> None:
        self.whole_blocks: GenerationCache[bytes, bool] = GenerationCache(1_000_000)

    def read(self, *points: bytes):
        """(attributes, start, time, value, has ended) of each point that says something."""
        # In front of other bytes, as in a message.
        body = b"".join(points)
        reader = NumberReader(body + b"tail of the message", self.whole_blocks)
        ends = list(itertools.accumulate(map(len, points)))
        reader.add(3, 10, [end - len(point) for end, point in zip(ends, points, strict=True)], ends)
        columns, self.empty = reader.read()
        assert set(columns.families.tolist()) <= {3}
        self.positions = columns.positions.tolist()
        numbers = (columns.start_ns, columns.time_ns, columns.values, columns.is_absent)
        return list(zip(columns.attributes, *(column.tolist() for column in numbers), strict=True))


@pytest.mark.parametrize("value", [DOUBLE, INT])
def test_every_order_of_the_fields(value):
    points = [b"".join(parts) for parts in itertools.permutations((START, TIME, value, ATTRIBUTES))]
    expected = (ATTRIBUTES, 5, 7, 1.5 if value is DOUBLE else -3.0, False)
    reader = Reader()
    for _ in range(2):
        assert reader.read(*points) == [expected] * len(points)


def test_fields_that_are_left_out():
    assert Reader().read(TIME + DOUBLE, DOUBLE, TIME + DOUBLE + ATTRIBUTES, ATTRIBUTES + DOUBLE) == [
        (b"", 0, 7, 1.5, False),
        (b"", 0, 0, 1.5, False),
        (ATTRIBUTES, 0, 7, 1.5, False),
        (ATTRIBUTES, 0, 0, 1.5, False),
    ]


def test_exemplars_flags_and_unknown_fields_are_no_part_of_the_attributes():
    plain = START + TIME + DOUBLE
    expected = (ATTRIBUTES, 5, 7, 1.5, False)
    reader = Reader()
    points = [
        plain + EXEMPLAR + ATTRIBUTES,
        plain + ATTRIBUTES + EXEMPLAR,
        plain + ATTRIBUTES + b"\x40\x00",
        ATTRIBUTES + plain + EXEMPLAR,
        plain + ATTRIBUTES + b"\x7a\x01z",
        b"\x40\x02" + plain + ATTRIBUTES,
    ]
    for _ in range(2):
        assert reader.read(*points) == [expected] * len(points)


def test_the_end_of_a_series():
    assert Reader().read(TIME + ATTRIBUTES + ENDED, TIME + DOUBLE + ENDED) == [
        (ATTRIBUTES, 0, 7, 0.0, True),
        (b"", 0, 7, 1.5, True),
    ]


def test_points_without_a_value_are_left_out():
    reader = Reader()
    assert reader.read(TIME + ATTRIBUTES, TIME + DOUBLE, b"") == [(b"", 0, 7, 1.5, False)]
    assert (reader.empty, reader.positions) == (2, [11])


def test_attributes_whose_bytes_look_like_numbers():
    """The end of the text, read as fields, would be a time and a value."""
    tricky = TIME + DOUBLE
    attributes = b"\x3a" + bytes((len(tricky) + 1,)) + b"k" + tricky
    assert (
        Reader().read(attributes + TIME + INT, TIME + INT + attributes)
        == [(attributes, 0, 7, -3.0, False)] * 2
    )
    # Without a time of its own, the guess takes bytes of the attribute for one.
    assert Reader().read(attributes + INT) == [(attributes, 0, 0, -3.0, False)]


@pytest.mark.parametrize("point", [TIME[:5], TIME + DOUBLE + b"\x3a\x50abc", TIME + b"\x3a"])
def test_damage(point):
    with pytest.raises((DamagedMessageError, IndexError)):
        Reader().read(point)


def test_nothing():
    assert Reader().read() == []
