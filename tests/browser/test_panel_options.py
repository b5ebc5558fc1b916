"""Each option of a panel has its effect in the preview at once, and what would break a careless one does not."""

import math
import re
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import Api, MetricboxProcess, history, now_ms, panel

RANGE = {"from": "now-5m", "to": "now"}


@pytest.fixture(scope="module")
def filled(shared_server) -> Api:
    api = Api(shared_server.url)
    now = now_ms()
    for host in ("web1", "web2"):
        # A minute is missing in the middle, and the last value is known.
        points = [point for number, point in enumerate(history("po_cpu", host=host)) if not 20 < number < 33]
        api.push(points)
    api.push([{"name": "po_one", "value": 5, "tags": {}, "timestamp": now - 60_000}])
    api.push([{"name": "po_flat", "value": 1e14, "timestamp": now - 5000 * n} for n in range(30)])
    api.push([{"name": "po_state", "value": n % 2, "timestamp": now - 5000 * n} for n in range(30)])
    api.push([{"name": "po_exact", "value": 123456789.123, "timestamp": now - 5000 * n} for n in range(30)])
    return api


def edit(page: Page, api: Api, query, kind: str = "line", variables=None, **options):
    """Opens the editor of a new panel; answers its preview."""
    more = {"variables": variables} if variables else {}
    path = api.dashboard(
        "Options", [panel("P", query, kind, **options)], timeRange=RANGE, refreshInterval="", **more
    )
    made = api.data("GET", f"/api/v1/dashboards/{path.rpartition('/')[2]}")["panels"][0]
    page.goto(f"{path}/panel/{made['id']}")
    expect(page.get_by_label("Title", exact=True)).to_be_visible()
    return page.locator(".preview-panel .panel")


def pick(page: Page, group: str, name: str) -> None:
    page.get_by_role("group", name=group, exact=True).get_by_role("radio", name=name, exact=True).check()


def picture(page: Page) -> str:
    expect(page.locator(".preview-panel canvas")).to_be_visible()
    return page.locator(".preview-panel canvas").evaluate("(canvas) => canvas.toDataURL()")


def expect_another(page: Page, before: str) -> str:
    """The chart was drawn anew, and looks different."""
    page.wait_for_function(
        """(before) => {
        const canvas = document.querySelector('.preview-panel canvas');
        return canvas !== null && canvas.toDataURL() !== before;
    }""",
        arg=before,
    )
    return picture(page)


def test_options_of_a_chart_are_drawn_at_once(page, filled):
    shown = edit(page, filled, "po_cpu")
    expect(shown.locator(".legend-name")).to_have_text(["web1", "web2"])
    asked = []
    page.on("request", lambda one: asked.append(one.url) if "/query/" in one.url else None)
    before = picture(page)
    page.get_by_label("Min", exact=True).fill("-50")
    before = expect_another(page, before)
    page.get_by_label("Max", exact=True).fill("90%")
    before = expect_another(page, before)
    pick(page, "Axis", "Right")
    before = expect_another(page, before)
    pick(page, "Gaps", "Join")
    before = expect_another(page, before)
    pick(page, "Gaps", "Zero")
    before = expect_another(page, before)
    pick(page, "Stack", "On")
    before = expect_another(page, before)
    pick(page, "Colour of the first series", "pink")
    before = expect_another(page, before)
    page.get_by_role("button", name="Add threshold").click()
    before = expect_another(page, before)
    page.get_by_label("Label of threshold 1").fill("too much")
    before = expect_another(page, before)
    page.get_by_label("Severity of threshold 1").select_option("critical")
    before = expect_another(page, before)
    page.get_by_label("Min", exact=True).fill("1")
    before = expect_another(page, before)
    pick(page, "Scale", "Log")
    expect_another(page, before)
    pick(page, "Type", "Bar")
    expect(page.get_by_role("group", name="Gaps", exact=True)).to_have_count(0)
    expect(shown.locator(".chart canvas")).to_be_visible()
    assert asked == [], "options change the drawing, not the question"


