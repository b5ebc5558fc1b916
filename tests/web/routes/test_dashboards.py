"""Dashboards and panels."""

import asyncio
from typing import Any

import pytest

from metricbox.web import schemas
from tests.support.api import Callers, Client, check_error, check_list

PATH = "/api/v1/dashboards"
PANEL = {"title": "CPU", "type": "line", "query": "cpu"}
LINK = "panels[0].options.links[0].url"
HOST = {"name": "host", "type": "query", "query": "label_values(cpu, host)"}


async def _make(client: Client, **fields: Any) -> dict[str, Any]:
    dashboard: dict[str, Any] = await client.data("POST", PATH, {"name": "Web servers", **fields}, 201)
    return dashboard


async def test_editors_create_dashboards(callers: Callers) -> None:
    wish = {"name": "Web servers"}
    check_error(await callers.anonymous.post(PATH, wish), 401, "UNAUTHORIZED")
    for client in (callers.viewer, callers.ingest_token, callers.read_token):
        check_error(await client.post(PATH, wish), 403, "FORBIDDEN")
    made = await _make(callers.editor, description="8 hosts", isPublic=True)
    schemas.Dashboard.model_validate(made)
    assert made["version"] == 1
    assert (made["name"], made["description"], made["isPublic"]) == ("Web servers", "8 hosts", True)
    assert made["createdAt"] == made["updatedAt"] == "2026-11-25T10:00:00.000Z"
    assert await callers.editor.data("GET", f"{PATH}/{made['id']}") == made
    await _make(callers.admin_token)


async def test_a_dashboard_can_be_made_whole(callers: Callers) -> None:
    made = await _make(
        callers.editor,
        panels=[{**PANEL, "position": {"x": 6, "y": 2, "w": 6, "h": 3}}, PANEL],
        variables=[HOST],
        refreshInterval="1m",
        timeRange={"from": "now-6h", "to": "now"},
    )
    assert [panel["position"] for panel in made["panels"]] == [
        {"x": 6, "y": 2, "w": 6, "h": 3},
        {"x": 0, "y": 5, "w": 6, "h": 4},
    ]
    assert made["timeRange"] == {"from": "now-6h", "to": "now"}
    assert made["variables"] == [HOST]


async def test_lists_hold_own_and_public_ones_and_all_for_admins(callers: Callers) -> None:
    await _make(callers.editor, name="private")
    await _make(callers.editor, name="public", isPublic=True)
    names = {}
    for who in ("viewer", "read_token", "editor", "admin"):
        rows = check_list(await getattr(callers, who).get(PATH), schemas.Dashboard)
        names[who] = [row["name"] for row in rows]
    assert names == {
        "viewer": ["public"],
        "read_token": ["public"],
        "editor": ["public", "private"],
        "admin": ["public", "private", "This box"],
    }
    check_error(await callers.anonymous.get(PATH), 401, "UNAUTHORIZED")
    check_error(await callers.ingest_token.get(PATH), 403, "FORBIDDEN")
    sorted_names = [row["name"] for row in await callers.admin.data("GET", f"{PATH}?sort=name&search=p")]
    assert sorted_names == ["private", "public", "This box"]


async def test_a_private_dashboard_is_seen_by_owner_and_admins_only(callers: Callers) -> None:
    made = await _make(callers.editor)
    url = f"{PATH}/{made['id']}"
    for client in (callers.editor, callers.admin, callers.admin_token):
        assert (await client.get(url)).status_code == 200
    for client in (callers.viewer, callers.read_token, callers.ingest_token):
        check_error(await client.get(url), 403, "FORBIDDEN")
    hidden = check_error(await callers.anonymous.get(url), 401, "UNAUTHORIZED")
    absent = check_error(await callers.anonymous.get(f"{PATH}/none"), 401, "UNAUTHORIZED")
    assert hidden == absent
    check_error(await callers.viewer.get(f"{PATH}/none"), 404, "NOT_FOUND")


