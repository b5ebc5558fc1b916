"""The storage page: tables, disk and forecast, the largest metrics; admins change retention once they saw what goes."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.server import PASSWORD, Api, MetricboxProcess, history, now_ms

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@pytest.fixture
def server(own_server) -> MetricboxProcess:
    return own_server()


@pytest.fixture
def api(server: MetricboxProcess) -> Api:
    return Api(server.url)


def hourly(name: str, days: int) -> list[dict[str, Any]]:
    now = now_ms()
    return [
        {"name": name, "value": hour, "timestamp": now - hour * HOUR_MS, "tags": {"host": "a"}}
        for hour in range(days * 24)
    ]


def open_dialog(page: Page) -> Any:
    page.goto("/settings/storage")
    page.get_by_role("button", name="Change how long metrics_raw is kept").click()
    return page.get_by_role("dialog", name="How long metrics_raw is kept")


def test_tables_disk_and_largest_metrics_are_those_of_the_api(server, api, open_page):
    api.push([one for tag in "abc" for one in history("wide", tag=tag)] + history("narrow"))
    page, _ = open_page(server)
    page.goto("/settings/profile")
    page.get_by_role("link", name="Storage", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Storage")
    rows = page.get_by_role("region", name="What is stored").get_by_role("row")
    expect(rows).to_have_count(4)
    raw = api.data("GET", "/api/v1/status")["tiers"][0]
    assert raw["rows"] == 240
    expect(rows.nth(1)).to_contain_text("metrics_raw")
    expect(rows.nth(1).get_by_role("cell").nth(2)).to_have_text("240")
    expect(rows.nth(1).get_by_role("cell").nth(6)).to_have_text("7 days")
    disk = page.get_by_role("list", name="Disk", exact=True)
    expect(disk.get_by_role("listitem")).to_have_count(4)
    expect(disk).to_contain_text("below it new samples are refused")
    # Nothing is known of its past: nothing is said of its future.
    expect(page.get_by_text("at this rate")).to_have_count(0)

    largest = page.get_by_role("region", name="Largest metrics")
    expect(largest.get_by_role("link")).to_have_text(["wide", "narrow"])
    expect(largest.get_by_role("row", name="wide")).to_contain_text("75.0")
    largest.get_by_role("link", name="wide").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Explore")
    expect(page.locator(".chart canvas").first).to_be_visible()


def test_a_disk_that_fills_steadily_has_a_date(server, api, open_page):
    disk = api.data("GET", "/api/v1/status")["disk"]
    free = disk["freeBytes"]
    a_day = (free - disk["reserveBytes"]) / 41.5
    now = now_ms()
    # Of another one, which is watched by this one and fills faster.
    points = [
        {
            "name": "metricbox_disk_free_bytes",
            "value": value,
            "tags": {"instance": instance},
            "timestamp": now - hour * HOUR_MS,
        }
        for hour in range(6 * 24)
        for instance, value in (
            ("this", free + a_day * hour / 24),
            ("other", 3 * free + 40 * a_day * hour / 24),
        )
    ]
    api.push(points)
    page, _ = open_page(server)

    def answer(route: Route) -> None:
        # The machine's disk as it was then: whatever else runs on it moves it.
        body = route.fetch().json()
        body["data"]["disk"] = disk
        route.fulfill(json=body)

    page.route("**/api/v1/status", answer)
    page.goto("/settings/storage")
    expect(page.get_by_text("Full in 41 days at this rate")).to_be_visible()


def test_retention_is_changed_once_what_goes_was_seen(server, api, open_page):
    """Shortening deletes: nothing is sent before the server's answer to the dry run stands there."""
    api.push(hourly("slow", 4))
    page, watch = open_page(server)
    watch.allow(r"status of 400 .*/storage/retention$")
    dialog = open_dialog(page)
    field = dialog.get_by_label("Keep for")
    expect(field).to_be_focused()
    expect(field).to_have_value("7d")
    apply = dialog.get_by_role("button", name=re.compile("^Apply"))
    expect(apply).to_be_disabled()
    expect(dialog.get_by_text("This is how long it is kept now.")).to_be_visible()

    field.fill("soon")
    expect(dialog.get_by_text("Keep for must be a duration, like 7d or 36h")).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("1h")
    expect(
        dialog.get_by_text("It must be at least 4h, since data is dropped in chunks of 2h")
    ).to_be_visible()
    expect(apply).to_be_disabled()
    field.fill("90d")
    expect(
        dialog.get_by_text("metrics_1min must be kept at least as long as metrics_raw: 90d")
    ).to_be_visible()

    dialog.get_by_role("button", name="14 days").click()
    expect(field).to_have_value("14d")
    expect(dialog.get_by_text("Nothing is deleted.")).to_be_visible()
    expect(apply).to_have_text("Apply")
    dialog.get_by_role("button", name="1 day", exact=True).click()
    expect(dialog.get_by_text("Within ten minutes this is deleted")).to_be_visible()
    preview = api.data("PUT", "/api/v1/storage/retention?dryRun=true", {"metrics_raw": "1d"})["metrics_raw"]
    assert preview["samples"] > 60
    expect(dialog.locator(".fact", has_text="Samples")).to_contain_text(str(preview["samples"]))
    expect(dialog.locator("time")).to_have_attribute("datetime", preview["oldest"])
    expect(dialog.locator(".fact", has_text="Space for 1 day")).to_contain_text("about")
    assert api.data("GET", "/api/v1/storage/retention")["metrics_raw"] == "7d"

    expect(apply).to_have_text("Apply and delete")
    apply.click()
    expect(page.locator(".toast")).to_contain_text("metrics_raw is kept for 1 day")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("row", name=re.compile("metrics_raw"))).to_contain_text("1 day")
    expect(page.get_by_role("button", name="Change how long metrics_raw is kept")).to_be_focused()
    assert api.data("GET", "/api/v1/storage/retention")["metrics_raw"] == "1d"


def test_a_dialog_left_by_the_keyboard_changes_nothing(server, api, open_page):
    page, _ = open_page(server)
    dialog = open_dialog(page)
    dialog.get_by_label("Keep for").fill("3d")
    expect(dialog.get_by_text("Nothing is deleted.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Change how long metrics_raw is kept")).to_be_focused()
    assert api.data("GET", "/api/v1/storage/retention")["metrics_raw"] == "7d"


def test_others_see_it_and_change_nothing(shared_server, open_page):
    api = Api(shared_server.url)
    account = {"email": "storage@example.org", "password": PASSWORD, "role": "editor"}
    api.data("POST", "/api/v1/users", account)
    page, _ = open_page(shared_server, email="storage@example.org")
    page.goto("/settings/storage")
    expect(page.get_by_role("region", name="What is stored").get_by_role("row")).to_have_count(4)
    expect(page.get_by_role("button", name=re.compile("^Change how long"))).to_have_count(0)


def test_those_who_may_not_explore_see_no_names(own_server, open_page):
    """The page asks for nothing that would be refused."""
    server = own_server(explore=False)
    api = Api(server.url)
    api.push(history("secret_name"))
    account = {"email": "guest@example.org", "password": PASSWORD, "role": "viewer"}
    api.data("POST", "/api/v1/users", account)
    page, _ = open_page(server, email="guest@example.org")
    page.goto("/settings/storage")
    expect(page.get_by_role("region", name="What is stored").get_by_role("row")).to_have_count(4)
    expect(page.get_by_role("list", name="Disk", exact=True)).to_be_visible()
    expect(page.get_by_text("Largest metrics")).to_have_count(0)
