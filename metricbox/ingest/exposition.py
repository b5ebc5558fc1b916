"""The Prometheus text format 0.0.4 and OpenMetrics 1.0 to columns: of what is scraped, pushed and imported.

Nearly every line is `series value` or `series value stamp` with single blanks. Such a line is cut at its last blanks
without looking at what stands before them: of a key that turns out to be no series, `make_series` says so, and no
wrong cut leaves a key that is one, since a series ends where its quotes and braces do. Other lines, and all lines of
a piece in which a number is odd, go to the exact reader (`exposition_line.py`). Runs in the decode threads.

Exemplars are passed over. `_created` series are series like others.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from metricbox.errors import PayloadTooLargeError
from metricbox.ingest.exposition_line import (
    LineFaultError,
    SampleLine,
    make_series,
    parse_metadata,
    parse_sample,
    seconds_to_ms,
)
from metricbox.ingest.outcome import Decoded, Reason, Refusals
from metricbox.ingest.remote_write_metadata import describe_family
from metricbox.ingest.series_table import DoorContext, KeyedSamples
from metricbox.model import Float64Array, Int64Array, SeriesKey
from metricbox.store.contract import MetricDetails

__all__ = ["NO_STAMP", "Exposition", "decode_exposition", "make_series", "read_exposition"]

NO_STAMP = int(np.iinfo(np.int64).min)
"""In place of a time stamp, where the line has none."""

# A text of the shortest lines would else take twenty times its size in memory.
MAX_SAMPLES = 2_000_000
MAX_FAULTS = 1_000
# Small enough that the lines of a large text do not pile up, large enough that the fixed cost of a piece is nothing.
_PIECE_BYTES = 512 * 1024
# Targets say the same of their metrics in every scrape. At most 8 MB.
_CACHED_LINE_BYTES = 500
_CACHED_LINES = 8192
_find_metadata = lru_cache(_CACHED_LINES)(parse_metadata)
_find_details = lru_cache(_CACHED_LINES)(describe_family)
_END = re.compile(rb"^# EOF[ \t\r]*$", re.MULTILINE)


class Exposition(NamedTuple):
    """Columns of one length, in the order of the text, and what else the text says."""

    lines: Sequence[int]
    """Of each sample, from 1."""
    keys: Sequence[bytes]
    """The series as written: everything before the value. Only blanks before a name in front of labels may be left."""
    values: Float64Array
    ts_ms: Int64Array
    """NO_STAMP where the line has none."""
    details: dict[str, MetricDetails]
    """By metric: a family's details are those of each metric that its type has."""
    faults: Sequence[tuple[int, str]]
    """Line, from 1, and what is wrong with it; the first MAX_FAULTS of them."""
    fault_count: int
    families: Mapping[str, str]
    """Type by family, of those that the text gives a type."""


def read_exposition(text: bytes, *, is_openmetrics: bool) -> Exposition:
    """Every line that can be read. Raises PayloadTooLargeError for more than MAX_SAMPLES samples, nothing else.

    OpenMetrics writes time stamps in seconds and ends with `# EOF`; a text without it was cut short, which is a
    fault of its last line.
    """
    reader = _Reader(is_openmetrics=is_openmetrics)
    end_fault = None
    if is_openmetrics:
        text, end_fault = _cut_at_end(text)
    line = 1
    for piece in _iter_pieces(text):
        reader.read(piece, line)
        line += piece.count(b"\n") + 1
    if end_fault:
        reader.add_faults([(max(line - 1, 1), end_fault)])
    return reader.finish()


def decode_exposition(
    context: DoorContext,
    exposition: Exposition,
    make: Callable[[bytes], SeriesKey] = make_series,
) -> Decoded:
    """The samples that can be stored, those without a stamp at the time of arrival; faults are refusals."""
    refusals = Refusals()
    for line, message in exposition.faults:
        refusals.add(line, Reason.SYNTAX, message)
    more = exposition.fault_count - len(exposition.faults)
    if more:
        refusals.add_unlisted(Reason.SYNTAX, more, units=more)
    ts_ms = np.where(exposition.ts_ms == NO_STAMP, context.window.now_ms, exposition.ts_ms)
    samples = KeyedSamples(exposition.lines, exposition.keys, ts_ms, exposition.values)
    decoded = context.resolve(samples, make, refusals)
    if exposition.details:
        # After the series, of which some metrics may be new.
        context.registrar.learn(exposition.details)
    return decoded


def _cut_at_end(text: bytes) -> tuple[bytes, str | None]:
    """What stands before `# EOF`, and what is wrong with the end."""
    end = _END.search(text)
    if not end:
        return text, "the text does not end with # EOF: it was cut short"
    rest = text[end.end() :].strip()
    return text[: end.start()], "there is more after # EOF, which was not read" if rest else None


def _iter_pieces(text: bytes) -> Iterator[bytes]:
    """Whole lines, without the newline at the end of the last one."""
    start = 0
    while start < len(text):
        end = text.find(b"\n", start + _PIECE_BYTES)
        end = len(text) if end < 0 else end
        yield text[start:end]
        start = end + 1


# The formats have no digits parted by _ and no such blanks, which float() and int() would take.
_ODD_IN_NUMBERS = (b"_", b"\x0b", b"\x0c")


