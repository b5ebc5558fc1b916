r"""The exact grammar of InfluxDB line protocol, one line at a time, and how a line maps to series. Pure.

    measurement[,tag=value...] field=value[,field=value...] [timestamp]

A `,`, blank or `=` is escaped exactly when a backslash stands right before it; every other backslash is itself, so
`\\,` is a backslash and a comma. With that, escaping and parsing are inverse (trap B003). Quotes mean something only
around a field's value. A tag and a field of one name do not meet: the field is part of the metric's name (B027).
`line_protocol.py` is the fast path for plain lines; a property test holds both equal.
"""

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from metricbox.ingest.outcome import Reason
from metricbox.model import SeriesKey, find_labels_fault, find_name_fault, make_labels

# Possessive everywhere: an escape must not be read again as a backslash and a separator.
_KEY = re.compile(rb"(?:[^\\ \n]++|\\[, =]?+)++")
_FIELD = re.compile(rb'((?:[^\\,= \n]++|\\[,= ]?+)*+)=(?:("(?:[^"\\]++|\\.)*+")|([^, \n]*+))', re.DOTALL)
_BLANKS = re.compile(rb" *+")
_REST_OF_LINE = re.compile(rb"[^\n]*+")
_UNESCAPED_COMMA = re.compile(rb"(?<!\\),")
_UNESCAPED_EQUALS = re.compile(rb"(?<!\\)=")
_ESCAPED = re.compile(rb"\\([, =])")
_ESCAPED_IN_MEASUREMENT = re.compile(rb"\\([, ])")

