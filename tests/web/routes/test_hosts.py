"""GET /api/v1/hosts."""

from typing import Any

import httpx
import pytest

from metricbox.web import schemas
from metricbox.web.respond import MAX_PAGE_SIZE
from tests.support.api import Callers, Client, Server, check_error
from tests.support.stores import NOW_MS, push

PATH = "/api/v1/hosts"


def fill(server: Server, name: str, load: float = 1, age_ms: int = 0, **more: str) -> None:
    samples = [(NOW_MS - age_ms - 10_000 * back, load) for back in range(6)]
    push(server.context.store, "node_load1", {"instance": name, **more}, samples)


def check_hosts(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body["meta"]) == {"total", "page", "pageSize", "up", "late", "silent", "nowMs"}
    for row in body["data"]:
        schemas.Host.model_validate(row)
    return list(body["data"])


async def names(client: Client, query: str = "") -> list[str]:
    return [row["name"] for row in check_hosts(await client.get(PATH + query))]


async def test_hosts_are_shown_to_those_who_may_read(callers: Callers) -> None:
    fill(callers.server, "a")
    check_error(await callers.anonymous.get(PATH), 401, "UNAUTHORIZED")
    check_error(await callers.ingest_token.get(PATH), 403, "FORBIDDEN")
    for client in (callers.viewer, callers.editor, callers.admin, callers.read_token, callers.admin_token):
        assert await names(client) == ["a"]


async def test_without_hosts_the_list_is_empty(callers: Callers) -> None:
    answer = await callers.viewer.get(PATH)
    assert check_hosts(answer) == []
    assert answer.json()["meta"] == {
        "total": 0, "page": 1, "pageSize": 50, "up": 0, "late": 0, "silent": 0, "nowMs": NOW_MS,
    }  # fmt: skip


async def test_what_is_not_known_is_null(callers: Callers) -> None:
    fill(callers.server, "a", load=1.23456)
    (row,) = check_hosts(await callers.viewer.get(PATH))
    assert row.pop("ticks") == [*["none"] * 22, "ok", "ok"]
    assert row.pop("trends") == {name: [None] * 12 for name in ("cpuPercent", "memoryPercent", "diskPercent")}
    assert row == {
        "name": "a", "state": "up", "lastSeenMs": NOW_MS, "intervalMs": 10_000, "source": "node_exporter",
        "tag": "instance", "agentVersion": None, "clockSkewMs": None, "droppedSamples": None, "spoolBytes": None,
        "spoolBatches": None, "uptimeS": None, "cpuPercent": None, "memoryPercent": None, "diskPercent": None,
        "load1": 1.235, "networkBytesPerS": None, "seriesCount": 1,
    }  # fmt: skip


async def test_an_agent_tells_what_it_dropped_and_holds(callers: Callers) -> None:
    """B044."""
    labels = {"instance": "far", "job": "metricbox_agent"}
    store = callers.server.context.store
    for name, last in (("spool_bytes", 2_000_000.0), ("spool_batches", 40.0)):
        push(store, f"metricbox_agent_{name}", labels, [(NOW_MS - 10_000 * back, last) for back in range(6)])
    for reason, grows in (("spool_full", 20), ("refused", 0)):
        dropped = [(NOW_MS - 60_000 * back, 100.0 - grows * back) for back in (3, 2, 1, 0)]
        push(store, "metricbox_agent_dropped_samples_total", labels | {"reason": reason}, dropped)
    (row,) = check_hosts(await callers.viewer.get(PATH))
    assert (row["source"], row["spoolBytes"], row["spoolBatches"]) == ("metricbox", 2_000_000, 40)
    assert row["droppedSamples"] == {"spool_full": 60}


async def test_the_list_is_searched_sorted_and_paged(callers: Callers) -> None:
    fill(callers.server, "web1", 3)
    fill(callers.server, "Web2", 1, age_ms=50_000)
    fill(callers.server, "db", 2)
    fill(callers.server, "old", 9, age_ms=600_000)
    client = callers.viewer
    assert await names(client) == ["Web2", "db", "old", "web1"]
    assert await names(client, "?search=WEB") == ["Web2", "web1"]
    assert await names(client, "?search=.*") == []
    assert await names(client, "?sort=name") == ["db", "old", "web1", "Web2"]
    assert await names(client, "?sort=state") == ["old", "Web2", "db", "web1"]
    assert await names(client, "?sort=-state") == ["db", "web1", "Web2", "old"]
    # A silent host has no load, and comes last whichever way.
    assert await names(client, "?sort=load1") == ["Web2", "db", "web1", "old"]
    assert await names(client, "?sort=-load1") == ["web1", "db", "Web2", "old"]
    assert await names(client, "?sort=-lastSeenMs&pageSize=2") == ["db", "web1"]
    answer = await client.get(f"{PATH}?page=2&pageSize=3&search=e")
    assert answer.json()["data"] == []
    assert answer.json()["meta"] == {
        "total": 2, "page": 2, "pageSize": 3, "up": 2, "late": 1, "silent": 1, "nowMs": NOW_MS,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "field"),
    [("sort=ticks", "sort"), ("sort=--name", "sort"), (f"pageSize={MAX_PAGE_SIZE + 1}", "pageSize"),
     ("page=0", "page"), ("search=" + "x" * 257, "search")],
)  # fmt: skip
async def test_bad_questions_are_refused_by_field(callers: Callers, query: str, field: str) -> None:
    check_error(await callers.viewer.get(f"{PATH}?{query}"), 400, "VALIDATION_ERROR", field)


async def test_what_is_pushed_is_a_host_within_seconds(callers: Callers) -> None:
    assert await names(callers.viewer) == []
    wish = {"metrics": [{"name": "temperature", "value": 20, "tags": {"host": "press <3>"}}]}
    assert (await callers.ingest_token.post("/api/v1/metrics", wish)).status_code == 202
    callers.server.clock.advance_ms(5_000)
    (row,) = check_hosts(await callers.viewer.get(PATH))
    assert (row["name"], row["source"], row["state"], row["seriesCount"]) == ("press <3>", "other", "up", 1)
