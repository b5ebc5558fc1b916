"""What can be done with one panel: by the menu, by its keys, and by whom."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.server import history, now_ms, panel
from tests.browser.test_charts import answer_of, fake


@pytest.fixture
def path(api):
    api.push(history("menu_metric", host="a"))
    return api.dashboard(
        "Menu", [panel("CPU", "menu_metric"), panel("Other", "menu_metric")], refreshInterval=""
    )


def open_menu(page, title: str = "CPU"):
    button = page.get_by_role("button", name=f"Menu of {title}")
    expect(button).to_be_visible()
    button.click()
    menu = page.get_by_role("menu", name=f"Menu of {title}")
    expect(menu).to_be_visible()
    return menu


def items(menu) -> list[str]:
    """What each says, with its key."""
    return menu.get_by_role("menuitem").all_text_contents()


def test_its_owner_sees_what_changes_the_dashboard(page, path):
    page.goto(path)
    menu = open_menu(page)
    assert items(menu) == [
        "ViewV",
        "EditE",
        "ExploreX",
        "Create alert",
        "Copy link",
        "Show as tableShift+T",
        "Download CSV",
        "Duplicate",
        "Position…",
        "Remove",
    ]
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Menu of CPU")).to_be_focused()


def test_a_visitor_of_a_public_dashboard_sees_what_only_looks(shared_server, open_page, api, path):
    api.push(history("menu_metric", host="a"))
    identity = path.split("/")[-1]
    version = api.data("GET", f"/api/v1/dashboards/{identity}")["version"]
    api.data("PUT", f"/api/v1/dashboards/{identity}", {"version": version, "isPublic": True})
    page, watch = open_page(shared_server, signed_in=False)
    watch.allow(r"status of 401")
    page.goto(path)
    assert items(open_menu(page)) == ["ViewV", "Copy link", "Show as tableShift+T", "Download CSV"]


def test_explore_takes_the_query_along(page, path):
    page.goto(f"{path}?from=now-2h&to=now")
    link = open_menu(page).get_by_role("menuitem", name="Explore")
    address = link.get_attribute("href")
    assert address.startswith("/explore?")
    assert "q=menu_metric" in address
    assert "from=now-2h" in address


def test_keys_belong_to_the_panel_with_the_focus_or_under_the_pointer(page, path):
    page.goto(path)
    charts = page.locator(".chart canvas")
    expect(charts).to_have_count(2)
    page.get_by_role("region", name="Other", exact=True).hover()
    page.keyboard.press("Shift+T")
    dialog = page.get_by_role("dialog", name="Other as a table")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    # The focus is stronger than where the pointer happens to be.
    page.get_by_role("region", name="CPU", exact=True).locator(".chart").focus()
    page.keyboard.press("Shift+T")
    expect(page.get_by_role("dialog", name="CPU as a table")).to_be_visible()
    # Back takes what was opened over the page along.
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_view_opens_the_panel_alone(page, path):
    page.goto(path)
    expect(page.locator(".chart canvas")).to_have_count(2)
    page.locator(".chart").first.focus()
    page.keyboard.press("v")
    expect(page).to_have_url(re.compile(r"/panel/[0-9a-f-]{36}\?panel=view$"))
    expect(page.locator(".chart canvas")).to_have_count(1)


def test_copy_link_copies_the_panels_address(shared_server, open_page, path):
    page, _ = open_page(shared_server, permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{path}?from=now-2h&to=now")
    open_menu(page).get_by_role("menuitem", name="Copy link").click()
    expect(page.locator(".toast-text")).to_have_text("Link copied")
    address = page.evaluate("navigator.clipboard.readText()")
    assert address.startswith(f"{shared_server.url}{path}/panel/")
    assert "from=now-2h" in address


def test_a_copy_is_made_and_a_panel_removed_and_brought_back(page, api, path):
    page.goto(path)
    open_menu(page).get_by_role("menuitem", name="Duplicate").click()
    copy = page.get_by_role("region", name="CPU (copy)", exact=True)
    expect(copy).to_be_visible()
    open_menu(page, "Other").get_by_role("menuitem", name="Remove").click()
    other = page.get_by_role("region", name="Other", exact=True)
    expect(other).to_have_count(0)
    undo = page.get_by_role("button", name="Undo", exact=True).last
    expect(undo).to_be_visible()
    undo.click()
    expect(other).to_be_visible()


def test_older_data_are_found_and_gone_to(page, api):
    at = now_ms() - 5 * 3_600_000
    api.push([{"name": "long_ago", "value": 7, "timestamp": at + number * 1000} for number in range(60)])
    page.goto(api.dashboard("Old", [panel("Old", "long_ago")], refreshInterval=""))
    expect(page.get_by_text("No data in the last hour")).to_be_visible()
    page.get_by_role("button", name="Look further back").click()
    expect(page.get_by_text(re.compile(r"Newest sample [45] h before the end"))).to_be_visible()
    page.get_by_role("button", name="Go there").click()
    expect(page.locator(".chart canvas")).to_be_visible()
    expect(page.locator(".legend-value")).to_have_text("7")
    page.go_back()
    expect(page.get_by_text("No data in the last hour")).to_be_visible()


def test_nothing_older_is_said_as_well(page, api):
    page.goto(api.dashboard("Never", [panel("Never", "never_was")], refreshInterval=""))
    expect(page.get_by_text("No data in the last hour")).to_be_visible()
    page.get_by_role("button", name="Look further back").click()
    expect(page.get_by_text("There is nothing in the year before, either.")).to_be_visible()


def test_a_long_wait_can_be_given_up(page, api):
    path = api.dashboard("Slow", [panel("Slow", "m")], refreshInterval="")
    held: list = []

    def hold(route):
        held.append(route)

    page.route("**/api/v1/query/batch", hold)
    page.goto(path)
    cancel = page.get_by_role("button", name="Cancel", exact=True)
    expect(cancel).to_be_visible(timeout=15_000)
    cancel.click()
    expect(page.get_by_text("You stopped this before the answer came.")).to_be_visible()
    page.unroute("**/api/v1/query/batch")
    fake(page, answer_of([[1, 2, 3]]))
    page.get_by_role("button", name="Retry").click()
    expect(page.locator(".chart canvas")).to_be_visible()
