"""Prometheus remote write on a real server with a real store."""

import gzip
import struct
from typing import Any

import httpx
import pytest

from metricbox.errors import QueueFullError
from metricbox.web.routes.remote_write import PATHS
from tests.support.api import Callers, Server, check_error, run_server
from tests.support.remote_write import STALE, compress, field, label, metadata, sample, series
from tests.support.remote_write_2 import EXEMPLAR, HISTOGRAM, REFS, Message
from tests.support.stores import NOW_MS, read

PATH = "/api/v1/write"
M = {"__name__": "m", "a": "b"}
HEADERS = {
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}


def values(server: Server, name: str) -> list[float]:
    store = server.context.store
    return [value for one in store.find_series(name) for value in read(store, one.series_id).values.tolist()]


async def write(callers: Callers, *parts: bytes, path: str = PATH, **options: Any) -> httpx.Response:
    options.setdefault("headers", HEADERS)
    return await callers.ingest_token.post(path, content=compress(parts), **options)


@pytest.mark.parametrize(
    "path", ["/api/v1/write", "/api/v1/write/", "/api/v1/push", "/api/prom/push", "/receive"]
)
async def test_success_is_204(callers: Callers, path: str) -> None:
    body = (metadata("m", 1, "help"), series(M, (NOW_MS, 1.5)), series({"__name__": "n"}, (NOW_MS, 0.0)))
    for _ in range(2):
        answer = await write(callers, *body, path=path)
        assert (answer.status_code, answer.content) == (204, b"")
    assert (values(callers.server, "m"), values(callers.server, "n")) == ([1.5], [0.0])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "application/json"},
        {"Content-Type": "application/x-protobuf;proto=prometheus.WriteRequest"},
        {"X-Prometheus-Remote-Write-Version": "1.0"},
    ],
)
async def test_headers_may_be_missing_or_odd(callers: Callers, headers: dict[str, str]) -> None:
    assert (await write(callers, series(M, (NOW_MS, 1.0)), headers=headers)).status_code == 204
    assert values(callers.server, "m") == [1.0]


async def test_other_codings(callers: Callers) -> None:
    body = series(M, (NOW_MS, 1.0))
    for encoding, content in (("gzip", gzip.compress(body)), ("identity", body)):
        answer = await callers.ingest_token.post(
            PATH, content=content, headers={"Content-Encoding": encoding}
        )
        assert answer.status_code == 204


