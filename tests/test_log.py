"""Logging: one format for all, and no secret in it (trap B172)."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from metricbox.log import redact, setup_logging

CANARY = "canary-9f3b"
LEAKS = [
    "password=%s",
    "passwd: %s",
    "admin_password=%s",
    "METRICBOX_ADMIN_PASSWORD=%s",
    '{"adminPassword": "%s"}',
    '{"currentPassword":"%s","newPassword":"x"}',
    '{"password": "with space %s"}',
    r"{\"password\": \"%s\"}",
    "Settings(admin_password='%s', agent=True)",
    "Authorization: Bearer %s",
    "authorization=Basic %s",
    "{b'authorization': b'Token %s'}",
    "Cookie: theme=dark; metricbox_session=%s",
    "X-Api-Key: %s",
    "api_key=%s",
    "access_token=%s",
    "client_secret: %s",
    "GET /write?u=agent&p=%s&db=x",
    "POST http://agent:%s@127.0.0.1:1/hook",
    "got Bearer %s",
    "created mbx_%s for an agent",
]


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    # The watch over the whole run (support/secrecy.py) wants every level of it.
    own = logging.getLogger("metricbox")
    own_level = own.level
    own.setLevel(logging.NOTSET)
    yield
    root.handlers[:], _ = before
    root.setLevel(before[1])
    own.setLevel(own_level)


@pytest.mark.parametrize("template", LEAKS)
def test_no_secret_passes(template: str) -> None:
    shown = redact(template % CANARY)
    assert CANARY not in shown
    assert "***" in shown


@pytest.mark.parametrize(
    "text",
    [
        "5 tokens listed, step: 5s, map=3, cap: 4",
        "job rollup failed; it runs again in 60 s",
        "http://localhost:8642/dashboard?from=now-1h",
        "password is missing",
        "a tag named p was refused",
    ],
)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("template", LEAKS)
def test_no_secret_passes_in_messages_arguments_and_tracebacks(log_format: str, template: str) -> None:
    stream = io.StringIO()
    setup_logging(log_format, "debug", stream)
    logger = logging.getLogger("sanic.error")
    text = template % CANARY
    logger.debug(text)
    logger.warning("arguments: %s %r", text, {"text": text})
    logger.error("it failed", exc_info=ValueError(text))
    assert CANARY not in stream.getvalue()
    assert stream.getvalue().count("***") >= 3


def test_json_is_one_object_a_line() -> None:
    stream = io.StringIO()
    setup_logging("json", "info", stream)
    logging.getLogger("metricbox.x").info("two\nlines", extra={"request_id": "r1"})
    logging.getLogger("metricbox.x").error("failed", exc_info=ValueError("reason"))
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first.pop("time").endswith("Z")
    assert first == {"level": "info", "logger": "metricbox.x", "message": "two\nlines", "requestId": "r1"}
    assert "ValueError: reason" in second["exception"]


def test_text_has_time_level_and_logger() -> None:
    stream = io.StringIO()
    setup_logging("text", "warning", stream)
    logging.getLogger("metricbox.x").info("not shown")
    logging.getLogger("metricbox.x").warning("shown")
    (line,) = stream.getvalue().splitlines()
    assert line.endswith("WARNING metricbox.x: shown")
    assert line[:4].isdigit()
    assert "Z " in line


def test_the_access_log_with_its_query_strings_is_off() -> None:
    stream = io.StringIO()
    setup_logging("text", "debug", stream)
    logging.getLogger("sanic.access").info("GET /write?p=x")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("name", ["httpx", "httpcore.connection", "urllib3.connectionpool"])
def test_addresses_that_are_called_are_not_told(name: str) -> None:
    stream = io.StringIO()
    setup_logging("text", "debug", stream)
    logging.getLogger(name).info("HTTP Request: POST https://hooks.example.org/services/T0/B0/secret")
    assert stream.getvalue() == ""
