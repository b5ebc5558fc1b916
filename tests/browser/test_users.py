"""Settings, Users: find, make, change, disable, delete; what an admin must not do to himself by accident."""

import re

from playwright.sync_api import expect

from tests.browser.server import EMAIL, PASSWORD, Api

NEW_PASSWORD = "another long password"


def account(api: Api, email: str, role: str = "viewer") -> str:
    return api.data("POST", "/api/v1/users", {"email": email, "password": PASSWORD, "role": role})["id"]


def row_of(page, email: str):
    return page.get_by_role("row", name=re.compile(re.escape(email)))


def sign_in(page, email: str, password: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_an_account_is_made_with_a_suggested_password_and_signs_in(shared_server, open_page):
    page, _ = open_page(shared_server)
    page.goto("/settings/users")
    page.get_by_role("button", name="New user").click()
    dialog = page.get_by_role("dialog", name="New user")
    expect(dialog.get_by_label("E-mail")).to_be_focused()
    # Nothing is sent before the form is right; the words are the server's.
    page.route("**/api/v1/users", lambda route: route.abort())
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_text("E-mail must be an e-mail address, like ada@example.org")).to_be_visible()
    expect(dialog.get_by_text("Password must have at least 8 characters")).to_be_visible()
    expect(dialog.get_by_label("E-mail")).to_be_focused()
    assert dialog.get_by_label("E-mail").get_attribute("aria-describedby")
    page.unroute("**/api/v1/users")

    dialog.get_by_label("E-mail").fill("grace@example.com")
    dialog.get_by_role("radio", name=re.compile("^Editor")).check()
    dialog.get_by_role("button", name="Suggest one").click()
    password = dialog.get_by_label("Password", exact=True).input_value()
    assert re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", password)
    dialog.get_by_role("button", name="Create").click()
    expect(dialog).to_have_count(0)
    expect(row_of(page, "grace@example.com").get_by_label("Role of")).to_have_value("editor")
    expect(row_of(page, "grace@example.com")).to_contain_text("never")

    other, _ = open_page(shared_server, signed_in=False)
    other.goto("/login")
    sign_in(other, "grace@example.com", password)
    expect(other).to_have_url(f"{shared_server.url}/")


def test_a_taken_address_is_told_and_the_form_stays(shared_server, open_page):
    page, watch = open_page(shared_server)
    watch.allow(r"status of 409 .* /api/v1/users$")
    page.goto("/settings/users")
    page.get_by_role("button", name="New user").click()
    dialog = page.get_by_role("dialog", name="New user")
    dialog.get_by_label("E-mail").fill(EMAIL)
    dialog.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    dialog.get_by_role("button", name="Create").click()
    expect(dialog).to_contain_text("already")
    expect(dialog.get_by_label("E-mail")).to_have_value(EMAIL)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="New user")).to_be_focused()


