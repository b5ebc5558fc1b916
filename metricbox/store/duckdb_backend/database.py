"""Opens metrics.duckdb, sets it up, and puts a damaged file aside instead of failing.

DuckDB lets one process own a file; connections here are made from one instance. Called by the thread that opens
and closes the store. Results are always fetched whole: a result that is not read to its end keeps a transaction open,
and an open transaction of anybody makes CHECKPOINT fail.
"""

import contextlib
import errno
import logging
import os
import re
import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import duckdb

from metricbox.errors import CommandError, InsufficientStorageError

logger = logging.getLogger(__name__)

FILE_NAME = "metrics.duckdb"
LAYOUT_VERSION = "2"
# Two query threads at least, so that one scan does not starve the writer; more than four gain nothing on chunks
# of this size.
MAX_THREADS = 4
# Of the store's memory, what DuckDB's buffers may take; the rest is for the arrays of jobs and queries, which are ours.
BUFFER_SHARE = 3 / 8
# What must be readable for the store to be of any use; the chunks themselves are read when they are asked for.
CATALOGUE_TABLES = (
    "metric_definitions",
    "series",
    "chunk_parts",
    "rollup_progress",
    "invalidations",
    "dropped_chunks",
    "lost_ranges",
    "sweep_clock",
)

# DuckDB's words when another process has the file. Not just "lock": every damaged file is told by its block.
_HELD_BY_ANOTHER = "could not set lock"
_BAD_LOG_ENTRY = re.compile(r"Corrupt WAL file: entry at byte position (\d+)")
# The size and the checksum that stand before an entry of the log; the position in the message is after them.
_LOG_ENTRY_HEAD_BYTES = 16


class Database:
    """The open file. `connection` belongs to the writer thread; `cursor()` makes connections for others.

    `is_curtailed` tells that damage cost the file or its log something: what it knew of sealed files may be gone.
    """

    def __init__(self, folder: Path, memory_limit_bytes: int, threads: int) -> None:
        self._path = folder / FILE_NAME
        self._config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{int(memory_limit_bytes * BUFFER_SHARE)}B",
            "threads": max(2, min(threads, MAX_THREADS)),
            "temp_directory": str(folder / "tmp"),
            # The box may stand in a closed network: nothing is ever downloaded.
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            # Rows of equal (series, time) are told apart by rowid, which follows insertion order.
            "preserve_insertion_order": True,
        }
        self.connection = self._open_or_quarantine(folder)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own on the same instance, for one thread at a time."""
        return self.connection.cursor()

    def size_bytes(self) -> int:
        wal = self._path.with_suffix(".duckdb.wal")
        return sum(path.stat().st_size for path in (self._path, wal) if path.exists())

    def close(self) -> None:
        """Write the log into the file and close. Cursors of others must be idle."""
        try:
            self.connection.execute("CHECKPOINT")
        except duckdb.Error as error:
            # Of a full disk for instance. Nothing is lost: the log is replayed by the next start.
            logger.warning("the log of the metric store stays: %s", _first_line(error))
        finally:
            self.connection.close()

    def _open_or_quarantine(self, folder: Path) -> duckdb.DuckDBPyConnection:
        """A damaged log is cut before its first bad entry, then moved to quarantine/, then the file itself.

        So the server starts at all, and what lies before the damage is kept.
        """
        log = self._path.with_suffix(".duckdb.wal")
        suspects = [log, self._path]
        self.is_curtailed = False
        while True:
            try:
                return self._open()
            except duckdb.Error as error:
                # Another process holding the file is the one failure that must not move anything.
                if _HELD_BY_ANOTHER in str(error).lower():
                    msg = f"{self._path} is in use by another process"
                    raise CommandError(msg) from error
                self.is_curtailed = True
                if suspects[0] == log and _cut_log(folder, log, str(error)):
                    continue
                while suspects and not suspects[0].exists():
                    suspects.pop(0)
                if not suspects:
                    msg = f"{self._path} cannot be opened: {_first_line(error)}"
                    raise CommandError(msg) from error
                moved_to = quarantine(folder, suspects.pop(0))
                logger.error("metric store damaged (%s); moved to %s", _first_line(error), moved_to)  # noqa: TRY400

    def _open(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(str(self._path), config=self._config)
        try:
            _apply_schema(connection)
            _read_catalogue(connection)
        except BaseException:
            connection.close()
            raise
        return connection


@contextlib.contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit at the end, roll back on an error. The error is the one that is raised, whatever the roll-back says."""
    connection.execute("BEGIN")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A commit that failed, of a full disk for instance, has ended the transaction already.
        with contextlib.suppress(duckdb.Error):
            connection.execute("ROLLBACK")
        raise


