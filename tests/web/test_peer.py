"""Whose word is taken about where a caller sits and how it came."""

from types import SimpleNamespace
from typing import Any

import pytest
from sanic.compat import Header

from metricbox.addresses import parse_peers
from metricbox.web.peer import Peer, find_peer

TRUSTED = parse_peers("10.0.0.0/8, fd00::/8")


def _request(ip: str, *headers: tuple[str, str], tls: bool = False) -> Any:
    return SimpleNamespace(ip=ip, headers=Header(list(headers)), conn_info=SimpleNamespace(ssl=tls))


FOR, PROTO = "X-Forwarded-For", "X-Forwarded-Proto"


@pytest.mark.parametrize(
    ("ip", "hops", "expected"),
    [
        # From anybody: not believed.
        ("192.0.2.7", ["203.0.113.9"], "192.0.2.7"),
        ("127.0.0.1", ["203.0.113.9"], "127.0.0.1"),
        # From a proxy: the last address that is not a proxy's own.
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["203.0.113.9, 10.0.0.7"], "203.0.113.9"),
        ("fd00::1", ["2001:db8::7"], "2001:db8::7"),
        ("10.0.0.1", ["203.0.113.9:4711"], "203.0.113.9"),
        ("10.0.0.1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("::ffff:10.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
        # A proxy that says nothing, or calls by itself.
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["10.0.0.7"], "10.0.0.7"),
        # What cannot be read ends the chain.
        ("10.0.0.1", ["203.0.113.9, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9, <script>, 10.0.0.7"], "10.0.0.7"),
        ("10.0.0.1", ["x" * 5000], "10.0.0.1"),
    ],
)
def test_the_callers_address(ip: str, hops: list[str], expected: str) -> None:
    assert find_peer(_request(ip, *((FOR, hop) for hop in hops)), TRUSTED).address == expected


@pytest.mark.parametrize(
    ("ip", "tls", "values", "scheme"),
    [
        ("192.0.2.7", False, ["https"], "http"),
        ("192.0.2.7", True, ["http"], "https"),
        ("10.0.0.1", False, ["https"], "https"),
        ("10.0.0.1", False, ["HTTPS"], "https"),
        ("10.0.0.1", True, ["http"], "http"),
        ("10.0.0.1", False, ["https", "http"], "http"),
        ("10.0.0.1", False, ["javascript"], "http"),
        ("10.0.0.1", True, [], "https"),
    ],
)
def test_the_callers_scheme(ip: str, values: list[str], scheme: str, *, tls: bool) -> None:
    request = _request(ip, *((PROTO, value) for value in values), tls=tls)
    assert find_peer(request, TRUSTED).scheme == scheme


def test_callers_of_the_unix_socket_are_one_until_it_is_trusted() -> None:
    request = _request("", (FOR, "203.0.113.9"), (PROTO, "https"))
    assert find_peer(request, TRUSTED) == Peer("unix", "http")
    assert find_peer(request, parse_peers("unix")) == Peer("203.0.113.9", "https")
