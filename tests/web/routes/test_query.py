"""Queries over HTTP, one at a time. Panels and batches are in test_query_panels.py."""

from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.api import Callers, Client, Server, check_error, run_server
from tests.support.queries import BATCH, MINUTE, MINUTE_MS, PATH, START_MS, check_answer, fill, fill_hosts
from tests.support.stores import HOUR_MS, NOW_MS, push

DAY_MS = 86_400_000


async def ask(client: Client, **changes: Any) -> dict[str, Any]:
    return check_answer(await client.post(PATH, {**MINUTE, **changes}))


async def ask_values(client: Client, **changes: Any) -> list[list[float | None]]:
    return [series["values"] for series in (await ask(client, **changes))["data"]["series"]]


async def ask_tags(client: Client, **changes: Any) -> list[dict[str, str]]:
    return [series["tags"] for series in (await ask(client, **changes))["data"]["series"]]


def local_ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


# ---- who


@pytest.mark.parametrize(("path", "body"), [(PATH, MINUTE), (BATCH, {"queries": [MINUTE]})])
async def test_queries_need_the_right_to_read(callers: Callers, path: str, body: dict[str, Any]) -> None:
    check_error(await callers.anonymous.post(path, body), 401, "UNAUTHORIZED")
    check_error(await callers.server.client(token="mbx_unknown").post(path, body), 401, "UNAUTHORIZED")
    check_error(await callers.ingest_token.post(path, body), 403, "FORBIDDEN")
    for client in (callers.viewer, callers.editor, callers.admin, callers.read_token, callers.admin_token):
        assert (await client.post(path, body)).status_code == 200
    foreign = {"Origin": "http://elsewhere.example"}
    check_error(await callers.viewer.post(path, body, headers=foreign), 403, "FORBIDDEN")


@pytest.mark.parametrize("path", [PATH, BATCH])
async def test_queries_are_posted(callers: Callers, path: str) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = await callers.viewer.request(method, path)
        check_error(answer, 405, "METHOD_NOT_ALLOWED")
        assert "POST" in answer.headers["allow"]


# ---- aggregations, each against a number worked out here


async def test_aggregations(callers: Callers) -> None:
    fill(callers.server, "cpu", [8, 4, 16, 2, 110])
    expected = {
        None: 28.0,  # avg: 140 / 5
        "avg": 28.0,
        "min": 2.0,
        "max": 110.0,
        "sum": 140.0,
        "count": 5.0,
        "last": 110.0,
        "p50": 8.0,  # of 2 4 8 16 110, rank 0.5 * 4 = 2
        "p90": 72.4,  # rank 3.6: 16 + 0.6 * 94
        "p95": 91.2,  # rank 3.8: 16 + 0.8 * 94
        "p99": 106.24,  # rank 3.96: 16 + 0.96 * 94
        "increase": 126.0,  # after a drop the counter began at 0: 4 + 12 + 2 + 108
        "rate": 31.5,  # 126 in 4 s
    }
    got = {}
    for aggregation in expected:
        answer = await ask(callers.viewer, aggregation=aggregation, withCounts=True)
        (series,) = answer["data"]["series"]
        (got[aggregation],) = series["values"]
        assert series["counts"] == [5]
        assert (answer["meta"]["table"], answer["meta"]["resolution"]) == ("metrics_raw", "raw")
    assert got == pytest.approx(expected, rel=1e-12)


async def test_growth_counts_from_the_sample_before_the_step(callers: Callers) -> None:
    push(callers.server.context.store, "cpu", {}, [(START_MS + n * 10_000, n * 20.0) for n in range(-1, 12)])
    two = {"end": START_MS + 2 * MINUTE_MS}
    assert await ask_values(callers.viewer, aggregation="rate", **two) == [[2.0, 2.0]]
    assert await ask_values(callers.viewer, aggregation="increase", **two) == [[120.0, 120.0]]


# ---- groups and tags


