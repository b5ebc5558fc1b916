"""The history of dashboards in SQLite."""

import pytest

from metricbox.errors import NotFoundError
from metricbox.store.appdb import dashboard_versions, dashboards
from metricbox.store.appdb.audit import Author, Via
from metricbox.store.appdb.dashboards import DashboardChanges, NewDashboard
from metricbox.store.appdb.database import AppDatabase, Connection
from metricbox.store.appdb.panels import NewPanel, PanelChanges, Position
from metricbox.store.appdb.records import DashboardRecord, PageRequest, UserRecord
from tests.support.authors import AUTHOR

ADA = Author("ada-id", "ada@example.org", Via.SESSION)


def _make(connection: Connection, owner: UserRecord) -> DashboardRecord:
    panels = [
        NewPanel("CPU", "line", "cpu", {"min": 0}, Position(0, 0, 6, 4)),
        NewPanel("", "area", [{"query": "mem"}], {}, Position(6, 0, 6, 4)),
    ]
    new = NewDashboard(name="d", owner_id=owner.id, description="x", variables=[{"name": "v"}], panels=panels)
    return dashboards.create_dashboard(connection, new, ADA, 1)


def _tell(connection: Connection, dashboard_id: str) -> list[str]:
    versions = dashboard_versions.list_versions(connection, dashboard_id, PageRequest())
    return [f"{one.version} {one.change}" for one in versions.rows]


def test_the_history_says_who_made_which_version_when_and_how(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        made = _make(connection, admin)
        cpu, bare = made.panels
        changes = DashboardChanges(name="renamed", is_public=True)
        dashboards.update_dashboard(connection, made.id, 1, changes, AUTHOR, 2)
        layout = {cpu.id: Position(0, 8, 6, 4)}
        dashboards.update_dashboard(connection, made.id, 2, DashboardChanges(layout=layout), AUTHOR, 3)
        dashboards.update_panel(connection, made.id, cpu.id, PanelChanges(title="All", type="bar"), ADA, 4)
        dashboards.delete_panel(connection, made.id, bare.id, ADA, 5)
        dashboards.create_panel(connection, made.id, NewPanel("New", "line", "x", {}), ADA, 6)
        assert _tell(connection, made.id) == [
            "6 panel New added",
            "5 panel without a title removed",
            "4 panel All: title, type",
            "3 layout",
            "2 name, isPublic",
            "1 created",
        ]
        first = dashboard_versions.list_versions(connection, made.id, PageRequest(sort="version")).rows[0]
        assert first == (1, 1, "ada-id", "ada@example.org", "created")
        page = dashboard_versions.list_versions(connection, made.id, PageRequest(page=2, page_size=4))
        assert (page.total, [one.version for one in page.rows]) == (6, [2, 1])

    appdb.write_blocking(check)


def test_restoring_makes_it_what_it_was_under_a_new_version(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        made = _make(connection, admin)
        changes = DashboardChanges(
            name="n", description="", variables=[], refresh_interval="", time_from="now-1d"
        )
        dashboards.update_dashboard(connection, made.id, 1, changes, AUTHOR, 2)
        for panel in made.panels:
            dashboards.delete_panel(connection, made.id, panel.id, AUTHOR, 3)
        restored = dashboards.restore_dashboard(connection, made.id, 1, ADA, 9)
        assert restored.version == 5
        assert restored.updated_ms == 9
        assert (restored.name, restored.panels, restored.variables) == (
            made.name,
            made.panels,
            made.variables,
        )
        assert (restored.time_from, restored.refresh_interval) == (made.time_from, made.refresh_interval)
        assert _tell(connection, made.id)[0] == "5 version 1 restored"
        emptied = dashboards.restore_dashboard(connection, made.id, 4, ADA, 10)
        assert (emptied.name, list(emptied.panels), emptied.version) == ("n", [], 6)

    appdb.write_blocking(check)


def test_restoring_changes_neither_owner_nor_visibility(appdb: AppDatabase, admin: UserRecord) -> None:
    """Going back must not make public again what was taken back for a reason."""

    def check(connection: Connection) -> None:
        new = NewDashboard(name="d", owner_id=admin.id, is_public=True)
        made = dashboards.create_dashboard(connection, new, AUTHOR, 1)
        dashboards.update_dashboard(connection, made.id, 1, DashboardChanges(is_public=False), AUTHOR, 2)
        assert not dashboards.restore_dashboard(connection, made.id, 1, AUTHOR, 3).is_public

    appdb.write_blocking(check)


def test_the_newest_hundred_are_kept_and_go_with_the_dashboard(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        made, other = _make(connection, admin), _make(connection, admin)
        for version in range(1, 151):
            changes = DashboardChanges(name=f"name {version}")
            dashboards.update_dashboard(connection, made.id, version, changes, AUTHOR, version)
        page = dashboard_versions.list_versions(connection, made.id, PageRequest(page_size=200))
        assert [one.version for one in page.rows] == list(range(151, 51, -1))
        for version in (51, 152, 0, -1):
            with pytest.raises(NotFoundError, match="newest 100"):
                dashboards.restore_dashboard(connection, made.id, version, AUTHOR, 200)
        assert dashboards.restore_dashboard(connection, made.id, 52, AUTHOR, 200).name == "name 51"
        dashboards.delete_dashboard(connection, made.id, AUTHOR, 201)
        left = connection.execute("select distinct dashboard_id from dashboard_versions").fetchall()
        assert left == [(other.id,)]

    appdb.write_blocking(check)
