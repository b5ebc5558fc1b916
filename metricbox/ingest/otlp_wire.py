"""The bytes of an OTLP ExportMetricsServiceRequest in protobuf form, as families and points (`otlp_points.py`).

    Request         { repeated ResourceMetrics = 1; }
    ResourceMetrics { Resource resource = 1; repeated ScopeMetrics = 2; }
    ScopeMetrics    { Scope scope = 1; repeated Metric = 2; }
    Metric          { string name = 1, description = 2, unit = 3; Gauge = 5; Sum = 7; Histogram = 9;
                      ExponentialHistogram = 10; Summary = 11; }
    Gauge, Sum, ... { repeated data point = 1; enum temporality = 2; bool is_monotonic = 3; }

Points of numbers, of which there are most, are read by columns (`otlp_wire_numbers.py`), the others field by field.
Fields may come in any order, unknown ones are passed over. Pure; runs in the decode threads.
"""

import struct
from typing import NamedTuple

from metricbox.ingest.otlp_points import (
    MAX_POINTS,
    NO_RECORDED_VALUE,
    BucketPoint,
    ExponentialBuckets,
    ExponentialPoint,
    Family,
    Kind,
    Message,
)
from metricbox.ingest.otlp_wire_attributes import PROTOBUF
from metricbox.ingest.otlp_wire_fields import list_fields
from metricbox.ingest.otlp_wire_numbers import NumberReader, WholeBlocks
from metricbox.ingest.remote_write_wire import (
    DamagedMessageError,
    TooManyPartsError,
    read_varint,
    skip_field,
)

_POINT_TAG = 0x0A
_RESOURCE_TAG, _SCOPES_TAG = 0x0A, 0x12
_DATA_TAGS = {kind << 3 | 2: kind for kind in Kind}
_KINDS_OF_NUMBERS = (Kind.GAUGE, Kind.SUM)
# Fields read one by one, of a whole message: some seconds of work.
_MAX_FIELDS = 8 * MAX_POINTS

_DOUBLE = struct.Struct("<d")
_FIXED64 = struct.Struct("<Q")
_SIGNED64 = struct.Struct("<q")


def read_message(body: bytes, whole_blocks: WholeBlocks) -> Message:
    """Raises DamagedMessageError and TooManyPartsError. `whole_blocks` outlives the message."""
    reader = _Reader(body, whole_blocks)
    try:
        reader.read()
        numbers, empty_points = reader.numbers.read()
    except (IndexError, struct.error) as error:
        raise DamagedMessageError("it ends too early") from error
    return Message(reader.families, numbers, reader.buckets, reader.exponentials, empty_points)


class _PointRange(NamedTuple):
    family: int
    position: int
    start: int
    end: int


