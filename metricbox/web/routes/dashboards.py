"""Dashboards and their panels. Seen by owner and admins, public ones by all; changed by owner (editor) and admins."""

from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import ValidationError
from metricbox.store.appdb import dashboards
from metricbox.store.appdb.dashboards import DashboardChanges, NewDashboard, NewPanel, PanelChanges
from metricbox.store.appdb.database import Connection
from metricbox.store.appdb.records import DashboardRecord, Role
from metricbox.web import schemas
from metricbox.web.answers import dashboard_answer, panel_answer
from metricbox.web.body import read_json
from metricbox.web.callers import (
    Caller,
    require_caller,
    require_dashboard_change,
    require_dashboard_sight,
    require_read,
    require_role,
)
from metricbox.web.context import context_of
from metricbox.web.respond import data_response, empty_response, list_response, read_page

blueprint = Blueprint("dashboards", url_prefix="/api/v1/dashboards")


@blueprint.get("/")
async def list_dashboards(request: Request) -> HTTPResponse:
    """Own and public ones; all for admins."""
    caller = require_read(request)
    page_request = read_page(request)
    visible_to = None if caller.is_admin else caller.user_id
    page = await context_of(request).appdb.read(
        lambda connection: dashboards.list_dashboards(connection, page_request, visible_to)
    )
    return list_response(page, page_request, dashboard_answer)


@blueprint.post("/")
async def create_dashboard(request: Request) -> HTTPResponse:
    caller = require_role(request, Role.EDITOR)
    context = context_of(request)
    new = _new_dashboard(read_json(request, schemas.DashboardCreate), caller.user_id)
    now_ms = context.clock.now_ms()
    dashboard = await context.appdb.write(
        lambda connection: dashboards.create_dashboard(connection, new, now_ms)
    )
    return data_response(dashboard_answer(dashboard), status=201)


@blueprint.get("/<dashboard_id:str>")
async def get_dashboard(request: Request, dashboard_id: str) -> HTTPResponse:
    """A private one answers nobody as an unknown one does: 401."""
    dashboard = await context_of(request).appdb.read(
        lambda connection: dashboards.find_dashboard(connection, dashboard_id)
    )
    if dashboard is None:
        require_caller(request)
        raise dashboards.no_such_dashboard()
    require_dashboard_sight(request, dashboard)
    return data_response(dashboard_answer(dashboard))


@blueprint.put("/<dashboard_id:str>")
async def update_dashboard(request: Request, dashboard_id: str) -> HTTPResponse:
    caller = require_role(request, Role.EDITOR)
    context = context_of(request)
    wish = read_json(request, schemas.DashboardUpdate)
    changes = _dashboard_changes(wish)
    now_ms = context.clock.now_ms()

    def change(connection: Connection) -> DashboardRecord:
        _check_change(connection, caller, dashboard_id)
        return dashboards.update_dashboard(connection, dashboard_id, wish.version, changes, now_ms)

    return data_response(dashboard_answer(await context.appdb.write(change)))


@blueprint.delete("/<dashboard_id:str>")
async def delete_dashboard(request: Request, dashboard_id: str) -> HTTPResponse:
    caller = require_role(request, Role.EDITOR)

    def delete(connection: Connection) -> None:
        _check_change(connection, caller, dashboard_id)
        dashboards.delete_dashboard(connection, dashboard_id)

    await context_of(request).appdb.write(delete)
    return empty_response()


@blueprint.post("/<dashboard_id:str>/panels")
async def create_panel(request: Request, dashboard_id: str) -> HTTPResponse:
    """`meta.version` is the dashboard's after it, for the next change."""
    caller = require_role(request, Role.EDITOR)
    context = context_of(request)
    new = _new_panel(read_json(request, schemas.PanelCreate))
    now_ms = context.clock.now_ms()

    def create(connection: Connection) -> dashboards.ChangedPanel:
        _check_change(connection, caller, dashboard_id)
        return dashboards.create_panel(connection, dashboard_id, new, now_ms)

    changed = await context.appdb.write(create)
    return data_response(panel_answer(changed.panel), {"version": changed.version}, status=201)


