"""GET /api/v1/scrape/targets."""

import contextlib
from pathlib import Path
from typing import Any

import pytest

from metricbox.scrape_settings import read_scrape_tables
from metricbox.web import schemas
from tests.ingest.scrape.targets_at_hand import Page, serving
from tests.support.api import Callers, check_error, check_list, run_server
from tests.support.stores import NOW_MS

PATH = "/api/v1/scrape/targets"


def tables(*urls: str) -> tuple:
    secrets = {"params": {"token": "tk-hidden"}, "basic_auth": {"username": "me", "password": "pw-hidden"}}
    rules = [{"action": "drop", "source_labels": ["__address__"], "regex": "old:.*"}]
    targets = [url.removeprefix("http://") for url in urls]
    return read_scrape_tables(
        [
            {
                "job": "shop",
                "targets": [*targets, "old:1"],
                "relabel": rules,
                "labels": {"env": "prod"},
                **secrets,
            },
            {"job": "files", "files": ["no-such-file.json"]},
        ]
    )


async def scrape_all(server: Any) -> None:
    await server.context.scrape.refresh()
    for loop in server.context.scrape._loops.values():
        await loop.scrape(NOW_MS)


@pytest.fixture
async def watched(tmp_path: Path):
    async with contextlib.AsyncExitStack() as stack:
        good = await stack.enter_async_context(serving(Page("a 1\nb 2\n")))
        bad = await stack.enter_async_context(serving(Page("", "500 Oh No")))
        server = await stack.enter_async_context(run_server(tmp_path, scrape=tables(good, bad)))
        stack.push_async_callback(server.context.scrape.stop)
        yield await Callers.make(server), good.removeprefix("http://"), bad.removeprefix("http://")


async def test_targets_are_shown_to_those_who_may_read_and_without_secrets(watched) -> None:
    callers, good, bad = watched
    check_error(await callers.anonymous.get(PATH), 401, "UNAUTHORIZED")
    check_error(await callers.ingest_token.get(PATH), 403, "FORBIDDEN")
    await scrape_all(callers.server)
    for client in (callers.viewer, callers.editor, callers.admin, callers.read_token, callers.admin_token):
        answer = await client.get(PATH)
        rows = {row["instance"]: row for row in check_list(answer, schemas.ScrapeTarget)}
        assert rows[good] == {
            "job": "shop", "instance": good, "url": f"http://{good}/metrics?token=***", "health": "up",
            "lastScrapeAt": "2026-11-25T10:00:00.000Z", "lastDurationMs": 0, "samples": 2, "error": None,
            "interval": "15s", "labels": {"job": "shop", "instance": good, "env": "prod"},
        } | {"lastScrapeAt": rows[good]["lastScrapeAt"]}  # fmt: skip
        assert (rows[bad]["health"], rows[bad]["error"]) == ("down", "answers 500 Oh No")
        assert "hidden" not in answer.text
    meta = answer.json()["meta"]
    assert (meta["jobs"], meta["up"], meta["down"], meta["unknown"], meta["dropped"]) == (2, 1, 1, 0, 1)
    assert meta["problems"] == [{"job": "files", "message": "no-such-file.json: there is no such file"}]


async def test_the_list_is_searched_sorted_and_paged(watched) -> None:
    callers, good, bad = watched
    await callers.server.context.scrape.refresh()
    (row, _) = check_list(await callers.viewer.get(PATH), schemas.ScrapeTarget)
    assert (row["health"], row["lastScrapeAt"], row["samples"]) == ("unknown", None, None)
    await scrape_all(callers.server)

    async def names(query: str) -> list[str]:
        answer = await callers.viewer.get(f"{PATH}?{query}")
        return [row["instance"] for row in check_list(answer, schemas.ScrapeTarget)]

    assert await names("sort=health") == [bad, good]
    assert await names("sort=-health") == [good, bad]
    assert await names(f"search={good}") == [good]
    assert await names("search=SHOP&sort=health&pageSize=1&page=2") == [good]
    check_error(await callers.viewer.get(f"{PATH}?sort=url"), 400, "VALIDATION_ERROR", "sort")


async def test_without_tables_the_list_is_empty(callers: Callers) -> None:
    answer = await callers.viewer.get(PATH)
    assert check_list(answer, schemas.ScrapeTarget) == []
    assert answer.json()["meta"]["jobs"] == 0