async def test_an_empty_group_by_joins_all_samples(callers: Callers) -> None:
    """Trap B067."""
    fill(callers.server, "cpu", [1, 2, 3], host="a")
    fill(callers.server, "cpu", [100], host="b")
    expected = {
        "avg": 26.5,  # 106 / 4, not the average of 2 and 100
        "min": 1.0,
        "max": 100.0,
        "sum": 106.0,
        "count": 4.0,
        "last": 3.0,  # the newest of all
        "p50": 2.5,
        "increase": 2.0,
        "rate": 1.0,
    }
    got = {}
    for aggregation in expected:
        answer = await ask(callers.viewer, groupBy=[], aggregation=aggregation)
        (series,) = answer["data"]["series"]
        assert (series["name"], series["tags"]) == ("cpu", {})
        assert (answer["meta"]["seriesTotal"], answer["meta"]["samplesRead"]) == (1, 4)
        (got[aggregation],) = series["values"]
    assert got == expected


async def test_group_by_names(callers: Callers) -> None:
    fill_hosts(callers.server)
    answer = await ask(callers.viewer, groupBy=["dc"], aggregation="sum")
    assert [(one["tags"], one["values"]) for one in answer["data"]["series"]] == [
        ({}, [33.0]),
        ({"dc": "x"}, [21.0]),
        ({"dc": "y"}, [24.0]),
    ]
    assert len(await ask_tags(callers.viewer, groupBy=["dc", "host"])) == 4
    assert await ask_tags(callers.viewer, groupBy=["nothing"]) == [{}]
    assert await ask_tags(callers.viewer) == [
        {"dc": "x", "host": "a"},
        {"dc": "x", "host": "b"},
        {"dc": "y", "host": "c"},
        {"host": "d"},
    ]


async def test_tags_choose_series_by_one_value_or_several(callers: Callers) -> None:
    """Values are values, never patterns."""
    fill_hosts(callers.server)
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["a", "b", "c", "d"]),
        ({"dc": "x"}, ["a", "b"]),
        ({"dc": ["x", "y"]}, ["a", "b", "c"]),
        ({"dc": ["x"]}, ["a", "b"]),
        ({"dc": []}, []),
        ({"dc": ""}, ["d"]),
        ({"dc": ["", "y"]}, ["c", "d"]),
        ({"dc": "x", "host": ["b", "c"]}, ["b"]),
        ({"dc": "."}, []),
        ({"host": [".", "a|b", "(", "[a-c]"]}, []),
        ({"rack": "1"}, []),
    ]
    for tags, hosts in cases:
        assert [one["host"] for one in await ask_tags(callers.viewer, tags=tags)] == hosts, tags


# ---- times


# All are 2026-11-25T09:00:00.250Z; the clock stands at 10:00:00.
INSTANT_MS = START_MS + 250


async def test_equal_instants_give_equal_answers(callers: Callers) -> None:
    """Trap B008."""
    fill(callers.server, "cpu", [1, 2, 3])
    for start in (
        INSTANT_MS,
        str(INSTANT_MS),
        INSTANT_MS * 1_000,
        INSTANT_MS * 1_000_000,
        INSTANT_MS / 1000,
        str(INSTANT_MS / 1000),
        f"{INSTANT_MS / 1e12}E9",
        "2026-11-25T09:00:00.250Z",
        "2026-11-25T09:00:00.25",
        "2026-11-25 10:00:00.250+01:00",
        "now-59m59s750ms",
    ):
        answer = await ask(callers.viewer, step="1s", start=start, end="2026-11-25T09:00:03Z")
        assert answer["data"] == {
            "times": [START_MS, START_MS + 1_000, START_MS + 2_000],
            "series": [{"name": "cpu", "tags": {}, "values": [1.0, 2.0, 3.0]}],
        }, start


