"""Cursors for readers: a bounded number, each used by one thread at a time, each call under a time limit.

DuckDB refuses, rather than queues, a second call on a busy connection, hence a pool. Who waits longer than the time
limit for a cursor is told so.
"""

import heapq
import itertools
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb

from metricbox.errors import QueryTimeoutError, UnavailableError
from metricbox.store.contract import Cancellation

RETRY_AFTER_S = 2
# DuckDB forgets an interrupt that comes between two steps of a call, so it is said until the cursor is back.
INTERRUPT_AGAIN_S = 0.01
CLOSE_TIMEOUT_S = 5.0


class ReaderPool:
    def __init__(self, make_cursor: Callable[[], duckdb.DuckDBPyConnection], size: int) -> None:
        self._cursors: queue.LifoQueue[duckdb.DuckDBPyConnection] = queue.LifoQueue()
        self._all = [make_cursor() for _ in range(size)]
        for cursor in self._all:
            self._cursors.put(cursor)
        self._watchdog = _Watchdog()

    @contextmanager
    def cursor(
        self, timeout_s: float, cancellation: Cancellation | None = None
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor whose work is interrupted after `timeout_s`, or when it is cancelled; QueryTimeoutError is raised
        then.
        """
        try:
            cursor = self._cursors.get(timeout=timeout_s)
        except queue.Empty:
            msg = "too many queries are running; ask again a little later"
            raise UnavailableError(msg, RETRY_AFTER_S) from None
        try:
            with self._watchdog.interrupting(cursor, timeout_s, cancellation):
                yield cursor
        except duckdb.InterruptException:
            raise QueryTimeoutError.after(timeout_s) from None
        finally:
            self._cursors.put(cursor)

    def close(self) -> None:
        """Interrupt what runs and close every cursor."""
        self._watchdog.close()
        for cursor in [self._take_back() for _ in self._all]:
            cursor.close()

    def _take_back(self) -> duckdb.DuckDBPyConnection:
        """A cursor that nobody uses any more. Raises queue.Empty when a reader does not let go of its own."""
        deadline_s = time.monotonic() + CLOSE_TIMEOUT_S
        while True:
            for cursor in self._all:
                cursor.interrupt()
            try:
                return self._cursors.get(timeout=INTERRUPT_AGAIN_S)
            except queue.Empty:
                if time.monotonic() > deadline_s:
                    raise


class _Watchdog:
    """One thread that interrupts cursors whose time is over; a timer per query would cost a thread each."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._deadlines: list[tuple[float, int]] = []
        self._active: dict[int, duckdb.DuckDBPyConnection] = {}
        self._numbers = itertools.count()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="query-watchdog", daemon=True)
        self._thread.start()

    @contextmanager
    def interrupting(
        self, cursor: duckdb.DuckDBPyConnection, timeout_s: float, cancellation: Cancellation | None
    ) -> Iterator[None]:
        number = next(self._numbers)
        with self._changed:
            self._active[number] = cursor
            heapq.heappush(self._deadlines, (time.monotonic() + timeout_s, number))
            # The thread sleeps until the earliest deadline: wake it only when this is the new earliest.
            if self._deadlines[0][1] == number:
                self._changed.notify()
        try:
            if cancellation is None:
                yield
            else:
                with cancellation.calling(lambda: self._expire(number)):
                    yield
        finally:
            with self._changed:
                self._active.pop(number, None)

    def _expire(self, number: int) -> None:
        """The deadline of this one is now."""
        with self._changed:
            heapq.heappush(self._deadlines, (time.monotonic(), number))
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        with self._changed:
            while not self._is_closing:
                now_s = time.monotonic()
                while self._deadlines and (
                    self._deadlines[0][0] <= now_s or self._deadlines[0][1] not in self._active
                ):
                    _, number = heapq.heappop(self._deadlines)
                    # Under the lock: the cursor cannot pass to another query in between.
                    cursor = self._active.get(number)
                    if cursor is not None:
                        cursor.interrupt()
                        heapq.heappush(self._deadlines, (now_s + INTERRUPT_AGAIN_S, number))
                wait_s = self._deadlines[0][0] - now_s if self._deadlines else None
                self._changed.wait(wait_s)
