"""The command palette: found by part of a name, chosen without a mouse."""

import pytest
from playwright.sync_api import expect

from tests.browser.server import Api, history, panel


@pytest.fixture
def palette(page, api):
    api.push(history("palette_metric"))
    api.dashboard("Zebra crossing", [panel("Line", "palette_metric")], description="stripes")
    path = api.dashboard("Aardvark", [panel("Line", "palette_metric")])
    page.goto(path)
    expect(page.locator(".chart canvas")).to_be_visible()
    return page


def open_palette(page):
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Find")
    expect(field).to_be_focused()
    return field


def test_a_dashboard_is_found_by_some_letters_and_opened(palette):
    page = palette
    field = open_palette(page)
    field.fill("zbrc")
    option = page.get_by_role("option", name="Zebra crossing")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", option.get_attribute("id"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Zebra crossing")
    expect(page.get_by_role("dialog")).to_have_count(0)
    # What was chosen lately comes first.
    open_palette(page)
    expect(page.get_by_role("option").first).to_have_accessible_name("Zebra crossing yours")


def test_a_time_range_is_written(palette):
    page = palette
    field = open_palette(page)
    field.fill("last 7h")
    expect(page.get_by_role("group", name="Time ranges").get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(".time-text")).to_have_text("Last 7 hours")
    field = open_palette(page)
    field.fill("yesterday")
    expect(page.get_by_role("option", name="Yesterday")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".time-text")).to_have_text("Yesterday")


def test_a_metric_is_found_by_the_server(palette):
    page = palette
    field = open_palette(page)
    field.fill("palette_me")
    expect(page.get_by_role("group", name="Metrics").get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Explore")
    assert "palette_metric" in page.url


def test_hosts_alone(own_server, open_page):
    # Of its own: a server that has just looked for hosts knows no newer ones for some seconds.
    server = own_server()
    Api(server.url).push(history("node_load1", instance="palette-host-7"))
    page, _ = open_page(server)
    page.goto("/")
    expect(page.get_by_role("navigation").get_by_role("link", name="Hosts")).to_be_visible()
    field = open_palette(page)
    field.fill("@palette-host-7")
    expect(page.get_by_role("group", name="Hosts").get_by_role("option")).to_have_count(1)
    expect(page.get_by_role("dialog").get_by_role("group")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url("/hosts?host=palette-host-7")


def test_actions_alone_and_the_arrows(palette):
    page = palette
    field = open_palette(page)
    field.fill(">")
    expect(page.get_by_role("group", name="Actions")).to_be_visible()
    expect(page.get_by_role("group", name="Dashboards")).to_have_count(0)
    first = page.get_by_role("option").first
    expect(first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("option").last).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("option").last).to_be_in_viewport()
    page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    field.fill(">settings tok")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tokens")


def test_escape_and_a_press_beside_it_close_it(palette):
    page = palette
    share = page.get_by_role("button", name="Share", exact=True)
    share.focus()
    open_palette(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(share).to_be_focused()
    field = open_palette(page)
    field.fill("qqqqqqq")
    expect(page.get_by_text("Nothing fits.")).to_be_visible()
    page.mouse.click(5, 5)
    expect(page.get_by_role("dialog")).to_have_count(0)
    # Twice is once.
    open_palette(page)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Find")).to_have_count(1)
    expect(page.get_by_role("combobox", name="Find")).to_be_focused()


def test_hostile_names_are_text(page, api):
    api.dashboard("<img src=x onerror=alert(1)> palette", [])
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    field = open_palette(page)
    field.fill("onerror")
    expect(page.get_by_role("option").first).to_contain_text("<img src=x onerror=alert(1)> palette")
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("width", [320, 390])
def test_it_fits_a_phone(shared_server, open_page, api, width):
    api.dashboard("A name that is much longer than any phone is wide, " * 3, [])
    page, _ = open_page(shared_server, viewport={"width": width, "height": 700})
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    open_palette(page)
    expect(page.get_by_role("option").first).to_be_visible()
    box = page.locator(".palette").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
