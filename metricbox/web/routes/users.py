"""Accounts, for admins. The last admin who can sign in cannot be deleted, disabled or demoted (409)."""

from sanic import Blueprint, HTTPResponse, Request

from metricbox.store.appdb import users
from metricbox.store.appdb.records import Role
from metricbox.web.answers import user_answer
from metricbox.web.authors import author_of
from metricbox.web.body import read_json
from metricbox.web.callers import require_role
from metricbox.web.context import context_of
from metricbox.web.contract import Who, contract, list_of
from metricbox.web.respond import data_response, empty_response, list_response, read_page
from metricbox.web.schemas import User, UserCreate, UserUpdate
from metricbox.web.services import services_of

blueprint = Blueprint("users", url_prefix="/api/v1/users")


@blueprint.get("/")
@contract("Accounts.", Who.ADMIN, **list_of(User, sort=("email", "role", "createdAt", "lastSeenAt")))
async def list_users(request: Request) -> HTTPResponse:
    require_role(request, Role.ADMIN)
    page_request = read_page(request)
    await services_of(request).auth.save_activity()
    page = await context_of(request).appdb.read(lambda connection: users.list_users(connection, page_request))
    return list_response(page, page_request, user_answer)


@blueprint.post("/")
@contract(
    "Make an account.", Who.ADMIN, body=UserCreate, answer=User, status=201, errors=(409,), has_semantics=True
)
async def create_user(request: Request) -> HTTPResponse:
    require_role(request, Role.ADMIN)
    context = context_of(request)
    wish = read_json(request, UserCreate)
    password_hash = await services_of(request).passwords.hash(wish.password)
    by, now_ms = author_of(request), context.clock.now_ms()
    user = await context.appdb.write(
        lambda connection: users.create_user(
            connection,
            email=wish.email,
            role=Role(wish.role),
            password_hash=password_hash,
            by=by,
            now_ms=now_ms,
        )
    )
    return data_response(user_answer(user), status=201)


@blueprint.get("/<user_id:str>")
@contract("One account.", Who.ADMIN, answer=User)
async def get_user(request: Request, user_id: str) -> HTTPResponse:
    require_role(request, Role.ADMIN)
    user = await context_of(request).appdb.read(lambda connection: users.get_user(connection, user_id))
    return data_response(user_answer(user))


@blueprint.put("/<user_id:str>")
@contract("Change an account.", Who.ADMIN, body=UserUpdate, answer=User, errors=(409,), has_semantics=True)
async def update_user(request: Request, user_id: str) -> HTTPResponse:
    require_role(request, Role.ADMIN)
    wish = read_json(request, UserUpdate)
    password_hash = None
    if wish.password is not None:
        password_hash = await services_of(request).passwords.hash(wish.password)
    by, now_ms = author_of(request), context_of(request).clock.now_ms()
    user = await context_of(request).appdb.write(
        lambda connection: users.update_user(
            connection,
            user_id,
            by=by,
            now_ms=now_ms,
            email=wish.email,
            role=None if wish.role is None else Role(wish.role),
            is_disabled=wish.disabled,
            password_hash=password_hash,
        )
    )
    return data_response(user_answer(user))


@blueprint.delete("/<user_id:str>")
@contract("Delete an account.", Who.ADMIN, errors=(409,))
async def delete_user(request: Request, user_id: str) -> HTTPResponse:
    """Its dashboards go to the admin who deletes it."""
    caller = require_role(request, Role.ADMIN)
    by, now_ms = author_of(request), context_of(request).clock.now_ms()
    await context_of(request).appdb.write(
        lambda connection: users.delete_user(
            connection, user_id, heir_id=caller.user_id, by=by, now_ms=now_ms
        )
    )
    return empty_response()
