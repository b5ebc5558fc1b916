"""The protobuf form of a message: its structure, against the project's own library."""

import random

import numpy as np
import pytest

from metricbox.ingest.otlp_points import Kind
from metricbox.ingest.otlp_wire import read_message
from metricbox.ingest.remote_write_wire import DamagedMessageError
from metricbox.ingest.series_cache import GenerationCache
from tests.support.otlp import NOW_MS, Request, key_values, ns


def read(body: bytes):
    return read_message(body, GenerationCache(1_000_000))


def length_of(number: int) -> bytes:
    encoded = bytearray()
    while number >= 128:
        encoded.append(number & 127 | 128)
        number >>= 7
    return bytes(encoded) + bytes((number,))


def field(number: int, content: bytes) -> bytes:
    return bytes((number << 3 | 2,)) + length_of(len(content)) + content


def test_points_are_numbered_in_the_order_of_the_message():
    request = Request()
    request.histogram("h", [1], [])
    request.gauge("g", 1.0)
    request.exponential("e", 0, 0, [1])
    request.sum("s", 2)
    request.summary("q", {0.5: 1.0})
    message = read(request.protobuf)
    assert [one.kind for one in message.families] == [
        Kind.HISTOGRAM,
        Kind.GAUGE,
        Kind.EXPONENTIAL,
        Kind.SUM,
        Kind.SUMMARY,
    ]
    assert message.numbers.positions.tolist() == [1, 3]
    assert [one.position for one in message.buckets] == [0, 4]
    assert [one.position for one in message.exponentials] == [2]


def test_parts_come_in_any_order():
    """Resource behind its scopes, scope behind its metrics, texts behind the points."""
    request = Request({"a": "b"}, "lib")
    request.gauge("g", 1.0, {"k": "v"}, unit="By")
    resource_metrics = request.message.resource_metrics[0]
    metric = request.scope.metrics[0]
    point = field(1, metric.gauge.data_points[0].SerializeToString())
    turned = field(5, point) + field(1, b"g") + field(3, b"By")
    scope = field(2, turned) + field(1, request.scope.scope.SerializeToString())
    body = field(
        1, field(2, scope) + field(3, b"url") + field(1, resource_metrics.resource.SerializeToString())
    )
    (one,) = read(body).families
    (other,) = read(request.protobuf).families
    assert (one.resource, one.scope, one.head) == (other.resource, other.scope, other.head)
    assert read(body).numbers.attributes == read(request.protobuf).numbers.attributes


def test_a_metric_with_points_of_two_kinds_is_two_families():
    request = Request()
    request.gauge("g", 1.0)
    request.histogram("g", [1], [])
    gauge, histogram = (one.SerializeToString() for one in request.scope.metrics)
    body = field(1, field(2, field(2, gauge + histogram)))
    assert [one.kind for one in read(body).families] == [Kind.GAUGE, Kind.HISTOGRAM]


def test_every_field_of_a_histogram():
    request = Request()
    point = request.histogram("h", [1, 2**40], [0.5], {"a": "b"}, NOW_MS, start_ms=NOW_MS - 5, total=-2.5)
    point.min, point.max, point.flags = 1.0, 2.0, 2
    point.exemplars.add(as_double=1.0)
    (read_point,) = read(request.protobuf).buckets
    assert read_point[1:] == (
        0,
        field(7, key_values({"a": "b"})[0].SerializeToString()),
        ns(NOW_MS - 5),
        ns(NOW_MS),
        False,
        2.0**40 + 1,
        -2.5,
        np.array([0.5]).tobytes(),
        [1, 2**40],
    )


def test_lists_of_numbers_may_be_unpacked():
    words = np.array([3, 4], "<u8")
    bounds = np.array([0.5], "<f8")
    point = b"".join(b"\x31" + one.tobytes() for one in words) + b"\x39" + bounds.tobytes()
    sides = field(8, b"\x08\x03" + b"\x10\x07\x10\x96\x01")
    body = field(1, field(2, field(2, field(9, field(1, point)) + field(10, field(1, sides)))))
    message = read(body)
    assert (list(message.buckets[0].values), message.buckets[0].bounds) == ([3, 4], bounds.tobytes())
    assert message.exponentials[0].buckets.positive_offset == -2
    assert message.exponentials[0].buckets.positive == [7, 150]


def test_exponential_counts_of_any_size():
    request = Request()
    request.exponential("e", -3, -70, [0, 127, 128, 2**60], zero=5, negative=(2, [1]))
    (point,) = read(request.protobuf).exponentials
    assert point.buckets == (-3, 0.0, 5, -70, [0, 127, 128, 2**60], 2, [1])


@pytest.mark.parametrize("seed", range(20))
def test_random_messages_against_the_library(seed):
    chance = random.Random(seed)
    request = Request({"r": "x" * chance.randrange(300)}, "lib")
    expected = []
    for number in range(chance.randrange(1, 30)):
        value = chance.choice([0.0, 1.5, -3, 7, 2**62])
        labels = {f"k{one}": chance.choice(["v", "w" * 200, 5, True]) for one in range(chance.randrange(4))}
        point = request.gauge(f"g{number}", value, labels, NOW_MS + number)
        if chance.random() < 0.3:
            point.exemplars.add(as_double=1.0, time_unix_nano=5)
        if chance.random() < 0.3:
            point.start_time_unix_nano = 9
        expected.append((NOW_MS + number, float(value), point.start_time_unix_nano))
    numbers = read(request.protobuf).numbers
    found = zip(
        (numbers.time_ns // 1_000_000).tolist(),
        numbers.values.tolist(),
        numbers.start_ns.tolist(),
        strict=True,
    )
    assert list(found) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"garbage",
        b"\x0a\x05",
        field(1, field(2, field(2, field(5, b"\x0a\x09" + b"\x21abc")))),
        field(1, field(2, field(2, field(9, field(1, b"\x32\x03abc"))))),
        field(1, field(2, field(2, field(9, field(1, b"\x3a\x03abc"))))),
        field(1, field(2, field(2, field(10, field(1, field(8, b"\x12\x01\x80")))))),
    ],
)
def test_damage(body):
    with pytest.raises(DamagedMessageError):
        read(body)
