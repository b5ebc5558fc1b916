"""POST /api/v1/metrics on a real server with a real store."""

import gzip
import json
from typing import Any

import pytest

from metricbox.errors import InsufficientStorageError, QueueFullError
from tests.support.api import Callers, Server, check_error, run_server, token_client
from tests.support.stores import NOW_MS, read

PATH = "/api/v1/metrics"
POINT = {"name": "cpu", "value": 1.5, "tags": {"host": "a"}}


def stored(server: Server, name: str) -> list[tuple[dict[str, str], int, float]]:
    """(labels, ts_ms, value) of everything that the store holds of a metric."""
    store = server.context.store
    found = []
    for series in store.find_series(name):
        columns = read(store, series.series_id)
        found += [
            (dict(series.labels), ts_ms, value)
            for ts_ms, value in zip(columns.ts_ms.tolist(), columns.values.tolist(), strict=True)
        ]
    return found


async def test_points_are_stored_before_the_answer(callers: Callers) -> None:
    answer = await callers.ingest_token.post(PATH, {"metrics": [POINT, {"name": "up", "value": 1}]})
    assert answer.status_code == 202
    assert answer.json() == {"data": {"accepted": 2, "rejected": 0, "errors": []}}
    assert stored(callers.server, "cpu") == [({"host": "a"}, NOW_MS, 1.5)]
    assert stored(callers.server, "up") == [({}, NOW_MS, 1.0)]


async def test_the_ladder(callers: Callers) -> None:
    body = {"metrics": [POINT]}
    check_error(await callers.anonymous.post(PATH, body), 401, "UNAUTHORIZED")
    check_error(await callers.read_token.post(PATH, body), 403, "FORBIDDEN")
    check_error(await callers.viewer.post(PATH, body), 403, "FORBIDDEN")
    for caller in (callers.editor, callers.admin, callers.admin_token, callers.ingest_token):
        assert (await caller.post(PATH, body)).status_code == 202


async def test_good_points_are_stored_and_bad_ones_named(callers: Callers) -> None:
    """B013."""
    points = [
        POINT,
        {"name": "cpu", "value": None},
        {**POINT, "timestamp": NOW_MS - 60_000},
        {"name": "9", "value": 1},
    ]
    answer = await callers.ingest_token.post(PATH, {"metrics": points})
    assert answer.status_code == 202
    data = answer.json()["data"]
    assert (data["accepted"], data["rejected"]) == (2, 2)
    assert [error["index"] for error in data["errors"]] == [1, 3]
    assert data["errors"][0]["message"] == "value: is null, so there is nothing to store"
    assert stored(callers.server, "cpu") == [
        ({"host": "a"}, NOW_MS - 60_000, 1.5),
        ({"host": "a"}, NOW_MS, 1.5),
    ]


async def test_nothing_accepted_is_a_400_that_names_each(callers: Callers) -> None:
    points = [{"name": "9", "value": 1}, {**POINT, "timestamp": 5}, {**POINT, "other": 1}]
    answer = await callers.ingest_token.post(PATH, {"metrics": points})
    sentence = check_error(answer, 400, "VALIDATION_ERROR", "metrics[1].timestamp")
    assert sentence.startswith("no point was accepted; metrics[0].name: '9' is not a metric name")
    assert [detail["field"] for detail in answer.json()["details"]] == [
        "metrics[0].name",
        "metrics[1].timestamp",
        "metrics[2].other",
    ]


@pytest.mark.parametrize(
    "body", [b'{"metrics":[]}', b"[]", b"", b"{", b'{"metrics":[{"name":"m","value":NaN}]}']
)
async def test_a_body_without_points_is_a_400(callers: Callers, body: bytes) -> None:
    check_error(await callers.ingest_token.post(PATH, content=body), 400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (json.dumps([POINT]), "application/json"),
        (json.dumps(POINT), ""),
        (json.dumps(POINT) + "\n" + json.dumps({**POINT, "name": "mem"}), "application/x-ndjson"),
        (json.dumps({"metric": "cpu", "labels": {"host": "a"}, "value": 1.5}), "text/plain"),
    ],
)
async def test_other_forms(callers: Callers, body: str, content_type: str) -> None:
    """PROTOCOLS 1: a bare list, one point, one a line, other names, whatever the header says."""
    answer = await callers.ingest_token.post(
        PATH, content=body.encode(), headers={"Content-Type": content_type}
    )
    assert answer.status_code == 202, answer.text
    assert stored(callers.server, "cpu") == [({"host": "a"}, NOW_MS, 1.5)]