class _Reader:
    def __init__(self, body: bytes, whole_blocks: WholeBlocks) -> None:
        self._body = body
        self._fields_left = _MAX_FIELDS
        self._points = 0
        self.families: list[Family] = []
        self.numbers = NumberReader(body, whole_blocks)
        self.buckets: list[BucketPoint] = []
        self.exponentials: list[ExponentialPoint] = []

    def read(self) -> None:
        for tag, start, end in self._list_fields(0, len(self._body)):
            if tag == _RESOURCE_TAG:
                self._read_resource(start, end)

    def _list_fields(self, start: int, end: int) -> list[tuple[int, int, int]]:
        fields = list_fields(self._body, start, end)
        self._fields_left -= len(fields)
        if self._fields_left < 0:
            raise TooManyPartsError
        return fields

    def _read_resource(self, start: int, end: int) -> None:
        resource = b""
        scopes = []
        for tag, first, after in self._list_fields(start, end):
            if tag == _RESOURCE_TAG:
                resource += self._body[first:after]
            elif tag == _SCOPES_TAG:
                scopes.append((first, after))
        for first, after in scopes:
            self._read_scope(resource, first, after)

    def _read_scope(self, resource: bytes, start: int, end: int) -> None:
        scope = b""
        metrics = []
        for tag, first, after in self._list_fields(start, end):
            if tag == _RESOURCE_TAG:
                scope += self._body[first:after]
            elif tag == _SCOPES_TAG:
                metrics.append((first, after))
        for first, after in metrics:
            self._read_metric(resource, scope, first, after)

    def _read_metric(self, resource: bytes, scope: bytes, start: int, end: int) -> None:
        """The head of a metric are all of its fields but those with points."""
        body = self._body
        head = b""
        data = []
        before = start
        for tag, first, after in self._list_fields(start, end):
            if tag in _DATA_TAGS:
                data.append((_DATA_TAGS[tag], first, after))
            else:
                head += body[before:after]
            before = after
        for kind, first, after in data:
            self._read_data(resource, scope, head, kind, first, after)

    def _read_data(
        self, resource: bytes, scope: bytes, head: bytes, kind: Kind, start: int, end: int
    ) -> None:
        starts: list[int] = []
        ends: list[int] = []
        others = self._split_points(start, end, starts, ends)
        first_position = self._points
        self._points += len(starts)
        if self._points > MAX_POINTS:
            raise TooManyPartsError
        number = len(self.families)
        self.families.append(
            Family(PROTOBUF, kind, resource, scope, head, others.get(0x10, 0), bool(others.get(0x18, 0)))
        )
        if kind in _KINDS_OF_NUMBERS:
            self.numbers.add(number, first_position, starts, ends)
            return
        for position, first, after in zip(range(first_position, self._points), starts, ends, strict=True):
            point = _PointRange(number, position, first, after)
            if kind == Kind.HISTOGRAM:
                self.buckets.append(self._read_histogram(point))
            elif kind == Kind.EXPONENTIAL:
                self.exponentials.append(self._read_exponential(point))
            else:
                self.buckets.append(self._read_summary(point))

    def _split_points(self, start: int, end: int, starts: list[int], ends: list[int]) -> dict[int, int]:
        """Fills in the ranges of the points. The answer are the other fields that are numbers, by tag."""
        body = self._body
        others: dict[int, int] = {}
        position = start
        for _ in range(MAX_POINTS):
            if position >= end:
                break
            if body[position] != _POINT_TAG:
                after = skip_field(body, position)
                if body[position] & 7 == 0 and body[position] < 0x80:
                    others[body[position]] = read_varint(body, position + 1)[0]
                position = after
                continue
            # A length of one or two bytes: up to 16 KB, nearly any point.
            length = body[position + 1]
            first = position + 2
            if length >= 0x80:
                high = body[first]
                if high < 0x80:
                    length += (high << 7) - 0x80
                    first += 1
                else:
                    length, first = read_varint(body, position + 1)
            position = first + length
            starts.append(first)
            ends.append(position)
        else:
            raise TooManyPartsError
        if position != end:
            raise DamagedMessageError("a point is longer than its metric")
        return others

    # ---- points that are no numbers

    def _read_histogram(self, point: _PointRange) -> BucketPoint:
        body = self._body
        attributes: list[bytes] = []
        start_ns = time_ns = flags = 0
        count = 0.0
        total: float | None = None
        counts: list[float] = []
        bounds = b""
        for tag, first, after in self._list_fields(point.start, point.end):
            match tag:
                case 0x4A:
                    attributes.append(body[first:after])
                case 0x11:
                    start_ns = _read_time(body, first)
                case 0x19:
                    time_ns = _read_time(body, first)
                case 0x21:
                    count = float(_read_fixed64(body, first))
                case 0x29:
                    total = _read_double(body, first)
                case 0x31 | 0x32:
                    counts.extend(struct.unpack(f"<{_count_words(first, after)}Q", body[first:after]))
                case 0x39 | 0x3A:
                    _count_words(first, after)
                    bounds += body[first:after]
                case 0x50:
                    flags = read_varint(body, first)[0]
        return BucketPoint(
            point.family,
            point.position,
            _join_attributes(attributes),
            start_ns,
            time_ns,
            bool(flags & NO_RECORDED_VALUE),
            count,
            total,
            bounds,
            counts,
        )

    def _read_exponential(self, point: _PointRange) -> ExponentialPoint:
        body = self._body
        attributes: list[bytes] = []
        start_ns = time_ns = flags = scale = zero_count = 0
        count, zero_threshold = 0.0, 0.0
        total: float | None = None
        sides: dict[int, tuple[int, list[int]]] = {0x42: (0, []), 0x4A: (0, [])}
        for tag, first, after in self._list_fields(point.start, point.end):
            match tag:
                case 0x0A:
                    attributes.append(body[first:after])
                case 0x11:
                    start_ns = _read_time(body, first)
                case 0x19:
                    time_ns = _read_time(body, first)
                case 0x21:
                    count = float(_read_fixed64(body, first))
                case 0x29:
                    total = _read_double(body, first)
                case 0x30:
                    scale = _read_zigzag(body, first)
                case 0x39:
                    zero_count = _read_fixed64(body, first)
                case 0x42 | 0x4A:
                    sides[tag] = self._read_side(first, after)
                case 0x50:
                    flags = read_varint(body, first)[0]
                case 0x71:
                    zero_threshold = _read_double(body, first)
        buckets = ExponentialBuckets(scale, zero_threshold, zero_count, *sides[0x42], *sides[0x4A])
        return ExponentialPoint(
            point.family,
            point.position,
            _join_attributes(attributes),
            start_ns,
            time_ns,
            bool(flags & NO_RECORDED_VALUE),
            count,
            total,
            buckets,
        )

    def _read_side(self, start: int, end: int) -> tuple[int, list[int]]:
        """Offset and counts of the positive or the negative buckets."""
        body = self._body
        offset = 0
        counts: list[int] = []
        for tag, first, after in self._list_fields(start, end):
            if tag == 0x08:
                offset = _read_zigzag(body, first)
            elif tag == 0x10:
                counts.append(read_varint(body, first)[0])
            elif tag == 0x12:
                packed = body[first:after]
                self._fields_left -= len(packed)
                if self._fields_left < 0:
                    raise TooManyPartsError
                counts.extend(packed if packed.isascii() else _read_varints(packed))
        return offset, counts

    def _read_summary(self, point: _PointRange) -> BucketPoint:
        body = self._body
        attributes: list[bytes] = []
        start_ns = time_ns = flags = 0
        count = 0.0
        total = 0.0
        quantiles = b""
        values: list[float] = []
        for tag, first, after in self._list_fields(point.start, point.end):
            match tag:
                case 0x3A:
                    attributes.append(body[first:after])
                case 0x11:
                    start_ns = _read_time(body, first)
                case 0x19:
                    time_ns = _read_time(body, first)
                case 0x21:
                    count = float(_read_fixed64(body, first))
                case 0x29:
                    total = _read_double(body, first)
                case 0x32:
                    quantile = value = 0.0
                    for inner, at, _ in self._list_fields(first, after):
                        if inner == 0x09:
                            quantile = _read_double(body, at)
                        elif inner == 0x11:
                            value = _read_double(body, at)
                    quantiles += _DOUBLE.pack(quantile)
                    values.append(value)
                case 0x40:
                    flags = read_varint(body, first)[0]
        return BucketPoint(
            point.family,
            point.position,
            _join_attributes(attributes),
            start_ns,
            time_ns,
            bool(flags & NO_RECORDED_VALUE),
            count,
            total,
            quantiles,
            values,
        )


