"""/prometheus/api/v1/targets, in Prometheus's own shape."""

import pytest

from metricbox.web.prometheus_targets import PrometheusTargets
from tests.support.api import Callers
from tests.web.routes.test_scrape import scrape_all, watched

__all__ = ["watched"]
PATH = "/prometheus/api/v1/targets"


async def test_targets_have_prometheus_s_shape_and_no_secrets(watched) -> None:
    callers, good, bad = watched
    await callers.server.context.scrape.refresh()
    fresh = (await callers.read_token.get(PATH)).json()["data"]["activeTargets"]
    assert {one["lastScrape"] for one in fresh} == {"0001-01-01T00:00:00Z"}
    await scrape_all(callers.server)
    answer = await callers.read_token.get(PATH)
    assert answer.status_code == 200
    data = answer.json()["data"]
    PrometheusTargets.model_validate(data)
    by_instance = {one["labels"]["instance"]: one for one in data["activeTargets"]}
    one = by_instance[good]
    assert one["discoveredLabels"] == {
        "__address__": good,
        "__scheme__": "http",
        "__metrics_path__": "/metrics",
        "__param_token": "***",
        "job": "shop",
        "env": "prod",
    }
    assert (one["scrapePool"], one["health"], one["lastError"]) == ("shop", "up", "")
    assert (one["scrapeInterval"], one["scrapeTimeout"]) == ("15s", "10s")
    assert by_instance[bad]["lastError"] == "answers 500 Oh No"
    assert [one["discoveredLabels"]["__address__"] for one in data["droppedTargets"]] == ["old:1"]
    assert data["droppedTargetCounts"] == {"shop": 1}
    assert "hidden" not in answer.text


@pytest.mark.parametrize(
    ("query", "active", "dropped"),
    [("state=active", 2, 0), ("state=dropped", 0, 1), ("state=any", 2, 1), ("scrapePool=files", 0, 0)],
)
async def test_a_part_may_be_asked_for(watched, query: str, active: int, dropped: int) -> None:
    callers, _, _ = watched
    await callers.server.context.scrape.refresh()
    data = (await callers.read_token.get(f"{PATH}?{query}")).json()["data"]
    assert (len(data["activeTargets"]), len(data["droppedTargets"])) == (active, dropped)


async def test_an_unknown_state_is_refused(callers: Callers) -> None:
    answer = await callers.read_token.get(f"{PATH}?state=nice")
    assert answer.status_code == 400
    assert answer.json()["errorType"] == "bad_data"
