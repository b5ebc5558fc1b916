"""The page of alerts: what fires and is pending, acknowledging and silencing, the drawer, rules and their switches."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.alerting import quiet_api
from tests.browser.server import PASSWORD, Api, MetricboxProcess, now_ms

HOSTILE = '<img src=x onerror="alert(1)">\u202e'

COUNT_RED = """() => {
    const canvas = document.querySelector('dialog .chart canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let at = 0; at < data.length; at += 4) {
        if (data[at] > data[at + 1] + 60 && data[at + 3] > 30) count += 1;
    }
    return count;
}"""


@pytest.fixture(scope="module")
def alerting(tmp_path_factory):
    """A server that evaluates each second."""
    process = MetricboxProcess(tmp_path_factory.mktemp("alerting"), alert_interval="1s")
    process.start()
    yield process
    process.stop()


@pytest.fixture
def api(alerting) -> Api:
    return quiet_api(alerting.url)


@pytest.fixture
def page(open_page, alerting) -> Page:
    made, _ = open_page(alerting)
    return made


def send(api: Api, name: str, value: float, **tags: str) -> None:
    """Samples of the last minutes and the next: what fires keeps firing while the test looks."""
    now = now_ms()
    api.push(
        [
            {"name": name, "value": value, "tags": tags, "timestamp": now + at * 1000}
            for at in range(-300, 300, 10)
        ]
    )


def make_rule(api: Api, name: str, query: str, **more) -> str:
    body = {"name": name, "query": query, "condition": "gt", "threshold": 90, **more}
    return api.data("POST", "/api/v1/alerts/rules", body)["id"]


def rows(page: Page):
    return page.get_by_role("list", name="Active alerts").locator("> li")


def row(page: Page, text: str):
    return rows(page).filter(has_text=text)


def wait_for_event(api: Api, rule_id: str, status: str = "firing") -> dict:
    return api.wait_for(f"/api/v1/alerts/events?ruleId={rule_id}&status={status}")[0]


def wait_for_pending(api: Api, rule_id: str) -> None:
    api.wait_for("/api/v1/alerts/pending", lambda found: any(one["ruleId"] == rule_id for one in found))


def test_without_rules_the_page_offers_the_first_one(page, api):
    page.goto("/alerts")
    expect(page.get_by_text("Nothing is watched yet")).to_be_visible()
    expect(page).to_have_title("Alerts · metricbox")
    page.get_by_role("link", name="New rule").click()
    expect(page).to_have_url(re.compile("/alerts/rules/new$"))
    expect(page.get_by_label("Name", exact=True)).to_be_visible()


def test_when_nothing_fires_all_is_quiet(page, api):
    send(api, "al_quiet", 10, host="web1")
    rule = make_rule(api, "Quiet", "al_quiet")
    page.goto("/alerts")
    expect(page.get_by_text("All quiet")).to_be_visible()
    expect(page.get_by_text(re.compile(r"1 rule is evaluated"))).to_be_visible()
    api.data("PUT", f"/api/v1/alerts/rules/{rule}", {"enabled": False})
    page.reload()
    expect(page.get_by_text("All rules are switched off")).to_be_visible()


def test_the_list_shows_the_worst_first_and_what_is_pending_last(page, api):
    send(api, "al_disk", 93.4, host="db1", disk="sda")
    send(api, "al_wait", 95, host="web2")
    send(api, "al_low", 95, host="web3")
    api.data("PATCH", "/api/v1/metrics/al_disk", {"unit": "percent"})
    info = make_rule(api, "Just so you know", "al_low", severity="info")
    critical = make_rule(api, "Disk nearly full", "al_disk", severity="critical")
    pending = make_rule(api, "CPU high", "al_wait", duration="10m")
    for rule in (info, critical):
        wait_for_event(api, rule)
    wait_for_pending(api, pending)
    page.goto("/alerts")
    expect(rows(page)).to_have_count(3)
    names = page.locator(".alert-link").all_inner_texts()
    assert [name.split("\n")[0].strip()[:8] for name in names] == ["Disk nea", "Just so ", "CPU high"]
    first = rows(page).first
    expect(first).to_contain_text("Critical")
    expect(first).to_contain_text("host=db1")
    expect(first).to_contain_text("93.4\u00a0%")
    expect(first).to_contain_text(re.compile(r"since \d\d:\d\d \("))
    expect(rows(page).last).to_contain_text(re.compile(r"pending, fires in \d+ min"))
    # The count is on every page, and in the browser's tab.
    expect(page).to_have_title("(2) Alerts · metricbox")
    expect(page.get_by_role("link", name=re.compile(r"^Alerts.*2 firing$"))).to_be_visible()
    page.goto("/hosts")
    expect(page).to_have_title("(2) Hosts · metricbox")


def test_an_alert_is_acknowledged_with_a_comment_by_keys(page, api):
    send(api, "al_ack", 99, host="db1")
    wait_for_event(api, make_rule(api, "Ack me", "al_ack"))
    page.goto("/alerts")
    button = page.get_by_role("button", name="Ack Ack me host=db1")
    expect(button).to_be_visible()
    button.focus()
    page.keyboard.press("Enter")
    expect(row(page, "Ack me")).to_contain_text("seen by ops@example.com")
    add = page.get_by_role("button", name="Add a comment", exact=True)
    expect(add).to_be_visible()
    add.focus()
    page.keyboard.press("Enter")
    field = page.get_by_label("Comment", exact=True)
    expect(field).to_be_visible()
    field.fill("looking\ninto it")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".toast-text", has_text="Comment saved")).to_be_visible()
    event = api.data("GET", "/api/v1/alerts/events?status=firing")[0]
    assert (event["acknowledgedBy"], event["comment"]) == ("ops@example.com", "looking\ninto it")
    row(page, "Ack me").locator(".alert-link").click()
    expect(page.get_by_role("dialog").locator(".alert-comment")).to_contain_text("looking")


def test_an_acknowledgement_that_fails_is_taken_back(open_page, alerting, api):
    page, watch = open_page(alerting)
    watch.allow("503")
    send(api, "al_back", 99, host="db1")
    wait_for_event(api, make_rule(api, "Back", "al_back"))
    page.goto("/alerts")
    button = page.get_by_role("button", name="Ack Back host=db1")
    expect(button).to_be_visible()
    page.route(
        "**/acknowledge",
        lambda route: route.fulfill(status=503, json={"error": "Later.", "code": "UNAVAILABLE"}),
    )
    button.click()
    expect(page.locator(".toast-text", has_text="Not acknowledged: Later.")).to_be_visible()
    expect(button).to_be_visible()


def test_a_quick_silence_mutes_one_series_and_can_be_undone(page, api):
    send(api, "al_mute", 99, host="db1")
    send(api, "al_mute", 99, host="db2")
    wait_for_event(api, make_rule(api, "Mute me", "al_mute"))
    page.goto("/alerts")
    expect(rows(page)).to_have_count(2)
    menu = page.get_by_role("button", name="Silence Mute me host=db1")
    expect(menu).to_be_visible()
    menu.click()
    for name in ("For 1 hour", "For 4 hours", "Until tomorrow 8:00"):
        expect(page.get_by_role("menuitem", name=name)).to_be_visible()
    page.get_by_role("menuitem", name="For 4 hours").click()
    expect(row(page, "host=db1")).to_contain_text("silenced")
    expect(row(page, "host=db2")).not_to_contain_text("silenced")
    silence = api.wait_for("/api/v1/alerts/silences")[0]
    assert silence["muted"] == 1
    assert {one["name"] for one in silence["matchers"]} == {"alertname", "host"}
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(row(page, "host=db1")).not_to_contain_text("silenced")
    api.wait_for("/api/v1/alerts/silences", lambda found: found == [])


def test_the_drawer_shows_chart_labels_message_and_deliveries(page, api):
    send(api, "al_open", 97, host=HOSTILE)
    message = "{{labels.host}} is at {{value}}"
    channel = api.data(
        "POST",
        "/api/v1/alerts/channels",
        {"name": "nowhere", "type": "webhook", "settings": {"url": "http://127.0.0.1:9/hook"}},
    )
    rule = make_rule(
        api,
        "Open me",
        "al_open",
        severity="critical",
        labels={"team": "ops"},
        notification={"channels": [channel["id"]], "message": message},
    )
    event = wait_for_event(api, rule)
    page.goto(f"/alerts?alert={event['id']}")
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("heading", name="Open me")).to_be_visible()
    expect(drawer.locator(".chart canvas")).to_be_visible()
    expect(drawer.locator(".alert-tags")).to_contain_text("team=ops")
    expect(drawer.locator(".alert-tags")).to_contain_text("\\u{202e}")
    expect(drawer.locator(".alert-message")).to_contain_text("is at 97")
    expect(drawer.locator(".alert-told")).to_contain_text("nowhere")
    # The tint of the time in which it fires.
    drawn = page.evaluate(COUNT_RED)
    assert drawn > 20
    drawer.get_by_role("link", name="Edit the rule").click()
    expect(page).to_have_url(re.compile(f"/alerts/rules/{rule}$"))
    api.data("DELETE", f"/api/v1/alerts/channels/{channel['id']}")


def test_esc_closes_the_drawer_and_the_focus_is_back(page, api):
    send(api, "al_esc", 97, host="db1")
    wait_for_event(api, make_rule(api, "Esc me", "al_esc"))
    page.goto("/alerts")
    link = rows(page).first.locator(".alert-link")
    expect(link).to_be_visible()
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("heading", name="Esc me")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(link).to_be_focused()
    expect(page).to_have_url(re.compile("/alerts$"))


def test_rules_have_line_state_and_switch(page, api):
    send(api, "al_rules", 97, host="db1")
    rule = make_rule(api, "Switch me", "al_rules")
    wait_for_event(api, rule)
    page.goto("/alerts?tab=rules")
    line = page.get_by_role("row").filter(has_text="Switch me")
    expect(line).to_contain_text("1 firing")
    expect(line.locator(".rule-spark .spark-line")).to_be_attached()
    expect(line).to_contain_text("just now")
    switch = line.get_by_role("switch")
    expect(switch).to_have_attribute("aria-checked", "true")
    switch.focus()
    with page.expect_response(f"**/alerts/rules/{rule}"):
        page.keyboard.press("Space")
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(line.locator(".rule-state")).to_have_text("Off")
    assert api.data("GET", f"/api/v1/alerts/rules/{rule}")["enabled"] is False


def test_a_switch_that_fails_goes_back(open_page, alerting, api):
    page, watch = open_page(alerting)
    watch.allow("503")
    make_rule(api, "Stubborn", "al_none")
    page.goto("/alerts?tab=rules")
    switch = page.get_by_role("switch", name="Stubborn is on")
    expect(switch).to_be_visible()
    page.route(
        "**/alerts/rules/*",
        lambda route: route.fulfill(status=503, json={"error": "Later.", "code": "UNAVAILABLE"}),
    )
    switch.click()
    expect(page.locator(".toast-text", has_text="Stubborn is still on: Later.")).to_be_visible()
    expect(switch).to_have_attribute("aria-checked", "true")


def test_a_query_that_fails_is_told_at_its_rule(page, api):
    send(api, "al_pair", 1, host="a")
    send(api, "al_pair", 1, host="b")
    make_rule(api, "Broken", "sum(al_pair) / on(x) group_left al_pair")
    page.goto("/alerts?tab=rules")
    line = page.get_by_role("row").filter(has_text="Broken")
    expect(line.locator(".rule-fault")).to_contain_text("duplicate series", timeout=60_000)


def test_a_deleted_rule_can_be_brought_back(page, api):
    rule = make_rule(api, "Delete me", "al_none")
    page.goto("/alerts?tab=rules")
    menu = page.get_by_role("button", name="More for Delete me")
    expect(menu).to_be_visible()
    menu.click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.get_by_role("link", name="Delete me")).to_have_count(0)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_role("link", name="Delete me")).to_be_visible()
    assert api.data("GET", f"/api/v1/alerts/rules/{rule}")["name"] == "Delete me"


def test_evaluation_that_stopped_is_a_red_banner(page, api):
    make_rule(api, "Stopped", "al_none")

    def old(route) -> None:
        answer = route.fetch().json()
        for rule in answer["data"]:
            rule["evaluatedAt"] = "2026-01-01T00:00:00Z"
        route.fulfill(json=answer)

    page.route("**/api/v1/alerts/rules?*", old)
    page.goto("/alerts")
    expect(page.get_by_role("alert").filter(has_text="Alert evaluation has stopped.")).to_be_visible()
    expect(page.get_by_text("All quiet")).to_have_count(0)


def test_a_viewer_sees_and_changes_nothing(open_page, alerting, api):
    api.send("POST", "/api/v1/users", {"email": "watch@example.com", "password": PASSWORD, "role": "viewer"})
    send(api, "al_view", 97, host="db1")
    rule = make_rule(api, "Seen by all", "al_view")
    wait_for_event(api, rule)
    page, _ = open_page(alerting, signed_in=False)
    page.context.request.post(
        "/api/v1/auth/login",
        data={"email": "watch@example.com", "password": PASSWORD},
        headers={"Origin": alerting.url},
    )
    page.goto("/alerts")
    expect(row(page, "Seen by all")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Acknowledge|Silence"))).to_have_count(0)
    expect(page.get_by_role("button", name="New rule")).to_have_count(0)
    page.goto("/alerts?tab=rules")
    expect(page.get_by_role("link", name="Seen by all")).to_be_visible()
    expect(page.get_by_role("switch")).to_have_count(0)
    page.goto(f"/alerts/rules/{rule}")
    expect(page.get_by_text("Editors and administrators can change it.")).to_be_visible()
    page.goto("/alerts/rules/new")
    expect(page.get_by_text("Your role does not allow this")).to_be_visible()


def test_a_hidden_tab_asks_for_nothing(open_page, alerting, api):
    page, _ = open_page(alerting)
    page.clock.install()
    page.goto("/alerts")
    expect(page.get_by_text("Nothing is watched yet")).to_be_visible()
    expect(page.get_by_role("link", name="Alerts", exact=True)).to_be_visible()
    set_hidden = """(isHidden) => {
        Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    page.evaluate(set_hidden, True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(120_000)
    assert asked == []
    with page.expect_request(lambda request: "/alerts/events" in request.url):
        page.evaluate(set_hidden, False)


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_shows_it_without_scrolling_sideways(open_page, alerting, api, width):
    send(api, "al_phone", 97, host="a-rather-long-host-name.internal.example", disk="nvme0n1p2")
    wait_for_event(api, make_rule(api, "A name that is rather long for a phone", "al_phone"))
    page, _ = open_page(alerting, viewport={"width": width, "height": 844})
    for path in ("/alerts", "/alerts?tab=rules"):
        page.goto(path)
        expect(page.get_by_text("A name that is rather long for a phone").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == width
