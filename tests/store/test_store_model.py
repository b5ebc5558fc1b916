"""Random lives of a store, compared with a naive model: a dictionary of every sample that was accepted.

Writes, late writes, duplicates, rollups, sealing, retention, restarts and kills come in any order; whatever the tier
and however its rows came about, an answer must be what the accepted samples say.
"""

import shutil
import tempfile
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from metricbox.clock import ManualClock
from metricbox.errors import UnavailableError
from metricbox.store.partials import LOOKBACK_MS
from metricbox.store.tiers import HOUR, MINUTE, RAW, Tier
from tests.support.stores import HOUR_MS, LIMITS, NOW_MS, batch, key, open_duckdb_store

MINUTE_MS = 60_000
# Short enough that chunks expire within a test, long enough for the rules of retention.py.
RETENTION_MS = {RAW.table: 6 * HOUR_MS, MINUTE.table: 60 * HOUR_MS, HOUR.table: 90 * 24 * HOUR_MS}
SERIES = 3


def retention_ms(tier: Tier) -> int:
    return RETENTION_MS[tier.table]


class StoreLife(RuleBasedStateMachine):
    @initialize()
    def open(self) -> None:
        self.root = Path(tempfile.mkdtemp())
        self.folder = self.root / "0"
        self.folder.mkdir()
        self.generation = 0
        self.clock = ManualClock(NOW_MS)
        self.accepted: dict[tuple[int, int], float] = {}
        self._open()
        self.ids = [
            int(one)
            for one in self.store.register_series([key(f"m{n % 2}", n=str(n)) for n in range(SERIES)])
        ]

    def _open(self) -> None:
        self.store = open_duckdb_store(self.folder, self.clock, retention_ms)
        self.jobs = {job.name: job.run for job in self.store.list_jobs()}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.root)

    # ---- what happens to a store

    @rule(
        rows=st.lists(
            st.tuples(
                st.integers(0, SERIES - 1),
                st.one_of(
                    st.integers(0, 20 * MINUTE_MS), st.integers(0, RETENTION_MS[RAW.table] - MINUTE_MS)
                ),
                st.integers(0, 200).map(lambda value: value / 2),
            ),
            min_size=1,
            max_size=12,
        )
    )
    def write(self, rows: list[tuple[int, int, float]]) -> None:
        """New, late and repeated samples; times on a grid of 10 s, so that repetitions happen."""
        now_ms = self.clock.now_ms()
        samples = [(self.ids[n], (now_ms - age_ms) // 10_000 * 10_000, value) for n, age_ms, value in rows]
        self.store.submit(batch(samples)).result(30)
        for series_id, ts_ms, value in samples:
            self.accepted[series_id, ts_ms] = value

    @rule(ms=st.sampled_from([10_000, MINUTE_MS, 17 * MINUTE_MS, 2 * HOUR_MS, 7 * HOUR_MS]))
    def wait(self, ms: int) -> None:
        self.clock.advance_ms(ms)

    @rule(name=st.sampled_from(["rollup", "seal", "retention", "checkpoint", "verify"]))
    def run_job(self, name: str) -> None:
        # Retention may find the clock far ahead after a restart, and holds back.
        with suppress(UnavailableError) if name == "retention" else nullcontext():
            self.jobs[name]()

    @rule()
    def restart(self) -> None:
        self.store.close()
        self._open()

    @rule()
    def kill(self) -> None:
        """What is on the disk at this moment is all that the next process finds."""
        self.generation += 1
        after = self.root / str(self.generation)
        shutil.copytree(self.folder, after)
        self.store.close()
        self.folder = after
        self._open()

    # ---- what must hold

    @invariant()
    def raw_is_what_was_accepted(self) -> None:
        if not hasattr(self, "store"):
            return
        hidden_ms = self.clock.now_ms() - RETENTION_MS[RAW.table]
        columns = self.store.read_raw(np.array(self.ids), 0, NOW_MS * 2, LIMITS)
        got = list(
            zip(columns.series_ids.tolist(), columns.ts_ms.tolist(), columns.values.tolist(), strict=True)
        )
        assert got == [(*at, value) for at, value in sorted(self.accepted.items()) if at[1] >= hidden_ms]

    @invariant()
    def rollups_are_what_was_accepted(self) -> None:
        if not hasattr(self, "store"):
            return
        for tier in (MINUTE, HOUR):
            hidden_ms = self.clock.now_ms() - RETENTION_MS[tier.table]
            columns = self.store.read_rollup(tier, np.array(self.ids), 0, NOW_MS * 2, LIMITS)
            got = list(zip(*(column.tolist() for column in columns), strict=True))
            expected = naive_partials(self.accepted, tier.resolution_ms)
            visible = [row for row in expected if row[1] + tier.resolution_ms > hidden_ms]
            assert got == [pytest.approx(row) for row in visible]


def naive_partials(accepted: dict[tuple[int, int], float], resolution_ms: int) -> list[tuple[Any, ...]]:
    buckets: dict[tuple[int, int], list[tuple[float, float]]] = {}
    before: tuple[int, int, float] | None = None
    for (series_id, ts_ms), value in sorted(accepted.items()):
        growth = 0.0
        if before and before[0] == series_id and ts_ms - before[1] <= LOOKBACK_MS:
            growth = value - before[2] if value >= before[2] else value
        before = (series_id, ts_ms, value)
        buckets.setdefault((series_id, ts_ms - ts_ms % resolution_ms), []).append((value, growth))
    return [
        (*at, len(rows), sum(v for v, _ in rows), min(v for v, _ in rows), max(v for v, _ in rows), rows[0][0],
         rows[-1][0], sum(g for _, g in rows))
        for at, rows in sorted(buckets.items())
    ]  # fmt: skip


StoreLife.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestStoreLife = StoreLife.TestCase
