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

from bench.client import Connection, Request, Timing, measure
from bench.figures import Figure, progress, report
from bench.server import BenchServer
from bench.small_requests import measure_small_requests
from bench.workload import (
    FIELDS,
    HOSTS,
    LINE_SAMPLES,
    STEP_MS,
    make_irregular_line_bodies,
    make_json_bodies,
    make_line_bodies,
)
from metricbox.clock import SystemClock

HOUR_MS = 3_600_000
LINES, JSON = ("/write", "text/plain"), ("/api/v1/metrics", "application/json")


@dataclass(frozen=True)
class Size:
    ingest_steps: int
    query_hours: int
    repeats: int
    starts: int
    idle_s: int
    small_requests: int


FULL = Size(ingest_steps=400, query_hours=6, repeats=100, starts=5, idle_s=15, small_requests=3000)
QUICK = Size(ingest_steps=100, query_hours=2, repeats=30, starts=2, idle_s=5, small_requests=1000)


@dataclass(frozen=True)
class IngestCase:
    title: str
    door: tuple[str, str]
    make: Callable[[int, int, int, int], list[bytes]]
    body_samples: int
    clients: int = 1
    share: int = 1
    """Does this part of the steps: slow cases need not take long."""
    budget: float | None = None


INGEST_CASES = (
    IngestCase("line protocol, 1,000 a body, 1 client", LINES, make_line_bodies, 1_000),
    IngestCase("line protocol, 1,000 a body, 4 clients", LINES, make_line_bodies, 1_000, clients=4),
    IngestCase("line protocol, 10,000 a body, 1 client", LINES, make_line_bodies, 10_000, budget=1.8),
    IngestCase("line protocol, 10,000 a body, 4 clients", LINES, make_line_bodies, 10_000, clients=4),
    # The cases above repeat the layout of their lines; these say what it costs when nothing repeats, or little comes.
    IngestCase("line protocol, irregular, 10,000 a body", LINES, make_irregular_line_bodies, 10_000, share=4),
    IngestCase("line protocol, 100 a body, 4 clients", LINES, make_line_bodies, 100, clients=4, share=4),
    IngestCase("JSON, 1,000 a body, 1 client", JSON, make_json_bodies, 1_000, share=2),
    IngestCase("JSON, 1,000 a body, 4 clients", JSON, make_json_bodies, 1_000, clients=4, share=2),
    IngestCase("JSON, 10,000 a body, 1 client", JSON, make_json_bodies, 10_000, share=2, budget=3.0),
    IngestCase("JSON, 10,000 a body, 4 clients", JSON, make_json_bodies, 10_000, clients=4, share=2),
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
    """Every case has samples of its own, which are counted in the server afterwards: lost ones would cost nothing."""
    figures = []
    # Later than the oldest that is accepted, and far enough back for all cases one after the other.
    start_ms = SystemClock().now_ms() // STEP_MS * STEP_MS - 48 * HOUR_MS
    step = 1
    with BenchServer(folder / "ingest", "--no-agent") as server:
        token, reader = server.create_token("ingest"), server.create_token("read")
        # Known series, as in all but the first minute of a server's life.
        for (path, kind), make in ((LINES, make_line_bodies), (JSON, make_json_bodies)):
            measure(server, token, Request(path, kind, make(start_ms, 0, 1, 1_000)))
        for case in INGEST_CASES:
            steps = max(size.ingest_steps // case.share, 10)
            bodies = case.make(start_ms, step, steps, case.body_samples)
            progress(f"{case.title}: {len(bodies)} bodies")
            timing = measure(server, token, Request(*case.door, bodies), case.clients)
            samples = steps * HOSTS * LINE_SAMPLES
            check_stored(server, reader, start_ms + step * STEP_MS, steps, samples)
            figures += ingest_figures(case.title, timing, samples, case.budget)
            step += steps
        figures.append(Figure("resident memory after ingest", server.resident_bytes() / 1e6, "MB"))
    return figures


def check_stored(server: BenchServer, token: str, start_ms: int, steps: int, samples: int) -> None:
    connection = Connection(server, token)
    stored = 0
    for field in FIELDS:
        question = {
            "query": f"cpu_{field}",
            "start": start_ms,
            "end": start_ms + steps * STEP_MS,
            "step": "10s",
            "groupBy": [],
            "aggregation": "count",
        }
        answer = json.loads(
            connection.post("/api/v1/query", "application/json", json.dumps(question).encode())
        )
        stored += sum(int(value or 0) for series in answer["data"]["series"] for value in series["values"])
    connection.close()
    if stored != samples:
        msg = f"{samples} samples were acknowledged and {stored} are stored: the figures would mean nothing"
        raise SystemExit(msg)


def ingest_figures(title: str, timing: Timing, samples: int, budget: float | None) -> list[Figure]:
    return [
        Figure(f"{title}: samples", samples / timing.wall_s / 1e3, "k/s"),
        Figure(f"{title}: server CPU", timing.server_cpu_s / samples * 1e6, "µs/sample", budget),
        Figure(f"{title}: answer p50", timing.quantile_ms(0.5), "ms"),
        Figure(f"{title}: answer p95", timing.quantile_ms(0.95), "ms"),
    ]


def measure_queries(size: Size, folder: Path) -> list[Figure]:
    """100 hosts by 11 metrics by 10 s; every question is asked with another host or another end."""
    end_ms = SystemClock().now_ms() // STEP_MS * STEP_MS
    steps = size.query_hours * HOUR_MS // STEP_MS
    figures = []
    with BenchServer(folder / "query", "--no-agent") as server:
        progress(f"loading {steps * HOSTS * (LINE_SAMPLES + 1) / 1e6:.1f} M samples")
        bodies = make_line_bodies(end_ms - steps * STEP_MS, 0, steps, 10_000, with_counter=True)
        measure(server, server.create_token("ingest"), Request(*LINES, bodies))
        token = server.create_token("read")
        for title, body, hours, budget in QUESTIONS:
            progress(title)
            questions = make_questions(body, hours, end_ms, size.repeats)
            timing = measure(server, token, Request("/api/v1/query", "application/json", questions))
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
