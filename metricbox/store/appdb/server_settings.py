"""Settings that an admin changed while the server runs. Functions run inside a transaction."""

from collections.abc import Mapping

import apsw


def load_server_settings(connection: apsw.Connection) -> dict[str, str]:
    return dict(connection.execute("select name, value from server_settings order by name"))


def save_server_settings(connection: apsw.Connection, values: Mapping[str, str]) -> None:
    """Set the named ones; others stay."""
    connection.executemany(
        "insert into server_settings (name, value) values (?, ?) "
        "on conflict (name) do update set value = excluded.value",
        list(values.items()),
    )
