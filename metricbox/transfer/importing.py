"""Pieces to the server: progress, going on where an earlier run ended, and what was refused.

A piece that was sent twice changes nothing in the store, so that the note of how far a file got may lag behind.
"""

import contextlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Protocol

from metricbox.errors import CommandError
from metricbox.transfer.connection import Reply
from metricbox.transfer.readers import Piece, Source, read_pieces

# Where a format's pieces go, as they are.
DOORS = {
    "jsonl": "/api/v1/import",
    "csv": "/api/v1/import",
    "parquet": "/api/v1/import",
    "line": "/write",
    "prometheus": "/api/v1/import/prometheus",
}
_MAX_SHOWN = 5
# Of one answer, which names up to 100 lines.
_MAX_SHOWN_CHARS = 500


class Receiver(Protocol):
    """A server, or a dry run."""

    def post(self, path: str, content: bytes, parameters: dict[str, str] | None = None) -> Reply: ...


class Progress(NamedTuple):
    """How far a file has got."""

    piece: Piece
    refusal: str
    """The server's sentence about samples of this piece; empty when all were taken."""


class Report:
    """Of all files of a command."""

    def __init__(self) -> None:
        self.pieces = 0
        self.skipped_rows = 0
        self.refusals: Counter[str] = Counter()

    def note(self, progress: Progress) -> None:
        self.pieces += 1
        self.skipped_rows += progress.piece.skipped
        if progress.refusal:
            self.refusals[progress.refusal] += 1
        if progress.piece.faults:
            first, *more = progress.piece.faults
            self.refusals[first + (f" (and {len(more):,} more rows)" if more else "")] += 1

    def describe(self) -> Iterator[str]:
        """Sentences about what was not taken; none when all was."""
        if self.skipped_rows:
            yield f"{self.skipped_rows} cells held no number and were left out"
        for message, times in self.refusals.most_common(_MAX_SHOWN):
            shown = message if len(message) <= _MAX_SHOWN_CHARS else f"{message[:_MAX_SHOWN_CHARS]} …"
            yield shown + (f" (and so in {times - 1} more parts)" if times > 1 else "")
        more = len(self.refusals) - _MAX_SHOWN
        if more > 0:
            yield f"and {more} more kinds of refusals"


class Mark:
    """How far a file got, in a file beside it, so that the same command goes on there."""

    def __init__(self, source: Source) -> None:
        self._path = source.path.with_name(source.path.name + ".import-state")
        stat = source.path.stat()
        self._identity = [stat.st_size, stat.st_mtime_ns, source.format, list(source.value_columns)]

    def read(self) -> int:
        """0 when the file is new, or another one than the mark is of."""
        try:
            state: Any = json.loads(self._path.read_text(encoding="utf-8"))
            return int(state["end"]) if state["file"] == self._identity else 0
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def write(self, end: int) -> None:
        # A folder that cannot be written to costs the resuming and nothing else.
        with contextlib.suppress(OSError):
            self._path.write_text(json.dumps({"file": self._identity, "end": end}), encoding="utf-8")

    def clear(self) -> None:
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


def import_file(
    source: Source, receiver: Receiver, precision: str | None = None, start: int = 0
) -> Iterator[Progress]:
    """Send a file piece by piece; each progress tells of a piece that is on the server's disk."""
    # An export has milliseconds and most other files nanoseconds, without saying so: their size tells.
    parameters = {"precision": precision or "auto"} if source.format == "line" else None
    for piece in read_pieces(source, start):
        yield Progress(piece, send(receiver, DOORS[source.format], piece.body, parameters))


def send(receiver: Receiver, path: str, body: bytes, parameters: dict[str, str] | None = None) -> str:
    """The server's sentence about what it refused for good. Raises CommandError for a body it would not even read."""
    if not body.strip():
        return ""
    reply = receiver.post(path, body, parameters)
    if reply.status in {413, 415}:
        raise CommandError(reply.message)
    return reply.message


def import_blocks(
    bodies: Iterable[tuple[bytes, int]], receiver: Receiver, note: Callable[[int], None] = lambda _: None
) -> Iterator[Progress]:
    """The same for JSON lines that are made on the way, each with a position that grows."""
    for body, position in bodies:
        refusal = send(receiver, DOORS["jsonl"], body)
        note(position)
        yield Progress(Piece(body, position), refusal)