async def test_a_public_dashboard_is_seen_by_all(callers: Callers) -> None:
    made = await _make(callers.editor, isPublic=True)
    for client in (callers.anonymous, callers.viewer, callers.read_token, callers.ingest_token):
        assert await client.data("GET", f"{PATH}/{made['id']}") == made
    stale = callers.server.client(token="mbx_ended")
    assert (await stale.get(f"{PATH}/{made['id']}")).status_code == 200


async def test_only_owner_and_admins_change_it(callers: Callers) -> None:
    """Trap B166."""
    made = await _make(callers.admin, isPublic=True, panels=[PANEL])
    url, panel_url = f"{PATH}/{made['id']}", f"{PATH}/{made['id']}/panels"
    requests = (
        ("PUT", url, {"version": 1, "name": "taken"}),
        ("DELETE", url, None),
        ("POST", panel_url, PANEL),
        ("PUT", f"{panel_url}/{made['panels'][0]['id']}", {"title": "taken"}),
        ("DELETE", f"{panel_url}/{made['panels'][0]['id']}", None),
    )
    for method, path, body in requests:
        check_error(await callers.anonymous.request(method, path, body), 401, "UNAUTHORIZED")
        for client in (callers.viewer, callers.editor, callers.read_token, callers.ingest_token):
            check_error(await client.request(method, path, body), 403, "FORBIDDEN")
    assert await callers.admin.data("GET", url) == made


async def test_put_changes_the_named_fields_only(callers: Callers) -> None:
    made = await _make(callers.editor, description="old", panels=[PANEL])
    url = f"{PATH}/{made['id']}"
    callers.server.clock.advance_ms(1000)
    changed = await callers.editor.data("PUT", url, {"version": 1, "name": "new", "refreshInterval": "off"})
    assert changed == {
        **made,
        "name": "new",
        "refreshInterval": "",
        "version": 2,
        "updatedAt": "2026-11-25T10:00:01.000Z",
    }
    cleared = await callers.editor.data("PUT", url, {"version": 2, "description": None, "isPublic": True})
    assert (cleared["description"], cleared["isPublic"], cleared["name"]) == ("", True, "new")


async def test_a_change_on_an_older_version_conflicts(callers: Callers) -> None:
    url = f"{PATH}/{(await _make(callers.editor))['id']}"
    await callers.editor.data("PUT", url, {"version": 1, "name": "first"})
    answer = await callers.editor.put(url, {"version": 1, "name": "second"})
    check_error(answer, 409, "CONFLICT", "version")
    assert answer.json()["details"] == [{"field": "version", "message": "the current version is 2"}]
    check_error(await callers.editor.put(url, {"name": "third"}), 400, "VALIDATION_ERROR", "version")
    assert (await callers.editor.data("GET", url))["name"] == "first"


async def test_of_changes_at_once_exactly_one_gets_through(callers: Callers) -> None:
    url = f"{PATH}/{(await _make(callers.editor))['id']}"
    wishes = [{"version": 1, "name": f"name {number}"} for number in range(10)]
    answers = await asyncio.gather(*(callers.editor.put(url, wish) for wish in wishes))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9


async def test_layout_and_panel_positions_are_one(callers: Callers) -> None:
    made = await _make(callers.editor, panels=[PANEL, PANEL])
    url = f"{PATH}/{made['id']}"
    first, second = (panel["id"] for panel in made["panels"])
    assert [item["i"] for item in made["layout"]] == [first, second]
    place = {"x": 0, "y": 20, "w": 12, "h": 5}
    moved = await callers.editor.data("PUT", url, {"version": 1, "layout": [{"i": first, **place}]})
    assert [(panel["id"], panel["position"]) for panel in moved["panels"]][1] == (first, place)
    assert moved["layout"][1] == {"i": first, **place}
    back = {"x": 0, "y": 0, "w": 2, "h": 2}
    answer = await callers.editor.put(f"{url}/panels/{first}", {"position": back})
    assert answer.json()["meta"] == {"version": 3}
    assert (await callers.editor.data("GET", url))["layout"][0] == {"i": first, **back}


