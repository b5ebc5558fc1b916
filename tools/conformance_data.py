"""Samples for the comparison with Prometheus: a pure function of the time at which they end.

Counters with resets and gaps, gauges below zero, classic histograms (sound and unsound ones), sparse series, series
that come and go with and without a stale marker, labels with odd text, times as values. Three hours, one sample each
15 s. `iter_requests` gives remote write 1.0 messages in the order of time, since Prometheus takes no other.

No sample is NaN or infinite: metricbox stores none. Queries make their own (`0 / zero`).
"""

import math
import random
import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

Labels = tuple[tuple[str, str], ...]

HOURS = 3
STEP_S = 15
STALE = struct.pack("<Q", 0x7FF0000000000002)
HOSTS = ("alpha", "beta", "gamma")
LE_BOUNDS = ("0.005", "0.01", "0.025", "0.1", "0.25", "1", "2.5", "+Inf")
_SAMPLES_A_REQUEST = 4000


class Sample(NamedTuple):
    ts_ms: int
    labels: Labels
    bits: bytes
    """The value as the eight bytes of a double, so that a stale marker stays one."""


def make_samples(end_s: int) -> list[Sample]:
    """All samples, by time. `end_s` is a multiple of 60; the last ones are from then."""
    data = _Data(end_s)
    for add in (_add_counters, _add_gauges, _add_histograms, _add_sparse, _add_lives, _add_joins, _add_odd):
        add(data)
    return sorted(data.samples, key=lambda one: (one.ts_ms, one.labels))


def iter_requests(samples: list[Sample]) -> Iterator[bytes]:
    """Remote write 1.0 messages, not compressed."""
    for start in range(0, len(samples), _SAMPLES_A_REQUEST):
        rows: dict[Labels, bytearray] = {}
        for sample in samples[start : start + _SAMPLES_A_REQUEST]:
            row = rows.setdefault(sample.labels, bytearray())
            row += _field(2, b"\x09" + sample.bits + b"\x10" + _varint(sample.ts_ms))
        yield b"".join(_field(1, _label_block(labels) + bytes(row)) for labels, row in rows.items())


class _Data:
    def __init__(self, end_s: int) -> None:
        self.end_s = end_s
        self.start_s = end_s - HOURS * 3600
        self.samples: list[Sample] = []

    @property
    def ages(self) -> range:
        """Seconds since the start, of every step."""
        return range(0, HOURS * 3600 + 1, STEP_S)

    def add(self, name: str, age_s: float, value: float | bytes, **labels: str) -> None:
        pairs = tuple(sorted({"__name__": name, **labels}.items()))
        bits = value if isinstance(value, bytes) else struct.pack("<d", value)
        self.samples.append(Sample(self.start_s * 1000 + round(age_s * 1000), pairs, bits))

    def add_all(self, name: str, values: Iterable[float], **labels: str) -> None:
        """One value for each of `ages`."""
        for age, value in zip(self.ages, values, strict=True):
            self.add(name, age, value, **labels)

    def add_constant(self, name: str, value: float, **labels: str) -> None:
        self.add_all(name, [value] * len(self.ages), **labels)


def _random(*key: object) -> random.Random:
    return random.Random(repr(key))  # noqa: S311 - the same numbers each time is the point


def _is_gone(host: str, age_s: int) -> bool:
    """The host gamma is silent for twenty minutes, after a stale marker."""
    return host == "gamma" and 5400 <= age_s < 6600


