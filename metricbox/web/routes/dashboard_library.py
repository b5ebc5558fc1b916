"""Dashboards that come with metricbox, to be copied."""

import asyncio
from typing import Any

from sanic import Blueprint, HTTPResponse, Request

from metricbox.store.appdb import dashboards
from metricbox.store.appdb.records import Role
from metricbox.store.contract import MetricStore
from metricbox.web import schemas
from metricbox.web.answers import dashboard_answer
from metricbox.web.authors import author_of
from metricbox.web.body import read_json
from metricbox.web.callers import require_read, require_role
from metricbox.web.context import context_of
from metricbox.web.contract import Parameter, Who, contract
from metricbox.web.dashboard_library import copy_entry, find_entry, load_library
from metricbox.web.respond import data_response

blueprint = Blueprint("dashboard_library", url_prefix="/api/v1/dashboards/library")

KEY = {"key": Parameter("key", {"type": "string"}, "Of the library.", is_required=True)}


@blueprint.get("/")
@contract("Dashboards that come with metricbox.", Who.READ, answer=list[schemas.LibraryDashboard])
async def list_library(request: Request) -> HTTPResponse:
    require_read(request)
    return data_response(await asyncio.to_thread(_list, context_of(request).store))


@blueprint.post("/<key:str>")
@contract(
    "Make an own copy of one of them.",
    Who.EDITOR,
    path=KEY,
    body=schemas.LibraryCopy,
    answer=schemas.Dashboard,
    status=201,
    errors=(404,),
)
async def copy_library_dashboard(request: Request, key: str) -> HTTPResponse:
    """Private, of the own account. What a later version of metricbox brings does not change it."""
    caller = require_role(request, Role.EDITOR)
    context = context_of(request)
    wish = read_json(request, schemas.LibraryCopy)
    entry = await asyncio.to_thread(find_entry, key)
    new = copy_entry(entry, caller.user_id, wish.name)
    by, now_ms = author_of(request), context.clock.now_ms()
    dashboard = await context.appdb.write(
        lambda connection: dashboards.create_dashboard(
            connection, new, by, now_ms, change=f"copied from the library: {entry.new.name}"
        )
    )
    return data_response(dashboard_answer(dashboard), status=201)


def _list(store: MetricStore) -> list[dict[str, Any]]:
    return [
        {
            "key": entry.key,
            "name": entry.new.name,
            "description": entry.new.description,
            "panels": sum(panel.type not in schemas.TYPES_WITHOUT_QUERY for panel in entry.new.panels),
            "needs": entry.metrics,
            "hasData": entry.has_data(store),
        }
        for entry in load_library().values()
    ]
