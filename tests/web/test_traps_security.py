"""Section G of the known traps, and the usual ways in: each tried over HTTP against a whole server.

Those of public dashboards are in test_public_dashboards.py, of secrets in test_secrets.py, of rights in
test_permissions.py, of the browser's redirects in tests/browser/test_sign_in.py.
"""

import asyncio
import threading
import uuid
from pathlib import Path
from typing import Any

import argon2
import pytest

from metricbox.store.appdb.sessions import find_session
from metricbox.web import passwords
from metricbox.web.assets import Assets
from tests.support.api import (
    ADMIN,
    EDITOR,
    PASSWORD,
    VIEWER,
    Callers,
    Client,
    Server,
    check_error,
    token_client,
)

LOGIN = "/api/v1/auth/login"
NO_SUCH_ID = "00000000-0000-4000-8000-000000000000"


async def raw_exchange(server: Server, request: bytes) -> str:
    """What comes back for these bytes, until the server closes."""
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    await writer.drain()
    text = await asyncio.wait_for(reader.read(), 15)
    writer.close()
    return text.decode("latin-1")


# ---- sessions


async def test_a_session_id_is_made_at_sign_in_and_never_taken_from_the_client(callers: Callers) -> None:
    """Session fixation: an id that was planted before stays worthless, and one that was good ends."""
    client = callers.server.client()
    client.http.cookies.set("metricbox_session", "planted-by-somebody-else")
    await client.data("POST", LOGIN, {"email": VIEWER, "password": PASSWORD})
    first = client.http.cookies.get("metricbox_session", domain="127.0.0.1")
    assert first
    assert "planted" not in first
    planted = callers.server.client()
    planted.http.cookies.set("metricbox_session", "planted-by-somebody-else")
    check_error(await planted.get("/api/v1/auth/me"), 401, "UNAUTHORIZED")
    again = await client.post(
        LOGIN, {"email": VIEWER, "password": PASSWORD}, headers={"Cookie": f"metricbox_session={first}"}
    )
    assert again.cookies["metricbox_session"] != first
    old = await callers.anonymous.get("/api/v1/auth/me", headers={"Cookie": f"metricbox_session={first}"})
    check_error(old, 401, "UNAUTHORIZED")


async def test_session_ids_are_long_random_and_stored_hashed(callers: Callers) -> None:
    """B163."""
    ids = set()
    for _ in range(5):
        client = await callers.server.sign_in(VIEWER)
        ids.add(client.http.cookies["metricbox_session"])
    assert len(ids) == 5
    assert all(len(one) >= 43 for one in ids)
    appdb = callers.server.context.appdb
    for one in ids:
        assert await appdb.read(lambda connection, one=one: find_session(connection, one.encode())) is None  # type: ignore[misc]
    content = b"".join(path.read_bytes() for path in appdb.path.parent.glob("metricbox.sqlite*"))
    assert not any(one.encode() in content for one in ids)


async def test_a_session_that_a_restored_backup_holds_does_not_open_another_account(callers: Callers) -> None:
    """B163: the cookie of a session that the restored database does not know is nobody's."""
    cookie = callers.editor.http.cookies["metricbox_session"]
    appdb = callers.server.context.appdb
    await appdb.write(lambda connection: connection.execute("delete from sessions"))
    answer = await callers.anonymous.get("/api/v1/auth/me", headers={"Cookie": f"metricbox_session={cookie}"})
    check_error(answer, 401, "UNAUTHORIZED")


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(server: Server) -> None:
    await server.set_up()
    answer = await server.client().post(LOGIN, {"email": ADMIN, "password": PASSWORD})
    attributes = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= attributes
    assert "secure" not in attributes  # plain HTTP; under HTTPS see test_server_listening.py
    assert not any(attribute.startswith("domain") for attribute in attributes)


# ---- credentials


async def test_a_token_in_a_url_opens_nothing_but_influxs_own_doors(callers: Callers) -> None:
    secret = callers.admin_token.http.headers["authorization"].removeprefix("Bearer ")
    for name in ("p", "token", "access_token", "api_key", "authorization", "metricbox_session"):
        for path in ("/api/v1/auth/me", "/api/v1/users", "/prometheus/api/v1/labels", "/api/v1/status"):
            answer = await callers.anonymous.get(path, params={name: secret})
            assert answer.status_code == 401
            assert secret not in answer.text


