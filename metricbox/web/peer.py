"""Who is at the other end of a connection, and by which scheme the caller came: once for each request. Pure.

A proxy hides the caller; what it says in X-Forwarded-For and X-Forwarded-Proto is believed when it connects from one
of `trusted_proxies`, and from nobody else, since anybody can send these headers.

    X-Forwarded-For: made-up, 203.0.113.7, 10.0.0.5      connection from 10.0.0.4
                              ^ the caller   ^ trusted                   ^ trusted

Read from the right: each proxy adds the address that it saw, so that what a caller made up stands left of its own.
"""

from typing import NamedTuple

from sanic import Request

from metricbox.addresses import UNIX_PEER, Peers, read_address
from metricbox.web.context import context_of

# A chain of proxies is short; a longer list is somebody's game.
_MAX_HOPS = 32


class Peer(NamedTuple):
    address: str
    """The caller's address as text, or `unix` for a caller of the Unix socket whose proxy said nothing."""
    scheme: str
    """`http` or `https`, as the caller's browser has it."""


def peer_of(request: Request) -> Peer:
    known: Peer | None = getattr(request.ctx, "peer", None)
    if known is None:
        known = request.ctx.peer = find_peer(request, context_of(request).settings.trusted_proxies)
    return known


def find_peer(request: Request, trusted: Peers) -> Peer:
    address = request.ip or UNIX_PEER
    connection = request.conn_info
    scheme = "https" if connection is not None and connection.ssl else "http"
    if not trusted.holds(address):
        return Peer(address, scheme)
    return Peer(
        _forwarded_address(request, address, trusted),
        _forwarded_scheme(request) or scheme,
    )


def _forwarded_address(request: Request, address: str, trusted: Peers) -> str:
    hops = ",".join(request.headers.getall("x-forwarded-for", [])).split(",")
    for hop in reversed(hops[-_MAX_HOPS:]):
        found = read_address(_without_port(hop.strip()))
        # What cannot be read ends the chain: nobody vouches for what stands left of it.
        if found is None:
            return address
        address = str(found)
        if not trusted.holds(address):
            return address
    return address


def _without_port(text: str) -> str:
    """Some proxies write `203.0.113.7:4711` and `[2001:db8::7]:4711`."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    host, colon, _ = text.partition(":")
    return host if colon and "." in host else text


def _forwarded_scheme(request: Request) -> str | None:
    values = ",".join(request.headers.getall("x-forwarded-proto", [])).split(",")
    last = values[-1].strip().lower()
    return last if last in {"http", "https"} else None
