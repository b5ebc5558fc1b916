"""The Pushgateway's paths and the import of exposition text, on a real server with a real store.

payloads/pushgateway holds what prometheus_client 0.26 sent; the answers are those of a Pushgateway 1.5.1.
"""

import contextlib
import gzip
import struct
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.errors import NotFoundError, QueueFullError, ValidationError
from metricbox.model import is_stale_marker
from metricbox.web.routes.push import parse_group
from tests.support.api import Callers, Server, run_server, token_client
from tests.support.remote_write import field, number_field, varint
from tests.support.stores import NOW_MS, read

CAPTURED = Path(__file__).parent / "payloads" / "pushgateway"
IMPORT = "/api/v1/import/prometheus"
ENDED = "ended"


def samples(server: Server, name: str) -> list[tuple[dict[str, str], int, float | str]]:
    """(labels, milliseconds since the start, value) of a metric, in the order of its series."""
    store = server.context.store
    found: list[tuple[dict[str, str], int, float | str]] = []
    for one in store.find_series(name):
        columns = read(store, one.series_id)
        ended = is_stale_marker(columns.values).tolist()
        for ts_ms, value, is_end in zip(columns.ts_ms.tolist(), columns.values.tolist(), ended, strict=True):
            found.append((dict(one.labels), ts_ms - NOW_MS, ENDED if is_end else value))
    return found


async def send(
    callers: Callers, method: str, path: str, text: str | bytes = "", **options: Any
) -> httpx.Response:
    content = text.encode() if isinstance(text, str) else text
    return await callers.ingest_token.request(method, path, content=content, **options)


def check_text(answer: httpx.Response, status: int, *words: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.endswith("\n")
    for word in words:
        assert word in answer.text


@pytest.mark.parametrize("number", range(1, 6))
async def test_requests_of_the_real_client_get_the_answers_of_the_real_server(
    callers: Callers, number: int
) -> None:
    head = (CAPTURED / f"{number:03}.http-head.txt").read_text()
    body = (CAPTURED / f"{number:03}.body.bin").read_bytes()
    line, *rest = head.strip().splitlines()
    method, target, _ = line.split(" ")
    headers = dict(one.split(": ", 1) for one in rest)
    for name in ("Content-Length", "Host", "Connection", "Authorization"):
        headers.pop(name, None)
    answer = await send(callers, method, target, body, headers=headers)
    assert (answer.status_code, answer.content) == (202 if method == "DELETE" else 200, b"")
    found = samples(callers.server, "rows_total")
    if method == "DELETE":
        assert not found
        return
    ((labels, ago_ms, value),) = found
    assert (labels.pop("tbl"), ago_ms, value) == ('a"b\\c\n', 0, 3.0)
    group = {
        1: {"job": "batchA"},
        2: {"job": "batch/A b", "instance": "10.0.0.1:9", "path": "/var/tmp"},
        4: {"job": "b"},
        5: {"job": "gz"},
    }[number]
    assert labels == group
    assert samples(callers.server, "push_time_seconds") == [(group, 0, NOW_MS / 1000)]
    assert len(samples(callers.server, "dur_seconds_bucket")) == 3


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/metrics/job/a", '# TYPE x gauge\nx{l="v"} 1\n', 200),
        ("POST", "/metrics/job/a/instance/i1", "y 2\n", 200),
        ("PUT", "/metrics/job@base64/YmF0Y2gvQSBi/empty@base64/=", "z 1\n", 200),
        ("PUT", "/metrics/job@base64/YmF0Y2gvQSBi/empty@base64/%3D", "z 1\n", 200),
        ("PUT", "/metrics/job%40base64/YmF0Y2g", "z 1\n", 200),
        ("PUT", "/metrics/job/e", "", 200),
        ("PUT", "/metrics/job/a/", "x 1\n", 200),
        ("PUT", "/metrics/job/no-newline", "x 1", 200),
        ("DELETE", "/metrics/job/never", "", 202),
    ],
)
async def test_success_has_no_body(callers: Callers, method: str, path: str, body: str, status: int) -> None:
    answer = await send(callers, method, path, body)
    assert (answer.status_code, answer.content) == (status, b"")


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/metrics/job/a", "x 1 1700000000000\n", "pushed metrics have no time stamps"),
        ("/metrics/job/a", "x{ 1\n", "text format parsing error in line 1: "),
        ("/metrics/job/dup", "z 1\nz 2\n", "line 2: the same series as in line 1"),
        ("/metrics/job/a/odd", "z 1\n", "odd number of components in label string"),
        ("/metrics/job/badname/1x/2", "x 1\n", 'improper label name "1x"'),
        ("/metrics/job/badname/__name__/2", "x 1\n", 'improper label name "__name__"'),
        ("/metrics/job@base64/=", "x 1\n", "job name is required"),
        ("/metrics/job@base64/a!b", "x 1\n", "base64"),
        ("/metrics/job/%FF", "x 1\n", "UTF-8"),
    ],
)
async def test_what_is_wrong_is_said_in_plain_text_and_nothing_is_stored(
    callers: Callers, path: str, body: str, words: str
) -> None:
    check_text(await send(callers, "PUT", path, body), 400, words)
    assert callers.server.context.store.series_count == 0