async def test_wrong_credentials_are_not_echoed(callers: Callers) -> None:
    """B175."""
    canary = "mbx_canary_0123456789"
    for headers in (
        {"Authorization": f"Bearer {canary}"},
        {"Authorization": f"Basic {canary}"},
        {"Authorization": canary},
        {"Cookie": f"metricbox_session={canary}"},
    ):
        for path in ("/api/v1/auth/me", "/write", "/prometheus/api/v1/query", "/api/v1/nothing"):
            answer = await callers.anonymous.post(path, headers=headers)
            assert canary not in answer.text + str(answer.headers)


async def test_an_unknown_account_costs_the_same_work_as_a_wrong_password(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Timing of login: what is counted is the work, since time on a shared machine proves nothing."""
    costs: list[tuple[str, int, int, int]] = []
    verify = argon2.PasswordHasher.verify

    def count(hasher: argon2.PasswordHasher, known: str, given: Any) -> Any:
        parameters = argon2.extract_parameters(known)
        costs.append(
            (parameters.type.name, parameters.memory_cost, parameters.time_cost, parameters.parallelism)
        )
        return verify(hasher, known, given)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", count)
    users = await callers.admin.data("GET", "/api/v1/users")
    (editor,) = [user for user in users if user["email"] == EDITOR]
    await callers.admin.data("PUT", f"/api/v1/users/{editor['id']}", {"disabled": True})
    answers = []
    for email, password in ((VIEWER, "wrong password"), ("nobody@example.org", PASSWORD), (EDITOR, PASSWORD)):
        answer = await callers.anonymous.post(LOGIN, {"email": email, "password": password})
        answers.append(check_error(answer, 401, "UNAUTHORIZED"))
    assert len(costs) == 3
    assert len(set(costs)) == len(set(answers)) == 1
    # And it is the work of a real password.
    parameters = argon2.extract_parameters(passwords.hash_password("x"))
    assert costs[0][1:] == (parameters.memory_cost, parameters.time_cost, parameters.parallelism)


async def test_a_login_holds_no_other_request(callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others are answered while a password is being checked: here one check waits until they have been."""
    answered = threading.Event()
    verify = passwords.verify_password

    def wait(password: str, password_hash: str | None) -> bool:
        assert answered.wait(20)
        return verify(password, password_hash)

    monkeypatch.setattr(passwords, "verify_password", wait)
    login = asyncio.create_task(callers.anonymous.post(LOGIN, {"email": VIEWER, "password": PASSWORD}))
    await asyncio.sleep(0.05)
    for _ in range(20):
        await callers.viewer.data("GET", "/api/v1/auth/me")
    assert not login.done()
    answered.set()
    assert (await login).status_code == 200


# ---- whose is it


async def test_fields_that_are_not_the_callers_to_set_are_refused(callers: Callers) -> None:
    """Mass assignment."""
    dashboard = await callers.editor.data("POST", "/api/v1/dashboards", {"name": "d"}, 201)
    path = f"/api/v1/dashboards/{dashboard['id']}"
    cases: list[tuple[Client, str, str, dict[str, Any], str]] = [
        (callers.editor, "POST", "/api/v1/dashboards", {"name": "d", "ownerId": NO_SUCH_ID}, "ownerId"),
        (callers.editor, "POST", "/api/v1/dashboards", {"name": "d", "id": NO_SUCH_ID}, "id"),
        (callers.editor, "PUT", path, {"version": 1, "ownerId": NO_SUCH_ID}, "ownerId"),
        (callers.editor, "PUT", path, {"version": 1, "createdAt": "now"}, "createdAt"),
        (callers.viewer, "PUT", "/api/v1/auth/me/preferences", {"role": "admin"}, "role"),
        (
            callers.viewer,
            "PUT",
            "/api/v1/auth/password",
            {"currentPassword": "x", "newPassword": "y" * 9, "role": "admin"},
            "role",
        ),
        (
            callers.viewer,
            "POST",
            "/api/v1/tokens",
            {"name": "t", "scope": "read", "ownerId": NO_SUCH_ID},
            "ownerId",
        ),
        (
            callers.viewer,
            "POST",
            "/api/v1/tokens",
            {"name": "t", "scope": "read", "secret": "mbx_mine"},
            "secret",
        ),
        (callers.anonymous, "POST", LOGIN, {"email": VIEWER, "password": PASSWORD, "role": "admin"}, "role"),
    ]
    for caller, method, where, body, field in cases:
        check_error(await caller.request(method, where, body), 400, "VALIDATION_ERROR", field)


async def test_objects_of_others_cannot_be_reached_by_their_ids(callers: Callers) -> None:
    """Id guessing between owners, with ids that are right."""
    other = await token_client(callers.editor, "read")
    tokens = await callers.admin.data("GET", "/api/v1/tokens")
    users = await callers.admin.data("GET", "/api/v1/users")
    foreign = next(token for token in tokens if token["name"] == "ingest token")
    dashboard = await callers.admin.data("POST", "/api/v1/dashboards", {"name": "private"}, 201)
    panel = await callers.admin.data(
        "POST", f"/api/v1/dashboards/{dashboard['id']}/panels", {"type": "line", "query": "up"}, 201
    )
    own = await callers.editor.data("POST", "/api/v1/dashboards", {"name": "mine"}, 201)
    for method, path, body in (
        ("DELETE", f"/api/v1/tokens/{foreign['id']}", None),
        ("GET", f"/api/v1/users/{users[0]['id']}", None),
    ):
        assert (await callers.viewer.request(method, path, body)).status_code in {403, 404}
    for method, path, body in (
        ("GET", f"/api/v1/dashboards/{dashboard['id']}", None),
        ("PUT", f"/api/v1/dashboards/{dashboard['id']}", {"version": 1, "isPublic": True}),
        ("DELETE", f"/api/v1/dashboards/{dashboard['id']}", None),
        # A panel of another dashboard, by way of the own one.
        ("PUT", f"/api/v1/dashboards/{own['id']}/panels/{panel['id']}", {"title": "mine"}),
        ("DELETE", f"/api/v1/dashboards/{own['id']}/panels/{panel['id']}", None),
    ):
        assert (await callers.editor.request(method, path, body)).status_code in {403, 404}
    by_panel = {"panelId": panel["id"], "start": "now-1h", "end": "now"}
    assert (await callers.editor.post("/api/v1/query", by_panel)).status_code == 403
    assert (await other.post("/api/v1/query", by_panel)).status_code == 403
    kept = await callers.admin.data("GET", f"/api/v1/dashboards/{dashboard['id']}")
    assert kept["panels"] == [panel]


async def test_ids_are_random(callers: Callers) -> None:
    made = [await callers.editor.data("POST", "/api/v1/dashboards", {"name": "d"}, 201) for _ in range(3)]
    assert {uuid.UUID(one["id"]).version for one in made} == {4}


# ---- paths, headers, bodies


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../settings.py",
        "/static/..%2f..%2fsettings.py",
        "/static/%2e%2e/%2e%2e/settings.py",
        "/static/..\\..\\settings.py",
        "/static/%5c..%5csettings.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/....//....//settings.py",
        "/static/index.html%00.js",
        "/static/main.js/../../../settings.py",
        "/static/.",
        "/static/",
    ],
)
async def test_no_path_leaves_the_folder_of_the_browser_files(server: Server, path: str) -> None:
    text = await raw_exchange(
        server, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode("latin-1")
    )
    assert text.startswith(("HTTP/1.1 404 ", "HTTP/1.1 400 ")), text[:200]
    assert "root:" not in text
    assert "class Settings" not in text


