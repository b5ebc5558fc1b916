"""prometheus_client, as batch jobs use it, against a metricbox process of its own."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    delete_from_gateway,
    push_to_gateway,
    pushadd_to_gateway,
)
from prometheus_client.exposition import basic_auth_handler, default_handler

from tests.support.server_process import ServerProcess, client_of, create_token, running_server

pytestmark = [pytest.mark.slow, pytest.mark.real_client]


class Site:
    def __init__(self, server: ServerProcess, folder: Path) -> None:
        self.gateway = server.url
        self._token = create_token(folder, "ingest")
        self._reader = client_of(server, create_token(folder, "read"))

    def handler(self, **options: Any) -> Any:
        """The client's own handler with one more header, as its documentation says."""
        headers = [*options.pop("headers"), ("Authorization", f"Bearer {self._token}")]
        return default_handler(headers=headers, **options)

    def basic_handler(self, **options: Any) -> Any:
        return basic_auth_handler(**options, username="x", password=self._token)

    def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        answer = self._reader.get("/prometheus/api/v1/query", params={"query": expression})
        assert answer.status_code == 200, answer.text
        return [(one["metric"], float(one["value"][1])) for one in answer.json()["data"]["result"]]

    def close(self) -> None:
        self._reader.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("push")
    with running_server(folder) as server:
        site = Site(server, folder)
        yield site
        site.close()


def test_a_job_pushes_adds_and_deletes(site: Site) -> None:
    registry = CollectorRegistry()
    success = Gauge("job_last_success_unixtime", 'Last "ok" \\ time\nx', registry=registry)
    rows = Counter("rows", "Rows", ["tbl"], registry=registry)
    duration = Histogram("dur_seconds", "D", registry=registry, buckets=(1, 5))
    success.set(1_795_582_562.5)
    rows.labels('a"b\\c\n').inc(3)
    duration.observe(2)
    key = {"instance": "10.0.0.1:9", "path": "/var/tmp", "empty": ""}
    labels = {"job": "batch/A b", "instance": "10.0.0.1:9", "path": "/var/tmp"}

    before_s = time.time()
    push_to_gateway(site.gateway, "batch/A b", registry, key, handler=site.handler)
    after_s = time.time()
    assert site.query("job_last_success_unixtime") == [
        ({"__name__": "job_last_success_unixtime", **labels}, 1_795_582_562.5)
    ]
    assert site.query("rows_total") == [({"__name__": "rows_total", **labels, "tbl": 'a"b\\c\n'}, 3)]
    assert site.query('dur_seconds_bucket{le="5.0"}')[0][1] == 1
    ((_, pushed_s),) = site.query("push_time_seconds")
    assert before_s - 1 <= pushed_s <= after_s + 1

    registry = CollectorRegistry()
    Gauge("rows_total", "Rows", ["tbl"], registry=registry).labels("other").set(4)
    pushadd_to_gateway(site.gateway, "batch/A b", registry, key, handler=site.handler)
    assert [(metric["tbl"], value) for metric, value in site.query("rows_total")] == [("other", 4)]
    assert len(site.query("job_last_success_unixtime")) == 1

    push_to_gateway(site.gateway, "batch/A b", registry, key, handler=site.handler)
    assert site.query("job_last_success_unixtime") == []
    assert len(site.query("rows_total")) == 1

    delete_from_gateway(site.gateway, "batch/A b", key, handler=site.handler)
    assert site.query("rows_total") == []
    assert site.query("push_time_seconds") == []


def test_gzip_and_a_wrong_token(site: Site) -> None:
    registry = CollectorRegistry()
    Gauge("zipped", "Z", registry=registry).set(1)
    push_to_gateway(site.gateway, "zip", registry, handler=site.handler, compression="gzip")
    assert site.query("zipped") == [({"__name__": "zipped", "job": "zip"}, 1)]
    # As docs/push.md has it: the token as the password.
    push_to_gateway(site.gateway, "basic", registry, handler=site.basic_handler)
    assert len(site.query("zipped")) == 2
    with pytest.raises(OSError, match="401"):
        push_to_gateway(site.gateway, "zip", registry)
    assert httpx.get(f"{site.gateway}/metrics").status_code == 200
