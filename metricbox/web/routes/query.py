"""Queries: `POST /api/v1/query` and `/query/batch` (API.md 3).

A request names a metric, or a panel by its id; who may see a dashboard may ask for its panels, nothing more.
"""

import asyncio
import dataclasses
import gzip
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from metricbox.durations import parse_duration_ms
from metricbox.errors import MetricboxError, NotFoundError, ValidationError
from metricbox.query.aggregate import Aggregation
from metricbox.query.service import any_of_matchers
from metricbox.query.times import load_timezone, parse_time_ms
from metricbox.query.types import Query, QueryAnswer
from metricbox.query.variables import expand_builtins
from metricbox.store.appdb.dashboards import find_dashboard_of_panel, get_dashboard
from metricbox.store.appdb.records import DashboardRecord, PanelRecord
from metricbox.web.body import check_model, read_json
from metricbox.web.callers import can_see_queries, require_dashboard_sight, require_explore, require_read
from metricbox.web.context import WebContext, context_of
from metricbox.web.contract import Who, contract
from metricbox.web.errors import make_safe_error
from metricbox.web.respond import JSON, encode_json, show_details, takes_gzip
from metricbox.web.schemas import (
    BatchAnswer,
    ErrorBody,
    PanelMeta,
    PanelResult,
    QueryBatch,
    QueryMeta,
    QueryParams,
    QueryResult,
)
from metricbox.web.variables import expand, is_about_choice, make_builtins, make_choices

blueprint = Blueprint("query")

Question = TypeVar("Question", QueryParams, QueryBatch)

# Answers with more values than this are written in a thread: 20,000 numbers take about a millisecond.
MAX_VALUES_ON_LOOP = 20_000
# Smaller answers are not packed: it would take longer than sending them. Of larger ones a quarter is left, at 100 MB/s.
MIN_PACKED_BYTES = 32_768


@blueprint.post("/api/v1/query")
@contract(
    "Series over time, by a query or by a panel.",
    Who.PANEL,
    body=QueryParams,
    answer=QueryResult | list[PanelResult],
    meta=QueryMeta | PanelMeta,
    errors=(404, 422),
    has_semantics=True,
)
async def run_query(request: Request) -> HTTPResponse:
    params = _read_question(request, QueryParams)
    if params.panel_id is None:
        require_explore(request)
    return await _respond(request, await _answer(request, params))


@blueprint.post("/api/v1/query/batch")
@contract(
    "Up to 50 queries at once.",
    Who.PANEL,
    body=QueryBatch,
    answer=list[BatchAnswer | ErrorBody],
    has_semantics=True,
    is_partial=True,
)
async def run_batch(request: Request) -> HTTPResponse:
    # Not checked yet: each is checked by itself, so that a bad one fails no other.
    queries: Sequence[Any] = _read_question(request, QueryBatch).queries
    # With a panel among them the rest fails by itself.
    if not any(isinstance(query, dict) and query.get("panelId") is not None for query in queries):
        require_explore(request)
    answers = await asyncio.gather(*(_answer_or_error(request, query) for query in queries))
    return await _respond(request, {"data": answers})


def _read_question(request: Request, model: type[Question]) -> Question:
    """Who may not ask anyway is told so, not what is wrong with the question."""
    try:
        return read_json(request, model)
    except MetricboxError:
        require_read(request)
        raise


async def _answer_or_error(request: Request, query: Any) -> dict[str, Any]:
    """One failing query fails no other, whatever it fails of."""
    try:
        params = check_model(query, QueryParams)
        if params.panel_id is None:
            require_explore(request)
        return await _answer(request, params)
    except Exception as exception:
        error = make_safe_error(request, exception)
        return {"error": error.message, "code": error.code, "details": show_details(error.details)}