async def test_no_path_leaves_a_developers_folder_not_even_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "static" / "link.txt").symlink_to(tmp_path / "secret.txt")
    assets = Assets(tmp_path / "static")
    for path in ("../secret.txt", "link.txt", str(tmp_path / "secret.txt"), "x/../../secret.txt", "."):
        assert assets.find(path) is None, path


async def test_nothing_from_a_request_becomes_a_header(callers: Callers) -> None:
    for method, path in (
        ("GET", "/%0d%0aSet-Cookie:%20evil=1"),
        ("GET", "/api/v1/nothing?x=%0d%0aSet-Cookie:%20evil=1"),
        ("GET", "/dashboard/%0d%0aSet-Cookie:%20evil=1"),
        ("POST", "/write?precision=%0d%0aSet-Cookie:%20evil=1"),
        ("GET", "/login?next=%0d%0aSet-Cookie:%20evil=1"),
        ("GET", "/prometheus/api/v1/query?query=%0d%0aSet-Cookie:%20evil=1"),
    ):
        answer = await callers.ingest_token.request(method, path, content=b"" if method == "POST" else None)
        assert "set-cookie" not in answer.headers, path
    evil = await raw_exchange(
        callers.server,
        b"GET /health HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\rSet-Cookie: evil=1\r\nConnection: close\r\n\r\n",
    )
    assert "set-cookie" not in evil.lower()


