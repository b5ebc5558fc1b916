"""CPU time of decoding, without HTTP and store: `python bench/decode.py`.

Prints µs of process time a sample (best of several rounds, series known to the cache) for bodies in the shapes of
the ingest benchmark and for some that leave the fast path. Timings are measured here and asserted nowhere.
"""

import gzip
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.workload import make_remote_write_2_bodies, make_remote_write_bodies
from metricbox.ingest.body import decode_body
from metricbox.ingest.line_protocol import LineDecoder
from metricbox.ingest.native_json import JsonDecoder
from metricbox.ingest.outcome import Decoded
from metricbox.ingest.remote_write import RemoteWriteDecoder
from metricbox.ingest.remote_write_2 import decode_remote_write_2
from metricbox.ingest.remote_write_symbols import SymbolNumbers
from metricbox.ingest.series_cache import GenerationCache, SeriesRegistrar
from metricbox.ingest.series_table import DoorContext
from metricbox.ingest.timestamps import NANOSECONDS, make_window
from tests.ingest.fakes import FakeStore

NOW_MS = 1_795_600_800_000
WINDOW = make_window(NOW_MS, 7 * 86_400_000, 600_000)
FIELDS = ("user", "system", "idle", "nice", "iowait", "irq", "softirq", "steal", "guest", "guest_nice")
ROUNDS = 7
SAMPLES_A_ROUND = 200_000
MAX_BODY_BYTES = 64 << 20

Encoder = Callable[[int, int], bytes]


def tags_of(host: int) -> dict[str, str]:
    return {
        "arch": "x64",
        "dc": f"eu-west-1{'abc'[host % 3]}",
        "env": "production",
        "host": f"host_{host}",
        "os": "Debian12",
        "rack": str(host % 100),
        "region": "eu-west-1",
        "service": str(host % 20),
        "team": "SF",
        "version": "1",
    }


def value_of(*parts: int) -> float:
    return hash(parts) % 10_000 / 100


def line(host: int, step: int, measurement: str, fields: Sequence[str]) -> str:
    tags = "".join(f",{name}={value}" for name, value in tags_of(host).items())
    texts = ",".join(f"{name}={value_of(host, step, index)}" for index, name in enumerate(fields))
    return f"{measurement}{tags} {texts} {(NOW_MS + step) * 1_000_000}"


