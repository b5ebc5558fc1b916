"""The process that test_kill.py kills: the real loop, dispatcher and web hook on a real database, with scripted values.

    python -m tests.alerts.kill_child DATABASE SEED TICKS START_TICK

Each line on standard input is the number of a tick; when it took effect, a line with the messages that are still
queued is answered. The clock moves by the lines alone.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from metricbox.alerts import dispatcher as dispatching
from metricbox.alerts.channels.http import HttpPoster
from metricbox.alerts.channels.making import make_sender
from metricbox.alerts.dispatcher import Dispatcher
from metricbox.alerts.loop import AlertLoop
from metricbox.clock import ManualClock
from metricbox.query.promql.values import Matrix
from metricbox.query.shared_reads import SharedReads
from metricbox.store.appdb.database import AppDatabase
from tests.alerts.kill_script import HOSTS, TICK_MS, Script
from tests.support.stores import NOW_MS


class ScriptedQueries:
    """The query service as the loop sees it."""

    def __init__(self, script: Script) -> None:
        self._script = script

    async def share(self, queries: Sequence[tuple[str, int]]) -> SharedReads:
        return SharedReads({}, {})

    async def run_instant(
        self,
        text: str,
        time_ms: int,
        timeout_ms: int | None = None,
        *,
        takes_names: bool = False,
        shared: SharedReads | None = None,
    ) -> tuple[Matrix, Sequence[str]]:
        values = [[self._script.value(text, host, time_ms)] for host in HOSTS]
        labels = [(("host", host),) for host in HOSTS]
        return Matrix(labels, np.array(values), np.ones((len(HOSTS), 1), bool)), []


async def main(path: str, seed: int, ticks: int, start: int) -> None:
    clock = ManualClock(NOW_MS + start * TICK_MS)
    appdb = AppDatabase.open(Path(path), clock)
    poster = HttpPoster()
    # Ticks are milliseconds apart here, and the pauses of a storm would be seconds.
    dispatching.MAX_PER_MINUTE = 1_000_000
    dispatcher = Dispatcher(appdb, clock, lambda channel: make_sender(channel, poster))
    loop = AlertLoop(
        appdb,
        ScriptedQueries(Script(seed, ticks)),
        clock,
        interval_ms=TICK_MS,
        load_silences=lambda *_: lambda _: False,
        on_messages=dispatcher.wake,
    )
    await loop.load()
    delivering = asyncio.create_task(dispatcher.run())
    while line := await asyncio.to_thread(sys.stdin.readline):
        tick_ms = NOW_MS + int(line) * TICK_MS
        clock.advance_ms(tick_ms - clock.now_ms())
        dispatcher.wake()
        await loop.tick(tick_ms)
        queued = await appdb.read(
            lambda connection: (
                connection.execute("select count(*) from alert_deliveries where state = 'queued'").get
            )
        )
        sys.stdout.write(f"{queued}\n")
        sys.stdout.flush()
    delivering.cancel()
    await asyncio.gather(delivering, return_exceptions=True)
    await poster.close()
    appdb.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *(int(one) for one in sys.argv[2:])))
