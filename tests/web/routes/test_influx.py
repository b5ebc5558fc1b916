"""InfluxDB's doors on a real server with a real store."""

import asyncio
import gzip
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from metricbox.errors import QueueFullError
from tests.ingest.captured import CapturedRequest, load_all
from tests.support.api import Callers, Server, basic, run_server, token_client
from tests.support.stores import NOW_MS, read

CLIENTS = ("glances", "icinga2", "influx")
REQUESTS = [request for request in load_all() if request.name.startswith(CLIENTS)]
# Captured in 2023; npm's influx wrote an invalid line.
OLD_STAMPS = {"influxdb-client-python-v2", "influxdb-python-v1", "influx-npm-v1"}
INVALID = {"influx-npm-v1/004"}


def values(server: Server, name: str) -> list[float]:
    store = server.context.store
    return [value for one in store.find_series(name) for value in read(store, one.series_id).values.tolist()]


def secret_of(callers: Callers) -> str:
    return callers.ingest_token.http.headers["authorization"].removeprefix("Bearer ")


async def write(callers: Callers, body: bytes, path: str = "/write", **options: Any) -> httpx.Response:
    return await callers.ingest_token.post(path, content=body, **options)


@pytest.mark.parametrize(
    "path", ["/write", "/api/v2/write", "/influx/write", "/influx/api/v2/write", "/write/"]
)
async def test_success_is_204_exactly(callers: Callers, path: str) -> None:
    """PROTOCOLS 0: Icinga warns at any other status."""
    answer = await write(callers, b"m,t=a f=1,value=2\n", f"{path}?db=x&rp=&bucket=b&org=o")
    assert answer.status_code == 204
    assert answer.content == b""
    assert answer.headers["x-influxdb-version"] == "1.8.10"
    assert values(callers.server, "m_f") == [1.0]
    assert values(callers.server, "m") == [2.0]


@pytest.mark.parametrize("body", [b"", b"\n\n", b"# comment\n", b'm s="text"'])
async def test_nothing_to_store_is_a_success(callers: Callers, body: bytes) -> None:
    assert (await write(callers, body)).status_code == 204


async def test_a_partial_write_in_v1(callers: Callers) -> None:
    """B002: good lines are stored, the others named."""
    answer = await write(callers, b"good f=1\nbad\nDisk,check=C:\\,host=h value=52.45\ngood2 f=2\n")
    assert answer.status_code == 400
    message = answer.json()["error"]
    assert answer.json() == {"error": message}
    assert message.startswith(
        "partial write: line 2: unable to parse 'bad': missing fields; line 3: unable to parse"
    )
    assert message.endswith("dropped=2")
    assert answer.headers["x-influxdb-error"] == message
    assert values(callers.server, "good_f") == [1.0]
    assert values(callers.server, "good2_f") == [2.0]


async def test_nothing_good_in_v1(callers: Callers) -> None:
    answer = await write(callers, b"bad")
    assert answer.status_code == 400
    assert answer.json() == {"error": "line 1: unable to parse 'bad': missing fields"}


async def test_a_partial_write_in_v2(callers: Callers) -> None:
    answer = await write(callers, b"good f=1\nbad", "/api/v2/write?precision=ns")
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "invalid",
        "message": "partial write: line 2: unable to parse 'bad': missing fields dropped=1",
    }
    assert values(callers.server, "good_f") == [1.0]


async def test_a_field_that_is_not_finite_spoils_nothing(callers: Callers) -> None:
    """B009."""
    assert (await write(callers, b"jvm,app=a used=NaN,max=5")).status_code == 204
    assert values(callers.server, "jvm_max") == [5.0]
    assert not callers.server.context.store.has_metric("jvm_used")
    assert (await write(callers, b"jvm,app=a used=NaN")).status_code == 400


async def test_many_refusals_make_a_short_answer(callers: Callers) -> None:
    answer = await write(callers, "bad\u00fc\n".encode() * 1000)
    assert answer.status_code == 400
    message = answer.json()["error"]
    assert message.count("line ") == 100
    assert message.endswith("and 900 more lines")
    assert len(answer.headers["x-influxdb-error"]) == 1000


