"""The text of metricbox/web/openapi.gen.json, from the registered routes and their contracts. Used by generate.py."""

import json
from typing import Any

from sanic import Sanic

from metricbox.web.openapi import Json, build_openapi
from metricbox.web.server import BLUEPRINTS


def list_routes() -> list[Any]:
    """Everything that a server registers, without starting one."""
    app: Sanic[Any, Any] = Sanic("metricbox-reference", configure_logging=False)
    try:
        for blueprint in BLUEPRINTS:
            app.blueprint(blueprint)
        return list(app.router.routes)
    finally:
        Sanic.unregister_app(app)


def build() -> Json:
    return build_openapi(list_routes())


def render() -> str:
    text = json.dumps(build(), indent=1, ensure_ascii=False)
    # The first line tells what this is, as in every generated file.
    return text.replace('{\n "x-generated"', '{"x-generated"', 1) + "\n"
