"""What metrics there are, with which tags and values: the lists behind pickers (API.md 3).

Names tell much of what a box does, so viewers without the setting `explore` get none of these lists, as under
/prometheus; variables of a dashboard offer what their dashboard shows.

A name in a path is percent-encoded, since it may hold `/`. It is decoded here: whether Sanic's `unquote=True` does
so depends on the order in which it meets the routes.
"""

import asyncio
from urllib.parse import unquote

from pydantic import Field
from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import NotFoundError, ValidationError
from metricbox.store.appdb.audit import Action, Subject, SubjectType, note
from metricbox.store.appdb.database import Connection
from metricbox.store.appdb.records import Page, Role
from metricbox.store.contract import MetricBranch, MetricDefinition, MetricDetails, MetricOrder, MetricStore
from metricbox.web.authors import author_of
from metricbox.web.body import read_json
from metricbox.web.callers import require_explore, require_role
from metricbox.web.context import context_of
from metricbox.web.contract import PAGE, ListMeta, Parameter, Who, contract, list_of
from metricbox.web.respond import data_response, list_response, read_arg, read_page, slice_page
from metricbox.web.schemas import MetricBranch as MetricBranchAnswer
from metricbox.web.schemas import MetricChange
from metricbox.web.schemas import MetricDefinition as MetricAnswer

blueprint = Blueprint("metrics")


class TagValuesMeta(ListMeta):
    """Which part of a list this is, and how often each of its values is met."""

    counts: list[int] = Field(description="Series that have each value, in the order of the values.")


MAX_PREFIX_CHARS = 255
PREFIX = Parameter(
    "prefix", {"type": "string", "maxLength": MAX_PREFIX_CHARS}, "What the names begin with; all without it."
)
METRIC = {
    "name": Parameter("name", {"type": "string"}, "Name of the metric, percent-encoded.", is_required=True)
}
TAG = {"key": Parameter("key", {"type": "string"}, "Name of the tag, percent-encoded.", is_required=True)}


@blueprint.get("/api/v1/metrics")
@contract(
    "What metrics there are.",
    Who.READ,
    **list_of(
        MetricAnswer, sort=tuple(MetricOrder), unsorted="by name, those first that begin as searched for,"
    ),
)
async def list_metrics(request: Request) -> HTTPResponse:
    require_explore(request)
    page = read_page(request)
    order = _read_order(page.sort)
    store = context_of(request).store
    found = await asyncio.to_thread(
        store.list_metrics,
        page.search,
        page.offset,
        page.page_size,
        order,
        is_descending=page.sort.startswith("-"),
    )
    return list_response(Page(found.total, found.metrics), page, _show)


# Not under /metrics/, where a metric may have this name.
@blueprint.get("/api/v1/metric-tree")
@contract(
    "The next parts of metric names.",
    Who.READ,
    query=(*PAGE, PREFIX),
    answer=list[MetricBranchAnswer],
    meta=ListMeta,
)
async def list_branches(request: Request) -> HTTPResponse:
    """Of any number of names, since it goes from branch to branch."""
    require_explore(request)
    page = read_page(request)
    prefix = read_arg(request, "prefix")
    if len(prefix) > MAX_PREFIX_CHARS:
        raise ValidationError.for_field("prefix", f"must have at most {MAX_PREFIX_CHARS} characters")
    store = context_of(request).store
    found = await asyncio.to_thread(store.list_metric_branches, prefix, page.offset, page.page_size)
    return list_response(Page(found.total, found.branches), page, _show_branch)


@blueprint.patch("/api/v1/metrics/<name:str>")
@contract(
    "Say of what type and unit a metric is, and what it means.",
    Who.EDITOR,
    path=METRIC,
    body=MetricChange,
    answer=MetricAnswer,
    errors=(404,),
)
async def change_metric(request: Request, name: str) -> HTTPResponse:
    """Goes before what senders say of it."""
    require_role(request, Role.EDITOR)
    context = context_of(request)
    changes = _changes(read_json(request, MetricChange))
    metric, by, now_ms = unquote(name), author_of(request), context.clock.now_ms()

    def change(connection: Connection) -> MetricDefinition:
        # Inside the transaction of the audit trail and as its last step: what the store refuses leaves no entry.
        before = _get_metric(context.store, metric)
        after = before._replace(
            **{field: value for field, value in changes._asdict().items() if value is not None}
        )
        subject = Subject(SubjectType.METRIC, metric, metric)
        note(connection, by, now_ms, Action.CHANGE, subject, before=_fields(before), after=_fields(after))
        return context.store.change_metric(metric, changes)

    return data_response(_show(await context.appdb.write(change)))


@blueprint.get("/api/v1/metrics/<name:str>/tags")
@contract(
    "Names of a metric's tags, with the number of their values.", Who.READ, path=METRIC, answer=dict[str, int]
)
async def list_tags(request: Request, name: str) -> HTTPResponse:
    require_explore(request)
    store = context_of(request).store
    return data_response(await asyncio.to_thread(_count_names, store, unquote(name)))


@blueprint.get("/api/v1/metrics/<name:str>/tags/<key:str>")
@contract("Values of a tag.", Who.READ, path=METRIC | TAG, **list_of(str) | {"meta": TagValuesMeta})
async def list_tag_values(request: Request, name: str, key: str) -> HTTPResponse:
    require_explore(request)
    page = read_page(request)
    store = context_of(request).store
    counts = await asyncio.to_thread(_count_values, store, unquote(name), unquote(key), page.search)
    part = slice_page(list(counts.items()), page)
    meta = {
        "total": part.total,
        "page": page.page,
        "pageSize": page.page_size,
        "counts": [count for _, count in part.rows],
    }
    return data_response([value for value, _ in part.rows], meta)


def _count_names(store: MetricStore, name: str) -> dict[str, int]:
    _require_metric(store, name)
    return dict(store.count_label_names(name))


def _count_values(store: MetricStore, name: str, key: str, search: str) -> dict[str, int]:
    _require_metric(store, name)
    return dict(store.count_label_values(name, key, search))


def _read_order(sort: str) -> MetricOrder | None:
    name = sort.removeprefix("-")
    if not sort:
        return None
    if name not in tuple(MetricOrder):
        raise ValidationError.for_field(
            "sort", f"must be one of {', '.join(MetricOrder)}, with - in front to turn it"
        )
    return MetricOrder(name)


def _changes(wish: MetricChange) -> MetricDetails:
    named = wish.model_fields_set
    return MetricDetails(
        type=(wish.type or "unknown") if "type" in named else None,
        unit=(wish.unit or "") if "unit" in named else None,
        description=(wish.description or "") if "description" in named else None,
    )


def _get_metric(store: MetricStore, name: str) -> MetricDefinition:
    found = store.find_metric(name)
    if found is None:
        raise _no_such_metric()
    return found


def _fields(metric: MetricDefinition) -> dict[str, object]:
    return {"type": metric.type, "unit": metric.unit, "description": metric.description}


def _require_metric(store: MetricStore, name: str) -> None:
    if not store.has_metric(name):
        raise _no_such_metric()


def _no_such_metric() -> NotFoundError:
    return NotFoundError("There is no such metric; nothing was ever pushed under this name.")


def _show(metric: MetricDefinition) -> dict[str, object]:
    return {
        "name": metric.name,
        "type": metric.type,
        "unit": metric.unit,
        "description": metric.description,
        "seriesCount": metric.series_count,
    }


def _show_branch(branch: MetricBranch) -> dict[str, object]:
    metric = None if branch.metric is None else _show(branch.metric)
    return {"prefix": branch.prefix, "count": branch.metric_count, "metric": metric}
