"""The bytes of a remote write 1.0 request as columns: where each series' labels and samples lie, and what they say.

    WriteRequest { repeated TimeSeries timeseries = 1; repeated MetricMetadata metadata = 3; }
    TimeSeries   { repeated Label labels = 1; repeated Sample samples = 2; exemplars = 3; histograms = 4; }
    Label        { string name = 1; string value = 2; }
    Sample       { double value = 1; int64 timestamp = 2; }          ms; a field that is 0 is left out

Samples of version 2.0 are read here too: they may have `int64 start_timestamp = 3` behind, which is passed over.

A series' label block, the bytes of all its labels, is the key of the decoder's cache. Nearly every series of a scrape
has one sample of 18 bytes (9 when the value is 0) at its end, so its block is guessed to be what stands before: a
block that was once read through to its end leaves no other reading of the rest. Pure; runs in the decode threads.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from metricbox.model import BoolArray, Float64Array, Int64Array

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_VARINT_BYTES = 10

# Tags: field number << 3 | wire type.
_SERIES_TAG = 0x0A
_METADATA_TAG = 0x1A
# Symbols and series of 2.0. Passed over like other unknown fields, they would vanish without a word.
_TAGS_OF_VERSION_2 = (0x22, 0x2A)
_LABEL_TAG = 0x0A
_SAMPLE_TAG = 0x12
_VALUE_TAG = 0x09
_TIME_TAG = 0x10
_START_TAG = 0x18
# Times of 1971 to 2109 have six bytes. With the value, and without one that is 0:
_FULL_BYTES = 16
_ZERO_BYTES = 7
_TIME_BYTES = 6
_HEAD_BYTES = 2
_VALUE_BYTES = _FULL_BYTES - _ZERO_BYTES
_START_BYTES = 1 + _TIME_BYTES

# Series of a request, and fields of one series. A body of empty messages would else take a hundred times its size.
MAX_PARTS = 1_000_000

_DOUBLE = struct.Struct("<d")


class DamagedMessageError(ValueError):
    """The bytes are no such message. The text is the end of a sentence."""


class TooManyPartsError(Exception):
    """More than MAX_PARTS series or samples."""


class Entries(NamedTuple):
    """The series of a request: byte ranges of the messages, and the guessed label block of each."""

    starts: Int64Array
    ends: Int64Array
    cuts: Int64Array
    """Where the one sample would begin. May lie before the start."""
    blocks: list[bytes]
    metadata: list[tuple[int, int]]
    """Byte ranges of what the request says of metrics, see remote_write_metadata.py."""

    def has_one_sample(self, body: bytes) -> BoolArray:
        """Where bytes of the shape of one sample follow the guessed block. Says nothing of the block."""
        data = np.frombuffer(body, np.uint8)
        sizes = self.ends - self.cuts - _HEAD_BYTES
        at = np.maximum(self.cuts, 0)
        is_one: BoolArray = (data[at] == _SAMPLE_TAG) & (data[at + 1] == sizes)
        return is_one & (self.cuts >= self.starts)


class Samples(NamedTuple):
    """Sample messages, as columns: the series' place in the request, first byte and length."""

    places: Int64Array
    starts: Int64Array
    sizes: Int64Array


class EntryParts(NamedTuple):
    """One series, read field by field."""

    block: bytes
    sample_starts: list[int]
    sample_sizes: list[int]
    histograms: int


def split_entries(body: bytes) -> Entries:
    """Raises DamagedMessageError and TooManyPartsError. Unknown fields are passed over."""
    metadata: list[tuple[int, int]] = []
    starts: list[int] = []
    ends: list[int] = []
    position, size = 0, len(body)
    try:
        for _ in range(MAX_PARTS):
            if position >= size:
                break
            if body[position] != _SERIES_TAG:
                if body[position] in _TAGS_OF_VERSION_2:
                    raise DamagedMessageError(
                        "it looks like one of remote write 2.0, which its Content-Type has to say"
                    )
                after = skip_field(body, position)
                if body[position] == _METADATA_TAG:
                    metadata.append((read_varint(body, position + 1)[1], after))
                position = after
                continue
            # A length of one or two bytes: up to 16 KB, any series with few samples.
            length = body[position + 1]
            start = position + 2
            if length >= 0x80:
                high = body[start]
                if high < 0x80:
                    length += (high << 7) - 0x80
                    start += 1
                else:
                    length, start = read_varint(body, position + 1)
            position = start + length
            starts.append(start)
            ends.append(position)
        else:
            raise TooManyPartsError
    except IndexError as error:
        raise DamagedMessageError("it ends too early") from error
    if position != size:
        raise DamagedMessageError("it ends too early")
    start_column, end_column = np.array(starts, np.int64), np.array(ends, np.int64)
    cuts = _guess_cuts(body, end_column)
    blocks = [body[start:cut] for start, cut in zip(starts, cuts.tolist(), strict=True)]
    return Entries(start_column, end_column, cuts, blocks, metadata)


