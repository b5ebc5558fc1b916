"""Deterministic samples in the manner of TSBS devops: hosts with ten CPU metrics and a counter. Pure.

A step is 10 s; a line of line protocol holds the ten CPU metrics of a host at one step.
"""

import random
from collections.abc import Iterator
from operator import mod

FIELDS = (
    *("usage_user", "usage_system", "usage_idle", "usage_nice", "usage_iowait"),
    *("usage_irq", "usage_softirq", "usage_steal", "usage_guest", "usage_guest_nice"),
)
HOSTS = 100
STEP_MS = 10_000
LINE_SAMPLES = len(FIELDS)
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
