"""The tooltip tells the truth: table, step, samples; thin steps look thin; pin and copy; the crosshair's modes."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.server import history, panel
from tests.browser.test_charts import answer_of, fake


def counted(values: list, counts: list, **meta) -> dict:
    answer = answer_of([values], **meta)
    answer["data"]["series"][0]["counts"] = counts
    return answer


def point(page, at: float = 0.5, *, chart: int = 0, y: float = 40) -> None:
    """Moves the pointer over a chart, when its code for pointers is there."""
    over = page.locator(".chart .u-over").nth(chart)
    box = over.bounding_box()
    page.mouse.move(box["x"] + box["width"] * at - 2, box["y"] + y)
    page.mouse.move(box["x"] + box["width"] * at, box["y"] + y)


def drawn_with(page, red: int, green: int, blue: int) -> int:
    """Pixels of exactly this colour, on the first chart."""
    return page.evaluate(
        """([red, green, blue]) => {
          const canvas = document.querySelector('.chart canvas');
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          let count = 0;
          for (let at = 0; at < data.length; at += 4) {
            const far = Math.abs(data[at] - red) + Math.abs(data[at + 1] - green) + Math.abs(data[at + 2] - blue);
            if (data[at + 3] === 255 && far < 12) count += 1;
          }
          return count;
        }""",
        [red, green, blue],
    )


def test_it_says_table_step_and_samples_of_a_real_answer(page, api):
    api.push(history("told", 60, 5000, host="a"))
    page.goto(api.dashboard("Told", [panel("Told", "told")], timeRange={"from": "now-5m", "to": "now"}))
    expect(page.locator(".chart canvas")).to_be_visible()
    point(page)
    tooltip = page.locator(".chart-tooltip")
    expect(tooltip).to_contain_text(re.compile(r"metrics_raw, step \d+m?s"))
    expect(tooltip).to_contain_text(re.compile(r"\d+ samples? from \d\d:\d\d:\d\d to \d\d:\d\d:\d\d"))


def test_a_thin_step_says_so_and_looks_thin(page, api):
    path = api.dashboard("Thin", [panel("Thin", "m", showLegend=False)], refreshInterval="")
    span = {"from": "now-10m", "to": "now"}
    values = [50.0] * 60
    fake(page, counted(values, [12] * 60, table="metrics_1min"))
    page.goto(f"{path}?from={span['from']}&to={span['to']}&theme=dark")
    expect(page.locator(".chart canvas")).to_be_visible()
    whole = drawn_with(page, 0x90, 0xAE, 0xFF)
    page.unroute("**/api/v1/query/batch")
    fake(page, counted(values, [12] * 20 + [2] * 20 + [12] * 20, table="metrics_1min"))
    with page.expect_response("**/api/v1/query/batch"):
        page.get_by_role("button", name="Refresh now").click()
    expect(page.locator(".panel-progress.is-on")).to_have_count(0)
    point(page)
    tooltip = page.locator(".chart-tooltip")
    expect(tooltip).to_contain_text(re.compile(r"s2 samples from"))
    expect(tooltip).to_contain_text("fewer samples than usual: part of this step is missing")
    page.mouse.move(5, 5)
    expect(tooltip).to_have_count(0)
    thin = drawn_with(page, 0x90, 0xAE, 0xFF)
    assert thin < whole * 0.85, (whole, thin)


def test_every_digit_is_shown(page, api):
    """B159."""
    page.goto(api.dashboard("Digits", [panel("Digits", "m")], refreshInterval="").replace("?", ""))
    fake(page, answer_of([[123456789.123] * 60]))
    page.reload()
    expect(page.locator(".chart canvas")).to_be_visible()
    point(page, 0.95)
    expect(page.locator(".tooltip-value")).to_have_text(re.compile("123.456.789.123"))


def test_a_click_pins_it_for_reading_and_copying_and_escape_frees_it(shared_server, open_page, api):
    page, _ = open_page(shared_server, permissions=["clipboard-read", "clipboard-write"])
    path = api.dashboard("Pinned", [panel("Pinned", "m")], refreshInterval="")
    fake(page, answer_of([[number] * 60 for number in range(20)]))
    page.goto(path)
    expect(page.locator(".chart canvas")).to_be_visible()
    point(page, 0.95)
    tooltip = page.locator(".chart-tooltip")
    expect(tooltip.locator(".tooltip-row")).to_have_count(12)
    expect(tooltip).to_contain_text("and 8 more")
    assert tooltip.locator(".tooltip-value").all_text_contents() == [str(n) for n in range(19, 7, -1)]
    page.mouse.down()
    page.mouse.up()
    expect(tooltip).to_have_class(re.compile("is-pinned"))
    page.mouse.move(5, 5)
    tooltip.get_by_role("button", name="Copy").click()
    expect(tooltip).to_contain_text("Copied")
    text = page.evaluate("navigator.clipboard.readText()")
    # All of them, not only those that fit.
    assert len(re.findall(r"^\d+\t\d+$", text, re.MULTILINE)) == 20
    assert "metrics_raw, step 10s" in text
    page.keyboard.press("Escape")
    expect(tooltip).to_have_count(0)
    expect(page).to_have_url(re.compile(path))


def test_keys_walk_to_a_sample_and_pin_it(page, api):
    path = api.dashboard("Keys", [panel("Keys", "m")], refreshInterval="")
    fake(page, answer_of([[1, 2, 3] * 20]))
    page.goto(path)
    chart = page.locator(".chart")
    expect(chart).to_have_accessible_description(re.compile("highest"))
    point(page, 0.95)
    tooltip = page.locator(".chart-tooltip")
    expect(tooltip).to_be_visible()
    page.mouse.move(5, 5)
    chart.focus()
    page.keyboard.press("End")
    expect(tooltip).to_be_visible()
    page.keyboard.press("Enter")
    expect(tooltip).to_have_class(re.compile("is-pinned"))
    expect(tooltip.get_by_role("button", name="Close")).to_be_visible()
    page.keyboard.press("Escape")
    expect(tooltip).to_have_count(0)


@pytest.fixture
def two_charts(page, api):
    panels = [panel("First", "m"), panel("Second", "n", "area")]
    path = api.dashboard("Two", panels, timeRange={"from": "now-10m", "to": "now"}, refreshInterval="")
    fake(page, answer_of([[1, 2, 3] * 20]))
    page.goto(path)
    expect(page.locator(".chart canvas")).to_have_count(2)
    point(page)
    expect(page.locator(".chart-tooltip")).to_have_count(1)
    return page


def test_shift_x_goes_through_the_modes_of_the_crosshair(two_charts):
    page = two_charts
    status = page.locator('[aria-live="polite"]')
    page.keyboard.press("Shift+X")
    expect(status).to_have_text("Crosshair and values in all charts")
    point(page, 0.4)
    expect(page.locator(".chart-tooltip")).to_have_count(2)
    page.keyboard.press("Shift+X")
    expect(status).to_have_text("Crosshair in this chart only")
    point(page, 0.6)
    expect(page.locator(".chart-tooltip")).to_have_count(1)
    expect(page.locator(".u-cursor-x:visible")).to_have_count(1)
    page.keyboard.press("Shift+X")
    expect(status).to_have_text("Crosshair in all charts")
    point(page, 0.4)
    expect(page.locator(".u-cursor-x:visible")).to_have_count(2)
    # The height in the other chart would point at a value that nobody meant.
    expect(page.locator(".u-cursor-y:visible")).to_have_count(1)
