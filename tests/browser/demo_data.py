"""A small site to look at: hosts, a shop and a press, with hours of samples and new ones as time passes.

Pictures of the pages and the tests of all pages show it. The numbers are the same at each run, but for their times, and
nothing of this machine is in them.
"""

import threading
import urllib.request
from collections.abc import Iterator, Mapping
from math import isnan
from typing import NamedTuple

import numpy as np

from tests.browser.server import Api, now_ms

STEP_MS = 15_000
GIB = 1024.0**3
BODY_LINES = 20_000
AHEAD_MS = 3_600_000


class Host(NamedTuple):
    name: str
    load: float
    """Share of its CPUs that is busy in the mean."""
    memory_gib: int
    disk_used: float
    silent_ms: int = 0
    """How long ago its last sample is."""


# Two are watched by metricbox's own agents; node_exporter reports the others.
HOSTS = (
    Host("box", 0.22, 8, 0.41),
    Host("web1", 0.48, 16, 0.63),
    Host("web2", 0.55, 16, 0.66),
    Host("db1", 0.31, 64, 0.88),
    Host("edge1", 0.12, 4, 0.27, silent_ms=5_400_000),
)
AGENTS = {"box", "db1"}
SERVICES = {"shop": 38.0, "search": 21.0, "cart": 9.0}
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
SHARES = (0.08, 0.22, 0.3, 0.2, 0.12, 0.05, 0.02, 0.01)


class Series(NamedTuple):
    measurement: str
    tags: Mapping[str, str]
    fields: Mapping[str, np.ndarray]


def wander(dice: np.random.Generator, count: int, smooth: int = 40) -> np.ndarray:
    """Noise that moves slowly, around 0 and mostly within -1 and 1."""
    steps = dice.normal(size=count + smooth)
    slow = np.convolve(steps, np.ones(smooth) / np.sqrt(smooth), mode="valid")[:count]
    return 0.4 * slow + 0.12 * dice.normal(size=count)


def day(times_ms: np.ndarray) -> np.ndarray:
    """Between -1 in the small hours and 1 in the afternoon, UTC."""
    return np.sin((times_ms / 3_600_000 - 8.5) / 24 * 2 * np.pi)


def counter(rates: np.ndarray, start: float) -> np.ndarray:
    return start + np.cumsum(np.maximum(rates, 0) * STEP_MS / 1000)


def host_series(host: Host, times: np.ndarray, now: int, dice: np.random.Generator) -> Iterator[Series]:
    count = len(times)
    busy = np.clip(host.load * (1 + 0.5 * day(times)) + 0.11 * wander(dice, count), 0.02, 0.97)
    if host.name == "web2":  # Something to see: half an hour of hard work.
        busy = np.clip(busy + 0.42 * np.exp(-((((now - times) / 1000 - 2600) / 700.0) ** 4)), 0, 0.99)
    tags = {"instance": host.name, "job": "metricbox" if host.name == "box" else "node"}
    booted = now / 1000 - 41 * 86_400 - len(host.name) * 7_000
    used = np.clip(0.45 + 0.3 * host.load + 0.05 * wander(dice, count, 200), 0.05, 0.97)
    yield from cpu_series(tags, busy, dice)
    yield whole_host(tags, host, times, booted, busy, used, dice)
    yield from device_series(tags, busy, dice)
    yield from disk_series(tags, host, count)
    if host.name in AGENTS:
        own = {"uptime_seconds": times / 1000 - booted, "cpu_busy_ratio": busy, "memory_used_ratio": used}
        yield Series("metricbox_host", tags, own | {"swap_used_ratio": np.full(count, 0.05)})
    if host.name == "db1":
        yield from agent_series(host, times, now)
    names = {"nodename": host.name, "release": "6.1.0-28-amd64", "sysname": "Linux", "machine": "x86_64"}
    yield Series("node", tags | names, {"uname_info": np.ones(count)})


Tags = dict[str, str]


def agent_series(host: Host, times: np.ndarray, now: int) -> Iterator[Series]:
    """An agent on another host: half an hour ago its spool was full, and it has not sent all of it yet."""
    count = len(times)
    tags = {"instance": host.name, "job": "metricbox_agent"}
    held = {"spool_batches": np.full(count, 214.0), "spool_bytes": np.full(count, 9.6e6)}
    yield Series("metricbox_agent", tags, held)
    for reason, most in (("spool_full", 1840.0), ("refused", 12.0), ("damaged", 0.0)):
        lost = np.where(now - times > 1_800_000, 0.0, most)
        yield Series("metricbox_agent", tags | {"reason": reason}, {"dropped_samples_total": lost})


