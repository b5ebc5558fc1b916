"""Deterministic samples in the manner of TSBS devops: hosts with ten CPU metrics and a counter. Pure.

A step is 10 s; a line of line protocol holds the ten CPU metrics of a host at one step.
"""

import random
import struct
from collections.abc import Iterator
from operator import mod

import cramjam

FIELDS = (
    *("usage_user", "usage_system", "usage_idle", "usage_nice", "usage_iowait"),
    *("usage_irq", "usage_softirq", "usage_steal", "usage_guest", "usage_guest_nice"),
)
HOSTS = 100
STEP_MS = 10_000
LINE_SAMPLES = len(FIELDS)
_DOUBLE = struct.Struct("<d")
REGIONS = ("eu-west-1", "eu-central-1", "us-east-1", "us-west-2", "ap-south-1")


def host_tags(host: int) -> dict[str, str]:
    chance = random.Random(host)
    region = chance.choice(REGIONS)
    return {
        "arch": chance.choice(("x64", "arm64")),
        "dc": region + chance.choice("abc"),
        "env": chance.choice(("production", "staging", "test")),
        "host": f"host_{host}",
        "os": chance.choice(("Debian12", "Ubuntu22.04", "Rocky9")),
        "rack": str(chance.randrange(100)),
        "region": region,
        "service": str(chance.randrange(20)),
        "team": chance.choice(("SF", "NYC", "LON", "CHI")),
        "version": str(chance.randrange(2)),
    }


def iter_steps(start_ms: int, first_step: int, steps: int) -> Iterator[tuple[int, list[list[float]]]]:
    """Time and values [host][field] of every step. A walk in hundredths between 0 and 100."""
    chance = random.Random(first_step)
    values = [[chance.randrange(10_001) for _ in FIELDS] for _ in range(HOSTS)]
    for step in range(first_step, first_step + steps):
        moves = chance.choices(range(-200, 201), k=HOSTS * LINE_SAMPLES)
        for host, row in enumerate(values):
            for field in range(LINE_SAMPLES):
                row[field] = abs(10_000 - abs(10_000 - row[field] - moves[host * LINE_SAMPLES + field]))
        yield start_ms + step * STEP_MS, [[value / 100 for value in row] for row in values]


def make_line_bodies(
    start_ms: int, first_step: int, steps: int, samples: int, *, with_counter: bool = False
) -> list[bytes]:
    """Bodies of line protocol of `samples` samples each, in time order. A counter adds a line of one sample."""
    templates = [
        "cpu," + ",".join(f"{name}={value}" for name, value in host_tags(host).items())
        + " " + ",".join(f"{field}=%s" for field in FIELDS) + " %s000000"
        for host in range(HOSTS)
    ]  # fmt: skip
    counters = [
        "net,"
        + ",".join(f"{name}={value}" for name, value in host_tags(host).items())
        + " bytes_total=%s %s000000"
        for host in range(HOSTS)
    ]
    lines: list[str] = []
    for number, (ts_ms, rows) in enumerate(iter_steps(start_ms, first_step, steps)):
        lines += map(mod, templates, [(*row, ts_ms) for row in rows])
        if with_counter:
            lines += [counter % (number * 1_000 + host, ts_ms) for host, counter in enumerate(counters)]
    per_body = samples // LINE_SAMPLES
    return ["\n".join(lines[at : at + per_body]).encode() for at in range(0, len(lines), per_body)]


def make_json_bodies(start_ms: int, first_step: int, steps: int, samples: int) -> list[bytes]:
    """Bodies of the native JSON form, one point a sample."""
    templates = []
    for host in range(HOSTS):
        tags = ",".join(f'"{name}":"{value}"' for name, value in host_tags(host).items())
        templates.append([
            f'{{"name":"cpu_{field}","value":%s,"tags":{{{tags}}},"timestamp":%d}}' for field in FIELDS
        ])  # fmt: skip
    points = [
        template % (value, ts_ms)
        for ts_ms, rows in iter_steps(start_ms, first_step, steps)
        for host_templates, row in zip(templates, rows, strict=True)
        for template, value in zip(host_templates, row, strict=True)
    ]
    return [
        ('{"metrics":[' + ",".join(points[at : at + samples]) + "]}").encode()
        for at in range(0, len(points), samples)
    ]


def make_irregular_line_bodies(start_ms: int, first_step: int, steps: int, samples: int) -> list[bytes]:
    """The same lines with the fields of each in another order, as no two agents agree: nothing repeats its layout."""
    chance = random.Random(first_step)
    bodies = []
    for body in make_line_bodies(start_ms, first_step, steps, samples):
        lines = []
        for line in body.split(b"\n"):
            tags, fields, stamp = line.split(b" ")
            lines.append(b" ".join((tags, b",".join(chance.sample(fields.split(b","), LINE_SAMPLES)), stamp)))
        bodies.append(b"\n".join(lines))
    return bodies


def make_remote_write_bodies(start_ms: int, first_step: int, steps: int, samples: int) -> list[bytes]:
    """Requests of remote write 1.0, a series for each sample, as Prometheus sends them."""
    blocks = [
        b"".join(_field(1, _field(1, name) + _field(2, value)) for name, value in row)
        for row in _label_rows()
    ]
    entries = [
        _field(1, block + sample)
        for _, row in _iter_encoded_samples(start_ms, first_step, steps)
        for block, sample in zip(blocks, row, strict=True)
    ]
    return [_snappy(entries[at : at + samples]) for at in range(0, len(entries), samples)]


def make_remote_write_2_bodies(start_ms: int, first_step: int, steps: int, samples: int) -> list[bytes]:
    """Requests of remote write 2.0. Each has a table of its own, in the order in which its texts first come."""
    rows = _label_rows()
    flat = [
        (labels, sample)
        for _, row in _iter_encoded_samples(start_ms, first_step, steps)
        for labels, sample in zip(rows, row, strict=True)
    ]
    bodies = []
    for at in range(0, len(flat), samples):
        places: dict[bytes, int] = {b"": 0}

        def refer(text: bytes, places: dict[bytes, int] = places) -> bytes:
            return _varint(places.setdefault(text, len(places)))

        series = []
        for labels, sample in flat[at : at + samples]:
            refs = b"".join(refer(text) for pair in labels for text in pair)
            said = b"\x08\x02\x18" + refer(b"What the CPU did, in percent: " + labels[0][1])
            series.append(_field(5, _field(1, refs) + sample + _field(5, said)))
        bodies.append(_snappy([*(_field(4, text) for text in places), *series]))
    return bodies


def _label_rows() -> list[list[tuple[bytes, bytes]]]:
    """Labels of each series, in the order of `iter_steps`."""
    return [
        [(b"__name__", f"cpu_{field}".encode())]
        + [(name.encode(), value.encode()) for name, value in host_tags(host).items()]
        for host in range(HOSTS)
        for field in FIELDS
    ]


def _iter_encoded_samples(start_ms: int, first_step: int, steps: int) -> Iterator[tuple[int, list[bytes]]]:
    """Of each step, one for each series: fields of a series that hold the value and the time."""
    for ts_ms, rows in iter_steps(start_ms, first_step, steps):
        time = b"\x10" + _varint(ts_ms)
        values = [value for row in rows for value in row]
        yield ts_ms, [_field(2, (b"\x09" + _DOUBLE.pack(value) if value else b"") + time) for value in values]


def _field(number: int, content: bytes) -> bytes:
    return bytes((number << 3 | 2,)) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _snappy(parts: list[bytes]) -> bytes:
    return bytes(cramjam.snappy.compress_raw(b"".join(parts)))
