"""Every page and every main state of it, as what a person does to see it: for tests of all pages, and for pictures."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from playwright.sync_api import Page, expect

from tests.browser.demo_site import VIEWER, Site
from tests.browser.server import EMAIL

MISSING = "/dashboard/00000000-0000-4000-8000-000000000000"
HTTP_ERROR = r"Failed to load resource"


class Scene(NamedTuple):
    name: str
    show: Callable[[Page, Site], None]
    who: str = "admin"
    """admin, viewer, nobody; or new: on a server that has no account."""
    is_pictured: bool = True
    allows: str = ""
    """A console error that the scene provokes."""

    @property
    def title(self) -> str:
        words = self.name.replace("-", " ")
        return "SQL" if words == "sql" else words.capitalize()


# What is further down is not asked for until it is scrolled to. The page's policy forbids what waits by a text of code.
HAS_ALL = """async (limit) => {
  const isBusy = (element) => {
    const { top, bottom, height } = element.getBoundingClientRect();
    return height > 0 && bottom > 0 && top < innerHeight;
  };
  const end = performance.now() + limit;
  while ([...document.querySelectorAll('.skeleton, [aria-busy=true]')].some(isBusy)) {
    if (performance.now() > end) return false;
    await new Promise(requestAnimationFrame);
  }
  return true;
}"""
WAIT_MS = 20_000
IS_STILL = """() => Promise.allSettled(document.getAnimations()
  .filter((one) => one.effect?.getComputedTiming().iterations !== Infinity).map((one) => one.finished))"""
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"


def settle(page: Page) -> None:
    """What is in sight has what it asked for, and nothing moves."""
    expect(page.get_by_role("heading", level=1).first).to_be_attached()
    # Charts draw in a microtask after their data, what is observed for its size in the frame after that.
    page.evaluate(TWO_FRAMES)
    assert page.evaluate(HAS_ALL, WAIT_MS), "something in sight is still awaited"
    page.evaluate(IS_STILL)
    page.evaluate(TWO_FRAMES)


def is_phone(page: Page) -> bool:
    return page.evaluate("innerWidth < 768")


def at(address: str) -> Callable[[Page, Site], None]:
    def show(page: Page, site: Site) -> None:
        page.goto(address)
        settle(page)

    return show


def show_dashboard(page: Page, site: Site) -> None:
    page.goto(site.web)
    # Charts are further down than small windows reach, and are drawn when they are near.
    expect(page.locator(".gauge").first).to_be_visible()
    settle(page)


def show_press(page: Page, site: Site) -> None:
    page.goto(site.press)
    expect(page.locator(".chart canvas").first).to_be_visible()
    settle(page)


def show_empty(page: Page, site: Site) -> None:
    page.goto(site.empty)
    expect(page.get_by_text("Add your first panel")).to_be_visible()
    settle(page)


def edit(page: Page, site: Site) -> None:
    show_dashboard(page, site)
    page.get_by_role("button", name="Edit", exact=True).click()
    expect(page.get_by_role("toolbar", name="Edit the dashboard")).to_be_visible()
    settle(page)


def open_variables(page: Page, site: Site) -> None:
    edit(page, site)
    page.get_by_role("button", name="Variables", exact=True).click()
    expect(page.get_by_role("dialog", name="Variables", exact=True)).to_be_visible()


def show_variables(page: Page, site: Site) -> None:
    open_variables(page, site)
    page.get_by_role("button", name=re.compile("^Edit host")).click()
    expect(page.get_by_role("list", name="Values just now").get_by_role("listitem").first).to_be_visible()
    settle(page)


def show_dashboard_settings(page: Page, site: Site) -> None:
    edit(page, site)
    page.get_by_role("button", name="Settings", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    settle(page)


def show_history(page: Page, site: Site) -> None:
    show_dashboard(page, site)
    page.get_by_role("button", name="Dashboard actions").click()
    page.get_by_role("menuitem", name="History").click()
    expect(page.get_by_role("dialog", name="History").get_by_role("listitem").first).to_be_visible()
    settle(page)


def show_share(page: Page, site: Site) -> None:
    show_press(page, site)
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_role("dialog").get_by_label("Link", exact=True)).to_be_visible()
    settle(page)


def show_panel_menu(page: Page, site: Site) -> None:
    show_press(page, site)
    page.get_by_role("button", name="Menu of Oil temperature").click()
    expect(page.get_by_role("menuitem", name="Explore")).to_be_visible()
    settle(page)


def show_panel_table(page: Page, site: Site) -> None:
    show_panel_menu(page, site)
    page.get_by_role("menuitem", name="Show as table").click()
    expect(page.get_by_role("dialog").get_by_role("table")).to_be_visible()
    settle(page)


def show_choice(page: Page, site: Site) -> None:
    show_dashboard(page, site)
    page.get_by_role("button", name=re.compile("^Host: ")).click()
    expect(page.get_by_role("option").first).to_be_visible()
    settle(page)


def show_panel_editor(page: Page, site: Site) -> None:
    page.goto(site.panel)
    expect(page.get_by_label("Title", exact=True)).to_be_visible()
    expect(page.locator(".preview-panel .chart canvas")).to_be_visible()
    settle(page)


def show_new_panel(page: Page, site: Site) -> None:
    page.goto(site.panel.rpartition("/")[0] + "/new")
    expect(page.get_by_label("Title", exact=True)).to_be_visible()
    settle(page)


def show_panel(page: Page, site: Site) -> None:
    page.goto(f"{site.panel}?panel=view")
    expect(page.locator(".chart canvas")).to_be_visible()
    settle(page)


def explore(query: str) -> Callable[[Page, Site], None]:
    def show(page: Page, site: Site) -> None:
        page.goto(f"/explore{query}")
        if not is_phone(page):
            expect(
                page.get_by_role("tree", name="Metrics by name").get_by_role("treeitem").first
            ).to_be_visible()
        settle(page)

    return show


def show_explore_metric(page: Page, site: Site) -> None:
    explore("")(page, site)
    search = page.get_by_role("searchbox", name="Search metrics", exact=True)
    expect(search).to_be_visible()
    search.fill("press_temperature")
    found = page.get_by_role("list", name="Metrics found", exact=True).locator(".rail-item").first
    expect(found).to_contain_text("press_temperature_celsius")
    found.click()
    expect(page.locator(".chart canvas").first).to_be_attached()
    settle(page)


def show_sql(page: Page, site: Site) -> None:
    explore("")(page, site)
    page.get_by_role("button", name="SQL", exact=True).click()
    field = page.get_by_role("textbox", name="SQL statement", exact=True)
    expect(field).to_be_visible()
    field.fill(
        "SELECT name, count(*) AS samples, max(value) AS most\nFROM metrics_raw GROUP BY name ORDER BY samples DESC"
    )
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".sql-rows tbody tr").first).to_be_visible()
    settle(page)


def show_hosts(page: Page, site: Site) -> None:
    page.goto("/hosts")
    expect(page.get_by_role("link", name="web1", exact=True)).to_be_visible()
    settle(page)


def show_host(page: Page, site: Site) -> None:
    show_hosts(page, site)
    page.get_by_role("link", name="web2", exact=True).click()
    expect(page.get_by_role("dialog").locator(".chart canvas")).to_have_count(6)
    settle(page)


def show_lossy_host(page: Page, site: Site) -> None:
    show_hosts(page, site)
    page.get_by_role("link", name="db1", exact=True).click()
    expect(
        page.get_by_role("list", name="Dropped in the last 24 hours").get_by_role("listitem")
    ).to_have_count(2)
    settle(page)


def show_connect(page: Page, site: Site) -> None:
    show_hosts(page, site)
    page.get_by_role("button", name="Connect a host").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    settle(page)


def show_list(page: Page, site: Site) -> None:
    page.goto("/")
    expect(page.locator(".row").first).to_be_visible()
    settle(page)


def show_library(page: Page, site: Site) -> None:
    show_list(page, site)
    page.get_by_role("button", name="New dashboard").first.click()
    expect(page.get_by_role("dialog", name="New dashboard").get_by_label("Name", exact=True)).to_be_focused()
    settle(page)


def show_import(page: Page, site: Site) -> None:
    show_list(page, site)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("dialog", name="Import a dashboard")).to_be_visible()
    settle(page)


def show_palette(page: Page, site: Site) -> None:
    show_list(page, site)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Find")).to_be_focused()
    expect(page.get_by_role("option").first).to_be_visible()
    settle(page)


def show_shortcuts(page: Page, site: Site) -> None:
    show_list(page, site)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Shortcuts")).to_be_visible()
    settle(page)


def show_time_picker(page: Page, site: Site) -> None:
    show_press(page, site)
    page.locator(".time-button").click()
    expect(page.get_by_role("dialog", name="Time range").get_by_label("Write a range")).to_be_visible()
    settle(page)


def show_new_token(page: Page, site: Site) -> None:
    page.goto("/settings/tokens")
    page.get_by_role("button", name="New token").first.click()
    expect(page.get_by_role("dialog").get_by_label("Name", exact=True)).to_be_visible()
    settle(page)


def show_new_token_rules(page: Page, site: Site) -> None:
    show_new_token(page, site)
    dialog = page.get_by_role("dialog", name="New token")
    dialog.get_by_text("Limits and rules").click()
    dialog.get_by_role("button", name="Add a rule").click()
    dialog.get_by_label("Pattern", exact=True).fill("go_.*")
    dialog.get_by_role("button", name="Add a rule").click()
    dialog.get_by_label("What rule 2 does").select_option("replace")
    dialog.get_by_label("Label to set", exact=True).fill("env")
    settle(page)


def show_token_rules(page: Page, site: Site) -> None:
    page.goto("/settings/tokens")
    page.get_by_role("button", name="2 rules of far hall").click()
    expect(page.get_by_role("dialog", name="Rules of").get_by_role("listitem")).to_have_count(2)
    settle(page)


def show_storage(page: Page, site: Site) -> None:
    page.goto("/settings/storage")
    expect(page.get_by_role("region", name="Largest metrics").get_by_role("link").first).to_be_visible()
    settle(page)


def show_retention(page: Page, site: Site) -> None:
    show_storage(page, site)
    page.get_by_role("button", name="Change how long metrics_raw is kept").click()
    dialog = page.get_by_role("dialog", name="How long metrics_raw is kept")
    dialog.get_by_label("Keep for").fill("4h")
    expect(dialog.get_by_text("Oldest that stays")).to_be_visible()
    settle(page)


def show_new_user(page: Page, site: Site) -> None:
    page.goto("/settings/users")
    page.get_by_role("button", name="New user").click()
    expect(page.get_by_role("dialog", name="New user").get_by_label("E-mail")).to_be_visible()
    settle(page)


def show_missing(page: Page, site: Site) -> None:
    page.goto(MISSING)
    expect(page.get_by_text("This dashboard does not exist")).to_be_visible()
    settle(page)


def show_kiosk(page: Page, site: Site) -> None:
    page.goto(f"{site.press}?kiosk=1")
    expect(page.locator(".chart canvas").first).to_be_visible()
    settle(page)


def show_alerts(page: Page, site: Site) -> None:
    page.goto("/alerts")
    expect(page.get_by_text("Oil is warm").first).to_be_visible()
    settle(page)


def show_rules(page: Page, site: Site) -> None:
    page.goto("/alerts?tab=rules")
    expect(page.get_by_role("link", name="Oil is warm", exact=True)).to_be_visible()
    settle(page)


def show_built_in_rules(page: Page, site: Site) -> None:
    show_rules(page, site)
    page.get_by_role("button", name="Built-in rules").click()
    expect(page.get_by_role("list", name="Built-in rules").locator("> li")).to_have_count(8)
    settle(page)


def show_silences(page: Page, site: Site) -> None:
    page.goto("/alerts?tab=silences")
    expect(page.get_by_text("New pump on line 3").first).to_be_visible()
    settle(page)


def show_new_silence(page: Page, site: Site) -> None:
    show_silences(page, site)
    page.get_by_role("button", name="New silence").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    settle(page)


def show_rule(page: Page, site: Site) -> None:
    page.goto(site.rule)
    expect(page.get_by_label("Name", exact=True)).to_have_value("Oil is warm")
    expect(page.get_by_role("slider").first).to_be_attached()
    settle(page)


def show_alert_history(page: Page, site: Site) -> None:
    page.goto("/alerts/history")
    expect(page.locator(".history-row").first).to_be_visible()
    settle(page)


def show_deliveries(page: Page, site: Site) -> None:
    page.goto("/alerts/history?tab=deliveries")
    expect(page.get_by_text("Hall pager").first).to_be_visible()
    settle(page)


def show_targets(page: Page, site: Site) -> None:
    page.goto("/settings/targets")
    expect(page.get_by_text("nothing listens there").first).to_be_visible()
    expect(page.get_by_text("Up", exact=True).first).to_be_visible()
    settle(page)


def show_channels(page: Page, site: Site) -> None:
    page.goto("/settings/channels")
    expect(page.get_by_text("Hall pager").first).to_be_visible()
    settle(page)


SCENES = (
    Scene("setup", at("/setup"), who="new"),
    Scene("login", at("/login"), who="nobody"),
    Scene("dashboards", show_list),
    Scene("new-dashboard", show_library),
    Scene("import", show_import, is_pictured=False),
    Scene("palette", show_palette),
    Scene("shortcuts", show_shortcuts),
    Scene("dashboard", show_dashboard),
    Scene("dashboard-empty", show_empty),
    Scene("dashboard-edit", edit),
    Scene("dashboard-settings", show_dashboard_settings),
    Scene("dashboard-viewer", show_press, who="viewer", is_pictured=False),
    Scene("dashboard-public", show_press, who="nobody"),
    Scene("kiosk", show_kiosk),
    Scene("variables", open_variables, is_pictured=False),
    Scene("variable-editor", show_variables),
    Scene("variable-choice", show_choice),
    Scene("history", show_history),
    Scene("share", show_share),
    Scene("time-picker", show_time_picker),
    Scene("panel-menu", show_panel_menu),
    Scene("panel-table", show_panel_table),
    Scene("panel", show_panel),
    Scene("panel-editor", show_panel_editor),
    Scene("panel-new", show_new_panel),
    Scene("explore", show_explore_metric),
    Scene("explore-start", explore(""), is_pictured=False),
    Scene("sql", show_sql),
    Scene("hosts", show_hosts),
    Scene("host", show_host),
    Scene("host-dropped", show_lossy_host, is_pictured=False),
    Scene("connect-host", show_connect),
    Scene("alerts", show_alerts),
    Scene("alert-rules", show_rules),
    Scene("alert-rules-built-in", show_built_in_rules, is_pictured=False),
    Scene("silences", show_silences),
    Scene("silence-new", show_new_silence, is_pictured=False),
    Scene("rule", show_rule),
    Scene("rule-new", at("/alerts/rules/new"), is_pictured=False),
    Scene("alert-history", show_alert_history),
    Scene("deliveries", show_deliveries),
    Scene("settings-channels", show_channels),
    Scene("settings-profile", at("/settings/profile")),
    Scene("settings-tokens", at("/settings/tokens")),
    Scene("settings-new-token", show_new_token, is_pictured=False),
    Scene("settings-token-rules", show_new_token_rules),
    Scene("settings-rules-shown", show_token_rules, is_pictured=False),
    Scene("settings-targets", show_targets),
    Scene("settings-users", at("/settings/users")),
    Scene("settings-new-user", show_new_user, is_pictured=False),
    Scene("settings-audit", at("/settings/audit")),
    Scene("settings-storage", show_storage),
    Scene("settings-retention", show_retention),
    Scene("settings-status", at("/settings/status")),
    Scene("not-found", at("/nowhere"), allows=HTTP_ERROR),
    Scene("dashboard-missing", show_missing, is_pictured=False, allows=HTTP_ERROR),
    Scene("forbidden", at("/settings/users"), who="viewer"),
)


def open_scene(
    scene: Scene, site: Site, own_server: Callable[..., Any], open_page: Callable[..., Any], **options: Any
) -> Page:
    """In a browser of its own, by whom it is for; the last two are the fixtures of that name."""
    server = own_server(with_admin=False) if scene.who == "new" else site.server
    email = VIEWER if scene.who == "viewer" else EMAIL
    page, watch = open_page(server, signed_in=scene.who in {"admin", "viewer"}, email=email, **options)
    if scene.allows:
        watch.allow(scene.allows)
    scene.show(page, site)
    return page
