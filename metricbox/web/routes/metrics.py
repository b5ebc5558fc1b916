"""What metrics there are, with which tags and values: the lists behind pickers (API.md 3).

A name in a path is percent-encoded, since it may hold `/`. It is decoded here: whether Sanic's `unquote=True` does
so depends on the order in which it meets the routes.
"""

import asyncio
from urllib.parse import unquote

from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import NotFoundError
from metricbox.store.appdb.records import Page
from metricbox.store.contract import MetricDefinition, MetricStore
from metricbox.web.callers import require_read
from metricbox.web.context import context_of
from metricbox.web.respond import data_response, list_response, read_page, slice_response

blueprint = Blueprint("metrics")


@blueprint.get("/api/v1/metrics")
async def list_metrics(request: Request) -> HTTPResponse:
    require_read(request)
    page = read_page(request)
    store = context_of(request).store
    found = await asyncio.to_thread(store.list_metrics, page.search, page.offset, page.page_size)
    return list_response(Page(found.total, found.metrics), page, _show)


@blueprint.get("/api/v1/metrics/<name:str>/tags")
async def list_tags(request: Request, name: str) -> HTTPResponse:
    require_read(request)
    store = context_of(request).store
    return data_response(await asyncio.to_thread(_count_names, store, unquote(name)))


@blueprint.get("/api/v1/metrics/<name:str>/tags/<key:str>")
async def list_tag_values(request: Request, name: str, key: str) -> HTTPResponse:
    require_read(request)
    page = read_page(request)
    store = context_of(request).store
    counts = await asyncio.to_thread(_count_values, store, unquote(name), unquote(key), page.search)
    return slice_response(list(counts), page, str)


def _count_names(store: MetricStore, name: str) -> dict[str, int]:
    _require_metric(store, name)
    return dict(store.count_label_names(name))


def _count_values(store: MetricStore, name: str, key: str, search: str) -> dict[str, int]:
    _require_metric(store, name)
    return dict(store.count_label_values(name, key, search))


def _require_metric(store: MetricStore, name: str) -> None:
    if not store.has_metric(name):
        raise NotFoundError("There is no such metric; nothing was ever pushed under this name.")


def _show(metric: MetricDefinition) -> dict[str, object]:
    return {
        "name": metric.name,
        "type": metric.type,
        "unit": metric.unit,
        "description": metric.description,
        "seriesCount": metric.series_count,
    }