async def test_whole_seconds_and_relative_times(callers: Callers) -> None:
    """Trap B008."""
    fill(callers.server, "cpu", [1, 2, 3])
    for start in (START_MS // 1000, f"{START_MS // 1000}", "now-1h", "now-1h/h", " now-1h "):
        answer = await ask(callers.viewer, start=start, end="now", step="1h")
        assert answer["data"]["times"] == [START_MS], start
        assert answer["data"]["series"][0]["values"] == [2.0], start


async def test_relative_times_go_by_the_clock_of_the_server(callers: Callers) -> None:
    callers.server.clock.advance_ms(7 * MINUTE_MS)
    answer = await ask(callers.viewer, start="now-1m", end="now")
    assert answer["data"]["times"] == [NOW_MS + 6 * MINUTE_MS]


async def test_what_is_no_time_is_refused(callers: Callers) -> None:
    texts = ["", "soon", "now-", "now-1x", "2026-13-01", "1e400", "NaN", "now-2000y"]
    others = [True, None, [], {}, {"start": 1}]
    for field in ("start", "end"):
        for value in texts + others:
            answer = await callers.viewer.post(PATH, {**MINUTE, field: value})
            check_error(answer, 400, "VALIDATION_ERROR", field)
            assert len(answer.json()["details"]) == 1, answer.text


async def test_the_start_lies_before_the_end(callers: Callers) -> None:
    for start, end in ((NOW_MS, NOW_MS), ("now", "now-1h"), ("now", "2026-11-25T10:00:00Z")):
        answer = await callers.viewer.post(PATH, {**MINUTE, "start": start, "end": end})
        check_error(answer, 400, "VALIDATION_ERROR", "start")


# ---- steps


async def test_a_step_that_cannot_be_is_refused(callers: Callers) -> None:
    """Trap B055."""
    fill(callers.server, "cpu", [1])
    texts = ["0", "0s", "-1m", "1e-9", "1ms", "999ms", "", "1x", "m", "1.5m", "1m1h", "99999y", "9" * 33]
    for step in [*texts, 60, 0, [], True]:
        answer = await callers.viewer.post(PATH, {**MINUTE, "step": step})
        check_error(answer, 400, "VALIDATION_ERROR", "step")


async def test_steps_lie_on_their_multiples(callers: Callers) -> None:
    """Trap B086: asking again 7 s later changes nothing of the past."""
    fill(callers.server, "cpu", range(600))
    seen: dict[int, float] = {}
    for late_ms in (0, 7_000, 14_000, 21_000):
        answer = await ask(
            callers.viewer, start=START_MS + late_ms, end=START_MS + 540_000 + late_ms, step="20s"
        )
        times = answer["data"]["times"]
        assert all(time_ms % 20_000 == 0 for time_ms in times)
        assert times[0] <= START_MS + late_ms < times[1]
        for time_ms, value in zip(times, answer["data"]["series"][0]["values"], strict=True):
            assert seen.setdefault(time_ms, value) == value
    assert len(seen) == 29


async def test_a_step_is_chosen_for_about_300_points(callers: Callers) -> None:
    fill(callers.server, "cpu", range(100))
    answer = await ask(callers.viewer, start="now-1h", end="now", step=None)
    assert answer["meta"]["stepMs"] == 15_000
    assert len(answer["data"]["times"]) == 240


async def test_too_many_points_are_refused_with_the_smallest_step(callers: Callers) -> None:
    """Trap B091."""
    wish = {**MINUTE, "start": "2016-11-25", "end": "2026-11-25"}
    told = check_error(await callers.viewer.post(PATH, {**wish, "step": "1s"}), 422, "LIMIT_EXCEEDED")
    # 3,652 days in 11,000 steps are 7 h 58 min each; 8 h is the next that people use.
    assert "use a step of 8h or longer" in told
    assert (await callers.viewer.post(PATH, {**wish, "step": "8h"})).status_code == 200
    check_error(await callers.viewer.post(PATH, {**wish, "step": "6h"}), 422, "LIMIT_EXCEEDED")


# ---- time zones


async def test_an_unknown_zone_is_refused(callers: Callers) -> None:
    """Trap B155."""
    for zone in ("Mars/Phobos", "../etc/passwd", "x" * 65, "\0", 1, "Europe"):
        answer = await callers.viewer.post(PATH, {**MINUTE, "timezone": zone})
        check_error(answer, 400, "VALIDATION_ERROR", "timezone")


async def test_days_are_local_days_over_a_clock_change(server: Server) -> None:
    """28 March 2027 has 23 hours in Berlin; a sample every hour makes them seen."""
    server.clock.advance_ms(local_ms("2027-03-30T12:00Z") - NOW_MS)
    client = await server.set_up()
    first_ms, end_ms = local_ms("2027-03-26T00:00Z"), local_ms("2027-03-30T00:00Z")
    push(server.context.store, "cpu", {}, [(hour_ms, 1.0) for hour_ms in range(first_ms, end_ms, HOUR_MS)])
    days = {"start": "2027-03-27", "end": "2027-03-30", "step": "1d", "aggregation": "count"}
    answer = await ask(client, **days, timezone="Europe/Berlin")
    assert answer["data"]["times"] == [
        local_ms("2027-03-27T00:00+01:00"),
        local_ms("2027-03-28T00:00+01:00"),
        local_ms("2027-03-29T00:00+02:00"),
    ]
    assert answer["data"]["series"][0]["values"] == [24.0, 23.0, 24.0]
    assert answer["meta"]["stepMs"] == DAY_MS
    in_utc = await ask(client, **days)
    assert in_utc["data"]["times"] == [local_ms(f"2027-03-{day}T00:00Z") for day in (27, 28, 29)]
    assert in_utc["data"]["series"][0]["values"] == [24.0, 24.0, 24.0]
    assert (await ask(client, **days, timezone=""))["data"] == in_utc["data"]


async def test_now_d_is_local_midnight(callers: Callers) -> None:
    """It is 19:00 in Tokyo."""
    answer = await ask(callers.viewer, start="now/d", end="now", step="1h", timezone="Asia/Tokyo")
    assert answer["data"]["times"][0] == local_ms("2026-11-25T00:00+09:00")
    assert len(answer["data"]["times"]) == 19


async def test_the_ends_of_the_calendar(callers: Callers) -> None:
    for start, end in (("0001-01-01", "0001-01-09"), ("9999-12-20", "9999-12-31T23:59:59Z")):
        wish = {**MINUTE, "start": start, "end": end, "step": "3d"}
        assert (await ask(callers.viewer, **wish))["data"]["series"] == []
        answer = await callers.viewer.post(PATH, {**wish, "timezone": "America/New_York"})
        check_error(answer, 400, "VALIDATION_ERROR", "start")


# ---- what is in an answer


async def test_counts_are_sent_when_asked_for(callers: Callers) -> None:
    fill(callers.server, "cpu", [1, 2, 3])
    two = {"end": START_MS + 2 * MINUTE_MS}
    (series,) = (await ask(callers.viewer, withCounts=True, **two))["data"]["series"]
    assert series == {"name": "cpu", "tags": {}, "values": [2.0, None], "counts": [3, 0]}
    for no in (False, None):
        assert "counts" not in (await ask(callers.viewer, withCounts=no))["data"]["series"][0]


async def test_more_series_than_wanted_are_cut_and_told(callers: Callers) -> None:
    fill_hosts(callers.server)
    answer = await ask(callers.viewer, maxSeries=2)
    assert [series["tags"]["host"] for series in answer["data"]["series"]] == ["a", "b"]
    assert (answer["meta"]["seriesTotal"], answer["meta"]["truncated"]) == (4, True)
    assert "2 of 4 series are shown" in answer["meta"]["warnings"][0]
    answer = await ask(callers.viewer, maxSeries=4)
    assert (answer["meta"]["seriesTotal"], answer["meta"]["truncated"]) == (4, False)
    assert answer["meta"]["warnings"] == []


async def test_an_unknown_metric_is_an_empty_answer(callers: Callers) -> None:
    answer = await ask(callers.viewer, query="no_such_metric")
    assert answer["data"] == {"times": [START_MS], "series": []}
    assert (answer["meta"]["seriesTotal"], answer["meta"]["truncated"]) == (0, False)


async def test_names_of_every_form_are_asked_for(callers: Callers) -> None:
    for name in ("a.b", "a-b", "a/b", "a:b:c", ":a", "_", "net.eth0/rx-bytes:rate", "x" * 255):
        point = {"name": name, "value": 2, "timestamp": START_MS}
        assert (await callers.ingest_token.post("/api/v1/metrics", {"metrics": [point]})).status_code == 202
        answer = await ask(callers.viewer, query=f" {name} ")
        assert answer["data"]["series"] == [{"name": name, "tags": {}, "values": [2.0]}]


async def test_a_value_that_is_not_finite_is_null(callers: Callers) -> None:
    fill(callers.server, "cpu", [1.7e308, 1.7e308])
    answer = await callers.viewer.post(PATH, {**MINUTE, "aggregation": "sum"})
    assert check_answer(answer)["data"]["series"][0]["values"] == [None]
    assert not {"NaN", "Infinity"} & set(answer.text.replace(":", ",").replace("[", ",").split(","))
    assert await ask_values(callers.viewer, aggregation="avg") == [[1.7e308]]


async def test_extreme_values_break_nothing(callers: Callers) -> None:
    fill(callers.server, "cpu", [-1.7e308, 1.7e308, -1.7e308, 1.7e308])
    for aggregation in ("avg", "sum", "max", "last", "p50", "p90", "increase", "rate"):
        answer = await ask(callers.viewer, aggregation=aggregation)
        assert len(answer["data"]["series"][0]["values"]) == 1
    assert await ask_values(callers.viewer, aggregation="p50") == [[0.0]]
    assert await ask_values(callers.viewer, aggregation="rate") == [[None]]


async def test_a_large_answer_is_whole(callers: Callers) -> None:
    """More values than are written on the event loop."""
    for host in "abc":
        fill(callers.server, "cpu", [1], host=host)
    answer = await ask(callers.viewer, end=START_MS + 10_000_000, step="1s")
    assert [len(series["values"]) for series in answer["data"]["series"]] == [10_000] * 3
    assert [sum(value is not None for value in one["values"]) for one in answer["data"]["series"]] == [
        1,
        1,
        1,
    ]


# ---- bad input


async def test_bad_input_is_named(callers: Callers) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"query": None}, "query"),
        ({"query": ""}, "query"),
        ({"query": " "}, "query"),
        ({"query": "a b"}, "query"),
        ({"query": "cpu[5m]"}, "query"),
        ({"query": "sum("}, "query"),
        ({"query": "rate(cpu)"}, "query"),
        ({"query": 1}, "query"),
        ({"query": "x" * 50_001}, "query"),
        ({"query": "cpu * 2", "aggregation": "avg"}, "aggregation"),
        ({"query": "cpu * 2", "tags": {"host": "a"}}, "tags"),
        ({"query": "cpu * 2", "groupBy": []}, "groupBy"),
        ({"aggregation": "median"}, "aggregation"),
        ({"aggregation": ""}, "aggregation"),
        ({"tags": {"host": 1}}, "tags.host"),
        ({"tags": {"host": ["a", None]}}, "tags.host[1]"),
        ({"tags": [["host", "a"]]}, "tags"),
        ({"groupBy": "host"}, "groupBy"),
        ({"groupBy": [1]}, "groupBy[0]"),
        ({"maxSeries": 0}, "maxSeries"),
        ({"maxSeries": 1.5}, "maxSeries"),
        ({"maxSeries": "2"}, "maxSeries"),
        ({"withCounts": 1}, "withCounts"),
        ({"variables": {"host": "a"}}, "variables"),
        ({"panelId": 1}, "panelId"),
        ({"group_by": []}, "group_by"),
        ({"metric": "cpu"}, "metric"),
        ({"Start": 1}, "Start"),
    ]
    for changes, field in cases:
        answer = await callers.viewer.post(PATH, {**MINUTE, **changes})
        check_error(answer, 400, "VALIDATION_ERROR", field)