def test_role_disable_and_delete(shared_server, open_page, api):
    user = account(api, "joan@example.com")
    other, other_watch = open_page(shared_server, signed_in=False)
    other_watch.allow(r"status of 401")
    other.goto("/login")
    sign_in(other, "joan@example.com", PASSWORD)
    expect(other).to_have_url(f"{shared_server.url}/")

    page, _ = open_page(shared_server)
    page.goto("/settings/users")
    page.get_by_label("Search users").fill("JOAN")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_label("Role of joan@example.com").select_option("editor")
    expect(page.locator(".toast").last).to_contain_text("joan@example.com is editor now")
    assert api.data("GET", f"/api/v1/users/{user}")["role"] == "editor"

    actions = page.get_by_role("button", name="Actions for joan@example.com")
    actions.click()
    page.get_by_role("menuitem", name="Disable").click()
    expect(row_of(page, "joan@example.com")).to_contain_text("disabled")
    # Out at once: the next request of the page that is open asks for a new sign-in.
    other.get_by_role("link", name="Settings", exact=True).click()
    expect(other.get_by_role("dialog", name="Your session has ended")).to_be_visible()
    actions.click()
    page.get_by_role("menuitem", name="Enable").click()
    expect(row_of(page, "joan@example.com")).not_to_contain_text("disabled")

    actions.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Set a new password")).to_be_focused()
    page.keyboard.press("End")
    expect(page.get_by_role("menuitem", name="Delete")).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Delete joan@example.com?")
    expect(dialog).to_contain_text("their dashboards become yours")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(actions).to_be_focused()
    actions.click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog.get_by_role("button", name="Delete user").click()
    expect(page.get_by_text("No user matches")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert api.send("GET", f"/api/v1/users/{user}")[0] == 404


def test_an_admin_sets_a_password_for_somebody(shared_server, open_page, api):
    account(api, "radia@example.com")
    page, _ = open_page(shared_server)
    page.goto("/settings/users")
    page.get_by_label("Search users").fill("radia")
    page.get_by_role("button", name="Actions for radia@example.com").click()
    page.get_by_role("menuitem", name="Set a new password").click()
    dialog = page.get_by_role("dialog", name="New password for radia@example.com")
    dialog.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    dialog.get_by_role("button", name="Set password").click()
    expect(dialog).to_have_count(0)
    other, _ = open_page(shared_server, signed_in=False)
    other.goto("/login")
    sign_in(other, "radia@example.com", NEW_PASSWORD)
    expect(other).to_have_url(f"{shared_server.url}/")


def test_the_last_admin_is_explained_and_a_second_one_may_step_down(own_server, open_page):
    server = own_server()
    api = Api(server.url)
    page, _ = open_page(server)
    page.goto("/settings/users")
    row = row_of(page, EMAIL)
    expect(row).to_contain_text("The only admin who can sign in: make another account an admin first.")
    expect(row.get_by_label("Role of")).to_be_disabled()
    page.get_by_role("button", name=f"Actions for {EMAIL}").click()
    expect(page.get_by_role("menu")).to_contain_text("The only admin who can sign in")
    expect(page.get_by_role("menuitem")).to_have_count(1)
    page.keyboard.press("Escape")

    account(api, "second@example.com", "admin")
    page.reload()
    expect(row.get_by_label("Role of")).to_be_enabled()
    page.get_by_label(f"Role of {EMAIL}").select_option("viewer")
    dialog = page.get_by_role("dialog", name="Stop being an admin?")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_label(f"Role of {EMAIL}")).to_have_value("admin")
    page.get_by_label(f"Role of {EMAIL}").select_option("viewer")
    dialog.get_by_role("button", name="Change my role").click()
    expect(page).to_have_url(f"{server.url}/settings/profile")
    expect(page.get_by_role("navigation", name="Settings").get_by_role("link")).to_have_text(
        ["Profile", "Tokens", "Targets", "Storage", "Status"]
    )
    for address in ("/settings/users", "/settings/audit"):
        page.goto(address)
        expect(page.get_by_text("Your role does not allow this")).to_be_visible()


def test_many_accounts_come_page_by_page(own_server, open_page):
    server = own_server()
    api = Api(server.url)
    for number in range(52):
        account(api, f"person{number:02}@example.com")
    page, _ = open_page(server)
    page.goto("/settings/users")
    pager = page.get_by_role("navigation", name="Pages of users")
    expect(pager).to_contain_text("1–50 of 53")
    expect(page.locator("tbody tr")).to_have_count(50)
    forward = pager.get_by_role("button", name="Next")
    forward.focus()
    page.keyboard.press("Enter")
    expect(pager).to_contain_text("51–53 of 53")
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(forward).to_be_focused()
    expect(forward).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Enter")
    expect(pager).to_contain_text("51–53 of 53")
    # Looking for something else begins at the first page.
    page.get_by_label("Search users").fill("person0")
    expect(page.locator("tbody tr")).to_have_count(10)
    expect(pager).to_have_count(0)
