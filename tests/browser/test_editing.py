"""Editing a dashboard: moving, resizing, adding, saving, undoing."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.editing import (
    LAYOUT,
    begin,
    corner_of,
    document,
    drag,
    grip_of,
    make_dashboard,
    places,
    puts,
    saved,
    shown_places,
    tool,
)
from tests.browser.server import history, panel


@pytest.fixture
def path(api):
    return make_dashboard(api)


def test_a_panel_is_dragged_and_resized(page, api, path):
    begin(page, path)
    expect(page.locator(".chart canvas")).to_have_count(3)
    start = grip_of(page, "CPU")
    load = page.get_by_role("region", name="Load", exact=True).bounding_box()
    drag(page, start, (load["x"] + 20, start[1] + 5))
    expect(page.locator(".grid-stack-placeholder")).to_be_visible()
    page.mouse.up()
    saved(page)
    assert places(api, path) == {"CPU": (6, 0, 6, 4), "Load": (6, 4, 6, 4), "Disk": (0, 8, 12, 3)}
    assert shown_places(page) == places(api, path)

    start = corner_of(page, "CPU")
    drag(page, start, (start[0] - 10, start[1] + 84))
    with page.expect_response(lambda answer: answer.request.method == "PUT"):
        page.mouse.up()
    saved(page)
    assert places(api, path)["CPU"] == (6, 0, 6, 5)
    page.reload()
    expect(page.locator(".chart canvas")).to_have_count(3)
    assert shown_places(page) == places(api, path)
    # Focus goes as the eye does.
    assert page.locator(".panel-title").all_text_contents() == ["CPU", "Load", "Disk"]


def test_a_panel_is_not_smaller_than_it_can_be_drawn(page, api, path):
    begin(page, path)
    start = corner_of(page, "CPU")
    drag(page, start, (start[0] - 2000, start[1] - 1000))
    page.mouse.up()
    saved(page)
    assert places(api, path)["CPU"] == (0, 0, 3, 3)


def test_a_panel_is_moved_and_resized_by_keys_alone(page, api, path):
    page.goto(path)
    expect(page.locator(".chart canvas")).to_have_count(3)
    edit = page.get_by_role("button", name="Edit", exact=True)
    edit.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("toolbar", name="Edit the dashboard")).to_be_visible()
    move = tool(page, "Move CPU")
    spoken = page.get_by_role("status").filter(has_text=re.compile("column"))
    move.focus()
    page.keyboard.press("Enter")
    expect(move).to_have_attribute("aria-pressed", "true")
    expect(spoken).to_contain_text("Moving CPU, column 1, row 1, 6 wide, 4 high.")
    page.keyboard.press("ArrowDown")
    expect(spoken).to_have_text("CPU, column 1, row 8, 6 wide, 4 high")
    page.keyboard.press("Shift+ArrowUp")
    expect(spoken).to_have_text("CPU, column 1, row 8, 6 wide, 3 high")
    page.keyboard.press("ArrowLeft")
    expect(spoken).to_have_text("No further: column 1, row 8, 6 wide, 3 high")
    page.keyboard.press("Escape")
    expect(move).to_have_attribute("aria-pressed", "false")
    assert shown_places(page) == LAYOUT
    expect(move).to_be_focused()

    page.keyboard.press("Enter")
    expect(move).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowDown")
    expect(spoken).to_have_text("CPU, column 1, row 8, 6 wide, 4 high")
    page.keyboard.press("Enter")
    saved(page)
    assert places(api, path) == shown_places(page)
    assert places(api, path)["CPU"][1] > places(api, path)["Disk"][1]
    # The document's order has changed under the focus.
    assert page.locator(".panel-title").all_text_contents() == ["Load", "Disk", "CPU"]
    expect(move).to_be_focused()


def test_a_panel_is_placed_by_numbers(page, api, path):
    begin(page, path)
    tool(page, "Position of Disk").click()
    dialog = page.get_by_role("dialog", name="Position of Disk")
    width = dialog.get_by_label("Width")
    width.fill("13")
    dialog.get_by_role("button", name="Place").click()
    expect(width).to_be_focused()
    expect(dialog).to_contain_text("A whole number from 3 to 12.")
    width.fill("6")
    dialog.get_by_label("Row").fill("1")
    dialog.get_by_label("Column").fill("7")
    dialog.get_by_role("button", name="Place").click()
    expect(dialog).to_have_count(0)
    saved(page)
    assert places(api, path) == {"CPU": (0, 0, 6, 4), "Disk": (6, 0, 6, 3), "Load": (6, 3, 6, 4)}


def test_ten_changes_are_one_save(page, api, path):
    sent = puts(page)
    begin(page, path)
    duplicate = tool(page, "Duplicate Disk")
    expect(duplicate).to_be_visible()
    duplicate.evaluate("(button) => { for (let count = 0; count < 10; count += 1) button.click(); }")
    saved(page)
    expect(page.get_by_role("button", name=re.compile("^Move "))).to_have_count(13)
    assert len(document(api, path)["panels"]) == 13
    assert len(sent) == 1
    assert [one["id"] for one in sent[0]["panels"]] == [one["id"] for one in document(api, path)["panels"]]


def test_what_is_changed_during_a_save_goes_with_the_next(page, api, path):
    sent = puts(page)
    begin(page, path)
    held = []
    page.route(
        "**/api/v1/dashboards/*",
        lambda route: held.append(route) if route.request.method == "PUT" and not held else route.continue_(),
    )
    with page.expect_request(lambda request: request.method == "PUT"):
        tool(page, "Duplicate Disk").click()
    expect(page.locator(".edit-state")).to_have_text("Saving…")
    tool(page, "Remove CPU").click()
    tool(page, "Remove Load").click()
    expect(page.locator(".panel-title")).to_have_count(2)
    assert len(sent) == 1, "one is under way"
    held[0].continue_()
    saved(page)
    assert set(places(api, path)) == {"Disk", "Disk (copy)"}
    assert len(sent) == 2


def test_undo_and_redo_survive_a_reload(page, api, path):
    begin(page, path)
    expect(tool(page, "Undo")).to_be_disabled()
    tool(page, "Duplicate CPU").click()
    tool(page, "Remove Load").click()
    expect(page.locator(".toast")).to_contain_text("Removed Load")
    saved(page)
    assert set(places(api, path)) == {"CPU", "CPU (copy)", "Disk"}
    page.reload()
    expect(tool(page, "Undo")).to_be_enabled()
    tool(page, "Undo").click()
    expect(page.locator(".panel-title")).to_have_count(4)
    page.keyboard.press("Control+z")
    expect(page.locator(".panel-title")).to_have_count(3)
    expect(tool(page, "Undo")).to_be_disabled()
    saved(page)
    assert places(api, path) == LAYOUT
    page.keyboard.press("Control+Shift+Z")
    expect(page.locator(".panel-title")).to_have_count(4)
    saved(page)
    assert set(places(api, path)) == {"CPU", "CPU (copy)", "Load", "Disk"}
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("toolbar", name="Edit the dashboard")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("button", name="Edit", exact=True)).to_be_visible()


def test_what_is_drawn_is_what_is_saved_among_panels_of_many_sizes(page, api):
    """The library would push some of these below all others."""
    api.push(history("edit_metric"))
    panels = [
        panel("CPU", "edit_metric", position=(0, 0, 6, 7)),
        panel("Load", "edit_metric", position=(6, 0, 4, 4)),
        panel("Up", "edit_metric", "stat", position=(10, 0, 2, 2)),
        panel("Gauge", "edit_metric", "gauge", position=(10, 2, 2, 2)),
        {"title": "Disks", "type": "row", "position": {"x": 0, "y": 7, "w": 12, "h": 1}},
        panel("Disk", "edit_metric", position=(0, 8, 12, 3)),
    ]
    path = api.dashboard("Sizes", panels)
    begin(page, path)
    for name in ("Duplicate Up", "Remove CPU", "Undo", "Duplicate Gauge", "Remove Up"):
        page.locator(".edit-bar, .edit-tools").get_by_role("button", name=name, exact=True).click()
    expect(page.locator(".panel-title")).to_have_count(6)
    saved(page)
    assert shown_places(page) == places(api, path)
    assert places(api, path)["CPU"] == (0, 0, 6, 7)
    assert places(api, path)["Disks"] == (0, 7, 12, 1)


def test_a_removed_panel_comes_back_from_its_toast(page, api, path):
    begin(page, path)
    tool(page, "Remove CPU").click()
    expect(page.locator(".panel-title")).to_have_text(["Load", "Disk"])
    tool(page, "Duplicate Disk").click()
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".panel-title")).to_have_count(4)
    saved(page)
    assert set(places(api, path)) == {"CPU", "Load", "Disk", "Disk (copy)"}


def test_leaving_at_once_saves_what_was_changed(page, api, path):
    begin(page, path)
    tool(page, "Remove Load").click()
    expect(page.locator(".panel-title")).to_have_count(2)
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboards")
    page.goto(path)
    expect(page.locator(".panel-title")).to_have_text(["CPU", "Disk"])


def test_text_and_rows_are_added_in_place(page, api, path):
    begin(page, path)
    for name, title in (("Row", "New row"), ("Text", "Text")):
        tool(page, "Add panel").click()
        page.get_by_role("menuitem", name=name, exact=True).click()
        expect(tool(page, f"Move {title}")).to_be_focused()
    saved(page)
    made = places(api, path)
    assert made["New row"] == (0, 7, 12, 1)
    assert made["Text"] == (0, 8, 6, 3)
    tool(page, "Edit New row").click()
    dialog = page.get_by_role("dialog", name="Row", exact=True)
    dialog.get_by_label("Title").fill("Details")
    dialog.get_by_role("button", name="Save row").click()
    expect(page.get_by_role("button", name="Details", exact=True)).to_have_attribute("aria-expanded", "true")
    page.get_by_role("button", name="Details", exact=True).click()
    expect(page.get_by_role("button", name="Details 1 panel hidden")).to_be_visible()
    saved(page)
    row = next(one for one in document(api, path)["panels"] if one["type"] == "row")
    assert row["options"]["isCollapsed"] is True


def test_panels_of_a_closed_row_follow_it(page, api, path):
    """B131: nothing that is hidden is left behind or written over."""
    made = document(api, path)
    identity = made["id"]
    rows = [
        {
            "title": "Closed",
            "type": "row",
            "options": {"isCollapsed": True},
            "position": {"x": 0, "y": 7, "w": 12, "h": 1},
        },
        panel("Inside", "edit_metric", position=(0, 8, 6, 4)),
    ]
    panels = [
        {key: one[key] for key in ("id", "title", "type", "query", "options", "position")}
        for one in made["panels"]
    ]
    api.data(
        "PUT",
        f"/api/v1/dashboards/{identity}",
        {"version": made["version"], "panels": panels + rows},
    )
    begin(page, path)
    expect(tool(page, "Move Closed")).to_be_visible()
    tool(page, "Position of CPU").click()
    dialog = page.get_by_role("dialog", name="Position of CPU")
    dialog.get_by_label("Height").fill("6")
    dialog.get_by_role("button", name="Place").click()
    saved(page)
    after = places(api, path)
    assert after["Disk"] == (0, 6, 12, 3)
    assert after["Closed"] == (0, 9, 12, 1)
    assert after["Inside"] == (0, 10, 6, 4)


def test_a_dashboard_of_somebody_else_is_duplicated_to_be_edited(shared_server, open_page, api, path):
    made = document(api, path)
    api.data("PUT", f"/api/v1/dashboards/{made['id']}", {"version": made["version"], "isPublic": True})
    wish = {"email": "second@example.com", "password": "correct horse battery", "role": "editor"}
    api.send("POST", "/api/v1/users", wish)
    page, _ = open_page(shared_server, signed_in=False)
    page.goto(f"/login?next={path}")
    page.get_by_label("E-mail").fill(wish["email"])
    page.get_by_label("Password", exact=True).fill(wish["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Editable")
    expect(page.get_by_text("belongs to somebody else")).to_be_visible()
    expect(page.get_by_role("button", name="Edit", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Duplicate to edit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Editable (copy)")
    expect(page.get_by_role("toolbar", name="Edit the dashboard")).to_be_visible()
    expect(page.locator(".panel-title")).to_have_count(3)


def test_an_empty_dashboard_says_what_comes_first(page, api):
    page.goto(api.dashboard("Blank", []))
    expect(page.get_by_text("Add your first panel")).to_be_visible()
    expect(page.get_by_role("main")).not_to_contain_text("API")
    expect(page.get_by_role("link", name="Add a chart")).to_have_attribute(
        "href", re.compile(r"/panel/new\?type=line$")
    )
    page.get_by_role("button", name="Edit the dashboard").click()
    expect(page.get_by_role("toolbar", name="Edit the dashboard")).to_be_visible()
    tool(page, "Add panel").click()
    page.get_by_role("menuitem", name="Text", exact=True).click()
    expect(tool(page, "Move Text")).to_be_focused()


def test_on_a_phone_the_layout_is_left_alone(shared_server, open_page, api, path):
    page, _ = open_page(shared_server, viewport={"width": 390, "height": 844}, has_touch=True)
    sent = puts(page)
    begin(page, path)
    expect(tool(page, "Remove CPU")).to_be_visible()
    expect(tool(page, "Move CPU")).to_have_count(0)
    expect(page.locator(".ui-resizable-se")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(tool(page, "Move CPU")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(tool(page, "Move CPU")).to_have_count(0)
    tool(page, "Duplicate Disk").click()
    saved(page)
    assert {title: where for title, where in places(api, path).items() if title in LAYOUT} == LAYOUT
    assert len(sent) == 1


def test_one_file_is_imported_twice(page, api, path):
    """B129: each import is a dashboard of its own, never a conflict."""
    _, file, _ = api.send("GET", f"/api/v1/dashboards/{document(api, path)['id']}/export")
    body = json.dumps(file["data"]).encode()
    urls = set()
    for _ in range(2):
        page.goto("/")
        page.get_by_role("button", name="Import", exact=True).click()
        dialog = page.get_by_role("dialog", name="Import a dashboard")
        dialog.get_by_label("File").set_input_files(
            {"name": "a.json", "mimeType": "application/json", "buffer": body}
        )
        dialog.get_by_role("button", name="Import").click()
        expect(page).to_have_url(re.compile(r"/dashboard/[\w-]+$"))
        expect(page.locator(".panel-title")).to_have_count(3)
        urls.add(page.url)
    assert len(urls) == 2
