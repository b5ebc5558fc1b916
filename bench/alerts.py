"""`python -m bench.alerts`: the alert loop by itself: a tick of many rules, a rule over a week, a day of flapping.

The clock is turned by hand. CPU is that of this process, of all its threads; store, queries and SQLite are real.
"""

import argparse
import asyncio
import gc
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import psutil

from bench.engine_life import Life, show
from metricbox.alerts.channels.http import HttpPoster
from metricbox.alerts.rules import read_rule
from metricbox.alerts.service import AlertService
from metricbox.durations import format_duration
from metricbox.model import SampleBatch
from metricbox.query.service import QueryService
from metricbox.query.types import Query
from metricbox.selfmetrics import SelfMetrics
from metricbox.settings import Settings
from metricbox.store.appdb.alert_channels import NewChannel, create_channel
from metricbox.store.appdb.alert_rules import NewRule, RuleRecord, create_rule
from metricbox.store.appdb.audit import Author, Via
from metricbox.store.appdb.database import AppDatabase

INTERVAL_MS = 10_000
TICKS = 4
BY = Author(None, "", Via.COMMAND)


class World:
    """A store with so many series of eleven metrics, and rules about them."""

    def __init__(self, folder: Path, series: int) -> None:
        (folder / "store").mkdir()
        self.life = Life(folder / "store", series)
        clock = self.life.clock
        retention: Callable[..., int] = lambda tier: 10 * tier.default_retention_ms  # noqa: E731
        self.query = QueryService(self.life.store, clock, Settings(), SelfMetrics(), retention)
        self.appdb = AppDatabase.open(folder / "app.sqlite", clock)
        self.alerts = AlertService(
            self.appdb, self.query, clock, interval_ms=INTERVAL_MS, poster=HttpPoster()
        )

    def add_rules(self, contents: list[dict[str, object]]) -> None:
        self.appdb.write_blocking(
            lambda connection: [
                create_rule(connection, NewRule(f"rule {number}", content, True, None), BY, 0)
                for number, content in enumerate(contents)
            ]
        )

    async def tick(self) -> float:
        """CPU seconds."""
        began_s = time.process_time()
        await self.alerts.loop.tick(self.life.clock.now_ms())
        return time.process_time() - began_s

    async def close(self) -> None:
        await self.alerts.close()
        self.query.close()
        self.life.store.close()
        self.appdb.close()


