"""The page of hosts: who reports and who fell silent, the charts of one, and connecting another."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import Api, MetricboxProcess, now_ms

MINUTE_MS = 60_000


def load_of(
    host: str, value: float = 1, age_ms: int = 0, count: int = 12, **tags: str
) -> list[dict[str, Any]]:
    end_ms = now_ms() - age_ms
    return [
        {
            "name": "node_load1",
            "value": value,
            "tags": {"instance": host, **tags},
            "timestamp": end_ms - number * 10_000,
        }
        for number in range(count)
    ]


def shares_of(host: str, cpu: float, disk: float) -> list[dict[str, Any]]:
    tags = {"host": host}
    root = {"path": "/", "fstype": "ext4", "device": "sda1", **tags}
    return [
        {"name": name, "value": value, "tags": labels, "timestamp": now_ms() - number * 10_000}
        for number in range(12)
        for name, value, labels in (
            ("cpu_usage_idle", 100 - cpu, {"cpu": "cpu-total", **tags}),
            ("cpu_usage_iowait", 0, {"cpu": "cpu-total", **tags}),
            ("disk_used_percent", disk, root),
            ("system_load1", 0.5, tags),
        )
    ]


@pytest.fixture
def server(own_server) -> MetricboxProcess:
    return own_server()


@pytest.fixture
def api(server: MetricboxProcess) -> Api:
    return Api(server.url)


@pytest.fixture
def page(server: MetricboxProcess, open_page) -> Page:  # the server goes last
    return open_page(server)[0]


def row_of(page: Page, name: str) -> Any:
    return page.locator("tr.host", has=page.get_by_role("link", name=name, exact=True))


def test_a_box_without_hosts_offers_to_connect_one(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Hosts", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hosts")
    expect(page).to_have_title("Hosts · metricbox")
    expect(page.get_by_text("No host reports yet")).to_be_visible()
    expect(page.get_by_role("button", name="Connect a host").first).to_be_visible()


def test_silent_hosts_stand_out_and_come_first_by_choice(page: Page, api: Api) -> None:
    api.push(load_of("web2") + load_of("web10") + load_of("dead", age_ms=20 * MINUTE_MS))
    api.push(shares_of("tele", cpu=97, disk=85))
    page.goto("/hosts")
    names = page.locator("tr.host .host-link")
    expect(names).to_have_text(["dead", "tele", "web2", "web10"])
    expect(page.get_by_role("button", name="Silent 1")).to_be_visible()
    # By icon, word and colour.
    silent = row_of(page, "dead")
    expect(silent.locator(".host-state")).to_have_text("Silent")
    expect(silent.locator(".host-state svg")).to_be_visible()
    expect(silent.get_by_text(re.compile(r"2\d min ago"))).to_be_visible()
    # No figure of a host that says nothing.
    expect(silent.locator("td").nth(2)).to_contain_text("no data")

    expect(row_of(page, "tele").get_by_role("img", name="critical")).to_be_visible()
    expect(row_of(page, "tele").get_by_role("img", name="warning")).to_be_visible()
    expect(row_of(page, "tele").locator(".host-share-number").first).to_have_text("97\u00a0%")
    expect(row_of(page, "tele").get_by_role("img", name=re.compile("Last 24 hours: "))).to_be_visible()

    page.get_by_role("button", name="Load", exact=True).click()
    expect(page.get_by_role("columnheader", name="Load")).to_have_attribute("aria-sort", "descending")
    expect(names).to_have_text(["web2", "web10", "tele", "dead"])
    page.get_by_role("button", name="Sort by: Load").click()
    page.get_by_role("menuitemradio", name="Silent first").click()
    expect(names).to_have_text(["dead", "tele", "web2", "web10"])
    page.reload()
    expect(page.get_by_role("button", name="Sort by: Silent first")).to_be_visible()

    page.get_by_role("button", name="Silent 1").click()
    expect(names).to_have_text(["dead"])
    page.get_by_role("button", name="All 4").click()
    page.get_by_label("Search hosts").fill("web")
    expect(names).to_have_text(["web2", "web10"])
    page.get_by_label("Search hosts").fill("nothing")
    expect(page.get_by_text("No host matches")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    expect(names).to_have_count(4)


def test_the_last_sample_ages_while_one_looks_and_new_hosts_appear(page: Page, api: Api) -> None:
    api.push(load_of("web1"))
    page.goto("/hosts")
    seen = row_of(page, "web1").locator("time")
    expect(seen).to_have_text(re.compile(r"^\d+ s ago$"))
    before = seen.inner_text()
    expect(seen).not_to_have_text(before)
    api.push(load_of("web3"))
    expect(page.get_by_role("link", name="web3", exact=True)).to_be_visible(timeout=30_000)


def test_of_many_hosts_only_those_near_the_window_are_in_the_page(page: Page, api: Api) -> None:
    names = [f"host{number:03}" for number in range(200)]
    api.push([sample for name in names for sample in load_of(name, count=3)])
    page.goto("/hosts")
    expect(page.get_by_role("button", name="All 200")).to_be_visible()
    rows = page.locator("tr.host")
    expect(rows.first).to_contain_text("host000")
    assert rows.count() < 60
    expect(page.locator("table.hosts")).to_have_attribute("aria-rowcount", "201")
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.get_by_role("link", name="host199", exact=True)).to_be_in_viewport()
    assert rows.count() < 60
    page.get_by_role("button", name="Tiles").click()
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.locator(".host-tile", has_text="host199")).to_be_in_viewport()
    assert page.locator(".host-tile").count() < 120


def test_a_host_opens_a_drawer_with_six_charts_by_mouse_keyboard_and_link(page: Page, api: Api) -> None:
    api.push(load_of("web1", 3.25) + load_of("web2"))
    page.goto("/hosts")
    row_of(page, "web1").locator("td").nth(4).click()
    drawer = page.get_by_role("dialog", name="web1")
    expect(drawer).to_be_visible()
    expect(page).to_have_url(re.compile(r"/hosts\?host=web1$"))
    expect(drawer.get_by_role("heading", level=2)).to_have_text(
        ["web1", "CPU", "Memory", "Disk", "Network", "Load", "Disk reads and writes"]
    )
    expect(drawer.get_by_role("region", name="Load", exact=True).locator("canvas")).to_be_visible()
    expect(drawer.get_by_role("region", name="Load", exact=True)).to_contain_text("3.25")
    # What the host does not send is told, not drawn.
    expect(drawer.get_by_role("region", name="CPU", exact=True)).to_contain_text("No data")
    drawer.get_by_role("button", name="6 hours").click()
    expect(drawer.get_by_role("button", name="6 hours")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/hosts$"))

    link = page.get_by_role("link", name="web2", exact=True)
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="web2")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(link).to_be_focused()

    page.goto("/hosts?host=gone")
    expect(page.get_by_role("dialog", name="gone")).to_contain_text("No host of this name reports")
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_dashboard_of_a_host_is_made_once_and_shows_it(page: Page, api: Api) -> None:
    api.push(load_of("web1") + load_of('b"1'))
    page.goto("/hosts?host=b%221")
    page.get_by_role("dialog").get_by_role("button", name="Open dashboard").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Node exporter")
    expect(page).to_have_url(re.compile(r"var-host=b%221"))
    expect(page.locator(".variable-bar")).to_contain_text('b"1')
    page.goto("/hosts?host=web1")
    page.get_by_role("dialog").get_by_role("link", name="Open dashboard").click()
    expect(page).to_have_url(re.compile(r"var-host=web1"))
    made = [one for one in api.data("GET", "/api/v1/dashboards") if one["name"] == "Node exporter"]
    assert len(made) == 1


def test_connecting_a_host_sees_its_first_data(page: Page, api: Api, server: MetricboxProcess) -> None:
    page.goto("/hosts")
    page.get_by_role("button", name="Connect a host").first.click()
    dialog = page.get_by_role("dialog", name="Connect a host")
    dialog.get_by_label("Name of the token").fill("rack 7")
    dialog.get_by_role("button", name="Make a token").click()
    expect(dialog.get_by_text("Listening for a new host…")).to_be_visible()
    secret = dialog.get_by_label("Token", exact=True).input_value()
    assert secret.startswith("mbx_")
    # Its secret is shown once: Esc must not take it away.
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    commands = dialog.locator(".copy-text")
    expect(commands).to_contain_text(f"metricbox agent install --server {server.url} --token {secret}")
    dialog.get_by_role("tab", name="Telegraf").click()
    expect(commands).to_contain_text(f'urls = ["{server.url}"]')
    expect(commands).to_contain_text(secret)
    dialog.get_by_role("tab", name="Prometheus").click()
    expect(commands).to_contain_text(f"url: {server.url}/api/v1/write")
    dialog.get_by_role("tab", name="A script").click()
    expect(commands).to_contain_text(f"{server.url}/api/v1/metrics")

    body = {"metrics": [{"name": f"m{number}", "value": 1, "tags": {"host": "web3"}} for number in range(14)]}
    status, _, _ = api.send("POST", "/api/v1/metrics", body, token=secret)
    assert status == 202
    expect(dialog.get_by_text("First data from web3, 14 series")).to_be_visible(timeout=30_000)
    dialog.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("dialog", name="web3")).to_contain_text("There are no charts for this host")


def test_a_viewer_sees_hosts_and_connects_none(
    page: Page, api: Api, server: MetricboxProcess, open_page
) -> None:
    api.push(load_of("web1"))
    account = {"email": "see@example.com", "password": "correct horse battery", "role": "viewer"}
    api.data("POST", "/api/v1/users", account)
    viewer, _ = open_page(server, signed_in=False)
    answer = viewer.request.post(
        "/api/v1/auth/login",
        data={"email": "see@example.com", "password": "correct horse battery"},
        headers={"Origin": server.url},
    )
    assert answer.ok
    viewer.goto("/hosts?host=web1")
    expect(viewer.get_by_role("dialog", name="web1")).to_be_visible()
    expect(viewer.get_by_role("region", name="Load", exact=True).locator("canvas")).to_be_visible()
    expect(viewer.get_by_text("Open dashboard")).to_have_count(0)
    viewer.keyboard.press("Escape")
    expect(viewer.get_by_role("link", name="web1", exact=True)).to_be_visible()
    expect(viewer.get_by_role("button", name="Connect a host")).to_have_count(0)


def test_hostile_names_are_text(page: Page, api: Api) -> None:
    names = ["<img src=x onerror=alert(1)>", "a\u202eb", "x" * 1000]
    api.push([sample for name in names for sample in load_of(name, count=2)])
    page.goto("/hosts")
    expect(page.get_by_role("link", name=names[0], exact=True)).to_be_visible()
    expect(page.get_by_text("a\\u{202e}b")).to_be_visible()
    page.get_by_role("link", name=names[0], exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("heading", level=2).first).to_have_text(names[0])
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_shows_tiles_and_scrolls_one_way(
    server: MetricboxProcess, open_page, api: Api, width: int
) -> None:
    api.push(load_of("web1.a-rather-long-name.example.com") + load_of("dead", age_ms=20 * MINUTE_MS))
    page, _ = open_page(server, viewport={"width": width, "height": 800})
    page.goto("/hosts")
    expect(page.locator(".host-tile")).to_have_count(2)
    expect(page.locator(".host-tile", has_text="dead")).to_contain_text("Silent")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator(".host-tile", has_text="web1").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    box = page.get_by_role("dialog").bounding_box()
    assert box is not None
    assert box["width"] == width


def test_what_an_agent_dropped_is_marked_with_what_to_do(page: Page, api: Api) -> None:
    """B044: lost samples are a metric, and are told of on the page."""
    agent = {"instance": "far", "job": "metricbox_agent"}
    now = now_ms()
    points = [
        {"name": f"metricbox_agent_{name}", "value": value, "tags": agent, "timestamp": now - back * 10_000}
        for back in range(12)
        for name, value in (("spool_batches", 214), ("spool_bytes", 3 << 20))
    ]
    points += [
        {
            "name": "metricbox_agent_dropped_samples_total",
            "value": lost if back == 0 else 0,
            "tags": {**agent, "reason": reason},
            "timestamp": now - back * MINUTE_MS,
        }
        for back in range(5)
        for reason, lost in (("spool_full", 1840), ("refused", 3), ("damaged", 0))
    ]
    api.push(points + load_of("far") + load_of("near"))
    page.goto("/hosts")
    mark = "Its agent dropped 1,843 samples in the last 24 hours"
    expect(row_of(page, "far").get_by_role("img", name=mark)).to_be_visible()
    expect(row_of(page, "near").get_by_role("img", name=re.compile("dropped"))).to_have_count(0)
    row_of(page, "far").get_by_role("link").click()
    drawer = page.get_by_role("dialog", name="far")
    expect(drawer.locator(".host-fact", has_text="Waiting to be sent")).to_contain_text("214 batches, 3.00")
    advice = drawer.get_by_role("list", name="Dropped in the last 24 hours").get_by_role("listitem")
    expect(advice).to_have_count(2)
    expect(advice.first).to_contain_text("1,840 samples dropped: the spool was full")
    expect(advice.first).to_contain_text("--spool-size")
    advice.last.get_by_role("link", name="Status").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Status")
