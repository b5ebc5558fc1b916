"""Addresses that the agent talks to, and the one way in which it opens connections to them."""

import base64
import http.client
import ssl
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit


class HttpAddress(NamedTuple):
    """An http or https address, taken apart. `authorization` comes from `user:password@` in it."""

    is_tls: bool
    host: str
    port: int
    path: str
    """With the query; begins with / or is empty."""
    authorization: str | None = None

    @property
    def netloc(self) -> str:
        """Host and port, as a label or a log shows them: without the password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{'https' if self.is_tls else 'http'}://{self.netloc}{self.path}"


def parse_http_address(text: str) -> HttpAddress:
    """Raises ValueError with a sentence for a person, which does not repeat the text: it may hold a password."""
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError("must be an address, like http://box:8642")
    is_tls = parts.scheme == "https"
    authorization = None
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = f"Basic {base64.b64encode(pair.encode()).decode()}"
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return HttpAddress(is_tls, host, port or (443 if is_tls else 80), path, authorization)


def make_tls_context(ca_file: Path | None, *, is_verified: bool) -> ssl.SSLContext:
    """Raises OSError, of which ssl.SSLError is one, when the file holds no certificates."""
    context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    if not is_verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def connect(
    address: HttpAddress, timeout_s: float, context: ssl.SSLContext | None
) -> http.client.HTTPConnection:
    """Not yet open: the first request opens it."""
    if address.is_tls:
        return http.client.HTTPSConnection(address.host, address.port, timeout=timeout_s, context=context)
    return http.client.HTTPConnection(address.host, address.port, timeout=timeout_s)
