"""The writer thread: one commit for all that waits, and no failure ends it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import duckdb
import numpy as np
import pytest

from metricbox.errors import (
    InsufficientStorageError,
    QueueFullError,
    UnavailableError,
)
from metricbox.model import SampleBatch
from metricbox.store.duckdb_backend import writer as writer_module
from metricbox.store.duckdb_backend.appender import Appender
from metricbox.store.duckdb_backend.catalogue import Catalogue
from metricbox.store.duckdb_backend.chunks import ChunkCatalogue
from metricbox.store.duckdb_backend.database import Database
from metricbox.store.duckdb_backend.writer import Writer
from metricbox.store.tiers import RAW
from tests.support.stores import NOW_MS, batch, key

WAIT_S = 20


class SlowAppender(Appender):
    """An appender that can be made to fail or to wait, and that note the size of every commit."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self.catalogue = ChunkCatalogue(connection, folder)
        super().__init__(self.catalogue)
        self.sizes: list[int] = []
        self.failures: list[BaseException] = []
        self.may_write = threading.Event()
        self.may_write.set()
        self.is_writing = threading.Event()

    def append_on_owner(self, connection: duckdb.DuckDBPyConnection, batch: SampleBatch) -> None:
        self.is_writing.set()
        assert self.may_write.wait(WAIT_S)
        if self.failures:
            raise self.failures.pop()
        super().append_on_owner(connection, batch)
        self.sizes.append(batch.size)


class Setup:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = Database(folder, 128 << 20, 2)
        self.chunks = SlowAppender(self.database.connection, folder)
        self.commits_s: list[float] = []
        self.writers: list[Writer] = []

    def start(
        self,
        *,
        disk_reserve_bytes: int = 0,
        max_queued_samples: int = 1_000,
        observe: Callable[[float], None] | None = None,
    ) -> Writer:
        writer = Writer(
            self.database.connection,
            Catalogue(self.database.cursor, 100),
            self.chunks,
            folder=self.folder,
            max_queued_samples=max_queued_samples,
            disk_reserve_bytes=disk_reserve_bytes,
            now_ms=lambda: NOW_MS,
            observe_commit_s=observe or self.commits_s.append,
        )
        writer.start()
        self.writers.append(writer)
        return writer

    def close(self) -> None:
        self.chunks.may_write.set()
        for writer in self.writers:
            writer.close()
        self.database.close()

    def hold(self, writer: Writer) -> "Future[None]":
        """Submit one sample and return when the writer thread stands before its commit."""
        self.chunks.may_write.clear()
        self.chunks.is_writing.clear()
        done = writer.submit(samples(1))
        assert self.chunks.is_writing.wait(WAIT_S)
        return done

    def count(self) -> int:
        return sum(
            self.database.connection.execute(f"SELECT count(*) FROM {chunk.location}").fetchall()[0][0]
            for chunk in self.chunks.catalogue.list_parts(RAW)
        )


@pytest.fixture
def setup(tmp_path: Path) -> Iterator[Setup]:
    setup = Setup(tmp_path)
    yield setup
    setup.close()


def samples(count: int) -> SampleBatch:
    return batch([(1, NOW_MS + offset, 1.0) for offset in range(count)])


def test_what_waits_is_committed_together(setup: Setup) -> None:
    writer = setup.start()
    first = setup.hold(writer)
    waiting = [writer.submit(samples(3)) for _ in range(10)]
    assert not any(future.done() for future in waiting)
    setup.chunks.may_write.set()
    for future in [first, *waiting]:
        assert future.result(WAIT_S) is None
    assert setup.chunks.sizes == [1, 30]
    assert len(setup.commits_s) == 2


