"""`python -m bench.soak --minutes 30`: a store lives through months in half an hour, and must not grow from it.

The store has a process to itself and a clock that is turned: three threads write, run the jobs that are due by that
clock, and query, while hundreds of chunks are opened, sealed, merged with late samples, and dropped. Every 10 s memory,
files and descriptors are looked at; what rises over the last two thirds is named. Every value that a query returns is
checked, and at the end the whole store: by counting, and by its own examination before and after it was closed.
Runs slowly enough to leave most of the machine to others (--share). Exits with 1 when something is wrong.
"""

import argparse
import logging
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.engine_life import LIMITS, START_MS
from metricbox.clock import ManualClock
from metricbox.durations import parse_duration_ms
from metricbox.model import BoolArray, Float64Array, Int64Array, SampleBatch, SeriesKey
from metricbox.store.duckdb_backend.store import DuckDBMetricStore
from metricbox.store.tiers import HOUR, MINUTE, RAW, TIERS, Tier

logger = logging.getLogger(__name__)

SERIES = 200
STEP_MS = 60_000
# The clock moves by this much at a time; jobs, late samples and queries come in between.
TICK_MS = 3_600_000
LATENESS_MS = 600_000
RETENTION_MS = {
    RAW.table: parse_duration_ms("6h"),
    MINUTE.table: parse_duration_ms("2d"),
    HOUR.table: parse_duration_ms("60d"),
}
# Of the rows of a tick; they come up to so much later.
LATE_RATIO = 0.01
LATEST_MS = parse_duration_ms("3h")
LOOK_EVERY_S = 10.0
SHOW_EVERY_S = 60.0
QUERIES_A_TICK = 3


class Look(NamedTuple):
    """What the process and its folder have at a moment."""

    at_s: float
    rss_mb: float
    files: float
    folder_mb: float
    database_mb: float
    descriptors: float
    threads: float


class Bound(NamedTuple):
    """A rise over the last two thirds that is no leak: a part of the mean, or so much where the mean is small."""

    ratio: float
    least: float


# Memory is not given back evenly, and chunks of the coarse tiers come and go in a rhythm of their own.
BOUNDS = {
    "rss_mb": Bound(0.05, 10),
    "files": Bound(0.1, 4),
    "folder_mb": Bound(0.2, 5),
    "database_mb": Bound(0.2, 5),
    "descriptors": Bound(0.1, 3),
    "threads": Bound(0, 1),
}


def look(folder: Path, began_s: float) -> Look:
    status = dict(
        line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    )
    sizes = {}
    for path in folder.rglob("*"):
        try:
            sizes[path] = path.stat().st_size if path.is_file() else None
        except FileNotFoundError:
            continue
    files = {path: size for path, size in sizes.items() if size is not None}
    return Look(
        time.monotonic() - began_s,
        int(status["VmRSS"].split()[0]) / 1024,
        len(files),
        sum(files.values()) / 1e6,
        files.get(folder / "metrics.duckdb", 0) / 1e6,
        len(list(Path("/proc/self/fd").iterdir())),
        int(status["Threads"]),
    )


