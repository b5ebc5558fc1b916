"""SQL over HTTP: who may, what comes back, and that nothing else does."""

import asyncio
import time
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metricbox.web import schemas
from tests.support.api import Callers, Server, check_error
from tests.support.sql import BREAKOUTS, USUAL
from tests.support.stores import HOUR_MS, NOW_MS, push

PATH = "/api/v1/sql"


def fill(server: Server) -> None:
    for host in ("a", "b"):
        push(
            server.context.store, "cpu", {"host": host}, [(NOW_MS - n * 60_000, float(n)) for n in range(10)]
        )


def check_answer(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body) == {"data", "meta"}
    result = schemas.SqlResult.model_validate(body["data"])
    meta = schemas.SqlMeta.model_validate(body["meta"])
    assert len(meta.types) == len(result.columns)
    assert all(len(row) == len(result.columns) for row in result.rows)
    return body


async def test_editors_and_admins_may_and_nobody_else(callers: Callers) -> None:
    body = {"sql": "SELECT 1"}
    check_error(await callers.anonymous.post(PATH, body), 401, "UNAUTHORIZED")
    for client in (callers.viewer, callers.ingest_token, callers.read_token):
        check_error(await client.post(PATH, body), 403, "FORBIDDEN")
        # Before what was sent is looked at.
        check_error(await client.post(PATH, {"nonsense": 1}), 403, "FORBIDDEN")
    for client in (callers.editor, callers.admin, callers.admin_token):
        check_answer(await client.post(PATH, body))


async def test_an_aggregate_is_answered(callers: Callers) -> None:
    fill(callers.server)
    sql = (
        "SELECT tags->>'host' AS host, tags, max(time) AS at, avg(value) AS mean FROM metrics_raw "
        "WHERE name = $name AND time > now() - INTERVAL 1 HOUR GROUP BY ALL ORDER BY host"
    )
    body = check_answer(await callers.editor.post(PATH, {"sql": sql, "params": {"name": "cpu"}}))
    assert body["data"] == {
        "columns": ["host", "tags", "at", "mean"],
        "rows": [[host, {"host": host}, "2026-11-25T10:00:00.000Z", 4.5] for host in "ab"],
    }
    assert body["meta"]["truncated"] is False
    assert body["meta"]["types"] == ["VARCHAR", "JSON", "TIMESTAMP", "DOUBLE"]


async def test_values_are_strict_json(callers: Callers) -> None:
    sql = (
        "SELECT 'nan'::DOUBLE, '-inf'::DOUBLE, NULL, ['inf'::DOUBLE], "
        "170141183460469231731687303715884105727::HUGEINT, true"
    )
    answer = await callers.editor.post(PATH, {"sql": sql})
    assert check_answer(answer)["data"]["rows"] == [
        [None, None, None, [None], 170141183460469231731687303715884105727, True]
    ]
    assert "NaN" not in answer.text
    assert "Infinity" not in answer.text


async def test_rows_are_cut_at_the_limit(callers: Callers) -> None:
    many = "SELECT i FROM range(20000) t(i)"
    for limit, expected in ((None, 1_000), (7, 7), (10_000, 10_000)):
        body = check_answer(await callers.editor.post(PATH, {"sql": many, "limit": limit}))
        assert (len(body["data"]["rows"]), body["meta"]["truncated"]) == (expected, True)
    body = check_answer(await callers.editor.post(PATH, {"sql": "SELECT 1", "limit": 1}))
    assert body["meta"]["truncated"] is False


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "sql"),
        ({"sql": ""}, "sql"),
        ({"sql": 1}, "sql"),
        ({"sql": "x" * 20_001}, "sql"),
        ({"sql": "SELECT 1", "limit": 0}, "limit"),
        ({"sql": "SELECT 1", "limit": 10_001}, "limit"),
        ({"sql": "SELECT 1", "limit": "7"}, "limit"),
        ({"sql": "SELECT 1", "more": 1}, "more"),
        ({"sql": "SELECT ?", "params": "a"}, "params"),
        ({"sql": "SELECT ?", "params": [[1]]}, "params[0]"),
        ({"sql": "SELECT ?", "params": []}, "params"),
        ({"sql": "SELECT x"}, "sql"),
        ({"sql": "SELEC 1"}, "sql"),
    ],
)
async def test_what_is_wrong_is_named(callers: Callers, body: Any, field: str) -> None:
    check_error(await callers.editor.post(PATH, body), 400, "VALIDATION_ERROR", field)


