"""The files of the project, as the architecture tests see them."""

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENDOR_FOLDERS = ("metricbox/web/static/vendor/", "metricbox/web/types/vendor/")
PYTHON_FOLDERS = ("metricbox", "tests", "tools", "bench", "packaging")


@cache
def list_own_files() -> tuple[str, ...]:
    """Every file that is or could be committed, by its path from the root, without vendored ones."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    return tuple(
        path
        for path in sorted(output.split("\0"))
        if path and not path.startswith(VENDOR_FOLDERS) and (ROOT / path).is_file()
    )


def iter_own_files(*suffixes: str) -> Iterator[str]:
    return (path for path in list_own_files() if path.endswith(suffixes))


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")
