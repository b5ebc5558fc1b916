"""SQL in the explore page: run, cancel, errors, what is cut, the views, the file."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import Api, history

FULL = "SELECT name, tags, value FROM metrics_raw WHERE name = 'sql_load' ORDER BY time"


@pytest.fixture(scope="module")
def filled(shared_server) -> Api:
    api = Api(shared_server.url)
    api.push(history("sql_load", host='=1+1"<img src=x>'))
    return api


@pytest.fixture
def sql(page: Page, filled: Api) -> Page:
    page.goto("/explore")
    tab = page.get_by_role("button", name="SQL", exact=True)
    expect(tab).to_be_visible()
    tab.click()
    expect(statement(page)).to_be_visible()
    return page


def statement(page: Page):
    return page.get_by_role("textbox", name="SQL statement", exact=True)


def rows(page: Page):
    return page.locator(".sql-rows tbody tr:not(.data-space)")


def run(page: Page, text: str) -> None:
    statement(page).fill(text)
    button = page.get_by_role("button", name="Run", exact=True)
    expect(button).to_be_enabled()
    button.click()


def test_a_statement_is_run_by_keys_and_its_rows_are_a_table(sql):
    statement(sql).fill(FULL)
    statement(sql).press("Control+Enter")
    expect(rows(sql)).to_have_count(60)
    expect(sql.get_by_text(re.compile(r"^60 rows in "))).to_be_visible()
    expect(rows(sql).first).to_contain_text('{"host":"=1+1\\"<img src=x>"}')
    expect(sql).to_have_url(re.compile(r"tab=sql&sql=SELECT"))
    # The time of the page means nothing to a statement.
    expect(sql.locator(".time-picker")).to_have_count(0)


def test_what_is_cut_is_told(sql):
    sql.get_by_label("At most").select_option("100 rows")
    run(sql, "SELECT * FROM range(150)")
    expect(rows(sql)).to_have_count(100)
    expect(sql.get_by_text("There are more rows: these are the first 100.")).to_be_visible()


def test_an_error_names_its_place_and_the_statement_stays(sql, open_page, shared_server):
    page, watch = open_page(shared_server)
    watch.allow(r"status of 400 .* /api/v1/sql$")
    page.goto("/explore?tab=sql")
    expect(statement(page)).to_be_visible()
    run(page, "SELECT nmae\nFROM metrics_raw")
    fault = page.locator(".sql-fault")
    expect(fault).to_contain_text("nmae")
    expect(fault).to_contain_text("line 1")
    expect(statement(page)).to_have_attribute("aria-invalid", "true")
    expect(statement(page)).to_have_value("SELECT nmae\nFROM metrics_raw")
    run(page, "SELECT 1 AS one")
    expect(rows(page)).to_have_count(1)
    expect(page.locator(".sql-fault")).to_have_count(0)


def test_a_statement_is_cancelled(sql):
    def hold(route):
        """Never answered."""

    sql.route("**/api/v1/sql", hold)
    run(sql, "SELECT 1 AS one")
    cancel = sql.get_by_role("button", name="Cancel", exact=True)
    expect(cancel).to_be_visible()
    expect(sql.get_by_text("Running…", exact=True)).to_be_visible()
    cancel.click()
    expect(sql.get_by_text("Cancelled. The server has stopped it.", exact=True)).to_be_visible()
    sql.unroute("**/api/v1/sql")
    run(sql, "SELECT 2 AS two")
    expect(rows(sql)).to_have_count(1)


def test_a_statement_in_a_link_is_shown_and_not_run(page, filled):
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/sql") else None)
    page.goto("/explore?tab=sql&sql=SELECT+7+AS+n")
    expect(statement(page)).to_have_value("SELECT 7 AS n")
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled()
    assert not asked


def test_names_are_put_where_the_cursor_is(sql):
    views = sql.get_by_role("complementary", name="Views", exact=True)
    statement(sql).fill("SELECT count(*) FROM")
    views.get_by_role("button", name="metrics_1min", exact=True).click()
    expect(statement(sql)).to_have_value("SELECT count(*) FROM metrics_1min")
    expect(statement(sql)).to_be_focused()
    sql.get_by_role("button", name="Run", exact=True).click()
    expect(rows(sql)).to_have_count(1)


def test_the_list_of_views_is_the_server_s(sql, filled):
    for view in sql.locator(".sql-view").all():
        name = view.get_attribute("aria-label")
        answer = filled.data("POST", "/api/v1/sql", {"sql": f"SELECT * FROM {name} LIMIT 0"})
        assert view.locator(".sql-column").all_inner_texts() == answer["columns"], name


def test_the_file_has_the_rows_and_no_formula(sql, tmp_path: Path):
    run(sql, "SELECT '=1+1' AS a, NULL AS b, true AS a, [1, 2] AS list, 0.5::DOUBLE AS x")
    expect(rows(sql)).to_have_count(1)
    with sql.expect_download() as waiting:
        sql.get_by_role("button", name="CSV", exact=True).click()
    file = tmp_path / "rows.csv"
    waiting.value.save_as(file)
    lines = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert lines == [["a", "b", "a", "list", "x"], ["'=1+1", "", "true", "[1,2]", "0.5"]]


def test_queries_and_statement_are_kept_while_tabs_change(sql):
    statement(sql).fill("SELECT 1")
    sql.get_by_role("button", name="Queries", exact=True).click()
    expect(sql.get_by_role("tree", name="Metrics by name")).to_be_visible()
    sql.get_by_role("button", name="SQL", exact=True).click()
    expect(statement(sql)).to_have_value("SELECT 1")
