"""The Sanic app of one metricbox: its routes, its limits, and what happens around every request.

Around every request: an id, the caller, the refusal of what is not open, headers, a count. Routes do the rest. Several
apps may live in one process (tests); nothing here is global.
"""

import asyncio
import itertools
import logging
import socket
import ssl
from email.utils import formatdate
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, Sanic
from sanic.config import Config
from sanic.exceptions import MethodNotAllowed
from sanic.response import BaseHTTPResponse
from sanic.router import Router

from metricbox import __version__
from metricbox.errors import ForbiddenError, MetricboxError
from metricbox.web.access import is_open
from metricbox.web.callers import require_caller
from metricbox.web.context import WebContext, context_of
from metricbox.web.credentials import find_credential, has_own_origin, is_secure, needs_own_origin
from metricbox.web.errors import ApiErrorHandler
from metricbox.web.protocol import ConnectionProtocol
from metricbox.web.respond import request_id_of
from metricbox.web.routes import (
    alert_channels,
    alert_events,
    alert_lists,
    alert_rule_files,
    alert_rules,
    alert_silences,
    audit,
    auth,
    collectd,
    dashboard_history,
    dashboard_library,
    dashboards,
    health,
    hosts,
    influx,
    ingest,
    metrics,
    openapi,
    opentsdb,
    otlp,
    pages,
    prometheus,
    push,
    query,
    remote_write,
    scrape,
    sessions,
    setup,
    sql,
    storage,
    tokens,
    transfer,
    users,
    variables,
)
from metricbox.web.services import make_services, services_of

logger = logging.getLogger(__name__)

BLUEPRINTS: tuple[Blueprint, ...] = (
    setup.blueprint,
    auth.blueprint,
    sessions.blueprint,
    users.blueprint,
    tokens.blueprint,
    dashboards.blueprint,
    dashboard_history.blueprint,
    dashboard_library.blueprint,
    variables.blueprint,
    ingest.blueprint,
    influx.blueprint,
    remote_write.blueprint,
    otlp.blueprint,
    opentsdb.blueprint,
    collectd.blueprint,
    push.blueprint,
    transfer.blueprint,
    query.blueprint,
    sql.blueprint,
    prometheus.blueprint,
    metrics.blueprint,
    hosts.blueprint,
    storage.blueprint,
    scrape.blueprint,
    alert_rule_files.blueprint,
    alert_rules.blueprint,
    alert_events.blueprint,
    alert_lists.blueprint,
    alert_silences.blueprint,
    alert_channels.blueprint,
    audit.blueprint,
    health.blueprint,
    openapi.blueprint,
    pages.blueprint,
)

# A slow agent on a bad line may take a minute for a body; a query has its own, shorter limit.
REQUEST_TIMEOUT_S = 60
RESPONSE_GRACE_S = 30
KEEP_ALIVE_TIMEOUT_S = 75
BACKLOG = 1024
COUNTED_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})

CLOSED_POLICY = "default-src 'none'; frame-ancestors 'none'"
# A year; without subdomains, which are not ours to speak for.
HSTS = "max-age=31536000"

_app_numbers = itertools.count(1)


class OwnRouter(Router):
    """HEAD works wherever GET does, as HTTP asks for; and a path may hold an @ where a route does."""

    def _get(self, path: str, method: str, host: str | None) -> Any:
        # Sanic encodes the fixed parts of routes, clients rarely do.
        path = path.replace("/job@base64/", "/job%40base64/", 1)
        try:
            return super()._get(path, method, host)
        except MethodNotAllowed:
            if method != "HEAD":
                raise
            return super()._get(path, "GET", host)


def create_app(context: WebContext) -> Sanic[Any, Any]:
    """A server that is ready for `open_server`; nothing is listening yet."""
    services = make_services(context)
    app: Sanic[Any, Any] = Sanic(
        # Sanic keeps a registry of names in the process.
        f"metricbox-{next(_app_numbers)}",
        config=_make_config(context),
        router=OwnRouter(),
        error_handler=ApiErrorHandler(_page_for_unknown_path, {prometheus.PREFIX: prometheus.make_error}),
        configure_logging=False,
    )
    app.ctx.metricbox = context
    app.ctx.services = services
    for blueprint in BLUEPRINTS:
        app.blueprint(blueprint)
    # A signal, not middleware: Sanic reads the body between the two, and nobody's body is worth reading.
    app.add_signal(_prepare, "http.routing.after")
    app.register_middleware(_finish, "response")
    app.register_listener(_start, "before_server_start")
    app.register_listener(_stop, "after_server_stop")
    return app


