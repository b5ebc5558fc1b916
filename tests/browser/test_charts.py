"""What hands do with charts: zoom, crosshair, legend, keys; and data that would break a careless one."""

import json
import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.server import history, now_ms, panel


@pytest.fixture
def chart_page(page, api):
    api.push(
        history("chart_metric", host="a")
        + history("chart_metric", host="b")
        + history("chart_metric", host="c")
    )
    panels = [panel("First", "chart_metric"), panel("Second", "chart_metric", "area")]
    page.goto(api.dashboard("Charts", panels, timeRange={"from": "now-5m", "to": "now"}))
    expect(page.locator(".chart canvas")).to_have_count(2)
    page.mouse.move(5, 700)
    return page


def drag(page, start: float, end: float) -> None:
    box = page.locator(".chart .u-over").first.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * start, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * (start + end) / 2, y)
    page.mouse.move(box["x"] + box["width"] * end, y)
    page.mouse.up()


def test_dragging_zooms_all_charts_and_back_undoes_it(chart_page):
    page = chart_page
    original = page.url
    drag(page, 0.25, 0.75)
    expect(page).to_have_url(re.compile(r"\?from=2\S+Z&to=2\S+Z$"))
    zoomed = page.url
    expect(page.locator(".refresh-text")).to_have_text("paused")
    # A range that was picked stays (and is one entry of the history, though two charts share the crosshair).
    page.wait_for_timeout(2500)
    assert page.url == zoomed
    page.go_back()
    expect(page).to_have_url(original)
    expect(page.locator(".time-text")).to_have_text("Last 5 minutes")
    drag(page, 0.25, 0.75)
    expect(page).not_to_have_url(original)
    page.locator(".chart .u-over").first.dblclick()
    expect(page).to_have_url(original)


def test_a_click_is_no_zoom_and_escape_cancels_a_drag(chart_page):
    page = chart_page
    original = page.url
    drag(page, 0.5, 0.502)
    box = page.locator(".chart .u-over").first.bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 50, steps=3)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert page.url == original


def test_crosshair_stands_in_all_charts_and_the_tooltip_is_sorted(chart_page):
    page = chart_page
    box = page.locator(".chart .u-over").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 40)
    tooltip = page.locator(".chart-tooltip")
    expect(tooltip).to_have_count(1)
    expect(tooltip.locator(".tooltip-row")).to_have_count(3)
    expect(tooltip).to_contain_text("metrics_raw")
    for cursor in page.locator(".u-cursor-x").all():
        assert "translate" in cursor.get_attribute("style")
    assert page.locator(".u-cursor-y:visible").count() == 1, "the other chart has no height to point at"
    page.mouse.down()
    page.mouse.up()
    expect(tooltip).to_have_class(re.compile("is-pinned"))
    page.mouse.move(5, 700)
    expect(tooltip).to_be_visible()
    page.keyboard.press("Escape")
    expect(tooltip).to_have_count(0)


def test_legend_isolates_toggles_and_is_in_the_link(chart_page):
    page = chart_page
    first = page.get_by_role("region", name="First")
    buttons = first.locator(".legend-item")
    buttons.nth(1).click()
    assert [b.get_attribute("aria-pressed") for b in buttons.all()] == ["false", "true", "false"]
    assert "hide=" in page.url
    page.reload()
    expect(buttons).to_have_count(3)
    assert [b.get_attribute("aria-pressed") for b in buttons.all()] == ["false", "true", "false"]
    assert page.get_by_role("region", name="Second").locator('.legend-item[aria-pressed="true"]').count() == 3
    buttons.nth(1).click()
    expect(first.locator('.legend-item[aria-pressed="true"]')).to_have_count(3)
    assert "hide=" not in page.url
    buttons.nth(2).focus()
    page.keyboard.press("Control+Enter")
    buttons.nth(2).click(modifiers=["Control"])
    assert page.get_by_role("heading", level=1).is_visible()


def test_keys_walk_the_samples_and_are_spoken(chart_page):
    page = chart_page
    chart = page.locator(".chart").first
    chart.focus()
    status = page.locator('[aria-live="polite"]')
    page.keyboard.press("ArrowLeft")
    expect(status).to_have_text(re.compile(r"^a, \d\d:\d\d:\d\d, "))
    first = status.text_content()
    page.keyboard.press("ArrowLeft")
    expect(status).not_to_have_text(first)
    page.keyboard.press("ArrowDown")
    expect(status).to_have_text(re.compile(r"^b, "))


