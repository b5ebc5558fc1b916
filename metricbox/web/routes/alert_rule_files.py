"""Alert rules that others wrote: a file of Prometheus's, and those that come with the program."""

import asyncio
from collections.abc import Mapping

from sanic import Blueprint, HTTPResponse, Request

from metricbox.alerts.library import LIBRARY, LibraryRule, find_library_rule
from metricbox.alerts.rules import NoData
from metricbox.errors import PayloadTooLargeError, ValidationError
from metricbox.store.appdb import alert_rules
from metricbox.store.appdb.alert_rules import NewRule, RuleRecord
from metricbox.store.appdb.database import Connection
from metricbox.store.appdb.records import Role
from metricbox.web import alert_schemas as schemas
from metricbox.web.answers import Answer
from metricbox.web.authors import author_of
from metricbox.web.body import read_json
from metricbox.web.callers import require_read, require_role
from metricbox.web.context import context_of
from metricbox.web.contract import Raw, Who, contract
from metricbox.web.prometheus_rule_files import MAX_FILE_BYTES, read_rule_file
from metricbox.web.respond import data_response
from metricbox.web.routes.alert_rules import answer_of, check_channels, make_query_check

blueprint = Blueprint("alert_rule_files", url_prefix="/api/v1/alerts")

_YAML = Raw(("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"), "The file itself.")


@blueprint.post("/rules/import")
@contract(
    "Make alert rules of a file of Prometheus's alerting rules.",
    Who.EDITOR,
    body=schemas.RuleImport,
    also=_YAML,
    answer=list[schemas.AlertRule],
    meta=schemas.RuleImportMeta,
    status=201,
    errors=(422,),
    has_semantics=True,
)
async def import_rules(request: Request) -> HTTPResponse:
    """All of those that can be taken over, or none; `meta.report` lists what could not, or not as it was."""
    caller = require_role(request, Role.EDITOR)
    wish = _read_import(request)
    # Each query is parsed, which takes a while.
    read = await asyncio.to_thread(read_rule_file, wish.file, caller.user_id, make_query_check(request))
    rules = [_with_channels(rule._replace(is_enabled=wish.enabled), wish.channels) for rule in read.rules]
    made = await _create(request, rules)
    meta = {"report": [fault._asdict() for fault in read.report]}
    return data_response([answer_of(request, rule) for rule in made], meta, status=201)


@blueprint.get("/library")
@contract("Alert rules that are offered.", Who.READ, answer=list[schemas.LibraryRule])
async def list_library(request: Request) -> HTTPResponse:
    """All of them; there are few."""
    require_read(request)
    rules = await context_of(request).appdb.read(alert_rules.list_rules_of_queries)
    store = context_of(request).store
    return data_response(
        [_library_answer(rule, rules, has_data=all(map(store.has_metric, rule.metrics))) for rule in LIBRARY]
    )


@blueprint.post("/library")
@contract(
    "Make some of the alert rules that are offered.",
    Who.EDITOR,
    body=schemas.LibraryWish,
    answer=list[schemas.AlertRule],
    status=201,
    errors=(422,),
    has_semantics=True,
)
async def create_library_rules(request: Request) -> HTTPResponse:
    """Rules like all others from then on: to be changed, switched off, deleted."""
    caller = require_role(request, Role.EDITOR)
    wish = read_json(request, schemas.LibraryWish)
    rules = []
    for index, rule_id in enumerate(wish.ids):
        found = find_library_rule(rule_id)
        if found is None:
            raise ValidationError.for_field(f"ids[{index}]", "names none of the rules that are offered")
        rules.append(_with_channels(NewRule(found.name, found.content, True, caller.user_id), wish.channels))
    made = await _create(request, rules)
    return data_response([answer_of(request, rule) for rule in made], status=201)


async def _create(request: Request, rules: list[NewRule]) -> list[RuleRecord]:
    context = context_of(request)
    by, now_ms = author_of(request), context.clock.now_ms()

    def create(connection: Connection) -> list[RuleRecord]:
        if rules:
            check_channels(connection, rules[0].content.get("notification"), "channels")
        return [alert_rules.create_rule(connection, rule, by, now_ms) for rule in rules]

    return await context.appdb.write(create)


def _with_channels(rule: NewRule, channels: list[str] | None) -> NewRule:
    notification = {**rule.content.get("notification", {}), "channels": channels or []}
    return rule._replace(content={**rule.content, "notification": notification})


def _read_import(request: Request) -> schemas.RuleImport:
    media_type = str(request.headers.get("content-type", "")).partition(";")[0].strip().lower()
    if media_type in _YAML.media_types:
        _check_size(len(request.body))
        try:
            return schemas.RuleImport(file=request.body.decode() or " ", channels=None, enabled=True)
        except UnicodeDecodeError as error:
            raise ValidationError(f"The file is not UTF-8 (byte {error.start}).") from error
    wish = read_json(request, schemas.RuleImport)
    _check_size(len(wish.file.encode(errors="replace")))
    return wish


def _check_size(size_bytes: int) -> None:
    if size_bytes > MAX_FILE_BYTES:
        msg = f"The file has {size_bytes} bytes; at most {MAX_FILE_BYTES} are taken here. Split it."
        raise PayloadTooLargeError(msg)


def _library_answer(rule: LibraryRule, rules: Mapping[str, str], *, has_data: bool) -> Answer:
    content = rule.content
    return {
        "id": rule.id,
        "name": rule.name,
        "description": rule.description,
        "query": content["query"],
        "condition": content["condition"],
        "threshold": content["threshold"],
        "duration": content.get("duration", "0s"),
        "severity": content["severity"],
        "noData": content.get("noData", NoData.OK.value),
        "unit": content.get("unit", ""),
        "ruleId": rules.get(content["query"]),
        "hasData": has_data,
    }
