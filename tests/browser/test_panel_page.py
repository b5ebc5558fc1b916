"""One panel on its own page: full view, and the editor's drafts: kept, undone, saved, merged, thrown away."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import EMAIL, PASSWORD, Api, history, now_ms, panel

HOSTILE = '<img src=x onerror="alert(1)"> \u202eevil"><svg>'


@pytest.fixture(scope="module")
def filled(shared_server) -> Api:
    api = Api(shared_server.url)
    for host in ("web1", "web2", "db1"):
        api.push(history("pp_cpu", host=host))
    return api


def panels_of(api: Api, path: str) -> list[dict]:
    return api.data("GET", f"/api/v1/dashboards/{path.rpartition('/')[2]}")["panels"]


def panel_path(api: Api, path: str, index: int = 0) -> str:
    return f"{path}/panel/{panels_of(api, path)[index]['id']}"


def open_editor(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.get_by_label("Title", exact=True)).to_be_visible()


def change(api: Api, path: str, index: int = 0, **fields) -> None:
    """Somebody else changes a panel."""
    panel_id = panels_of(api, path)[index]["id"]
    api.data("PUT", f"/api/v1/dashboards/{path.rpartition('/')[2]}/panels/{panel_id}", fields)


def expect_on_dashboard(page: Page, title: str) -> None:
    expect(page).not_to_have_url(re.compile("/panel/"))
    expect(page.get_by_role("heading", name=title, exact=True, level=2)).to_be_visible()


def preview(page: Page):
    return page.locator(".preview-panel .panel")


def test_full_view_and_esc_back_to_the_same_place(page, filled):
    panels = [panel(f"Panel {number}", "pp_cpu", position=(0, 4 * number, 6, 4)) for number in range(8)]
    path = filled.dashboard("Long", panels, timeRange={"from": "now-5m", "to": "now"}, refreshInterval="")
    page.goto(path)
    expect(page.get_by_role("heading", name="Panel 5")).to_be_attached()
    expect(page.locator(".chart canvas").first).to_be_visible()
    page.evaluate("window.scrollTo(0, 1500)")
    expect(page.get_by_role("region", name="Panel 5").locator(".chart canvas")).to_be_visible()
    assert page.evaluate("window.scrollY") == 1500
    page.get_by_role("button", name="Menu of Panel 5").click()
    page.get_by_role("menuitem", name="View").click()
    expect(page).to_have_url(re.compile(r"/panel/[0-9a-f-]+\?panel=view$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Panel 5")
    chart = page.locator(".panel-view .chart canvas")
    expect(chart).to_be_visible()
    assert chart.bounding_box()["height"] > 450
    page.get_by_role("button", name=re.compile("^Last 5 minutes|Time range")).first.click()
    page.get_by_role("button", name="Last 15 minutes").click()
    expect(page).to_have_url(re.compile(r"from=now-15m"))
    expect(page.locator(".time-text")).to_have_text("Last 15 minutes")
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(rf"{path}\?from=now-15m&to=now$"))
    expect(page.get_by_role("region", name="Panel 5").locator(".chart canvas")).to_be_visible()
    page.wait_for_function("window.scrollY === 1500")


def test_who_may_not_edit_sees_the_panel_alone(open_page, shared_server, filled):
    variable = {"name": "host", "type": "query", "query": "label_values(pp_cpu, host)"}
    panels = [panel("CPU of $host", [{"query": 'pp_cpu{host="$host"}', "legend": "{{host}}"}])]
    path = filled.dashboard("Open", panels, variables=[variable], isPublic=True, refreshInterval="")
    page, _ = open_page(shared_server, signed_in=False)
    page.goto(panel_path(filled, path))
    expect(page.get_by_role("heading", level=1)).to_have_text("CPU of db1")
    expect(page.locator(".legend-name")).to_have_text(["db1"])
    expect(page.get_by_role("link", name="Edit")).to_have_count(0)
    expect(page.get_by_label("Title", exact=True)).to_have_count(0)
    page.get_by_role("button", name="host: db1").click()
    page.get_by_role("option", name="web2").click()
    expect(page.locator(".legend-name")).to_have_text(["web2"])
    expect(page.get_by_role("heading", level=1)).to_have_text("CPU of web2")
    expect(page).to_have_url(re.compile("var-host=web2"))
    page.goto(f"{path}/panel/new")
    expect(page.get_by_text("Your role does not allow this")).to_be_visible()


def test_a_panel_that_is_not_there_says_so(page, filled):
    path = filled.dashboard("Gone", [panel("P", "pp_cpu")])
    page.goto(f"{path}/panel/00000000-0000-4000-8000-000000000000")
    expect(page.get_by_text("This panel does not exist")).to_be_visible()
    page.get_by_role("link", name="To the dashboard").click()
    expect(page).to_have_url(re.compile(f"{path}$"))


def test_only_what_changed_is_saved(page, filled):
    path = filled.dashboard("Save", [panel("Old", "pp_cpu", unit="percent", min=0)])
    open_editor(page, panel_path(filled, path) + "?from=now-15m")
    sent = []
    page.on("request", lambda one: sent.append(one.post_data_json) if "/panels/" in one.url else None)
    page.get_by_label("Title", exact=True).fill("New")
    expect(preview(page).get_by_role("heading", name="New")).to_be_visible()
    page.get_by_role("button", name="Done").click()
    expect(page).to_have_url(re.compile(rf"{path}\?from=now-15m$"))
    expect_on_dashboard(page, "New")
    assert sent == [{"title": "New"}]
    saved = panels_of(filled, path)[0]
    assert (saved["title"], saved["options"], saved["query"]) == (
        "New",
        {"unit": "percent", "min": 0},
        "pp_cpu",
    )


def test_a_new_panel_takes_the_first_free_place(page, filled):
    path = filled.dashboard("Add", [panel("First", "pp_cpu", position=(0, 0, 6, 4))])
    open_editor(page, f"{path}/panel/new?type=stat")
    expect(page.get_by_role("heading", level=1)).to_have_text("New panel")
    expect(page.get_by_role("radio", name="Stat")).to_be_checked()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("alert").filter(has_text="Write a query first")).to_be_visible()
    page.get_by_label("Title", exact=True).fill("Second")
    page.get_by_role("button", name="PromQL", exact=True).click()
    page.get_by_role("textbox", name="Query A", exact=True).fill("sum(pp_cpu)")
    expect(preview(page).locator(".stat-number")).to_be_visible()
    page.get_by_role("button", name="Done").click()
    expect_on_dashboard(page, "Second")
    made = panels_of(filled, path)[1]
    assert (made["title"], made["type"], made["query"]) == ("Second", "stat", "sum(pp_cpu)")
    assert made["position"] == {"x": 6, "y": 0, "w": 3, "h": 2}


def test_undo_and_redo_outside_of_fields(page, filled):
    open_editor(page, panel_path(filled, filled.dashboard("Undo", [panel("Start", "pp_cpu")])))
    title = page.get_by_label("Title", exact=True)
    title.press("End")
    title.press_sequentially("ed")
    page.get_by_role("radio", name="Stat").check()
    expect(preview(page).locator(".stat-number").first).to_be_visible()
    page.keyboard.press("Control+z")
    expect(page.get_by_role("radio", name="Line", exact=True)).to_be_checked()
    expect(preview(page).locator(".chart canvas")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(title).to_have_value("Start")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("Control+Shift+z")
    expect(title).to_have_value("Started")
    page.keyboard.press("Control+Shift+z")
    expect(page.get_by_role("radio", name="Stat")).to_be_checked()
    title.press("Control+z")
    expect(page.get_by_role("radio", name="Stat")).to_be_checked()


def test_a_reload_brings_the_draft_back_with_its_undo(page, filled):
    path = filled.dashboard("Reload", [panel("Start", "pp_cpu")])
    open_editor(page, panel_path(filled, path))
    page.get_by_label("Title", exact=True).fill("Draft")
    page.get_by_label("Min", exact=True).fill("0,5")
    page.reload()
    expect(page.get_by_text("Changes that were not saved are back.")).to_be_visible()
    expect(page.get_by_label("Title", exact=True)).to_have_value("Draft")
    expect(page.get_by_label("Min", exact=True)).to_have_value("0.5")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Min", exact=True)).to_have_value("")
    page.get_by_role("button", name="Throw them away").click()
    expect(page.get_by_label("Title", exact=True)).to_have_value("Start")
    page.reload()
    expect(page.get_by_label("Title", exact=True)).to_have_value("Start")
    expect(page.get_by_text("Changes that were not saved are back.")).to_have_count(0)


def test_a_session_that_ends_loses_nothing(open_page, shared_server, filled):
    path = filled.dashboard("Session", [panel("Start", "pp_cpu")], refreshInterval="")
    page, watch = open_page(shared_server)
    watch.allow("401")
    open_editor(page, panel_path(filled, path))
    expect(preview(page).locator(".chart canvas")).to_be_visible()
    page.get_by_label("Title", exact=True).fill("After")
    page.context.clear_cookies()
    page.get_by_role("button", name="Done").click()
    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(f"{path}$"))
    expect_on_dashboard(page, "After")
    assert panels_of(filled, path)[0]["title"] == "After"


def test_leaving_with_changes_asks(page, filled):
    path = filled.dashboard("Leave", [panel("Start", "pp_cpu")])
    page.goto(path)
    expect(page.locator(".chart canvas")).to_be_visible()
    page.get_by_role("button", name="Menu of Start").click()
    page.get_by_role("menuitem", name="Edit").click()
    page.get_by_label("Title", exact=True).fill("Changed")
    dialog = page.get_by_role("dialog", name="This panel has changes that are not saved")
    page.get_by_role("link", name="Leave", exact=True).click()
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Keep editing").click()
    expect(dialog).to_have_count(0)
    page.go_back()
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page).to_have_url(re.compile("/panel/"))
    expect(page.get_by_label("Title", exact=True)).to_have_value("Changed")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Discard").click()
    expect(page).to_have_url(re.compile(f"{path}$"))
    expect_on_dashboard(page, "Start")
    open_editor(page, panel_path(filled, path))
    page.get_by_label("Title", exact=True).fill("Kept")
    page.get_by_role("link", name="Leave", exact=True).click()
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect_on_dashboard(page, "Kept")


def test_discard_can_be_taken_back(page, filled):
    path = filled.dashboard("Discard", [panel("Start", "pp_cpu")])
    open_editor(page, panel_path(filled, path))
    page.get_by_label("Title", exact=True).fill("Precious")
    page.get_by_role("button", name="Discard").click()
    expect_on_dashboard(page, "Start")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Title", exact=True)).to_have_value("Precious")
    page.get_by_role("button", name="Done").click()
    expect_on_dashboard(page, "Precious")


def test_changes_of_different_fields_are_merged(page, filled):
    path = filled.dashboard("Merge", [panel("Start", "pp_cpu", unit="percent")])
    open_editor(page, panel_path(filled, path))
    page.get_by_label("Title", exact=True).fill("Mine")
    change(filled, path, options={"unit": "percent", "min": 5})
    page.get_by_role("button", name="Done").click()
    expect(page.locator(".toast").get_by_text("Saved, together with a colleague's change")).to_be_visible()
    saved = panels_of(filled, path)[0]
    assert (saved["title"], saved["options"]) == ("Mine", {"unit": "percent", "min": 5})


def test_changes_of_the_same_field_are_chosen_between(page, filled):
    path = filled.dashboard("Collide", [panel("Start", "pp_cpu", unit="percent")])
    open_editor(page, panel_path(filled, path))
    page.get_by_label("Title", exact=True).fill("Mine")
    page.get_by_label("Max", exact=True).fill("50")
    change(filled, path, title=HOSTILE, options={"unit": "percent", "max": 70})
    page.get_by_role("button", name="Done").click()
    dialog = page.get_by_role("dialog", name="Somebody else changed this panel")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("group", name="Title")).to_contain_text("\\u{202e}evil")
    dialog.get_by_role("button", name="Keep editing").click()
    expect(page.get_by_label("Title", exact=True)).to_have_value("Mine")
    page.get_by_role("button", name="Done").click()
    expect(dialog).to_be_visible()
    dialog.get_by_role("group", name="Max").get_by_role("radio", name=re.compile("^Theirs")).check()
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect_on_dashboard(page, "Mine")
    saved = panels_of(filled, path)[0]
    assert (saved["title"], saved["options"]["max"]) == ("Mine", 70)


def test_a_change_in_the_very_moment_is_told(page, filled):
    path = filled.dashboard("Moment", [panel("Start", "pp_cpu"), panel("Other", "pp_cpu")])
    open_editor(page, panel_path(filled, path))

    def meddle(route) -> None:
        change(filled, path, 1, title="Changed by somebody else")
        route.fallback()

    page.route(re.compile("/panels/[^/]+$"), meddle)
    page.get_by_label("Title", exact=True).fill("Mine")
    page.get_by_role("button", name="Done").click()
    expect(
        page.locator(".toast").get_by_text("Somebody else saved this dashboard in the same moment")
    ).to_be_visible()
    assert [one["title"] for one in panels_of(filled, path)] == ["Mine", "Changed by somebody else"]


def test_a_repeat_is_viewed_with_its_value(page, filled):
    variable = {
        "name": "host",
        "type": "query",
        "query": "label_values(pp_cpu, host)",
        "multi": True,
        "includeAll": True,
    }
    made = panel("CPU of $host", [{"query": 'pp_cpu{host="$host"}', "legend": "{{host}}"}], repeat="host")
    path = filled.dashboard("Repeats", [made], variables=[variable], refreshInterval="")
    page.goto(path)
    expect(page.get_by_role("heading", level=2)).to_have_text(["CPU of db1", "CPU of web1", "CPU of web2"])
    page.get_by_role("button", name="Menu of CPU of web1").click()
    page.get_by_role("menuitem", name="View").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("CPU of web1")
    expect(page.locator(".legend-name")).to_have_text(["web1"])
    page.reload()
    expect(page.locator(".legend-name")).to_have_text(["web1"])
    page.get_by_role("link", name="Edit", exact=True).click()
    expect(page.get_by_label("Title", exact=True)).to_have_value("CPU of $host")
    expect(page.get_by_text("The first of 3 repeats: host = db1.")).to_be_visible()


def test_a_panel_removed_meanwhile_is_saved_as_a_new_one(page, filled):
    path = filled.dashboard("Removed", [panel("Start", "pp_cpu"), panel("Other", "pp_cpu")])
    open_editor(page, panel_path(filled, path))
    page.get_by_label("Title", exact=True).fill("Still here")
    made = panels_of(filled, path)[0]
    filled.data("DELETE", f"/api/v1/dashboards/{made['dashboardId']}/panels/{made['id']}")
    page.get_by_role("button", name="Done").click()
    dialog = page.get_by_role("dialog", name="This panel was removed meanwhile")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Save as a new panel").click()
    expect_on_dashboard(page, "Still here")
    assert sorted(one["title"] for one in panels_of(filled, path)) == ["Other", "Still here"]


def test_a_refusal_of_the_server_stands_at_its_field(open_page, shared_server, filled):
    path = filled.dashboard("Refused", [panel("Start", "pp_cpu")])
    page, watch = open_page(shared_server)
    watch.allow("400")
    open_editor(page, panel_path(filled, path))
    fault = {"field": "options.unit", "message": "is not a unit"}
    refusal = {"error": "The request is not valid.", "code": "VALIDATION_ERROR", "details": [fault]}
    page.route(
        re.compile("/panels/"),
        lambda route: (
            route.fulfill(status=400, json=refusal) if route.request.method == "PUT" else route.fallback()
        ),
    )
    page.get_by_label("Title", exact=True).fill("New")
    page.get_by_role("button", name="Done").click()
    unit = page.get_by_role("combobox", name="Unit")
    expect(page.get_by_text("Unit is not a unit")).to_be_visible()
    expect(unit).to_be_focused()
    expect(unit).to_have_attribute("aria-invalid", "true")
    page.unroute_all()
    page.get_by_role("button", name="Done").click()
    expect_on_dashboard(page, "New")


def test_what_is_no_number_is_not_passed_over(page, filled):
    path = filled.dashboard("Unread", [panel("Start", "pp_cpu", unit="bytes")])
    open_editor(page, panel_path(filled, path))
    maximum = page.get_by_label("Max", exact=True)
    maximum.fill("5 apples")
    expect(page.get_by_text('Max cannot be in "apples", its unit is B')).to_be_visible()
    page.get_by_role("button", name="Done").click()
    expect(maximum).to_be_focused()
    maximum.fill("1,5 GiB")
    page.get_by_role("button", name="Done").click()
    expect(page).to_have_url(re.compile(f"{path}$"))
    assert panels_of(filled, path)[0]["options"]["max"] == 1.5 * 1024**3


def test_all_of_it_by_the_keyboard(page, filled):
    path = filled.dashboard("Keys", [panel("Start", "pp_cpu")])
    page.goto(path)
    expect(page.locator(".chart canvas")).to_be_visible()
    page.locator(".chart").focus()
    page.keyboard.press("e")
    title = page.get_by_label("Title", exact=True)
    expect(title).to_be_visible()
    title.focus()
    page.keyboard.press("End")
    page.keyboard.type(" by keys")
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="Line", exact=True)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Area")).to_be_checked()
    page.keyboard.press("Tab")
    unit = page.get_by_role("combobox", name="Unit")
    expect(unit).to_be_focused()
    page.keyboard.type("kib")
    expect(page.get_by_role("listbox", name="Unit").get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(unit).to_have_value("Bytes (KiB, MiB)")
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(re.compile(f"{path}$"))
    saved = panels_of(filled, path)[0]
    assert (saved["title"], saved["type"], saved["options"]["unit"]) == ("Start by keys", "area", "bytes")


def test_hostile_text_stays_text(page, filled):
    filled.push([{"name": "pp_hostile", "value": 1, "tags": {"host": HOSTILE}, "timestamp": now_ms() - 1000}])
    links = [{"title": HOSTILE, "url": "/dashboard/x?a=$host"}]
    path = filled.dashboard(
        HOSTILE, [panel(HOSTILE, "pp_hostile", "stat", description=HOSTILE, unit=HOSTILE, links=links)]
    )
    open_editor(page, panel_path(filled, path))
    expect(preview(page).locator(".stat-unit")).to_contain_text("<img src=x")
    expect(page.get_by_role("heading", level=1)).to_contain_text("\\u{202e}evil")
    page.get_by_role("tab", name="Inspect").click()
    expect(page.get_by_label("Request of query A")).to_contain_text("pp_hostile")
    page.get_by_role("tab", name="Data").click()
    page.get_by_role("radio", name="By series").check()
    expect(page.locator(".tab-table td").first).to_contain_text("<img src=x")
    assert page.locator("img, .panel svg svg").count() == 0
    page.goto(page.url + "?panel=view")
    expect(page.locator(".panel-view .stat-number")).to_be_visible()


def test_somebody_elses_panel_is_only_looked_at(open_page, shared_server, filled):
    made = filled.data(
        "POST",
        "/api/v1/users",
        {"email": "other-editor@example.com", "password": PASSWORD, "role": "editor"},
    )
    assert made["email"] != EMAIL
    path = filled.dashboard("Shared", [panel("Theirs", "pp_cpu")], isPublic=True)
    page, _ = open_page(shared_server, signed_in=False)
    page.context.request.post(
        "/api/v1/auth/login",
        data={"email": made["email"], "password": PASSWORD},
        headers={"Origin": shared_server.url},
    )
    page.goto(panel_path(filled, path))
    expect(page.locator(".panel-view .chart canvas")).to_be_visible()
    expect(page.get_by_role("link", name="Edit")).to_have_count(0)


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone(open_page, shared_server, filled, width):
    path = filled.dashboard("Phone", [panel("Start", "pp_cpu", position=(0, 0, 6, 4))], refreshInterval="")
    page, _ = open_page(shared_server, viewport={"width": width, "height": 844}, has_touch=True)
    open_editor(page, panel_path(filled, path))
    expect(preview(page).locator("canvas")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_role("radio", name="Stat", exact=True).check()
    # What is changed below is seen above.
    expect(preview(page).locator(".stat-number").first).to_be_in_viewport()
    page.get_by_label("Title", exact=True).fill("By phone")
    page.get_by_role("button", name="Done").click()
    expect_on_dashboard(page, "By phone")
    assert panels_of(filled, path)[0]["position"] == {"x": 0, "y": 0, "w": 6, "h": 4}
    page.goto(panel_path(filled, path) + "?panel=view")
    expect(page.locator(".panel-view .stat-number").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_role("link", name="Back to Phone").click()
    expect_on_dashboard(page, "By phone")
