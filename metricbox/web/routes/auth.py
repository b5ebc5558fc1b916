"""Signing in and out, and the own account: who am I, password, preferences."""

import json

from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import ForbiddenError, UnauthorizedError, ValidationError
from metricbox.store.appdb import users
from metricbox.store.appdb.database import Connection
from metricbox.store.appdb.sessions import note_failed_sign_in
from metricbox.web.answers import user_answer
from metricbox.web.authors import author_of
from metricbox.web.body import read_json
from metricbox.web.callers import may_explore, require_signed_in
from metricbox.web.context import context_of
from metricbox.web.contract import Who, contract
from metricbox.web.credentials import SESSION_COOKIE, has_foreign_origin, source_of
from metricbox.web.respond import data_response, empty_response
from metricbox.web.schemas import AccountMeta, LoginRequest, PasswordChange, Preferences, User
from metricbox.web.services import services_of

blueprint = Blueprint("auth", url_prefix="/api/v1/auth")


@blueprint.post("/login")
@contract(
    "Sign in; sets the session cookie.",
    Who.ANYONE,
    body=LoginRequest,
    answer=User,
    meta=AccountMeta,
    errors=(401, 429),
)
async def login(request: Request) -> HTTPResponse:
    """One sentence, and one amount of work, for an unknown account, a disabled one and a wrong password."""
    context, services = context_of(request), services_of(request)
    if has_foreign_origin(request):
        raise ForbiddenError(
            "This request came from another site than this server's own pages and was refused."
        )
    wish = read_json(request, LoginRequest)
    account, source = users.email_key(wish.email), source_of(request)
    services.throttle.check(account, source)
    found = await context.appdb.read(lambda connection: users.find_credentials(connection, wish.email))
    is_right = await services.passwords.verify(
        wish.password,
        found.password_hash if found else None,
        gate=lambda: services.throttle.check(account, source),
    )
    if found is None or not is_right or found.user.is_disabled:
        services.throttle.note_failure(account, source)
        await _note_failure(request, found, is_right=is_right)
        raise UnauthorizedError("E-mail or password is wrong.")
    services.throttle.note_success(account, source)
    secret = await services.auth.open_session(
        found,
        author_of(request)._replace(user_id=found.user.id, name=found.user.email),
        user_agent=_user_agent(request),
        replaced=request.cookies.get(SESSION_COOKIE),
    )
    response = data_response(user_answer(found.user), {"mayExplore": may_explore(request, found.user.role)})
    services.auth.set_cookie(request, response, secret)
    return response


async def _note_failure(request: Request, found: users.Credentials | None, *, is_right: bool) -> None:
    reason = "unknown account" if found is None else "disabled account" if is_right else "wrong password"
    user = found.user if found else None
    by, now_ms = author_of(request), context_of(request).clock.now_ms()
    await context_of(request).appdb.write(
        lambda connection: note_failed_sign_in(connection, user, reason, by, now_ms)
    )


def _user_agent(request: Request) -> str:
    return str(request.headers.get("user-agent", ""))


@blueprint.post("/logout")
@contract("End the session that the cookie names.", Who.ANYONE)
async def logout(request: Request) -> HTTPResponse:
    """Open to all: ending a session that has ended is no error."""
    auth = services_of(request).auth
    secret = request.cookies.get(SESSION_COOKIE)
    if secret:
        await auth.close_session(secret, author_of(request))
    response = empty_response()
    auth.clear_cookie(request, response)
    return response


@blueprint.get("/me")
@contract("The own account.", Who.SIGNED_IN, answer=User, meta=AccountMeta)
async def get_me(request: Request) -> HTTPResponse:
    caller = require_signed_in(request)
    user = await context_of(request).appdb.read(lambda connection: users.get_user(connection, caller.user_id))
    return data_response(user_answer(user), {"mayExplore": may_explore(request, user.role)})


@blueprint.put("/password")
@contract("Change the own password.", Who.SIGNED_IN, body=PasswordChange, errors=(429,), has_semantics=True)
async def change_password(request: Request) -> HTTPResponse:
    """Ends all sessions of the account; the one that asked goes on under a new secret."""
    caller = require_signed_in(request)
    context, services = context_of(request), services_of(request)
    wish = read_json(request, PasswordChange)
    account, source = users.email_key(caller.email), source_of(request)
    services.throttle.check(account, source)
    found = await context.appdb.read(lambda connection: users.get_credentials(connection, caller.user_id))
    is_right = await services.passwords.verify(
        wish.current_password,
        found.password_hash,
        gate=lambda: services.throttle.check(account, source),
    )
    if not is_right:
        services.throttle.note_failure(account, source)
        raise ValidationError.for_field("currentPassword", "is not the password of this account")
    services.throttle.note_success(account, source)
    password_hash = await services.passwords.hash(wish.new_password)
    by, now_ms = author_of(request), context.clock.now_ms()
    user = await context.appdb.write(
        lambda connection: users.update_user(
            connection, caller.user_id, by=by, now_ms=now_ms, password_hash=password_hash
        )
    )
    response = empty_response()
    if caller.scope is None:
        secret = await services.auth.open_session(
            users.Credentials(user, password_hash), by, user_agent=_user_agent(request)
        )
        services.auth.set_cookie(request, response, secret)
    return response


@blueprint.get("/me/preferences")
@contract("What follows the own account from browser to browser.", Who.SIGNED_IN, answer=Preferences)
async def get_preferences(request: Request) -> HTTPResponse:
    caller = require_signed_in(request)
    text = await context_of(request).appdb.read(
        lambda connection: users.load_preferences(connection, caller.user_id)
    )
    return data_response(json.loads(text))


@blueprint.put("/me/preferences")
@contract("Change preferences.", Who.SIGNED_IN, body=Preferences, answer=Preferences, has_semantics=True)
async def save_preferences(request: Request) -> HTTPResponse:
    """Changes the named fields; null takes one back."""
    caller = require_signed_in(request)
    wish = read_json(request, Preferences)
    changes = wish.model_dump(by_alias=True, exclude_unset=True)

    def merge(connection: Connection) -> dict[str, object]:
        merged = {**json.loads(users.load_preferences(connection, caller.user_id)), **changes}
        kept = {name: value for name, value in merged.items() if value is not None}
        users.save_preferences(connection, caller.user_id, json.dumps(kept))
        return kept

    return data_response(await context_of(request).appdb.write(merge))
