"""Accounts, for admins."""

import asyncio
from typing import Any

import pytest

from metricbox.web import schemas
from tests.support.api import ADMIN, EDITOR, PASSWORD, VIEWER, Callers, check_error, check_list, token_client

PATH = "/api/v1/users"
NEW = {"email": "new@example.org", "password": PASSWORD}


async def _user(callers: Callers, email: str) -> dict[str, Any]:
    users = await callers.admin.data("GET", PATH)
    return next(user for user in users if user["email"] == email)


async def _url(callers: Callers, email: str) -> str:
    return f"{PATH}/{(await _user(callers, email))['id']}"


async def test_only_admins_manage_accounts(callers: Callers) -> None:
    url = await _url(callers, VIEWER)
    for method, path, body in (
        ("GET", PATH, None),
        ("POST", PATH, NEW),
        ("GET", url, None),
        ("PUT", url, {"role": "admin"}),
        ("DELETE", url, None),
    ):
        check_error(await callers.anonymous.request(method, path, body), 401, "UNAUTHORIZED")
        for client in (callers.editor, callers.viewer, callers.ingest_token, callers.read_token):
            check_error(await client.request(method, path, body), 403, "FORBIDDEN")
    assert (await _user(callers, VIEWER))["role"] == "viewer"


async def test_accounts_are_listed_newest_first_and_in_pages(callers: Callers) -> None:
    rows = check_list(await callers.admin.get(PATH), schemas.User)
    assert [row["email"] for row in rows] == [VIEWER, EDITOR, ADMIN]
    answer = await callers.admin_token.get(f"{PATH}?pageSize=2&page=2&sort=email")
    assert [row["email"] for row in check_list(answer, schemas.User)] == [VIEWER]
    assert answer.json()["meta"] == {"total": 3, "page": 2, "pageSize": 2}
    assert [row["email"] for row in await callers.admin.data("GET", f"{PATH}?search=EDIT")] == [EDITOR]
    assert await callers.admin.data("GET", f"{PATH}?search=%25") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"),
        ("page=x", "page"),
        ("pageSize=201", "pageSize"),
        ("pageSize=-1", "pageSize"),
        ("page=1&page=2", "page"),
        ("page=9999999999999999", "page"),
        ("sort=password", "sort"),
        ("search=" + "x" * 300, "search"),
    ],
)
async def test_bad_pages_are_named(callers: Callers, query: str, field: str) -> None:
    check_error(await callers.admin.get(f"{PATH}?{query}"), 400, "VALIDATION_ERROR", field)


async def test_a_new_account_can_sign_in(callers: Callers) -> None:
    answer = await callers.admin.post(PATH, NEW)
    assert answer.status_code == 201
    user = answer.json()["data"]
    schemas.User.model_validate(user)
    assert (user["role"], user["disabled"], user["lastSeenAt"]) == ("viewer", False, None)
    assert PASSWORD not in answer.text
    client = await callers.server.sign_in(NEW["email"])
    assert await client.data("GET", "/api/v1/auth/me") == user
    seen = await callers.admin.data("GET", f"{PATH}?search=new")
    assert seen[0]["lastSeenAt"] == "2026-11-25T10:00:00.000Z"


async def test_an_address_is_taken_whatever_its_case(callers: Callers) -> None:
    await callers.admin.data("POST", PATH, NEW, 201)
    again = {**NEW, "email": "NEW@Example.org"}
    check_error(await callers.admin.post(PATH, again), 409, "CONFLICT")
    url = await _url(callers, VIEWER)
    check_error(await callers.admin.put(url, {"email": NEW["email"]}), 409, "CONFLICT")
    assert (await callers.admin.put(url, {"email": VIEWER.upper()})).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "a b@example.org"}, "email"),
        ({"role": "owner"}, "role"),
        ({"password": "short"}, "password"),
        ({"disabled": "yes"}, "disabled"),
        ({"id": "x"}, "id"),
    ],
)
async def test_bad_input_is_named(callers: Callers, body: dict[str, object], field: str) -> None:
    check_error(await callers.admin.post(PATH, {**NEW, **body}), 400, "VALIDATION_ERROR", field)
    url = await _url(callers, VIEWER)
    check_error(await callers.admin.put(url, body), 400, "VALIDATION_ERROR", field)


