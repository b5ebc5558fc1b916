"""Short lists for pages: what is about to fire, and the channels by name for those who may not see their settings."""

from sanic import Blueprint, HTTPResponse, Request

from metricbox.alerts.messages import labels_of
from metricbox.alerts.rule_pass import ERROR_WAITS, Kind
from metricbox.alerts.rules import read_rule
from metricbox.alerts.transitions import State
from metricbox.query.times import format_time
from metricbox.store.appdb.alert_channels import list_channels
from metricbox.store.appdb.alert_rules import RuleRecord, list_enabled_rules
from metricbox.store.appdb.records import Role
from metricbox.web import alert_schemas as schemas
from metricbox.web.answers import Answer
from metricbox.web.callers import require_read, require_role
from metricbox.web.context import context_of
from metricbox.web.contract import PAGE, ListMeta, Who, contract
from metricbox.web.respond import read_page, slice_response

blueprint = Blueprint("alert_lists", url_prefix="/api/v1/alerts")


@blueprint.get("/pending")
@contract(
    "Series whose condition holds and which do not fire yet, those that fire next first.",
    Who.READ,
    answer=list[schemas.PendingAlert],
    meta=ListMeta,
    query=PAGE,
)
async def list_pending(request: Request) -> HTTPResponse:
    require_read(request)
    page = read_page(request)
    rules = await context_of(request).appdb.read(list_enabled_rules)
    found = [one for rule in rules for one in _pending_of(request, rule)]
    found.sort(key=lambda one: str(one["firesAt"]))
    return slice_response(found, page, lambda one: one)


@blueprint.get("/channels/names")
@contract(
    "Notification channels by name, without their settings.",
    Who.EDITOR,
    answer=list[schemas.ChannelName],
    meta=ListMeta,
    query=PAGE,
)
async def list_channel_names(request: Request) -> HTTPResponse:
    require_role(request, Role.EDITOR)
    rows = await context_of(request).appdb.read(list_channels)
    return slice_response(
        rows,
        read_page(request),
        lambda one: {"id": one.id, "name": one.name, "type": one.type, "enabled": one.is_enabled},
    )


def _pending_of(request: Request, record: RuleRecord) -> list[Answer]:
    watched = context_of(request).alerts.loop.watched_of(record.id)
    pending = {key: one for key, one in watched.items() if one.state.state is State.PENDING}
    if not pending:
        return []
    rule = read_rule(record)
    return [
        {
            "ruleId": rule.id,
            "ruleName": rule.name,
            "severity": rule.severity.value,
            "labels": labels_of(rule, key),
            "kind": key.kind.value,
            "value": one.value,
            "since": format_time(one.state.since_ms),
            "firesAt": format_time(
                one.state.since_ms + (ERROR_WAITS if key.kind is Kind.ERROR else rule.waits).for_ms
            ),
        }
        for key, one in pending.items()
    ]
