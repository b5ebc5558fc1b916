"""What fired, and the messages about it: events with acknowledgement, and the ledger of deliveries."""

from collections.abc import Mapping, Sequence

from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import ValidationError
from metricbox.query.times import parse_time_ms
from metricbox.store.appdb import alert_deliveries, alert_events
from metricbox.store.appdb.alert_deliveries import AttemptRecord, DeliveryRecord
from metricbox.store.appdb.alert_events import EventFilter
from metricbox.store.appdb.database import Connection
from metricbox.store.appdb.records import Page, Role
from metricbox.web import alert_schemas as schemas
from metricbox.web.alert_answers import delivery_answer, event_answer
from metricbox.web.authors import author_of
from metricbox.web.body import read_json
from metricbox.web.callers import require_read, require_role
from metricbox.web.context import context_of
from metricbox.web.contract import PAGE, SEARCH, ListMeta, Parameter, Who, contract, sort_of
from metricbox.web.respond import data_response, list_response, read_arg, read_page

blueprint = Blueprint("alert_events", url_prefix="/api/v1/alerts")

_STATUSES = ("firing", "resolved")
_SEVERITIES = ("info", "warning", "critical")
_STATES = ("queued", "delivered", "given_up", "dropped")
_TIME = {"type": "string"}


@blueprint.get("/events")
@contract(
    "What fired and fires.",
    Who.READ,
    answer=list[schemas.AlertEvent],
    meta=ListMeta,
    query=(
        *PAGE,
        sort_of("triggeredAt", "resolvedAt", "ruleName"),
        SEARCH._replace(description="Part of labels or of the rule's name."),
        Parameter("ruleId", {"type": "string"}, "Of this rule."),
        Parameter("status", {"enum": list(_STATUSES)}, "Only these."),
        Parameter("severity", {"enum": list(_SEVERITIES)}, "Only these."),
        Parameter(
            "from", _TIME, "Open at or after this time: ISO 8601, milliseconds, or relative such as now-1d."
        ),
        Parameter("to", _TIME, "Begun before this time."),
    ),
    has_semantics=True,
)
async def list_events(request: Request) -> HTTPResponse:
    require_read(request)
    page_request = read_page(request)
    now_ms = context_of(request).clock.now_ms()
    wanted = EventFilter(
        rule_id=read_arg(request, "ruleId") or None,
        status=_read_choice(request, "status", _STATUSES),
        severity=_read_choice(request, "severity", _SEVERITIES),
        from_ms=_read_time(request, "from", now_ms),
        to_ms=_read_time(request, "to", now_ms),
    )
    page = await context_of(request).appdb.read(
        lambda connection: alert_events.list_events(connection, page_request, wanted)
    )
    return list_response(page, page_request, event_answer)


@blueprint.post("/events/<event_id:str>/acknowledge")
@contract(
    "Say that somebody has seen an alert.",
    Who.EDITOR,
    body=schemas.Acknowledgement,
    is_body_required=False,
    answer=schemas.AlertEvent,
    errors=(404,),
)
async def acknowledge_event(request: Request, event_id: str) -> HTTPResponse:
    require_role(request, Role.EDITOR)
    wish = (
        read_json(request, schemas.Acknowledgement) if request.body else schemas.Acknowledgement(comment=None)
    )
    by, now_ms = author_of(request), context_of(request).clock.now_ms()
    event = await context_of(request).appdb.write(
        lambda connection: alert_events.acknowledge_event(
            connection, event_id, wish.comment or "", by, now_ms
        )
    )
    return data_response(event_answer(event))


@blueprint.get("/deliveries")
@contract(
    "Messages: decided, tried, answered, given up.",
    Who.READ,
    answer=list[schemas.Delivery],
    meta=ListMeta,
    query=(
        *PAGE,
        sort_of("createdAt", "finishedAt"),
        Parameter("state", {"enum": list(_STATES)}, "Only these."),
        Parameter("channelId", {"type": "string"}, "To this channel."),
        Parameter("eventId", {"type": "string"}, "About this alert."),
        Parameter("ruleId", {"type": "string"}, "Of this rule."),
        Parameter(
            "from",
            _TIME,
            "Decided at or after this time: ISO 8601, milliseconds, or relative such as now-1d.",
        ),
        Parameter("to", _TIME, "Decided before this time."),
    ),
    has_semantics=True,
)
async def list_deliveries(request: Request) -> HTTPResponse:
    require_read(request)
    page_request = read_page(request)
    state = _read_choice(request, "state", _STATES)
    channel_id, event_id = read_arg(request, "channelId") or None, read_arg(request, "eventId") or None
    rule_id = read_arg(request, "ruleId") or None
    now_ms = context_of(request).clock.now_ms()
    from_ms, to_ms = _read_time(request, "from", now_ms), _read_time(request, "to", now_ms)

    def read(connection: Connection) -> tuple[Page[DeliveryRecord], Mapping[str, Sequence[AttemptRecord]]]:
        page = alert_deliveries.list_deliveries(
            connection,
            page_request,
            state=state,
            channel_id=channel_id,
            event_id=event_id,
            rule_id=rule_id,
            from_ms=from_ms,
            to_ms=to_ms,
        )
        return page, {one.id: alert_deliveries.list_attempts(connection, one.id) for one in page.rows}

    page, attempts = await context_of(request).appdb.read(read)
    return list_response(page, page_request, lambda one: delivery_answer(one, attempts[one.id]))


@blueprint.post("/deliveries/<delivery_id:str>/resend")
@contract(
    "Send a message again that was delivered or given up, as it was.",
    Who.EDITOR,
    answer=schemas.Delivery,
    errors=(404, 409),
)
async def resend_delivery(request: Request, delivery_id: str) -> HTTPResponse:
    require_role(request, Role.EDITOR)
    context = context_of(request)
    now_ms = context.clock.now_ms()

    def resend(connection: Connection) -> tuple[DeliveryRecord, Sequence[AttemptRecord]]:
        delivery = alert_deliveries.resend_delivery(connection, delivery_id, now_ms)
        return delivery, alert_deliveries.list_attempts(connection, delivery_id)

    delivery, attempts = await context.appdb.write(resend)
    context.alerts.dispatcher.wake()
    return data_response(delivery_answer(delivery, attempts))


def _read_choice(request: Request, name: str, choices: Sequence[str]) -> str | None:
    value = read_arg(request, name)
    if value and value not in choices:
        raise ValidationError.for_field(name, f"must be one of {', '.join(choices)}")
    return value or None


def _read_time(request: Request, name: str, now_ms: int) -> int | None:
    value = read_arg(request, name)
    if not value:
        return None
    try:
        return parse_time_ms(value, now_ms)
    except ValueError as error:
        raise ValidationError.for_field(name, str(error)) from error
