"""Explore: from the name of a metric to its chart, tags, comparisons, instants, the table, files, links, dashboards."""

import csv
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import PASSWORD, Api, history, now_ms

DAY_MS = 86_400_000
MANY = 20_000
HOSTILE = '=cmd|"/c"!A1\u202e<img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def filled(shared_server) -> Api:
    api = Api(shared_server.url)
    for host in ("web1", "web2", "db1"):
        points = history("ex_load", host=host, dc="north" if host != "db1" else "south")
        api.push(points + [{**point, "timestamp": point["timestamp"] - DAY_MS} for point in points])
    api.push(history("ex_disk_read_bytes_total", host="web1"))
    api.push(history("ex_disk_free_bytes", host="web1"))
    api.push(history("ex_hostile", host=HOSTILE))
    api.push([{"name": "ex_wide", "value": 1, "tags": {"i": f"s{number}"}} for number in range(120)])
    api.data("PATCH", "/api/v1/metrics/ex_disk_read_bytes_total", {"type": "counter", "unit": "bytes"})
    api.data(
        "PATCH",
        "/api/v1/metrics/ex_load",
        {"type": "gauge", "description": "How much there is to do <b>now</b>"},
    )
    return api


@pytest.fixture
def explore(page: Page, filled: Api) -> Page:
    page.goto("/")
    link = page.get_by_role("link", name="Explore", exact=True)
    expect(link).to_be_visible()
    link.click()
    expect(tree(page).get_by_role("treeitem").first).to_be_visible()
    return page


def tree(page: Page):
    return page.get_by_role("tree", name="Metrics by name")


def item(page: Page, name: str):
    return tree(page).locator(".tree-row").filter(has=page.get_by_text(name, exact=True))


def series_rows(page: Page):
    return page.locator(".explore-table tbody tr")


def search_metric(page: Page, text: str) -> None:
    page.get_by_role("searchbox", name="Search metrics", exact=True).fill(text)
    expect(page.locator(".rail-count")).to_be_visible()


def choose(page: Page, name: str) -> None:
    """By searching for it."""
    search_metric(page, name)
    found = page.get_by_role("list", name="Metrics found", exact=True).locator(".rail-item").first
    expect(found).to_contain_text(name)
    found.click()


def open_link(page: Page, search: str) -> None:
    page.goto(f"/explore?{search}")
    expect(page.get_by_role("group", name="Query A", exact=True)).to_be_visible()


def press(page: Page, group: str, name: str) -> None:
    button = page.get_by_role("group", name=group, exact=True).get_by_role("button", name=name, exact=True)
    expect(button).to_be_visible()
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")


# ---- the way to a chart


def test_two_clicks_lead_from_the_tree_to_a_chart(explore):
    page = explore
    expect(item(page, "ex_").locator(".tree-note")).to_have_text("5")
    item(page, "ex_").click()
    expect(item(page, "load")).to_be_visible()
    item(page, "load").click()
    expect(page.locator(".chart canvas")).to_be_visible()
    expect(series_rows(page)).to_have_count(3)
    expect(page.locator(".explore-facts")).to_contain_text(
        re.compile(r"table metrics_raw · 3 series · \d+ samples read")
    )
    assert parse_qs(urlsplit(page.url).query)["q"] == ["ex_load"]
    expect(page.get_by_role("region", name="Chosen metric", exact=True)).to_contain_text("<b>now</b>")
    # Back takes the metric away again.
    page.go_back()
    expect(page.get_by_text("What do you want to see?", exact=True)).to_be_visible()


def test_a_counter_is_drawn_by_its_rate(explore):
    choose(explore, "ex_disk_read_bytes_total")
    expect(series_rows(explore)).to_have_count(1)
    expect(explore).to_have_url(re.compile("rate"))


