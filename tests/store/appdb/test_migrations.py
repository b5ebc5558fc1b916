"""Migrations: a fresh database and an upgraded one end equal; what is not ours is refused."""

import uuid
from pathlib import Path

import apsw
import pytest

from metricbox.clock import ManualClock
from metricbox.errors import CommandError
from metricbox.store.appdb.dashboard_versions import list_versions
from metricbox.store.appdb.dashboards import delete_panel, get_dashboard, restore_dashboard
from metricbox.store.appdb.database import AppDatabase
from metricbox.store.appdb.migrations import Migration, load_migrations, migrate
from metricbox.store.appdb.records import PageRequest
from metricbox.store.appdb.sessions import list_sessions
from tests.support.authors import AUTHOR


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


def _migrate_filled(steps: int, *statements: str) -> apsw.Connection:
    """A database that was filled by these statements when it had so many steps."""
    connection = _connect()
    migrate(connection, load_migrations()[:steps], 1)
    for statement in statements:
        connection.execute(statement)
    migrate(connection, load_migrations(), 2)
    return connection


_ADA = (
    "insert into users (id, email, email_key, role, password_hash, created_ms) "
    "values ('u', 'a', 'a', 'admin', '', 0)"
)


def test_dashboards_of_before_there_was_a_history_can_be_restored() -> None:
    connection = _migrate_filled(
        3,
        _ADA,
        "insert into dashboards values "
        """('d', 'Web', 'x', 'u', 1, '[{"name":"v"}]', '30s', 'now-1h', 'now', 7, 1, 5)""",
        """insert into panels values ('p2', 'd', 'Mem', 'area', '[{"query":"mem"}]', '{"min":0}', 6, 4, 6, 4)""",
        """insert into panels values ('p1', 'd', 'CPU', 'line', '"cpu"', '{}', 0, 0, 6, 4)""",
        """insert into dashboards values ('e', 'Empty', '', 'u', 0, '[]', '', 'now-1h', 'now', 1, 1, 1)""",
    )
    before = get_dashboard(connection, "d")
    for panel in before.panels:
        delete_panel(connection, "d", panel.id, AUTHOR, 9)
    restored = restore_dashboard(connection, "d", 7, AUTHOR, 10)
    assert [panel.id for panel in restored.panels] == ["p1", "p2"]
    assert (restored.panels, restored.variables, restored.version) == (before.panels, before.variables, 10)
    oldest = list_versions(connection, "d", PageRequest(sort="version")).rows[0]
    assert (oldest.version, oldest.created_ms, oldest.author_id) == (7, 5, None)
    assert list(restore_dashboard(connection, "e", 1, AUTHOR, 10).panels) == []


def test_sessions_of_before_they_had_ids_get_one_each() -> None:
    connection = _migrate_filled(
        4,
        _ADA,
        "insert into sessions values (x'01', 'u', 5, 5)",
        "insert into sessions values (x'02', 'u', 6, 6)",
    )
    sessions = list_sessions(connection, "u", PageRequest(), now_ms=7, lifetime_ms=100).rows
    assert len({uuid.UUID(session.id) for session in sessions}) == 2
    assert {uuid.UUID(session.id).version for session in sessions} == {4}
    assert {(session.source, session.user_agent) for session in sessions} == {("", "")}
