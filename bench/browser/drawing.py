"""Main-thread time of refreshes, and frames while hands are on a chart of many points."""

import statistics
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise

from bench.browser.chromium import Chromium, Visit
from bench.browser.trace import MainThread
from bench.figures import Figure, progress, quantile

TASK_MS = 50
SLOWED = 4
MOVES = 150
IS_QUIET = "document.querySelector('.panel-progress.is-on') === null"


def measure_refresh(chromium: Chromium, seconds: int) -> list[Figure]:
    figures = []
    for title, dashboard, step, slowed, budget in (
        ("refresh of 20 panels of 10 x 360", "twenty", "10s", 1, 50),
        ("refresh of 12 panels of 10 x 360", "twelve", "10s", 1, 25),
        ("refresh of 12 panels, CPU slowed four times", "twelve", "10s", SLOWED, 100),
        ("refresh of one panel of 20 x 4,000", "middle", "1s", 1, 25),
    ):
        progress(title)
        with chromium.visit(step) as visit:
            visit.open(dashboard)
            visit.slow_down(slowed)
            rounds, main = refreshes(visit, seconds)
            visit.profile(title, partial(visit.page.wait_for_timeout, seconds * 1000))
        figures += [
            Figure(f"{title}: main thread", main.total_ms / rounds, "ms", budget),
            Figure(f"{title}: longest task", main.longest_ms, "ms", TASK_MS if slowed == 1 else None),
        ]
    return figures


def refreshes(visit: Visit, seconds: int) -> tuple[int, MainThread]:
    """All that the main thread does while a dashboard refreshes each second, and how often it did."""
    visit.page.wait_for_timeout(3000)
    answers: list[str] = []
    visit.page.on("response", lambda answer: answers.append(answer.url))
    main = visit.trace(lambda: visit.page.wait_for_timeout(seconds * 1000))
    return max(sum("/query/batch" in url for url in answers), 1), main


def measure_big(chromium: Chromium, moves: int = MOVES) -> list[Figure]:
    """50 series of 5,000 points in one panel, as wide as the window."""
    figures = []
    with chromium.visit("1s") as visit:
        visit.open("big")
        visit.wait(IS_QUIET)
        visit.page.wait_for_timeout(1000)
        points = visit.page.evaluate("document.querySelectorAll('.legend-item').length")
        if points != 50:
            raise SystemExit(f"the big panel has {points} series: the figures would mean nothing")
        for title, is_drag in (("crosshair over 50 x 5,000", False), ("drag over 50 x 5,000", True)):
            progress(title)
            figures += frame_figures(visit, title, partial(hover, visit, moves, is_drag=is_drag))
        progress("zoom of 50 x 5,000")
        figures += zooms(visit)
    return figures


def measure_crosshair(chromium: Chromium, moves: int = MOVES) -> list[Figure]:
    """The crosshair over twelve charts that follow each other."""
    with chromium.visit("10s") as visit:
        visit.open("first")
        visit.page.wait_for_timeout(1000)
        return frame_figures(visit, "crosshair over 12 charts", lambda: hover(visit, moves, is_drag=False), 4)


def plot_points(visit: Visit, moves: int) -> Iterator[tuple[float, float]]:
    box = visit.page.locator(".chart .u-over").first.bounding_box()
    if box is None:
        raise SystemExit("there is no chart to point at")
    for move in range(moves):
        share = (move + 1) / (moves + 1)
        yield box["x"] + box["width"] * (0.1 + 0.8 * share), box["y"] + box["height"] * (0.2 + 0.6 * share)


def hover(visit: Visit, moves: int, *, is_drag: bool) -> None:
    """Each move waits until the page has taken the one before, so there is at most one a frame."""
    mouse = visit.page.mouse
    for number, (x, y) in enumerate(plot_points(visit, moves)):
        mouse.move(x, y)
        if is_drag and number == 0:
            mouse.down()
    if is_drag:
        # Given up: what zooming costs is measured apart.
        visit.page.keyboard.press("Escape")
        mouse.up()


def frame_figures(
    visit: Visit, title: str, act: Callable[[], None], move_budget: float | None = None
) -> list[Figure]:
    frames_ms = frame_times(visit, act)
    main = visit.trace(act)
    visit.profile(title, act)
    return [
        Figure(f"{title}: frames", 1000 / statistics.mean(frames_ms), "a second", least=30),
        Figure(f"{title}: time of a frame, p95", quantile(frames_ms, 0.95), "ms", 34),
        Figure(f"{title}: main thread a move", main.total_ms / MOVES, "ms", move_budget),
        Figure(f"{title}: longest task", main.longest_ms, "ms", TASK_MS),
    ]


def frame_times(visit: Visit, act: Callable[[], None]) -> list[float]:
    visit.page.evaluate("bench.startFrames()")
    act()
    stamps: list[float] = visit.page.evaluate("bench.stopFrames()")
    return [after - before for before, after in pairwise(stamps)]


def zooms(visit: Visit, runs: int = 8) -> list[Figure]:
    """Half of the range is taken, and back; the server answers each anew."""
    times_ms = []

    def take_half() -> float:
        (x, y), *_, (end, _) = plot_points(visit, 3)
        visit.page.mouse.move(x, y)
        visit.page.mouse.down()
        visit.page.mouse.move((x + end) / 2, y)
        visit.page.mouse.move(end, y)
        return visit.measure("bench.isDrawnAnew()", visit.page.mouse.up)

    def run_all() -> None:
        for _ in range(runs):
            times_ms.append(take_half())
            visit.page.go_back()
            visit.page.wait_for_timeout(1000)

    main = visit.trace(run_all)
    return [
        Figure("zoom of 50 x 5,000, until it is drawn: median", statistics.median(times_ms), "ms"),
        Figure("zoom of 50 x 5,000, until it is drawn: p95", quantile(times_ms, 0.95), "ms"),
        Figure("zoom of 50 x 5,000 and back: longest task", main.longest_ms, "ms"),
    ]
