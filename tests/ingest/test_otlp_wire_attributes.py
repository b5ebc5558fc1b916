"""Attributes and texts of the protobuf form, written by the project's own library."""

import pytest
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from metricbox.ingest.otlp_points import FamilyTexts
from metricbox.ingest.otlp_wire_attributes import read_attributes, read_texts
from metricbox.ingest.remote_write_wire import DamagedMessageError
from tests.support.otlp import key_values


def block(pairs: dict) -> bytes:
    """As the attributes of a point, whose field has another number."""
    fields = (one.SerializeToString() for one in key_values(pairs))
    return b"".join(b"\x3a" + bytes((len(field),)) + field for field in fields)


def test_a_family():
    metric = Metric(name="n", description="what", unit="By", metadata=key_values({"k": "v"}))
    resource = Resource(attributes=key_values({"a": "b", "n": 1}), dropped_attributes_count=3)
    scope = InstrumentationScope(name="lib", version="1", attributes=key_values({"x": "y"}))
    parts = (one.SerializeToString() for one in (resource, scope, metric))
    assert read_texts(*parts) == FamilyTexts("n", "By", "what", "lib", [("a", "b"), ("n", "1")])
    assert read_texts(b"", b"", b"") == FamilyTexts("", "", "", "", [])


def test_every_kind_of_value():
    pairs = {
        "s": "t",
        "b": True,
        "i": -5,
        "d": 1.5,
        "l": ["x", 2],
        "m": {"k": [1]},
        "y": b"\x01\x02",
        "n": None,
    }
    assert read_attributes(block(pairs)) == [
        ("s", "t"),
        ("b", "true"),
        ("i", "-5"),
        ("d", "1.5"),
        ("l", '["x",2]'),
        ("m", '{"k":[1]}'),
        ("y", "AQI="),
        ("n", ""),
    ]


def nested(depth: int) -> list:
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


def test_depth_is_bounded():
    assert read_attributes(block({"k": nested(10)})) == [("k", "[" * 11 + "]" * 11)]
    with pytest.raises(DamagedMessageError, match="nested"):
        read_attributes(block({"k": nested(20)}))


@pytest.mark.parametrize("body", [b"\x3a\x05\x0a", b"\x3a\x02\x0a\x05", b"\x3a"])
def test_damage(body):
    with pytest.raises(DamagedMessageError):
        read_attributes(body)


def test_a_text_that_is_no_utf8():
    with pytest.raises(UnicodeDecodeError):
        read_attributes(block({"k": "abc"}).replace(b"abc", b"a\xff\xff"))
