"""OpenTSDB's door on a real server with a real store."""

import asyncio
import gzip
import json
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from metricbox.graphite_templates import parse_templates
from tests.ingest.agent_captures import FOLDER, load_body
from tests.support.api import Callers, Server, basic, run_server
from tests.support.stores import NOW_MS, read


def values(server: Server, name: str) -> list[float]:
    store = server.context.store
    return [value for one in store.find_series(name) for value in read(store, one.series_id).values.tolist()]


def point(**changes: Any) -> dict[str, Any]:
    return {"metric": "sys.cpu", "timestamp": NOW_MS // 1000, "value": 1, "tags": {"host": "a"}} | changes


async def put(callers: Callers, points: Any, query: str = "", **options: Any) -> httpx.Response:
    content = points if isinstance(points, bytes) else json.dumps(points).encode()
    return await callers.ingest_token.post(f"/api/put{query}", content=content, **options)


@pytest.mark.parametrize("path", ["/api/put", "/api/put/", "/opentsdb/api/put"])
async def test_success_is_an_empty_204(callers: Callers, path: str) -> None:
    answer = await callers.ingest_token.post(path, content=json.dumps([point(), point(value="2.5")]))
    assert (answer.status_code, answer.content) == (204, b"")
    assert values(callers.server, "sys_cpu") == [2.5]


@pytest.mark.parametrize("body", [b"", b"[]", b"[\n\n]\n"])
async def test_nothing_to_store_is_a_success(callers: Callers, body: bytes) -> None:
    assert (await put(callers, body)).status_code == 204


async def test_counts_and_details_are_a_200(callers: Callers) -> None:
    """opentsdb-py sends details=true and repeats its point for ever on a 204."""
    for query in ("?details", "?details=true", "?details=true&summary"):
        answer = await put(callers, [point()], query)
        assert answer.status_code == 200
        assert answer.json() == {"success": 1, "failed": 0, "errors": []}
    answer = await put(callers, [point()], "?summary&sync&sync_timeout=60000")
    assert (answer.status_code, answer.json()) == (200, {"success": 1, "failed": 0})
    assert (await put(callers, [point()], "?details=false")).status_code == 204


async def test_some_that_failed_are_a_400_and_the_good_ones_are_stored(callers: Callers) -> None:
    points = [point(metric="good"), point(value="x"), point(metric="good2")]
    answer = await put(callers, points)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == 400
    assert "1 data points had errors; the others are stored; number 1" in answer.json()["error"]["message"]
    assert values(callers.server, "good") == values(callers.server, "good2") == [1.0]
    answer = await put(callers, points, "?details")
    assert answer.status_code == 400
    assert answer.json() == {
        "success": 2,
        "failed": 1,
        "errors": [{"datapoint": points[1], "error": "the value 'x' is not a finite number"}],
    }
    assert (await put(callers, points, "?summary")).json() == {"success": 2, "failed": 1}


async def test_what_is_no_json_stores_nothing(callers: Callers) -> None:
    answer = await put(callers, b"[")
    assert answer.status_code == 400
    assert "not JSON" in answer.json()["error"]["message"]
    answer = await put(callers, b"m 1 N", headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert "not JSON" in answer.json()["error"]["message"]


async def test_errors_have_opentsdbs_shape(callers: Callers) -> None:
    for caller, status in ((callers.anonymous, 401), (callers.read_token, 403), (callers.viewer, 403)):
        answer = await caller.post("/api/put", content=b"[]")
        assert answer.status_code == status
        assert answer.json()["error"]["code"] == status
    assert (await callers.anonymous.post("/api/put")).headers["www-authenticate"] == 'Basic realm="metricbox"'


async def test_gzip_and_its_bound(tmp_path: Any) -> None:
    """Trap B020."""
    async with run_server(tmp_path, max_body_bytes=10_000) as server:
        callers = await Callers.make(server)
        headers = {"Content-Encoding": "gzip"}
        packed = gzip.compress(json.dumps(point()).encode())
        assert (await put(callers, packed, headers=headers)).status_code == 204
        assert values(server, "sys_cpu") == [1.0]
        for media_type in ("application/json", "application/graphite"):
            bomb = gzip.compress(b" " * 5_000_000)
            answer = await put(callers, bomb, headers=headers | {"Content-Type": media_type})
            assert answer.status_code == 413


async def test_lines_of_graphites_with_their_templates(tmp_path: Any) -> None:
    async with run_server(tmp_path, graphite_templates=parse_templates("(servers).{host}.**")) as server:
        callers = await Callers.make(server)
        headers = {"Content-Type": "application/graphite; charset=utf-8"}
        body = b"servers.web1.load 1.5 %d\nservers.web2.load 2 N\n" % (NOW_MS // 1000)
        assert (await put(callers, body, headers=headers)).status_code == 204
        assert [one.labels for one in server.context.store.find_series("load")] == [
            {"host": "web1"},
            {"host": "web2"},
        ]
        answer = await put(callers, b"good 1 N\nbad\n", headers=headers)
        assert answer.status_code == 400
        assert "number 2: unable to parse 'bad'" in answer.json()["error"]["message"]
        assert values(server, "good") == [1.0]


@pytest.mark.parametrize("form", ["opentsdb", "graphite"])
async def test_netdata_is_served(callers: Callers, form: str) -> None:
    """Captured, sent byte for byte with a token of ours: an empty request first, a header that ends in a bare LF."""
    secret = callers.ingest_token.http.headers["authorization"].removeprefix("Bearer ")
    credentials = basic("agent", secret)["Authorization"].encode()
    address = urlsplit(callers.server.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    for number in ("001", "002", "003"):
        name = f"netdata-{form}-http/{number}"
        head = (FOLDER / f"{name}.http-head.txt").read_bytes()
        if b"Authorization" in head:
            head = head.replace(b"Basic YWdlbnQ6czNjcmV0", credentials)
        else:
            head = head.replace(b"Content-Type", b"Authorization: %b\r\nContent-Type" % credentials)
        writer.write(head + load_body(name))
        async with asyncio.timeout(20):
            answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 204 "), answer
    writer.close()
    await writer.wait_closed()
    name = "netdata_system_cpu_user" if form == "opentsdb" else "netdata_host_a_system_cpu_user"
    assert len(values(callers.server, name)) == 2


async def test_refusals_are_counted_by_reason(callers: Callers) -> None:
    await put(callers, [point(), point(value="x"), point(value=None)])
    text = callers.server.context.metrics.render().decode()
    assert 'metricbox_ingest_refused_samples_total{reason="syntax",source="opentsdb"} 1.0' in text
    assert 'metricbox_ingest_refused_samples_total{reason="null_value",source="opentsdb"} 1.0' in text
