"""Settings changed while the server runs."""

from pathlib import Path

from metricbox.clock import ManualClock
from metricbox.store.appdb.database import AppDatabase
from metricbox.store.appdb.server_settings import load_server_settings, save_server_settings


def test_settings_are_kept_by_name_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "app.sqlite"
    appdb = AppDatabase.open(path, ManualClock(0))
    assert appdb.read_blocking(load_server_settings) == {}
    appdb.write_blocking(lambda connection: save_server_settings(connection, {"a": "1", "b": "2"}))
    appdb.write_blocking(lambda connection: save_server_settings(connection, {"b": "3"}))
    appdb.close()
    appdb = AppDatabase.open(path, ManualClock(0))
    assert appdb.read_blocking(load_server_settings) == {"a": "1", "b": "3"}
    appdb.close()