async def _answer(request: Request, params: QueryParams) -> dict[str, Any]:
    context = context_of(request)
    started_s = context.clock.monotonic_s()
    now_ms = context.clock.now_ms()
    if params.panel_id is None:
        answer = await _run_own(request, params, now_ms)
        return {
            "data": _result(answer, with_counts=params.with_counts),
            "meta": _meta(answer, context, started_s),
        }
    dashboard, panel = await _find_panel(request, params.panel_id)
    saved = _panel_queries(panel)
    plain = [_query_of_panel(one, params, now_ms) for one in saved]
    hides = not can_see_queries(request, dashboard)
    try:
        queries = await _expand(
            request, dashboard, plain, [one.get("tags") or {} for one in saved], params.variables
        )
        answers = await asyncio.gather(*(context.query.run(query) for query in queries))
    except ValidationError as error:
        # What is said of a query quotes it.
        if hides and not is_about_choice(error):
            raise ValidationError("The query of this panel cannot be worked out. Tell its owner.") from error
        raise
    results = []
    for answer in answers:
        meta = _meta(answer, context, started_s)
        if hides:
            meta["warnings"] = []
        results.append({**_result(answer, with_counts=params.with_counts), "meta": meta})
    return {"data": results, "meta": {"tookMs": _took_ms(context, started_s)}}


async def _find_panel(request: Request, panel_id: str) -> tuple[DashboardRecord, PanelRecord]:
    dashboard = await context_of(request).appdb.read(
        lambda connection: find_dashboard_of_panel(connection, panel_id)
    )
    if dashboard is None:
        # Nobody in particular learns nothing of which panels exist.
        require_read(request)
        raise NotFoundError("There is no such panel.")
    require_dashboard_sight(request, dashboard)
    return dashboard, next(panel for panel in dashboard.panels if panel.id == panel_id)


# ---- from the request to a query


async def _run_own(request: Request, params: QueryParams, now_ms: int) -> QueryAnswer:
    query = await _own_query(request, params, now_ms)
    try:
        return await context_of(request).query.run(query)
    except ValidationError as error:
        # Places in a text that the caller did not write would mislead.
        raise (error if query.text == params.query else error.without_positions()) from None


async def _own_query(request: Request, params: QueryParams, now_ms: int) -> Query:
    """The query of the caller's own, with `$__interval` and its kin, and with dashboardId the variables of that
    dashboard, put in place.
    """
    query = _query_of_params(params, now_ms)
    if params.dashboard_id is None:
        return _with_builtins(request, query, now_ms)
    dashboard = await context_of(request).appdb.read(
        lambda connection: get_dashboard(connection, str(params.dashboard_id))
    )
    require_dashboard_sight(request, dashboard)
    expanded = await _expand(request, dashboard, [query], [params.tags or {}], params.variables)
    return expanded[0]


def _with_builtins(request: Request, query: Query, now_ms: int) -> Query:
    """Of no dashboard, so that there are no other variables; what looks like one may be part of a pattern."""
    if "__" not in query.text:
        return query
    builtins = make_builtins(query, now_ms, context_of(request).retention.retention_ms)
    return dataclasses.replace(query, text=expand_builtins(query.text, builtins))


async def _expand(
    request: Request,
    dashboard: DashboardRecord,
    plain: Sequence[Query],
    tags: Sequence[Mapping[str, str | list[str]]],
    sent: Mapping[str, str | list[str]] | None,
) -> list[Query]:
    """The queries, each with its tags, with values of the dashboard's variables in place of references."""
    context = context_of(request)
    choices = make_choices(request, dashboard, sent)
    if not plain:
        return []
    scope = choices.with_builtins(
        make_builtins(plain[0], context.clock.now_ms(), context.retention.retention_ms)
    )
    # What a variable offers is looked up in the store.
    return await asyncio.to_thread(
        lambda: [expand(query, own_tags, scope) for query, own_tags in zip(plain, tags, strict=True)]
    )


def _panel_queries(panel: PanelRecord) -> Sequence[Mapping[str, Any]]:
    if panel.query is None:
        return []
    if isinstance(panel.query, str):
        return [{"query": panel.query}]
    return [one for one in panel.query if not one.get("isHidden")]


def _query_of_params(params: QueryParams, now_ms: int) -> Query:
    if params.query is None:
        raise ValidationError.for_field("query", "is required, unless panelId is given")
    if params.variables and params.dashboard_id is None:
        raise ValidationError.for_field("variables", "go with panelId or dashboardId")
    return _make_query(params, now_ms, params.query, params.aggregation, params.tags, params.group_by)


