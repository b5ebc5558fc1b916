"""Posting to a receiver over HTTP. Time limits, no redirects, and a sentence for whatever goes wrong."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx

from metricbox.alerts.channels.sending import SendError

CONNECT_TIMEOUT_S = 5.0
TIMEOUT_S = 15.0
MAX_ANSWER_CHARS = 200
# Busy or broken for now; any other refusal would be the same the next time.
_LATER = frozenset({408, 425, 429})


class HttpPoster:
    """One for all channels; closed by app.py. `allowed_hosts` empty is any."""

    def __init__(self, allowed_hosts: Sequence[str] = ()) -> None:
        self._allowed_hosts = frozenset(host.lower() for host in allowed_hosts)
        # trust_env: a proxy in the environment is the operator's way out of his network.
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(TIMEOUT_S, connect=CONNECT_TIMEOUT_S), follow_redirects=False
        )

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> str:
        """The receiver's answer. Raises SendError."""
        check_host(url, self._allowed_hosts)
        try:
            answer = await self._client.post(url, content=body, headers=dict(headers))
        except httpx.InvalidURL as error:
            raise SendError("the address cannot be used", is_final=True) from error
        except httpx.TimeoutException as error:
            raise SendError(f"no answer within {TIMEOUT_S:g} s") from error
        except httpx.HTTPError as error:
            # The address may hold a secret: only the kind of fault is told.
            raise SendError(f"cannot be reached ({type(error).__name__})") from error
        said = " ".join(answer.text[:MAX_ANSWER_CHARS].split())
        shown = f"{answer.status_code} {said}".strip()
        if answer.is_success:
            return shown
        if answer.is_redirect:
            raise SendError(
                f"{answer.status_code}: redirects elsewhere, which is not followed", is_final=True
            )
        is_later = answer.status_code >= 500 or answer.status_code in _LATER
        raise SendError(shown, is_final=not is_later, retry_after_s=_read_retry_after(answer))

    async def post_json(self, url: str, value: Any, headers: Mapping[str, str] | None = None) -> str:
        body = json.dumps(value, ensure_ascii=False).encode()
        return await self.post(url, body, {"Content-Type": "application/json", **(headers or {})})

    async def close(self) -> None:
        await self._client.aclose()


def check_host(url: str, allowed_hosts: frozenset[str]) -> None:
    """Raises SendError for a host that the setting does not name."""
    host = (urlsplit(url).hostname or "").lower()
    if allowed_hosts and host not in allowed_hosts:
        raise SendError("its host is not among those that the setting notify_hosts allows", is_final=True)


def _read_retry_after(answer: httpx.Response) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None
