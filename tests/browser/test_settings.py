"""Settings: preferences that follow the account, signed-in browsers, tokens with limits, the audit log."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.server import EMAIL, PASSWORD, Api, history, now_ms, panel

DAY_MS = 86_400_000


def sign_in(page) -> None:
    page.goto("/login")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboards")


def test_theme_and_time_zone_follow_the_account(own_server, open_page):
    server = own_server()
    api = Api(server.url)
    api.push(history("zone_metric"))
    path = api.dashboard("Zone", [panel("Line", "zone_metric")])
    page, _ = open_page(server, timezone_id="UTC", color_scheme="dark")
    page.goto("/settings/profile")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    with page.expect_response("**/auth/me/preferences") as saved:
        page.get_by_role("radio", name="Light").check()
    assert saved.value.ok
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    zone = page.get_by_label("Time zone")
    expect(zone).to_have_value("")
    zone.select_option("Asia/Tokyo")
    expect(page.locator(".toast")).to_contain_text("Time zone saved")
    expect(zone).to_have_value("Asia/Tokyo")
    assert api.data("GET", "/api/v1/auth/me/preferences") == {"theme": "light", "timezone": "Asia/Tokyo"}

    # Another browser of the account, right after signing in.
    other, _ = open_page(server, signed_in=False, timezone_id="UTC", color_scheme="dark")
    sign_in(other)
    expect(other.locator("html")).to_have_attribute("data-theme", "light")
    other.goto(path)
    other.get_by_role("button", name=re.compile("Last 1 hour")).click()
    expect(other.get_by_text("Asia/Tokyo")).to_be_visible()
    # A link says it for itself.
    other.goto(f"{path}?tz=America/New_York&theme=dark")
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")
    other.get_by_role("button", name=re.compile("Last 1 hour")).click()
    expect(other.get_by_text("America/New_York")).to_be_visible()


def test_the_theme_menu_saves_as_well_and_says_when_it_cannot(shared_server, open_page, api):
    page, watch = open_page(shared_server)
    watch.allow(r"status of 503 .*/preferences$")
    page.goto("/")
    answer = {"error": "Not now.", "code": "UNAVAILABLE"}
    page.route(
        "**/auth/me/preferences",
        lambda route: (
            route.fulfill(status=503, json=answer) if route.request.method == "PUT" else route.fallback()
        ),
    )
    page.get_by_role("button", name="Theme", exact=True).click()
    page.get_by_role("menuitemradio", name="Light").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(page.locator(".toast")).to_contain_text("Only this browser has the new theme: Not now.")
    page.unroute("**/auth/me/preferences")
    page.get_by_role("button", name="Theme", exact=True).click()
    with page.expect_response("**/auth/me/preferences"):
        page.get_by_role("menuitemradio", name="Dark").click()
    assert api.data("GET", "/api/v1/auth/me/preferences")["theme"] == "dark"


def test_signed_in_browsers_are_listed_and_signed_out(own_server, open_page):
    server = own_server()
    page, _ = open_page(server)
    phone = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
    other, watch = open_page(server, user_agent=phone)
    watch.allow(r"status of 401")
    other.goto("/")
    expect(other.get_by_role("heading", level=1)).to_have_text("Dashboards")
    page.goto("/settings/profile")
    sessions = page.locator(".session")
    expect(sessions).to_have_count(2)
    expect(sessions.filter(has_text="this browser")).to_have_count(1)
    expect(sessions.filter(has_text="this browser")).to_contain_text("127.0.0.1 · last seen just now")
    lost = sessions.filter(has_text="Firefox on Android")
    lost.get_by_role("button").click()
    expect(page.locator(".toast")).to_contain_text("Signed out Firefox on Android")
    expect(sessions).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    other.get_by_role("link", name="Settings", exact=True).click()
    expect(other.get_by_role("dialog", name="Your session has ended")).to_be_visible()

    everywhere = page.get_by_role("button", name="Sign out everywhere")
    everywhere.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Sign out everywhere?")
    expect(dialog).to_contain_text("Tokens go on working")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(everywhere).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to metricbox")
    assert page.request.get("/api/v1/auth/me").status == 401


def test_a_password_change_signs_out_the_others(own_server, open_page):
    server = own_server()
    page, _ = open_page(server)
    page.goto("/settings/profile")
    expect(page.locator(".session")).to_have_count(1)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("New password must have at least 8 characters")).to_be_visible()
    expect(page.get_by_label("New password", exact=True)).to_be_focused()
    other, watch = open_page(server)
    watch.allow(r"status of 401")
    page.get_by_label("Current password", exact=True).fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("another long password")
    page.get_by_role("button", name="Change password").click()
    expect(page.locator(".toast")).to_contain_text("Your other browsers are signed out")
    assert page.request.get("/api/v1/auth/me").status == 200
    assert other.request.get("/api/v1/auth/me").status == 401


def test_a_token_has_an_end_and_limits(shared_server, open_page, api):
    page, _ = open_page(shared_server)
    page.goto("/settings/tokens")
    page.get_by_role("button", name="New token").first.click()
    dialog = page.get_by_role("dialog", name="New token")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_text("Name must not be empty")).to_be_visible()
    expect(dialog.get_by_label("Name")).to_be_focused()
    dialog.get_by_label("Name").fill("limited agent")
    dialog.get_by_label("Expiry").select_option("30")
    dialog.get_by_text("Limits").click()
    dialog.get_by_label("Metric prefix").fill("9lives")
    dialog.get_by_label("Series cap").fill("many")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_text("Metric prefix must begin with a letter, _ or :")).to_be_visible()
    expect(dialog.get_by_text("Series cap must be a whole number")).to_be_visible()
    dialog.get_by_label("Metric prefix").fill("web_")
    dialog.get_by_label("Series cap").fill("1,000")
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_label("Example command")).to_have_value(re.compile('"name":"web_test"'))
    secret = page.get_by_label("Token", exact=True).input_value()
    page.get_by_role("button", name="I have stored it").click()
    row = page.get_by_role("row", name=re.compile("limited agent"))
    expect(row).to_contain_text("metrics web_…, at most 1,000 series")
    expect(row).to_contain_text("in 30 days")
    made = next(token for token in api.data("GET", "/api/v1/tokens") if token["name"] == "limited agent")
    assert (made["metricPrefix"], made["maxSeries"]) == ("web_", 1000)
    assert (
        api.send("POST", "/api/v1/metrics", {"metrics": [{"name": "x", "value": 1}]}, token=secret)[0] == 400
    )
    page.reload()
    api.send("POST", "/api/v1/metrics", {"metrics": [{"name": "web_x", "value": 1}]}, token=secret)
    page.reload()
    expect(row).to_contain_text("just now")


def test_faults_that_only_the_server_sees_land_at_their_field(shared_server, open_page):
    page, watch = open_page(shared_server)
    watch.allow(r"status of 400 .* /api/v1/tokens$")
    page.goto("/settings/tokens")
    page.get_by_role("button", name="New token").first.click()
    dialog = page.get_by_role("dialog", name="New token")
    dialog.get_by_label("Name").fill("late")
    dialog.get_by_label("Expiry").select_option("date")
    dialog.get_by_label("Last day").fill("2020-02-29")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_text("Expiry must be in the future")).to_be_visible()
    expect(dialog.get_by_label("Last day")).to_be_focused()
    expect(dialog.get_by_label("Last day")).to_have_attribute("aria-invalid", "true")


def test_a_viewer_makes_tokens_that_read(shared_server, open_page, api):
    wish = {"email": "reader@example.com", "password": PASSWORD, "role": "viewer"}
    api.data("POST", "/api/v1/users", wish)
    page, _ = open_page(shared_server, signed_in=False)
    page.goto("/login?next=/settings/tokens")
    page.get_by_label("E-mail").fill("reader@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="New token").click()
    dialog = page.get_by_role("dialog", name="New token")
    expect(dialog.get_by_role("radio")).to_have_count(1)
    dialog.get_by_label("Name").fill("report")
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("dialog", name="Store this token now")).to_be_visible()


def test_the_audit_log_tells_what_changed(own_server, open_page):
    server = own_server()
    api = Api(server.url)
    path = api.dashboard("Web servers", [panel("CPU", "cpu")])
    identity = path.rsplit("/", 1)[1]
    api.data("PUT", f"/api/v1/dashboards/{identity}", {"version": 1, "isPublic": True, "name": "Web <b>"})
    api.send("POST", "/api/v1/auth/login", {"email": "nobody@example.com", "password": "wrong password"})
    page, _ = open_page(server)
    page.goto("/settings/audit")
    entry = page.locator(".entry").filter(has_text="Changed dashboard Web <b>")
    expect(entry).to_contain_text(EMAIL)
    expect(entry).to_contain_text("from 127.0.0.1")
    head = entry.get_by_role("button")
    expect(head).to_have_attribute("aria-expanded", "false")
    head.focus()
    page.keyboard.press("Enter")
    expect(entry.get_by_role("row", name="Name Web servers Web <b>")).to_be_visible()
    expect(entry.get_by_role("row", name="Is public no yes")).to_be_visible()
    page.keyboard.press("Enter")
    expect(entry.get_by_role("table")).to_have_count(0)

    page.get_by_label("Action").select_option("sign_in_failed")
    expect(page.locator(".entry")).to_have_count(1)
    page.locator(".entry").get_by_role("button").click()
    expect(page.locator(".entry")).to_contain_text("unknown account")
    page.get_by_role("button", name="Show all").click()
    page.get_by_label("Of what").select_option("dashboard")
    page.get_by_label("Since when").select_option("now-1h")
    expect(page.locator(".entry").filter(has_text="Created dashboard Web servers")).to_be_visible()
    expect(page.locator(".entry").filter(has_text="Signed in")).to_have_count(0)
    page.get_by_label("Search the audit log").fill("no such thing")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    assert "wrong password" not in page.content()


@pytest.mark.parametrize("width", [320, 390])
def test_settings_fit_on_a_phone(shared_server, open_page, api, width):
    long = "a-very-long-address-of-somebody@department.of.something.example.org"
    api.send("POST", "/api/v1/users", {"email": long, "password": PASSWORD})
    expires = now_ms() + DAY_MS
    api.data("POST", "/api/v1/tokens", {"name": "x" * 180, "scope": "read", "expiresAt": expires})
    page, _ = open_page(shared_server, viewport={"width": width, "height": 700}, has_touch=True)
    for name in ("profile", "tokens", "users", "audit"):
        page.goto(f"/settings/{name}")
        expect(page.locator(".session, .table, .entry").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    page.locator(".entry-head.is-button").first.click()
    expect(page.locator(".changes").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_control_of_the_settings_has_a_name(page):
    for name in ("profile", "tokens", "users", "audit"):
        page.goto(f"/settings/{name}")
        expect(page.locator(".session, .table, .message, .entry").first).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        nameless = page.evaluate(
            """() => [...document.querySelectorAll('button, a[href], input, select, [tabindex="0"]')]
              .filter((element) => element.checkVisibility())
              .filter((element) => !element.getAttribute('aria-label') && !element.labels?.length)
              .filter((element) => element.matches('select, input') || !element.textContent.trim())
              .map((element) => element.outerHTML.slice(0, 120))"""
        )
        assert nameless == [], name


@pytest.mark.parametrize("name", ['<img src=x onerror="alert(1)">', "a\u202eb", "javascript:alert(1)"])
def test_hostile_names_are_text_in_settings(own_server, open_page, name):
    server = own_server()
    api = Api(server.url)
    api.data("POST", "/api/v1/tokens", {"name": name, "scope": "read"})
    shown = name.replace("\u202e", "\\u{202e}")
    # What a browser calls itself is anybody's text; headers carry ASCII only.
    page, _ = open_page(server, user_agent=name.encode("ascii", "ignore").decode())
    page.on("dialog", lambda dialog: pytest.fail(f"a dialogue opened: {dialog.message}"))
    page.goto("/settings/tokens")
    expect(page.locator(".cell-text", has_text=shown)).to_be_visible()
    page.goto("/settings/audit")
    expect(page.locator(".entry-what", has_text=f"Created token {shown}")).to_be_visible()
    page.goto("/settings/profile")
    expect(page.locator(".session").first).to_be_visible()
    assert page.locator("main img").count() == 0
