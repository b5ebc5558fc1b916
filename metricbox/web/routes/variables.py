"""What a dashboard's variables offer: the lists of the variable bar, and of a variable that is being written."""

import asyncio

from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import ValidationError
from metricbox.store.appdb import dashboards
from metricbox.store.appdb.records import Role
from metricbox.web.body import read_json
from metricbox.web.callers import (
    can_see_queries,
    require_caller,
    require_dashboard_change,
    require_dashboard_sight,
    require_role,
)
from metricbox.web.context import context_of
from metricbox.web.contract import Who, contract
from metricbox.web.respond import data_response
from metricbox.web.variable_schemas import VariableChoices, VariableOptions, VariablePreview
from metricbox.web.variables import make_choices, preview

blueprint = Blueprint("variables", url_prefix="/api/v1/dashboards")


@blueprint.post("/<dashboard_id:str>/variables/values")
@contract(
    "What a dashboard's variables offer, and what is chosen of them.",
    Who.SIGHT,
    body=VariableChoices,
    is_body_required=False,
    answer=dict[str, VariableOptions],
    has_semantics=True,
)
async def list_values(request: Request, dashboard_id: str) -> HTTPResponse:
    """By variable. A choice that is not offered, as after a change of one that it hangs on, gives way to the saved
    one, and that to All or the first value.
    """
    dashboard = await context_of(request).appdb.read(
        lambda connection: dashboards.find_dashboard(connection, dashboard_id)
    )
    if dashboard is None:
        require_caller(request)
        raise dashboards.no_such_dashboard()
    require_dashboard_sight(request, dashboard)
    wish = read_json(request, VariableChoices) if request.body else VariableChoices()
    choices = make_choices(request, dashboard, wish.variables, is_settling=True)
    try:
        settled = await asyncio.to_thread(choices.settle)
    except ValidationError as error:
        # What is said of a query quotes it.
        if can_see_queries(request, dashboard):
            raise
        raise ValidationError("What this dashboard offers cannot be worked out. Tell its owner.") from error
    return data_response(
        {name: {"values": one.values, "current": one.current} for name, one in settled.items()}
    )


@blueprint.post("/<dashboard_id:str>/variables/preview")
@contract(
    "What a variable would offer that is not saved yet.",
    Who.OWNER,
    body=VariablePreview,
    answer=VariableOptions,
    has_semantics=True,
)
async def preview_values(request: Request, dashboard_id: str) -> HTTPResponse:
    """`variables` are all of them as they would be saved, since one may need others; nothing is saved."""
    caller = require_role(request, Role.EDITOR)
    dashboard = await context_of(request).appdb.read(
        lambda connection: dashboards.get_dashboard(connection, dashboard_id)
    )
    require_dashboard_change(caller, dashboard)
    found = await asyncio.to_thread(preview(request, read_json(request, VariablePreview)))
    return data_response({"values": found.values, "current": found.current})
