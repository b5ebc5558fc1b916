"""Alert rules: seen by all who may read, changed by editors. Tried on now and on history before anybody is woken."""

from collections.abc import Callable

from sanic import Blueprint, HTTPResponse, Request

from metricbox.alerts.ending import end_rule
from metricbox.alerts.rules import read_rule
from metricbox.errors import ErrorDetail, ValidationError
from metricbox.query.promql.nodes import MatrixSelector, Subquery
from metricbox.query.times import parse_time_ms
from metricbox.store.appdb import alert_rules
from metricbox.store.appdb.alert_channels import list_channels
from metricbox.store.appdb.alert_rules import RuleRecord
from metricbox.store.appdb.database import Connection
from metricbox.store.appdb.records import Role
from metricbox.web import alert_schemas as schemas
from metricbox.web.alert_answers import evaluation_answer, preview_answer, rule_answer
from metricbox.web.alert_requests import new_rule, rule_changes, tried_rule
from metricbox.web.answers import Answer
from metricbox.web.authors import author_of
from metricbox.web.body import read_json
from metricbox.web.callers import require_read, require_role
from metricbox.web.context import context_of
from metricbox.web.contract import ListMeta, Who, contract, list_of
from metricbox.web.respond import data_response, empty_response, read_page

blueprint = Blueprint("alert_rules", url_prefix="/api/v1/alerts/rules")


class RulesMeta(ListMeta):
    """Which part of a list this is, and how often rules are evaluated."""

    interval_ms: int


@blueprint.get("/")
@contract(
    "Alert rules with their state.",
    Who.READ,
    **list_of(schemas.AlertRule, sort=("name", "createdAt", "updatedAt")) | {"meta": RulesMeta},
)
async def list_rules(request: Request) -> HTTPResponse:
    require_read(request)
    page_request = read_page(request)
    page = await context_of(request).appdb.read(
        lambda connection: alert_rules.list_rules(connection, page_request)
    )
    meta = {"total": page.total, "page": page_request.page, "pageSize": page_request.page_size}
    return data_response(
        [answer_of(request, rule) for rule in page.rows],
        meta | {"intervalMs": context_of(request).settings.alert_interval},
    )


@blueprint.post("/")
@contract(
    "Make an alert rule.",
    Who.EDITOR,
    body=schemas.AlertRuleCreate,
    answer=schemas.AlertRule,
    status=201,
    errors=(422,),
    has_semantics=True,
)
async def create_rule(request: Request) -> HTTPResponse:
    caller = require_role(request, Role.EDITOR)
    context = context_of(request)
    new = new_rule(read_json(request, schemas.AlertRuleCreate), caller.user_id, make_query_check(request))
    by, now_ms = author_of(request), context.clock.now_ms()

    def create(connection: Connection) -> RuleRecord:
        check_channels(connection, new.content.get("notification"))
        return alert_rules.create_rule(connection, new, by, now_ms)

    return data_response(answer_of(request, await context.appdb.write(create)), status=201)


@blueprint.post("/preview")
@contract(
    "When a rule that is not saved would have fired in stored history.",
    Who.EDITOR,
    body=schemas.PreviewRequest,
    answer=schemas.Preview,
    errors=(422,),
    has_semantics=True,
)
async def preview_rule(request: Request) -> HTTPResponse:
    require_role(request, Role.EDITOR)
    context = context_of(request)
    wish = read_json(request, schemas.PreviewRequest)
    now_ms = context.clock.now_ms()
    try:
        rule = tried_rule(wish.rule, make_query_check(request))
    except ValidationError as error:
        details = [ErrorDetail(f"rule.{one.field}", one.message) for one in error.details]
        raise ValidationError(error.message, details) from error
    times_ms = [_read_time(field, value, now_ms) for field, value in (("from", wish.from_), ("to", wish.to))]
    return data_response(preview_answer(await context.alerts.preview(rule, times_ms[0], times_ms[1])))


