"""Silences: made with what they would mute, weekly ones, ended and taken back, the week."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.alerting import events_of, make_rule
from tests.browser.server import PASSWORD, Api, MetricboxProcess, now_ms

HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def alerting_server(tmp_path_factory):
    process = MetricboxProcess(tmp_path_factory.mktemp("data"), alert_interval="1s")
    process.start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def filled(alerting_server) -> Api:
    api = Api(alerting_server.url)
    api.push([{"name": "si_disk", "value": 95, "tags": {"host": host}} for host in ("db1", "db2", "web1")])
    events_of(api, make_rule(api, "Disk nearly full", "si_disk", severity="critical"), 3)
    return api


@pytest.fixture
def silences(open_page, alerting_server, filled) -> Page:
    for one in filled.data("GET", "/api/v1/alerts/silences?pageSize=200"):
        filled.data("DELETE", f"/api/v1/alerts/silences/{one['id']}")
    page, _ = open_page(alerting_server)
    return page


def silence(api: Api, reason: str, value: str = "db1", **more: object) -> dict[str, object]:
    body = {"matchers": [{"name": "host", "op": "=", "value": value}], "reason": reason, **more}
    made: dict[str, object] = api.data("POST", "/api/v1/alerts/silences", body)
    return made


def show(page: Page):
    page.goto("/alerts?tab=silences")
    expect(page.get_by_role("button", name="New silence", exact=True).first).to_be_visible()


def group(page: Page, name: str):
    return page.get_by_role("region", name=name, exact=True)


def open_form(page: Page):
    show(page)
    page.get_by_role("button", name="New silence", exact=True).first.click()
    dialog = page.get_by_role("dialog", name="New silence", exact=True)
    expect(dialog).to_be_visible()
    return dialog


def fill_matcher(dialog, number: int, name: str, op: str, value: str) -> None:
    row = dialog.get_by_role("group", name=f"Condition {number}", exact=True)
    expect(row).to_be_visible()
    row.get_by_role("combobox", name="Label", exact=True).fill(name)
    row.get_by_role("combobox", name="Comparison", exact=True).select_option(label=op)
    row.get_by_role("combobox", name="Pattern" if op == "matches" else "Value", exact=True).fill(value)


def test_the_series_that_it_would_mute_are_counted_as_one_types(silences, filled):
    """Also those that are fine: the rules are asked, and the older question is given up."""
    fine = make_rule(filled, "Fine", "si_disk", threshold=99, severity="info", labels={"team": "ops"})
    page = silences
    asked: list[str] = []
    page.on(
        "request",
        lambda request: asked.append(request.post_data or "") if request.url.endswith("/preview") else None,
    )
    dialog = open_form(page)
    fill_matcher(dialog, 1, "host", "is", "")
    dialog.get_by_role("combobox", name="Value", exact=True).press_sequentially("web1")
    expect(dialog.get_by_text("2 series of 2 rules now", exact=True)).to_be_visible()
    assert len(asked) <= 2
    fill_matcher(dialog, 1, "team", "is", "ops")
    expect(dialog.get_by_text("mutes none of the 3 active now", exact=True)).to_be_visible()
    expect(dialog.get_by_text("3 series of 1 rule now", exact=True)).to_be_visible()
    fill_matcher(dialog, 1, "team", "is", "nobody")
    expect(dialog.get_by_text("no rule watches such series now", exact=True)).to_be_visible()
    fill_matcher(dialog, 1, "team", "matches", "(")
    expect(dialog.get_by_text("The pattern is not complete yet", exact=True)).to_be_visible()
    expect(dialog.locator(".matchers-reach")).to_have_count(0)
    filled.data("DELETE", f"/api/v1/alerts/rules/{fine['id']}")


def test_a_silence_is_made_with_what_it_would_mute(silences, filled):
    page = silences
    dialog = open_form(page)
    fill_matcher(dialog, 1, "host", "matches", "db.*")
    expect(dialog.get_by_text(re.compile("mutes 2 active now: Disk nearly full db"))).to_be_visible()
    dialog.get_by_role("button", name="And another", exact=True).click()
    fill_matcher(dialog, 2, "host", "is not", "db2")
    expect(dialog.get_by_text("mutes 1 active now: Disk nearly full db1", exact=True)).to_be_visible()
    expect(dialog.get_by_text("1 series of 1 rule now", exact=True)).to_be_visible()
    dialog.get_by_role("button", name="Remove condition 2", exact=True).click()
    expect(dialog.get_by_text(re.compile("mutes 2 active now"))).to_be_visible()
    expect(dialog.get_by_text("2 series of 1 rule now", exact=True)).to_be_visible()
    dialog.get_by_role("textbox", name="Reason", exact=True).fill("Disks are <b>swapped</b>")
    dialog.get_by_role("button", name="Silence", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(group(page, "Active")).to_contain_text("Disks are <b>swapped</b>")
    expect(group(page, "Active")).to_contain_text("mutes 2 now")
    made = filled.data("GET", "/api/v1/alerts/silences")[0]
    assert made["muted"] == 2
    assert made["recurrence"] is None


def test_what_is_missing_is_said_at_its_place(open_page, silences, alerting_server):
    page, watch = open_page(alerting_server)
    # A pattern that is none is refused by the server.
    watch.allow("400")
    dialog = open_form(page)
    dialog.get_by_role("button", name="Silence", exact=True).click()
    expect(dialog.get_by_text("Each condition needs the name of a label", exact=True)).to_be_visible()
    expect(dialog.get_by_text(re.compile("Say why"))).to_be_visible()
    fill_matcher(dialog, 1, "host", "is not", "db1")
    dialog.get_by_role("button", name="Silence", exact=True).click()
    expect(dialog.get_by_text(re.compile("would mute nearly everything"))).to_be_visible()
    fill_matcher(dialog, 1, "host", "matches", "(")
    expect(dialog.get_by_text("The pattern is not complete yet", exact=True)).to_be_visible()
    dialog.get_by_role("textbox", name="Reason", exact=True).fill("why")
    dialog.get_by_role("button", name="Silence", exact=True).click()
    expect(dialog.get_by_text(re.compile("regular expression"))).to_be_visible()


def test_labels_and_values_are_suggested(silences):
    dialog = open_form(silences)
    label = dialog.get_by_role("combobox", name="Label", exact=True)
    label.fill("ho")
    option = dialog.get_by_role("option", name="host", exact=True)
    expect(option).to_be_visible()
    option.click()
    dialog.get_by_role("combobox", name="Value", exact=True).fill("we")
    option = dialog.get_by_role("option", name="web1", exact=True)
    expect(option).to_be_visible()
    option.click()
    expect(dialog.get_by_text("mutes 1 active now: Disk nearly full web1", exact=True)).to_be_visible()


def test_a_weekly_silence_goes_across_midnight(silences, filled):
    page = silences
    dialog = open_form(page)
    fill_matcher(dialog, 1, "host", "is", "db1")
    dialog.get_by_role("radio", name="On days of the week", exact=True).check()
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"):
        dialog.get_by_role("checkbox", name=day, exact=True).uncheck()
    dialog.get_by_role("checkbox", name="Saturday", exact=True).check()
    dialog.get_by_label("From", exact=True).fill("23:30")
    dialog.locator("[name=to]").fill("04:15")
    dialog.get_by_role("button", name=re.compile("^Times are")).click()
    zone = dialog.get_by_role("combobox", name="Time zone", exact=True)
    expect(zone).to_be_visible()
    zone.fill("Berlin")
    dialog.get_by_role("option", name=re.compile("Europe.Berlin")).first.click()
    words = "Sat 23:30–04:15 (next day), Europe/Berlin"
    expect(dialog.get_by_text(f"Mutes {words}", exact=True)).to_be_visible()
    dialog.get_by_role("textbox", name="Reason", exact=True).fill("Weekly backup")
    dialog.get_by_role("button", name="Silence", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".silence").filter(has_text="Weekly backup")).to_contain_text(words)
    made = filled.data("GET", "/api/v1/alerts/silences")[0]
    assert made["recurrence"] == {
        "weekdays": ["sat"],
        "from": "23:30",
        "to": "04:15",
        "timezone": "Europe/Berlin",
    }
    assert made["endsAt"] is None


def test_ending_asks_for_nothing_and_is_taken_back(silences, filled):
    page = silences
    ends = now_ms() + 2 * HOUR_MS
    made = silence(filled, "Deploy", endsAt=ends)
    show(page)
    end = page.get_by_role("button", name='End "Deploy"', exact=True)
    expect(end).to_be_visible()
    end.click()
    expect(group(page, "Ended")).to_contain_text("Deploy")
    undo = page.get_by_role("button", name="Undo", exact=True)
    expect(undo).to_be_visible()
    assert not filled.data("GET", "/api/v1/alerts/silences")[0]["active"]
    undo.click()
    expect(group(page, "Active")).to_contain_text("Deploy")
    expect(group(page, "Active")).to_contain_text("mutes 1 now")
    assert filled.data("GET", "/api/v1/alerts/silences")[0]["endsAt"] == made["endsAt"]


def test_a_refused_end_is_taken_back(open_page, silences, alerting_server, filled):
    page, watch = open_page(alerting_server)
    watch.allow("503")
    silence(filled, "Deploy")
    refusal = {"error": "Not now.", "code": "UNAVAILABLE", "details": []}
    show(page)
    end = page.get_by_role("button", name='End "Deploy"', exact=True)
    expect(end).to_be_visible()
    page.route("**/alerts/silences/*", lambda route: route.fulfill(status=503, json=refusal))
    end.click()
    expect(page.get_by_text("Not ended: Not now.", exact=True).first).to_be_visible()
    expect(group(page, "Active")).to_contain_text("Deploy")


def test_one_to_come_is_changed_and_deleted(silences, filled):
    page = silences
    silence(filled, "Move of the rack", startsAt=now_ms() + 24 * HOUR_MS, endsAt=now_ms() + 26 * HOUR_MS)
    show(page)
    edit = page.get_by_role("button", name='Edit "Move of the rack"', exact=True)
    expect(edit).to_be_visible()
    expect(group(page, "Coming")).to_contain_text("Move of the rack")
    edit.click()
    dialog = page.get_by_role("dialog", name="Edit silence", exact=True)
    expect(dialog).to_be_visible()
    before = filled.data("GET", "/api/v1/alerts/silences")[0]
    dialog.get_by_role("textbox", name="Reason", exact=True).fill("Move of the racks")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(group(page, "Coming")).to_contain_text("Move of the racks")
    # A start that nobody touched keeps its seconds.
    assert filled.data("GET", "/api/v1/alerts/silences")[0]["startsAt"] == before["startsAt"]
    page.get_by_role("button", name='Delete "Move of the racks"', exact=True).click()
    expect(page.get_by_text("Nothing is silenced", exact=True)).to_be_visible()
    undo = page.get_by_role("button", name="Undo", exact=True)
    expect(undo).to_be_visible()
    undo.click()
    expect(group(page, "Coming")).to_contain_text("Move of the racks")


def test_one_that_ended_is_made_anew(silences, filled):
    page = silences
    made = silence(filled, "Deploy")
    filled.data("PUT", f"/api/v1/alerts/silences/{made['id']}", {"endsAt": "now"})
    show(page)
    again = page.get_by_role("button", name='Mute again "Deploy"', exact=True)
    expect(again).to_be_visible()
    again.click()
    dialog = page.get_by_role("dialog", name="New silence", exact=True)
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("textbox", name="Reason", exact=True)).to_have_value("Deploy")
    dialog.get_by_role("button", name="Silence", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(group(page, "Active")).to_contain_text("Deploy")


def test_the_week_shows_each_time(silences, filled):
    page = silences
    nightly = {"weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "22:00", "to": "06:00"}
    silence(filled, "Nightly", recurrence={**nightly, "timezone": "UTC"}, startsAt="2020-01-01T00:00:00Z")
    show(page)
    page.get_by_role("button", name="Week", exact=True).click()
    week = page.get_by_role("region", name="Silences of a week", exact=True)
    expect(week).to_be_visible()
    # The rest of the night before, and the evening, on each of seven days.
    expect(week.locator(".week-bar")).to_have_count(14)
    first = week.get_by_role("button", name=re.compile("Nightly$")).first
    expect(first).to_have_accessible_name(re.compile(r"\d\d:\d\d–\d\d:\d\d Nightly"))
    shown = week.locator(".week-span").inner_text()
    week.get_by_role("button", name="Week after", exact=True).click()
    expect(week.locator(".week-span")).not_to_have_text(shown)
    week.get_by_role("button", name="This week", exact=True).click()
    expect(week.locator(".week-span")).to_have_text(shown)
    first.click()
    expect(page.get_by_role("dialog", name="Edit silence", exact=True)).to_be_visible()


def test_a_viewer_sees_them_and_changes_nothing(open_page, silences, alerting_server, filled):
    silence(filled, "Deploy")
    viewer = {"email": "viewer@example.com", "password": PASSWORD, "role": "viewer"}
    filled.data("POST", "/api/v1/users", viewer)
    page, _ = open_page(alerting_server, signed_in=False)
    page.request.post(
        "/api/v1/auth/login",
        data={"email": viewer["email"], "password": PASSWORD},
        headers={"Origin": alerting_server.url},
    )
    page.goto("/alerts?tab=silences")
    expect(group(page, "Active")).to_contain_text("Deploy")
    expect(page.get_by_role("button", name="New silence", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("^(End|Edit)"))).to_have_count(0)