async def test_a_fault_in_an_expression_says_where(callers: Callers) -> None:
    for text, position in (
        ("sum(cpu", 3),
        ("cpu{host='a',\n  =}", 16),
        ("rate(cpu)", 0),
        ("cpu offset", None),
        ("cpu + é", 6),
        ("up up", 3),
    ):
        told = await callers.viewer.post(PATH, {**MINUTE, "query": text})
        check_error(told, 400, "VALIDATION_ERROR", "query")
        (detail,) = told.json()["details"]
        assert detail.get("position") == position, text
        (part,) = await callers.viewer.data("POST", BATCH, {"queries": [{**MINUTE, "query": text}]})
        assert part["details"] == [detail]


async def test_built_in_variables_need_no_dashboard(callers: Callers) -> None:
    fill(callers.server, "cpu", [1, 2])
    assert await ask_values(callers.viewer, query="count_over_time(cpu[$__range])") == [[1.0]]
    wish = {**MINUTE, "query": "rate(cpu[$window])"}
    check_error(await callers.viewer.post(PATH, wish), 400, "VALIDATION_ERROR", "query")


async def test_what_is_missing_is_named(callers: Callers) -> None:
    for field in ("query", "start", "end"):
        wish = {name: value for name, value in MINUTE.items() if name != field}
        check_error(await callers.viewer.post(PATH, wish), 400, "VALIDATION_ERROR", field)