async def test_compressed_bodies_and_their_faults(callers: Callers) -> None:
    body = json.dumps([POINT]).encode()

    async def push(content: bytes, encoding: str) -> Any:
        return await callers.ingest_token.post(PATH, content=content, headers={"Content-Encoding": encoding})

    assert (await push(gzip.compress(body), "gzip")).status_code == 202
    check_error(await push(body, "gzip"), 400, "VALIDATION_ERROR")
    check_error(await push(body, "br"), 415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_bomb_is_a_413(tmp_path: Any) -> None:
    """B020."""
    async with run_server(tmp_path, max_body_bytes=1_000_000) as server:
        callers = await Callers.make(server)
        bomb = gzip.compress(bytes(200_000_000))
        answer = await callers.ingest_token.post(PATH, content=bomb, headers={"Content-Encoding": "gzip"})
        check_error(answer, 413, "PAYLOAD_TOO_LARGE")
        answer = await callers.ingest_token.post(PATH, content=b" " * 1_000_001)
        check_error(answer, 413, "PAYLOAD_TOO_LARGE")


async def test_a_chunked_body_is_read(callers: Callers) -> None:
    async def chunks() -> Any:
        yield b'{"metrics":['
        yield json.dumps(POINT).encode() + b"]}"

    assert (await callers.ingest_token.post(PATH, content=chunks())).status_code == 202


def points_of(name: str, count: int) -> list[dict[str, Any]]:
    return [{"name": name, "value": 1, "tags": {"id": str(number), "host": "a"}} for number in range(count)]


async def test_a_metric_that_explodes_is_cut_off_and_named(tmp_path: Any) -> None:
    """B041: the rest of the body is stored, and the answer says which label it was."""
    message = (
        "metric wild has reached its 3 series (setting max_series_per_metric); "
        "the label with most values is id (3 values)"
    )
    async with run_server(tmp_path, max_series_per_metric=3) as server:
        callers = await Callers.make(server)
        points = [*points_of("wild", 5), *points_of("calm", 2)]
        answer = await callers.ingest_token.post(PATH, {"metrics": points})
        assert answer.status_code == 202
        assert answer.json()["data"] == {
            "accepted": 5,
            "rejected": 2,
            "errors": [{"index": 3, "message": message}, {"index": 4, "message": message}],
        }
        assert len(stored(server, "calm")) == 2
        answer = await callers.editor.post(PATH, {"metrics": points[3:5]})
        assert message in check_error(answer, 400, "VALIDATION_ERROR", "metrics[0]")
        status = await callers.viewer.data("GET", "/api/v1/status")
        assert status["series"] == 5
        (refusal,) = status["refusals"]
        assert (refusal["source"], refusal["reason"], refusal["samples"]) == (
            "json",
            "metric_series_limit",
            4,
        )
        assert refusal["example"]
        assert refusal["lastAt"]


async def test_a_token_that_explodes_is_cut_off_alone_and_for_good(tmp_path: Any) -> None:
    message = (
        "this token has reached its 3 series (setting max_series_per_token); "
        "the label with most values in wild is id (3 values)"
    )
    async with run_server(tmp_path, max_series_per_token=3) as server:
        callers = await Callers.make(server)
        secret = callers.ingest_token.http.headers["authorization"].removeprefix("Bearer ")
        answer = await callers.ingest_token.post(PATH, points_of("wild", 5))
        assert answer.json()["data"]["errors"] == [
            {"index": 3, "message": message},
            {"index": 4, "message": message},
        ]
        other = await token_client(callers.editor, "ingest")
        assert (await other.post(PATH, points_of("calm", 3))).json()["data"]["rejected"] == 0
        assert (await callers.editor.post(PATH, points_of("by_hand", 9))).json()["data"]["rejected"] == 0
        # However it is shown, it is one token.
        basic = server.client(origin=None)
        answer = await basic.post(PATH, points_of("more", 1), headers={"Authorization": f"Token u:{secret}"})
        check_error(answer, 400, "VALIDATION_ERROR")
        status = await callers.viewer.data("GET", "/api/v1/status")
        (refusal,) = status["refusals"]
        assert (refusal["source"], refusal["reason"], refusal["samples"]) == ("json", "token_series_limit", 3)
        assert refusal["example"]
        assert refusal["lastAt"]
    async with run_server(tmp_path, max_series_per_token=3) as server:
        token = server.client(token=secret, origin=None)
        answer = await token.post(PATH, points_of("wild", 5))
        assert (answer.json()["data"]["accepted"], answer.json()["data"]["rejected"]) == (3, 2)
        check_error(await token.post(PATH, points_of("more", 1)), 400, "VALIDATION_ERROR")


async def test_an_admin_token_has_a_cap_as_well(tmp_path: Any) -> None:
    async with run_server(tmp_path, max_series_per_token=3) as server:
        callers = await Callers.make(server)
        answer = await callers.admin_token.post(PATH, points_of("wild", 5))
        assert answer.json()["data"]["rejected"] == 2


async def test_sending_twice_changes_nothing(callers: Callers) -> None:
    """PROTOCOLS 1: agents repeat after a lost answer."""
    body = {"metrics": [{**POINT, "timestamp": NOW_MS - 1000}]}
    for _ in range(2):
        assert (await callers.ingest_token.post(PATH, body)).status_code == 202
    assert stored(callers.server, "cpu") == [({"host": "a"}, NOW_MS - 1000, 1.5)]


async def test_the_last_of_equal_points_wins(callers: Callers) -> None:
    points = [{**POINT, "value": value, "timestamp": NOW_MS} for value in (1, 2, 3)]
    assert (await callers.ingest_token.post(PATH, {"metrics": points})).status_code == 202
    assert stored(callers.server, "cpu") == [({"host": "a"}, NOW_MS, 3.0)]


async def test_a_store_that_cannot_take_it_now(callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse_with(error: Exception) -> None:
        def submit(*_: object) -> None:
            raise error

        monkeypatch.setattr(type(callers.server.context.store), "submit", submit)

    refuse_with(InsufficientStorageError("the disk is nearly full"))
    check_error(await callers.ingest_token.post(PATH, [POINT]), 507, "INSUFFICIENT_STORAGE")
    refuse_with(QueueFullError("come back later", 3))
    monkeypatch.setattr("metricbox.ingest.service.PATIENCE_S", {"json": 0.02})
    answer = await callers.ingest_token.post(PATH, [POINT])
    check_error(answer, 503, "UNAVAILABLE")
    assert answer.headers["retry-after"] == "3"
