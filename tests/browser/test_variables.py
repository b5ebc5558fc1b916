"""A dashboard's variables in the browser: the bar, the link, the panels."""

import json
import re

from playwright.sync_api import expect

from tests.browser.server import history, panel

HOST = {
    "name": "host",
    "label": "Host",
    "type": "query",
    "query": 'label_values(vars_metric{dc=~"$dc"}, host)',
    "multi": True,
    "includeAll": True,
}
DC = {"name": "dc", "type": "query", "query": "label_values(vars_metric, dc)", "includeAll": True}
TEXT = {"name": "note", "label": "Note", "type": "text", "current": "plain"}


def push(api) -> None:
    for dc, host in (("x", "web1"), ("x", "web2"), ("y", "db1")):
        api.push(history("vars_metric", dc=dc, host=host))


def make(api, name: str, **more) -> str:
    panels = [
        panel("CPU of $host", [{"query": 'vars_metric{host=~"$host"}', "legend": "$note {{host}}"}]),
        panel("Plain", "vars_metric", "stat"),
    ]
    return api.dashboard(name, panels, variables=[DC, HOST, TEXT], **more)


def test_a_choice_goes_into_the_link_and_asks_only_panels_that_use_it(page, api):
    push(api)
    page.goto(make(api, "Choices", refreshInterval=""))
    expect(page.get_by_role("heading", name="CPU of All")).to_be_visible()
    expect(page.locator(".legend-name")).to_have_text(["plain web1", "plain web2", "plain db1"])
    asked = []
    page.on(
        "request",
        lambda request: asked.append(request.post_data_json) if "/query/batch" in request.url else None,
    )
    page.get_by_role("button", name="Host: All").click()
    page.get_by_role("option", name="web1").click()
    page.get_by_role("option", name="web2").click()
    expect(page.get_by_role("button", name="Host: 2 of 3")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Host: 2 of 3")).to_be_focused()
    expect(page.get_by_role("heading", name="CPU of web1, web2")).to_be_visible()
    expect(page.locator(".legend-name")).to_have_text(["plain web1", "plain web2"])
    assert page.url.endswith("?var-host=web1&var-host=web2")
    assert {len(body["queries"]) for body in asked} == {1}, "the other panel keeps its data"
    assert asked[-1]["queries"][0]["variables"]["host"] == ["web1", "web2"]
    page.reload()
    expect(page.locator(".legend-name")).to_have_text(["plain web1", "plain web2"])
    expect(page.get_by_role("button", name="Host: 2 of 3")).to_be_visible()


def test_a_chained_list_follows_and_back_goes_back(page, api):
    push(api)
    page.goto(make(api, "Chained") + "?var-host=web1")
    expect(page.locator(".legend-name")).to_have_text(["plain web1"])
    page.get_by_role("button", name="dc: All").click()
    page.get_by_role("option", name="y").click()
    expect(page.get_by_role("button", name="dc: y")).to_be_focused()
    # What is not offered any more gives way.
    expect(page.get_by_role("button", name="Host: All")).to_be_visible()
    expect(page.locator(".legend-name")).to_have_text(["plain db1"])
    page.get_by_role("button", name="Host: All").click()
    expect(page.get_by_role("option")).to_have_text(["All", "db1"])
    page.keyboard.press("Escape")
    page.go_back()
    expect(page.get_by_role("button", name="Host: web1")).to_be_visible()
    expect(page.locator(".legend-name")).to_have_text(["plain web1"])


def test_all_of_a_chained_list_means_what_it_lists_now(page, api):
    push(api)
    host = {**HOST, "query": 'label_values(vars_metric{dc="$dc"}, host)'}
    dc = {**DC, "includeAll": False}
    panels = [panel("CPU", [{"query": 'vars_metric{host=~"$host"}', "legend": "{{host}}"}])]
    page.goto(api.dashboard("Chained All", panels, variables=[dc, host], refreshInterval=""))
    expect(page.locator(".legend-name")).to_have_text(["web1", "web2"])
    page.get_by_role("button", name="dc: x").click()
    page.get_by_role("option", name="y").click()
    expect(page.get_by_role("button", name="Host: All")).to_be_visible()
    expect(page.locator(".legend-name")).to_have_text(["db1"])


def test_everything_by_the_keyboard(page, api):
    push(api)
    page.goto(make(api, "Keys"))
    button = page.get_by_role("button", name="Host: All")
    button.focus()
    page.keyboard.press("Enter")
    search = page.get_by_role("combobox", name="Search Host")
    expect(search).to_be_focused()
    page.keyboard.type("WEB")
    expect(page.get_by_role("option")).to_have_text(["web1", "web2"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("option", name="web2")).to_have_attribute("aria-selected", "true")
    assert (
        search.evaluate(
            "(input) => document.getElementById(input.getAttribute('aria-activedescendant')).textContent"
        )
        == "web2"
    )
    page.keyboard.press("Control+a")
    page.keyboard.type("nothing")
    expect(page.get_by_role("status").get_by_text("Nothing fits")).to_be_visible()
    page.keyboard.press("Escape")
    if search.is_visible():  # the first Escape may only empty the field
        page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Host: web2")).to_be_focused()
    note = page.get_by_label("Note")
    note.fill("typed <b>")
    note.press("Enter")
    expect(page.locator(".legend-name")).to_have_text(["typed <b> web2"])
    assert page.url.endswith("var-host=web2&var-note=typed+%3Cb%3E")


def test_hostile_values_stay_values(page, api):
    hostile = ['"} or x{a="', "<img src=x onerror=alert(1)>", "a|b", "\\", "\u202eevil", "{{host}}"]
    for host in hostile:
        api.push(history("hostile_vars", host=host))
    variable = {"name": "host", "type": "query", "query": "label_values(hostile_vars, host)", "multi": True}
    panels = [panel("$host", [{"query": 'hostile_vars{host=~"$host"}', "legend": "{{host}}"}])]
    path = api.dashboard("Hostile", panels, variables=[variable])
    for host in hostile:
        page.goto(path)
        page.locator(".variable-button").click()
        shown = host.replace("\u202e", "\\u{202e}")
        first = page.get_by_role("option", selected=True)
        chosen = page.get_by_role("option").filter(has=page.get_by_text(shown, exact=True))
        if first.text_content() != shown:
            was = first.text_content()
            chosen.click()
            page.get_by_role("option").filter(has=page.get_by_text(was, exact=True)).click()
        page.keyboard.press("Escape")
        expect(page.locator(".variable-value")).to_have_text(shown)
        expect(page.locator(".legend-name")).to_have_text([shown])
        expect(page.get_by_role("heading", level=2)).to_have_text(shown)


def test_many_values_are_searched(page, api):
    values = [f"value {number:04}" for number in range(1000)]
    variable = {"name": "many", "type": "list", "values": values}
    page.goto(api.dashboard("Many", [panel("P", "vars_metric")], variables=[variable]))
    page.get_by_role("button", name="many: value 0000").click()
    expect(page.get_by_role("option")).to_have_count(200)
    expect(page.get_by_text("800 more: search for them")).to_be_visible()
    page.keyboard.type("0999")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="many: value 0999")).to_be_focused()


