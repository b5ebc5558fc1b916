"""The application database: one SQLite file with accounts, sessions, tokens, preferences and dashboards.

One thread owns the writer connection and runs one transaction at a time; readers have connections of their own
and see a snapshot (WAL). Repositories in this package are functions that take a connection; callers pass them
to `read` and `write`. It never holds metrics. Commits are fsynced: what was answered survives a power cut.
"""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import apsw

from metricbox.clock import Clock
from metricbox.errors import CommandError, DatabaseFailureError, InsufficientStorageError, UnavailableError
from metricbox.store.appdb.migrations import load_migrations, migrate

Connection = apsw.Connection
Result = TypeVar("Result")
Work = Callable[[Connection], Result]
"""What runs inside one transaction: reads or writes through the connection, raises to undo everything."""

# Long enough for a backup tool or a slow SD card that holds the lock for seconds (traps B186, B187).
BUSY_TIMEOUT_MS = 15_000
READER_THREADS = 2
# Changes of existing rows here may take somebody's access away, so they empty the sign-in cache.
ACCESS_TABLES = frozenset({"users", "sessions", "api_tokens"})
# Of the file and its disk, not of a statement: other pages, and what needs no page, are still good.
FILE_FAULTS = (
    apsw.CorruptError,
    apsw.NotADBError,
    apsw.IOError,
    apsw.CantOpenError,
    apsw.ReadOnlyError,
    apsw.PermissionsError,
    apsw.NoMemError,
)


class AppDatabase:
    """Made by `open`, closed by the one who opened it. All methods may be called from any thread."""

    def __init__(self, path: Path, clock: Clock, writer: Connection) -> None:
        self.path = path
        self.clock = clock
        self._writer = writer
        self._readers: list[Connection] = []
        self._local = threading.local()
        self._lock = threading.Lock()  # guards _readers and _is_closed
        self._is_closed = False
        self._has_access_change = False
        self._access_epoch = 0
        self._write_pool = ThreadPoolExecutor(1, "appdb-writer")
        self._read_pool = ThreadPoolExecutor(READER_THREADS, "appdb-reader")
        writer.set_update_hook(self._note_change)

    @classmethod
    def open(cls, path: Path, clock: Clock) -> "AppDatabase":
        """Open or create the file and bring its schema up to date. Raises CommandError in words for a person."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Password hashes are in here: readable by the owner alone, the WAL inherits it.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            msg = f"the application database {path} cannot be opened: {error.strerror}"
            raise CommandError(msg) from error
        connection: Connection | None = None
        try:
            connection = _connect(path)
            _check_file(connection, path)
            migrate(connection, load_migrations(), clock.now_ms())
            return cls(path, clock, connection)
        except apsw.Error as error:
            if connection is not None:
                connection.close()
            msg = _describe_open_error(path, error)
            raise CommandError(msg) from error
        except CommandError:
            if connection is not None:
                connection.close()
            raise

    @property
    def access_epoch(self) -> int:
        """Grows whenever an account, session or token was changed or removed; what was cached before is void."""
        return self._access_epoch

    async def read(self, work: Work[Result]) -> Result:
        """Run `work` on a reader thread, in one read transaction. For the event loop."""
        return await asyncio.wrap_future(self._submit(self._read_pool, self._read_on_owner, work))

    async def write(self, work: Work[Result], *, is_activity: bool = False) -> Result:
        """Run `work` on the writer thread, in one transaction; on disk when this returns. For the event loop.

        `is_activity` marks writes of "last seen" times, which take nobody's access away.
        """
        run = self._write_activity_on_owner if is_activity else self._write_on_owner
        return await asyncio.wrap_future(self._submit(self._write_pool, run, work))

    def read_blocking(self, work: Work[Result]) -> Result:
        """As `read`, for threads and the command line. Blocks."""
        return self._submit(self._read_pool, self._read_on_owner, work).result()

    def write_blocking(self, work: Work[Result]) -> Result:
        """As `write`, for threads and the command line. Blocks."""
        return self._submit(self._write_pool, self._write_on_owner, work).result()

    def close(self) -> None:
        """Finish what was started, refuse the rest, close the file. Idempotent."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
        self._read_pool.shutdown(wait=True)
        self._write_pool.shutdown(wait=True)
        for reader in self._readers:
            reader.close()
        self._writer.close()

    def _submit(
        self, pool: ThreadPoolExecutor, run: Callable[[Work[Result]], Result], work: Work[Result]
    ) -> "Future[Result]":
        with self._lock:
            if self._is_closed:
                raise UnavailableError("metricbox is stopping.", retry_after_s=5)
            return pool.submit(run, work)

    def _note_change(self, operation: int, _database: str, table: str, _rowid: int) -> None:
        if table in ACCESS_TABLES and operation != apsw.SQLITE_INSERT:
            self._has_access_change = True

    def _write_on_owner(self, work: Work[Result]) -> Result:
        self._has_access_change = False
        result = _run_transaction(self._writer, "begin immediate", work)
        if self._has_access_change:
            self._access_epoch += 1
        return result

    def _write_activity_on_owner(self, work: Work[Result]) -> Result:
        return _run_transaction(self._writer, "begin immediate", work)

    def _read_on_owner(self, work: Work[Result]) -> Result:
        reader: Connection | None = getattr(self._local, "reader", None)
        if reader is None:
            try:
                reader = _connect(self.path)
                reader.execute("pragma query_only = on")
            except FILE_FAULTS as error:
                raise DatabaseFailureError(
                    "The application database cannot be opened.", retry_after_s=30
                ) from error
            self._local.reader = reader
            with self._lock:
                self._readers.append(reader)
        return _run_transaction(reader, "begin", work)


def _connect(path: Path) -> Connection:
    connection = Connection(str(path))
    connection.set_busy_timeout(BUSY_TIMEOUT_MS)
    for pragma in ("journal_mode = wal", "synchronous = full", "foreign_keys = on", "trusted_schema = off"):
        # Read to the end: a statement whose rows are left over stays open.
        connection.execute(f"pragma {pragma}").fetchall()
    return connection


def _check_file(connection: Connection, path: Path) -> None:
    faults = [fault for (fault,) in connection.execute("pragma quick_check(1)")]
    if faults != ["ok"]:
        raise CommandError(_describe_broken_file(path))


def _describe_broken_file(path: Path) -> str:
    return (
        f"the application database {path} is damaged; move it away and restore a backup, "
        "or start without it and set up anew (metrics are kept elsewhere)"
    )


def _describe_open_error(path: Path, error: apsw.Error) -> str:
    if isinstance(error, apsw.CorruptError | apsw.NotADBError):
        return _describe_broken_file(path)
    if isinstance(error, apsw.BusyError):
        return f"the application database {path} is locked by another program; stop that program first"
    return f"the application database {path} cannot be opened: {error}"


def _run_transaction(connection: Connection, begin: str, work: Work[Result]) -> Result:
    try:
        connection.execute(begin)
        try:
            result = work(connection)
            connection.execute("commit")
        except BaseException:
            # SQLite has already rolled back by itself after some errors, such as a full disk.
            if connection.in_transaction:
                connection.execute("rollback")
            raise
        return result
    except apsw.FullError as error:
        raise InsufficientStorageError(
            "The disk is full; nothing was changed. Make room and try again."
        ) from error
    except apsw.BusyError as error:
        raise UnavailableError("The application database is busy. Try again.", retry_after_s=2) from error
    except FILE_FAULTS as error:
        raise DatabaseFailureError(
            "The application database cannot be read or written.", retry_after_s=30
        ) from error
