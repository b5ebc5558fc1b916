"""What the executable runs: the command line, and before it what only the one-file build has to do.

Its shell part (onefile.sh) unpacks the program once and leaves it there. Here the folder is held while the program
runs, and those of earlier versions are removed.
"""

import fcntl
import os
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path

FILE_VARIABLE = "_METRICBOX_FILE"
"""Path of the one file, set by onefile.sh; a program of the one-folder build has none."""
_FOLDERS = "metricbox-*-linux-*"
# A start of another version may be between finding its folder and holding it.
_SPARED_S = 600.0


def hold(folder: Path) -> None:
    """Lock `folder` until this process ends: what empties temporary folders by age (tmpfiles.d) spares locked ones."""
    with suppress(OSError):
        fcntl.flock(os.open(folder, os.O_RDONLY | os.O_DIRECTORY), fcntl.LOCK_SH)
        os.utime(folder)


def remove_others(folder: Path, now_s: float) -> None:
    """Remove what other versions left beside `folder`, unless one of them runs or has just started."""
    for other in folder.parent.glob(_FOLDERS):
        if other == folder or other.is_symlink():
            continue
        with suppress(OSError):
            if now_s - other.stat().st_mtime < _SPARED_S:
                continue
            descriptor = os.open(other, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(other)
            finally:
                os.close(descriptor)


def _settle(file: str) -> None:
    # Messages and services name the program by its file, not by where it was unpacked.
    sys.argv[0] = file
    folder = Path(sys.executable).parent
    hold(folder)
    remove_others(folder, time.time())  # noqa: TID251 - compared with what the file system says


if __name__ == "__main__":
    file = os.environ.pop(FILE_VARIABLE, "")
    if file:
        _settle(file)

    from metricbox.cli import main

    main()
