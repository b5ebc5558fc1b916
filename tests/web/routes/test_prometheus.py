"""Prometheus's query API over HTTP: who may ask, how, and queries.

Expected is what Prometheus 2.42 answers, unless a test says why not. Lists are in test_prometheus_lists.py.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from metricbox.errors import MetricboxError, UnavailableError
from tests.support.api import Callers, Client, Server, run_server
from tests.support.prometheus import API, NOW, SHORT, ask, check_failure, fail, fill, make_reader

POSTS = ("query", "query_range", "series", "labels", "format_query", "query_exemplars")
GETS = (*POSTS, "metadata", "rules", "alerts", "label/host/values", "status/buildinfo")
# As many as any of them needs.
GOOD = {**SHORT, "query": "req_total", "time": NOW, "match[]": "req_total"}


@pytest.fixture
async def client(server: Server) -> Client:
    return await make_reader(server)


# ---- who


async def test_all_of_it_needs_the_right_to_read(callers: Callers) -> None:
    fill(callers.server)
    for path in GETS:
        url = f"{API}/{path}"
        answer = await callers.anonymous.get(url, params=GOOD)
        assert check_failure(answer, 401, "unauthorized")
        assert answer.headers["www-authenticate"] == 'Basic realm="metricbox"'
        check_failure(await callers.server.client(token="mbx_no").get(url, params=GOOD), 401, "unauthorized")
        check_failure(await callers.ingest_token.get(url, params=GOOD), 403, "forbidden")
        for client in (callers.viewer, callers.editor, callers.read_token, callers.admin_token):
            assert (await client.get(url, params=GOOD)).status_code == 200


async def test_a_form_of_another_site_is_refused(callers: Callers) -> None:
    """The cookie of a session does not go with a page of somebody else."""
    foreign = {"Origin": "http://elsewhere.example"}
    answer = await callers.viewer.post(f"{API}/query", data={"query": "1"}, headers=foreign)
    check_failure(answer, 403, "forbidden")
    assert (await callers.viewer.post(f"{API}/query", data={"query": "1"})).status_code == 200
    # Grafana, which sends a token, has no Origin of ours.
    answer = await callers.read_token.post(f"{API}/query", data={"query": "1"}, headers=foreign)
    assert answer.status_code == 200


# ---- the way in


async def test_parameters_come_by_query_string_form_or_both(client: Client) -> None:
    for path in POSTS:
        url = f"{API}/{path}"
        expected = (await client.get(url, params=GOOD)).json()
        assert expected["status"] == "success"
        part = {name: GOOD[name] for name in ("query", "match[]")}
        rest = {name: value for name, value in GOOD.items() if name not in part}
        for answer in (
            await client.post(url, data=GOOD),
            await client.post(url, params=GOOD),
            await client.post(url, data=part, params=rest),
            await client.post(url, data=rest, params=part),
            # A form goes before the query string.
            await client.post(url, data=GOOD, params={"query": "sum(", "time": "x", "start": "x"}),
            await client.get(f"{url}/", params=GOOD),
        ):
            assert answer.json() == expected


async def test_what_is_no_form_holds_no_parameters(client: Client) -> None:
    for options in ({"json": GOOD}, {"content": b"\xff\x00"}, {"content": b"query=1"}):
        message = check_failure(await client.post(f"{API}/query", **options), 400, "bad_data")
        assert message == 'invalid parameter "query": 1:1: parse error: no expression found in input'
    odd = b"query=%zz&time=1&time&=&%ff=%ff"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    check_failure(await client.post(f"{API}/query", content=odd, headers=form), 400, "bad_data")


async def test_other_methods_are_refused(client: Client) -> None:
    for method, path in (("PUT", "query"), ("DELETE", "series"), ("PATCH", "labels"), ("POST", "metadata")):
        answer = await client.request(method, f"{API}/{path}")
        check_failure(answer, 405, "bad_data")
        assert "GET" in answer.headers["allow"]


async def test_unknown_paths_are_told_in_prometheus_shape(client: Client) -> None:
    for path in [
        "/prometheus",
        "/prometheus/",
        "/prometheus/graph",
        f"{API}/nothing",
        f"{API}/label//values",
    ]:
        for headers in ({}, {"Accept": "text/html"}):
            check_failure(await client.get(path, headers=headers), 404, "not_found")
        check_failure(await client.post(path, data=GOOD), 404, "not_found")


async def test_other_unknown_paths_have_our_own_shape(client: Client) -> None:
    assert set((await client.get("/prometheuses")).json()) == {"error", "code"}


# ---- instant queries


async def test_an_instant_vector(client: Client) -> None:
    data = await ask(client, "query", query="req_total", time=NOW)
    assert data["resultType"] == "vector"
    assert sorted(data["result"], key=repr) == [
        {"metric": {"__name__": "req_total", "host": "alpha", "job": "web"}, "value": [NOW, "120"]},
        {"metric": {"__name__": "req_total", "host": "beta", "job": "web"}, "value": [NOW, "220"]},
    ]
    assert await ask(client, "query", query="nothing", time=NOW) == {"resultType": "vector", "result": []}


RESULTS: tuple[tuple[str, str, list[Any]], ...] = (
    ("1", "scalar", [NOW, "1"]),
    ("-1/0", "scalar", [NOW, "-Inf"]),
    ("1/0", "scalar", [NOW, "+Inf"]),
    ('"a\\"b"', "string", [NOW, 'a"b']),
    ("sum(zero)/0", "vector", [{"metric": {}, "value": [NOW, "NaN"]}]),
    ("vector(1e-9)", "vector", [{"metric": {}, "value": [NOW, "1e-09"]}]),
    (
        "zero[30s]",
        "matrix",
        [
            {
                "metric": {"__name__": "zero", "a.b": "dotted"},
                "values": [[NOW - 30, "0"], [NOW - 15, "0"], [NOW, "0"]],
            }
        ],
    ),
    ("nothing[5m]", "matrix", []),
    (
        "vector(3)[1m:30s]",
        "matrix",
        [{"metric": {}, "values": [[NOW - 60, "3"], [NOW - 30, "3"], [NOW, "3"]]}],
    ),
)


async def test_the_shape_of_a_result_is_that_of_its_type(client: Client) -> None:
    for query, kind, result in RESULTS:
        assert await ask(client, "query", query=query, time=NOW) == {"resultType": kind, "result": result}


async def test_sort_decides_the_order(client: Client) -> None:
    for function, rooms in (("sort", ["b", "größe x.y-z"]), ("sort_desc", ["größe x.y-z", "b"])):
        data = await ask(client, "query", query=f"{function}(temp)", time=NOW)
        assert [one["metric"]["room"] for one in data["result"]] == rooms


async def test_a_series_ends_at_its_stale_marker(client: Client) -> None:
    for age, number in ((315, 1), (301, 1), (300, 0), (0, 0)):
        data = await ask(client, "query", query="gone", time=NOW - age)
        assert len(data["result"]) == number


async def test_without_a_time_it_is_now(client: Client) -> None:
    assert (await ask(client, "query", query="time()"))["result"] == [NOW, str(NOW)]


TIMES = (
    ("0", 0),
    ("-1.5", -1.5),
    ("1435781451.781", 1435781451.781),
    ("2015-07-01T20:10:51.781Z", 1435781451.781),
    ("2015-07-01T22:10:51.781+02:00", 1435781451.781),
    ("0001-01-01T00:00:00Z", -62135596800),
)


async def test_forms_of_a_time(client: Client) -> None:
    for text, seconds in TIMES:
        assert (await ask(client, "query", query="time()", time=text))["result"][0] == seconds


async def test_a_plus_that_was_not_encoded_is_a_blank(client: Client) -> None:
    url = f"{API}/query?query=time()&time=2015-07-01T22:10:51%2B02:00"
    assert (await client.get(url)).json()["data"]["result"][0] == 1435781451
    message = check_failure(await client.get(url.replace("%2B", "+")), 400, "bad_data")
    assert message == (
        "invalid parameter \"time\": Invalid time value for 'time': "
        'cannot parse "2015-07-01T22:10:51 02:00" to a valid timestamp'
    )


async def test_times_of_any_distance_are_answered(client: Client) -> None:
    for text in ("315569520000", "-315569520000", "-292273086-05-16T16:47:06Z"):
        for query in ("req_total", "year()", "rate(req_total[5m])", "req_total offset 1y", "day_of_month()"):
            answer = await client.get(f"{API}/query", params={"query": query, "time": text})
            assert answer.status_code in {200, 400, 422}, (query, text, answer.text)


async def test_timeouts(client: Client) -> None:
    for text in ("5", "0.5", "1m30s"):
        assert (await ask(client, "query", query="1", timeout=text, time=NOW))["result"] == [NOW, "1"]
    for text in ("0", "-1", "0s"):
        for query in ("req_total", "1 + sum(rate(req_total[5m]))", "req_total[5m]"):
            message = await fail(client, "query", 503, "timeout", query=query, timeout=text)
            assert "took longer than its limit" in message
        await fail(client, "query_range", 503, "timeout", query="req_total", timeout=text, **SHORT)
    message = await fail(client, "query", query="1", timeout="soon")
    assert message == 'invalid parameter "timeout": cannot parse "soon" to a valid duration'


# ---- range queries


async def test_a_matrix(client: Client) -> None:
    expected = {
        "resultType": "matrix",
        "result": [
            {
                "metric": {"__name__": "req_total", "host": host, "job": "web"},
                "values": [[NOW - 60, str(last - 12)], [NOW - 30, str(last - 6)], [NOW, str(last)]],
            }
            for host, last in (("alpha", 120), ("beta", 220))
        ],
    }
    for changes in ({}, {"step": "30s"}, {"step": "0m30s"}, {"step": "3e1"}, {"end": NOW + 29.9}):
        assert await ask(client, "query_range", query="req_total", **{**SHORT, **changes}) == expected
    by_zone = {"start": "2026-11-25T09:59:00Z", "end": "2026-11-25T12:00:00+02:00", "step": "30s"}
    assert await ask(client, "query_range", query="req_total", **by_zone) == expected


async def test_matrices_of_scalars_and_of_what_is_not_finite(client: Client) -> None:
    scalar = await ask(client, "query_range", query="1", **SHORT)
    assert scalar["result"] == [{"metric": {}, "values": [[at, "1"] for at in (NOW - 60, NOW - 30, NOW)]}]
    data = await ask(client, "query_range", query="sum(zero) / 0", **SHORT)
    assert data["result"] == [{"metric": {}, "values": [[at, "NaN"] for at in (NOW - 60, NOW - 30, NOW)]}]
    assert (await ask(client, "query_range", query="nothing", **SHORT))["result"] == []
    sorted_ = await ask(client, "query_range", query="sort_desc(temp)", **SHORT)
    assert [one["metric"]["room"] for one in sorted_["result"]] == ["b", "größe x.y-z"]


async def test_a_matrix_ends_at_a_stale_marker(client: Client) -> None:
    data = await ask(client, "query_range", query="gone", start=NOW - 310, end=NOW - 290, step=5)
    assert data["result"][0]["values"] == [[NOW - 310, "1"], [NOW - 305, "1"]]


NO_STEP = (
    'invalid parameter "step": zero or negative query resolution step widths are not accepted. '
    "Try a positive integer"
)
TOO_FINE = (
    "exceeded maximum resolution of 11,000 points per timeseries. "
    "Try decreasing the query resolution (?step=XX)"
)
WRONG_RANGES: tuple[tuple[dict[str, Any], str], ...] = (
    ({"query": ""}, "1:1: parse error: no expression found in input"),
    ({"start": ""}, 'invalid parameter "start": cannot parse "" to a valid timestamp'),
    ({"end": ""}, 'invalid parameter "end": cannot parse "" to a valid timestamp'),
    ({"step": ""}, 'invalid parameter "step": cannot parse "" to a valid duration'),
    ({"start": "x"}, 'invalid parameter "start": cannot parse "x" to a valid timestamp'),
    ({"start": "x", "end": "x"}, 'invalid parameter "start": cannot parse "x" to a valid timestamp'),
    ({"query": "sum(", "step": "x"}, 'invalid parameter "step": cannot parse "x" to a valid duration'),
    ({"step": "-30s"}, 'invalid parameter "step": cannot parse "-30s" to a valid duration'),
    (
        {"step": "1e20"},
        'invalid parameter "step": cannot parse "1e20" to a valid duration. It overflows int64',
    ),
    (
        {"step": "0"},
        NO_STEP,
    ),
    (
        {"step": "-1"},
        NO_STEP,
    ),
    ({"end": NOW - 61}, 'invalid parameter "end": end timestamp must not be before start time'),
    (
        {"start": NOW - 11_000, "step": 1},
        TOO_FINE,
    ),
    ({"timeout": "x"}, 'invalid parameter "timeout": cannot parse "x" to a valid duration'),
    (
        {"query": '"x"'},
        'invalid expression type "string" for range query, must be Scalar or instant Vector',
    ),
    (
        {"query": "req_total[5m]"},
        'invalid expression type "range vector" for range query, must be Scalar or instant Vector',
    ),
)


async def test_wrong_ranges_are_refused(client: Client) -> None:
    for changes, message in WRONG_RANGES:
        assert await fail(client, "query_range", **{"query": "req_total", **SHORT, **changes}) == message


async def test_eleven_thousand_points_are_allowed(client: Client) -> None:
    # One point less would be 10,999 steps; Prometheus counts steps between points.
    params = {"query": "vector(1)", "start": NOW - 10_999, "end": NOW, "step": 1}
    assert len((await ask(client, "query_range", **params))["result"][0]["values"]) == 11_000
    assert len((await ask(client, "query_range", query="1", start=NOW, end=NOW, step=1))["result"]) == 1


# ---- wrong expressions


async def test_what_does_not_parse_is_bad_data(client: Client) -> None:
    for query in (
        "sum(",
        "req_total{",
        "a b",
        "1 > 2",
        "unknown(a)",
        "rate(req_total)",
        "{}",
        "a[5m",
        "((" * 99,
    ):
        for path in ("query", "format_query"):
            message = await fail(client, path, query=query)
            assert re.match(r'invalid parameter "query": (\d+:\d+: )?parse error: ', message), message
        message = await fail(client, "query_range", query=query, **SHORT)
        assert re.match(r"(\d+:\d+: )?parse error: ", message)


UNFIT = (
    "req_total + on(job) req_total",
    'label_replace(temp, "x", "$1", "room", "(")',
    "count_values('a b', temp)",
)


async def test_what_the_data_do_not_fit_is_an_execution_error(client: Client) -> None:
    for query in UNFIT:
        message = await fail(client, "query", 422, "execution", query=query, time=NOW)
        assert not message.startswith("invalid parameter")
        await fail(client, "query_range", 422, "execution", query=query, **SHORT)


async def test_over_a_limit_is_an_execution_error(tmp_path: Path) -> None:
    async with run_server(tmp_path, query_max_samples=10) as server:
        client = await server.set_up()
        fill(server)
        await fail(client, "query", 422, "execution", query="req_total[10m]", time=NOW)


async def test_errors_of_the_server_keep_its_secrets(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    query_service = client.server.context.query
    for error, status, kind in (
        (RuntimeError("canary"), 500, "internal"),
        (MetricboxError("canary"), 500, "internal"),
        (UnavailableError("too many", 2), 503, "unavailable"),
    ):

        async def run(*_: Any, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(query_service, "run_instant", run)
        answer = await client.get(f"{API}/query", params={"query": "1"})
        assert "canary" not in check_failure(answer, status, kind)
        assert answer.headers.get("retry-after") == ("2" if status == 503 else None)


# ---- limits


async def test_a_limit_cuts_and_says_so(client: Client) -> None:
    """Of Prometheus 3."""
    for path, params in (
        ("query", {"query": "sort(req_total)"}),
        ("query_range", {"query": "req_total", **SHORT}),
        ("series", {"match[]": "req_total"}),
        ("labels", {"match[]": "req_total"}),
        ("label/host/values", {}),
    ):
        whole = await ask(client, path, **params)
        assert await ask(client, path, limit=0, **params) == whole
        assert await ask(client, path, limit=10, **params) == whole
        body = (await client.get(f"{API}/{path}", params={**params, "limit": 1})).json()
        assert body["warnings"] == ["results truncated due to limit"]
        rows = whole["result"] if isinstance(whole, dict) else whole
        assert (body["data"]["result"] if isinstance(whole, dict) else body["data"]) == rows[:1]
        for text in ("x", "-1", "1.5", "9" * 99, "²"):
            assert 'invalid parameter "limit"' in await fail(client, path, limit=text, **params)


async def test_warnings_of_a_query_are_told(client: Client) -> None:
    answer = await client.get(
        f"{API}/query", params={"query": "rate(req_total[90s])", "time": NOW - 86_400 * 400}
    )
    assert answer.json()["warnings"] == [
        "ranges are read in whole buckets of 1h; shorter ones were made longer"
    ]
