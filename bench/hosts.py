"""`python -m bench.hosts`: what the list of hosts costs with many of them, each with a usual node_exporter."""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.client import Connection
from bench.server import BenchServer

PATH = "/api/v1/hosts?pageSize=200"
INTERVAL_MS = 10_000
CPUS, FILESYSTEMS, DEVICES = 8, 5, 3
BODY_LINES = 5_000
FRESH_S = 5
PAST_FRESH_S = 60


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.hosts", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--minutes", type=int, default=20, help="of samples before the first request")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, BenchServer(Path(folder) / "data", "--no-agent") as server:
        writer = Connection(server, server.create_token("ingest"))
        fill(writer, options.hosts, options.minutes * 60_000)
        # The minutes are made of them in the meantime.
        time.sleep(PAST_FRESH_S + 5)
        reader = {"Authorization": f"Bearer {server.create_token('read')}"}
        connection = Connection(server, "")
        print(f"{options.hosts} hosts, {options.hosts * len(list(series_of('x')))} series")
        report(server, connection, reader, "first look, with the last day and hour", 1, 0)
        fill(writer, options.hosts, INTERVAL_MS)
        report(server, connection, reader, "a look, every 5 s while somebody asks", 8, FRESH_S + 0.2)
        connection.get(PATH, reader)
        report(server, connection, reader, "a page of 200 in between", 100, 0)


def report(
    server: BenchServer, connection: Connection, headers: dict[str, str], what: str, count: int, wait_s: float
) -> None:
    cpu_s, times_s, size = 0.0, [], 0
    for _ in range(count):
        time.sleep(wait_s)
        before_s, cpu_before_s = time.perf_counter(), server.cpu_s()
        size = len(connection.get(PATH, headers))
        times_s.append(time.perf_counter() - before_s)
        cpu_s += server.cpu_s() - cpu_before_s
    print(
        f"{what}: server CPU {cpu_s / count * 1000:.1f} ms, "
        f"p50 {statistics.median(times_s) * 1000:.1f} ms, {size:,} bytes"
    )


def fill(connection: Connection, hosts: int, length_ms: int) -> None:
    """Samples up to now, as counters that grow and gauges that stay."""
    now_ms = time.time_ns() // 1_000_000
    lines: list[str] = []
    for ts_ms in range(now_ms - length_ms, now_ms + 1, INTERVAL_MS):
        for host in range(hosts):
            value = ts_ms // 1000 % 1_000_000 + host
            lines += [f"{series} value={value} {ts_ms}" for series in series_of(f"host{host:04}:9100")]
            if len(lines) >= BODY_LINES:
                send(connection, lines)
    send(connection, lines)


def send(connection: Connection, lines: list[str]) -> None:
    if lines:
        connection.post("/write?precision=ms", "text/plain", "\n".join(lines).encode())
        lines.clear()


def series_of(host: str) -> Iterator[str]:
    """In line protocol: name and tags."""
    for cpu in range(CPUS):
        for mode in ("idle", "iowait", "system", "user"):
            yield f"node_cpu_seconds_total,cpu={cpu},instance={host},mode={mode}"
    for name in (
        "memory_MemAvailable_bytes",
        "memory_MemTotal_bytes",
        "load1",
        "boot_time_seconds",
        "time_seconds",
    ):
        yield f"node_{name},instance={host}"
    for disk in range(FILESYSTEMS):
        for name in ("size", "free", "avail"):
            tags = f"device=sd{disk},fstype=ext4,instance={host},mountpoint=/m{disk}"
            yield f"node_filesystem_{name}_bytes,{tags}"
    for device in range(DEVICES):
        for name in ("receive", "transmit"):
            yield f"node_network_{name}_bytes_total,device=eth{device},instance={host}"


if __name__ == "__main__":
    main()
