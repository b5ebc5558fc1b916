"""The dashboard that greets the first admin."""

from metricbox.store.appdb.database import AppDatabase
from metricbox.store.appdb.records import UserRecord
from metricbox.store.appdb.starter import create_starter_dashboard
from metricbox.web.answers import dashboard_answer
from metricbox.web.body import check_model
from metricbox.web.schemas import Dashboard, PanelCreate
from tests.support.authors import AUTHOR


def test_it_meets_the_contract_and_fills_the_grid_without_overlap(
    appdb: AppDatabase, admin: UserRecord
) -> None:
    dashboard = appdb.write_blocking(
        lambda connection: create_starter_dashboard(connection, admin.id, AUTHOR, 1)
    )
    answer = dashboard_answer(dashboard)
    Dashboard.model_validate(answer)
    for panel in answer["panels"]:
        wish = {name: panel[name] for name in ("title", "type", "query", "options", "position")}
        check_model(wish, PanelCreate)
    cells = [
        (x, y)
        for panel in dashboard.panels
        for x in range(panel.x, panel.x + panel.w)
        for y in range(panel.y, panel.y + panel.h)
    ]
    height = max(y for _, y in cells) + 1
    assert sorted(cells) == [(x, y) for x in range(12) for y in range(height)]


def test_it_shows_all_types_of_panels(appdb: AppDatabase, admin: UserRecord) -> None:
    dashboard = appdb.write_blocking(
        lambda connection: create_starter_dashboard(connection, admin.id, AUTHOR, 1)
    )
    assert {panel.type for panel in dashboard.panels} == {"line", "area", "bar", "gauge", "stat"}
    assert 10 <= len(dashboard.panels) <= 12
    assert (dashboard.refresh_interval, dashboard.time_from, dashboard.is_public) == ("10s", "now-15m", False)
