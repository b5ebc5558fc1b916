"""From what a person does to the frame that shows it."""

import statistics
from collections.abc import Callable

from bench.browser.chromium import Chromium, Visit
from bench.figures import Figure, progress, quantile

ACTION_MS = 100
THEME_MS = 200
SETTLE_MS = 300
IS_MENU_OPEN = "document.querySelector('[role=menuitem]')?.checkVisibility()"
IS_MENU_CLOSED = (
    "document.querySelector('[role=menuitem]:popover-open, :popover-open [role=menuitem]') === null"
)


def measure_actions(chromium: Chromium, runs: int) -> list[Figure]:
    figures = []
    for title, dashboard, measure, budget in (
        ("open a panel's menu", "first", open_menu, ACTION_MS),
        ("change the range, until the button says so", "first", change_range_text, ACTION_MS),
        ("change the range, until 12 panels are drawn", "first", change_range, ACTION_MS),
        ("toggle a series in a legend", "first", toggle_series, ACTION_MS),
        ("open the panel editor, until its fields stand", "first", open_editor_fields, ACTION_MS),
        ("open the panel editor, until its chart is drawn", "first", open_editor, ACTION_MS),
        ("switch a variable, until 12 panels are drawn", "variable", switch_variable, ACTION_MS),
        ("switch the theme, 12 panels", "first", switch_theme, THEME_MS),
    ):
        progress(title)
        with chromium.visit() as visit:
            visit.open(dashboard)
            visit.page.wait_for_load_state("networkidle")
            times_ms = [take(visit, measure, number) for number in range(runs + 1)]
        # The first time, the code of it is fetched; the others say what it costs from then on.
        figures += [
            Figure(f"{title}: first time", times_ms[0], "ms"),
            Figure(f"{title}: median", statistics.median(times_ms[1:]), "ms"),
            Figure(f"{title}: p95", quantile(times_ms[1:], 0.95), "ms", budget),
        ]
    return figures


def take(visit: Visit, measure: Callable[[Visit, int], float], number: int) -> float:
    visit.page.wait_for_timeout(SETTLE_MS)
    return measure(visit, number)


def click(visit: Visit, selector: str, test: str) -> float:
    """The pointer is there before it presses, as with a hand."""
    target = visit.page.locator(selector).first
    target.hover()
    visit.page.wait_for_timeout(100)
    return visit.measure(test, lambda: press(visit))


def press(visit: Visit) -> None:
    visit.page.mouse.down()
    visit.page.mouse.up()


def open_menu(visit: Visit, _: int) -> float:
    took_ms = click(visit, ".panel .panel-menu", IS_MENU_OPEN)
    visit.page.keyboard.press("Escape")
    return took_ms


def choose_range(visit: Visit, number: int, test: str) -> float:
    label = ("Last 15 minutes", "Last 1 hour")[number % 2]
    visit.page.locator(".time-button").click()
    option = visit.page.locator(".quick-list").get_by_role("button", name=label, exact=True)
    option.hover()
    return visit.measure(test.replace("LABEL", label), lambda: press(visit))


def change_range_text(visit: Visit, number: int) -> float:
    return choose_range(visit, number, "document.querySelector('.time-text').textContent === 'LABEL'")


def change_range(visit: Visit, number: int) -> float:
    return choose_range(visit, number, "bench.isDrawnAnew()")


def toggle_series(visit: Visit, _: int) -> float:
    visit.page.keyboard.down("Control")
    took_ms = click(visit, ".legend-item", "bench.isDrawnAnew('.panel:has(.legend-item:hover) canvas')")
    visit.page.keyboard.up("Control")
    return took_ms


def open_editor_by(visit: Visit, test: str) -> float:
    visit.page.locator(".panel .panel-menu").first.click()
    took_ms = click(visit, '[role=menuitem]:has-text("Edit")', test)
    visit.wait("bench.isDrawnAnew('.editor-body canvas')")
    visit.page.go_back()
    visit.wait("document.querySelectorAll('.panel .chart canvas').length >= 12")
    return took_ms


def open_editor_fields(visit: Visit, _: int) -> float:
    return open_editor_by(visit, "document.querySelector('.editor-side input') !== null")


def open_editor(visit: Visit, _: int) -> float:
    return open_editor_by(visit, "bench.isDrawnAnew('.editor-body canvas')")


def switch_variable(visit: Visit, number: int) -> float:
    visit.page.locator(".variable-button").click()
    return click(visit, f'[role=option]:has-text("web0{number % 9}")', "bench.isDrawnAnew()")


def switch_theme(visit: Visit, _: int) -> float:
    visit.page.keyboard.press("d")
    return visit.measure("bench.isDrawnAnew()", lambda: visit.page.keyboard.press("l"))