def test_time_and_refresh_are_picked_by_keyboard_and_kept_in_the_link(chart_page):
    page = chart_page
    page.get_by_role("button", name=re.compile("Last 5 minutes")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Last 5 minutes").last).to_be_focused()
    page.get_by_role("button", name="Last 15 minutes").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"\?from=now-15m&to=now$"))
    page.locator(".time-button").click()
    page.get_by_label("From").fill("nonsense")
    expect(page.get_by_text("Write now-6h")).to_be_visible()
    page.get_by_label("From").fill("now-2h")
    page.get_by_label("From").press("Enter")
    expect(page.locator(".time-text")).to_have_text("Last 2 hours")
    expect(page.locator(".time-button")).to_be_focused()
    page.get_by_role("button", name="Refresh interval, 1s").click()
    page.get_by_role("menuitemradio", name="Off").click()
    expect(page).to_have_url(re.compile(r"refresh=off$"))
    page.get_by_role("button", name="Shift back by half the range").click()
    expect(page).to_have_url(re.compile(r"from=2\S+Z&to=2\S+Z&refresh=off$"))
    page.go_back()
    expect(page.locator(".time-text")).to_have_text("Last 2 hours")


def test_day_ticks_and_zone_follow_the_link(page, api):
    api.push(history("zone_metric"))
    path = api.dashboard("Zone", [panel("Line", "zone_metric")])
    page.goto(f"{path}?tz=Asia%2FTokyo")
    box = page.locator(".chart .u-over").bounding_box()
    page.mouse.move(box["x"] + box["width"] - 30, box["y"] + 40)
    expect(page.locator(".tooltip-time")).to_contain_text("Asia/Tokyo")
    page.goto(f"{path}?tz=Mars%2FPhobos")
    expect(page.locator(".toast")).to_contain_text("times are UTC")
    expect(page.locator(".chart canvas")).to_be_visible()
    page.mouse.move(box["x"] + box["width"] - 40, box["y"] + 40)
    expect(page.locator(".tooltip-time")).to_contain_text("UTC")


# ---- answers made up, to see what no healthy server sends


def answer_of(series: list[list], count: int | None = None, **meta) -> dict:
    count = count or len(series[0])
    # When it is asked for: after a run of some minutes, the time of its start would be out of the page's range.
    end_ms = now_ms()
    return {
        "data": {
            "times": [end_ms - (count - number) * 10_000 for number in range(count)],
            "series": [
                {"name": "m", "tags": {"n": str(number)}, "values": values}
                for number, values in enumerate(series)
            ],
        },
        "meta": {
            "table": "metrics_raw",
            "resolution": "raw",
            "step": "10s",
            "stepMs": 10_000,
            "cached": False,
            "tookMs": 1,
            "samplesRead": 1,
            "seriesTotal": len(series),
            "truncated": False,
            "warnings": [],
            **meta,
        },
    }


def fake(page, item) -> None:
    """Every query of every batch gets this answer."""

    def fulfill(route):
        queries = route.request.post_data_json["queries"]
        route.fulfill(json={"data": [item] * len(queries)})

    page.route("**/api/v1/query/batch", fulfill)


NASTY = {
    "float noise": [[0.9999997615814209, 1.000000238418579] * 30],
    "flat and large": [[1e14] * 60],
    "one float apart": [[1e16, 1e16 + 2] * 30],
    "largest": [[-1.7e308, 1.7e308] * 30],
    "smallest": [[5e-324] * 60],
    "tiny": [[1e-30, 2e-30, 3e-30] * 20],
    "zeros": [[0] * 60],
    "negative": [[-5, -4] * 30],
    "one point": [[None] * 30 + [42] + [None] * 29],
    "beyond 2^53": [[9007199254740993, 9007199254740995] * 30],
    "two hundred series": [[number, number + 1] * 30 for number in range(200)],
}


@pytest.mark.parametrize("kind", ["line", "area", "bar"])
@pytest.mark.parametrize("name", NASTY)
def test_nasty_data_are_drawn_and_the_page_lives(page, api, name, kind):
    path = api.dashboard(name, [panel("Nasty", "m", kind)], refreshInterval="")
    fake(page, answer_of(NASTY[name]))
    page.goto(path)
    expect(page.locator(".chart canvas")).to_be_visible()
    # An endless loop in the axis would stop the page from answering at all.
    page.set_default_timeout(2000)
    drawn = page.evaluate(
        """() => {
          const canvas = document.querySelector('.chart canvas');
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          let count = 0;
          for (let at = 3; at < data.length; at += 4) if (data[at] > 0) count += 1;
          return count;
        }"""
    )
    assert drawn > 100