async def test_caps_on_series_are_told_in_influxs_shapes(tmp_path: Any) -> None:
    """B041: all other lines are stored."""
    metric = (
        "metric wild has reached its 2 series (setting max_series_per_metric); "
        "the label with most values is id (2 values)"
    )
    wild = b"".join(b"wild,host=a,id=%d value=1\n" % number for number in range(4))
    calm = b"".join(b"calm,host=a,id=%d value=1\n" % number for number in range(2))
    async with run_server(tmp_path, max_series_per_metric=2, max_series_per_token=4) as server:
        callers = await Callers.make(server)
        answer = await write(callers, wild + calm)
        assert answer.status_code == 400
        assert answer.json() == {"error": f"partial write: line 3: {metric}; line 4: {metric} dropped=2"}
        assert len(values(server, "calm")) == 2
        answer = await write(callers, wild, "/api/v2/write")
        assert answer.json()["message"] == f"partial write: line 3: {metric}; line 4: {metric} dropped=2"
        assert (await write(callers, calm)).status_code == 204
        answer = await write(callers, b"calm,id=0,host=a value=1\nnew,id=0 value=1\n", "/api/v2/write")
        assert answer.json()["message"] == (
            "partial write: line 2: this token has reached its 4 series (setting max_series_per_token); "
            "the label with most values in new is id (1 value) dropped=1"
        )
        answer = await write(callers, b"new value=1\n", f"/write?u=x&p={secret_of(callers)}")
        assert answer.status_code == 400
        other = await token_client(callers.editor, "ingest")
        assert (await other.post("/write", content=b"new value=1\nnew,id=1 value=1\n")).status_code == 204
        status = await callers.viewer.data("GET", "/api/v1/status")
        assert {(one["source"], one["reason"], one["samples"]) for one in status["refusals"]} == {
            ("influx_v1", "metric_series_limit", 2),
            ("influx_v2", "metric_series_limit", 2),
            ("influx_v1", "token_series_limit", 1),
            ("influx_v2", "token_series_limit", 1),
        }


async def test_milliseconds_without_a_precision_are_recognised(callers: Callers) -> None:
    """B006."""
    answer = await write(callers, b"m v=1 1455362189575")
    assert answer.status_code == 400
    assert "looks like milliseconds: add precision=ms" in answer.json()["error"]


@pytest.mark.parametrize("path", ["/write", "/api/v2/write"])
async def test_an_unknown_precision_is_a_400(callers: Callers, path: str) -> None:
    answer = await write(callers, b"m v=1", f"{path}?precision=fortnight")
    assert answer.status_code == 400
    assert "precision" in answer.text


@pytest.mark.parametrize("precision", ["%C2%B5", "us", "u"])
async def test_microseconds_by_any_name(callers: Callers, precision: str) -> None:
    assert (await write(callers, b"m v=1 %d000" % NOW_MS, f"/write?precision={precision}")).status_code == 204
    assert values(callers.server, "m_v") == [1.0]


async def test_errors_have_influxs_shapes(callers: Callers) -> None:
    """Every error of these doors: who may not, what is unreadable, what is too much."""
    v2 = "/api/v2/write"
    for caller, status, code in (
        (callers.anonymous, 401, "unauthorized"),
        (callers.read_token, 403, "forbidden"),
        (callers.viewer, 403, "forbidden"),
    ):
        answer = await caller.post("/write", content=b"m f=1")
        assert answer.status_code == status
        assert list(answer.json()) == ["error"]
        answer = await caller.post(v2, content=b"m f=1")
        assert answer.status_code == status
        assert answer.json()["code"] == code
        assert list(answer.json()) == ["code", "message"]
    anonymous = await callers.anonymous.post("/write", content=b"m f=1")
    assert anonymous.headers["www-authenticate"] == 'Basic realm="metricbox"'
    for encoding, status, code in (("br", 415, "invalid"), ("gzip", 400, "invalid")):
        answer = await write(callers, b"m f=1", headers={"Content-Encoding": encoding})
        assert answer.status_code == status
        assert list(answer.json()) == ["error"]
        answer = await write(callers, b"m f=1", v2, headers={"Content-Encoding": encoding})
        assert answer.status_code == status
        assert answer.json()["code"] == code


async def test_too_much_is_a_413_in_influxs_shapes(tmp_path: Any) -> None:
    """B020. Telegraf 2 halves its batch on 413."""
    async with run_server(tmp_path, max_body_bytes=10_000) as server:
        callers = await Callers.make(server)
        bomb = gzip.compress(bytes(5_000_000))
        for path, shape in (("/write", ["error"]), ("/api/v2/write", ["code", "message"])):
            answer = await write(callers, bomb, path, headers={"Content-Encoding": "gzip"})
            assert answer.status_code == 413
            assert list(answer.json()) == shape
        assert answer.json()["code"] == "request too large"


