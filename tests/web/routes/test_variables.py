"""What a dashboard's variables offer."""

from typing import Any

import pytest

from metricbox.web.variable_schemas import VariableOptions
from tests.support.api import Callers, Client, check_error
from tests.support.queries import fill_hosts

DASHBOARDS = "/api/v1/dashboards"
DC: dict[str, Any] = {
    "name": "dc",
    "type": "query",
    "query": {"metric": "cpu", "label": "dc"},
    "includeAll": True,
}
HOST: dict[str, Any] = {
    "name": "host",
    "type": "query",
    "query": {"metric": "cpu", "label": "host", "matchers": [{"name": "dc", "op": "=~", "value": "$dc"}]},
    "multi": True,
}
TEXT = {"name": "text", "type": "text", "current": "saved"}


async def make(owner: Client, variables: list[dict[str, Any]], **more: Any) -> str:
    made = await owner.data("POST", DASHBOARDS, {"name": "d", "variables": variables, **more}, 201)
    assert made["variables"] == variables
    return f"{DASHBOARDS}/{made['id']}/variables/values"


async def ask(client: Client, path: str, **chosen: Any) -> dict[str, tuple[list[str], list[str]]]:
    data = await client.data("POST", path, {"variables": chosen})
    for one in data.values():
        VariableOptions.model_validate(one)
    return {name: (one["values"], one["current"]) for name, one in data.items()}


async def test_values_are_those_of_the_data(callers: Callers) -> None:
    fill_hosts(callers.server)
    path = await make(callers.editor, [HOST, DC, TEXT])
    assert await ask(callers.editor, path) == {
        "host": (["a", "b", "c", "d"], ["a"]),
        "dc": (["x", "y"], ["$__all"]),
        "text": ([], ["saved"]),
    }
    assert await callers.editor.data("POST", path) == await callers.editor.data("POST", path, {})


async def test_a_chain_follows_the_choice_and_drops_what_is_gone(callers: Callers) -> None:
    fill_hosts(callers.server)
    path = await make(callers.editor, [HOST, DC])
    assert (await ask(callers.editor, path, dc="y", host=["a", "b"]))["host"] == (["c"], ["c"])
    assert (await ask(callers.editor, path, dc="x", host=["b", "c"]))["host"] == (["a", "b"], ["b"])
    assert (await ask(callers.editor, path, dc="gone"))["dc"] == (["x", "y"], ["$__all"])
    # An unknown name may stand in an old link.
    assert set(await ask(callers.editor, path, nobody="x")) == {"host", "dc"}


async def test_who_sees_the_dashboard_sees_what_it_offers(callers: Callers) -> None:
    fill_hosts(callers.server)
    private = await make(callers.editor, [HOST, DC, TEXT])
    check_error(await callers.anonymous.post(private, {}), 401, "UNAUTHORIZED")
    check_error(await callers.viewer.post(private, {}), 403, "FORBIDDEN")
    check_error(await callers.anonymous.post(f"{DASHBOARDS}/none/variables/values", {}), 401, "UNAUTHORIZED")
    check_error(await callers.viewer.post(f"{DASHBOARDS}/none/variables/values", {}), 404, "NOT_FOUND")
    public = await make(callers.editor, [HOST, DC, TEXT], isPublic=True)
    assert (await ask(callers.viewer, public, text="mine"))["text"] == ([], ["mine"])
    for client in (callers.anonymous, callers.ingest_token):
        assert await ask(client, public, dc="y", text="mine") == {
            "host": (["c"], ["c"]),
            "dc": (["x", "y"], ["y"]),
            "text": ([], ["saved"]),
        }


async def test_a_question_is_not_quoted_to_the_public(callers: Callers) -> None:
    wish = [{"name": "v", "type": "query", "query": 'label_values({__name__=~"canary${text:raw}"}, host)'}]
    path = await make(callers.editor, [*wish, {**TEXT, "current": "("}], isPublic=True)
    answer = await callers.anonymous.post(path, {})
    check_error(answer, 400, "VALIDATION_ERROR")
    assert "canary" not in answer.text
    assert "canary" in (await callers.editor.post(path, {})).text


@pytest.mark.parametrize(
    ("body", "field"),
    [({"variables": {"dc": 1}}, "variables.dc"), ({"variables": []}, "variables"), ({"x": 1}, "x")],
)
async def test_bad_bodies(callers: Callers, body: Any, field: str) -> None:
    path = await make(callers.editor, [DC])
    check_error(await callers.editor.post(path, body), 400, "VALIDATION_ERROR", field)


# ---- of a variable that is not saved


async def preview_path(owner: Client) -> str:
    return (await make(owner, [DC])).replace("values", "preview")


async def test_a_preview_lists_what_a_variable_would_offer(callers: Callers) -> None:
    fill_hosts(callers.server)
    path = await preview_path(callers.editor)
    body = {"name": "host", "variables": [HOST, DC]}
    assert await callers.editor.data("POST", path, body) == {"values": ["a", "b", "c", "d"], "current": ["a"]}
    chained = await callers.editor.data("POST", path, {**body, "chosen": {"dc": "y"}})
    assert chained == {"values": ["c"], "current": ["c"]}
    regex = {**HOST, "regex": "[ab]", "sort": "desc", "includeAll": True}
    found = await callers.admin.data("POST", path, {"name": "host", "variables": [DC, regex]})
    assert found == {"values": ["b", "a"], "current": ["$__all"]}
    saved = await callers.editor.data("GET", path.removesuffix("/variables/preview"))
    assert saved["variables"] == [DC], "nothing is saved"
    assert saved["version"] == 1


async def test_who_may_not_change_the_dashboard_sees_no_preview(callers: Callers) -> None:
    body = {"name": "dc", "variables": [DC]}
    path = await preview_path(callers.editor)
    check_error(await callers.anonymous.post(path, body), 401, "UNAUTHORIZED")
    check_error(await callers.viewer.post(path, body), 403, "FORBIDDEN")
    check_error(await callers.editor.post(await preview_path(callers.admin), body), 403, "FORBIDDEN")
    check_error(await callers.editor.post(f"{DASHBOARDS}/none/variables/preview", body), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "host", "variables": [DC]}, "name"),
        ({"name": "host", "variables": [HOST]}, "variables[0].query"),
        ({"name": "dc", "variables": [DC, DC]}, "variables[1].name"),
        ({"name": "dc", "variables": [{**DC, "regex": "("}]}, "variables[0].regex"),
        ({"name": "dc", "variables": []}, "variables"),
        ({"variables": [DC]}, "name"),
    ],
)
async def test_what_cannot_be_previewed_is_told_at_its_field(callers: Callers, body: Any, field: str) -> None:
    path = await preview_path(callers.editor)
    check_error(await callers.editor.post(path, body), 400, "VALIDATION_ERROR", field)
