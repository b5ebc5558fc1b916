"""Readers: a bounded number of cursors, each call under a time limit."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from metricbox.errors import LimitExceededError, UnavailableError
from metricbox.store.duckdb_backend.database import Database
from metricbox.store.duckdb_backend.readers import ReaderPool

# Far more work than any time limit of a test leaves room for.
LONG = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"
SIZE = 2


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path, 128 << 20, 2)
    yield database
    database.close()


@pytest.fixture
def pool(database: Database) -> Iterator[ReaderPool]:
    pool = ReaderPool(database.cursor, SIZE)
    yield pool
    pool.close()


def ask(pool: ReaderPool, sql: str = "SELECT 42", timeout_s: float = 20) -> object:
    with pool.cursor(timeout_s) as cursor:
        return cursor.execute(sql).fetchall()[0][0]


def test_a_query_over_its_time_is_interrupted(pool: ReaderPool) -> None:
    with pytest.raises(LimitExceededError, match=r"longer than its limit of 0.05 s.*query_timeout"):
        ask(pool, LONG, 0.05)


def test_after_an_interrupt_every_cursor_is_good_again(pool: ReaderPool) -> None:
    for _ in range(2 * SIZE):
        with pytest.raises(LimitExceededError):
            ask(pool, LONG, 0.01)
    for _ in range(50):
        assert ask(pool) == 42


def test_a_limit_of_nothing_still_leaves_the_pool_whole(pool: ReaderPool) -> None:
    for _ in range(20):
        with contextlib.suppress(LimitExceededError, UnavailableError):
            ask(pool, LONG, 1e-9)
    assert ask(pool) == 42


def test_a_late_interrupt_does_not_hit_the_next_query(pool: ReaderPool) -> None:
    """The deadline passes while the first cursor is held without a query; its next user must not suffer."""
    for _ in range(5):
        with pool.cursor(0.001) as cursor:
            threading.Event().wait(0.01)
            with contextlib.suppress(duckdb.InterruptException):
                cursor.execute("SELECT 1").fetchall()
        assert ask(pool) == 42


def test_who_waits_too_long_for_a_cursor_is_told_to_come_back(pool: ReaderPool) -> None:
    with pool.cursor(20), pool.cursor(20):
        with pytest.raises(UnavailableError, match="too many queries") as caught:
            ask(pool, timeout_s=0.01)
        assert caught.value.retry_after_s > 0
    assert ask(pool) == 42


def test_who_waits_gets_the_cursor_that_comes_free(pool: ReaderPool) -> None:
    answers: list[object] = []
    waiting = threading.Thread(target=lambda: answers.append(ask(pool)))
    with pool.cursor(20), pool.cursor(20):
        waiting.start()
        assert answers == []
    waiting.join(20)
    assert answers == [42]


def test_an_error_of_the_caller_gives_the_cursor_back(pool: ReaderPool) -> None:
    for _ in range(SIZE + 1):
        with pytest.raises(ValueError, match="mine"), pool.cursor(20):
            raise ValueError("mine")
        with pytest.raises(duckdb.Error):
            ask(pool, "SELECT * FROM nowhere")
    assert ask(pool) == 42


def test_a_deadline_that_is_earlier_than_all_others_is_kept(pool: ReaderPool) -> None:
    """The watchdog sleeps until the earliest one it knows."""
    with pool.cursor(600), pytest.raises(LimitExceededError):
        ask(pool, LONG, 0.05)


def test_each_of_two_queries_has_its_own_limit(pool: ReaderPool) -> None:
    failures: list[str] = []

    def run_long(timeout_s: float) -> None:
        try:
            ask(pool, LONG, timeout_s)
        except LimitExceededError as error:
            failures.append(error.message)

    threads = [threading.Thread(target=run_long, args=(timeout_s,)) for timeout_s in (0.05, 0.1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(message.split("limit of ")[1].split(" s")[0] for message in failures) == ["0.05", "0.1"]


def test_closing_ends_what_still_runs(database: Database) -> None:
    pool = ReaderPool(database.cursor, SIZE)
    is_held = threading.Event()
    failures: list[BaseException] = []

    def run_long() -> None:
        try:
            with pool.cursor(600) as cursor:
                is_held.set()
                cursor.execute(LONG).fetchall()
        except BaseException as error:  # kept for the test
            failures.append(error)

    thread = threading.Thread(target=run_long)
    thread.start()
    assert is_held.wait(20)
    pool.close()
    thread.join(20)
    assert not thread.is_alive()
    assert len(failures) == 1
