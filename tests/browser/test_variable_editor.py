"""The editor of a dashboard's variables, walked by mouse and keyboard."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.server import Api, history, panel

HOST = {
    "name": "host",
    "label": "Host",
    "type": "query",
    "query": {"label": "host", "metric": "edit_metric"},
    "multi": True,
    "includeAll": True,
}
DC = {"name": "dc", "type": "list", "values": ["x", "y"]}


def push(api: Api) -> None:
    for dc, host in (("x", "web1"), ("x", "web2"), ("y", "db1")):
        api.push(history("edit_metric", dc=dc, host=host))


def make(api: Api, name: str, variables: list[dict[str, Any]]) -> str:
    push(api)
    panels = [panel("CPU of $host", [{"query": 'edit_metric{host=~"$host"}', "legend": "{{host}}"}])]
    return api.dashboard(name, panels, variables=variables, refreshInterval="")


def saved(api: Api, path: str) -> Any:
    return api.data("GET", "/api/v1" + path.replace("dashboard", "dashboards"))


def open_editor(page: Page, path: str) -> None:
    page.goto(path)
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_role("button", name="Variables", exact=True).click()
    expect(dialog(page, "Variables")).to_be_visible()


def dialog(page: Page, name: str):
    return page.get_by_role("dialog", name=name, exact=True)


def pick(page: Page, button: str, value: str) -> None:
    """From one of the lists that the server searches."""
    page.get_by_role("button", name=re.compile(rf"^{button}: ")).click()
    search = page.get_by_role("combobox", name=f"Search {button}", exact=True)
    expect(search).to_be_focused()
    search.fill(value)
    # The list of the search before may have it as well.
    options = page.get_by_role("listbox", name=button, exact=True).get_by_role("option")
    expect(options).to_have_count(1)
    options.click()


def wait_saved(page: Page) -> None:
    expect(page.locator(".edit-state")).to_have_text(re.compile("^Saved"))


def test_a_variable_of_tag_values_is_made_with_what_it_offers_in_sight(page, api):
    path = make(api, "New variable", [])
    open_editor(page, path)
    page.get_by_role("button", name="Add variable").click()
    form = dialog(page, "New variable")
    expect(form).to_be_visible()
    form.get_by_label("Name", exact=True).fill("host")
    form.get_by_label("Label", exact=True).fill("Host")
    pick(page, "Metric", "edit_metric")
    pick(page, "Tag", "host")
    values = form.get_by_role("list", name="Values just now").get_by_role("listitem")
    expect(values).to_have_text(["db1", "web1", "web2"])
    form.get_by_label("Only values that fit").fill("web.*")
    expect(values).to_have_text(["web1", "web2"])
    form.get_by_label("Order").select_option("Z to A")
    expect(values).to_have_text(["web2", "web1"])
    form.get_by_role("button", name="Add variable").click()
    expect(page.get_by_role("button", name="Edit host")).to_be_focused()
    page.get_by_role("button", name="Done").last.click()
    wait_saved(page)
    expect(page.get_by_role("button", name="Host: All")).to_be_visible()
    expect(page.locator(".legend-name")).to_have_text(["web1", "web2"])
    assert saved(api, path)["variables"] == [
        {
            "name": "host",
            "label": "Host",
            "type": "query",
            "query": {"label": "host", "metric": "edit_metric"},
            "multi": True,
            "includeAll": True,
            "regex": "web.*",
            "sort": "desc",
        }
    ]
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_role("button", name="Host: All")).to_have_count(0)
    wait_saved(page)
    assert saved(api, path)["variables"] == []


def test_a_chained_variable_is_previewed_with_what_is_chosen(page, api):
    path = make(api, "Chain", [DC, HOST])
    open_editor(page, path + "?var-dc=y")
    page.get_by_role("button", name="Edit host").click()
    form = dialog(page, "Variable host")
    values = form.get_by_role("list", name="Values just now").get_by_role("listitem")
    expect(values).to_have_text(["db1", "web1", "web2"])
    form.get_by_role("button", name="Write it as text").click()
    question = form.get_by_label("Question")
    expect(question).to_have_value("label_values(edit_metric, host)")
    question.fill('label_values(edit_metric{dc="$dc"}, host)')
    expect(values).to_have_text(["db1"])
    form.get_by_role("button", name="Pick it together").click()
    expect(form.get_by_role("group", name="Filter by dc")).to_be_visible()
    form.get_by_role("button", name="Save variable").click()
    expect(page.get_by_role("button", name="Edit host")).to_be_visible()
    page.get_by_role("button", name="Done").last.click()
    wait_saved(page)
    assert saved(api, path)["variables"][1]["query"] == {
        "label": "host",
        "metric": "edit_metric",
        "matchers": [{"name": "dc", "op": "=", "value": "$dc"}],
    }
    expect(page.locator(".legend-name")).to_have_text(["db1"])


def test_each_other_kind_is_made_and_offered(page, api):
    path = make(api, "Kinds", [])
    open_editor(page, path)
    for name, kind, field, text in (
        ("size", "List", "Values", "small\nlarge, wide\n"),
        ("window", "Interval", "Durations", "auto\n5m"),
        ("note", "Text", "Text at first", "plain"),
        ("site", "Constant", "Value", "Hall 3"),
    ):
        page.get_by_role("button", name="Add variable").click()
        form = dialog(page, "New variable")
        form.get_by_label("Name", exact=True).fill(name)
        form.get_by_role("radio", name=kind, exact=True).check(force=True)
        form.get_by_label(field, exact=True).fill(text)
        form.get_by_role("button", name="Add variable").click()
        expect(page.get_by_role("button", name=f"Edit {name}")).to_be_visible()
    page.get_by_role("button", name="Done").last.click()
    wait_saved(page)
    expect(page.get_by_role("button", name="size: All")).to_be_visible()
    expect(page.get_by_role("button", name="window: auto")).to_be_visible()
    expect(page.get_by_label("note")).to_have_value("plain")
    assert saved(api, path)["variables"] == [
        {
            "name": "size",
            "type": "list",
            "values": ["small", "large, wide"],
            "multi": True,
            "includeAll": True,
        },
        {"name": "window", "type": "interval", "values": ["auto", "5m"]},
        {"name": "note", "type": "text", "current": "plain"},
        {"name": "site", "type": "constant", "values": ["Hall 3"]},
    ]


def test_what_is_wrong_is_told_at_its_field(page, api, open_page, shared_server):
    page, watch = open_page(shared_server)
    watch.allow("status of 400")
    open_editor(page, make(api, "Faults", [HOST]))
    page.get_by_role("button", name="Add variable").click()
    form = dialog(page, "New variable")
    name = form.get_by_label("Name", exact=True)
    form.get_by_role("button", name="Add variable").click()
    expect(name).to_be_focused()
    expect(form.get_by_text("Choose a tag", exact=True).last).to_be_visible()
    name.fill("host")
    form.get_by_role("button", name="Add variable").click()
    expect(form.get_by_text("Another variable has this name")).to_be_visible()
    name.fill("2x")
    form.get_by_role("button", name="Add variable").click()
    expect(name).to_have_attribute("aria-invalid", "true")
    name.fill("other")
    pick(page, "Metric", "edit_metric")
    pick(page, "Tag", "host")
    expression = form.get_by_label("Only values that fit")
    expression.fill("(")
    expect(form.get_by_text(re.compile("must be a regular expression"))).to_be_visible()
    form.get_by_role("button", name="Add variable").click()
    expect(expression).to_be_focused()
    form.get_by_role("radio", name="Interval", exact=True).check(force=True)
    form.get_by_label("Durations").fill("soon")
    form.get_by_role("button", name="Add variable").click()
    expect(form.get_by_label("Durations")).to_have_attribute("aria-invalid", "true")
    expect(form.get_by_text("must have durations as values")).to_be_visible()


def test_a_circle_is_refused(page, api, open_page, shared_server):
    page, watch = open_page(shared_server)
    watch.allow("status of 400")
    other = {"name": "b", "type": "query", "query": "label_values(edit_metric{host=~'$host'}, dc)"}
    open_editor(page, make(api, "Circle", [HOST, other]))
    page.get_by_role("button", name="Edit host").click()
    form = dialog(page, "Variable host")
    form.get_by_role("button", name="Write it as text").click()
    form.get_by_label("Question").fill('label_values(edit_metric{dc="$b"}, host)')
    form.get_by_role("button", name="Save variable").click()
    expect(form.get_by_role("alert").get_by_text("circle")).to_be_visible()


def test_a_new_name_is_followed_by_what_refers_to_it(page, api):
    path = make(api, "Rename", [HOST])
    open_editor(page, path + "?var-host=web1")
    page.get_by_role("button", name="Edit host").click()
    form = dialog(page, "Variable host")
    form.get_by_label("Name", exact=True).fill("server")
    expect(form.get_by_label("Change the place that refers to $host")).to_be_checked()
    expect(form.get_by_text("panel “CPU of $host”: title, query")).to_be_visible()
    form.get_by_role("button", name="Save variable").click()
    expect(page.get_by_role("button", name="Edit server")).to_be_visible()
    page.get_by_role("button", name="Done").last.click()
    wait_saved(page)
    expect(page.get_by_role("heading", name="CPU of web1")).to_be_visible()
    expect(page.locator(".legend-name")).to_have_text(["web1"])
    document = saved(api, path)
    assert document["panels"][0]["query"][0]["query"] == 'edit_metric{host=~"$server"}'
    assert document["panels"][0]["title"] == "CPU of $server"
    assert "var-server=web1" in page.url


def test_deleting_tells_what_uses_it_and_can_be_taken_back(page, api):
    hanging = {"name": "disk", "type": "query", "query": "label_values(edit_metric{dc='$dc'}, host)"}
    path = make(api, "Delete", [DC, HOST, hanging])
    open_editor(page, path)
    page.get_by_role("button", name="Delete dc").click()
    expect(dialog(page, "Delete the variable dc?").get_by_text("disk hangs on it")).to_be_visible()
    page.get_by_role("button", name="Back", exact=True).click()
    page.get_by_role("button", name="Delete host").click()
    asked = dialog(page, "Delete the variable host?")
    expect(asked.get_by_text("panel “CPU of $host”: title, query")).to_be_visible()
    asked.get_by_role("button", name="Delete variable").click()
    expect(page.get_by_role("button", name="Edit host")).to_have_count(0)
    page.get_by_role("button", name="Done").last.click()
    wait_saved(page)
    assert [one["name"] for one in saved(api, path)["variables"]] == ["dc", "disk"]
    page.get_by_role("button", name="Undo").last.click()
    expect(page.get_by_role("button", name="Host: All")).to_be_visible()
    wait_saved(page)
    assert [one["name"] for one in saved(api, path)["variables"]] == ["dc", "host", "disk"]


def test_the_order_is_changed_by_keyboard(page, api):
    path = make(api, "Order", [DC, HOST])
    open_editor(page, path)
    up = page.get_by_role("button", name="Move host up")
    up.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Move host down")).to_be_focused()
    rows = dialog(page, "Variables").get_by_role("button", name=re.compile("^Edit "))
    expect(rows).to_have_text([re.compile("host"), re.compile("dc")])
    page.keyboard.press("Escape")
    wait_saved(page)
    assert [one["name"] for one in saved(api, path)["variables"]] == ["host", "dc"]


def test_the_editor_fits_a_phone(open_page, shared_server, api):
    page, _ = open_page(shared_server, viewport={"width": 360, "height": 740})
    open_editor(page, make(api, "Phone editor", [HOST]))
    page.get_by_role("button", name="Edit host").click()
    form = dialog(page, "Variable host")
    expect(form.get_by_role("list", name="Values just now")).to_be_visible()
    assert form.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
