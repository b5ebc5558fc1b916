"""For tests of alerts in the browser: rules that fire at once, and receivers of messages on this machine."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.browser.server import Api
from tests.support.mail_server import MailServer, run_mail_server

# A rule is evaluated each second, so this is far more than enough on a slow machine.
FIRES_WITHIN_S = 30


class Sink:
    """Takes what is posted to it and answers what it was told to."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.status = 200
        self.text = "taken"
        self.received: list[tuple[dict[str, str], bytes]] = []


@contextmanager
def open_sink() -> Iterator[Sink]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            sink.received.append((dict(self.headers), body))
            answer = sink.text.encode()
            self.send_response(sink.status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sink = Sink(f"http://127.0.0.1:{server.server_port}/hook")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def open_mail_server() -> Iterator[MailServer]:
    """A real SMTP server, in a thread with a loop of its own: Playwright's runs in that of the test."""
    opened: list[MailServer] = []
    is_open, is_over = threading.Event(), threading.Event()

    async def serve() -> None:
        async with run_mail_server() as mails:
            opened.append(mails)
            is_open.set()
            while not is_over.is_set():
                await asyncio.sleep(0.05)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert is_open.wait(FIRES_WITHIN_S)
    try:
        yield opened[0]
    finally:
        is_over.set()
        thread.join(FIRES_WITHIN_S)


def quiet_api(url: str) -> Api:
    """The API of a server that is left without rules and silences: what one test makes must not fire in the next."""
    api = Api(url)
    for kind in ("rules", "silences"):
        for one in api.data("GET", f"/api/v1/alerts/{kind}?pageSize=200"):
            api.data("DELETE", f"/api/v1/alerts/{kind}/{one['id']}")
    return api


def wait_for(read: Callable[[], Any]) -> Any:
    """What `read` answers once it is anything."""
    end = time.monotonic() + FIRES_WITHIN_S
    while time.monotonic() < end:
        found = read()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come about")


def make_rule(api: Api, name: str, query: str, **more: Any) -> dict[str, Any]:
    """A rule that fires on every value above 0."""
    body = {"name": name, "query": query, "condition": "gt", "threshold": 0, **more}
    made: dict[str, Any] = api.data("POST", "/api/v1/alerts/rules", body)
    return made


def events_of(api: Api, rule: dict[str, Any], count: int = 1) -> list[dict[str, Any]]:
    """Its events, once there are so many."""

    def read() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = api.data("GET", f"/api/v1/alerts/events?ruleId={rule['id']}")
        return found if len(found) >= count else []

    found: list[dict[str, Any]] = wait_for(read)
    return found