def cpu_series(tags: Tags, busy: np.ndarray, dice: np.random.Generator) -> Iterator[Series]:
    shares = {"user": 0.62, "system": 0.2, "iowait": 0.1, "softirq": 0.05, "steal": 0.03}
    for cpu in "01":
        for mode, share in shares.items():
            rate = busy * share * (1 + 0.1 * wander(dice, len(busy)))
            yield Series("node", tags | {"cpu": cpu, "mode": mode}, {"cpu_seconds_total": counter(rate, 9e3)})
        yield Series(
            "node", tags | {"cpu": cpu, "mode": "idle"}, {"cpu_seconds_total": counter(1 - busy, 9e5)}
        )


def whole_host(
    tags: Tags,
    host: Host,
    times: np.ndarray,
    booted: float,
    busy: np.ndarray,
    used: np.ndarray,
    dice: np.random.Generator,
) -> Series:
    count = len(times)
    total = host.memory_gib * GIB
    cached = (0.12 + 0.01 * wander(dice, count, 300)) * total
    return Series(
        "node",
        tags,
        {
            "load1": busy * 2.2,
            "load5": np.convolve(np.pad(busy * 2.1, (19, 0), mode="edge"), np.ones(20) / 20, mode="valid"),
            "load15": np.convolve(np.pad(busy * 2.1, (59, 0), mode="edge"), np.ones(60) / 60, mode="valid"),
            "memory_MemTotal_bytes": np.full(count, total),
            "memory_MemAvailable_bytes": (1 - used) * total,
            "memory_MemFree_bytes": (1 - used) * total * 0.4,
            "memory_Buffers_bytes": np.full(count, 0.02 * total),
            "memory_Cached_bytes": cached,
            "memory_SwapTotal_bytes": np.full(count, 2 * GIB),
            "memory_SwapFree_bytes": np.full(count, 1.9 * GIB),
            "boot_time_seconds": np.full(count, booted),
            "time_seconds": times / 1000,
            "procs_running": np.round(1 + busy * 4),
            "procs_blocked": np.round(np.maximum(wander(dice, count), 0)),
            "context_switches_total": counter(2000 + 9000 * busy, 4e9),
            "intr_total": counter(900 + 4000 * busy, 2e9),
            "forks_total": counter(2 + 12 * busy, 4e6),
            "filefd_allocated": np.round(1800 + 700 * busy),
            "filefd_maximum": np.full(count, 1e6),
        },
    )


def device_series(tags: Tags, busy: np.ndarray, dice: np.random.Generator) -> Iterator[Series]:
    count = len(busy)
    packets = busy * 900
    yield Series(
        "node",
        tags | {"device": "eth0"},
        {
            "network_receive_bytes_total": counter(packets * 900, 8e11),
            "network_transmit_bytes_total": counter(packets * 2600 * (1 + 0.1 * wander(dice, count)), 9e11),
            "network_receive_packets_total": counter(packets, 8e8),
            "network_transmit_packets_total": counter(packets * 1.7, 9e8),
            "network_receive_errs_total": np.full(count, 3.0),
            "network_transmit_errs_total": np.zeros(count),
            "network_receive_drop_total": np.full(count, 12.0),
            "network_transmit_drop_total": np.zeros(count),
            "network_up": np.ones(count),
        },
    )
    yield Series(
        "node",
        tags | {"device": "sda"},
        {
            "disk_read_bytes_total": counter(busy**2 * 9e6, 4e11),
            "disk_written_bytes_total": counter(busy * 5e6 * (1 + 0.3 * wander(dice, count)), 6e11),
            "disk_reads_completed_total": counter(busy**2 * 320, 4e7),
            "disk_writes_completed_total": counter(busy * 210, 6e7),
            "disk_io_time_seconds_total": counter(np.clip(busy * 0.5, 0, 1), 6e5),
            "disk_io_now": np.round(busy * 3),
        },
    )


def disk_series(tags: Tags, host: Host, count: int) -> Iterator[Series]:
    for mount, size, share in (("/", 40, host.disk_used), ("/srv", 400, host.disk_used * 0.8)):
        size_bytes = size * GIB
        free = size_bytes * (1 - np.linspace(share - 0.02, share, count))
        place = {"device": f"/dev/sda{1 if mount == '/' else 2}", "mountpoint": mount, "fstype": "ext4"}
        values = {
            "filesystem_size_bytes": np.full(count, size_bytes),
            "filesystem_free_bytes": free,
            "filesystem_avail_bytes": free,
            "filesystem_files": np.full(count, 65_536.0 * size),
            "filesystem_files_free": np.full(count, 60_000.0 * size),
            "filesystem_readonly": np.zeros(count),
        }
        yield Series("node", tags | place, values)
        if host.name in AGENTS:
            ratio = {"filesystem_used_ratio": 1 - free / size_bytes}
            yield Series("metricbox_host", tags | place, ratio)


