"""HTTP targets in the test's own process, and all that a scrape needs around it."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from metricbox.clock import ManualClock
from metricbox.ingest.scrape.discovery import Discovery
from metricbox.ingest.scrape.fetching import LARGE_BODIES, Fetcher, TlsContexts
from metricbox.ingest.scrape.loop import TargetLoop
from metricbox.ingest.scrape.targets import Target, make_targets
from metricbox.ingest.service import IngestService
from metricbox.model import is_stale_marker
from metricbox.scrape_settings import ScrapeJob
from metricbox.selfmetrics import SelfMetrics
from metricbox.settings import Settings
from tests.ingest.fakes import FakeStore

NOW_MS = 1_795_600_800_000
MAX_BODY_BYTES = 2**24
ENDED = "ended"

Request = tuple[str, Mapping[str, str]]
Writer = asyncio.StreamWriter


def make_job(**fields: Any) -> ScrapeJob:
    return ScrapeJob.model_validate({"job": "node", "targets": ["web1:9100"]} | fields)


def make_target(url: str = "http://web1:9100", **fields: Any) -> Target:
    job = make_job(targets=[url.partition("://")[2]], scheme=url.partition(":")[0], **fields)
    found = make_targets(job, Discovery(job).read().addresses)
    assert (len(found.targets), found.faults) == (1, ())
    return found.targets[0]


def make_fetcher(target: Target, max_body_bytes: int = MAX_BODY_BYTES) -> Fetcher:
    return Fetcher(target, TlsContexts(), max_body_bytes, asyncio.Semaphore(LARGE_BODIES))


class Bench:
    """A loop over an ingest service whose store is in memory."""

    def __init__(self, target: Target, store: FakeStore | None = None) -> None:
        self.store = store or FakeStore()
        self.clock = ManualClock(NOW_MS)
        self.metrics = SelfMetrics()
        self.ingest = IngestService(self.store, self.clock, Settings(), self.metrics)
        self.loop = TargetLoop(target, make_fetcher(target), self.ingest, self.clock, asyncio.Semaphore(10))

    async def scrape(self, after_ms: int = 15_000) -> dict[str, float | str]:
        """One more scrape; what it stored, by name and labels."""
        self.clock.advance_ms(after_ms)
        await self.loop.scrape(self.clock.now_ms())
        return self.last()

    def last(self) -> dict[str, float | str]:
        batch = self.store.batches[-1]
        found: dict[str, float | str] = {}
        rows = zip(self.store.rows(batch), is_stale_marker(batch.values), strict=True)
        for (name, labels, _, value), ended in rows:
            more = "".join(f" {key}={text}" for key, text in labels.items() if key not in {"job", "instance"})
            assert name + more not in found
            found[name + more] = ENDED if ended else value
        return found

    async def close(self) -> None:
        await self.loop.close()
        self.ingest.close()


def without_reports(found: Mapping[str, float | str]) -> dict[str, float | str]:
    return {name: value for name, value in found.items() if name != "up" and not name.startswith("scrape_")}


@contextlib.asynccontextmanager
async def serving(
    answer: Callable[[Request, Writer], Any], tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """A server that gives each request, path and headers in lower case, to `answer`; its address as a URL."""
    tasks: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: Writer) -> None:
        tasks.add(asyncio.current_task())  # type: ignore[arg-type]
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while True:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                    pairs = (line.split(": ", 1) for line in head[1:] if line)
                    headers = {name.lower(): value for name, value in pairs}
                    if await answer((head[0].split(" ")[1], headers), writer) is False:
                        break
                    await writer.drain()
                writer.close()
                await writer.wait_closed()
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Page:
    """What a target answers; may be changed between scrapes."""

    def __init__(self, text: str | bytes = "", status: str = "200 OK", **headers: str) -> None:
        self.text, self.status = text, status
        self.headers = headers
        self.requests: list[Request] = []
        self.connections: set[int] = set()

    async def __call__(self, request: Request, writer: Writer) -> None:
        self.requests.append(request)
        self.connections.add(id(writer))
        body = self.text.encode() if isinstance(self.text, str) else self.text
        lines = [f"HTTP/1.1 {self.status}", f"Content-Length: {len(body)}"]
        headers = {"content_type": "text/plain; version=0.0.4"} | self.headers
        lines += [f"{name.replace('_', '-').title()}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
