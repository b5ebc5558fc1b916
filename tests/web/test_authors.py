"""Who a change is put down to."""

from typing import Any

from metricbox.store.appdb.audit import AuditFilter, AuditRecord, Via, list_entries
from metricbox.store.appdb.records import PageRequest
from tests.support.api import ADMIN, EDITOR, PASSWORD, Callers, Server


async def last_entry(server: Server, **wanted: Any) -> AuditRecord:
    page = await server.context.appdb.read(
        lambda connection: list_entries(connection, PageRequest(), AuditFilter(**wanted))
    )
    return page.rows[0]


async def test_a_session_is_its_account(callers: Callers) -> None:
    await callers.editor.data("POST", "/api/v1/dashboards", {"name": "x"}, 201)
    author = (await last_entry(callers.server)).author
    user = await callers.editor.data("GET", "/api/v1/auth/me")
    assert author == (user["id"], EDITOR, Via.SESSION, "127.0.0.1", None)


async def test_a_token_is_its_owner_and_named(callers: Callers) -> None:
    await callers.admin_token.data("POST", "/api/v1/dashboards", {"name": "x"}, 201)
    author = (await last_entry(callers.server)).author
    (token,) = await callers.admin.data("GET", "/api/v1/tokens?search=admin")
    assert (author.name, author.via, author.token_id) == (ADMIN, Via.TOKEN, token["id"])


async def test_who_is_not_signed_in_is_nobody(server: Server) -> None:
    await server.set_up()
    author = (await last_entry(server, subject_type="user")).author
    assert author == (None, "", Via.NOBODY, "127.0.0.1", None)
    await server.client().post("/api/v1/auth/login", {"email": ADMIN, "password": "wrong password"})
    author = (await last_entry(server, action="sign_in_failed")).author
    assert author == (None, "", Via.NOBODY, "127.0.0.1", None)
    await server.client().post("/api/v1/auth/login", {"email": ADMIN, "password": PASSWORD})
    author = (await last_entry(server, action="sign_in")).author
    assert author.name == ADMIN
