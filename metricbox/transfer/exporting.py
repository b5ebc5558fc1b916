"""A server's samples to a file: whole or not there at all."""

import contextlib
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from metricbox.errors import CommandError
from metricbox.transfer.blocks import read_block
from metricbox.transfer.connection import Connection
from metricbox.transfer.writers import open_writer


class Exported(NamedTuple):
    series_parts: int
    samples: int
    left_out: int
    """Samples that the format cannot hold."""


def export_file(
    connection: Connection,
    matches: Sequence[str],
    parameters: Mapping[str, str],
    format_name: str,
    path: Path | None,
    note: Callable[[int], None] = lambda _: None,
) -> Exported:
    """Write to `path`, or to standard output without one. `note` is told of samples as they are written.

    A file is written under another name and renamed when it is whole. Raises CommandError.
    """
    parts = samples = 0
    partial = None if path is None else path.with_name(path.name + ".part")
    try:
        with _open(partial) as stream:
            writer = open_writer(format_name, stream, partial)
            try:
                for line in connection.export(matches, parameters):
                    block = read_block(line)
                    writer.write(block)
                    parts += 1
                    samples += len(block.ts_ms)
                    note(len(block.ts_ms))
                writer.close()
            except BaseException:
                writer.discard()
                raise
        if partial is not None and path is not None:
            partial.replace(path)
    except OSError as error:
        raise CommandError(f"{path or 'standard output'} cannot be written: {error.strerror}") from error
    finally:
        if partial is not None:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
    return Exported(parts, samples, writer.left_out)


def _open(partial: Path | None) -> contextlib.AbstractContextManager[IO[bytes]]:
    if partial is None:
        return contextlib.nullcontext(sys.stdout.buffer)
    return partial.open("wb")
