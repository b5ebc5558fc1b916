"""Dashboards and their panels. Functions run inside a transaction; who may do what is decided by the caller.

Every change, of a panel too, makes a new version of the dashboard, which the history keeps, and an entry of the audit
trail. The layout is nothing of its own: it is the positions of the panels, so the two cannot disagree.
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import apsw

from metricbox.errors import ConflictError, ErrorDetail, NotFoundError, ValidationError
from metricbox.store.appdb.audit import Action, Author, Fields, Subject, SubjectType, note
from metricbox.store.appdb.dashboard_versions import get_version, save_version
from metricbox.store.appdb.paging import like_pattern, order_by
from metricbox.store.appdb.panels import (
    NewPanel,
    PanelChanges,
    Position,
    call_panel,
    get_panel,
    insert_panel,
    panel_fields,
    panel_subject,
    panels_of,
    place_of,
    replace_panels,
    write_panel,
)
from metricbox.store.appdb.records import DashboardRecord, Page, PageRequest, PanelRecord, make_id

_COLUMNS = (
    "d.id, d.name, d.description, d.owner_id, d.is_public, d.variables, d.refresh_interval, "
    "d.time_from, d.time_to, d.version, d.created_ms, d.updated_ms"
)
_NOTHING = "nothing"
# A sentence of the history; the version itself has all of it.
MAX_CHANGES_TOLD = 8
_SORTS = {"name": "d.name collate nocase", "createdAt": "d.created_ms", "updatedAt": "d.updated_ms"}


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
    panels: Sequence[NewPanel] | None = None
    """All panels, in place of those that are there."""


class ChangedPanel(NamedTuple):
    panel: PanelRecord
    version: int
    """The dashboard's version after the change."""


def create_dashboard(
    connection: apsw.Connection, new: NewDashboard, by: Author, now_ms: int, *, change: str = "created"
) -> DashboardRecord:
    """`change` is what the history says of it."""
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
        insert_panel(connection, dashboard_id, panel)
    made = get_dashboard(connection, dashboard_id)
    save_version(connection, made, change, by, now_ms)
    note(connection, by, now_ms, Action.CREATE, _subject(made), after=_fields_with_panels(made))
    return made


def no_such_dashboard() -> NotFoundError:
    return NotFoundError("There is no such dashboard.")


def find_dashboard(connection: apsw.Connection, dashboard_id: str) -> DashboardRecord | None:
    row = connection.execute(
        f"select {_COLUMNS} from dashboards d where d.id = ?", (dashboard_id,)
    ).fetchone()
    if row is None:
        return None
    return _dashboard(row, panels_of(connection, [dashboard_id]).get(dashboard_id, ()))


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
    panels = panels_of(connection, [str(row[0]) for row in rows])
    return Page(int(total), [_dashboard(row, panels.get(str(row[0]), ())) for row in rows])


def update_dashboard(
    connection: apsw.Connection,
    dashboard_id: str,
    version: int,
    changes: DashboardChanges,
    by: Author,
    now_ms: int,
) -> DashboardRecord:
    """Change what is not None.

    Raises ConflictError unless `version` is the current one, ValidationError for a layout of unknown panels and for
    panels of another dashboard.
    """
    before = get_dashboard(connection, dashboard_id)
    if version != before.version:
        detail = ErrorDetail("version", f"the current version is {before.version}")
        raise ConflictError(
            "The dashboard was changed in the meantime. Load it again, then repeat the change.", [detail]
        )
    if changes.panels is not None:
        replace_panels(connection, dashboard_id, changes.panels)
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
    change = _describe(before, get_dashboard(connection, dashboard_id))
    after = _make_version(connection, dashboard_id, change, by, now_ms)
    fields = _fields if changes.panels is None else _fields_with_panels
    note(connection, by, now_ms, Action.CHANGE, _subject(after), before=fields(before), after=fields(after))
    return after


def get_dashboard_at(connection: apsw.Connection, dashboard_id: str, version: int) -> DashboardRecord:
    """The dashboard as it was at `version`, with today's owner and visibility. Raises NotFoundError."""
    old = get_version(connection, dashboard_id, version)
    return dataclasses.replace(get_dashboard(connection, dashboard_id), version=version, **old._asdict())


def restore_dashboard(
    connection: apsw.Connection, dashboard_id: str, version: int, by: Author, now_ms: int
) -> DashboardRecord:
    """Make it again what it was at `version`, as a new version. Owner and visibility stay; panels get their old ids.

    Raises NotFoundError for a dashboard that is not there, and for a version that is not kept.
    """
    before = get_dashboard(connection, dashboard_id)
    old = get_version(connection, dashboard_id, version)
    connection.execute(
        "update dashboards set name = ?, description = ?, variables = ?, refresh_interval = ?, time_from = ?, "
        "time_to = ? where id = ?",
        (
            old.name,
            old.description,
            json.dumps(old.variables),
            old.refresh_interval,
            old.time_from,
            old.time_to,
            dashboard_id,
        ),
    )
    connection.execute("delete from panels where dashboard_id = ?", (dashboard_id,))
    for panel in old.panels:
        write_panel(connection, panel)
    after = _make_version(connection, dashboard_id, f"version {version} restored", by, now_ms)
    note(
        connection,
        by,
        now_ms,
        Action.CHANGE,
        _subject(after),
        before=_fields_with_panels(before),
        after=_fields_with_panels(after) | {"restoredVersion": version},
    )
    return after


