"""Dashboards and their panels. Functions run inside a transaction; who may do what is decided by the caller.

Every change, of a panel too, makes a new version of the dashboard. The layout is nothing of its own: it is
the positions of the panels, so the two cannot disagree.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import apsw

from metricbox.errors import ConflictError, ErrorDetail, LimitExceededError, NotFoundError, ValidationError
from metricbox.store.appdb.paging import like_pattern, order_by
from metricbox.store.appdb.records import DashboardRecord, Page, PageRequest, PanelRecord, make_id

# Far above what a person can look at; bounds the answer and the batch of queries behind one page.
MAX_PANELS = 200
GRID_COLUMNS = 12

_COLUMNS = (
    "d.id, d.name, d.description, d.owner_id, d.is_public, d.variables, d.refresh_interval, "
    "d.time_from, d.time_to, d.version, d.created_ms, d.updated_ms"
)
_PANEL_COLUMNS = "id, dashboard_id, title, type, query, options, x, y, w, h"
_SORTS = {"name": "d.name collate nocase", "createdAt": "d.created_ms", "updatedAt": "d.updated_ms"}


class Position(NamedTuple):
    """Cells on the grid of 12 columns."""

    x: int
    y: int
    w: int
    h: int


class NewPanel(NamedTuple):
    title: str
    type: str
    query: str | Sequence[Mapping[str, Any]]
    options: Mapping[str, Any]
    position: Position | None = None
    """None puts it under all others."""


class PanelChanges(NamedTuple):
    """What to change; None leaves a field as it is."""

    title: str | None = None
    type: str | None = None
    query: str | Sequence[Mapping[str, Any]] | None = None
    options: Mapping[str, Any] | None = None
    position: Position | None = None


class NewDashboard(NamedTuple):
    name: str
    owner_id: str
    description: str = ""
    is_public: bool = False
    variables: Sequence[Any] = ()
    refresh_interval: str = "30s"
    time_from: str = "now-1h"
    time_to: str = "now"
    panels: Sequence[NewPanel] = ()


class DashboardChanges(NamedTuple):
    """What to change; None leaves a field as it is.

    `layout` maps panel ids to places; panels that it does not name stay where they are.
    """

    name: str | None = None
    description: str | None = None
    is_public: bool | None = None
    variables: Sequence[Any] | None = None
    refresh_interval: str | None = None
    time_from: str | None = None
    time_to: str | None = None
    layout: Mapping[str, Position] | None = None


class ChangedPanel(NamedTuple):
    panel: PanelRecord
    version: int
    """The dashboard's version after the change."""


def create_dashboard(connection: apsw.Connection, new: NewDashboard, now_ms: int) -> DashboardRecord:
    dashboard_id = make_id()
    connection.execute(
        "insert into dashboards (id, name, description, owner_id, is_public, variables, refresh_interval, "
        "time_from, time_to, version, created_ms, updated_ms) values (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)",
        (
            dashboard_id,
            new.name,
            new.description,
            new.owner_id,
            int(new.is_public),
            json.dumps(list(new.variables)),
            new.refresh_interval,
            new.time_from,
            new.time_to,
            now_ms,
            now_ms,
        ),
    )
    for panel in new.panels:
        _insert_panel(connection, dashboard_id, panel)
    return get_dashboard(connection, dashboard_id)


def no_such_dashboard() -> NotFoundError:
    return NotFoundError("There is no such dashboard.")


def find_dashboard(connection: apsw.Connection, dashboard_id: str) -> DashboardRecord | None:
    row = connection.execute(
        f"select {_COLUMNS} from dashboards d where d.id = ?", (dashboard_id,)
    ).fetchone()
    if row is None:
        return None
    return _dashboard(row, _panels_of(connection, [dashboard_id]).get(dashboard_id, ()))


def get_dashboard(connection: apsw.Connection, dashboard_id: str) -> DashboardRecord:
    """Raises NotFoundError."""
    dashboard = find_dashboard(connection, dashboard_id)
    if dashboard is None:
        raise no_such_dashboard()
    return dashboard


def find_dashboard_of_panel(connection: apsw.Connection, panel_id: str) -> DashboardRecord | None:
    """The dashboard that holds a panel, for queries by panel id."""
    row = connection.execute("select dashboard_id from panels where id = ?", (panel_id,)).fetchone()
    return get_dashboard(connection, row[0]) if row else None


def list_dashboards(
    connection: apsw.Connection, request: PageRequest, visible_to: str | None = None
) -> Page[DashboardRecord]:
    """Dashboards that the account `visible_to` owns and public ones; all of them when it is None."""
    where = (
        "(d.name like ?1 escape '\\' or d.description like ?1 escape '\\') "
        "and (?2 is null or d.is_public or d.owner_id = ?2)"
    )
    bindings = (like_pattern(request.search), visible_to)
    total = connection.execute(f"select count(*) from dashboards d where {where}", bindings).get
    rows = connection.execute(
        f"select {_COLUMNS} from dashboards d where {where} "
        f"order by {order_by(request.sort, _SORTS, 'd.created_ms desc, d.rowid desc')} limit ?3 offset ?4",
        (*bindings, request.page_size, request.offset),
    ).fetchall()
    panels = _panels_of(connection, [str(row[0]) for row in rows])
    return Page(int(total), [_dashboard(row, panels.get(str(row[0]), ())) for row in rows])


