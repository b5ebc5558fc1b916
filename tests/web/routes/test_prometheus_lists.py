"""Prometheus's query API over HTTP: what series there are, and clients as they are. Queries: test_prometheus.py."""

import asyncio
import json
import threading
import time
from typing import Any

import pytest

from metricbox.errors import MetricboxError
from metricbox.query.promql.windows import Selected
from metricbox.query.store_source import StoreSource
from tests.support.api import Callers, Client, Server
from tests.support.prometheus import API, NOW, SHORT, START, ask, fail, make_reader


@pytest.fixture
async def client(server: Server) -> Client:
    return await make_reader(server)


# ---- what there is


async def test_series(client: Client) -> None:
    alpha, beta = ({"__name__": "req_total", "host": host, "job": "web"} for host in ("alpha", "beta"))
    zero = {"__name__": "zero", "a.b": "dotted"}
    for matches, expected in (
        (["req_total"], [alpha, beta]),
        (["zero", "req_total", "req_total{host='beta'}"], [alpha, beta, zero]),
        (['{host=~"a.*",job="web"}'], [alpha]),
        (["{__name__=~'z.*'}"], [zero]),
        (["nothing"], []),
    ):
        assert await ask(client, "series", **{"match[]": matches}) == expected
        answer = await client.post(f"{API}/series", data={"match[]": matches, "start": START, "end": NOW})
        assert answer.json()["data"] == expected
    # From the form and from the query string, together.
    answer = await client.post(f"{API}/series", data={"match[]": "zero"}, params={"match[]": "req_total"})
    assert answer.json()["data"] == [alpha, beta, zero]


WRONG_MATCHES: tuple[tuple[dict[str, Any], str], ...] = (
    ({}, "no match[] parameter provided"),
    ({"match[]": "{"}, "invalid parameter \"match[]\": 1:1: parse error: unclosed '{'"),
    ({"match[]": " "}, 'invalid parameter "match[]": 1:1: parse error: unexpected end of input'),
    ({"match[]": "sum(a)"}, 'invalid parameter "match[]": 1:4: parse error: unexpected "("'),
    ({"match[]": "a[5m]"}, 'invalid parameter "match[]": 1:2: parse error: unexpected "["'),
    ({"match[]": "(a)"}, 'invalid parameter "match[]": 1:1: parse error: unexpected "("'),
    ({"match[]": "a offset 5m"}, 'invalid parameter "match[]": 1:3: parse error: unexpected "offset"'),
    ({"match[]": "a or b"}, 'invalid parameter "match[]": 1:3: parse error: unexpected "or"'),
    ({"match[]": "1"}, 'invalid parameter "match[]": 1:1: parse error: unexpected "1"'),
    (
        {"match[]": ["req_total", "{}"]},
        'invalid parameter "match[]": match[] must contain at least one non-empty matcher',
    ),
    (
        {"match[]": "{a=~'.*'}"},
        'invalid parameter "match[]": match[] must contain at least one non-empty matcher',
    ),
    (
        {"match[]": "a", "start": "x", "end": "y"},
        'invalid parameter "start": Invalid time value for \'start\': cannot parse "x" to a valid timestamp',
    ),
)


async def test_series_are_asked_for_by_selectors_only(client: Client) -> None:
    for params, message in WRONG_MATCHES:
        assert await fail(client, "series", **params) == message
        if "match[]" in params:
            bare = message.removeprefix('invalid parameter "match[]": ')
            for path in ("labels", "label/host/values"):
                assert await fail(client, path, **params) == bare


async def test_labels(client: Client) -> None:
    assert await ask(client, "labels") == ["__name__", "a.b", "host", "job", "room"]
    assert await ask(client, "labels", start=START, end=NOW) == ["__name__", "a.b", "host", "job", "room"]
    assert await ask(client, "labels", **{"match[]": ["temp", "gone"]}) == ["__name__", "host", "room"]
    assert await ask(client, "labels", **{"match[]": "nothing"}) == []
    assert (await client.post(f"{API}/labels", data={"match[]": "temp"})).json()["data"] == [
        "__name__",
        "room",
    ]


async def test_an_empty_store_has_nothing(callers: Callers) -> None:
    client = callers.read_token
    for path in ("labels", "label/__name__/values", "label/host/values"):
        assert await ask(client, path) == []
    assert await ask(client, "series", **{"match[]": "a"}) == []
    assert await ask(client, "metadata") == {}


async def test_values_of_a_label(client: Client) -> None:
    for label, params, expected in (
        ("__name__", {}, ["gone", "req_total", "temp", "zero"]),
        ("__name__", {"match[]": ["{job='web'}", "zero"]}, ["req_total", "zero"]),
        ("host", {}, ["alpha", "beta", "gamma"]),
        ("host", {"match[]": "req_total"}, ["alpha", "beta"]),
        ("host", {"match[]": "temp"}, []),
        ("room", {"start": START, "end": NOW}, ["b", "größe x.y-z"]),
        ("nothing", {}, []),
        # Labels with dots are none of Prometheus 2; here they are, by their name or as Grafana escapes it.
        ("a.b", {}, ["dotted"]),
        ("a%2Eb", {}, ["dotted"]),
        ("U__a_2e_b", {}, ["dotted"]),
    ):
        assert await ask(client, f"label/{label}/values", **params) == expected


