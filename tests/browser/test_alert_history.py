"""The history of alerts: what fired as a strip and a list, filters in the link, acknowledging, the ledger, files."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.alerting import Sink, events_of, make_rule, open_sink, wait_for
from tests.browser.server import PASSWORD, Api, MetricboxProcess

HOSTILE = '=cmd|"/c"!A1\u202e<img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def alerting_server(tmp_path_factory):
    process = MetricboxProcess(tmp_path_factory.mktemp("data"), alert_interval="1s")
    process.start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def sink():
    with open_sink() as made:
        yield made


@pytest.fixture(scope="module")
def filled(alerting_server, sink: Sink) -> Api:
    api = Api(alerting_server.url)
    sink.text = "<b>noted</b>"
    good = {"name": "ops hook", "type": "webhook", "settings": {"url": sink.url}}
    channel = api.data("POST", "/api/v1/alerts/channels", good)
    api.push([{"name": "ah_disk", "value": 95, "tags": {"host": host}} for host in ("db1", "db2")])
    api.push([{"name": "ah_cpu", "value": 70, "tags": {"host": HOSTILE}}])
    notification = {"channels": [channel["id"]]}
    disk = make_rule(api, "Disk nearly full", "ah_disk", severity="critical", notification=notification)
    cpu = make_rule(api, "CPU high", "ah_cpu", severity="info")
    events_of(api, disk, 2)
    events_of(api, cpu)
    wait_for(lambda: api.data("GET", "/api/v1/alerts/deliveries?state=delivered"))
    return api


@pytest.fixture
def page(open_page, alerting_server, filled) -> Page:
    made, _ = open_page(alerting_server)
    return made


def rows(page: Page):
    return page.locator(".history-row")


def open_history(page: Page, search: str = "") -> None:
    page.goto(f"/alerts/history{search}")
    expect(rows(page).first).to_be_visible()


def open_row(page: Page, text: str):
    row = rows(page).filter(has_text=text).first
    expect(row).to_be_visible()
    row.locator(".history-head").click()
    expect(row.locator(".history-body")).to_be_visible()
    return row


def choose(page: Page, label: str, option: str) -> None:
    select = page.get_by_role("combobox", name=label, exact=True)
    expect(select).to_be_visible()
    select.select_option(label=option)


def test_events_are_listed_with_what_they_were(page):
    open_history(page)
    expect(page).to_have_title(re.compile("Alert history"))
    expect(rows(page)).to_have_count(3)
    row = rows(page).filter(has_text="host=db1")
    expect(row).to_contain_text("Critical")
    expect(row).to_contain_text("peak 95")
    expect(row).to_contain_text("since")
    expect(row.locator(".history-length")).to_have_text(re.compile(r"^\d+ (s|min)"))
    # Hostile labels are text.
    expect(rows(page).filter(has_text="CPU high")).to_contain_text("<img src=x onerror=alert(1)>")
    expect(rows(page).filter(has_text="CPU high")).to_contain_text("\\u{202e}")


def test_filters_are_in_the_link(page):
    open_history(page)
    choose(page, "Severity", "Info")
    expect(rows(page)).to_have_count(1)
    expect(page).to_have_url(re.compile("severity=info"))
    page.reload()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Show all", exact=True).click()
    expect(rows(page)).to_have_count(3)
    choose(page, "Rule", "Disk nearly full")
    expect(rows(page)).to_have_count(2)
    page.get_by_role("searchbox", name="Search the history", exact=True).fill("db2")
    expect(rows(page)).to_have_count(1)
    choose(page, "Status", "Resolved")
    expect(page.get_by_text("Nothing fired", exact=True)).to_be_visible()
    # Typing leaves no entry of its own; each choice does.
    page.go_back()
    expect(rows(page)).to_have_count(1)


def test_the_strip_leads_into_an_hour(page):
    open_history(page)
    strip = page.get_by_role("toolbar", name="What fired, a cell for each hour", exact=True)
    cells = strip.get_by_role("button")
    expect(cells).to_have_count(25)
    expect(cells.last).to_have_accessible_name(re.compile(r"3 firing, 3 began, worst critical"))
    cells.last.focus()
    page.keyboard.press("Home")
    expect(cells.first).to_be_focused()
    expect(cells.first).to_have_accessible_name(re.compile("nothing fired"))
    page.keyboard.press("End")
    expect(cells.last).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("from=.*to="))
    expect(cells).not_to_have_count(25)


def test_an_event_is_acknowledged_with_a_comment(page, filled):
    open_history(page)
    row = open_row(page, "host=db2")
    expect(row.get_by_role("list", name="Messages", exact=True)).to_contain_text("ops hook, firing: try 1")
    row.get_by_role("textbox", name="Comment", exact=True).fill("known, disk is ordered")
    row.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(row.locator(".history-ack")).to_have_text("ops@example.com")
    expect(row).to_contain_text("known, disk is ordered")
    events = filled.data("GET", "/api/v1/alerts/events?search=db2")
    assert [event["comment"] for event in events] == ["known, disk is ordered"]


def test_a_refused_acknowledgement_is_taken_back(open_page, alerting_server, filled):
    page, watch = open_page(alerting_server)
    watch.allow("503")
    refusal = {"error": "Not now.", "code": "UNAVAILABLE", "details": []}
    page.route("**/acknowledge", lambda route: route.fulfill(status=503, json=refusal))
    open_history(page)
    row = open_row(page, "CPU high")
    row.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(page.get_by_text("Not acknowledged: Not now.", exact=True).first).to_be_visible()
    expect(row.locator(".history-ack")).to_have_count(0)
    expect(row).to_contain_text("nobody yet")


def test_the_ledger_shows_each_try_and_sends_again(page, filled, sink):
    open_history(page)
    page.get_by_role("link", name="Deliveries", exact=True).click()
    expect(page).to_have_url(re.compile("tab=deliveries"))
    row = open_row(page, "ops hook")
    expect(row).to_contain_text("delivered")
    expect(row.get_by_role("list", name="Tries", exact=True)).to_contain_text("accepted")
    expect(row.locator(".attempt-answer").first).to_contain_text("<b>noted</b>")
    before = len(sink.received)
    row.get_by_role("button", name="Send again", exact=True).click()
    expect(page.get_by_text("It is sent again, as it was", exact=True).first).to_be_visible()
    wait_for(lambda: len(sink.received) > before)
    wait_for(lambda: not filled.data("GET", "/api/v1/alerts/deliveries?state=queued"))
    page.get_by_role("button", name="Refresh now", exact=True).click()
    expect(row.locator(".attempt")).to_have_count(2)


def test_the_ledger_is_filtered_by_result_rule_and_time(page):
    open_history(page, "?tab=deliveries")
    choose(page, "Rule", "CPU high")
    expect(page.get_by_text("Nothing was sent", exact=True)).to_be_visible()
    choose(page, "Rule", "Disk nearly full")
    expect(rows(page).first).to_be_visible()
    choose(page, "Result", "Given up")
    expect(page.get_by_text("Nothing was sent", exact=True)).to_be_visible()
    page.goto("/alerts/history?tab=deliveries&from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z")
    expect(page.get_by_text("Nothing was sent", exact=True)).to_be_visible()


@pytest.mark.parametrize(("search", "column", "values"), [
    ("", "rule", {"Disk nearly full", "CPU high"}),
    ("?tab=deliveries", "channel", {"ops hook"}),
])  # fmt: skip
def test_both_are_files_too(page, search, column, values):
    open_history(page, search)
    button = page.get_by_role("button", name="CSV", exact=True)
    expect(button).to_be_enabled()
    with page.expect_download() as download:
        button.click()
    text = Path(download.value.path()).read_text("utf-8-sig")
    table = list(csv.DictReader(text.splitlines()))
    assert {row[column] for row in table} == values


def test_a_viewer_sees_all_and_changes_nothing(open_page, alerting_server, filled):
    viewer = {"email": "viewer@example.com", "password": PASSWORD, "role": "viewer"}
    filled.data("POST", "/api/v1/users", viewer)
    page, _ = open_page(alerting_server, signed_in=False)
    page.request.post(
        "/api/v1/auth/login",
        data={"email": viewer["email"], "password": PASSWORD},
        headers={"Origin": alerting_server.url},
    )
    open_history(page)
    row = open_row(page, "CPU high")
    expect(row.get_by_text("Nobody was told.", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Acknowledge", exact=True)).to_have_count(0)
    page.get_by_role("link", name="Deliveries", exact=True).click()
    row = open_row(page, "ops hook")
    expect(row.locator(".attempt").first).to_be_visible()
    expect(page.get_by_role("button", name="Send again", exact=True)).to_have_count(0)


def test_it_fits_a_phone(open_page, alerting_server, filled):
    page, _ = open_page(alerting_server, viewport={"width": 320, "height": 700}, has_touch=True)
    for search in ("", "?tab=deliveries"):
        open_history(page, search)
        rows(page).first.locator(".history-head").tap()
        expect(rows(page).first.locator(".history-body")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
