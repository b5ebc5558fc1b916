"""OTLP/HTTP metrics on a real server with a real store."""

import gzip
from typing import Any

import httpx
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse

from metricbox.errors import InsufficientStorageError, QueueFullError
from metricbox.web.routes.otlp import PATHS
from tests.ingest.captured import CapturedRequest, load_all
from tests.support.api import Callers, Server, run_server
from tests.support.otlp import DELTA, MINUTE_MS, Request
from tests.support.stores import NOW_MS, read

PATH = "/v1/metrics"
PROTOBUF, JSON = "application/x-protobuf", "application/json"
FORMS = pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
CAPTURED = [request for request in load_all() if request.path == PATH]


def values(server: Server, name: str) -> list[float]:
    store = server.context.store
    return [value for one in store.find_series(name) for value in read(store, one.series_id).values.tolist()]


def one_gauge(value: float = 1.5, **options: Any) -> Request:
    request = Request({"service.name": "shop"})
    request.gauge("g", value, {"a": "b"}, **options)
    return request


def body_of(request: Request, media_type: str) -> bytes:
    return request.json if media_type == JSON else request.protobuf


async def push(callers: Callers, request: Request | bytes, media_type: str, **options: Any) -> httpx.Response:
    content = request if isinstance(request, bytes) else body_of(request, media_type)
    headers = {"Content-Type": media_type, **options.pop("headers", {})}
    client = options.pop("client", callers.ingest_token)
    return await client.request("POST", options.pop("path", PATH), content=content, headers=headers)  # type: ignore[no-any-return]


def read_status(answer: httpx.Response) -> tuple[int, str]:
    """Code and message of a google.rpc.Status, in the form of its content type."""
    if answer.headers["content-type"] == JSON:
        body = answer.json()
        assert set(body) == {"code", "message"}
        return body["code"], body["message"]
    assert answer.headers["content-type"] == PROTOBUF
    status = Status.FromString(answer.content)
    return status.code, status.message


def read_partial(answer: httpx.Response) -> tuple[int, str]:
    """Number of refused points, and why."""
    if answer.headers["content-type"] == JSON:
        partial = answer.json()["partialSuccess"]
        return int(partial["rejectedDataPoints"]), partial["errorMessage"]
    result = ExportMetricsServiceResponse.FromString(answer.content).partial_success
    return result.rejected_data_points, result.error_message


@FORMS
async def test_success_is_200_with_an_empty_message_of_the_same_type(
    callers: Callers, media_type: str
) -> None:
    for _ in range(2):
        answer = await push(callers, one_gauge(), media_type)
        assert (answer.status_code, answer.content) == (200, b"{}" if media_type == JSON else b"")
        assert answer.headers["content-type"] == media_type
    assert values(callers.server, "g") == [1.5]


@pytest.mark.parametrize("path", [*PATHS, f"{PATH}/"])
async def test_every_path(callers: Callers, path: str) -> None:
    assert (await push(callers, one_gauge(), PROTOBUF, path=path)).status_code == 200
    assert values(callers.server, "g") == [1.5]


@pytest.mark.parametrize("media_type", ["application/protobuf", f"{PROTOBUF}; charset=utf-8", ""])
async def test_other_words_for_protobuf(callers: Callers, media_type: str) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    answer = await callers.ingest_token.request("POST", PATH, content=one_gauge().protobuf, headers=headers)
    assert answer.status_code == 200
    assert values(callers.server, "g") == [1.5]


