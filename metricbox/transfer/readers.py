"""From files to bodies for the server's doors, in pieces that can be sent again from where they ended.

    jsonl        as it stands -> /api/v1/import
    line         as it stands -> /write
    prometheus   as it stands -> /api/v1/import/prometheus
    csv          rows of a table -> JSON lines
    parquet      rows of a table -> JSON lines

A table needs a column for the time (`time`, `timestamp`) and either `metric` (or `name`) and `value`, or value columns
that are named by the caller: then each of them is a metric. All other columns are labels; one called `labels` holds
them as JSON. Text files may be packed by gzip.
"""

import csv
import gzip
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

from metricbox.errors import CommandError, UsageError, ValidationError
from metricbox.query.times import parse_time_ms
from metricbox.transfer.blocks import Block, write_block
from metricbox.transfer.writers import STALE

PIECE_BYTES = 2 * 1024 * 1024
_ROWS_A_PIECE = 20_000
_MAX_LINE_BYTES = 32 * 1024 * 1024
_TIME_COLUMNS = ("time", "timestamp", "ts", "date", "datetime")
_NAME_COLUMNS = ("metric", "name", "__name__")
_SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
    ".lp": "line",
    ".line": "line",
    ".influx": "line",
    ".prom": "prometheus",
    ".om": "prometheus",
    ".txt": "prometheus",
}


class Piece(NamedTuple):
    """A body, and where in the file it ends: bytes of text, rows of a table."""

    body: bytes
    end: int
    skipped: int = 0
    """Cells that hold no number by purpose: empty ones, NaN."""
    faults: Sequence[str] = ()
    """Of rows that cannot be read, each with its number; the others are in the body."""


class Source(NamedTuple):
    path: Path
    format: str
    value_columns: Sequence[str] = ()
    """Of tables: columns that are metrics of their own."""


