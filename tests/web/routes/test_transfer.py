"""Export and import over HTTP, on a real server with a real store."""

import json
import math
from typing import Any

import httpx
import numpy as np
import pytest

from metricbox.model import STALE_MARKER_BITS
from tests.support.api import Callers, check_error
from tests.support.stores import NOW_MS, read

IMPORT, EXPORT = "/api/v1/import", "/api/v1/export"


def line(metric: dict[str, str], *samples: tuple[int, Any]) -> bytes:
    return json.dumps(
        {"metric": metric, "values": [value for _, value in samples], "timestamps": [at for at, _ in samples]}
    ).encode()


async def push(callers: Callers, *lines: bytes) -> httpx.Response:
    return await callers.ingest_token.post(IMPORT, content=b"\n".join([*lines, b""]))


async def export(callers: Callers, *matches: str, **parameters: Any) -> list[dict[str, Any]]:
    answer = await callers.read_token.get(EXPORT, params={"match[]": matches, **parameters})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(one) for one in answer.text.splitlines()]


async def test_what_is_taken_out_goes_in_again_as_it_was(callers: Callers) -> None:
    """Traps B012 and B043: numbers at the edges and stale markers come through, as JSON that any tool reads."""
    metric = {"__name__": "odd.name-x", "host": 'a"b\\c\nd', "label_2": "ü"}
    edges = [1e-320, -0.0, 1.7976931348623157e308, 0.1, 1e16, None]
    body = line(metric, *[(NOW_MS - 1000 * step, value) for step, value in enumerate(edges)])
    assert (await push(callers, body)).status_code == 204
    (first,) = await export(callers, '{__name__="odd.name-x"}')
    assert first["metric"] == metric
    assert first["values"] == list(reversed(edges))
    assert math.copysign(1, first["values"][-2]) == -1
    store = callers.server.context.store
    (series,) = store.find_series("odd.name-x")
    bits = read(store, series.series_id).values.view(np.uint64)
    assert bits[0] == STALE_MARKER_BITS
    # Once more, from what was taken out: nothing changes.
    assert (await push(callers, json.dumps(first).encode())).status_code == 204
    assert await export(callers, '{__name__="odd.name-x"}') == [first]


async def test_a_range_is_half_open_and_days_and_series_come_in_parts(callers: Callers) -> None:
    day = 86_400_000
    stamps = [NOW_MS - 2 * day, NOW_MS - day, NOW_MS - 1, NOW_MS]
    for host in "ab":
        await push(callers, line({"__name__": "m", "host": host}, *[(at, 1) for at in stamps]))
    await push(callers, line({"__name__": "other"}, (NOW_MS, 5)))
    rows = await export(callers, "m", start=str(stamps[1]), end=str(NOW_MS))
    found = sorted((row["metric"]["host"], at) for row in rows for at in row["timestamps"])
    assert found == [(host, at) for host in "ab" for at in stamps[1:3]]
    assert {row["metric"]["__name__"] for row in await export(callers, 'm{host="a"}', "other")} == {
        "m",
        "other",
    }
    assert await export(callers, "nothing") == []


async def test_rollups_come_as_averages(callers: Callers) -> None:
    bucket = NOW_MS // 3_600_000 * 3_600_000 - 3_600_000
    await push(callers, line({"__name__": "m"}, (bucket, 1), (bucket + 1000, 3), (bucket + 60_000, 10)))
    (minutes,) = await export(callers, "m", tier="1min", end=str(NOW_MS))
    assert (minutes["timestamps"], minutes["values"]) == ([bucket, bucket + 60_000], [2, 10])
    (hours,) = await export(callers, "m", tier="1hour", end=str(NOW_MS))
    assert hours["values"] == [14 / 3]


@pytest.mark.parametrize(
    ("parameters", "word"),
    [
        ({}, "match[]"),
        ({"match[]": "rate(m[5m])"}, "match[]"),
        ({"match[]": "{"}, ""),
        ({"match[]": "m", "start": "yesterday"}, "start"),
        ({"match[]": "m", "start": "now", "end": "now-1h"}, "end"),
        ({"match[]": "m", "tier": "2min"}, "tier"),
    ],
)
async def test_a_wish_that_cannot_be_met_is_refused_in_words(
    callers: Callers, parameters: dict[str, str], word: str
) -> None:
    answer = await callers.read_token.get(EXPORT, params=parameters)
    check_error(answer, 400, "VALIDATION_ERROR")
    assert word in answer.text


async def test_a_bad_line_is_named_and_the_others_are_stored(callers: Callers) -> None:
    answer = await push(
        callers,
        line({"__name__": "m"}, (NOW_MS, 1)),
        b"{nonsense",
        line({"__name__": "1 x"}, (NOW_MS, 1)),
        b'{"metric":{"__name__":"m"},"values":[1,2],"timestamps":[1]}',
        line({"__name__": "m"}, (NOW_MS - 5, 2), (1, 3)),
        line({"__name__": "n"}, (NOW_MS, "Infinity"), (NOW_MS - 1, 7)),
    )
    check_error(answer, 400, "VALIDATION_ERROR")
    body = answer.json()
    assert [one["field"] for one in body["details"]] == ["line 2", "line 3", "line 4", "line 5"]
    assert "the others are stored" in body["error"]
    assert sorted((row["metric"]["__name__"], row["values"]) for row in await export(callers, "m", "n")) == [
        ("m", [2, 1]),
        ("n", [7]),
    ]
    assert (await push(callers)).status_code == 204
    check_error(await push(callers, b"nothing but words"), 400, "VALIDATION_ERROR")


async def test_reading_needs_a_reader_and_writing_a_sender(callers: Callers) -> None:
    check_error(await callers.ingest_token.get(EXPORT, params={"match[]": "m"}), 403, "FORBIDDEN")
    check_error(await callers.read_token.post(IMPORT, content=b""), 403, "FORBIDDEN")
    check_error(await callers.anonymous.post(IMPORT, content=b""), 401, "UNAUTHORIZED")
