"""`python -m bench.engine`: the store by itself, without HTTP: sealing, rollups, reads meanwhile, growth, start.

The clock is turned by hand, so that hours of data take seconds. CPU is that of this process, of all its threads.
"""

import argparse
import resource
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from metricbox.clock import ManualClock
from metricbox.model import Int64Array, SampleBatch, SeriesKey
from metricbox.store.contract import ReadLimits
from metricbox.store.duckdb_backend.store import DuckDBMetricStore
from metricbox.store.tiers import MINUTE, RAW

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


def measure_chunk(folder: Path) -> None:
    life = Life(folder, 1_100)
    life.feed(720)
    idle_ms = life.read_ms(200)
    show("one series over 1 h from an open chunk, p50", idle_ms, "ms")
    samples = 720 * life.series
    show(
        "sealing a chunk of 792,000 samples, read, sort and sync included",
        samples / cpu_s(life.jobs["seal"]) / 1e6,
        "M samples/s",
    )
    tier = life.store.status().tiers[0]
    files = sum(path.stat().st_size for path in (folder / "chunks" / RAW.table).iterdir())
    show("bytes a sample, sealed (random walk of two decimals)", files / samples, "bytes")
    show("one series over 1 h from a sealed chunk, p50", life.read_ms(200), "ms")
    if tier.samples != samples:
        raise SystemExit(f"{samples} samples were written, {tier.samples} are stored")
    life.store.close()


def measure_rollup(folder: Path) -> None:
    life = Life(folder, 10_000)
    life.feed(36)
    life.jobs["rollup"]()
    life.feed(6)
    began_s = time.perf_counter()
    used_s = cpu_s(life.jobs["rollup"])
    show("1-minute refresh of 10,000 series", time.perf_counter() - began_s, "s")
    show("1-minute refresh of 10,000 series, CPU", used_s, "s")
    life.store.read_rollup(MINUTE, life.ids[:1], START_MS, life.clock.now_ms(), LIMITS)
    life.store.close()


def measure_reads_while_sealing(folder: Path) -> None:
    life = Life(folder, 10_000)
    life.feed(720)
    idle_ms = life.read_ms(100)
    job = threading.Thread(target=life.jobs["seal"])
    job.start()
    busy_ms = life.read_ms(100)
    job.join()
    show("one series over 1 h among 10,000, idle, p50", idle_ms, "ms")
    show("the same while 7.2 M samples are sealed, p50", busy_ms, "ms")
    show("peak resident memory so far", peak_mb(), "MB")
    life.store.close()


def measure_growth(folder: Path, most_samples: int) -> None:
    """Ingest with the jobs running, as the stored data grows."""
    life = Life(folder, 20_000)
    stored = 0
    next_mark = 10_000_000
    while stored < most_samples:
        used_s = 0.0
        first = stored
        while stored < next_mark:
            used_s += cpu_s(lambda: life.feed(60))
            stored += 60 * life.series
            life.jobs["rollup"]()
            life.jobs["seal"]()
        show(
            f"ingest into {stored / 1e6:,.0f} M stored samples, CPU",
            used_s / (stored - first) * 1e6,
            "us/sample",
        )
        next_mark = min(next_mark * 2, most_samples) if next_mark < most_samples else next_mark + 1
    show("one series over 1 h at the end, p50", life.read_ms(50), "ms")
    show("peak resident memory", peak_mb(), "MB")
    size = sum(path.stat().st_size for path in (folder / "chunks").rglob("*.parquet"))
    show("bytes of all sealed files, rollups included, for a raw sample", size / stored, "bytes")
    life.store.close()


def measure_start(folder: Path) -> None:
    life = Life(folder, 50)
    for _ in range(1_000):
        life.feed(1)
        life.clock.advance_ms(RAW.chunk_ms - STEP_MS)
    life.jobs["seal"]()
    chunks = life.store.status().tiers[0].chunks
    life.store.close()
    began_s = time.perf_counter()
    life.open()
    show(f"opening a store of {chunks:,} chunks", time.perf_counter() - began_s, "s")
    life.store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--growth", type=int, default=100, help="Million samples to grow to.")
    parser.add_argument("--only", choices=("chunk", "rollup", "reads", "growth", "start"), default=None)
    options = parser.parse_args()
    parts: dict[str, Callable[[Path], None]] = {
        "chunk": measure_chunk,
        "rollup": measure_rollup,
        "reads": measure_reads_while_sealing,
        "start": measure_start,
        "growth": lambda folder: measure_growth(folder, options.growth * 1_000_000),
    }
    for name, part in parts.items():
        if options.only in {None, name}:
            with tempfile.TemporaryDirectory(prefix="metricbox-bench-") as folder:
                part(Path(folder))


if __name__ == "__main__":
    main()
