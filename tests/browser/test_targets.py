"""The page of scraped targets: how each is doing, what is wrong in words, and how to begin."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import MetricboxProcess

TABLES = """
[[scrape]]
job = "metricbox"
targets = ["OWN"]
interval = "1s"
labels = { env = "prod" }

[[scrape]]
job = "nobody"
targets = ["127.0.0.1:NOBODY"]
interval = "1s"
params = { token = "tk-hidden" }

[[scrape]]
job = "files"
files = ["FILE"]
interval = "1s"
"""


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port that is taken, and on which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def server(own_server, nobody: int, tmp_path: Path) -> MetricboxProcess:
    text = TABLES.replace("NOBODY", str(nobody)).replace("FILE", str(tmp_path / "targets.json"))
    return own_server(config=text)


@pytest.fixture
def page(server: MetricboxProcess, open_page) -> Page:
    return open_page(server)[0]


def row_of(page: Page, job: str):
    return page.locator("tr.target", has=page.get_by_text(job, exact=True))


def test_targets_show_their_state_and_what_is_wrong_and_renew_themselves(
    page: Page, server: MetricboxProcess, tmp_path: Path
) -> None:
    page.goto("/settings/targets")
    own, other = row_of(page, "metricbox"), row_of(page, "nobody")
    expect(own).to_contain_text("Up")
    expect(own).to_contain_text("env=prod")
    expect(own).to_contain_text(re.compile(r"\d ms"))
    expect(other).to_contain_text("Down")
    expect(other).to_contain_text("It refuses the connection: nothing listens there.")
    expect(other).to_contain_text("token=***")
    assert "tk-hidden" not in page.content()
    # What is wrong comes first, and so do files that cannot be found.
    expect(page.locator("tr.target").first).to_contain_text("nobody")
    problems = page.get_by_role("list", name="Problems with finding targets")
    expect(problems).to_contain_text("there is no such file")
    (tmp_path / "targets.json").write_text(f'[{{"targets": ["{server.host}:{server.port}"]}}]')
    expect(row_of(page, "files")).to_contain_text("Up")
    expect(problems).to_have_count(0)


def test_targets_are_searched_and_filtered_by_keyboard(page: Page) -> None:
    page.goto("/settings/targets")
    expect(row_of(page, "metricbox")).to_contain_text("Up")
    expect(row_of(page, "nobody")).to_contain_text("Down")
    page.get_by_role("button", name=re.compile("^Down")).focus()
    page.keyboard.press("Enter")
    expect(page.locator("tr.target")).to_have_count(1)
    expect(page.get_by_role("status").filter(has_text="1 of 2")).to_be_visible()
    page.get_by_role("searchbox", name="Search targets").fill("env=prod")
    expect(page.get_by_text("No target matches")).to_be_visible()
    page.get_by_role("button", name="Show all").press("Enter")
    expect(page.locator("tr.target")).to_have_count(2)


def test_without_targets_the_page_tells_how_to_begin(own_server, open_page) -> None:
    page, _ = open_page(own_server())
    page.goto("/settings/targets")
    expect(page.get_by_text("Nothing is scraped yet", exact=True)).to_be_visible()
    lines = page.get_by_role("region", name="Lines for the settings file")
    expect(lines).to_contain_text("[[scrape]]")
    expect(lines).to_contain_text('job = "node"')
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_visible()
