"""Where panels of a Grafana dashboard stand: rows of all versions become one list, 24 columns become 12. Pure.

    panels with gridPos          0 . . . . . 24 columns of Grafana, rows of 30 px and 8 px between them
    `- rows, collapsed or not    a row opens a section: what is under it stays under what is above it
    rows with spans              before schema 16: 12 columns, heights in px

A row is a panel of its own here, with the panels below it down to the next row. As in Grafana every panel is as far
up as those before it allow, so that a gap or an overlap in the file does no harm.
"""

import math
import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from metricbox.store.appdb.panels import GRID_COLUMNS, Position
from metricbox.web.grafana.reading import Place, number, record, text, whole

GRAFANA_COLUMNS = 24
_GRAFANA_ROW_PX = 38
_ROW_PX = 84
# Higher ones are broken; 200 of them still fit on a dashboard.
_MAX_HEIGHT = 20
_USUAL_WIDTH, _USUAL_HEIGHT = 12, 8
_MAX_GRAFANA_HEIGHT = 1_000
_MAX_GRAFANA_Y = 10**9
_USUAL_ROW_PX = 250
_MAX_ROW_PX = 100_000
_NUMBER = re.compile(r"\s*([0-9]{1,6})(?:\.[0-9]*)?\s*(?:px)?\s*")


class Box(NamedTuple):
    """Cells on Grafana's 24 columns."""

    x: int
    y: int
    w: int
    h: int


_HEADER = Box(0, 0, GRAFANA_COLUMNS, 1)


class FoundPanel(NamedTuple):
    content: dict[str, Any]
    path: str
    section: int
    box: Box


class Sized(NamedTuple):
    """What of a panel decides where it goes."""

    section: int
    box: Box
    min_w: int
    min_h: int


def collect_panels(model: dict[str, Any], place: Place) -> list[FoundPanel]:
    """Rows before what is in them, in the order in which they are read."""
    found: list[FoundPanel] = []
    rows = _list_at(model, "rows", place)
    # Without a title a row is just a line of panels. Where one has a header the others need theirs to end it.
    has_headers = any(isinstance(row, dict) and _has_header(row) for row in rows)
    for index, row in enumerate(rows):
        path = f"rows[{index}]"
        if not isinstance(row, dict):
            place.tell(path, "must be an object")
            continue
        if has_headers:
            title = text(row.get("title")) if row.get("showTitle") is not False else ""
            header = {
                "type": "row",
                "title": title,
                "repeat": row.get("repeat"),
                "collapsed": row.get("collapse"),
            }
            found.append(FoundPanel(header, place.join(path), 2 * index, _HEADER))
        found += _read_old_row(row, 2 * index + 1, place.at(path))
    return found + _collect_from_grid(model, place, first_section=2 * len(rows))


def _has_header(row: dict[str, Any]) -> bool:
    return bool(row.get("showTitle") or row.get("collapse") or row.get("repeat"))


def _list_at(holder: dict[str, Any], name: str, place: Place) -> list[Any]:
    value = holder.get(name)
    if value is not None and not isinstance(value, list):
        place.tell(name, "must be a list")
    return value if isinstance(value, list) else []


# ---- panels with gridPos


def _collect_from_grid(model: dict[str, Any], place: Place, first_section: int) -> list[FoundPanel]:
    listed = []
    for index, panel in enumerate(_list_at(model, "panels", place)):
        if isinstance(panel, dict):
            listed.append((_box_of(panel), panel, f"panels[{index}]"))
        else:
            place.tell(f"panels[{index}]", "must be an object")
    # A row comes before what stands beside it; those without a place come last.
    listed.sort(key=_grid_key)
    found = []
    section = first_section
    for index, (box, panel, path) in enumerate(listed):
        if panel.get("type") != "row":
            found.append(FoundPanel(panel, place.join(path), section, box or _under_all()))
            continue
        inside = place._replace(path=place.join(path), panel=text(panel.get("title")))
        nested = _read_nested(panel, section + 2, inside)
        is_last = index + 1 == len(listed) or listed[index + 1][1].get("type") == "row"
        # Here what follows a row is in it, and must not vanish with it.
        header = panel if is_last or not nested else {**panel, "collapsed": False}
        found.append(FoundPanel(header, place.join(path), section + 1, _HEADER))
        found += nested
        # What follows a collapsed row in the file stands under what was in it.
        section += 3 if nested else 2
    return found


def _grid_key(listed: tuple[Box | None, dict[str, Any], str]) -> tuple[float, bool, int]:
    box, panel, _ = listed
    return (math.inf if box is None else box.y, panel.get("type") != "row", 0 if box is None else box.x)


