"""The server that is read from or written to: by its address and a token, or by the data folder on this machine.

Through the folder a token is made that lives for the command alone; nobody has to keep one for a cron job.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from metricbox.control import SOCKET_NAME, call_server
from metricbox.errors import CommandError, UsageError

# A server that is restarted is back within seconds; one that is away for longer is somebody's to look at.
PATIENCE_S = 300.0
_FIRST_DELAY_S = 0.5
_LONGEST_DELAY_S = 30.0
_TIMEOUT = httpx.Timeout(10.0, read=300.0, write=300.0)
_LATER = frozenset({408, 429, 502, 503, 504, 507})


class Reply(NamedTuple):
    status: int
    message: str
    """The server's sentence; empty when all went well."""


class Connection:
    """Blocking. Errors are CommandError with a sentence that says what to do."""

    def __init__(
        self,
        client: httpx.Client,
        *,
        patience_s: float = PATIENCE_S,
        sleep: Callable[[float], None] = time.sleep,
        notify: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._client = client
        self._patience_s = patience_s
        self._sleep = sleep
        self._notify = notify

    def get(self, path: str, parameters: Mapping[str, Any] | None = None) -> Any:
        """The `data` of an answer."""
        answer = self._send("GET", path, params=parameters)
        if answer.status_code >= 400:
            raise self._fault(path, answer.status_code, _message_of(answer))
        return answer.json()["data"]

    def get_content(self, path: str) -> bytes:
        answer = self._send("GET", path)
        if answer.status_code >= 400:
            raise self._fault(path, answer.status_code, _message_of(answer))
        return answer.content

    def post(
        self,
        path: str,
        content: bytes,
        parameters: Mapping[str, str] | None = None,
        content_type: str = "application/octet-stream",
    ) -> Reply:
        """Waits PATIENCE_S for a server that is away or full. Refusals for good are replies; missing rights raise."""
        headers = {"Content-Type": content_type}
        answer = self._send("POST", path, params=parameters, content=content, headers=headers)
        if answer.status_code in {401, 403, 404}:
            raise self._fault(path, answer.status_code, _message_of(answer))
        return Reply(answer.status_code, _message_of(answer) if answer.status_code >= 400 else "")

    def export(self, matches: Sequence[str], parameters: Mapping[str, str]) -> Iterator[bytes]:
        """The lines of an export. Raises CommandError when the answer ends before its end."""
        form = {"match[]": list(matches), **parameters}
        try:
            with self._client.stream("POST", "/api/v1/export", data=form) as answer:
                if answer.status_code >= 400:
                    answer.read()
                    raise self._fault("/api/v1/export", answer.status_code, _message_of(answer))
                yield from _split_lines(answer.iter_bytes())
        except httpx.TransportError as error:
            raise CommandError(
                f"the server's answer broke off ({error}); its log says why, then export again"
            ) from error

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        waited_s, delay_s = 0.0, _FIRST_DELAY_S
        while True:
            wanted_s = None
            try:
                answer = self._client.request(method, path, **options)
                if answer.status_code not in _LATER:
                    return answer
                reason = _message_of(answer)
                wanted_s = _retry_after_s(answer)
            except httpx.TransportError as error:
                reason = f"{self._client.base_url} cannot be reached: {error}"
            if waited_s >= self._patience_s:
                raise CommandError(f"{reason}; nothing was lost, run the command again to go on")
            pause_s = min(max(delay_s, wanted_s or 0.0), _LONGEST_DELAY_S)
            self._notify(f"{reason}; trying again in {pause_s:.0f} s")
            self._sleep(pause_s)
            waited_s += pause_s
            delay_s = min(2 * delay_s, _LONGEST_DELAY_S)

    def _fault(self, path: str, status: int, message: str) -> CommandError:
        if status == 404:
            return CommandError(
                f"{self._client.base_url} has no {path}: is it a metricbox, and as new as this one?"
            )
        return CommandError(message)


@contextmanager
def connect(
    server: str | None,
    token: str | None,
    folder: Path,
    scope: str,
    notify: Callable[[str], None] = lambda _: None,
) -> Iterator[Connection]:
    """A connection with the rights of `scope` (ingest, read or admin). Raises UsageError or CommandError."""
    if server is None and token is not None:
        raise UsageError("--token goes with --server")
    if server is not None:
        if urlsplit(server).scheme not in {"http", "https"}:
            raise UsageError(f"--server {server}: write an address, like http://box:8642")
        if token is None:
            raise UsageError("--server needs a token: --token, or METRICBOX_TOKEN in the environment")
        with _open(server, token) as client:
            yield Connection(client, notify=notify)
        return
    if not (folder / SOCKET_NAME).exists():
        raise CommandError(
            f"no server runs on {folder}: start it, say --data for another folder, or --server and --token"
        )
    where = call_server(folder, "server.address", {})
    name = f"metricbox command {secrets.token_hex(6)}"
    made = call_server(
        folder,
        "token.create",
        {
            "name": name,
            "scope": scope,
            "owner": None,
            "expires": "1d",
            "metric_prefix": None,
            "max_series": None,
        },
    )
    try:
        with _open(where["url"], made["secret"], where["socket"], is_own=True) as client:
            yield Connection(client, notify=notify)
    finally:
        call_server(folder, "token.revoke", {"token": name})


def _open(url: str, token: str, socket: str | None = None, *, is_own: bool = False) -> httpx.Client:
    # To this machine's own server there is nobody in between, and its certificate names another host.
    transport = httpx.HTTPTransport(uds=socket, verify=not is_own)
    return httpx.Client(
        base_url=url,
        headers={"Authorization": f"Bearer {token}"},
        timeout=_TIMEOUT,
        transport=transport,
        trust_env=False,
    )


def _split_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line for line in lines if line)
    if rest:
        yield rest


def _message_of(answer: httpx.Response) -> str:
    try:
        body = answer.json()
        return str(body.get("error") or body.get("message") or answer.reason_phrase)
    except (ValueError, AttributeError):
        return f"the server answered {answer.status_code} {answer.reason_phrase}"


def _retry_after_s(answer: httpx.Response) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None
