"""InfluxDB line protocol to one SampleBatch: plain text by columns, every other line by the exact parser.

The fast path takes pieces of the body as a whole (`line_columns.py`); a piece that is not plain is parted by a regular
expression, line by line, so that one odd line does not slow the others. Series are looked up by a line's raw key: a
line with ten known fields costs one dictionary hit. Runs in the decode threads; blocks when series are new.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from metricbox.ingest.line_columns import (
    Columns,
    Names,
    group_names,
    is_plain,
    mark_names,
    split_columns,
    strip_name,
)
from metricbox.ingest.line_protocol_slow import (
    LineFaultError,
    make_series_key,
    parse_key,
    parse_line,
    show_line,
)
from metricbox.ingest.outcome import Decoded, Reason, Refusals, join_batches, select_rows
from metricbox.ingest.series_cache import CACHE_BYTES, GenerationCache, SeriesRegistrar
from metricbox.ingest.timestamps import Unit, Window, to_ms
from metricbox.model import Float64Array, Int64Array, SampleBatch, SeriesKey
from metricbox.store.contract import SERIES_LIMIT_REACHED

# Small enough that a large body's tokens do not pile up, large enough that the fixed cost of a piece is nothing.
_PIECE_BYTES = 512 * 1024
_MIXED_LINES = 8192
_BAD_SERIES = -2
"""In place of a series id: the key or a field name cannot be stored."""

_NUMBER = (
    rb"(?:-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+(?=[, \r\n]|\Z)"
    rb"|-?(?:0|[1-9][0-9]{0,17}+)i|(?:0|[1-9][0-9]{0,17}+)u"
    rb"|[tT](?:rue)?+|[fF](?:alse)?+|TRUE|FALSE)"
)
_KEY = rb'[^ \n\r"\\#][^ \n\r"\\]*+ '
_NAME = rb'(?!time=)[^,= \n\r"\\]++='
_FIELD = _NAME + _NUMBER
_TEXT = rb'"[^"\\\n]*+"'
_ANY_FIELD = _NAME + rb"(?:" + _TEXT + rb"|" + _NUMBER + rb")"
_END = rb"( (?:0|-?[1-9][0-9]{0,18}+))?+\r?(?:\n|\Z)"
# What the columns surely take. The stamp may be absent.
_PLAIN_LINE = re.compile(rb"(" + _KEY + _FIELD + rb"(?:," + _FIELD + rb")*+)" + _END)
# The same with simple text fields, which are cut out. Icinga and Glances send one in most lines.
_TEXT_LINE = re.compile(rb"(" + _KEY + rb")(" + _ANY_FIELD + rb"(?:," + _ANY_FIELD + rb")*+)" + _END)
_TEXT_FIELD = re.compile(rb"," + _NAME + _TEXT)
_EMPTY_LINES = re.compile(rb"(?: *+(?:#[^\n]*+)?\r?\n)++")

_Entry = tuple[Names, tuple[int, ...]]
_get_names = itemgetter(0)
_get_ids = itemgetter(1)


class _Rows(NamedTuple):
    """Lines read but not yet checked against the window and the series limit."""

    lines: Sequence[int]
    """Physical line numbers, from 1."""
    keys: Sequence[bytes]
    entries: Sequence[_Entry]
    stamps: Int64Array
    is_stamped: Sequence[bool] | None
    """None when every line has a stamp."""
    values: Float64Array


class LineDecoder:
    """Holds the cache from raw keys to series ids. Safe to use from several threads."""

    def __init__(self, registrar: SeriesRegistrar, cache_bytes: int = CACHE_BYTES) -> None:
        self._registrar = registrar
        # Keyed by a line's raw key; a second set of fields under one key is kept under (key, names).
        self.cache: GenerationCache[bytes | tuple[bytes, Names], _Entry] = GenerationCache(cache_bytes)

    def decode(self, body: bytes, unit: Unit, window: Window, monotonic_s: float) -> Decoded:
        """Columns of every line that can be stored, and what was refused. Never raises for what is in `body`."""
        refusals = Refusals()
        checker = _Checker(self._registrar, refusals, unit, window, monotonic_s)
        batches = [checker.check(rows) for rows in self._read(body, refusals)]
        return Decoded(join_batches(batches), refusals)

    # ---- reading

    def _read(self, body: bytes, refusals: Refusals) -> Iterator[_Rows]:
        if b'"' in body:
            # A quoted text may hold newlines: only the exact parser can say where lines end.
            yield from self._read_mixed(body, 1, refusals)
            return
        start, line = 0, 1
        while start < len(body):
            end = len(body)
            if end - start > _PIECE_BYTES:
                end = (body.find(b"\n", start + _PIECE_BYTES) + 1) or end
            piece = body[start:end]
            lines = piece.count(b"\n")
            if not piece.endswith(b"\n"):
                piece += b"\n"
                lines += 1
            columns = split_columns(piece) if is_plain(piece) else None
            rows = self._resolve_columns(columns, range(line, line + lines), None) if columns else None
            if rows is None:
                yield from self._read_mixed(piece, line, refusals)
            else:
                yield rows
            start, line = end, line + lines

    def _read_mixed(self, text: bytes, line: int, refusals: Refusals) -> Iterator[_Rows]:
        """Lines of which some are not plain."""
        plain = _PlainLines([], [], [])
        odd = _OddLines([], [], [], [])
        position = 0
        has_texts = b'"' in text
        while position < len(text):
            match = _PLAIN_LINE.match(text, position)
            if match:
                plain.add(line, *match.groups())
                position, line = match.end(), line + 1
            elif has_texts and (match := _TEXT_LINE.match(text, position)) and plain.add_cut(line, match):
                position, line = match.end(), line + 1
            elif match := _EMPTY_LINES.match(text, position):
                line += text.count(b"\n", position, match.end())
                position = match.end()
            else:
                end = self._read_odd(text, position, line, odd, refusals)
                line += text.count(b"\n", position, end) + 1
                position = end + 1
            if len(plain.lines) + len(odd.lines) >= _MIXED_LINES:
                yield from self._resolve_mixed(plain, odd, refusals)
                plain, odd = _PlainLines([], [], []), _OddLines([], [], [], [])
        yield from self._resolve_mixed(plain, odd, refusals)

    @staticmethod
    def _read_odd(text: bytes, start: int, line: int, odd: "_OddLines", refusals: Refusals) -> int:
        """Parse one line into `odd` or refuse it. Returns where it ends; damage never crosses a newline (B004)."""
        try:
            parsed = parse_line(text, start)
            if parsed is not None and not parsed.names:
                parse_key(parsed.key)
        except LineFaultError as fault:
            if refusals.is_full:
                refusals.add_unlisted(fault.reason, 1, units=1)
            else:
                refusals.add(
                    line, fault.reason, f"unable to parse '{show_line(text, start)}': {fault.message}"
                )
            parsed = None
        if parsed is None:
            end = text.find(b"\n", start)
            return end if end >= 0 else len(text)
        if parsed.dropped:
            refusals.add_unlisted(Reason.NOT_FINITE, parsed.dropped)
        if parsed.names:
            odd.lines.append(line)
            odd.keys.append(parsed.key)
            odd.names.append(mark_names(parsed.names))
            odd.samples.append((parsed.stamp, parsed.values))
        return parsed.end

    # ---- series

    def _resolve_mixed(self, plain: "_PlainLines", odd: "_OddLines", refusals: Refusals) -> Iterator[_Rows]:
        rows_plain = None
        if plain.lines:
            text = b"\n".join(plain.texts) + b"\n"
            columns = split_columns(text)
            is_stamped = None if all(plain.is_stamped) else plain.is_stamped
            rows_plain = self._resolve_columns(columns, plain.lines, is_stamped) if columns else None
            if rows_plain is None:
                # The regular expression let pass what the columns do not take, as a number beyond float64.
                for number, text, is_own in zip(plain.lines, plain.texts, plain.is_stamped, strict=True):
                    self._read_odd(text if is_own else text.removesuffix(b" 0"), 0, number, odd, refusals)
                odd = odd.sorted()
        rows_odd = self._resolve_odd(odd) if odd.lines else None
        if rows_plain and rows_odd:
            yield _merge(rows_plain, rows_odd)
        elif rows_plain or rows_odd:
            yield rows_plain or rows_odd  # type: ignore[misc]

    def _resolve_columns(
        self, columns: Columns, lines: Sequence[int], is_stamped: Sequence[bool] | None
    ) -> _Rows | None:
        """Series of all lines. None when the names turn out not to be plain."""
        young = self.cache.young
        entries: list[_Entry] | None
        try:
            entries = list(map(young.__getitem__, columns.keys))
        except KeyError:
            entries = None
        if entries is None or list(chain.from_iterable(map(_get_names, entries))) != columns.names:
            groups = group_names(columns.names, len(columns.keys))
            # An empty key is a leading blank, which the grammar skips.
            if groups is None or b"" in columns.keys:
                return None
            entries = self._find_entries(columns.keys, groups)
        return _Rows(lines, columns.keys, entries, columns.stamps, is_stamped, columns.values)

    def _resolve_odd(self, odd: "_OddLines") -> _Rows:
        entries = self._find_entries(odd.keys, odd.names)
        stamps = np.fromiter((stamp or 0 for stamp, _ in odd.samples), np.int64, len(odd.samples))
        values = np.fromiter(chain.from_iterable(values for _, values in odd.samples), np.float64)
        is_stamped = [stamp is not None for stamp, _ in odd.samples]
        return _Rows(odd.lines, odd.keys, entries, stamps, is_stamped, values)

    def _find_entries(self, keys: Sequence[bytes], names: Sequence[Names]) -> list[_Entry]:
        """An entry for each line; unknown series are registered, all in one call."""
        found: dict[tuple[bytes, Names], _Entry | None] = {}
        for shape in zip(keys, names, strict=True):
            if shape in found:
                continue
            entry = self.cache.find(shape[0])
            if entry is None or entry[0] != shape[1]:
                entry = self.cache.find(shape)
            found[shape] = entry
        missing = [shape for shape, entry in found.items() if entry is None]
        if missing:
            found.update(self._register(missing))
        for shape, entry in found.items():
            if entry is not None and min(entry[1]) >= 0:
                self._remember(shape, entry)
        return [found[shape] for shape in zip(keys, names, strict=True)]  # type: ignore[misc]

    def _remember(self, shape: tuple[bytes, Names], entry: _Entry) -> None:
        key, names = shape
        known = self.cache.young.get(key)
        if known is None:
            self.cache.put(key, entry, len(key), len(names))
        elif known[0] != names and shape not in self.cache.young:
            self.cache.put(shape, entry, len(key), len(names))

    def _register(self, shapes: Sequence[tuple[bytes, Names]]) -> dict[tuple[bytes, Names], _Entry]:
        entries: dict[tuple[bytes, Names], _Entry] = {}
        good: list[tuple[bytes, Names]] = []
        series: list[SeriesKey] = []
        for shape in shapes:
            try:
                series += _make_series(*shape)
                good.append(shape)
            except LineFaultError:
                entries[shape] = (shape[1], (_BAD_SERIES,) * len(shape[1]))
        ids = iter(self._registrar.register(series).tolist() if series else [])
        for shape in good:
            entries[shape] = (shape[1], tuple(next(ids) for _ in shape[1]))
        return entries


class _PlainLines(NamedTuple):
    lines: list[int]
    texts: list[bytes]
    is_stamped: list[bool]

    def add(self, line: int, text: bytes, stamp: bytes | None) -> None:
        self.lines.append(line)
        self.texts.append(text + (stamp or b" 0"))
        self.is_stamped.append(stamp is not None)

    def add_cut(self, line: int, match: re.Match[bytes]) -> bool:
        """Add a line without its text fields. False when there are no others."""
        key, fields, stamp = match.groups()
        # Matches begin at true fields: numbers hold no quote, and a text is passed over as a whole.
        numbers = _TEXT_FIELD.sub(b"", b"," + fields)
        if numbers:
            self.add(line, key + numbers[1:], stamp)
        return bool(numbers)


class _OddLines(NamedTuple):
    lines: list[int]
    keys: list[bytes]
    names: list[Names]
    samples: list[tuple[int | None, Sequence[float]]]

    def sorted(self) -> "_OddLines":
        """The same in the order of their lines."""
        order = sorted(range(len(self.lines)), key=self.lines.__getitem__)
        return _OddLines(*([column[place] for place in order] for column in self))  # type: ignore[arg-type]


def _make_series(key: bytes, names: Names) -> list[SeriesKey]:
    parsed = parse_key(key)
    return [make_series_key(parsed, strip_name(name)) for name in names]


def _merge(first: _Rows, second: _Rows) -> _Rows:
    """Both in the order of their lines: of two samples of one series and time, the later line must win."""
    counts = [len(entry[1]) for rows in (first, second) for entry in rows.entries]
    lines = np.array([*first.lines, *second.lines], np.int64)
    order = np.argsort(lines, kind="stable")
    sample_order = np.argsort(np.repeat(lines, counts), kind="stable")
    places = order.tolist()

    def pick(a: Sequence[object], b: Sequence[object]) -> list[object]:
        both = [*a, *b]
        return [both[place] for place in places]

    stamped = [rows.is_stamped or [True] * len(rows.lines) for rows in (first, second)]
    return _Rows(
        lines[order].tolist(),
        pick(first.keys, second.keys),  # type: ignore[arg-type]
        pick(first.entries, second.entries),  # type: ignore[arg-type]
        np.concatenate([first.stamps, second.stamps])[order],
        pick(*stamped),  # type: ignore[arg-type]
        np.concatenate([first.values, second.values])[sample_order],
    )


class _Checker:
    """Turns rows into a batch: time stamps to milliseconds, and out with what cannot be stored."""

    def __init__(
        self,
        registrar: SeriesRegistrar,
        refusals: Refusals,
        unit: Unit,
        window: Window,
        monotonic_s: float,
    ) -> None:
        self._registrar = registrar
        self._refusals = refusals
        self._unit = unit
        self._window = window
        self._monotonic_s = monotonic_s

    def check(self, rows: _Rows) -> SampleBatch:
        ts_ms = to_ms(rows.stamps, self._unit)
        if rows.is_stamped is not None:
            ts_ms = np.where(rows.is_stamped, ts_ms, self._window.now_ms)
        ids_by_line = list(map(_get_ids, rows.entries))
        counts = np.fromiter(map(len, ids_by_line), np.int64, len(ids_by_line))
        ids = np.fromiter(chain.from_iterable(ids_by_line), np.int64, len(rows.values))
        batch = SampleBatch(ids, np.repeat(ts_ms, counts), rows.values)
        outside = self._window.mask_outside(ts_ms)
        has_bad_ids = bool(len(ids)) and int(ids.min()) < 0
        if outside is None and not has_bad_ids:
            return batch
        keep = ids >= 0
        if outside is not None:
            self._refuse_times(rows, ts_ms, counts, np.flatnonzero(outside).tolist())
            keep &= ~np.repeat(outside, counts)
        if has_bad_ids:
            is_outside = [False] * len(counts) if outside is None else outside.tolist()
            self._refuse_series(rows, ids_by_line, is_outside)
        return select_rows(batch, keep)

    def _refuse_times(self, rows: _Rows, ts_ms: Int64Array, counts: Int64Array, places: list[int]) -> None:
        for place in places:
            stamp_ms, samples = int(ts_ms[place]), int(counts[place])
            reason = self._window.reason_of(stamp_ms)
            if self._refusals.is_full:
                self._refusals.add_unlisted(reason, samples, units=1)
            else:
                message = self._window.explain(stamp_ms, int(rows.stamps[place]), self._unit)
                self._refusals.add(rows.lines[place], reason, message, samples=samples)

    def _refuse_series(
        self, rows: _Rows, ids_by_line: list[tuple[int, ...]], is_outside: Sequence[bool]
    ) -> None:
        over_limit: list[tuple[int, int, list[SeriesKey]]] = []
        for place, ids in enumerate(ids_by_line):
            if min(ids) >= 0 or is_outside[place]:
                continue
            key, names = rows.keys[place], rows.entries[place][0]
            try:
                series = _make_series(key, names)
            except LineFaultError as fault:
                message = f"unable to parse '{show_line(key, 0)}': {fault.message}"
                self._refusals.add(rows.lines[place], fault.reason, message, samples=len(ids))
                continue
            refused = [one for one, number in zip(series, ids, strict=True) if number == SERIES_LIMIT_REACHED]
            over_limit.append((rows.lines[place], len(refused), refused))
        if over_limit:
            everything = chain.from_iterable(series for _, _, series in over_limit)
            message = self._registrar.explain_limit(everything, self._monotonic_s)
            for line, samples, _ in over_limit:
                self._refusals.add(line, Reason.SERIES_LIMIT, message, samples=samples)
