"""The exact reader of the Prometheus text format and of OpenMetrics: one line, one series, one line of metadata.

    [NAME] [ {LABEL="VALUE", ...} ] VALUE [STAMP] [# exemplar or comment]
    # HELP|TYPE|UNIT FAMILY TEXT

Takes more than the formats ask for where nothing can be mistaken: any run of blanks between parts, a missing newline
at the end, a comment after a sample (trap B025), a comma before the closing brace. Names in quotes, as Prometheus 3
writes those with dots, stand within the braces: `{"my.name", label="value"}`. Pure; runs in the decode threads.
"""

import re
from typing import NamedTuple

from metricbox.ingest.series_table import SeriesFaultError
from metricbox.model import SeriesKey, make_labels

_BRACES = rb'\{(?:[^"}]++|"(?:[^"\\]++|\\.)*+")*+\}'
_KEY = re.compile(rb"[ \t]*+((?:[^ \t{#]++(?:[ \t]*+" + _BRACES + rb")?+|" + _BRACES + rb"))", re.DOTALL)
_TAIL = re.compile(rb"[ \t]*+([^ \t#]*+)(?:[ \t]++([^ \t#]++))?+[ \t]*+(#)?", re.DOTALL)
_LABEL = re.compile(
    rb'[ \t]*+(?:"((?:[^"\\]++|\\.)*+)"|([^ \t=,"{}]++))[ \t]*+(?:=[ \t]*+"((?:[^"\\]++|\\.)*+)")?+[ \t]*+(,|\})',
    re.DOTALL,
)
_CLOSED = re.compile(rb"[ \t]*+\}\Z")
_METADATA = re.compile(
    rb'[ \t]*+#[ \t]*+(HELP|TYPE|UNIT)[ \t]++(?:"((?:[^"\\]++|\\.)*+)"|([^ \t"]++))(?:[ \t]++(.*))?+',
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_UNESCAPED = {"n": "\n", "\\": "\\", '"': '"'}
# What float() and int() take beyond the formats: 1_000. Everything else that they take is a number there, too.
_NUMBER_CHARS = re.compile(rb"[-+.0-9A-Za-z]++")
_UNCLOSED = "{}: the labels are not closed by }}, or a value is not closed by a quote"
_INT64_MAX = 2**63 - 1
_SHOWN_BYTES = 40


class LineFaultError(Exception):
    """A line that cannot be read; `message` says what to do about it, as a sentence."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SampleLine(NamedTuple):
    key: bytes
    """The series as written, without blanks around it."""
    value: float
    ts_ms: int | None


class MetadataLine(NamedTuple):
    kind: str
    """HELP, TYPE or UNIT."""
    family: str
    text: str


def parse_sample(line: bytes, *, is_openmetrics: bool) -> SampleLine | None:
    """None for a line that holds no sample: blank, or a comment. Raises LineFaultError."""
    line = line.rstrip(b" \t\r")
    found = _KEY.match(line)
    if not found:
        rest = line.lstrip(b" \t")
        if not rest or rest.startswith(b"#"):
            return None
        raise LineFaultError(_UNCLOSED.format(_show(rest)))
    key = found[1]
    if not key.endswith(b"}") and line[found.end() :].lstrip(b" \t").startswith(b"{"):
        raise LineFaultError(_UNCLOSED.format(_show(line)))
    value, stamp, comment = _split_tail(line, found.end())
    if not value:
        raise LineFaultError(f'{_show(key)} has no value; a sample is `name{{label="value"}} number`')
    if comment is None:
        raise LineFaultError(f"{_show(line)}: there is more than a value and a time stamp")
    return SampleLine(key, _read_value(value), _read_stamp(stamp, is_openmetrics=is_openmetrics))


def _split_tail(line: bytes, start: int) -> tuple[bytes, bytes, bool | None]:
    """Value, stamp, and whether a comment follows: None when something else does."""
    tail = _TAIL.match(line, start)
    if tail is None:  # the pattern also takes nothing
        return b"", b"", None
    has_comment = tail[3] is not None
    return tail[1], tail[2] or b"", has_comment if has_comment or tail.end() == len(line) else None


def _read_value(text: bytes) -> float:
    try:
        if _NUMBER_CHARS.fullmatch(text):
            return float(text)
    except ValueError:
        pass
    raise LineFaultError(f"{_show(text)} is not a value; write a number, NaN, +Inf or -Inf")


def _read_stamp(text: bytes, *, is_openmetrics: bool) -> int | None:
    if not text:
        return None
    try:
        if _NUMBER_CHARS.fullmatch(text):
            ts_ms = seconds_to_ms(float(text)) if is_openmetrics else int(text)
            if -_INT64_MAX < ts_ms <= _INT64_MAX:
                return ts_ms
    except (ValueError, OverflowError):
        pass
    unit = "seconds" if is_openmetrics else "whole milliseconds"
    raise LineFaultError(f"{_show(text)} is not a time stamp; in this format it is {unit} since 1970")


def seconds_to_ms(seconds: float) -> int:
    """Raises ValueError or OverflowError for NaN and infinities."""
    return round(seconds * 1000)


def make_series(key: bytes) -> SeriesKey:
    """The series of a key as written. Raises SeriesFaultError; what names and labels may be is checked elsewhere."""
    try:
        name_part, brace, _ = key.partition(b"{")
        name = name_part.strip(b" \t").decode()
        pairs: dict[str, str] = {}
        if brace:
            if not key.endswith(b"}"):
                raise SeriesFaultError(_UNCLOSED.format(_show(key)))
            for label, value in _read_labels(key, len(name_part) + 1):
                if value is None:
                    if name:
                        raise SeriesFaultError(f"the label {label[:60]!r} has no value")
                    name = label
                elif label in pairs:
                    raise SeriesFaultError(f"the label {label[:60]!r} comes more than once")
                else:
                    pairs[label] = value
    except UnicodeDecodeError as error:
        raise SeriesFaultError(f"{_show(key)} is not UTF-8") from error
    return SeriesKey(name, make_labels(pairs.items()))


def _read_labels(key: bytes, start: int) -> list[tuple[str, str | None]]:
    """Names and values between the braces; None as the value of a metric's name in quotes."""
    found: list[tuple[str, str | None]] = []
    position = start
    while True:
        if _CLOSED.match(key, position):
            return found
        match = _LABEL.match(key, position)
        if not match or (match[2] is not None and match[3] is None):
            raise SeriesFaultError(
                f'the labels cannot be read from {_show(key[position:])} on; write {{name="value", other="value"}}'
            )
        quoted, plain, value, end = match.groups()
        label = unescape(quoted) if plain is None else plain.decode()
        found.append((label, None if value is None else unescape(value)))
        position = match.end() if end == b"," else match.end() - 1
        if end == b"}" and position != len(key) - 1:
            raise SeriesFaultError(f"{_show(key[position:])} stands behind the labels")


def parse_metadata(line: bytes) -> MetadataLine | None:
    """None for any other comment, and for one that is not UTF-8: nobody's samples are refused for it."""
    match = _METADATA.match(line.rstrip(b"\r"))
    if not match:
        return None
    kind, quoted, plain, text = match.groups()
    try:
        family = unescape(quoted) if plain is None else plain.decode()
        text = (text or b"").strip(b" \t")
        return MetadataLine(kind.decode(), family, unescape(text) if kind == b"HELP" else text.decode())
    except UnicodeDecodeError:
        return None


def unescape(text: bytes) -> str:
    r"""`\\`, `\"` and `\n` undone; a backslash before anything else stands for itself. Raises UnicodeDecodeError."""
    plain = text.decode()
    if "\\" not in plain:
        return plain
    return _ESCAPE.sub(lambda match: _UNESCAPED.get(match[1], match[0]), plain)


def _show(text: bytes) -> str:
    shown = text[:_SHOWN_BYTES].decode("utf-8", "replace")
    return repr(shown if len(text) <= _SHOWN_BYTES else shown + "...")