def lines_10(samples: int, step: int) -> bytes:
    return "\n".join(line(host, step, "cpu", FIELDS) for host in range(samples // 10)).encode()


def lines_1(samples: int, step: int) -> bytes:
    return "\n".join(line(host, step, "mem", ["used"]) for host in range(samples)).encode()


def lines_integers(samples: int, step: int) -> bytes:
    """As from Telegraf's mem: half of the fields are integers."""
    return re.sub(rb"(s[a-z]+=[0-9]+)\.[0-9]+", rb"\1i", lines_10(samples, step))


def lines_booleans(samples: int, step: int) -> bytes:
    return re.sub(rb"idle=[0-9.]+", b"idle=true", lines_10(samples, step))


def lines_unstamped(samples: int, step: int) -> bytes:
    return re.sub(rb" [0-9]+(?=\n|\Z)", b"", lines_10(samples, step))


def lines_crlf(samples: int, step: int) -> bytes:
    return lines_10(samples, step).replace(b"\n", b"\r\n")


def lines_some_texts(samples: int, step: int) -> bytes:
    """One line in ten has a text field, as from Telegraf."""
    rows = lines_10(samples, step).split(b"\n")
    rows[::10] = [row.replace(b" user", b' uptime="3 days",user') for row in rows[::10]]
    return b"\n".join(rows)


def lines_all_texts(samples: int, step: int) -> bytes:
    return lines_10(samples, step).replace(b" user", b' key="cpu total",user')


def lines_gzip(samples: int, step: int) -> bytes:
    return gzip.compress(lines_10(samples, step), 6)


def json_points(samples: int, step: int) -> bytes:
    points = []
    for host in range(samples // 10):
        tags = ",".join(f'"{name}":"{value}"' for name, value in tags_of(host).items())
        for index, name in enumerate(FIELDS):
            value = value_of(host, step, index)
            points.append(
                f'{{"name":"cpu_{name}","value":{value},"tags":{{{tags}}},"timestamp":{NOW_MS + step}}}'
            )
    return f'{{"metrics":[{",".join(points)}]}}'.encode()


def json_lines(samples: int, step: int) -> bytes:
    return json_points(samples, step)[12:-2].replace(b"},{", b"}\n{")


def remote_write(samples: int, step: int) -> bytes:
    """As Prometheus sends it, compressed by snappy."""
    return make_remote_write_bodies(NOW_MS, step, samples // 1_000, samples)[0]


def remote_write_2(samples: int, step: int) -> bytes:
    return make_remote_write_2_bodies(NOW_MS, step, samples // 1_000, samples)[0]


def measure(decode: Callable[[bytes], Decoded], encode: Encoder, samples: int) -> float:
    bodies = [encode(samples, step) for step in range(max(1, 20_000 // samples))]
    for body in bodies:
        decoded = decode(body)
        if decoded.batch.size != samples:
            raise SystemExit(
                f"{encode.__name__}: {decoded.batch.size} of {samples} samples: {decoded.refusals.first}"
            )
    repeats = max(1, SAMPLES_A_ROUND // samples // len(bodies))
    best_s = float("inf")
    for _ in range(ROUNDS):
        start_s = time.process_time()
        for _ in range(repeats):
            for body in bodies:
                decode(body)
        best_s = min(best_s, (time.process_time() - start_s) / repeats / len(bodies) / samples)
    return best_s * 1e6


def main() -> None:
    registrar = SeriesRegistrar(FakeStore(), 1_000_000)
    lines, points, messages = LineDecoder(registrar), JsonDecoder(registrar), RemoteWriteDecoder(registrar)
    context, numbers = DoorContext(registrar, GenerationCache(), WINDOW, 0.0, MAX_BODY_BYTES), SymbolNumbers()

    def decode_lines(body: bytes) -> Decoded:
        return lines.decode(body, NANOSECONDS, WINDOW, 0.0)

    def decode_gzip(body: bytes) -> Decoded:
        return decode_lines(decode_body(body, "gzip", MAX_BODY_BYTES))

    def decode_json(body: bytes) -> Decoded:
        return points.decode(body, WINDOW, 0.0)

    def decode_remote_write(body: bytes) -> Decoded:
        return messages.decode(decode_body(body, "snappy", MAX_BODY_BYTES), WINDOW, 0.0)

    def decode_remote_write_2_body(body: bytes) -> Decoded:
        return decode_remote_write_2(decode_body(body, "snappy", MAX_BODY_BYTES), context, numbers)

    cases: list[tuple[str, Callable[[bytes], Decoded], Encoder]] = [
        ("line protocol, 10 fields a line", decode_lines, lines_10),
        ("line protocol, 10 fields, gzip", decode_gzip, lines_gzip),
        ("line protocol, 1 field a line", decode_lines, lines_1),
        ("line protocol, integers among them", decode_lines, lines_integers),
        ("line protocol, a boolean in every line", decode_lines, lines_booleans),
        ("line protocol, no stamps", decode_lines, lines_unstamped),
        ("line protocol, CRLF", decode_lines, lines_crlf),
        ("line protocol, text in every 10th line", decode_lines, lines_some_texts),
        ("line protocol, text in every line", decode_lines, lines_all_texts),
        ("JSON", decode_json, json_points),
        ("JSON, one point a line", decode_json, json_lines),
        ("remote write 1.0, snappy", decode_remote_write, remote_write),
        ("remote write 2.0, snappy", decode_remote_write_2_body, remote_write_2),
    ]
    print(f"{'µs CPU a sample, bodies of':42} {'1,000':>8} {'10,000':>8}")
    for title, decode, encode in cases:
        figures = [measure(decode, encode, samples) for samples in (1_000, 10_000)]
        print(f"{title:42} {figures[0]:8.3f} {figures[1]:8.3f}")


if __name__ == "__main__":
    main()
