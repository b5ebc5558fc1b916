"""Panels as rows. How they are changed is seen in test_dashboards.py."""

import pytest

from metricbox.errors import LimitExceededError, NotFoundError
from metricbox.store.appdb import panels
from metricbox.store.appdb.dashboards import NewDashboard, create_dashboard
from metricbox.store.appdb.database import AppDatabase, Connection
from metricbox.store.appdb.panels import NewPanel, Position
from metricbox.store.appdb.records import UserRecord
from tests.support.authors import AUTHOR

PANEL = NewPanel("CPU", "line", [{"query": "cpu", "legend": "{{host}}"}], {"thresholds": [{"value": 0.8}]})


def test_a_panel_comes_back_as_it_was_written(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        made = create_dashboard(connection, NewDashboard(name="d", owner_id=admin.id), AUTHOR, 1)
        other = create_dashboard(connection, NewDashboard(name="d", owner_id=admin.id), AUTHOR, 1)
        panel_id = panels.insert_panel(connection, made.id, PANEL._replace(position=Position(3, 2, 6, 5)))
        panel = panels.get_panel(connection, made.id, panel_id)
        assert (panel.title, panel.type, panel.query, panel.options) == PANEL[:4]
        assert panels.place_of(panel) == {"x": 3, "y": 2, "w": 6, "h": 5}
        connection.execute("delete from panels")
        panels.write_panel(connection, panel)
        assert panels.panels_of(connection, [made.id, other.id]) == {made.id: [panel]}
        with pytest.raises(NotFoundError):
            panels.get_panel(connection, other.id, panel_id)

    appdb.write_blocking(check)


def test_there_is_room_for_so_many_panels_and_rows(appdb: AppDatabase, admin: UserRecord) -> None:
    def check(connection: Connection) -> None:
        made = create_dashboard(connection, NewDashboard(name="d", owner_id=admin.id), AUTHOR, 1)
        lowest = PANEL._replace(position=Position(0, panels.MAX_GRID_ROWS, 1, 1))
        panels.insert_panel(connection, made.id, lowest)
        with pytest.raises(LimitExceededError, match="rows"):
            panels.insert_panel(connection, made.id, PANEL)
        for _ in range(panels.MAX_PANELS - 1):
            panels.insert_panel(connection, made.id, lowest)
        with pytest.raises(LimitExceededError, match="panels"):
            panels.insert_panel(connection, made.id, lowest)

    appdb.write_blocking(check)
