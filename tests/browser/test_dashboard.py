"""A dashboard that is alive: data arrive, refresh without flicker, go stale and come back."""

import re

from playwright.sync_api import expect

from tests.browser.server import Api, history, panel

# Counts the frames of the next seconds in which a chart's canvas is empty, and watches for replaced nodes.
WATCH_FRAMES = """(ms) => new Promise((resolve) => {
  const canvas = document.querySelector('.chart canvas');
  const seen = { frames: 0, blank: 0, loading: 0, isSame: true };
  const observer = new MutationObserver((list) => {
    for (const item of list) for (const node of item.addedNodes) {
      if (!(node instanceof Element)) continue;
      if (node.matches('.panel-skeleton') || node.querySelector('.panel-skeleton')) seen.loading += 1;
    }
  });
  observer.observe(document.body, { childList: true, subtree: true });
  const end = performance.now() + ms;
  const look = () => {
    seen.frames += 1;
    seen.isSame = seen.isSame && document.querySelector('.chart canvas') === canvas;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    if (!data.some((byte) => byte !== 0)) seen.blank += 1;
    if (performance.now() < end) requestAnimationFrame(look);
    else { observer.disconnect(); resolve(seen); }
  };
  requestAnimationFrame(look);
})"""


def test_a_pushed_metric_appears_on_a_dashboard_made_through_the_api(page, api):
    path = api.dashboard("Pushed", [panel("Value", [{"query": "pushed_metric", "legend": "{{host}}"}])])
    page.goto(path)
    expect(page.get_by_text("No data in the last hour")).to_be_visible()
    api.push(history("pushed_metric", host="web1"))
    expect(page.locator(".legend-name")).to_have_text("web1")
    expect(page.locator(".chart canvas")).to_be_visible()
    chart = page.get_by_role("group", name="Value, 1 series", exact=True)
    expect(chart).to_have_accessible_description(
        re.compile(r"^Value, 1 series, 1h to [\d:]+; highest web1 [\d.]+ at ")
    )
    expect(page).to_have_title("Pushed · metricbox")


def test_every_panel_type_is_drawn(page, api):
    api.push(history("typed_metric", host="a") + history("typed_metric", host="b"))
    kinds = ["line", "area", "bar", "gauge", "stat"]
    path = api.dashboard("Types", [panel(kind, "typed_metric", kind, unit="percent") for kind in kinds])
    page.goto(path)
    page.set_viewport_size({"width": 1280, "height": 2400})
    for kind in kinds:
        frame = page.get_by_role("region", name=kind, exact=True)
        if kind in {"line", "area", "bar"}:
            expect(frame.locator("canvas")).to_be_visible()
            expect(frame.locator(".legend-item")).to_have_count(2)
        elif kind == "gauge":
            expect(frame.get_by_role("meter")).to_have_count(2)
        else:
            expect(frame.locator(".stat-number")).to_have_count(2)


def test_a_refresh_swaps_data_in_place(page, api):
    api.push(history("steady_metric"))
    page.goto(
        api.dashboard("Steady", [panel("Line", "steady_metric"), panel("Stat", "steady_metric", "stat")])
    )
    expect(page.locator(".chart canvas")).to_be_visible()
    answers = []
    page.on("response", lambda response: answers.append(response) if "/query/batch" in response.url else None)
    before = page.evaluate("document.querySelector('.chart canvas').toDataURL()")
    seen = page.evaluate(WATCH_FRAMES, 4500)
    assert len(answers) >= 3, "it refreshed"
    assert seen["isSame"], "the canvas is the same element"
    assert seen["blank"] == 0, seen
    assert seen["loading"] == 0, seen
    assert seen["frames"] > 20, seen
    assert page.evaluate("document.querySelector('.chart canvas').toDataURL()") != before, "and it moved"


