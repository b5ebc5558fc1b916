"""The browser's files: read once at start, served with ETag and gzip; with a developer's folder, at each request.

A path is looked up among the files that were found, so no path can leave the folder. Hands out the security
headers of the page, with the hash of its inline import map.
"""

import base64
import gzip
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from sanic import HTTPResponse, Request

from metricbox.errors import NotFoundError
from metricbox.web.credentials import is_secure
from metricbox.web.respond import takes_gzip

STATIC_FOLDER = Path(__file__).parent / "static"
INDEX = "index.html"

_CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_COMPRESSED_ALREADY = frozenset({".ico", ".png", ".woff2"})
_MIN_GZIP_BYTES = 256
_IMPORT_MAP = re.compile(rb'<script type="importmap">(.*?)</script>', re.DOTALL)

# What browsers trust without TLS; elsewhere they complain of the opener policy in the console and ignore it.
_TRUSTED_HOSTS = ("localhost", "127.0.0.1", "[::1]")

# UI.md 13; HASH is that of the import map.
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'{hashes}; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_PAGE_HEADERS = {
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-cache",
}


class Asset:
    """One file. The gzip form is made when it is first asked for, then kept."""

    def __init__(self, name: str, body: bytes) -> None:
        suffix = Path(name).suffix
        self.body = body
        self.content_type = _CONTENT_TYPES.get(suffix, "application/octet-stream")
        self.digest = hashlib.sha256(body).hexdigest()[:32]
        self._can_gzip = suffix not in _COMPRESSED_ALREADY and len(body) >= _MIN_GZIP_BYTES
        self._gzip_body: bytes | None = None

    def gzip_body(self) -> bytes | None:
        """None when compression does not pay."""
        if self._can_gzip and self._gzip_body is None:
            # mtime 0: the same file gives the same bytes.
            self._gzip_body = gzip.compress(self.body, 9, mtime=0)
        return self._gzip_body


class Page(NamedTuple):
    asset: Asset
    headers: Mapping[str, str]


class Assets:
    """The files of one folder. Not live: as they were when this was made."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or STATIC_FOLDER
        self._is_live = folder is not None
        self._assets = {} if self._is_live else _read_folder(self._folder)
        self._page = None if self._is_live else _make_page(self._assets)

    def find(self, path: str) -> Asset | None:
        """`path` as in the URL behind /static/."""
        if not self._is_live:
            return self._assets.get(path)
        file = (self._folder / path).resolve()
        if not file.is_relative_to(self._folder.resolve()) or not file.is_file():
            return None
        return Asset(path, file.read_bytes())

    def page(self) -> Page | None:
        """The one page of the application; None when the folder has none."""
        if not self._is_live:
            return self._page
        index = self.find(INDEX)
        return _make_page({INDEX: index}) if index else None

    def page_response(self, request: Request, status: int = 200) -> HTTPResponse:
        page = self.page()
        if page is None:
            raise NotFoundError("This build of metricbox has no browser pages. The API is under /api/v1.")
        headers = dict(page.headers)
        if is_secure(request) or request.host.rpartition(":")[0] in _TRUSTED_HOSTS:
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
        # A page with status 404 is no cached copy of one with 200, so it is always sent in full.
        response = asset_response(request, page.asset, headers, can_be_unchanged=status == 200)
        if response.status == 200:
            response.status = status
        return response


def asset_response(
    request: Request, asset: Asset, headers: Mapping[str, str], *, can_be_unchanged: bool = True
) -> HTTPResponse:
    """The file, or 304 when the caller has it; compressed when the caller takes gzip."""
    packed = asset.gzip_body() if takes_gzip(request) else None
    # Two forms of one file must differ in their strong ETags.
    etag = f'"{asset.digest}{"-gz" if packed else ""}"'
    sent = {**headers, "ETag": etag, "Vary": "Accept-Encoding"}
    known = {
        text.strip().removeprefix("W/") for text in str(request.headers.get("if-none-match", "")).split(",")
    }
    if can_be_unchanged and etag in known:
        return HTTPResponse(status=304, headers=sent)
    if packed:
        sent["Content-Encoding"] = "gzip"
    return HTTPResponse(packed or asset.body, headers=sent, content_type=asset.content_type)


def _read_folder(folder: Path) -> dict[str, Asset]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {
        name: Asset(name, file.read_bytes())
        for file in files
        if not (name := file.relative_to(folder).as_posix()).startswith(".")
    }


def _make_page(assets: Mapping[str, Asset]) -> Page | None:
    index = assets.get(INDEX)
    if index is None:
        return None
    digests = [hashlib.sha256(text).digest() for text in _IMPORT_MAP.findall(index.body)]
    hashes = "".join(f" 'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return Page(index, {**_PAGE_HEADERS, "Content-Security-Policy": _PAGE_POLICY.format(hashes=hashes)})
