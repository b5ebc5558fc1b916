"""Headless Chromium as the measurements use it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from bench.browser.trace import CATEGORIES, MainThread, busiest_functions, read_trace
from bench.browser.world import dashboards
from bench.figures import progress
from bench.server import EMAIL, PASSWORD, BenchServer

# As those of tests/browser/conftest.py.
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WATCH = (Path(__file__).parent / "watch.js").read_text()
TIMEOUT_MS = 60_000


class Visit:
    """A page in a context of its own: nothing is in its cache."""

    def __init__(
        self, browser: Browser, context: BrowserContext, paths: dict[str, str], *, is_profiled: bool
    ) -> None:
        self._browser = browser
        self._context = context
        self._paths = paths
        self._is_profiled = is_profiled
        self.page: Page = context.new_page()
        self.page.set_default_timeout(TIMEOUT_MS)
        self.cdp: CDPSession = context.new_cdp_session(self.page)

    def open(self, name: str, query: str = "") -> None:
        self.page.goto(self._paths[name] + query)
        self.wait("bench.firstDrawnMs > 0")

    def wait(self, test: str) -> None:
        self.page.wait_for_function(f"() => {test}")

    def slow_down(self, times: float) -> None:
        self.cdp.send("Emulation.setCPUThrottlingRate", {"rate": times})

    def measure(self, test: str, act: Callable[[], object]) -> float:
        """Milliseconds from the input of `act` to the frame after which `test` holds."""
        self.page.evaluate(f"bench.watch(() => {test})")
        act()
        return float(self.page.evaluate("bench.answer"))

    def metrics(self) -> dict[str, float]:
        self.cdp.send("Performance.enable")
        return {one["name"]: one["value"] for one in self.cdp.send("Performance.getMetrics")["metrics"]}

    def trace(self, act: Callable[[], object]) -> MainThread:
        """What the main thread does meanwhile."""
        self._browser.start_tracing(page=self.page, categories=CATEGORIES)
        act()
        return read_trace(self._browser.stop_tracing())

    def profile(self, what: str, act: Callable[[], object]) -> None:
        """Tells which functions take the time, when that was asked for."""
        if not self._is_profiled:
            return
        self.cdp.send("Profiler.enable")
        self.cdp.send("Profiler.start")
        act()
        profile: dict[str, Any] = self.cdp.send("Profiler.stop")["profile"]
        progress(f"profile of {what}")
        for name, spent_ms in busiest_functions(profile):
            progress(f"  {spent_ms:8.1f} ms  {name}")

    def heap_bytes(self) -> float:
        for _ in range(2):
            self.cdp.send("HeapProfiler.collectGarbage")
        return float(self.cdp.send("Runtime.getHeapUsage")["usedSize"])


class Chromium:
    """Signed in, with the dashboards made."""

    def __init__(self, browser: Browser, server: BenchServer, *, is_profiled: bool = False) -> None:
        self.browser = browser
        self.url = f"http://{server.host}:{server.port}"
        self._is_profiled = is_profiled
        context = browser.new_context(base_url=self.url)
        self._send(context, "/api/v1/auth/login", {"email": EMAIL, "password": PASSWORD})
        self.paths = {
            name: "/dashboard/" + self._send(context, "/api/v1/dashboards", {"name": name, **body})["id"]
            for name, body in dashboards().items()
        }
        self._state = context.storage_state()
        context.close()

    def _send(self, context: BrowserContext, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = context.request.post(path, data=body, headers={"Origin": self.url})
        if not answer.ok:
            raise SystemExit(f"{path} was answered {answer.status}: {answer.text()[:300]}")
        data: dict[str, Any] = answer.json()["data"]
        return data

    @contextmanager
    def visit(self, step: str | None = None) -> Iterator[Visit]:
        """`step`: what the charts ask for, instead of what the server would choose."""
        context = self.browser.new_context(
            base_url=self.url, storage_state=self._state, viewport={"width": 1440, "height": 900}
        )
        context.add_init_script(WATCH)
        if step is not None:
            context.add_init_script(f"bench.step = '{step}'")
        try:
            yield Visit(self.browser, context, self.paths, is_profiled=self._is_profiled)
        finally:
            context.close()


@contextmanager
def launch() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        raise SystemExit("no Chromium is installed: 'make programs' installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()
