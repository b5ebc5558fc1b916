"""Asking a target over real sockets: what is sent, what is taken, and every way in which a target can be at fault."""

import asyncio
import contextlib
import gzip
import socket
import ssl
from pathlib import Path

import pytest

from metricbox.ingest.scrape import fetching
from metricbox.ingest.scrape.fetching import Fetcher, ScrapeError
from tests.ingest.scrape.targets_at_hand import Page, make_fetcher, make_target, serving

METRICS = "a 1\nb 2\n"


async def fault_of(fetcher: Fetcher) -> str:
    with pytest.raises(ScrapeError) as caught:
        await fetcher.fetch()
    await fetcher.close()
    return caught.value.message


@contextlib.asynccontextmanager
async def asking(page, **fields):
    async with serving(page) as url:
        fetcher = make_fetcher(make_target(url, **fields))
        yield fetcher
        await fetcher.close()


async def test_a_scrape_asks_as_prometheus_does() -> None:
    page = Page(METRICS)
    async with asking(page, path="/m", params={"x": "1"}, interval="5s", timeout="2500ms") as fetcher:
        fetched = await fetcher.fetch()
    assert (fetched.body, fetched.encoding, fetched.content_type[:10]) == (
        METRICS.encode(),
        None,
        "text/plain",
    )
    path, headers = page.requests[0]
    assert path == "/m?x=1"
    assert headers["accept"].startswith("application/openmetrics-text;version=1.0.0")
    assert headers["accept-encoding"] == "gzip"
    assert headers["x-prometheus-scrape-timeout-seconds"] == "2.5"
    assert headers["user-agent"].startswith("metricbox/")
    assert "authorization" not in headers


async def test_a_packed_answer_is_handed_on_as_it_came() -> None:
    packed = gzip.compress(METRICS.encode())
    async with asking(Page(packed, content_encoding="gzip")) as fetcher:
        assert (await fetcher.fetch())[:2] == (packed, "gzip")


async def test_the_connection_stays_open_between_scrapes_when_it_may() -> None:
    page = Page(METRICS)
    async with asking(page) as fetcher:
        for _ in range(3):
            await fetcher.fetch()
    assert (len(page.requests), len(page.connections)) == (3, 1)


async def test_a_kept_connection_that_the_target_closed_is_made_anew() -> None:
    answered = 0

    async def answer(request, writer):
        nonlocal answered
        answered += 1
        await Page(METRICS)(request, writer)
        await writer.drain()
        return False

    async with asking(answer) as fetcher:
        for _ in range(3):
            assert (await fetcher.fetch()).body == METRICS.encode()
    assert answered == 3


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"bearer_token": "sesam"}, "Bearer sesam"),
        ({"basic_auth": {"username": "me", "password": "söd:a"}}, "Basic bWU6c8O2ZDph"),
    ],
)
async def test_credentials_are_sent(fields, expected) -> None:
    page = Page(METRICS)
    async with asking(page, **fields) as fetcher:
        await fetcher.fetch()
    assert page.requests[0][1]["authorization"] == expected


async def test_credentials_from_a_file_are_read_before_each_scrape(tmp_path: Path) -> None:
    file = tmp_path / "token"
    page = Page(METRICS)
    async with asking(page, bearer_token_file=str(file)) as fetcher:
        assert "bearer_token_file cannot be read: No such file" in await fault_of(fetcher)
        for token in ("one", "two"):
            file.write_text(f"{token}\n")
            await fetcher.fetch()
    assert [headers["authorization"] for _, headers in page.requests] == ["Bearer one", "Bearer two"]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (Page("broken", "500 Internal Server Error"), "answers 500 Internal Server Error"),
        (Page("", "401 Unauthorized"), "answers 401 Unauthorized: check basic_auth or bearer_token"),
        (Page("", "404 Not Found"), "answers 404 Not Found: check path"),
        (Page("", "204 No Content"), "answers 204 No Content"),
        (
            Page("", "302 Found", location="http://localhost:9/metrics"),
            "redirects to http://localhost:9, which",
        ),
        (
            Page("", "302 Found", location="//evil.example.org/"),
            "redirects to http://evil.example.org, which",
        ),
        (Page("", "302 Found", location="http://u:p@127.0.0.1:9/"), "redirects to http://127.0.0.1:9, which"),
        (Page("", "302 Found", location="/again"), "redirects more than 5 times"),
    ],
    ids=lambda value: value.status if isinstance(value, Page) else "",
)
async def test_an_answer_that_is_no_success_says_what_to_do(page, expected) -> None:
    async with asking(page) as fetcher:
        assert (await fault_of(fetcher)).startswith(expected)


