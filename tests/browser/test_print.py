"""A dashboard on paper: light, A4, whole panels, and above them what was printed when."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.server import history, panel

# What stands in the way of printing is answered by the test itself.
CATCH_PRINT = """() => {
  window.print = () => { window.printed = document.querySelectorAll('.dashboard .chart canvas').length; };
}"""


@pytest.fixture
def long_page(page, api):
    api.push(history("paper_metric"))
    panels = [
        panel(f"P{number}", "paper_metric", position=(number % 3 * 4, number // 3 * 4, 4, 4))
        for number in range(24)
    ]
    page.goto(api.dashboard("Paper", panels, refreshInterval="") + "?theme=dark&tz=UTC")
    expect(page.locator(".chart canvas").first).to_be_visible()
    return page


def test_printing_waits_for_all_panels(long_page):
    page = long_page
    assert page.locator(".chart canvas").count() < 24, "those out of sight are not asked for"
    page.evaluate(CATCH_PRINT)
    page.keyboard.press("Control+p")
    page.wait_for_function("() => window.printed !== undefined")
    assert page.evaluate("window.printed") == 24


def test_paper_is_light_and_says_what_it_shows(long_page):
    page = long_page
    # The handlers come after the first draw, with the sheet that they need.
    expect(page.locator('link[href="/static/styles/print.css"]')).to_have_count(1)
    before = page.evaluate("document.querySelector('.chart canvas').toDataURL()")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("html").get_attribute("data-theme") == "light"
    assert page.evaluate("document.querySelector('.chart canvas').toDataURL()") != before, (
        "the charts as well"
    )
    header = page.locator(".print-header")
    expect(header.get_by_role("heading")).to_have_text("Paper")
    expect(header).to_contain_text(re.compile(r"Last 1 hour: 20\S+ \S+ – 20\S+ \S+"))
    expect(header).to_contain_text("Times are UTC")
    expect(header).to_contain_text(re.compile(r"Printed 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d"))
    for hidden in (".nav", ".page-header", ".panel-menu"):
        expect(page.locator(hidden).first).to_be_hidden()
    box = page.locator(".dashboard").bounding_box()
    assert abs(box["width"] - 718) < 2, "A4 without its margins"
    style = (
        "(name) => [...document.querySelectorAll('.grid-stack-item')].map((e) => getComputedStyle(e)[name])"
    )
    assert set(page.evaluate(style, "breakInside")) == {"avoid"}
    assert set(page.evaluate(style, "position")) == {"static"}
    heights = page.evaluate(
        "[...document.querySelectorAll('.panel')].map((e) => e.getBoundingClientRect().height)"
    )
    assert min(heights) > 100
    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(header).to_have_count(0)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_long_dashboard_takes_several_pages(long_page):
    page = long_page
    expect(page.locator('link[href="/static/styles/print.css"]')).to_have_count(1)
    paper = page.pdf(prefer_css_page_size=True, print_background=True)
    pages = len(re.findall(rb"/Type\s*/Page[^s]", paper))
    assert pages == 2, pages
    assert re.search(rb"/MediaBox\s*\[0 0 59[45]\.\d* 84[12]\.\d*\]", paper), "A4"
