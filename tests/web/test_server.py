"""What happens around every request: ids, headers, limits, methods, slashes."""

import asyncio
from pathlib import Path

import pytest

from tests.support.api import Callers, Server, check_error, run_server


async def test_an_answer_carries_the_callers_request_id_when_it_is_sane(server: Server) -> None:
    client = server.client()
    answer = await client.get("/health", headers={"X-Request-Id": "my-id.1"})
    assert answer.headers["x-request-id"] == "my-id.1"
    for bad in ("x" * 65, "a b", "<script>", ""):
        answer = await client.get("/health", headers={"X-Request-Id": bad})
        assert answer.headers["x-request-id"] != bad
    first, second = await client.get("/health"), await client.get("/health")
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


async def test_an_answer_tells_the_servers_time(server: Server) -> None:
    server.clock.advance_ms(61_500)
    assert (await server.client().get("/health")).headers["date"] == "Wed, 25 Nov 2026 10:01:01 GMT"


async def test_answers_of_the_api_are_not_kept_by_caches(server: Server) -> None:
    assert (await server.client().get("/api/v1/setup")).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api", "/api/v2/x", "/metrics/none", "/static/none.js"])
async def test_an_unknown_path_is_not_found_in_the_one_shape(server: Server, path: str) -> None:
    check_error(await server.client().get(path), 404, "NOT_FOUND")


async def test_a_wrong_method_names_the_right_ones(server: Server) -> None:
    client = server.client()
    for method in ("DELETE", "PATCH", "OPTIONS"):
        answer = await client.request(method, "/api/v1/setup")
        check_error(answer, 405, "METHOD_NOT_ALLOWED")
        assert answer.headers["allow"] == "GET, HEAD, POST"
    answer = await client.request("BREW", "/api/v1/setup")
    assert answer.status_code in {400, 405}


async def test_a_slash_at_the_end_changes_nothing(callers: Callers) -> None:
    for path in ("/health/", "/api/v1/setup/", "/api/v1/auth/me/", "/api/v1/users/", "/api/v1/dashboards/"):
        assert (await callers.admin.get(path)).status_code == 200, path


async def test_head_works_wherever_get_does(callers: Callers) -> None:
    for path in ("/api/v1/setup", "/api/v1/dashboards", "/api/v1/auth/me", "/ready"):
        answer = await callers.admin.request("HEAD", path)
        assert (answer.status_code, answer.content) == (200, b"")
        assert int(answer.headers["content-length"]) > 0


async def test_a_body_over_the_limit_is_refused(tmp_path: Path) -> None:
    async with run_server(tmp_path, max_body_bytes=1000) as server:
        client = server.client()
        answer = await client.request("POST", "/api/v1/auth/login", content=b"x" * 1001)
        check_error(answer, 413, "PAYLOAD_TOO_LARGE")
        check_error(await client.request("POST", "/api/v1/users", content=b"x" * 1001), 401, "UNAUTHORIZED")


@pytest.mark.parametrize(
    "raw",
    [
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /api/v1/setup HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/v1/setup HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    ],
)
async def test_what_is_not_http_is_a_bad_request_in_the_one_shape(server: Server, raw: bytes) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(raw)
    await writer.drain()
    text = (await asyncio.wait_for(reader.read(), 10)).decode()
    writer.close()
    assert text.startswith("HTTP/1.1 400 ")
    assert '"code":"VALIDATION_ERROR"' in text
    assert "X-Metricbox-Version" in text or "x-metricbox-version" in text
    assert (await server.client().get("/health")).status_code == 200


async def test_nobodys_body_is_not_waited_for(server: Server) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /api/v1/metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n")
    text = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode()
    writer.close()
    assert text.startswith("HTTP/1.1 401 ")


async def test_an_unexpected_failure_tells_the_client_an_id_and_the_log_the_rest(
    callers: Callers, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_request: object) -> None:
        raise RuntimeError("canary-internals")

    with callers.server.app.amend():
        callers.server.app.add_route(fail, "/api/v1/fails", name="fails")
    answer = await callers.admin.get("/api/v1/fails")
    text = check_error(answer, 500, "INTERNAL_ERROR")
    assert answer.headers["x-request-id"] in text
    assert "canary" not in answer.text
    (record,) = [record for record in caplog.records if record.name == "metricbox.web.errors"]
    assert record.exc_info is not None
    assert "canary-internals" in str(record.exc_info[1])
    assert record.__dict__["request_id"] == answer.headers["x-request-id"]


async def test_several_servers_live_in_one_process(tmp_path: Path) -> None:
    async with run_server(tmp_path / "a") as first, run_server(tmp_path / "b") as second:
        await first.set_up()
        assert (await first.client().data("GET", "/api/v1/setup"))["needed"] is False
        assert (await second.client().data("GET", "/api/v1/setup"))["needed"] is True