def test_unit_decimals_and_legend(page, filled):
    shown = edit(page, filled, "po_exact")
    value = shown.locator(".legend-value")
    expect(value).to_have_text("123,456,789.123")
    unit = page.get_by_role("combobox", name="Unit")
    unit.click()
    unit.fill("mib")
    page.get_by_role("option", name=re.compile("Bytes .KiB")).click()
    expect(value).to_have_text("118\u00a0MiB")
    page.get_by_label("Decimals").select_option("3")
    expect(value).to_have_text("117.738\u00a0MiB")
    unit.fill("boxes")
    expect(value).to_have_text("123,456,789.123\u00a0boxes")
    pick(page, "Legend", "Table")
    page.get_by_role("group", name="Columns of the legend").get_by_label("Max").check()
    expect(shown.get_by_role("columnheader", name="Max")).to_be_visible()
    pick(page, "Legend", "Off")
    expect(shown.locator(".legend")).to_have_count(0)


def test_a_type_keeps_what_it_does_not_use_for_the_way_back(page, filled):
    shown = edit(page, filled, "po_cpu", unit="percent", stack=True)
    expect(shown.locator(".chart canvas")).to_be_visible()
    for name in ("Stat", "Gauge", "Table", "Text"):
        pick(page, "Type", name)
        expect(page.get_by_role("group", name="Stack", exact=True)).to_have_count(0)
    expect(page.get_by_role("region", name="Queries")).to_have_count(0)
    expect(page.get_by_role("combobox", name="Unit")).to_have_count(0)
    pick(page, "Type", "Area")
    expect(
        page.get_by_role("group", name="Stack", exact=True).get_by_role("radio", name="On")
    ).to_be_checked()
    expect(page.get_by_role("combobox", name="Unit")).to_have_value("Percent (0–100)")
    expect(shown.locator(".legend-name")).to_have_text(["web1", "web2"])


def test_options_of_a_stat(page, filled):
    shown = edit(page, filled, "po_state", "stat")
    expect(shown.locator(".sparkline")).to_be_visible()
    page.get_by_label("Sparkline").uncheck()
    expect(shown.locator(".sparkline")).to_have_count(0)
    page.get_by_label("Calculation").select_option("count")
    expect(shown.locator(".stat-number")).not_to_have_text(re.compile("^[01]$"))
    page.get_by_label("Calculation").select_option("max")
    expect(shown.locator(".stat-number")).to_have_text("1")
    page.get_by_role("button", name="Add value text").click()
    value = page.get_by_label("Value of value text 1")
    expect(value).to_be_focused()
    value.fill("1")
    page.get_by_label("Text of value text 1").fill("running")
    page.get_by_label("Severity of value text 1").select_option("ok")
    expect(shown).to_contain_text("running")
    page.get_by_role("button", name="Remove value text 1").click()
    expect(shown).not_to_contain_text("running")
    expect(page.get_by_role("button", name="Add value text")).to_be_focused()


def test_description_links_and_thresholds_beyond_four(page, filled):
    many = [{"value": number, "severity": "info"} for number in (1, 2, 3, 4, 5)]
    shown = edit(page, filled, "po_cpu", thresholds=many)
    expect(page.get_by_text("The lowest 4 are drawn")).to_be_visible()
    expect(page.get_by_role("button", name="Add threshold")).to_have_count(0)
    page.get_by_role("button", name="Remove threshold 5").click()
    expect(page.get_by_text("The lowest 4 are drawn")).to_have_count(0)
    page.get_by_label("Description").fill("What it **means**")
    page.get_by_role("button", name="Add link").click()
    page.get_by_label("Title of link 1").fill("More")
    address = page.get_by_label("Address of link 1")
    address.fill("javascript:alert(1)")
    expect(address).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Link 1: The address must begin with http, https, or one /")).to_be_visible()
    address.fill("/explore")
    about = shown.get_by_role("button", name="About P")
    expect(about).to_be_visible()
    about.click()
    expect(page.get_by_role("link", name="More")).to_have_attribute("href", "/explore")


