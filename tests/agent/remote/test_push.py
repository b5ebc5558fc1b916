"""One request, and what each answer means."""

import gzip
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from metricbox import __version__
from metricbox.agent.remote.address import make_tls_context, parse_http_address
from metricbox.agent.remote.points import compress_points
from metricbox.agent.remote.push import Pusher, Verdict, judge
from metricbox.clock import ManualClock
from tests.support.certificates import make_certificate
from tests.support.http_sink import Answer, HttpSink, run_sink

NOW_MS = 1_795_602_440_000  # Tue, 25 Nov 2026 10:27:20 GMT
BODY = compress_points(b'{"name":"a","value":1}')


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with run_sink() as sink:
        sink.answer = lambda _: Answer(202, b'{"data":{"accepted":1,"rejected":0,"errors":[]}}')
        yield sink


@pytest.fixture
def pusher(sink: HttpSink) -> Iterator[Pusher]:
    pusher = make_pusher(sink.url)
    yield pusher
    pusher.close()


def make_pusher(url: str) -> Pusher:
    return Pusher(parse_http_address(url), "mbx_secret1", ManualClock(NOW_MS), timeout_s=2)


def test_a_batch_goes_compressed_to_the_native_door(sink: HttpSink, pusher: Pusher) -> None:
    assert pusher.push(BODY).verdict is Verdict.STORED
    assert pusher.push(BODY).verdict is Verdict.STORED
    posted = sink.posted[0]
    assert (posted.method, posted.path) == ("POST", "/api/v1/metrics")
    assert posted.headers["authorization"] == "Bearer mbx_secret1"
    assert posted.headers["content-encoding"] == "gzip"
    assert posted.headers["user-agent"] == f"metricbox-agent/{__version__}"
    assert json.loads(gzip.decompress(posted.body)) == {"metrics": [{"name": "a", "value": 1}]}
    assert len(sink._connections) == 1, "the connection is kept"


def test_the_server_may_live_below_a_path(sink: HttpSink) -> None:
    pusher = make_pusher(f"{sink.url}/box/")
    pusher.push(BODY)
    pusher.close()
    assert sink.posted[0].path == "/box/api/v1/metrics"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.STORED),
        (202, Verdict.STORED),
        (204, Verdict.STORED),
        (301, Verdict.NO_DOOR),
        (400, Verdict.REFUSED),
        (401, Verdict.NO_ENTRY),
        (403, Verdict.NO_ENTRY),
        (404, Verdict.NO_DOOR),
        (405, Verdict.NO_DOOR),
        (408, Verdict.LATER),
        (409, Verdict.REFUSED),
        (413, Verdict.TOO_LARGE),
        (422, Verdict.REFUSED),
        (429, Verdict.LATER),
        (500, Verdict.LATER),
        (502, Verdict.LATER),
        (503, Verdict.LATER),
        (507, Verdict.LATER),
    ],
)
def test_what_a_status_means(status: int, verdict: Verdict) -> None:
    assert judge(status) is verdict


def test_the_words_of_the_server_come_back(sink: HttpSink, pusher: Pusher) -> None:
    sink.answer = lambda _: Answer(400, b'{"error":"no point was\\naccepted; too \\u001b[31mold","code":"X"}')
    answer = pusher.push(BODY)
    assert answer.verdict is Verdict.REFUSED
    assert answer.words == "no point was accepted; too ?[31mold (status 400)"
    sink.answer = lambda _: Answer(502, b"<html>bad gateway</html>")
    assert pusher.push(BODY).words == "502 Said (status 502)"


