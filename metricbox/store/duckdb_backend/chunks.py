"""The chunks of every tier, the parts that they consist of, and how far rollups have come: as tables and as a view.

A chunk is a time slice [start_ms, end_ms) of a tier. It consists of **parts**: sealed Parquet files, which never
change, and hot tables, which are appended to. Later parts win over earlier ones, and within a hot table later rows.

      chunk 04:00 to 06:00     file 17   file 18   |   table 31   table 40        older ---> newer
                               sealed, by seal     |   sealing    open            (an open table takes new rows)

Parts are made and removed in transactions; a reader pins the view that it reads, and what was removed from the
catalogue is only deleted from the disk when no pin can see it any more. What a crash leaves behind is swept at start.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import duckdb

from metricbox.store.buckets import Range
from metricbox.store.duckdb_backend.database import transaction
from metricbox.store.tiers import TIERS, Tier, chunk_start_ms


class PartState(StrEnum):
    OPEN = "open"
    """A hot table that takes rows."""
    SEALING = "sealing"
    """A hot table that takes no more rows."""
    SEALED = "sealed"
    """A Parquet file."""
    REMOVED = "removed"
    """Replaced or expired; its table or file is deleted as soon as nobody reads it."""


class Part(NamedTuple):
    """One piece of a chunk. Order of `part_id` is order of arrival."""

    part_id: int
    tier: str
    start_ms: int
    end_ms: int
    state: PartState
    location: str
    """Name of a table, or path of a file below the store's folder."""
    rows: int
    bytes: int
    series: int
    min_ms: int
    max_ms: int
    checksum: str
    """These six are known of sealed parts only."""

    @property
    def is_hot(self) -> bool:
        return self.state in {PartState.OPEN, PartState.SEALING}


class Invalidation(NamedTuple):
    """[start_ms, end_ms) of a tier that has to be recomputed from its source."""

    invalidation_id: int
    tier: str
    start_ms: int
    end_ms: int

    @property
    def range(self) -> Range:
        return Range(self.start_ms, self.end_ms)


class Progress(NamedTuple):
    """How far the rollup of a tier has come, see store/README.md."""

    watermark_ms: int
    """End of the last finished bucket: readers trust rows before it."""
    threshold_ms: int
    """A write below this logs an invalidation."""


class View(NamedTuple):
    """What one reader sees: parts in order of arrival and, of the same moment, progress and invalidations."""

    parts: dict[str, list[Part]]
    progress: dict[str, Progress]
    """Of the rollup tiers that have begun."""
    dropped_before_ms: dict[str, int]
    """End of the last chunk that retention dropped, for the tiers where it has."""
    invalidations: list[Invalidation]

    def parts_in(self, tier: Tier, start_ms: int, end_ms: int) -> list[Part]:
        return [part for part in self.parts[tier.table] if part.start_ms < end_ms and part.end_ms > start_ms]

    def pending(self, tier: Tier) -> list[Range]:
        return [one.range for one in self.invalidations if one.tier == tier.table]


_COLUMNS = ", ".join(Part._fields)


