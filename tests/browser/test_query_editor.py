"""The query editor of the panel editor: builder, PromQL, suggestions, errors, several queries."""

import json
import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import Api, history, now_ms, panel

HOSTILE = 'a"b\\c'


@pytest.fixture(scope="module")
def filled(shared_server) -> Api:
    api = Api(shared_server.url)
    for host in ("web1", "web2", "db1"):
        for device in ("sda", "sdb"):
            api.push(history("qe.cpu_percent", host=host, device=device))
    api.push(history("qe_requests_total", host="web1", code="200"))
    api.push(history("qe_latency_bucket", le="0.5"))
    api.push(history("qe-dash", host=HOSTILE))
    described = {
        "qe.cpu_percent": {"type": "gauge", "unit": "percent", "description": "Time that was worked"},
        "qe_requests_total": {"type": "counter"},
        "qe_latency_bucket": {"type": "histogram"},
    }
    for name, what in described.items():
        api.data("PATCH", f"/api/v1/metrics/{name}", what)
    return api


def edit(page: Page, api: Api, query, **more) -> str:
    """Opens the editor of a panel with this query; answers the path of its dashboard."""
    path = api.dashboard(f"Queries of {query}"[:80], [panel("P", query)], refreshInterval="", **more)
    made = api.data("GET", f"/api/v1/dashboards/{path.rpartition('/')[2]}")
    page.goto(f"{path}/panel/{made['panels'][0]['id']}")
    expect(row(page)).to_be_visible()
    return path


def row(page: Page, letter: str = "A"):
    return page.get_by_role("group", name=f"Query {letter}", exact=True)


def text_of(page: Page, letter: str = "A"):
    return row(page, letter).get_by_role("textbox", name=f"Query {letter}", exact=True)


def as_text(page: Page, letter: str = "A"):
    row(page, letter).get_by_role("button", name="PromQL", exact=True).click()
    expect(text_of(page, letter)).to_be_visible()
    return text_of(page, letter)


def listed(page: Page):
    """What the list that is open offers; selects have options of their own."""
    return page.locator(".search-option")


def choose(page: Page, button, option: str, *, search: str = "") -> None:
    """Of a list that the server searches."""
    button.click()
    if search:
        page.get_by_role("combobox", name=re.compile("^Search ")).fill(search)
    found = listed(page).filter(has=page.get_by_text(option, exact=True))
    expect(found).to_be_visible()
    found.click()


def test_a_metric_is_found_and_drawn_by_its_type(page, filled):
    edit(page, filled, "nothing_yet")
    metric = row(page).get_by_role("button", name="Metric: nothing_yet")
    metric.click()
    search = page.get_by_role("combobox", name="Search Metric")
    expect(search).to_be_focused()
    search.fill("qe.cpu")
    option = listed(page).filter(has_text="qe.cpu_percent")
    expect(option).to_contain_text("gauge, percent, 6 series")
    expect(option).to_contain_text("Time that was worked")
    search.fill("requests_tot")
    expect(listed(page).filter(has_text="qe_requests_total")).to_have_attribute("aria-selected", "false")
    expect(listed(page)).to_have_count(2)  # and the text as it is
    search.press("Enter")
    expect(row(page).get_by_role("button", name="Metric: qe_requests_total")).to_be_focused()
    expect(row(page).get_by_label("How the samples of a step become one value")).to_have_value("rate")
    expect(row(page).locator(".query-result")).to_contain_text("1 series")
    choose(
        page,
        row(page).get_by_role("button", name="Metric: qe_requests_total"),
        "qe.cpu_percent",
        search="cpu",
    )
    expect(row(page).get_by_label("How the samples of a step become one value")).to_have_value("avg")
    expect(row(page).locator(".query-result")).to_contain_text("6 series")


def test_filters_groups_and_functions_are_written_as_promql(page, filled):
    edit(page, filled, "qe.cpu_percent")
    choose(page, row(page).get_by_role("button", name="Add a filter"), "host")
    expect(row(page).get_by_role("group", name="Filter by host")).to_be_visible()
    expect(as_shown(page)).to_have_text("qe.cpu_percent")
    row(page).get_by_role("button", name="Values of host: Choose values").click()
    expect(listed(page).filter(has_text="web1")).to_be_visible()
    listed(page).filter(has_text="web1").click()
    expect(as_shown(page)).to_have_text('qe.cpu_percent{host="web1"}')
    listed(page).filter(has_text="web2").click()
    expect(as_shown(page)).to_have_text('qe.cpu_percent{host=~"web1|web2"}')
    page.keyboard.press("Escape")
    expect(row(page).get_by_role("button", name="Values of host: web1, web2")).to_be_focused()
    expect(row(page).locator(".query-result")).to_contain_text("4 series")
    choose(page, row(page).get_by_role("button", name="Group by a tag"), "host")
    expect(row(page).locator(".query-result")).to_contain_text("2 series")
    page.keyboard.press("Escape")
    choose(page, row(page).get_by_role("button", name="Add a function"), "topk", search="topk")
    expect(as_shown(page)).to_have_text('topk(5, avg by (host) (qe.cpu_percent{host=~"web1|web2"}))')
    number = row(page).get_by_label("topk: number")
    number.fill("one")
    number.press("Enter")
    expect(row(page).get_by_text("A number, such as 0.95")).to_be_visible()
    number.fill("1")
    number.press("Enter")
    expect(as_shown(page)).to_have_text('topk(1, avg by (host) (qe.cpu_percent{host=~"web1|web2"}))')
    row(page).get_by_label("How the series of a group are joined").select_option("max")
    row(page).get_by_role("button", name="Remove topk").click()
    expect(as_shown(page)).to_have_text('max by (host) (qe.cpu_percent{host=~"web1|web2"})')


