"""A public dashboard in a browser without an account: drawn whole, and no query is seen or sent."""

import json
import re

from playwright.sync_api import expect

from tests.browser.server import history, panel

SECRET = "public_metric"


def make_public(api) -> str:
    api.push(history(SECRET, host="web1") + history(SECRET, host="web2"))
    panels = [
        panel("Lines", [{"query": SECRET, "legend": "load of {{host}}"}, {"query": f"sum({SECRET})"}]),
        panel("Number", f"max({SECRET})", "stat"),
    ]
    return api.dashboard("Open to all", panels, isPublic=True)


def test_it_is_drawn_by_link_alone_and_its_queries_stay_at_home(shared_server, open_page, api):
    path = make_public(api)
    page, _ = open_page(shared_server, signed_in=False)
    texts: list[str] = []
    page.on("request", lambda request: texts.append(request.url + (request.post_data or "")))
    page.on("response", lambda response: texts.append(response.text() if "/api/" in response.url else ""))
    page.goto(path)
    expect(page).to_have_title("Open to all · metricbox")
    lines = page.get_by_role("region", name="Lines", exact=True)
    expect(lines.locator("canvas")).to_be_visible()
    expect(lines.locator(".legend-name").filter(has_text="load of web1")).to_have_count(1)
    expect(lines.locator(".legend-item")).to_have_count(3)
    number = page.get_by_role("region", name="Number", exact=True).locator(".stat-number")
    expect(number).to_have_text(re.compile(r"^1\d$"))
    # And goes on refreshing.
    with page.expect_response(re.compile("/query/batch")) as answer:
        pass
    sent = json.loads(answer.value.request.post_data)["queries"]
    assert len(sent) == 2
    assert all(set(query) - {"withCounts"} == {"panelId", "start", "end", "timezone"} for query in sent)
    assert not [text for text in texts if f"({SECRET})" in text]
    expect(page).to_have_url(shared_server.url + path)


def test_nothing_leads_further_than_to_signing_in(shared_server, open_page, api):
    path = make_public(api)
    page, _ = open_page(shared_server, signed_in=False)
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_have_text("Open to all")
    expect(page.get_by_role("navigation")).to_have_count(0)
    expect(page.get_by_role("button", name="Account", exact=True)).to_have_count(0)
    page.get_by_role("link", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/login\?next="))
    page.get_by_label("E-mail").fill("ops@example.com")
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(shared_server.url + path)
    expect(page.get_by_role("navigation")).to_be_visible()


def test_a_private_one_asks_who_is_there(shared_server, open_page, api):
    path = api.dashboard("Closed", [panel("Value", "closed_metric")])
    page, watch = open_page(shared_server, signed_in=False)
    watch.allow(r"status of 401 .* /api/v1/dashboards/")
    page.goto(f"{path}?from=now-6h&to=now")
    expect(page).to_have_url(re.compile(r"/login\?next="))
    page.get_by_label("E-mail").fill("ops@example.com")
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Closed")
    expect(page).to_have_url(re.compile(r"from=now-6h"))


def test_signing_out_on_a_dashboard_leaves_it(shared_server, open_page, api):
    path = make_public(api)
    page, _ = open_page(shared_server)
    page.goto(path)
    page.get_by_role("button", name="Account", exact=True).click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page).to_have_url(re.compile(r"/login$"))


def test_it_fits_a_phone(shared_server, open_page, api):
    path = make_public(api)
    page, _ = open_page(shared_server, signed_in=False, viewport={"width": 390, "height": 800})
    page.goto(path)
    expect(page.locator(".stat-number")).to_have_text(re.compile(r"^1\d$"))
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
