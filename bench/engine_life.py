"""A store that lives by a clock turned by hand, so that hours of data take seconds; for the benches of the engine."""

import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from metricbox.clock import ManualClock
from metricbox.model import Int64Array, SampleBatch, SeriesKey
from metricbox.store.contract import ReadLimits
from metricbox.store.duckdb_backend.store import DuckDBMetricStore

START_MS = 1_795_600_800_000
STEP_MS = 10_000
HOUR_MS = 3_600_000
LIMITS = ReadLimits(60, 100_000_000)


class Walk:
    """A random walk in hundredths for every series, folded into 0 to 100."""

    def __init__(self, series: int) -> None:
        self._chance = np.random.default_rng(1)
        self._values = self._chance.integers(0, 10_001, series)

    def step(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        moved = self._values + np.rint(self._chance.normal(0, 100, len(self._values))).astype(np.int64)
        self._values = np.abs(10_000 - np.abs(10_000 - moved))
        return np.asarray(self._values / 100)


class Life:
    """One store with `series` series of 11 metrics, fed every 10 s of its own clock."""

    def __init__(self, folder: Path, series: int) -> None:
        self.clock = ManualClock(START_MS)
        self.folder = folder
        self.series = series
        self.walk = Walk(series)
        self.open()
        keys = [
            SeriesKey(f"metric_{number % 11}", (("host", f"host_{number // 11}"),))
            for number in range(series)
        ]
        self.ids: Int64Array = self.store.register_series(keys)

    def open(self) -> None:
        self.store = DuckDBMetricStore(
            self.folder,
            self.clock,
            retention_ms=lambda tier: 10 * tier.default_retention_ms,
            max_series=10_000_000,
            max_queued_samples=10_000_000,
            disk_reserve_bytes=0,
            memory_limit_bytes=512 << 20,
            lateness_ms=0,
        )
        self.jobs = {job.name: job.run for job in self.store.list_jobs()}

    def feed(self, steps: int) -> None:
        """Waits for each tenth batch, so that the queue stays short."""
        for number in range(steps):
            now_ms = self.clock.now_ms()
            batch = SampleBatch(self.ids, np.full(self.series, now_ms), self.walk.step())
            done = self.store.submit(batch)
            if number % 10 == 9 or number == steps - 1:
                done.result()
            self.clock.advance_ms(STEP_MS)

    def read_ms(self, repeats: int) -> float:
        """Median time of reading one series over an hour, in ms."""
        end_ms = self.clock.now_ms()
        taken = []
        for number in range(repeats):
            wanted = self.ids[number % self.series : number % self.series + 1]
            began_s = time.perf_counter()
            self.store.read_raw(
                wanted, end_ms - HOUR_MS, end_ms, LIMITS, f"metric_{number % self.series % 11}"
            )
            taken.append(time.perf_counter() - began_s)
        return float(np.median(taken) * 1000)


def cpu_s(work: Callable[[], object]) -> float:
    began_s = time.process_time()
    work()
    return time.process_time() - began_s


def show(name: str, value: float, unit: str) -> None:
    print(f"{name:<60} {value:>12,.3f} {unit}", flush=True)


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
