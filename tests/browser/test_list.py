"""The list of dashboards: stars, filters, order, and what can be done with a row."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.server import Api, panel


@pytest.fixture
def server(own_server):
    return own_server()


@pytest.fixture
def list_page(server, open_page):
    api = Api(server.url)
    for made in api.data("GET", "/api/v1/dashboards"):
        api.send("DELETE", f"/api/v1/dashboards/{made['id']}")
    api.dashboard("Alpha", [panel("Line", "m")])
    api.dashboard("Beta 10", [panel("Line", "m")] * 2, description="ten")
    api.dashboard("beta 9", [], isPublic=True)
    page, _ = open_page(server)
    page.goto("/")
    expect(page.locator(".row")).to_have_count(3)
    return page


def names(page):
    return page.locator(".row-name")


def sort_by(page, order: str) -> None:
    page.get_by_role("button", name=re.compile("^Sort by")).click()
    page.get_by_role("menuitemradio", name=order).click()
    expect(page.get_by_role("button", name=f"Sort by: {order}")).to_be_visible()


def open_menu(page, name: str) -> None:
    page.get_by_role("button", name=f"Actions for {name}", exact=True).click()
    expect(page.get_by_role("menuitem", name="Open")).to_be_focused()


def test_stars_follow_the_account(list_page, server, open_page):
    page = list_page
    star = page.get_by_role("button", name="Star Beta 10")
    with page.expect_response("**/auth/me/preferences") as saved:
        star.click()
    assert saved.value.ok
    expect(star).to_have_attribute("aria-pressed", "true")
    other, _ = open_page(server)
    other.goto("/")
    expect(other.locator(".row")).to_have_count(3)
    other.get_by_role("button", name="Starred", exact=True).click()
    expect(names(other)).to_have_text(["Beta 10"])
    other.get_by_role("button", name="Star Beta 10").click()
    expect(other.get_by_text("Star a dashboard to find it here")).to_be_visible()
    other.get_by_role("button", name="Show all").click()
    expect(other.locator(".row")).to_have_count(3)


def test_a_star_that_is_not_saved_is_taken_back(server, open_page, list_page):
    page, watch = open_page(server)
    watch.allow(r"status of 503 .*/preferences$")
    refusal = {"status": 503, "json": {"error": "Starting.", "code": "UNAVAILABLE"}}
    page.goto("/")
    expect(page.locator(".row")).to_have_count(3)
    page.route("**/auth/me/preferences", lambda route: route.fulfill(**refusal))
    star = page.get_by_role("button", name="Star Alpha")
    star.click()
    expect(page.locator(".toast")).to_contain_text("The star was not saved: Starting.")
    expect(star).to_have_attribute("aria-pressed", "false")


def test_filters_and_orders(list_page):
    page = list_page
    page.get_by_role("button", name="Public", exact=True).click()
    expect(names(page)).to_have_text(["beta 9"])
    page.get_by_role("button", name="Mine", exact=True).click()
    sort_by(page, "Name")
    expect(names(page)).to_have_text(["Alpha", "beta 9", "Beta 10"])
    sort_by(page, "Changed")
    expect(names(page)).to_have_text(["beta 9", "Beta 10", "Alpha"])
    sort_by(page, "Last opened")
    with page.expect_response("**/auth/me/preferences"):
        names(page).last.click()
    opened = page.get_by_role("heading", level=1).text_content()
    page.get_by_role("link", name="Dashboards").last.click()
    expect(names(page).first).to_have_text(opened)
    page.reload()
    expect(names(page).first).to_have_text(opened)


def test_a_row_is_duplicated_and_made_public(list_page, server, open_page):
    page, watch = open_page(server)
    watch.allow(r"status of 409")
    page.goto("/")
    expect(page.locator(".row")).to_have_count(3)
    api = Api(server.url)
    open_menu(page, "Beta 10")
    page.get_by_role("menuitem", name="Duplicate").click()
    expect(page.locator(".row")).to_have_count(4)
    made = [item for item in api.data("GET", "/api/v1/dashboards") if item["name"].startswith("Beta 10 ")]
    assert len(made) == 1
    assert len(made[0]["panels"]) == 2
    row = page.locator(".row", has=page.get_by_text("Beta 10", exact=True))
    open_menu(page, "Beta 10")
    page.get_by_role("menuitem", name="Make public").click()
    expect(row.locator(".chip")).to_have_text("public")
    expect(page.locator(".toast").last).to_contain_text("titles and data now, not its queries")
    # Somebody else changed it meanwhile; nothing of theirs is lost.
    mine = next(item for item in api.data("GET", "/api/v1/dashboards") if item["name"] == "Beta 10")
    assert mine["isPublic"]
    api.data("PUT", f"/api/v1/dashboards/{mine['id']}", {"version": mine["version"], "description": "eleven"})
    open_menu(page, "Beta 10")
    with page.expect_response(
        lambda response: response.request.method == "PUT" and response.status == 200
    ) as saved:
        page.get_by_role("menuitem", name="Make private").click()
    assert json.loads(saved.value.text())["data"]["description"] == "eleven"
    expect(row.locator(".chip")).to_have_count(0)


def test_a_viewer_opens_and_stars_only(server, open_page, list_page):
    api = Api(server.url)
    wish = {"email": "eye@example.com", "password": "correct horse battery", "role": "viewer"}
    api.data("POST", "/api/v1/users", wish)
    page, _ = open_page(server, signed_in=False)
    page.goto("/login")
    page.get_by_label("E-mail").fill(wish["email"])
    page.get_by_label("Password", exact=True).fill(wish["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(names(page)).to_have_text(["beta 9"])
    open_menu(page, "beta 9")
    expect(page.get_by_role("menuitem")).to_have_text(["Open", "Copy link"])
    page.keyboard.press("Escape")
    with page.expect_response("**/auth/me/preferences") as saved:
        page.get_by_role("button", name="Star beta 9").click()
    assert saved.value.ok
    page.goto("/settings/users")
    expect(page.get_by_text("Your role does not allow this")).to_be_visible()
    expect(page.get_by_text("One of them can open it for you")).to_be_visible()


@pytest.mark.parametrize("width", [320, 390])
def test_the_list_fits_a_phone(list_page, server, open_page, width):
    page, _ = open_page(server, viewport={"width": width, "height": 780}, has_touch=True)
    page.goto("/")
    expect(page.locator(".row")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    star = page.get_by_role("button", name="Star Alpha")
    star.tap()
    expect(star).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Pin the side bar")).to_be_hidden()
    nav = page.get_by_role("navigation", name="Main").bounding_box()
    assert round(nav["y"] + nav["height"]) == 780, "the bar stands at the bottom"


def test_the_side_bar_is_pinned_and_stays_so(list_page):
    page = list_page
    nav = page.get_by_role("navigation", name="Main")
    pin = nav.get_by_role("button", name="Pin the side bar")
    pin.click()
    expect(pin).to_have_attribute("aria-pressed", "true")
    assert nav.bounding_box()["width"] == 208
    page.reload()
    expect(page.locator(".row")).to_have_count(3)
    assert nav.bounding_box()["width"] == 208
    pin.click()
    expect(pin).to_have_attribute("aria-pressed", "false")
    assert nav.bounding_box()["width"] == 56


def test_every_page_has_its_title_and_is_announced(list_page):
    page = list_page
    expect(page).to_have_title("Dashboards · metricbox")
    page.get_by_role("link", name="Settings", exact=True).click()
    expect(page).to_have_title("Profile · metricbox")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.locator('[aria-live="polite"]')).to_have_text("Profile")