async def test_a_redirect_on_the_same_host_is_followed() -> None:
    async def answer(request, writer):
        page = Page(METRICS) if request[0] == "/new" else Page("", "301 Moved", location="/new")
        await page(request, writer)

    async with asking(answer) as fetcher:
        assert (await fetcher.fetch()).body == METRICS.encode()


async def hang(_request, _writer):
    await asyncio.Event().wait()


async def trickle(_request, writer):
    """Never ends, and never is still."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        writer.write(b"a 1\n")
        await writer.drain()
        await asyncio.sleep(0.01)


async def flood(_request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        writer.write(b"a 1\n" * 10_000)
        await writer.drain()


async def cut(_request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na 1\n")
    return False


async def babble(_request, writer):
    writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
    return False


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (hang, "gave no whole answer within 300ms"),
        (trickle, "gave no whole answer within 300ms"),
        (flood, "its answer is larger than 1000000 bytes (body_size_limit)"),
        (cut, "closes the connection before its answer is whole"),
        (babble, "closes the connection before its answer is whole, or does not speak HTTP"),
    ],
)
async def test_a_target_that_hangs_floods_or_breaks_off_is_left(answer, expected) -> None:
    # Only those that never end may be short: a busy machine takes its time for the others.
    timeout = {"interval": "1s", "timeout": "300ms"} if "300ms" in expected else {}
    async with asking(answer, body_size_limit=1_000_000, **timeout) as fetcher:
        assert (await fault_of(fetcher)).startswith(expected)


async def test_large_answers_wait_for_a_place_and_small_ones_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SMALL_BODY_BYTES", 100)
    places = asyncio.Semaphore(1)
    async with serving(Page("a 1\n" * 100)) as large, serving(Page(METRICS)) as small:
        contexts = fetching.TlsContexts()
        one, other = (Fetcher(make_target(url), contexts, 10_000, places) for url in (large, small))
        hurried = Fetcher(make_target(large, timeout="500ms"), contexts, 10_000, places)
        await places.acquire()
        assert (await other.fetch()).body == METRICS.encode()
        assert "gave no whole answer" in await fault_of(hurried)
        places.release()
        assert len((await one.fetch()).body) == 400
        assert not places.locked()
        await one.close()
        await other.close()


async def test_nobody_there_is_told_apart() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert (
            await fault_of(make_fetcher(make_target(url))) == "refuses the connection: nothing listens there"
        )
    assert "host name is not known" in await fault_of(
        make_fetcher(make_target("http://no-such-host.invalid:1"))
    )


async def test_tls_is_checked_by_the_authorities_that_the_settings_name(tmp_path: Path) -> None:
    from tests.support.certificates import make_certificate

    certificate, key = make_certificate(tmp_path, "target")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    async with serving(Page(METRICS), context) as url:
        assert "its certificate is not trusted" in await fault_of(make_fetcher(make_target(url)))
        for tls in ({"ca": str(certificate)}, {"insecure": True}):
            fetcher = make_fetcher(make_target(url, tls=tls))
            assert (await fetcher.fetch()).body == METRICS.encode()
            await fetcher.close()
        plain = make_fetcher(make_target(url.replace("https", "http"), timeout="2s"))
        assert "closes the connection" in await fault_of(plain)
        missing = make_fetcher(make_target(url, tls={"ca": str(tmp_path / "no.pem")}))
        assert "a file of its tls settings cannot be used: No such file" in await fault_of(missing)
