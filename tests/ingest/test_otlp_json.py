"""The JSON form of a message: the many ways in which its members may be written."""

import json

import pytest

from metricbox.ingest.otlp_json import JSON_FORM, read_message
from metricbox.ingest.otlp_points import Kind
from metricbox.ingest.remote_write_wire import DamagedMessageError, TooManyPartsError


def body_of(metric: object, resource: object = None, scope: object = None) -> bytes:
    scope_metrics = {"metrics": [metric], "scope": scope}
    return json.dumps({"resourceMetrics": [{"resource": resource, "scopeMetrics": [scope_metrics]}]}).encode()


def gauge(*points: object) -> bytes:
    return body_of({"name": "g", "gauge": {"dataPoints": list(points)}})


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ({"asInt": "9007199254740993"}, 9007199254740992.0),
        ({"asInt": 5}, 5.0),
        ({"asInt": "-5"}, -5.0),
        ({"asInt": 0}, 0.0),
        ({"asDouble": 2.5}, 2.5),
        ({"asDouble": 3}, 3.0),
        ({"asDouble": "2.5"}, 2.5),
        ({"asDouble": "-Infinity"}, float("-inf")),
        ({"asDouble": "NaN", "asInt": 4}, 4.0),
    ],
)
def test_values(member, value):
    message = read_message(gauge({"timeUnixNano": "7", **member}))
    assert (message.numbers.values.tolist(), message.numbers.time_ns.tolist()) == ([value], [7])


def test_no_value_is_none():
    message = read_message(gauge({"timeUnixNano": 1}, {"asDouble": None}, {"asInt": None}, {"asInt": 1}))
    assert (message.numbers.positions.tolist(), message.empty_points) == ([3], 3)


def test_times_as_texts_and_numbers_also_beyond_int64():
    message = read_message(
        gauge(*({"asInt": 1, "timeUnixNano": one} for one in ("5", 6, str(2**64 - 1), None)))
    )
    assert message.numbers.time_ns.tolist() == [5, 6, -1, 0]


@pytest.mark.parametrize("temporality", [1, "1", "AGGREGATION_TEMPORALITY_DELTA"])
def test_enums_are_numbers_or_names(temporality):
    message = read_message(
        body_of(
            {
                "name": "s",
                "sum": {"aggregationTemporality": temporality, "isMonotonic": True, "dataPoints": []},
            }
        )
    )
    assert message.families[0][1:] == (Kind.SUM, b"null", b"null", b'["s","",""]', 1, True)


def test_unknown_members_and_null_ones_are_passed_over():
    metric = {
        "name": "g",
        "unit": None,
        "description": None,
        "sum": None,
        "new": {"a": [1]},
        "gauge": {"dataPoints": None},
    }
    message = read_message(body_of(metric, {"attributes": None, "entityRefs": []}, {"name": None}))
    (family,) = message.families
    assert family.form.read_texts(family.resource, family.scope, family.head) == ("g", "", "", "", [])


def test_every_kind_of_attribute():
    values = [
        {"stringValue": "s"},
        {"boolValue": False},
        {"intValue": "12"},
        {"intValue": 13},
        {"doubleValue": 1.0},
        {"doubleValue": "Infinity"},
        {"bytesValue": "AQI="},
        {"arrayValue": {"values": [{"intValue": 1}, {"stringValue": "x"}]}},
        {"arrayValue": {}},
        {"kvlistValue": {"values": [{"key": "k", "value": {"boolValue": True}}]}},
        {"kvlistValue": {}},
        {},
        None,
        {"unknownValue": 1},
    ]
    text = json.dumps([{"key": f"k{place}", "value": value} for place, value in enumerate(values)]).encode()
    assert [value for _, value in JSON_FORM.read_attributes(text)] == [
        "s",
        "false",
        "12",
        "13",
        "1",
        "+Inf",
        "AQI=",
        '[1,"x"]',
        "[]",
        '{"k":true}',
        "{}",
        "",
        "",
        "",
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"\xff",
        b'{"resourceMetrics": 5}',
        gauge({"asInt": "five"}),
        gauge({"asInt": 1, "timeUnixNano": "1e3"}),
        gauge({"asInt": "99999999999999999999"}),
        gauge({"asDouble": "one"}),
        gauge({"asDouble": [1]}),
        b'{"x":' + b"[" * 100_000,
    ],
)
def test_damage(body):
    with pytest.raises(DamagedMessageError):
        read_message(body)


@pytest.mark.parametrize("points", [1_000_001, 4_000_001])
def test_too_many_points(points):
    body = gauge({}).replace(b"[{}]", b"[" + b"{}," * (points - 1) + b"{}]")
    with pytest.raises(TooManyPartsError):
        read_message(body)


def test_values_that_are_nested_too_deeply():
    value: dict = {"stringValue": "x"}
    for _ in range(30):
        value = {"arrayValue": {"values": [value]}}
    with pytest.raises(DamagedMessageError, match="nested"):
        JSON_FORM.read_attributes(json.dumps([{"key": "k", "value": value}]).encode())