async def test_errors_hold_no_path_of_the_server(callers: Callers) -> None:
    fill(callers.server)
    for sql in (
        "SELECT * FROM nothing",
        "SELECT * FROM metrics_raw WHERE x",
        "SELECT value::DATE FROM metrics_raw",
    ):
        words = check_error(await callers.editor.post(PATH, {"sql": sql}), 400, "VALIDATION_ERROR")
        assert str(callers.server.context.settings.data) not in words


async def test_over_a_limit_it_is_422(callers: Callers) -> None:
    for sql in ("SELECT list(i) FROM range(1000000000) t(i)", "SELECT " + "(" * 200 + "1" + ")" * 200):
        check_error(await callers.editor.post(PATH, {"sql": sql}), 422, "LIMIT_EXCEEDED")


async def test_nothing_breaks_out(callers: Callers) -> None:
    for sql in BREAKOUTS:
        answer = await callers.admin.post(PATH, {"sql": sql})
        assert answer.status_code in {400, 422}, answer.text


async def test_dashboards_are_those_that_the_caller_sees(callers: Callers) -> None:
    for client, name in ((callers.editor, "mine"), (callers.admin, "theirs")):
        await client.data("POST", "/api/v1/dashboards", {"name": name}, 201)
    await callers.admin.data("POST", "/api/v1/dashboards", {"name": "public", "isPublic": True}, 201)
    names = {"sql": "SELECT name FROM dashboards WHERE name IN ('mine', 'theirs', 'public') ORDER BY name"}
    assert (await callers.editor.data("POST", PATH, names))["rows"] == [["mine"], ["public"]]
    assert (await callers.admin.data("POST", PATH, names))["rows"] == [["mine"], ["public"], ["theirs"]]
    ids = await callers.editor.data("POST", PATH, {"sql": "SELECT id FROM dashboards WHERE name = 'mine'"})
    assert (await callers.editor.data("GET", f"/api/v1/dashboards/{ids['rows'][0][0]}"))["name"] == "mine"


async def test_there_are_alert_events_with_their_columns(callers: Callers) -> None:
    data = await callers.editor.data("POST", PATH, {"sql": "SELECT * FROM alert_events"})
    assert data == {
        "columns": ["id", "rule_id", "rule_name", "labels", "status", "value", "triggered_at", "resolved_at"],
        "rows": [],
    }


async def test_a_caller_who_hangs_up_ends_the_statement(callers: Callers) -> None:
    client = callers.editor.http
    body = {"sql": "SELECT count(*) FROM range(1000000000000)"}
    headers = {"Origin": callers.server.url}
    for _ in range(2):
        with pytest.raises(httpx.TimeoutException):
            await client.post(PATH, json=body, headers=headers, timeout=0.3)
    # Both workers are free again, long before the time limit of the two.
    started_s = time.monotonic()
    await asyncio.gather(*(callers.editor.data("POST", PATH, {"sql": "SELECT 1"}) for _ in range(2)))
    assert time.monotonic() - started_s < 10


async def test_late_samples_are_in_the_answer_at_once(callers: Callers) -> None:
    fill(callers.server)
    count = {"sql": "SELECT sum(count) FROM metrics_1hour WHERE name = 'cpu'"}
    assert (await callers.editor.data("POST", PATH, count))["rows"] == [[20]]
    push(callers.server.context.store, "cpu", {"host": "a"}, [(NOW_MS - 3 * HOUR_MS, 1.0)])
    assert (await callers.editor.data("POST", PATH, count))["rows"] == [[21]]


BODIES = st.fixed_dictionaries(
    {"sql": st.one_of(st.text(max_size=40), st.sampled_from(USUAL + BREAKOUTS))},
    optional={
        "params": st.one_of(
            st.none(),
            st.lists(st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)), max_size=3),
            st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
        ),
        "limit": st.one_of(st.none(), st.integers(-1, 20_000)),
    },
)


async def test_no_body_makes_the_server_fail(callers: Callers) -> None:
    loop = asyncio.get_running_loop()

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(BODIES)
    def send(body: Any) -> None:
        answer = asyncio.run_coroutine_threadsafe(callers.editor.post(PATH, body), loop).result(30)
        assert answer.status_code in {200, 400, 422}, answer.text

    await asyncio.to_thread(send)