def update_dashboard(
    connection: apsw.Connection, dashboard_id: str, version: int, changes: DashboardChanges, now_ms: int
) -> DashboardRecord:
    """Change what is not None.

    Raises ConflictError unless `version` is the current one, ValidationError for a layout of unknown panels.
    """
    before = get_dashboard(connection, dashboard_id)
    if version != before.version:
        detail = ErrorDetail("version", f"the current version is {before.version}")
        raise ConflictError(
            "The dashboard was changed in the meantime. Load it again, then repeat the change.", [detail]
        )
    if changes.layout is not None:
        _save_layout(connection, before, changes.layout)
    values = {
        "name": changes.name,
        "description": changes.description,
        "is_public": None if changes.is_public is None else int(changes.is_public),
        "variables": None if changes.variables is None else json.dumps(list(changes.variables)),
        "refresh_interval": changes.refresh_interval,
        "time_from": changes.time_from,
        "time_to": changes.time_to,
    }
    _update_row(connection, "dashboards", dashboard_id, values)
    _make_version(connection, dashboard_id, now_ms)
    return get_dashboard(connection, dashboard_id)


def delete_dashboard(connection: apsw.Connection, dashboard_id: str) -> None:
    get_dashboard(connection, dashboard_id)
    connection.execute("delete from dashboards where id = ?", (dashboard_id,))


def create_panel(connection: apsw.Connection, dashboard_id: str, new: NewPanel, now_ms: int) -> ChangedPanel:
    """Raises LimitExceededError when the dashboard is full."""
    panel_id = _insert_panel(connection, dashboard_id, new)
    version = _make_version(connection, dashboard_id, now_ms)
    return ChangedPanel(_get_panel(connection, dashboard_id, panel_id), version)


def update_panel(
    connection: apsw.Connection, dashboard_id: str, panel_id: str, changes: PanelChanges, now_ms: int
) -> ChangedPanel:
    _get_panel(connection, dashboard_id, panel_id)
    place = changes.position
    values = {
        "title": changes.title,
        "type": changes.type,
        "query": None if changes.query is None else json.dumps(changes.query),
        "options": None if changes.options is None else json.dumps(changes.options),
        **(place._asdict() if place else {}),
    }
    _update_row(connection, "panels", panel_id, values)
    version = _make_version(connection, dashboard_id, now_ms)
    return ChangedPanel(_get_panel(connection, dashboard_id, panel_id), version)


def delete_panel(connection: apsw.Connection, dashboard_id: str, panel_id: str, now_ms: int) -> None:
    _get_panel(connection, dashboard_id, panel_id)
    connection.execute("delete from panels where id = ?", (panel_id,))
    _make_version(connection, dashboard_id, now_ms)


def _get_panel(connection: apsw.Connection, dashboard_id: str, panel_id: str) -> PanelRecord:
    row = connection.execute(
        f"select {_PANEL_COLUMNS} from panels where id = ? and dashboard_id = ?", (panel_id, dashboard_id)
    ).fetchone()
    if row is None:
        raise NotFoundError("There is no such panel on this dashboard.")
    return _panel(row)


def _insert_panel(connection: apsw.Connection, dashboard_id: str, new: NewPanel) -> str:
    count, bottom = connection.execute(
        "select count(*), coalesce(max(y + h), 0) from panels where dashboard_id = ?", (dashboard_id,)
    ).get
    if count >= MAX_PANELS:
        msg = f"A dashboard has at most {MAX_PANELS} panels. Put further ones on another dashboard."
        raise LimitExceededError(msg)
    place = new.position or Position(x=0, y=bottom, w=GRID_COLUMNS // 2, h=4)
    panel_id = make_id()
    connection.execute(
        f"insert into panels ({_PANEL_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            panel_id,
            dashboard_id,
            new.title,
            new.type,
            json.dumps(new.query),
            json.dumps(new.options),
            *place,
        ),
    )
    return panel_id


def _save_layout(
    connection: apsw.Connection, dashboard: DashboardRecord, layout: Mapping[str, Position]
) -> None:
    known = {panel.id for panel in dashboard.panels}
    for index, panel_id in enumerate(layout):
        if panel_id not in known:
            raise ValidationError.for_field(f"layout[{index}].i", "names no panel of this dashboard")
    for panel_id, place in layout.items():
        connection.execute("update panels set x = ?, y = ?, w = ?, h = ? where id = ?", (*place, panel_id))


def _update_row(connection: apsw.Connection, table: str, row_id: str, values: Mapping[str, Any]) -> None:
    """Set the columns whose value is not None. Table and column names come from this module alone."""
    named = {column: value for column, value in values.items() if value is not None}
    if named:
        sets = ", ".join(f"{column} = ?" for column in named)
        connection.execute(f"update {table} set {sets} where id = ?", (*named.values(), row_id))


def _make_version(connection: apsw.Connection, dashboard_id: str, now_ms: int) -> int:
    return int(
        connection.execute(
            "update dashboards set version = version + 1, updated_ms = ? where id = ? returning version",
            (now_ms, dashboard_id),
        ).get
    )


def _panels_of(connection: apsw.Connection, dashboard_ids: Iterable[str]) -> dict[str, list[PanelRecord]]:
    rows = connection.execute(
        f"select {_PANEL_COLUMNS} from panels where dashboard_id in (select value from json_each(?)) "
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


def _dashboard(row: tuple[Any, ...], panels: Sequence[PanelRecord]) -> DashboardRecord:
    (
        dashboard_id, name, description, owner_id, is_public, variables, refresh_interval,
        time_from, time_to, version, created_ms, updated_ms,
    ) = row  # fmt: skip
    return DashboardRecord(
        id=dashboard_id,
        name=name,
        description=description,
        owner_id=owner_id,
        is_public=bool(is_public),
        variables=json.loads(variables),
        refresh_interval=refresh_interval,
        time_from=time_from,
        time_to=time_to,
        version=version,
        created_ms=created_ms,
        updated_ms=updated_ms,
        panels=panels,
    )
