"""Rows of a dashboard in the browser: what belongs to them, opening and closing."""

import json
import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.server import Api, history, panel

ROW_PX = 84


def row(title: str, y: int, **options: Any) -> dict[str, Any]:
    return panel(title, None, "row", position=(0, y, 12, 1), **options)


def make(api: Api, name: str, **more: Any) -> str:
    api.push(history("rows_metric", host="web1"))
    panels = [
        panel("Above", "rows_metric", "stat", position=(0, 0, 4, 2)),
        row("Disks", 2),
        panel("Usage", "rows_metric", position=(0, 3, 6, 3)),
        panel("Speed", "rows_metric", position=(6, 3, 6, 3)),
        row("Network", 6, isCollapsed=True),
        panel("Received", "rows_metric", position=(0, 7, 12, 3)),
        row("Rest", 10),
        panel("Last", "rows_metric", "stat", position=(0, 11, 4, 2)),
    ]
    return api.dashboard(name, panels, **more)


def region(page: Page, name: str):
    return page.get_by_role("region", name=name, exact=True)


def top_of(page: Page, name: str) -> float:
    return region(page, name).bounding_box()["y"]


def ready(page: Page) -> None:
    expect(region(page, "Last").locator(".stat-number").first).to_be_visible()


def test_a_collapsed_row_hides_its_panels_and_asks_nothing_for_them(page, api):
    asked = []
    page.on(
        "request", lambda request: asked.append(request.post_data) if "/query/batch" in request.url else None
    )
    page.goto(make(api, "Rows", refreshInterval=""))
    ready(page)
    expect(page.get_by_role("heading", level=2)).to_have_text(
        ["Above", "Disks", "Usage", "Speed", "Network1 panel hidden", "Rest", "Last"]
    )
    assert sum(len(json.loads(body)["queries"]) for body in asked) == 4
    before = top_of(page, "Row Rest")
    network = region(page, "Row Network").get_by_role("button")
    expect(network).to_have_accessible_name("Network 1 panel hidden")
    expect(network).to_have_attribute("aria-expanded", "false")
    network.click()
    expect(network).to_have_attribute("aria-expanded", "true")
    expect(network).to_have_accessible_name("Network")
    expect(region(page, "Received").locator("canvas").first).to_be_visible()
    assert round(top_of(page, "Row Rest") - before) == 3 * ROW_PX, "what is below moves by the panel's height"
    assert sum(len(json.loads(body)["queries"]) for body in asked) == 5, "the others keep their data"


def test_a_visitor_opens_and_closes_rows_by_keyboard_and_for_himself(page, api, open_page, shared_server):
    path = make(api, "Own rows", isPublic=True)
    page.goto(path)
    ready(page)
    disks = region(page, "Row Disks").get_by_role("button")
    disks.focus()
    page.keyboard.press("Enter")
    expect(disks).to_have_accessible_name("Disks 2 panels hidden")
    expect(disks).to_be_focused()
    expect(region(page, "Usage")).to_have_count(0)
    page.reload()
    ready(page)
    expect(disks).to_have_attribute("aria-expanded", "false")
    other, watch = open_page(shared_server, signed_in=False)
    watch.allow("status of 401")
    other.goto(path)
    ready(other)
    expect(region(other, "Usage")).to_be_visible()
    region(other, "Row Network").get_by_role("button").click()
    expect(region(other, "Received").locator("canvas").first).to_be_visible()
    saved = api.data("GET", "/api/v1" + path.replace("dashboard", "dashboards"))
    assert saved["version"] == 1, "nothing of it is saved"


def test_titles_of_rows_hold_values_and_hostile_text(page, api):
    api.push(history("rows_metric", host="web1"))
    hostile = "<img src=x onerror=alert(1)> \u202e $host"
    variable = {"name": "host", "type": "list", "values": ["web1", '"><svg>']}
    panels = [
        row(hostile, 0),
        panel("Last", "rows_metric", "stat", position=(0, 1, 4, 2)),
        row("", 3, isCollapsed=True),
    ]
    page.goto(api.dashboard("Hostile rows", panels, variables=[variable]) + '?var-host="><svg>')
    ready(page)
    expect(page.get_by_role("heading", level=2).first).to_have_text(
        '<img src=x onerror=alert(1)> \\u{202e} "><svg>'
    )
    expect(region(page, "Row Row").get_by_role("button")).to_have_accessible_name("Row 0 panels hidden")


