"""`python -m bench` (make bench): starts real servers, measures them, prints a table and writes it as JSON.

On a shared machine trust CPU per sample and the ratios inside one run more than wall times. Client and server share
the cores.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.agents import measure_agents
from bench.client import Connection, Request, measure
from bench.figures import Figure, progress, report
from bench.ingest import LINES, measure_doors, measure_new_series
from bench.server import BenchServer
from bench.small_requests import measure_small_requests
from bench.workload import HOSTS, LINE_SAMPLES, STEP_MS, make_line_bodies
from metricbox.clock import SystemClock

HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Size:
    ingest_steps: int
    query_hours: int
    repeats: int
    starts: int
    idle_s: int
    small_requests: int
    new_series: int
    agent_rounds: int


FULL = Size(
    ingest_steps=400,
    query_hours=6,
    repeats=100,
    starts=5,
    idle_s=15,
    small_requests=3000,
    new_series=100_000,
    agent_rounds=5,
)
QUICK = Size(
    ingest_steps=100,
    query_hours=2,
    repeats=30,
    starts=2,
    idle_s=5,
    small_requests=1000,
    new_series=100_000,
    agent_rounds=2,
)


# Title, request, hours, and the most that the median may be in milliseconds.
QUESTIONS: tuple[tuple[str, dict[str, object], int, float | None], ...] = (
    ("one series over 1 h", {"query": "cpu_usage_user", "tags": {"host": "host_%d"}}, 1, 8.0),
    ("100 series over 1 h, each", {"query": "cpu_usage_system"}, 1, None),
    ("100 series over 1 h, joined", {"query": "cpu_usage_system", "groupBy": []}, 1, None),
    (
        "100 counters over 1 h, rate",
        {"query": "net_bytes_total", "groupBy": [], "aggregation": "rate"},
        1,
        None,
    ),
    ("100 series over 2 h, by region", {"query": "cpu_usage_idle", "groupBy": ["region"]}, 2, None),
    ("100 series over 6 h, by region", {"query": "cpu_usage_idle", "groupBy": ["region"]}, 6, None),
)


def measure_start(size: Size, folder: Path) -> list[Figure]:
    """From the start of the process to the first answer, on an empty folder, from the source tree."""
    times_s = []
    for number in range(size.starts):
        before_s = time.perf_counter()
        with BenchServer(folder / f"start{number}", "--no-agent") as server:
            Connection(server, "").post("/api/v1/auth/logout", "application/json", b"")
            times_s.append(time.perf_counter() - before_s)
    return [
        Figure("start to first answer, best", min(times_s), "s", 1.5),
        Figure("start to first answer, worst", max(times_s), "s"),
    ]


def measure_idle(size: Size, folder: Path) -> list[Figure]:
    with BenchServer(folder / "idle") as server:
        time.sleep(size.idle_s)
        cpu_s = server.cpu_s()
        time.sleep(size.idle_s)
        return [
            Figure("resident memory idle, agent on", server.resident_bytes() / 1e6, "MB", 160),
            Figure("CPU idle, agent on", (server.cpu_s() - cpu_s) / size.idle_s * 100, "% of a core"),
        ]


def measure_ingest(size: Size, folder: Path) -> list[Figure]:
    return measure_doors(folder, size.ingest_steps) + measure_new_series(folder, size.new_series)


def measure_many_agents(size: Size, folder: Path) -> list[Figure]:
    return measure_agents(folder, size.agent_rounds)


def measure_queries(size: Size, folder: Path) -> list[Figure]:
    """100 hosts by 11 metrics by 10 s; every question is asked with another host or another end."""
    end_ms = SystemClock().now_ms() // STEP_MS * STEP_MS
    steps = size.query_hours * HOUR_MS // STEP_MS
    figures = []
    with BenchServer(folder / "query", "--no-agent") as server:
        progress(f"loading {steps * HOSTS * (LINE_SAMPLES + 1) / 1e6:.1f} M samples")
        bodies = make_line_bodies(end_ms - steps * STEP_MS, 0, steps, 10_000, with_counter=True)
        measure(server, server.create_token("ingest"), LINES.request(bodies))
        token = server.create_token("read")
        for title, body, hours, budget in QUESTIONS:
            progress(title)
            questions = make_questions(body, hours, end_ms, size.repeats)
            timing = measure(
                server, token, Request("/api/v1/query", {"Content-Type": "application/json"}, questions)
            )
            figures += [
                Figure(f"{title}: p50", timing.quantile_ms(0.5), "ms", budget),
                Figure(f"{title}: p95", timing.quantile_ms(0.95), "ms"),
                Figure(f"{title}: server CPU", timing.server_cpu_s / size.repeats * 1e3, "ms"),
            ]
        figures.append(Figure("resident memory after queries", server.resident_bytes() / 1e6, "MB"))
    progress("starting on the loaded folder")
    with BenchServer(folder / "query", "--no-agent") as server:
        figures.append(Figure("start on the loaded folder", server.started_s, "s"))
    return figures


def make_questions(body: dict[str, object], hours: int, end_ms: int, count: int) -> list[bytes]:
    """The question with a host and an end of its own each time, so that no cache answers it."""
    questions = []
    for number in range(count):
        last_ms = end_ms - number * STEP_MS
        text = json.dumps(body | {"start": last_ms - hours * HOUR_MS, "end": last_ms})
        questions.append(text.replace("%d", str(number % HOSTS)).encode())
    return questions


def measure_http(size: Size, folder: Path) -> list[Figure]:
    return [Figure(*row) for row in measure_small_requests(folder, size.small_requests)]


PARTS: dict[str, Callable[[Size, Path], list[Figure]]] = {
    "start": measure_start,
    "idle": measure_idle,
    "ingest": measure_ingest,
    "agents": measure_many_agents,
    "query": measure_queries,
    "http": measure_http,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="less of everything, in under a minute")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; default: all")
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}; parts are {', '.join(PARTS)}")
    size = QUICK if options.quick else FULL
    figures: list[Figure] = []
    for name in options.parts or PARTS:
        progress(f"== {name}")
        with tempfile.TemporaryDirectory(prefix="metricbox-bench-") as folder:
            figures += PARTS[name](size, Path(folder))
    report(figures, quick=options.quick)
    return 0


if __name__ == "__main__":
    sys.exit(main())