@FORMS
async def test_gzip(callers: Callers, media_type: str) -> None:
    content = gzip.compress(body_of(one_gauge(), media_type))
    answer = await push(callers, content, media_type, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 200
    assert values(callers.server, "g") == [1.5]


@FORMS
async def test_nothing_to_store_is_a_success(callers: Callers, media_type: str) -> None:
    for content in (b"", body_of(Request(), media_type)):
        assert (await push(callers, content, media_type)).status_code == 200


@FORMS
async def test_what_can_never_be_stored_is_told_in_partial_success(callers: Callers, media_type: str) -> None:
    request = one_gauge()
    for number in range(30):
        request.gauge("late", 1.0, {"n": number}, NOW_MS - 10**12)
    request.histogram("odd", [1, 2, 3], [1.0])
    request.gauge("nan", float("nan"))
    answer = await push(callers, request, media_type)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    rejected, message = read_partial(answer)
    assert rejected == 31
    assert message.startswith("31 data points refused; the others are stored: late: time stamp")
    assert "odd: it has 3 bucket counts for 1 bounds, not 2" in message
    assert message.count("late:") == 1
    assert values(callers.server, "g") == [1.5]


@FORMS
async def test_damage_is_a_400_with_a_status(callers: Callers, media_type: str) -> None:
    answer = await push(callers, b"\x0a\x05{", media_type)
    assert answer.status_code == 400
    code, message = read_status(answer)
    assert code == 3
    assert "the body is not an OTLP metrics request in" in message


async def test_another_content_type_is_a_415(callers: Callers) -> None:
    for media_type in ("text/plain", "application/x-www-form-urlencoded"):
        answer = await push(callers, one_gauge().protobuf, media_type)
        assert answer.status_code == 415
        assert PROTOBUF in read_status(answer)[1]


async def test_a_coding_that_is_not_known_is_a_415(callers: Callers) -> None:
    answer = await push(callers, one_gauge(), PROTOBUF, headers={"Content-Encoding": "br"})
    assert answer.status_code == 415
    assert "gzip" in read_status(answer)[1]


@FORMS
async def test_a_gzip_bomb_is_a_413(tmp_path: Any, media_type: str) -> None:
    """Trap B021: the limit is on what comes out."""
    async with run_server(tmp_path, max_body_bytes=1_000_000) as server:
        callers = await Callers.make(server)
        bomb = gzip.compress(b" " * 50_000_000)
        assert len(bomb) < 100_000
        for content, headers in ((bomb, {"Content-Encoding": "gzip"}), (bytes(2_000_000), {})):
            answer = await push(callers, content, media_type, headers=headers)
            assert answer.status_code == 413
            assert read_status(answer)[0] == 8


@FORMS
@pytest.mark.parametrize(
    ("error", "retry_after"),
    [(QueueFullError("later", 7), "7"), (InsufficientStorageError("disk is full"), "60")],
)
async def test_what_succeeds_later_is_a_503(
    callers: Callers, monkeypatch: pytest.MonkeyPatch, media_type: str, error: Exception, retry_after: str
) -> None:
    """Senders repeat 429, 502, 503 and 504 alone: a 507 would lose what a full disk cannot take now."""

    def refuse(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(type(callers.server.context.store), "submit", refuse)
    monkeypatch.setattr("metricbox.ingest.service._DEFAULT_PATIENCE_S", 0.02)
    answer = await push(callers, one_gauge(), media_type)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, retry_after)
    assert read_status(answer)[0] == 14


@FORMS
async def test_who_may(callers: Callers, media_type: str) -> None:
    for caller, status, code in (
        (callers.anonymous, 401, 16),
        (callers.read_token, 403, 7),
        (callers.viewer, 403, 7),
        (callers.editor, 200, None),
        (callers.admin_token, 200, None),
    ):
        answer = await push(callers, one_gauge(), media_type, client=caller)
        assert answer.status_code == status
        if code is not None:
            assert read_status(answer)[0] == code
    assert (await callers.ingest_token.get(PATH)).status_code == 405


async def test_a_counter_of_deltas_increases_by_their_sum(callers: Callers) -> None:
    """Trap B034, as PromQL sees it."""
    for number, value in enumerate((3, 4, 5)):
        request = Request()
        start_ms = NOW_MS - (10 - number) * MINUTE_MS
        request.sum("hits", value, {}, start_ms + MINUTE_MS, start_ms=start_ms, temporality=DELTA)
        assert (await push(callers, request, PROTOBUF)).status_code == 200
    last_ms = NOW_MS - 7 * MINUTE_MS
    query = {"query": "increase(hits_total[3m])", "time": str(last_ms / 1000)}
    answer = await callers.viewer.get("/prometheus/api/v1/query", params=query)
    ((_, value),) = (one["value"] for one in answer.json()["data"]["result"])
    assert float(value) == pytest.approx(12, rel=0.001)


async def test_metadata_fills_in_what_is_not_known_of_a_metric(callers: Callers) -> None:
    request = Request()
    request.sum("io", 1.0, unit="By", description="Bytes that went by.")
    assert (await push(callers, request, PROTOBUF)).status_code == 200
    (metric,) = await callers.viewer.data("GET", "/api/v1/metrics?search=io_bytes")
    assert (metric["name"], metric["type"], metric["unit"], metric["description"]) == (
        "io_bytes_total",
        "counter",
        "bytes",
        "Bytes that went by.",
    )


async def test_names_as_they_are(tmp_path: Any) -> None:
    async with run_server(tmp_path, otlp_names="raw") as server:
        callers = await Callers.make(server)
        request = Request({"service.name": "shop"})
        request.sum("http.requests", 3.0, {"http.method": "GET"})
        assert (await push(callers, request, JSON)).status_code == 200
        ((series),) = server.context.store.find_series("http.requests")
        assert series.labels == {"service.name": "shop", "http.method": "GET"}
        query = {"query": '{__name__="http.requests"}', "time": str(NOW_MS / 1000)}
        answer = await callers.viewer.get("/prometheus/api/v1/query", params=query)
        assert len(answer.json()["data"]["result"]) == 1


@pytest.mark.parametrize("captured", CAPTURED, ids=lambda request: request.name)
async def test_real_clients_are_served(callers: Callers, captured: CapturedRequest) -> None:
    headers = {
        name: value
        for name, value in captured.headers.items()
        if name in {"content-type", "content-encoding"}
    }
    answer = await callers.ingest_token.request(
        "POST", captured.target, content=captured.body, headers=headers
    )
    assert answer.status_code == 200
    assert answer.content in {b"", b"{}"}
    registry = callers.server.context.metrics.registry
    assert registry.get_sample_value("metricbox_ingest_samples_total", {"source": "otlp"}) > 20
