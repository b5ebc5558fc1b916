"""Files of the DuckDB store as a crash or a bad disk leaves them, for tests."""

import shutil
from pathlib import Path
from typing import NamedTuple

from metricbox.clock import ManualClock
from tests.support.stores import NOW_MS, open_duckdb_store, push, read

FILE = "metrics.duckdb"
LOG = "metrics.duckdb.wal"
PUSHES = 30
SAMPLES_PER_PUSH = 20


class CrashedStore(NamedTuple):
    """A folder as `kill -9` leaves it, with the length of the log after every acknowledged push."""

    folder: Path
    log_bytes: list[int]

    @property
    def log(self) -> bytes:
        return (self.folder / LOG).read_bytes()

    @property
    def file(self) -> bytes:
        return (self.folder / FILE).read_bytes()

    def copy_to(self, folder: Path, *, log: bytes | None = None, file: bytes | None = None) -> Path:
        """The same folder with other content in the log or the file."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder)
        if log is not None:
            (folder / LOG).write_bytes(log)
        if file is not None:
            (folder / FILE).write_bytes(file)
        return folder

    def pushes_before(self, log_offset: int) -> int:
        """Pushes whose part of the log ends at or before this offset."""
        return sum(size <= log_offset for size in self.log_bytes)


def make_crashed_store(folder: Path) -> CrashedStore:
    """One checkpointed series `old`, then PUSHES pushes to `cpu` that are in the log alone."""
    live = folder / "live"
    live.mkdir(parents=True)
    clock = ManualClock(NOW_MS)
    store = open_duckdb_store(live, clock)
    push(store, "old", {}, [(NOW_MS, 1.0)])
    push(store, "cpu", {}, [(NOW_MS - 1, 0.0)])
    store.close()
    store = open_duckdb_store(live, clock)
    log_bytes = []
    for number in range(PUSHES):
        first_ms = NOW_MS + number * SAMPLES_PER_PUSH
        push(store, "cpu", {}, [(first_ms + offset, float(number)) for offset in range(SAMPLES_PER_PUSH)])
        log_bytes.append((live / LOG).stat().st_size)
    crashed = folder / "crashed"
    shutil.copytree(live, crashed)
    store.close()
    return CrashedStore(crashed, log_bytes)


def count_samples(folder: Path) -> dict[str, int]:
    """Samples of every metric, by opening the store, which also has to take a new one and to close."""
    store = open_duckdb_store(folder, ManualClock(NOW_MS))
    try:
        counts = {
            name: len(read(store, *(series.series_id for series in store.find_series(name))).values)
            for name in ("old", "cpu")
        }
        push(store, "after", {}, [(NOW_MS, 1.0)])
        return counts
    finally:
        store.close()


def list_quarantine(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "quarantine").glob("*"))