async def test_an_error_of_influx_in_a_header_is_one_line(callers: Callers) -> None:
    body = b"bad\r\nSet-Cookie: evil=1 x\r\n" + b"\xff line"
    answer = await callers.ingest_token.request("POST", "/write", content=body)
    assert answer.status_code == 400
    assert "\n" not in answer.headers["x-influxdb-error"]
    assert "set-cookie" not in answer.headers


async def test_no_answer_sends_a_browser_elsewhere(callers: Callers) -> None:
    """B164, B165: the server redirects nowhere at all."""
    for target in ("//evil.invalid", "/\\evil.invalid", "https:evil.invalid", "/%2f/evil.invalid"):
        for path in ("/login", "/setup", "/", "/settings/profile"):
            answer = await callers.anonymous.get(path, params={"next": target, "redirect": target})
            assert answer.status_code == 200
            assert "location" not in answer.headers
            assert "evil" not in answer.text
    answer = await callers.viewer.post("/api/v1/auth/logout", params={"next": "https://evil.invalid"})
    assert (answer.status_code, "location" in answer.headers) == (204, False)
    # Nor a path that a browser could read as another host.
    text = await raw_exchange(
        callers.server, b"GET //evil.invalid/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    assert "location:" not in text.lower()


def _bodies() -> dict[str, bytes]:
    text = "x" * 10_000_000
    return {
        "duplicate name": b'{"email":"a@b.cd","password":"p","password":"q"}',
        "duplicate name, escaped": b'{"email":"a@b.cd","password":"p","p\\u0061ssword":"q"}',
        "NaN": b'{"email":NaN,"password":"p"}',
        "Infinity": b'{"email":-Infinity,"password":"p"}',
        "1e999": b'{"email":1e999,"password":"p"}',
        "huge integer": b'{"email":' + b"9" * 5_000 + b',"password":"p"}',
        "deep list": b'{"email":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        "deep object": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        "lone surrogate": b'{"email":"\\ud800","password":"p"}',
        "raw surrogate": b'{"email":"\xed\xa0\x80","password":"p"}',
        "not UTF-8": b'{"email":"\xff\xfe","password":"p"}',
        "UTF-16": '{"email":"a","password":"p"}'.encode("utf-16"),
        "byte order mark": b'\xef\xbb\xbf{"email":"a@b.cd","password":"p"}',
        "10 MB text": f'{{"email":"{text}","password":"p"}}'.encode(),
        "10 MB name": f'{{"{text}":"a","password":"p"}}'.encode(),
        "3 MB text": f'{{"email":"{text[:3_000_000]}","password":"p"}}'.encode(),
        "trailing": b'{"email":"a@b.cd","password":"p"} {}',
        "comment": b'{"email":"a@b.cd",/* */"password":"p"}',
        "list": b'[{"email":"a@b.cd","password":"p"}]',
        "text": b'"email"',
        "null": b"null",
        "nothing": b"",
        "zero byte": b'{"email":"a\\u0000@b.cd","password":"p"}',
        "__proto__": b'{"email":"a@b.cd","password":"p","__proto__":{"role":"admin"}}',
    }


async def test_bad_json_is_refused_in_the_one_shape_everywhere(callers: Callers) -> None:
    dashboard = await callers.editor.data("POST", "/api/v1/dashboards", {"name": "d"}, 201)
    for caller, method, path in (
        (callers.anonymous, "POST", LOGIN),
        (callers.admin, "POST", "/api/v1/users"),
        (callers.editor, "POST", "/api/v1/dashboards"),
        (callers.editor, "PUT", f"/api/v1/dashboards/{dashboard['id']}"),
        (callers.viewer, "POST", "/api/v1/query"),
        (callers.viewer, "POST", "/api/v1/query/batch"),
        (callers.editor, "POST", "/api/v1/sql"),
        (callers.viewer, "POST", "/api/v1/tokens"),
    ):
        for name, body in _bodies().items():
            headers = {"Content-Type": "application/json"}
            answer = await caller.request(method, path, content=body, headers=headers)
            if len(body) > 4 * 1024 * 1024:
                check_error(answer, 413, "PAYLOAD_TOO_LARGE")
            elif name == "zero byte" and path == LOGIN:
                check_error(answer, 401, "UNAUTHORIZED")
            else:
                assert answer.status_code == 400, (name, path, answer.text[:500])
                check_error(answer, 400, "VALIDATION_ERROR")
                assert len(answer.content) < 20_000
    assert (await callers.viewer.get("/api/v1/auth/me")).status_code == 200


async def test_a_name_that_stands_twice_is_named(callers: Callers) -> None:
    body = b'{"name":"d","panels":[{"type":"line","query":"up","query":"down"}]}'
    answer = await callers.editor.request("POST", "/api/v1/dashboards", content=body)
    check_error(answer, 400, "VALIDATION_ERROR", "query")


async def test_forms_that_any_page_can_send_are_no_json(callers: Callers) -> None:
    body = b'{"email":"viewer@example.org","password":"correct horse battery"}'
    for media_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/jsonp",
    ):
        for path in (LOGIN, "/api/v1/setup"):
            headers = {"Content-Type": media_type}
            answer = await callers.anonymous.request("POST", path, content=body, headers=headers)
            check_error(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


async def test_packed_bodies_are_for_samples_only(callers: Callers) -> None:
    for encoding in ("gzip", "deflate", "br", "zstd", "snappy", "x-unknown", "gzip, gzip"):
        headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
        for caller, path in (
            (callers.anonymous, LOGIN),
            (callers.editor, "/api/v1/dashboards"),
            (callers.viewer, "/api/v1/query"),
        ):
            answer = await caller.request("POST", path, content=b"\x1f\x8b", headers=headers)
            assert "Content-Encoding" in check_error(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


async def test_addresses_and_headers_have_a_length(server: Server) -> None:
    client = server.client()
    for answer in (
        await client.get("/" + "x" * 20_000),
        await client.get("/api/v1/setup", params={"search": "x" * 20_000}),
        await client.get("/api/v1/setup", headers={"X-Long": "x" * 20_000}),
    ):
        assert answer.status_code in {400, 413, 414, 431}
        assert answer.json()["code"]
    for path in ("/%ff%fe", "/api/v1/setup?search=%ed%a0%80", "/dashboard/%ed%a0%80", "/%00", "/api/v1/%"):
        assert (await client.get(path)).status_code < 500


# ---- other sites


async def test_a_foreign_page_cannot_act_with_the_users_cookie(callers: Callers) -> None:
    for origin in (
        "http://evil.example",
        "null",
        "https://evil.example",
        callers.server.url + ".evil.example",
    ):
        for method, path, body in (
            ("POST", "/api/v1/dashboards", {"name": "d"}),
            ("DELETE", f"/api/v1/dashboards/{NO_SUCH_ID}", None),
            ("PUT", "/api/v1/auth/me/preferences", {"theme": "dark"}),
            ("POST", "/api/v1/auth/logout", None),
            ("POST", LOGIN, {"email": VIEWER, "password": PASSWORD}),
        ):
            answer = await callers.editor.request(method, path, body, headers={"Origin": origin})
            check_error(answer, 403, "FORBIDDEN")
    callers.editor.origin = None
    check_error(await callers.editor.post("/api/v1/dashboards", {"name": "d"}), 403, "FORBIDDEN")
    assert not [
        name
        for name in (await callers.editor.get("/api/v1/dashboards")).headers
        if name.startswith("access-control")
    ]


async def test_a_name_that_was_pointed_here_gets_no_more_than_anybody(server: Server) -> None:
    """DNS rebinding: a page of evil.example whose name was turned to 127.0.0.1 is not a caller on this machine."""
    client = server.client(origin="http://evil.example")
    headers = {"Host": "evil.example"}
    for path in ("/ready", "/metrics"):
        assert (await client.get(path, headers=headers)).status_code == 401
    setup = await client.get("/api/v1/setup", headers=headers)
    assert setup.json()["data"]["codeRequired"] is True
    wish = {"email": ADMIN, "password": PASSWORD}
    check_error(await client.post("/api/v1/setup", wish, headers=headers), 403, "FORBIDDEN")


async def test_forwarding_headers_of_anybody_are_not_believed(server: Server) -> None:
    """B177: else everybody would have as many addresses as he likes, and guess on."""
    await server.set_up()
    client = server.client()
    statuses = []
    for number in range(6):
        headers = {"X-Forwarded-For": f"203.0.113.{number}", "X-Forwarded-Proto": "https"}
        answer = await client.post(LOGIN, {"email": ADMIN, "password": "wrong password"}, headers=headers)
        statuses.append(answer.status_code)
        assert "strict-transport-security" not in answer.headers
    assert 429 in statuses
