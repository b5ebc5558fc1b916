"""The catalogue: series are loaded when they are needed, forgotten again, and survive a restart."""

import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from metricbox.store.contract import (
    SERIES_LIMIT_REACHED,
    TOKEN_LIMIT_REACHED,
    Matcher,
    MatchOp,
    SeriesCaps,
)
from metricbox.store.duckdb_backend import catalogue as catalogue_module
from metricbox.store.duckdb_backend.catalogue import Catalogue
from metricbox.store.duckdb_backend.database import Database
from tests.support.stores import NOW_MS, key

MAX_SERIES = 1_000


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path, 128 << 20, 2)
    yield database
    database.close()


class CountingCursor:
    """Counts the statements that read series of one metric."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self.loads = 0

    def execute(self, sql: str, *arguments: object) -> duckdb.DuckDBPyConnection:
        self.loads += "WHERE metric_id" in sql
        return self._cursor.execute(sql, *arguments)


def open_catalogue(database: Database) -> tuple[Catalogue, CountingCursor]:
    cursor = CountingCursor(database.cursor())
    return Catalogue(lambda: cursor, MAX_SERIES), cursor  # type: ignore[arg-type,return-value]


def register(catalogue: Catalogue, database: Database, *keys) -> list[int]:
    return catalogue.register_on_owner(database.connection, keys, NOW_MS).tolist()


def test_series_of_a_metric_are_read_from_disk_once_and_only_when_needed(database: Database) -> None:
    first, _ = open_catalogue(database)
    register(first, database, key("cpu", host="a"), key("cpu", host="b"), key("mem", host="a"))
    again, cursor = open_catalogue(database)
    assert (again.series_count, again.metric_count) == (3, 2)
    assert again.list_metrics("", 0, 10).metrics[0].series_count == 2
    assert cursor.loads == 0
    for _ in range(3):
        assert [one.labels["host"] for one in again.find_series("cpu", ())] == ["a", "b"]
    assert cursor.loads == 1
    again.find_series("none", ())
    assert cursor.loads == 1


def test_a_new_metric_needs_no_reading(database: Database) -> None:
    catalogue, cursor = open_catalogue(database)
    ids = register(catalogue, database, key("cpu", host="a"))
    assert [one.series_id for one in catalogue.find_series("cpu", ())] == ids
    assert cursor.loads == 0


def test_memory_is_bounded_and_forgotten_series_are_found_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decision 0003: after a cardinality explosion the server must still rest and start small."""
    monkeypatch.setattr(catalogue_module, "MAX_LOADED_SERIES", 50)
    catalogue, cursor = open_catalogue(database)
    ids = {}
    for name in ("a", "b", "c", "d"):
        ids[name] = register(catalogue, database, *(key(name, n=str(number)) for number in range(20)))
    assert catalogue._loaded.currsize <= 50
    for name, expected in ids.items():
        assert [one.series_id for one in catalogue.find_series(name, ())] == expected
    assert cursor.loads > 0
    assert catalogue._loaded.currsize <= 50


def test_a_series_of_a_forgotten_metric_keeps_its_id_and_grows(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue_module, "MAX_LOADED_SERIES", 5)
    catalogue, _ = open_catalogue(database)
    (first,) = register(catalogue, database, key("a", n="1"))
    register(catalogue, database, *(key("b", n=str(number)) for number in range(4)))
    register(catalogue, database, *(key("c", n=str(number)) for number in range(4)))
    assert "a" not in catalogue._loaded
    again, second = register(catalogue, database, key("a", n="1"), key("a", n="2"))
    assert again == first
    assert [one.series_id for one in catalogue.find_series("a", ())] == [first, second]
    assert catalogue.list_metrics("a", 0, 1).metrics[0].series_count == 2


def test_one_metric_larger_than_the_bound_still_works(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue_module, "MAX_LOADED_SERIES", 10)
    catalogue, _ = open_catalogue(database)
    register(catalogue, database, *(key("big", n=str(number)) for number in range(40)))
    register(catalogue, database, key("small"))
    register(catalogue, database, *(key("big", n=str(number)) for number in range(60)))
    assert len(catalogue.find_series("big", ())) == 60
    assert len(catalogue.find_series("small", ())) == 1


