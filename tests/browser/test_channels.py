"""Channels: made, tested against a real receiver, secrets that never come back, switched, deleted."""

import hashlib
import hmac
import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.alerting import Sink, make_rule, open_sink
from tests.browser.server import PASSWORD, Api

CHANNELS = "/api/v1/alerts/channels"


@pytest.fixture
def sink():
    with open_sink() as made:
        yield made


@pytest.fixture
def channels(page: Page, api: Api) -> Page:
    for one in api.data("GET", f"{CHANNELS}?pageSize=200"):
        api.data("DELETE", f"{CHANNELS}/{one['id']}")
    return page


def show(page: Page) -> None:
    page.goto("/settings/channels")
    expect(page.get_by_role("button", name="New channel", exact=True).first).to_be_visible()


def card(page: Page, name: str):
    return page.get_by_role("listitem", name=name, exact=True)


def choose_kind(page: Page, kind: str):
    show(page)
    page.get_by_role("button", name="New channel", exact=True).first.click()
    choice = page.get_by_role("radio", name=re.compile(f"^{kind}"))
    expect(choice).to_be_visible()
    choice.check()
    page.get_by_role("button", name="Next", exact=True).click()
    dialog = page.get_by_role("dialog", name=f"New channel: {kind}", exact=True)
    expect(dialog).to_be_visible()
    return dialog


def fill(dialog, label: str, text: str) -> None:
    field = dialog.get_by_label(label, exact=True)
    expect(field).to_be_visible()
    field.fill(text)


def test_a_webhook_is_made_and_tested(channels, api, sink: Sink):
    page = channels
    dialog = choose_kind(page, "Webhook")
    fill(dialog, "Name", "ops <i>hook</i>")
    fill(dialog, "Address", sink.url)
    dialog.get_by_role("button", name="Add a header", exact=True).click()
    fill(dialog, "Name of header 1", "X-Team")
    fill(dialog, "Value of header 1", "night")
    fill(dialog, "Signing secret", "quiet please")
    dialog.get_by_role("button", name="Create", exact=True).click()
    made = card(page, "ops <i>hook</i>")
    expect(made).to_contain_text(sink.url)
    sink.text = "<b>thank you</b>\nsecond line"
    made.get_by_role("button", name=re.compile("^Send a test")).click()
    expect(made.get_by_text("Accepted", exact=True)).to_be_visible()
    expect(made.locator("pre")).to_contain_text("<b>thank you</b>")
    headers, body = sink.received[-1]
    assert headers["X-Team"] == "night"
    signature = hmac.new(b"quiet please", body, hashlib.sha256).hexdigest()
    assert headers["X-Metricbox-Signature"] == f"sha256={signature}"
    assert json.loads(body)["version"] == 1
    sink.status, sink.text = 418, "no tea"
    made.get_by_role("button", name=re.compile("^Send a test")).click()
    expect(made.get_by_text("Not delivered", exact=True)).to_be_visible()
    expect(made.locator("pre")).to_contain_text("no tea")


def test_secrets_are_kept_and_never_shown(channels, api, sink):
    page = channels
    settings = {"url": sink.url, "secret": "first", "headers": {"X-Team": "night"}}
    api.data("POST", CHANNELS, {"name": "hook", "type": "webhook", "settings": settings})
    show(page)
    page.get_by_role("button", name="Edit hook", exact=True).click()
    dialog = page.get_by_role("dialog", name='Edit "hook"', exact=True)
    expect(dialog).to_be_visible()
    expect(dialog.get_by_text("Set, and not shown", exact=True)).to_be_visible()
    expect(dialog).to_contain_text("X-Team")
    expect(dialog.locator("input[type=password]")).to_have_count(0)
    fill(dialog, "Name", "hook 2")
    dialog.get_by_role("button", name="Save", exact=True).click()
    made = card(page, "hook 2")
    expect(made).to_be_visible()

    def signed_by(secret: str) -> bool:
        made.get_by_role("button", name="Send a test to hook 2", exact=True).click()
        expect(made.get_by_text("Accepted", exact=True)).to_be_visible()
        headers, body = sink.received[-1]
        assert headers["X-Team"] == "night"
        return (
            headers["X-Metricbox-Signature"]
            == f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
        )

    assert signed_by("first")
    page.get_by_role("button", name="Edit hook 2", exact=True).click()
    dialog = page.get_by_role("dialog", name='Edit "hook 2"', exact=True)
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Replace signing secret", exact=True).click()
    field = dialog.get_by_label("Signing secret", exact=True)
    expect(field).to_be_focused()
    dialog.get_by_role("button", name="Keep signing secret that is set", exact=True).click()
    replace = dialog.get_by_role("button", name="Replace signing secret", exact=True)
    expect(replace).to_be_focused()
    replace.click()
    fill(dialog, "Signing secret", "second")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_have_count(0)
    assert signed_by("second")


