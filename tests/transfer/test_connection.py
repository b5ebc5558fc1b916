"""The server at the other end: waited for while it is away or full, believed when it refuses."""

import contextlib
import json

import httpx
import pytest

from metricbox.errors import CommandError, UsageError
from metricbox.transfer.connection import Connection, connect
from tests.support.http_sink import Answer, run_sink


@pytest.fixture
def sink():
    with run_sink() as sink:
        yield sink


@pytest.fixture
def open_connection():
    with contextlib.ExitStack() as stack:

        def make(url: str, slept: list[float]) -> Connection:
            client = stack.enter_context(httpx.Client(base_url=url, trust_env=False, timeout=5))
            return Connection(client, patience_s=5.0, sleep=slept.append)

        yield make


def answering(sink, *answers: Answer) -> None:
    left = list(answers)
    sink.answer = lambda _: left.pop(0) if left else Answer(204, b"")


def test_a_full_server_is_asked_again_when_it_says_and_nothing_is_lost(sink, open_connection):
    answering(sink, Answer(503, b'{"error": "full"}', {"Retry-After": "2"}), Answer(closes=True))
    slept: list[float] = []
    reply = open_connection(sink.url, slept).post("/write", b"m v=1\n", {"precision": "ms"})
    assert (reply.status, reply.message) == (204, "")
    assert slept[0] == 2
    assert [posted.body for posted in sink.posted] == [b"m v=1\n"] * 3


def test_a_server_that_stays_away_ends_the_command_with_advice(open_connection):
    slept: list[float] = []
    with pytest.raises(CommandError, match="run the command again"):
        open_connection("http://127.0.0.1:9", slept).post("/write", b"x")
    assert sum(slept) >= 5


def test_a_refusal_for_good_is_a_reply_and_missing_rights_end_the_command(sink, open_connection):
    sink.answer = lambda _: Answer(400, json.dumps({"error": "line 1: bad"}).encode())
    slept: list[float] = []
    connection = open_connection(sink.url, slept)
    assert connection.post("/write", b"x").message == "line 1: bad"
    sink.answer = lambda _: Answer(403, b'{"error": "not yours"}')
    with pytest.raises(CommandError, match="not yours"):
        connection.post("/write", b"x")
    sink.answer = lambda _: Answer(404, b"<html>")
    with pytest.raises(CommandError, match="is it a metricbox"):
        connection.get("/api/v1/tokens")
    assert slept == []


def test_an_export_that_breaks_off_is_no_export(sink, open_connection):
    sink.answer = lambda _: Answer(200, b'{"a":1}\n', {"Content-Length": "100"})
    with pytest.raises(CommandError, match="broke off"):
        list(open_connection(sink.url, []).export(["m"], {}))


@pytest.mark.parametrize(
    ("server", "token", "words"),
    [
        (None, "t", "--server"),
        ("box:8642", "t", "http://box:8642"),
        ("http://box:8642", None, "METRICBOX_TOKEN"),
    ],
)
def test_half_an_address_is_told(tmp_path, server, token, words):
    with pytest.raises(UsageError, match=words), connect(server, token, tmp_path, "read"):
        pass


def test_a_folder_without_a_server_is_told(tmp_path):
    with pytest.raises(CommandError, match="no server runs"), connect(None, None, tmp_path, "read"):
        pass
