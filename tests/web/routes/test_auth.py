"""Signing in and out, and the own account."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from metricbox.web import schemas
from tests.support.api import ADMIN, EDITOR, PASSWORD, VIEWER, Callers, Client, Server, check_error

LOGIN = "/api/v1/auth/login"
DAY_MS = 86_400_000


async def _fail(client: Client, email: str = ADMIN) -> int:
    answer = await client.post(LOGIN, {"email": email, "password": "wrong password"})
    return answer.status_code


async def test_signing_in_sets_a_cookie_that_scripts_and_other_sites_cannot_use(callers: Callers) -> None:
    client = callers.server.client()
    answer = await client.post(LOGIN, {"email": ADMIN.upper(), "password": PASSWORD})
    assert answer.status_code == 200
    schemas.User.model_validate(answer.json()["data"])
    cookie = answer.headers["set-cookie"]
    assert re.fullmatch(r"metricbox_session=[A-Za-z0-9_-]{43}; .*", cookie)
    for part in ("Path=/", "HttpOnly", "SameSite=Lax", f"Max-Age={30 * 86_400}"):
        assert part in cookie
    assert "Secure" not in cookie
    assert (await client.data("GET", "/api/v1/auth/me"))["email"] == ADMIN


async def test_unknown_account_disabled_account_and_wrong_password_answer_alike(callers: Callers) -> None:
    viewer = next(u for u in await callers.admin.data("GET", "/api/v1/users") if u["email"] == VIEWER)
    await callers.admin.data("PUT", f"/api/v1/users/{viewer['id']}", {"disabled": True})
    texts = set()
    for email, password in (("no@example.org", PASSWORD), (EDITOR, "canary-password"), (VIEWER, PASSWORD)):
        answer = await callers.anonymous.post(LOGIN, {"email": email, "password": password})
        texts.add(check_error(answer, 401, "UNAUTHORIZED"))
        assert password not in answer.text
        assert "set-cookie" not in answer.headers
    assert len(texts) == 1


async def test_failures_slow_down_the_account_from_that_address_only(callers: Callers) -> None:
    """Trap B177. The test's second address is another loopback one."""
    client = callers.server.client()
    assert [await _fail(client) for _ in range(4)] == [401, 401, 401, 429]
    right = {"email": ADMIN, "password": PASSWORD}
    answer = await client.post(LOGIN, right)
    check_error(answer, 429, "TOO_MANY_REQUESTS")
    assert answer.headers["retry-after"] == "1"
    assert await _fail(client, EDITOR) == 401, "another account from there is not slowed down"
    transport = httpx.AsyncHTTPTransport(local_address="127.0.0.2")
    async with httpx.AsyncClient(base_url=callers.server.url, transport=transport) as elsewhere:
        assert (await elsewhere.post(LOGIN, json=right)).status_code == 200
        elsewhere.cookies.clear()
        forwarded = await elsewhere.post(LOGIN, json=right, headers={"X-Forwarded-For": "127.0.0.1"})
        assert forwarded.status_code == 200, "a forwarding header is not believed"


async def test_the_delay_grows_and_a_success_ends_it(callers: Callers) -> None:
    client, clock = callers.server.client(), callers.server.clock
    for _ in range(3):
        assert await _fail(client) == 401
    waits = []
    for _ in range(4):
        answer = await client.post(LOGIN, {"email": ADMIN, "password": PASSWORD})
        waits.append(int(answer.headers["retry-after"]))
        clock.advance_ms(waits[-1] * 1000)
        assert await _fail(client) == 401
    assert waits == [1, 2, 4, 8]
    clock.advance_ms(16_000)
    assert (await client.post(LOGIN, {"email": ADMIN, "password": PASSWORD})).status_code == 200
    assert [await _fail(client) for _ in range(3)] == [401, 401, 401]


async def test_guessing_in_parallel_gains_nothing(callers: Callers) -> None:
    client = callers.server.client()
    statuses = await asyncio.gather(*(_fail(client) for _ in range(30)))
    assert statuses.count(401) <= 5
    assert set(statuses) == {401, 429}


