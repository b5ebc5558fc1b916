"""`make screenshots`: pictures of every page for the documentation, in both themes, of a desk and of a phone.

A server of its own shows the site of the browser tests (tests/browser/demo_site.py) with a day of samples; the pages
and states are those of tests/browser/scenes.py. The pictures go to docs/images, NAME-THEME-SIZE.png, and their list to
docs/images/README.md. Names of scenes as arguments make only these.
"""

import argparse
import base64
import shutil
import struct
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import ARGUMENTS
from tests.browser.demo_site import VIEWER, Site, open_site
from tests.browser.scenes import SCENES, Scene
from tests.browser.server import EMAIL, PASSWORD, MetricboxProcess

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
HOURS = 24
THEMES = ("dark", "light")
SIZES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
COLORS = 256
# Two colours that nobody tells apart, as a distance in RGB.
NEAR = 5
# The pixels of a picture as the browser decodes it: no library is needed for that.
READ_PIXELS = """async (data) => {
  const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const bytes = context.getImageData(0, 0, image.width, image.height).data;
  let text = '';
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return [image.width, image.height, btoa(text)];
}"""


def choose_palette(colors: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The most frequent colours, without those that look like one before them."""
    chosen: list[np.ndarray] = []
    for color in colors[np.argsort(-counts, kind="stable")]:
        if not chosen or np.abs(np.array(chosen) - color).max(axis=1).min() > NEAR:
            chosen.append(color)
            if len(chosen) == COLORS:
                break
    return np.array(chosen)


def write_png(pixels: np.ndarray) -> bytes:
    """A PNG with a palette, from rows of red, green, blue: a third of what the browser writes."""
    height, width, _ = pixels.shape
    packed = pixels.astype(np.uint32) @ np.array([65536, 256, 1], dtype=np.uint32)
    unique, where, counts = np.unique(packed.ravel(), return_inverse=True, return_counts=True)
    colors = np.stack([unique >> 16, unique >> 8 & 255, unique & 255], axis=1).astype(np.int32)
    palette = choose_palette(colors, counts)
    nearest = np.empty(len(colors), dtype=np.uint8)
    for start in range(0, len(colors), 4096):
        part = colors[start : start + 4096, None, :] - palette[None]
        nearest[start : start + 4096] = (part * part).sum(axis=2).argmin(axis=1)
    rows = nearest[where].reshape(height, width)
    # Each row begins with its filter: none.
    lines = np.concatenate([np.zeros((height, 1), dtype=np.uint8), rows], axis=1).tobytes()

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", head),
            chunk(b"PLTE", palette.astype(np.uint8).tobytes()),
            chunk(b"IDAT", zlib.compress(lines, 9)),
            chunk(b"IEND", b""),
        )
    )


def compact(picture: bytes, page: Page) -> bytes:
    """`page` is any that has no policy of content."""
    width, height, data = page.evaluate(READ_PIXELS, base64.b64encode(picture).decode())
    pixels = np.frombuffer(base64.b64decode(data), dtype=np.uint8).reshape(height, width, 4)
    return write_png(pixels[..., :3])


def open_page(browser: Browser, scene: Scene, url: str, **options: Any) -> Page:
    context = browser.new_context(base_url=url, **options)
    context.set_default_timeout(30_000)
    if scene.who in {"admin", "viewer"}:
        email = VIEWER if scene.who == "viewer" else EMAIL
        wish = {"email": email, "password": PASSWORD}
        answer = context.request.post("/api/v1/auth/login", data=wish, headers={"Origin": url})
        if not answer.ok:
            raise RuntimeError(answer.text())
    return context.new_page()


@contextmanager
def running(folder: Path) -> Iterator[tuple[Site, MetricboxProcess]]:
    """The site, and a server without an account."""
    site = open_site(folder / "site", HOURS)
    try:
        new = MetricboxProcess(folder / "new", with_admin=False)
        try:
            new.start()
            yield site, new
        finally:
            new.stop()
    finally:
        site.stop()


def take(browser: Browser, scenes: list[Scene], site: Site, new: MetricboxProcess) -> None:
    reader = browser.new_page()
    for size, options in SIZES.items():
        for scene in scenes:
            for theme in THEMES:
                url = new.url if scene.who == "new" else site.server.url
                page = open_page(browser, scene, url, color_scheme=theme, reduced_motion="reduce", **options)
                scene.show(page, site)
                # What the pointer happens to be over is no part of the page.
                page.mouse.move(0, 0)
                picture = compact(page.screenshot(caret="hide"), reader)
                path = IMAGES / f"{scene.name}-{theme}-{size}.png"
                path.write_bytes(picture)
                page.context.close()
                print(f"{path.relative_to(ROOT)} {len(picture) // 1024} KiB", file=sys.stderr)


def write_list(scenes: list[Scene]) -> None:
    lines = [
        "# Pictures of every page",
        "",
        "Made by `make screenshots`, from the demo site of the browser tests.",
        "",
    ]
    for scene in scenes:
        lines += [f"## {scene.title}", ""]
        for size, width in (("desktop", 420), ("phone", 180)):
            lines += [
                f'<img src="{scene.name}-{theme}-{size}.png" width="{width}" alt="{scene.title}, {theme}, {size}">'
                for theme in THEMES
            ]
        lines.append("")
    (IMAGES / "README.md").write_text("\n".join(lines), encoding="utf-8")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="screenshots", description=__doc__)
    pictured = [scene for scene in SCENES if scene.is_pictured]
    parser.add_argument(
        "scene", nargs="*", choices=[[], *(scene.name for scene in pictured)], help="only these"
    )
    chosen = set(parser.parse_args(arguments).scene)
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        print("screenshots: no Chromium is installed; `make programs` installs it", file=sys.stderr)
        return 2
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder)) as (site, new),
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=program, args=ARGUMENTS)
        take(browser, [scene for scene in pictured if not chosen or scene.name in chosen], site, new)
        browser.close()
    write_list(pictured)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
