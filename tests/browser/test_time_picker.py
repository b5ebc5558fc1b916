"""The time picker: every way to say a range, the zone it is meant in, and what refreshing does meanwhile."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.server import history, panel

TODAY = datetime.now(UTC).date()


@pytest.fixture
def path(api):
    api.push(history("picker_metric"))
    return api.dashboard(
        "Picker", [panel("Line", "picker_metric")], timeRange={"from": "now-5m", "to": "now"}
    )


def open_picker(page):
    page.locator(".time-button").click()
    layer = page.get_by_role("dialog", name="Time range")
    expect(layer.get_by_label("Write a range")).to_be_visible()
    return layer


def link(page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def show(page, address: str) -> None:
    page.goto(address)
    expect(page.locator(".chart canvas")).to_be_visible()


def test_a_written_range_says_what_it_means_before_anything_changes(page, path):
    show(page, path)
    layer = open_picker(page)
    field = layer.get_by_label("Write a range")
    field.fill("last 90 minuts")
    expect(layer.get_by_text('"90 minuts" is no duration')).to_be_visible()
    field.press("Enter")
    expect(layer).to_be_visible()
    field.fill("last 90m")
    expect(layer.get_by_text(re.compile(r"^Means 20.*\(90 minutes\)$"))).to_be_visible()
    assert link(page) == {}
    field.press("Enter")
    expect(page.locator(".time-text")).to_have_text("Last 90 minutes")
    assert link(page) == {"from": "now-90m", "to": "now"}
    expect(page.locator(".time-button")).to_be_focused()


def test_what_was_picked_lately_is_offered_again(page, path):
    show(page, path)
    layer = open_picker(page)
    expect(layer.get_by_role("group", name="Recent")).to_have_count(0)
    layer.get_by_label("Write a range").fill("last 77m")
    layer.get_by_label("Write a range").press("Enter")
    expect(page.locator(".time-text")).to_have_text("Last 77 minutes")
    page.reload()
    expect(page.locator(".chart canvas")).to_be_visible()
    layer = open_picker(page)
    layer.get_by_role("button", name="Last 3 hours", exact=True).click()
    expect(page.locator(".time-text")).to_have_text("Last 3 hours")
    layer = open_picker(page)
    recent = layer.get_by_role("group", name="Recent").get_by_role("button")
    expect(recent).to_have_text(["Last 3 hours", "Last 77 minutes"])
    recent.last.click()
    assert link(page) == {"from": "now-77m", "to": "now"}


def test_days_are_picked_from_the_calendar_by_keyboard(page, path):
    show(page, f"{path}?tz=UTC")
    layer = open_picker(page)
    start, end = TODAY - timedelta(days=9), TODAY - timedelta(days=2)
    grid = layer.get_by_role("grid")
    today = grid.locator('[aria-current="date"]')
    today.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(grid.locator('[tabindex="0"]')).to_be_focused()
    page.keyboard.press("Enter")
    expect(layer.get_by_label("From", exact=True)).to_have_value(f"{start} 00:00:00")
    # The end follows; now it is asked for.
    expect(layer.get_by_role("grid", name=re.compile("^End"))).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(grid.locator('[tabindex="0"]')).to_be_focused()
    page.keyboard.press("Enter")
    expect(layer.get_by_label("To", exact=True)).to_have_value(f"{end} 23:59:59")
    layer.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile("from="))
    assert link(page) == {"from": f"{start}T00:00:00.000Z", "to": f"{end}T23:59:59.000Z", "tz": "UTC"}
    # What is to come cannot be picked.
    layer = open_picker(page)
    tomorrow = TODAY + timedelta(days=1)
    layer.get_by_label("From", exact=True).fill(f"{tomorrow}")
    expect(layer.get_by_text("The start is in the future")).to_be_visible()


def test_days_and_written_times_are_in_the_zone_of_the_page(shared_server, open_page, path):
    """B153, B154: the browser is seven hours behind, the page is UTC."""
    page, _ = open_page(shared_server, timezone_id="America/Los_Angeles")
    show(page, f"{path}?tz=UTC")
    layer = open_picker(page)
    with page.expect_request("**/query/batch") as asked:
        layer.get_by_role("button", name="Today so far").click()
    midnight = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
    assert asked.value.post_data_json["queries"][0]["start"] == midnight.timestamp() * 1000
    layer = open_picker(page)
    yesterday = TODAY - timedelta(days=1)
    layer.get_by_label("From", exact=True).fill(f"{yesterday} 00:00")
    layer.get_by_label("To", exact=True).fill(f"{yesterday} 06:00")
    layer.get_by_role("button", name="Apply").click()
    expect(page.locator(".time-text")).to_have_text(f"{yesterday} 00:00:00 – 06:00:00")
    assert link(page)["from"] == f"{yesterday}T00:00:00.000Z"


def test_the_zone_is_found_by_name_and_goes_into_the_link(shared_server, open_page, path):
    page, _ = open_page(shared_server, timezone_id="Europe/Berlin")
    show(page, path)
    layer = open_picker(page)
    opener = layer.get_by_role("button", name=re.compile("Times are Europe.Berlin"))
    opener.click()
    search = layer.get_by_role("combobox", name="Time zone")
    expect(search).to_be_focused()
    search.fill("tokyo")
    expect(layer.get_by_role("option")).to_have_count(1)
    # Escape closes the list and nothing else.
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    opener.click()
    expect(search).to_be_focused()
    search.fill("tokyo")
    expect(layer.get_by_role("option")).to_have_count(1)
    with page.expect_request(
        lambda request: "/query/batch" in request.url and "Asia/Tokyo" in (request.post_data or "")
    ):
        page.keyboard.press("Enter")
    assert link(page) == {"tz": "Asia/Tokyo"}
    expect(page.locator(".time-zone-mark")).to_have_text("Tokyo")
    layer.get_by_role("button", name=re.compile("Times are Asia.Tokyo")).click()
    layer.get_by_role("option", name=re.compile("This browser")).click()
    assert link(page) == {}


def test_a_zone_that_is_unknown_is_told_and_utc_holds(own_server, open_page):
    """B155, of what an account has kept; a link is in test_charts."""
    server = own_server()
    page, _ = open_page(server, timezone_id="Asia/Tokyo")
    kept = {"data": {"timezone": "Mars/Phobos"}}
    page.route("**/auth/me/preferences", lambda route: route.fulfill(json=kept))
    page.goto("/")
    expect(page.locator(".row")).to_have_count(1)
    page.locator(".row-link").click()
    expect(page.locator(".toast").first).to_contain_text(
        '"Mars/Phobos" is not known to this browser: times are UTC'
    )
    expect(page.locator(".time-zone-mark")).to_have_text("UTC")


def test_ranges_are_on_the_clock_of_the_server(page, path):
    """B161: the browser's clock is a quarter of an hour ahead."""
    page.clock.install(time=datetime.now(UTC) + timedelta(minutes=15))
    with page.expect_request("**/query/batch") as asked:
        page.goto(path)
        page.clock.resume()
    query = asked.value.post_data_json["queries"][0]
    assert (query["start"], query["end"]) == ("now-5m", "now")
    expect(page.locator(".chart canvas")).to_be_visible()
    expect(page.locator(".legend-name")).to_have_text("picker_metric")
    page.get_by_role("button", name="Shift back by half the range").click()
    expect(page).to_have_url(re.compile("to="))
    ended = datetime.fromisoformat(link(page)["to"])
    assert ended < datetime.now(UTC)


