"""Types of panels, and what else a panel has."""

import pytest

from metricbox.web.grafana.importer import import_grafana
from tests.support.grafana import fields_of, import_file, import_panel, options_of, panels_of


def test_every_type_becomes_the_nearest_one() -> None:
    imported = import_file("v36-panel-types")
    assert {title: panel.type for title, panel in panels_of(imported).items()} == {
        "Notes": "text",
        "Table now": "table",
        "Table then": "table",
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
    for title in ("Pie", "Heat", "States", "Plugin", "No type", "Lists"):
        assert fields_of(imported, title)[0].endswith(".type"), title


def test_a_text_panel_keeps_its_words_and_loses_its_html() -> None:
    imported = import_file("v36-panel-types")
    assert fields_of(imported, "Notes") == []
    content = panels_of(imported)["Notes"].options.content or ""
    assert content.startswith("# Read me\n\n<iframe src=x></iframe> and more")
    html = '<h1>Call</h1><script>alert("x")</script><p>Ada &amp; <b>Bo</b></p><style>p{}</style>'
    for panel in ({"mode": "html", "content": html}, {"options": {"mode": "html", "content": html}}):
        made, told = import_panel(type="text", targets=None, **panel)
        assert made.options.content == "Call\n\nAda & Bo"
        assert [field for field, _ in told] == ["panels[0].options.mode"]
    made, told = import_panel(type="text", content="x" * 30_000)
    assert (made.options.content, [field for field, _ in told]) == (
        "x" * 20_000,
        ["panels[0].options.content"],
    )


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
    made, told = import_panel(
        repeat="host",
        description="  d ",
        links=[
            {"url": "/d/x", "title": "There"},
            {"url": "https://wiki.example/$host"},
            {"url": "javascript:1"},
        ],
        timeFrom="1h",
        timeShift="1d",
        interval="1m",
        transformations=[{"id": "merge"}, {"id": "reduce", "disabled": True}],
        alert={"name": "a"},
    )
    assert [field for field, _ in told] == [
        *(f"panels[0].{name}" for name in ("links[0]", "links[2]", "repeat", "transformations")),
        *(f"panels[0].{name}" for name in ("timeFrom", "timeShift", "alert")),
        "panels[].interval",
    ]
    url = "https://wiki.example/$host"
    assert options_of(made) == {"description": "d", "links": [{"title": url, "url": url}]}
    assert "do not exist here: merge" in dict(told)["panels[0].transformations"]


@pytest.mark.parametrize(
    ("panel", "options"),
    [
        ({}, {"repeat": "host"}),
        ({"maxPerRow": 4}, {"repeat": "host", "repeatPerRow": 4}),
        ({"repeatDirection": "v"}, {"repeat": "host", "repeatPerRow": 1}),
        ({"type": "row", "maxPerRow": 4}, {"repeat": "host"}),
    ],
)
def test_repeats_are_taken_over(panel: dict[str, object], options: dict[str, object]) -> None:
    whole = {"type": "stat", "targets": [{"expr": "up"}], "repeat": "host", **panel}
    templating = {
        "list": [{"name": "host", "type": "query", "query": "label_values(up, host)", "multi": True}]
    }
    imported = import_grafana({"title": "D", "panels": [whole], "templating": templating})
    (made,) = imported.dashboard.panels or ()
    assert (options_of(made), imported.report) == (options, [])


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
