"""Panels and rows that are there once for each chosen value of a variable."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.server import Api, history, panel

HOST = {
    "name": "host",
    "type": "query",
    "query": "label_values(repeat_metric, host)",
    "multi": True,
    "includeAll": True,
}
QUERY = [{"query": 'repeat_metric{host="$host"}', "legend": "$host {{dc}}"}]


def push(api: Api) -> None:
    for host in ("web1", "web2", "db1"):
        api.push(history("repeat_metric", host=host, dc=f"at {host}"))


def make(api: Api, name: str, **more: Any) -> str:
    push(api)
    panels = [
        panel("CPU of $host", QUERY, repeat="host", repeatPerRow=2, position=(0, 0, 4, 3)),
        panel("All hosts", "repeat_metric", position=(0, 3, 12, 3)),
    ]
    return api.dashboard(name, panels, **{"variables": [HOST], "refreshInterval": "", **more})


def region(page: Page, name: str):
    return page.get_by_role("region", name=name, exact=True)


def boxes(page: Page) -> list[dict[str, float]]:
    return [one.bounding_box() for one in page.locator(".grid-stack-item-content").all()]


def check_apart(page: Page) -> None:
    found = boxes(page)
    for number, one in enumerate(found):
        for other in found[number + 1 :]:
            beside = one["x"] + one["width"] <= other["x"] + 1 or other["x"] + other["width"] <= one["x"] + 1
            above = one["y"] + one["height"] <= other["y"] + 1 or other["y"] + other["height"] <= one["y"] + 1
            assert beside or above, (one, other)


def note_queries(page: Page) -> list[dict[str, Any]]:
    asked: list[dict[str, Any]] = []
    page.on(
        "request",
        lambda request: (
            asked.extend(request.post_data_json["queries"]) if "/query/batch" in request.url else None
        ),
    )
    return asked


def test_a_panel_is_there_once_for_each_value_with_its_own_data(page, api):
    asked = note_queries(page)
    page.goto(make(api, "Repeat"))
    expect(page.get_by_role("heading", level=2)).to_have_text(
        ["CPU of db1", "CPU of web1", "CPU of web2", "All hosts"]
    )
    for host in ("db1", "web1", "web2"):
        expect(region(page, f"CPU of {host}").locator(".legend-name")).to_have_text([f"{host} at {host}"])
    expect(region(page, "All hosts").locator(".legend-name")).to_have_count(3)
    check_apart(page)
    first, second, third, last = boxes(page)
    assert first["width"] == second["width"] == third["width"]
    assert first["y"] == second["y"] < third["y"] < last["y"]
    repeats = [one for one in asked if "panelId" in one]
    assert sorted(one["variables"]["host"][0] for one in repeats) == ["db1", "web1", "web2"]
    assert len({one["panelId"] for one in repeats}) == 1, "the server knows the saved panel alone"


def test_another_choice_asks_for_what_is_new_and_for_nothing_else(page, api):
    page.goto(make(api, "Choice") + "?var-host=web1")
    expect(region(page, "CPU of web1").locator(".legend-name")).to_have_text(["web1 at web1"])
    expect(region(page, "All hosts").locator(".legend-name")).to_have_count(3)
    wide = region(page, "CPU of web1").bounding_box()["width"]
    asked = note_queries(page)
    page.get_by_role("button", name="host: web1").click()
    page.get_by_role("option", name="db1").click()
    expect(region(page, "CPU of db1").locator(".legend-name")).to_have_text(["db1 at db1"])
    expect(region(page, "CPU of web1").locator(".legend-name")).to_have_text(["web1 at web1"])
    assert round(wide / region(page, "CPU of web1").bounding_box()["width"]) == 2
    assert [one["variables"]["host"] for one in asked] == [["db1"]]
    page.get_by_role("option", name="web1").click()
    expect(region(page, "CPU of web1")).to_have_count(0)
    expect(region(page, "CPU of db1")).to_be_visible()
    check_apart(page)
    assert len(asked) == 1, "what was there has its data"


def test_each_repeat_has_its_own_hidden_series_and_the_link_keeps_them(page, api):
    push(api)
    query = 'repeat_metric{host=~"$host|db1"}'
    panels = [panel("Two of $host", [{"query": query, "legend": "{{host}}"}], repeat="host")]
    path = api.dashboard("Hidden", panels, variables=[HOST])
    page.goto(path + "?var-host=web1&var-host=web2")
    legend = region(page, "Two of web1").get_by_role("button", name=re.compile("^db1"))
    legend.click(modifiers=["Control"])
    expect(legend).to_have_attribute("aria-pressed", "false")
    other = region(page, "Two of web2").get_by_role("button", name=re.compile("^db1"))
    expect(other).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(legend).to_have_attribute("aria-pressed", "false")
    expect(other).to_have_attribute("aria-pressed", "true")


def test_a_row_is_repeated_with_its_panels(page, api):
    push(api)
    panels = [
        panel("$host", None, "row", repeat="host", position=(0, 0, 12, 1)),
        panel("Load of $host", QUERY, position=(0, 1, 6, 3)),
        panel("Rest", None, "row", position=(0, 4, 12, 1)),
        panel("All hosts", "repeat_metric", position=(0, 5, 12, 3)),
    ]
    page.goto(api.dashboard("Row", panels, variables=[HOST]))
    expect(page.get_by_role("heading", level=2)).to_have_text(
        ["db1", "Load of db1", "web1", "Load of web1", "web2", "Load of web2", "Rest", "All hosts"]
    )
    expect(region(page, "Load of web2").locator(".legend-name")).to_have_text(["web2 at web2"])
    check_apart(page)
    region(page, "Row web1").get_by_role("button").click()
    expect(region(page, "Load of web1")).to_have_count(0)
    expect(region(page, "Load of db1")).to_be_visible()
    check_apart(page)


def test_too_many_repeats_are_cut_in_words(page, api):
    push(api)
    variable = {
        "name": "host",
        "type": "list",
        "values": [f"h{number}" for number in range(60)],
        "includeAll": True,
    }
    panels = [panel("CPU of $host", QUERY, "stat", repeat="host")]
    page.goto(api.dashboard("Many", panels, variables=[variable]))
    expect(
        page.get_by_role("status").get_by_text("shown for 50 of the 60 values of host. Choose fewer")
    ).to_be_visible()
    expect(page.locator(".grid-stack-item")).to_have_count(50)


def test_the_public_sees_repeats_without_their_queries(open_page, shared_server, api):
    path = make(api, "Public repeat", isPublic=True)
    page, watch = open_page(shared_server, signed_in=False)
    watch.allow("status of 401")
    page.goto(path)
    expect(region(page, "CPU of web2").locator(".legend-name")).to_have_text(["web2 at web2"])


def test_repeats_stand_one_below_the_other_on_a_phone(open_page, shared_server, api):
    page, _ = open_page(shared_server, viewport={"width": 360, "height": 740})
    page.goto(make(api, "Phone repeat"))
    expect(page.get_by_role("heading", level=2)).to_have_text(
        ["CPU of db1", "CPU of web1", "CPU of web2", "All hosts"]
    )
    check_apart(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_repeat_is_viewed_alone_with_its_own_value(page, api):
    page.goto(make(api, "View one"))
    expect(region(page, "CPU of web1").locator(".legend-name")).to_have_text(["web1 at web1"])
    page.get_by_role("button", name="Menu of CPU of web1").click()
    page.get_by_role("menuitem", name="View").click()
    expect(page.get_by_role("heading", name="CPU of db1")).to_have_count(0)
    expect(page.get_by_text("CPU of web1", exact=True).first).to_be_visible()
    expect(page.locator(".legend-name")).to_have_text(["web1 at web1"])
