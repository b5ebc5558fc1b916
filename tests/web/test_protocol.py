"""Connections whose time is over."""

import asyncio

import pytest

from metricbox.web import protocol
from tests.support.api import Server


async def test_a_request_that_never_arrives_whole_is_answered_and_its_connection_closed(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "FAREWELL_S", 0.1)
    server.app.config.REQUEST_TIMEOUT = server.app.config.RESPONSE_TIMEOUT = 0.2
    host, port = server.url.removeprefix("http://").split(":")
    for part, status, code in (
        (b"GET /heal", 408, "REQUEST_TIMEOUT"),
        # Once the head is there, the time of the whole answer counts.
        (b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{", 503, "UNAVAILABLE"),
    ):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(part)
        await writer.drain()
        text = (await asyncio.wait_for(reader.read(), 20)).decode()
        writer.close()
        await writer.wait_closed()
        assert text.startswith(f"HTTP/1.1 {status} ")
        assert f'"code":"{code}"' in text
        assert "x-request-id" in text.lower()