async def test_what_is_no_label_has_no_values(client: Client) -> None:
    for name, shown in (
        ("1a", "1a"),
        ("a%20b", "a b"),
        ("gr%C3%B6%C3%9Fe", "größe"),
        ("a%2Fb", "a/b"),
        ("U__a_20_b", "a b"),
    ):
        assert await fail(client, f"label/{name}/values") == f'invalid label name: "{shown}"'


async def test_metadata(client: Client) -> None:
    unknown = [{"type": "unknown", "help": "", "unit": ""}]
    names = ["gone", "req_total", "temp", "zero"]
    assert await ask(client, "metadata") == dict.fromkeys(names, unknown)
    assert await ask(client, "metadata", metric="temp") == {"temp": unknown}
    assert await ask(client, "metadata", metric="tem") == {}
    for limit, number in (("2", 2), ("0", 0), ("-1", 4), ("99", 4)):
        assert len(await ask(client, "metadata", limit=limit)) == number
    assert await fail(client, "metadata", limit="x") == "limit must be a number"


async def test_there_are_no_rules_alerts_and_exemplars(client: Client) -> None:
    for kind in ({}, {"type": "alert"}, {"type": "record"}):
        assert await ask(client, "rules", **kind) == {"groups": []}
    assert await fail(client, "rules", type="x") == 'invalid parameter "type": not supported value "x"'
    assert await ask(client, "alerts") == {"alerts": []}
    assert await ask(client, "query_exemplars", query="sum(rate(req_total[5m]))", start=START, end=NOW) == []
    assert await fail(client, "query_exemplars") == "1:1: parse error: no expression found in input"
    message = await fail(client, "query_exemplars", query="a", start=NOW, end=START)
    assert message == "end timestamp must not be before start timestamp"
    assert "parse error" in await fail(client, "query_exemplars", query="sum(")
    assert 'invalid parameter "start"' in await fail(client, "query_exemplars", query="a", start="x")


async def test_the_build_is_one_that_grafana_knows(client: Client) -> None:
    build = await ask(client, "status/buildinfo")
    assert set(build) == {"version", "revision", "branch", "buildUser", "buildDate", "goVersion"}
    assert build["version"] == "2.42.0"


async def test_expressions_are_laid_out(client: Client) -> None:
    assert await ask(client, "format_query", query="  a   +  b ") == "a + b"
    assert await ask(client, "format_query", query="sum by(a)(rate(x[5m]))") == "sum by (a) (rate(x[5m]))"


# ---- clients as they are


async def test_what_grafana_asks(client: Client) -> None:
    """Its data source: the test of its settings, variables, an editor's suggestions, a panel."""
    assert (await client.get(f"{API}/status/buildinfo")).status_code == 200
    answer = await client.post(f"{API}/query", data={"query": "1+1", "time": f"{NOW}.123"})
    assert answer.json()["data"]["result"] == [NOW + 0.123, "2"]
    form = {"query": "rate(req_total[1m])", "start": f"{NOW - 60}", "end": f"{NOW}", "step": "15"}
    answer = await client.post(f"{API}/query_range", data=form)
    assert [len(one["values"]) for one in answer.json()["data"]["result"]] == [5, 5]
    assert {tuple(point) for point in answer.json()["data"]["result"][0]["values"]} == {
        (at, "0.2") for at in range(NOW - 60, NOW + 1, 15)
    }
    times = {"start": START, "end": NOW}
    for method in ("GET", "POST"):
        for path in ("labels", "series", "query_exemplars"):
            params = {**times, "match[]": '{__name__="req_total"}', "query": "req_total"}
            options = {"params": params} if method == "GET" else {"data": params}
            assert (await client.request(method, f"{API}/{path}", **options)).status_code == 200
    assert await ask(client, "label/job/values", **times, **{"match[]": "req_total"}) == ["web"]
    assert "req_total" in await ask(client, "metadata", limit_per_metric=1)
    assert await ask(client, "rules") == {"groups": []}


async def test_a_client_that_leaves_ends_its_query(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    began, ended = threading.Event(), threading.Event()

    def select(source: StoreSource, *_: object) -> Selected:
        """A read that takes as long as somebody waits."""
        began.set()
        give_up_s = time.monotonic() + 20
        while time.monotonic() < give_up_s:
            try:
                source.check()
            except MetricboxError:
                ended.set()
                raise
            time.sleep(0.005)
        raise AssertionError

    monkeypatch.setattr(StoreSource, "select", select)
    query = {"query": "max_over_time(sum(rate(req_total[5m]))[10m:1s])", **SHORT}
    asked = [asyncio.create_task(client.get(f"{API}/query_range", params=query)) for _ in range(2)]
    assert await asyncio.to_thread(began.wait, 10)
    asked[0].cancel()
    await asyncio.gather(asked[0], return_exceptions=True)
    await asyncio.sleep(0.1)
    # The other one still waits for the same.
    assert not ended.is_set()
    asked[1].cancel()
    await asyncio.gather(asked[1], return_exceptions=True)
    assert await asyncio.to_thread(ended.wait, 10)
    monkeypatch.undo()
    assert (await client.get(f"{API}/query_range", params=query)).status_code == 200


async def test_a_large_answer_does_not_hold_up_others(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is written in a thread, in pieces."""
    threads: list[str] = []

    def note(value: Any) -> bytes:
        threads.append(threading.current_thread().name)
        return json.dumps(value, default=lambda _: None).encode()

    monkeypatch.setattr("metricbox.web.prometheus_format.encode_json", note)
    await client.get(f"{API}/query_range", params={"query": "req_total", **SHORT})
    assert len(threads) == 3
    assert threading.main_thread().name not in threads
