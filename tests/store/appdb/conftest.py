"""An application database in a temporary folder, on a clock that stands."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from metricbox.clock import ManualClock
from metricbox.store.appdb.database import AppDatabase
from metricbox.store.appdb.records import Role, UserRecord
from metricbox.store.appdb.users import create_user
from tests.support.authors import AUTHOR
from tests.support.stores import NOW_MS


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW_MS)


@pytest.fixture
def appdb(tmp_path: Path, clock: ManualClock) -> Iterator[AppDatabase]:
    database = AppDatabase.open(tmp_path / "app.sqlite", clock)
    yield database
    database.close()


@pytest.fixture
def admin(appdb: AppDatabase) -> UserRecord:
    return appdb.write_blocking(
        lambda connection: create_user(
            connection,
            email="ada@example.org",
            role=Role.ADMIN,
            password_hash="hash",
            by=AUTHOR,
            now_ms=NOW_MS,
        )
    )
