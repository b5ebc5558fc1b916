"""The rules that come with the program, on what the built-in agent and metricbox itself store."""

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from metricbox.agent.host import HostCollector
from metricbox.agent.own import OwnCollector
from metricbox.alerts.library import LIBRARY, find_library_rule
from metricbox.alerts.rules import Rule, read_rule
from metricbox.alerts.service import AlertService
from metricbox.app import make_alerts
from metricbox.clock import ManualClock
from metricbox.model import SampleBatch, SeriesKey
from metricbox.selfmetrics import SelfMetrics
from metricbox.settings import Settings
from metricbox.store.appdb.alert_rules import RuleRecord
from metricbox.store.appdb.database import AppDatabase
from metricbox.store.contract import MetricStore
from metricbox.web.alert_schemas import AlertRuleCreate
from metricbox.web.body import check_model
from tests.support.query_services import make_query_service
from tests.support.stores import NOW_MS, batch, open_duckdb_store, push

STEP_MS = 10_000
MINUTE_MS = 60_000
ALL = [rule.id for rule in LIBRARY]
HOST = {"instance": "box", "job": "node"}
OWN = {"instance": "box", "job": "metricbox"}


def rule_of(rule_id: str) -> Rule:
    found = find_library_rule(rule_id)
    assert found is not None
    return read_rule(RuleRecord(found.id, found.name, found.content, True, 1, None, 0, 0))


@dataclasses.dataclass
class World:
    clock: ManualClock
    store: MetricStore
    alerts: AlertService

    async def fires(self, rule_id: str) -> list[dict[str, str]]:
        """Labels of what would have fired in the last two hours."""
        now_ms = self.clock.now_ms()
        view = await self.alerts.preview(rule_of(rule_id), now_ms - 2 * 3_600_000, now_ms)
        return [dict(labels) for labels, _ in view.spells]

    def push(self, name: str, values: list[float], **labels: str) -> None:
        """A minute apart; the last one is of now."""
        start_ms = self.clock.now_ms() - (len(values) - 1) * MINUTE_MS
        push(
            self.store,
            name,
            labels,
            [(start_ms + row * MINUTE_MS, value) for row, value in enumerate(values)],
        )


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock = ManualClock(NOW_MS)
    store = open_duckdb_store(tmp_path, clock)
    query = make_query_service(store, clock)
    appdb = AppDatabase.open(tmp_path / "app.sqlite", clock)
    alerts = make_alerts(Settings(), appdb, query, clock, SelfMetrics())
    yield World(clock, store, alerts)
    await alerts.close()
    query.close()
    store.close()
    appdb.close()


@pytest.mark.parametrize("rule_id", ALL)
def test_each_is_a_rule_that_a_person_could_have_made(rule_id: str) -> None:
    found = find_library_rule(rule_id)
    assert found is not None
    check_model({"name": found.name, **found.content}, AlertRuleCreate)
    assert found.description.endswith(".")
    rule_of(rule_id)


def test_ids_are_different_and_unknown_ones_are_none() -> None:
    assert len(set(ALL)) == len(ALL)
    assert find_library_rule("none") is None


def own_numbers() -> SelfMetrics:
    metrics = SelfMetrics()
    metrics.note_job("seal", 5, NOW_MS, has_failed=False, interval_ms=60_000)
    metrics.note_notification("webhook", False)
    metrics.disk_free_bytes.set(50e9)
    metrics.disk_reserve_bytes.set(1e9)
    return metrics


