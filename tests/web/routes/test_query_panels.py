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
    wish = {"panelId": panel_id, **RANGE}
    total, hosts, nothing = check_panel(await callers.editor.post(PATH, wish))
    assert total["series"] == [{"name": "cpu", "tags": {}, "values": [78.0]}]
    assert [series["values"] for series in hosts["series"]] == [[2.0], [5.0]]
    assert nothing["series"] == []


async def test_a_hidden_query_is_kept_and_not_asked_for(callers: Callers) -> None:
    fill(callers.server, "cpu", [1, 2])
    queries = [{"query": "cpu{", "isHidden": True}, {"query": "cpu", "legend": "CPU"}]
    panel_id = await make_panel(callers.editor, queries, isPublic=True)
    (shown,) = check_panel(await callers.anonymous.post(PATH, {"panelId": panel_id, **RANGE}))
    assert shown["series"][0]["values"] == [1.5]
    dashboard_id = (await callers.editor.data("GET", "/api/v1/dashboards"))[0]["id"]
    path = f"/api/v1/dashboards/{dashboard_id}"
    assert (await callers.editor.data("GET", path))["panels"][0]["query"] == queries
    # One legend for each answer.
    hidden = (await callers.anonymous.data("GET", path))["panels"][0]["query"]
    assert hidden == [{"query": None, "legend": "CPU"}]


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
    (shown, refused) = await callers.anonymous.data("POST", BATCH, {"queries": [public, MINUTE]})
    assert shown["data"][0]["series"][0]["values"] == [1.0]
    assert refused["code"] == "UNAUTHORIZED"
    check_error(await callers.anonymous.post(BATCH, {"queries": [MINUTE]}), 401, "UNAUTHORIZED")
    (shown, refused) = await callers.ingest_token.data("POST", BATCH, {"queries": [public, MINUTE]})
    assert (len(shown["data"]), refused["code"]) == (1, "FORBIDDEN")
    check_error(await callers.ingest_token.post(BATCH, {"queries": [MINUTE]}), 403, "FORBIDDEN")


# ---- variables (every rule of their own is in tests/query/test_variables.py and test_variable_choices.py)

HOST: dict[str, Any] = {"name": "host", "type": "query", "query": 'label_values(cpu{dc=~"$dc"}, host)'}
SEVERAL = {**HOST, "multi": True, "includeAll": True}
DC = {"name": "dc", "type": "list", "values": ["x", "y"], "includeAll": True}
TEXT = {"name": "text", "type": "text", "current": "a"}
WINDOW = {"name": "window", "type": "interval", "values": ["2m", "auto"]}


async def ask_hosts(
    client: Client, panel_id: str, variables: dict[str, Any] | None = None, **more: Any
) -> list[str]:
    """The hosts in the answers of a panel."""
    wish = {"panelId": panel_id, **RANGE, **more} | ({} if variables is None else {"variables": variables})
    return [
        series["tags"].get("host", "")
        for result in check_panel(await client.post(PATH, wish))
        for series in result["series"]
    ]


@pytest.mark.parametrize(
    ("query", "variables", "hosts"),
    [
        ('cpu{host=~"$host"}', {"host": ["a", "c"]}, ["a", "c"]),
        ('cpu{host="$host"}', {"host": ["a", "c"]}, ["a", "c"]),
        ('cpu{host!~"${host}"}', {"host": ["a", "c"]}, ["b", "d"]),
        ('sum by (host) (cpu{host="[[host]]"})', {"host": "b"}, ["b"]),
        ('cpu{host=~"$host"}', {"host": "$__all"}, ["a", "b", "c"]),
        ('cpu{host=~"$host"}', {"host": "$__all", "dc": "y"}, ["c"]),
        ('cpu{host=~"$host"}', None, ["a", "b", "c"]),
        ('cpu{host=~"$host"}', {"host": []}, ["a", "b", "c"]),
        ('cpu{host=~"$host"}', {"host": [".*"]}, []),
        ('cpu{host="$text"}', None, ["a"]),
        ('cpu{host="$text"}', {"text": "b"}, ["b"]),
        ([{"query": "cpu", "tags": {"host": "$host"}}], {"host": ["a", "d"]}, ["a", "d"]),
        ([{"query": "cpu", "tags": {"dc": ["$dc"]}}], {"dc": "y"}, ["c"]),
        ([{"query": "cpu", "groupBy": ["$text"]}], {"text": "host"}, ["a", "b", "c", "d"]),
        ("sum by ($text) (count_over_time(cpu[$window]))", {"text": "host"}, ["a", "b", "c", "d"]),
        ("sum by (host) (count_over_time(cpu[$__rate_interval]))", None, ["a", "b", "c", "d"]),
    ],
)
async def test_values_of_variables_stand_in_a_panels_queries(
    callers: Callers, query: Any, variables: dict[str, Any] | None, hosts: list[str]
) -> None:
    fill_hosts(callers.server)
    panel_id = await make_panel(callers.editor, query, variables=[SEVERAL, DC, TEXT, WINDOW])
    # An expression has its value at the start of a step, so that the second one sees the samples.
    found = await ask_hosts(callers.editor, panel_id, variables, end=START_MS + 2 * MINUTE_MS)
    assert found == hosts
    (part,) = await callers.editor.data(
        "POST", BATCH, {"queries": [{"panelId": panel_id, **RANGE, "variables": variables}]}
    )
    assert "data" in part


