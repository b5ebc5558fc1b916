"""Editing while the server is away, the session ends, or somebody else edits."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.editing import (
    LAYOUT,
    begin,
    document,
    drag,
    grip_of,
    make_dashboard,
    places,
    saved,
    shown_places,
    tool,
)
from tests.browser.server import EMAIL, PASSWORD, Api, history, panel


@pytest.fixture
def path(api):
    return make_dashboard(api)


def test_a_server_that_is_away_takes_nothing_away(own_server, open_page):
    server = own_server()
    api = Api(server.url)
    api.push(history("away_metric"))
    path = api.dashboard(
        "Away", [panel(title, "away_metric", position=where) for title, where in LAYOUT.items()]
    )
    page, watch = open_page(server)
    watch.allow(r"ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED)")
    watch.allow(r"status of 503")
    begin(page, path)
    expect(page.locator(".chart canvas")).to_have_count(3)
    start = grip_of(page, "CPU")
    drag(page, start, (start[0], start[1] + 600))
    server.stop()
    page.mouse.up()
    expect(page.locator(".edit-state")).to_contain_text("Not saved", timeout=20_000)
    toast = page.locator(".toast").filter(has_text="Not saved: Cannot reach metricbox.")
    expect(toast.get_by_role("button", name="Copy my version")).to_be_visible()
    kept = shown_places(page)
    assert kept != LAYOUT
    # Not even leaving for a moment does.
    server.start()
    expect(page.locator(".edit-state")).to_have_text(re.compile(r"^Saved \d"), timeout=40_000)
    expect(toast).to_have_count(0)
    assert places(api, path) == kept == shown_places(page)


def test_a_refused_save_can_be_thrown_away(shared_server, open_page, api, path):
    page, watch = open_page(shared_server)
    watch.allow(r"status of 503 .*/dashboards/")
    begin(page, path)
    answer = {"error": "The disk is full.", "code": "UNAVAILABLE"}
    page.route(
        "**/api/v1/dashboards/*",
        lambda route: (
            route.fulfill(status=503, json=answer) if route.request.method == "PUT" else route.continue_()
        ),
    )
    tool(page, "Remove CPU").click()
    toast = page.locator(".toast").filter(has_text="Not saved: The disk is full.")
    expect(toast).to_be_visible()
    page.get_by_role("button", name="Done").click()
    expect(page.locator(".toast").filter(has_text="so editing goes on")).to_be_visible()
    page.locator(".edit-state").get_by_role("button", name="Discard").click()
    expect(page.locator(".panel-title")).to_have_count(3)
    expect(page.locator(".edit-state")).to_have_text("Saved")
    page.unroute("**/api/v1/dashboards/*")
    assert places(api, path) == LAYOUT


def test_a_session_that_ends_in_mid_edit_loses_nothing(shared_server, open_page, api, path):
    page, watch = open_page(shared_server)
    watch.allow(r"status of 401 .* /api/v1/")
    begin(page, path)
    expect(page.locator(".chart canvas")).to_have_count(3)
    page.context.clear_cookies()
    tool(page, "Remove CPU").click()
    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_have_count(0)
    saved(page)
    assert set(places(api, path)) == {"Load", "Disk"}
    assert EMAIL in page.request.get("/api/v1/auth/me").text()


def change_beside(api, path, change):
    """What a colleague does: another change of the same dashboard."""
    made = document(api, path)
    panels = [
        {key: one[key] for key in ("id", "title", "type", "query", "options", "position")}
        for one in made["panels"]
    ]
    change({one["title"]: one for one in panels})
    api.data("PUT", f"/api/v1/dashboards/{made['id']}", {"version": made["version"], "panels": panels})


def set_title(title, wanted):
    return lambda panels: panels[title].update(title=wanted)


def test_changes_of_different_panels_are_merged(shared_server, open_page, api, path):
    """B126: nobody's change is overwritten."""
    page, watch = open_page(shared_server)
    watch.allow(r"status of 409 .*/dashboards/")
    begin(page, path)
    change_beside(api, path, set_title("Load", "Load of the box"))
    tool(page, "Remove CPU").click()
    expect(page.locator(".toast").filter(has_text="Merged with a colleague’s change")).to_be_visible()
    saved(page)
    assert set(places(api, path)) == {"Load of the box", "Disk"}
    expect(page.locator(".panel-title")).to_have_text(["Load of the box", "Disk"])


