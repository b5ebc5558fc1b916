"""The bytes of a remote write 2.0 request as columns: what names each series, and where its samples lie.

    Request    { repeated string symbols = 4; repeated TimeSeries timeseries = 5; }            1 to 3 are reserved
    TimeSeries { repeated uint32 labels_refs = 1 [packed]; repeated Sample samples = 2; histograms = 3; exemplars = 4;
                 Metadata metadata = 5; }
    Sample     { double value = 1; int64 timestamp = 2; int64 start_timestamp = 3; }                            ms
    Metadata   { enum type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }

A series' key is the numbers of its texts (`remote_write_symbols.py`): those of its labels, then tag and content of each
field of its metadata, whose tags are smaller than any number. So it names what the series says of itself as well, and
metadata has been dealt with when the key is known. Pure but for the numbers; runs in the decode threads.

                             +-- label references      +-- sample              +-- metadata
    a plain series:  0A size ........         12 size .........        2A size ........          (or no metadata)

Plain ones, which is nearly all, are read by columns; the others field by field.
"""

import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from metricbox.ingest.remote_write_symbols import FIRST_NUMBER
from metricbox.ingest.remote_write_wire import (
    MAX_PARTS,
    DamagedMessageError,
    EntryParts,
    TooManyPartsError,
    read_varint,
    skip_field,
)
from metricbox.model import BoolArray, Int64Array

Bytes = npt.NDArray[np.uint8]

# Of the request:
_SYMBOL_TAG = 0x22
_SERIES_TAG = 0x2A
# Of a series, then of its metadata:
_REFS_TAG = 0x0A
_ONE_REF_TAG = 0x08
_SAMPLE_TAG = 0x12
_HISTOGRAM_TAG = 0x1A
_METADATA_TAG = 0x2A
_TYPE_TAG, _HELP_TAG, _UNIT_TAG = 0x08, 0x18, 0x20

MAX_REFERENCES = 4_000_000
"""Of a message; each takes some eighty bytes while they are read."""
# Of a field in a plain series: a length of one byte. Reading there may go so far past the end of the body.
_MOST_BYTES = 0x7F
_PADDING = bytes(4 * 256 + 8)
# References of the fast way have at most 28 bits.
_MOST_VARINT_BYTES = 4
_WORD_BYTES = 8


class Table(NamedTuple):
    """A message taken apart: its texts, and the byte ranges of its series."""

    symbols: list[bytes]
    starts: Int64Array
    ends: Int64Array


class PlainSeries(NamedTuple):
    """Columns of the plain series of a message."""

    places: Int64Array
    keys: list[bytes]
    sample_starts: Int64Array
    sample_sizes: Int64Array


class SeriesTexts(NamedTuple):
    """What a key says, as it was sent."""

    labels: list[tuple[bytes, bytes]]
    type: int
    help: bytes
    unit: bytes


def split_message(body: bytes) -> Table:
    """Raises DamagedMessageError and TooManyPartsError. Unknown fields are passed over."""
    symbols: list[bytes] = []
    starts: list[int] = []
    ends: list[int] = []
    position, size = 0, len(body)
    try:
        for _ in range(2 * MAX_PARTS):
            if position >= size:
                break
            tag = body[position]
            length = body[position + 1]
            start = position + 2
            if length > 0x7F:
                length, start = read_varint(body, position + 1)
            if tag == _SERIES_TAG:
                position = start + length
                starts.append(start)
                ends.append(position)
            elif tag == _SYMBOL_TAG:
                position = start + length
                symbols.append(body[start:position])
            elif 0 < tag >> 3 < 4:
                raise DamagedMessageError(
                    "it looks like one of remote write 1.0, which its Content-Type has to say"
                )
            else:
                position = skip_field(body, position)
        else:
            raise TooManyPartsError
    except IndexError as error:
        raise DamagedMessageError("it ends too early") from error
    if position != size:
        raise DamagedMessageError("it ends too early")
    if len(starts) > MAX_PARTS:
        raise TooManyPartsError
    return Table(symbols, np.array(starts, np.int64), np.array(ends, np.int64))


