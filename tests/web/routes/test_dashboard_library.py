"""The library of dashboards over HTTP, and what its pages show with the built-in agent."""

from typing import Any

import pytest

from metricbox.agent.host import HostCollector
from metricbox.agent.own import OwnCollector
from metricbox.web import schemas
from metricbox.web.dashboard_library import KEYS, load_library
from tests.support.api import Callers, Server, check_error
from tests.support.stores import push

PATH = "/api/v1/dashboards/library"
# Whose metrics the built-in agent has.
AGENT_KEYS = ("host", "hosts", "metricbox", "node-exporter")


async def collect(server: Server, rounds: int = 8) -> set[str]:
    """What the built-in agent sends in some rounds; the names of its metrics."""
    host = HostCollector(server.clock, host_name="box")
    own = OwnCollector(server.context.metrics, "box")
    server.context.metrics.samples_accepted.labels("agent").inc(5)
    server.context.metrics.requests.labels("GET", "200").inc()
    names: set[str] = set()
    for _ in range(rounds):
        server.clock.advance_ms(10_000)
        server.context.metrics.query_cache_hits.inc()
        samples = host.collect() + own.collect()
        await server.context.ingest.push_samples(
            [(one.name, one.labels, server.clock.now_ms(), one.value) for one in samples], source="agent"
        )
        names |= {one.name for one in samples}
    return names


async def test_the_library_is_listed_to_readers_and_copied_by_editors(callers: Callers) -> None:
    check_error(await callers.anonymous.get(PATH), 401, "UNAUTHORIZED")
    check_error(await callers.ingest_token.get(PATH), 403, "FORBIDDEN")
    check_error(await callers.viewer.post(f"{PATH}/host", {}), 403, "FORBIDDEN")
    check_error(await callers.read_token.post(f"{PATH}/host", {}), 403, "FORBIDDEN")
    rows = await callers.viewer.data("GET", PATH)
    for row in rows:
        schemas.LibraryDashboard.model_validate(row)
        assert not row["hasData"]
    assert [row["key"] for row in rows] == list(KEYS)


@pytest.mark.parametrize("key", KEYS)
async def test_a_copy_is_a_private_dashboard_of_the_caller(callers: Callers, key: str) -> None:
    made = await callers.editor.data("POST", f"{PATH}/{key}", {}, 201)
    schemas.Dashboard.model_validate(made)
    me = await callers.editor.data("GET", "/api/v1/auth/me")
    new = load_library()[key].new
    assert (made["ownerId"], made["isPublic"], made["name"]) == (me["id"], False, new.name)
    assert [panel["title"] for panel in made["panels"]] == [panel.title for panel in new.panels]
    # The history tells where it came from, and the file of it is the library's again.
    (version,) = await callers.editor.data("GET", f"/api/v1/dashboards/{made['id']}/history")
    assert version["change"] == f"copied from the library: {new.name}"
    again = await callers.editor.data("POST", f"{PATH}/{key}", {"name": "Second"}, 201)
    assert (again["name"], again["id"] != made["id"]) == ("Second", True)


async def test_what_the_library_lacks_is_not_found_and_other_fields_are_refused(callers: Callers) -> None:
    check_error(await callers.editor.post(f"{PATH}/none", {}), 404, "NOT_FOUND")
    check_error(await callers.editor.post(f"{PATH}/..%2Fhost", {}), 404, "NOT_FOUND")
    check_error(await callers.editor.post(f"{PATH}/host", {"name": " "}), 400, "VALIDATION_ERROR", "name")
    check_error(await callers.editor.post(f"{PATH}/host", {"size": 1}), 400, "VALIDATION_ERROR", "size")


async def test_the_list_tells_which_have_data_here(callers: Callers) -> None:
    await collect(callers.server, rounds=1)
    push(callers.server.context.store, "nginx_up", {"instance": "w"}, [(callers.server.clock.now_ms(), 1)])
    rows = await callers.viewer.data("GET", PATH)
    assert {row["key"] for row in rows if row["hasData"]} == {*AGENT_KEYS, "web-server"}


async def answers_of(callers: Callers, dashboard: dict[str, Any]) -> dict[str, list[int]]:
    """Panel's title -> how many series each of its queries has."""
    found = {}
    for panel in dashboard["panels"]:
        if panel["type"] in schemas.TYPES_WITHOUT_QUERY:
            continue
        wish = {"panelId": panel["id"], "start": "now-15m", "end": "now"}
        results = await callers.editor.data("POST", "/api/v1/query", wish)
        found[panel["title"]] = [len(result["series"]) for result in results]
    return found


@pytest.mark.parametrize("key", KEYS)
async def test_each_query_is_answered_without_data_too(callers: Callers, key: str) -> None:
    dashboard = await callers.editor.data("POST", f"{PATH}/{key}", {}, 201)
    found = await answers_of(callers, dashboard)
    # What counts what is absent says 0 at once.
    assert {title for title, counts in found.items() if any(counts)} <= {"Refused/s", "Targets down"}


@pytest.mark.parametrize("key", AGENT_KEYS)
async def test_pages_about_hosts_are_filled_by_the_built_in_agent(callers: Callers, key: str) -> None:
    """Every panel whose metrics this machine has; machines differ in disks, pressure and the like."""
    names = await collect(callers.server)
    dashboard = await callers.editor.data("POST", f"{PATH}/{key}", {}, 201)
    found = await answers_of(callers, dashboard)
    by_title = {panel["title"]: panel["query"] for panel in dashboard["panels"]}
    missing = {
        title
        for title, counts in found.items()
        if not any(counts) and all(name in names for name in metrics_of(by_title[title]))
    }
    # Only container file systems here, perhaps; and nothing is refused or asked.
    allowed = {
        "Fullest file system",
        "File systems",
        "Free space",
        "Inodes used",
        "Read-only",
        "Root disk",
    }
    allowed |= {"Fullest disk", "Fullest disk of each", "Traffic", "Coming in", "Going out", "Traffic of all"}
    assert missing <= allowed | {"Refused by reason", "Time of a commit", "Time of a query"}, missing
    assert sum(any(counts) for counts in found.values()) >= 0.6 * len(found)


def metrics_of(query: Any) -> list[str]:
    texts = [query] if isinstance(query, str) else [one["query"] for one in query]
    every = {name for entry in load_library().values() for name in entry.metrics}
    return [name for name in every if any(name in text for text in texts)]
