"""From what a request names to what is changed: absent, null and a value are three things."""

from typing import Any

import pytest

from metricbox.errors import ValidationError
from metricbox.store.appdb.dashboards import DashboardChanges, NewDashboard
from metricbox.store.appdb.panels import NewPanel, PanelChanges, Position
from metricbox.web import schemas
from metricbox.web.body import check_model
from metricbox.web.dashboard_requests import dashboard_changes, new_dashboard, new_panel, panel_changes

USUAL = NewDashboard(name="", owner_id="")


def change(**fields: Any) -> DashboardChanges:
    return dashboard_changes(check_model({"version": 1, **fields}, schemas.DashboardUpdate))


def change_panel(**fields: Any) -> PanelChanges:
    return panel_changes(check_model(fields, schemas.PanelUpdate))


def test_what_is_not_named_stays() -> None:
    assert change() == DashboardChanges()
    assert change_panel() == PanelChanges()


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("description", DashboardChanges(description="")),
        ("variables", DashboardChanges(variables=USUAL.variables)),
        ("refreshInterval", DashboardChanges(refresh_interval="30s")),
        ("timeRange", DashboardChanges(time_from="now-1h", time_to="now")),
    ],
)
def test_null_is_what_a_new_dashboard_has(field: str, changes: DashboardChanges) -> None:
    assert change(**{field: None}) == changes


def test_null_takes_title_and_options_of_a_panel_away() -> None:
    assert change_panel(title=None, options=None) == PanelChanges(title="", options={})


@pytest.mark.parametrize("field", ["name", "isPublic", "layout"])
def test_where_null_means_nothing_it_is_refused(field: str) -> None:
    with pytest.raises(ValidationError, match=f"^{field}: must not be null"):
        change(**{field: None})


@pytest.mark.parametrize("field", ["type", "query", "position"])
def test_where_null_means_nothing_for_a_panel_it_is_refused(field: str) -> None:
    with pytest.raises(ValidationError, match=f"^{field}: must not be null"):
        change_panel(**{field: None})


def test_values_are_taken() -> None:
    assert change(
        name=" n ",
        description="d",
        isPublic=False,
        variables=[{"name": "v", "type": "text"}],
        refreshInterval="off",
        timeRange={"from": "now-6h", "to": "now"},
        layout=[{"i": "a", "x": 1, "y": 2, "w": 3, "h": 4}],
    ) == DashboardChanges(
        "n", "d", False, [{"name": "v", "type": "text"}], "", "now-6h", "now", {"a": Position(1, 2, 3, 4)}
    )
    options = {"unit": "bytes", "max": None}
    queries = [{"query": "cpu", "legend": None}]
    assert change_panel(title="t", type="bar", query=queries, options=options) == PanelChanges(
        "t", "bar", [{"query": "cpu"}], {"unit": "bytes"}
    )


def test_a_layout_names_a_panel_once() -> None:
    item = {"i": "a", "x": 0, "y": 0, "w": 1, "h": 1}
    with pytest.raises(ValidationError, match=r"layout\[1\]\.i"):
        change(layout=[item, item])


def test_new_ones_have_the_usual_where_nothing_is_named() -> None:
    wish = check_model({"name": "n", "refreshInterval": ""}, schemas.DashboardCreate)
    assert new_dashboard(wish, "owner") == USUAL._replace(
        name="n", owner_id="owner", refresh_interval="", variables=[], panels=[]
    )
    panel = new_panel(check_model({"type": "line", "query": "cpu"}, schemas.PanelCreate))
    assert panel == NewPanel("", "line", "cpu", {})
