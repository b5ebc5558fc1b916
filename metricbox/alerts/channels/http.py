"""Posting to a receiver over HTTP. Time limits, no redirects, and a sentence for whatever goes wrong."""

import asyncio
import json
import socket
import ssl
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from metricbox.alerts.channels.sending import SendError

CONNECT_TIMEOUT_S = 5.0
TIMEOUT_S = 15.0
MAX_ANSWER_CHARS = 200
# Of an answer no more is read; what is said is at its beginning.
_MAX_ANSWER_BYTES = 4_096
# Busy or broken for now; any other refusal would be the same the next time.
_LATER = frozenset({408, 425, 429})


class HttpPoster:
    """One for all channels; closed by app.py. `allowed_hosts` empty is any."""

    def __init__(self, allowed_hosts: Sequence[str] = ()) -> None:
        self.allowed_hosts = frozenset(_fold(host) for host in allowed_hosts)
        # A proxy in the environment is the operator's way out of his network, and is used. Connections are not counted:
        # receivers that hang must not keep others waiting for one.
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            follow_redirects=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
            verify=make_tls_context(),
        )

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        auth: tuple[str, str] | None = None,
    ) -> str:
        """The receiver's answer. `auth`: name and password. Raises SendError."""
        try:
            target = httpx.URL(url)
            request = self._client.build_request("POST", target, content=body, headers=_encode(headers))
        except (httpx.InvalidURL, ValueError) as error:
            raise SendError("the address cannot be used", is_final=True) from error
        check_host(target.host, self.allowed_hosts)
        try:
            # httpx limits each read, and a receiver may send a byte now and then for ever.
            async with asyncio.timeout(TIMEOUT_S):
                answer = await self._client.send(
                    request, stream=True, auth=httpx.BasicAuth(*auth) if auth else None
                )
                try:
                    said = await _read_start(answer)
                finally:
                    await answer.aclose()
        except (httpx.TimeoutException, TimeoutError) as error:
            raise SendError(f"no answer within {TIMEOUT_S:g} s") from error
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError) as error:
            raise SendError("the address or a header cannot be used", is_final=True) from error
        except httpx.HTTPError as error:
            raise SendError(f"cannot be reached ({_describe(error)})") from error
        return _judge(answer, said)

    async def post_json(
        self,
        url: str,
        value: Any,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> str:
        return await self.post(
            url, encode_json(value), {"Content-Type": "application/json", **(headers or {})}, auth
        )

    async def close(self) -> None:
        await self._client.aclose()


def encode_json(value: Any) -> bytes:
    """Compact; characters are not escaped. JSON knows no infinite number: it is null."""
    return json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def check_host(host: str, allowed_hosts: frozenset[str]) -> None:
    """Raises SendError for a host that the setting does not name."""
    if allowed_hosts and _fold(host) not in allowed_hosts:
        raise SendError("its host is not among those that the setting notify_hosts allows", is_final=True)


def make_tls_context() -> ssl.SSLContext:
    """Trusts the authorities of the system, those that come with httpx, and SSL_CERT_FILE of the environment."""
    context = httpx.create_ssl_context()
    context.load_default_certs()
    return context


def _fold(host: str) -> str:
    return host.lower().rstrip(".").strip("[]")


def _encode(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    # Compressed answers could grow without end.
    chosen = {"Accept-Encoding": "identity", "User-Agent": "metricbox", **headers}
    return [(name.encode("ascii"), value.encode()) for name, value in chosen.items()]


async def _read_start(answer: httpx.Response) -> str:
    content = b""
    async for piece in answer.aiter_raw():
        content += piece
        if len(content) >= _MAX_ANSWER_BYTES:
            break
    return " ".join(content[:_MAX_ANSWER_BYTES].decode(errors="replace").split())[:MAX_ANSWER_CHARS]


def _judge(answer: httpx.Response, said: str) -> str:
    shown = f"{answer.status_code} {said}".strip()
    if answer.is_success:
        return shown
    if 300 <= answer.status_code < 400:
        reason = f"{answer.status_code}: redirects elsewhere, which is not followed"
        raise SendError(reason, is_final=True)
    is_later = answer.status_code >= 500 or answer.status_code in _LATER
    raise SendError(shown, is_final=not is_later, retry_after_s=_read_retry_after(answer))


def _describe(error: BaseException) -> str:
    """The kind of fault, and its reason where that is known to hold no part of the address."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate: {cause.verify_message}"
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
        if isinstance(cause, socket.gaierror):
            return "its host name is not known"
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__


def _read_retry_after(answer: httpx.Response) -> float | None:
    """Seconds, or a time that is compared with the receiver's own clock."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(answer.headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return max(wait.total_seconds(), 0.0)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and value - value != 0:
        return None
    if isinstance(value, Mapping):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return value