def read_plain_series(body: bytes, table: Table, numbers: Int64Array) -> PlainSeries:
    """The series of a message that are plain; `numbers` are those of its symbols.

    Raises DamagedMessageError for references past the table and TooManyPartsError.
    """
    data = np.frombuffer(body + _PADDING, np.uint8)
    starts, ends = table.starts, table.ends
    label_sizes = data[starts + 1].astype(np.int64)
    cuts = starts + 2 + label_sizes
    sample_sizes = data[cuts + 1].astype(np.int64)
    after = cuts + 2 + sample_sizes
    metadata_sizes = data[after + 1].astype(np.int64)
    has_metadata = after != ends
    is_plain = (
        (data[starts] == _REFS_TAG)
        & (label_sizes <= _MOST_BYTES)
        & (data[cuts] == _SAMPLE_TAG)
        & (sample_sizes <= _MOST_BYTES)
        & (
            ~has_metadata
            | (
                (data[after] == _METADATA_TAG)
                & (metadata_sizes <= _MOST_BYTES)
                & (after + 2 + metadata_sizes == ends)
            )
        )
        # No reference goes on past its field.
        & (data[cuts - 1] <= _MOST_BYTES)
        & (~has_metadata | (metadata_sizes == 0) | (data[ends - 1] <= _MOST_BYTES))
    )
    # An empty list of references ends with its own length, which is below 128 as well.
    places = np.flatnonzero(is_plain)
    metadata_sizes = np.where(has_metadata, metadata_sizes, 0)
    fields = _Fields(
        np.stack([starts[places] + 2, after[places] + 2], axis=1).ravel(),
        np.stack([label_sizes[places], metadata_sizes[places]], axis=1).ravel(),
    )
    words, bounds, is_sound = _read_words(data, fields, numbers)
    text = words.astype("<i8", copy=False).tobytes()
    cut_words = (bounds[::2] * _WORD_BYTES).tolist()
    keys = [text[first:last] for first, last in itertools.pairwise(cut_words)]
    if not is_sound.all():
        keys = [keys[row] for row in np.flatnonzero(is_sound).tolist()]
        places = places[is_sound]
    return PlainSeries(places, keys, cuts[places] + 2, sample_sizes[places])


class _Fields(NamedTuple):
    """Bytes of references: of the labels of a series, of its metadata, of the labels of the next one, and so on."""

    starts: Int64Array
    sizes: Int64Array


def _read_words(
    data: Bytes, fields: _Fields, numbers: Int64Array
) -> tuple[Int64Array, Int64Array, BoolArray]:
    """The words of all keys; where each field's begin, and the end; and which series are what they seem."""
    ends = np.cumsum(fields.sizes)
    total = int(ends[-1]) if len(ends) else 0
    if total > MAX_REFERENCES:
        raise TooManyPartsError
    flat = data[np.repeat(fields.starts - (ends - fields.sizes), fields.sizes) + np.arange(total)]
    is_last = flat <= _MOST_BYTES
    counted = np.zeros(total + 1, np.int64)
    np.cumsum(is_last, out=counted[1:])
    bounds = np.zeros(len(ends) + 1, np.int64)
    bounds[1:] = counted[ends]
    words, is_long = _read_varints(flat, np.flatnonzero(is_last))
    counts = np.diff(bounds)
    if (counts[::2] & 1).any():
        raise DamagedMessageError("a series has an odd number of label references")
    others, is_sound = _find_other_words(words, bounds[1::2], counts[1::2])
    if len(is_long):
        # Nobody writes such numbers; whoever does is read the long way.
        is_sound[(np.searchsorted(bounds, is_long, side="right") - 1) >> 1] = False
    if not is_sound.all():
        unsound = np.flatnonzero(np.repeat(~is_sound, np.diff(bounds[::2])))
        others = np.union1d(others, unsound)
    contents = words[others]
    words[others] = 0
    if len(others) < len(words):
        _check_references(int(words.max()), len(numbers))
        words = numbers[words]
        words[others] = contents
    return words, bounds, is_sound


def _find_other_words(
    words: Int64Array, firsts: Int64Array, counts: Int64Array
) -> tuple[Int64Array, BoolArray]:
    """Places of what is no reference in metadata, tags and types; and whether each metadata holds nothing else.

    `firsts` and `counts` are of the words of each series' metadata.
    """
    is_sound = (counts & 1) == 0
    total = int(counts.sum())
    if not total:
        return np.empty(0, np.int64), is_sound
    offsets = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
    places = np.repeat(firsts, counts) + offsets
    is_tag = (offsets & 1) == 0
    here = words[places]
    refers = is_tag & ((here == _HELP_TAG) | (here == _UNIT_TAG))
    is_odd = is_tag & ~refers & (here != _TYPE_TAG)
    if is_odd.any():
        is_sound[np.repeat(np.arange(len(counts)), counts)[is_odd]] = False
    is_other = np.ones(total, np.bool_)
    is_other[1:] = ~refers[:-1]
    return places[is_other], is_sound


def _read_varints(flat: Bytes, last: Int64Array) -> tuple[Int64Array, Int64Array]:
    """The numbers whose last bytes are at `last`; and which of them are longer than four bytes, and cut."""
    words = flat[last].astype(np.int64)
    if len(last) == len(flat):
        return words, np.empty(0, np.int64)
    lengths = np.empty(len(last), np.int64)
    lengths[0] = last[0] + 1
    np.subtract(last[1:], last[:-1], out=lengths[1:])
    for back in range(1, _MOST_VARINT_BYTES):
        rows = np.flatnonzero(lengths > back)
        if not len(rows):
            break
        words[rows] = (words[rows] << 7) | (flat[last[rows] - back] & 0x7F)
    return words, np.flatnonzero(lengths > _MOST_VARINT_BYTES)


