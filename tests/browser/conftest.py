"""Fixtures of the browser tests. Every page is watched: a console error, a page error, a violation of the content
policy or a request to another origin fails the test, whatever else it looked at."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.browser.server import EMAIL, PASSWORD, Api, MetricboxProcess

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A bound, no assertion about time: another worker may hold the processor for seconds.
expect.set_options(timeout=15_000)
RESULTS = Path("test-results") / "browser"
REPORT_VIOLATIONS = """
document.addEventListener('securitypolicyviolation', (event) => console.error(`CSP ${event.violatedDirective}`));
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


_FAILED = pytest.StashKey[bool]()


class Watch:
    """What went wrong on a page, and what of it a test has asked for."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.faults: list[str] = []
        # Chromium reports each refused request as an error; asking who is signed in is refused to anybody new.
        # Reading pixels back is what these tests do and pages never.
        self.allowed = ["willReadFrequently"]

    def allow(self, pattern: str) -> None:
        """A console error that this test provokes, as a pattern over its text and address."""
        self.allowed.append(pattern)

    def note_console(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        text = f"{message.text} {urlsplit(message.location.get('url', '')).path}"
        if not any(re.search(pattern, text) for pattern in self.allowed):
            self.faults.append(f"console {message.type}: {text}")

    def note_request(self, request: Request) -> None:
        if not request.url.startswith((self.url + "/", "data:", "blob:")):
            self.faults.append(f"request to another origin: {request.url}")

    def attach(self, context: BrowserContext) -> None:
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", self.note_console)
        context.on("weberror", lambda error: self.faults.append(f"page error: {error.error}"))
        context.on("request", self.note_request)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.fail("no Chromium is installed: 'make programs' installs it")
    with sync_playwright() as playwright:
        # A new profile folder for each launch.
        launched = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MetricboxProcess]:
    """For tests that do not stop their server and make what they look at."""
    process = MetricboxProcess(tmp_path_factory.mktemp("data"))
    process.start()
    yield process
    process.stop()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Callable[..., MetricboxProcess]]:
    started: list[MetricboxProcess] = []

    def start(**how: Any) -> MetricboxProcess:
        process = MetricboxProcess(tmp_path / f"data{len(started)}", **how)
        started.append(process)
        process.start()
        return process

    yield start
    for process in started:
        process.stop()


@pytest.fixture
def api(shared_server: MetricboxProcess) -> Api:
    return Api(shared_server.url)


@pytest.fixture
def open_page(
    browser: Browser, request: pytest.FixtureRequest
) -> Iterator[Callable[..., tuple[Page, Watch]]]:
    """Opens a page of a server in a context of its own; checks at the end that nothing went wrong on it."""
    opened: list[tuple[Page, Watch]] = []

    def make(
        server: MetricboxProcess, *, signed_in: bool = True, email: str = EMAIL, **options: object
    ) -> tuple[Page, Watch]:
        options.setdefault("viewport", {"width": 1280, "height": 800})
        context = browser.new_context(base_url=server.url, **options)  # type: ignore[arg-type]
        watch = Watch(server.url)
        watch.attach(context)
        if signed_in:
            answer = context.request.post(
                "/api/v1/auth/login",
                data={"email": email, "password": PASSWORD},
                headers={"Origin": server.url},
            )
            assert answer.ok, answer.text()
        page = context.new_page()
        page.set_default_timeout(15_000)
        opened.append((page, watch))
        return page, watch

    yield make
    has_failed = request.node.stash.get(_FAILED, True) or any(watch.faults for _, watch in opened)
    for number, (page, _) in enumerate(opened):
        if has_failed and not page.is_closed():
            RESULTS.mkdir(parents=True, exist_ok=True)
            name = re.sub(r"[^\w.-]+", "_", request.node.name)
            page.screenshot(path=RESULTS / f"{name}-{number}.png", full_page=True)
        page.context.close()
    faults = [fault for _, watch in opened for fault in watch.faults]
    assert not faults, faults


@pytest.fixture
def page(open_page: Callable[..., tuple[Page, Watch]], shared_server: MetricboxProcess) -> Page:
    """Signed in, on the shared server."""
    made, _ = open_page(shared_server)
    return made
