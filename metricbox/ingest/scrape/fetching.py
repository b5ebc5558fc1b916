"""Asking one target over HTTP: one time limit on all of it, a limit on its answer, and a sentence for each fault.

Each target has a client of its own, so that one which hangs holds no connection that another waits for. An answer is
taken as it comes; it is unpacked in a decode thread. Redirects are followed on the target's own host alone. Runs on
the event loop.
"""

import asyncio
import socket
import ssl
from pathlib import Path
from typing import NamedTuple

import httpx

from metricbox import __version__
from metricbox.durations import format_duration
from metricbox.ingest.scrape.targets import Target
from metricbox.scrape_settings import ScrapeJob, Tls

ACCEPT = "application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"  # PROTOCOLS 5
MAX_REDIRECTS = 5
# Beyond this an answer needs one of few places: endless ones must not fill the memory, small ones must not wait.
SMALL_BODY_BYTES = 2**20
LARGE_BODIES = 8
_READ_BYTES = 64 * 1024
_HINTS = {
    401: "check basic_auth or bearer_token",
    403: "check basic_auth or bearer_token",
    404: "check path",
    406: "it has none of the formats that metricbox reads",
}


class ScrapeError(Exception):
    """A scrape that failed; `message` is the end of a sentence about the target, without secrets."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Fetched(NamedTuple):
    body: bytes
    """As sent, packed by `encoding`."""
    encoding: str | None
    content_type: str


class TlsContexts:
    """One context for all jobs that are alike; making one reads some hundred certificates."""

    def __init__(self) -> None:
        self._contexts: dict[Tls, ssl.SSLContext] = {}
        self._lock = asyncio.Lock()

    async def find(self, tls: Tls) -> ssl.SSLContext:
        """Raises ScrapeError when a file cannot be read; it is tried again at the next call."""
        async with self._lock:
            context = self._contexts.get(tls)
            if context is None:
                try:
                    context = await asyncio.to_thread(_make_context, tls)
                except (OSError, ssl.SSLError) as error:
                    reason = getattr(error, "strerror", None) or "it is no PEM file"
                    raise ScrapeError(f"a file of its tls settings cannot be used: {reason}") from error
                self._contexts[tls] = context
            return context


def _make_context(tls: Tls) -> ssl.SSLContext:
    if tls.ca is not None:
        context = ssl.create_default_context(cafile=tls.ca)
    else:
        context = httpx.create_ssl_context()
        context.load_default_certs()
    if tls.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.cert is not None:
        context.load_cert_chain(tls.cert, tls.key)
    return context


class Fetcher:
    """Asks one target, one time at once. `is_kept`: whether its connection stays open between two scrapes."""

    def __init__(
        self,
        target: Target,
        contexts: TlsContexts,
        max_body_bytes: int,
        large_bodies: asyncio.Semaphore,
        *,
        is_kept: bool = True,
    ) -> None:
        self._target = target
        self._contexts = contexts
        self._limit_bytes = min(target.job.body_size_limit_bytes or max_body_bytes, max_body_bytes)
        self._large_bodies = large_bodies
        self._is_kept = is_kept
        self._client: httpx.AsyncClient | None = None

    @property
    def limit_bytes(self) -> int:
        return self._limit_bytes

    async def fetch(self) -> Fetched:
        """Raises ScrapeError, and nothing else."""
        timeout_ms = self._target.job.timeout_ms
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                client = await self._find_client()
                headers = await _make_headers(self._target.job)
                return await self._follow(client, headers)
        except TimeoutError as error:
            raise ScrapeError(f"gave no whole answer within {format_duration(timeout_ms)}") from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeEncodeError) as error:
            raise ScrapeError("its address cannot be asked: check target, path and credentials") from error
        except httpx.HTTPError as error:
            raise ScrapeError(_describe(error)) from error

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _find_client(self) -> httpx.AsyncClient:
        if self._client is None:
            context = await self._contexts.find(self._target.job.tls)
            interval_s = self._target.job.interval_ms / 1000
            limits = httpx.Limits(
                max_connections=2,
                max_keepalive_connections=1 if self._is_kept else 0,
                keepalive_expiry=2 * interval_s,
            )
            # Targets are near: no proxy and no netrc of the environment stands between.
            self._client = httpx.AsyncClient(
                transport=httpx.AsyncHTTPTransport(verify=context, limits=limits),
                timeout=None,  # noqa: S113 - the time limit is on the whole
                trust_env=False,
            )
        return self._client

    async def _follow(self, client: httpx.AsyncClient, headers: httpx.Headers) -> Fetched:
        url = httpx.URL(self._target.url)
        for _ in range(MAX_REDIRECTS + 1):
            answer = await _send(client, client.build_request("GET", url, headers=headers))
            try:
                if answer.next_request is None:
                    return await self._read(answer)
                target = answer.next_request.url
            finally:
                await answer.aclose()
            if not _is_same_place(url, target):
                place = f"{target.scheme}://{target.netloc.decode(errors='replace').rpartition('@')[2]}"
                raise ScrapeError(f"redirects to {place[:100]}, which is not followed")
            url = target
        raise ScrapeError(f"redirects more than {MAX_REDIRECTS} times")

    async def _read(self, answer: httpx.Response) -> Fetched:
        if answer.status_code != 200:
            hint = _HINTS.get(answer.status_code)
            said = f"answers {answer.status_code} {answer.reason_phrase}"[:100].strip()
            raise ScrapeError(f"{said}: {hint}" if hint else said)
        body = bytearray()
        has_place = False
        try:
            async for piece in answer.aiter_raw(_READ_BYTES):
                body += piece
                if len(body) > self._limit_bytes:
                    raise ScrapeError(explain_size(self._limit_bytes))
                if len(body) > SMALL_BODY_BYTES and not has_place:
                    await self._large_bodies.acquire()
                    has_place = True
        finally:
            if has_place:
                self._large_bodies.release()
        return Fetched(
            bytes(body), answer.headers.get("content-encoding"), answer.headers.get("content-type", "")
        )


def explain_size(limit_bytes: int) -> str:
    return f"its answer is larger than {limit_bytes} bytes (body_size_limit)"


async def _send(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    try:
        return await client.send(request, stream=True)
    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
        # A kept connection may have been closed while the request was on its way; a new one tells the truth.
        return await client.send(request, stream=True)


def _is_same_place(known: httpx.URL, wanted: httpx.URL) -> bool:
    """The same host and port, or its encrypted door: credentials and the right to ask go no further."""
    if known.host != wanted.host or wanted.scheme not in {"http", "https"}:
        return False
    is_upgrade = (known.scheme, wanted.scheme) == ("http", "https")
    return is_upgrade or (known.scheme, known.port) == (wanted.scheme, wanted.port)


async def _make_headers(job: ScrapeJob) -> httpx.Headers:
    headers = {
        "Accept": ACCEPT,
        "Accept-Encoding": "gzip",
        "User-Agent": f"metricbox/{__version__}",
        "X-Prometheus-Scrape-Timeout-Seconds": f"{job.timeout_ms / 1000:g}",
    }
    token = job.bearer_token.get_secret_value()
    if job.bearer_token_file is not None:
        token = await _read_secret(job.bearer_token_file, "bearer_token_file")
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if job.basic_auth is not None:
        password = job.basic_auth.password.get_secret_value()
        if job.basic_auth.password_file is not None:
            password = await _read_secret(job.basic_auth.password_file, "password_file")
        request = httpx.Request("GET", "http://any/")
        flow = httpx.BasicAuth(job.basic_auth.username, password).auth_flow(request)
        headers["Authorization"] = next(flow).headers["Authorization"]
    # Bytes: httpx would ask for ASCII.
    return httpx.Headers([(name.encode(), value.encode()) for name, value in headers.items()])


async def _read_secret(path: Path, field: str) -> str:
    try:
        return (await asyncio.to_thread(path.read_text, encoding="utf-8")).strip()
    except OSError as error:
        raise ScrapeError(f"the file of {field} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ScrapeError(f"the file of {field} is no text") from error


def _describe(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {cause.verify_message}; see tls"
        if isinstance(cause, ssl.SSLError):
            return "does not speak TLS as it should; check scheme"
        if isinstance(cause, ConnectionRefusedError):
            return "refuses the connection: nothing listens there"
        if isinstance(cause, socket.gaierror):
            return "its host name is not known"
        if isinstance(cause, OSError) and cause.strerror and cause.errno:
            return f"cannot be reached: {cause.strerror}"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.RemoteProtocolError):
        return "closes the connection before its answer is whole, or does not speak HTTP"
    return f"cannot be reached ({type(error).__name__})"