def values_of(series_ids: Int64Array, ts_ms: Int64Array) -> Float64Array:
    """The value of every sample is told by its series and time, so that each one can be checked."""
    return np.asarray((series_ids * 7 + ts_ms // STEP_MS * 13) % 10_007 / 4, np.float64)


class Feed:
    """What is sent: every series each minute; some rows later than the others, but all of them in the end."""

    def __init__(self, series_ids: Int64Array) -> None:
        self._ids = series_ids
        self._chance = np.random.default_rng(1)
        self._late: list[tuple[int, SampleBatch]] = []
        self.sent = 0

    def take(self, start_ms: int, end_ms: int) -> list[SampleBatch]:
        """What is sent in [start, end): its own rows less those that are late, and those that were late before."""
        times = np.arange(start_ms, end_ms, STEP_MS)
        ts_ms, ids = np.repeat(times, len(self._ids)), np.tile(self._ids, len(times))
        batch = SampleBatch(ids, ts_ms, values_of(ids, ts_ms))
        is_late: BoolArray = self._chance.random(batch.size) < LATE_RATIO
        self._late.append((end_ms + int(self._chance.integers(LATEST_MS)), batch.where(is_late)))
        due = [late for due_ms, late in self._late if due_ms < end_ms]
        self._late = [(due_ms, late) for due_ms, late in self._late if due_ms >= end_ms]
        return self._count([batch.where(~is_late), *due])

    def take_rest(self) -> list[SampleBatch]:
        rest = [late for _, late in self._late]
        self._late = []
        return self._count(rest)

    def _count(self, batches: list[SampleBatch]) -> list[SampleBatch]:
        self.sent += sum(batch.size for batch in batches)
        return batches


class Soak:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock(START_MS)
        self.faults: list[str] = []
        self.chunks_seen: set[tuple[str, int]] = set()
        self.merges = 0
        self.queries = 0
        self._open()
        keys = [SeriesKey(f"metric_{n % 10}", (("host", f"host_{n // 10}"),)) for n in range(SERIES)]
        self.ids: Int64Array = self.store.register_series(keys)
        self.feed = Feed(self.ids)
        self._due_ms = {job.name: START_MS for job in self.store.list_jobs()}

    def _open(self) -> None:
        self.store = DuckDBMetricStore(
            self.folder,
            self.clock,
            retention_ms=lambda tier: RETENTION_MS[tier.table],
            max_series=1_000_000,
            max_queued_samples=1_000_000,
            disk_reserve_bytes=0,
            memory_limit_bytes=512 << 20,
            lateness_ms=LATENESS_MS,
        )

    def tick(self) -> None:
        """An hour: rows come, while the jobs that are due run and queries are answered."""
        now_ms = self.clock.now_ms()
        works: list[Callable[[], None]] = [self._run_jobs, self._query]
        threads = [threading.Thread(target=self._guarded(work)) for work in works]
        for thread in threads:
            thread.start()
        self._guarded(lambda: self._write(self.feed.take(now_ms, now_ms + TICK_MS)))()
        for thread in threads:
            thread.join()
        self.clock.advance_ms(TICK_MS)

    def _guarded(self, work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            except Exception as error:
                logger.exception("the soak broke off")
                self.faults.append(f"{type(error).__name__}: {error}")

        return run

    def _write(self, batches: list[SampleBatch]) -> None:
        # As many bodies would do: one for each ten minutes.
        pieces = [piece for batch in batches for piece in _split(batch, SERIES * 10)]
        for done in [self.store.submit(piece) for piece in pieces]:
            done.result()

    def _run_jobs(self) -> None:
        now_ms = self.clock.now_ms()
        for job in self.store.list_jobs():
            if now_ms >= self._due_ms[job.name]:
                before = self._count_files()
                job.run()
                if job.name == "seal":
                    self._note_chunks(before)
                self._due_ms[job.name] = now_ms + job.interval_ms

    def _count_files(self) -> dict[tuple[str, int], set[int]]:
        parts: dict[tuple[str, int], set[int]] = {}
        with self.store._chunks.pinned() as view:  # noqa: SLF001 - what the store consists of is what is looked at
            for tier in TIERS:
                for part in view.parts[tier.table]:
                    if not part.is_hot:
                        parts.setdefault((tier.table, part.start_ms), set()).add(part.part_id)
        return parts

    def _note_chunks(self, before: dict[tuple[str, int], set[int]]) -> None:
        after = self._count_files()
        self.chunks_seen |= set(after)
        self.merges += sum(1 for chunk in after if chunk in before and after[chunk] != before[chunk])

    def _query(self) -> None:
        now_ms = self.clock.now_ms()
        chance = np.random.default_rng(now_ms // TICK_MS)
        for _ in range(QUERIES_A_TICK):
            one = chance.choice(self.ids, 3, replace=False)
            back_ms = int(chance.integers(TICK_MS, RETENTION_MS[RAW.table]))
            samples = self.store.read_raw(one, now_ms - back_ms, now_ms, LIMITS)
            if not np.array_equal(samples.values, values_of(samples.series_ids, samples.ts_ms)):
                self.faults.append(f"a query at {now_ms} gave values that were never written")
            tier, reach_ms = ((MINUTE, 2 * back_ms), (HOUR, 20 * back_ms))[int(chance.integers(2))]
            rows = self.store.read_rollup(tier, one, now_ms - reach_ms, now_ms, LIMITS)
            if rows.size and not (
                rows.counts.max() <= tier.resolution_ms // STEP_MS and rows.counts.min() >= 1
            ):
                self.faults.append(f"a query at {now_ms} gave buckets of {tier.table} with wrong counts")
            self.queries += 2
        self.store.status()

    def finish(self) -> None:
        """Send what is late, bring everything up to date, and look at all that there is."""
        self._write(self.feed.take_rest())
        jobs = {job.name: job.run for job in self.store.list_jobs()}
        for _ in range(2):
            for name in ("rollup", "seal", "retention", "checkpoint"):
                jobs[name]()
        self.faults += self.store.examine()
        self._check_counts()
        self.store.close()
        self._open()
        self.faults += self.store.faults_at_start
        self.faults += self.store.examine()
        self._check_counts()
        self.store.close()

    def _check_counts(self) -> None:
        """Every sample that was sent and has not expired is there once, in each tier."""
        now_ms = self.clock.now_ms()
        for tier in TIERS:
            unit_ms = max(tier.resolution_ms, STEP_MS)
            first_ms = max(START_MS, now_ms - RETENTION_MS[tier.table])
            first_ms += -first_ms % unit_ms
            end_ms = now_ms - now_ms % unit_ms
            wanted = (end_ms - first_ms) // STEP_MS * SERIES
            found = self._count(tier, first_ms, end_ms)
            if found != wanted:
                self.faults.append(f"{tier.table} holds {found} samples, {wanted} were sent")

    def _count(self, tier: Tier, start_ms: int, end_ms: int) -> int:
        if tier is RAW:
            return len(self.store.read_raw(self.ids, start_ms, end_ms, LIMITS).ts_ms)
        return int(self.store.read_rollup(tier, self.ids, start_ms, end_ms, LIMITS).counts.sum())


def _split(batch: SampleBatch, size: int) -> list[SampleBatch]:
    return [
        SampleBatch._make(column[first : first + size] for column in batch)
        for first in range(0, batch.size, size)
    ]


def rise(looks: list[Look], name: str) -> tuple[float, float]:
    """How much a line through the last two thirds rises over them, and their mean."""
    values = np.array([getattr(one, name) for one in looks])[len(looks) // 3 :]
    if len(values) < 2:
        return 0.0, float(values.mean())
    times = np.arange(len(values))
    return float(np.polyfit(times, values, 1)[0] * (len(values) - 1)), float(values.mean())


def judge(looks: list[Look]) -> list[str]:
    """Prints a line for each thing that was looked at; what rose too much, as sentences."""
    found = []
    print(f"{'over the last two thirds':<24} {'mean':>10} {'rise':>10} {'allowed':>10}")
    for name, bound in BOUNDS.items():
        rose, mean = rise(looks, name)
        allowed = max(bound.ratio * mean, bound.least)
        print(f"{name:<24} {mean:>10.1f} {rose:>10.2f} {allowed:>10.2f}")
        if rose > allowed:
            found.append(f"{name} rose by {rose:.1f} over the last two thirds")
    return found


def live(soak: Soak, minutes: float, share: float) -> list[Look]:
    """Ticks until the time is over, with pauses so that the share of one core is not exceeded."""
    began_s, used_s = time.monotonic(), time.process_time()
    looks: list[Look] = []
    shown_s = -SHOW_EVERY_S
    print(("{:>9}" * 9).format("s", "day", "chunks", "rss MB", "files", "MB", "duckdb", "fds", "threads"))
    while (passed_s := time.monotonic() - began_s) < minutes * 60:
        soak.tick()
        if not looks or passed_s - looks[-1].at_s >= LOOK_EVERY_S:
            looks.append(look(soak.folder, began_s))
        if looks[-1].at_s - shown_s >= SHOW_EVERY_S:
            shown_s = looks[-1].at_s
            one = looks[-1]
            day = (soak.clock.now_ms() - START_MS) / 86_400_000
            print(
                f"{one.at_s:>9.0f}{day:>9.1f}{len(soak.chunks_seen):>9}{one.rss_mb:>9.0f}{one.files:>9.0f}"
                f"{one.folder_mb:>9.1f}{one.database_mb:>9.1f}{one.descriptors:>9.0f}{one.threads:>9.0f}",
                flush=True,
            )
        ahead_s = (time.process_time() - used_s) / share - (time.monotonic() - began_s)
        if ahead_s > 0:
            time.sleep(ahead_s)
        if len(soak.faults) > 20:
            break
    return looks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--share", type=float, default=0.4, help="How much of one core to use.")
    parser.add_argument("--keep", action="store_true", help="Keep the folder.")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    folder = Path(tempfile.mkdtemp(prefix="metricbox-soak-"))
    print(f"{SERIES} series every {STEP_MS // 1000} s in {folder}", flush=True)
    try:
        soak = Soak(folder)
        looks = live(soak, options.minutes, options.share)
        soak.finish()
    finally:
        if not options.keep:
            shutil.rmtree(folder)
    print(
        f"{(soak.clock.now_ms() - START_MS) / 86_400_000:.1f} days, {soak.feed.sent:,} samples, "
        f"{len(soak.chunks_seen)} chunks sealed, {soak.merges} merged with late samples, {soak.queries:,} queries"
    )
    faults = judge(looks) + soak.faults
    for fault in faults:
        print(f"FAULT: {fault}")
    print(f"verdict: {f'{len(faults)} faults' if faults else 'nothing grows, nothing is wrong'}")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
