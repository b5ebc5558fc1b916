"""The first account: whether one is needed, and making it. Open to anyone until there is one."""

from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import ConflictError, ForbiddenError
from metricbox.store.appdb.first_account import create_first_admin
from metricbox.store.appdb.users import Credentials, has_users
from metricbox.web.answers import user_answer
from metricbox.web.authors import author_of
from metricbox.web.body import read_json
from metricbox.web.callers import find_caller, may_explore
from metricbox.web.context import context_of
from metricbox.web.contract import Who, contract
from metricbox.web.credentials import has_foreign_origin, is_local, source_of
from metricbox.web.dashboard_library import make_starter
from metricbox.web.respond import data_response
from metricbox.web.schemas import AccountMeta, SetupRequest, SetupState, User
from metricbox.web.services import services_of

blueprint = Blueprint("setup", url_prefix="/api/v1/setup")

# The name under which wrong codes are counted; no e-mail address can be this.
_THROTTLE_NAME = "set-up code"


@blueprint.get("/")
@contract("Whether a first account is needed.", Who.ANYONE, answer=SetupState)
async def get_setup(request: Request) -> HTTPResponse:
    is_needed = not await context_of(request).appdb.read(has_users)
    caller = find_caller(request)
    return data_response(
        {
            "needed": is_needed,
            "codeRequired": is_needed and not is_local(request),
            "signedIn": caller is not None and caller.acts_as_account,
            "agent": is_needed and context_of(request).settings.agent,
        }
    )


@blueprint.post("/")
@contract(
    "Make the first account, an admin, and sign it in.",
    Who.ANYONE,
    body=SetupRequest,
    answer=User,
    meta=AccountMeta,
    status=201,
    errors=(409, 429),
    has_semantics=True,
)
async def create_first_account(request: Request) -> HTTPResponse:
    """Who comes first is settled in one transaction; all others get 409. The new admin is signed in."""
    context, services = context_of(request), services_of(request)
    if has_foreign_origin(request):
        raise ForbiddenError(
            "This request came from another site than this server's own pages and was refused."
        )
    wish = read_json(request, SetupRequest)
    if await context.appdb.read(has_users):
        raise ConflictError("metricbox is set up already. Sign in instead.")
    if not is_local(request):
        _check_code(request, wish.code)
    password_hash = await services.passwords.hash(wish.password)
    now_ms = context.clock.now_ms()
    by = author_of(request)
    user = await context.appdb.write(
        lambda connection: create_first_admin(
            connection,
            email=wish.email,
            password_hash=password_hash,
            by=by,
            now_ms=now_ms,
            make_starter=make_starter,
        )
    )
    secret = await services.auth.open_session(
        Credentials(user, password_hash),
        by._replace(user_id=user.id, name=user.email),
        user_agent=str(request.headers.get("user-agent", "")),
    )
    response = data_response(user_answer(user), {"mayExplore": may_explore(request, user.role)}, status=201)
    services.auth.set_cookie(request, response, secret)
    return response


def _check_code(request: Request, code: str | None) -> None:
    throttle, source = services_of(request).throttle, source_of(request)
    throttle.check(_THROTTLE_NAME, source)
    if not code:
        raise ForbiddenError("Send the one-time set-up code, which the server printed when it started.")
    if not context_of(request).setup_code.matches(code):
        throttle.note_failure(_THROTTLE_NAME, source)
        raise ForbiddenError("This is not the set-up code. The server printed it when it started.")
