"""A DuckDB store with its parts at hand, for tests of what happens to it: jobs, crashes, damage."""

import hashlib
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

from metricbox.clock import ManualClock
from metricbox.store.duckdb_backend.chunks import Part
from metricbox.store.tiers import HOUR, MINUTE, RAW, TIERS, Tier
from tests.support.stores import LIMITS, NOW_MS, batch, default_retention_ms, key, open_duckdb_store

MINUTE_MS = 60_000
# Not part of the data, and large.
_NOT_COPIED = ("reserve", "tmp")


class StoreLife:
    """`m0` and `m1` are metrics with two series each: ids 1 to 4."""

    def __init__(
        self,
        folder: Path,
        now_ms: int = NOW_MS,
        retention_ms: Callable[[Tier], int] = default_retention_ms,
        **options: int,
    ) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.clock = ManualClock(now_ms)
        self._retention_ms = retention_ms
        self._options = options
        self._open()

    def _open(self) -> None:
        self.store = open_duckdb_store(self.folder, self.clock, self._retention_ms, **self._options)
        self.maintenance = self.store._maintenance
        self.chunks = self.store._chunks
        self.ids = self.store.register_series([key(f"m{n % 2}", n=str(n)) for n in range(4)])

    def close(self) -> None:
        self.store.close()

    def reopen(self) -> None:
        self.close()
        self._open()

    def kill(self) -> None:
        """Goes on with what is on the disk at this moment."""
        after = self.folder.with_name(self.folder.name + "+")
        copy_folder(self.folder, after)
        self.close()
        self.folder = after
        self._open()

    def run(self, *names: str) -> None:
        jobs = {job.name: job.run for job in self.store.list_jobs()}
        for name in names:
            jobs[name]()

    def write(self, rows: Iterable[tuple[int, int, float]]) -> None:
        """(number of the series, ms since NOW_MS, value)"""
        self.store.submit(
            batch((int(self.ids[n]), NOW_MS + at_ms, value) for n, at_ms, value in rows)
        ).result(30)

    def write_minutes(self, first: int, last: int, value: float = 0.0) -> None:
        """A sample of every series every 20 s in these minutes since NOW_MS."""
        self.write(
            (n, minute * MINUTE_MS + second * 1_000, value + minute + n / 4)
            for minute in range(first, last)
            for second in (0, 20, 40)
            for n in range(len(self.ids))
        )

    def seal(self, start_ms: int = NOW_MS, tier: Tier = RAW) -> None:
        self.maintenance.sealer.seal_chunk(tier, start_ms)

    def parts(self, tier: Tier = RAW) -> list[Part]:
        return self.chunks.list_parts(tier)

    def files(self) -> list[Path]:
        """Of sealed chunks, as they are on the disk."""
        return sorted(path for path in (self.folder / "chunks").rglob("*") if path.is_file())

    def tables(self) -> set[str]:
        """Hot tables, as they are in the database."""
        rows = self.store._database.connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'hot_%'"
        ).fetchall()
        return {name for (name,) in rows}

    def read(self, start_ms: int = 0, end_ms: int = NOW_MS * 2) -> list[tuple[float, ...]]:
        columns = self.store.read_raw(self.ids, start_ms, end_ms, LIMITS)
        return rows_of_columns(columns)

    def rollup(self, tier: Tier = MINUTE) -> list[tuple[float, ...]]:
        return rows_of_columns(self.store.read_rollup(tier, self.ids, 0, NOW_MS * 2, LIMITS))

    def everything(self) -> list[list[tuple[float, ...]]]:
        """What readers see, of all tiers."""
        return [self.read(), *(self.rollup(tier) for tier in (MINUTE, HOUR))]

    def faults(self) -> list[str]:
        return list(self.store.examine())


def rows_of_columns(columns: Iterable[Any]) -> list[tuple[float, ...]]:
    return list(zip(*(column.tolist() for column in columns), strict=True))


def filled(folder: Path, **options: int) -> StoreLife:
    """Two hours and ten minutes of samples, from 10:00 on; the chunk from 10:00 to 12:00 is due to be sealed."""
    life = StoreLife(folder, NOW_MS + 130 * MINUTE_MS, default_retention_ms, **options)
    life.write_minutes(0, 130)
    return life


def copy_folder(folder: Path, target: Path) -> None:
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns(*_NOT_COPIED))


def record_disk_states(folder: Path, copies: Path, work: Callable[[], object]) -> list[Path]:
    """Copies of every state that the disk goes through while `work` runs, as a kill at any line would leave it.

    Looks before every line of the store's own modules; equal states are kept once.
    """
    states: dict[str, Path] = {}

    def look(frame: FrameType, event: str, _: Any) -> Any:
        if "duckdb_backend" not in frame.f_code.co_filename:
            return None
        if event == "line":
            state = _digest(folder)
            if state not in states:
                states[state] = copies / str(len(states))
                copy_folder(folder, states[state])
        return look

    copies.mkdir()
    before = sys.gettrace()
    sys.settrace(look)
    try:
        work()
    finally:
        sys.settrace(before)
    return list(states.values())


def _digest(folder: Path) -> str:
    digest = hashlib.blake2b()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in _NOT_COPIED:
            digest.update(str(path.relative_to(folder)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def flip_bit(path: Path, offset: int = -200) -> None:
    """As a bad disk does. The default is in the footer, which every reader has to read."""
    content = bytearray(path.read_bytes())
    content[offset] ^= 0x10
    path.write_bytes(content)


def all_starts(life: StoreLife) -> set[tuple[str, int]]:
    return {(tier.table, part.start_ms) for tier in TIERS for part in life.parts(tier)}
