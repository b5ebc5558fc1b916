"""The first account."""

import pytest

from metricbox.errors import ConflictError
from metricbox.store.appdb.dashboards import NewDashboard, list_dashboards
from metricbox.store.appdb.database import AppDatabase, Connection
from metricbox.store.appdb.first_account import create_first_admin
from metricbox.store.appdb.records import PageRequest, Role
from tests.support.authors import AUTHOR


def starter(owner_id: str) -> NewDashboard:
    return NewDashboard(name="first", owner_id=owner_id)


def test_it_is_an_admin_with_a_dashboard_and_the_only_one(appdb: AppDatabase) -> None:
    def check(connection: Connection) -> None:
        user = create_first_admin(
            connection, email="ada@example.org", password_hash="x", by=AUTHOR, now_ms=7, make_starter=starter
        )
        assert (user.role, user.created_ms) == (Role.ADMIN, 7)
        (dashboard,) = list_dashboards(connection, PageRequest()).rows
        assert (dashboard.name, dashboard.owner_id) == ("first", user.id)
        with pytest.raises(ConflictError):
            create_first_admin(
                connection,
                email="eve@example.org",
                password_hash="x",
                by=AUTHOR,
                now_ms=8,
                make_starter=starter,
            )

    appdb.write_blocking(check)