def _guess_cuts(body: bytes, ends: Int64Array) -> Int64Array:
    if not len(ends):
        return ends
    data = np.frombuffer(body, np.uint8)
    cuts = ends - _HEAD_BYTES - _FULL_BYTES
    # Places before the body's first byte or past its last hold no guess that `has_one_sample` lets pass.
    at = np.maximum(cuts, 0)
    value_at = np.minimum(at + _HEAD_BYTES, len(body) - 1)
    is_full = (data[at] == _SAMPLE_TAG) & (data[at + 1] == _FULL_BYTES) & (data[value_at] == _VALUE_TAG)
    return np.where(is_full, cuts, ends - _HEAD_BYTES - _ZERO_BYTES)


def read_entry(body: bytes, start: int, end: int) -> EntryParts:
    """One series in whatever order and form its fields come. Raises as `split_entries` does."""
    labels: list[bytes] = []
    sample_starts: list[int] = []
    sample_sizes: list[int] = []
    histograms = 0
    position = start
    for _ in range(MAX_PARTS):
        if position >= end:
            break
        tag = body[position]
        if tag > 0x7F:
            tag, content = read_varint(body, position)
        else:
            content = position + 1
        if tag & 7 != _BYTES:
            if 0 < tag >> 3 < 5:
                raise DamagedMessageError(f"field {tag >> 3} of a series has the wire type {tag & 7}")
            position = skip_field(body, position)
            continue
        length, content = read_varint(body, content)
        after = content + length
        if after > end:
            raise DamagedMessageError("a field of a series is longer than the series")
        if tag == _SAMPLE_TAG:
            sample_starts.append(content)
            sample_sizes.append(length)
        elif tag == _LABEL_TAG:
            labels.append(body[position:after])
        elif tag >> 3 == 4:
            histograms += 1
        position = after
    else:
        raise TooManyPartsError
    if position != end:
        raise DamagedMessageError("a field of a series is longer than the series")
    return EntryParts(b"".join(labels), sample_starts, sample_sizes, histograms)


def read_labels(block: bytes) -> list[tuple[bytes, bytes]]:
    """Names and values of a label block, in order. Raises DamagedMessageError."""
    pairs = []
    position = 0
    while position < len(block):
        _, content = read_varint(block, position)
        length, content = read_varint(block, content)
        position = content + length
        pairs.append(_read_label(block, content, position))
    return pairs


def _read_label(block: bytes, start: int, end: int) -> tuple[bytes, bytes]:
    texts = {1: b"", 2: b""}
    position = start
    while position < end:
        tag, content = read_varint(block, position)
        field = tag >> 3
        if field not in texts:
            position = skip_field(block, position)
            continue
        if tag & 7 != _BYTES:
            raise DamagedMessageError(f"field {field} of a label has the wire type {tag & 7}")
        length, content = read_varint(block, content)
        position = content + length
        texts[field] = block[content:position]
    if position != end:
        raise DamagedMessageError("a field of a label is longer than the label")
    return texts[1], texts[2]


def read_samples(body: bytes, samples: Samples) -> tuple[Int64Array, Float64Array]:
    """Times in milliseconds and values. Raises DamagedMessageError."""
    count = len(samples.starts)
    ts_ms, values = np.zeros(count, np.int64), np.zeros(count, np.float64)
    is_read = np.zeros(count, np.bool_)
    data = np.frombuffer(body, np.uint8)
    for time_at, has_start in ((_VALUE_BYTES, False), (0, False), (_VALUE_BYTES, True), (0, True)):
        size = time_at + _ZERO_BYTES + has_start * _START_BYTES
        rows = np.flatnonzero(samples.sizes == size)
        if not len(rows):
            continue
        table = data[samples.starts[rows, None] + np.arange(size)]
        is_plain, times = _read_times(table[:, time_at:], _TIME_TAG)
        if has_start:
            is_plain &= _read_times(table[:, time_at + _ZERO_BYTES :], _START_TAG)[0]
        if time_at:
            is_plain &= table[:, 0] == _VALUE_TAG
            # The bits as they are: a stale marker is a NaN among others.
            values[rows] = np.ascontiguousarray(table[:, 1:9]).view("<f8")[:, 0]
        ts_ms[rows] = times
        is_read[rows] = is_plain
    for row in np.flatnonzero(~is_read).tolist():
        start = int(samples.starts[row])
        ts_ms[row], values[row] = _read_sample(body, start, start + int(samples.sizes[row]))
    return ts_ms, values