def conflict(page, api, path):
    begin(page, path)
    change_beside(api, path, lambda panels: panels["CPU"].update(position={"x": 0, "y": 0, "w": 6, "h": 7}))
    tool(page, "Position of CPU").click()
    dialog = page.get_by_role("dialog", name="Position of CPU")
    dialog.get_by_label("Width").fill("4")
    dialog.get_by_role("button", name="Place").click()
    ask = page.get_by_role("dialog", name="A colleague changed the same things")
    expect(ask).to_be_visible()
    expect(ask).to_contain_text("CPU, column 1, row 1, 4 wide, 4 high")
    expect(ask).to_contain_text("CPU, column 1, row 1, 6 wide, 7 high")
    return ask


@pytest.mark.parametrize(("choice", "size"), [("Mine", (4, 4)), ("Theirs", (6, 7))])
def test_changes_of_the_same_field_are_chosen_from(shared_server, open_page, api, path, choice, size):
    page, watch = open_page(shared_server)
    watch.allow(r"status of 409 .*/dashboards/")
    ask = conflict(page, api, path)
    expect(ask.get_by_role("button", name="Save (1 to choose)")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(ask).to_be_visible()
    ask.get_by_role("radio", name=re.compile(f"^{choice}")).check()
    ask.get_by_role("button", name="Save", exact=True).click()
    expect(ask).to_have_count(0)
    expect(page.locator(".edit-state")).to_have_text(re.compile("^Saved"))
    assert places(api, path)["CPU"][2:] == size
    assert shown_places(page) == places(api, path)


def test_my_side_of_a_conflict_becomes_a_copy(shared_server, open_page, api, path):
    page, watch = open_page(shared_server)
    watch.allow(r"status of 409 .*/dashboards/")
    ask = conflict(page, api, path)
    ask.get_by_role("button", name="Save mine as a copy").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Editable (copy)")
    copy = page.url.replace(shared_server.url, "")
    assert places(api, copy)["CPU"] == (0, 0, 4, 4)
    assert places(api, path)["CPU"] == (0, 0, 6, 7)


LOOK = "document.dispatchEvent(new Event('visibilitychange'))"


def test_a_page_that_is_only_watched_follows_a_newer_version(page, api, path):
    page.goto(path)
    expect(page.locator(".chart canvas")).to_have_count(3)
    page.evaluate("() => { window.kept = document.querySelector('.chart canvas'); }")
    change_beside(api, path, set_title("Disk", "Disk space"))
    page.wait_for_load_state("networkidle")
    page.evaluate(LOOK)
    expect(page.locator(".panel-title")).to_have_text(["CPU", "Load", "Disk space"])
    assert page.evaluate("document.querySelector('.chart canvas') === window.kept"), "CPU is not drawn anew"


def test_a_dirty_editor_is_never_replaced(shared_server, open_page, api, path):
    """B127; and B128: the own save is nobody else's change."""
    page, watch = open_page(shared_server)
    watch.allow(r"status of 409 .*/dashboards/")
    begin(page, path)
    move = tool(page, "Move CPU")
    move.focus()
    page.keyboard.press("Enter")
    expect(move).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowDown")
    held = shown_places(page)
    change_beside(api, path, set_title("Load", "Load of the box"))
    page.evaluate(LOOK)
    page.wait_for_load_state("networkidle")
    assert shown_places(page) == held
    expect(move).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".toast").filter(has_text="Merged with a colleague’s change")).to_be_visible()
    saved(page)
    assert set(places(api, path)) == {"CPU", "Load of the box", "Disk"}
    assert places(api, path)["CPU"][1] > 0
    page.locator(".toast").get_by_role("button", name="Dismiss").click()
    tool(page, "Duplicate Disk").click()
    saved(page)
    page.evaluate(LOOK)
    expect(page.locator(".panel-title")).to_have_count(4)
    expect(page.locator(".toast")).to_have_count(0)


def test_an_answer_that_was_lost_is_nobody_elses_change(shared_server, open_page, api, path):
    """B128: the save arrives, its answer does not, and the next try meets the own version."""
    page, watch = open_page(shared_server)
    watch.allow(r"ERR_FAILED")
    watch.allow(r"status of 409 .*/dashboards/")
    begin(page, path)
    lost = []

    def lose(route):
        if route.request.method != "PUT" or lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/api/v1/dashboards/*", lose)
    tool(page, "Remove CPU").click()
    expect(page.locator(".edit-state")).to_contain_text("Not saved")
    expect(page.locator(".edit-state")).to_have_text(re.compile("^Saved"))
    assert lost == [200]
    expect(page.locator(".toast").filter(has_text="colleague")).to_have_count(0)
    assert set(places(api, path)) == {"Load", "Disk"}