def _join_attributes(attributes: list[bytes]) -> bytes:
    """The contents of KeyValue messages as a block of fields whose number does not matter."""
    return b"".join(b"\x3a" + _make_length(len(one)) + one for one in attributes)


def _make_length(number: int) -> bytes:
    if number < 0x80:
        return bytes((number,))
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _count_words(first: int, after: int) -> int:
    if (after - first) % 8:
        raise DamagedMessageError("a list of numbers of 8 bytes each has another length")
    return (after - first) // 8


def _read_fixed64(body: bytes, at: int) -> int:
    number: int = _FIXED64.unpack_from(body, at)[0]
    return number


def _read_time(body: bytes, at: int) -> int:
    """Times beyond int64, far outside any window, become negative ones."""
    number: int = _SIGNED64.unpack_from(body, at)[0]
    return number


def _read_double(body: bytes, at: int) -> float:
    number: float = _DOUBLE.unpack_from(body, at)[0]
    return number


def _read_zigzag(body: bytes, at: int) -> int:
    number = read_varint(body, at)[0]
    return (number >> 1) ^ -(number & 1)


def _read_varints(packed: bytes) -> list[int]:
    numbers = []
    position = 0
    while position < len(packed):
        number, position = read_varint(packed, position)
        numbers.append(number)
    return numbers