@pytest.mark.parametrize("kind", ["line", "area", "bar"])
@pytest.mark.parametrize("name", NASTY)
def test_nasty_data_are_drawn_on_a_log_axis(page, api, name, kind):
    path = api.dashboard(name, [panel("Nasty", "m", kind, scale="log")], refreshInterval="")
    fake(page, answer_of(NASTY[name]))
    page.goto(path)
    expect(page.locator(".chart canvas")).to_be_visible()
    page.set_default_timeout(2000)
    assert page.evaluate("document.querySelectorAll('.chart canvas').length") == 1
    dropped = sum(value is not None and value <= 0 for values in NASTY[name] for value in values)
    note = page.get_by_text(re.compile("at or below 0 cannot be drawn on a log axis"))
    expect(note).to_have_count(1 if dropped else 0)
    if dropped:
        expect(note).to_have_text(re.compile("^One value" if dropped == 1 else f"^{dropped} values"))


def test_ten_thousand_series_are_words_and_not_a_hung_tab(page, api):
    path = api.dashboard("Thousands", [panel("Thousands", "m")], refreshInterval="")
    fake(page, answer_of([[number, number + 1] for number in range(10_000)]))
    page.goto(path)
    expect(page.locator(".chart canvas")).to_be_visible()
    mark = page.locator(".panel-mark.is-partial")
    expect(mark).to_have_attribute("aria-label", re.compile("500 of 10000 series are shown"))
    expect(page.get_by_label("Filter the legend")).to_be_visible()


def test_a_lone_sample_between_gaps_is_seen(page, api):
    path = api.dashboard("Lone", [panel("Lone", "m", showLegend=False)], refreshInterval="")
    fake(page, answer_of([[None] * 30 + [42] + [None] * 29]))
    page.goto(f"{path}?theme=dark")
    expect(page.locator(".chart canvas")).to_be_visible()
    blue = page.evaluate(
        """() => {
          const canvas = document.querySelector('.chart canvas');
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          let count = 0;
          for (let at = 0; at < data.length; at += 4) {
            if (Math.abs(data[at] - 0x90) < 12 && Math.abs(data[at + 1] - 0xae) < 12 && data[at + 2] > 240) count += 1;
          }
          return count;
        }"""
    )
    assert blue >= 8


def test_nothing_but_nulls_is_no_data(page, api):
    path = api.dashboard("Nulls", [panel("Nulls", "m"), panel("Gauge", "m", "gauge")], refreshInterval="")
    fake(page, answer_of([[None] * 60]))
    page.goto(path)
    expect(page.get_by_text("No data in the last hour")).to_have_count(2)


def test_a_cut_list_says_so(page, api):
    path = api.dashboard("Cut", [panel("Cut", "m")], refreshInterval="")
    fake(
        page,
        answer_of([[1, 2, 3]], truncated=True, seriesTotal=1204, warnings=["Based on 1-minute averages."]),
    )
    page.goto(path)
    mark = page.locator(".panel-mark.is-partial")
    expect(mark).to_have_attribute(
        "aria-label", re.compile(r"1 of 1204 series are shown.*\nBased on", re.DOTALL)
    )


