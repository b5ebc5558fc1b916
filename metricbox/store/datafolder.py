"""The data folder: made, checked and locked, so that one process at a time works on its files."""

import fcntl
import os
from pathlib import Path
from types import TracebackType

from metricbox.errors import CommandError, UsageError

LOCK_NAME = "metricbox.lock"
SQLITE_NAME = "metricbox.sqlite"
CONTROL_NAME = "control.sock"


class DataFolderInUseError(CommandError):
    """Another process holds the folder."""


class DataFolder:
    """A locked data folder. Closing it, or the end of the process, gives the lock back."""

    def __init__(self, path: Path) -> None:
        """Makes the folder when it is missing.

        Raises UsageError when it cannot be used, DataFolderInUseError when another process has it.
        """
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock_file = os.open(path / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            msg = f"the data folder {path} cannot be used: {error.strerror}; name another one with --data"
            raise UsageError(msg) from error
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._lock_file, 20, 0).decode(errors="replace").strip()
            os.close(self._lock_file)
            msg = (
                f"the data folder {path} is in use by another metricbox"
                f"{f' (process {holder})' if holder else ''}; stop that one or name another folder with --data"
            )
            raise DataFolderInUseError(msg) from None
        os.ftruncate(self._lock_file, 0)
        os.pwrite(self._lock_file, str(os.getpid()).encode(), 0)

    @property
    def sqlite_path(self) -> Path:
        return self.path / SQLITE_NAME

    def close(self) -> None:
        os.close(self._lock_file)

    def __enter__(self) -> "DataFolder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