async def test_what_is_no_json_object_is_refused(callers: Callers) -> None:
    headers = {"Content-Type": "application/json"}
    for path in (PATH, BATCH):
        for body in (b"", b"[]", b"{", b'{"start": NaN}', b'{"start": 1e999}', b"\xff", b"null"):
            answer = await callers.viewer.request("POST", path, content=body, headers=headers)
            check_error(answer, 400, "VALIDATION_ERROR")


async def test_another_media_type_is_refused(callers: Callers) -> None:
    for path in (PATH, BATCH):
        answer = await callers.viewer.request("POST", path, data={"query": "cpu"})
        check_error(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


async def test_the_limit_of_samples_is_told(tmp_path: Path) -> None:
    async with run_server(tmp_path, query_max_samples=2) as server:
        client = await server.set_up()
        fill(server, "cpu", [1, 2, 3])
        check_error(await client.post(PATH, MINUTE), 422, "LIMIT_EXCEEDED")


async def test_who_may_not_ask_learns_nothing_of_the_question(callers: Callers) -> None:
    for body in ({}, {"query": "cpu"}, {"nonsense": 1}):
        check_error(await callers.anonymous.request("POST", PATH, body), 401, "UNAUTHORIZED")
        check_error(await callers.ingest_token.request("POST", PATH, body), 403, "FORBIDDEN")
        check_error(await callers.read_token.request("POST", PATH, body), 400, "VALIDATION_ERROR")


# ---- how it is sent


def series_of(answer: httpx.Response) -> list[Any]:
    data = answer.json()["data"]
    return [one["data"]["series"] for one in data] if isinstance(data, list) else data["series"]


async def test_long_answers_are_packed_for_who_reads_that(callers: Callers) -> None:
    fill(callers.server, "cpu", range(3_000))
    wide = {"query": "cpu", "start": START_MS, "end": START_MS + 3_000_000, "step": "1s"}
    for path, body in ((PATH, wide), (BATCH, {"queries": [wide]})):
        plain = await callers.viewer.post(path, body, headers={"Accept-Encoding": "identity"})
        packed = await callers.viewer.post(path, body, headers={"Accept-Encoding": "deflate, gzip"})
        refused = await callers.viewer.post(path, body, headers={"Accept-Encoding": "gzip;q=0"})
        assert "content-encoding" not in plain.headers
        assert "content-encoding" not in refused.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert {answer.headers["vary"] for answer in (plain, packed)} == {"Accept-Encoding"}
        assert series_of(packed) == series_of(plain) != []
        assert int(packed.headers["content-length"]) * 3 < int(plain.headers["content-length"])
    short = await callers.viewer.post(PATH, MINUTE, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in short.headers