class ChunkCatalogue:
    """Writes happen in transactions of the caller's connection; `publish` makes them visible once committed."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        parts = [_part(row) for row in connection.execute(f"SELECT {_COLUMNS} FROM chunk_parts").fetchall()]
        self._parts = {part.part_id: part for part in parts if part.state is not PartState.REMOVED}
        self._removed = [(0, part) for part in parts if part.state is PartState.REMOVED]
        self._last_part_id = max((part.part_id for part in parts), default=0)
        self._progress = {
            row[0]: Progress(row[1], row[2])
            for row in connection.execute(
                "SELECT tier, watermark_ms, threshold_ms FROM rollup_progress"
            ).fetchall()
        }
        self._dropped_before_ms = dict(
            connection.execute("SELECT tier, before_ms FROM dropped_chunks").fetchall()
        )
        rows = connection.execute(
            "SELECT invalidation_id, tier, start_ms, end_ms FROM invalidations ORDER BY invalidation_id"
        ).fetchall()
        self._invalidations = {row[0]: Invalidation(*row) for row in rows}
        self._last_invalidation_id = max(self._invalidations, default=0)
        # Every change makes a new version; a pin holds the version that it reads.
        self._version = 1
        self._pins: Counter[int] = Counter()

    # ---- reading, any thread

    @contextmanager
    def pinned(self) -> Iterator[View]:
        """The state of now. Its tables and files stay readable until the end of the block."""
        with self._lock:
            version = self._version
            self._pins[version] += 1
            parts: dict[str, list[Part]] = {tier.table: [] for tier in TIERS}
            for part_id in sorted(self._parts):
                parts[self._parts[part_id].tier].append(self._parts[part_id])
            view = View(
                parts, dict(self._progress), dict(self._dropped_before_ms), list(self._invalidations.values())
            )
        try:
            yield view
        finally:
            with self._lock:
                self._pins[version] -= 1
                if not self._pins[version]:
                    del self._pins[version]

    def threshold_ms(self, tier: Tier) -> int | None:
        progress = self._progress.get(tier.table)
        return None if progress is None else progress.threshold_ms

    def list_parts(self, tier: Tier) -> list[Part]:
        with self._lock:
            return sorted(part for part in self._parts.values() if part.tier == tier.table)

    def list_chunk(self, tier: Tier, start_ms: int) -> list[Part]:
        return [part for part in self.list_parts(tier) if part.start_ms == start_ms]

    def known_ids(self) -> set[int]:
        with self._lock:
            return set(self._parts)

    def known_locations(self) -> set[str]:
        """Of all parts, and of those that were removed but may still be read."""
        with self._lock:
            removed = {part.location for _, part in self._removed}
            return removed | {part.location for part in self._parts.values()}

    # ---- writing, in a transaction of the caller

    def new_part_id(self) -> int:
        with self._lock:
            self._last_part_id += 1
            return self._last_part_id

    def log_invalidations(
        self, connection: duckdb.DuckDBPyConnection, tier: Tier, ranges: Sequence[Range]
    ) -> list[Invalidation]:
        """Write ranges to recompute. The caller commits and then publishes them."""
        with self._lock:
            first_id = self._last_invalidation_id + 1
            self._last_invalidation_id += len(ranges)
        made = [Invalidation(first_id + i, tier.table, *one) for i, one in enumerate(ranges)]
        if made:
            # One statement: with one for each row a thousand ranges would hold up the writer for a tenth of a second.
            columns = [list(column) for column in zip(*made, strict=True)]
            connection.execute(
                "INSERT INTO invalidations SELECT unnest(?), unnest(?), unnest(?), unnest(?)", columns
            )
        return made

    def find_open(self, tier: Tier, ts_ms: int) -> Part | None:
        start_ms = chunk_start_ms(tier, ts_ms)
        with self._lock:
            for part in self._parts.values():
                if part.state is PartState.OPEN and part.start_ms == start_ms and part.tier == tier.table:
                    return part
        return None

    def make_open(self, connection: duckdb.DuckDBPyConnection, tier: Tier, ts_ms: int) -> Part:
        """A new open table for the chunk that holds `ts_ms`. The caller commits and then publishes it."""
        start_ms = chunk_start_ms(tier, ts_ms)
        part_id = self.new_part_id()
        part = Part(
            part_id, tier.table, start_ms, start_ms + tier.chunk_ms, PartState.OPEN, f"hot_{part_id}",
            0, 0, 0, start_ms, start_ms + tier.chunk_ms - 1, "",
        )  # fmt: skip
        columns = ", ".join(f"{name} {kind} NOT NULL" for name, kind in columns_of_tier(tier))
        connection.execute(f"CREATE TABLE {part.location} ({columns})")
        insert_parts(connection, [part])
        return part

    def publish(
        self,
        *,
        added: Iterable[Part] = (),
        removed: Iterable[Part] = (),
        progress: Mapping[str, Progress] | None = None,
        dropped_before_ms: Mapping[str, int] | None = None,
        invalidated: Iterable[Invalidation] = (),
        repaired: Iterable[int] = (),
    ) -> None:
        """Show a committed change to readers, all of it at once. `repaired` are ids of invalidations."""
        with self._lock:
            self._progress.update(progress or {})
            self._dropped_before_ms.update(dropped_before_ms or {})
            for invalidation_id in repaired:
                self._invalidations.pop(invalidation_id, None)
            for one in invalidated:
                self._invalidations[one.invalidation_id] = one
            for part in added:
                self._parts[part.part_id] = part
            for part in removed:
                if self._parts.pop(part.part_id, None) is not None:
                    self._removed.append((self._version, part))
            self._version += 1

    def collect_garbage(self, connection: duckdb.DuckDBPyConnection) -> int:
        """Delete tables and files that were removed and that no pin sees; the number of parts deleted."""
        with self._lock:
            oldest_pin = min(self._pins, default=self._version)
            free = [part for version, part in self._removed if version < oldest_pin]
            self._removed = [(version, part) for version, part in self._removed if version >= oldest_pin]
        try:
            self._delete(connection, free)
        except BaseException:
            with self._lock:
                self._removed += [(0, part) for part in free]
            raise
        return len(free)

    def _delete(self, connection: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> None:
        """Files first: they need no space to go, and a full disk must get all of theirs back."""
        tables = [part.location for part in parts if part.location.startswith("hot_")]
        for part in parts:
            if part.location not in tables:
                (self._folder / part.location).unlink(missing_ok=True)
        if not parts:
            return
        with transaction(connection):
            for table in tables:
                connection.execute(f"DROP TABLE IF EXISTS {table}")
            connection.execute(
                "DELETE FROM chunk_parts WHERE part_id IN (SELECT unnest(?))",
                [[part.part_id for part in parts]],
            )


def insert_parts(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> None:
    marks = ", ".join("?" * len(Part._fields))
    for part in parts:
        connection.execute(f"INSERT INTO chunk_parts ({_COLUMNS}) VALUES ({marks})", list(part))


def mark_parts(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], state: PartState) -> None:
    for part in parts:
        connection.execute("UPDATE chunk_parts SET state = ? WHERE part_id = ?", [state.value, part.part_id])


def _part(row: tuple[object, ...]) -> Part:
    part = Part(*row)  # type: ignore[arg-type] # the columns of the table are the fields
    return part._replace(state=PartState(part.state))


RAW_COLUMNS = (("series_id", "BIGINT"), ("ts_ms", "BIGINT"), ("value", "DOUBLE"))
ROLLUP_COLUMNS = (
    ("series_id", "BIGINT"),
    ("ts_ms", "BIGINT"),
    ("count", "BIGINT"),
    ("sum", "DOUBLE"),
    ("min", "DOUBLE"),
    ("max", "DOUBLE"),
    ("first", "DOUBLE"),
    ("last", "DOUBLE"),
    ("increase", "DOUBLE"),
)


def columns_of_tier(tier: Tier) -> tuple[tuple[str, str], ...]:
    return ROLLUP_COLUMNS if tier.resolution_ms else RAW_COLUMNS
