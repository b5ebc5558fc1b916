"""What it costs the server to take samples in, by door and by size of the bodies, and to make new series.

A door is added by one row of INGEST_CASES: its address and headers, a function in the manner of `workload.py` that
makes its bodies, and how many samples each body holds.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.client import Connection, Request, Timing, measure
from bench.figures import Figure, progress
from bench.server import BenchServer
from bench.workload import (
    FIELDS,
    HOSTS,
    LINE_SAMPLES,
    STEP_MS,
    make_irregular_line_bodies,
    make_json_bodies,
    make_line_bodies,
    make_remote_write_2_bodies,
    make_remote_write_bodies,
)
from metricbox.clock import SystemClock

HOUR_MS = 3_600_000
MOST_NEW_SERIES_S = 5.0


@dataclass(frozen=True)
class Door:
    path: str
    headers: Mapping[str, str]

    def request(self, bodies: Sequence[bytes]) -> Request:
        return Request(self.path, self.headers, bodies)


LINES = Door("/write", {"Content-Type": "text/plain"})
JSON = Door("/api/v1/metrics", {"Content-Type": "application/json"})
REMOTE_WRITE = Door("/api/v1/write", {"Content-Type": "application/x-protobuf"})
REMOTE_WRITE_2 = Door(
    "/api/v1/write", {"Content-Type": "application/x-protobuf;proto=io.prometheus.write.v2.Request"}
)


@dataclass(frozen=True)
class IngestCase:
    title: str
    door: Door
    make: Callable[[int, int, int, int], list[bytes]]
    """Bodies of (start in ms, first step, steps, samples a body): every host's LINE_SAMPLES metrics at each step."""
    body_samples: int
    clients: int = 1
    share: int = 1
    """Does this part of the steps: slow cases need not take long."""
    budget: float | None = None
    """The most that a sample may cost, in microseconds of the server's CPU."""

    @property
    def full_title(self) -> str:
        clients = "1 client" if self.clients == 1 else f"{self.clients} clients"
        return f"{self.title}, {self.body_samples:,} a body, {clients}"


INGEST_CASES = (
    IngestCase("line protocol", LINES, make_line_bodies, 1_000),
    IngestCase("line protocol", LINES, make_line_bodies, 1_000, clients=4),
    IngestCase("line protocol", LINES, make_line_bodies, 10_000, budget=1.5),
    IngestCase("line protocol", LINES, make_line_bodies, 10_000, clients=4, budget=1.5),
    # The cases above repeat the layout of their lines; these say what it costs when nothing repeats, or little comes.
    IngestCase("line protocol, irregular", LINES, make_irregular_line_bodies, 10_000, share=4),
    IngestCase("line protocol", LINES, make_line_bodies, 100, clients=4, share=4),
    IngestCase("JSON", JSON, make_json_bodies, 1_000, share=2),
    IngestCase("JSON", JSON, make_json_bodies, 1_000, clients=4, share=2),
    IngestCase("JSON", JSON, make_json_bodies, 10_000, share=2, budget=2.5),
    IngestCase("JSON", JSON, make_json_bodies, 10_000, clients=4, share=2, budget=2.5),
    # Prometheus sends 500 at a time, and since its version 3 2,000; vmagent up to 10,000.
    IngestCase("remote write 1.0", REMOTE_WRITE, make_remote_write_bodies, 500, share=4),
    IngestCase("remote write 1.0", REMOTE_WRITE, make_remote_write_bodies, 500, clients=4, share=4),
    IngestCase("remote write 1.0", REMOTE_WRITE, make_remote_write_bodies, 2_000, share=2, budget=2.5),
    IngestCase("remote write 1.0", REMOTE_WRITE, make_remote_write_bodies, 10_000, share=2, budget=2.5),
    IngestCase("remote write 2.0", REMOTE_WRITE_2, make_remote_write_2_bodies, 500, share=4),
    IngestCase("remote write 2.0", REMOTE_WRITE_2, make_remote_write_2_bodies, 2_000, share=2, budget=2.5),
    IngestCase("remote write 2.0", REMOTE_WRITE_2, make_remote_write_2_bodies, 10_000, share=2, budget=2.5),
)


def measure_doors(folder: Path, most_steps: int) -> list[Figure]:
    """Every case has samples of its own, which are counted in the server afterwards: lost ones would cost nothing."""
    figures = []
    # Later than the oldest that is accepted, and far enough back for all cases one after the other.
    start_ms = SystemClock().now_ms() // STEP_MS * STEP_MS - 48 * HOUR_MS
    step = 1
    with BenchServer(folder / "ingest", "--no-agent") as server:
        token, reader = server.create_token("ingest"), server.create_token("read")
        # Known series, as in all but the first minute of a server's life.
        for make, door in {case.make: case.door for case in INGEST_CASES}.items():
            measure(server, token, door.request(make(start_ms, 0, 1, 1_000)))
        for case in INGEST_CASES:
            steps = max(most_steps // case.share, 10)
            bodies = case.make(start_ms, step, steps, case.body_samples)
            progress(f"{case.full_title}: {len(bodies)} bodies")
            timing = measure(server, token, case.door.request(bodies), case.clients)
            samples = steps * HOSTS * LINE_SAMPLES
            check_stored(server, reader, start_ms + step * STEP_MS, steps, samples)
            figures += make_figures(case, timing, samples)
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


def make_figures(case: IngestCase, timing: Timing, samples: int) -> list[Figure]:
    title = case.full_title
    return [
        Figure(f"{title}: samples", samples / timing.wall_s / 1e3, "k/s"),
        Figure(f"{title}: server CPU", timing.server_cpu_s / samples * 1e6, "µs/sample", case.budget),
        Figure(f"{title}: answer p50", timing.quantile_ms(0.5), "ms"),
        Figure(f"{title}: answer p95", timing.quantile_ms(0.95), "ms"),
    ]


def measure_new_series(folder: Path, count: int) -> list[Figure]:
    """Lines of one sample each, all of series that nobody has seen, on an empty server."""
    now_ms = SystemClock().now_ms()
    lines = [f"new,host=host_{number % 997},id=i{number} value=1 {now_ms}000000" for number in range(count)]
    bodies = ["\n".join(lines[at : at + 10_000]).encode() for at in range(0, count, 10_000)]
    progress(f"{count:,} new series")
    with BenchServer(folder / "series", "--no-agent") as server:
        token = server.create_token("ingest")
        timing = measure(server, token, LINES.request(bodies))
        return [
            Figure(f"{count:,} new series, until the last answer", timing.wall_s, "s", MOST_NEW_SERIES_S),
            Figure("a new series and its sample: server CPU", timing.server_cpu_s / count * 1e6, "µs"),
            Figure("resident memory after new series", server.resident_bytes() / 1e6, "MB"),
        ]