def test_the_tree_is_walked_by_keys(explore):
    page = explore
    tree(page).focus()
    page.keyboard.press("Home")
    names = page.locator(".tree-label").all_inner_texts()
    for _ in range(names.index("ex_")):
        page.keyboard.press("ArrowDown")
    expect(page.locator(".tree-row.is-active .tree-label")).to_have_text("ex_")
    page.keyboard.press("ArrowRight")
    expect(item(page, "load")).to_be_visible()
    expect(page.locator(".tree-row.is-active")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tree-row.is-active")).to_have_attribute("aria-level", "2")
    page.keyboard.press("l")
    expect(page.locator(".tree-row.is-active")).to_contain_text("load")
    page.keyboard.press("Enter")
    expect(series_rows(page)).to_have_count(3)
    expect(tree(page)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(item(page, "load")).to_have_count(0)


def test_twenty_thousand_names_are_shown_branch_by_branch(own_server, open_page):
    """Trap B133: neither the tree nor the search draws all of them."""
    server = own_server()
    api = Api(server.url)
    names = [f"big.area{number % 40:02d}.flat{number:05d}" for number in range(MANY)]
    for first in range(0, MANY, 5000):
        api.push([{"name": name, "value": 1, "timestamp": now_ms()} for name in names[first : first + 5000]])
    page, _ = open_page(server)
    page.goto("/explore")
    expect(item(page, "big.")).to_contain_text("20,000")
    item(page, "big.").click()
    expect(item(page, "area07.")).to_contain_text("500")
    item(page, "area07.").click()
    more = tree(page).locator(".tree-row.is-more")
    expect(more).to_have_text("300 more")
    more.click()
    expect(more).to_have_text("100 more")
    assert tree(page).locator(".tree-row").count() < 500
    search_metric(page, "flat1")
    expect(page.locator(".rail-count")).to_have_text("50 of 10,000 metrics")
    page.get_by_role("button", name="Show more", exact=True).click()
    expect(page.locator(".rail-count")).to_have_text("100 of 10,000 metrics")


def test_a_search_without_a_find_says_so(explore):
    explore.get_by_role("searchbox", name="Search metrics", exact=True).fill("no such thing")
    expect(explore.get_by_text('No metric has "no such thing" in its name.', exact=True)).to_be_visible()


# ---- tags


def test_a_click_on_a_tag_value_filters_and_another_takes_it_back(explore):
    page = explore
    choose(page, "ex_load")
    expect(series_rows(page)).to_have_count(3)
    card = page.get_by_role("region", name="Chosen metric", exact=True)
    tag = card.locator(".tag-button").filter(has_text="host")
    expect(tag).to_contain_text("3")
    tag.click()
    values = card.get_by_role("list", name="Values of host", exact=True).get_by_role("button")
    expect(values).to_have_count(3)
    values.filter(has_text="web1").click()
    expect(series_rows(page)).to_have_count(1)
    assert parse_qs(urlsplit(page.url).query)["q"] == ['ex_load{host="web1"}']
    values.filter(has_text="db1").click()
    expect(series_rows(page)).to_have_count(2)
    expect(values.filter(has_text="db1")).to_have_attribute("aria-pressed", "true")
    values.filter(has_text="web1").click()
    expect(series_rows(page)).to_have_count(1)
    values.filter(has_text="db1").click()
    expect(series_rows(page)).to_have_count(3)


# ---- what is drawn, and how


def test_a_link_opens_the_queries_the_drawing_and_the_comparison(page, filled):
    open_link(page, "q=ex_load&q=sum(ex_load)&type=area&compare=1d&from=now-5m&to=now")
    expect(page.get_by_role("group", name="Query B", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Area", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(series_rows(page)).to_have_count(8)
    # The ghosts are named, dashed in the legend, and of the colour of their series.
    ghost = page.locator(".legend-item").filter(has_text="1 day before")
    expect(ghost).to_have_count(4)
    expect(page.locator(".legend-swatch.is-dashed")).to_have_count(4)
    expect(series_rows(page).filter(has_text="1 day before").first).to_contain_text("A")


def test_a_comparison_is_its_own_question_at_the_time_before(page, filled):
    asked = []
    page.on(
        "request",
        lambda request: asked.append(request.post_data_json) if request.url.endswith("/batch") else None,
    )
    open_link(page, "q=ex_load&from=now-5m&to=now&refresh=off")
    expect(series_rows(page)).to_have_count(3)
    page.get_by_label("Compare with").select_option("1 week before")
    expect(page).to_have_url(re.compile("compare=1w"))
    expect(series_rows(page)).to_have_count(3)
    before = asked[-1]["queries"][1]
    assert 299_000 < before["end"] - before["start"] < 301_000
    assert abs(now_ms() - 7 * DAY_MS - before["end"]) < 120_000


def test_an_instant_is_a_table_of_values(page, filled):
    open_link(page, "q=ex_load&q=sum(ex_load)&q=%7B%22ex_load%22%2Chost%3D%22db1%22%7D")
    expect(series_rows(page)).to_have_count(5)
    press(page, "Evaluate", "Instant")
    expect(page.locator(".chart")).to_have_count(0)
    expect(page.get_by_role("columnheader", name="Value", exact=True)).to_be_visible()
    expect(series_rows(page)).to_have_count(5)
    expect(page.locator(".explore-facts")).to_contain_text(re.compile(r"^at 20\d\d-"))
    # Each series begins with 10 at the newest sample.
    expect(series_rows(page).filter(has_text="web1")).to_contain_text("10")
    expect(page).to_have_url(re.compile("mode=instant"))


def test_the_drawing_is_changed_without_asking_again(page, filled):
    open_link(page, "q=ex_load&refresh=off")
    expect(page.locator(".chart canvas")).to_be_visible()
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/query" in request.url else None)
    press(page, "Draw as", "Table")
    expect(page.locator(".explore-chart .data-table")).to_be_visible()
    press(page, "Draw as", "Bars")
    expect(page.locator(".chart canvas")).to_be_visible()
    assert not asked


def test_the_table_is_sorted_by_a_click(page, filled):
    open_link(page, "q=ex_load")
    expect(series_rows(page)).to_have_count(3)
    head = page.locator(".explore-table").get_by_role("button", name="host", exact=True)
    head.click()
    expect(page.locator(".explore-table th[aria-sort=ascending]")).to_have_text("host")
    assert [row.split()[1] for row in series_rows(page).all_inner_texts()] == ["db1", "web1", "web2"]


def test_dragging_zooms_and_the_link_has_the_range(page, filled):
    open_link(page, "q=ex_load&from=now-5m&to=now")
    expect(page.locator(".chart canvas")).to_be_visible()
    box = page.locator(".chart .u-over").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, y)
    page.mouse.move(box["x"] + box["width"] * 0.8, y)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"from=2\S+Z&to=2\S+Z&q=ex_load"))
    page.go_back()
    expect(page).to_have_url(re.compile("from=now-5m"))
    expect(series_rows(page)).to_have_count(3)


# ---- what may be missing or wrong


def test_series_that_are_left_out_are_counted_and_can_be_shown(page, filled):
    open_link(page, "q=ex_wide")
    note = page.get_by_text("50 of 120 series of query A are shown.")
    expect(note).to_be_visible()
    expect(note).to_contain_text("sum by")
    page.get_by_role("button", name="Show up to 500 series of each query", exact=True).click()
    expect(page.locator(".explore-facts")).to_contain_text("120 series")
    expect(note).to_have_count(0)
    expect(page).to_have_url(re.compile("limit=500"))


def test_an_error_stands_at_its_query_and_the_other_is_drawn(page, filled):
    open_link(page, "q=sum(ex_load&q=ex_load")
    row = page.get_by_role("group", name="Query A", exact=True)
    expect(row.get_by_role("alert")).to_be_visible()
    expect(row.locator(".is-fault")).to_be_visible()
    expect(page.locator(".chart canvas")).to_be_visible()
    expect(page.get_by_text(re.compile("^One query failed: "))).to_be_visible()


def test_a_query_without_data_says_so(page, filled):
    open_link(page, "q=ex_nothing")
    expect(page.get_by_text("No data in the last hour", exact=True)).to_be_visible()
    expect(page.get_by_text("There is no metric of this name.", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="CSV", exact=True)).to_be_disabled()


def test_a_hostile_link_is_text(page, filled):
    open_link(
        page, "q=%22%3E%3Csvg+onload%3Dalert(1)%3E%E2%80%AE&type=__proto__&mode=x&compare=9&limit=1e99&tab=x"
    )
    expect(page.locator(".panel-note")).to_be_visible()
    expect(page.get_by_role("button", name="Line", exact=True)).to_have_attribute("aria-pressed", "true")


def test_a_server_that_is_away_is_told_and_comes_back(page, filled, open_page, shared_server):
    page, watch = open_page(shared_server)
    watch.allow("Failed to load resource")
    page.route(
        "**/api/v1/query/batch",
        lambda route: route.fulfill(status=503, json={"error": "Not now.", "code": "UNAVAILABLE"}),
    )
    open_link(page, "q=ex_load&refresh=off")
    expect(page.get_by_text("Not now.", exact=True)).to_be_visible()
    page.unroute("**/api/v1/query/batch")
    page.get_by_role("button", name="Retry", exact=True).click()
    expect(series_rows(page)).to_have_count(3)


# ---- what is kept and taken along


def test_favourites_and_recent_queries_stay_in_this_browser(explore):
    page = explore
    choose(page, "ex_load")
    expect(series_rows(page)).to_have_count(3)
    page.get_by_role("button", name="Favourite", exact=True).click()
    page.reload()
    expect(tree(page)).to_be_visible()
    expect(page.get_by_role("button", name="Favourite", exact=True)).to_have_attribute("aria-pressed", "true")
    press(page, "Which list", "Favourites")
    expect(page.get_by_role("list", name="Favourites", exact=True).locator(".rail-item")).to_have_text(
        ["ex_load"]
    )
    choose(page, "ex_wide")
    expect(page.locator(".explore-facts")).to_contain_text("of 120 series")
    press(page, "Which list", "Recent")
    recent = page.get_by_role("list", name="Recent queries", exact=True).locator(".rail-item.is-code")
    expect(recent).to_have_text(["ex_wide", "ex_load"])
    recent.nth(1).click()
    expect(series_rows(page)).to_have_count(3)
    page.get_by_role("button", name="Forget all", exact=True).click()
    expect(page.get_by_text("the last 50 of this browser")).to_be_visible()


def test_what_lies_broken_in_the_browser_breaks_nothing(page, filled):
    page.goto("/")
    expect(page.get_by_role("link", name="Explore", exact=True)).to_be_visible()
    user = filled.data("GET", "/api/v1/auth/me")["id"]
    page.evaluate(
        """(user) => {
          localStorage.setItem(`metricbox.explore.recent.${user}`, '{"x": [1');
          localStorage.setItem(`metricbox.explore.favourites.${user}`, '[{"a": 1}]');
        }""",
        user,
    )
    open_link(page, "")
    press(page, "Which list", "Recent")
    expect(page.get_by_text("the last 50 of this browser")).to_be_visible()
    press(page, "Which list", "Favourites")
    expect(page.get_by_text("No favourites yet.")).to_be_visible()


def test_the_file_has_what_is_drawn_and_no_formula(page, filled, tmp_path: Path):
    open_link(page, "q=ex_hostile&q=ex_load&from=now-5m&to=now&refresh=off")
    expect(series_rows(page)).to_have_count(4)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV", exact=True).click()
    file = tmp_path / "drawn.csv"
    waiting.value.save_as(file)
    rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0][0] == "Time"
    assert len(rows[0]) == 5
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)
    assert len(rows) > 10
    press(page, "Evaluate", "Instant")
    expect(page.get_by_role("columnheader", name="Value", exact=True)).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV", exact=True).click()
    waiting.value.save_as(file)
    rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == 5
    assert any("'=cmd" in cell for row in rows for cell in row)