def _read_nested(row: dict[str, Any], section: int, place: Place) -> list[FoundPanel]:
    """Panels of a collapsed row."""
    found = []
    for index, panel in enumerate(_list_at(row, "panels", place)):
        path = f"panels[{index}]"
        if not isinstance(panel, dict) or panel.get("type") == "row":
            place.tell(path, "is a row in a row" if isinstance(panel, dict) else "must be an object")
            continue
        found.append(FoundPanel(panel, place.join(path), section, _box_of(panel) or _under_all()))
    return sorted(found, key=lambda one: (one.box.y, one.box.x))


def _box_of(panel: dict[str, Any]) -> Box | None:
    grid = record(panel.get("gridPos"))
    x, y = whole(grid.get("x"), 0, GRAFANA_COLUMNS - 1), whole(grid.get("y"), 0, _MAX_GRAFANA_Y)
    w, h = whole(grid.get("w"), 1, GRAFANA_COLUMNS), whole(grid.get("h"), 1, _MAX_GRAFANA_HEIGHT)
    if x is None or y is None:
        return None
    width = w or _USUAL_WIDTH
    return Box(min(x, GRAFANA_COLUMNS - width), y, width, h or _USUAL_HEIGHT)


def _under_all() -> Box:
    return Box(0, _MAX_GRAFANA_Y, _USUAL_WIDTH, _USUAL_HEIGHT)


# ---- rows with spans


def _read_old_row(row: dict[str, Any], section: int, place: Place) -> list[FoundPanel]:
    inside = place._replace(panel=text(row.get("title")))
    found = []
    x = line = 0
    height = _read_height(row.get("height"), _USUAL_ROW_PX)
    for index, panel in enumerate(_list_at(row, "panels", inside)):
        path = f"panels[{index}]"
        if not isinstance(panel, dict):
            inside.tell(path, "must be an object")
            continue
        width = 2 * (whole(panel.get("span"), 1, GRID_COLUMNS) or GRID_COLUMNS)
        if x + width > GRAFANA_COLUMNS:
            x, line = 0, line + 1
        rows = math.ceil(_read_height(panel.get("height"), height) / _GRAFANA_ROW_PX)
        found.append(FoundPanel(panel, place.join(path), section, Box(x, line, width, rows)))
        x += width
    return found


def _read_height(value: Any, otherwise: int) -> int:
    """Pixels of 250 or "250px"."""
    match = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    size = number(match[1]) if match else number(value)
    return round(min(size, _MAX_ROW_PX)) if size is not None and size >= 1 else otherwise


# ---- places


def place_panels(panels: Sequence[Sized]) -> list[Position]:
    """The places of panels in the order of collect_panels."""
    positions: list[Position] = []
    bottoms = [0] * GRID_COLUMNS
    for _, section in groupby(panels, key=lambda one: one.section):
        bottoms = [max(bottoms)] * GRID_COLUMNS
        line = _Line(0, is_wrapped=False)
        wrapped_until = 0
        for y, beside in groupby(section, key=lambda one: one.box.y):
            members = list(beside)
            # Small panels one above the other beside a large one: where the upper did not fit, the lower go with it.
            line = line if y < wrapped_until else _Line(0, is_wrapped=False)
            placed, line = _place_line(members, bottoms, line)
            positions += placed
            if line.is_wrapped:
                wrapped_until = max(wrapped_until, *(one.box.y + one.box.h for one in members))
    return positions


class _Line(NamedTuple):
    """How far the last line of panels is filled, and whether it is one that its file does not have."""

    free_x: int
    is_wrapped: bool


def _place_line(panels: Iterable[Sized], bottoms: list[int], line: _Line) -> tuple[list[Position], _Line]:
    """Panels that stand beside each other. Those that are widened to be readable push the next ones, at last down."""
    positions = []
    free_x, is_wrapped = line
    for panel in panels:
        left, right = (_half(edge) for edge in (panel.box.x, panel.box.x + panel.box.w))
        w = min(max(right - left, panel.min_w), GRID_COLUMNS)
        h = min(max(_round(panel.box.h * _GRAFANA_ROW_PX / _ROW_PX), panel.min_h), _MAX_HEIGHT)
        x = free_x if is_wrapped else max(left, free_x)
        if x + w > GRID_COLUMNS:
            is_wrapped = is_wrapped or free_x > 0
            x = 0 if is_wrapped else GRID_COLUMNS - w
        y = max(bottoms[x : x + w])
        bottoms[x : x + w] = [y + h] * w
        positions.append(Position(x, y, w, h))
        free_x = x + w
    return positions, _Line(free_x, is_wrapped)


def _half(edge: int) -> int:
    return _round(edge / 2)


def _round(value: float) -> int:
    """Halves up, so that what touched still touches."""
    return math.floor(value + 0.5)