async def test_other_paths_are_not_there(callers: Callers) -> None:
    for path in ("/metrics/instance/a", "/metrics/job", "/metrics/jobs/a", "/metrics/job/"):
        answer = await send(callers, "PUT", path, "z 1\n")
        assert answer.status_code == 404, path


async def test_parts_are_divided_before_they_are_decoded(callers: Callers) -> None:
    await send(callers, "PUT", "/metrics/job/a%2Fb%20c/path/%2Fvar%2Ftmp/k/%C3%BC", "x 1\n")
    ((labels, _, _),) = samples(callers.server, "x")
    assert labels == {"job": "a/b c", "path": "/var/tmp", "k": "ü"}


async def test_put_replaces_the_group_post_its_families_and_delete_ends_it(callers: Callers) -> None:
    server = callers.server
    await send(callers, "PUT", "/metrics/job/n", 'a 1\nb{x="1"} 2\n')
    server.clock.advance_ms(1000)
    await send(callers, "POST", "/metrics/job/n", 'b{x="2"} 3\n')
    job = {"job": "n"}
    assert samples(server, "a") == [(job, 0, 1)]
    assert samples(server, "b") == [
        (job | {"x": "1"}, 0, 2),
        (job | {"x": "1"}, 1000, ENDED),
        (job | {"x": "2"}, 1000, 3),
    ]
    server.clock.advance_ms(1000)
    await send(callers, "PUT", "/metrics/job/n", "c 4\n")
    assert samples(server, "a")[-1] == (job, 2000, ENDED)
    assert samples(server, "b")[-1] == (job | {"x": "2"}, 2000, ENDED)
    server.clock.advance_ms(1000)
    assert (await send(callers, "DELETE", "/metrics/job/n")).status_code == 202
    assert samples(server, "c") == [(job, 2000, 4), (job, 3000, ENDED)]
    assert samples(server, "push_time_seconds")[-1] == (job, 3000, ENDED)


async def test_the_last_value_stays_visible_to_a_query(callers: Callers) -> None:
    server = callers.server
    await send(callers, "PUT", "/metrics/job/n", "job_last_success 7\n")
    for _ in range(20):
        server.clock.advance_ms(60_000)
        await server.context.pushed.repeat()
    answer = await callers.read_token.get(
        "/prometheus/api/v1/query", params={"query": "job_last_success", "time": server.clock.now_ms() / 1000}
    )
    (one,) = answer.json()["data"]["result"]
    assert one["value"][1] == "7"
    server.clock.advance_ms(1000)
    await send(callers, "DELETE", "/metrics/job/n")
    answer = await callers.read_token.get(
        "/prometheus/api/v1/query", params={"query": "job_last_success", "time": server.clock.now_ms() / 1000}
    )
    assert answer.json()["data"]["result"] == []


async def test_the_exposition_of_the_server_itself_stays(callers: Callers) -> None:
    await send(callers, "PUT", "/metrics/job/n", "pushed_here 1\n")
    answer = await callers.read_token.get("/metrics")
    assert answer.status_code == 200
    assert "metricbox_ingest_samples_total" in answer.text
    assert "pushed_here" not in answer.text


