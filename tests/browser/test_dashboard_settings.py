"""The settings of a dashboard, and editing of rows and repeats on its page."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.server import Api, history, panel


def make(api: Api, name: str, panels: list[dict[str, Any]] | None = None, **more: Any) -> str:
    api.push(history("settings_metric", host="web1"))
    return api.dashboard(name, panels or [panel("CPU", "settings_metric")], **more)


def saved(api: Api, path: str) -> Any:
    return api.data("GET", "/api/v1" + path.replace("dashboard", "dashboards"))


def edit(page: Page, path: str) -> None:
    page.goto(path)
    page.get_by_role("button", name="Edit", exact=True).click()
    expect(page.get_by_role("toolbar", name="Edit the dashboard")).to_be_visible()


def wait_saved(page: Page) -> None:
    expect(page.locator(".edit-state")).to_have_text(re.compile(r"^Saved \d"))


def test_settings_are_changed_saved_and_taken_back(page, api):
    path = make(api, "Settings before", description="Old")
    edit(page, path)
    page.get_by_role("button", name="Settings", exact=True).click()
    dialog = page.get_by_role("dialog", name="Dashboard settings")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_text("you (ops@example.com)")).to_be_visible()
    name = dialog.get_by_label("Name", exact=True)
    expect(name).to_have_value("Settings before")
    name.fill("Settings <b>after</b>")
    dialog.get_by_label("Description").fill("New")
    dialog.get_by_label("Time range at first").select_option("Last 6 hours")
    dialog.get_by_label("Refresh at first").select_option("5 minutes")
    public = dialog.get_by_label("Public")
    public.check()
    expect(public).to_have_accessible_description(re.compile("sees its titles and data, but not its queries"))
    dialog.get_by_role("button", name="Save settings").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings <b>after</b>")
    expect(page.get_by_role("button", name="Last 6 hours")).to_be_visible()
    wait_saved(page)
    document = saved(api, path)
    assert (document["name"], document["description"]) == ("Settings <b>after</b>", "New")
    assert document["timeRange"] == {"from": "now-6h", "to": "now"}
    assert (document["refreshInterval"], document["isPublic"]) == ("5m", True)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings before")
    expect(page.get_by_role("button", name="Last 1 hour")).to_be_visible()
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_disabled()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings before")
    wait_for_version(api, path, 3)
    assert saved(api, path)["isPublic"] is False


def wait_for_version(api: Api, path: str, version: int) -> None:
    for _ in range(100):
        if saved(api, path)["version"] >= version:
            return
    raise AssertionError(saved(api, path))


def test_a_dashboard_needs_a_name(page, api):
    path = make(api, "Needs a name")
    edit(page, path)
    page.get_by_role("button", name="Settings", exact=True).click()
    name = page.get_by_role("dialog").get_by_label("Name", exact=True)
    name.fill("  ")
    page.get_by_role("button", name="Save settings").click()
    expect(name).to_be_focused()
    expect(page.get_by_text("Name must not be empty")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert saved(api, path)["version"] == 1


def test_what_the_public_may_choose_is_told(page, api):
    variable = {"name": "host", "type": "query", "query": "label_values(settings_metric, host)"}
    edit(page, make(api, "Public choice", variables=[variable]))
    page.get_by_role("button", name="Settings", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Public").check()
    expect(dialog.get_by_text("choose among all values of host")).to_be_visible()