def _check_references(most: int, symbols: int) -> None:
    if most >= symbols:
        raise DamagedMessageError(f"it refers to symbol {most}, and its table has {symbols}")


def read_series(body: bytes, start: int, end: int, numbers: Int64Array) -> EntryParts:
    """One series in whatever order and form its fields come; its block is its key.

    Raises as `read_plain_series` does.
    """
    references: list[int] = []
    metadata: list[int] = []
    sample_starts: list[int] = []
    sample_sizes: list[int] = []
    histograms = 0
    position = start
    while position < end:
        tag, content = read_varint(body, position)
        after = skip_field(body, position)
        if after > end:
            break
        if tag == _ONE_REF_TAG:
            references.append(read_varint(body, content)[0] & 0xFFFF_FFFF)
        elif 0 < tag >> 3 < 6 and tag & 7 != 2:
            raise DamagedMessageError(f"field {tag >> 3} of a series has the wire type {tag & 7}")
        elif tag in {_REFS_TAG, _SAMPLE_TAG, _METADATA_TAG}:
            first = read_varint(body, content)[1]
            if tag == _REFS_TAG:
                references += _read_packed(body, first, after)
            elif tag == _METADATA_TAG:
                metadata = _read_metadata(body, first, after, numbers)
            else:
                sample_starts.append(first)
                sample_sizes.append(after - first)
        histograms += tag == _HISTOGRAM_TAG
        position = after
        if len(references) > MAX_REFERENCES or len(sample_starts) > MAX_PARTS:
            raise TooManyPartsError
    if position != end:
        raise DamagedMessageError("a field of a series is longer than the series")
    if len(references) & 1:
        raise DamagedMessageError("a series has an odd number of label references")
    _check_references(max(references, default=-1), len(numbers))
    labels = numbers[np.array(references, np.int64)]
    words = np.concatenate([labels, np.array(metadata, np.int64)]).astype("<i8", copy=False)
    return EntryParts(words.tobytes(), sample_starts, sample_sizes, histograms)


def _read_packed(body: bytes, position: int, end: int) -> list[int]:
    numbers = []
    while position < end:
        number, position = read_varint(body, position)
        # An uint32: what is above is dropped, as all readers do.
        numbers.append(number & 0xFFFF_FFFF)
    if position != end:
        raise DamagedMessageError("a label reference is longer than its list")
    return numbers


def _read_metadata(body: bytes, position: int, end: int, numbers: Int64Array) -> list[int]:
    """The words of a key that tell metadata: tag and content of each field, the last one of each kind."""
    fields: dict[int, int] = {}
    while position < end:
        tag, content = read_varint(body, position)
        if tag in {_TYPE_TAG, _HELP_TAG, _UNIT_TAG}:
            fields[tag], position = read_varint(body, content)
            fields[tag] &= 0xFFFF_FFFF
        elif tag >> 3 in {1, 3, 4}:
            raise DamagedMessageError(f"field {tag >> 3} of a metadata has the wire type {tag & 7}")
        else:
            position = skip_field(body, position)
    if position != end:
        raise DamagedMessageError("a field of a metadata is longer than the metadata")
    for tag in fields.keys() & {_HELP_TAG, _UNIT_TAG}:
        _check_references(fields[tag], len(numbers))
        fields[tag] = int(numbers[fields[tag]])
    return [word for tag in sorted(fields) for word in (tag, fields[tag])]


class KeyReader:
    """From keys back to texts, for one message. Made when a series is new: most messages hold none."""

    def __init__(self, symbols: Sequence[bytes], numbers: Int64Array) -> None:
        self._texts = dict(zip(numbers.tolist(), symbols, strict=True))

    def read(self, key: bytes) -> SeriesTexts:
        words = np.frombuffer(key, "<i8").tolist()
        pairs = list(zip(words[::2], words[1::2], strict=True))
        labels = [(self._texts[name], self._texts[value]) for name, value in _labels_of(pairs)]
        said = {tag: content for tag, content in pairs if tag < FIRST_NUMBER}
        return SeriesTexts(
            labels,
            said.get(_TYPE_TAG, 0),
            self._texts.get(said.get(_HELP_TAG, 0), b""),
            self._texts.get(said.get(_UNIT_TAG, 0), b""),
        )


def _labels_of(pairs: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    return (pair for pair in pairs if pair[0] >= FIRST_NUMBER)
