"""History, restore, export and import of dashboards."""

import asyncio
from typing import Any

import pytest

from metricbox.web import schemas
from tests.support.api import ADMIN, EDITOR, Callers, Client, check_error, check_list

PATH = "/api/v1/dashboards"
PANEL = {"title": "CPU", "type": "line", "query": "cpu"}


async def make(client: Client, **fields: Any) -> str:
    dashboard = await client.data("POST", PATH, {"name": "Web", "panels": [PANEL], **fields}, 201)
    return f"{PATH}/{dashboard['id']}"


async def test_the_history_lists_versions_newest_first(callers: Callers) -> None:
    url = await make(callers.editor)
    callers.server.clock.advance_ms(1000)
    await callers.admin.data("PUT", url, {"version": 1, "name": "renamed"})
    rows = check_list(await callers.editor.get(f"{url}/history"), schemas.DashboardHistoryEntry)
    assert [(row["version"], row["author"], row["change"]) for row in rows] == [
        (2, ADMIN, "name"),
        (1, EDITOR, "created"),
    ]
    assert rows[0]["at"] == "2026-11-25T10:00:01.000Z"
    answer = await callers.editor.get(f"{url}/history?page=2&pageSize=1")
    assert [row["version"] for row in check_list(answer, schemas.DashboardHistoryEntry)] == [1]
    check_error(await callers.editor.get(f"{url}/history?sort=name"), 400, "VALIDATION_ERROR", "sort")


async def test_history_and_restore_are_for_owner_and_admins(callers: Callers) -> None:
    url = await make(callers.admin, isPublic=True)
    for method, path in (
        ("GET", f"{url}/history"),
        ("GET", f"{url}/history/1"),
        ("POST", f"{url}/restore/1"),
    ):
        check_error(await callers.anonymous.request(method, path), 401, "UNAUTHORIZED")
        for client in (callers.viewer, callers.editor, callers.read_token, callers.ingest_token):
            check_error(await client.request(method, path), 403, "FORBIDDEN")
        own = path.replace(url, await make(callers.editor))
        for client in (callers.editor, callers.admin, callers.admin_token):
            assert (await client.request(method, own)).status_code == 200


async def test_restoring_brings_back_what_it_was_as_a_new_version(callers: Callers) -> None:
    url = await make(callers.editor)
    first = await callers.editor.data("GET", url)
    panel_id = first["panels"][0]["id"]
    await callers.editor.data("PUT", url, {"version": 1, "name": "n", "isPublic": True})
    await callers.editor.delete(f"{url}/panels/{panel_id}")
    restored = await callers.editor.data("POST", f"{url}/restore/1")
    schemas.Dashboard.model_validate(restored)
    assert restored == {**first, "version": 4, "isPublic": True}
    await callers.editor.data("PUT", f"{url}/panels/{panel_id}", {"title": "again"})


async def test_a_version_is_looked_at_before_it_is_restored(callers: Callers) -> None:
    url = await make(callers.editor)
    first = await callers.editor.data("GET", url)
    change = {"version": 1, "name": "n", "isPublic": True, "panels": [], "refreshInterval": ""}
    await callers.editor.data("PUT", url, change)
    old = await callers.editor.data("GET", f"{url}/history/1")
    schemas.Dashboard.model_validate(old)
    assert old == {**first, "isPublic": True, "updatedAt": old["updatedAt"]}
    assert (await callers.editor.data("GET", url))["version"] == 2


async def test_a_version_that_is_not_kept_is_not_found(callers: Callers) -> None:
    url = await make(callers.editor)
    for version in ("2", "0", "-1", "x", "1.0", "9" * 30, "%00", "١"):
        check_error(await callers.editor.get(f"{url}/history/{version}"), 404, "NOT_FOUND")
        check_error(await callers.editor.post(f"{url}/restore/{version}"), 404, "NOT_FOUND")
    for path in ("history", "export"):
        check_error(await callers.editor.get(f"{PATH}/none/{path}"), 404, "NOT_FOUND")
    check_error(await callers.editor.post(f"{PATH}/none/restore/1"), 404, "NOT_FOUND")
    assert (await callers.editor.data("GET", url))["version"] == 1


async def test_changes_and_restores_at_once_make_one_version_each(callers: Callers) -> None:
    url = await make(callers.editor)
    answers = await asyncio.gather(*(callers.editor.post(f"{url}/restore/1") for _ in range(10)))
    versions = sorted(answer.json()["data"]["version"] for answer in answers)
    assert versions == list(range(2, 12))
    rows = await callers.editor.data("GET", f"{url}/history")
    assert [row["version"] for row in rows] == list(range(11, 0, -1))


