"""collectd's door on a real server with a real store."""

import json
from typing import Any

from tests.ingest.agent_captures import load_request
from tests.support.api import Callers, basic
from tests.support.stores import NOW_MS, read


def value_list(**changes: Any) -> dict[str, Any]:
    return {
        "values": [1], "dstypes": ["gauge"], "dsnames": ["value"], "time": NOW_MS / 1000, "interval": 10.0,
        "host": "h", "plugin": "load", "plugin_instance": "", "type": "load", "type_instance": "",
    } | changes  # fmt: skip


async def test_success_is_200(callers: Callers) -> None:
    """collectd logs a 204 as an error."""
    answer = await callers.ingest_token.post("/collectd", content=json.dumps([value_list()]))
    assert (answer.status_code, answer.content) == (200, b"")
    store = callers.server.context.store
    assert [one.labels for one in store.find_series("collectd_load")] == [{"instance": "h"}]


async def test_credentials_are_asked_for_as_collectd_needs_it(callers: Callers) -> None:
    """Captured: without Authorization first, with it after a 401 that asks for Basic."""
    first, second = (load_request(f"collectd-json-auth-notification/{number}") for number in ("001", "002"))
    client = callers.server.client(origin=None)
    headers = {"User-Agent": first.headers["user-agent"], "Content-Type": "application/json"}
    answer = await client.post("/collectd", content=first.body, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="metricbox"'
    assert second.headers["authorization"].startswith("Basic ")
    secret = callers.ingest_token.http.headers["authorization"].removeprefix("Bearer ")
    answer = await client.post("/collectd", content=second.body, headers=headers | basic("agent", secret))
    # A notification, which is no sample.
    assert answer.status_code == 200


async def test_captured_values_are_stored(callers: Callers) -> None:
    for name in ("collectd-json/002", "collectd-json-auth-notification/003"):
        answer = await callers.ingest_token.post("/collectd", content=load_request(name).body)
        assert answer.status_code == 200
    store = callers.server.context.store
    (series,) = store.find_series("collectd_load_shortterm")
    assert 14.31201171875 in read(store, series.series_id).values.tolist()


async def test_what_is_odd_is_a_400_and_the_rest_is_stored(callers: Callers) -> None:
    body = json.dumps([value_list(), value_list(values=[1, 2])])
    answer = await callers.ingest_token.post("/collectd", content=body)
    assert answer.status_code == 400
    assert "the others are stored; [1]: values, dsnames and dstypes differ" in answer.json()["error"]
    assert callers.server.context.store.find_series("collectd_load")


async def test_who_may_not(callers: Callers) -> None:
    for caller, status in ((callers.read_token, 403), (callers.viewer, 403)):
        assert (await caller.post("/collectd", content=b"[]")).status_code == status
