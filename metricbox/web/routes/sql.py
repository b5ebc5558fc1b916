"""SQL: `POST /api/v1/sql` (API.md 3). What a statement may do is the store's business; docs/sql.md tells it."""

import asyncio
from typing import Any

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from metricbox.query.sql import DEFAULT_ROWS
from metricbox.store.appdb.dashboards import list_dashboards
from metricbox.store.appdb.records import PageRequest, Role
from metricbox.store.contract import SqlTable
from metricbox.web.body import read_json
from metricbox.web.callers import Caller, require_role
from metricbox.web.context import context_of
from metricbox.web.contract import Who, contract
from metricbox.web.respond import JSON, encode_json
from metricbox.web.schemas import SqlMeta, SqlRequest, SqlResult

blueprint = Blueprint("sql")

# As of the lists of dashboards: who has more sees the newest.
MAX_DASHBOARDS = 10_000
_LEAST_INT, _MOST_INT = -(2**63), 2**64 - 1


@blueprint.post("/api/v1/sql")
@contract(
    "One SELECT over the stored metrics.",
    Who.EDITOR,
    body=SqlRequest,
    answer=SqlResult,
    meta=SqlMeta,
    errors=(422,),
    has_semantics=True,
)
async def run_sql(request: Request) -> HTTPResponse:
    """One SELECT over the stored metrics."""
    caller = require_role(request, Role.EDITOR)
    context = context_of(request)
    body = read_json(request, SqlRequest)
    started_s = context.clock.monotonic_s()
    table = await context.sql.run(
        body.sql, body.params or [], body.limit or DEFAULT_ROWS, await _list_dashboards(request, caller)
    )
    meta = {
        "truncated": table.is_truncated,
        "tookMs": round((context.clock.monotonic_s() - started_s) * 1000, 2),
        "types": table.types,
    }
    return HTTPResponse(await asyncio.to_thread(_encode, table, meta), 200, content_type=JSON)


async def _list_dashboards(request: Request, caller: Caller) -> list[tuple[str, str]]:
    visible_to = None if caller.is_admin else caller.user_id
    page = PageRequest(page=1, page_size=MAX_DASHBOARDS, search="", sort="")
    found = await context_of(request).appdb.read(
        lambda connection: list_dashboards(connection, page, visible_to)
    )
    return [(one.id, one.name) for one in found.rows]


def _encode(table: SqlTable, meta: dict[str, Any]) -> bytes:
    rows = [[_number(value) for value in row] for row in table.rows]
    return encode_json({"data": {"columns": table.columns, "rows": rows}, "meta": meta})


def _number(value: Any) -> Any:
    """Integers of more than 64 bits, which the encoder does not know, as the numbers that they are."""
    if isinstance(value, int) and not _LEAST_INT <= value <= _MOST_INT:
        return msgspec.Raw(str(value).encode())
    if isinstance(value, list):
        return [_number(one) for one in value]
    if isinstance(value, dict):
        return {key: _number(one) for key, one in value.items()}
    return value
