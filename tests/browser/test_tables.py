"""Tables: the panel, the legend as one, and the table that stands for a chart."""

import csv
import io
import re

import pytest
from playwright.sync_api import expect

from tests.browser.server import history, now_ms, panel
from tests.browser.test_charts import answer_of, fake


def cells(table, column: int) -> list[str]:
    return table.locator(f"tbody tr td:nth-child({column}) .data-text").all_text_contents()


def steady(name: str, value: float, **tags: str) -> list[dict]:
    """One value all along, so that its last, mean and max are known."""
    return [{**sample, "value": value} for sample in history(name, **tags)]


@pytest.fixture
def load(api):
    api.push(
        steady("table_load", 30, host="web2", dc="ams")
        + steady("table_load", 90, host="web10", dc="fra")
        + steady("table_load", 60, host="web1", dc="fra")
    )
    return "table_load"


def test_a_table_has_a_row_per_series_with_its_tags_and_marks_by_icon(page, api, load):
    options = {
        "unit": "percent",
        "legendValues": ["last", "max"],
        "thresholds": [{"value": 80, "severity": "warning", "label": "high"}],
        "valueTexts": [{"value": 30, "text": "idle", "severity": "ok"}],
    }
    page.goto(api.dashboard("Table", [panel("Loads", load, "table", **options)], refreshInterval=""))
    table = page.get_by_role("table", name="Loads")
    expect(table.get_by_role("columnheader")).to_have_text(["dc", "host", "Last", "Max"])
    expect(table.locator("tbody tr")).to_have_count(3)
    row = table.get_by_role("row", name=re.compile("web10"))
    expect(row).to_contain_text("90.0 %")
    expect(row.get_by_role("img", name="high")).to_have_count(2)
    expect(table.get_by_role("row", name=re.compile("web2"))).to_contain_text("idle")


def test_the_order_is_chosen_by_a_head_kept_over_reload_and_refresh(page, api, load):
    path = api.dashboard("Sorted", [panel("Loads", load, "table")])
    page.goto(path)
    table = page.get_by_role("table", name="Loads")
    last = table.get_by_role("button", name="Last", exact=True)
    expect(last).to_be_visible()
    last.click()
    expect(table.get_by_role("columnheader", name="Last")).to_have_attribute("aria-sort", "descending")
    expect(table.locator("tbody tr td:nth-child(2)")).to_have_text(["web10", "web1", "web2"])
    page.reload()
    expect(table.locator("tbody tr td:nth-child(2)")).to_have_text(["web10", "web1", "web2"])
    host = table.get_by_role("button", name="host", exact=True)
    host.focus()
    page.keyboard.press("Enter")
    # Numbers in names count as numbers.
    expect(table.locator("tbody tr td:nth-child(2)")).to_have_text(["web1", "web2", "web10"])
    with page.expect_response("**/query/batch"):
        pass
    expect(table.locator("tbody tr td:nth-child(2)")).to_have_text(["web1", "web2", "web10"])


def test_a_table_of_instants_begins_with_the_newest(page, api):
    path = api.dashboard("Times", [panel("Times", "m", "table", tableRows="times")], refreshInterval="")
    fake(page, answer_of([[1, 2, 3], [4, None, 6]]))
    page.goto(path)
    table = page.get_by_role("table", name="Times")
    expect(table.locator("tbody tr")).to_have_count(3)
    assert cells(table, 2) == ["3", "2", "1"]
    assert cells(table, 3) == ["6", "–", "4"]
    assert cells(table, 1) == sorted(cells(table, 1), reverse=True)


def test_many_rows_are_not_all_in_the_page_and_scroll_by_keys(page, api):
    path = api.dashboard("Many", [panel("Many", "m", "table", tableRows="times")], refreshInterval="")
    fake(page, answer_of([list(range(100_000))]))
    page.goto(path)
    table = page.get_by_role("table", name="Many")
    expect(table).to_have_attribute("aria-rowcount", "100001")
    expect(table.locator("tbody tr").first).to_be_visible()
    assert table.locator("tr").count() < 200
    page.get_by_role("group", name="Many", exact=True).focus()
    page.keyboard.press("End")
    expect(table.locator("tbody tr[aria-rowindex='100001'] td").last).to_have_text("0")
    assert table.locator("tr").count() < 200


