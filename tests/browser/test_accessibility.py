"""Every page and every main state of it by axe-core, in both themes, on a desk and on a phone: nothing may be found."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, expect

from tests.browser.demo_site import Site, open_site
from tests.browser.scenes import IS_STILL, SCENES, open_scene, show_list

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SIZES = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
RUN = """async (tags) => {
  const { violations } = await window.axe.run(document, { runOnly: tags, resultTypes: ['violations'] });
  return violations.map(({ id, help, nodes }) => ({
    rule: id, help, nodes: nodes.map((node) => ({ target: node.target.join(' '), why: node.failureSummary })),
  }));
}"""


class Waiver(NamedTuple):
    rule: str
    target: str
    """A pattern over the selector that axe-core gives."""
    reason: str


# What axe-core finds and is none. Empty: may it stay so.
WAIVERS: tuple[Waiver, ...] = ()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = open_site(tmp_path_factory.mktemp("site"), hours=1)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def program() -> str:
    return PROGRAM.read_text()


def find_faults(page: Page, program: str) -> list[str]:
    # Evaluated and not added as an element: the page's policy holds as it is.
    page.evaluate(f"() => {{ {program} }}")
    return [
        f"{found['rule']} at {node['target']}: {found['help']}. {' '.join(node['why'].split())}"
        for found in page.evaluate(RUN, TAGS)
        for node in found["nodes"]
        if not any(
            waiver.rule == found["rule"] and re.search(waiver.target, node["target"]) for waiver in WAIVERS
        )
    ]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_nothing_is_found(scene, size, site, program, own_server, open_page):
    page = open_scene(scene, site, own_server, open_page, color_scheme="dark", **SIZES[size])
    faults = {"dark": find_faults(page, program)}
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    # Colours change by transitions.
    page.evaluate(IS_STILL)
    faults["light"] = find_faults(page, program)
    assert faults == {"dark": [], "light": []}


def test_what_is_wrong_is_found(site, program, open_page):
    """The walk above would say nothing if the program looked at nothing."""
    page, _ = open_page(site.server)
    show_list(page, site)
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [fault.split()[0] for fault in find_faults(page, program)] == ["button-name"]