async def test_a_full_queue(callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
    """v1 clients never send again, so they wait; v2 clients are told when to come back."""
    submit = type(callers.server.context.store).submit
    refusals = iter(range(3))

    def refuse_at_first(store: Any, batch: Any) -> Any:
        if next(refusals, None) is not None:
            raise QueueFullError("later", 7)
        return submit(store, batch)

    monkeypatch.setattr(type(callers.server.context.store), "submit", refuse_at_first)
    assert (await write(callers, b"m f=1")).status_code == 204
    refusals = iter(range(1000))
    monkeypatch.setattr("metricbox.ingest.service.PATIENCE_S", {"influx_v2": 0.02})
    answer = await write(callers, b"m f=1", "/api/v2/write")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "7"
    assert answer.json()["code"] == "unavailable"


@pytest.mark.parametrize("path", ["/ping", "/influx/ping", "/ping?verbose=true"])
async def test_ping_is_open(callers: Callers, path: str) -> None:
    for method in ("GET", "HEAD"):
        answer = await callers.anonymous.request(method, path)
        assert answer.status_code == 204
        assert answer.headers["x-influxdb-version"] == "1.8.10"
        assert answer.headers["x-influxdb-build"] == "OSS"


async def test_handshakes_by_query(callers: Callers) -> None:
    """Telegraf and influxdb-python create their database, Glances wants to see it in the list."""
    done = {"results": [{"statement_id": 0}]}
    answer = await callers.ingest_token.post("/query?q=CREATE+DATABASE+%22mydb%22")
    assert answer.json() == done
    answer = await callers.ingest_token.post("/query", data={"q": 'CREATE DATABASE "telegraf"'})
    assert answer.json() == done
    answer = await callers.ingest_token.get("/query?q=SHOW+DATABASES&db=glances")
    assert answer.json()["results"][0]["series"][0]["values"] == [["_internal"], ["glances"]]
    answer = await callers.ingest_token.get("/query?q=SELECT+*+FROM+cpu")
    assert answer.status_code == 400
    assert list(answer.json()) == ["error"]
    assert (await callers.anonymous.get("/query?q=SHOW+DATABASES")).status_code == 401


@pytest.mark.parametrize("style", ["basic", "token", "token pair", "bearer", "query"])
async def test_every_way_of_showing_a_token(callers: Callers, style: str) -> None:
    """PROTOCOLS 0: what Influx clients send."""
    secret = secret_of(callers)
    headers = {
        "basic": basic("u", secret),
        "token": {"Authorization": f"Token {secret}"},
        "token pair": {"Authorization": f"Token u:{secret}"},
        "bearer": {"Authorization": f"Bearer {secret}"},
        "query": {},
    }[style]
    query = f"?u=u&p={secret}" if style == "query" else ""
    for path in ("/write", "/influx/write"):
        client = callers.server.client(origin=None)
        answer = await client.post(path + query, content=b"m f=1", headers=headers)
        assert answer.status_code == 204, answer.text


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.name)
async def test_real_clients_are_served(callers: Callers, request_: CapturedRequest) -> None:
    """The captured requests, with a token of ours for their made-up credentials."""
    client = request_.name.partition("/")[0]
    if client in OLD_STAMPS:
        callers.server.clock.set_ms(1_700_000_100_000)
    secret = secret_of(callers)
    headers = {
        name: value
        for name, value in request_.headers.items()
        if name not in {"host", "content-length", "authorization", "connection"}
    }
    target = request_.target.replace("u=u&p=p", f"u=u&p={secret}")
    if target == request_.target:
        headers |= basic("root", secret)
    answer = await callers.server.client(origin=None).request(
        request_.method, target, content=request_.body, headers=headers
    )
    if request_.name in INVALID:
        assert answer.status_code == 400
    elif urlsplit(target).path == "/query":
        assert answer.status_code == 200
        assert answer.json()["results"]
    else:
        assert answer.status_code == 204, answer.text


async def test_http_1_0_on_a_kept_connection(callers: Callers) -> None:
    """Icinga sends HTTP/1.0 request lines and uses the connection again when it may."""
    url = urlsplit(callers.server.url)
    body = b"m f=1\n"
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    target = f"/write?precision=s&db=icinga2&u=u&p={secret_of(callers)}"
    writer.write(
        b"POST %b HTTP/1.0\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (target.encode(), len(body), body)
    )
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 204 " in head.split(b"\r\n")[0]
    writer.close()
    await writer.wait_closed()