async def test_what_is_wrong_with_a_variable_is_named(callers: Callers) -> None:
    fill(callers.server, "cpu", [1])
    cases: list[tuple[str, dict[str, Any], str]] = [
        ('cpu{host="$nobody"}', {}, "query"),
        ("cpu", {"nobody": "a"}, "variables.nobody"),
        ("cpu", {"host": ["a", "b"]}, "variables.host"),
        ("cpu", {"host": "$__all"}, "variables.host"),
        ("cpu", {"host": 5}, "variables.host"),
        ("cpu", {"host": "x" * 1025}, "variables.host"),
        ("$text", {"text": "cpu or secret"}, "variables.text"),
    ]
    for query, variables, field in cases:
        panel_id = await make_panel(callers.editor, query, variables=[HOST, DC, TEXT])
        answer = await callers.editor.post(PATH, {"panelId": panel_id, **RANGE, "variables": variables})
        check_error(answer, 400, "VALIDATION_ERROR", field)


async def test_a_public_dashboard_shows_no_more_than_it_offers(callers: Callers) -> None:
    fill_hosts(callers.server)
    wish = {"variables": [SEVERAL, {**DC, "values": ["x"], "includeAll": False}, TEXT], "isPublic": True}
    panel_id = await make_panel(
        callers.editor, [{"query": 'cpu{host=~"$host"}'}, {"query": 'cpu{host="$text"}'}], **wish
    )
    for client in (callers.anonymous, callers.ingest_token):
        assert await ask_hosts(client, panel_id) == ["a", "b", "a"]
        assert await ask_hosts(client, panel_id, {"host": ["b"], "dc": "x", "text": "a"}) == ["b", "a"]
        assert await ask_hosts(client, panel_id, {"host": "$__all"}) == ["a", "b", "a"]
        cases = [("host", "c"), ("host", ["a", "c"]), ("host", ".*"), ("dc", "y"), ("text", "c")]
        for name, value in cases:
            answer = await client.post(PATH, {"panelId": panel_id, **RANGE, "variables": {name: value}})
            check_error(answer, 400, "VALIDATION_ERROR", f"variables.{name}")
            assert "cpu" not in answer.text
    assert await ask_hosts(callers.viewer, panel_id, {"host": "c", "text": "d"}) == ["c", "d"]


async def test_a_bad_query_with_variables_is_not_quoted_to_the_public(callers: Callers) -> None:
    panel_id = await make_panel(callers.editor, 'canary{x="$nobody"}', isPublic=True)
    answer = await callers.anonymous.post(PATH, {"panelId": panel_id, **RANGE})
    check_error(answer, 400, "VALIDATION_ERROR")
    assert "nobody" not in answer.text


# ---- queries that are not saved yet, with the variables of a dashboard


async def test_an_unsaved_query_takes_variables_of_a_dashboard(callers: Callers) -> None:
    fill_hosts(callers.server)
    panel_id = await make_panel(callers.editor, "cpu", variables=[SEVERAL, DC, TEXT])
    dashboard_id = (await callers.editor.data("GET", "/api/v1/dashboards"))[0]["id"]
    ask = {**RANGE, "query": "cpu", "tags": {"host": "$host"}, "dashboardId": dashboard_id}
    answer = await callers.editor.data("POST", PATH, {**ask, "variables": {"host": ["a", "c"]}})
    assert sorted(series["tags"]["host"] for series in answer["series"]) == ["a", "c"]
    for body, field in (
        ({**ask, "query": "cpu{host='$nobody'}", "tags": None}, "query"),
        ({**RANGE, "query": "cpu", "variables": {"host": "a"}}, "variables"),
        ({**RANGE, "panelId": panel_id, "dashboardId": dashboard_id}, "dashboardId"),
    ):
        check_error(await callers.editor.post(PATH, body), 400, "VALIDATION_ERROR", field)
    # Places in the text that the parser saw are none in the text that was sent.
    bad = {**ask, "query": "cpu{host=~'$host'", "tags": None}
    told = (await callers.editor.post(PATH, bad)).json()
    assert "position" not in told["details"][0]
    check_error(await callers.viewer.post(PATH, ask), 403, "FORBIDDEN")
    check_error(await callers.anonymous.post(PATH, ask), 401, "UNAUTHORIZED")
    check_error(await callers.editor.post(PATH, {**ask, "dashboardId": "none"}), 404, "NOT_FOUND")
