"""What still works, and what is said, when something below breaks: the database's file, the time, a caller's patience.

Every failure carries the request's id in the answer and in the line of the log.
"""

import asyncio
import logging
from pathlib import Path

import apsw
import httpx
import pytest

from tests.support.api import Callers, Server, check_error, run_server
from tests.support.queries import MINUTE, PATH, fill_hosts

ERRORS = "metricbox.web.errors"


def damage_table(path: Path, table: str) -> None:
    """Overwrite the pages of one table in the file of a database that is in use."""
    with apsw.Connection(str(path)) as connection:
        connection.execute("pragma wal_checkpoint(truncate)").fetchall()
        page_bytes = connection.execute("pragma page_size").get
        pages = connection.execute(
            "select rootpage from sqlite_schema where tbl_name = ?", (table,)
        ).fetchall()
    with path.open("r+b") as file:
        for (page,) in pages:
            file.seek((page - 1) * page_bytes)
            file.write(b"\xa5" * page_bytes)


def check_failure(answer: httpx.Response, caplog: pytest.LogCaptureFixture, status: int, code: str) -> None:
    request_id = answer.headers["x-request-id"]
    assert request_id in check_error(answer, status, code)
    records = [record for record in caplog.records if record.__dict__.get("request_id") == request_id]
    assert [record.name for record in records] == [ERRORS]
    assert request_id in records[0].getMessage()


async def test_a_damaged_table_makes_unavailable_what_needs_it_and_nothing_else(
    callers: Callers, caplog: pytest.LogCaptureFixture
) -> None:
    fill_hosts(callers.server)
    made = await callers.editor.data("POST", "/api/v1/dashboards", {"name": "d"}, 201)
    damage_table(callers.server.context.appdb.path, "dashboards")
    # A write, which empties the pages that readers keep; and still works.
    await callers.viewer.data("PUT", "/api/v1/auth/me/preferences", {"theme": "dark"})
    caplog.set_level(logging.ERROR)
    for answer in (
        await callers.editor.get("/api/v1/dashboards"),
        await callers.editor.get(f"/api/v1/dashboards/{made['id']}"),
        await callers.anonymous.get(f"/api/v1/dashboards/{made['id']}"),
        await callers.editor.post("/api/v1/dashboards", {"name": "e"}),
    ):
        check_failure(answer, caplog, 503, "UNAVAILABLE")
        assert int(answer.headers["retry-after"]) > 0
        assert "malformed" not in answer.text
    assert caplog.records[0].exc_info
    assert "malformed" in str(caplog.records[0].exc_info[1].__cause__)
    # Everything that does not need the table.
    await callers.viewer.data("GET", "/api/v1/auth/me")
    await callers.admin.data("GET", "/api/v1/users")
    await callers.viewer.data("POST", PATH, MINUTE)
    pushed = await callers.ingest_token.request("POST", "/write", content="m v=1")
    assert pushed.status_code == 204
    assert (await callers.server.sign_in("viewer@example.org")) is not None


async def test_senders_go_on_for_a_while_when_accounts_cannot_be_read(
    callers: Callers, caplog: pytest.LogCaptureFixture
) -> None:
    """Known tokens are kept in memory; unknown ones get 503, which clients repeat, and not 401, which they may not."""
    pushed = await callers.ingest_token.request("POST", "/write", content="m v=1")
    assert pushed.status_code == 204
    path = callers.server.context.appdb.path
    damage_table(path, "api_tokens")
    damage_table(path, "sessions")
    await callers.viewer.data("PUT", "/api/v1/auth/me/preferences", {"theme": "dark"})
    pushed = await callers.ingest_token.request("POST", "/write", content="m v=1")
    assert pushed.status_code == 204
    caplog.set_level(logging.ERROR)
    unknown = callers.server.client(token="mbx_unknown")
    check_failure(await unknown.get("/api/v1/auth/me"), caplog, 503, "UNAVAILABLE")
    pushed = await unknown.request("POST", "/write", content="m v=1")
    assert pushed.status_code == 503
    assert (await callers.anonymous.get("/health")).status_code == 200


async def test_a_server_with_a_damaged_database_still_stops(tmp_path: Path) -> None:
    async with run_server(tmp_path) as server:
        client = await server.set_up()
        await client.data("GET", "/api/v1/auth/me")
        damage_table(server.context.appdb.path, "sessions")


async def test_an_answer_that_takes_too_long_is_given_up_with_an_id(
    callers: Callers, caplog: pytest.LogCaptureFixture
) -> None:
    async def dawdle(_request: object) -> None:
        await asyncio.sleep(60)

    app = callers.server.app
    app.config.RESPONSE_TIMEOUT = 0.2
    with app.amend():
        app.add_route(dawdle, "/api/v1/dawdles", name="dawdles")
    caplog.set_level(logging.ERROR)
    client = callers.server.client(
        token=callers.admin_token.http.headers["authorization"].split()[1], origin=None
    )
    check_failure(await client.get("/api/v1/dawdles"), caplog, 503, "UNAVAILABLE")


async def test_a_caller_that_leaves_is_no_failure(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    for part in (
        b"",
        b"GET / HT",
        b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
    ):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(part)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    await asyncio.sleep(0.1)
    assert (await server.client().get("/health")).status_code == 200
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_answers_are_closed_to_other_sites_and_frames(callers: Callers) -> None:
    for path in (
        "/health",
        "/api/v1/setup",
        "/api/v1/auth/me",
        "/api/v1/nothing",
        "/static/main.js",
        "/prometheus/x",
    ):
        headers = (await callers.anonymous.get(path)).headers
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["referrer-policy"] == "same-origin"
        assert "strict-transport-security" not in headers
    for path in ("/", "/login", "/dashboard/x"):
        headers = (await callers.anonymous.get(path)).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert "unsafe" not in headers["content-security-policy"]
        assert policy["script-src"].startswith("'self' 'sha256-")
        assert headers["permissions-policy"] == "camera=(), microphone=(), geolocation=()"
        assert headers["cross-origin-opener-policy"] == "same-origin"
    for path in ("/api/v1/auth/me", "/prometheus/api/v1/labels"):
        assert (await callers.viewer.get(path)).headers["cache-control"] == "no-store"
