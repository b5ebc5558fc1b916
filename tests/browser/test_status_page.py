"""The status page: what comes in, what was refused and why, in words; live."""

import time

from playwright.sync_api import expect

from tests.browser.server import PASSWORD, Api, history


def test_refusals_are_told_with_their_last_example_and_all_is_well_without(own_server, open_page):
    server = own_server()
    api = Api(server.url)
    page, _ = open_page(server)
    page.goto("/settings/status")
    expect(page.get_by_text("All is well.")).to_be_visible()
    expect(page.get_by_role("region", name="What was refused")).to_have_count(0)
    api.push(history("status_metric"))
    now = int(time.time() * 1000)
    points = [{"name": name, "value": 1, "timestamp": now} for name in ("good", "1 bad name")]
    status, _, _ = api.send("POST", "/api/v1/metrics", {"metrics": points})
    assert status == 202
    page.get_by_role("button", name="Refresh", exact=True).click()
    refused = page.get_by_role("region", name="What was refused")
    expect(refused.get_by_role("row", name="metricbox JSON and agents")).to_contain_text(
        "a name or tag that cannot be stored"
    )
    expect(refused).to_contain_text("'1 bad name' is not a metric name")
    expect(page.get_by_text("Samples were refused within the last hour")).to_be_visible()
    page.get_by_role("link", name="What was refused").click()
    expect(page.get_by_role("heading", name="What was refused")).to_be_in_viewport()
    expect(page.get_by_role("region", name="Jobs").get_by_role("row")).not_to_have_count(1)
    page.set_viewport_size({"width": 390, "height": 800})
    sideways = refused.evaluate("region => region.scrollWidth - region.clientWidth")
    assert sideways <= 0, "on a phone the reason is read without scrolling sideways"
    page.get_by_role("button", name="Support text").click()
    text = page.get_by_role("region", name="Support text")
    expect(text).to_contain_text("refused by json, bad_series: 1")
    expect(text).not_to_contain_text("1 bad name")


def test_a_viewer_sees_it_too(shared_server, open_page, api):
    account = {"email": "status@example.org", "password": PASSWORD, "role": "viewer"}
    api.data("POST", "/api/v1/users", account)
    page, _ = open_page(shared_server, email="status@example.org")
    page.goto("/settings/status")
    expect(page.get_by_role("region", name="What is stored").get_by_role("row")).to_have_count(4)
