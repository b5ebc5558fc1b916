"""Options of panels of both generations."""

from typing import Any

import pytest

from tests.support.grafana import import_file, import_panel, options_of, panels_of


def modern(kind: str = "timeseries", **defaults: Any) -> dict[str, Any]:
    return options_of(import_panel(type=kind, fieldConfig={"defaults": defaults})[0])


def custom(**values: Any) -> dict[str, Any]:
    return modern(custom=values)


def test_a_panel_of_today() -> None:
    panels = panels_of(import_file("v42-timeseries"))
    assert options_of(panels["Requests of $region"]) == {
        "description": "All of them",
        "unit": "perSec",
        "decimals": 1,
        "min": 0,
        "max": 500,
        "stack": True,
        "nullHandling": "join",
        "axis": "right",
        "showLegend": False,
        "thresholds": [{"value": 200, "severity": "warning"}, {"value": 400, "severity": "critical"}],
    }
    assert options_of(panels["Open carts"]) == {
        "unit": "short",
        "color": "blue",
        "calculation": "mean",
        "repeat": "region",
        "valueTexts": [{"value": 0, "text": "none"}],
    }
    assert options_of(panels["Disk"])["thresholds"] == [
        {"value": 0.7, "severity": "warning"},
        {"value": 0.9, "severity": "critical"},
    ]


def test_the_old_graph_and_singlestat() -> None:
    panels = panels_of(import_file("v16-rows"))
    assert options_of(panels["CPU"]) == {
        "unit": "percent",
        "min": 0,
        "max": 100,
        "nullHandling": "join",
        "thresholds": [{"value": 80, "severity": "warning"}, {"value": 95, "severity": "critical"}],
    }
    assert options_of(panels["Traffic"]) == {
        "unit": "b",
        "stack": True,
        "nullHandling": "zero",
        "showLegend": False,
    }
    assert options_of(panels["Up"])["thresholds"] == [
        {"value": 1, "severity": "warning"},
        {"value": 2, "severity": "critical"},
    ]
    assert options_of(panels["Memory"]) == {
        "unit": "ratio",
        "decimals": 2,
        "min": 0,
        "max": 1,
        "calculation": "mean",
        "thresholds": [{"value": 0.7, "severity": "warning"}, {"value": 0.9, "severity": "critical"}],
    }
    assert options_of(panels_of(import_file("v8-oldest"))["Load"]) == {"unit": "short", "min": 0}


def test_thresholds_are_taken_where_grafana_shows_them() -> None:
    steps = {"steps": [{"color": "green", "value": None}, {"color": "red", "value": 80}]}
    assert modern(thresholds=steps) == {}
    assert modern("stat", thresholds=steps, color={"mode": "fixed", "fixedColor": "green"}) == {
        "color": "teal"
    }
    for kind in ("stat", "gauge", "bargauge"):
        assert modern(kind, thresholds=steps) == {"thresholds": [{"value": 80, "severity": "critical"}]}
    panels = panels_of(import_file("v36-panel-types"))
    assert [options_of(panels[title]) for title in ("Plain", "Table now")] == [{}, {"unit": "bytes"}]


@pytest.mark.parametrize(
    ("values", "options"),
    [
        ({"spanNulls": False}, {}),
        ({"spanNulls": True}, {"nullHandling": "join"}),
        ({"stacking": {"mode": "none"}}, {}),
        ({"axisPlacement": "left"}, {}),
        ({"axisPlacement": ["right"], "stacking": {"mode": {}}, "scaleDistribution": {"type": []}}, {}),
    ],
)
def test_lines(values: dict[str, Any], options: dict[str, Any]) -> None:
    assert custom(**values) == options