def checkpoint_if_idle(connection: duckdb.DuckDBPyConnection) -> bool:
    """Write the log into the file. False when a query was running: DuckDB refuses then, and a later try will do."""
    try:
        connection.execute("CHECKPOINT")
    except duckdb.TransactionException:
        return False
    return True


def is_disk_full(error: BaseException) -> bool:
    """Whether this is about a lack of space, of the disk or of a quota."""
    numbers = (errno.ENOSPC, errno.EDQUOT)
    if isinstance(error, OSError):
        return error.errno in numbers
    # DuckDB has no error number to ask for, only the text of the system; at a commit it is a TransactionException.
    is_told = isinstance(error, duckdb.Error) and any(os.strerror(number) in str(error) for number in numbers)
    return is_told or isinstance(error, InsufficientStorageError)


def _apply_schema(connection: duckdb.DuckDBPyConnection) -> None:
    schema = (resources.files(__package__) / "sql" / "schema.sql").read_text(encoding="utf-8")
    has_layout = connection.execute("FROM duckdb_tables() WHERE table_name = 'store_meta'").fetchall()
    if has_layout:
        rows = connection.execute("SELECT value FROM store_meta WHERE name = 'layout'").fetchall()
        if rows != [(LAYOUT_VERSION,)]:
            msg = (
                f"the metric store has layout {rows[0][0] if rows else 'unknown'}, this version of metricbox knows "
                f"layout {LAYOUT_VERSION}: start the newer metricbox that made it"
            )
            raise CommandError(msg)
        return
    with transaction(connection):
        connection.execute(schema)
        connection.execute("INSERT INTO store_meta VALUES ('layout', ?)", [LAYOUT_VERSION])
    # A log that holds schema changes is the one that DuckDB replays worst (duckdb#22044).
    connection.execute("CHECKPOINT")


def _read_catalogue(connection: duckdb.DuckDBPyConnection) -> None:
    """Read the tables to their ends: DuckDB finds a damaged block no earlier. Statistics hold no hash."""
    for table in CATALOGUE_TABLES:
        connection.execute(f"SELECT bit_xor(hash(one)) FROM {table} one").fetchall()


def _cut_log(folder: Path, log: Path, message: str) -> bool:
    """Cut the log before its first bad entry, as if it had been torn there; a copy is kept. False when none is named.

    DuckDB replays a log that ends early up to its last whole transaction, but refuses one with a bad checksum whole.
    """
    match = _BAD_LOG_ENTRY.search(message)
    if match is None:
        return False
    keep_bytes = int(match[1]) - _LOG_ENTRY_HEAD_BYTES
    if not 0 < keep_bytes < log.stat().st_size:
        return False
    copy = _quarantine_path(folder, log)
    shutil.copyfile(log, copy)
    os.truncate(log, keep_bytes)
    logger.error("log of the metric store damaged, cut after %d bytes; a copy is %s", keep_bytes, copy)
    return True


def quarantine(folder: Path, path: Path) -> Path:
    """Move a damaged file to where nothing is ever deleted; its new place."""
    target = _quarantine_path(folder, path)
    shutil.move(path, target)
    return target


def _quarantine_path(folder: Path, path: Path) -> Path:
    target_folder = folder / "quarantine"
    target_folder.mkdir(exist_ok=True)
    number = len(list(target_folder.iterdir())) + 1
    return target_folder / f"{number:04d}-{path.name}"


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
