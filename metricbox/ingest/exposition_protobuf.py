"""Prometheus's protobuf exposition to the same columns as its text: what Go's push package sends unless told not to.

The body is a row of MetricFamily messages, each behind its length. Each of their samples is put under the key that
the text format would give it, so that a job may change from one to the other. Classic histograms alone: one with
native buckets only gives its count and sum. Exemplars are passed over. Runs in the decode threads.

    MetricFamily { string name = 1; string help = 2; MetricType type = 3; Metric metric = 4; string unit = 5; }
    Metric { LabelPair label = 1; Gauge 2; Counter 3; Summary 4; Untyped 5; int64 timestamp_ms = 6; Histogram 7; }
"""

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from metricbox.errors import PayloadTooLargeError, ValidationError
from metricbox.ingest.exposition import MAX_SAMPLES, NO_STAMP, Exposition
from metricbox.ingest.remote_write_metadata import describe_family
from metricbox.ingest.remote_write_wire import DamagedMessageError, read_varint, skip_field
from metricbox.query.promql.formatting import print_go_float
from metricbox.store.contract import MetricDetails

_TYPES = ("counter", "gauge", "summary", "untyped", "histogram", "gaugehistogram")
_PLAIN_VALUES = frozenset({2, 3, 5})
_SUMMARY, _STAMP, _HISTOGRAM = 4, 6, 7
_INT64_MAX = 2**63 - 1
# A body of empty messages would else take a minute and fifty times its size in memory. A sample has about ten.
MAX_FIELDS = 5_000_000

Field = tuple[int, int | float | bytes]


class _Sample(NamedTuple):
    suffix: str
    extra: tuple[str, str] | None
    """`le` or `quantile`."""
    value: float


class _Fields:
    """Reads the messages of one body, no more than MAX_FIELDS fields of them."""

    def __init__(self) -> None:
        self._left = MAX_FIELDS

    def iter(self, message: bytes) -> Iterator[Field]:
        """Numbers and contents: whole numbers, doubles and bytes. Raises DamagedMessageError."""
        position = 0
        while position < len(message):
            self.count()
            tag, content = read_varint(message, position)
            after = skip_field(message, position)
            if after > len(message):
                raise DamagedMessageError("a field is longer than its message")
            match tag & 7:
                case 0:
                    yield tag >> 3, read_varint(message, content)[0]
                case 1:
                    yield tag >> 3, float(struct.unpack_from("<d", message, content)[0])
                case 2:
                    yield tag >> 3, message[read_varint(message, content)[1] : after]
            position = after

    def count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise PayloadTooLargeError("the body has too many parts; send it in several")


class _Family:
    def __init__(self, message: bytes, fields: _Fields) -> None:
        self.name, self.help, self.unit, self.kind = "", "", "", 0
        self.metrics: list[bytes] = []
        for number, value in fields.iter(message):
            if number == 4 and isinstance(value, bytes):
                self.metrics.append(value)
            elif number == 3 and isinstance(value, int):
                self.kind = value
            elif isinstance(value, bytes) and number in {1, 2, 5}:
                setattr(self, {1: "name", 2: "help", 5: "unit"}[number], value.decode())

    @property
    def type(self) -> str:
        return _TYPES[self.kind] if self.kind < len(_TYPES) else "unknown"