def test_the_public_sees_what_the_dashboard_offers(open_page, shared_server, api):
    push(api)
    path = make(api, "Public", isPublic=True)
    page, watch = open_page(shared_server, signed_in=False)
    watch.allow("status of 401")
    bodies = []
    page.on("response", lambda answer: bodies.append(answer) if "/api/" in answer.url else None)
    page.goto(path + "?var-host=web1&var-host=elsewhere&var-note=mine")
    expect(page.locator(".legend-name")).to_have_text(["plain web1"])
    expect(page.get_by_label("Note")).to_have_attribute("readonly", "")
    page.get_by_role("button", name="dc: All").click()
    page.get_by_role("option", name="y").click()
    expect(page.locator(".legend-name")).to_have_text(["plain db1"])
    assert not any("label_values" in body.text() for body in bodies if body.ok)


def test_a_dashboard_without_variables_has_no_bar(page, api):
    push(api)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(api.dashboard("None", [panel("P", "vars_metric")]))
    expect(page.locator(".legend-name").first).to_be_visible()
    expect(page.locator(".variable-bar")).to_have_count(0)
    assert not [url for url in requests if re.search(r"variable-bar|variables/values", url)]


def test_a_failing_question_is_told_and_the_panels_go_on(page, api, open_page, shared_server):
    push(api)
    page, watch = open_page(shared_server)
    watch.allow("status of 400")
    path = make(api, "Failing")
    error = {"error": "The values cannot be listed.", "code": "VALIDATION_ERROR"}
    page.route(
        "**/variables/values",
        lambda route: route.fulfill(status=400, content_type="application/json", body=json.dumps(error)),
    )
    page.goto(path + "?var-host=web1")
    expect(page.get_by_role("alert").get_by_text("The values cannot be listed.")).to_be_visible()
    expect(page.locator(".legend-name")).to_have_text(["plain web1"])


def test_the_bar_fits_a_phone(open_page, shared_server, api):
    push(api)
    page, _ = open_page(shared_server, viewport={"width": 360, "height": 740})
    page.goto(make(api, "Phone"))
    button = page.get_by_role("button", name="Host: All")
    button.click()
    expect(page.get_by_role("option", name="web1")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert button.bounding_box()["height"] >= 24
