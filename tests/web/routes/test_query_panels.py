"""Queries over HTTP: several in a batch, and those of a saved panel."""

from typing import Any

import httpx
import pytest

from metricbox.query.service import QueryService
from metricbox.web import schemas
from tests.support.api import Callers, Client, check_error, token_client
from tests.support.queries import BATCH, MINUTE, MINUTE_MS, PATH, START_MS, check_part, fill, fill_hosts
from tests.support.stores import NOW_MS

# ---- batches


async def test_a_batch_answers_in_order_and_a_failing_query_fails_no_other(callers: Callers) -> None:
    fill_hosts(callers.server)
    queries: list[Any] = [
        {**MINUTE, "tags": {"host": "a"}},
        {**MINUTE, "query": "a b"},
        {**MINUTE, "tags": {"host": "b"}},
        {**MINUTE, "step": "0s"},
        {**MINUTE, "aggregation": "median"},
        {**MINUTE, "timezone": "Mars/Phobos"},
        {**MINUTE, "start": "soon"},
        {**MINUTE, "metric": "cpu"},
        {"query": "cpu", "start": "now-1h"},
        "cpu",
        {**MINUTE, "start": "now-10y", "end": "now", "step": "1s"},
        {**MINUTE, "panelId": "none", "query": None},
        {**MINUTE, "tags": {"host": "c"}},
    ]
    answer = await callers.viewer.post(BATCH, {"queries": queries})
    assert answer.status_code == 200
    assert set(answer.json()) == {"data"}
    parts = answer.json()["data"]
    assert len(parts) == len(queries)
    for index, value in ((0, 2.0), (2, 5.0), (12, 8.0)):
        check_part(parts[index])
        assert parts[index]["data"]["series"][0]["values"] == [value]
    faults = []
    for part in parts:
        if "error" in part:
            schemas.ErrorBody.model_validate(part)
            faults.append((part["code"], [detail["field"] for detail in part["details"]]))
    assert faults == [
        ("VALIDATION_ERROR", ["query"]),
        ("VALIDATION_ERROR", ["step"]),
        ("VALIDATION_ERROR", ["aggregation"]),
        ("VALIDATION_ERROR", ["timezone"]),
        ("VALIDATION_ERROR", ["start"]),
        ("VALIDATION_ERROR", ["metric"]),
        ("VALIDATION_ERROR", ["end"]),
        ("VALIDATION_ERROR", ["body"]),
        ("LIMIT_EXCEEDED", []),
        ("NOT_FOUND", []),
    ]


async def test_a_defect_behind_one_query_fails_no_other(
    callers: Callers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run = QueryService.run

    async def run_or_break(self: QueryService, query: Any) -> Any:
        if query.text == "broken":
            raise ZeroDivisionError("canary")
        return await run(self, query)

    monkeypatch.setattr(QueryService, "run", run_or_break)
    fill(callers.server, "cpu", [1])
    answer = await callers.viewer.post(BATCH, {"queries": [{**MINUTE, "query": "broken"}, MINUTE]})
    broken, good = answer.json()["data"]
    assert broken["code"] == "INTERNAL_ERROR"
    assert answer.headers["x-request-id"] in broken["error"]
    assert "canary" not in answer.text
    assert "ZeroDivisionError: canary" in caplog.text
    check_part(good)


async def test_a_batch_has_1_to_50_queries(callers: Callers) -> None:
    fill(callers.server, "cpu", [1])
    for queries in ([], [MINUTE] * 51, None, MINUTE, "cpu"):
        answer = await callers.viewer.post(BATCH, {"queries": queries})
        check_error(answer, 400, "VALIDATION_ERROR", "queries")
    check_error(await callers.viewer.post(BATCH, {}), 400, "VALIDATION_ERROR", "queries")
    check_error(await callers.viewer.post(BATCH, {"queries": [MINUTE], "x": 1}), 400, "VALIDATION_ERROR", "x")
    assert len(await callers.viewer.data("POST", BATCH, {"queries": [MINUTE] * 50})) == 50


# ---- by panel

RANGE = {"start": START_MS, "end": START_MS + MINUTE_MS, "step": "1m"}


async def make_panel(owner: Client, query: Any, **dashboard: Any) -> str:
    """The id of the one panel of a new dashboard."""
    panel = {"type": "line", "query": query}
    wish = {"name": "Web", "panels": [panel], **dashboard}
    made = await owner.data("POST", "/api/v1/dashboards", wish, 201)
    return str(made["panels"][0]["id"])


def check_panel(answer: httpx.Response) -> list[Any]:
    """The results of a panel's queries."""
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body) == {"data", "meta"}
    for result in body["data"]:
        meta = result.pop("meta")
        check_part({"data": result, "meta": meta})
    return list(body["data"])


