"""A file that holds some space back, so that retention can write its few pages when the disk is full (trap B076).

`reserve` in the data folder is made at start and given up for the time of one sweep. Used by the maintenance thread.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# A sweep writes some kilobytes, and the rollup of some minutes of 10,000 series a megabyte or two.
RESERVE_BYTES = 8 << 20


class DiskReserve:
    def __init__(self, folder: Path) -> None:
        self._path = folder / "reserve"

    def make(self) -> None:
        """Hold the space if the disk has it. Without a reserve all else works as well."""
        try:
            if self._path.exists() and self._path.stat().st_size == RESERVE_BYTES:
                return
            with self._path.open("wb") as file:
                _allocate(file.fileno(), RESERVE_BYTES)
        except OSError:
            # Half a reserve would keep from others what is of no use to us.
            with suppress(OSError):
                self._path.unlink(missing_ok=True)

    @contextmanager
    def released(self) -> Iterator[None]:
        """The space is free within the block."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
        try:
            yield
        finally:
            self.make()


def _allocate(descriptor: int, size_bytes: int) -> None:
    """Take the blocks for good: a file that is only as long would take none."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size_bytes)
    else:
        os.write(descriptor, bytes(size_bytes))