async def test_a_role_changes_at_once_for_open_sessions(callers: Callers) -> None:
    check_error(await callers.viewer.post("/api/v1/dashboards", {"name": "x"}), 403, "FORBIDDEN")
    await callers.admin.data("PUT", await _url(callers, VIEWER), {"role": "editor"})
    await callers.viewer.data("POST", "/api/v1/dashboards", {"name": "x"}, 201)


async def test_disabling_ends_sessions_and_stops_tokens_at_once(callers: Callers) -> None:
    token = await token_client(callers.editor, "ingest")
    sample = {"metrics": [{"name": "a", "value": 1}]}
    assert (await token.post("/api/v1/metrics", sample)).status_code == 202
    url = await _url(callers, EDITOR)
    await callers.admin.data("PUT", url, {"disabled": True})
    check_error(await token.post("/api/v1/metrics", sample), 401, "UNAUTHORIZED")
    check_error(await callers.editor.get("/api/v1/auth/me"), 401, "UNAUTHORIZED")
    await callers.admin.data("PUT", url, {"disabled": False})
    assert (await token.post("/api/v1/metrics", sample)).status_code == 202
    check_error(await callers.editor.get("/api/v1/auth/me"), 401, "UNAUTHORIZED")


async def test_a_password_set_by_an_admin_ends_the_sessions(callers: Callers) -> None:
    await callers.admin.data("PUT", await _url(callers, EDITOR), {"password": "set by the admin"})
    check_error(await callers.editor.get("/api/v1/auth/me"), 401, "UNAUTHORIZED")
    await callers.server.sign_in(EDITOR, "set by the admin")


async def test_the_last_admin_stays(callers: Callers) -> None:
    url = await _url(callers, ADMIN)
    for change in ({"role": "editor"}, {"disabled": True}):
        check_error(await callers.admin.put(url, change), 409, "CONFLICT")
    check_error(await callers.admin.delete(url), 409, "CONFLICT")
    await callers.admin.data("PUT", await _url(callers, EDITOR), {"role": "admin", "disabled": True})
    check_error(await callers.admin.delete(url), 409, "CONFLICT")
    await callers.admin.data("PUT", await _url(callers, EDITOR), {"disabled": False})
    assert (await callers.admin.delete(url)).status_code == 204
    check_error(await callers.admin.get("/api/v1/auth/me"), 401, "UNAUTHORIZED")


async def test_dashboards_of_a_deleted_account_go_to_the_admin_who_deletes_it(callers: Callers) -> None:
    dashboard = await callers.editor.data("POST", "/api/v1/dashboards", {"name": "kept"}, 201)
    admin = await _user(callers, ADMIN)
    assert (await callers.admin.delete(await _url(callers, EDITOR))).status_code == 204
    kept = await callers.admin.data("GET", f"/api/v1/dashboards/{dashboard['id']}")
    assert kept["ownerId"] == admin["id"]
    check_error(await callers.ingest_token.post("/api/v1/metrics", {}), 401, "UNAUTHORIZED")


async def test_an_unknown_account_is_not_found(callers: Callers) -> None:
    for method, body in (("GET", None), ("PUT", {}), ("DELETE", None)):
        check_error(await callers.admin.request(method, f"{PATH}/none", body), 404, "NOT_FOUND")


@pytest.mark.parametrize("field", ["email", "password", "role", "disabled"])
async def test_null_means_nothing_here_and_is_refused(callers: Callers, field: str) -> None:
    before = await _user(callers, VIEWER)
    answer = await callers.admin.put(await _url(callers, VIEWER), {field: None})
    assert "must not be null" in check_error(answer, 400, "VALIDATION_ERROR", field)
    assert await _user(callers, VIEWER) == before


async def test_two_admins_who_demote_each_other_leave_one(callers: Callers) -> None:
    await callers.admin.data("PUT", await _url(callers, EDITOR), {"role": "admin"})
    urls = [await _url(callers, ADMIN), await _url(callers, EDITOR)]
    answers = await asyncio.gather(*(callers.admin_token.put(url, {"role": "viewer"}) for url in urls))
    assert sorted(answer.status_code for answer in answers)[0] == 200
    rows = await callers.server.context.appdb.read(
        lambda connection: connection.execute("select count(*) from users where role = 'admin'").get
    )
    assert rows == 1