async def test_openmetrics_protobuf_and_codings_are_taken(callers: Callers) -> None:
    openmetrics = {"Content-Type": "application/openmetrics-text; version=1.0.0; charset=utf-8"}
    text = "# TYPE x counter\nx_total 1\n# EOF\n"
    body = gzip.compress(text.encode())
    answer = await send(
        callers, "PUT", "/metrics/job/a", body, headers=openmetrics | {"Content-Encoding": "gzip"}
    )
    assert answer.status_code == 200
    assert samples(callers.server, "x_total") == [({"job": "a"}, 0, 1)]
    answer = await send(callers, "PUT", "/metrics/job/a", "x_total 1\n", headers=openmetrics)
    check_text(answer, 400, "# EOF")
    protobuf = {
        "Content-Type": "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
    }
    message = field(1, b"y") + number_field(3, 1) + field(4, field(2, b"\x09" + struct.pack("<d", 2.5)))
    body = varint(len(message)) + message
    answer = await send(callers, "PUT", "/metrics/job/a", body, headers=protobuf)
    ((labels, _, value),) = samples(callers.server, "y")
    assert (answer.status_code, labels, value) == (200, {"job": "a"}, 2.5)
    check_text(await send(callers, "PUT", "/metrics/job/a", b"\x05", headers=protobuf), 400, "MetricFamily")


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/metrics/job/a"), ("DELETE", "/metrics/job/a"), ("POST", IMPORT)]
)
async def test_rights(callers: Callers, method: str, path: str) -> None:
    for caller, status in (
        (callers.anonymous, 401),
        (callers.viewer, 403),
        (callers.read_token, 403),
        (callers.editor, {"PUT": 200, "DELETE": 202, "POST": 204}[method]),
    ):
        answer = await caller.request(method, path, content=b"x 1\n")
        assert answer.status_code == status
        if status >= 400:
            check_text(answer, status)


async def test_a_full_queue_is_told_to_come_back(callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise QueueFullError("the write queue is full", 3)

    monkeypatch.setattr("metricbox.ingest.service._DEFAULT_PATIENCE_S", 0.0)
    monkeypatch.setattr(callers.server.context.store, "submit", refuse)
    for path in ("/metrics/job/a", IMPORT):
        answer = await send(callers, "POST", path, "x 1\n")
        check_text(answer, 503)
        assert int(answer.headers["retry-after"]) >= 1


async def test_an_import_keeps_the_stamps_of_the_text(callers: Callers) -> None:
    text = f"# HELP x about x\n# TYPE x gauge\nx 1 {NOW_MS - 5000}\nx 2 {NOW_MS - 4000} # note\nx 3\n"
    answer = await send(callers, "POST", IMPORT, text)
    assert (answer.status_code, answer.content) == (204, b"")
    assert samples(callers.server, "x") == [({}, -5000, 1), ({}, -4000, 2), ({}, 0, 3)]
    found = callers.server.context.store.find_metric("x")
    assert found is not None
    assert (found.type, found.description) == ("gauge", "about x")


async def test_an_import_stores_what_is_good_and_names_the_rest(callers: Callers) -> None:
    """Trap B013."""
    answer = await send(callers, "POST", IMPORT, f"x 1\nbad\ny 2 17\nz 3 {NOW_MS}\n")
    check_text(
        answer, 400, "2 of 4 samples refused; the others are stored; line 2: 'bad' has no value", "(1 more)"
    )
    assert samples(callers.server, "z") == [({}, 0, 3)]


async def test_an_import_of_openmetrics_reads_seconds(callers: Callers) -> None:
    """Trap B007."""
    text = f"# TYPE x gauge\nx 1 {NOW_MS / 1000 - 1.5}\n# EOF\n"
    headers = {"Content-Type": "application/openmetrics-text"}
    assert (await send(callers, "POST", IMPORT, text, headers=headers)).status_code == 204
    assert samples(callers.server, "x") == [({}, -1500, 1)]


async def test_extra_labels_are_given_to_all_series_of_an_import(callers: Callers) -> None:
    text = 'x{site="old",a="b"} 1\n'
    for query in ("", "?extra_label=site=attic&extra_label=b=c%3Dd", "?extra_label=site=cellar"):
        assert (await send(callers, "POST", IMPORT + query, text)).status_code == 204
    assert sorted(labels["site"] for labels, _, _ in samples(callers.server, "x")) == [
        "attic",
        "cellar",
        "old",
    ]
    assert {"site": "attic", "a": "b", "b": "c=d"} in [
        labels for labels, _, _ in samples(callers.server, "x")
    ]
    check_text(await send(callers, "POST", IMPORT + "?extra_label=novalue", text), 400, "NAME=VALUE")


async def test_a_body_over_the_limit_is_refused(tmp_path: Path) -> None:
    """Trap B020: the limit is on decoded bytes."""
    async with run_server(tmp_path / "small", max_body_bytes=10_000) as server:
        client = await token_client(await server.set_up(), "ingest")
        body = gzip.compress(b"x 1\n" * 10_000)
        for path in ("/metrics/job/a", IMPORT):
            answer = await client.post(path, content=body, headers={"Content-Encoding": "gzip"})
            check_text(answer, 413)


@given(st.text(alphabet="job@base64/%2FaZ=_-!\x00é", max_size=30).map("job/".__add__))
def test_no_path_raises_anything_but_a_refusal(path: str) -> None:
    """Trap B035."""
    with contextlib.suppress(ValidationError, NotFoundError):
        assert dict(parse_group(path))["job"]
