"""`python -m bench.engine`: the store by itself, without HTTP: sealing, rollups, reads meanwhile, growth, start.

The clock is turned by hand, so that hours of data take seconds. CPU is that of this process, of all its threads.
`--only memory` is not part of the whole, as it takes a quarter of an hour.
"""

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from bench.engine_life import LIMITS, START_MS, STEP_MS, Life, cpu_s, peak_mb, show
from bench.engine_memory import HOURS, RATE, SERIES, measure_memory
from metricbox.store.tiers import MINUTE, RAW

# The first one also warms up the process; a server seals one after another.
CHUNKS = 7


def measure_chunk(folder: Path) -> None:
    life = Life(folder, 1_100)
    samples = 720 * life.series
    life.feed(720)
    show("one series over 1 h from an open chunk, p50", life.read_ms(200), "ms")
    used_s = [cpu_s(life.jobs["seal"])]
    for _ in range(CHUNKS - 1):
        life.feed(720)
        used_s.append(cpu_s(life.jobs["seal"]))
    show(
        "sealing the first chunk of 792,000 samples, table to synced file",
        samples / used_s[0] / 1e6,
        "M samples/s",
    )
    show(f"the same, median of {CHUNKS} chunks", samples / statistics.median(used_s) / 1e6, "M samples/s")
    tier = life.store.status().tiers[0]
    files = sum(path.stat().st_size for path in (folder / "chunks" / RAW.table).iterdir())
    show("bytes a sample, sealed (random walk of two decimals)", files / tier.samples, "bytes")
    show("one series over 1 h from a sealed chunk, p50", life.read_ms(200), "ms")
    if tier.samples != samples * CHUNKS:
        raise SystemExit(f"{samples * CHUNKS} samples were written, {tier.samples} are stored")
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
    parser.add_argument(
        "--only", choices=("chunk", "rollup", "reads", "growth", "start", "memory"), default=None
    )
    parser.add_argument("--rate", type=float, default=RATE, help="Of memory: samples a second.")
    parser.add_argument("--hours", type=float, default=HOURS, help="Of memory: hours of data.")
    options = parser.parse_args()
    if options.only == "memory":
        measure_memory(SERIES, options.hours, options.rate)
        return
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