def test_shifting_pauses_and_now_goes_back(page, path):
    show(page, path)
    page.get_by_role("button", name="Shift back by half the range").click()
    expect(page.locator(".refresh-text")).to_have_text("paused")
    now = page.get_by_role("button", name="Back to now")
    page.get_by_role("button", name="Zoom out").click()
    now.click()
    expect(page.locator(".time-text")).to_have_text("Last 5 minutes")
    expect(page.locator(".refresh-text")).to_have_text("1s")
    expect(now).to_have_count(0)


def test_a_fixed_range_stays_and_is_asked_once(page, path):
    """B160"""
    page.clock.install()
    page.goto(path)
    expect(page.locator(".chart canvas")).to_be_visible()
    with page.expect_response("**/query/batch"):
        page.get_by_role("button", name="Shift back by half the range").click()
    expect(page.locator(".panel-progress.is-on")).to_have_count(0)
    fixed = page.url
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/query/batch" in request.url else None)
    page.clock.fast_forward(60_000)
    page.clock.fast_forward(60_000)
    expect(page.locator(".refresh-text")).to_have_text("paused")
    assert page.url == fixed
    assert asked == []


def test_refreshing_by_itself_and_who_holds_it(page, path):
    show(page, f"{path}?refresh=auto")
    expect(page.locator(".refresh-text")).to_have_text("auto")
    page.goto(path)
    expect(page.locator(".chart canvas")).to_be_visible()
    box = page.locator(".chart .u-over").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 30)
    expect(page.locator(".chart-tooltip.is-pinned")).to_be_visible()
    expect(page.locator(".panel-progress.is-on")).to_have_count(0)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/query/batch" in request.url else None)
    # More than two intervals; a round that was under way may still have been counted.
    page.wait_for_timeout(2500)
    assert len(asked) <= 1, asked
    with page.expect_request("**/query/batch"):
        page.keyboard.press("Escape")


@pytest.mark.parametrize("width", [320, 390])
def test_the_picker_is_a_sheet_on_a_phone(shared_server, open_page, path, width):
    page, _ = open_page(shared_server, viewport={"width": width, "height": 780}, has_touch=True)
    show(page, path)
    layer = open_picker(page)
    box = layer.bounding_box()
    assert (box["x"], round(box["width"])) == (0, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert layer.evaluate("(element) => element.scrollWidth <= element.clientWidth")
    for target in layer.get_by_role("button").all()[:12]:
        assert target.bounding_box()["height"] >= 40
    layer.get_by_role("button", name="Yesterday").tap()
    expect(page.locator(".time-text")).to_have_text("Yesterday")
