"""Real senders of remote write push to a real server, which is killed and comes back: nothing is missing afterwards."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from tests.support.senders import (
    HELP,
    METRIC,
    PROMETHEUS,
    VMAGENT,
    WAIT_S,
    CountingTarget,
    find_free_port,
    running_prometheus,
    running_vmagent,
)
from tests.support.server_process import client_of, create_token, running_server

pytestmark = [pytest.mark.slow, pytest.mark.real_client]


def is_missing(program: str | None, name: str, package: str) -> pytest.MarkDecorator:
    reason = f"{name} is not installed: Debian's package {package}, or `make programs`"
    return pytest.mark.skipif(program is None, reason=reason)


def wait_until(is_done: Callable[[], bool], what: str) -> None:
    end_s = time.monotonic() + WAIT_S
    while not is_done():
        assert time.monotonic() < end_s, f"{what}, even after {WAIT_S:.0f} s"
        time.sleep(0.1)


def read_numbers(client: httpx.Client) -> list[int]:
    """Every stored sample of the counter, in order of time."""
    answer = client.get("/prometheus/api/v1/query", params={"query": f"{METRIC}[30m]"})
    assert answer.status_code == 200, answer.text
    series = answer.json()["data"]["result"]
    assert len(series) <= 1
    return [int(value) for _, value in series[0]["values"]] if series else []


def read_metadata(client: httpx.Client) -> tuple[str, str]:
    """Type and description of the counter."""
    (metric,) = client.get("/api/v1/metrics", params={"search": METRIC}).json()["data"]
    return metric["type"], metric["description"]


def check_all_arrive(
    tmp_path: Path, running_sender: Callable[..., AbstractContextManager[None]], check: Callable[..., None]
) -> None:
    """Kills the server in between; the sender has to go on scraping and to send again what was not answered."""
    folder = tmp_path / "data"
    listen = ("--listen", f"127.0.0.1:{find_free_port()}")
    with CountingTarget() as target, running_server(folder, *listen) as server:
        ingest, read = create_token(folder, "ingest"), create_token(folder, "read")
        with running_sender(tmp_path / "sender", target.address, f"{server.url}/api/v1/write", ingest):
            with client_of(server, read) as client:
                wait_until(lambda: len(read_numbers(client)) >= 5, "nothing arrives")
            server.kill()
            seen = target.served
            wait_until(lambda: target.served >= seen + 10, "the sender does not scrape")
            with running_server(folder, *listen) as again, client_of(again, read) as client:
                last = target.served + 5
                wait_until(lambda: max(read_numbers(client), default=0) >= last, "nothing comes after")
                # A batch that was sent again may come after newer ones.
                wait_until(
                    lambda: read_numbers(client)[:last] == list(range(1, last + 1)), "some are missing"
                )
                # NaN of an idle summary is no sample, and no reason to refuse the others.
                listed = client.get("/api/v1/metrics", params={"pageSize": 200}).json()["data"]
                names = {row["name"] for row in listed}
                assert "up" in names
                assert "idle_seconds" not in names
                check(client)


@is_missing(PROMETHEUS, "prometheus", "prometheus")
def test_every_scrape_of_prometheus_arrives_though_the_server_is_killed(tmp_path: Path) -> None:
    def check(client: httpx.Client) -> None:
        wait_until(lambda: read_metadata(client) == ("counter", HELP), "metadata was not learned")

    check_all_arrive(tmp_path, running_prometheus, check)


@is_missing(VMAGENT, "vmagent", "victoria-metrics")
def test_every_scrape_of_vmagent_arrives_though_the_server_is_killed(tmp_path: Path) -> None:
    """It sends no metadata."""
    check_all_arrive(tmp_path, running_vmagent, lambda _: None)