def test_a_form_says_what_is_missing_and_what_is_wrong(open_page, shared_server, channels):
    page, watch = open_page(shared_server)
    watch.allow("400")
    dialog = choose_kind(page, "E-mail")
    dialog.get_by_role("button", name="Create", exact=True).click()
    expect(dialog.get_by_text("To is required", exact=True)).to_be_visible()
    expect(dialog.get_by_text("Mail server is required", exact=True)).to_be_visible()
    fill(dialog, "Name", "ops mail")
    fill(dialog, "To", "ops@example.org, nobody")
    fill(dialog, "From", "metricbox@example.org")
    fill(dialog, "Mail server", "mail.example.org")
    dialog.get_by_role("button", name="Create", exact=True).click()
    expect(dialog.get_by_text(re.compile("^To must be an e-mail address"))).to_be_visible()
    fill(dialog, "To", "ops@example.org, night@example.org")
    fill(dialog, "Port", "many")
    dialog.get_by_role("button", name="Create", exact=True).click()
    expect(dialog.get_by_text(re.compile("^Port must be"))).to_be_visible()
    fill(dialog, "Port", "25")
    dialog.get_by_role("button", name="Create", exact=True).click()
    expect(card(page, "ops mail")).to_contain_text("ops@example.org, night@example.org")


@pytest.mark.parametrize(("kind", "label", "url", "shown"), [
    ("Slack", "Webhook address", "https://hooks.slack.com/services/T/B/x", "address kept as a secret"),
    ("Teams", "Workflow address", "https://example.org/workflows/x", "address kept as a secret"),
    ("ntfy", "Topic address", "https://ntfy.sh/my-topic", "https://ntfy.sh/my-topic"),
    ("Alertmanager", "Address", "http://127.0.0.1:9093", "http://127.0.0.1:9093"),
    ("Apprise", "Apprise address", "json://127.0.0.1/x", "address kept as a secret"),
])  # fmt: skip
def test_each_kind_has_its_form(channels, api, kind, label, url, shown):
    page = channels
    dialog = choose_kind(page, kind)
    fill(dialog, "Name", f"by {kind}")
    fill(dialog, label, url)
    dialog.get_by_role("button", name="Create", exact=True).click()
    expect(card(page, f"by {kind}")).to_contain_text(shown)
    assert api.data("GET", CHANNELS)[0]["type"] == kind.lower()


def test_a_switch_turns_at_once_and_back_when_refused(open_page, shared_server, channels, api, sink):
    page, watch = open_page(shared_server)
    watch.allow("503")
    api.data("POST", CHANNELS, {"name": "hook", "type": "webhook", "settings": {"url": sink.url}})
    show(page)
    switch = page.get_by_role("switch", name="hook is on", exact=True)
    expect(switch).to_have_attribute("aria-checked", "true")
    with page.expect_response("**/alerts/channels/*"):
        switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    page.reload()
    expect(switch).to_have_attribute("aria-checked", "false")
    assert api.data("GET", CHANNELS)[0]["enabled"] is False
    refusal = {"error": "Not now.", "code": "UNAVAILABLE", "details": []}
    page.route("**/alerts/channels/*", lambda route: route.fulfill(status=503, json=refusal))
    switch.click()
    expect(page.get_by_text("Not changed: Not now.", exact=True).first).to_be_visible()
    expect(switch).to_have_attribute("aria-checked", "false")


def test_deleting_says_which_rules_use_it(channels, api, sink):
    page = channels
    body = {"name": "hook", "type": "webhook", "settings": {"url": sink.url}}
    made = api.data("POST", CHANNELS, body)
    rule = make_rule(api, "Told by hook", "ch_none", notification={"channels": [made["id"]]})
    show(page)
    expect(card(page, "hook")).to_contain_text("used by 1 rule")
    page.get_by_role("button", name="Delete hook", exact=True).click()
    dialog = page.get_by_role("dialog", name='Delete "hook"?', exact=True)
    expect(dialog.get_by_role("link", name="Told by hook", exact=True)).to_be_visible()
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("No channels yet", exact=True)).to_be_visible()
    api.wait_for(CHANNELS, lambda found: found == [])
    api.data("DELETE", f"/api/v1/alerts/rules/{rule['id']}")


def test_it_is_for_admins(open_page, shared_server, api):
    editor = {"email": "channel-editor@example.com", "password": PASSWORD, "role": "editor"}
    api.data("POST", "/api/v1/users", editor)
    page, _ = open_page(shared_server, signed_in=False)
    page.request.post(
        "/api/v1/auth/login",
        data={"email": editor["email"], "password": PASSWORD},
        headers={"Origin": shared_server.url},
    )
    page.goto("/settings/channels")
    expect(page.get_by_text("Your role does not allow this", exact=True)).to_be_visible()
    page.goto("/settings/profile")
    expect(page.get_by_role("link", name="Profile", exact=True).first).to_be_visible()
    expect(page.get_by_role("link", name="Channels", exact=True)).to_have_count(0)