async def test_a_panel_answers_each_of_its_queries(callers: Callers) -> None:
    fill_hosts(callers.server)
    queries = [
        {"query": "cpu", "aggregation": "sum", "groupBy": []},
        {"query": "cpu", "tags": {"host": ["a", "b"]}, "legend": "{{host}}"},
        {"query": "no_such_metric"},
    ]
    panel_id = await make_panel(callers.editor, queries)
    wish = {"panelId": panel_id, **RANGE, "variables": {"host": ["a"]}}
    total, hosts, nothing = check_panel(await callers.editor.post(PATH, wish))
    assert total["series"] == [{"name": "cpu", "tags": {}, "values": [78.0]}]
    assert [series["values"] for series in hosts["series"]] == [[2.0], [5.0]]
    assert nothing["series"] == []


async def test_a_panel_of_one_text_answers_a_list_of_one(callers: Callers) -> None:
    fill(callers.server, "cpu", [1, 2])
    panel_id = await make_panel(callers.editor, "cpu")
    wish = {"panelId": panel_id, **RANGE, "withCounts": True}
    (result,) = check_panel(await callers.editor.post(PATH, wish))
    assert result["series"] == [{"name": "cpu", "tags": {}, "values": [1.5], "counts": [2]}]


async def test_who_sees_the_dashboard_sees_its_panels(callers: Callers) -> None:
    private = {"panelId": await make_panel(callers.editor, "cpu"), **RANGE}
    owners_token = await token_client(callers.admin, "read")
    for client in (callers.editor, callers.admin, callers.admin_token):
        check_panel(await client.post(PATH, private))
    for client in (callers.viewer, callers.read_token, callers.ingest_token, owners_token):
        check_error(await client.post(PATH, private), 403, "FORBIDDEN")
    check_error(await callers.anonymous.post(PATH, private), 401, "UNAUTHORIZED")
    public = {"panelId": await make_panel(callers.editor, "cpu", isPublic=True), **RANGE}
    for client in (callers.anonymous, callers.viewer, callers.read_token, callers.ingest_token):
        check_panel(await client.post(PATH, public))


async def test_nobody_learns_which_panels_exist(callers: Callers) -> None:
    hidden = {"panelId": await make_panel(callers.editor, "cpu"), **RANGE}
    absent = {"panelId": "none", **RANGE}
    told = [
        check_error(await callers.anonymous.post(PATH, body), 401, "UNAUTHORIZED")
        for body in (hidden, absent)
    ]
    assert told[0] == told[1]
    check_error(await callers.viewer.post(PATH, absent), 404, "NOT_FOUND")


async def test_parts_of_a_query_do_not_go_with_a_panel(callers: Callers) -> None:
    """A public panel is no door to other metrics."""
    fill(callers.server, "secret", [1])
    panel_id = await make_panel(callers.editor, "cpu", isPublic=True)
    parts = {"query": "secret", "aggregation": "sum", "tags": {"host": "a"}, "groupBy": []}
    for client in (callers.anonymous, callers.editor):
        for field, value in parts.items():
            answer = await client.post(PATH, {"panelId": panel_id, **RANGE, field: value})
            check_error(answer, 400, "VALIDATION_ERROR", field)


async def test_times_of_a_panel_are_checked(callers: Callers) -> None:
    panel_id = await make_panel(callers.editor, "cpu")
    for changes, field in (({"start": NOW_MS}, "start"), ({"end": "soon"}, "end"), ({"step": "0s"}, "step")):
        answer = await callers.editor.post(PATH, {"panelId": panel_id, **RANGE, **changes})
        check_error(answer, 400, "VALIDATION_ERROR", field)


async def test_a_batch_of_panels_needs_no_right_to_read(callers: Callers) -> None:
    fill(callers.server, "cpu", [1])
    public = {"panelId": await make_panel(callers.editor, "cpu", isPublic=True), **RANGE}
    private = {"panelId": await make_panel(callers.editor, "cpu"), **RANGE}
    (shown, hidden) = await callers.anonymous.data("POST", BATCH, {"queries": [public, private]})
    assert shown["data"][0]["series"][0]["values"] == [1.0]
    assert hidden["code"] == "UNAUTHORIZED"
    answer = await callers.anonymous.post(BATCH, {"queries": [public, MINUTE]})
    check_error(answer, 401, "UNAUTHORIZED")
    check_error(await callers.ingest_token.post(BATCH, {"queries": [public, MINUTE]}), 403, "FORBIDDEN")
