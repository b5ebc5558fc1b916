"""What belongs to whom: nobody reaches what is another's by guessing its id, or makes it his by naming an owner."""

from typing import Any

import pytest

from tests.support.api import EDITOR, PASSWORD, Callers, Client, check_error, token_client

DASHBOARDS = "/api/v1/dashboards"
PANEL = {"title": "CPU", "type": "line", "query": "cpu"}
OTHER = "other@example.org"
# Fields of answers, which are not the caller's to set.
FOREIGN_FIELDS: dict[str, Any] = {
    "id": "00000000-0000-4000-8000-000000000000",
    "ownerId": "00000000-0000-4000-8000-000000000000",
    "createdAt": "2020-01-01T00:00:00Z",
    "updatedAt": "2020-01-01T00:00:00Z",
    "lastSeenAt": "2020-01-01T00:00:00Z",
    "lastUsedAt": "2020-01-01T00:00:00Z",
    "dashboardId": "00000000-0000-4000-8000-000000000000",
    "secret": "mbx_chosen",
    "passwordHash": "x",
    "isAdmin": True,
    "__proto__": {},
}


async def make_other_editor(callers: Callers) -> Client:
    wish = {"email": OTHER, "password": PASSWORD, "role": "editor"}
    await callers.admin.data("POST", "/api/v1/users", wish, 201)
    return await callers.server.sign_in(OTHER)


@pytest.mark.parametrize("is_public", [False, True])
async def test_an_editor_changes_nothing_of_another_editor(callers: Callers, is_public: bool) -> None:
    wish = {"name": "mine", "panels": [PANEL], "isPublic": is_public}
    made = await callers.editor.data("POST", DASHBOARDS, wish, 201)
    other = await make_other_editor(callers)
    url, panel_url = f"{DASHBOARDS}/{made['id']}", f"{DASHBOARDS}/{made['id']}/panels"
    for client in (other, await token_client(other, "read"), callers.viewer):
        for method, path, body in (
            ("PUT", url, {"version": 1, "name": "taken"}),
            ("DELETE", url, None),
            ("GET", f"{url}/history", None),
            ("POST", f"{url}/restore/1", None),
            ("POST", panel_url, PANEL),
            ("PUT", f"{panel_url}/{made['panels'][0]['id']}", {"title": "taken"}),
            ("DELETE", f"{panel_url}/{made['panels'][0]['id']}", None),
        ):
            check_error(await client.request(method, path, body), 403, "FORBIDDEN")
    for path in (url, f"{url}/export"):
        answer = await other.get(path)
        if is_public:
            assert answer.status_code == 200
        else:
            check_error(answer, 403, "FORBIDDEN")
    assert await callers.editor.data("GET", url) == made


async def test_a_panel_is_not_reached_through_a_dashboard_of_ones_own(callers: Callers) -> None:
    made = await callers.editor.data("POST", DASHBOARDS, {"name": "mine", "panels": [PANEL]}, 201)
    other = await make_other_editor(callers)
    own = await other.data("POST", DASHBOARDS, {"name": "own"}, 201)
    url = f"{DASHBOARDS}/{own['id']}"
    for method, body in (("PUT", {"title": "taken"}), ("DELETE", None)):
        answer = await other.request(method, f"{url}/panels/{made['panels'][0]['id']}", body)
        check_error(answer, 404, "NOT_FOUND")
    layout = [{"i": made["panels"][0]["id"], "x": 0, "y": 50, "w": 1, "h": 1}]
    answer = await other.put(url, {"version": 1, "layout": layout})
    check_error(answer, 400, "VALIDATION_ERROR", "layout[0].i")
    assert await callers.editor.data("GET", f"{DASHBOARDS}/{made['id']}") == made


async def test_tokens_and_sessions_of_others_are_not_there(callers: Callers) -> None:
    other = await make_other_editor(callers)
    token = await callers.editor.data("POST", "/api/v1/tokens", {"name": "mine", "scope": "read"}, 201)
    (session,) = await callers.editor.data("GET", "/api/v1/auth/sessions")
    for path in (f"/api/v1/tokens/{token['id']}", f"/api/v1/auth/sessions/{session['id']}"):
        check_error(await other.delete(path), 404, "NOT_FOUND")
    assert await other.data("GET", "/api/v1/tokens") == []
    assert (await callers.editor.data("GET", "/api/v1/auth/me"))["email"] == EDITOR
    assert (await callers.server.client(token=token["secret"]).get("/api/v1/metrics")).status_code == 200


async def test_a_demoted_owner_sees_his_dashboards_and_changes_them_no_more(callers: Callers) -> None:
    made = await callers.editor.data("POST", DASHBOARDS, {"name": "mine"}, 201)
    url = f"{DASHBOARDS}/{made['id']}"
    (user,) = await callers.admin.data("GET", f"/api/v1/users?search={EDITOR}")
    await callers.admin.data("PUT", f"/api/v1/users/{user['id']}", {"role": "viewer"})
    assert (await callers.editor.get(url)).status_code == 200
    for method, path, body in (
        ("PUT", url, {"version": 1, "name": "x"}),
        ("POST", f"{url}/restore/1", None),
        ("DELETE", url, None),
    ):
        check_error(await callers.editor.request(method, path, body), 403, "FORBIDDEN")


@pytest.mark.parametrize("field", FOREIGN_FIELDS)
async def test_fields_that_are_not_the_callers_are_refused_by_name(callers: Callers, field: str) -> None:
    """Mass assignment: in every body of an object, as a new one and as a change."""
    made = await callers.admin.data("POST", DASHBOARDS, {"name": "mine", "panels": [PANEL]}, 201)
    (user,) = await callers.admin.data("GET", f"/api/v1/users?search={EDITOR}")
    url = f"{DASHBOARDS}/{made['id']}"
    for method, path, body in (
        ("POST", DASHBOARDS, {"name": "x"}),
        ("PUT", url, {"version": 1}),
        ("POST", f"{url}/panels", PANEL),
        ("PUT", f"{url}/panels/{made['panels'][0]['id']}", {}),
        ("POST", "/api/v1/users", {"email": "n@example.org", "password": PASSWORD}),
        ("PUT", f"/api/v1/users/{user['id']}", {}),
        ("POST", "/api/v1/tokens", {"name": "x", "scope": "read"}),
        ("PUT", "/api/v1/auth/me/preferences", {}),
        ("PUT", "/api/v1/auth/password", {"currentPassword": PASSWORD, "newPassword": PASSWORD}),
        ("PUT", "/api/v1/storage/retention", {}),
    ):
        answer = await callers.admin.request(method, path, {**body, field: FOREIGN_FIELDS[field]})
        check_error(answer, 400, "VALIDATION_ERROR", field)
    assert await callers.admin.data("GET", url) == made


async def test_nobody_makes_himself_more_than_he_is(callers: Callers) -> None:
    for client in (callers.viewer, callers.editor):
        me = await client.data("GET", "/api/v1/auth/me")
        for change in ({"role": "admin"}, {"disabled": False}, {"email": "x@example.org"}):
            check_error(await client.put(f"/api/v1/users/{me['id']}", change), 403, "FORBIDDEN")
        assert await client.data("GET", "/api/v1/auth/me") == me
