"""Public dashboards, and viewers when the setting `explore` is off: results by panel id, never a query.

Traps B168 and B170.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from metricbox.web import schemas
from tests.support.api import Callers, Client, check_error, run_server, token_client
from tests.support.queries import BATCH, MINUTE, PATH, fill_hosts

PATH_OF_RANGE = "/prometheus/api/v1/query_range"
CANARY = "canary_secret_metric"
LEGEND = "load of {{host}}"
PANELS: list[dict[str, Any]] = [
    {"title": "one", "type": "line", "query": f'cpu or {CANARY}{{customer="canary_customer"}}'},
    {
        "title": "list",
        "type": "line",
        "query": [
            {"query": "cpu", "legend": LEGEND, "tags": {"host": ["a", "canary_tag"]}, "groupBy": ["host"]},
            {"query": f"sum({CANARY})"},
        ],
    },
]
VARIABLES = [{"name": "host", "label": "Host", "type": "query", "query": f"label_values({CANARY}, host)"}]
RANGE = {name: MINUTE[name] for name in ("start", "end", "step")}


LISTS = (
    "/api/v1/metrics",
    "/api/v1/metric-tree",
    "/api/v1/metrics/cpu/tags",
    "/api/v1/metrics/cpu/tags/host",
)


@pytest.fixture
async def closed(tmp_path: Path) -> AsyncIterator[Callers]:
    """A server whose viewers may not explore."""
    async with run_server(tmp_path, explore=False) as server:
        yield await Callers.make(server)


async def make_dashboard(owner: Client, *, is_public: bool = True, panels: Any = PANELS) -> dict[str, Any]:
    wish = {"name": "d", "isPublic": is_public, "panels": panels, "variables": VARIABLES}
    made: dict[str, Any] = await owner.data("POST", "/api/v1/dashboards", wish, 201)
    return made


async def check_hidden(caller: Client, dashboard: dict[str, Any]) -> None:
    """The caller sees that there are panels, how they are drawn, and nothing of their queries."""
    answer = await caller.get(f"/api/v1/dashboards/{dashboard['id']}")
    assert answer.status_code == 200
    assert "canary" not in answer.text
    schemas.Dashboard.model_validate(answer.json()["data"])
    one, several = answer.json()["data"]["panels"]
    assert one["query"] is None
    assert several["query"] == [{"query": None, "legend": LEGEND}, {"query": None, "legend": None}]
    assert answer.json()["data"]["variables"] == [{"name": "host", "label": "Host", "type": "query"}]


async def check_by_panel_alone(caller: Client, dashboard: dict[str, Any], status: int) -> None:
    """Results by panel id; a query of its own is refused with `status`, alone and among others."""
    code = {401: "UNAUTHORIZED", 403: "FORBIDDEN"}[status]
    by_id = {"panelId": dashboard["panels"][1]["id"], **RANGE}
    results = await caller.data("POST", PATH, by_id)
    assert [len(result["series"]) for result in results] == [1, 0]
    own = {"query": "cpu", **RANGE}
    check_error(await caller.post(PATH, own), status, code)
    check_error(await caller.post(BATCH, {"queries": [own]}), status, code)
    first, second = await caller.data("POST", BATCH, {"queries": [by_id, own]})
    assert len(first["data"]) == 2
    assert second["code"] == code
    for more in ({"query": "cpu"}, {"tags": {"host": "b"}}, {"groupBy": []}, {"aggregation": "max"}):
        check_error(await caller.post(PATH, {**by_id, **more}), 400, "VALIDATION_ERROR")


async def test_a_public_dashboard_is_seen_by_link_without_its_queries(callers: Callers) -> None:
    fill_hosts(callers.server)
    dashboard = await make_dashboard(callers.editor)
    for caller in (callers.anonymous, callers.ingest_token, callers.server.client(token="wrong")):
        await check_hidden(caller, dashboard)
    await check_by_panel_alone(callers.anonymous, dashboard, 401)
    page = await callers.anonymous.get(f"/dashboard/{dashboard['id']}", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "canary" not in page.text


async def test_who_may_explore_sees_the_queries(callers: Callers) -> None:
    dashboard = await make_dashboard(callers.editor)
    for caller in (callers.editor, callers.admin, callers.viewer, callers.read_token, callers.admin_token):
        seen = await caller.data("GET", f"/api/v1/dashboards/{dashboard['id']}")
        assert seen["panels"] == dashboard["panels"]
        assert seen["variables"] == VARIABLES


async def test_a_private_dashboard_is_no_ones_by_link(callers: Callers) -> None:
    fill_hosts(callers.server)
    dashboard = await make_dashboard(callers.editor, is_public=False)
    path = f"/api/v1/dashboards/{dashboard['id']}"
    by_id = {"panelId": dashboard["panels"][1]["id"], **RANGE}
    for caller, status, code in (
        (callers.anonymous, 401, "UNAUTHORIZED"),
        (callers.viewer, 403, "FORBIDDEN"),
    ):
        check_error(await caller.get(path), status, code)
        check_error(await caller.post(PATH, by_id), status, code)
    # Unknown ones get the same answer, so that nobody learns which exist.
    unknown = await callers.anonymous.get("/api/v1/dashboards/00000000-0000-4000-8000-000000000000")
    known = await callers.anonymous.get(path)
    assert (unknown.status_code, unknown.text) == (known.status_code, known.text)


async def test_a_dashboard_that_is_no_longer_public_is_closed_at_once(callers: Callers) -> None:
    dashboard = await make_dashboard(callers.editor)
    path = f"/api/v1/dashboards/{dashboard['id']}"
    assert (await callers.anonymous.get(path)).status_code == 200
    await callers.editor.data("PUT", path, {"version": dashboard["version"], "isPublic": False})
    check_error(await callers.anonymous.get(path), 401, "UNAUTHORIZED")


async def test_an_error_or_warning_of_a_query_does_not_tell_it(callers: Callers) -> None:
    fill_hosts(callers.server)
    bad = [{"title": "", "type": "line", "query": "canary_function(cpu)"}]
    dashboard = await make_dashboard(callers.editor, panels=bad)
    by_id = {"panelId": dashboard["panels"][0]["id"], **RANGE}
    told = await callers.editor.post(PATH, by_id)
    hidden = await callers.anonymous.post(PATH, by_id)
    assert "canary" in told.text
    assert "canary" not in hidden.text
    check_error(hidden, 400, "VALIDATION_ERROR")
    for caller, part in ((callers.anonymous, False), (callers.editor, True)):
        (answer,) = await caller.data("POST", BATCH, {"queries": [by_id]})
        assert ("canary" in str(answer)) is part


async def test_a_public_dashboard_cannot_be_changed_by_who_only_sees_it(callers: Callers) -> None:
    dashboard = await make_dashboard(callers.admin)
    path = f"/api/v1/dashboards/{dashboard['id']}"
    panel = f"{path}/panels/{dashboard['panels'][0]['id']}"
    for caller, status in ((callers.anonymous, 401), (callers.viewer, 403), (callers.editor, 403)):
        for method, where in (("PUT", path), ("DELETE", path), ("PUT", panel), ("DELETE", panel)):
            wish = {"version": 1, "name": "x"} if where == path else {"title": "x"}
            body = wish if method == "PUT" else None
            assert (await caller.request(method, where, body)).status_code == status
    assert (await callers.admin.data("GET", path))["version"] == dashboard["version"]


# ---- explore off


async def test_without_explore_viewers_get_panels_alone(closed: Callers) -> None:
    fill_hosts(closed.server)
    dashboard = await make_dashboard(closed.editor)
    for caller in (closed.viewer, closed.read_token):
        await check_hidden(caller, dashboard)
        await check_by_panel_alone(caller, dashboard, 403)
        listed = await caller.get("/api/v1/dashboards")
        assert listed.status_code == 200
        assert "canary" not in listed.text
        answer = await caller.get(
            PATH_OF_RANGE, params={"query": "cpu", "start": "0", "end": "1", "step": "1"}
        )
        assert (answer.status_code, answer.json()["status"]) == (403, "error")


async def test_without_explore_viewers_learn_no_names_of_metrics(closed: Callers) -> None:
    """What no dashboard shows is not told by lists either."""
    fill_hosts(closed.server)
    for path in LISTS:
        for caller in (closed.viewer, closed.read_token):
            check_error(await caller.get(path), 403, "FORBIDDEN")
        assert (await closed.editor.get(path)).status_code == 200
    for caller, may in ((closed.viewer, False), (closed.editor, True)):
        answer = await caller.get("/api/v1/auth/me")
        assert answer.json()["meta"] == {"mayExplore": may}


async def test_without_explore_editors_and_their_read_tokens_go_on(closed: Callers) -> None:
    fill_hosts(closed.server)
    own = {"query": "cpu", **RANGE}
    for caller in (
        closed.editor,
        closed.admin,
        closed.admin_token,
        await token_client(closed.editor, "read"),
    ):
        assert (await caller.post(PATH, own)).status_code == 200
        answer = await caller.get("/prometheus/api/v1/query", params={"query": "cpu"})
        assert answer.status_code == 200


async def test_without_explore_an_owner_still_sees_his_own_queries(closed: Callers) -> None:
    """An editor who became a viewer."""
    dashboard = await make_dashboard(closed.editor)
    (user,) = [row for row in await closed.admin.data("GET", "/api/v1/users") if row["role"] == "editor"]
    await closed.admin.data("PUT", f"/api/v1/users/{user['id']}", {"role": "viewer"})
    closed_editor = await closed.server.sign_in(user["email"])
    seen = await closed_editor.data("GET", f"/api/v1/dashboards/{dashboard['id']}")
    assert seen["panels"] == dashboard["panels"]
    check_error(await closed_editor.post(PATH, {"query": "cpu", **RANGE}), 403, "FORBIDDEN")