async def test_fifty_parallel_logins_all_succeed(callers: Callers) -> None:
    """Trap B188."""
    clients = await asyncio.gather(*(callers.server.sign_in(EDITOR) for _ in range(50)))
    users = await asyncio.gather(*(client.data("GET", "/api/v1/auth/me") for client in clients))
    assert {user["email"] for user in users} == {EDITOR}


async def test_a_new_login_ends_the_session_that_the_browser_had(callers: Callers) -> None:
    old = callers.editor.http.cookies["metricbox_session"]
    await callers.editor.data("POST", LOGIN, {"email": EDITOR, "password": PASSWORD})
    stale = callers.server.client()
    stale.http.cookies["metricbox_session"] = old
    check_error(await stale.get("/api/v1/auth/me"), 401, "UNAUTHORIZED")
    assert (await callers.editor.get("/api/v1/auth/me")).status_code == 200


async def test_logging_out_ends_the_session_and_is_open_to_all(callers: Callers) -> None:
    secret = callers.editor.http.cookies["metricbox_session"]
    answer = await callers.editor.post("/api/v1/auth/logout")
    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    stale = callers.server.client()
    stale.http.cookies["metricbox_session"] = secret
    check_error(await stale.get("/api/v1/auth/me"), 401, "UNAUTHORIZED")
    assert (await callers.anonymous.post("/api/v1/auth/logout")).status_code == 204


async def test_a_session_lasts_while_it_is_used_and_ends_when_it_is_not(callers: Callers) -> None:
    clock = callers.server.clock
    for _ in range(4):
        clock.advance_ms(20 * DAY_MS)
        assert (await callers.editor.get("/api/v1/auth/me")).status_code == 200
    clock.advance_ms(30 * DAY_MS)
    check_error(await callers.editor.get("/api/v1/auth/me"), 401, "UNAUTHORIZED")


async def test_the_cookie_is_renewed_while_the_session_is_used(callers: Callers) -> None:
    assert "set-cookie" not in (await callers.editor.get("/api/v1/auth/me")).headers
    callers.server.clock.advance_ms(DAY_MS)
    assert "set-cookie" in (await callers.editor.get("/api/v1/auth/me")).headers
    assert "set-cookie" not in (await callers.editor.get("/api/v1/auth/me")).headers


async def test_me_is_for_accounts(callers: Callers) -> None:
    check_error(await callers.anonymous.get("/api/v1/auth/me"), 401, "UNAUTHORIZED")
    check_error(await callers.read_token.get("/api/v1/auth/me"), 403, "FORBIDDEN")
    check_error(await callers.ingest_token.get("/api/v1/auth/me"), 403, "FORBIDDEN")
    assert (await callers.admin_token.data("GET", "/api/v1/auth/me"))["email"] == ADMIN


async def test_a_new_password_ends_the_other_sessions(callers: Callers) -> None:
    other = await callers.server.sign_in(EDITOR)
    wish = {"currentPassword": PASSWORD, "newPassword": "another good one"}
    assert (await callers.editor.put("/api/v1/auth/password", wish)).status_code == 204
    assert (await callers.editor.get("/api/v1/auth/me")).status_code == 200
    check_error(await other.get("/api/v1/auth/me"), 401, "UNAUTHORIZED")
    check_error(await other.post(LOGIN, {"email": EDITOR, "password": PASSWORD}), 401, "UNAUTHORIZED")
    await callers.server.sign_in(EDITOR, "another good one")


async def test_a_new_password_needs_the_old_one(callers: Callers) -> None:
    wish = {"currentPassword": "canary-password", "newPassword": "another good one"}
    for _ in range(3):
        answer = await callers.editor.put("/api/v1/auth/password", wish)
        check_error(answer, 400, "VALIDATION_ERROR", "currentPassword")
        assert "canary" not in answer.text
    check_error(await callers.editor.put("/api/v1/auth/password", wish), 429, "TOO_MANY_REQUESTS")
    short = {"currentPassword": PASSWORD, "newPassword": "short"}
    check_error(
        await callers.viewer.put("/api/v1/auth/password", short), 400, "VALIDATION_ERROR", "newPassword"
    )


