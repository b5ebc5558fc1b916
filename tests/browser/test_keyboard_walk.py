"""From the list to a dashboard with a chart in its place, by nothing but the keyboard."""

import re

from playwright.sync_api import Page, expect

from tests.browser.editing import document, saved
from tests.browser.server import history

FOCUSED = "document.activeElement"


def go_to(page: Page, target, key: str = "Tab") -> None:
    """By Tab alone, as far as it takes."""
    expect(target).to_be_visible()
    expect(target).to_be_enabled()
    for _ in range(80):
        if target.evaluate(f"(element) => element === {FOCUSED}"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} does not lead to {target}")


def test_a_dashboard_is_built_by_keys_alone(page, api):
    api.push(history("walk_metric", host="web1"))
    page.goto("/")
    go_to(page, page.get_by_role("button", name="New dashboard").first)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="New dashboard")
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("By keys")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("By keys")
    expect(page).to_have_url(re.compile(r"/dashboard/[\w-]+$"))
    path = re.sub("^https?://[^/]+", "", page.url)

    go_to(page, page.get_by_role("link", name="Add a chart"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/panel/new"))
    go_to(page, page.get_by_role("button", name="Metric: Choose a metric"))
    page.keyboard.press("Enter")
    search = page.get_by_role("combobox", name="Search Metric")
    expect(search).to_be_focused()
    page.keyboard.type("walk_")
    found = page.get_by_role("listbox", name="Metric").get_by_role("option")
    expect(found).to_have_count(2)  # and the text as it is
    expect(found.first).to_contain_text("walk_metric")
    page.keyboard.press("Enter")
    expect(page.locator(".preview-panel .chart canvas")).to_be_visible()
    go_to(page, page.get_by_label("Title", exact=True))
    page.keyboard.type("Walked")
    go_to(page, page.get_by_role("button", name="Done", exact=True), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Walked", exact=True).locator(".chart canvas")).to_be_visible()
    expect(page).to_have_url(re.compile(f"{path}$"))

    if page.get_by_role("toolbar", name="Edit the dashboard").count() == 0:
        go_to(page, page.get_by_role("button", name="Edit", exact=True))
        page.keyboard.press("Enter")
    move = page.get_by_role("button", name="Move Walked", exact=True)
    go_to(page, move)
    page.keyboard.press("Enter")
    expect(move).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("status").filter(has_text="Walked, column 2")).to_be_attached()
    page.keyboard.press("Enter")
    expect(move).to_have_attribute("aria-pressed", "false")
    saved(page)
    panels = document(api, path)["panels"]
    assert [(one["title"], one["position"]["x"]) for one in panels] == [("Walked", 1)]
    go_to(page, page.get_by_role("button", name="Done", exact=True), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("toolbar", name="Edit the dashboard")).to_have_count(0)
