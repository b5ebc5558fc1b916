"""API tokens: everyone's own, and all of them for admins. The secret is in the answer to POST and nowhere else."""

from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import ForbiddenError, NotFoundError, ValidationError
from metricbox.ingest.relabelling import check_rules
from metricbox.query.times import parse_time_ms
from metricbox.store.appdb import tokens
from metricbox.store.appdb.database import Connection
from metricbox.store.appdb.records import Scope
from metricbox.web.answers import token_answer
from metricbox.web.authors import author_of
from metricbox.web.body import read_json
from metricbox.web.callers import Caller, require_signed_in
from metricbox.web.context import context_of
from metricbox.web.contract import Who, contract, list_of
from metricbox.web.fields import TimeInput
from metricbox.web.respond import data_response, empty_response, list_response, read_page
from metricbox.web.schemas import ApiToken, ApiTokenCreate, ApiTokenCreated
from metricbox.web.services import services_of

blueprint = Blueprint("tokens", url_prefix="/api/v1/tokens")


@blueprint.get("/")
@contract(
    "Own tokens; all for admins.",
    Who.SIGNED_IN,
    **list_of(ApiToken, sort=("name", "scope", "createdAt", "lastUsedAt", "expiresAt")),
)
async def list_tokens(request: Request) -> HTTPResponse:
    caller = require_signed_in(request)
    page_request = read_page(request)
    await services_of(request).auth.save_activity()
    owner_id = None if caller.is_admin else caller.user_id
    page = await context_of(request).appdb.read(
        lambda connection: tokens.list_tokens(connection, page_request, owner_id)
    )
    return list_response(page, page_request, token_answer)


@blueprint.post("/")
@contract(
    "Make a token; no later answer has its secret.",
    Who.SIGNED_IN,
    body=ApiTokenCreate,
    answer=ApiTokenCreated,
    status=201,
    has_semantics=True,
)
async def create_token(request: Request) -> HTTPResponse:
    caller = require_signed_in(request)
    context = context_of(request)
    wish = read_json(request, ApiTokenCreate)
    scope = Scope(wish.scope)
    if not caller.may_make_token(scope):
        msg = f"Your role, {caller.role}, does not allow tokens of scope {scope}. Ask an admin."
        raise ForbiddenError(msg)
    _check_limits(wish, caller, context.settings.max_series_per_token)
    rules = _read_rules(wish)
    by, now_ms = author_of(request), context.clock.now_ms()
    expires_ms = _read_expiry(wish.expires_at, now_ms)
    token = await context.appdb.write(
        lambda connection: tokens.create_token(
            connection,
            name=wish.name,
            scope=scope,
            owner_id=caller.user_id,
            by=by,
            now_ms=now_ms,
            expires_ms=expires_ms,
            metric_prefix=wish.metric_prefix or "",
            max_series=wish.max_series,
            relabel=rules,
        )
    )
    return data_response({**token_answer(token.record), "secret": token.secret}, status=201)


@blueprint.delete("/<token_id:str>")
@contract("Revoke a token.", Who.OWN)
async def delete_token(request: Request, token_id: str) -> HTTPResponse:
    """Works at once. Somebody else's token is not there for those who may not list it."""
    caller = require_signed_in(request)
    by, now_ms = author_of(request), context_of(request).clock.now_ms()

    def revoke(connection: Connection) -> None:
        token = tokens.get_token(connection, token_id)
        if not caller.is_admin and token.owner_id != caller.user_id:
            raise NotFoundError("There is no such token.")
        tokens.delete_token(connection, token_id, by=by, now_ms=now_ms)

    await context_of(request).appdb.write(revoke)
    return empty_response()


def _check_limits(wish: ApiTokenCreate, caller: Caller, setting: int) -> None:
    for field, value in (
        ("metricPrefix", wish.metric_prefix),
        ("maxSeries", wish.max_series),
        ("relabel", wish.relabel),
    ):
        if value is not None and wish.scope != "ingest":
            raise ValidationError.for_field(field, "goes with scope ingest alone")
    # A cap that its owner may lift is none.
    if setting and wish.max_series is not None and wish.max_series > setting and not caller.is_admin:
        raise ValidationError.for_field(
            "maxSeries",
            f"must be at most {setting}, the setting max_series_per_token; an admin may give more",
        )


def _read_rules(wish: ApiTokenCreate) -> str:
    rules = [rule.model_dump(exclude_none=True) for rule in wish.relabel or []]
    try:
        return check_rules(rules)
    except ValueError as error:
        raise ValidationError.for_field("relabel", str(error)) from error


def _read_expiry(value: TimeInput | None, now_ms: int) -> int | None:
    if value is None:
        return None
    try:
        expires_ms = parse_time_ms(value, now_ms)
    except ValueError as error:
        raise ValidationError.for_field("expiresAt", str(error)) from error
    if expires_ms <= now_ms:
        raise ValidationError.for_field("expiresAt", "must be in the future")
    return expires_ms