def site_series(times: np.ndarray, now: int, dice: np.random.Generator) -> Iterator[Series]:
    count = len(times)
    for service, per_second in SERVICES.items():
        rate = per_second * (1.1 + 0.6 * day(times) + 0.2 * wander(dice, count))
        for status, share in (("200", 0.97), ("404", 0.022), ("500", 0.008)):
            amount = rate * share * (1 + 0.25 * wander(dice, count))
            yield Series(
                "shop", {"service": service, "status": status}, {"requests_total": counter(amount, 1e6)}
            )
        below = np.zeros(count)
        slow = 0.5 * day(times) + wander(dice, count, 80)
        for number, bound in enumerate((*map(str, BUCKETS), "+Inf")):
            share = SHARES[number] * np.exp(slow * (number - 3) * 0.35)
            below = below + counter(rate * share, 1e5 * SHARES[number])
            yield Series("shop", {"service": service, "le": bound}, {"request_seconds_bucket": below})
    for line in "123":
        value = 71 + 3 * int(line) + 2.2 * day(times) + 1.3 * wander(dice, count, 90)
        if line == "3":  # It stood still for a while: a gap.
            value = np.where(np.abs((now - times) / 60_000 - 38) < 6, np.nan, value)
        cycles = counter(0.4 + 0.06 * wander(dice, count), 4000)
        yield Series("press", {"line": line}, {"temperature_celsius": value, "cycles_total": cycles})


def write_lines(series: Series, times: np.ndarray) -> Iterator[tuple[int, str]]:
    """Each with its time in milliseconds."""
    head = ",".join([series.measurement, *(f"{key}={value}" for key, value in series.tags.items())])
    names = list(series.fields)
    columns = zip(*(values.tolist() for values in series.fields.values()), strict=True)
    for time_ms, values in zip(times.astype(int).tolist(), columns, strict=True):
        fields = [
            f"{name}={value:.12g}" for name, value in zip(names, values, strict=True) if not isnan(value)
        ]
        if fields:
            yield time_ms, f"{head} {','.join(fields)} {time_ms}"


def all_lines(hours: float, now: int) -> Iterator[tuple[int, str]]:
    """In no order. They go on for some time after now."""
    now = now // STEP_MS * STEP_MS
    times = np.arange(now - int(hours * 3_600_000), now + AHEAD_MS, STEP_MS, dtype=float)
    for number, host in enumerate(HOSTS):
        until = times[times <= now - host.silent_ms] if host.silent_ms else times
        if len(until):
            for series in host_series(host, until, now, np.random.default_rng(number)):
                yield from write_lines(series, until)
    for series in site_series(times, now, np.random.default_rng(99)):
        yield from write_lines(series, times)


class Feed:
    """Sends the site's samples: those of the last hours at once, later ones when their time has come."""

    def __init__(self, api: Api, hours: float) -> None:
        self._url = f"{api.url}/write?precision=ms"
        self._token = api.token()
        now = now_ms()
        lines: list[str] = []
        self._coming: list[tuple[int, str]] = []
        for time_ms, line in all_lines(hours, now):
            if time_ms > now:
                self._coming.append((time_ms, line))
                continue
            lines.append(line)
            if len(lines) == BODY_LINES:
                self._send(lines)
                lines = []
        self._send(lines)
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._is_stopped.set()
        self._thread.join()

    def _go_on(self) -> None:
        while not self._is_stopped.wait(1):
            now = now_ms()
            due = [line for time_ms, line in self._coming if time_ms <= now]
            self._coming = [entry for entry in self._coming if entry[0] > now]
            self._send(due)

    def _send(self, lines: list[str]) -> None:
        if not lines:
            return
        headers = {"Authorization": f"Token {self._token}"}
        request = urllib.request.Request(self._url, data="\n".join(lines).encode(), headers=headers)
        with urllib.request.urlopen(request, timeout=120) as answer:
            assert answer.status == 204


KINDS = {
    "press_temperature_celsius": ("gauge", "celsius", "Of the press's oil, at the pump"),
    "press_cycles_total": ("counter", "none", "Strokes since the counter was new"),
    "shop_requests_total": ("counter", "none", "Requests answered, by service and status"),
    "node_cpu_seconds_total": ("counter", "seconds", "Time that each CPU spent in each mode"),
    "node_load1": ("gauge", "none", "Load of the last minute"),
}


def describe(api: Api) -> None:
    """What senders of line protocol cannot tell: type, unit, description."""
    for name, (kind, unit, text) in KINDS.items():
        api.data("PATCH", f"/api/v1/metrics/{name}", {"type": kind, "unit": unit, "description": text})
