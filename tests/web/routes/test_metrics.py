"""What metrics there are, with which tags and values."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from metricbox.web import schemas
from tests.support.api import Callers, Server, check_error, check_list
from tests.support.stores import NOW_MS, push

PATH = "/api/v1/metrics"


def fill(server: Server, name: str, **tags: str) -> None:
    push(server.context.store, name, tags, [(NOW_MS, 1.0)])


def fill_hosts(server: Server) -> None:
    for host, dc in (("b", "x"), ("a", "x"), ("c", "y"), ("Ünit 1/2", "")):
        fill(server, "cpu", host=host, dc=dc)


def tags_of(name: str, key: str = "") -> str:
    return f"{PATH}/{quote(name, safe='')}/tags" + (f"/{quote(key, safe='')}" if key else "")


def check_values(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body) == {"data", "meta"}
    assert set(body["meta"]) == {"total", "page", "pageSize", "counts"}
    assert len(body["meta"]["counts"]) == len(body["data"])
    return list(body["data"])


@pytest.mark.parametrize("path", [PATH, f"{PATH}/cpu/tags", f"{PATH}/cpu/tags/host", f"{PATH}/unknown/tags"])
async def test_metrics_are_shown_to_those_who_may_read(callers: Callers, path: str) -> None:
    fill_hosts(callers.server)
    check_error(await callers.anonymous.get(path), 401, "UNAUTHORIZED")
    check_error(await callers.ingest_token.get(path), 403, "FORBIDDEN")
    expected = 404 if "unknown" in path else 200
    for client in (callers.viewer, callers.editor, callers.admin, callers.read_token, callers.admin_token):
        assert (await client.get(path)).status_code == expected


async def test_the_list_names_every_metric_once(callers: Callers) -> None:
    assert check_list(await callers.viewer.get(PATH), schemas.MetricDefinition) == []
    fill_hosts(callers.server)
    fill(callers.server, "a.b", host="a")
    rows = check_list(await callers.viewer.get(PATH), schemas.MetricDefinition)
    assert [(row["name"], row["seriesCount"], row["type"]) for row in rows] == [
        ("a.b", 1, "unknown"),
        ("cpu", 4, "unknown"),
    ]


async def test_the_list_is_searched_and_paged(callers: Callers) -> None:
    for number in range(5):
        fill(callers.server, f"Disk_{number}")
    fill(callers.server, "cpu")
    answer = await callers.viewer.get(f"{PATH}?search=dISk_&page=2&pageSize=2")
    assert [row["name"] for row in check_list(answer, schemas.MetricDefinition)] == ["Disk_2", "Disk_3"]
    assert answer.json()["meta"] == {"total": 5, "page": 2, "pageSize": 2}
    for search, count in (("%25", 0), ("_", 5), (".*", 0), ("4", 1)):
        answer = await callers.viewer.get(f"{PATH}?search={search}")
        assert len(check_list(answer, schemas.MetricDefinition)) == count, search
    assert check_list(await callers.viewer.get(f"{PATH}?page=9"), schemas.MetricDefinition) == []


async def test_what_begins_as_searched_comes_first(callers: Callers) -> None:
    for name in ("a_up", "UP", "up_time", "up", "b_up"):
        fill(callers.server, name)
    rows = check_list(await callers.viewer.get(f"{PATH}?search=up"), schemas.MetricDefinition)
    assert [row["name"] for row in rows] == ["up", "UP", "up_time", "a_up", "b_up"]
    rows = check_list(
        await callers.viewer.get(f"{PATH}?search=up&pageSize=2&page=2"), schemas.MetricDefinition
    )
    assert [row["name"] for row in rows] == ["up_time", "a_up"]


async def test_the_list_is_sorted_as_wished(callers: Callers) -> None:
    fill_hosts(callers.server)
    for name in ("b_cpu", "a_cpu"):
        fill(callers.server, name)
    for sort, expected in (
        ("name", ["a_cpu", "b_cpu", "cpu"]),
        ("-name", ["cpu", "b_cpu", "a_cpu"]),
        ("seriesCount", ["a_cpu", "b_cpu", "cpu"]),
        ("-seriesCount", ["cpu", "a_cpu", "b_cpu"]),
        ("", ["cpu", "a_cpu", "b_cpu"]),
    ):
        answer = await callers.viewer.get(f"{PATH}?search=cpu&sort={sort}")
        assert [row["name"] for row in check_list(answer, schemas.MetricDefinition)] == expected, sort
    for sort in ("type", "--name", "NAME", "-"):
        check_error(await callers.viewer.get(f"{PATH}?sort={sort}"), 400, "VALIDATION_ERROR", "sort")


# ---- the tree of names

TREE = "/api/v1/metric-tree"


async def test_the_tree_is_shown_to_those_who_may_read(callers: Callers) -> None:
    fill_hosts(callers.server)
    check_error(await callers.anonymous.get(TREE), 401, "UNAUTHORIZED")
    check_error(await callers.ingest_token.get(TREE), 403, "FORBIDDEN")
    for client in (callers.viewer, callers.editor, callers.admin, callers.read_token, callers.admin_token):
        assert (await client.get(TREE)).status_code == 200


async def test_the_tree_goes_from_branch_to_branch(callers: Callers) -> None:
    assert check_list(await callers.viewer.get(TREE), schemas.MetricBranch) == []
    for name in ("node_load1", "node_load5", "tree", "a/b:c", "a/b:d"):
        fill(callers.server, name, host="a")
    rows = check_list(await callers.viewer.get(TREE), schemas.MetricBranch)
    assert [(row["prefix"], row["count"]) for row in rows] == [("a/b:", 2), ("node_", 2), ("tree", 1)]
    assert rows[0]["metric"] is None
    assert rows[2]["metric"] == {
        "name": "tree", "type": "unknown", "unit": "", "description": "", "seriesCount": 1,
    }  # fmt: skip
    answer = await callers.viewer.get(f"{TREE}?prefix=node_&page=2&pageSize=1")
    assert [row["prefix"] for row in check_list(answer, schemas.MetricBranch)] == ["node_load5"]
    assert answer.json()["meta"] == {"total": 2, "page": 2, "pageSize": 1}
    for prefix in ("none", "%FF", "Ü", "x" * 255):
        assert check_list(await callers.viewer.get(f"{TREE}?prefix={prefix}"), schemas.MetricBranch) == []


@pytest.mark.parametrize(
    ("arguments", "field"),
    [(f"prefix={'x' * 256}", "prefix"), ("prefix=a&prefix=b", "prefix"), ("pageSize=201", "pageSize")],
)
async def test_a_bad_wish_for_the_tree_is_named(callers: Callers, arguments: str, field: str) -> None:
    check_error(await callers.viewer.get(f"{TREE}?{arguments}"), 400, "VALIDATION_ERROR", field)


async def test_tags_are_counted_by_series(callers: Callers) -> None:
    fill_hosts(callers.server)
    answer = await callers.viewer.get(tags_of("cpu"))
    assert answer.json() == {"data": {"dc": 3, "host": 4}}
    fill(callers.server, "bare")
    assert await callers.viewer.data("GET", tags_of("bare")) == {}


async def test_values_of_a_tag_are_listed_searched_and_paged(callers: Callers) -> None:
    fill_hosts(callers.server)
    assert check_values(await callers.viewer.get(tags_of("cpu", "dc"))) == ["x", "y"]
    url = tags_of("cpu", "host")
    assert check_values(await callers.viewer.get(url)) == ["a", "b", "c", "Ünit 1/2"]
    assert check_values(await callers.viewer.get(f"{url}?search={quote('üNIT')}")) == ["Ünit 1/2"]
    assert check_values(await callers.viewer.get(f"{url}?search=.*")) == []
    answer = await callers.viewer.get(f"{url}?page=2&pageSize=3")
    assert check_values(answer) == ["Ünit 1/2"]
    assert answer.json()["meta"] == {"total": 4, "page": 2, "pageSize": 3, "counts": [1]}
    assert (await callers.viewer.get(tags_of("cpu", "dc"))).json()["meta"]["counts"] == [2, 1]
    assert check_values(await callers.viewer.get(tags_of("cpu", "rack"))) == []


async def test_names_of_every_form_stand_in_the_path(callers: Callers) -> None:
    """Percent-encoded, a name may hold what divides a path, and words that are paths of their own."""
    names = ["a.b", "a-b", "a:b", ":a", "a/b", "a/tags", "tags", "tags/tags", "a//b", "a/../b", "a/."]
    for index, name in enumerate([*names, "x" * 255]):
        fill(callers.server, name, **{"k.e-y": f"v{index}", "tags": "t"})
        assert await callers.viewer.data("GET", tags_of(name)) == {"k.e-y": 1, "tags": 1}, name
        assert check_values(await callers.viewer.get(tags_of(name, "k.e-y"))) == [f"v{index}"], name
        assert check_values(await callers.viewer.get(tags_of(name, "tags"))) == ["t"], name


async def test_an_unknown_metric_has_no_tags(callers: Callers) -> None:
    for name in ("none", "a/b", "%", "a b", "é", "\0", "x" * 300):
        check_error(await callers.viewer.get(tags_of(name)), 404, "NOT_FOUND")
        check_error(await callers.viewer.get(tags_of(name, "host")), 404, "NOT_FOUND")
    check_error(await callers.viewer.get(f"{PATH}/%FF/tags"), 404, "NOT_FOUND")


async def test_bad_input_is_named(callers: Callers) -> None:
    fill_hosts(callers.server)
    for path in (PATH, tags_of("cpu", "host")):
        for arguments, field in (
            ("page=0", "page"),
            ("page=-1", "page"),
            ("page=x", "page"),
            ("page=1&page=2", "page"),
            ("pageSize=201", "pageSize"),
            ("pageSize=", "pageSize"),
            (f"search={'x' * 257}", "search"),
        ):
            answer = await callers.viewer.get(f"{path}?{arguments}")
            # An empty argument is one that was not given.
            if arguments == "pageSize=":
                assert answer.status_code == 200
            else:
                check_error(answer, 400, "VALIDATION_ERROR", field)


async def test_what_is_not_there_keeps_the_one_shape(callers: Callers) -> None:
    fill_hosts(callers.server)
    check_error(await callers.viewer.get(f"{PATH}/cpu/none"), 404, "NOT_FOUND")
    check_error(await callers.viewer.get(f"{PATH}/cpu/tags/host/none"), 404, "NOT_FOUND")
    for path in (tags_of("cpu"), tags_of("cpu", "host")):
        answer = await callers.viewer.delete(path)
        check_error(answer, 405, "METHOD_NOT_ALLOWED")
        assert "GET" in answer.headers["allow"]


# ---- what is known of a metric


async def test_editors_say_what_a_metric_is(callers: Callers) -> None:
    fill(callers.server, "a/b", host="a")
    path, wish = f"{PATH}/a%2Fb", {"type": "gauge", "unit": "bytes", "description": "free space"}
    check_error(await callers.anonymous.request("PATCH", path, wish), 401, "UNAUTHORIZED")
    for client in (callers.viewer, callers.read_token, callers.ingest_token):
        check_error(await client.request("PATCH", path, wish), 403, "FORBIDDEN")
    changed = await callers.editor.data("PATCH", path, wish)
    assert changed == {"name": "a/b", **wish, "seriesCount": 1}
    assert check_list(await callers.viewer.get(PATH), schemas.MetricDefinition) == [changed]
    assert await callers.admin_token.data("PATCH", path, {}) == changed
    cleared = await callers.editor.data("PATCH", path, {"type": None, "unit": None})
    assert cleared == {**changed, "type": "unknown", "unit": ""}
    metadata = (await callers.viewer.get("/prometheus/api/v1/metadata")).json()["data"]
    assert metadata == {"a/b": [{"type": "unknown", "help": "free space", "unit": ""}]}


async def test_an_unknown_metric_cannot_be_described(callers: Callers) -> None:
    for name in ("none", "%FF", "x" * 300):
        answer = await callers.editor.request("PATCH", f"{PATH}/{name}", {"unit": "s"})
        check_error(answer, 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"type": "summary"}, "type"),
        ({"unit": "x" * 65}, "unit"),
        ({"unit": 1}, "unit"),
        ({"description": "x" * 4001}, "description"),
        ({"name": "x"}, "name"),
        ({"seriesCount": 1}, "seriesCount"),
    ],
)
async def test_a_bad_description_is_named(callers: Callers, body: dict[str, Any], field: str) -> None:
    fill(callers.server, "cpu")
    check_error(await callers.editor.request("PATCH", f"{PATH}/cpu", body), 400, "VALIDATION_ERROR", field)