def test_a_text_panel_is_written_with_its_preview(page, filled):
    shown = edit(page, filled, None, "text", content="# Before")
    expect(shown.get_by_role("heading", name="Before")).to_be_visible()
    page.get_by_label("Content").fill("# After\n\n<img src=x onerror=alert(1)> **bold**")
    expect(shown.get_by_role("heading", name="After")).to_be_visible()
    expect(shown.locator("strong")).to_have_text("bold")
    expect(shown).to_contain_text("<img src=x")
    expect(shown.locator("img")).to_have_count(0)
    page.get_by_role("button", name="Done").click()
    expect(page).not_to_have_url(re.compile("/panel/"))
    expect(page.get_by_role("heading", name="After")).to_be_visible()


def test_a_repeated_panel_shows_its_first_value_and_says_so(page, filled):
    variable = {
        "name": "host",
        "type": "query",
        "query": "label_values(po_cpu, host)",
        "multi": True,
        "includeAll": True,
    }
    query = [{"query": 'po_cpu{host="$host"}', "legend": "{{host}}"}]
    shown = edit(page, filled, query, variables=[variable])
    expect(shown.locator(".legend-name")).to_have_text(["web1", "web2"])
    page.get_by_label("Repeat by").select_option("host")
    expect(page.get_by_text("The first of 2 repeats: host = web1.")).to_be_visible()
    expect(shown.locator(".legend-name")).to_have_text(["web1"])
    page.get_by_label("Side by side").select_option("1")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("heading", level=2)).to_have_count(2)


def test_the_preview_has_the_ratio_of_the_dashboard(page, filled):
    path = filled.dashboard("Ratio", [panel("P", "po_cpu", position=(0, 0, 4, 5))], refreshInterval="")
    page.goto(path)
    on_dashboard = page.get_by_role("region", name="P", exact=True)
    expect(on_dashboard.locator("canvas")).to_be_visible()
    box = on_dashboard.bounding_box()
    made = filled.data("GET", f"/api/v1/dashboards/{path.rpartition('/')[2]}")["panels"][0]
    page.goto(f"{path}/panel/{made['id']}")
    expect(page.locator(".preview-panel canvas")).to_be_visible()
    preview = page.locator(".preview-panel").bounding_box()
    assert math.isclose(preview["width"] / preview["height"], box["width"] / box["height"], rel_tol=0.03)


def test_a_gauge_whose_ends_meet_says_so(page, filled):
    shown = edit(page, filled, "po_one", "gauge", min=0, max=10)
    meter = shown.get_by_role("meter")
    expect(meter).to_have_attribute("aria-valuenow", "5")
    page.get_by_label("Max", exact=True).fill("0")
    expect(page.get_by_text("Max must be more than Min")).to_be_visible()
    expect(shown.get_by_text("Its minimum is not below its maximum")).to_be_visible()
    expect(shown.locator(".gauge-number")).to_have_text("5")
    page.get_by_label("Max", exact=True).fill("-5")
    expect(shown.get_by_text("Its minimum is not below its maximum")).to_be_visible()
    page.get_by_label("Max", exact=True).fill("20")
    expect(page.get_by_text("Max must be more than Min")).to_have_count(0)
    expect(meter).to_have_attribute("aria-valuemax", "20")


@pytest.mark.parametrize(
    "query", ["po_flat", "po_one", "po_flat / 0", "po_flat * 1e300 * 1e300", "0 * po_cpu", "-1 * po_cpu"]
)
def test_data_that_break_a_careless_chart(page, filled, query):
    shown = edit(page, filled, query)
    expect(shown.locator("canvas, .panel-note").first).to_be_visible()
    for low, high in (("0", "0"), ("1e14", "1e14"), ("1e308", "-1e308"), ("", "")):
        page.get_by_label("Min", exact=True).fill(low)
        page.get_by_label("Max", exact=True).fill(high)
    for name in ("Stat", "Gauge", "Bar", "Area", "Line"):
        pick(page, "Type", name)
        expect(page.get_by_role("radio", name=name, exact=True)).to_be_checked()
    expect(shown.locator("canvas, .panel-note").first).to_be_visible()


