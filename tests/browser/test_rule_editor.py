"""The rule editor: the line that is dragged, the rehearsal, saving, what comes between, and a rule's whole life."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.alerting import quiet_api
from tests.browser.server import Api, MetricboxProcess, history, now_ms, panel

HOUR_MS = 3_600_000
HOSTILE = '<img src=x onerror="alert(1)">\u202e'


@pytest.fixture(scope="module")
def alerting(tmp_path_factory):
    """A server that evaluates each second, with two days of two hosts: db1 goes over 90 three times, web1 never."""
    process = MetricboxProcess(tmp_path_factory.mktemp("rules"), alert_interval="1s")
    process.start()
    api = Api(process.url)
    now = now_ms()
    points = []
    for minute in range(0, 48 * 60, 2):
        at = now - minute * 60_000
        is_high = minute % (12 * 60) in range(200, 241)
        points.append(
            {"name": "re_disk", "value": 95 if is_high else 40, "tags": {"host": "db1"}, "timestamp": at}
        )
        points.append({"name": "re_disk", "value": 20, "tags": {"host": "web1"}, "timestamp": at})
    api.push(points)
    api.data("PATCH", "/api/v1/metrics/re_disk", {"unit": "percent", "type": "gauge"})
    yield process
    process.stop()


@pytest.fixture
def api(alerting) -> Api:
    return quiet_api(alerting.url)


@pytest.fixture
def page(open_page, alerting) -> Page:
    made, _ = open_page(alerting)
    return made


def make_rule(api: Api, name: str, query: str = "re_disk", **more) -> dict:
    body = {"name": name, "query": query, "condition": "gt", "threshold": 90, **more}
    return api.data("POST", "/api/v1/alerts/rules", body)


def open_new(page: Page, search: str = "q=re_disk&name=Disk+nearly+full") -> None:
    page.goto(f"/alerts/rules/new?{search}")
    expect(page.get_by_label("Name", exact=True)).to_be_visible()


def line(page: Page):
    return page.get_by_role("slider", name="Threshold")


def threshold(page: Page):
    return page.get_by_label("Threshold", exact=True).and_(page.locator("input"))


def exact(page: Page):
    return page.locator(".rule-count.is-exact")


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile(r"/alerts\?tab=rules$"))


def preview(api: Api, **rule) -> dict:
    body = {"name": "x", "query": "re_disk", "condition": "gt", "threshold": 90, "duration": "5m", **rule}
    return api.data("POST", "/api/v1/alerts/rules/preview", {"rule": body, "from": "now-7d", "to": "now"})


def test_the_exact_count_is_the_preview_of_the_api(page, api):
    open_new(page)
    found = preview(api)
    assert found["spellsTotal"] > 0
    words = f"Would have fired {found['spellsTotal']} times in the last 7 days on 1 of 2 series."
    expect(exact(page)).to_contain_text(words)
    expect(exact(page)).to_contain_text("(db1). Firing now: none.")
    page.get_by_role("group", name="Tried on the last").get_by_role("button", name="24h").click()
    expect(exact(page)).to_contain_text("in the last 24 hours")
    expect(page.locator(".rule-series tbody tr")).to_have_count(2)


def test_the_line_and_the_field_are_one_by_arrow_keys(page, api):
    open_new(page)
    slider = line(page)
    expect(slider).to_have_attribute("aria-valuetext", "90\u00a0%")
    expect(exact(page)).to_be_visible()
    slider.focus()
    page.keyboard.press("ArrowDown")
    expect(threshold(page)).to_have_value("89")
    page.keyboard.press("PageDown")
    expect(threshold(page)).to_have_value("79")
    page.keyboard.press("PageUp")
    page.keyboard.press("ArrowUp")
    expect(slider).to_have_attribute("aria-valuenow", "90")
    threshold(page).fill("30")
    expect(slider).to_have_attribute("aria-valuenow", "30")
    found = preview(api, threshold=30)
    expect(exact(page)).to_contain_text(re.compile(rf"Would have fired {found['spellsTotal']} times?"))


def test_dragging_counts_about_and_letting_go_exactly(page, api):
    open_new(page)
    expect(exact(page)).to_be_visible()
    asked: list[float] = []
    page.on(
        "request",
        lambda request: (
            asked.append(json.loads(request.post_data or "{}")["rule"]["threshold"])
            if request.url.endswith("/preview")
            else None
        ),
    )
    box = line(page).bounding_box()
    assert box["height"] >= 24
    chart = page.locator(".rule-picture .chart").bounding_box()
    x = box["x"] + box["width"] / 3
    page.mouse.move(x, box["y"] + box["height"] / 2)
    page.mouse.down()
    for step in range(1, 6):
        page.mouse.move(x, box["y"] + box["height"] / 2 + step * chart["height"] / 14)
    about = page.locator(".rule-count:not(.is-exact)")
    expect(about).to_contain_text(re.compile("about|probably"))
    assert asked == []
    page.mouse.up()
    value = float(line(page).get_attribute("aria-valuenow"))
    assert 30 < value < 80
    found = preview(api, threshold=value)
    expect(exact(page)).to_contain_text(f"Would have fired {found['spellsTotal']} times")
    assert asked == [value]
    expect(threshold(page)).to_have_value(f"{value:g}")


def test_a_superseded_rehearsal_is_given_up(page, api):
    open_new(page)
    expect(exact(page)).to_be_visible()
    held: list = []

    def hold_first(route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/rules/preview", hold_first)
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    with page.expect_request("**/rules/preview"):
        threshold(page).fill("50")
    threshold(page).fill("51")
    expect(exact(page)).to_be_visible()
    assert len(failed) == 1


def test_a_rule_from_its_making_to_its_end(page, api):
    """Made by hand, fires, is acknowledged and silenced, and resolves."""
    now = now_ms()
    api.push([{"name": "re_live", "value": 99, "tags": {"host": "db1"}, "timestamp": now - 1000}])
    open_new(page, "q=re_live")
    page.get_by_label("Name", exact=True).fill("Live rule")
    page.get_by_label("For", exact=True).fill("0s")
    page.get_by_role("radio", name="Critical").check()
    page.get_by_label("Message", exact=True).fill("{{labels.host}} is at {{value}}")
    expect(page.locator(".rule-reads")).to_contain_text("db1 is at 99")
    save(page)
    rule = api.data("GET", "/api/v1/alerts/rules")[0]
    assert (rule["name"], rule["severity"], rule["notification"]["message"]) == (
        "Live rule",
        "critical",
        "{{labels.host}} is at {{value}}",
    )
    event = api.wait_for(f"/api/v1/alerts/events?ruleId={rule['id']}&status=firing")[0]
    page.goto("/alerts")
    button = page.get_by_role("button", name="Ack Live rule host=db1")
    expect(button).to_be_visible()
    button.click()
    expect(page.get_by_text("seen by ops@example.com")).to_be_visible()
    page.get_by_role("button", name="Silence Live rule host=db1").click()
    page.get_by_role("menuitem", name="For 1 hour").click()
    expect(page.locator(".alert")).to_contain_text("silenced")
    assert api.data("GET", "/api/v1/alerts/silences")[0]["muted"] == 1
    api.push([{"name": "re_live", "value": 1, "tags": {"host": "db1"}, "timestamp": now_ms()}])
    ended = api.wait_for(f"/api/v1/alerts/events?ruleId={rule['id']}&status=resolved")[0]
    assert ended["id"] == event["id"]
    page.reload()
    expect(page.get_by_text("All quiet")).to_be_visible()


def test_a_rule_is_made_without_a_mouse(page, api):
    page.goto("/alerts?tab=rules")
    link = page.get_by_role("link", name="New rule").or_(page.get_by_role("button", name="New rule")).first
    expect(link).to_be_visible()
    link.focus()
    page.keyboard.press("Enter")
    name = page.get_by_label("Name", exact=True)
    expect(name).to_be_visible()
    name.focus()
    page.keyboard.type("By keys")
    mode = page.get_by_role("button", name="PromQL", exact=True)
    expect(mode).to_be_visible()
    mode.focus()
    page.keyboard.press("Enter")
    field = page.get_by_label("Query A", exact=True).and_(page.locator("textarea"))
    expect(field).to_be_visible()
    field.focus()
    page.keyboard.type("re_disk")
    expect(line(page)).to_be_visible()
    line(page).focus()
    page.keyboard.press("PageDown")
    expect(line(page)).to_have_attribute("aria-valuenow", "80")
    expect(exact(page)).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(re.compile(r"/alerts\?tab=rules$"))
    rule = api.data("GET", "/api/v1/alerts/rules")[0]
    assert (rule["name"], rule["query"], rule["threshold"]) == ("By keys", "re_disk", 80)


def test_faults_stand_at_the_fields(page, api):
    open_new(page, "q=")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("A name is needed")).to_be_visible()
    expect(page.get_by_text("Write a query first")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.get_by_label("Name", exact=True).fill("Faulty")
    expect(page.get_by_text("A name is needed")).to_have_count(0)
    page.get_by_label("For", exact=True).fill("soon")
    expect(page.get_by_text("For must be a duration")).to_be_visible()
    page.get_by_label("Message", exact=True).fill("{{nope}}")
    expect(page.get_by_text(re.compile("Message names nope, which does not exist"))).to_be_visible()


def test_what_the_server_refuses_stands_at_its_field(open_page, alerting, api):
    page, watch = open_page(alerting)
    watch.allow("400")
    rule = make_rule(api, "Refused")
    page.goto(f"/alerts/rules/{rule['id']}")
    field = page.get_by_label("Repeat every", exact=True)
    expect(field).to_be_visible()
    field.fill("10s")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Repeat every must be at least 1m")).to_be_visible()
    expect(field).to_be_focused()


def test_a_query_without_series_is_told(page, api):
    open_new(page, "q=re_disk%7Bhost%3D%22nobody%22%7D&name=Nobody")
    expect(page.get_by_text("No data in the last 7 days.")).to_be_visible()
    expect(page.get_by_text("This matches nothing now.")).to_be_visible()


def test_the_builder_writes_the_text_of_the_rule(page, api):
    open_new(page, "q=re_disk&name=Built")
    select = page.get_by_label("How the samples of a step become one value")
    expect(select).to_be_visible()
    select.select_option("max")
    expect(page.locator(".promql.is-shown")).to_contain_text("max_over_time(re_disk[5m])")
    page.get_by_label("How the series of a group are joined").select_option("max")
    expect(page.locator(".promql.is-shown")).to_contain_text("max(max_over_time(re_disk[5m]))")
    save(page)
    assert api.data("GET", "/api/v1/alerts/rules")[0]["query"] == "max(max_over_time(re_disk[5m]))"


def test_two_who_change_other_fields_both_have_their_way(open_page, alerting, api):
    page, watch = open_page(alerting)
    watch.allow("409")
    rule = make_rule(api, "Together")
    page.goto(f"/alerts/rules/{rule['id']}")
    expect(threshold(page)).to_have_value("90")
    api.data("PUT", f"/api/v1/alerts/rules/{rule['id']}", {"duration": "7m"})
    threshold(page).fill("91")
    save(page)
    expect(page.locator(".toast-text")).to_contain_text("together with a colleague")
    found = api.data("GET", f"/api/v1/alerts/rules/{rule['id']}")
    assert (found["threshold"], found["duration"]) == (91, "7m")


def test_two_who_change_the_same_field_are_asked(open_page, alerting, api):
    page, watch = open_page(alerting)
    watch.allow("409")
    rule = make_rule(api, "Collide")
    page.goto(f"/alerts/rules/{rule['id']}")
    expect(threshold(page)).to_have_value("90")
    api.data("PUT", f"/api/v1/alerts/rules/{rule['id']}", {"threshold": 70})
    threshold(page).fill("91")
    page.get_by_role("button", name="Save", exact=True).click()
    dialog = page.get_by_role("dialog", name="Somebody else changed this rule")
    expect(dialog).to_contain_text("Threshold")
    dialog.get_by_role("button", name="All of theirs").click()
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile(r"tab=rules$"))
    assert api.data("GET", f"/api/v1/alerts/rules/{rule['id']}")["threshold"] == 70


def test_leaving_with_changes_is_asked_about(page, api):
    rule = make_rule(api, "Leave me")
    page.goto(f"/alerts/rules/{rule['id']}")
    expect(threshold(page)).to_have_value("90")
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page).to_have_url(re.compile(r"tab=rules$"))
    page.get_by_role("link", name="Leave me").click()
    expect(threshold(page)).to_have_value("90")
    threshold(page).fill("92")
    expect(page.get_by_text("Not saved", exact=True)).to_be_visible()
    page.get_by_role("link", name="Hosts", exact=True).click()
    dialog = page.get_by_role("dialog", name="This rule has changes that are not saved")
    dialog.get_by_role("button", name="Keep editing").click()
    expect(threshold(page)).to_have_value("92")
    page.get_by_role("link", name="Hosts", exact=True).click()
    dialog.get_by_role("button", name="Discard").click()
    expect(page).to_have_url(re.compile("/hosts$"))
    assert api.data("GET", f"/api/v1/alerts/rules/{rule['id']}")["threshold"] == 90


def test_channels_are_chosen_and_tested(page, api):
    channel = api.data(
        "POST",
        "/api/v1/alerts/channels",
        {"name": f"mail {HOSTILE}", "type": "webhook", "settings": {"url": "http://127.0.0.1:9/hook"}},
    )
    open_new(page)
    box = page.get_by_role("checkbox", name=re.compile("^mail"))
    expect(box).to_be_visible()
    expect(page.get_by_role("button", name="Send a test")).to_be_disabled()
    box.check()
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator(".rule-tests li")).to_contain_text("refused")
    save(page)
    assert api.data("GET", "/api/v1/alerts/rules")[0]["notification"]["channels"] == [channel["id"]]
    api.data("DELETE", f"/api/v1/alerts/channels/{channel['id']}")


def test_a_rule_has_a_unit_which_its_values_are_shown_in(page, api):
    api.push(history("re_size", host="db1"))
    open_new(page, "q=re_size&name=Size")
    unit = page.get_by_role("combobox", name="Unit")
    expect(unit).to_have_attribute("placeholder", "Number")
    unit.fill("kib")
    page.get_by_role("option", name="Bytes (KiB, MiB)").click()
    threshold(page).fill("12MiB")
    expect(line(page)).to_have_attribute("aria-valuetext", re.compile("12.*MiB"))
    expect(page.locator(".rule-reads")).to_contain_text(re.compile(r"\d B, limit > 12 MiB"))
    save(page)
    rule = api.data("GET", "/api/v1/alerts/rules")[0]
    assert (rule["unit"], rule["threshold"]) == ("bytes", 12 * 1024**2)
    expect(page.locator(".rules tbody tr")).to_contain_text("> 12\u00a0MiB")
    page.get_by_role("link", name="Size").click()
    expect(unit).to_have_value("Bytes (KiB, MiB)")
    # Any text is a unit, and none is as good.
    unit.fill("pages")
    expect(line(page)).to_have_attribute("aria-valuetext", re.compile("pages$"))
    unit.fill("")
    save(page)
    assert api.data("GET", "/api/v1/alerts/rules")[0]["unit"] == ""


def test_a_new_rule_takes_the_unit_of_its_metric(page, api):
    """What the chart shows is what the message will say."""
    open_new(page)
    expect(page.get_by_role("combobox", name="Unit")).to_have_attribute("placeholder", "Percent (0–100)")
    expect(page.locator(".rule-reads")).to_contain_text("40 %, limit > 90 %")
    save(page)
    assert api.data("GET", "/api/v1/alerts/rules")[0]["unit"] == "percent"


def test_a_panel_becomes_a_rule(page, api):
    thresholds = [{"value": 80, "severity": "warning"}, {"value": 95, "severity": "critical"}]
    variable = {"name": "host", "type": "query", "query": "label_values(re_disk, host)", "current": ["db1"]}
    query = [{"query": 're_disk{host="$host"}', "aggregation": "max"}]
    path = api.dashboard(
        "Alertable",
        [panel("Disk of $host", query, unit="percent", thresholds=thresholds)],
        variables=[variable],
        refreshInterval="",
    )
    page.goto(path)
    menu = page.get_by_role("button", name=re.compile("^Menu of Disk"))
    expect(menu).to_be_visible()
    expect(page.locator(".chart canvas")).to_be_visible()
    menu.click()
    page.get_by_role("menuitem", name="Create alert").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Disk of db1")
    expect(threshold(page)).to_have_value("95")
    expect(page.get_by_role("radio", name="Critical")).to_be_checked()
    expect(page.locator(".promql.is-shown")).to_contain_text('max_over_time(re_disk{host="db1"}[5m])')
    expect(page.get_by_role("combobox", name="Unit")).to_have_value("Percent (0–100)")
    expect(line(page)).to_have_attribute("aria-valuetext", "95\u00a0%")


def test_a_query_of_explore_becomes_a_rule(page, api):
    api.push(history("re_explored", host="web1"))
    page.goto("/explore?q=re_explored")
    link = page.get_by_role("link", name="Create alert")
    expect(link).to_be_visible()
    link.click()
    expect(page).to_have_url(re.compile(r"/alerts/rules/new\?q=re_explored"))
    expect(line(page)).to_be_visible()


def test_a_saved_rule_shows_the_state_of_each_series(page, api):
    now = now_ms()
    for host, value in (("a", 99), ("b", 1)):
        api.push(
            [
                {"name": "re_state", "value": value, "tags": {"host": host}, "timestamp": now + at * 1000}
                for at in range(-60, 300, 10)
            ]
        )
    rule = make_rule(api, "Stateful", "re_state")
    api.wait_for(f"/api/v1/alerts/events?ruleId={rule['id']}&status=firing")
    page.goto(f"/alerts/rules/{rule['id']}")
    lines = page.locator(".rule-series tbody tr")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("host=a")
    expect(lines.first).to_contain_text(re.compile(r"Firing, since \d\d:\d\d"))
    expect(lines.last).to_contain_text("OK")
    threshold(page).fill("0")
    expect(lines.last).to_contain_text("Condition holds")


def test_the_editor_fits_a_phone(open_page, alerting, api):
    page, _ = open_page(alerting, viewport={"width": 390, "height": 844})
    open_new(page)
    expect(line(page)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