def _query_of_panel(saved: Mapping[str, Any], params: QueryParams, now_ms: int) -> Query:
    for field, value in (
        ("query", params.query),
        ("aggregation", params.aggregation),
        ("tags", params.tags),
        ("groupBy", params.group_by),
        ("dashboardId", params.dashboard_id),
    ):
        if value is not None:
            raise ValidationError.for_field(field, "belongs to the panel and cannot be sent with panelId")
    return _make_query(params, now_ms, saved["query"], saved.get("aggregation"), None, saved.get("groupBy"))


def _make_query(
    params: QueryParams,
    now_ms: int,
    text: str,
    aggregation: str | None,
    tags: Mapping[str, str | list[str]] | None,
    group_by: Sequence[str] | None,
) -> Query:
    timezone = _parse("timezone", load_timezone, params.timezone) if params.timezone else None
    step_ms = None if params.step is None else _parse("step", parse_duration_ms, params.step)
    if step_ms == 0:
        raise ValidationError.for_field("step", "the step of a query is at least 1s")
    return Query(
        text=text,
        start_ms=_parse_time("start", params.start, now_ms, timezone),
        end_ms=_parse_time("end", params.end, now_ms, timezone),
        aggregation=None if aggregation is None else Aggregation(aggregation),
        step_ms=step_ms,
        matchers=any_of_matchers(tags or {}),
        group_by=group_by,
        timezone=timezone,
        max_series=params.max_series,
    )


def _parse_time(field: str, value: float | str, now_ms: int, timezone: ZoneInfo | None) -> int:
    try:
        return parse_time_ms(value, now_ms, timezone)
    except ValueError as error:
        raise ValidationError.for_field(field, str(error)) from error


def _parse(field: str, parse: Any, text: str) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise ValidationError.for_field(field, str(error)) from error


# ---- from the answer to JSON


def _result(answer: QueryAnswer, *, with_counts: bool | None) -> dict[str, Any]:
    series = []
    for one in answer.series:
        entry = {"name": one.name, "tags": one.labels, "values": one.values}
        if with_counts:
            entry["counts"] = one.counts
        series.append(entry)
    return {"times": answer.times_ms, "series": series}


def _meta(answer: QueryAnswer, context: WebContext, started_s: float) -> dict[str, Any]:
    return {
        "table": answer.table,
        "resolution": answer.resolution,
        "stepMs": answer.step_ms,
        "cached": answer.is_cached,
        "tookMs": _took_ms(context, started_s),
        "samplesRead": answer.samples_read,
        "seriesTotal": answer.series_total,
        "truncated": answer.is_truncated,
        "warnings": answer.warnings,
    }


def _took_ms(context: WebContext, started_s: float) -> float:
    return round((context.clock.monotonic_s() - started_s) * 1000, 2)


async def _respond(request: Request, body: dict[str, Any]) -> HTTPResponse:
    if _count_values(body["data"]) > MAX_VALUES_ON_LOOP:
        text = await asyncio.to_thread(_encode_in_pieces, body)
    else:
        text = encode_json(body)
    headers = {"Vary": "Accept-Encoding"}
    if len(text) >= MIN_PACKED_BYTES and takes_gzip(request):
        # There are no secrets in series, whose length could tell of them. Packing releases the interpreter's lock.
        text = await asyncio.to_thread(gzip.compress, text, 1, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return HTTPResponse(text, 200, headers, content_type=JSON)


def _encode_in_pieces(body: dict[str, Any]) -> bytes:
    """Series by series: one call for all of them would hold the interpreter's lock, and the event loop with it."""
    data = body["data"]
    for answer in data if isinstance(data, list) else [data]:
        columns = answer.get("data", answer)
        for result in columns if isinstance(columns, list) else [columns]:
            if "series" in result:
                result["series"] = [msgspec.Raw(encode_json(one)) for one in result["series"]]
    return encode_json(body)


def _count_values(data: Any) -> int:
    if isinstance(data, list):
        return sum(_count_values(one.get("data", one)) for one in data)
    return len(data["times"]) * len(data["series"]) if "times" in data else 0