async def test_a_layout_names_panels_of_the_dashboard_once(callers: Callers) -> None:
    made = await _make(callers.editor, panels=[PANEL])
    item = {"i": made["panels"][0]["id"], "x": 0, "y": 0, "w": 1, "h": 1}
    for layout, field in (
        ([item, {**item, "i": "unknown"}], "layout[1].i"),
        ([item, item], "layout[1].i"),
        ([{**item, "x": 11, "w": 2}], "layout[0]"),
        ([{**item, "w": 0}], "layout[0].w"),
    ):
        answer = await callers.editor.put(f"{PATH}/{made['id']}", {"version": 1, "layout": layout})
        check_error(answer, 400, "VALIDATION_ERROR", field)


async def test_panels_come_and_go_and_each_makes_a_version(callers: Callers) -> None:
    url = f"{PATH}/{(await _make(callers.editor))['id']}"
    queries = [{"query": "cpu", "legend": "{{host}}", "aggregation": "avg", "groupBy": []}]
    wish = {"type": "area", "query": queries, "options": {"unit": "ratio", "stack": True, "max": None}}
    answer = await callers.editor.post(f"{url}/panels", wish)
    assert answer.status_code == 201
    panel = answer.json()["data"]
    schemas.Panel.model_validate(panel)
    assert answer.json()["meta"] == {"version": 2}
    assert (panel["query"], panel["title"]) == (queries, "")
    assert panel["options"] == {"unit": "ratio", "stack": True}
    changed = await callers.editor.data(
        "PUT", f"{url}/panels/{panel['id']}", {"title": "CPU", "query": "cpu"}
    )
    assert changed == {**panel, "title": "CPU", "query": "cpu"}
    assert (await callers.editor.delete(f"{url}/panels/{panel['id']}")).status_code == 204
    dashboard = await callers.editor.data("GET", url)
    assert (dashboard["panels"], dashboard["layout"], dashboard["version"]) == ([], [], 4)
    check_error(await callers.editor.delete(f"{url}/panels/{panel['id']}"), 404, "NOT_FOUND")
    check_error(await callers.editor.put(f"{url}/panels/{panel['id']}", {}), 404, "NOT_FOUND")


async def test_a_panel_is_reached_through_its_own_dashboard_only(callers: Callers) -> None:
    own = await _make(callers.editor)
    other = await _make(callers.admin, panels=[PANEL])
    url = f"{PATH}/{own['id']}/panels/{other['panels'][0]['id']}"
    check_error(await callers.editor.delete(url), 404, "NOT_FOUND")
    check_error(await callers.editor.put(url, {"title": "taken"}), 404, "NOT_FOUND")


async def test_deleting_takes_the_panels_along(callers: Callers) -> None:
    made = await _make(callers.editor, panels=[PANEL])
    url = f"{PATH}/{made['id']}"
    assert (await callers.editor.delete(url)).status_code == 204
    check_error(await callers.editor.get(url), 404, "NOT_FOUND")
    check_error(await callers.editor.post(f"{url}/panels", PANEL), 404, "NOT_FOUND")
    check_error(await callers.editor.delete(url), 404, "NOT_FOUND")


