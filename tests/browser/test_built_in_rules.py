"""The rules that come with metricbox: offered where there are none, in the list of rules, and at set-up."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.alerting import quiet_api
from tests.browser.server import PASSWORD, Api, MetricboxProcess, now_ms

RULES = "/api/v1/alerts/rules?sort=name&pageSize=200"


@pytest.fixture(scope="module")
def alerting(tmp_path_factory):
    """A server that evaluates each second and has what two of the rules look at."""
    process = MetricboxProcess(tmp_path_factory.mktemp("built-in"), alert_interval="1s")
    process.start()
    now = now_ms()
    for name in ("metricbox_host_cpu_busy_ratio", "metricbox_host_memory_used_ratio"):
        points = [
            {"name": name, "value": 0.95, "tags": {"instance": "box"}, "timestamp": now + at * 1000}
            for at in range(-300, 600, 10)
        ]
        Api(process.url).push(points)
    yield process
    process.stop()


@pytest.fixture
def api(alerting) -> Api:
    return quiet_api(alerting.url)


@pytest.fixture
def page(open_page, alerting) -> Page:
    made, _ = open_page(alerting)
    return made


def open_dialog(page: Page) -> Locator:
    button = page.get_by_role("button", name="Built-in rules")
    expect(button).to_be_visible()
    button.click()
    dialog = page.get_by_role("dialog", name="Built-in rules")
    expect(dialog.get_by_role("list", name="Built-in rules").locator("> li")).to_have_count(8)
    return dialog


def test_who_has_no_rules_gets_those_that_have_something_to_watch(page, api):
    channel = api.data(
        "POST",
        "/api/v1/alerts/channels",
        {"name": "ops", "type": "webhook", "settings": {"url": "http://127.0.0.1:9/hook"}},
    )
    page.goto("/alerts")
    expect(page.get_by_text("Nothing is watched yet")).to_be_visible()
    dialog = open_dialog(page)
    # Only what is stored here is proposed: a rule about silent hosts would cry where there are none.
    chosen = dialog.get_by_role("list").locator("li", has=page.locator("input:checked"))
    expect(chosen).to_have_count(2)
    expect(dialog.locator("li", has_text="CPU busy")).to_contain_text("more than 90 % busy")
    expect(dialog.locator("li", has_text="CPU busy")).to_contain_text("> 90\u00a0% for 10m")
    expect(dialog.locator("li", has_text="Host silent")).to_contain_text("nothing to watch here yet")
    dialog.get_by_role("checkbox", name=re.compile("^ops")).check()
    dialog.get_by_role("button", name="Add 2 rules").click()
    expect(page.locator(".toast-text")).to_have_text("Added 2 rules")
    expect(page.get_by_text("All quiet").or_(page.get_by_role("list", name="Active alerts"))).to_be_visible()
    rules = api.data("GET", RULES)
    assert [rule["name"] for rule in rules] == ["CPU busy", "Memory short"]
    assert {tuple(rule["notification"]["channels"]) for rule in rules} == {(channel["id"],)}
    api.data("DELETE", f"/api/v1/alerts/channels/{channel['id']}")


def test_what_is_there_is_not_offered_again(page, api):
    api.data("POST", "/api/v1/alerts/library", {"ids": ["memory-short"]})
    page.goto("/alerts?tab=rules")
    expect(page.get_by_role("link", name="Memory short")).to_be_visible()
    # 0.95 is shown as the rule's unit says.
    expect(page.locator(".rules tbody tr")).to_contain_text("> 90\u00a0%")
    dialog = open_dialog(page)
    expect(dialog.locator("input:checked")).to_have_count(0)
    expect(dialog.get_by_role("button", name="Add", exact=True)).to_be_disabled()
    there = dialog.get_by_role("link", name="Memory short is there: open it")
    expect(there).to_be_visible()
    dialog.get_by_role("button", name="Choose all").click()
    dialog.get_by_role("button", name="Choose none").click()
    box = dialog.get_by_role("checkbox", name=re.compile("CPU busy"))
    box.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator(".toast-text")).to_have_text('Added "CPU busy"')
    expect(page.get_by_role("link", name="CPU busy")).to_be_visible()
    assert len(api.data("GET", RULES)) == 2
    dialog = open_dialog(page)
    dialog.get_by_role("link", name="Memory short is there: open it").click()
    expect(page).to_have_url(re.compile("/alerts/rules/"))
    expect(page.get_by_role("combobox", name="Unit")).to_have_value("Ratio (0–1)")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_what_the_server_refuses_stands_in_the_dialogue(open_page, alerting, api):
    page, watch = open_page(alerting)
    watch.allow("400")
    wish = {"name": "soon gone", "type": "webhook", "settings": {"url": "http://127.0.0.1:9/hook"}}
    channel = api.data("POST", "/api/v1/alerts/channels", wish)
    page.goto("/alerts?tab=rules")
    dialog = open_dialog(page)
    dialog.get_by_role("checkbox", name=re.compile("^soon gone")).check()
    api.data("DELETE", f"/api/v1/alerts/channels/{channel['id']}")
    dialog.get_by_role("button", name="Add 2 rules").click()
    expect(dialog.get_by_role("alert")).to_contain_text("names no channel")
    assert api.data("GET", RULES) == []


def test_viewers_are_offered_nothing(open_page, alerting, api):
    viewer = {"email": "viewer@example.com", "role": "viewer", "password": PASSWORD}
    if not [one for one in api.data("GET", "/api/v1/users") if one["email"] == viewer["email"]]:
        api.data("POST", "/api/v1/users", viewer)
    page, _ = open_page(alerting, email=viewer["email"])
    page.goto("/alerts?tab=rules")
    expect(page.get_by_text("No rules yet")).to_be_visible()
    expect(page.get_by_role("button", name="Built-in rules")).to_have_count(0)


def set_up(page: Page) -> Api:
    page.get_by_label("E-mail").fill("ops@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This box")
    return Api(page.url.split("/dashboard")[0])


def test_at_set_up_the_box_is_watched_unless_somebody_says_no(own_server, open_page):
    server = own_server(with_admin=False, agent=True)
    page, _ = open_page(server, signed_in=False)
    page.goto("/")
    expect(page.get_by_role("checkbox", name="Watch this box")).to_be_checked()
    rules = set_up(page).data("GET", RULES)
    assert {rule["name"] for rule in rules} == {
        "CPU busy", "Disk nearly full", "Disk will be full", "Host silent", "Memory short",
    }  # fmt: skip
    other = own_server(with_admin=False, agent=True)
    page, _ = open_page(other, signed_in=False)
    page.goto("/")
    page.get_by_role("checkbox", name="Watch this box").uncheck()
    assert set_up(page).data("GET", RULES) == []


def test_without_the_agent_there_is_no_box_to_watch(own_server, open_page):
    server = own_server(with_admin=False)
    page, _ = open_page(server, signed_in=False)
    page.goto("/")
    expect(page.get_by_role("button", name="Create account")).to_be_visible()
    expect(page.get_by_role("checkbox")).to_have_count(0)
    assert set_up(page).data("GET", RULES) == []


def test_the_dialogue_fits_a_phone(open_page, alerting, api):
    page, _ = open_page(alerting, viewport={"width": 390, "height": 844})
    page.goto("/alerts?tab=rules")
    dialog = open_dialog(page)
    box = dialog.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 844
    assert page.evaluate("document.documentElement.scrollWidth") == 390
