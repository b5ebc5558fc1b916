"""Relabel rules of tokens: made in the dialogue, shown in the list."""

import re

from playwright.sync_api import expect

from tests.browser.server import Api, now_ms

DROP = {"action": "drop", "sourceLabels": ["__name__"], "regex": "go_.*"}


def open_rules(page):
    page.goto("/settings/tokens")
    page.get_by_role("button", name="New token").first.click()
    dialog = page.get_by_role("dialog", name="New token")
    dialog.get_by_label("Name", exact=True).fill("ruled")
    dialog.get_by_text("Limits and rules").click()
    return dialog


def test_rules_are_built_ordered_and_work(own_server, open_page):
    server = own_server()
    api = Api(server.url)
    page, _ = open_page(server)
    dialog = open_rules(page)
    add = dialog.get_by_role("button", name="Add a rule")
    add.focus()
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("What rule 1 does")).to_be_focused()
    first = dialog.get_by_role("group", name="Rule 1")
    expect(first.get_by_label("Labels to look at")).to_have_value("__name__")
    first.get_by_label("Pattern").fill("go_.*")
    add.click()
    second = dialog.get_by_role("group", name="Rule 2")
    second.get_by_label("What rule 2 does").select_option("replace")
    # Only what the action uses.
    expect(second.get_by_label("Below")).to_have_count(0)
    second.get_by_label("Label to set").fill("hall")
    second.get_by_label("New value").fill("far")
    second.get_by_label("Labels to look at").fill("")
    add.click()
    expect(dialog.get_by_label("What rule 3 does")).to_be_focused()

    # What has moved keeps the focus, also at the end, where the button is off.
    up = dialog.get_by_role("button", name="Move rule 2 up")
    up.focus()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Move rule 1 down")).to_be_focused()
    expect(dialog.get_by_label("What rule 1 does")).to_have_value("replace")
    expect(page.get_by_text("Rule 2 is rule 1 now")).to_be_attached()
    dialog.get_by_role("button", name="Remove rule 3").click()
    expect(dialog.get_by_label("What rule 2 does")).to_be_focused()

    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("dialog", name="Store this token now")).to_be_visible()
    secret = page.get_by_label("Token", exact=True).input_value()
    page.get_by_role("button", name="I have stored it").click()
    (made,) = [token for token in api.data("GET", "/api/v1/tokens") if token["name"] == "ruled"]
    sent = [{name: value for name, value in rule.items() if value is not None} for rule in made["relabel"]]
    assert sent == [{"action": "replace", "targetLabel": "hall", "replacement": "far"}, DROP]
    points = [{"name": name, "value": 1, "timestamp": now_ms()} for name in ("go_threads", "press")]
    api.send("POST", "/api/v1/metrics", {"metrics": points}, token=secret)
    assert [metric["name"] for metric in api.data("GET", "/api/v1/metrics")] == ["press"]
    assert api.data("GET", "/api/v1/metrics/press/tags") == {"hall": 1}

    chip = page.get_by_role("button", name="2 rules of ruled")
    expect(chip).to_have_attribute(
        "title", "Set hall to far\nDrop series where the metric’s name matches go_.*"
    )
    chip.focus()
    page.keyboard.press("Enter")
    shown = page.get_by_role("dialog", name='Rules of "ruled"')
    expect(shown.get_by_role("listitem")).to_have_text(
        ["Set hall to far", "Drop series where the metric’s name matches go_.*"]
    )
    page.keyboard.press("Escape")
    expect(chip).to_be_focused()


def test_what_is_wrong_with_a_rule_stands_at_its_field(shared_server, open_page):
    page, watch = open_page(shared_server)
    watch.allow(r"status of 400 .* /api/v1/tokens$")
    dialog = open_rules(page)
    dialog.get_by_role("button", name="Add a rule").click()
    dialog.get_by_role("button", name="Add a rule").click()
    create = dialog.get_by_role("button", name="Create")
    create.click()
    pattern = dialog.get_by_role("group", name="Rule 1").get_by_label("Pattern")
    expect(dialog.get_by_text("Pattern must not be empty")).to_have_count(2)
    expect(pattern).to_be_focused()
    pattern.fill("a")
    # The browser has no RE2: only the server knows.
    other = dialog.get_by_role("group", name="Rule 2").get_by_label("Pattern")
    other.fill("(b")
    create.click()
    fault = re.compile("'\\(b' is not a regular expression")
    expect(dialog.get_by_text(fault)).to_be_visible()
    expect(other).to_be_focused()
    expect(other).to_have_attribute("aria-invalid", "true")
    expect(pattern).not_to_have_attribute("aria-invalid", "true")
    # It goes along with its rule.
    dialog.get_by_role("button", name="Move rule 2 up").click()
    expect(dialog.get_by_role("group", name="Rule 1").get_by_text(fault)).to_be_visible()


def test_other_scopes_have_no_rules(shared_server, open_page, api):
    page, _ = open_page(shared_server)
    dialog = open_rules(page)
    dialog.get_by_role("button", name="Add a rule").click()
    dialog.get_by_role("radio", name=re.compile("^Read")).check()
    expect(dialog.get_by_role("group", name="Rule 1")).to_have_count(0)
    # Neither are they sent: the unfinished rule is no fault.
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("dialog", name="Store this token now")).to_be_visible()
    page.get_by_role("button", name="I have stored it").click()
    (made,) = [token for token in api.data("GET", "/api/v1/tokens") if token["name"] == "ruled"]
    assert (made["scope"], made["relabel"]) == ("read", None)