@blueprint.put("/<dashboard_id:str>/panels/<panel_id:str>")
async def update_panel(request: Request, dashboard_id: str, panel_id: str) -> HTTPResponse:
    caller = require_role(request, Role.EDITOR)
    context = context_of(request)
    changes = _panel_changes(read_json(request, schemas.PanelUpdate))
    now_ms = context.clock.now_ms()

    def change(connection: Connection) -> dashboards.ChangedPanel:
        _check_change(connection, caller, dashboard_id)
        return dashboards.update_panel(connection, dashboard_id, panel_id, changes, now_ms)

    changed = await context.appdb.write(change)
    return data_response(panel_answer(changed.panel), {"version": changed.version})


@blueprint.delete("/<dashboard_id:str>/panels/<panel_id:str>")
async def delete_panel(request: Request, dashboard_id: str, panel_id: str) -> HTTPResponse:
    caller = require_role(request, Role.EDITOR)
    context = context_of(request)
    now_ms = context.clock.now_ms()

    def delete(connection: Connection) -> None:
        _check_change(connection, caller, dashboard_id)
        dashboards.delete_panel(connection, dashboard_id, panel_id, now_ms)

    await context.appdb.write(delete)
    return empty_response()


def _check_change(connection: Connection, caller: Caller, dashboard_id: str) -> None:
    require_dashboard_change(caller, dashboards.get_dashboard(connection, dashboard_id))


def _new_dashboard(wish: schemas.DashboardCreate, owner_id: str) -> NewDashboard:
    new = NewDashboard(
        name=wish.name,
        owner_id=owner_id,
        description=wish.description or "",
        is_public=wish.is_public,
        variables=wish.variables or [],
        panels=[_new_panel(panel) for panel in wish.panels or []],
    )
    if wish.refresh_interval is not None:
        new = new._replace(refresh_interval=wish.refresh_interval)
    if wish.time_range is not None:
        new = new._replace(time_from=wish.time_range.from_, time_to=wish.time_range.to)
    return new


def _dashboard_changes(wish: schemas.DashboardUpdate) -> DashboardChanges:
    changes = DashboardChanges(
        name=wish.name,
        # null takes the description away.
        description=(wish.description or "") if "description" in wish.model_fields_set else None,
        is_public=wish.is_public,
        variables=wish.variables,
        refresh_interval=wish.refresh_interval,
        layout=_layout(wish.layout),
    )
    if wish.time_range is not None:
        changes = changes._replace(time_from=wish.time_range.from_, time_to=wish.time_range.to)
    return changes


def _layout(items: list[schemas.LayoutItem] | None) -> dict[str, dashboards.Position] | None:
    if items is None:
        return None
    layout: dict[str, dashboards.Position] = {}
    for index, item in enumerate(items):
        if item.i in layout:
            raise ValidationError.for_field(f"layout[{index}].i", "names a panel that was named before")
        layout[item.i] = _position(item)
    return layout


def _position(position: schemas.Position) -> dashboards.Position:
    return dashboards.Position(position.x, position.y, position.w, position.h)


def _new_panel(wish: schemas.PanelCreate) -> NewPanel:
    return NewPanel(
        title=wish.title,
        type=wish.type,
        query=_queries(wish.query),
        options=wish.options.model_dump(by_alias=True, exclude_none=True),
        position=_position(wish.position) if wish.position else None,
    )


def _panel_changes(wish: schemas.PanelUpdate) -> PanelChanges:
    return PanelChanges(
        title=wish.title,
        type=wish.type,
        query=None if wish.query is None else _queries(wish.query),
        options=None if wish.options is None else wish.options.model_dump(by_alias=True, exclude_none=True),
        position=_position(wish.position) if wish.position else None,
    )


def _queries(queries: str | list[schemas.PanelQuery]) -> str | list[dict[str, object]]:
    if isinstance(queries, str):
        return queries
    return [query.model_dump(by_alias=True, exclude_none=True) for query in queries]
