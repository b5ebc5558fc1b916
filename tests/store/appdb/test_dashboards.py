"""Dashboards in SQLite. Their rules are tested through the API too, see tests/web/routes."""

import pytest

from metricbox.errors import ConflictError, LimitExceededError, NotFoundError, ValidationError
from metricbox.store.appdb import dashboards
from metricbox.store.appdb.dashboards import DashboardChanges, NewDashboard
from metricbox.store.appdb.database import AppDatabase, Connection
from metricbox.store.appdb.panels import MAX_PANELS, NewPanel, PanelChanges, Position
from metricbox.store.appdb.records import PageRequest, UserRecord
from tests.support.authors import AUTHOR

PANEL = NewPanel("CPU", "line", "cpu", {})


def test_panels_are_in_reading_order_and_new_ones_go_below(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        places = [Position(6, 4, 6, 4), Position(0, 4, 6, 4), Position(0, 0, 12, 4)]
        panels = [PANEL._replace(title=str(place), position=place) for place in places]
        new = NewDashboard(name="d", owner_id=admin.id, panels=[*panels, PANEL])
        dashboard = dashboards.create_dashboard(connection, new, AUTHOR, 1)
        positions = [(panel.x, panel.y) for panel in dashboard.panels]
        assert positions == [(0, 0), (0, 4), (6, 4), (0, 8)]
        assert dashboards.find_dashboard_of_panel(connection, dashboard.panels[2].id) == dashboard
        assert dashboards.find_dashboard_of_panel(connection, "none") is None

    appdb.write_blocking(check)


def test_every_change_makes_a_version(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        made = dashboards.create_dashboard(connection, NewDashboard(name="d", owner_id=admin.id), AUTHOR, 1)
        created = dashboards.create_panel(connection, made.id, PANEL, AUTHOR, 2)
        changed = dashboards.update_panel(
            connection, made.id, created.panel.id, PanelChanges(options={"min": 0}), AUTHOR, 3
        )
        dashboards.update_dashboard(connection, made.id, 3, DashboardChanges(name="renamed"), AUTHOR, 4)
        dashboards.delete_panel(connection, made.id, created.panel.id, AUTHOR, 5)
        assert (created.version, changed.version) == (2, 3)
        assert changed.panel.options == {"min": 0}
        after = dashboards.get_dashboard(connection, made.id)
        assert (after.version, after.name, after.updated_ms, after.created_ms) == (5, "renamed", 5, 1)

    appdb.write_blocking(check)


def test_what_is_refused_changes_nothing(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        new = NewDashboard(name="d", owner_id=admin.id, panels=[PANEL] * MAX_PANELS)
        made = dashboards.create_dashboard(connection, new, AUTHOR, 1)
        for version in (0, 2):
            with pytest.raises(ConflictError):
                dashboards.update_dashboard(
                    connection, made.id, version, DashboardChanges(name="x"), AUTHOR, 2
                )
        layout = {"none": Position(0, 0, 1, 1)}
        with pytest.raises(ValidationError):
            dashboards.update_dashboard(connection, made.id, 1, DashboardChanges(layout=layout), AUTHOR, 2)
        with pytest.raises(LimitExceededError):
            dashboards.create_panel(connection, made.id, PANEL, AUTHOR, 2)
        with pytest.raises(NotFoundError):
            dashboards.update_panel(connection, made.id, "none", PanelChanges(title="x"), AUTHOR, 2)
        assert dashboards.get_dashboard(connection, made.id) == made

    appdb.write_blocking(check)


def test_lists_carry_the_panels_of_each(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        made = [
            dashboards.create_dashboard(
                connection,
                NewDashboard(name=f"d{count}", owner_id=admin.id, panels=[PANEL] * count),
                AUTHOR,
                count,
            )
            for count in range(3)
        ]
        page = dashboards.list_dashboards(connection, PageRequest())
        assert (page.total, page.rows) == (3, made[::-1])
        assert dashboards.list_dashboards(connection, PageRequest(), "somebody").total == 0

    appdb.write_blocking(check)
