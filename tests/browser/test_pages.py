"""The list of dashboards, settings, hostile names, small screens, keyboard."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.browser.server import EMAIL, PASSWORD, Api, history, panel

HOSTILE = [
    '<img src=x onerror="alert(1)">',
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "a\u202eb\u200f",
    "x" * 150,
    "😀 ü",
]


def test_a_dashboard_is_created_found_and_deleted_with_undo(shared_server, open_page):
    page, _ = open_page(shared_server)
    page.goto("/")
    page.get_by_role("button", name="New dashboard").click()
    dialog = page.get_by_role("dialog", name="New dashboard")
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_text("Name must not be empty")).to_be_visible()
    dialog.get_by_label("Name", exact=True).fill("Press line 3")
    dialog.get_by_label("Description").fill("temperature, cycles")
    dialog.get_by_role("button", name="Create").click()
    expect(page).to_have_url(re.compile(r"/dashboard/[\w-]+$"))
    expect(page.locator(".message-title").get_by_text("Add your first panel")).to_be_visible()
    path = page.url

    page.get_by_role("link", name="Dashboards").last.click()
    page.get_by_label("Search dashboards").fill("PRESS cycles")
    expect(page.locator(".row")).to_have_count(1)
    page.get_by_role("button", name="Actions for Press line 3").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.locator(".row")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".row")).to_have_count(1)

    page.get_by_role("button", name="Actions for Press line 3").click()
    page.get_by_role("menuitem", name="Delete").click()
    # Leaving the page is no undo.
    page.goto("/settings/profile")
    page.wait_for_timeout(1000)
    assert page.request.get(path.replace("/dashboard/", "/api/v1/dashboards/")).status == 404


def test_a_missing_dashboard_and_a_missing_page_say_so(shared_server, open_page):
    page, watch = open_page(shared_server)
    watch.allow(r"status of 404")
    page.goto("/dashboard/00000000-0000-4000-8000-000000000000")
    expect(page.get_by_text("This dashboard does not exist")).to_be_visible()
    page.goto("/nowhere")
    expect(page.get_by_text("There is no page at this address")).to_be_visible()
    expect(page).to_have_title("Not found · metricbox")


def test_a_token_is_made_shown_once_used_and_revoked(shared_server, open_page, api):
    page, _ = open_page(shared_server)
    page.goto("/settings/tokens")
    page.get_by_role("button", name="New token").first.click()
    page.get_by_label("Name", exact=True).fill("agent on web1")
    page.get_by_role("button", name="Create").click()
    secret = page.get_by_label("Token", exact=True).input_value()
    assert secret.startswith("mbx_")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Store this token now")).to_be_visible()
    point = {"metrics": [{"name": "token_metric", "value": 1}]}
    assert api.send("POST", "/api/v1/metrics", point, token=secret)[0] == 202
    page.get_by_role("button", name="I have stored it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert secret not in page.content()
    page.reload()
    expect(page.get_by_role("row", name=re.compile("agent on web1"))).to_be_visible()
    assert secret not in page.content()
    page.get_by_role("button", name="Revoke agent on web1").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke", exact=True).click()
    expect(page.get_by_role("row", name=re.compile("agent on web1"))).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert api.send("POST", "/api/v1/metrics", point, token=secret)[0] == 401


def test_the_password_is_changed_with_the_current_one(own_server, open_page):
    server = own_server()
    page, watch = open_page(server)
    watch.allow(r"status of 40[0-9] .* /api/v1/auth/password$")
    page.goto("/settings/profile")
    expect(page.get_by_text(EMAIL)).to_be_visible()
    page.get_by_label("Current password", exact=True).fill("not the password")
    page.get_by_label("New password", exact=True).fill("another long password")
    page.get_by_role("button", name="Change password").click()
    expect(page.locator(".field-error")).to_be_visible()
    expect(page.get_by_label("Current password", exact=True)).to_be_focused()
    page.get_by_label("Current password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.locator(".toast")).to_contain_text("Password changed")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text_everywhere(page, api, name):
    page.on("dialog", lambda dialog: pytest.fail(f"a dialogue opened: {dialog.message}"))
    metric = f"hostile_metric_{HOSTILE.index(name)}"
    api.push(history(metric, host=name))
    panels = [
        panel(name, [{"query": metric, "legend": "{{host}}"}], kind, unit=name[:60])
        for kind in ("line", "stat", "gauge")
    ]
    path = api.dashboard(name, panels, description=name)
    page.goto(path)
    shown = name.replace("\u202e", "\\u{202e}").replace("\u200f", "\\u{200f}")
    expect(page.get_by_role("heading", level=1)).to_have_text(shown)
    expect(page).to_have_title(f"{shown} · metricbox")
    expect(page.locator(".legend-name")).to_have_text(shown)
    assert page.locator(".panel-title").all_text_contents() == [shown] * 3
    box = page.locator(".chart .u-over").bounding_box()
    page.mouse.move(box["x"] + box["width"] - 10, box["y"] + 20)
    expect(page.locator(".tooltip-name")).to_have_text(shown)
    page.goto("/")
    expect(page.locator(".row-name", has_text=shown).first).to_be_visible()
    assert page.locator("img, svg[onload]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [320, 390, 768])
def test_small_screens_scroll_in_one_direction(shared_server, open_page, api, width):
    api.push(history("small_metric", host="a") + history("small_metric", host="b"))
    panels = [panel(f"{kind} panel", "small_metric", kind) for kind in ("line", "stat", "gauge", "bar")]
    path = api.dashboard("Small", panels)
    page, _ = open_page(shared_server, viewport={"width": width, "height": 800}, has_touch=True)
    for address in (path, "/", "/settings/tokens", "/settings/profile"):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_timeout(400)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    page.goto(path)
    expect(page.locator(".chart canvas").first).to_be_visible()
    boxes = [frame.bounding_box() for frame in page.locator(".panel").all()]
    if width < 768:
        assert {round(box["x"]) for box in boxes} == {boxes[0]["x"]}, "one column"
        assert all(lower["y"] >= upper["y"] + upper["height"] for upper, lower in pairwise(boxes))


def test_the_layout_survives_a_small_screen(page, api):
    api.push(history("layout_metric"))
    panels = [
        panel("A", "layout_metric", position=(0, 0, 8, 4)),
        panel("B", "layout_metric", position=(8, 0, 4, 4)),
        panel("C", "layout_metric", position=(0, 4, 12, 3)),
    ]
    path = api.dashboard("Layout", panels)
    page.goto(path)
    expect(page.locator(".chart canvas")).to_have_count(3)

    def boxes():
        return [page.get_by_role("region", name=name, exact=True).bounding_box() for name in "ABC"]

    before = boxes()
    a, b, c = before
    assert a["y"] == b["y"]
    assert b["x"] >= a["x"] + a["width"]
    assert c["y"] >= a["y"] + a["height"]
    page.set_viewport_size({"width": 400, "height": 800})
    expect(page.locator(".grid.is-stacked")).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.locator(".grid.is-stacked")).to_have_count(0)
    page.wait_for_timeout(500)
    assert boxes() == before
    saved = api.data("GET", path.replace("/dashboard/", "/api/v1/dashboards/"))
    assert [item["w"] for item in saved["layout"]] == [8, 4, 12]


def test_the_keyboard_reaches_and_leaves_everything(shared_server, open_page):
    page, _ = open_page(shared_server)
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.get_by_role("link", name="Settings", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Profile")).to_be_focused()
    expect(page.locator('[aria-live="polite"]')).to_have_text("Profile")
    page.go_back()
    expect(page.get_by_role("heading", level=1, name="Dashboards")).to_be_focused()

    account = page.get_by_role("button", name="Account", exact=True)
    account.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Profile")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Tokens")).to_be_focused()
    page.keyboard.press("End")
    expect(page.get_by_role("menuitem", name="Sign out")).to_be_focused()
    page.keyboard.press("p")
    expect(page.get_by_role("menuitem", name="Profile")).to_be_focused()
    page.keyboard.press("Escape")
    expect(account).to_be_focused()

    create = page.get_by_role("button", name="New dashboard").first
    create.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(create).to_be_focused()


def test_every_control_has_a_name_and_every_page_its_landmarks(page, api):
    api.push(history("named_metric", host="a"))
    path = api.dashboard("Named", [panel("Line", "named_metric"), panel("Stat", "named_metric", "stat")])
    for address in ("/", path, "/settings/profile", "/settings/tokens"):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        page.wait_for_timeout(400)
        expect(page.get_by_role("main")).to_have_count(1)
        expect(page.get_by_role("navigation", name="Main")).to_have_count(1)
        nameless = page.evaluate(
            """() => [...document.querySelectorAll('button, a[href], input, [tabindex="0"]')]
              .filter((element) => element.checkVisibility())
              .filter((element) => !element.getAttribute('aria-label') && !element.textContent.trim())
              .filter((element) => !element.labels?.length)
              .map((element) => element.outerHTML.slice(0, 120))"""
        )
        assert nameless == []
        assert page.evaluate("document.documentElement.lang") == "en"


def test_reduced_motion_and_forced_colours_are_followed(shared_server, open_page, api):
    api.push(history("motion_metric"))
    path = api.dashboard("Motion", [panel("Line", "motion_metric")])
    page, _ = open_page(shared_server, reduced_motion="reduce", forced_colors="active")
    page.goto(path)
    expect(page.locator(".chart canvas")).to_be_visible()
    durations = page.evaluate(
        "[...document.querySelectorAll('*')].map((node) => getComputedStyle(node).transitionDuration)"
    )
    assert set(durations) == {"0s"}


def test_an_upgrade_offers_a_reload(shared_server, open_page):
    page, _ = open_page(shared_server)
    page.goto("/")
    expect(page.locator(".row").first.or_(page.locator(".message"))).to_be_visible()

    def upgraded(route):
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "x-metricbox-version": "99.0.0"})

    page.route("**/api/v1/tokens*", upgraded)
    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_role("link", name="Tokens", exact=True).click()
    expect(page.locator(".banner")).to_contain_text("metricbox was updated.")
    assert Api(shared_server.url).cookie != ""
