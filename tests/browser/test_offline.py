"""Without an answer: one banner, tries that grow rarer, and everything back without a reload."""

import json
import re

from playwright.sync_api import expect

from tests.browser.server import history, panel

SET_HIDDEN = """(isHidden) => {
  Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def start(page, api):
    api.push(history("offline_metric"))
    page.clock.install()
    page.goto(api.dashboard("Offline", [panel("Line", "offline_metric")]))
    expect(page.locator(".chart canvas")).to_be_visible()


def test_tries_grow_rarer_and_the_way_back_needs_no_reload(shared_server, open_page, api):
    page, watch = open_page(shared_server)
    watch.allow("ERR_(FAILED|INTERNET_DISCONNECTED)")
    start(page, api)
    page.evaluate("window.isSamePage = true")
    tries = []

    def refuse(route):
        tries.append(route.request.url)
        route.abort()

    page.route("**/api/v1/query/batch", refuse)
    page.clock.run_for(1500)
    page.clock.run_for(1500)
    banner = page.locator(".banner")
    expect(banner).to_contain_text("Cannot reach metricbox")
    expect(page.locator('[aria-live="assertive"]')).to_have_text("Cannot reach metricbox. Trying again.")
    expect(banner).to_contain_text(re.compile(r"trying again (in \d+ s|…)"))
    expect(page.locator(".chart canvas")).to_be_visible()
    for _ in range(6):
        page.clock.run_for(31_000)
        expect(banner).to_be_visible()
    # 1, 2, 4, 8, 16, 30, 30 … seconds; asking each second would be almost two hundred.
    assert len(tries) <= 14, len(tries)
    page.unroute("**/api/v1/query/batch")
    page.clock.run_for(31_000)
    expect(banner).to_have_count(0)
    assert page.evaluate("window.isSamePage")
    expect(page.locator(".panel-mark.is-stale")).to_have_count(0)


def test_a_hidden_tab_asks_for_nothing_however_long(page, api):
    start(page, api)
    page.evaluate(SET_HIDDEN, True)
    expect(page.locator(".panel-progress.is-on")).to_have_count(0)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(120_000)
    page.clock.run_for(120_000)
    assert asked == []
    with page.expect_request("**/query/batch"):
        page.evaluate(SET_HIDDEN, False)


def test_a_hidden_tab_does_not_even_try_again_while_offline(shared_server, open_page, api):
    page, watch = open_page(shared_server)
    watch.allow("ERR_FAILED")
    start(page, api)
    page.route("**/api/v1/query/batch", lambda route: route.abort())
    page.clock.run_for(1500)
    page.clock.run_for(1500)
    expect(page.locator(".banner")).to_contain_text("Cannot reach metricbox")
    page.evaluate(SET_HIDDEN, True)
    expect(page.locator(".panel-progress.is-on")).to_have_count(0)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(120_000)
    assert len(asked) <= 1, json.dumps(asked)
    page.unroute("**/api/v1/query/batch")
    with page.expect_request("**/query/batch"):
        page.evaluate(SET_HIDDEN, False)
    expect(page.locator(".banner")).to_have_count(0)
