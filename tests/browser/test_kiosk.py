"""A dashboard on a wall: bars gone, a clock, the next one in turn, and large words when what it shows is old."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.server import Api, history, panel


@pytest.fixture
def path(api):
    api.push(history("wall_metric"))
    return api.dashboard("Wall", [panel("Line", "wall_metric")])


def test_the_bars_are_gone_and_escape_brings_them_back(page, path):
    page.goto(f"{path}?kiosk=1")
    expect(page.locator(".chart canvas")).to_be_visible()
    for hidden in (".nav", ".page-actions"):
        expect(page.locator(hidden)).to_be_hidden()
    expect(page.locator(".kiosk-clock")).to_have_count(0)
    leave = page.get_by_role("button", name="Leave kiosk (Esc)")
    page.mouse.move(300, 300)
    page.mouse.move(320, 320)
    expect(page.locator(".kiosk-exit.is-shown")).to_be_visible()
    expect(page.locator("html.has-no-pointer")).to_have_count(0)
    # Three seconds without a move.
    expect(page.locator("html.has-no-pointer")).to_have_count(1)
    leave.focus()
    page.keyboard.press("Escape")
    expect(page.locator(".nav")).to_be_visible()
    assert page.url.endswith(path)
    page.get_by_role("heading", level=1).focus()
    page.keyboard.press("d")
    page.keyboard.press("k")
    expect(page.locator(".nav")).to_be_hidden()
    leave.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".nav")).to_be_visible()


def test_a_wall_goes_from_one_to_the_next(page, path, api):
    other = api.dashboard(
        "Second wall", [panel("Line", "wall_metric")], timeRange={"from": "now-2h", "to": "now"}
    )
    ids = [address.removeprefix("/dashboard/") for address in (path, other)]
    page.clock.install()
    page.goto(f"{path}?kiosk=tv&every=10s&from=now-1h&to=now&theme=light&list={ids[0]}&list={ids[1]}")
    expect(page.locator(".kiosk-title")).to_have_text("Wall")
    expect(page.locator(".kiosk-clock")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
    page.clock.run_for(11_000)
    expect(page).to_have_url(re.compile(re.escape(other)))
    page.clock.run_for(1500)
    expect(page.locator(".kiosk-title")).to_have_text("Second wall")
    # What concerns the screen goes along, the range of the first does not.
    assert "kiosk=tv" in page.url
    assert "theme=light" in page.url
    assert "from=" not in page.url
    page.clock.run_for(11_000)
    expect(page).to_have_url(re.compile(re.escape(path)))


def test_another_version_of_the_server_reloads_it(page, path):
    page.goto(f"{path}?kiosk=1")
    expect(page.locator(".chart canvas")).to_be_visible()

    def upgraded(route):
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "x-metricbox-version": "99.0.0"})

    with page.expect_event("load"):
        page.route("**/api/v1/query/batch", upgraded)
    page.unroute_all(behavior="ignoreErrors")
    expect(page.locator(".chart canvas")).to_be_visible()


def test_old_data_are_told_in_large_words(own_server, open_page):
    server = own_server()
    api = Api(server.url)
    api.push(history("wall_metric"))
    path = api.dashboard("Wall", [panel("Line", "wall_metric")])
    page, watch = open_page(server)
    page.goto(f"{path}?kiosk=tv")
    expect(page.locator(".chart canvas")).to_be_visible()
    watch.allow(r"ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED)")
    watch.allow(r"status of 503")
    server.stop()
    banner = page.locator(".kiosk-stale")
    expect(banner).to_contain_text(re.compile(r"No new data since \d\d:\d\d:\d\d"), timeout=20_000)
    assert banner.evaluate("(element) => parseFloat(getComputedStyle(element).fontSize)") >= 30
    server.start()
    expect(banner).to_have_count(0, timeout=40_000)


def test_a_public_dashboard_hangs_on_a_wall_without_an_account(shared_server, open_page, api):
    api.push(history("wall_metric"))
    path = api.dashboard("Open wall", [panel("Line", "wall_metric")], isPublic=True)
    page, _ = open_page(shared_server, signed_in=False)
    page.goto(f"{path}?kiosk=1")
    expect(page.locator(".chart canvas")).to_be_visible()
    expect(page.locator(".public-bar")).to_be_hidden()