def make_rules(count: int, hosts: int) -> list[dict[str, object]]:
    """Of ten kinds, of one series, eleven or all; nine of ten ask something that no other asks."""
    templates = (
        "metric_{m}{{host='host_{h}'}}",
        "metric_{m}{{host=~'host_{h}.*'}}",
        "rate(metric_{m}{{host='host_{h}'}}[5m])",
        "avg_over_time(metric_{m}{{host='host_{h}'}}[5m])",
        "metric_{m}{{host='host_{h}'}} / metric_0{{host='host_{h}'}}",
        "max by (host) (metric_{m}{{host=~'host_{h}.?'}})",
        "avg(metric_{m}{{host=~'host_{h}.?'}})",
        "metric_{m}{{host='host_{h}'}} and metric_1{{host='host_{h}'}} > 50",
        "avg_over_time(metric_{m}{{host=~'host_{h}.?'}}[1h])",
        "metric_{m}",
    )
    return [
        {
            "query": templates[number % 10].format(m=number // 10 % 11, h=number % hosts),
            "condition": "gt",
            "threshold": 99,
            "duration": "30s",
        }
        for number in range(count)
    ]


async def measure_tick(folder: Path, rules: int, series: int) -> None:
    world = World(folder, series)
    world.life.feed(400)
    world.add_rules(make_rules(rules, series // 11))
    used_s, wall_s = [], []
    for _ in range(TICKS):
        world.life.feed(1)
        began_s = time.perf_counter()
        used_s.append(await world.tick())
        wall_s.append(time.perf_counter() - began_s)
    title = f"a tick of {rules:,} rules over {series:,} series"
    show(f"{title}, the first", used_s[0], "s CPU")
    show(f"{title}, CPU, median (goal 3)", float(np.median(used_s[1:])), "s CPU")
    show(f"{title}, CPU, worst", max(used_s[1:]), "s CPU")
    show(f"{title}, wall, median", float(np.median(wall_s[1:])), "s")
    await measure_beside(world)
    if world.alerts.loop.errors:
        raise SystemExit(f"queries failed: {next(iter(world.alerts.loop.errors.values()))}")
    await world.close()


async def measure_beside(world: World) -> None:
    """A thousand samples and the query of a panel up to ten times a second, alone and while rules are evaluated."""
    for title, ticks in (("alone", 0), ("beside ticks", TICKS)):
        traffic = Traffic(world)
        task = asyncio.create_task(traffic.run())
        began_s = time.process_time()
        for _ in range(ticks):
            await world.tick()
            await asyncio.sleep(1)
        await asyncio.sleep(0 if ticks else 5)
        used_s = time.process_time() - began_s
        traffic.is_over = True
        await task
        show(f"panel, median, {title}", float(np.median(traffic.asked_ms)), "ms")
        show(f"panel, longest, {title}", max(traffic.asked_ms), "ms")
        show(f"samples until acknowledged, median, {title}", float(np.median(traffic.sent_ms)), "ms")
        show(f"samples until acknowledged, longest, {title}", max(traffic.sent_ms), "ms")
        show(f"all of it, {title}", used_s / max(ticks, 1), "s CPU a tick" if ticks else "s CPU in 5 s")


class Traffic:
    """Senders and a dashboard, beside the loop."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.is_over = False
        self.asked_ms: list[float] = []
        self.sent_ms: list[float] = []

    async def run(self) -> None:
        life = self._world.life
        number = 0
        while not self.is_over:
            ids = life.ids[number % 10 :: 10]
            now_ms = life.clock.now_ms()
            batch = SampleBatch(ids, np.full(len(ids), now_ms), np.full(len(ids), 50.0))
            text = f"metric_{number % 11}{{host=~'host_1.'}}"
            query = Query(text=text, start_ms=now_ms - 3_600_000, end_ms=now_ms)
            began_s = time.perf_counter()
            await asyncio.wrap_future(life.store.submit(batch))
            self.sent_ms.append((time.perf_counter() - began_s) * 1000)
            began_s = time.perf_counter()
            await self._world.query.run(query)
            self.asked_ms.append((time.perf_counter() - began_s) * 1000)
            life.clock.advance_ms(100)
            number += 1
            await asyncio.sleep(0.1)


async def measure_preview(folder: Path, series: int, days: int) -> None:
    world = World(folder, series * 11)
    life = world.life
    # Minutes of one metric, as their rollup holds them.
    start_ms = life.clock.now_ms()
    ids = life.ids[::11]
    chance = np.random.default_rng(1)
    for _ in range(days * 24):
        times_ms = life.clock.now_ms() + np.arange(60) * 60_000
        batch = SampleBatch(
            np.tile(ids, 60), np.repeat(times_ms, len(ids)), chance.uniform(0, 100, 60 * len(ids))
        )
        life.store.submit(batch).result()
        life.clock.advance_ms(3_600_000)
        life.jobs["rollup"]()
        life.jobs["seal"]()
    content = {"query": "metric_0", "condition": "gt", "threshold": 99, "duration": "1m"}
    rule = read_rule(RuleRecord("", "tried", content, True, 1, None, 0, 0))
    for name in ("first", "again"):
        began_s, used_s = time.perf_counter(), time.process_time()
        view = await world.alerts.preview(rule, start_ms, life.clock.now_ms())
        title = f"a rule over {series:,} series by {days} d at {format_duration(view.step_ms)}, {name}"
        show(f"{title} (goal 2)", time.perf_counter() - began_s, "s")
        show(f"{title}, CPU", time.process_time() - used_s, "s CPU")
    if view.series_total != series or not view.spells:
        raise SystemExit(f"{view.series_total} series, {view.spells_total} spells")
    await world.close()


async def measure_flapping(folder: Path, hours: int) -> None:
    """A hundred series that begin and end to fire at every other tick; nobody takes the messages."""
    world = World(folder, 100)
    life = world.life
    channel = world.appdb.write_blocking(
        lambda connection: create_channel(connection, NewChannel("none", "webhook", {}, True), BY, 0)
    )
    notification = {"channels": [channel.id]}
    content = {"query": "{host=~'host_.*'}", "condition": "gt", "threshold": 50, "notification": notification}
    world.add_rules([content])
    process = psutil.Process()
    memory: list[float] = []
    ticks = hours * 360
    for tick in range(ticks):
        value = 99.0 if tick // 2 % 2 else 1.0
        batch = SampleBatch(life.ids, np.full(100, life.clock.now_ms()), np.full(100, value))
        life.store.submit(batch).result()
        life.clock.advance_ms(INTERVAL_MS)
        await world.tick()
        if tick % 360 == 359:
            life.jobs["rollup"]()
            life.jobs["seal"]()
            gc.collect()
            memory.append(process.memory_info().rss / 1e6)
    for hour in sorted({1, hours // 4, hours // 2, hours} - {0}):
        show(f"resident memory after {hour} h of flapping", memory[hour - 1], "MB")
    events = world.appdb.read_blocking(
        lambda connection: connection.execute("select count(*) from alert_events").get
    )
    show("events of it", events, "")
    watched = sum(len(world.alerts.loop.watched_of(rule)) for rule in world.alerts.loop._watched)  # noqa: SLF001
    show("series watched at the end", watched, "")
    await world.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("tick", "preview", "flapping"), default=None)
    parser.add_argument("--rules", type=int, default=1_000)
    parser.add_argument("--series", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=7, help="Of the preview.")
    parser.add_argument("--hours", type=int, default=24, help="Of flapping.")
    options = parser.parse_args()
    parts: dict[str, Callable[[Path], Awaitable[None]]] = {
        "tick": lambda folder: measure_tick(folder, options.rules, options.series),
        "preview": lambda folder: measure_preview(folder, 1_000, options.days),
        "flapping": lambda folder: measure_flapping(folder, options.hours),
    }
    for name, part in parts.items():
        if options.only in {None, name}:
            with tempfile.TemporaryDirectory(prefix="metricbox-bench-") as folder:
                asyncio.run(part(Path(folder)))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