def read_protobuf(body: bytes) -> Exposition:
    """Positions count metrics from 1. Raises ValidationError for a damaged body, PayloadTooLargeError for one that
    holds too much.
    """
    lines: list[int] = []
    keys: list[bytes] = []
    values: list[float] = []
    stamps: list[int] = []
    details: dict[str, MetricDetails] = {}
    families: dict[str, str] = {}
    metric = 0
    fields = _Fields()
    try:
        for family in _iter_families(body, fields):
            families[family.name] = family.type
            details.update(describe_family(family.name, family.type, family.help, family.unit))
            for message in family.metrics:
                metric += 1
                labels, stamp, samples = _read_metric(message, fields)
                for one in samples:
                    pairs = [*labels, one.extra] if one.extra else labels
                    keys.append(_write_key(family.name + one.suffix, pairs))
                    lines.append(metric)
                    values.append(one.value)
                    stamps.append(stamp)
                if len(keys) > MAX_SAMPLES:
                    raise PayloadTooLargeError(
                        f"the body has more than {MAX_SAMPLES} samples; send it in parts"
                    )
    except (DamagedMessageError, UnicodeDecodeError) as error:
        raise ValidationError(f"the body is no row of MetricFamily messages: {error}") from error
    columns = np.array(values, np.float64), np.array(stamps, np.int64)
    return Exposition(lines, keys, *columns, details, [], 0, families)


def _iter_families(body: bytes, fields: _Fields) -> Iterator[_Family]:
    position = 0
    while position < len(body):
        size_bytes, start = read_varint(body, position)
        position = start + size_bytes
        if position > len(body):
            raise DamagedMessageError("it ends within a message")
        fields.count()
        yield _Family(body[start:position], fields)


def _read_metric(message: bytes, fields: _Fields) -> tuple[list[tuple[str, str]], int, list[_Sample]]:
    labels: list[tuple[str, str]] = []
    stamp = NO_STAMP
    samples: list[_Sample] = []
    for number, value in fields.iter(message):
        if number == _STAMP and isinstance(value, int):
            stamp = value if value <= _INT64_MAX else value - 2**64
        elif not isinstance(value, bytes):
            continue
        elif number == 1:
            parts = dict(fields.iter(value))
            labels.append((_text_of(parts.get(1)), _text_of(parts.get(2))))
        elif number in _PLAIN_VALUES:
            samples.append(_Sample("", None, _number_of(dict(fields.iter(value)).get(1))))
        elif number == _SUMMARY:
            samples += _read_summary(list(fields.iter(value)), fields)
        elif number == _HISTOGRAM:
            samples += _read_histogram(list(fields.iter(value)), fields)
    return labels, stamp, samples


def _read_summary(parts: Sequence[Field], fields: _Fields) -> Iterator[_Sample]:
    totals = dict(parts)
    for number, value in parts:
        if number == 3 and isinstance(value, bytes):
            one = dict(fields.iter(value))
            quantile = print_go_float(_number_of(one.get(1)))
            yield _Sample("", ("quantile", quantile), _number_of(one.get(2)))
    yield _Sample("_sum", None, _number_of(totals.get(2)))
    yield _Sample("_count", None, _number_of(totals.get(1)))


def _read_histogram(parts: Sequence[Field], fields: _Fields) -> Iterator[_Sample]:
    totals = dict(parts)
    count = _number_of(totals.get(4)) or _number_of(totals.get(1))
    bounds = []
    for number, value in parts:
        if number == 3 and isinstance(value, bytes):
            one = dict(fields.iter(value))
            bounds.append(print_go_float(_number_of(one.get(2))))
            yield _Sample("_bucket", ("le", bounds[-1]), _number_of(one.get(4)) or _number_of(one.get(1)))
    # The last bucket may be left out of a message, never out of a text.
    if bounds and bounds[-1] != "+Inf":
        yield _Sample("_bucket", ("le", "+Inf"), count)
    yield _Sample("_sum", None, _number_of(totals.get(2)))
    yield _Sample("_count", None, count)


def _number_of(value: float | bytes | None) -> float:
    """Fields that are zero may be left out."""
    return float(value) if isinstance(value, int | float) else 0.0


def _text_of(value: float | bytes | None) -> str:
    return value.decode() if isinstance(value, bytes) else ""


def _write_key(name: str, pairs: Sequence[tuple[str, str]]) -> bytes:
    """As in the text format with names in quotes, which any name may stand in."""
    shown = [_quote(name), *(f"{_quote(label)}={_quote(value)}" for label, value in pairs)]
    return f"{{{','.join(shown)}}}".encode()


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
