"""Posting to real receivers, good ones and bad ones."""

import asyncio
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from metricbox.alerts.channels.http import HttpPoster, encode_json
from metricbox.alerts.channels.sending import SendError
from tests.support.certificates import make_certificate
from tests.support.http_sink import Answer, HttpSink, run_sink


async def fail(poster: HttpPoster, url: str) -> SendError:
    with pytest.raises(SendError) as caught:
        await poster.post_json(url, {})
    return caught.value


async def test_the_answer_is_what_the_receiver_said(sink: HttpSink, poster: HttpPoster) -> None:
    sink.answer = lambda _: Answer(202, b"  taken,\n thanks " + b"x" * 10_000)
    answer = await poster.post_json(
        f"{sink.url}/hook?a=1", {"text": "µ"}, {"X-Ünique".replace("Ü", "U"): "ümlaut"}
    )
    assert answer.startswith("202 taken, thanks xxx")
    assert len(answer) < 250
    (posted,) = sink.posted
    assert (posted.method, posted.path, posted.json) == ("POST", "/hook?a=1", {"text": "µ"})
    assert posted.headers["content-type"] == "application/json"
    assert posted.headers["x-unique"] == "ümlaut"
    assert posted.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("status", "is_final"),
    [
        (400, True),
        (401, True),
        (404, True),
        (408, False),
        (410, True),
        (425, False),
        (429, False),
        (500, False),
    ],
)
async def test_a_refusal_is_final_or_for_now(
    sink: HttpSink, poster: HttpPoster, status: int, *, is_final: bool
) -> None:
    sink.answer = lambda _: Answer(status, b"no")
    error = await fail(poster, sink.url)
    assert (str(error), error.is_final) == (f"{status} no", is_final)


@pytest.mark.parametrize(
    ("retry_after", "date", "wait_s"),
    [
        ("120", "", 120.0),
        ("Wed, 25 Nov 2026 10:05:00 GMT", "Wed, 25 Nov 2026 10:00:00 GMT", 300.0),
        ("Wed, 25 Nov 2026 09:00:00 GMT", "Wed, 25 Nov 2026 10:00:00 GMT", 0.0),
        ("Wed, 25 Nov 2026 10:05:00 GMT", "", None),
        ("soon", "Wed, 25 Nov 2026 10:00:00 GMT", None),
        ("-5", "", None),
        ("", "", None),
    ],
)
async def test_the_receiver_says_how_long_to_wait(
    sink: HttpSink, poster: HttpPoster, retry_after: str, date: str, wait_s: float | None
) -> None:
    headers = {"Retry-After": retry_after} | ({"Date": date} if date else {})
    sink.answer = lambda _: Answer(429, b"", headers)
    assert (await fail(poster, sink.url)).retry_after_s == wait_s


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(sink: HttpSink, poster: HttpPoster, status: int) -> None:
    with run_sink() as other:
        sink.answer = lambda _: Answer(status, b"", {"Location": f"{other.url}/stolen"})
        error = await fail(poster, sink.url)
        assert other.posted == []
    assert (str(error), error.is_final) == (f"{status}: redirects elsewhere, which is not followed", True)


@pytest.mark.parametrize(
    "answer", [Answer(hangs=True), Answer(drips=True, body=b"x"), Answer(500, drips=True)]
)
async def test_a_receiver_that_hangs_or_drips_costs_a_limited_time(
    sink: HttpSink, poster: HttpPoster, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metricbox.alerts.channels.http.TIMEOUT_S", 0.2)
    sink.answer = lambda _: answer
    error = await fail(poster, sink.url)
    assert (str(error), error.is_final) == ("no answer within 0.2 s", False)


async def test_an_answer_without_end_is_read_at_its_beginning(sink: HttpSink, poster: HttpPoster) -> None:
    sink.answer = lambda _: Answer(200, b"y" * 100_000, drips=True)
    assert (await poster.post_json(sink.url, {})).startswith("200 yyy")


async def test_who_cannot_be_reached_is_tried_again(sink: HttpSink, poster: HttpPoster) -> None:
    sink.answer = lambda _: Answer(closes=True)
    assert not (await fail(poster, f"{sink.url}/secret-path")).is_final
    port = sink.port
    sink.close()
    error = await fail(poster, f"http://127.0.0.1:{port}/secret-path")
    assert (str(error), error.is_final) == ("cannot be reached (connection refused)", False)
    error = await fail(poster, "http://no-such-host.invalid/secret-path")
    assert (str(error), error.is_final) == ("cannot be reached (its host name is not known)", False)


@pytest.mark.parametrize("url", ["http://", "ftp://example.org/", "no address", "http://a:b/"])
async def test_what_is_no_address_is_final(poster: HttpPoster, url: str) -> None:
    assert (await fail(poster, url)).is_final


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("http://127.0.0.1:{port}/x", True),
        ("http://user:pass@127.0.0.1:{port}/", True),
        ("http://localhost:{port}/", False),
        ("http://127.0.0.1@localhost:{port}/", False),
        ("http://127.0.0.1\\@localhost:{port}/", False),
        ("http://[::1]:{port}/", False),
    ],
)
async def test_only_named_hosts_when_the_setting_names_some(
    sink: HttpSink, url: str, *, is_allowed: bool
) -> None:
    poster = HttpPoster(["127.0.0.1", "Hooks.Example.ORG"])
    try:
        target = url.format(port=sink.port)
        if is_allowed:
            assert (await poster.post_json(target, {})).startswith("200")
        else:
            error = await fail(poster, target)
            assert error.is_final
            assert sink.posted == []
    finally:
        await poster.close()


async def test_receivers_that_hang_take_no_connection_from_others(
    sink: HttpSink, poster: HttpPoster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metricbox.alerts.channels.http.TIMEOUT_S", 30.0)
    sink.answer = lambda posted: Answer(hangs=posted.path == "/hang")
    hanging = [asyncio.create_task(poster.post_json(f"{sink.url}/hang", {})) for _ in range(120)]
    async with asyncio.timeout(30):
        while len(sink.posted) < 120:
            await asyncio.sleep(0.01)
        assert await poster.post_json(f"{sink.url}/other", {}) == "200 ok"
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)


async def test_certificates_are_checked_and_authorities_can_be_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = make_certificate(tmp_path, "hook")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    class Server(HTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            return

    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    url = f"https://localhost:{server.server_port}/"
    strict = HttpPoster()
    monkeypatch.setenv("SSL_CERT_FILE", str(files.certificate))
    knowing = HttpPoster()
    try:
        error = await fail(strict, url)
        assert "certificate" in str(error)
        assert not error.is_final
        assert await knowing.post_json(url, {}) == "204"
    finally:
        await strict.close()
        await knowing.close()
        server.shutdown()
        server.server_close()
        thread.join(10)


def test_json_has_no_infinite_numbers_and_no_half_characters() -> None:
    value = {"a": float("inf"), "b": [float("nan"), 1.5, {"c": float("-inf")}], "d": "µ\ud800"}
    assert json.loads(encode_json(value)) == {"a": None, "b": [None, 1.5, {"c": None}], "d": "µ?"}