class _Texts:
    """Plain lines of a piece, whose numbers are not yet read, and the samples of its other lines."""

    def __init__(self) -> None:
        self.lines: list[int] = []
        self.keys: list[bytes] = []
        self.values: list[bytes] = []
        self.stamp_rows: list[int] = []
        self.stamps: list[bytes] = []
        self.others: list[tuple[int, SampleLine]] = []
        """Under their rows, which the columns have already."""
        self.faults: list[tuple[int, str]] = []

    def add(self, line: int, sample: SampleLine) -> None:
        self.others.append((len(self.keys), sample))
        self.lines.append(line)
        self.keys.append(sample.key)
        self.values.append(b"0")


class _Reader:
    def __init__(self, *, is_openmetrics: bool) -> None:
        self._is_openmetrics = is_openmetrics
        self._lines: list[int] = []
        self._keys: list[bytes] = []
        self._values: list[Float64Array] = []
        self._ts_ms: list[Int64Array] = []
        self._faults: list[tuple[int, str]] = []
        self._fault_count = 0
        self._metadata: dict[str, dict[str, str]] = {}

    def read(self, piece: bytes, first: int) -> None:
        """Take the lines of a piece, numbered from `first`."""
        lines = piece.split(b"\n")
        texts = self._split(lines, first)
        if not self._take(texts):
            texts = _Texts()
            for number, line in enumerate(lines, first):
                self._read_other(number, line, texts)
            self._take(texts)
        if len(self._keys) > MAX_SAMPLES:
            raise PayloadTooLargeError(f"the text has more than {MAX_SAMPLES} samples; send it in parts")

    def add_faults(self, faults: Sequence[tuple[int, str]]) -> None:
        self._fault_count += len(faults)
        self._faults += faults[: MAX_FAULTS - len(self._faults)]

    def finish(self) -> Exposition:
        details: dict[str, MetricDetails] = {}
        families: dict[str, str] = {}
        for family, said in self._metadata.items():
            kind = said.get("TYPE", "unknown")
            if "TYPE" in said:
                families[family] = kind
            details.update(_find_details(family, kind, said.get("HELP", ""), said.get("UNIT", "")))
        return Exposition(
            self._lines,
            self._keys,
            np.concatenate([np.empty(0), *self._values]),
            np.concatenate([np.empty(0, np.int64), *self._ts_ms]),
            details,
            self._faults,
            self._fault_count,
            families,
        )

    def _split(self, lines: Sequence[bytes], first: int) -> _Texts:
        texts = _Texts()
        add_line, add_key, add_value = texts.lines.append, texts.keys.append, texts.values.append
        keys = texts.keys
        for number, line in enumerate(lines, first):
            if b"#" in line:
                if line[:1] == b"#":
                    self._read_comment(line)
                else:
                    self._read_other(number, line, texts)
                continue
            key, _, value = line.rpartition(b" ")
            if key[-1:] == b"}" or (key and b" " not in key):
                add_line(number)
                add_key(key)
                add_value(value)
                continue
            stamp = value
            key, _, value = key.rpartition(b" ")
            if key[-1:] == b"}" or (key and b" " not in key):
                texts.stamp_rows.append(len(keys))
                texts.stamps.append(stamp)
                add_line(number)
                add_key(key)
                add_value(value)
            elif line:
                self._read_other(number, line, texts)
        return texts

    def _read_other(self, number: int, line: bytes, texts: _Texts) -> None:
        try:
            sample = parse_sample(line, is_openmetrics=self._is_openmetrics)
        except LineFaultError as fault:
            texts.faults.append((number, fault.message))
            return
        if sample:
            texts.add(number, sample)
        else:
            self._read_comment(line)

    def _read_comment(self, line: bytes) -> None:
        metadata = _find_metadata(line) if len(line) <= _CACHED_LINE_BYTES else parse_metadata(line)
        if metadata:
            self._metadata.setdefault(metadata.family, {})[metadata.kind] = metadata.text

    def _take(self, texts: _Texts) -> bool:
        """Add the rows of a piece. False, and nothing added, when a number of a plain line cannot be read."""
        numbers = b"".join([*texts.values, *texts.stamps])
        if any(odd in numbers for odd in _ODD_IN_NUMBERS):
            return False
        ts_ms = np.full(len(texts.keys), NO_STAMP, np.int64)
        try:
            values = np.fromiter(map(float, texts.values), np.float64, len(texts.keys))
            ts_ms[texts.stamp_rows] = self._read_stamps(texts.stamps)
        except (ValueError, OverflowError):
            return False
        for row, sample in texts.others:
            values[row] = sample.value
            if sample.ts_ms is not None:
                ts_ms[row] = sample.ts_ms
        self._lines += texts.lines
        self._keys += texts.keys
        self._values.append(values)
        self._ts_ms.append(ts_ms)
        self.add_faults(texts.faults)
        return True

    def _read_stamps(self, texts: Sequence[bytes]) -> Int64Array:
        """Milliseconds. Raises ValueError or OverflowError."""
        if self._is_openmetrics:
            return np.array([seconds_to_ms(float(text)) for text in texts], np.int64)
        ts_ms = np.array([int(text) for text in texts], np.int64)
        if len(ts_ms) and int(ts_ms.min()) == NO_STAMP:
            raise OverflowError
        return ts_ms
