"""Keys: each of the list does what the list says, none does anything in a field, and all can be switched off."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.server import history, panel


@pytest.fixture
def dashboard(page, api):
    api.push(history("keys_metric"))
    path = api.dashboard("Keys", [panel("Line", "keys_metric")], timeRange={"from": "now-5m", "to": "now"})
    page.goto(path)
    expect(page.locator(".chart canvas")).to_be_visible()
    return page


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_keys_move_in_time(dashboard):
    page = dashboard
    text = page.locator(".time-text")
    press(page, "t", "h")
    expect(text).to_have_text("Last 1 hour")
    press(page, "t", "d")
    expect(text).to_have_text("Last 24 hours")
    press(page, "t", "w")
    expect(text).to_have_text("Last 7 days")
    press(page, "[")
    expect(page).to_have_url(re.compile(r"from=2\S+Z"))
    before = page.url
    press(page, "-")
    expect(page).not_to_have_url(before)
    zoomed = page.url
    press(page, "=")
    expect(page).not_to_have_url(zoomed)
    zoomed = page.url
    press(page, "]")
    expect(page).not_to_have_url(zoomed)
    # Each was a zoom, and is undone like one.
    press(page, "Control+z")
    expect(page).to_have_url(zoomed)
    press(page, "t", "t")
    expect(page.get_by_role("dialog", name="Time range").get_by_label("Write a range")).to_be_visible()


def test_refresh_now_and_pause(dashboard):
    page = dashboard
    press(page, "p")
    expect(page.locator(".refresh-text")).to_have_text("paused")
    expect(page.get_by_role("button", name="Refresh interval (paused, press p to go on)")).to_be_visible()
    expect(page.locator('[aria-live="polite"]')).to_have_text("Refreshing is paused")
    expect(page.locator(".refresh-picker.is-busy")).to_have_count(0)
    with page.expect_request("**/query/batch"):
        press(page, "r")
    press(page, "p")
    expect(page.locator(".refresh-text")).to_have_text("1s")


def test_keys_keep_their_order_while_their_code_is_on_its_way(dashboard):
    page = dashboard
    # F2 means nothing and sets off the fetch; "d" comes when the module is there, after a "g" from before it was.
    page.evaluate("""() => {
      const press = (key) => document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
      press('F2');
      const there = import('/static/pages/keyboard.js');
      press('g');
      there.then(() => press('d'));
    }""")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboards")


def test_keys_go_to_pages_search_and_change_the_theme(dashboard):
    page = dashboard
    press(page, "g", "s")
    expect(page.get_by_role("heading", level=1)).to_have_text("Profile")
    press(page, "g", "d")
    expect(page.get_by_label("Search dashboards")).to_be_visible()
    press(page, "/")
    expect(page.get_by_label("Search dashboards")).to_be_focused()
    expect(page.get_by_label("Search dashboards")).to_have_value("")
    page.get_by_role("heading", level=1).focus()
    theme = page.locator("html").get_attribute("data-theme")
    press(page, "d", "l")
    expect(page.locator("html")).not_to_have_attribute("data-theme", theme)


def test_no_key_does_anything_in_a_field_a_menu_or_a_dialogue(dashboard):
    page = dashboard
    press(page, "t", "t")
    field = page.get_by_role("dialog", name="Time range").get_by_label("Write a range")
    expect(field).to_be_visible()
    url = page.url
    field.click()
    page.keyboard.type("?gsthr[dk")
    expect(field).to_have_value("?gsthr[dk")
    assert page.url == url
    press(page, "Escape")
    page.get_by_role("button", name=re.compile("^Refresh interval")).click()
    expect(page.get_by_role("menuitemradio", name="Off")).to_be_focused()
    press(page, "t", "h")
    press(page, "Escape")
    assert page.url == url
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_role("dialog", name=re.compile("Share"))).to_be_visible()
    press(page, "t", "h", "?")
    expect(page.get_by_role("dialog")).to_have_count(1)
    assert page.url == url


def test_the_list_has_what_works_here_and_switches_all_off(dashboard):
    page = dashboard
    press(page, "?")
    dialog = page.get_by_role("dialog", name="Shortcuts")
    expect(dialog.get_by_text("Zoom out")).to_be_visible()
    expect(dialog.get_by_text("Search on this page")).to_have_count(0)
    dialog.get_by_label("Shortcuts of single keys, in this browser").uncheck()
    press(page, "Escape")
    expect(dialog).to_have_count(0)
    url = page.url
    press(page, "t", "h", "?")
    # The palette has Ctrl, so it stays; that it opens shows that the keys before it were looked at.
    press(page, "Control+k")
    expect(page.get_by_role("combobox", name="Find")).to_be_focused()
    expect(page.get_by_role("dialog", name="Shortcuts")).to_have_count(0)
    assert page.url == url
    page.goto("/settings/profile")
    switch = page.get_by_label("Shortcuts of single keys")
    expect(switch).not_to_be_checked()
    switch.check()
    press(page, "Tab")
    press(page, "g", "d")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboards")
    expect(page.locator("main input[type=search]")).to_be_visible()
    press(page, "?")
    dialog = page.get_by_role("dialog", name="Shortcuts")
    expect(dialog.get_by_text("Search on this page")).to_be_visible()
    expect(dialog.get_by_text("Zoom out")).to_have_count(0)


def test_nobody_signed_in_has_no_shortcuts(shared_server, open_page):
    page, _ = open_page(shared_server, signed_in=False)
    page.goto("/login")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.get_by_role("button", name="Sign in").focus()
    press(page, "?", "Control+k")
    expect(page.get_by_role("dialog")).to_have_count(0)
