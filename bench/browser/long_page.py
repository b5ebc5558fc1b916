"""A page of a hundred panels, and a page that stays open."""

import statistics
from itertools import count

from playwright.sync_api import Request

from bench.browser.chromium import Chromium
from bench.browser.drawing import frame_times
from bench.figures import Figure, progress, quantile

WHEEL_PX = 120


def measure_hundred(chromium: Chromium) -> list[Figure]:
    progress("100 panels")
    with chromium.visit() as visit:
        asked: list[int] = []
        visit.page.on(
            "request",
            lambda request: note_queries(request, asked),
        )
        visit.open("hundred")
        visit.page.wait_for_load_state("networkidle")
        at_first = sum(asked)
        near = visit.page.evaluate(
            """[...document.querySelectorAll('.panel')].filter((panel) => {
                 const { top, bottom } = panel.getBoundingClientRect();
                 return bottom > -innerHeight && top < 2 * innerHeight;
               }).length"""
        )
        height = visit.page.evaluate("document.documentElement.scrollHeight")
        visit.page.mouse.move(700, 500)

        def scroll() -> None:
            for _ in count():
                visit.page.mouse.wheel(0, WHEEL_PX)
                visit.page.wait_for_timeout(16)
                if visit.page.evaluate("scrollY + innerHeight >= document.documentElement.scrollHeight - 1"):
                    return

        frames_ms = frame_times(visit, scroll)
        visit.page.keyboard.press("Home")
        visit.page.wait_for_timeout(1500)
        main = visit.trace(scroll)
    return [
        Figure("100 panels: queries at first", at_first, "", near),
        Figure("100 panels: panels within one screen of the window", near, ""),
        Figure("100 panels: height", height, "px"),
        Figure("100 panels, scrolling: frames", 1000 / statistics.mean(frames_ms), "a second", least=30),
        Figure("100 panels, scrolling: time of a frame, p95", quantile(frames_ms, 0.95), "ms", 34),
        Figure("100 panels, scrolling: longest task", main.longest_ms, "ms", 50),
    ]


def note_queries(request: Request, asked: list[int]) -> None:
    if "/query/batch" in request.url:
        asked.append(len((request.post_data_json or {})["queries"]))


def measure_heap(chromium: Chromium, refreshes: int) -> list[Figure]:
    """Slopes over all refreshes but the first fifth, in which caches fill."""
    progress(f"{refreshes:,} refreshes")
    every = max(refreshes // 40, 1)
    heap, nodes, listeners = [], [], []
    with chromium.visit("10s") as visit:
        visit.open("first")
        for done in range(0, refreshes, every):
            # By the button, as fast as the answers come.
            visit.page.evaluate(
                """async (times) => {
                  const picker = document.querySelector('.refresh-picker');
                  for (let time = 0; time < times; time += 1) {
                    picker.querySelector('button').click();
                    do await new Promise((resolve) => { setTimeout(resolve, 4); });
                    while (picker.classList.contains('is-busy'));
                  }
                }""",
                every,
            )
            heap.append((done + every, visit.heap_bytes()))
            metrics = visit.metrics()
            nodes.append((done + every, metrics["Nodes"]))
            listeners.append((done + every, metrics["JSEventListeners"]))
    settled = len(heap) // 5
    return [
        Figure("heap after garbage collection, at the end", heap[-1][1] / 1e6, "MB", 40),
        Figure("heap, rise over 1,000 refreshes", slope(heap[settled:]) * 1000 / 1e6, "MB", 0.25),
        Figure("nodes, rise over 1,000 refreshes", slope(nodes[settled:]) * 1000, "", 50),
        Figure("listeners, rise over 1,000 refreshes", slope(listeners[settled:]) * 1000, "", 50),
    ]


def slope(points: list[tuple[int, float]]) -> float:
    """Of the straight line with the least squares."""
    if len(points) < 2:
        return 0.0
    return statistics.linear_regression([x for x, _ in points], [y for _, y in points]).slope
