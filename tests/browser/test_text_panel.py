"""Text panels: markdown by a strict list of what it may hold, and the description and links of any panel."""

import re

from playwright.sync_api import expect

from tests.browser.server import history, panel

CONTENT = """# Runbook

See **the** [wiki](https://wiki.invalid/x?host=$host), [next](/dashboard/1) or `systemctl`.

1. one
2. two

| check | limit |
|---|--:|
| cpu | 80 % |

> quoted
"""
HOSTILE = """<iframe src="https://evil.invalid"></iframe> <svg onload=alert(1)><script>alert(2)</script>

[click](javascript:alert(3)) [data](data:text/html,x) [slash](//evil.invalid) <img src=x onerror=alert(4)>
"""


def text_panel(content: str, title: str = "Notes", **options) -> dict:
    return panel(title, None, "text", content=content, position=(0, 0, 6, 6), **options)


def test_markdown_is_drawn_as_elements(page, api):
    page.goto(api.dashboard("Text", [text_panel(CONTENT)], refreshInterval=""))
    text = page.locator(".markdown")
    expect(text.get_by_role("heading", name="Runbook", level=3)).to_be_visible()
    expect(text.get_by_role("listitem")).to_have_text(["one", "two"])
    expect(text.get_by_role("cell", name="80 %")).to_be_visible()
    expect(text.locator("blockquote")).to_have_text("quoted")
    outside = text.get_by_role("link", name="wiki")
    expect(outside).to_have_attribute("rel", "noopener noreferrer")
    expect(outside).to_have_attribute("target", "_blank")
    expect(text.get_by_role("link", name="next")).to_have_attribute("href", "/dashboard/1")


def test_hostile_markdown_is_shown_as_it_was_written(page, api):
    """B148."""
    page.goto(api.dashboard("Hostile", [text_panel(HOSTILE)], refreshInterval=""))
    text = page.locator(".markdown")
    expect(text).to_contain_text('<iframe src="https://evil.invalid"></iframe> <svg onload=alert(1)>')
    expect(text).to_contain_text("[click](javascript:alert(3))")
    assert page.locator(".panel iframe, .panel script, .panel img, .markdown svg").count() == 0
    # An address is one wherever it stands, and leads there when somebody clicks it, not before.
    links = text.get_by_role("link")
    assert [link.get_attribute("href") for link in links.all()] == ["https://evil.invalid"]


def test_variables_are_text_and_never_markdown(page, api):
    variable = {"name": "host", "type": "text", "current": "**b** [x](javascript:1) <b>"}
    content = "Host: $host\n\n[logs](https://logs.invalid/?q=$host) and [bad]($host)"
    path = api.dashboard(
        "Variables", [text_panel(content, "On $host")], variables=[variable], refreshInterval=""
    )
    page.goto(path)
    text = page.locator(".markdown")
    expect(text).to_contain_text("Host: **b** [x](javascript:1) <b>")
    assert text.locator("strong").count() == 0
    href = text.get_by_role("link", name="logs").get_attribute("href")
    assert href.startswith("https://logs.invalid/?q=**b**%20%5Bx%5D(javascript%3A1)%20%3Cb%3E")
    expect(text.get_by_role("link")).to_have_count(1)


def test_an_empty_text_says_so(page, api):
    page.goto(api.dashboard("Empty", [text_panel(" ")], refreshInterval=""))
    expect(page.get_by_text("This panel has no text yet.")).to_be_visible()


def test_description_and_links_stand_behind_a_mark(page, api):
    api.push(history("described"))
    links = [
        {"title": "Wiki of $host", "url": "https://wiki.invalid/?h=$host"},
        {"title": "Own", "url": "/explore?q=described"},
    ]
    options = {"description": "Share of *busy* time.", "links": links}
    variable = {"name": "host", "type": "text", "current": "web/1"}
    path = api.dashboard(
        "About", [panel("CPU", "described", **options)], variables=[variable], refreshInterval=""
    )
    page.goto(path)
    mark = page.get_by_role("button", name="About CPU")
    expect(mark).to_be_visible()
    mark.focus()
    page.keyboard.press("Enter")
    layer = page.get_by_role("dialog", name="About CPU")
    expect(layer.locator("em")).to_have_text("busy")
    wiki = layer.get_by_role("link", name="Wiki of web/1")
    expect(wiki).to_be_focused()
    expect(wiki).to_have_attribute("href", "https://wiki.invalid/?h=web%2F1")
    expect(layer.get_by_role("link", name="Own")).to_have_attribute("href", re.compile(r"^/explore"))
    page.keyboard.press("Escape")
    expect(mark).to_be_focused()