@blueprint.get("/<rule_id:str>")
@contract("One alert rule with its state.", Who.READ, answer=schemas.AlertRule)
async def get_rule(request: Request, rule_id: str) -> HTTPResponse:
    require_read(request)
    rule = await context_of(request).appdb.read(lambda connection: alert_rules.get_rule(connection, rule_id))
    return data_response(answer_of(request, rule))


@blueprint.put("/<rule_id:str>")
@contract(
    "Change an alert rule.",
    Who.EDITOR,
    body=schemas.AlertRuleUpdate,
    answer=schemas.AlertRule,
    errors=(409,),
    has_semantics=True,
)
async def update_rule(request: Request, rule_id: str) -> HTTPResponse:
    """What is pending or fires goes on by what still holds; switching a rule off ends it."""
    require_role(request, Role.EDITOR)
    context = context_of(request)
    wish = read_json(request, schemas.AlertRuleUpdate)
    by, now_ms = author_of(request), context.clock.now_ms()
    check_query = make_query_check(request)

    def change(connection: Connection) -> RuleRecord:
        before = alert_rules.get_rule(connection, rule_id)
        changes = rule_changes(wish, before, check_query)
        check_channels(connection, (changes.content or {}).get("notification"))
        after = alert_rules.update_rule(connection, rule_id, changes, by, now_ms, version=wish.version)
        if before.is_enabled and not after.is_enabled:
            end_rule(connection, before, now_ms, url=context.alerts.url)
        return after

    changed = await context.appdb.write(change)
    context.alerts.dispatcher.wake()
    return data_response(answer_of(request, changed))


@blueprint.delete("/<rule_id:str>")
@contract("Delete an alert rule. What it fires is over, and its events stay.", Who.EDITOR)
async def delete_rule(request: Request, rule_id: str) -> HTTPResponse:
    require_role(request, Role.EDITOR)
    context = context_of(request)
    by, now_ms = author_of(request), context.clock.now_ms()

    def delete(connection: Connection) -> None:
        end_rule(connection, alert_rules.get_rule(connection, rule_id), now_ms, url=context.alerts.url)
        alert_rules.delete_rule(connection, rule_id, by, now_ms)

    await context.appdb.write(delete)
    context.alerts.dispatcher.wake()
    return empty_response()


@blueprint.post("/<rule_id:str>/evaluate")
@contract(
    "Value and state of each series of a rule, now. Changes nothing and tells nobody.",
    Who.EDITOR,
    answer=schemas.Evaluation,
    errors=(404, 422),
    has_semantics=True,
)
async def evaluate_rule(request: Request, rule_id: str) -> HTTPResponse:
    require_role(request, Role.EDITOR)
    context = context_of(request)
    record = await context.appdb.read(lambda connection: alert_rules.get_rule(connection, rule_id))
    return data_response(evaluation_answer(await context.alerts.evaluate(read_rule(record))))


def answer_of(request: Request, rule: RuleRecord) -> Answer:
    """The rule with the state that the loop knows."""
    loop = context_of(request).alerts.loop
    return rule_answer(rule, loop.watched_of(rule.id), loop.errors.get(rule.id), loop.last_tick_ms)


def make_query_check(request: Request) -> Callable[[str], None]:
    """Refuses what is no query, and what has no one value at a time."""
    query = context_of(request).query

    def check(text: str) -> None:
        if isinstance(query.resolve(text), MatrixSelector | Subquery):
            raise ValidationError.for_field(
                "query",
                "a range such as [5m] is the argument of a function; write rate(…[5m]) or leave it out",
            )

    return check


def check_channels(
    connection: Connection, notification: object, field: str = "notification.channels"
) -> None:
    """Raises ValidationError for a channel that does not exist."""
    wanted = notification.get("channels", []) if isinstance(notification, dict) else []
    known = {channel.id for channel in list_channels(connection)} if wanted else set()
    for index, channel_id in enumerate(wanted):
        if channel_id not in known:
            raise ValidationError.for_field(f"{field}[{index}]", "names no channel")


def _read_time(field: str, value: str | float, now_ms: int) -> int:
    try:
        return parse_time_ms(value, now_ms)
    except ValueError as error:
        raise ValidationError.for_field(field, str(error)) from error