async def test_a_dashboard_has_room_for_200_panels(callers: Callers) -> None:
    made = await _make(callers.editor, panels=[PANEL] * 200)
    check_error(await callers.editor.post(f"{PATH}/{made['id']}/panels", PANEL), 422, "LIMIT_EXCEEDED")
    check_error(
        await callers.editor.post(PATH, {"name": "x", "panels": [PANEL] * 201}),
        400,
        "VALIDATION_ERROR",
        "panels",
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": 7}, "name"),
        ({"isPublic": 1}, "isPublic"),
        ({"is_public": True}, "is_public"),
        ({"refreshInterval": "often"}, "refreshInterval"),
        ({"refreshInterval": "10ms"}, "refreshInterval"),
        ({"timeRange": {"from": "yesterday", "to": "now"}}, "timeRange.from"),
        ({"timeRange": {"from": "now-1h"}}, "timeRange.to"),
        ({"variables": {}}, "variables"),
        ({"variables": [{"name": "host"}]}, "variables[0].type"),
        ({"variables": [HOST, HOST]}, "variables[1].name"),
        ({"panels": [{"type": "pie", "query": "cpu"}]}, "panels[0].type"),
        ({"panels": [{"type": "line"}]}, "panels[0].query"),
        ({"panels": [{"type": "line", "query": 1}]}, "panels[0].query"),
        ({"panels": [{"type": "line", "query": []}]}, "panels[0].query"),
        ({"panels": [{"type": "line", "query": [{"query": ""}]}]}, "panels[0].query[0].query"),
        ({"panels": [{"type": "line", "query": None}]}, "panels[0].query"),
        ({"panels": [{**PANEL, "options": {"min": "0"}}]}, "panels[0].options.min"),
        ({"panels": [{**PANEL, "options": {"links": [{"title": "x", "url": "javascript:1"}]}}]}, LINK),
        ({"panels": [{**PANEL, "options": {"links": [{"title": "x", "url": "//evil.example"}]}}]}, LINK),
        ({"panels": [{**PANEL, "options": {"links": [{"title": "x", "url": "/\\\\evil.example"}]}}]}, LINK),
        ({"panels": [{**PANEL, "position": {"x": 0, "y": 0, "w": 13, "h": 1}}]}, "panels[0].position.w"),
        ({"panels": [{**PANEL, "position": {"x": -1, "y": 0, "w": 1, "h": 1}}]}, "panels[0].position.x"),
    ],
)
async def test_bad_input_is_named(callers: Callers, body: dict[str, object], field: str) -> None:
    answer = await callers.editor.post(PATH, {"name": "x", **body})
    check_error(answer, 400, "VALIDATION_ERROR", field)


async def test_no_panel_is_put_below_the_last_row(callers: Callers) -> None:
    lowest = {**PANEL, "position": {"x": 0, "y": 10_000, "w": 6, "h": 1}}
    made = await _make(callers.editor, panels=[lowest])
    answer = await callers.editor.post(f"{PATH}/{made['id']}/panels", PANEL)
    assert "10000 rows" in check_error(answer, 422, "LIMIT_EXCEEDED")
    await callers.editor.data("POST", f"{PATH}/{made['id']}/panels", lowest, 201)


async def test_hostile_names_come_back_as_they_were_sent(callers: Callers) -> None:
    name = "<script>alert(1)</script> \u202e \x00 ' \" ; -- 🎉"
    made = await _make(callers.editor, name=name, panels=[{**PANEL, "title": name}])
    read = await callers.editor.data("GET", f"{PATH}/{made['id']}")
    assert (read["name"], read["panels"][0]["title"]) == (name, name)
    assert len(await callers.editor.data("GET", f"{PATH}?search=ALERT")) == 1


@pytest.mark.parametrize("field", ["name", "isPublic", "layout"])
async def test_null_is_refused_where_it_means_nothing(callers: Callers, field: str) -> None:
    made = await _make(callers.editor)
    answer = await callers.editor.put(f"{PATH}/{made['id']}", {"version": 1, field: None})
    assert "must not be null" in check_error(answer, 400, "VALIDATION_ERROR", field)


async def test_null_sets_back_to_what_a_new_dashboard_has(callers: Callers) -> None:
    made = await _make(
        callers.editor,
        description="d",
        variables=[{"name": "v", "type": "text"}],
        refreshInterval="1m",
        timeRange={"from": "now-1d", "to": "now"},
        panels=[{**PANEL, "options": {"min": 0}}],
    )
    wish = dict.fromkeys(("description", "variables", "refreshInterval", "timeRange"))
    changed = await callers.editor.data("PUT", f"{PATH}/{made['id']}", {"version": 1, **wish})
    assert (changed["description"], changed["variables"], changed["refreshInterval"]) == ("", [], "30s")
    assert changed["timeRange"] == {"from": "now-1h", "to": "now"}
    url = f"{PATH}/{made['id']}/panels/{made['panels'][0]['id']}"
    panel = await callers.editor.data("PUT", url, {"title": None, "options": None})
    assert (panel["title"], panel["options"]) == ("", {})
    for field in ("type", "query", "position"):
        answer = await callers.editor.put(url, {field: None})
        assert "must not be null" in check_error(answer, 400, "VALIDATION_ERROR", field)


