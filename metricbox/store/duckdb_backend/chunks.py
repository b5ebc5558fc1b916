"""The chunks of every tier, the parts that they consist of, and how far rollups have come: as tables and as a view.

A chunk is a time slice [start_ms, end_ms) of a tier. It consists of **parts**: sealed Parquet files, which never
change, and hot tables, which are appended to. Later parts win over earlier ones, and within a hot table later rows.

      chunk 04:00 to 06:00     file 17   file 18   |   table 31   table 40        older ---> newer
                               sealed, by seal     |   sealing    open            (an open table takes new rows)

Parts are made and removed in transactions; a reader pins the view that it reads, and what was removed from the
catalogue is only deleted from the disk when no pin can see it any more. What a crash leaves behind is swept at start.

The tables are the truth. A committed change that could not be shown is read back from them before anybody looks again.
"""

import logging
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import duckdb

from metricbox.store.buckets import Range, subtract_ranges
from metricbox.store.duckdb_backend.database import transaction
from metricbox.store.invalidation import freeze_edge_ms, lost_buckets
from metricbox.store.tiers import TIERS, Tier, chunk_start_ms, coarser_of, source_of, tier_named

logger = logging.getLogger(__name__)


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
    verified_no: int = 0
    """Drawn from the numbers of parts when the file was last read against its checksum; 0 before that."""

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


class Loss(NamedTuple):
    """What a sealed part that was put aside as damaged takes with it."""

    tier: str
    ranges: list[Range]
    """Rows that nothing can give back,"""
    repaired: list[int]
    """ids of invalidations that can no longer be repaired,"""
    invalidated: list[Invalidation]
    """and what can be of these, and of the part itself."""


class View(NamedTuple):
    """What one reader sees: parts in order of arrival and, of the same moment, progress and invalidations."""

    parts: dict[str, list[Part]]
    progress: dict[str, Progress]
    """Of the rollup tiers that have begun."""
    dropped_before_ms: dict[str, int]
    """End of the last chunk that retention dropped, for the tiers where it has."""
    invalidations: list[Invalidation]
    lost: dict[str, list[Range]]
    """Of each tier, where rows are missing since a damaged file was put aside."""

    def parts_in(self, tier: Tier, start_ms: int, end_ms: int) -> list[Part]:
        return [part for part in self.parts[tier.table] if part.start_ms < end_ms and part.end_ms > start_ms]

    def pending(self, tier: Tier) -> list[Range]:
        return [one.range for one in self.invalidations if one.tier == tier.table]

    def lost_buckets(self, tier: Tier) -> list[Range]:
        """Buckets of the tier that its source has no longer all rows for."""
        return _lost_buckets(self.lost, tier)


class _State(NamedTuple):
    """What the tables say."""

    parts: dict[int, Part]
    removed: list[Part]
    progress: dict[str, Progress]
    dropped_before_ms: dict[str, int]
    invalidations: dict[int, Invalidation]
    lost: dict[str, list[Range]]


_COLUMNS = ", ".join(Part._fields)


