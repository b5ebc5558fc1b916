"""`GET /api/v1/openapi.json`: open to all, and nothing of one installation in it."""

import json

from metricbox.web.routes.openapi import FILE
from tests.support.api import Server


async def test_the_description_is_open_to_all_and_bare(server: Server) -> None:
    answer = await server.client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == json.loads(FILE.read_text())
    assert answer.json()["openapi"] == "3.1.0"


async def test_the_description_is_in_the_description(server: Server) -> None:
    answer = await server.client().get("/api/v1/openapi.json")
    assert "/api/v1/openapi.json" in answer.json()["paths"]
    assert {"/health", "/ready", "/metrics"} <= set(answer.json()["paths"])


async def test_pages_of_the_browser_are_not_in_the_description(server: Server) -> None:
    paths = (await server.client().get("/api/v1/openapi.json")).json()["paths"]
    assert not {"/", "/login", "/explore", "/static/{path}"} & set(paths)
