"""Credentials as clients send them, and whether a request came from our own page or machine. Pure, no I/O.

cookie metricbox_session             a session of the browser
Authorization: Bearer T              a token
Authorization: Token T, Token u:T    a token, as Influx clients write it
Authorization: Basic base64(u:T)     a token in the place of a password
?u=&p=T                              a token, on Influx's own doors only: a URL ends up in logs
"""

import base64
import binascii
import ipaddress
from typing import NamedTuple
from urllib.parse import urlsplit

from sanic import Request

from metricbox.addresses import read_address
from metricbox.web.peer import peer_of

SESSION_COOKIE = "metricbox_session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Doors of Influx 1 clients, which know no other way.
QUERY_CREDENTIAL_PATHS = frozenset(
    {prefix + path for prefix in ("", "/influx") for path in ("/write", "/query", "/ping", "/api/v2/write")}
)
_PROXY_HEADERS = ("x-forwarded-for", "forwarded", "x-real-ip")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_MAX_SECRET_CHARS = 512


class Credential(NamedTuple):
    secret: str
    is_session: bool


def find_credential(request: Request) -> Credential | None:
    """What the caller shows; a header goes before the cookie. An unreadable one counts as a wrong one."""
    header = str(request.headers.get("authorization", ""))
    if header:
        return Credential(_token_of(header)[:_MAX_SECRET_CHARS], is_session=False)
    if request.path.rstrip("/") in QUERY_CREDENTIAL_PATHS:
        secret = request.args.get("p")
        if secret:
            return Credential(str(secret)[:_MAX_SECRET_CHARS], is_session=False)
    cookie = request.cookies.get(SESSION_COOKIE)
    if cookie:
        return Credential(cookie[:_MAX_SECRET_CHARS], is_session=True)
    return None


def _token_of(header: str) -> str:
    # netdata ends this header by a bare LF, so that the one behind it hangs on.
    scheme, _, rest = header.partition("\n")[0].partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer":
        return rest
    if scheme.lower() == "token":
        return rest.rpartition(":")[2]
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def needs_own_origin(request: Request) -> bool:
    """Whether the browser sends these credentials by itself, on behalf of any page: the cookie, and Basic."""
    if request.method in SAFE_METHODS:
        return False
    if request.cookies.get(SESSION_COOKIE):
        return True
    is_basic = str(request.headers.get("authorization", "")).lower().startswith("basic ")
    return is_basic and "origin" in request.headers


def has_own_origin(request: Request) -> bool:
    """Whether Origin names this server as the caller sees it: its Host header, with the scheme of the connection.

    https before an http connection is let in, for a TLS proxy that is not told of; the other way round is not.
    """
    origin = str(request.headers.get("origin", ""))
    scheme, _, authority = origin.partition("://")
    if scheme not in _DEFAULT_PORTS or (scheme == "http" and peer_of(request).scheme == "https"):
        return False
    host = str(request.headers.get("host", ""))
    return bool(host) and _plain_authority(scheme, authority) == _plain_authority(scheme, host)


def has_foreign_origin(request: Request) -> bool:
    return "origin" in request.headers and not has_own_origin(request)


def _plain_authority(scheme: str, authority: str) -> str:
    return authority.lower().removesuffix(f":{_DEFAULT_PORTS[scheme]}")


def is_local(request: Request) -> bool:
    """Whether the caller sits on this machine: peer and named host are local, and no proxy passed it on.

    The host is looked at so that a foreign page whose name was pointed at 127.0.0.1 does not count (DNS rebinding). A
    caller of the Unix socket does not count either: it is a proxy, for whoever is behind it.
    """
    if any(name in request.headers for name in _PROXY_HEADERS):
        return False
    address = read_address(request.ip)
    if address is None or not address.is_loopback:
        return False
    try:
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname or "localhost"
    except ValueError:
        return False
    return host == "localhost" or read_address(host) is not None


def source_of(request: Request) -> str:
    """The caller's address, for throttling and the audit; one IPv6 subscriber has a whole /64."""
    peer = peer_of(request).address
    address = read_address(peer)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return peer if address is None else str(address)


def is_secure(request: Request) -> bool:
    """Whether the caller's browser speaks HTTPS: to this server, or to a proxy that it trusts."""
    return peer_of(request).scheme == "https"
