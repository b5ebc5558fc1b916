"""Points of gauges and sums in protobuf form, as columns.

    NumberDataPoint { repeated KeyValue attributes = 7; fixed64 start = 2; fixed64 time = 3;
                      double as_double = 4; sfixed64 as_int = 6; Exemplar exemplars = 5; uint32 flags = 8; }

Times and value have 9 bytes each with their tags, so they are read for all points at once, in whatever order they
stand in front of the attributes or behind them. The attributes are guessed to be all the rest of the point: a block
that is a whole number of attributes leaves no other reading of what stands around it. That is tried for blocks that
were never met before alone. Points with exemplars or flags are read field by field. Pure; runs in the decode threads.
"""

import struct

import numpy as np
import numpy.typing as npt

from metricbox.ingest.otlp_points import NO_RECORDED_VALUE, NumberColumns
from metricbox.ingest.otlp_wire_fields import list_fields
from metricbox.ingest.remote_write_wire import read_varint
from metricbox.ingest.series_cache import GenerationCache
from metricbox.model import BoolArray, Int64Array

WholeBlocks = GenerationCache[bytes, bool]
"""Blocks of attributes that were read through to their end."""

_ATTRIBUTES_TAG = 0x3A
_START_TAG, _TIME_TAG, _DOUBLE_TAG, _INT_TAG = 0x11, 0x19, 0x21, 0x31
_FIXED_BYTES = 9
# Start, time and value.
_FIXED_FIELDS = 3
_FIXED64 = struct.Struct("<q")


class NumberReader:
    """Collects where points lie, and reads them all at once."""

    def __init__(self, body: bytes, whole_blocks: WholeBlocks) -> None:
        self._body = body
        self._whole_blocks = whole_blocks
        # Of each family.
        self._families: list[int] = []
        self._first_positions: list[int] = []
        self._sizes: list[int] = []
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, family: int, first_position: int, starts: list[int], ends: list[int]) -> None:
        self._families.append(family)
        self._first_positions.append(first_position)
        self._sizes.append(len(starts))
        self._starts += starts
        self._ends += ends

    def read(self) -> tuple[NumberColumns, int]:
        """The points that say something, and how many have no value. Raises DamagedMessageError or IndexError."""
        counts = np.array(self._sizes, np.int64)
        family = np.repeat(np.array(self._families, np.int64), counts)
        places = np.arange(len(self._starts)) - np.repeat(np.cumsum(counts) - counts, counts)
        positions = places + np.repeat(np.array(self._first_positions, np.int64), counts)
        columns = _FixedColumns(self._body, np.array(self._starts, np.int64), np.array(self._ends, np.int64))
        heads = columns.read_heads()
        tails = columns.read_tails(heads)
        is_plain = columns.has_value & (columns.has_attributes_at(heads) | (heads == tails))
        body = self._body
        blocks = [body[start:end] for start, end in zip(heads.tolist(), tails.tolist(), strict=True)]
        is_known = np.fromiter(map(self._whole_blocks.young.__contains__, blocks), np.bool_, len(blocks))
        for row in np.flatnonzero(is_plain & ~is_known).tolist():
            is_plain[row] = self._is_whole(blocks[row])
        is_absent = np.zeros(len(blocks), np.bool_)
        for row in np.flatnonzero(~is_plain).tolist():
            blocks[row], is_absent[row] = columns.read_row(row)
        values = np.where(columns.is_int, columns.bits.astype(np.float64), columns.bits.view(np.float64))
        whole = NumberColumns(family, positions, blocks, columns.start_ns, columns.time_ns, values, is_absent)
        keep = columns.has_value | is_absent
        return (whole, 0) if keep.all() else (_select(whole, keep), int(np.count_nonzero(~keep)))

    def _is_whole(self, block: bytes) -> bool:
        is_whole = self._whole_blocks.find(block) or _is_attributes(block)
        if is_whole:
            self._whole_blocks.put(block, True, len(block), 0)
        return is_whole


def _select(columns: NumberColumns, keep: BoolArray) -> NumberColumns:
    return NumberColumns(
        columns.families[keep],
        columns.positions[keep],
        [block for block, kept in zip(columns.attributes, keep.tolist(), strict=True) if kept],
        columns.start_ns[keep],
        columns.time_ns[keep],
        columns.values[keep],
        columns.is_absent[keep],
    )