async def test_another_kind_of_message_is_told_to_fall_back(callers: Callers) -> None:
    for version in ("0.1.0", "2.0.0"):
        headers = {
            "Content-Type": "application/x-protobuf;proto=io.prometheus.write.v3.Request",
            "X-Prometheus-Remote-Write-Version": version,
        }
        answer = await write(callers, series(M, (NOW_MS, 1.0)), headers=headers)
        assert "prometheus.WriteRequest" in check_error(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    assert not callers.server.context.store.has_metric("m")


@pytest.mark.parametrize("headers", [HEADERS, {}])
async def test_a_body_of_2_0_that_does_not_say_so_is_refused(
    callers: Callers, headers: dict[str, str]
) -> None:
    """Read as 1.0 it is an empty message, whose samples would vanish behind a 204."""
    answer = await write(callers, Message().add(M, (NOW_MS, 1.0)).encode(), headers=headers)
    assert "2.0" in check_error(answer, 400, "VALIDATION_ERROR")


@pytest.mark.parametrize("body", [b"", compress(b""), compress(metadata("m", 1, "help"))])
async def test_nothing_to_store_is_a_success(callers: Callers, body: bytes) -> None:
    answer = await callers.ingest_token.post(PATH, content=body, headers=HEADERS)
    assert answer.status_code == 204


async def test_the_good_part_is_stored_and_the_rest_named(callers: Callers) -> None:
    twice = field(1, label("__name__", "d") + label("a", "1") * 2 + sample(NOW_MS, 1.0))
    answer = await write(
        callers,
        series(M, (NOW_MS, 1.0)),
        twice,
        series({"__name__": "late"}, (NOW_MS - 10**12, 1.0)),
        series({"__name__": "ahead"}, (NOW_MS + 10**9, 1.0)),
    )
    message = check_error(answer, 400, "VALIDATION_ERROR", "timeseries[1]")
    assert message.startswith(
        "3 of 4 samples refused; the others are stored; timeseries[1]: the label 'a' comes 2"
    )
    assert [detail["field"] for detail in answer.json()["details"]] == [f"timeseries[{n}]" for n in (1, 2, 3)]
    assert values(callers.server, "m") == [1.0]
    assert not callers.server.context.store.has_metric("late")


async def test_out_of_order_and_other_values_at_one_time_are_taken(callers: Callers) -> None:
    for ts_ms, value in ((NOW_MS, 1.0), (NOW_MS - 60_000, 2.0), (NOW_MS, 3.0)):
        assert (await write(callers, series(M, (ts_ms, value)))).status_code == 204
    assert values(callers.server, "m") == [2.0, 3.0]


async def test_stale_markers_reach_the_disk_and_other_nan_do_not(callers: Callers) -> None:
    nan = struct.pack("<Q", 0x7FF8000000000001)
    answer = await write(callers, series(M, (NOW_MS, STALE)), series({"__name__": "q"}, (NOW_MS, nan)))
    assert answer.status_code == 204
    store = callers.server.context.store
    (one,) = store.find_series("m")
    assert read(store, one.series_id).values.tobytes() == STALE
    assert not store.has_metric("q")
    count = callers.server.context.metrics.registry.get_sample_value(
        "metricbox_ingest_refused_samples_total", {"source": "remote_write", "reason": "not_finite"}
    )
    assert count == 1


@pytest.mark.parametrize(
    "body",
    [b"garbage", b"\x03\x08\xff\xff\xff", b"\xff\xff\xff\xff\x0f", compress(b"\x0a\x05"), compress(b"\x0b")],
)
async def test_damage_is_a_400(callers: Callers, body: bytes) -> None:
    check_error(await callers.ingest_token.post(PATH, content=body, headers=HEADERS), 400, "VALIDATION_ERROR")


async def test_too_much_is_a_413(tmp_path: Any) -> None:
    async with run_server(tmp_path, max_body_bytes=10_000) as server:
        callers = await Callers.make(server)
        check_error(await write(callers, field(9, bytes(20_000))), 413, "PAYLOAD_TOO_LARGE")


async def test_a_full_queue_is_a_503(callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never 429: Prometheus drops the batch on it."""

    def refuse(*_: Any) -> Any:
        raise QueueFullError("later", 7)

    monkeypatch.setattr(type(callers.server.context.store), "submit", refuse)
    monkeypatch.setattr("metricbox.ingest.service._DEFAULT_PATIENCE_S", 0.02)
    answer = await write(callers, series(M, (NOW_MS, 1.0)))
    check_error(answer, 503, "UNAVAILABLE")
    assert answer.headers["retry-after"] == "7"


async def test_who_may(callers: Callers) -> None:
    content = compress(series(M, (NOW_MS, 1.0)))
    for caller, status in (
        (callers.anonymous, 401),
        (callers.read_token, 403),
        (callers.viewer, 403),
        (callers.editor, 204),
        (callers.admin_token, 204),
    ):
        assert (await caller.post(PATH, content=content)).status_code == status
    assert (await callers.ingest_token.get(PATH)).status_code == 405


async def test_metadata_fills_in_what_is_not_known_of_a_metric(callers: Callers) -> None:
    await callers.ingest_token.request(
        "POST", PATH, content=compress((series(M, (NOW_MS, 1.0)), metadata("m", 2, "from the sender")))
    )
    (metric,) = await callers.viewer.data("GET", "/api/v1/metrics?search=m")
    assert (metric["type"], metric["description"]) == ("gauge", "from the sender")
    await callers.editor.data("PATCH", "/api/v1/metrics/m", {"description": "by hand", "type": None})
    body = compress(metadata("m", 1, "from the sender"))
    assert (await callers.ingest_token.request("POST", PATH, content=body)).status_code == 204
    (metric,) = await callers.viewer.data("GET", "/api/v1/metrics?search=m")
    assert (metric["type"], metric["description"]) == ("counter", "by hand")


# ---- 2.0

HEADERS_2 = {
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
    "X-Prometheus-Remote-Write-Version": "2.0.0",
}


def check_written(answer: httpx.Response, samples: int) -> None:
    found = {name: answer.headers.get(f"x-prometheus-remote-write-{name}-written") for name in KINDS}
    assert found == {"samples": str(samples), "histograms": "0", "exemplars": "0"}


KINDS = ("samples", "histograms", "exemplars")


async def write_2(callers: Callers, message: Message, **options: Any) -> httpx.Response:
    return await write(callers, message.encode(), **({"headers": HEADERS_2} | options))


async def test_2_0_on_the_same_paths(callers: Callers) -> None:
    quoted = 'application/x-protobuf; proto="io.prometheus.write.v2.Request"'
    version_alone = {"X-Prometheus-Remote-Write-Version": "2.0.0"}
    message = Message().add(M, (NOW_MS, 1.5)).add({"__name__": "n"}, (NOW_MS, 0.0), (NOW_MS + 1, 2.0))
    message.add({"__name__": "e"}, more=field(EXEMPLAR, b"\x11" + bytes(8)))
    for path in PATHS:
        for headers in (HEADERS_2, {"Content-Type": quoted}, version_alone):
            answer = await write_2(callers, message, path=path, headers=headers)
            assert (answer.status_code, answer.content) == (204, b"")
            check_written(answer, 3)
    assert (values(callers.server, "m"), values(callers.server, "n")) == ([1.5], [0.0, 2.0])


async def test_1_0_has_no_counts_and_the_content_type_goes_before_the_version(callers: Callers) -> None:
    content_type = "application/x-protobuf;proto=prometheus.WriteRequest"
    for headers in (HEADERS, {"Content-Type": content_type}):
        answer = await write(callers, series(M, (NOW_MS, 1.0)), headers=headers)
        assert answer.status_code == 204
        assert not [name for name in answer.headers if name.endswith("-written")]
    headers = {"Content-Type": content_type, "X-Prometheus-Remote-Write-Version": "2.0.0"}
    assert (await write(callers, series(M, (NOW_MS, 2.0)), headers=headers)).status_code == 204
    assert values(callers.server, "m") == [2.0]


async def test_native_histograms_are_refused_by_name_and_the_floats_counted(callers: Callers) -> None:
    message = Message().add(M, (NOW_MS, 1.0))
    message.add({"__name__": "latency"}, more=field(HISTOGRAM, b"\x21" + bytes(8)))
    answer = await write_2(callers, message)
    text = check_error(answer, 400, "VALIDATION_ERROR", "timeseries[1]")
    assert "latency is a native histogram" in text
    check_written(answer, 1)
    assert values(callers.server, "m") == [1.0]


async def test_references_past_the_table_store_nothing(callers: Callers) -> None:
    """Trap B022."""
    message = Message().add(M, (NOW_MS, 1.0)).add_raw(field(REFS, b"\x01\x8f\x4e") + sample(NOW_MS, 1.0))
    answer = await write_2(callers, message)
    assert "refers to symbol 9999" in check_error(answer, 400, "VALIDATION_ERROR")
    check_written(answer, 0)
    assert not callers.server.context.store.has_metric("m")


async def test_every_refusal_of_2_0_says_that_nothing_was_written(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = compress(Message().add(M, (NOW_MS, 1.0)).encode())
    for caller, status in ((callers.anonymous, 401), (callers.read_token, 403)):
        answer = await caller.post(PATH, content=content, headers=HEADERS_2)
        assert answer.status_code == status
        check_written(answer, 0)
    answer = await callers.ingest_token.post(PATH, content=b"garbage", headers=HEADERS_2)
    check_error(answer, 400, "VALIDATION_ERROR")
    check_written(answer, 0)
    unknown = HEADERS_2 | {"Content-Type": "application/x-protobuf;proto=other"}
    check_written(await callers.ingest_token.post(PATH, content=content, headers=unknown), 0)

    def refuse(*_: Any) -> Any:
        raise QueueFullError("later", 7)

    monkeypatch.setattr(type(callers.server.context.store), "submit", refuse)
    monkeypatch.setattr("metricbox.ingest.service._DEFAULT_PATIENCE_S", 0.02)
    answer = await callers.ingest_token.post(PATH, content=content, headers=HEADERS_2)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
    check_written(answer, 0)


async def test_too_much_of_2_0_is_a_413_with_counts(tmp_path: Any) -> None:
    """Too large on the wire, where no handler runs, and after decompression."""
    async with run_server(tmp_path, max_body_bytes=10_000) as server:
        callers = await Callers.make(server)
        for content in (compress(field(9, bytes(20_000))), bytes(20_000)):
            answer = await callers.ingest_token.post(PATH, content=content, headers=HEADERS_2)
            check_error(answer, 413, "PAYLOAD_TOO_LARGE")
            check_written(answer, 0)


async def test_what_2_0_says_of_a_metric_is_kept(callers: Callers) -> None:
    message = Message()
    message.add(M, (NOW_MS, 1.0), more=message.metadata(1, "from the sender", "bytes"))
    assert (await write_2(callers, message)).status_code == 204
    (metric,) = await callers.viewer.data("GET", "/api/v1/metrics?search=m")
    assert (metric["type"], metric["unit"], metric["description"]) == ("counter", "bytes", "from the sender")
