"""Credentials as clients send them, and where a request comes from."""

import base64
from typing import Any

import pytest
from sanic.compat import Header
from sanic.request import Request

from metricbox.addresses import UNIX_PEER
from metricbox.web.credentials import (
    find_credential,
    has_foreign_origin,
    has_own_origin,
    is_local,
    is_secure,
    needs_own_origin,
    source_of,
)
from metricbox.web.peer import Peer


class _Request(Request[Any, Any]):
    """Sanic's request, with a peer address of the test's choice."""

    peer = "127.0.0.1"

    @property
    def ip(self) -> str:
        return self.peer


def _request(
    url: str = "/api/v1/metrics",
    method: str = "POST",
    peer: str = "127.0.0.1",
    scheme: str = "http",
    **headers: str,
) -> Any:
    named = Header([(name.replace("_", "-"), value) for name, value in headers.items()])
    app: Any = type("App", (), {"config": type("Config", (), {"FALLBACK_ERROR_FORMAT": "json"})()})()
    request = _Request(url.encode(), named, "1.1", method, None, app)  # type: ignore[arg-type]
    request.peer = peer
    request.ctx.peer = Peer(peer or UNIX_PEER, scheme)
    return request


def _basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("header", "secret"),
    [
        ("Bearer T", "T"),
        ("bearer   T ", "T"),
        ("Token T", "T"),
        ("Token user:T", "T"),
        (_basic("user:T"), "T"),
        (_basic("user:T:with:colons"), "T:with:colons"),
        ("Basic ???", ""),
        ("Bearer", ""),
        ("Digest T", ""),
        ("Bearer " + "T" * 600, "T" * 512),
    ],
)
def test_the_secret_is_found_in_the_header(header: str, secret: str) -> None:
    credential = find_credential(_request(authorization=header))
    assert credential is not None
    assert (credential.secret, credential.is_session) == (secret, False)


def test_a_header_goes_before_the_cookie() -> None:
    cookie = "metricbox_session=S; other=1"
    assert find_credential(_request(cookie=cookie)) == ("S", True)
    assert find_credential(_request(cookie=cookie, authorization="Bearer T")) == ("T", False)
    assert find_credential(_request()) is None


@pytest.mark.parametrize("path", ["/write", "/write/", "/query", "/api/v2/write", "/influx/write"])
def test_the_query_string_is_read_on_influx_doors_only(path: str) -> None:
    assert find_credential(_request(f"{path}?u=x&p=T")) == ("T", False)
    assert find_credential(_request(f"/api/v1{path}?u=x&p=T")) is None


@pytest.mark.parametrize(
    ("scheme", "host", "origin", "is_own"),
    [
        ("http", "box:8642", "http://box:8642", True),
        ("http", "BOX:8642", "http://box:8642", True),
        ("http", "box", "http://box:80", True),
        ("https", "box:443", "https://box", True),
        ("http", "[::1]:8642", "http://[::1]:8642", True),
        ("http", "box", "https://box", True),
        ("https", "box", "http://box", False),
        ("http", "box:8642", "http://box", False),
        ("http", "box:8642", "http://box:8643", False),
        ("http", "box", "http://evil.box", False),
        ("http", "box", "http://box.evil", False),
        ("http", "box", "http://box/", False),
        ("http", "box", "ftp://box", False),
        ("http", "box", "null", False),
        ("http", "", "http://", False),
    ],
)
def test_own_pages_are_known_by_scheme_and_host(scheme: str, host: str, origin: str, *, is_own: bool) -> None:
    request = _request(scheme=scheme, host=host, origin=origin)
    assert has_own_origin(request) is is_own
    assert has_foreign_origin(request) is not is_own


def test_a_missing_origin_is_neither_own_nor_foreign() -> None:
    assert not has_own_origin(_request(host="box"))
    assert not has_foreign_origin(_request(host="box"))


def test_a_request_is_secure_by_the_scheme_that_the_caller_speaks() -> None:
    assert is_secure(_request(scheme="https"))
    assert not is_secure(_request(scheme="http"))


def test_what_a_browser_sends_by_itself_needs_the_own_origin() -> None:
    cookie = "metricbox_session=S"
    assert needs_own_origin(_request(cookie=cookie))
    assert not needs_own_origin(_request(cookie=cookie, method="GET"))
    assert not needs_own_origin(_request(cookie="other=1"))
    assert not needs_own_origin(_request(authorization="Bearer T", origin="http://evil"))
    assert needs_own_origin(_request(authorization=_basic("u:T"), origin="http://evil"))
    assert not needs_own_origin(_request(authorization=_basic("u:T")))


@pytest.mark.parametrize(
    ("peer", "headers", "expected"),
    [
        ("127.0.0.1", {"host": "localhost:8642"}, True),
        ("127.8.9.10", {"host": "127.0.0.1"}, True),
        ("::1", {"host": "[::1]:8642"}, True),
        ("::ffff:127.0.0.1", {"host": "127.0.0.1"}, True),
        ("127.0.0.1", {}, True),
        ("192.0.2.7", {"host": "localhost"}, False),
        ("::ffff:192.0.2.7", {"host": "localhost"}, False),
        ("127.0.0.1", {"host": "evil.example"}, False),
        ("127.0.0.1", {"host": "localhost", "x_forwarded_for": "127.0.0.1"}, False),
        ("127.0.0.1", {"host": "localhost", "forwarded": "for=127.0.0.1"}, False),
        ("127.0.0.1", {"host": "[broken"}, False),
        ("", {"host": "localhost"}, False),
    ],
)
def test_local_means_peer_host_and_no_proxy(peer: str, headers: dict[str, str], *, expected: bool) -> None:
    assert is_local(_request(peer=peer, **headers)) is expected


@pytest.mark.parametrize(
    ("peer", "source"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unix"),
    ],
)
def test_sources_are_addresses_or_networks_of_one_subscriber(peer: str, source: str) -> None:
    assert source_of(_request(peer=peer)) == source