async def open_server(app: Any, listener: socket.socket, tls: ssl.SSLContext | None = None) -> Any:
    """Serve `app` on a socket that listens. Any: Sanic's apps and servers have no annotations for this."""
    server = await app.create_server(
        sock=listener, ssl=tls, protocol=ConnectionProtocol, backlog=BACKLOG, access_log=False
    )
    await server.startup()
    await server.before_start()
    await server.start_serving()
    return server


def _make_config(context: WebContext) -> Config:
    # No prefix: metricbox has its own settings, SANIC_* variables mean nothing to it.
    config = Config(env_prefix=None)
    config.TOUCHUP = False
    config.MOTD = False
    config.ACCESS_LOG = False
    config.AUTO_EXTEND = False
    config.REQUEST_MAX_SIZE = context.settings.max_body_bytes
    config.REQUEST_TIMEOUT = REQUEST_TIMEOUT_S
    config.RESPONSE_TIMEOUT = context.settings.query_timeout // 1000 + RESPONSE_GRACE_S
    config.KEEP_ALIVE_TIMEOUT = KEEP_ALIVE_TIMEOUT_S
    return config


async def _start(app: Any) -> None:
    app.ctx.saving = asyncio.create_task(app.ctx.services.auth.run_saving(), name="activity")


async def _stop(app: Any) -> None:
    app.ctx.saving.cancel()
    await asyncio.gather(app.ctx.saving, return_exceptions=True)
    try:
        await app.ctx.services.auth.save_activity()
    except MetricboxError as error:
        # A broken disk must not keep the metric store from being closed.
        logger.warning("times of last use were not saved: %s", error)
    app.ctx.services.hosts.close()


async def _prepare(request: Request, **_route: Any) -> None:
    """Who is calling, and whether this may go on at all. Before the body is read."""
    # Before the caller is looked up: what a foreign page makes a browser send is not the user's.
    if needs_own_origin(request) and not has_own_origin(request):
        raise ForbiddenError(
            "This request came from another site than this server's own pages and was refused."
        )
    credential = find_credential(request)
    if credential is not None:
        request.ctx.caller = await services_of(request).auth.identify(credential)
        request.ctx.has_bad_credentials = request.ctx.caller is None
        request.ctx.is_session = credential.is_session and request.ctx.caller is not None
    if not is_open(request):
        require_caller(request)


async def _finish(request: Request, response: BaseHTTPResponse) -> None:
    """Headers that every answer has, and the count."""
    headers = response.headers
    # Pages take the server's clock from it, since a browser's own may be off.
    headers["Date"] = formatdate(context_of(request).clock.now_ms() // 1000, usegmt=True)
    headers["X-Request-Id"] = request_id_of(request)
    headers["X-Metricbox-Version"] = __version__
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Referrer-Policy", "same-origin")
    # The page has a policy of its own; whatever else is opened in a browser may load, run and be framed by nothing.
    headers.setdefault("Content-Security-Policy", CLOSED_POLICY)
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if is_secure(request):
        headers["Strict-Transport-Security"] = HSTS
    if request.path.startswith(("/api/", "/prometheus/")):
        headers.setdefault("Cache-Control", "no-store")
    if getattr(request.ctx, "is_session", False) and response.status < 400 and not response.cookies:
        services_of(request).auth.renew_cookie(request, response)
    method = request.method if request.method in COUNTED_METHODS else "other"
    context_of(request).metrics.requests.labels(method, str(response.status)).inc()


def _page_for_unknown_path(request: Request) -> HTTPResponse | None:
    """The application itself, with status 404, for a person; None for programs, which get JSON."""
    if request.method not in {"GET", "HEAD"} or "text/html" not in str(request.headers.get("accept", "")):
        return None
    if f"{request.path}/".startswith(("/api/", "/static/", "/prometheus/")):
        return None
    assets = services_of(request).assets
    return assets.page_response(request, status=404) if assets.page() else None
