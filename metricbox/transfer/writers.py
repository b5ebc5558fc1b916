"""From blocks to files. What a format cannot hold is left out and counted, never written as something else.

jsonl        everything; VictoriaMetrics reads it, too
parquet      everything: metric, labels (JSON), time, value
csv          everything: metric, labels (JSON), time (ISO 8601), value; a series' end is the value `stale`
line         no ends of series, no line ends in labels
prometheus   no ends of series
"""

import csv
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Protocol

from metricbox.errors import CommandError
from metricbox.transfer.blocks import Block, write_block

STALE = "stale"


class Writer(Protocol):
    left_out: int
    """Samples that the format cannot hold."""

    def write(self, block: Block) -> None: ...

    def close(self) -> None:
        """All is in the file when this returns."""
        ...

    def discard(self) -> None:
        """In place of `close`: nothing is left behind."""
        ...


class _TextWriter:
    """A block at a time to text."""

    def __init__(self, stream: IO[bytes], make: Callable[[Block], tuple[bytes, int]]) -> None:
        self.left_out = 0
        self._stream = stream
        self._make = make

    def write(self, block: Block) -> None:
        text, left_out = self._make(block)
        self._stream.write(text)
        self.left_out += left_out

    def close(self) -> None:
        self._stream.flush()

    def discard(self) -> None: ...


class _CsvWriter:
    def __init__(self, stream: IO[bytes]) -> None:
        self.left_out = 0
        self._stream = stream
        self._rows = csv.writer(_Encoding(stream), lineterminator="\n")
        self._rows.writerow(["metric", "labels", "time", "value"])

    def write(self, block: Block) -> None:
        labels = json.dumps(dict(block.labels), ensure_ascii=False)
        self._rows.writerows(
            [block.name, labels, format_time(at), STALE if value is None else repr(value)]
            for at, value in zip(block.ts_ms, block.values, strict=True)
        )

    def close(self) -> None:
        self._stream.flush()

    def discard(self) -> None: ...


class _Encoding:
    """A text stream over bytes, of which the csv module needs `write` alone."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(text.encode())


class _ParquetWriter:
    def __init__(self, path: Path) -> None:
        from metricbox.store.duckdb_backend.parquet_exchange import ParquetFile

        self.left_out = 0
        self._file = ParquetFile(path)

    def write(self, block: Block) -> None:
        self._file.add(block.name, json.dumps(dict(block.labels)), block.ts_ms, block.values)

    def close(self) -> None:
        self._file.close()

    def discard(self) -> None:
        self._file.discard()


def open_writer(format_name: str, stream: IO[bytes], path: Path | None) -> Writer:
    """A writer to `stream`, or, of formats that are no text, to `path`. Raises CommandError without one."""
    if format_name == "parquet":
        if path is None:
            raise CommandError("Parquet goes to a file: name one with --output")
        return _ParquetWriter(path)
    if format_name == "csv":
        return _CsvWriter(stream)
    return _TextWriter(stream, TEXT_FORMATS[format_name])


def format_time(ts_ms: int) -> str:
    """ISO 8601 in UTC with milliseconds."""
    moment = datetime.fromtimestamp(ts_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ts_ms % 1000:03}Z"


def _to_json_line(block: Block) -> tuple[bytes, int]:
    return write_block(block) + b"\n", 0


def _to_lines(block: Block) -> tuple[bytes, int]:
    """Line protocol with milliseconds; the field is `value`, so that the name stays as it is."""
    if any("\n" in text for text in block.labels.values()):
        return b"", len(block.ts_ms)
    tags = "".join(f",{_escape(name)}={_escape_value(value)}" for name, value in block.labels.items())
    head = f"{_escape_measurement(block.name)}{tags} value="
    lines = [
        f"{head}{value!r} {at}\n"
        for at, value in zip(block.ts_ms, block.values, strict=True)
        if value is not None
    ]
    return "".join(lines).encode(), len(block.ts_ms) - len(lines)


def _escape_measurement(text: str) -> str:
    return text.replace(",", "\\,").replace(" ", "\\ ")


def _escape(text: str) -> str:
    return _escape_measurement(text).replace("=", "\\=")


def _escape_value(text: str) -> str:
    # A backslash at the end would escape what follows; a blank after it is what clients write (PROTOCOLS 2).
    return _escape(text) + ("\\ " if text.endswith("\\") else "")


def _to_exposition(block: Block) -> tuple[bytes, int]:
    """Text format 0.0.4; names that Prometheus 2 has not are quoted, as Prometheus 3 reads them."""
    is_plain = _is_plain_name(block.name)
    labels = [f"{_quoted_name(name)}={_quoted(value)}" for name, value in block.labels.items()]
    if not is_plain:
        labels.insert(0, _quoted(block.name))
    head = (block.name if is_plain else "") + (f"{{{','.join(labels)}}}" if labels else "")
    lines = [
        f"{head} {value!r} {at}\n"
        for at, value in zip(block.ts_ms, block.values, strict=True)
        if value is not None
    ]
    return "".join(lines).encode(), len(block.ts_ms) - len(lines)


def _is_plain_name(name: str) -> bool:
    return name.replace(":", "_").isascii() and name.replace(":", "_").isidentifier()


def _quoted_name(name: str) -> str:
    return name if name.isascii() and name.isidentifier() else _quoted(name)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


TEXT_FORMATS: Mapping[str, Callable[[Block], tuple[bytes, int]]] = {
    "jsonl": _to_json_line,
    "line": _to_lines,
    "prometheus": _to_exposition,
}
FORMATS = (*TEXT_FORMATS, "csv", "parquet")
