"""The Alertmanager channel: at Debian's Alertmanager, and at a sink for what goes over the wire."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from metricbox.alerts.channels.alertmanager import Alertmanager, make_body
from metricbox.alerts.channels.http import HttpPoster
from metricbox.alerts.channels.sending import SendError
from metricbox.alerts.rule_pass import Kind
from tests.support.alert_messages import HOSTILE, make
from tests.support.alertmanager import PROGRAM, run_alertmanager
from tests.support.http_sink import HttpSink

needs_program = pytest.mark.skipif(
    PROGRAM is None, reason="alertmanager is not installed (Debian: package prometheus-alertmanager)"
)


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("alertmanager")
    with run_alertmanager(folder) as url:
        yield url


async def list_alerts(url: str, name: str) -> list[dict[str, Any]]:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{url}/api/v2/alerts", params={"filter": f'alertname="{name}"'})
    return list(answer.json())


@needs_program
async def test_what_fires_is_active_there_until_it_is_resolved(alertmanager: str, poster: HttpPoster) -> None:
    channel = Alertmanager({"url": f"{alertmanager}/"}, poster)
    labels = {"host": "wien-µ", "disk.name": "sda", "evil": HOSTILE}
    message = make(labels=labels, name="Disk full")
    assert await channel.send(message) == "200"
    (alert,) = await list_alerts(alertmanager, "Disk full")
    assert alert["status"]["state"] == "active"
    assert alert["labels"] == {
        "alertname": "Disk full", "severity": "critical", "rule_id": "r1",
        "host": "wien-µ", "disk_name": "sda", "evil": HOSTILE,
    }  # fmt: skip
    assert alert["annotations"]["description"] == "93.5, limit > 90"
    assert alert["annotations"]["summary"].startswith("Critical: Disk full")
    assert alert["startsAt"] == "2026-11-25T09:59:00.000Z"
    assert alert["endsAt"] == "2026-12-25T10:00:00.000Z"
    assert alert["generatorURL"] == "https://box.example.org/alerts/rules/r1"
    await channel.send(make("resolved", labels=labels, name="Disk full"))
    assert await list_alerts(alertmanager, "Disk full") == []


@needs_program
async def test_rules_with_equal_names_and_labels_are_two_alerts(
    alertmanager: str, poster: HttpPoster
) -> None:
    channel = Alertmanager({"url": alertmanager}, poster)
    await channel.send(make(name="Twice", rule_id="r1"))
    await channel.send(make(name="Twice", rule_id="r2"))
    await channel.send(make(name="Twice", rule_id="r2", kind=Kind.ERROR))
    await channel.send(make(name="Twice", rule_id="r2", kind=Kind.NO_DATA))
    assert len(await list_alerts(alertmanager, "Twice")) == 4
    await channel.send(make("resolved", name="Twice", rule_id="r2", kind=Kind.ERROR))
    left = [alert["labels"].get("kind") for alert in await list_alerts(alertmanager, "Twice")]
    assert sorted(map(str, left)) == ["None", "None", "no_data"]


@needs_program
async def test_many_alerts_go_in_one_request(alertmanager: str, poster: HttpPoster) -> None:
    await Alertmanager({"url": alertmanager}, poster).send(make(name="Many", count=100))
    assert len(await list_alerts(alertmanager, "Many")) == 100


@needs_program
async def test_a_path_that_is_not_there_is_final(alertmanager: str, poster: HttpPoster) -> None:
    with pytest.raises(SendError) as caught:
        await Alertmanager({"url": f"{alertmanager}/elsewhere"}, poster).send(make())
    assert caught.value.is_final


@pytest.mark.parametrize("path", ["", "/", "/api/v2/alerts", "/api/v2/alerts/"])
async def test_the_address_is_that_of_the_server_or_of_the_api(
    sink: HttpSink, poster: HttpPoster, path: str
) -> None:
    await Alertmanager({"url": f"{sink.url}{path}", "username": "m", "password": "pä:ss"}, poster).send(
        make()
    )
    (posted,) = sink.posted
    assert posted.path == "/api/v2/alerts"
    assert posted.headers["authorization"] == "Basic bTpww6Q6c3M="


def test_names_that_become_equal_stay_two_labels() -> None:
    (alert,) = make_body(make(labels={"a.b": "1", "a-b": "2", "a_b": "3"}, url=""))
    labels = alert["labels"]
    assert labels["a_b"] == "3"
    assert {labels["a_b_"], labels["a_b__"]} == {"1", "2"}
    assert "generatorURL" not in alert
