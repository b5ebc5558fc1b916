"""Every page and every main state of it on 320 px, and enlarged to 200 %: all in reach, nothing to scroll sideways."""

from collections.abc import Iterator

import pytest

from tests.browser.demo_site import Site, open_site
from tests.browser.scenes import SCENES, open_scene

# A window of 1280 by 800 enlarged to 200 % has half as many CSS pixels, each of two by two.
SIZES = {
    "320px": {"viewport": {"width": 320, "height": 700}, "has_touch": True},
    "200%": {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
}
# What can be operated but is cut off at a side, by the window or by a box that does not scroll.
OUT_OF_REACH = """() => {
  const controls = 'a[href], button, input, select, textarea, summary, [role=option], [tabindex="0"]';
  const isCut = (element) => {
    const box = element.getBoundingClientRect();
    let left = 0;
    let right = document.documentElement.clientWidth;
    for (let parent = element.parentElement; parent; parent = parent.parentElement) {
      const { overflowX } = getComputedStyle(parent);
      if (overflowX === 'auto' || overflowX === 'scroll') return false;
      if (overflowX === 'hidden' || overflowX === 'clip') {
        const around = parent.getBoundingClientRect();
        left = Math.max(left, around.left);
        right = Math.min(right, around.right);
      }
      if (parent.matches('dialog, [popover]')) break;
    }
    return box.left < left - 1 || box.right > right + 1;
  };
  return [...document.querySelectorAll(controls)]
    .filter((element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
    .filter((element) => element.getBoundingClientRect().width > 1)
    .filter((element) => !element.closest('.skip-link, .only-spoken, [inert], .uplot'))
    .filter((element) => !document.querySelector('dialog:modal') || element.closest('dialog:modal'))
    .filter(isCut).map((element) => element.outerHTML.slice(0, 150));
}"""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = open_site(tmp_path_factory.mktemp("site"), hours=1)
    yield made
    made.stop()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_nothing_is_cut_off(scene, size, site, own_server, open_page):
    page = open_scene(scene, site, own_server, open_page, **SIZES[size])
    assert page.evaluate(SIDEWAYS) <= 0
    assert page.evaluate(OUT_OF_REACH) == []
