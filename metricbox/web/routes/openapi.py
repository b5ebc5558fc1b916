"""`GET /api/v1/openapi.json`: the description of all of this, as `make generate` wrote it."""

from functools import cache
from pathlib import Path
from typing import Any

from sanic import Blueprint, HTTPResponse, Request

from metricbox.web.contract import PLAIN, Who, contract
from metricbox.web.respond import JSON

blueprint = Blueprint("openapi")

FILE = Path(__file__).parents[1] / "openapi.gen.json"


@blueprint.get("/api/v1/openapi.json")
@contract("OpenAPI 3.1 description of every route.", Who.ANYONE, door=PLAIN, answer=dict[str, Any])
async def get_openapi(_request: Request) -> HTTPResponse:
    """Open to all: it is the same for every metricbox of this version."""
    return HTTPResponse(_load(), 200, content_type=JSON)


@cache
def _load() -> bytes:
    # Once in a process, some hundred kilobytes: not worth a thread.
    return FILE.read_bytes()