def guess_format(path: Path) -> str:
    """By the end of the name. Raises UsageError."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    found = _SUFFIXES.get(suffixes[-1]) if suffixes else None
    if found is None:
        raise UsageError(f"{path.name}: its name does not tell its format, say --format")
    return found


def size_of(source: Source) -> int | None:
    """The end of its last piece; None when it shows only at the end."""
    if source.format == "parquet":
        from metricbox.store.duckdb_backend.parquet_exchange import count_rows

        return count_rows(source.path)
    return None if source.path.suffix.lower() == ".gz" else source.path.stat().st_size


def read_pieces(source: Source, start: int = 0) -> Iterator[Piece]:
    """The pieces after `start`, the end of an earlier one. Raises CommandError for what cannot be read."""
    try:
        if source.format == "parquet":
            yield from _read_parquet(source, start)
            return
        with _open(source.path) as stream:
            if source.format == "csv":
                yield from _read_csv(source, stream, start)
            else:
                stream.seek(start)
                yield from _read_lines(source, stream, start)
    except (OSError, EOFError) as error:
        raise CommandError(f"{source.path} cannot be read: {error}") from error


def _open(path: Path) -> IO[bytes]:
    # Both are streams of bytes that can be read by lines.
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")  # type: ignore[return-value]


def _read_lines(source: Source, stream: IO[bytes], start: int) -> Iterator[Piece]:
    end = start
    while chunk := stream.read(PIECE_BYTES):
        chunk += stream.readline(_MAX_LINE_BYTES)
        if source.format == "line":
            # A line end inside a quoted text is a part of it.
            while _has_open_quote(chunk) and (more := stream.readline(_MAX_LINE_BYTES)):
                chunk += more
                if len(chunk) > _MAX_LINE_BYTES:
                    raise CommandError(f"{source.path}: a quoted text does not end")
        end += len(chunk)
        yield Piece(chunk, end)


def _has_open_quote(text: bytes) -> bool:
    return text.replace(b"\\\\", b"").replace(b'\\"', b"").count(b'"') % 2 == 1


def _read_csv(source: Source, stream: IO[bytes], start: int) -> Iterator[Piece]:
    """`start` and `end` count rows, the head not among them."""
    text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
    rows = csv.reader(text)
    try:
        head = next(rows, None)
        if head is None:
            return
        table = _Table(source, head)
        pending: list[Sequence[Any]] = []
        end = 0
        for row in rows:
            end += 1
            if end > start:
                pending.append(row)
            if len(pending) >= _ROWS_A_PIECE:
                yield table.make_piece(pending, end)
                pending = []
        if pending:
            yield table.make_piece(pending, end)
    except (csv.Error, UnicodeDecodeError) as error:
        raise CommandError(f"{source.path}, line {rows.line_num}: {error}") from error
    finally:
        # The stream is its opener's to close.
        text.detach()


def _read_parquet(source: Source, start: int) -> Iterator[Piece]:
    from metricbox.store.duckdb_backend.parquet_exchange import read_rows

    for part in read_rows(source.path, start):
        table = _Table(source, list(part.columns))
        rows = list(zip(*part.columns.values(), strict=True))
        for first in range(0, len(rows), _ROWS_A_PIECE):
            portion = rows[first : first + _ROWS_A_PIECE]
            yield table.make_piece(portion, part.end - len(rows) + first + len(portion))


_Blocks = dict[tuple[Any, ...], tuple[str, Mapping[str, str], list[int], list[float | None]]]
"""Of a piece, by what names the series in its rows."""


class _Table:
    """What the columns of a table mean."""

    def __init__(self, source: Source, head: Sequence[str]) -> None:
        self._path = source.path
        self._head = [name.strip() for name in head]
        places = {name.lower(): place for place, name in reversed(list(enumerate(self._head)))}
        self._time = next((places[name] for name in _TIME_COLUMNS if name in places), None)
        if self._time is None:
            raise CommandError(f"{source.path} has no column {' or '.join(_TIME_COLUMNS[:2])}; it has {head}")
        self._values: list[tuple[str, int]] = []
        self._name: int | None = None
        if source.value_columns:
            for name in source.value_columns:
                if name not in self._head:
                    raise UsageError(f"{source.path} has no column {name}; it has {', '.join(self._head)}")
                self._values.append((name, self._head.index(name)))
        else:
            self._name = next((places[name] for name in _NAME_COLUMNS if name in places), None)
            if self._name is None or "value" not in places:
                raise UsageError(
                    f"{source.path} has no columns metric and value: say which of {', '.join(self._head)} "
                    "are metrics with --values"
                )
            self._values.append(("", places["value"]))
        self._json = places.get("labels")
        taken = {self._time, self._name, self._json, *(place for _, place in self._values)}
        self._labels = [(name, place) for place, name in enumerate(self._head) if place not in taken]

    def make_piece(self, rows: Sequence[Sequence[Any]], end: int) -> Piece:
        blocks: _Blocks = {}
        skipped = 0
        faults: list[str] = []
        width = len(self._head)
        for number, row in enumerate(rows, end - len(rows) + 1):
            if not row:
                continue
            # An empty last column may be left out; it stays empty (trap B030).
            cells = row if len(row) == width else [*row[:width], *[None] * (width - len(row))]
            try:
                skipped += self._add_row(blocks, cells)
            except ValueError as fault:
                faults.append(f"row {number}: {fault}")
        body = b"".join(write_block(Block(*block)) + b"\n" for block in blocks.values())
        return Piece(body, end, skipped, faults)

    def _add_row(self, blocks: _Blocks, cells: Sequence[Any]) -> int:
        """How many cells of it hold no number by purpose. Raises ValueError, and adds nothing then."""
        ts_ms = self._read_time(cells[self._time])  # type: ignore[index] # a table has one
        labels = self._read_labels(cells)
        values = [(name, self._read_value(cells[place], is_wide=bool(name))) for name, place in self._values]
        skipped = 0
        for name, value in values:
            if isinstance(value, _Nothing):
                skipped += 1
                continue
            metric = str(name or cells[self._name])  # type: ignore[index] # without value columns there is one
            key = metric, cells[self._json] if self._json is not None else None
            block = blocks.setdefault(
                (*key, *(cells[column] for _, column in self._labels)), (metric, labels, [], [])
            )
            block[2].append(ts_ms)
            block[3].append(value)
        return skipped

    def _read_time(self, cell: Any) -> int:
        try:
            if isinstance(cell, str):
                text = cell.strip()
                return parse_time_ms(float(text) if _is_number(text) else text, 0)
            return parse_time_ms(cell, 0)
        except (TypeError, ValidationError) as error:
            raise ValueError(str(error)) from error

    def _read_value(self, cell: Any, *, is_wide: bool) -> "float | _Nothing | None":
        if cell is None or cell == "":
            # In a row of its own, a NULL is the end of a series; among other metrics it is a gap.
            return None if cell is None and not is_wide else _NOTHING
        if cell == STALE:
            return None
        try:
            value = float(cell)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{str(cell)[:60]!r} is not a number") from error
        return value if abs(value) < float("inf") else _NOTHING

    def _read_labels(self, cells: Sequence[Any]) -> Mapping[str, str]:
        labels = {name: str(cells[place]) for name, place in self._labels if cells[place] not in {None, ""}}
        if self._json is None or not cells[self._json]:
            return labels
        try:
            more = json.loads(str(cells[self._json]))
            return {**labels, **{str(name): str(value) for name, value in more.items()}}
        except (ValueError, AttributeError) as error:
            raise ValueError("labels is not a JSON object") from error


class _Nothing:
    """No sample."""


_NOTHING = _Nothing()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