class ChunkCatalogue:
    """Writes happen in transactions of the caller's connection; `publish` makes them visible once committed."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._folder = folder
        self._connection = connection
        self._lock = threading.Lock()
        state = _load(connection)
        self._removed = [(0, part) for part in state.removed]
        self._last_part_id = 0
        self._last_invalidation_id = 0
        self._show(state)
        # A committed change is not in memory.
        self._is_behind = False
        # Every change makes a new version; a pin holds the version that it reads.
        self._version = 1
        self._pins: Counter[int] = Counter()

    def _show(self, state: _State) -> None:
        self._parts = state.parts
        self._progress = state.progress
        self._dropped_before_ms = state.dropped_before_ms
        self._invalidations = state.invalidations
        self._lost = state.lost
        # Numbers are never given twice, also when what had them is gone.
        numbers = [max(part.part_id, part.verified_no) for part in [*state.parts.values(), *state.removed]]
        self._last_part_id = max(self._last_part_id, *numbers, 0)
        self._last_invalidation_id = max(self._last_invalidation_id, *state.invalidations, 0)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._lock:
            if self._is_behind:
                self._read_back()
            yield

    def _read_back(self) -> None:
        """Call with the lock held, so that a change committed meanwhile is published after this: twice does no harm."""
        with closing(self._connection.cursor()) as cursor:
            state = _load(cursor)
        known = {part.part_id for _, part in self._removed}
        # As if published now: whoever has a pin may still read them.
        self._removed += [(self._version, part) for part in state.removed if part.part_id not in known]
        self._show(state)
        self._version += 1
        self._is_behind = False

    # ---- reading, any thread

    @contextmanager
    def pinned(self) -> Iterator[View]:
        """The state of now. Its tables and files stay readable until the end of the block."""
        with self._locked():
            version = self._version
            self._pins[version] += 1
            parts: dict[str, list[Part]] = {tier.table: [] for tier in TIERS}
            for part_id in sorted(self._parts):
                parts[self._parts[part_id].tier].append(self._parts[part_id])
            view = View(
                parts,
                dict(self._progress),
                dict(self._dropped_before_ms),
                list(self._invalidations.values()),
                {table: list(ranges) for table, ranges in self._lost.items()},
            )
        try:
            yield view
        finally:
            with self._lock:
                self._pins[version] -= 1
                if not self._pins[version]:
                    del self._pins[version]

    def threshold_ms(self, tier: Tier) -> int | None:
        with self._locked():
            progress = self._progress.get(tier.table)
        return None if progress is None else progress.threshold_ms

    def list_parts(self, tier: Tier) -> list[Part]:
        with self._locked():
            return sorted(part for part in self._parts.values() if part.tier == tier.table)

    def list_chunk(self, tier: Tier, start_ms: int) -> list[Part]:
        return [part for part in self.list_parts(tier) if part.start_ms == start_ms]

    def known_ids(self) -> set[int]:
        with self._locked():
            return set(self._parts)

    def known_locations(self) -> set[str]:
        """Of all parts, and of those that were removed but may still be read."""
        with self._locked():
            removed = {part.location for _, part in self._removed}
            return removed | {part.location for part in self._parts.values()}

    # ---- writing, in a transaction of the caller

    def new_part_id(self) -> int:
        with self._locked():
            self._last_part_id += 1
            return self._last_part_id

    def log_invalidations(
        self, connection: duckdb.DuckDBPyConnection, tier: Tier, ranges: Sequence[Range]
    ) -> list[Invalidation]:
        """Write ranges to recompute. The caller commits and then publishes them.

        Buckets whose source has lost rows are left out: they stay as they are, since less would come out (trap B051).
        """
        with self._locked():
            lost = _lost_buckets(self._lost, tier)
        return self._insert_invalidations(connection, tier, subtract_ranges(ranges, lost) if lost else ranges)

    def _insert_invalidations(
        self, connection: duckdb.DuckDBPyConnection, tier: Tier, ranges: Sequence[Range]
    ) -> list[Invalidation]:
        with self._locked():
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

    def log_loss(self, connection: duckdb.DuckDBPyConnection, part: Part) -> Loss:
        """Write what is missing without this sealed part. The caller holds the gate, commits and then publishes it.

        Rows of a rollup whose source is still there are invalidated, so that they are computed again.
        """
        tier = tier_named(part.tier)
        whole = Range(part.min_ms, part.max_ms + max(tier.resolution_ms, 1))
        with self._locked():
            computable = self._computable(tier, whole)
            lost = subtract_ranges([whole], computable)
            coarser = coarser_of(tier)
            buckets = lost_buckets(lost, tier, coarser.resolution_ms) if coarser else []
            touched = [
                one
                for one in self._invalidations.values()
                if coarser and one.tier == coarser.table and any(one.range.overlaps(two) for two in buckets)
            ]
        invalidated = self._insert_invalidations(connection, tier, computable)
        if coarser and touched:
            connection.execute(
                "DELETE FROM invalidations WHERE invalidation_id IN (SELECT unnest(?))",
                [[one.invalidation_id for one in touched]],
            )
            left = subtract_ranges([one.range for one in touched], buckets)
            invalidated += self._insert_invalidations(connection, coarser, left)
        for one in lost:
            connection.execute("INSERT INTO lost_ranges VALUES (?, ?, ?)", [tier.table, *one])
        return Loss(tier.table, lost, [one.invalidation_id for one in touched], invalidated)

    def _computable(self, tier: Tier, buckets: Range) -> list[Range]:
        """Those of the buckets that the tier's source has still everything for. Call with the lock held."""
        source = source_of(tier)
        if source is None:
            return []
        edge_ms = freeze_edge_ms(self._dropped_before_ms.get(source.table), source, tier.resolution_ms)
        return subtract_ranges([buckets.clip(start_ms=edge_ms)], _lost_buckets(self._lost, tier))

    def find_open(self, tier: Tier, ts_ms: int) -> Part | None:
        start_ms = chunk_start_ms(tier, ts_ms)
        with self._locked():
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
        losses: Iterable[Loss] = (),
    ) -> None:
        """Show a committed change to readers, all of it at once. `repaired` are ids of invalidations.

        Never fails: what is committed is true, and is read back from the tables when it cannot be shown.
        """
        with self._lock:
            try:
                self._progress.update(progress or {})
                for table, before_ms in (dropped_before_ms or {}).items():
                    self._dropped_before_ms[table] = before_ms
                    # What is gone by retention is frozen as a whole.
                    kept = [one for one in self._lost.get(table, []) if one.end_ms > before_ms]
                    self._lost[table] = kept
                for loss in losses:
                    self._lost.setdefault(loss.tier, []).extend(loss.ranges)
                    self._replace_invalidations(loss.repaired, loss.invalidated)
                self._replace_invalidations(repaired, invalidated)
                for part in added:
                    self._parts[part.part_id] = part
                for part in removed:
                    if self._parts.pop(part.part_id, None) is not None:
                        self._removed.append((self._version, part))
            except Exception:
                self._is_behind = True
                logger.exception(
                    "a change of the chunks could not be shown; it is read from the database again"
                )
            self._version += 1

    def _replace_invalidations(self, repaired: Iterable[int], invalidated: Iterable[Invalidation]) -> None:
        for invalidation_id in repaired:
            self._invalidations.pop(invalidation_id, None)
        for one in invalidated:
            self._invalidations[one.invalidation_id] = one

    def distrust(self) -> None:
        """Read everything from the tables again before the next look: after a failure between commit and publish."""
        with self._lock:
            self._is_behind = True

    def collect_garbage(self, connection: duckdb.DuckDBPyConnection) -> int:
        """Delete tables and files that were removed and that no pin sees; the number of parts deleted."""
        with self._locked():
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