async def test_a_bucket_is_listed_under_the_name_that_is_asked_for(callers: Callers) -> None:
    answer = await callers.ingest_token.get("/api/v2/buckets?name=telegraf&limit=20")
    assert answer.status_code == 200
    (bucket,) = answer.json()["buckets"]
    assert (bucket["name"], bucket["type"]) == ("telegraf", "user")
    assert bucket["retentionRules"] == [{"type": "expire", "everySeconds": 7 * 86_400}]
    assert (await callers.ingest_token.get("/api/v2/buckets")).json()["buckets"][0]["name"] == "metricbox"
    assert (await callers.anonymous.get("/api/v2/buckets")).json()["code"] == "unauthorized"


@pytest.mark.parametrize("path", ["/api/v2/query?org=x", "/api/v2/delete?bucket=b"])
async def test_what_is_not_offered_says_what_is(callers: Callers, path: str) -> None:
    answer = await callers.ingest_token.post(path, {"query": 'from(bucket:"b")'})
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"
    assert "this server" in answer.json()["message"] or "retention" in answer.json()["message"]


@pytest.mark.parametrize(
    ("precision", "factor"),
    [
        ("nanosecond", 10**6),
        ("microsecond", 1000),
        ("millisecond", 1),
        ("auto", 1),
        ("auto", 10**6),
        ("", 1000),
    ],
)
async def test_influxdb_3_spells_its_precisions_out(callers: Callers, precision: str, factor: int) -> None:
    path = f"/api/v3/write_lp?db=x&precision={precision}&no_sync=true&accept_partial=true"
    answer = await write(callers, b"m v=1 %d" % (NOW_MS * factor), path)
    assert answer.status_code == 204, answer.text
    (series,) = callers.server.context.store.find_series("m_v")
    assert read(callers.server.context.store, series.series_id).ts_ms.tolist() == [NOW_MS]


async def test_influxdb_3_refuses_other_precisions_and_names_bad_lines(callers: Callers) -> None:
    answer = await write(callers, b"m v=1", "/api/v3/write_lp?db=x&precision=ns")
    assert answer.status_code == 400
    assert "use one of auto, nanosecond" in answer.json()["error"]
    answer = await write(callers, b"good v=1\nbad", "/api/v3/write_lp?db=x")
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("partial write: line 2")
    assert values(callers.server, "good_v") == [1.0]


async def test_statements_are_answered_one_by_one(callers: Callers) -> None:
    ask = callers.ingest_token
    answer = await ask.get(
        '/query?q=CREATE DATABASE "a;b"; SHOW RETENTION POLICIES ON "x";SHOW SERIES LIMIT 1;&db=x'
    )
    created, policies, series = answer.json()["results"]
    assert (created, series) == ({"statement_id": 0}, {"statement_id": 2})
    assert policies["series"] == [
        {
            "columns": ["name", "duration", "shardGroupDuration", "replicaN", "default"],
            "values": [["autogen", "604800s", "24h0m0s", 1, True]],
        }
    ]
    for statement in (
        'CREATE RETENTION POLICY "p" ON "db" DURATION 1d REPLICATION 1',
        'ALTER RETENTION POLICY "p" ON "db" DURATION 1d',
        "create database x with duration 30d",
    ):
        answer = await ask.post("/query", data={"q": statement})
        assert answer.json() == {"results": [{"statement_id": 0}]}
    for statement in (
        "",
        ";",
        "DROP DATABASE x",
        "SHOW MEASUREMENTS",
        "CREATE DATABASE x; SELECT 1",
        ";".join(["SHOW DATABASES"] * 21),
    ):
        answer = await ask.post("/query", data={"q": statement})
        assert answer.status_code == 400, statement
        assert list(answer.json()) == ["error"]


async def test_the_database_is_kept_as_a_label_when_it_is_asked_for(tmp_path: Any) -> None:
    async with run_server(tmp_path, influx_db_label=True) as server:
        callers = await Callers.make(server)
        for path in (
            "/write?db=one",
            "/api/v2/write?bucket=two&org=o",
            "/api/v3/write_lp?db=three",
            "/write",
        ):
            assert (await write(callers, b"m v=1", path)).status_code == 204
        labels = [one.labels for one in server.context.store.find_series("m_v")]
        assert sorted(one.get("db", "") for one in labels) == ["", "one", "three", "two"]
        answer = await write(callers, b"good v=1\nbad", "/write?db=one")
        assert answer.json()["error"].startswith("partial write: line 2")
        answer = await write(callers, b"m v=1", f"/write?db={'x' * 2000}")
        assert answer.status_code == 400
    async with run_server(tmp_path / "other") as server:
        callers = await Callers.make(server)
        assert (await write(callers, b"m v=1", "/write?db=one")).status_code == 204
        assert server.context.store.find_series("m_v")[0].labels == {}
