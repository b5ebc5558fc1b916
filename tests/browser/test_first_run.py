"""From an empty folder to a live chart."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.server import outside_address

CANVAS = "document.querySelector('.chart canvas')?.toDataURL()"
# From the click to the first line; UI.md 3.11.
FIRST_LINE_S = 10


def test_set_up_ends_on_a_live_chart(own_server, open_page):
    server = own_server(with_admin=False, agent=True)
    page, _ = open_page(server, signed_in=False)
    page.goto("/")
    expect(page).to_have_url(f"{server.url}/setup")
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome to metricbox")
    expect(page).to_have_title("Set up · metricbox")

    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_label("E-mail")).to_be_focused()
    expect(page.get_by_text("E-mail must be an e-mail address, like ada@example.org")).to_be_visible()
    page.get_by_label("E-mail").fill("first@example.com")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_label("Password", exact=True)).to_be_focused()

    page.get_by_label("Password", exact=True).fill("correct horse battery")
    began = time.monotonic()
    page.get_by_role("button", name="Create account").click()
    expect(page).to_have_url(re.compile(r"/dashboard/[\w-]+$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("This box")
    expect(page.locator(".chart canvas").first).to_be_visible()
    expect(page.locator(".legend-value", has_text=re.compile(r"\d")).first).to_be_visible()
    assert time.monotonic() - began < FIRST_LINE_S

    before = page.evaluate(CANVAS)
    page.wait_for_function(f"(before) => {CANVAS} !== before", arg=before, timeout=30_000)

    # A second set-up is refused: the page leads away and the API says no.
    page.goto("/setup")
    expect(page).to_have_url(f"{server.url}/")
    answer = page.request.post(
        "/api/v1/setup",
        data={"email": "second@example.com", "password": "correct horse battery"},
        headers={"Origin": server.url},
    )
    assert answer.status == 409


def test_a_password_is_needed_before_anything_is_shown(own_server, open_page):
    server = own_server()
    page, watch = open_page(server, signed_in=False)
    # A dashboard may be public, so it is asked for.
    watch.allow(r"status of 401 .* /api/v1/dashboards/some$")
    page.goto("/dashboard/some?from=now-2h")
    expect(page).to_have_url(f"{server.url}/login?next=%2Fdashboard%2Fsome%3Ffrom%3Dnow-2h")
    watch.allow(r"status of 404 .* /no/such/page$")
    page.goto("/no/such/page")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to metricbox")


def test_from_another_machine_the_code_is_asked_and_nothing_needs_https(own_server, open_page):
    """Plain HTTP on a LAN is no secure context: clipboard, UUIDs and more are missing there."""
    address = outside_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    server = own_server(with_admin=False, host=address)
    code = server.wait_for_output(r"\b[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}\b")
    page, watch = open_page(server, signed_in=False)
    watch.allow(r"status of 403 .*/api/v1/setup$")
    page.goto("/")
    assert page.evaluate("isSecureContext") is False
    page.get_by_label("E-mail").fill("first@example.com")
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    page.get_by_label("Set-up code").fill("AAAA-AAAA-AAAA")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("This is not the set-up code")).to_be_visible()
    expect(page.get_by_label("Set-up code")).to_be_focused()
    page.get_by_label("Set-up code").fill(code)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This box")

    page.goto("/settings/tokens")
    page.get_by_role("button", name="New token").first.click()
    page.get_by_label("Name", exact=True).fill("agent")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("button", name="Copy").first.click()
    expect(page.get_by_text("Selected: press Ctrl+C")).to_be_visible()
    field = page.get_by_label("Token", exact=True)
    assert page.evaluate("getSelection().toString()") == field.input_value()
