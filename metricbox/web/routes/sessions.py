"""The own sessions: which browsers are signed in, and signing them out."""

from sanic import Blueprint, HTTPResponse, Request

from metricbox.store.appdb import sessions
from metricbox.store.appdb.database import Connection
from metricbox.store.appdb.records import Page, SessionRecord
from metricbox.store.appdb.tokens import hash_secret
from metricbox.web.answers import session_answer
from metricbox.web.authors import author_of
from metricbox.web.callers import Caller, require_signed_in
from metricbox.web.context import context_of
from metricbox.web.contract import PAGE, ListMeta, Who, contract, sort_of
from metricbox.web.credentials import SESSION_COOKIE
from metricbox.web.respond import empty_response, list_response, read_page
from metricbox.web.schemas import Session
from metricbox.web.services import services_of

blueprint = Blueprint("sessions", url_prefix="/api/v1/auth/sessions")


@blueprint.get("/")
@contract(
    "Browsers that are signed in to the own account.",
    Who.SIGNED_IN,
    answer=list[Session],
    meta=ListMeta,
    query=(*PAGE, sort_of("createdAt", "lastSeenAt")),
)
async def list_sessions(request: Request) -> HTTPResponse:
    caller = require_signed_in(request)
    context, auth = context_of(request), services_of(request).auth
    page_request, now_ms = read_page(request), context.clock.now_ms()
    await auth.save_activity()

    def read(connection: Connection) -> tuple[Page[SessionRecord], str | None]:
        page = sessions.list_sessions(
            connection, caller.user_id, page_request, now_ms=now_ms, lifetime_ms=auth.lifetime_ms
        )
        return page, _find_current_id(connection, request, caller)

    page, current_id = await context.appdb.read(read)
    return list_response(page, page_request, lambda session: session_answer(session, current_id))


@blueprint.delete("/")
@contract("Sign the own account out everywhere.", Who.SIGNED_IN)
async def delete_sessions(request: Request) -> HTTPResponse:
    """Ends the session that asks, too. Tokens go on."""
    caller = require_signed_in(request)
    by, now_ms = author_of(request), context_of(request).clock.now_ms()
    await context_of(request).appdb.write(
        lambda connection: sessions.delete_sessions_of(connection, caller.user_id, by=by, now_ms=now_ms)
    )
    response = empty_response()
    if caller.scope is None:
        services_of(request).auth.clear_cookie(request, response)
    return response


@blueprint.delete("/<session_id:str>")
@contract("Sign one browser out.", Who.SIGNED_IN, errors=(404,))
async def delete_session(request: Request, session_id: str) -> HTTPResponse:
    """Of the own account; somebody else's session is not there."""
    caller = require_signed_in(request)
    by, now_ms = author_of(request), context_of(request).clock.now_ms()
    await context_of(request).appdb.write(
        lambda connection: sessions.delete_session_by_id(
            connection, caller.user_id, session_id, by=by, now_ms=now_ms
        )
    )
    return empty_response()


def _find_current_id(connection: Connection, request: Request, caller: Caller) -> str | None:
    secret = request.cookies.get(SESSION_COOKIE)
    if caller.scope is not None or not secret:
        return None
    session = sessions.find_session(connection, hash_secret(secret))
    return session.id if session else None
