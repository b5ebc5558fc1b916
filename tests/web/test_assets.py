"""The browser's files and the page, from a folder of the test."""

import base64
import gzip
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from metricbox.web.assets import Assets
from tests.support.api import Client, check_error, run_server

IMPORT_MAP = '\n{"imports":{"preact":"/static/vendor/preact.mjs"}}\n'
INDEX = f'<!doctype html><title>metricbox</title><script type="importmap">{IMPORT_MAP}</script>'
SCRIPT = "export const answer = 42;\n" * 100
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "vendor").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "main.js").write_text(SCRIPT)
    (folder / "vendor" / "preact.mjs").write_text("export {};\n")
    (folder / "style.css").write_text("body { margin: 0 }\n")
    (tmp_path / "secret.txt").write_text("canary")
    return folder


@pytest.fixture
async def client(tmp_path: Path, folder: Path) -> AsyncIterator[Client]:
    async with run_server(tmp_path / "data", assets_dir=folder) as server:
        yield server.client()


async def test_every_route_of_the_browser_is_the_page(client: Client) -> None:
    for path in (
        *("/", "/login", "/setup", "/explore", "/hosts", "/alerts", "/alerts/rules/7", "/alerts/history"),
        *("/settings", "/settings/tokens", "/dashboard/7", "/dashboard/7/panel/8", "/dashboard/7/"),
    ):
        answer = await client.get(path)
        assert (answer.status_code, answer.text) == (200, INDEX), path
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache"


async def test_an_unknown_page_is_the_page_with_status_404_for_people_only(client: Client) -> None:
    answer = await client.get("/nothing/here", headers=HTML)
    assert (answer.status_code, answer.text) == (404, INDEX)
    assert "content-security-policy" in answer.headers
    again = await client.get("/nothing/here", headers={**HTML, "If-None-Match": answer.headers["etag"]})
    assert again.status_code == 404
    check_error(await client.get("/nothing/here"), 404, "NOT_FOUND")
    check_error(await client.get("/api/v1/nothing", headers=HTML), 404, "NOT_FOUND")
    check_error(await client.get("/static/nothing.js", headers=HTML), 404, "NOT_FOUND")
    check_error(await client.post("/nothing", headers=HTML), 404, "NOT_FOUND")


async def test_the_page_allows_its_own_import_map_and_nothing_inline_else(client: Client) -> None:
    headers = (await client.get("/")).headers
    digest = base64.b64encode(hashlib.sha256(IMPORT_MAP.encode()).digest()).decode()
    policy = headers["content-security-policy"]
    assert f"script-src 'self' 'sha256-{digest}';" in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]


async def test_scripts_are_served_as_such(client: Client) -> None:
    for path, kind in (
        ("/static/main.js", "text/javascript; charset=utf-8"),
        ("/static/vendor/preact.mjs", "text/javascript; charset=utf-8"),
        ("/static/style.css", "text/css; charset=utf-8"),
    ):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)


async def test_a_file_that_the_browser_has_is_not_sent_again(client: Client) -> None:
    first = await client.get("/static/main.js")
    known = {"If-None-Match": f'"other", W/{first.headers["etag"]}'}
    again = await client.get("/static/main.js", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert (await client.get("/static/main.js", headers={"If-None-Match": '"other"'})).status_code == 200


async def test_files_are_compressed_for_those_who_take_it(client: Client) -> None:
    async with client.http.stream("GET", "/static/main.js", headers={"Accept-Encoding": "gzip"}) as answer:
        packed = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(packed).decode() == SCRIPT
    plain = await client.get("/static/main.js", headers={"Accept-Encoding": "identity"})
    assert plain.text == SCRIPT
    assert plain.headers["etag"] != answer.headers["etag"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/../secret.txt",
        "/static/%2e%2e/secret.txt",
        "/static/..%2fsecret.txt",
        "/static/%2e%2e%2fsecret.txt",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/vendor/../../secret.txt",
        "/static/%00",
        "/static/",
        "/static",
    ],
)
async def test_no_path_leaves_the_folder(client: Client, path: str) -> None:
    url = httpx.URL(client.server.url).copy_with(raw_path=path.encode())
    answer = await client.http.get(url)
    assert answer.status_code in {400, 404}
    assert "canary" not in answer.text


async def test_a_developers_folder_is_read_at_each_request(client: Client, folder: Path) -> None:
    (folder / "main.js").write_text("changed")
    assert (await client.get("/static/main.js")).text == "changed"


def test_the_built_in_files_are_read_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metricbox.web.assets.STATIC_FOLDER", folder)
    assets = Assets()
    (folder / "main.js").write_text("changed")
    asset = assets.find("main.js")
    assert asset is not None
    assert asset.body == SCRIPT.encode()
    assert assets.find("../secret.txt") is None
    assert assets.find("vendor") is None
    page = assets.page()
    assert page is not None
    assert page.asset.body == INDEX.encode()


async def test_without_a_page_the_api_still_works(tmp_path: Path) -> None:
    empty = tmp_path / "static"
    empty.mkdir()
    async with run_server(tmp_path / "data", assets_dir=empty) as server:
        check_error(await server.client().get("/", headers=HTML), 404, "NOT_FOUND")
        check_error(await server.client().get("/nothing", headers=HTML), 404, "NOT_FOUND")
        assert (await server.client().get("/api/v1/setup")).status_code == 200