def _read_times(table: npt.NDArray[np.uint8], tag: int) -> tuple[BoolArray, Int64Array]:
    """Which rows begin with this tag and a number of six bytes, and what it then is."""
    numbers = table[:, 1 : 1 + _TIME_BYTES].astype(np.int64)
    is_plain: BoolArray = (
        (table[:, 0] == tag) & (numbers[:, :-1] >= 0x80).all(axis=1) & (numbers[:, -1] < 0x80)
    )
    return is_plain, ((numbers & 0x7F) << (7 * np.arange(_TIME_BYTES))).sum(axis=1)


def _read_sample(body: bytes, start: int, end: int) -> tuple[int, float]:
    ts_ms, value = 0, 0.0
    position = start
    while position < end:
        tag, content = read_varint(body, position)
        field = tag >> 3
        if field not in {1, 2}:
            position = skip_field(body, position)
        elif field == 1 and tag & 7 == _FIXED64 and content + 8 <= end:
            (value,) = _DOUBLE.unpack_from(body, content)
            position = content + 8
        elif field == 2 and tag & 7 == _VARINT:
            bits, position = read_varint(body, content)
            ts_ms = bits - (1 << 64) if bits >> 63 else bits
        else:
            raise DamagedMessageError(f"field {field} of a sample is not what it should be")
    if position != end:
        raise DamagedMessageError("a field of a sample is longer than the sample")
    return ts_ms, value


def read_varint(body: bytes, position: int) -> tuple[int, int]:
    """An unsigned number of at most 64 bits, and where it ends. Raises DamagedMessageError."""
    number = 0
    for shift, byte in enumerate(body[position : position + _MAX_VARINT_BYTES]):
        number |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return number & 0xFFFF_FFFF_FFFF_FFFF, position + shift + 1
    raise DamagedMessageError("it ends within a number, or a number is too long")


def skip_field(body: bytes, position: int) -> int:
    """Where the field at `position` ends; perhaps past the end of `body`. Raises DamagedMessageError."""
    tag, content = read_varint(body, position)
    if tag >> 3 == 0:
        raise DamagedMessageError("a field has the number 0")
    match tag & 7:
        case 0:
            return read_varint(body, content)[1]
        case 1:
            return content + 8
        case 2:
            length, content = read_varint(body, content)
            return content + length
        case 5:
            return content + 4
        case wire_type:
            raise DamagedMessageError(f"there is no wire type {wire_type}")


def iter_fields(body: bytes, start: int, end: int) -> Iterator[tuple[int, int | bytes]]:
    """Numbers and contents of the fields that are whole numbers or bytes. Raises DamagedMessageError."""
    position = start
    while position < end:
        tag, content = read_varint(body, position)
        after = skip_field(body, position)
        if tag & 7 == _VARINT:
            yield tag >> 3, read_varint(body, content)[0]
        elif tag & 7 == _BYTES:
            yield tag >> 3, body[read_varint(body, content)[1] : after]
        position = after
    if position != end:
        raise DamagedMessageError("a field is longer than its message")


def join_samples(first: Samples, places: Sequence[int], parts: Sequence[EntryParts]) -> Samples:
    """`first` and the samples of `parts`, whose places are `places`, in the order of the request."""
    counts = [len(part.sample_starts) for part in parts]
    more_starts = [start for part in parts for start in part.sample_starts]
    more_sizes = [size for part in parts for size in part.sample_sizes]
    columns = (
        np.concatenate([first.places, np.repeat(np.array(places, np.int64), counts)]),
        np.concatenate([first.starts, np.array(more_starts, np.int64)]),
        np.concatenate([first.sizes, np.array(more_sizes, np.int64)]),
    )
    order = np.argsort(columns[0], kind="stable")
    return Samples(columns[0][order], columns[1][order], columns[2][order])
