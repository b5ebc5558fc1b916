"""Panels as rows of SQLite: the parts of a dashboard, changed through it alone, see dashboards.py.

Functions run inside a transaction; versions and the audit trail are the business of their caller.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import apsw

from metricbox.errors import LimitExceededError, NotFoundError, ValidationError
from metricbox.store.appdb.audit import Fields, Subject, SubjectType
from metricbox.store.appdb.records import PanelRecord, make_id

# Far above what a person can look at; bounds the answer and the batch of queries behind one page.
MAX_PANELS = 200
GRID_COLUMNS = 12
MAX_GRID_ROWS = 10_000

_COLUMNS = "id, dashboard_id, title, type, query, options, x, y, w, h"


class Position(NamedTuple):
    """Cells on the grid of 12 columns."""

    x: int
    y: int
    w: int
    h: int


class NewPanel(NamedTuple):
    title: str
    type: str
    query: str | Sequence[Mapping[str, Any]] | None
    """None for a panel that shows no numbers."""
    options: Mapping[str, Any]
    position: Position | None = None
    """None puts it under all others."""
    id: str | None = None
    """None makes one."""


class PanelChanges(NamedTuple):
    """What to change; None leaves a field as it is."""

    title: str | None = None
    type: str | None = None
    query: str | Sequence[Mapping[str, Any]] | None = None
    options: Mapping[str, Any] | None = None
    position: Position | None = None


def get_panel(connection: apsw.Connection, dashboard_id: str, panel_id: str) -> PanelRecord:
    """Raises NotFoundError, for a panel of another dashboard too."""
    row = connection.execute(
        f"select {_COLUMNS} from panels where id = ? and dashboard_id = ?", (panel_id, dashboard_id)
    ).fetchone()
    if row is None:
        raise NotFoundError("There is no such panel on this dashboard.")
    return _panel(row)


def insert_panel(connection: apsw.Connection, dashboard_id: str, new: NewPanel) -> str:
    """The new id. Raises LimitExceededError when the dashboard is full, or has no row left under its panels."""
    count, bottom = connection.execute(
        "select count(*), coalesce(max(y + h), 0) from panels where dashboard_id = ?", (dashboard_id,)
    ).get
    if count >= MAX_PANELS:
        msg = f"A dashboard has at most {MAX_PANELS} panels. Put further ones on another dashboard."
        raise LimitExceededError(msg)
    if new.position is None and bottom > MAX_GRID_ROWS:
        msg = f"A dashboard has at most {MAX_GRID_ROWS} rows. Move its last panels up, or name a position."
        raise LimitExceededError(msg)
    place = new.position or Position(x=0, y=bottom, w=GRID_COLUMNS // 2, h=4)
    panel = PanelRecord(
        id=new.id or make_id(),
        dashboard_id=dashboard_id,
        title=new.title,
        type=new.type,
        query=new.query,
        options=new.options,
        **place._asdict(),
    )
    write_panel(connection, panel)
    return panel.id


def replace_panels(connection: apsw.Connection, dashboard_id: str, wish: Sequence[NewPanel]) -> None:
    """Make `wish` all panels of the dashboard. Those that name an id get it, so that links and hidden series stay true.

    Raises ValidationError for an id that is named twice or belongs to another dashboard.
    """
    connection.execute("delete from panels where dashboard_id = ?", (dashboard_id,))
    seen: set[str] = set()
    for index, new in enumerate(wish):
        if new.id is not None:
            if new.id in seen:
                raise ValidationError.for_field(f"panels[{index}].id", "names a panel that was named before")
            if connection.execute("select 1 from panels where id = ?", (new.id,)).fetchone():
                raise ValidationError.for_field(f"panels[{index}].id", "belongs to another dashboard")
            seen.add(new.id)
        insert_panel(connection, dashboard_id, new)


def write_panel(connection: apsw.Connection, panel: PanelRecord) -> None:
    connection.execute(
        f"insert into panels ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            panel.id,
            panel.dashboard_id,
            panel.title,
            panel.type,
            json.dumps(panel.query),
            json.dumps(panel.options),
            panel.x,
            panel.y,
            panel.w,
            panel.h,
        ),
    )


def panels_of(connection: apsw.Connection, dashboard_ids: Iterable[str]) -> dict[str, list[PanelRecord]]:
    """Dashboard id -> its panels in reading order."""
    rows = connection.execute(
        f"select {_COLUMNS} from panels where dashboard_id in (select value from json_each(?)) "
        "order by dashboard_id, y, x, rowid",
        (json.dumps(list(dashboard_ids)),),
    )
    panels: dict[str, list[PanelRecord]] = {}
    for row in rows:
        panels.setdefault(row[1], []).append(_panel(row))
    return panels


def _panel(row: tuple[Any, ...]) -> PanelRecord:
    panel_id, dashboard_id, title, panel_type, query, options, x, y, w, h = row
    return PanelRecord(
        id=panel_id,
        dashboard_id=dashboard_id,
        title=title,
        type=panel_type,
        query=json.loads(query),
        options=json.loads(options),
        x=x,
        y=y,
        w=w,
        h=h,
    )


# ---- what the history and the audit trail say


def panel_subject(panel: PanelRecord) -> Subject:
    return Subject(SubjectType.PANEL, panel.id, panel.title)


def panel_fields(panel: PanelRecord) -> Fields:
    return {
        "dashboardId": panel.dashboard_id,
        "title": panel.title,
        "type": panel.type,
        "query": panel.query,
        "options": panel.options,
        "position": place_of(panel),
    }


def place_of(panel: PanelRecord) -> dict[str, int]:
    return {"x": panel.x, "y": panel.y, "w": panel.w, "h": panel.h}


def call_panel(panel: PanelRecord) -> str:
    return f"panel {panel.title}" if panel.title else "panel without a title"
