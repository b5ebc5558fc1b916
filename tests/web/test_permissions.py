"""The ladder: every route with every kind of caller, by real requests, allowed and refused as its contract declares.

Bodies are empty, so that what is allowed changes little: a 400 is as good as a success. Each request is made by a
session of its own, since some routes end the one that they are called with.
"""

import re
from typing import Any

import pytest

from metricbox.store.appdb.users import find_credentials
from metricbox.web.contract import ALLOWED, CallerKind, Who
from metricbox.web.credentials import SESSION_COOKIE
from metricbox.web.openapi import Operation, iter_operations
from tests.support.api import ADMIN, EDITOR, VIEWER, Callers, Client
from tests.support.authors import AUTHOR

UNKNOWN = "00000000-0000-4000-8000-000000000000"
ELSEWHERE = {"Host": "box.example"}
SESSIONS = {CallerKind.VIEWER: VIEWER, CallerKind.EDITOR: EDITOR, CallerKind.ADMIN: ADMIN}
TOKENS = {
    CallerKind.READ_TOKEN: "read_token",
    CallerKind.INGEST_TOKEN: "ingest_token",
    CallerKind.ADMIN_TOKEN: "admin_token",
}


def list_operations(callers: Callers) -> list[Operation]:
    return list(iter_operations(callers.server.app.router.routes))


async def client_of(callers: Callers, kind: CallerKind) -> Client:
    """A caller whose session, if any, is fresh."""
    if kind in TOKENS:
        return getattr(callers, TOKENS[kind])
    client = callers.server.client()
    if kind in SESSIONS:
        found = await callers.server.context.appdb.read(
            lambda connection: find_credentials(connection, SESSIONS[kind])
        )
        assert found is not None
        secret = await callers.server.app.ctx.services.auth.open_session(found, AUTHOR)
        client.http.cookies.set(SESSION_COOKIE, secret)
    return client


async def make_objects(callers: Callers) -> dict[str, str]:
    """Objects of an editor, by the names of path parts: a dashboard that is not public, its panel, a token."""
    editor = await client_of(callers, CallerKind.EDITOR)
    panel = {"type": "line", "query": "up"}
    dashboard = await editor.data("POST", "/api/v1/dashboards", {"name": "mine", "panels": [panel]}, 201)
    token = await editor.data("POST", "/api/v1/tokens", {"name": "mine", "scope": "read"}, 201)
    return {
        "dashboardId": dashboard["id"],
        "panelId": dashboard["panels"][0]["id"],
        "tokenId": token["id"],
        "version": "1",
    }


def url_of(operation: Operation, objects: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda part: objects.get(part[1], UNKNOWN), operation.path)


async def status_of(callers: Callers, operation: Operation, kind: CallerKind, headers: Any) -> int:
    is_about_object = operation.contract.who in {Who.SIGHT, Who.OWN, Who.OWNER}
    objects = await make_objects(callers) if is_about_object else {}
    client = await client_of(callers, kind)
    has_body = operation.contract.body is not None and operation.method != "GET"
    answer = await client.request(
        operation.method, url_of(operation, objects), {} if has_body else None, headers=headers
    )
    return answer.status_code


@pytest.mark.parametrize("kind", CallerKind)
async def test_every_route_lets_in_whom_its_contract_names_and_nobody_else(
    callers: Callers, kind: CallerKind
) -> None:
    for operation in list_operations(callers):
        who = operation.contract.who
        # From elsewhere, as far as the server can see: this machine may do more.
        headers = ELSEWHERE if who is Who.LOCAL else {}
        status = await status_of(callers, operation, kind, headers)
        told = (operation.method, operation.path, kind, status)
        assert status < 500, told
        if kind in ALLOWED[who]:
            assert status not in {401, 403}, told
        elif kind is CallerKind.ANONYMOUS:
            assert status == 401, told
        else:
            # Somebody else's token is not there at all for those who may not list it.
            assert status == 403 or (who is Who.OWN and status == 404), told


async def test_a_public_dashboard_is_seen_by_all_and_changed_by_none_of_them(callers: Callers) -> None:
    wish = {"name": "for all", "isPublic": True}
    dashboard = await callers.editor.data("POST", "/api/v1/dashboards", wish, 201)
    for operation in list_operations(callers):
        if operation.contract.who is not Who.SIGHT:
            continue
        for kind in CallerKind:
            client = await client_of(callers, kind)
            url = url_of(operation, {"dashboardId": dashboard["id"]})
            assert (await client.request(operation.method, url)).status_code == 200, (operation.path, kind)


async def test_a_wrong_token_opens_what_is_open_and_nothing_else(callers: Callers) -> None:
    client = callers.server.client(token="mbx_wrong", origin=None)
    for operation in list_operations(callers):
        if operation.contract.who in {Who.ANYONE, Who.LOCAL}:
            continue
        answer = await client.request(operation.method, url_of(operation, {}))
        assert answer.status_code == 401, operation.path
        assert "mbx_wrong" not in answer.text
