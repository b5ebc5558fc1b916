"""Schema migrations: named SQL files, each applied in one transaction together with its record.

A fresh database and an upgraded one pass through the same files, so they end equal. Runs once, before anything
else sees the database, on the thread that opens it. It never goes back and never edits an applied migration.
"""

import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import NamedTuple

import apsw

from metricbox.errors import CommandError

_MAKE_RECORDS = """
create table if not exists schema_migrations (
    name text primary key not null,
    sha256 text not null,
    applied_ms integer not null
) strict
"""


class Migration(NamedTuple):
    name: str
    """File name without `.sql`; names sort in the order of application."""
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def load_migrations() -> Sequence[Migration]:
    """The migrations of this release, in order."""
    folder = resources.files("metricbox.store.appdb").joinpath("sql", "migrations")
    found = [
        Migration(entry.name.removesuffix(".sql"), entry.read_text(encoding="utf-8").replace("\r\n", "\n"))
        for entry in folder.iterdir()
        if entry.name.endswith(".sql")
    ]
    return sorted(found)


def migrate(connection: apsw.Connection, migrations: Sequence[Migration], now_ms: int) -> None:
    """Bring the schema up to the last of `migrations`. Raises CommandError and changes nothing when it cannot."""
    _refuse_foreign_database(connection)
    connection.execute(_MAKE_RECORDS)
    applied = dict(connection.execute("select name, sha256 from schema_migrations order by name"))
    _check_applied(applied, migrations)
    for migration in migrations:
        if migration.name not in applied:
            _apply(connection, migration, now_ms)


def _refuse_foreign_database(connection: apsw.Connection) -> None:
    tables = {name for (name,) in connection.execute("select name from sqlite_schema where type = 'table'")}
    if tables and "schema_migrations" not in tables:
        raise CommandError(
            "the application database holds tables of another program; choose another data folder"
        )


def _check_applied(applied: dict[str, str], migrations: Sequence[Migration]) -> None:
    known = {migration.name: migration for migration in migrations}
    for name, sha256 in applied.items():
        if name not in known:
            msg = (
                f"the application database was written by a newer metricbox (it has step {name}); "
                "start that version, or restore a backup made with this one"
            )
            raise CommandError(msg)
        if known[name].sha256 != sha256:
            msg = (
                f"step {name} of the application database differs from the one in this metricbox; "
                "start the version that wrote it, or restore a backup"
            )
            raise CommandError(msg)
    missing = [migration.name for migration in migrations if migration.name not in applied]
    if applied and missing and missing[0] < max(applied):
        msg = f"the application database lacks step {missing[0]}, though it has later ones; restore a backup"
        raise CommandError(msg)


def _apply(connection: apsw.Connection, migration: Migration, now_ms: int) -> None:
    connection.execute("begin immediate")
    try:
        connection.execute(migration.sql)
        connection.execute(
            "insert into schema_migrations (name, sha256, applied_ms) values (?, ?, ?)",
            (migration.name, migration.sha256, now_ms),
        )
        connection.execute("commit")
    except apsw.Error as error:
        if connection.in_transaction:
            connection.execute("rollback")
        msg = f"step {migration.name} of the application database failed, nothing was changed: {error}"
        raise CommandError(msg) from error
