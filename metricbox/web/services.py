"""What the web package itself makes for one server, beside the context that app.py hands in."""

from dataclasses import dataclass
from typing import cast

from sanic import Request

from metricbox.query.hosts.service import HostService
from metricbox.web.assets import Assets
from metricbox.web.auth import Authenticator
from metricbox.web.context import WebContext
from metricbox.web.passwords import Passwords
from metricbox.web.throttle import Throttle


@dataclass(frozen=True, slots=True, kw_only=True)
class WebServices:
    auth: Authenticator
    assets: Assets
    passwords: Passwords
    throttle: Throttle
    hosts: HostService
    started_ms: int
    started_s: float
    """Of the monotonic clock, for the uptime."""


def make_services(context: WebContext) -> WebServices:
    return WebServices(
        auth=Authenticator(context.appdb, context.clock, context.settings.session_lifetime),
        assets=Assets(context.settings.assets_dir),
        passwords=Passwords(),
        throttle=Throttle(context.clock),
        hosts=HostService(context.store, context.clock, context.settings),
        started_ms=context.clock.now_ms(),
        started_s=context.clock.monotonic_s(),
    )


def services_of(request: Request) -> WebServices:
    return cast("WebServices", request.app.ctx.services)
