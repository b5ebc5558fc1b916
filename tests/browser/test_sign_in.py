"""Signing in, being turned away, and a session that ends while a page is open."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.server import EMAIL, PASSWORD, panel

SENTENCE = "E-mail or password is wrong."


def sign_in(page, password: str = PASSWORD, email: str = EMAIL) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_both_faults_give_one_sentence(shared_server, open_page):
    page, watch = open_page(shared_server, signed_in=False)
    watch.allow(r"status of 401 .* /api/v1/auth/login$")
    page.goto("/login")
    expect(page.get_by_label("E-mail")).to_be_focused()
    sign_in(page, password="wrong password")
    expect(page.locator(".form-error")).to_have_text(SENTENCE)
    sign_in(page, email="nobody@example.com")
    expect(page.locator(".form-error")).to_have_text(SENTENCE)
    sign_in(page)
    expect(page).to_have_url(f"{shared_server.url}/")
    expect(page).to_have_title("Dashboards · metricbox")


def test_signing_in_goes_on_to_the_page_that_was_asked_for(shared_server, open_page):
    page, _ = open_page(shared_server, signed_in=False)
    page.goto("/settings/tokens?theme=light")
    sign_in(page)
    expect(page).to_have_url(f"{shared_server.url}/settings/tokens?theme=light")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tokens")


@pytest.mark.parametrize(
    "target", ["//evil.invalid", "/\\evil.invalid", "https:evil.invalid", "/%2f/evil.invalid"]
)
def test_a_link_cannot_lead_to_another_site(shared_server, open_page, target):
    page, _ = open_page(shared_server, signed_in=False)
    page.goto("/login")
    page.evaluate(
        "(target) => history.replaceState(null, '', '/login?next=' + encodeURIComponent(target))", target
    )
    page.reload()
    sign_in(page)
    expect(page).to_have_url(f"{shared_server.url}/")


def test_too_many_attempts_count_down(shared_server, open_page):
    page, watch = open_page(shared_server, signed_in=False)
    watch.allow(r"status of 429 .* /api/v1/auth/login$")
    body = '{"error": "Too many attempts.", "code": "TOO_MANY_REQUESTS"}'
    headers = {"Retry-After": "3", "Content-Type": "application/json"}
    page.route("**/api/v1/auth/login", lambda route: route.fulfill(status=429, headers=headers, body=body))
    page.goto("/login")
    sign_in(page)
    expect(page.locator(".form-error")).to_have_text("Too many attempts. Try again in 3 s.")
    expect(page.get_by_role("button", name="Sign in")).to_be_disabled()
    expect(page.locator(".form-error")).to_have_text("Too many attempts. Try again in 1 s.")
    expect(page.get_by_role("button", name="Sign in")).to_be_enabled()
    page.unroute("**/api/v1/auth/login")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{shared_server.url}/")


def test_the_password_can_be_shown(shared_server, open_page):
    page, _ = open_page(shared_server, signed_in=False)
    page.goto("/login")
    field = page.get_by_label("Password", exact=True)
    expect(field).to_have_attribute("type", "password")
    expect(field).to_have_attribute("autocomplete", "current-password")
    page.get_by_role("button", name="Show password").click()
    expect(field).to_have_attribute("type", "text")


def test_a_session_that_ends_is_renewed_over_the_open_page(shared_server, open_page, api):
    api.push([{"name": "expiry_metric", "value": 5}])
    path = api.dashboard("Expiry", [panel("Value", "expiry_metric", "stat")])
    page, watch = open_page(shared_server)
    page.goto(path)
    expect(page.locator(".stat-number")).to_have_text("5")
    watch.allow(r"status of 401 .* /api/v1/")
    page.context.clear_cookies()
    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog).to_be_visible()
    expect(page.locator(".stat-number")).to_have_text("5")
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_have_count(0)
    expect(page).to_have_url(shared_server.url + path)
    with page.expect_response(re.compile("/query/batch")) as answer:
        pass
    assert answer.value.ok


def test_signing_out_leads_to_the_form_and_ends_the_session(shared_server, open_page):
    page, _ = open_page(shared_server)
    page.goto("/")
    page.get_by_role("button", name="Account", exact=True).click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page).to_have_url(f"{shared_server.url}/login")
    assert page.request.get("/api/v1/auth/me").status == 401