def test_hostile_names_are_text_in_the_table_and_in_its_file(page, api):
    name = '<img src=x onerror="alert(1)">'
    api.push(
        [{"name": "hostile_table", "value": 1, "tags": {"t": f"=cmd|{name}\u202e"}, "timestamp": now_ms()}]
    )
    path = api.dashboard("Hostile", [panel("=1+1", "hostile_table", "table")], refreshInterval="")
    page.goto(path)
    table = page.get_by_role("table", name="=1+1")
    expect(table).to_contain_text(f"=cmd|{name}\\u{{202e}}")
    assert page.locator("img").count() == 0
    page.get_by_role("button", name="Menu of =1+1").click()
    item = page.get_by_role("menuitem", name="Download CSV")
    expect(item).to_be_visible()
    with page.expect_download() as download:
        item.click()
    assert download.value.suggested_filename == "1 1.csv"
    rows = list(csv.reader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert rows == [["t", "Last"], [f"'=cmd|{name}\\u{{202e}}", "1"]]


def test_a_chart_is_shown_as_a_table_by_its_key_and_saved(page, api, load):
    page.goto(api.dashboard("As table", [panel("Loads", load, legendMode="list")], refreshInterval=""))
    chart = page.locator(".chart")
    expect(chart.locator("canvas")).to_be_visible()
    chart.focus()
    page.keyboard.press("Shift+T")
    dialog = page.get_by_role("dialog", name="Loads as a table")
    expect(dialog).to_be_visible()
    table = dialog.get_by_role("table")
    expect(table.get_by_role("columnheader").first).to_contain_text("Time (")
    expect(table.get_by_role("columnheader")).to_have_count(4)
    with page.expect_download() as download:
        dialog.get_by_role("button", name="CSV").click()
    rows = list(csv.reader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert rows[0][0] == "Time"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", rows[1][0])
    assert {row[1] for row in rows[1:]} <= {"", "30"}
    dialog.get_by_role("button", name="By series").click()
    expect(dialog.get_by_role("columnheader")).to_have_text(["dc", "host", "Last", "Min", "Mean", "Max"])
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(chart).to_be_focused()


def test_the_legend_as_a_table_sorts_isolates_and_keeps_its_order(page, api, load):
    options = {"legendMode": "table", "legendValues": ["mean", "count"]}
    page.goto(api.dashboard("Legend", [panel("Loads", load, **options)], refreshInterval=""))
    names = page.locator(".legend-table .legend-name")
    expect(names).to_have_count(3)
    mean = page.get_by_role("button", name="Mean", exact=True)
    mean.click()
    expect(names).to_have_text(["fra web10", "fra web1", "ams web2"])
    expect(page.locator(".legend-table td").first).to_have_text("90")
    page.reload()
    expect(names).to_have_text(["fra web10", "fra web1", "ams web2"])
    buttons = page.locator(".legend-table .legend-item")
    buttons.nth(0).click()
    expect(buttons.nth(1)).to_have_attribute("aria-pressed", "false")
    # A run is what stands between the two in the order that is shown.
    buttons.nth(1).click(modifiers=["Shift"])
    expect(page.locator('.legend-item[aria-pressed="true"]')).to_have_count(2)
    expect(buttons.nth(2)).to_have_attribute("aria-pressed", "false")


def test_a_phone_folds_the_legend(open_page, shared_server, api, load):
    page, _ = open_page(shared_server, viewport={"width": 390, "height": 844})
    page.goto(api.dashboard("Phone", [panel("Loads", load)], refreshInterval=""))
    fold = page.get_by_text("3 series", exact=True)
    expect(fold).to_be_visible()
    expect(page.locator(".legend-item").first).to_be_hidden()
    fold.click()
    expect(page.locator(".legend-item").first).to_be_visible()
