"""Settings changed while the server runs."""

from pathlib import Path
from typing import Any

from metricbox.clock import ManualClock
from metricbox.store.appdb.audit import list_entries
from metricbox.store.appdb.database import AppDatabase
from metricbox.store.appdb.records import PageRequest
from metricbox.store.appdb.server_settings import load_server_settings, save_server_settings
from tests.support.authors import AUTHOR


def test_settings_are_kept_by_name_over_a_restart_and_every_change_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "app.sqlite"
    appdb = AppDatabase.open(path, ManualClock(0))

    def save(values: dict[str, str], before: dict[str, str]) -> Any:
        return appdb.write_blocking(
            lambda connection: save_server_settings(connection, values, before, by=AUTHOR, now_ms=5)
        )

    assert appdb.read_blocking(load_server_settings) == {}
    save({"a": "1", "b": "2"}, {"a": "1", "b": "0"})
    save({"b": "3"}, {"b": "2"})
    appdb.close()
    appdb = AppDatabase.open(path, ManualClock(0))
    assert appdb.read_blocking(load_server_settings) == {"a": "1", "b": "3"}
    noted = appdb.read_blocking(lambda connection: list_entries(connection, PageRequest())).rows
    assert [(one.subject_id, one.before, one.after) for one in noted] == [
        ("b", {"value": "2"}, {"value": "3"}),
        ("b", {"value": "0"}, {"value": "2"}),
    ]
    appdb.close()