def test_one_commit_is_bounded(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a small request does not wait long behind large ones."""
    monkeypatch.setattr(writer_module, "MAX_COMMIT_SAMPLES", 10)
    writer = setup.start()
    setup.hold(writer)
    waiting = [writer.submit(samples(size)) for size in (4, 4, 4, 25, 1)]
    setup.chunks.may_write.set()
    for future in waiting:
        future.result(WAIT_S)
    assert setup.chunks.sizes == [1, 8, 4, 25, 1]


def test_the_queue_counts_samples_and_lets_go_of_them(setup: Setup) -> None:
    writer = setup.start(max_queued_samples=10)
    held = setup.hold(writer)
    assert writer.queued_samples == 1
    waiting = writer.submit(samples(9))
    with pytest.raises(QueueFullError):
        writer.submit(samples(1))
    setup.chunks.may_write.set()
    for future in (held, waiting):
        future.result(WAIT_S)
    assert writer.queued_samples == 0


def test_an_empty_queue_takes_a_batch_of_any_size(setup: Setup) -> None:
    setup.start(max_queued_samples=10).submit(samples(100)).result(WAIT_S)


@pytest.mark.parametrize(
    "failure", [duckdb.IOException("IO Error: read-only"), ValueError("x"), MemoryError()]
)
def test_after_a_failure_the_next_write_works(setup: Setup, failure: BaseException) -> None:
    writer = setup.start()
    setup.chunks.failures = [failure]
    done = writer.submit(samples(2))
    with pytest.raises(UnavailableError, match="nothing of this was stored") as caught:
        done.result(WAIT_S)
    assert caught.value.retry_after_s > 0
    assert setup.count() == 0
    writer.submit(samples(3)).result(WAIT_S)
    assert setup.count() == 3
    assert writer.queued_samples == 0


def test_all_batches_of_a_failed_commit_are_told(setup: Setup) -> None:
    writer = setup.start()
    held = setup.hold(writer)
    waiting = [writer.submit(samples(2)) for _ in range(3)]
    setup.chunks.failures = [duckdb.Error("second"), duckdb.Error("first")]
    setup.chunks.may_write.set()
    for future in [held, *waiting]:
        assert isinstance(future.exception(WAIT_S), UnavailableError)
    assert setup.count() == 0


@pytest.mark.parametrize(
    "failure",
    [
        duckdb.IOException('IO Error: Could not write file "x.wal": No space left on device'),
        duckdb.TransactionException(
            'Failed to commit: Could not write file "x.wal": No space left on device'
        ),
    ],
)
def test_a_full_disk_is_told_as_such(setup: Setup, failure: duckdb.Error) -> None:
    """DuckDB tells it as one or the other, and the path of the file is nobody's business."""
    writer = setup.start()
    setup.chunks.failures = [failure]
    error = writer.submit(samples(1)).exception(WAIT_S)
    assert isinstance(error, InsufficientStorageError)
    assert "wal" not in error.message
    writer.submit(samples(1)).result(WAIT_S)


def test_a_failed_commit_of_duckdb_is_told_by_its_own_error(
    setup: Setup, caplog: pytest.LogCaptureFixture
) -> None:
    """A roll-back after a failed commit fails too; the log must hold the cause, not that."""
    writer = setup.start()
    writer.submit(samples(1)).result(WAIT_S)
    bad = SampleBatch(np.array([1]), np.array([NOW_MS]), np.array(["x"], dtype=object))
    assert isinstance(writer.submit(bad).exception(WAIT_S), UnavailableError)
    assert "no transaction is active" not in caplog.text
    writer.submit(samples(1)).result(WAIT_S)
    assert setup.count() == 2


def test_columns_that_do_not_fit_together_do_not_end_the_writer(setup: Setup) -> None:
    writer = setup.start()
    setup.hold(writer)
    crooked = writer.submit(SampleBatch(np.array([1, 2]), np.array([NOW_MS]), np.array([1.0])))
    good = writer.submit(samples(1))
    setup.chunks.may_write.set()
    assert isinstance(crooked.exception(WAIT_S), UnavailableError)
    assert good.done()
    writer.submit(samples(1)).result(WAIT_S)


def test_a_cancelled_write_does_not_end_the_writer(setup: Setup) -> None:
    """A client that hangs up while its samples wait."""
    writer = setup.start()
    held = setup.hold(writer)
    given_up, kept = writer.submit(samples(5)), writer.submit(samples(2))
    assert given_up.cancel()
    setup.chunks.may_write.set()
    held.result(WAIT_S)
    kept.result(WAIT_S)
    writer.submit(samples(1)).result(WAIT_S)
    assert setup.chunks.sizes == [1, 2, 1]
    assert writer.queued_samples == 0


def test_a_write_that_is_being_done_cannot_be_cancelled(setup: Setup) -> None:
    writer = setup.start()
    held = setup.hold(writer)
    assert not held.cancel()
    setup.chunks.may_write.set()
    held.result(WAIT_S)


def test_a_cancelled_registration_does_not_end_the_writer(setup: Setup) -> None:
    writer = setup.start()
    setup.hold(writer)
    assert writer.register([key("a")]).cancel()
    setup.chunks.may_write.set()
    assert writer.register([key("b")]).result(WAIT_S)[0] > 0


def test_registrations_and_writes_may_wait_together(setup: Setup) -> None:
    writer = setup.start()
    setup.hold(writer)
    ids, done = writer.register([key("a"), key("b")]), writer.submit(samples(2))
    setup.chunks.may_write.set()
    assert len(ids.result(WAIT_S)) == 2
    done.result(WAIT_S)


def test_a_failed_registration_is_told_and_the_next_works(setup: Setup) -> None:
    writer = setup.start()
    setup.database.cursor().execute("ALTER TABLE series RENAME TO elsewhere")
    assert isinstance(writer.register([key("a")]).exception(WAIT_S), UnavailableError)
    setup.database.cursor().execute("ALTER TABLE elsewhere RENAME TO series")
    assert writer.register([key("a")]).result(WAIT_S)[0] > 0


def test_a_nearly_full_disk_refuses_before_anything_is_queued(setup: Setup) -> None:
    """Trap B181: the reserve is for the log, reads and alerts."""
    writer = setup.start(disk_reserve_bytes=1 << 62)
    with pytest.raises(InsufficientStorageError, match="nearly full"):
        writer.submit(samples(1))
    with pytest.raises(InsufficientStorageError, match="nearly full"):
        writer.register([key("a")])
    assert writer.queued_samples == 0


def test_closing_commits_what_waits_and_refuses_the_rest(setup: Setup) -> None:
    writer = setup.start()
    setup.hold(writer)
    waiting = writer.submit(samples(2))
    closing = threading.Thread(target=writer.close)
    closing.start()
    setup.chunks.may_write.set()
    closing.join(WAIT_S)
    assert not closing.is_alive()
    assert waiting.done()
    for refused in (lambda: writer.submit(samples(1)), lambda: writer.register([key("a")])):
        with pytest.raises(UnavailableError, match="stopping"):
            refused()
    assert setup.count() == 3