def test_what_has_no_likeness_is_told_by_its_field() -> None:
    path = "panels[0].fieldConfig.defaults"
    _, told = import_panel(
        fieldConfig={
            "defaults": {
                "unit": "kwatt",
                "mappings": [{"type": "range", "options": {"from": 1, "result": {"text": "up"}}}],
                "links": [{"url": "/"}],
                "displayName": "n",
                "custom": {
                    "stacking": {"mode": "percent"},
                    "axisPlacement": "hidden",
                    "scaleDistribution": {"type": "symlog"},
                    "spanNulls": 60_000,
                },
            }
        }
    )
    fields = [
        "unit",
        *(f"custom.{one}" for one in ("stacking", "spanNulls", "axisPlacement", "scaleDistribution")),
    ]
    fields += ["mappings", "links", "displayName"]
    assert sorted(field for field, _ in told) == sorted(f"{path}.{field}" for field in fields)


def test_looks_and_colours_of_single_series_are_not_a_long_list() -> None:
    def override(*names: str) -> dict[str, Any]:
        return {"matcher": {"id": "byName", "options": "x"}, "properties": [{"id": name} for name in names]}

    overrides = [override("custom.lineWidth", "custom.fillOpacity"), override("color"), override("color")]
    _, told = import_panel(fieldConfig={"overrides": overrides})
    assert told == [
        ("panels[].fieldConfig.overrides", "1 panel with colours of single series, which do not exist here")
    ]
    _, told = import_panel(fieldConfig={"overrides": [*overrides, override("unit", "max")]})
    assert told == [
        (
            "panels[0].fieldConfig.overrides",
            "single series have no options of their own here: color, unit, max",
        )
    ]


def test_that_nothing_is_shown_as_a_word_is_not_worth_telling() -> None:
    mappings = [{"type": "special", "options": {"match": "null", "result": {"text": "N/A"}}}]
    assert import_panel(type="stat", fieldConfig={"defaults": {"mappings": mappings}})[1] == []
    _, told = import_panel(type="singlestat", valueMaps=[{"value": "null", "text": "N/A"}], mappingType=1)
    assert told == []


def test_texts_stand_for_values() -> None:
    down = [{"value": 0, "text": "down"}]
    made, told = import_panel(type="singlestat", valueMaps=[{"value": "0", "text": "down"}], postfix=" %")
    assert options_of(made)["valueTexts"] == down
    assert [field for field, _ in told] == ["panels[0].postfix"]
    _, told = import_panel(
        type="singlestat", mappingType=2, rangeMaps=[{"from": "0", "to": "1", "text": "x"}]
    )
    assert [field for field, _ in told] == ["panels[0].rangeMaps"]
    colored = {
        "0": {"text": "down", "color": "red", "index": 0},
        "1": {"text": "up", "color": "green"},
        "x": {},
    }
    assert modern("stat", mappings=[{"type": "value", "options": colored}])["valueTexts"] == [
        {"value": 0, "text": "down", "severity": "critical"},
        {"value": 1, "text": "up", "severity": "ok"},
    ]
    assert modern("stat", mappings=[{"type": 1, "value": "0", "text": "down"}])["valueTexts"] == down


def test_legends_scales_and_sparklines() -> None:
    legend = {"displayMode": "table", "calcs": ["lastNotNull", "mean", "p99", "last"]}
    table = {"legendMode": "table", "legendValues": ["last", "mean"]}
    assert options_of(import_panel(options={"legend": legend})[0]) == table
    old = {"alignAsTable": True, "avg": True, "current": True, "values": True}
    assert options_of(import_panel(type="graph", legend=old)[0]) == table
    assert custom(scaleDistribution={"type": "log", "log": 2}) == {"scale": "log"}
    assert options_of(import_panel(type="graph", yaxes=[{"logBase": 10}])[0]) == {"scale": "log"}
    assert options_of(import_panel(type="stat", options={"graphMode": "none"})[0]) == {"sparkline": False}
    assert options_of(import_panel(type="singlestat", sparkline={"show": True})[0]) == {}
    assert options_of(import_panel(type="singlestat")[0]) == {"sparkline": False}