def test_ids_are_never_given_twice_over_restarts(database: Database) -> None:
    seen: list[int] = []
    for round_ in range(3):
        catalogue, _ = open_catalogue(database)
        seen += register(catalogue, database, *(key(f"m{round_}", n=str(number)) for number in range(5)))
    assert len(set(seen)) == 15
    metric_ids = database.connection.execute("SELECT metric_id FROM metric_definitions").fetchall()
    assert len(set(metric_ids)) == 3


def test_a_registration_that_fails_publishes_nothing(database: Database) -> None:
    catalogue, _ = open_catalogue(database)
    other = database.cursor()
    other.execute("BEGIN")
    other.execute("ALTER TABLE series ADD COLUMN surprise INTEGER")
    other.execute("COMMIT")
    with pytest.raises(duckdb.Error):
        register(catalogue, database, key("cpu", host="a"))
    assert (catalogue.series_count, catalogue.has_metric("cpu")) == (0, False)
    other.execute("ALTER TABLE series DROP COLUMN surprise")
    other.close()
    assert register(catalogue, database, key("cpu", host="a"))[0] > 0
    assert catalogue.series_count == 1


def test_the_cap_counts_over_restarts(database: Database) -> None:
    keys = [key("m", n=str(number)) for number in range(MAX_SERIES + 1)]
    catalogue, _ = open_catalogue(database)
    register(catalogue, database, *keys[:-1])
    again, _ = open_catalogue(database)
    assert register(again, database, keys[-1], keys[0]) == [SERIES_LIMIT_REACHED, 1]


def test_a_registration_that_fails_is_counted_for_no_token(database: Database) -> None:
    catalogue, _ = open_catalogue(database)
    caps = SeriesCaps(token="a", per_token=1)
    closed = database.cursor()
    closed.close()
    with pytest.raises(duckdb.Error):
        catalogue.register_on_owner(closed, [key("cpu", host="a")], NOW_MS, caps)
    ids = catalogue.register_on_owner(database.connection, [key("cpu"), key("mem")], NOW_MS, caps)
    assert ids.tolist() == [1, TOKEN_LIMIT_REACHED]


def test_a_series_remembers_the_token_that_made_it(database: Database) -> None:
    catalogue, _ = open_catalogue(database)
    for token, name in (("a", "cpu"), ("b", "cpu"), ("b", "mem"), ("", "up")):
        catalogue.register_on_owner(database.connection, [key(name)], NOW_MS, SeriesCaps(token=token))
    rows = database.connection.execute(
        "SELECT m.name, s.token FROM series s JOIN metric_definitions m USING (metric_id) ORDER BY 1"
    ).fetchall()
    assert rows == [("cpu", "a"), ("mem", "b"), ("up", "")]


def test_a_cap_needs_no_reading_of_other_metrics(database: Database) -> None:
    first, _ = open_catalogue(database)
    register(first, database, *(key("big", n=str(number)) for number in range(20)))
    again, cursor = open_catalogue(database)
    ids = again.register_on_owner(database.connection, [key("new")], NOW_MS, SeriesCaps(20, "a", 20))
    assert ids.tolist() == [21]
    assert cursor.loads == 0


def test_readers_may_walk_while_the_writer_adds(database: Database) -> None:
    catalogue, _ = open_catalogue(database)
    register(catalogue, database, key("cpu", n="first"))
    failures: list[BaseException] = []
    is_done = threading.Event()

    def walk() -> None:
        try:
            while not is_done.is_set():
                assert len(catalogue.find_series("cpu", [Matcher("n", MatchOp.REGEX, ".+")])) >= 1
                assert catalogue.count_label_values("cpu", "n", "first") == {"first": 1}
        except BaseException as error:  # the thread's fault is the test's fault
            failures.append(error)

    threads = [threading.Thread(target=walk) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(60):
        register(catalogue, database, key("cpu", n=str(number)))
    is_done.set()
    for thread in threads:
        thread.join(20)
    assert failures == []
    assert len(catalogue.find_series("cpu", ())) == 61
