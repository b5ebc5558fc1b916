"""Migrations: a fresh database and an upgraded one end equal; what is not ours is refused."""

from pathlib import Path

import apsw
import pytest

from metricbox.clock import ManualClock
from metricbox.errors import CommandError
from metricbox.store.appdb.database import AppDatabase
from metricbox.store.appdb.migrations import Migration, load_migrations, migrate


def _schema(connection: apsw.Connection) -> list[tuple[object, ...]]:
    return list(connection.execute("select type, name, tbl_name, sql from sqlite_schema order by type, name"))


def _connect() -> apsw.Connection:
    connection = apsw.Connection(":memory:")
    connection.execute("pragma foreign_keys = on").fetchall()
    return connection


def test_names_are_numbered_without_gaps() -> None:
    numbers = [int(migration.name.split("-")[0]) for migration in load_migrations()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_migrations_leave_transactions_to_us() -> None:
    for migration in load_migrations():
        words = migration.sql.lower().split()
        assert not {"begin", "commit", "rollback", "pragma", "vacuum"} & {word.strip(";") for word in words}


def test_a_fresh_database_equals_one_upgraded_from_any_step() -> None:
    migrations = load_migrations()
    fresh = _connect()
    migrate(fresh, migrations, 1)
    for steps in range(1, len(migrations)):
        upgraded = _connect()
        migrate(upgraded, migrations[:steps], 1)
        migrate(upgraded, migrations, 2)
        assert _schema(upgraded) == _schema(fresh)
        applied = list(upgraded.execute("select name, sha256 from schema_migrations order by name"))
        assert applied == [(migration.name, migration.sha256) for migration in migrations]


def test_opening_again_applies_nothing(tmp_path: Path) -> None:
    clock = ManualClock(1000)
    AppDatabase.open(tmp_path / "app.sqlite", clock).close()
    clock.advance_ms(1000)
    appdb = AppDatabase.open(tmp_path / "app.sqlite", clock)
    times = appdb.read_blocking(
        lambda connection: connection.execute("select distinct applied_ms from schema_migrations").fetchall()
    )
    assert times == [(1000,)]
    appdb.close()


def test_a_step_that_was_changed_is_refused() -> None:
    connection = _connect()
    migrate(connection, [Migration("0001-a", "create table a (x)")], 1)
    with pytest.raises(CommandError, match=r"step 0001-a .* differs"):
        migrate(connection, [Migration("0001-a", "create table a (x, y)")], 2)


def test_a_database_of_a_newer_version_is_refused() -> None:
    connection = _connect()
    steps = [Migration("0001-a", "create table a (x)"), Migration("0002-b", "create table b (x)")]
    migrate(connection, steps, 1)
    with pytest.raises(CommandError, match=r"newer metricbox \(it has step 0002-b\)"):
        migrate(connection, steps[:1], 2)


def test_a_step_missing_in_the_middle_is_refused() -> None:
    connection = _connect()
    steps = [Migration("0001-a", "create table a (x)"), Migration("0002-b", "create table b (x)")]
    migrate(connection, steps[1:], 1)
    with pytest.raises(CommandError, match="lacks step 0001-a"):
        migrate(connection, steps, 2)


def test_a_step_that_fails_leaves_nothing_behind() -> None:
    """Trap B191."""
    connection = _connect()
    good = Migration("0001-a", "create table a (x)")
    migrate(connection, [good], 1)
    before = _schema(connection)
    bad = Migration("0002-b", "create table b (x); insert into a values (1); create table a (x)")
    with pytest.raises(CommandError, match=r"step 0002-b .* nothing was changed"):
        migrate(connection, [good, bad], 2)
    assert _schema(connection) == before
    assert connection.execute("select count(*) from a").get == 0
    migrate(connection, [good, Migration("0002-b", "create table b (x)")], 3)


def test_a_database_of_another_program_is_refused_untouched() -> None:
    connection = _connect()
    connection.execute("create table theirs (x)")
    before = _schema(connection)
    with pytest.raises(CommandError, match="another program"):
        migrate(connection, load_migrations(), 1)
    assert _schema(connection) == before