def test_a_part_that_was_refused_is_told_of(sink: HttpSink, pusher: Pusher) -> None:
    body = {"data": {"accepted": 7, "rejected": 2, "errors": [{"index": 3, "message": "too old"}]}}
    sink.answer = lambda _: Answer(202, json.dumps(body).encode())
    answer = pusher.push(BODY)
    assert (answer.verdict, answer.rejected, answer.words) == (Verdict.STORED, 2, "too old")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'{"data":3}', b'{"data":{"rejected":"x"}}', b"\xff" * 50]
)
def test_an_answer_that_is_not_ours_is_taken_by_its_status(
    sink: HttpSink, pusher: Pusher, body: bytes
) -> None:
    sink.answer = lambda _: Answer(200, body)
    answer = pusher.push(BODY)
    assert (answer.verdict, answer.rejected) == (Verdict.STORED, 0)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("999999", 900.0),
        ("Wed, 25 Nov 2026 10:28:20 GMT", 60.0),
        ("Wed, 25 Nov 2026 10:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(
    sink: HttpSink, pusher: Pusher, value: str, seconds: float | None
) -> None:
    date = "Wed, 25 Nov 2026 10:27:20 GMT"
    sink.answer = lambda _: Answer(503, b"", {"Retry-After": value, "Date": date})
    answer = pusher.push(BODY)
    assert answer.verdict is Verdict.LATER
    assert answer.retry_after_s == seconds


def test_the_servers_date_tells_how_far_the_clock_is_off(sink: HttpSink, pusher: Pusher) -> None:
    assert pusher.skew.skew_ms is None
    sink.answer = lambda _: Answer(503, b"", {"Date": "Wed, 25 Nov 2026 10:26:20 GMT"})
    pusher.push(BODY)
    assert pusher.skew.skew_ms == pytest.approx(60_000, abs=520)


@pytest.mark.parametrize("date", ["", "yesterday", "Wed, 99 Nov 2026 10:26:20 GMT"])
def test_a_date_that_is_none_tells_nothing(sink: HttpSink, pusher: Pusher, date: str) -> None:
    sink.answer = lambda _: Answer(202, b"", {"Date": date})
    assert pusher.push(BODY).verdict is Verdict.STORED
    assert pusher.skew.skew_ms is None


def test_no_answer_means_later(sink: HttpSink, pusher: Pusher) -> None:
    sink.answer = lambda _: Answer(hangs=True)
    assert pusher.push(BODY).words == "it does not answer in time"
    sink.answer = lambda _: Answer(closes=True)
    assert pusher.push(BODY).verdict is Verdict.LATER
    sink.answer = lambda _: Answer(204, b"")
    assert pusher.push(BODY).verdict is Verdict.STORED, "a new connection is made"


def test_nobody_there_means_later() -> None:
    with run_sink() as sink:
        url = sink.url
    pusher = make_pusher(url)
    answer = pusher.push(BODY)
    assert (answer.verdict, answer.words) == (Verdict.LATER, "Connection refused")


def test_a_connection_that_the_server_closed_meanwhile_is_no_failure(sink: HttpSink, pusher: Pusher) -> None:
    assert pusher.push(BODY).verdict is Verdict.STORED
    for connection in sink._connections:
        connection.shutdown(2)
    assert pusher.push(BODY).verdict is Verdict.STORED
    assert len(sink._connections) == 2


def test_what_is_no_http_means_later(sink: HttpSink, pusher: Pusher) -> None:
    sink.answer = lambda _: Answer(202, b"", {"Content-Length": "x", "X": "y" * 70_000})
    assert pusher.push(BODY).verdict is Verdict.LATER


def test_a_certificate_that_is_not_trusted_is_told(tmp_path: Path) -> None:
    files = make_certificate(tmp_path, "localhost")
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(files.certificate, files.key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def serve() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                try:
                    with server_context.wrap_socket(connection, server_side=True) as stream:
                        received = b""
                        while not received.endswith(BODY):
                            received += stream.recv(65_536)
                        stream.sendall(b"HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n")
                except OSError:
                    connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        address = parse_http_address(f"https://127.0.0.1:{port}")
        for ca_file, verdict in ((None, Verdict.LATER), (files.certificate, Verdict.STORED)):
            context = make_tls_context(ca_file, is_verified=True)
            pusher = Pusher(address, "t", ManualClock(NOW_MS), context=context, timeout_s=10)
            answer = pusher.push(BODY)
            pusher.close()
            assert answer.verdict is verdict, answer.words
            if verdict is Verdict.LATER:
                assert "--ca-file" in answer.words
        thread.join(10)