def test_a_copied_link_shows_the_same(open_page, shared_server, filled):
    page, _ = open_page(shared_server, permissions=["clipboard-read", "clipboard-write"])
    open_link(page, "q=ex_load&type=area&compare=1d")
    expect(series_rows(page)).to_have_count(6)
    page.get_by_role("button", name="Copy link", exact=True).click()
    expect(page.locator(".toast-text")).to_have_text("Link copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url
    page.goto(link)
    expect(series_rows(page)).to_have_count(6)
    expect(page.get_by_role("button", name="Area", exact=True)).to_have_attribute("aria-pressed", "true")


def test_the_chart_is_put_on_a_new_dashboard_and_on_one_that_is_there(page, filled):
    open_link(page, "q=ex_load&q=sum(ex_load)&type=area")
    expect(series_rows(page)).to_have_count(4)
    page.get_by_role("button", name="Add to dashboard", exact=True).click()
    dialog = page.get_by_role("dialog", name="Add to a dashboard")
    expect(dialog.get_by_label("Name of the dashboard")).to_be_focused()
    dialog.get_by_label("Title of the panel").fill("Load by host")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog.get_by_text("Name of the dashboard is needed", exact=True)).to_be_visible()
    dialog.get_by_label("Name of the dashboard").fill("From explore")
    dialog.get_by_role("button", name="Add", exact=True).click()
    done = page.get_by_role("dialog", name="Added")
    expect(done.get_by_text('The panel is on "From explore".')).to_be_visible()
    done.get_by_role("button", name="Stay here", exact=True).click()
    page.get_by_role("button", name="Add to dashboard", exact=True).click()
    expect(dialog.get_by_role("option", name="From explore", exact=True)).to_be_attached()
    dialog.get_by_label("Dashboard", exact=True).select_option("From explore")
    dialog.get_by_label("Title of the panel").fill("Again")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(done).to_be_visible()
    done.get_by_role("link", name="Open the dashboard", exact=True).click()
    expect(page.get_by_role("region", name="Load by host", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Again", exact=True)).to_be_visible()
    expect(page.locator(".chart canvas")).to_have_count(2)
    made = filled.data("GET", f"/api/v1/dashboards/{page.url.rpartition('/')[2]}")
    assert [panel["type"] for panel in made["panels"]] == ["area", "area"]
    assert [query["query"] for query in made["panels"][0]["query"]] == ["ex_load", "sum(ex_load)"]


# ---- who may


def test_a_viewer_explores_but_adds_nothing(open_page, shared_server, filled):
    filled.data(
        "POST", "/api/v1/users", {"email": "explorer@example.com", "password": PASSWORD, "role": "viewer"}
    )
    page, _ = open_page(shared_server, signed_in=False)
    sign_in(page, shared_server, "explorer@example.com")
    open_link(page, "q=ex_load")
    expect(series_rows(page)).to_have_count(3)
    expect(page.get_by_role("button", name="Copy link", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Add to dashboard", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="SQL", exact=True)).to_have_count(0)
    page.goto("/explore?tab=sql&sql=select+1")
    expect(page.get_by_text("Your role does not allow SQL", exact=True)).to_be_visible()


def test_a_viewer_without_the_right_sees_why(own_server, open_page):
    server = own_server(explore=False)
    api = Api(server.url)
    api.data("POST", "/api/v1/users", {"email": "looker@example.com", "password": PASSWORD, "role": "viewer"})
    page, _ = open_page(server, signed_in=False)
    sign_in(page, server, "looker@example.com")
    page.goto("/")
    expect(page.get_by_role("link", name="Dashboards", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Explore", exact=True)).to_have_count(0)
    page.goto("/explore?q=up")
    expect(page.get_by_text("Your role does not allow this", exact=True)).to_be_visible()
    expect(page.get_by_text("An administrator can change that")).to_be_visible()


def sign_in(page: Page, server, email: str) -> None:
    answer = page.context.request.post(
        "/api/v1/auth/login", data={"email": email, "password": PASSWORD}, headers={"Origin": server.url}
    )
    assert answer.ok


# ---- phone


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_the_rail_opens_and_closes(open_page, shared_server, filled, width):
    page, _ = open_page(shared_server, viewport={"width": width, "height": 844}, has_touch=True)
    open_link(page, "q=ex_load")
    expect(series_rows(page)).to_have_count(3)
    expect(tree(page)).to_have_count(0)
    page.get_by_role("button", name="Metrics and tags", exact=True).click()
    expect(tree(page)).to_be_visible()
    item(page, "ex_").click()
    expect(item(page, "wide")).to_be_visible()
    item(page, "wide").click()
    expect(page.locator(".explore-facts")).to_contain_text("of 120 series")
    expect(tree(page)).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
