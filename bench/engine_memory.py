"""`python -m bench.engine --only memory`: the peak of resident memory of a store that is fed while its jobs run.

In a process of its own, as a peak never falls again. One thread feeds at a steady rate of real time, and the clock of
the store goes with the data: more than a day passes in a quarter of an hour, so that a day of 1-minute rows is sealed.
Another thread runs the jobs that are due by that clock, as the server does. `--rate=1000000` takes three minutes and
asks for more: the jobs fall behind and have large pieces to catch up on.
"""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from bench.engine_life import HOUR_MS, STEP_MS, Life, show

SERIES = 20_000
HOURS = 26
RATE = 200_000
# What a queue of the server holds is a part of the memory as well: batches are handed over this far ahead.
STEPS_AHEAD = 10


def measure_memory(series: int, hours: float, rate: float) -> None:
    command = [sys.executable, "-m", "bench.engine_memory"]
    options = [f"--series={series}", f"--hours={hours}", f"--rate={rate}"]
    subprocess.run([*command, *options], check=True)


class Jobs:
    """Runs what is due by the clock of a life, one after another, until it is stopped."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.runs = 0
        self.error: BaseException | None = None
        self._thread.start()

    def _run(self) -> None:
        jobs = list(self._life.store.list_jobs())
        due_ms = {job.name: self._life.clock.now_ms() for job in jobs}
        try:
            while not self._is_over.is_set():
                now_ms = self._life.clock.now_ms()
                for job in jobs:
                    if now_ms >= due_ms[job.name]:
                        job.run()
                        self.runs += 1
                        due_ms[job.name] = now_ms + job.interval_ms
                time.sleep(0.001)
        except BaseException as error:
            self.error = error

    def stop(self) -> None:
        self._is_over.set()
        self._thread.join()
        if self.error is not None:
            raise self.error


def memory_mb(name: str) -> float:
    """`VmRSS` or `VmHWM` (the peak) of this process."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) / 1024
    raise SystemExit(f"no {name} in /proc/self/status")


def run(folder: Path, series: int, hours: float, rate: float) -> None:
    life = Life(folder, series)
    jobs = Jobs(life)
    steps = int(hours * HOUR_MS / STEP_MS)
    began_s = time.perf_counter()
    for first in range(0, steps, STEPS_AHEAD):
        life.feed(STEPS_AHEAD)
        if jobs.error is not None:
            break
        ahead_s = (first + STEPS_AHEAD) * series / rate - (time.perf_counter() - began_s)
        if ahead_s > 0:
            time.sleep(ahead_s)
        if (first + STEPS_AHEAD) * STEP_MS % (2 * HOUR_MS) == 0:
            hour = (first + STEPS_AHEAD) * STEP_MS // HOUR_MS
            show(
                f"resident / peak memory after {hour} h of data: {memory_mb('VmRSS'):,.0f} /",
                memory_mb("VmHWM"),
                "MB",
            )
    taken_s = time.perf_counter() - began_s
    jobs.stop()
    # What is left to do after the last rows.
    for _ in range(2):
        life.jobs["rollup"]()
        life.jobs["seal"]()
    show("samples fed a second", steps * series / taken_s, "/s")
    for tier in life.store.status().tiers:
        show(f"rows in {tier.table}, of {tier.chunks} chunks", tier.samples, "")
    show("runs of jobs", jobs.runs, "")
    show("peak resident memory of the process", memory_mb("VmHWM"), "MB")
    life.store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=SERIES)
    parser.add_argument("--hours", type=float, default=HOURS, help="Of the clock of the store.")
    parser.add_argument("--rate", type=float, default=RATE, help="Samples a second of real time.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="metricbox-bench-") as folder:
        run(Path(folder), options.series, options.hours, options.rate)


if __name__ == "__main__":
    main()