async def test_a_file_makes_an_equal_dashboard_of_the_one_who_imports_it(callers: Callers) -> None:
    variables = [{"name": "host", "type": "query", "query": "label_values(cpu, host)", "multi": True}]
    wish = {"isPublic": True, "description": "d", "refreshInterval": "1m", "variables": variables}
    url = await make(callers.editor, **wish)
    answer = await callers.editor.get(f"{url}/export")
    assert answer.headers["content-disposition"].startswith('attachment; filename="dashboard-')
    file = answer.json()["data"]
    schemas.DashboardFile.model_validate(file)
    for body in (file, answer.json()):
        made = await callers.admin.post(f"{PATH}/import", body)
        assert made.status_code == 201, made.text
        assert made.json()["meta"] == {"report": []}
        new, old = made.json()["data"], await callers.editor.data("GET", url)
        schemas.Dashboard.model_validate(new)
        assert new["ownerId"] != old["ownerId"]
        assert new["isPublic"] is False
        assert new["panels"][0]["id"] != old["panels"][0]["id"]
        for name in ("name", "description", "refreshInterval", "timeRange", "variables"):
            assert new[name] == old[name]
        again = await callers.admin.get(f"{PATH}/{new['id']}/export")
        assert again.json()["data"] == file
        (row,) = await callers.admin.data("GET", f"{PATH}/{new['id']}/history")
        assert row["change"] == "imported"


async def test_what_is_left_out_is_in_the_report(callers: Callers) -> None:
    file = (await callers.editor.get(f"{await make(callers.editor)}/export")).json()["data"]
    file["dashboard"]["panels"].append({**PANEL, "title": "Pie", "type": "pie"})
    answer = await callers.editor.post(f"{PATH}/import", file)
    (fault,) = answer.json()["meta"]["report"]
    schemas.ImportFault.model_validate(fault)
    assert (fault["panel"], fault["field"]) == ("Pie", "dashboard.panels[1].type")
    assert len(answer.json()["data"]["panels"]) == 1


async def test_export_and_import_are_for_editors(callers: Callers) -> None:
    url = await make(callers.admin)
    public = await make(callers.admin, isPublic=True)
    file = (await callers.admin.get(f"{url}/export")).json()
    for method, path, body in (("GET", f"{public}/export", None), ("POST", f"{PATH}/import", file)):
        check_error(await callers.anonymous.request(method, path, body), 401, "UNAUTHORIZED")
        for client in (callers.viewer, callers.read_token, callers.ingest_token):
            check_error(await client.request(method, path, body), 403, "FORBIDDEN")
    check_error(await callers.editor.get(f"{url}/export"), 403, "FORBIDDEN")
    assert (await callers.editor.get(f"{public}/export")).status_code == 200


@pytest.mark.parametrize("body", [{}, {"data": {}}, {"name": "x"}, {"title": "x", "schemaVersion": 39}])
async def test_what_is_no_dashboard_is_refused(callers: Callers, body: dict[str, Any]) -> None:
    check_error(await callers.editor.post(f"{PATH}/import", body), 400, "VALIDATION_ERROR")
    assert await callers.editor.data("GET", PATH) == []


GRAFANA_PANEL = {"type": "timeseries", "title": "<b>CPU</b>", "targets": [{"expr": 'cpu{host=~"$host"}'}]}
GRAFANA = {
    "schemaVersion": 40,
    "title": "Hosts",
    "panels": [GRAFANA_PANEL, {"type": "news", "title": "Notes", "options": {}}],
    "templating": {"list": [{"name": "host", "type": "query", "query": "label_values(cpu, host)"}]},
}


@pytest.mark.parametrize("body", [GRAFANA, {"dashboard": GRAFANA, "overwrite": True}])
async def test_a_dashboard_of_grafana_becomes_one_of_ours(callers: Callers, body: dict[str, Any]) -> None:
    answer = await callers.editor.post(f"{PATH}/import", body)
    assert answer.status_code == 201, answer.text
    made = answer.json()["data"]
    schemas.Dashboard.model_validate(made)
    assert (made["name"], made["isPublic"]) == ("Hosts", False)
    (panel,) = made["panels"]
    assert panel["title"] == "<b>CPU</b>"
    assert panel["query"] == [{"query": 'cpu{host=~"$host"}'}]
    assert panel["position"] == {"x": 0, "y": 0, "w": 6, "h": 4}
    assert made["variables"] == [{"name": "host", "type": "query", "query": "label_values(cpu, host)"}]
    (fault,) = answer.json()["meta"]["report"]
    schemas.ImportFault.model_validate(fault)
    assert fault["panel"] == "Notes"
    assert fault["field"].endswith("panels[1].type")
    again = await callers.editor.post(f"{PATH}/import", body)
    assert again.json()["data"]["id"] != made["id"], "trap B129: the same file twice is two dashboards"


async def test_a_broken_dashboard_of_grafana_is_refused_or_told(callers: Callers) -> None:
    panels: list[Any] = [1, {"targets": 7}, {"gridPos": "x", "type": [], "targets": [{"expr": {}}, None]}]
    answer = await callers.editor.post(f"{PATH}/import", {"title": "x", "panels": panels})
    assert answer.status_code == 201, answer.text
    fields = [fault["field"] for fault in answer.json()["meta"]["report"]]
    assert {"panels[0]", "panels[1].targets", "panels[2].targets[0].expr", "panels[2].targets[1]"} <= set(
        fields
    )
    many = {**GRAFANA, "panels": [GRAFANA_PANEL] * 5_000}
    assert len((await callers.editor.post(f"{PATH}/import", many)).json()["data"]["panels"]) == 200
    refused = await callers.editor.post(f"{PATH}/import", {"title": "x", "schemaVersion": 40, "panels": {}})
    check_error(refused, 400, "VALIDATION_ERROR", "panels")
