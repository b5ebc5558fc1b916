"""Places of panels."""

from typing import Any

from metricbox.store.appdb.panels import GRID_COLUMNS, MAX_GRID_ROWS, MAX_PANELS, Position
from metricbox.web.grafana.layout import Box, Sized, collect_panels, place_panels
from metricbox.web.grafana.reading import Place, Report
from tests.support.grafana import import_file, options_of, panels_of


def place(*boxes: tuple[int, int, int, int], sections: list[int] | None = None) -> list[Position]:
    numbers = sections or [0] * len(boxes)
    return place_panels([Sized(n, Box(*box), 2, 2) for n, box in zip(numbers, boxes, strict=True)])


def titles(model: dict[str, Any]) -> list[str]:
    return [panel.content["title"] for panel in collect_panels(model, Place(Report()))]


def panel(title: str, x: int, y: int, **more: Any) -> dict[str, Any]:
    return {"title": title, "gridPos": {"x": x, "y": y, "w": 12, "h": 8}, **more}


def test_24_columns_become_12_and_neighbours_stay_neighbours() -> None:
    assert place((0, 0, 24, 8), (0, 8, 12, 8), (12, 8, 12, 8)) == [
        (0, 0, 12, 4),
        (0, 4, 6, 4),
        (6, 4, 6, 4),
    ]
    assert place((0, 0, 5, 8), (5, 0, 5, 8), (10, 0, 14, 8)) == [(0, 0, 3, 4), (3, 0, 2, 4), (5, 0, 7, 4)]


def test_narrow_panels_are_widened_and_go_on_in_the_next_line() -> None:
    places = place(*((x, 0, 2, 4) for x in range(0, 24, 2)))
    assert [(one.x, one.y) for one in places] == [(x, y) for y in (0, 2) for x in range(0, 12, 2)]


def test_small_panels_beside_a_large_one_stay_together_when_they_do_not_fit() -> None:
    """The first lines of node-exporter-full: six gauges that must be wider, then five numbers in two lines."""
    gauges = [(x, 1, 3, 4) for x in range(0, 18, 3)]
    numbers = [(18, 1, 2, 2), (20, 1, 2, 2), (22, 1, 2, 2), (18, 3, 2, 2), (20, 3, 4, 2)]
    places = place(*gauges, *numbers)
    assert [(one.x, one.y) for one in places[6:]] == [(0, 2), (2, 2), (4, 2), (6, 2), (8, 2)]
    # What comes below both begins on the left.
    assert place(*gauges, *numbers, (12, 5, 12, 8))[-1][:2] == (6, 4)


def test_gaps_close_and_what_overlaps_is_moved_down() -> None:
    assert place((0, 500, 12, 8), (0, 503, 12, 8)) == [(0, 0, 6, 4), (0, 4, 6, 4)]


def test_a_section_begins_under_the_one_before() -> None:
    assert place((0, 0, 12, 16), (12, 0, 12, 4), sections=[0, 1]) == [(0, 0, 6, 7), (6, 7, 6, 2)]


def test_no_200_panels_are_too_high_for_a_dashboard() -> None:
    places = place(*((0, index, 24, 1000) for index in range(MAX_PANELS)))
    assert max(one.y + one.h for one in places) <= MAX_GRID_ROWS
    assert all(one.x + one.w <= GRID_COLUMNS for one in places)


def test_panels_are_read_by_rows_then_columns_and_rows_open_sections() -> None:
    model = {
        "panels": [
            panel("right", 12, 0),
            panel("left", 0, 0),
            {"type": "row", "title": "Row", "gridPos": {"x": 0, "y": 8, "w": 24, "h": 1}, "panels": []},
            panel("under", 0, 9),
            {"title": "without a place"},
            {
                "type": "row",
                "title": "Collapsed",
                "gridPos": {"x": 0, "y": 17, "w": 24, "h": 1},
                "panels": [panel("second", 0, 30), panel("first", 0, 2)],
            },
            panel("last", 0, 18),
        ]
    }
    assert titles(model) == [
        "left", "right", "Row", "under", "Collapsed", "first", "second", "last", "without a place",
    ]  # fmt: skip
    found = collect_panels(model, Place(Report()))
    assert [one.section for one in found] == [0, 0, 1, 2, 3, 4, 4, 5, 5]
    assert found[5].path == "panels[5].panels[1]"


def test_a_collapsed_row_hides_nothing_that_was_seen_under_it() -> None:
    row = {"type": "row", "title": "Row", "collapsed": True, "panels": [panel("in", 0, 1)]}
    for after, is_collapsed in (([], True), ([row], True), ([panel("after", 0, 9)], False)):
        model = {"panels": [{**row, "gridPos": {"x": 0, "y": 0, "w": 24, "h": 1}}, *after]}
        assert collect_panels(model, Place(Report()))[0].content["collapsed"] is is_collapsed


def test_rows_with_spans_are_filled_from_the_left() -> None:
    panels = panels_of(import_file("v16-rows"))
    places = {
        title: tuple(one.position.model_dump().values()) for title, one in panels.items() if one.position
    }
    assert places == {
        "Upper": (0, 0, 12, 1),
        "CPU": (0, 1, 8, 3),
        "Up": (8, 1, 4, 3),
        "Memory": (0, 4, 4, 3),
        "Lower": (0, 7, 12, 1),
        "Traffic": (0, 8, 12, 6),
    }
    assert options_of(panels["Upper"]) == {}
    assert options_of(panels["Lower"]) == {"isCollapsed": True, "repeat": "host"}


def test_old_rows_without_headers_are_lines_of_panels() -> None:
    rows = [{"title": "Row", "panels": [{"title": "a"}]}, {"panels": [{"title": "b"}]}]
    assert titles({"rows": rows}) == ["a", "b"]


def test_what_is_no_panel_is_told() -> None:
    report = Report()
    model = {
        "rows": [7, {"panels": "x"}, {"panels": [None]}],
        "panels": [1, {"type": "row", "panels": [{"type": "row"}]}],
    }
    assert [one.content["type"] for one in collect_panels(model, Place(report))] == ["row"]
    fields = [fault.field for fault in report.make()]
    assert fields == [
        "rows[0]",
        "rows[1].panels",
        "rows[2].panels[0]",
        "panels[0]",
        "panels[1].panels[0]",
    ]