def test_rows_fit_a_phone(open_page, shared_server, api):
    page, _ = open_page(shared_server, viewport={"width": 360, "height": 740}, has_touch=True)
    page.goto(make(api, "Phone rows"))
    ready(page)
    network = region(page, "Row Network").get_by_role("button")
    assert network.bounding_box()["height"] >= 44
    network.tap()
    expect(region(page, "Received").locator("canvas").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_dashboard_without_rows_fetches_nothing_for_them(page, api):
    api.push(history("rows_metric", host="web1"))
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(api.dashboard("No rows", [panel("Last", "rows_metric", "stat")]))
    ready(page)
    assert not [url for url in requests if re.search(r"\brows?\b", url.rsplit("/", 1)[1])]


# ---- editing


def edit(page: Page, path: str) -> None:
    page.goto(path)
    ready(page)
    page.get_by_role("button", name="Edit", exact=True).click()
    expect(page.get_by_role("toolbar", name="Edit the dashboard")).to_be_visible()


def saved_panels(api: Api, path: str) -> list[dict[str, Any]]:
    return api.data("GET", "/api/v1" + path.replace("dashboard", "dashboards"))["panels"]


def wait_saved(page: Page) -> None:
    expect(page.locator(".edit-state")).to_have_text(re.compile(r"^Saved \d"))


def test_an_editor_collapses_a_row_for_everybody(page, api, open_page, shared_server):
    path = make(api, "Collapse for all")
    edit(page, path)
    disks = region(page, "Row Disks").get_by_role("button", name="Disks")
    disks.click()
    expect(disks).to_have_attribute("aria-expanded", "false")
    wait_saved(page)
    other, _ = open_page(shared_server)
    other.goto(path)
    ready(other)
    expect(region(other, "Usage")).to_have_count(0)
    assert [one["title"] for one in saved_panels(api, path) if one["options"].get("isCollapsed")] == [
        "Disks",
        "Network",
    ]
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(region(page, "Usage")).to_be_visible()


def test_a_row_moves_with_its_hidden_panels(page, api):
    path = make(api, "Move rows")
    edit(page, path)
    up = page.get_by_role("button", name="Move Network up with its panels")
    up.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2)).to_have_text(
        ["Above", "Network1 panel hidden", "Disks", "Usage", "Speed", "Rest", "Last"]
    )
    expect(up).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").get_by_text("Network is the first row")).to_be_attached()
    wait_saved(page)
    assert [one["title"] for one in saved_panels(api, path)] == [
        "Above",
        "Network",
        "Received",
        "Disks",
        "Usage",
        "Speed",
        "Rest",
        "Last",
    ]


def test_a_row_is_removed_alone_or_with_its_panels(page, api):
    path = make(api, "Remove rows")
    edit(page, path)
    page.get_by_role("button", name="Remove Disks").click()
    page.get_by_role("menuitem", name="Remove the row and its panels").click()
    expect(region(page, "Usage")).to_have_count(0)
    page.get_by_role("button", name="Remove Rest").click()
    page.get_by_role("menuitem", name="Remove the row, keep its panels").click()
    # They go to the row above, which is opened for them.
    expect(region(page, "Received").locator("canvas").first).to_be_visible()
    expect(region(page, "Last")).to_be_visible()
    wait_saved(page)
    assert [one["title"] for one in saved_panels(api, path)] == ["Above", "Network", "Received", "Last"]


def test_a_row_is_named_and_repeated_by_a_variable(page, api):
    api.push(history("rows_metric", host="web1"))
    api.push(history("rows_metric", host="web2"))
    variable = {
        "name": "host",
        "type": "query",
        "query": "label_values(rows_metric, host)",
        "multi": True,
        "includeAll": True,
    }
    panels = [row("Hosts", 0), panel("Last", 'rows_metric{host="$host"}', "stat", position=(0, 1, 4, 2))]
    path = api.dashboard("Repeat row", panels, variables=[variable], refreshInterval="")
    edit(page, path)
    page.get_by_role("button", name="Edit Hosts").click()
    dialog = page.get_by_role("dialog", name="Row", exact=True)
    dialog.get_by_label("Title").fill("About $host")
    dialog.get_by_label("Repeat by").select_option("$host")
    dialog.get_by_role("button", name="Save row").click()
    expect(region(page, "Row About All")).to_be_visible()
    expect(region(page, "Last")).to_have_count(1)
    wait_saved(page)
    page.get_by_role("button", name="Done", exact=True).click()
    expect(page.get_by_role("heading", level=2)).to_have_text(["About web1", "Last", "About web2", "Last"])
    expect(region(page, "Last").locator(".stat-number")).to_have_count(2)