async def test_preferences_change_by_the_named_fields_and_belong_to_the_account(callers: Callers) -> None:
    path = "/api/v1/auth/me/preferences"
    assert await callers.viewer.data("GET", path) == {}
    await callers.viewer.data("PUT", path, {"theme": "dark", "starred": ["a"]})
    merged = await callers.viewer.data("PUT", path, {"timezone": "Europe/Berlin", "theme": None})
    assert merged == {"starred": ["a"], "timezone": "Europe/Berlin"}
    schemas.Preferences.model_validate(merged)
    assert await callers.viewer.data("GET", path) == merged
    assert await callers.editor.data("GET", path) == {}


@pytest.mark.parametrize(
    ("body", "field"),
    [({"theme": "pink"}, "theme"), ({"timezone": "Mars/Base"}, "timezone"), ({"colour": 1}, "colour")],
)
async def test_bad_preferences_are_named(server: Server, body: dict[str, object], field: str) -> None:
    admin = await server.set_up()
    check_error(await admin.put("/api/v1/auth/me/preferences", body), 400, "VALIDATION_ERROR", field)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://", None])
async def test_a_change_with_the_cookie_from_a_foreign_or_unnamed_page_is_refused(
    callers: Callers, origin: str | None
) -> None:
    callers.editor.origin = origin
    wish = {"name": "x"}
    check_error(await callers.editor.post("/api/v1/dashboards", wish), 403, "FORBIDDEN")
    check_error(await callers.editor.post("/api/v1/auth/logout"), 403, "FORBIDDEN")
    assert (await callers.editor.get("/api/v1/auth/me")).status_code == 200


async def test_a_tls_proxy_in_front_is_no_foreign_page(callers: Callers) -> None:
    callers.editor.origin = callers.server.url.replace("http:", "https:")
    assert (await callers.editor.post("/api/v1/dashboards", {"name": "x"})).status_code == 201


async def test_a_foreign_page_cannot_sign_anybody_in(callers: Callers) -> None:
    client = callers.server.client(origin="http://evil.example")
    check_error(await client.post(LOGIN, {"email": ADMIN, "password": PASSWORD}), 403, "FORBIDDEN")


async def test_guessing_the_own_password_in_parallel_gains_nothing(callers: Callers) -> None:
    """Who holds a session does not get to know the password by it."""
    wish = {"currentPassword": "wrong password", "newPassword": "another good one"}
    answers = await asyncio.gather(*(callers.editor.put("/api/v1/auth/password", wish) for _ in range(30)))
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(400) <= 5
    assert set(statuses) == {400, 429}


@pytest.mark.parametrize("change", [{"disabled": True}, {"password": "set by the admin"}])
async def test_a_login_under_way_does_not_outlive_the_change_that_ends_sessions(
    callers: Callers, change: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password was right when it was checked; the account changes before the session is made."""
    (user,) = await callers.admin.data("GET", f"/api/v1/users?search={EDITOR}")
    passwords = callers.server.app.ctx.services.passwords
    verify = passwords.verify

    async def verify_late(*arguments: Any, **options: Any) -> bool:
        is_right: bool = await verify(*arguments, **options)
        monkeypatch.setattr(passwords, "verify", verify)
        await callers.admin.data("PUT", f"/api/v1/users/{user['id']}", change)
        return is_right

    monkeypatch.setattr(passwords, "verify", verify_late)
    answer = await callers.server.client().post(LOGIN, {"email": EDITOR, "password": PASSWORD})
    check_error(answer, 401, "UNAUTHORIZED")
    assert "set-cookie" not in answer.headers
    left = await callers.server.context.appdb.read(
        lambda connection: (
            connection.execute("select count(*) from sessions where user_id = ?", (user["id"],)).get
        )
    )
    assert left == 0
