"""Deny by default: every route that the server has, with every kind of caller (traps B166, B174)."""

import re
from typing import Any

import pytest

from metricbox.web.access import OPEN_ROUTES, template_of
from tests.support.api import Callers, Server

# What a caller of this kind may not do at all, whatever the body: method and path template.
READ_ONLY = {"viewer", "read_token"}
CHANGES_BY_VIEWERS = {
    # Their own account, and their own tokens.
    ("PUT", "/api/v1/auth/password"),
    ("PUT", "/api/v1/auth/me/preferences"),
    ("DELETE", "/api/v1/auth/sessions"),
    ("DELETE", "/api/v1/auth/sessions/:"),
    ("POST", "/api/v1/tokens"),
    ("DELETE", "/api/v1/tokens/:"),
    ("POST", "/query"),
    ("POST", "/influx/query"),
}
# Queries, in a form because they may be long. SQL is for editors and is not among them.
QUERIES = {
    ("POST", f"/prometheus/api/v1/{name}")
    for name in ("query", "query_range", "format_query", "series", "labels", "query_exemplars")
} | {("POST", "/api/v1/export")}
INGEST_DOORS = re.compile(
    r"/api/v1/metrics|(/influx)?/(write|query|api/v2/write)|/api/v1/(write|push)|/api/prom/push|/receive"
    r"|/metrics/job(%40base64)?/:|/api/v1/import(/prometheus)?"
    r"|(/influx)?/api/(v3/write_lp|v2/(query|delete))|(/opentsdb)?/api/put|/collectd"
    r"|((/api/v1)?/otlp|/opentelemetry)?/v1/metrics|/opentelemetry/api/v1/push"
)


def _routes(server: Server) -> list[tuple[str, str]]:
    """(method, path template) of everything that is registered."""
    routes: Any = server.app.router.routes
    return sorted((method, template_of(route.path)) for route in routes for method in route.methods)


def _url(template: str) -> str:
    return template.replace(":", "00000000-0000-4000-8000-000000000000")


async def test_nobody_gets_past_what_is_not_open(callers: Callers) -> None:
    closed = [
        (method, path)
        for method, path in _routes(callers.server)
        if method not in OPEN_ROUTES.get(path, frozenset())
    ]
    assert len(closed) > 20
    for client in (callers.anonymous, callers.server.client(token="mbx_wrong")):
        for method, path in closed:
            answer = await client.request(method, _url(path))
            assert answer.status_code == 401, (method, path)
            assert answer.headers["www-authenticate"]


async def test_the_table_of_open_routes_names_real_routes_only(server: Server) -> None:
    real = {path for _, path in _routes(server)}
    assert set(OPEN_ROUTES) <= real


async def test_an_ingest_token_opens_the_ingest_doors_only(callers: Callers) -> None:
    for method, path in _routes(callers.server):
        is_open = method in OPEN_ROUTES.get(path, frozenset())
        if (
            is_open
            or (INGEST_DOORS.fullmatch(path) and method in {"POST", "PUT", "DELETE"})
            or path.endswith(("/query", "/api/v2/buckets"))
        ):
            continue
        answer = await callers.ingest_token.request(method, _url(path))
        assert answer.status_code == 403, (method, path)


@pytest.mark.parametrize("who", ["viewer", "read_token"])
async def test_who_may_only_read_changes_nothing(callers: Callers, who: str) -> None:
    client = getattr(callers, who)
    for method, path in _routes(callers.server):
        if method == "GET" or method in OPEN_ROUTES.get(path, frozenset()):
            continue
        if (method, path) in QUERIES or (who == "viewer" and (method, path) in CHANGES_BY_VIEWERS):
            continue
        answer = await client.request(method, _url(path))
        assert answer.status_code == 403, (method, path)


async def test_an_admin_is_refused_nothing(callers: Callers) -> None:
    for method, path in _routes(callers.server):
        if path.startswith("/api/v1/auth/"):
            continue
        answer = await callers.admin.request(method, _url(path))
        assert answer.status_code not in {401, 403, 500}, (method, path, answer.text)


async def test_no_route_fails_on_a_body_that_it_does_not_expect(callers: Callers) -> None:
    bodies = [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"{",
        b'{"a":NaN}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ]
    for method, path in _routes(callers.server):
        if method == "GET" or path.startswith("/api/v1/auth/log"):
            continue
        for body in bodies:
            headers = {"Content-Type": "application/json"}
            answer = await callers.admin.request(method, _url(path), content=body, headers=headers)
            assert answer.status_code < 500, (method, path, body[:20], answer.text)
