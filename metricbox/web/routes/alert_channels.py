"""Notification channels, for admins. Editors and viewers see names alone, through rules and deliveries."""

from sanic import Blueprint, HTTPResponse, Request

from metricbox.alerts.messages import make_test_message
from metricbox.store.appdb import alert_channels
from metricbox.store.appdb.alert_channels import ChannelRecord, NewChannel
from metricbox.store.appdb.database import Connection
from metricbox.store.appdb.records import Page, PageRequest, Role
from metricbox.web import alert_schemas as schemas
from metricbox.web.alert_answers import channel_answer
from metricbox.web.authors import author_of
from metricbox.web.body import read_json
from metricbox.web.callers import require_role
from metricbox.web.channel_settings import read_settings
from metricbox.web.context import context_of
from metricbox.web.contract import Who, contract, list_of
from metricbox.web.respond import data_response, empty_response, list_response, read_page

blueprint = Blueprint("alert_channels", url_prefix="/api/v1/alerts/channels")


@blueprint.get("/")
@contract("Notification channels by name; secrets are ***.", Who.ADMIN, **list_of(schemas.Channel, sort=()))
async def list_channels(request: Request) -> HTTPResponse:
    require_role(request, Role.ADMIN)
    page_request = read_page(request)
    rows = await context_of(request).appdb.read(alert_channels.list_channels)
    return list_response(_page_of(rows, page_request), page_request, channel_answer)


@blueprint.post("/")
@contract(
    "Make a channel.",
    Who.ADMIN,
    body=schemas.ChannelCreate,
    answer=schemas.Channel,
    status=201,
    errors=(422,),
    has_semantics=True,
)
async def create_channel(request: Request) -> HTTPResponse:
    require_role(request, Role.ADMIN)
    wish = read_json(request, schemas.ChannelCreate)
    new = NewChannel(wish.name, wish.type, read_settings(wish.type, wish.settings), wish.enabled)
    by, now_ms = author_of(request), context_of(request).clock.now_ms()
    made = await context_of(request).appdb.write(
        lambda connection: alert_channels.create_channel(connection, new, by, now_ms)
    )
    return data_response(channel_answer(made), status=201)


@blueprint.put("/<channel_id:str>")
@contract(
    "Change a channel.",
    Who.ADMIN,
    body=schemas.ChannelUpdate,
    answer=schemas.Channel,
    has_semantics=True,
)
async def update_channel(request: Request, channel_id: str) -> HTTPResponse:
    require_role(request, Role.ADMIN)
    context = context_of(request)
    wish = read_json(request, schemas.ChannelUpdate)
    by, now_ms = author_of(request), context.clock.now_ms()

    def change(connection: Connection) -> ChannelRecord:
        before = alert_channels.get_channel(connection, channel_id)
        channel_type = wish.type or before.type
        # The secrets of another type mean nothing here.
        known = before.settings if channel_type == before.type else None
        settings = before.settings if wish.settings is None and known is not None else (wish.settings or {})
        changed = NewChannel(
            name=wish.name or before.name,
            type=channel_type,
            settings=read_settings(channel_type, settings, known),
            is_enabled=before.is_enabled if wish.enabled is None else wish.enabled,
        )
        return alert_channels.update_channel(connection, channel_id, changed, by, now_ms)

    changed = await context.appdb.write(change)
    context.alerts.dispatcher.wake()
    return data_response(channel_answer(changed))


@blueprint.delete("/<channel_id:str>")
@contract("Delete a channel; what was queued for it is dropped.", Who.ADMIN)
async def delete_channel(request: Request, channel_id: str) -> HTTPResponse:
    require_role(request, Role.ADMIN)
    by, now_ms = author_of(request), context_of(request).clock.now_ms()
    await context_of(request).appdb.write(
        lambda connection: alert_channels.delete_channel(connection, channel_id, by, now_ms)
    )
    return empty_response()


@blueprint.post("/<channel_id:str>/test")
@contract(
    "Send a test message now, and tell what the receiver said.",
    Who.ADMIN,
    answer=schemas.ChannelTest,
    errors=(404,),
)
async def check_channel(request: Request, channel_id: str) -> HTTPResponse:
    require_role(request, Role.ADMIN)
    context = context_of(request)
    channel = await context.appdb.read(lambda connection: alert_channels.get_channel(connection, channel_id))
    message = make_test_message(channel.name, context.clock.now_ms(), url=context.alerts.url)
    is_delivered, answer = await context.alerts.try_channel(channel, message)
    return data_response({"delivered": is_delivered, "answer": answer})


def _page_of(rows: list[ChannelRecord], request: PageRequest) -> Page[ChannelRecord]:
    search = request.search.lower()
    found = [row for row in rows if search in row.name.lower()]
    return Page(len(found), found[request.offset : request.offset + request.page_size])
