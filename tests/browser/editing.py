"""What tests of editing a dashboard do and look at. Positions on the page are those of the API."""

import re

from playwright.sync_api import expect

from tests.browser.server import history, panel

LAYOUT = {
    "CPU": (0, 0, 6, 4),
    "Load": (6, 0, 6, 4),
    "Disk": (0, 4, 12, 3),
}


def make_dashboard(api):
    """Two panels side by side, one below them; the path of its page."""
    api.push(history("edit_metric"))
    return api.dashboard(
        "Editable", [panel(title, "edit_metric", position=where) for title, where in LAYOUT.items()]
    )


def document(api, path):
    return api.data("GET", f"/api/v1/dashboards/{path.rsplit('/', 1)[1]}")


def places(api, path):
    return {
        one["title"]: tuple(one["position"][side] for side in "xywh") for one in document(api, path)["panels"]
    }


def shown_places(page):
    """Where the grid draws the panels, in cells."""
    script = """(list) => Object.fromEntries(list.map((item) => [
      item.querySelector('.panel-title, .row-title').textContent,
      ['x', 'y', 'w', 'h'].map((side) => Number(item.getAttribute(`gs-${side}`) ?? 1)),
    ]))"""
    items = page.locator(".grid-stack-item:not(.grid-stack-placeholder)").evaluate_all(script)
    return {title: tuple(where) for title, where in items.items()}


def begin(page, path=None):
    if path is not None:
        page.goto(path)
    page.get_by_role("button", name="Edit", exact=True).click()
    expect(page.get_by_role("toolbar", name="Edit the dashboard")).to_be_visible()


def saved(page):
    expect(page.locator(".edit-state")).to_have_text(re.compile(r"^Saved \d"))


def tool(page, name):
    return page.get_by_role("button", name=name, exact=True)


def drag(page, start, end):
    page.mouse.move(*start)
    page.mouse.down()
    # Where it is taken hold of: the first move begins the drag.
    page.mouse.move(start[0] + 4, start[1])
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=4)
    page.mouse.move(*end, steps=4)


def grip_of(page, title):
    box = page.get_by_role("group", name=f"Edit {title}", exact=True).locator(".edit-grip").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def corner_of(page, title):
    item = page.locator(".grid-stack-item").filter(has=page.get_by_role("region", name=title, exact=True))
    box = item.locator(".ui-resizable-se").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def puts(page):
    """Saves that the page sends from now on."""
    sent = []
    page.on(
        "request",
        lambda request: (
            sent.append(request.post_data_json)
            if request.method == "PUT" and "/api/v1/dashboards/" in request.url
            else None
        ),
    )
    return sent
