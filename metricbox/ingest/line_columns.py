"""Plain line-protocol text, turned into columns by C-level operations on the whole text at once.

Text is plain when every line is `key field=number[,field=number...] stamp` with single blanks, no quote, escape or
carriage return. Whatever is not plain makes `split_columns` return None: it never guesses. The joins are exact
because each marker can only stand where it was put: newlines end stamps, `=` ends a field name, and the first name
of a line begins with a newline. Numbers are read by a strict JSON decoder, whose grammar is a part of ours.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from metricbox.ingest.line_protocol_slow import BOOLEANS
from metricbox.model import Float64Array, Int64Array

Names = tuple[bytes, ...]
"""Field names of a line as they stand in the flat list: `=` behind each, a newline before the first."""

_NUMBER_CHARS = b"0123456789.,-+eE"
_STAMP_CHARS = b"0123456789-\n"
# Ends of integers that JSON would read but line protocol does not: `1.5i`, `1e3i`, `-1u`; and what may not fit.
_ODD_INTEGER = re.compile(rb"[.eE+][^,]*[iu],|-[0-9]*u,|[0-9]{19}[iu],")
_BOOLEAN_DIGITS = {text: b"%d" % value for text, value in BOOLEANS.items()}

_FLOATS = msgspec.json.Decoder(list[float])
_INTEGERS = msgspec.json.Decoder(list[int])


class Columns(NamedTuple):
    keys: Sequence[bytes]
    """By line: measurement and tags, raw."""
    names: Sequence[bytes]
    """By sample, see `Names`."""
    stamps: Int64Array
    """By line, in the sender's unit."""
    values: Float64Array
    """By sample."""


def is_plain(text: bytes) -> bool:
    """Whether `text` holds nothing that changes how it splits. Plain lines may still turn out not to be."""
    if b'"' in text or b"\\" in text or b"\r" in text:
        return False
    # One byte is found much faster than two, and # is seldom there at all.
    return b"#" not in text or not (b"\n#" in text or text.startswith(b"#"))


def split_columns(text: bytes) -> Columns | None:
    """Columns of `text`, which passes `is_plain` and ends in a newline; None when some line is not plain.

    Names are checked by `group_names`, or by being equal to names that were.
    """
    lines = text.count(b"\n")
    tokens = text.replace(b"\n", b"\n ").split(b" ")
    if len(tokens) != 3 * lines + 1:
        return None
    stamps = _read_stamps(b"".join(tokens[2::3]), lines)
    if stamps is None:
        return None
    fields = b",\n".join(tokens[1::3])
    flat = (b"\n" + fields).replace(b"=", b"=,").split(b",")
    if len(flat) % 2:
        return None
    values = _read_values(flat[1::2])
    if values is None:
        return None
    return Columns(tokens[0:-1:3], flat[0::2], stamps, values)


def _read_stamps(text: bytes, lines: int) -> Int64Array | None:
    # A token holds a newline at most at its end, so this many newlines mean one in each token of the column.
    if text.count(b"\n") != lines or text.translate(None, _STAMP_CHARS):
        return None
    try:
        return np.fromiter(_INTEGERS.decode(b"[%b]" % text[:-1].replace(b"\n", b",")), np.int64, lines)
    except (ValueError, OverflowError):  # not JSON, too few of them, or too large
        return None


def _read_values(tokens: list[bytes]) -> Float64Array | None:
    text = b",".join(tokens)
    letters = text.translate(None, _NUMBER_CHARS)
    if letters.strip(b"iu"):
        text = b",".join([_BOOLEAN_DIGITS.get(token, token) for token in tokens])
        letters = text.translate(None, _NUMBER_CHARS)
        if letters.strip(b"iu"):
            return None
    if letters:
        text += b","
        if _ODD_INTEGER.search(text):
            return None
        text = text.replace(b"i,", b",").replace(b"u,", b",")[:-1]
    try:
        return np.fromiter(_FLOATS.decode(b"[%b]" % text), np.float64, len(tokens))
    except ValueError:  # not JSON, or too few of them
        return None


def group_names(names: Sequence[bytes], lines: int) -> list[Names] | None:
    """The flat names by line; None when they are not names of `lines` lines."""
    groups: list[Names] = []
    start = 0
    for position, name in enumerate(names):
        if name[-1:] != b"=" or name in _BAD_NAMES:
            return None
        if position and name[0] == _NEWLINE:
            groups.append(tuple(names[start:position]))
            start = position
    groups.append(tuple(names[start:]))
    return groups if len(groups) == lines else None


def mark_names(names: Sequence[bytes]) -> Names:
    """Raw field names of one line in the form of `Names`."""
    return (b"\n%b=" % names[0], *(b"%b=" % name for name in names[1:]))


def strip_name(marked: bytes) -> bytes:
    return marked[:-1].removeprefix(b"\n")


_NEWLINE = 10
_BAD_NAMES = frozenset({b"=", b"\n=", b"time=", b"\ntime="})
