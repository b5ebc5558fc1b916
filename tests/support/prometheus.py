"""Prometheus's query API for tests: samples to ask for, and checks of its two shapes."""

import json
from typing import Any

import httpx

from metricbox.model import STALE_MARKER
from tests.support.api import Client, Server, token_client
from tests.support.stores import NOW_MS, push

API = "/prometheus/api/v1"
NOW = NOW_MS // 1000
START = NOW - 600
SHORT: dict[str, Any] = {"start": NOW - 60, "end": NOW, "step": 30}


def fill(server: Server) -> None:
    """A sample each 15 s for ten minutes, up to now."""

    def add(name: str, values: list[float], **labels: str) -> None:
        times_ms = ((START + 15 * number) * 1000 for number in range(len(values)))
        push(server.context.store, name, labels, zip(times_ms, values, strict=True))

    steps = range(41)
    add("req_total", [3.0 * step for step in steps], host="alpha", job="web")
    add("req_total", [100 + 3.0 * step for step in steps], host="beta", job="web")
    add("temp", [1.5 * step for step in steps], room="größe x.y-z")
    add("temp", [100 - 1.5 * step for step in steps], room="b")
    add("gone", [*[1.0] * 20, STALE_MARKER], host="gamma")
    add("zero", [0.0 for _ in steps], **{"a.b": "dotted"})


async def make_reader(server: Server) -> Client:
    """A caller who may read; all data are there."""
    fill(server)
    return await token_client(await server.set_up(), "read")


def check_strict(answer: httpx.Response) -> Any:
    def refuse(word: str) -> None:
        raise AssertionError(word)

    assert answer.headers["content-type"] == "application/json"
    return json.loads(answer.content, parse_constant=refuse)


async def ask(client: Client, path: str, **params: Any) -> Any:
    """`data` of a success without warnings."""
    body = check_strict(await client.get(f"{API}/{path}", params=params))
    assert set(body) == {"status", "data"}, body
    assert body["status"] == "success"
    return body["data"]


def check_failure(answer: httpx.Response, status: int, kind: str) -> str:
    assert answer.status_code == status, answer.text
    body = check_strict(answer)
    assert set(body) == {"status", "errorType", "error"}
    assert (body["status"], body["errorType"]) == ("error", kind)
    assert "Traceback" not in answer.text
    return str(body["error"])


async def fail(client: Client, path: str, status: int = 400, kind: str = "bad_data", **params: Any) -> str:
    return check_failure(await client.get(f"{API}/{path}", params=params), status, kind)