def test_no_data_is_said_and_not_an_error(page, filled):
    shown = edit(page, filled, "po_nothing_at_all", "gauge")
    expect(shown).to_contain_text("No data in the last 5 minutes")
    expect(page.get_by_role("tabpanel")).to_contain_text("There are no data yet.")


def test_exact_values_in_the_data_tab_and_the_request_in_inspect(open_page, shared_server, filled, api):
    page, _ = open_page(shared_server, permissions=["clipboard-read", "clipboard-write"])
    edit(page, filled, "po_exact")
    expect(page.get_by_role("tabpanel").get_by_role("cell", name="123,456,789.123").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("tabpanel").get_by_role("button", name="CSV").click()
    assert "123456789.123" in download.value.path().read_text()
    page.get_by_role("tab", name="Data").press("ArrowRight")
    expect(page.get_by_role("tab", name="Inspect")).to_be_focused()
    expect(page.get_by_label("Request of query A")).to_contain_text('"query": "po_exact"')
    expect(page.locator(".inspected-facts")).to_contain_text("metrics_raw")
    page.get_by_role("button", name="Copy query A as curl").click()
    expect(page.get_by_role("tabpanel").get_by_role("status")).to_contain_text("Copied")
    command = page.evaluate("navigator.clipboard.readText()")
    assert "metricbox_session" not in command
    assert "Bearer $METRICBOX_TOKEN" in command
    # What it sends is what the server takes.
    body = re.search(r"-d '(.*)'$", command).group(1)
    request = urllib.request.Request(
        re.search(r"POST '(\S+)'", command).group(1),
        data=body.encode(),
        headers={"Authorization": f"Bearer {api.token('read')}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200


def test_what_is_shown_stays_while_the_next_answer_is_awaited(page, filled):
    shown = edit(page, filled, "po_cpu", "stat")
    expect(shown.locator(".stat-number")).to_have_count(2)
    seen = page.evaluate_handle(
        """() => {
        const seen = { gaps: 0 };
        new MutationObserver(() => {
            if (!document.querySelector('.preview-panel .stat-number')) seen.gaps += 1;
        }).observe(document.querySelector('.preview'), { childList: true, subtree: true });
        return seen;
    }"""
    )
    page.get_by_role("button", name="PromQL", exact=True).click()
    field = page.get_by_role("textbox", name="Query A", exact=True)
    expect(field).to_be_visible()
    field.fill("sum(po_cpu)")
    expect(shown.locator(".stat-number")).to_have_count(1)
    field.fill("po_cpu * 2")
    expect(shown.locator(".stat-number")).to_have_count(2)
    assert seen.evaluate("(seen) => seen.gaps") == 0


def test_ten_thousand_series_are_told_in_words(open_page, own_server):
    server: MetricboxProcess = own_server()
    api = Api(server.url)
    now = now_ms()
    token = api.token()
    for first in range(0, 10_000, 2000):
        points = [
            {"name": "po_many", "value": n, "tags": {"n": str(n)}, "timestamp": now - 5000}
            for n in range(first, first + 2000)
        ]
        status, _, _ = api.send("POST", "/api/v1/metrics", {"metrics": points}, token=token)
        assert status == 202
    page, _ = open_page(server)
    shown = edit(page, api, "po_many")
    expect(shown.locator("canvas")).to_be_visible()
    expect(page.locator(".preview-note")).to_contain_text(re.compile(r"\d+ of 10,?000 series are shown"))
    pick(page, "Type", "Table")
    expect(shown.get_by_role("table")).to_be_visible()
    expect(page.get_by_role("tabpanel")).to_contain_text(re.compile("The first 100 of"))