def _add_counters(data: _Data) -> None:
    for host in HOSTS:
        for number, (method, code) in enumerate(
            (m, c) for m in ("get", "put") for c in ("200", "404", "500")
        ):
            chance = _random("req", host, method, code)
            total = 0.0
            labels = {"host": host, "method": method, "code": code, "job": "web"}
            for age in data.ages:
                # beta restarts twice, once from a high and once from a low value.
                if host == "beta" and age in {3600, 3660 + 15}:
                    total = 0.0
                total += math.floor(chance.random() * 20 / (number + 1))
                if not _is_gone(host, age):
                    data.add("req_total", age, total, **labels)
                elif age == 5400:
                    data.add("req_total", age, STALE, **labels)
        chance = _random("cpu", host)
        seconds = {"idle": 0.0, "user": 0.0, "system": 0.0}
        for age in data.ages:
            for mode, share in (("idle", 0.7), ("user", 0.2), ("system", 0.1)):
                seconds[mode] += STEP_S * share * (0.8 + 0.4 * chance.random())
                data.add("cpu_seconds_total", age, seconds[mode], host=host, mode=mode, job="node")
    # A gap without a stale marker, longer than the lookback; and a counter that starts high.
    for age in data.ages:
        if not 4000 <= age < 4900:
            data.add("gap_total", age, 1e6 + age * 2.5, host="alpha")
        data.add("still_total", age, 42.0, host="alpha")
        data.add("huge_total", age, 1e15 + age * 1e3, host="alpha")


def _add_gauges(data: _Data) -> None:
    ages = data.ages
    for number, room in enumerate(("hall", "oven", "cellar", "roof")):
        chance = _random("temp", room)
        base = 10 - 12 * number
        values = [base + 15 * math.sin(age / 700 + number) + chance.random() for age in ages]
        data.add_all("temp_celsius", values, room=room, floor=str(number % 2))
    for host in HOSTS:
        for age in ages:
            if not _is_gone(host, age):
                data.add("alive", age, float(not (host == "beta" and 3600 <= age < 3700)), host=host)
            elif age == 5400:
                data.add("alive", age, STALE, host=host)
        for disk in ("sda", "sdb"):
            chance = _random("disk", host, disk)
            used = [1e9 + 2e5 * age * len(host) + 1e6 * chance.random() for age in ages]
            data.add_all("used_bytes", used, host=host, disk=disk)
            data.add_constant("limit_bytes", 4e9 if disk == "sda" else 8e9, host=host, disk=disk)
    data.add_constant("zero", 0.0, host="alpha")
    data.add_constant("one", 1.0)
    data.add_all("tiny", [1e-9 * (1 + age % 7) for age in ages], host="alpha")
    data.add_all("sawtooth", [float(age % 600) - 300 for age in ages], host="alpha")
    data.add_all("line", [3.0 * age - 5000 for age in ages], host="alpha")
    data.add_all("line", [-0.5 * age + 100 for age in ages], host="beta")


def _add_histograms(data: _Data) -> None:
    for host in HOSTS[:2]:
        for path in ("/", "/api"):
            chance = _random("latency", host, path)
            counts = dict.fromkeys(LE_BOUNDS, 0)
            total = 0.0
            for age in data.ages:
                if host == "beta" and age == 3600:
                    counts, total = dict.fromkeys(LE_BOUNDS, 0), 0.0
                for _ in range(chance.randrange(12)):
                    seconds = chance.expovariate(6 if path == "/" else 2)
                    total += seconds
                    for le in LE_BOUNDS:
                        counts[le] += seconds <= float(le.replace("+Inf", "inf"))
                labels = {"host": host, "path": path}
                for le in LE_BOUNDS:
                    data.add("latency_seconds_bucket", age, float(counts[le]), le=le, **labels)
                data.add("latency_seconds_sum", age, total, **labels)
                data.add("latency_seconds_count", age, float(counts["+Inf"]), **labels)
    # Buckets that fall, that lack +Inf, that lie below zero, that are empty, and one with an le that is no number.
    unsound = {
        "falling": (("1", 10.0), ("2", 8.0), ("4", 20.0), ("+Inf", 19.0)),
        "endless": (("1", 5.0), ("2", 10.0)),
        "below": (("-2", 4.0), ("-1", 6.0), ("0", 8.0), ("1", 9.0), ("+Inf", 10.0)),
        "empty": (("1", 0.0), ("2", 0.0), ("+Inf", 0.0)),
        "only_inf": (("+Inf", 7.0),),
        "words": (("small", 3.0), ("1", 4.0), ("+Inf", 5.0)),
        "first": (("1", 10.0), ("+Inf", 10.0)),
    }
    for kind, buckets in unsound.items():
        for le, count in buckets:
            data.add_constant("unsound_bucket", count, kind=kind, le=le)


