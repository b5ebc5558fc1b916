"""Settings that an admin changed while the server runs. Functions run inside a transaction."""

from collections.abc import Mapping

import apsw

from metricbox.store.appdb.audit import Action, Author, Subject, SubjectType, note


def load_server_settings(connection: apsw.Connection) -> dict[str, str]:
    return dict(connection.execute("select name, value from server_settings order by name"))


def save_server_settings(
    connection: apsw.Connection,
    values: Mapping[str, str],
    before: Mapping[str, str],
    *,
    by: Author,
    now_ms: int,
) -> None:
    """Set the named ones; others stay. `before` are the values in force, saved or not, for the audit trail."""
    connection.executemany(
        "insert into server_settings (name, value) values (?, ?) "
        "on conflict (name) do update set value = excluded.value",
        list(values.items()),
    )
    for name, value in values.items():
        subject = Subject(SubjectType.SETTING, name, name)
        old, new = {"value": before.get(name)}, {"value": value}
        note(connection, by, now_ms, Action.CHANGE, subject, before=old, after=new)