def save_verified(connection: duckdb.DuckDBPyConnection, part: Part) -> None:
    connection.execute(
        "UPDATE chunk_parts SET verified_no = ? WHERE part_id = ?", [part.verified_no, part.part_id]
    )


def forget_lost(connection: duckdb.DuckDBPyConnection, tier: Tier, before_ms: int) -> None:
    """What retention has dropped anyway. The caller publishes that as `dropped_before_ms`."""
    connection.execute("DELETE FROM lost_ranges WHERE tier = ? AND end_ms <= ?", [tier.table, before_ms])


def _load(connection: duckdb.DuckDBPyConnection) -> _State:
    # In one transaction: all of one moment.
    with transaction(connection):
        parts = [_part(row) for row in connection.execute(f"SELECT {_COLUMNS} FROM chunk_parts").fetchall()]
        progress = connection.execute(
            "SELECT tier, watermark_ms, threshold_ms FROM rollup_progress"
        ).fetchall()
        dropped = connection.execute("SELECT tier, before_ms FROM dropped_chunks").fetchall()
        invalidations = connection.execute(
            "SELECT invalidation_id, tier, start_ms, end_ms FROM invalidations ORDER BY invalidation_id"
        ).fetchall()
        lost = connection.execute("SELECT tier, start_ms, end_ms FROM lost_ranges").fetchall()
    lost_by_tier: dict[str, list[Range]] = {}
    for table, start_ms, end_ms in lost:
        lost_by_tier.setdefault(table, []).append(Range(start_ms, end_ms))
    return _State(
        {part.part_id: part for part in parts if part.state is not PartState.REMOVED},
        [part for part in parts if part.state is PartState.REMOVED],
        {row[0]: Progress(row[1], row[2]) for row in progress},
        dict(dropped),
        {row[0]: Invalidation(*row) for row in invalidations},
        lost_by_tier,
    )


def _lost_buckets(lost: Mapping[str, Sequence[Range]], tier: Tier) -> list[Range]:
    source = source_of(tier)
    if source is None or not lost.get(source.table):
        return []
    return lost_buckets(lost[source.table], source, tier.resolution_ms)


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
