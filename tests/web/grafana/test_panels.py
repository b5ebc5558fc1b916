"""Types of panels, and what else a panel has."""

import pytest

from metricbox.web.grafana.importer import import_grafana
from tests.support.grafana import fields_of, import_file, import_panel, panels_of


def test_every_type_becomes_the_nearest_one() -> None:
    imported = import_file("v36-panel-types")
    assert {title: panel.type for title, panel in panels_of(imported).items()} == {
        "Table now": "stat",
        "Table then": "line",
        "Pie": "stat",
        "Heat": "line",
        "Bars": "bar",
        "States": "line",
        "Plugin": "line",
        "No type": "line",
        "Plain": "stat",
        "Low is bad": "stat",
        "Points": "line",
    }
    for title in ("Table now", "Table then", "Pie", "Heat", "States", "Plugin", "No type", "Notes", "Lists"):
        assert fields_of(imported, title)[0].endswith(".type"), title


def test_the_words_of_a_text_panel_are_told_shortened() -> None:
    (fault,) = [one for one in import_file("v36-panel-types").report if one.panel == "Notes"]
    assert "# Read me <iframe src=x></iframe> and more" in fault.message
    assert fault.message.endswith("…")


@pytest.mark.parametrize(
    ("panel", "wanted"),
    [
        ({"type": "timeseries"}, "line"),
        ({"type": "timeseries", "fieldConfig": {"defaults": {"custom": {"fillOpacity": 10}}}}, "line"),
        ({"type": "timeseries", "fieldConfig": {"defaults": {"custom": {"fillOpacity": 50}}}}, "area"),
        ({"type": "timeseries", "fieldConfig": {"defaults": {"custom": {"drawStyle": "bars"}}}}, "bar"),
        ({"type": "graph", "fill": 1}, "line"),
        ({"type": "graph", "fill": 1, "stack": True}, "area"),
        ({"type": "graph", "bars": True}, "bar"),
        ({"type": "singlestat"}, "stat"),
        ({"type": "singlestat", "gauge": {"show": True}}, "gauge"),
        ({"type": "bargauge"}, "gauge"),
    ],
)
def test_charts_and_figures_are_taken_over_without_a_word(panel: dict[str, object], wanted: str) -> None:
    made, told = import_panel(**panel)
    assert made.type == wanted
    assert told == []


def test_what_else_a_panel_has_is_told() -> None:
    _, told = import_panel(
        repeat="host",
        description="d",
        links=[{"url": "/"}],
        timeFrom="1h",
        timeShift="1d",
        interval="1m",
        transformations=[{"id": "merge"}, {"id": "reduce", "disabled": True}],
        alert={"name": "a"},
    )
    assert [field for field, _ in told] == [
        *(f"panels[0].{name}" for name in ("repeat", "transformations", "timeFrom", "timeShift", "alert")),
        *(f"panels[].{name}" for name in ("description", "links", "interval")),
    ]
    assert "do not exist here: merge" in dict(told)["panels[0].transformations"]


def test_a_panel_without_a_query_is_left_out_and_told() -> None:
    for targets in (None, [], {}, [{"expr": ""}]):
        panel = {"type": "stat", "title": "Nothing", "targets": targets}
        imported = import_grafana({"title": "D", "panels": [panel]})
        assert imported.dashboard.panels == []
        assert ("Nothing", "panels[0].targets") in [fault[:2] for fault in imported.report]


def test_long_titles_are_cut_and_told() -> None:
    made, told = import_panel(title="t" * 300)
    assert made.title == "t" * 200
    assert [field for field, _ in told] == ["panels[0].title"]
