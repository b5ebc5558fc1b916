"""Queries over HTTP for tests: samples to ask for, a request, and a check of every answer."""

from collections.abc import Iterable
from typing import Any

import httpx

from metricbox.web import schemas
from tests.support.api import Server
from tests.support.stores import HOUR_MS, NOW_MS, push

PATH, BATCH = "/api/v1/query", "/api/v1/query/batch"
MINUTE_MS = 60_000
START_MS = NOW_MS - HOUR_MS
# One step of one minute, so that every answer is one number.
MINUTE = {"query": "cpu", "start": START_MS, "end": START_MS + MINUTE_MS, "step": "1m"}
META = {
    "table", "resolution", "stepMs", "cached", "tookMs", "samplesRead", "seriesTotal", "truncated", "warnings",
}  # fmt: skip


def fill(server: Server, name: str, values: Iterable[float], start_ms: int = START_MS, **tags: str) -> None:
    """Samples of one series, a second apart."""
    samples = [(start_ms + index * 1_000, float(value)) for index, value in enumerate(values)]
    push(server.context.store, name, tags, samples)


def fill_hosts(server: Server) -> None:
    """Four series of three samples in one minute, values 1 to 12."""
    fill(server, "cpu", [1, 2, 3], host="a", dc="x")
    fill(server, "cpu", [4, 5, 6], host="b", dc="x")
    fill(server, "cpu", [7, 8, 9], host="c", dc="y")
    fill(server, "cpu", [10, 11, 12], host="d")


def check_answer(answer: httpx.Response) -> dict[str, Any]:
    """An answer of the one shape, as {"data", "meta"}."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    body: dict[str, Any] = answer.json()
    check_part(body)
    return body


def check_part(part: dict[str, Any]) -> None:
    assert set(part) == {"data", "meta"}
    schemas.QueryResult.model_validate(part["data"])
    schemas.QueryMeta.model_validate(part["meta"])
    assert set(part["meta"]) == META
    times = part["data"]["times"]
    assert times == sorted(set(times))
    for series in part["data"]["series"]:
        assert len(series["values"]) == len(times)