def _add_sparse(data: _Data) -> None:
    """Fewer samples than the lookback needs, at odd milliseconds."""
    for number in range(3):
        chance = _random("sparse", number)
        age_s, total = 7.0 * number, 0.0
        while age_s < HOURS * 3600:
            data.add("sparse_total", age_s, total, id=str(number))
            total += chance.randrange(5)
            age_s += 240 + 120 * number + chance.random() * 20
    for number, age in enumerate(range(0, HOURS * 3600, 60)):
        data.add("jitter", age + 0.123 * (number % 7), math.cos(number / 9), id="a")
    data.add("single", 9000.0, 17.0, id="a")


def _add_lives(data: _Data) -> None:
    """Series that begin and end, and versions that take turns."""
    for age in data.ages:
        if age < 3000:
            data.add("mortal", age, age / 10, phase="early")
        elif age == 3000:
            data.add("mortal", age, STALE, phase="early")
        if 3600 <= age < 6000:
            data.add("mortal", age, age / 20, phase="middle")
        if age >= 8400:
            data.add("mortal", age, age / 30, phase="late")
        # Five minutes on, five off.
        if (age // 300) % 2 == 0:
            data.add("blinking", age, float(age // 300), host="alpha")
        elif age % 300 == 0:
            data.add("blinking", age, STALE, host="alpha")
        # A stale marker and a new start one step later.
        data.add("stutter", age, STALE if age % 120 == 60 else float(age), host="alpha")
        version = "1.0" if age < 5000 else "1.1"
        for host in HOSTS:
            data.add("build_info", age, 1.0, host=host, version=version)
    for host in HOSTS:
        data.add("build_info", 5010, STALE, host=host, version="1.0")


def _add_joins(data: _Data) -> None:
    """Two sides for matching: one to one, many to one, and pairs that no rule matches."""
    for number, team in enumerate(("red", "green", "blue")):
        data.add_constant("owner_info", 1.0, host=HOSTS[number], team=team)
        data.add_all("quota", [100.0 * (number + 1) + age % 60 for age in data.ages], team=team)
        for side in ("l", "r"):
            values = [10.0 * number + age % 30 for age in data.ages]
            data.add_all("pair", values, id=str(number), side=side)
    data.add_constant("pair", 5.0, id="9", side="l")


def _add_odd(data: _Data) -> None:
    texts = ('say "hi"', "back\\slash", "two\nlines", "größe", "/a/b c?d=1", "a.b-c")
    for number, text in enumerate(texts):
        data.add_all("odd_text", [float(number) + age % 45 for age in data.ages], text=text, n=str(number))
    # 2000-02-29, 1999-12-31T23:59:59, 1969-12-31, 2100-02-28, a fraction, and now.
    for which, seconds in (
        ("leap", 951782400.0),
        ("newyear", 946684799.0),
        ("negative", -86400.0),
        ("century", 4107456000.0),
        ("fraction", 1234567890.987),
    ):
        data.add_constant("moment_seconds", seconds, which=which)
    data.add_all("moment_seconds", [float(data.start_s + age) for age in data.ages], which="now")
    for rank in (1, 2, 10, 11):
        data.add_all("ranked", [(rank * 7 + age) % 23 + rank / 100 for age in data.ages], rank=str(rank))
    for host, value in (("alpha", 2.5), ("beta", -2.5), ("gamma", 0.5)):
        data.add_constant("half", value, host=host)


# ---- protobuf


def _label_block(labels: Labels) -> bytes:
    return b"".join(_field(1, _field(1, name.encode()) + _field(2, text.encode())) for name, text in labels)


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