def _is_attributes(block: bytes) -> bool:
    """Whether the block is a whole number of fields with attributes and nothing else."""
    position, size = 0, len(block)
    while position < size:
        if block[position] != _ATTRIBUTES_TAG or position + 1 >= size:
            return False
        length = block[position + 1]
        position += 2
        if length >= 0x80:
            try:
                length, position = read_varint(block, position - 1)
            except ValueError:
                return False
        position += length
    return position == size


class _FixedColumns:
    """Times and values of points that lie between `starts` and `ends`."""

    def __init__(self, body: bytes, starts: Int64Array, ends: Int64Array) -> None:
        self._body = body
        # Room behind, so that the bytes of a field that is not there may be looked at.
        self._data = np.frombuffer(body + bytes(_FIXED_BYTES), np.uint8)
        self._starts = starts
        self._ends = ends
        count = len(starts)
        self.start_ns = np.zeros(count, np.int64)
        self.time_ns = np.zeros(count, np.int64)
        self.bits = np.zeros(count, np.int64)
        """Of the value, a double or a whole number."""
        self.is_int = np.zeros(count, np.bool_)
        self.has_value = np.zeros(count, np.bool_)

    def read_heads(self) -> Int64Array:
        """Where each point goes on after the fixed fields at its beginning."""
        heads = self._starts.copy()
        for _ in range(_FIXED_FIELDS):
            fits = np.flatnonzero(heads + _FIXED_BYTES <= self._ends)
            heads[self._take(fits, heads[fits])] += _FIXED_BYTES
        return heads

    def read_tails(self, heads: Int64Array) -> Int64Array:
        """Where the fixed fields at its end begin, of points that begin with attributes; a guess."""
        tails = self._ends.copy()
        is_turned = (heads == self._starts) & self.has_attributes_at(heads)
        if not is_turned.any():
            return tails
        for _ in range(_FIXED_FIELDS):
            fits = np.flatnonzero(is_turned & (tails - _FIXED_BYTES >= heads))
            tails[self._take(fits, tails[fits] - _FIXED_BYTES)] -= _FIXED_BYTES
        return tails

    def has_attributes_at(self, places: Int64Array) -> BoolArray:
        is_there: BoolArray = (self._data[places] == _ATTRIBUTES_TAG) & (places < self._ends)
        return is_there

    def _take(self, rows: Int64Array, places: Int64Array) -> Int64Array:
        """Note the fixed fields at `places`. The answer are those of `rows` that have one."""
        tags = self._data[places]
        is_value = (tags == _DOUBLE_TAG) | (tags == _INT_TAG)
        is_field = is_value | (tags == _START_TAG) | (tags == _TIME_TAG)
        rows, places, tags, is_value = rows[is_field], places[is_field], tags[is_field], is_value[is_field]
        table: npt.NDArray[np.uint8] = self._data[places[:, None] + np.arange(1, _FIXED_BYTES)]
        words = table.view("<i8")[:, 0]
        for tag, column in ((_START_TAG, self.start_ns), (_TIME_TAG, self.time_ns)):
            column[rows[tags == tag]] = words[tags == tag]
        self.bits[rows[is_value]] = words[is_value]
        self.has_value[rows[is_value]] = True
        self.is_int[rows[is_value]] = tags[is_value] == _INT_TAG
        return rows

    def read_row(self, row: int) -> tuple[bytes, bool]:
        """Read a point field by field. The answer are its attributes, and whether it says that its series ended."""
        body = self._body
        attributes = []
        start_ns = time_ns = bits = flags = 0
        is_int = has_value = False
        before = int(self._starts[row])
        for tag, first, after in list_fields(body, before, int(self._ends[row])):
            match tag:
                case 0x3A:
                    attributes.append(body[before:after])
                case 0x11:
                    start_ns = _FIXED64.unpack_from(body, first)[0]
                case 0x19:
                    time_ns = _FIXED64.unpack_from(body, first)[0]
                case 0x21 | 0x31:
                    bits = _FIXED64.unpack_from(body, first)[0]
                    is_int, has_value = tag == _INT_TAG, True
                case 0x40:
                    flags = read_varint(body, first)[0]
            before = after
        self.start_ns[row], self.time_ns[row], self.bits[row] = start_ns, time_ns, bits
        self.is_int[row], self.has_value[row] = is_int, has_value
        return b"".join(attributes), bool(flags & NO_RECORDED_VALUE)
