"""What a dashboard was, and dashboards as files: history, restore, export, import."""

import asyncio

from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import NotFoundError
from metricbox.store.appdb import dashboards
from metricbox.store.appdb.dashboard_versions import VersionRecord, list_versions
from metricbox.store.appdb.database import Connection
from metricbox.store.appdb.records import DashboardRecord, Page, Role
from metricbox.web import schemas
from metricbox.web.answers import dashboard_answer, version_answer
from metricbox.web.authors import author_of
from metricbox.web.body import read_json_object
from metricbox.web.callers import require_dashboard_sight, require_role
from metricbox.web.context import context_of
from metricbox.web.contract import JSON, PAGE, ListMeta, Parameter, Raw, Who, contract, sort_of
from metricbox.web.dashboard_files import make_file, read_file
from metricbox.web.grafana.importer import is_grafana, read_grafana
from metricbox.web.respond import data_response, json_response, list_response, read_page
from metricbox.web.routes.dashboards import check_change

blueprint = Blueprint("dashboard_history", url_prefix="/api/v1/dashboards")

VERSION = {
    "version": Parameter(
        "version", {"type": "integer", "minimum": 1}, "A version of the history.", is_required=True
    )
}
# Longer ones are above what SQLite counts to.
_MAX_VERSION_DIGITS = 15


@blueprint.get("/<dashboard_id:str>/history")
@contract(
    "Versions that a dashboard had, the newest 100.",
    Who.OWNER,
    answer=list[schemas.DashboardHistoryEntry],
    meta=ListMeta,
    query=(*PAGE, sort_of("version")),
)
async def list_history(request: Request, dashboard_id: str) -> HTTPResponse:
    caller = require_role(request, Role.EDITOR)
    page_request = read_page(request)

    def read(connection: Connection) -> Page[VersionRecord]:
        check_change(connection, caller, dashboard_id)
        return list_versions(connection, dashboard_id, page_request)

    return list_response(await context_of(request).appdb.read(read), page_request, version_answer)


@blueprint.get("/<dashboard_id:str>/history/<version:str>")
@contract(
    "A dashboard as it was at a version.",
    Who.OWNER,
    path=VERSION,
    answer=schemas.Dashboard,
    errors=(404,),
)
async def get_version_of_dashboard(request: Request, dashboard_id: str, version: str) -> HTTPResponse:
    """To look at before it is restored. Owner and visibility are today's."""
    caller = require_role(request, Role.EDITOR)

    def read(connection: Connection) -> DashboardRecord:
        check_change(connection, caller, dashboard_id)
        return dashboards.get_dashboard_at(connection, dashboard_id, _read_version(version))

    return data_response(dashboard_answer(await context_of(request).appdb.read(read)))


@blueprint.post("/<dashboard_id:str>/restore/<version:str>")
@contract(
    "Make a dashboard what it was at a version.",
    Who.OWNER,
    path=VERSION,
    answer=schemas.Dashboard,
    errors=(404,),
)
async def restore_dashboard(request: Request, dashboard_id: str, version: str) -> HTTPResponse:
    """Makes a new version. Owner and visibility stay as they are."""
    caller = require_role(request, Role.EDITOR)
    context = context_of(request)
    by, now_ms = author_of(request), context.clock.now_ms()

    def restore(connection: Connection) -> DashboardRecord:
        check_change(connection, caller, dashboard_id)
        return dashboards.restore_dashboard(connection, dashboard_id, _read_version(version), by, now_ms)

    return data_response(dashboard_answer(await context.appdb.write(restore)))


@blueprint.get("/<dashboard_id:str>/export")
@contract("A dashboard as a file.", Who.EDITOR, answer=schemas.DashboardFile, errors=(404,))
async def export_dashboard(request: Request, dashboard_id: str) -> HTTPResponse:
    """Of one's own, and of public ones."""
    require_role(request, Role.EDITOR)
    dashboard = await context_of(request).appdb.read(
        lambda connection: dashboards.get_dashboard(connection, dashboard_id)
    )
    require_dashboard_sight(request, dashboard)
    name = f"dashboard-{dashboard.id}.json"
    return json_response(
        {"data": make_file(dashboard)}, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@blueprint.post("/import")
@contract(
    "Make a dashboard of a file.",
    Who.EDITOR,
    body=Raw((JSON,), "What an export answered, or a dashboard of Grafana.", {"type": "object"}),
    answer=schemas.Dashboard,
    meta=schemas.ImportMeta,
    status=201,
    errors=(422,),
    has_semantics=True,
)
async def import_dashboard(request: Request) -> HTTPResponse:
    """A new, private one of the own account; `meta.report` lists what could not be taken over."""
    caller = require_role(request, Role.EDITOR)
    context = context_of(request)
    file = read_json_object(request)
    if is_grafana(file):
        # Each query is parsed, which takes a while.
        new, report = await asyncio.to_thread(read_grafana, file, caller.user_id)
    else:
        new, report = read_file(file, caller.user_id)
    by, now_ms = author_of(request), context.clock.now_ms()
    dashboard = await context.appdb.write(
        lambda connection: dashboards.create_dashboard(connection, new, by, now_ms, change="imported")
    )
    return data_response(
        dashboard_answer(dashboard), {"report": [fault._asdict() for fault in report]}, status=201
    )


def _read_version(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_VERSION_DIGITS):
        raise NotFoundError("A version is a whole number, as the history lists it.")
    return int(text)
