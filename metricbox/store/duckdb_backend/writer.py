"""The one writer thread of the metric store: a bounded queue in front, one commit for all that waits (group commit).

A future that is done without an error means that its samples are on disk and survive `kill -9`. The queue counts
samples, not batches, since that is what costs memory.
"""

import logging
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import duckdb
import numpy as np

from metricbox.errors import InsufficientStorageError, MetricboxError, QueueFullError, UnavailableError
from metricbox.model import Int64Array, SampleBatch, SeriesKey
from metricbox.store.contract import NO_CAPS, SeriesCaps
from metricbox.store.duckdb_backend.appender import Appender
from metricbox.store.duckdb_backend.catalogue import Catalogue
from metricbox.store.duckdb_backend.database import is_disk_full
from metricbox.store.write_log import WriteLog

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

# Samples joined into one commit. At 0.12 us a sample this is 30 ms of work, which bounds how long a small request
# waits behind a large one.
MAX_COMMIT_SAMPLES = 250_000
RETRY_AFTER_S = 2


class _Registration(NamedTuple):
    keys: Sequence[SeriesKey]
    caps: SeriesCaps
    done: "Future[Int64Array]"


class _Task(NamedTuple):
    run: Callable[[duckdb.DuckDBPyConnection], Any]
    done: "Future[Any]"


class _Write(NamedTuple):
    batch: SampleBatch
    done: "Future[None]"


class Writer:
    """Owns every write. `start` runs the thread, `close` commits what was queued and ends it."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        catalogue: Catalogue,
        appender: Appender,
        *,
        folder: Path,
        max_queued_samples: int,
        disk_reserve_bytes: int,
        now_ms: Callable[[], int],
        observe_commit_s: Callable[[float], None],
    ) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._appender = appender
        self._folder = folder
        self._max_queued_samples = max_queued_samples
        self._disk_reserve_bytes = disk_reserve_bytes
        self._now_ms = now_ms
        self._observe_commit_s = observe_commit_s
        self.log = WriteLog(time.monotonic)
        self._changed = threading.Condition()
        self._registrations: deque[_Registration] = deque()
        self._tasks: deque[_Task] = deque()
        self._writes: deque[_Write] = deque()
        self._queued_samples = 0
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="metric-writer", daemon=True)

    @property
    def queued_samples(self) -> int:
        return self._queued_samples

    def start(self) -> None:
        self._thread.start()

    def submit(self, batch: SampleBatch) -> "Future[None]":
        done: Future[None] = Future()
        if batch.size == 0:
            done.set_result(None)
            return done
        self._refuse_without_disk()
        with self._changed:
            self._refuse_when_closing()
            # An empty queue takes a batch of any size, or one larger than the bound could never be written.
            if self._queued_samples and self._queued_samples + batch.size > self._max_queued_samples:
                msg = "the server has more samples waiting than it can write; send this again a little later"
                raise QueueFullError(msg, RETRY_AFTER_S)
            self._queued_samples += batch.size
            self._writes.append(_Write(batch, done))
            self._changed.notify()
        return done

    def register(self, keys: Sequence[SeriesKey], caps: SeriesCaps = NO_CAPS) -> "Future[Int64Array]":
        done: Future[Int64Array] = Future()
        self._refuse_without_disk()
        with self._changed:
            self._refuse_when_closing()
            self._registrations.append(_Registration(keys, caps, done))
            self._changed.notify()
        return done

    def run(self, task: Callable[[duckdb.DuckDBPyConnection], Result]) -> "Future[Result]":
        """Do something small on the writer thread, between two commits."""
        done: Future[Result] = Future()
        with self._changed:
            self._refuse_when_closing()
            self._tasks.append(_Task(task, done))
            self._changed.notify()
        return done

    def close(self) -> None:
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _refuse_when_closing(self) -> None:
        if self._is_closing:
            msg = "the server is stopping; send this again when it is back"
            raise UnavailableError(msg, RETRY_AFTER_S)

    def _refuse_without_disk(self) -> None:
        if shutil.disk_usage(self._folder).free < self._disk_reserve_bytes:
            msg = "the disk of the server is nearly full: new samples are refused until space is freed"
            raise InsufficientStorageError(msg)

    # ---- the writer thread

    def _run(self) -> None:
        while True:
            with self._changed:
                while not (self._registrations or self._tasks or self._writes or self._is_closing):
                    self._changed.wait()
                if not self._registrations and not self._tasks and not self._writes:
                    return
                registrations = list(self._registrations)
                self._registrations.clear()
                tasks = list(self._tasks)
                self._tasks.clear()
                writes = self._take_writes()
            # Registrations first: their callers cannot even build a batch before.
            for registration in registrations:
                self._register_on_owner(registration)
            for task in tasks:
                self._run_on_owner(task)
            if writes:
                self._write_on_owner(writes)

    def _take_writes(self) -> list[_Write]:
        """As many batches as make one commit. Call with the lock held.

        A batch whose future was cancelled is dropped; from here on the others' can no longer be.
        """
        writes: list[_Write] = []
        size = 0
        while self._writes and (not writes or size + self._writes[0].batch.size <= MAX_COMMIT_SAMPLES):
            write = self._writes.popleft()
            if not write.done.set_running_or_notify_cancel():
                self._queued_samples -= write.batch.size
                continue
            size += write.batch.size
            writes.append(write)
        return writes

    def _register_on_owner(self, registration: _Registration) -> None:
        if not registration.done.set_running_or_notify_cancel():
            return
        try:
            ids = self._catalogue.register_on_owner(
                self._connection, registration.keys, self._now_ms(), registration.caps
            )
        except Exception as error:
            registration.done.set_exception(self._explain(error))
        else:
            registration.done.set_result(ids)

    def _run_on_owner(self, task: _Task) -> None:
        if not task.done.set_running_or_notify_cancel():
            return
        try:
            result = task.run(self._connection)
        except Exception as error:
            task.done.set_exception(self._explain(error))
        else:
            task.done.set_result(result)

    def _write_on_owner(self, writes: list[_Write]) -> None:
        size = sum(write.batch.size for write in writes)
        failure: Exception | None = None
        started_s = time.perf_counter()
        try:
            batch = writes[0].batch if len(writes) == 1 else _concatenate([write.batch for write in writes])
            self._appender.append_on_owner(self._connection, batch)
            self.log.note(int(batch.ts_ms.min()))
        except Exception as error:
            failure = self._explain(error)
        self._observe_commit_s(time.perf_counter() - started_s)
        with self._changed:
            self._queued_samples -= size
        for write in writes:
            if failure is None:
                write.done.set_result(None)
            else:
                write.done.set_exception(failure)

    def _explain(self, error: Exception) -> MetricboxError:
        """What the senders are told. The cause goes to the log: a person has to act on it."""
        if isinstance(error, MetricboxError):
            return error
        logger.error("the metric store refused a write", exc_info=error)
        if is_disk_full(error):
            return InsufficientStorageError("the disk of the server is full: nothing of this was stored")
        return UnavailableError("the metric store could not write; nothing of this was stored", RETRY_AFTER_S)


def _concatenate(batches: Sequence[SampleBatch]) -> SampleBatch:
    return SampleBatch(*(np.concatenate(columns) for columns in zip(*batches, strict=True)))
