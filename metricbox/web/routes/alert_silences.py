"""Silences: seen by all who may read, made and ended by editors."""

from sanic import Blueprint, HTTPResponse, Request

from metricbox.alerts.loop import read_value
from metricbox.alerts.rule_pass import Reading
from metricbox.alerts.rules import Rule, read_rule
from metricbox.alerts.silence_reach import measure_reach
from metricbox.alerts.silences import compile_matchers, is_open
from metricbox.store.appdb import alert_silences
from metricbox.store.appdb.alert_events import EventRecord, list_open_events
from metricbox.store.appdb.alert_rules import list_enabled_rules
from metricbox.store.appdb.alert_silences import SilenceRecord
from metricbox.store.appdb.database import Connection
from metricbox.store.appdb.records import Page, Role
from metricbox.web import alert_schemas as schemas
from metricbox.web.alert_answers import silence_answer
from metricbox.web.alert_requests import changed_silence, new_silence
from metricbox.web.authors import author_of
from metricbox.web.body import read_json
from metricbox.web.callers import require_read, require_role
from metricbox.web.context import context_of
from metricbox.web.contract import Who, contract, list_of
from metricbox.web.respond import data_response, empty_response, list_response, read_page

blueprint = Blueprint("alert_silences", url_prefix="/api/v1/alerts/silences")


@blueprint.get("/")
@contract(
    "Silences, with those that ended in the last 90 days.",
    Who.READ,
    **list_of(schemas.Silence, sort=("startsAt", "endsAt", "createdAt")),
)
async def list_silences(request: Request) -> HTTPResponse:
    require_read(request)
    page_request = read_page(request)
    now_ms = context_of(request).clock.now_ms()

    def read(connection: Connection) -> tuple[Page[SilenceRecord], list[EventRecord]]:
        return alert_silences.list_silences(connection, page_request), list_open_events(connection)

    page, events = await context_of(request).appdb.read(read)
    return list_response(
        page, page_request, lambda one: silence_answer(one, now_ms, _count(one, events, now_ms))
    )


@blueprint.post("/")
@contract(
    "Mute alerts.",
    Who.EDITOR,
    body=schemas.SilenceCreate,
    answer=schemas.Silence,
    status=201,
    errors=(422,),
    has_semantics=True,
)
async def create_silence(request: Request) -> HTTPResponse:
    require_role(request, Role.EDITOR)
    context = context_of(request)
    by, now_ms = author_of(request), context.clock.now_ms()
    new = new_silence(read_json(request, schemas.SilenceCreate), now_ms)

    def create(connection: Connection) -> tuple[SilenceRecord, list[EventRecord]]:
        return alert_silences.create_silence(connection, new, by, now_ms), list_open_events(connection)

    made, events = await context.appdb.write(create)
    return data_response(silence_answer(made, now_ms, _count(made, events, now_ms)), status=201)


@blueprint.post("/preview")
@contract(
    "What the conditions of a silence that is not made fit, now.",
    Who.EDITOR,
    body=schemas.SilenceTrial,
    answer=schemas.SilenceReach,
    has_semantics=True,
)
async def preview_silence(request: Request) -> HTTPResponse:
    """Asks the rules that may fit, for at most some seconds; changes nothing."""
    require_role(request, Role.EDITOR)
    context = context_of(request)
    matchers = [one.model_dump() for one in read_json(request, schemas.SilenceTrial).matchers]
    rules = [read_rule(one) for one in await context.appdb.read(list_enabled_rules)]
    now_ms = context.clock.now_ms()

    async def ask(rule: Rule) -> Reading:
        value, _ = await context.query.run_instant(rule.query, now_ms - rule.delay_ms, takes_names=True)
        return read_value(value)

    reach = await measure_reach(rules, matchers, context.alerts.loop.watched_of, ask)
    return data_response(
        {
            "firing": reach.firing,
            "pending": reach.pending,
            "series": reach.series,
            "rules": reach.rules,
            "complete": reach.is_complete,
        }
    )


@blueprint.put("/<silence_id:str>")
@contract(
    "Change or end a silence.",
    Who.EDITOR,
    body=schemas.SilenceUpdate,
    answer=schemas.Silence,
    has_semantics=True,
)
async def update_silence(request: Request, silence_id: str) -> HTTPResponse:
    require_role(request, Role.EDITOR)
    context = context_of(request)
    by, now_ms = author_of(request), context.clock.now_ms()
    wish = read_json(request, schemas.SilenceUpdate)

    def change(connection: Connection) -> tuple[SilenceRecord, list[EventRecord]]:
        wanted = changed_silence(wish, alert_silences.get_silence(connection, silence_id), now_ms)
        changed = alert_silences.update_silence(connection, silence_id, wanted, by, now_ms)
        return changed, list_open_events(connection)

    changed, events = await context.appdb.write(change)
    return data_response(silence_answer(changed, now_ms, _count(changed, events, now_ms)))


@blueprint.delete("/<silence_id:str>")
@contract("Delete a silence; what it muted is told.", Who.EDITOR)
async def delete_silence(request: Request, silence_id: str) -> HTTPResponse:
    require_role(request, Role.EDITOR)
    by, now_ms = author_of(request), context_of(request).clock.now_ms()
    await context_of(request).appdb.write(
        lambda connection: alert_silences.delete_silence(connection, silence_id, by, now_ms)
    )
    return empty_response()


def _count(silence: SilenceRecord, events: list[EventRecord], now_ms: int) -> int:
    """Alerts that fire unheard because of it."""
    if not is_open(silence, now_ms):
        return 0
    matches = compile_matchers(silence.matchers)
    return sum(matches(event.labels) for event in events)