def test_one_bad_query_is_told_in_its_panel_alone(page, api):
    path = api.dashboard("Bad", [panel("Bad", "m"), panel("Good", "n")], refreshInterval="")
    bad = {
        "error": "The query cannot be read.",
        "code": "VALIDATION_ERROR",
        "details": [{"field": "query", "message": "unexpected end at 9"}],
    }

    def fulfill(route):
        queries = route.request.post_data_json["queries"]
        items = [bad if query["query"] == "m" else answer_of([[1, 2, 3]]) for query in queries]
        route.fulfill(json={"data": items})

    page.route("**/api/v1/query/batch", fulfill)
    page.goto(path)
    frame = page.get_by_role("region", name="Bad")
    expect(frame).to_contain_text("The query cannot be read.")
    expect(frame).to_contain_text("query: unexpected end at 9")
    expect(page.get_by_role("region", name="Good").locator("canvas")).to_be_visible()
    page.unroute("**/api/v1/query/batch")
    fake(page, answer_of([[1, 2, 3]]))
    frame.get_by_role("button", name="Retry").click()
    expect(frame.locator("canvas")).to_be_visible()


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (
            400,
            {"error": "start must be before end.", "code": "VALIDATION_ERROR"},
            "start must be before end.",
        ),
        (403, {"error": "This needs the role editor.", "code": "FORBIDDEN"}, "This needs the role editor."),
        (
            413,
            {"error": "The request is too large.", "code": "PAYLOAD_TOO_LARGE"},
            "The request is too large.",
        ),
        (
            422,
            {"error": "More than 1,000,000 samples.", "code": "LIMIT_EXCEEDED"},
            "More than 1,000,000 samples.",
        ),
        (500, {"error": "Something went wrong.", "code": "INTERNAL_ERROR"}, "Request abc-1"),
        (503, {"error": "Starting.", "code": "UNAVAILABLE"}, "Starting."),
        (
            507,
            {"error": "The disk is nearly full.", "code": "INSUFFICIENT_STORAGE"},
            "The disk is nearly full.",
        ),
        (502, None, "The answer could not be read."),
        (200, None, "The answer could not be read."),
    ],
)
def test_a_failed_round_is_told_and_earlier_data_stay(shared_server, open_page, api, status, body, says):
    page, watch = open_page(shared_server)
    watch.allow(rf"status of {status} .*/query/batch$")
    path = api.dashboard("Failing", [panel("P", "m")], refreshInterval="")
    text = "<html>proxy</html>" if body is None else json.dumps(body)
    headers = {"Content-Type": "text/html" if body is None else "application/json", "X-Request-Id": "abc-1"}
    page.route(
        "**/api/v1/query/batch", lambda route: route.fulfill(status=status, body=text, headers=headers)
    )
    page.goto(path)
    expect(page.get_by_role("region", name="P")).to_contain_text(says)
    page.unroute("**/api/v1/query/batch")
    fake(page, answer_of([[1, 2, 3]]))
    page.get_by_role("button", name="Retry").click()
    expect(page.locator(".chart canvas")).to_be_visible()
    page.unroute("**/api/v1/query/batch")
    page.route(
        "**/api/v1/query/batch", lambda route: route.fulfill(status=status, body=text, headers=headers)
    )
    page.get_by_role("button", name="Refresh now").click()
    expect(page.locator(".panel-mark.is-error")).to_be_visible()
    expect(page.locator(".chart canvas")).to_be_visible()


def test_a_busy_server_is_left_alone_as_long_as_it_asks(shared_server, open_page, api):
    page, watch = open_page(shared_server)
    watch.allow(r"status of 429 .*/query/batch$")
    path = api.dashboard("Busy", [panel("P", "m")])
    asked = []

    def refuse(route):
        asked.append(time.monotonic())
        body = json.dumps({"error": "Too many requests.", "code": "TOO_MANY_REQUESTS"})
        route.fulfill(status=429, body=body, headers={"Retry-After": "3", "Content-Type": "application/json"})

    page.route("**/api/v1/query/batch", refuse)
    page.goto(path)
    expect(page.get_by_text(re.compile(r"Trying again in \d s"))).to_be_visible()
    page.wait_for_timeout(4500)
    assert len(asked) == 2, asked
    assert asked[1] - asked[0] > 2.5


def test_a_slow_first_answer_shows_a_skeleton_then_says_so(page, api):
    path = api.dashboard("Slow", [panel("P", "m")], refreshInterval="")

    def fulfill(route):
        page.wait_for_timeout(0)
        held.append(route)

    held: list = []
    page.route("**/api/v1/query/batch", fulfill)
    page.goto(path)
    expect(page.locator(".panel-skeleton")).to_be_visible()
    expect(page.get_by_text("Still reading…")).to_be_visible()
    held[0].fulfill(json={"data": [answer_of([[1, 2, 3]])]})
    expect(page.locator(".chart canvas")).to_be_visible()


NOTE_WIDTHS = """
window.widths = new Set();
const { stroke } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.stroke = function note(...path) {
  if (path.length > 0) window.widths.add(this.lineWidth);
  stroke.apply(this, path);
};
"""


def test_many_lines_are_of_one_pixel_and_their_marks_need_no_layers(page, api):
    """What a refresh and a move of the pointer cost hangs on it where the browser has no GPU."""
    for count in (4, 5):
        for number in range(count):
            api.push(history(f"lines{count}", host=f"h{number}"))
    page.add_init_script(NOTE_WIDTHS)
    for count, width in ((4, 1.5), (5, 1)):
        page.goto(api.dashboard("Lines", [panel("Lines", f"lines{count}")], refreshInterval=""))
        expect(page.locator(".legend-item")).to_have_count(count)
        expect(page.locator(".chart canvas")).to_be_visible()
        assert page.evaluate("[...window.widths]") == [width]
    box = page.locator(".chart .u-over").bounding_box()
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + 20)
    expect(page.locator(".chart-tooltip")).to_be_visible()
    marks = page.locator(".u-cursor-pt, .u-cursor-x, .u-cursor-y")
    assert marks.count() > 2
    layers = marks.evaluate_all("(list) => list.map((mark) => getComputedStyle(mark).willChange)")
    assert set(layers) == {"auto"}
