"""Graphite's plaintext protocol, and OpenTSDB's `put` lines beside it, to one SampleBatch (PROTOCOLS 6 and 9).

    path[;tag=value...] value timestamp
    put metric timestamp value [tag=value...]

Blanks or tabs in any number divide the parts (trap B024), lines end in LF or CRLF. A time of `-1` or `N` is now, others
are seconds, perhaps with a fraction; milliseconds and finer are told by their size (trap B007). Values that are not
finite, as collectd sends before its second reading, are dropped and counted. Runs in the decode threads; never raises
for what stands in a line.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from metricbox.graphite_templates import Templates
from metricbox.ingest.names import make_plain_labels, to_plain_metric_name
from metricbox.ingest.outcome import Decoded, Reason, Refusals
from metricbox.ingest.series_table import DoorContext, KeyedSamples, SeriesFaultError
from metricbox.ingest.timestamps import unit_by_digits
from metricbox.model import Float64Array, Int64Array, SeriesKey

_MAX_SHOWN_CHARS = 100
_PUT = b"put"
_NOW = frozenset({b"-1", b"N", b"n", b"-1.0"})
_NO_TEMPLATES = Templates()


class _Rows(NamedTuple):
    """Columns of what was read, the tokens still as text."""

    positions: list[int]
    keys: list[bytes]
    values: list[bytes]
    stamps: list[bytes]


class _LineFaultError(Exception):
    """Why a line is refused, as the end of a sentence."""


def decode_graphite(text: bytes, door: DoorContext, templates: Templates = _NO_TEMPLATES) -> Decoded:
    """Columns of every line that can be stored; positions count lines from 1."""
    refusals = Refusals()
    rows = _split(text, refusals)
    columns = _read_columns(rows, door.window.now_ms)
    if columns is None:
        rows, columns = _read_line_by_line(rows, door.window.now_ms, refusals)
    stamps, values = columns
    samples = KeyedSamples(rows.positions, rows.keys, stamps, values)
    return door.resolve(samples, lambda key: make_graphite_series(key, templates), refusals)


def make_graphite_series(key: bytes, templates: Templates = _NO_TEMPLATES) -> SeriesKey:
    """The series of a path with its tags, or of `put metric tag=value...`. Raises SeriesFaultError."""
    try:
        text = key.decode()
    except UnicodeDecodeError as error:
        raise SeriesFaultError("the line is not valid UTF-8") from error
    if text.startswith("put "):
        _, metric, *tags = text.split(" ")
        return SeriesKey(to_plain_metric_name(metric), make_plain_labels(_read_tags(tags)))
    path, *tags = text.split(";")
    meaning = templates.read(path)
    labels = meaning.labels | _read_tags(tags)
    return SeriesKey(to_plain_metric_name("_".join(meaning.name_parts)), make_plain_labels(labels))


# ---- lines


def _split(text: bytes, refusals: Refusals) -> _Rows:
    rows = _Rows([], [], [], [])
    tokens = [line.split() for line in text.split(b"\n")]
    if all(len(parts) == 3 for parts in tokens[:-1]) and not tokens[-1]:
        del tokens[-1]
        if not tokens:
            return rows
        paths, values, stamps = zip(*tokens, strict=True)
        return _Rows(list(range(1, len(tokens) + 1)), list(paths), list(values), list(stamps))
    for position, parts in enumerate(tokens, 1):
        if len(parts) == 3 and parts[0] != _PUT:
            path, value, stamp = parts
        elif len(parts) > 3 and parts[0] == _PUT:
            _, metric, stamp, value, *tags = parts
            path = b" ".join((_PUT, metric, *tags))
        else:
            if parts:
                _refuse(refusals, position, _fault_of(parts), b" ".join(parts))
            continue
        rows.positions.append(position)
        rows.keys.append(path)
        rows.values.append(value)
        rows.stamps.append(stamp)
    return rows


def _fault_of(parts: Sequence[bytes]) -> str:
    if parts[0] == _PUT:
        return "it is not `put metric timestamp value tag=value`"
    return f"it has {len(parts)} parts in place of `path value timestamp`"


def _refuse(refusals: Refusals, position: int, fault: str, line: bytes) -> None:
    if refusals.is_full:
        refusals.add_unlisted(Reason.SYNTAX, 1, units=1)
        return
    shown = line[: 4 * _MAX_SHOWN_CHARS].decode("utf-8", "backslashreplace")
    if len(shown) > _MAX_SHOWN_CHARS:
        shown = shown[: _MAX_SHOWN_CHARS - 3] + "..."
    refusals.add(position, Reason.SYNTAX, f"unable to parse '{shown}': {fault}")


def _read_tags(texts: Sequence[str]) -> dict[str, str]:
    """Tags as `name=value`. Raises SeriesFaultError."""
    tags: dict[str, str] = {}
    for text in texts:
        # Doubled dividers leave empty pieces, which say nothing.
        if not text:
            continue
        name, sign, value = text.partition("=")
        if not sign or not name:
            msg = f"{text[:60]!r} is not a tag; write it like name=value"
            raise SeriesFaultError(msg)
        tags[name] = value
    return tags


# ---- numbers


def _read_columns(rows: _Rows, now_ms: int) -> tuple[Int64Array, Float64Array] | None:
    """All numbers at once; None when some are none."""
    # Python reads 1_0 as a number; nobody else does.
    if b"_" in b"".join(rows.values) or b"_" in b"".join(rows.stamps):
        return None
    try:
        values = np.array(list(map(float, rows.values)), np.float64)
        stamps = np.array([-1.0 if text in _NOW else float(text) for text in rows.stamps], np.float64)
    except ValueError:
        return None
    if not np.isfinite(stamps).all():
        return None
    return stamps_to_ms(stamps, now_ms), values


def _read_line_by_line(
    rows: _Rows, now_ms: int, refusals: Refusals
) -> tuple[_Rows, tuple[Int64Array, Float64Array]]:
    good = _Rows([], [], [], [])
    values: list[float] = []
    stamps: list[float] = []
    for position, key, value, stamp in zip(*rows, strict=True):
        try:
            number = _read_number(value, "value")
            moment = -1.0 if stamp in _NOW else _read_number(stamp, "time stamp", is_finite=True)
        except _LineFaultError as fault:
            _refuse(refusals, position, str(fault), b" ".join((key, value, stamp)))
            continue
        good.positions.append(position)
        good.keys.append(key)
        good.values.append(value)
        good.stamps.append(stamp)
        values.append(number)
        stamps.append(moment)
    columns = stamps_to_ms(np.array(stamps, np.float64), now_ms), np.array(values, np.float64)
    return good, columns


def _read_number(token: bytes, what: str, *, is_finite: bool = False) -> float:
    try:
        number = math.nan if b"_" in token else float(token)
    except ValueError as error:
        raise _LineFaultError(f"the {what} is not a number") from error
    if b"_" in token or (is_finite and not math.isfinite(number)):
        raise _LineFaultError(f"the {what} is not a number")
    return number


def stamps_to_ms(stamps: Float64Array, now_ms: int) -> Int64Array:
    """Milliseconds of finite stamps, each of the unit that its size tells; -1 is now."""
    least, most = float(stamps.min(initial=0)), float(stamps.max(initial=0))
    if least >= 0 and unit_by_digits(most).name == "s":
        return _seconds_to_ms(stamps)
    sizes = np.abs(stamps)
    # Clipped: what no int64 holds is outside any window.
    ms = np.select(
        [sizes < 1e11, sizes < 1e14, sizes < 1e17], [stamps * 1e3, stamps, stamps / 1e3], default=stamps / 1e6
    )
    ms = np.floor(np.round(np.clip(ms, -9e15, 9e15) * 1e3) / 1e3).astype(np.int64)
    return np.where(stamps == -1, now_ms, ms)


def _seconds_to_ms(stamps: Float64Array) -> Int64Array:
    # A double holds today's seconds to a quarter of a microsecond: round there first, or .123 becomes 122 ms.
    ms: Int64Array = np.floor(np.round(stamps * 1e6) / 1e3).astype(np.int64)
    return ms
