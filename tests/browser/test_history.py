"""A dashboard's history, and dashboards as files."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.server import history, panel


@pytest.fixture
def path(api):
    """A dashboard with three versions."""
    api.push(history("past_metric"))
    path = api.dashboard("Past", [panel("CPU", "past_metric")])
    identity = path.rsplit("/", 1)[1]
    made = api.data("GET", f"/api/v1/dashboards/{identity}")
    api.data("PUT", f"/api/v1/dashboards/{identity}/panels/{made['panels'][0]['id']}", {"title": "CPU busy"})
    api.data("POST", f"/api/v1/dashboards/{identity}/panels", panel("Newest", "past_metric", "stat"))
    return path


def open_action(page, name: str) -> None:
    page.get_by_role("button", name="Dashboard actions").click()
    page.get_by_role("menuitem", name=name).click()


def test_a_version_is_restored_and_that_is_undone(page, path):
    page.goto(path)
    expect(page.locator(".panel-title")).to_have_text(["CPU busy", "Newest"])
    open_action(page, "History")
    dialog = page.get_by_role("dialog", name="History")
    versions = dialog.get_by_role("listitem")
    expect(versions).to_have_count(3)
    expect(versions.nth(0)).to_contain_text("Panel Newest added")
    expect(versions.nth(0)).to_contain_text("shown now")
    expect(versions.nth(1)).to_contain_text("Panel CPU busy: title")
    expect(versions.nth(1)).to_contain_text("Version 2 · you · just now")
    expect(versions.nth(2)).to_contain_text("Created")

    dialog.get_by_role("button", name="Restore version 1").click()
    ask = page.get_by_role("dialog", name="Restore version 1?")
    expect(ask).to_contain_text("These 2 changes are taken back")
    expect(ask.get_by_role("listitem")).to_have_count(2)
    ask.get_by_role("button", name="Back").click()
    expect(versions).to_have_count(3)
    dialog.get_by_role("button", name="Restore version 1").click()
    ask.get_by_role("button", name="Restore version 1").click()
    expect(page.locator(".toast")).to_contain_text("Version 1 is back")
    expect(page.locator(".panel-title")).to_have_text(["CPU"])
    expect(page.locator(".chart canvas")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".panel-title")).to_have_text(["CPU busy", "Newest"])
    expect(page.locator(".stat-number")).to_be_visible()


def test_the_history_by_keyboard(page, path):
    page.goto(path)
    actions = page.get_by_role("button", name="Dashboard actions")
    actions.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="History")).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="History")
    expect(dialog.get_by_role("listitem")).to_have_count(3)
    dialog.get_by_role("button", name="Restore version 2").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Restore version 2?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(actions).to_be_focused()


def test_a_failing_history_is_told_and_tried_again(shared_server, open_page, path):
    page, watch = open_page(shared_server)
    watch.allow(r"status of 503 .*/history$")
    answer = {"error": "The database is busy.", "code": "UNAVAILABLE"}
    page.route("**/history?*", lambda route: route.fulfill(status=503, json=answer))
    page.goto(path)
    open_action(page, "History")
    dialog = page.get_by_role("dialog", name="History")
    expect(dialog).to_contain_text("The database is busy.")
    page.unroute("**/history?*")
    dialog.get_by_role("button", name="Retry").click()
    expect(dialog.get_by_role("listitem")).to_have_count(3)


def test_a_viewer_has_neither_history_nor_files(shared_server, open_page, api):
    wish = {"email": "looker@example.com", "password": "correct horse battery", "role": "viewer"}
    api.data("POST", "/api/v1/users", wish)
    shared = api.dashboard("For all", [panel("CPU", "past_metric")], isPublic=True)
    page, _ = open_page(shared_server, signed_in=False)
    page.goto(f"/login?next={shared}")
    page.get_by_label("E-mail").fill(wish["email"])
    page.get_by_label("Password", exact=True).fill(wish["password"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("For all")
    actions = page.get_by_role("button", name="Dashboard actions", exact=True)
    expect(actions).to_be_visible()
    actions.click()
    expect(page.get_by_role("menuitemcheckbox", name="Alert marks", exact=True)).to_be_visible()
    expect(page.get_by_role("menuitem")).to_have_count(0)
    page.goto("/")
    expect(page.locator(".row")).not_to_have_count(0)
    expect(page.get_by_role("button", name="Import", exact=True)).to_have_count(0)


def test_a_dashboard_is_exported_and_imported(page, path, tmp_path):
    page.goto(path)
    with page.expect_download() as download:
        open_action(page, "Export as a file")
    assert download.value.suggested_filename == "Past.json"
    file = tmp_path / "past.json"
    download.value.save_as(file)
    content = json.loads(file.read_text())
    assert content["format"] == "metricbox.dashboard"
    assert [one["title"] for one in content["dashboard"]["panels"]] == ["CPU busy", "Newest"]

    page.goto("/")
    page.get_by_role("button", name="Import", exact=True).click()
    dialog = page.get_by_role("dialog", name="Import a dashboard")
    dialog.get_by_label("File").set_input_files(file)
    dialog.get_by_role("button", name="Import", exact=True).click()
    expect(page).to_have_url(re.compile(r"/dashboard/[\w-]+$"))
    assert not page.url.endswith(path)
    expect(page.locator(".panel-title")).to_have_text(["CPU busy", "Newest"])


def test_what_an_import_leaves_out_is_listed(page):
    content = {
        "format": "metricbox.dashboard",
        "formatVersion": 1,
        "dashboard": {
            "name": "From <i>elsewhere</i>",
            "glow": 1,
            "panels": [
                {"title": "Pie", "type": "pie", "query": "x"},
                {"title": "Kept", "type": "line", "query": "past_metric"},
            ],
        },
    }
    page.goto("/")
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_label("File").set_input_files(
        {"name": "a.json", "mimeType": "application/json", "buffer": json.dumps(content).encode()}
    )
    page.get_by_role("dialog").get_by_role("button", name="Import", exact=True).click()
    report = page.get_by_role("dialog", name='Imported "From <i>elsewhere</i>"')
    expect(report).to_contain_text("2 things could not be taken over")
    expect(report).to_contain_text("dashboard.glow is not known to this metricbox")
    expect(report.get_by_role("listitem").filter(has_text="Panel Pie")).to_contain_text(
        "must be one of 'line'"
    )
    report.get_by_role("button", name="Open dashboard").click()
    expect(page.locator(".panel-title")).to_have_text(["Kept"])


def test_a_file_that_is_no_dashboard_is_refused_in_words(shared_server, open_page):
    page, watch = open_page(shared_server)
    watch.allow(r"status of 400 .*/import$")
    page.goto("/")
    opener = page.get_by_role("button", name="Import", exact=True)
    opener.click()
    dialog = page.get_by_role("dialog", name="Import a dashboard")
    file = dialog.get_by_label("File")
    submit = dialog.get_by_role("button", name="Import", exact=True)
    submit.click()
    expect(dialog).to_contain_text("Choose a file.")
    expect(file).to_be_focused()
    for text, words in (
        ("not json", "This file is not JSON."),
        ('{"a": 1}', "this is no file that a metricbox exported"),
        ('"' + "x" * 4_300_000 + '"', "larger than 4 MB"),
    ):
        file.set_input_files({"name": "a.json", "mimeType": "application/json", "buffer": text.encode()})
        submit.click()
        expect(dialog.locator(".field-error")).to_contain_text(words)
        expect(file).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()


@pytest.mark.parametrize("width", [320, 390])
def test_history_and_import_fit_on_a_phone(shared_server, open_page, path, width):
    page, _ = open_page(shared_server, viewport={"width": width, "height": 700}, has_touch=True)
    page.goto(path)
    open_action(page, "History")
    box = page.get_by_role("dialog", name="History").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto("/")
    expect(page.get_by_role("button", name="Import", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