async def test_panels_without_numbers_need_no_query(callers: Callers) -> None:
    made = await _make(
        callers.editor,
        panels=[
            {"type": "row", "title": "Disks", "options": {"isCollapsed": True, "repeat": "host"}},
            {"type": "text", "options": {"content": "# Who to call"}},
        ],
    )
    assert [(panel["type"], panel["query"]) for panel in made["panels"]] == [("row", None), ("text", None)]
    assert made["panels"][0]["options"] == {"isCollapsed": True, "repeat": "host"}


async def _put(client: Client, dashboard: dict[str, Any], **fields: Any) -> dict[str, Any]:
    path = f"{PATH}/{dashboard['id']}"
    changed: dict[str, Any] = await client.data("PUT", path, {"version": dashboard["version"], **fields})
    return changed


def _saved(panel: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {name: value for name, value in panel.items() if name != "dashboardId"} | fields


async def test_one_put_replaces_all_panels_and_keeps_their_ids(callers: Callers) -> None:
    made = await _make(callers.editor, panels=[PANEL, {**PANEL, "title": "Load"}])
    cpu, load = made["panels"]
    own_id = "0b1e6a3e-2f63-4a5e-9c68-5f6f0a1d2c3b"
    moved = _saved(cpu, position={"x": 6, "y": 0, "w": 6, "h": 3}, title="CPU %")
    changed = await _put(
        callers.editor, made, panels=[moved, {**PANEL, "title": "Disk", "id": own_id}, PANEL]
    )
    assert changed["version"] == made["version"] + 1
    by_id = {panel["id"]: panel for panel in changed["panels"]}
    assert load["id"] not in by_id
    assert (by_id[cpu["id"]]["title"], by_id[cpu["id"]]["position"]["x"]) == ("CPU %", 6)
    assert by_id[own_id]["title"] == "Disk"
    assert len(by_id) == 3
    (newest, _) = (await callers.editor.data("GET", f"{PATH}/{made['id']}/history"))[:2]
    assert newest["change"] == (
        "layout; panel CPU %: title; panel Disk added; panel CPU added; panel Load removed"
    )
    # What went comes back under its id: undo.
    back = await _put(callers.editor, changed, panels=[_saved(cpu), _saved(load)])
    assert back["panels"] == made["panels"]
    assert (await _put(callers.editor, back, panels=[]))["panels"] == []


async def test_panels_of_one_put_are_checked_as_a_whole(callers: Callers) -> None:
    other = await _make(callers.editor, panels=[PANEL])
    made = await _make(callers.editor, panels=[PANEL])
    cpu = _saved(made["panels"][0])
    cases: list[tuple[dict[str, Any], str]] = [
        ({"panels": [cpu, cpu]}, "panels[1].id"),
        ({"panels": [cpu, _saved(other["panels"][0])]}, "panels[1].id"),
        ({"panels": [{**cpu, "id": "x"}]}, "panels[0].id"),
        ({"panels": None}, "panels"),
        ({"panels": [cpu], "layout": [{"i": cpu["id"], **cpu["position"]}]}, "layout"),
    ]
    path = f"{PATH}/{made['id']}"
    for body, field in cases:
        answer = await callers.editor.put(path, {"version": made["version"], **body})
        check_error(answer, 400, "VALIDATION_ERROR", field)
    answer = await callers.editor.put(path, {"version": made["version"], "panels": [PANEL] * 201})
    check_error(answer, 400, "VALIDATION_ERROR", "panels")
    assert await callers.editor.data("GET", path) == made
    assert await callers.editor.data("GET", f"{PATH}/{other['id']}") == other
