"""Passing a dashboard on: links, the public switch, and plain HTTP of a LAN, where browsers offer less."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.server import Api, history, outside_address, panel


@pytest.fixture
def path(api):
    api.push(history("share_metric"))
    panels = [panel("First", "share_metric"), panel("Second", "share_metric")]
    return api.dashboard("Shared", panels, timeRange={"from": "now-5m", "to": "now"})


def open_share(page):
    expect(page.locator(".chart canvas").first).to_be_visible()
    page.get_by_role("button", name="Share", exact=True).click()
    dialog = page.get_by_role("dialog", name=re.compile("^Share"))
    expect(dialog.get_by_label("Link", exact=True)).to_be_visible()
    return dialog


def test_a_link_moves_or_stands_still(page, path, shared_server):
    page.goto(f"{path}?tz=Asia%2FTokyo&hide=x.y")
    dialog = open_share(page)
    link = dialog.get_by_label("Link", exact=True)
    expect(link).to_have_value(f"{shared_server.url}{path}?from=now-5m&to=now&tz=Asia%2FTokyo&hide=x.y")
    dialog.get_by_label(re.compile("^20")).check()
    expect(link).to_have_value(re.compile(r"\?from=20\S+Z&to=20\S+Z&tz="))
    frozen = link.input_value()
    panel_id = page.locator(".grid-stack-item").nth(1).get_attribute("gs-id")
    dialog.get_by_label("Of").select_option(label="Second")
    expect(link).to_have_value(re.compile(f"/panel/{panel_id}\\?from=20"))
    page.goto(frozen)
    expect(page.locator(".refresh-text")).to_have_text("paused")
    assert parse_qs(urlsplit(page.url).query)["hide"] == ["x.y"]


def test_the_public_switch_says_what_becomes_visible(page, path, api, open_page, shared_server):
    page.goto(path)
    dialog = open_share(page)
    expect(dialog.get_by_text("sees its titles and data, not its queries")).to_be_visible()
    with page.expect_response(lambda response: response.request.method == "PUT") as saved:
        dialog.get_by_role("switch", name=re.compile("Public")).check()
    assert saved.value.ok
    stranger, _ = open_page(shared_server, signed_in=False)
    stranger.goto(path)
    expect(stranger.locator(".chart canvas").first).to_be_visible()
    expect(stranger.get_by_role("button", name="Share", exact=True)).to_have_count(0)


def test_several_dashboards_are_put_on_a_screen(page, path, api):
    other = api.dashboard("Other screen", [panel("Line", "share_metric")])
    page.goto(path)
    dialog = open_share(page)
    dialog.get_by_role("button", name="Several in turn").click()
    dialog.get_by_role("checkbox", name="Other screen").check()
    dialog.get_by_label("Each for").select_option("1m")
    dialog.get_by_role("button", name="Start").click()
    expect(page.locator(".kiosk-clock")).to_be_visible()
    query = parse_qs(urlsplit(page.url).query)
    assert query["kiosk"] == ["tv"]
    assert query["every"] == ["1m"]
    assert set(query["list"]) == {path.removeprefix("/dashboard/"), other.removeprefix("/dashboard/")}


def test_plain_http_of_a_lan_misses_nothing(own_server, open_page):
    address = outside_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    server = own_server(host=address)
    api = Api(server.url)
    api.push(history("lan_metric"))
    path = api.dashboard("Lan", [panel("First", "lan_metric"), panel("Second", "lan_metric")])
    page, _ = open_page(server)
    page.goto(path)
    expect(page.locator(".chart canvas").first).to_be_visible()
    assert not page.evaluate("window.isSecureContext")
    dialog = open_share(page)
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.get_by_text("Selected: press Ctrl+C")).to_be_visible()
    link = dialog.get_by_label("Link", exact=True)
    expect(link).to_be_focused()
    length = link.evaluate("(field) => field.selectionEnd - field.selectionStart")
    assert length == len(link.input_value())
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.goto("/")
    page.get_by_role("button", name="Actions for Lan").click()
    page.get_by_role("menuitem", name="Copy link").click()
    expect(page.get_by_role("dialog").get_by_label("Link", exact=True)).to_have_value(server.url + path)
    page.goto(f"{path}?kiosk=tv")
    expect(page.locator(".kiosk-clock")).to_be_visible()