_FLOAT = re.compile(rb"[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?")
_INTEGER = re.compile(rb"[+-]?[0-9]++i")
_UNSIGNED = re.compile(rb"\+?[0-9]++u")
_NOT_FINITE = re.compile(rb"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_STAMP = re.compile(rb"-?[0-9]++")
_MAX_STAMP_CHARS = 20

BOOLEANS = {
    **dict.fromkeys((b"t", b"T", b"true", b"True", b"TRUE"), 1.0),
    **dict.fromkeys((b"f", b"F", b"false", b"False", b"FALSE"), 0.0),
}

_NAME_REPLACED = re.compile(r"[^A-Za-z0-9_:.\-/]")
_LABEL_REPLACED = re.compile(r"[^A-Za-z0-9_.\-]")
_MAX_SHOWN_CHARS = 100

# InfluxDB keeps this name for the time column and refuses points that use it; its users know that.
_RESERVED_NAME = b"time"


class LineFaultError(Exception):
    """Why a line is refused, in InfluxDB's words where it has some."""

    def __init__(self, message: str, reason: Reason = Reason.SYNTAX) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason


class Line(NamedTuple):
    """A line taken apart. `key` is raw, the rest is decoded."""

    key: bytes
    """Measurement and tags as sent, the line's key in the series cache."""
    names: Sequence[bytes]
    """Raw names of the numeric fields, in order."""
    values: Sequence[float]
    stamp: int | None
    dropped: int
    """Fields left out because their value was not finite (trap B009)."""
    end: int
    """Where the line ends in the body: at its newline, or at the end."""


def parse_line(body: bytes, start: int) -> Line | None:
    """The line that begins at `start`; None for a blank line or a comment. Raises LineFaultError.

    A quoted text may run over newlines, so the end of the line is known only afterwards.
    """
    physical_end = _REST_OF_LINE.match(body, start).end()  # type: ignore[union-attr] # it matches nothing, too
    position = _skip_blanks(body, start)
    if body[position : position + 1] == b"#" or not body[position:physical_end].strip():
        return None
    key_match = _KEY.match(body, position)
    key = key_match.group() if key_match else b""
    position = _skip_blanks(body, position + len(key))
    names: list[bytes] = []
    values: list[float] = []
    dropped = 0
    if position >= physical_end or body[position : position + 1] == b"\r":
        raise LineFaultError("missing fields")
    while True:
        match = _FIELD.match(body, position)
        if match is None:
            raise LineFaultError("invalid field format")
        name, text, plain = match.groups()
        position = match.end()
        _check_field_name(name)
        if text is None:
            if position >= len(body) or body[position : position + 1] == b"\n":
                plain = plain.removesuffix(b"\r")
            value = parse_value(plain)
            if math.isfinite(value):
                names.append(name)
                values.append(value)
            else:
                dropped += 1
        if body[position : position + 1] != b",":
            break
        position += 1
    stamp, end = _parse_rest(body, position)
    if dropped and not values:
        raise LineFaultError("no field has a finite value", Reason.NOT_FINITE)
    return Line(key, names, values, stamp, dropped, end)


def _skip_blanks(body: bytes, position: int) -> int:
    return _BLANKS.match(body, position).end()  # type: ignore[union-attr] # it matches nothing, too


def _check_field_name(name: bytes) -> None:
    if not name:
        raise LineFaultError("missing field key")
    if name == _RESERVED_NAME:
        raise LineFaultError('invalid field name: "time" is reserved', Reason.BAD_SERIES)


def _parse_rest(body: bytes, position: int) -> tuple[int | None, int]:
    """The time stamp, if any, and the end of the line, from behind the last field."""
    match = _REST_OF_LINE.match(body, position)
    rest = match.group() if match else b""
    end = position + len(rest)
    rest = rest.removesuffix(b"\r")
    if rest and not rest.startswith(b" "):
        raise LineFaultError("invalid field format")
    stamp = rest.strip(b" ")
    if not stamp:
        return None, end
    if b" " in stamp:
        raise LineFaultError("point is invalid: something follows the time stamp")
    if not _STAMP.fullmatch(stamp):
        raise LineFaultError("bad timestamp")
    if len(stamp) > _MAX_STAMP_CHARS or not -(2**63) <= int(stamp) < 2**63:
        raise LineFaultError("time outside range: it does not fit 64 bits")
    return int(stamp), end


def parse_value(text: bytes) -> float:
    """The number in an unquoted field value, perhaps not finite. Raises LineFaultError."""
    if _FLOAT.fullmatch(text):
        return float(text)
    if text in BOOLEANS:
        return BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        # 64 digits are past every bound; int() must not see an unbounded number of them.
        if len(text) > 64 or not -(2**63) <= int(text[:-1]) < 2**63:
            raise LineFaultError("unable to parse integer: it does not fit 64 bits")
        return float(int(text[:-1]))
    if _UNSIGNED.fullmatch(text):
        if len(text) > 64 or int(text[:-1]) >= 2**64:
            raise LineFaultError("unable to parse unsigned integer: it does not fit 64 bits")
        return float(int(text[:-1]))
    if _NOT_FINITE.fullmatch(text):
        return math.nan
    if not text:
        raise LineFaultError("missing field value")
    if text.startswith(b'"'):
        raise LineFaultError("unbalanced quotes")
    if text[:1] in b"tTfF":
        raise LineFaultError("invalid boolean")
    raise LineFaultError("invalid number")


class ParsedKey(NamedTuple):
    measurement: str
    labels: tuple[tuple[str, str], ...]


def parse_key(key: bytes) -> ParsedKey:
    """Measurement and labels of a line's raw key. Raises LineFaultError."""
    measurement, *pairs = _UNESCAPED_COMMA.split(key)
    if not measurement:
        raise LineFaultError("missing measurement")
    labels: dict[str, str] = {}
    raw_names: set[bytes] = set()
    for pair in pairs:
        name, *values = _UNESCAPED_EQUALS.split(pair)
        if not name:
            raise LineFaultError("missing tag key")
        if not values:
            raise LineFaultError("missing tag value")
        if len(values) > 1:
            raise LineFaultError("invalid tag format: write = in a tag value as \\=")
        if name == _RESERVED_NAME:
            raise LineFaultError('invalid tag key: "time" is reserved', Reason.BAD_SERIES)
        label = to_label_name(_decode(_ESCAPED.sub(rb"\1", name)))
        if name in raw_names or label in labels:
            raise LineFaultError(f"duplicate tags: {label}")
        raw_names.add(name)
        value = _decode(_ESCAPED.sub(rb"\1", values[0]))
        if value:
            labels[label] = value
    canonical = make_labels(labels.items())
    fault = find_labels_fault(canonical)
    if fault:
        raise LineFaultError(fault, Reason.BAD_SERIES)
    return ParsedKey(_decode(_ESCAPED_IN_MEASUREMENT.sub(rb"\1", measurement)), canonical)


def make_series_key(key: ParsedKey, field: bytes) -> SeriesKey:
    """The series of one field: `m_f`, or `m` for the field `value`. Raises LineFaultError."""
    text = _decode(_ESCAPED.sub(rb"\1", field))
    name = to_metric_name(key.measurement if text == "value" else f"{key.measurement}_{text}")
    fault = find_name_fault(name)
    if fault:
        raise LineFaultError(fault, Reason.BAD_SERIES)
    return SeriesKey(name, key.labels)


def to_metric_name(text: str) -> str:
    """`text` with every character that a metric name cannot hold replaced by `_`, and `_` before a bad first one."""
    name = _NAME_REPLACED.sub("_", text)
    return name if name[:1].isalpha() or name[:1] in {"_", ":"} else f"_{name}"


def to_label_name(text: str) -> str:
    name = _LABEL_REPLACED.sub("_", text)
    return name if name[:1].isalpha() or name[:1] == "_" else f"_{name}"


def escape_tag(text: str) -> str:
    r"""`text` as a tag name or value. Text that ends in a backslash cannot be written in line protocol."""
    return re.sub(r"([, =])", r"\\\1", text)


def escape_measurement(text: str) -> str:
    return re.sub(r"([, ])", r"\\\1", text)


def show_line(body: bytes, start: int) -> str:
    """The physical line at `start`, shortened for a message."""
    line = body[start : start + 4 * _MAX_SHOWN_CHARS].split(b"\n", 1)[0]
    text = line.removesuffix(b"\r").decode("utf-8", "backslashreplace")
    return text if len(text) <= _MAX_SHOWN_CHARS else text[: _MAX_SHOWN_CHARS - 3] + "..."


def _decode(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise LineFaultError("not valid UTF-8") from error