def hand_on_dashboards(
    connection: apsw.Connection, owner_id: str, heir_id: str, by: Author, now_ms: int
) -> None:
    """Give all dashboards of one account to another. No new version: the history is of contents."""
    rows: list[Any] = connection.execute(
        "select id, name from dashboards where owner_id = ? order by rowid", (owner_id,)
    ).fetchall()
    connection.execute("update dashboards set owner_id = ? where owner_id = ?", (heir_id, owner_id))
    for dashboard_id, name in rows:
        subject = Subject(SubjectType.DASHBOARD, dashboard_id, name)
        before, after = {"ownerId": owner_id}, {"ownerId": heir_id}
        note(connection, by, now_ms, Action.CHANGE, subject, before=before, after=after)


def delete_dashboard(connection: apsw.Connection, dashboard_id: str, by: Author, now_ms: int) -> None:
    """With its panels and its history. Raises NotFoundError."""
    before = get_dashboard(connection, dashboard_id)
    connection.execute("delete from dashboards where id = ?", (dashboard_id,))
    note(connection, by, now_ms, Action.DELETE, _subject(before), before=_fields_with_panels(before))


def create_panel(
    connection: apsw.Connection, dashboard_id: str, new: NewPanel, by: Author, now_ms: int
) -> ChangedPanel:
    """Raises LimitExceededError when the dashboard is full."""
    panel_id = insert_panel(connection, dashboard_id, new)
    panel = get_panel(connection, dashboard_id, panel_id)
    change = f"{call_panel(panel)} added"
    version = _make_version(connection, dashboard_id, change, by, now_ms).version
    note(connection, by, now_ms, Action.CREATE, panel_subject(panel), after=panel_fields(panel))
    return ChangedPanel(panel, version)


def update_panel(
    connection: apsw.Connection,
    dashboard_id: str,
    panel_id: str,
    changes: PanelChanges,
    by: Author,
    now_ms: int,
) -> ChangedPanel:
    before = get_panel(connection, dashboard_id, panel_id)
    place = changes.position
    values = {
        "title": changes.title,
        "type": changes.type,
        "query": None if changes.query is None else json.dumps(changes.query),
        "options": None if changes.options is None else json.dumps(changes.options),
        **(place._asdict() if place else {}),
    }
    _update_row(connection, "panels", panel_id, values)
    after = get_panel(connection, dashboard_id, panel_id)
    old, new = panel_fields(before), panel_fields(after)
    change = f"{call_panel(after)}: {_name_changes(old, new)}"
    version = _make_version(connection, dashboard_id, change, by, now_ms).version
    note(connection, by, now_ms, Action.CHANGE, panel_subject(after), before=old, after=new)
    return ChangedPanel(after, version)


def delete_panel(
    connection: apsw.Connection, dashboard_id: str, panel_id: str, by: Author, now_ms: int
) -> None:
    panel = get_panel(connection, dashboard_id, panel_id)
    connection.execute("delete from panels where id = ?", (panel_id,))
    _make_version(connection, dashboard_id, f"{call_panel(panel)} removed", by, now_ms)
    note(connection, by, now_ms, Action.DELETE, panel_subject(panel), before=panel_fields(panel))


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


def _make_version(
    connection: apsw.Connection, dashboard_id: str, change: str, by: Author, now_ms: int
) -> DashboardRecord:
    connection.execute(
        "update dashboards set version = version + 1, updated_ms = ? where id = ?", (now_ms, dashboard_id)
    )
    dashboard = get_dashboard(connection, dashboard_id)
    save_version(connection, dashboard, change, by, now_ms)
    return dashboard


# ---- what the history and the audit trail say


def _subject(dashboard: DashboardRecord) -> Subject:
    return Subject(SubjectType.DASHBOARD, dashboard.id, dashboard.name)


def _fields(dashboard: DashboardRecord) -> Fields:
    return {
        "name": dashboard.name,
        "description": dashboard.description,
        "isPublic": dashboard.is_public,
        "ownerId": dashboard.owner_id,
        "variables": list(dashboard.variables),
        "refreshInterval": dashboard.refresh_interval,
        "timeRange": {"from": dashboard.time_from, "to": dashboard.time_to},
        "layout": [{"i": panel.id, **place_of(panel)} for panel in dashboard.panels],
        "version": dashboard.version,
    }


def _fields_with_panels(dashboard: DashboardRecord) -> dict[str, Any]:
    return {**_fields(dashboard), "panels": [panel_fields(panel) for panel in dashboard.panels]}


def _describe(before: DashboardRecord, after: DashboardRecord) -> str:
    """What a change of a whole dashboard was: its own fields, then panel by panel."""
    named = _name_changes(_fields(before), _fields(after))
    old = {panel.id: panel for panel in before.panels}
    new = {panel.id: panel for panel in after.panels}
    parts = [] if named == _NOTHING else [named]
    for panel_id, panel in new.items():
        if panel_id not in old:
            parts.append(f"{call_panel(panel)} added")
            continue
        # Where it is, layout says.
        fields = _name_changes(
            panel_fields(old[panel_id]), {**panel_fields(panel), "position": place_of(old[panel_id])}
        )
        if fields != _NOTHING:
            parts.append(f"{call_panel(panel)}: {fields}")
    parts += [f"{call_panel(panel)} removed" for panel_id, panel in old.items() if panel_id not in new]
    return "; ".join(parts[:MAX_CHANGES_TOLD]) + ("; …" if len(parts) > MAX_CHANGES_TOLD else "") or _NOTHING


def _name_changes(before: Fields, after: Fields) -> str:
    return ", ".join(name for name in after if before.get(name) != after[name]) or _NOTHING


# ---- rows


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
