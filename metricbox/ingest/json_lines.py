"""JSON lines, one series or a part of one a line, as exports hold them and VictoriaMetrics writes them.

    {"metric": {"__name__": "cpu", "host": "web3"}, "values": [1, 2.5, null], "timestamps": [1795600800000, ...]}

Time stamps are milliseconds. A value of null is a stale marker: JSON has no NaN, and nothing else of what is stored is
not a number (trap B012). Texts like "NaN" and "Infinity", which some programs write, are dropped and counted.
"""

from collections.abc import Sequence
from itertools import chain, repeat

import msgspec
import numpy as np

from metricbox.errors import ValidationError
from metricbox.ingest.outcome import Decoded, Reason, Refusals
from metricbox.ingest.series_table import DoorContext, KeyedSamples, SeriesFaultError
from metricbox.model import STALE_MARKER_BITS, Float64Array, SeriesKey, make_labels

_STALE_MARKER = float(np.array([STALE_MARKER_BITS], np.uint64).view(np.float64)[0])
_MAX_SHOWN_CHARS = 100


class _PlainLine(msgspec.Struct):
    metric: msgspec.Raw
    values: list[float]
    timestamps: list[int]


class _Line(msgspec.Struct):
    metric: msgspec.Raw
    values: list[float | str | None]
    timestamps: list[int]


_PLAIN_LINE = msgspec.json.Decoder(_PlainLine)
_LINE = msgspec.json.Decoder(_Line)
_METRIC = msgspec.json.Decoder(dict[str, str])


def decode_json_lines(text: bytes, door: DoorContext) -> Decoded:
    """Columns of all lines that can be stored; positions count lines from 1. Raises ValidationError for no lines at all
    that could be read where there are some.
    """
    refusals = Refusals()
    positions: list[int] = []
    keys: list[bytes] = []
    counts: list[int] = []
    values: list[Float64Array] = []
    stamps: list[Sequence[int]] = []
    for position, line in enumerate(text.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            key, columns, times = _read_line(line)
        except ValueError as error:
            refusals.add(position, Reason.SYNTAX, str(error))
            continue
        positions.append(position)
        keys.append(key)
        counts.append(len(times))
        values.append(columns)
        stamps.append(times)
    if refusals.refused_units and not keys:
        first = refusals.first[0]
        raise ValidationError(f"no line can be read; line {first.position}: {first.message}")
    try:
        ts_ms = np.fromiter(chain.from_iterable(stamps), np.int64, sum(counts))
    except OverflowError as error:
        raise ValidationError("a time stamp is beyond 64 bits; they are milliseconds") from error
    samples = KeyedSamples(
        list(chain.from_iterable(map(repeat, positions, counts))),
        list(chain.from_iterable(map(repeat, keys, counts))),
        ts_ms,
        np.concatenate([np.empty(0), *values]),
    )
    return door.resolve(samples, _make_series, refusals)


def _read_line(line: bytes) -> tuple[bytes, Float64Array, Sequence[int]]:
    """Raises ValueError with the end of a sentence."""
    try:
        plain = _PLAIN_LINE.decode(line)
        values = np.array(plain.values, np.float64)
        read: _PlainLine | _Line = plain
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            read = _LINE.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            shown = str(error)[:_MAX_SHOWN_CHARS]
            raise ValueError(
                f"is not an object with metric, values and timestamps (milliseconds): {shown}"
            ) from error
        values = np.array([_number(value) for value in read.values], np.float64)
    if len(read.timestamps) != len(values):
        raise ValueError(f"has {len(values)} values and {len(read.timestamps)} timestamps")
    return bytes(read.metric), values, read.timestamps


def _number(value: float | str | None) -> float:
    if value is None:
        return _STALE_MARKER
    # What is text is no finite number, or it would be written as one.
    return value if isinstance(value, float | int) else float("nan")


def _make_series(key: bytes) -> SeriesKey:
    try:
        labels = _METRIC.decode(key)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SeriesFaultError("metric must be an object of texts") from error
    name = labels.pop("__name__", "")
    return SeriesKey(name, make_labels(labels.items()))
