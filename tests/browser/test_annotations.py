"""Marks on charts for when alerts fired: on dashboards and in Explore, by keyboard, switched off, not in public."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.alerting import events_of, make_rule
from tests.browser.server import Api, MetricboxProcess, history, panel


@pytest.fixture(scope="module")
def alerting_server(tmp_path_factory):
    process = MetricboxProcess(tmp_path_factory.mktemp("data"), alert_interval="1s")
    process.start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def filled(alerting_server) -> Api:
    api = Api(alerting_server.url)
    for host in ("db1", "web1"):
        api.push(history("an_load", host=host))
    rule = make_rule(api, "Load <b>high</b>", 'an_load{host="db1"}', severity="critical")
    events_of(api, rule)
    return api


@pytest.fixture(scope="module")
def dashboard(filled: Api) -> str:
    panels = [
        panel("Of db1", 'an_load{host="db1"}', position=(0, 0, 6, 6)),
        panel("Of web1", 'an_load{host="web1"}', position=(6, 0, 6, 6)),
    ]
    return filled.dashboard("Marked", panels, timeRange={"from": "now-10m", "to": "now"}, refreshInterval="")


@pytest.fixture
def page(open_page, alerting_server) -> Page:
    made, _ = open_page(alerting_server)
    return made


def marks(page: Page, title: str):
    return page.get_by_role("region", name=title, exact=True).locator(".alert-mark")


def asked(page: Page) -> list[str]:
    """Addresses of the requests for marks, as they are made."""
    found: list[str] = []

    def note(request: Request) -> None:
        # The side bar counts what fires; marks have a range.
        if "/alerts/events" in request.url and "from=" in request.url:
            found.append(request.url)

    page.on("request", note)
    return found


def set_marks(page: Page, is_on: bool) -> None:
    menu = page.get_by_role("button", name="Dashboard actions", exact=True)
    expect(menu).to_be_visible()
    menu.click()
    item = page.get_by_role("menuitemcheckbox", name="Alert marks", exact=True)
    expect(item).to_be_visible()
    expect(item).to_have_attribute("aria-checked", "false" if is_on else "true")
    item.click()


def test_a_chart_has_marks_of_what_concerns_it(page, dashboard):
    requests = asked(page)
    page.goto(dashboard)
    mark = marks(page, "Of db1")
    expect(mark).to_have_count(1)
    expect(mark).to_have_accessible_name(
        re.compile(r"^critical: Load <b>high</b>, host=db1, .* since \d\d:\d\d")
    )
    # The other chart is of another host.
    expect(page.get_by_role("region", name="Of web1", exact=True).locator(".chart canvas")).to_be_visible()
    expect(marks(page, "Of web1")).to_have_count(0)
    assert len(requests) == 1
    query = parse_qs(urlsplit(requests[0]).query)
    assert query["from"] == ["now-10m"]
    refresh = page.get_by_role("button", name="Refresh now", exact=True)
    expect(refresh).to_be_visible()
    with page.expect_request(re.compile("alerts/events.*from=")):
        refresh.click()
    expect(mark).to_have_count(1)
    assert len(requests) == 2


def test_a_mark_has_the_focus_and_leads_to_the_history(page, dashboard):
    page.goto(dashboard)
    mark = marks(page, "Of db1")
    expect(mark).to_be_visible()
    mark.focus()
    expect(mark.locator(".alert-bubble")).to_be_visible()
    expect(mark.locator(".alert-bubble")).to_contain_text("Load <b>high</b>")
    # A round does not take the focus away.
    with page.expect_response(re.compile("query/batch")):
        page.get_by_role("button", name="Refresh now", exact=True).click()
    mark.focus()
    with page.expect_response(re.compile("query/batch")):
        page.keyboard.press("r")
    expect(mark).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/alerts/history.*rule="))
    expect(page.locator(".history-row")).to_have_count(1)


def test_marks_are_switched_off_in_this_browser(page, dashboard):
    page.goto(dashboard)
    expect(marks(page, "Of db1")).to_have_count(1)
    set_marks(page, False)
    expect(marks(page, "Of db1")).to_have_count(0)
    requests = asked(page)
    page.reload()
    expect(page.get_by_role("region", name="Of db1", exact=True).locator(".chart canvas")).to_be_visible()
    set_marks(page, True)
    expect(marks(page, "Of db1")).to_have_count(1)
    assert len(requests) == 1


def test_explore_and_a_single_panel_have_them_too(page, dashboard):
    page.goto("/explore?q=an_load%7Bhost%3D%22db1%22%7D&from=now-10m&to=now")
    expect(page.locator(".explore-chart .alert-mark")).to_have_count(1)
    page.get_by_role("group", name="Draw as", exact=True).get_by_role(
        "button", name="Table", exact=True
    ).click()
    expect(page.locator(".explore-chart .alert-mark")).to_have_count(0)
    page.goto(dashboard)
    region = page.get_by_role("region", name="Of db1", exact=True)
    expect(region.locator(".chart canvas")).to_be_visible()
    region.locator(".chart").focus()
    page.keyboard.press("v")
    expect(page.locator(".panel-view .alert-mark")).to_have_count(1)


def test_a_dashboard_without_charts_asks_for_none(page, filled):
    path = filled.dashboard("Numbers", [panel("Load", 'an_load{host="db1"}', kind="stat")])
    requests = asked(page)
    page.goto(path)
    expect(page.get_by_role("region", name="Load", exact=True).locator(".stat-value").first).to_be_visible()
    with page.expect_response(re.compile("query/batch")):
        page.get_by_role("button", name="Refresh now", exact=True).click()
    assert requests == []


def test_a_public_dashboard_has_none(open_page, alerting_server, filled):
    body = {"panels": [panel("Of db1", 'an_load{host="db1"}')], "isPublic": True}
    path = filled.dashboard("Open to all", **body)
    page, _ = open_page(alerting_server, signed_in=False)
    requests = asked(page)
    page.goto(path)
    expect(page.locator(".chart canvas").first).to_be_visible()
    with page.expect_response(re.compile("query/batch")):
        page.get_by_role("button", name="Refresh now", exact=True).click()
    expect(page.locator(".alert-mark")).to_have_count(0)
    assert requests == []
