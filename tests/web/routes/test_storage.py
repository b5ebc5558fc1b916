"""How long metrics are kept, over HTTP."""

import asyncio

from tests.support.api import Callers, Server, check_error
from tests.support.stores import HOUR_MS, NOW_MS, push

PATH = "/api/v1/storage/retention"


async def test_readers_see_the_retention_and_admins_change_it(callers: Callers) -> None:
    check_error(await callers.anonymous.get(PATH), 401, "UNAUTHORIZED")
    check_error(await callers.ingest_token.get(PATH), 403, "FORBIDDEN")
    for client in (callers.viewer, callers.read_token, callers.admin):
        assert await client.data("GET", PATH) == {
            "metrics_raw": "7d",
            "metrics_1min": "30d",
            "metrics_1hour": "365d",
        }
    for client in (callers.viewer, callers.editor, callers.read_token):
        check_error(await client.request("PUT", PATH, {"metrics_raw": "3d"}), 403, "FORBIDDEN")
    assert (await callers.admin.data("PUT", PATH, {"metrics_raw": "3d"}))["metrics_raw"] == "3d"
    assert (await callers.viewer.data("GET", PATH))["metrics_raw"] == "3d"


async def test_bad_values_are_named(callers: Callers) -> None:
    """Trap B082."""
    for value in ("0s", "-1", "1m", "10000y", "soon"):
        answer = await callers.admin.request("PUT", PATH, {"metrics_raw": value})
        check_error(answer, 400, "VALIDATION_ERROR", "metrics_raw")
    check_error(
        await callers.admin.request("PUT", PATH, {"metrics_5min": "3d"}),
        400,
        "VALIDATION_ERROR",
        "metrics_5min",
    )
    check_error(
        await callers.admin.request("PUT", PATH, {"metrics_raw": 7}), 400, "VALIDATION_ERROR", "metrics_raw"
    )


async def test_a_dry_run_tells_what_would_go_and_changes_nothing(callers: Callers, server: Server) -> None:
    samples = [(NOW_MS - hours * HOUR_MS, 1.0) for hours in range(48)]
    push(server.context.store, "cpu", {}, samples)
    answer = await callers.admin.data("PUT", f"{PATH}?dryRun=true", {"metrics_raw": "1d"})
    # Whole chunks of two hours: those that ended more than a day ago.
    assert answer["metrics_raw"]["samples"] == 23
    assert answer["metrics_raw"]["oldest"] == "2026-11-24T10:00:00.000Z"
    assert answer["metrics_1min"] == {"bytes": 0, "samples": 0, "oldest": None}
    for text in ("zz", "True", "1", "yes", ""):
        refused = await callers.admin.request("PUT", f"{PATH}?dryRun={text}", {"metrics_raw": "1d"})
        check_error(refused, 400, "VALIDATION_ERROR", "dryRun")
    assert (await callers.viewer.data("GET", PATH))["metrics_raw"] == "7d"


async def test_changes_at_once_do_not_undo_each_other(callers: Callers, server: Server) -> None:
    changes = [{"metrics_raw": "8d"}, {"metrics_1min": "40d"}, {"metrics_1hour": "400d"}]
    await asyncio.gather(*(callers.admin.put(PATH, change) for change in changes))
    expected = {"metrics_raw": "8d", "metrics_1min": "40d", "metrics_1hour": "400d"}
    assert await callers.viewer.data("GET", PATH) == expected


async def test_null_is_refused_by_name(callers: Callers) -> None:
    answer = await callers.admin.put(PATH, {"metrics_raw": None})
    assert "must not be null" in check_error(answer, 400, "VALIDATION_ERROR", "metrics_raw")