async def test_each_query_finds_what_the_agent_stores(world: World) -> None:
    host, own = HostCollector(world.clock, host_name="box"), OwnCollector(own_numbers(), "box")
    for _ in range(4):
        world.clock.advance_ms(STEP_MS)
        samples = [*host.collect(), *own.collect()]
        ids = world.store.register_series([SeriesKey(one.name, one.labels) for one in samples])
        now_ms = world.clock.now_ms()
        rows: SampleBatch = batch(
            [(int(one), now_ms, sample.value) for one, sample in zip(ids, samples, strict=True)]
        )
        world.store.submit(rows).result(10)
    for rule_id in ALL:
        view = await world.alerts.evaluate(rule_of(rule_id))
        # Whether a disk is more than 70 % full is up to the machine.
        if rule_id != "disk-full-soon":
            assert view.series, rule_id
        assert {one.labels["instance"] for one in view.series} <= {"box"}, rule_id


async def test_a_host_that_is_silent_is_told_of(world: World) -> None:
    world.push("metricbox_host_uptime_seconds", [1.0] * 30, **HOST)
    world.clock.advance_ms(30 * MINUTE_MS)
    (labels,) = await world.fires("host-silent")
    assert labels["instance"] == "box"


@pytest.mark.parametrize(
    ("rule_id", "metric", "good", "bad", "labels"),
    [
        ("disk-nearly-full", "metricbox_host_filesystem_used_ratio", 0.89, 0.91, HOST | {"mountpoint": "/"}),
        ("cpu-busy", "metricbox_host_cpu_busy_ratio", 0.85, 0.95, HOST),
        ("memory-short", "metricbox_host_memory_used_ratio", 0.85, 0.95, HOST),
    ],
)
async def test_ratios(
    world: World, rule_id: str, metric: str, good: float, bad: float, labels: dict[str, Any]
) -> None:
    world.push(metric, [good] * 60, **labels)
    assert await world.fires(rule_id) == []
    world.push(metric, [bad] * 30, **labels)
    (found,) = await world.fires(rule_id)
    assert found.items() >= labels.items() - {("job", "node")}


async def test_a_disk_that_fills_up_is_told_of_before_it_is_full(world: World) -> None:
    metric = "metricbox_host_filesystem_used_ratio"
    # A tenth an hour: full in an hour and a half; the other one is as full and stays so.
    world.push(metric, [0.75 + step / 600 for step in range(60)], **HOST, mountpoint="/fills")
    world.push(metric, [0.85] * 60, **HOST, mountpoint="/stays")
    world.push(metric, [0.05 + step / 100 for step in range(60)], **HOST, mountpoint="/empty")
    assert {labels["mountpoint"] for labels in await world.fires("disk-full-soon")} == {"/fills"}


async def test_metricboxs_own_disk(world: World) -> None:
    world.push("metricbox_disk_reserve_bytes", [1e9] * 10, **OWN)
    world.push("metricbox_disk_free_bytes", [3e9] * 5 + [1.9e9] * 5, **OWN)
    assert len(await world.fires("own-disk-reserve")) == 1


async def test_a_job_that_hangs(world: World) -> None:
    now_s = world.clock.now_ms() / 1000
    for job, ago_s in (("seal", 30.0), ("sweep", 3_000.0)):
        labels = OWN | {"exported_job": job}
        world.push("metricbox_job_interval_seconds", [600.0 if job == "sweep" else 60.0] * 40, **labels)
        success = [now_s - ago_s] * 40 if job == "sweep" else [now_s - 60 * (40 - row) for row in range(40)]
        world.push("metricbox_job_last_success_timestamp_seconds", success, **labels)
    assert {labels["exported_job"] for labels in await world.fires("job-hangs")} == {"sweep"}


async def test_a_channel_that_fails(world: World) -> None:
    for kind, step in (("email", 1.0), ("ntfy", 0.0)):
        labels = OWN | {"channel_type": kind, "outcome": "failed"}
        world.push("metricbox_notifications_total", [row * step for row in range(30)], **labels)
    world.push(
        "metricbox_notifications_total",
        [row * 5.0 for row in range(30)],
        **OWN,
        channel_type="slack",
        outcome="delivered",
    )
    assert {labels["channel_type"] for labels in await world.fires("channel-fails")} == {"email"}
