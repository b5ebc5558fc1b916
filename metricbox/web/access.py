"""Deny by default: the table of what may be asked for by nobody in particular. Pure.

Every other route answers 401 to an anonymous caller before its handler runs (traps B166, B174). Routes in the table
that show more to some look at the caller themselves, as said beside them.
"""

import re

from sanic import Request

_READ = frozenset({"GET", "HEAD"})
_POST = frozenset({"POST"})

# Path with `:` for each variable part -> methods.
OPEN_ROUTES = {
    # The browser's pages hold no data; they ask the API.
    "/": _READ,
    "/login": _READ,
    "/setup": _READ,
    "/explore": _READ,
    "/hosts": _READ,
    "/alerts": _READ,
    "/alerts/:": _READ,
    "/settings": _READ,
    "/settings/:": _READ,
    "/dashboard/:": _READ,
    "/dashboard/:/panel/:": _READ,
    "/static/:": _READ,
    "/favicon.ico": _READ,
    # Alive or not, and nothing else.
    "/health": _READ,
    "/ping": _READ,
    "/influx/ping": _READ,
    # The handler asks for a login unless the caller is on this machine.
    "/ready": _READ,
    "/metrics": _READ,
    # The same for every metricbox of this version.
    "/api/v1/openapi.json": _READ,
    # The way in.
    "/api/v1/setup": _READ | _POST,
    "/api/v1/auth/login": _POST,
    "/api/v1/auth/logout": _POST,
    # The handler shows public dashboards to all, others to whom they belong.
    "/api/v1/dashboards/:": _READ,
    "/api/v1/dashboards/:/variables/values": _POST,
    # The handler answers panels of public dashboards to all, anything else to readers.
    "/api/v1/query": _POST,
    "/api/v1/query/batch": _POST,
}

_VARIABLE = re.compile(r"<[^>]*>")


def template_of(uri: str) -> str:
    """`/dashboard/:` from Sanic's `/dashboard/<dashboard_id:str>`."""
    return "/" + _VARIABLE.sub(":", uri).strip("/")


def is_open(request: Request) -> bool:
    """Whether the route may be used without an account. Unknown paths are open: they answer 404 to all."""
    if request.route is None:
        return True
    return request.method in OPEN_ROUTES.get(template_of(request.route.path), frozenset())
