"""The own sessions."""

from metricbox.web import schemas
from tests.support.api import EDITOR, Callers, check_error, check_list

PATH = "/api/v1/auth/sessions"
ME = "/api/v1/auth/me"


async def test_everyone_lists_his_own(callers: Callers) -> None:
    callers.server.clock.advance_ms(60_000)
    other = await callers.server.sign_in(EDITOR)
    rows = check_list(await other.get(PATH), schemas.Session)
    assert [(row["createdAt"], row["current"]) for row in rows] == [
        ("2026-11-25T10:01:00.000Z", True),
        ("2026-11-25T10:00:00.000Z", False),
    ]
    assert {row["source"] for row in rows} == {"127.0.0.1"}
    assert "httpx" in rows[0]["userAgent"]
    rows = check_list(await callers.editor.get(f"{PATH}?sort=createdAt"), schemas.Session)
    assert [row["current"] for row in rows] == [True, False]
    assert rows[0]["lastSeenAt"] == "2026-11-25T10:01:00.000Z"
    assert len(await callers.viewer.data("GET", PATH)) == 1
    by_token = await callers.admin_token.data("GET", PATH)
    assert [row["current"] for row in by_token] == [False]
    check_error(await callers.editor.get(f"{PATH}?sort=source"), 400, "VALIDATION_ERROR", "sort")


async def test_sessions_are_for_accounts(callers: Callers) -> None:
    for method, path in (("GET", PATH), ("DELETE", PATH), ("DELETE", f"{PATH}/none")):
        check_error(await callers.anonymous.request(method, path), 401, "UNAUTHORIZED")
        for client in (callers.read_token, callers.ingest_token):
            check_error(await client.request(method, path), 403, "FORBIDDEN")


async def test_one_session_is_ended_by_its_id(callers: Callers) -> None:
    other = await callers.server.sign_in(EDITOR)
    own_id = next(row["id"] for row in await other.data("GET", PATH) if row["current"])
    for stranger in (callers.viewer, callers.admin):
        check_error(await stranger.delete(f"{PATH}/{own_id}"), 404, "NOT_FOUND")
    assert (await callers.editor.delete(f"{PATH}/{own_id}")).status_code == 204
    check_error(await other.get(ME), 401, "UNAUTHORIZED")
    assert (await callers.editor.get(ME)).status_code == 200
    check_error(await callers.editor.delete(f"{PATH}/{own_id}"), 404, "NOT_FOUND")


async def test_signing_out_everywhere_ends_them_all_and_no_token(callers: Callers) -> None:
    other = await callers.server.sign_in(EDITOR)
    answer = await callers.editor.delete(PATH)
    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    for client in (other, callers.editor):
        check_error(await client.get(ME), 401, "UNAUTHORIZED")
    assert (await callers.viewer.get(ME)).status_code == 200
    sample = {"metrics": [{"name": "a", "value": 1}]}
    assert (await callers.ingest_token.post("/api/v1/metrics", sample)).status_code == 202


async def test_what_has_expired_is_not_listed(callers: Callers) -> None:
    callers.server.clock.advance_ms(20 * 86_400_000)
    await callers.editor.get(ME)
    callers.server.clock.advance_ms(20 * 86_400_000)
    assert len(await callers.editor.data("GET", PATH)) == 1
    assert await callers.admin_token.data("GET", PATH) == []


async def test_a_foreign_page_ends_nothing(callers: Callers) -> None:
    callers.editor.origin = "http://evil.example"
    check_error(await callers.editor.delete(PATH), 403, "FORBIDDEN")
    assert (await callers.editor.get(ME)).status_code == 200