def test_lost_server_is_told_and_found_again(own_server, open_page):
    server = own_server()
    api = Api(server.url)
    api.push(history("lost_metric"))
    page, watch = open_page(server)
    page.goto(api.dashboard("Lost", [panel("Line", "lost_metric"), panel("Stat", "lost_metric", "stat")]))
    expect(page.locator(".chart canvas")).to_be_visible()
    watch.allow(r"ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED)")
    watch.allow(r"status of 503")
    server.stop()
    expect(page.locator(".banner")).to_contain_text("Cannot reach metricbox", timeout=20_000)
    expect(page.locator(".panel-mark.is-stale")).to_have_count(2)
    expect(page.locator(".chart canvas")).to_be_visible()
    expect(page.locator(".panel-age")).to_contain_text("Data are")
    with page.expect_request(re.compile("/api/v1/"), timeout=2_000):
        page.locator(".banner").get_by_role("button", name="Now", exact=True).click()
    server.start()
    expect(page.locator(".banner")).to_have_count(0, timeout=40_000)
    expect(page.locator(".panel-mark.is-stale")).to_have_count(0)


def test_a_hidden_tab_asks_for_nothing(page, api):
    api.push(history("hidden_metric"))
    page.goto(api.dashboard("Hidden", [panel("Line", "hidden_metric")]))
    expect(page.locator(".chart canvas")).to_be_visible()
    requests = []
    set_hidden = """(isHidden) => {
      Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }"""
    page.evaluate(set_hidden, True)
    page.wait_for_timeout(500)
    page.on("request", lambda request: requests.append(request) if "/query/batch" in request.url else None)
    page.wait_for_timeout(2500)
    assert requests == []
    with page.expect_request(re.compile("/query/batch"), timeout=900):
        page.evaluate(set_hidden, False)


def test_only_panels_near_the_viewport_are_asked_for(page, api):
    api.push(history("near_metric"))
    panels = [panel(f"P{row}", "near_metric", position=(0, row * 6, 12, 6)) for row in range(8)]
    path = api.dashboard("Long", panels)
    with page.expect_request(re.compile("/query/batch")) as asked:
        page.goto(path)
    assert len(asked.value.post_data_json["queries"]) < 8
    page.get_by_role("region", name="P7").scroll_into_view_if_needed()
    expect(page.get_by_role("region", name="P7").locator("canvas")).to_be_visible()


def test_theme_recolours_at_once_and_is_remembered(page, api):
    api.push(history("theme_metric"))
    page.goto(api.dashboard("Theme", [panel("Line", "theme_metric")]))
    expect(page.locator(".chart canvas")).to_be_visible()
    for name, background in (("Light", "rgb(244, 246, 248)"), ("Dark", "rgb(14, 18, 23)")):
        before = page.evaluate("document.querySelector('.chart canvas').toDataURL()")
        page.get_by_role("button", name="Theme", exact=True).click()
        page.get_by_role("menuitemradio", name=name).click()
        assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == background
        page.wait_for_function(
            "(before) => document.querySelector('.chart canvas')?.toDataURL() !== before", arg=before
        )
        page.reload()
        expect(page.locator(".chart canvas")).to_be_visible()
        assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == background


def test_pages_that_are_left_leave_nothing_behind(page, api):
    api.push(history("soak_metric"))
    api.dashboard("Soak", [panel(f"P{number}", "soak_metric") for number in range(4)])
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def visit(times: int) -> dict[str, float]:
        for _ in range(times):
            page.get_by_role("link", name="metricbox, all dashboards").click()
            page.locator(".row-link", has_text="Soak").click()
            page.locator(".chart canvas").nth(3).wait_for()
        session.send("HeapProfiler.collectGarbage")
        metrics = session.send("Performance.getMetrics")["metrics"]
        return {item["name"]: item["value"] for item in metrics}

    page.goto("/")
    before = visit(3)
    after = visit(10)
    for name in ("Nodes", "JSEventListeners", "Documents"):
        assert after[name] <= before[name] * 1.1, (name, before[name], after[name])