def as_shown(page: Page, letter: str = "A"):
    return row(page, letter).locator(".promql.is-shown .promql-colours")


def test_a_histogram_starts_with_its_95th_percentile(page, filled):
    edit(page, filled, "nothing_yet")
    as_text(page).fill("")
    row(page).get_by_role("button", name="Builder", exact=True).click()
    choose(
        page,
        row(page).get_by_role("button", name="Metric: Choose a metric"),
        "qe_latency_bucket",
        search="latency",
    )
    expect(as_shown(page)).to_have_text(
        "histogram_quantile(0.95, sum by (le) (rate(qe_latency_bucket[$__rate_interval])))"
    )
    expect(row(page).locator(".query-result")).to_contain_text("1 series")


def test_switching_changes_and_loses_no_text(page, filled):
    written = "sum  by(host)(rate( qe_requests_total{host='web1'}[5m] ))"
    edit(page, filled, [{"query": written}])
    expect(row(page).get_by_role("button", name="Builder", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    field = as_text(page)
    expect(field).to_have_value(written)
    row(page).get_by_role("button", name="Builder", exact=True).click()
    expect(row(page).get_by_role("button", name="Metric: qe_requests_total")).to_be_visible()
    expect(as_text(page)).to_have_value(written)
    richer = f"{written} / sum(qe.cpu_percent) # share"
    field.fill(richer)
    row(page).get_by_role("button", name="Builder", exact=True).click()
    expect(row(page).get_by_text("This query is richer than the builder")).to_be_visible()
    expect(field).to_have_value(richer)
    field.fill("qe-dash")
    expect(row(page).get_by_role("button", name="Metric: qe-dash")).to_be_visible()
    expect(as_text(page)).to_have_value("qe-dash")


def test_what_goes_with_a_name_alone_comes_back_after_typing(page, filled):
    edit(page, filled, [{"query": "qe.cpu_percent", "aggregation": "p95", "groupBy": ["host"]}])
    field = as_text(page)
    expect(row(page).get_by_text("P95 of each step, grouped by host: see the builder")).to_be_visible()
    field.fill("sum(qe.cpu_percent)")
    expect(row(page).locator(".query-result")).to_contain_text("1 series")
    expect(row(page).get_by_text("P95 of each step")).to_have_count(0)
    field.fill('qe.cpu_percent{host="web1"}')
    expect(row(page).get_by_text("P95 of each step, grouped by host: see the builder")).to_be_visible()


def test_a_counter_without_rate_is_one_click_from_it(page, filled):
    edit(page, filled, "qe_requests_total")
    expect(row(page).get_by_text("A counter only ever rises.")).to_be_visible()
    row(page).get_by_role("button", name="Draw its rate").click()
    expect(row(page).get_by_text("A counter only ever rises.")).to_have_count(0)
    expect(row(page).get_by_label("How the samples of a step become one value")).to_have_value("rate")


def test_suggestions_by_the_keyboard(page, filled):
    edit(page, filled, "nothing_yet")
    field = as_text(page)
    field.fill("")
    field.press_sequentially("rat")
    offered = row(page).get_by_role("listbox", name="Suggestions")
    expect(offered.get_by_role("option").first).to_contain_text("rate")
    expect(offered.get_by_role("option").first).to_contain_text("(series[window])")
    expect(
        row(page).get_by_text("Growth of a counter in a second, as a mean over the window")
    ).to_be_visible()
    field.press("Tab")
    expect(field).to_have_value("rate()")
    field.press_sequentially("qe_req")
    expect(offered.get_by_role("option").filter(has_text="qe_requests_total")).to_contain_text("counter")
    field.press("Enter")
    expect(field).to_have_value("rate(qe_requests_total)")
    field.press_sequentially("{")
    expect(offered.get_by_role("option").filter(has_text="code")).to_contain_text("1 series")
    field.press("ArrowDown")
    field.press("ArrowUp")
    active = field.evaluate(
        "(field) => document.getElementById(field.getAttribute('aria-activedescendant')).textContent"
    )
    assert "code" in active
    field.press("Escape")
    expect(offered).to_have_count(0)
    expect(field).to_be_focused()
    field.press("Control+Space")
    expect(offered.get_by_role("option").filter(has_text="host")).to_be_visible()
    field.press_sequentially("ho")
    expect(offered.get_by_role("option")).to_have_count(1)
    field.press("Enter")
    field.press_sequentially("=")
    expect(offered.get_by_role("option").filter(has_text="web1")).to_be_visible()
    field.press("Enter")
    expect(field).to_have_value('rate(qe_requests_total{host="web1")')
    field.press_sequentially("}[")
    expect(offered.get_by_role("option").filter(has_text="$__rate_interval")).to_be_visible()
    field.press("Enter")
    field.press_sequentially("]")
    expect(field).to_have_value('rate(qe_requests_total{host="web1"}[$__rate_interval])')
    expect(row(page).locator(".query-result")).to_contain_text("1 series")


def test_a_suggested_value_is_escaped(page, filled):
    """B151."""
    edit(page, filled, "nothing_yet")
    field = as_text(page)
    field.fill("")
    field.press_sequentially('{"qe-dash",host="')
    offered = row(page).get_by_role("listbox", name="Suggestions")
    expect(offered.get_by_role("option").filter(has_text=HOSTILE)).to_be_visible()
    field.press("Enter")
    expect(field).to_have_value('{"qe-dash",host="a\\"b\\\\c"')
    field.press_sequentially("}")
    expect(row(page).locator(".query-result")).to_contain_text("1 series")
    row(page).get_by_role("button", name="Builder", exact=True).click()
    expect(row(page).get_by_role("button", name=f"Values of host: {HOSTILE}")).to_be_visible()


def test_an_error_is_marked_in_its_place_and_helped(open_page, shared_server, filled):
    page, watch = open_page(shared_server)
    watch.allow("status of 400")
    edit(page, filled, "qe.cpu_percent")
    field = as_text(page)
    field.fill("sum(\n  rate(qe_requests_total))")
    alert = row(page).get_by_role("alert")
    expect(alert).to_contain_text(
        "Line 2, column 3: Expected type matrix in call to function 'rate', got vector"
    )
    expect(alert).to_contain_text("It works over a window: rate(metric[5m])")
    expect(row(page).locator(".is-fault")).to_have_text("rate")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("Line 2, column 3"))
    field.fill("sum(rate(qe_requests_total[5m]))")
    expect(alert).to_have_count(0)
    expect(row(page).locator(".query-result")).to_contain_text("1 series")


def test_typing_asks_once_it_has_stopped_and_control_enter_at_once(page, filled):
    edit(page, filled, "nothing_yet")
    field = as_text(page)
    asked = []

    def note(request) -> None:
        if request.url.endswith(("/query", "/query/batch")):
            body = request.post_data_json
            asked.extend(one.get("query") for one in body.get("queries", [body]))

    expect(row(page).locator(".query-result")).to_contain_text("0 series")
    page.on("request", note)
    field.fill("")
    field.press_sequentially("qe.cpu_percent", delay=20)
    expect(row(page).locator(".query-result")).to_contain_text("6 series")
    assert [text for text in asked if text] == ["qe.cpu_percent"]
    field.fill("qe_requests_total")
    field.press("Control+Enter")
    expect(row(page).locator(".query-result")).to_contain_text("1 series")
    assert field.input_value() == "qe_requests_total"


def test_several_queries_are_added_moved_hidden_and_taken_away(page, filled):
    edit(page, filled, [{"query": "qe.cpu_percent", "legend": "first"}])
    page.get_by_role("button", name="Add query").click()
    expect(row(page, "B")).to_be_visible()
    field = as_text(page, "B")
    field.fill("qe_requests_total")
    expect(row(page, "B").locator(".query-result")).to_contain_text("1 series")
    menu(page, "B", "Duplicate")
    expect(row(page, "C")).to_be_visible()
    menu(page, "B", "Move up")
    expect(row(page, "A").get_by_role("button", name="PromQL", exact=True)).to_be_focused()
    expect(text_of(page, "A")).to_have_value("qe_requests_total")
    expect(row(page, "B").get_by_label("Legend of query B")).to_have_value("first")
    row(page, "B").get_by_role("button", name="Hide query b").click()
    expect(row(page, "B").locator(".query-result")).to_have_text("hidden")
    expect(page.locator(".legend-name")).to_have_count(2)
    row(page, "B").get_by_role("button", name="Show query b").click()
    expect(page.locator(".legend-name")).to_have_count(8)
    menu(page, "C", "Remove")
    expect(row(page, "C")).to_have_count(0)
    expect(page.locator(".legend-name")).to_have_count(7)


def menu(page: Page, letter: str, item: str) -> None:
    row(page, letter).get_by_role("button", name=f"More for query {letter.lower()}").click()
    entry = page.get_by_role("menuitem", name=item, exact=True)
    expect(entry).to_be_visible()
    entry.click()


def test_a_legend_takes_the_tags_of_the_series(page, filled):
    edit(page, filled, "qe.cpu_percent")
    row(page).get_by_role("button", name="Add host to the legend").click()
    legend = row(page).get_by_label("Legend of query A")
    expect(legend).to_have_value("{{host}}")
    expect(legend).to_be_focused()
    expect(row(page).get_by_role("button", name="Add host to the legend")).to_have_count(0)
    row(page).get_by_role("button", name="Add device to the legend").click()
    expect(legend).to_have_value("{{host}} {{device}}")
    expect(page.locator(".legend-name").first).to_have_text("db1 sda")


def test_variables_are_offered_and_asked_with_their_values(page, filled):
    variable = {
        "name": "host",
        "type": "query",
        "query": "label_values(qe.cpu_percent, host)",
        "current": "web2",
    }
    edit(page, filled, "qe.cpu_percent", variables=[variable])
    choose(page, row(page).get_by_role("button", name="Add a filter"), "host")
    choose(page, row(page).get_by_role("button", name="Values of host: Choose values"), "$host")
    page.keyboard.press("Escape")
    expect(as_shown(page)).to_have_text('qe.cpu_percent{host="$host"}')
    expect(row(page).locator(".query-result")).to_contain_text("2 series")
    field = as_text(page)
    field.fill("")
    field.press_sequentially("sum by ($")
    expect(row(page).get_by_role("option").filter(has_text="$host")).to_be_visible()


def test_100_000_names_are_searched_and_paged_on_the_server(page, filled):
    """The server's list, as long as a large one."""
    asked = []

    def answer(route) -> None:
        query = dict(part.split("=") for part in urlsplit(route.request.url).query.split("&"))
        asked.append(query)
        first = (int(query["page"]) - 1) * int(query["pageSize"])
        rows = [
            {
                "name": f"m{query['search']}_{number:06}",
                "type": "gauge",
                "unit": None,
                "description": None,
                "seriesCount": 1,
            }
            for number in range(first, first + int(query["pageSize"]))
        ]
        meta = {"total": 100_000, "page": int(query["page"]), "pageSize": int(query["pageSize"])}
        route.fulfill(content_type="application/json", body=json.dumps({"data": rows, "meta": meta}))

    edit(page, filled, "nothing_yet")
    page.route("**/api/v1/metrics?*", answer)
    row(page).get_by_role("button", name="Metric: nothing_yet").click()
    options = listed(page)
    expect(options).to_have_count(50)
    expect(page.get_by_text("50 of 100,000: type to find others")).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(options).to_have_count(100)
    page.keyboard.type("abc")
    expect(options.first).to_contain_text("mabc_000000")
    searches = [query["search"] for query in asked]
    assert searches.count("abc") == 1
    assert "a" not in searches or "ab" not in searches, "typing asks after it has paused"


def test_hostile_names_are_text(page, filled):
    for value in ("<img src=x onerror=alert(1)>", "\u202eevil", '"} or up{a="'):
        filled.push([{"name": "qe_hostile", "value": 1, "tags": {"host": value}, "timestamp": now_ms()}])
    edit(page, filled, "qe_hostile")
    choose(page, row(page).get_by_role("button", name="Add a filter"), "host")
    row(page).get_by_role("button", name="Values of host: Choose values").click()
    for shown in ("<img src=x onerror=alert(1)>", "\\u{202e}evil", '"} or up{a="'):
        option = listed(page).filter(has=page.get_by_text(shown, exact=True))
        expect(option).to_be_visible()
        option.click()
    page.keyboard.press("Escape")
    expect(row(page).locator(".query-result")).to_contain_text("3 series")
    assert page.locator("img").count() == 0


def test_it_fits_a_phone(open_page, shared_server, filled):
    page, _ = open_page(shared_server, viewport={"width": 360, "height": 740})
    edit(page, filled, 'topk(5, sum by (host) (rate(qe_requests_total{host="web1"}[5m]))) * 8')
    expect(row(page).get_by_role("button", name="Metric: qe_requests_total")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    field = as_text(page)
    field.fill("")
    field.press_sequentially("qe_req")
    option = row(page).get_by_role("option").filter(has_text="qe_requests_total")
    expect(option).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    option.click()
    expect(field).to_have_value("qe_requests_total")
