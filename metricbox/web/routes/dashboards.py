"""Dashboards and their panels. Seen by owner and admins, public ones by all; changed by owner (editor) and admins."""

from sanic import Blueprint, HTTPResponse, Request

from metricbox.store.appdb import dashboards
from metricbox.store.appdb.database import Connection
from metricbox.store.appdb.records import DashboardRecord, Role
from metricbox.web import schemas
from metricbox.web.answers import Answer, dashboard_answer, panel_answer
from metricbox.web.authors import author_of
from metricbox.web.body import read_json
from metricbox.web.callers import (
    Caller,
    can_see_queries,
    require_caller,
    require_dashboard_change,
    require_dashboard_sight,
    require_read,
    require_role,
)
from metricbox.web.context import context_of
from metricbox.web.contract import Who, contract, list_of
from metricbox.web.dashboard_requests import dashboard_changes, new_dashboard, new_panel, panel_changes
from metricbox.web.respond import data_response, empty_response, list_response, read_page

blueprint = Blueprint("dashboards", url_prefix="/api/v1/dashboards")


@blueprint.get("/")
@contract(
    "Own and public dashboards; all for admins.",
    Who.READ,
    **list_of(schemas.Dashboard, sort=("name", "createdAt", "updatedAt")),
)
async def list_dashboards(request: Request) -> HTTPResponse:
    """Own and public ones; all for admins."""
    caller = require_read(request)
    page_request = read_page(request)
    visible_to = None if caller.is_admin else caller.user_id
    page = await context_of(request).appdb.read(
        lambda connection: dashboards.list_dashboards(connection, page_request, visible_to)
    )
    return list_response(page, page_request, lambda dashboard: _shown(request, dashboard))


@blueprint.post("/")
@contract(
    "Make a dashboard.",
    Who.EDITOR,
    body=schemas.DashboardCreate,
    answer=schemas.Dashboard,
    status=201,
    errors=(422,),
    has_semantics=True,
)
async def create_dashboard(request: Request) -> HTTPResponse:
    caller = require_role(request, Role.EDITOR)
    context = context_of(request)
    new = new_dashboard(read_json(request, schemas.DashboardCreate), caller.user_id)
    by, now_ms = author_of(request), context.clock.now_ms()
    dashboard = await context.appdb.write(
        lambda connection: dashboards.create_dashboard(connection, new, by, now_ms)
    )
    return data_response(dashboard_answer(dashboard), status=201)


@blueprint.get("/<dashboard_id:str>")
@contract("One dashboard with its panels.", Who.SIGHT, answer=schemas.Dashboard)
async def get_dashboard(request: Request, dashboard_id: str) -> HTTPResponse:
    """A private one answers nobody as an unknown one does: 401."""
    dashboard = await context_of(request).appdb.read(
        lambda connection: dashboards.find_dashboard(connection, dashboard_id)
    )
    if dashboard is None:
        require_caller(request)
        raise dashboards.no_such_dashboard()
    require_dashboard_sight(request, dashboard)
    return data_response(_shown(request, dashboard))


@blueprint.put("/<dashboard_id:str>")
@contract(
    "Change a dashboard.",
    Who.OWNER,
    body=schemas.DashboardUpdate,
    answer=schemas.Dashboard,
    errors=(409, 422),
    has_semantics=True,
)
async def update_dashboard(request: Request, dashboard_id: str) -> HTTPResponse:
    caller = require_role(request, Role.EDITOR)
    context = context_of(request)
    wish = read_json(request, schemas.DashboardUpdate)
    changes = dashboard_changes(wish)
    by, now_ms = author_of(request), context.clock.now_ms()

    def change(connection: Connection) -> DashboardRecord:
        check_change(connection, caller, dashboard_id)
        return dashboards.update_dashboard(connection, dashboard_id, wish.version, changes, by, now_ms)

    return data_response(dashboard_answer(await context.appdb.write(change)))


@blueprint.delete("/<dashboard_id:str>")
@contract("Delete a dashboard with its panels.", Who.OWNER)
async def delete_dashboard(request: Request, dashboard_id: str) -> HTTPResponse:
    caller = require_role(request, Role.EDITOR)
    context = context_of(request)
    by, now_ms = author_of(request), context.clock.now_ms()

    def delete(connection: Connection) -> None:
        check_change(connection, caller, dashboard_id)
        dashboards.delete_dashboard(connection, dashboard_id, by, now_ms)

    await context.appdb.write(delete)
    return empty_response()


@blueprint.post("/<dashboard_id:str>/panels")
@contract(
    "Add a panel.",
    Who.OWNER,
    body=schemas.PanelCreate,
    answer=schemas.Panel,
    meta=schemas.DashboardVersion,
    status=201,
    errors=(422,),
    has_semantics=True,
)
async def create_panel(request: Request, dashboard_id: str) -> HTTPResponse:
    """`meta.version` is the dashboard's after it, for the next change."""
    caller = require_role(request, Role.EDITOR)
    context = context_of(request)
    new = new_panel(read_json(request, schemas.PanelCreate))
    by, now_ms = author_of(request), context.clock.now_ms()

    def create(connection: Connection) -> dashboards.ChangedPanel:
        check_change(connection, caller, dashboard_id)
        return dashboards.create_panel(connection, dashboard_id, new, by, now_ms)

    changed = await context.appdb.write(create)
    return data_response(panel_answer(changed.panel), {"version": changed.version}, status=201)


@blueprint.put("/<dashboard_id:str>/panels/<panel_id:str>")
@contract(
    "Change a panel.",
    Who.OWNER,
    body=schemas.PanelUpdate,
    answer=schemas.Panel,
    meta=schemas.DashboardVersion,
    has_semantics=True,
)
async def update_panel(request: Request, dashboard_id: str, panel_id: str) -> HTTPResponse:
    caller = require_role(request, Role.EDITOR)
    context = context_of(request)
    changes = panel_changes(read_json(request, schemas.PanelUpdate))
    by, now_ms = author_of(request), context.clock.now_ms()

    def change(connection: Connection) -> dashboards.ChangedPanel:
        check_change(connection, caller, dashboard_id)
        return dashboards.update_panel(connection, dashboard_id, panel_id, changes, by, now_ms)

    changed = await context.appdb.write(change)
    return data_response(panel_answer(changed.panel), {"version": changed.version})


@blueprint.delete("/<dashboard_id:str>/panels/<panel_id:str>")
@contract("Delete a panel.", Who.OWNER)
async def delete_panel(request: Request, dashboard_id: str, panel_id: str) -> HTTPResponse:
    caller = require_role(request, Role.EDITOR)
    context = context_of(request)
    by, now_ms = author_of(request), context.clock.now_ms()

    def delete(connection: Connection) -> None:
        check_change(connection, caller, dashboard_id)
        dashboards.delete_panel(connection, dashboard_id, panel_id, by, now_ms)

    await context.appdb.write(delete)
    return empty_response()


def _shown(request: Request, dashboard: DashboardRecord) -> Answer:
    return dashboard_answer(dashboard, with_queries=can_see_queries(request, dashboard))


def check_change(connection: Connection, caller: Caller, dashboard_id: str) -> None:
    """Raises NotFoundError or ForbiddenError."""
    require_dashboard_change(caller, dashboards.get_dashboard(connection, dashboard_id))
