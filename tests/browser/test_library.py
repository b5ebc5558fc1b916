"""Dashboards that come with metricbox: offered where one makes a dashboard, and filled by what is here."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import Api, MetricboxProcess


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    process = MetricboxProcess(tmp_path_factory.mktemp("data"), agent=True)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def api(server: MetricboxProcess) -> Api:
    return Api(server.url)


@pytest.fixture
def page(server: MetricboxProcess, open_page) -> Page:  # the server goes last
    return open_page(server)[0]


def test_a_new_dashboard_may_start_with_one_of_the_library(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="New dashboard").click()
    dialog = page.get_by_role("dialog", name="New dashboard")
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    expect(dialog.get_by_role("radio", name="Blank")).to_be_checked()
    expect(dialog.get_by_role("radio", name=re.compile("^metricbox itself.*data here"))).to_be_visible()
    expect(dialog.get_by_role("radio", name=re.compile("^PostgreSQL.*no data here yet"))).to_be_attached()
    dialog.get_by_role("radio", name=re.compile("^metricbox itself")).check()
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("metricbox itself")
    expect(dialog.get_by_label("Description")).to_have_count(0)
    dialog.get_by_label("Name", exact=True).fill("My box")
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My box")
    expect(page.get_by_role("region", name="Series", exact=True)).to_contain_text(re.compile(r"\d"))


def test_this_box_is_there_after_the_first_start_and_chooses_this_host(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name=re.compile("^This box")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This box")
    expect(page.get_by_role("meter", name="CPU")).to_be_visible()
    expect(page.get_by_role("region", name="CPU time by mode").locator("canvas")).to_be_visible()
    expect(page.get_by_text("Disks", exact=True)).to_be_attached()


def test_the_empty_list_offers_three_ways_to_begin(page: Page, api: Api) -> None:
    for one in api.data("GET", "/api/v1/dashboards"):
        api.data("DELETE", f"/api/v1/dashboards/{one['id']}")
    page.goto("/")
    expect(page.get_by_text("Create your first dashboard")).to_be_visible()
    expect(page.locator(".template-name")).to_have_text(["This box", "Hosts overview", "Blank"])
    page.get_by_role("button", name="Blank").click()
    expect(page.get_by_role("dialog", name="New dashboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Hosts overview").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hosts overview")
    expect(page.get_by_role("region", name="Hosts", exact=True)).to_contain_text("1")
