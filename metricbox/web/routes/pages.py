"""The browser's routes (API.md 6): one page for all of them, and the files that it loads."""

from sanic import Blueprint, HTTPResponse, Request

from metricbox.errors import NotFoundError
from metricbox.web.assets import asset_response
from metricbox.web.services import services_of

blueprint = Blueprint("pages")

PAGE_PATHS = (
    "/",
    "/login",
    "/setup",
    "/explore",
    "/hosts",
    "/alerts",
    "/alerts/<rest:path>",
    "/settings",
    "/settings/<rest:path>",
    "/dashboard/<dashboard_id:str>",
    "/dashboard/<dashboard_id:str>/panel/<panel_id:str>",
)

# Names are of the file's content: whoever asks again gets a 304 without the body.
_FILE_HEADERS = {"Cache-Control": "no-cache"}


async def show_page(request: Request, **_parts: str) -> HTTPResponse:
    return services_of(request).assets.page_response(request)


for number, path in enumerate(PAGE_PATHS):
    blueprint.add_route(show_page, path, methods=["GET"], name=f"page_{number}")


@blueprint.get("/static/<path:path>")
async def get_file(request: Request, path: str) -> HTTPResponse:
    asset = services_of(request).assets.find(path)
    if asset is None:
        raise NotFoundError("There is no such file.")
    return asset_response(request, asset, _FILE_HEADERS)


@blueprint.get("/favicon.ico")
async def get_icon(request: Request) -> HTTPResponse:
    """Browsers ask for it whatever the page says."""
    asset = services_of(request).assets.find("favicon.ico") or services_of(request).assets.find("favicon.svg")
    if asset is None:
        raise NotFoundError("There is no icon.")
    return asset_response(request, asset, _FILE_HEADERS)
