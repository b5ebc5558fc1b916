"""What becomes of OTLP's kinds of metrics, in both forms of the message."""

import contextlib
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.errors import PayloadTooLargeError, ValidationError
from metricbox.ingest.body import decode_body
from metricbox.ingest.outcome import Reason
from metricbox.model import STALE_MARKER_BITS
from metricbox.store.contract import MetricDetails
from tests.ingest.captured import CapturedRequest, load, load_all
from tests.support.otlp import NOW_MS, Door, Request, key_values

FORMS = pytest.mark.parametrize("is_json", [False, True], ids=["protobuf", "json"])
CAPTURED = [request for request in load_all() if request.path == "/v1/metrics"]
RESOURCE = {
    "service.namespace": "eu",
    "service.name": "shop",
    "service.instance.id": "i-1",
    "host.name": "host-a",
}
TARGET = {"job": "eu/shop", "instance": "i-1", "host_name": "host-a"}


def body_of(request: CapturedRequest) -> bytes:
    return decode_body(request.body, request.headers.get("content-encoding"), 1_000_000)


def is_json_of(request: CapturedRequest) -> bool:
    return request.headers["content-type"] == "application/json"


@FORMS
def test_a_gauge(is_json):
    request = Request(RESOURCE, scope="demo")
    request.gauge("cpu.util", 0.25, {"cpu": 0, "is.idle": True}, unit="1")
    assert Door().push(request, is_json=is_json) == [
        (
            "cpu_util_ratio",
            TARGET | {"cpu": "0", "is_idle": "true", "otel_scope_name": "demo"},
            NOW_MS,
            0.25,
        )
    ]


@FORMS
@pytest.mark.parametrize(
    ("is_monotonic", "name", "kind"),
    [(True, "io_bytes_total", "counter"), (False, "io_bytes", "gauge")],
)
def test_a_cumulative_sum(is_json, is_monotonic, name, kind):
    request = Request()
    request.sum("io", 2**53, is_monotonic=is_monotonic, unit="By", description="what it is")
    door = Door()
    assert door.push(request, is_json=is_json) == [(name, {}, NOW_MS, 2.0**53)]
    assert door.store.learned == {name: MetricDetails(kind, "bytes", "what it is")}


@FORMS
def test_a_histogram_counts_up_to_each_bound(is_json):
    request = Request()
    request.histogram("took", [1, 0, 2, 1], [0.5, 1.0, 10.0], {"route": "/x"}, total=12.5, unit="s")
    door = Door()
    labels = {"route": "/x"}
    assert door.push(request, is_json=is_json) == [
        ("took_seconds_sum", labels, NOW_MS, 12.5),
        ("took_seconds_count", labels, NOW_MS, 4.0),
        ("took_seconds_bucket", labels | {"le": "0.5"}, NOW_MS, 1.0),
        ("took_seconds_bucket", labels | {"le": "1"}, NOW_MS, 1.0),
        ("took_seconds_bucket", labels | {"le": "10"}, NOW_MS, 3.0),
        ("took_seconds_bucket", labels | {"le": "+Inf"}, NOW_MS, 4.0),
    ]
    assert door.store.learned["took_seconds_bucket"].type == "histogram"


@FORMS
def test_a_histogram_without_sum_or_buckets(is_json):
    request = Request()
    request.histogram("a", [3], [])
    request.histogram("b", [], [], total=2.0).count = 5
    assert [row[::3] for row in Door().push(request, is_json=is_json)] == [
        ("a_count", 3.0),
        ("a_bucket", 3.0),
        ("b_sum", 2.0),
        ("b_count", 5.0),
    ]


@FORMS
def test_an_exponential_histogram_becomes_le_buckets(is_json):
    request = Request()
    request.exponential("e", 0, 1, [4, 0, 2], zero=1, negative=(0, [3, 5]))
    rows = Door().push(request, is_json=is_json)
    buckets = [(labels["le"], value) for name, labels, _, value in rows if name == "e_bucket"]
    # Scale 0: bucket i is (2**i, 2**(i + 1)], negative ones mirrored.
    assert buckets == [
        ("-2", 5.0),
        ("-1", 8.0),
        ("0", 9.0),
        ("4", 13.0),
        ("8", 13.0),
        ("16", 15.0),
        ("+Inf", 15.0),
    ]
    assert [row[::3] for row in rows if row[0] != "e_bucket"] == [("e_sum", 1.5), ("e_count", 15.0)]


@FORMS
def test_a_summary(is_json):
    request = Request()
    request.summary("s", {0.5: 1.0, 0.99: 4.5}, {"a": "b"})
    assert Door().push(request, is_json=is_json) == [
        ("s_sum", {"a": "b"}, NOW_MS, 3.5),
        ("s_count", {"a": "b"}, NOW_MS, 7.0),
        ("s", {"a": "b", "quantile": "0.5"}, NOW_MS, 1.0),
        ("s", {"a": "b", "quantile": "0.99"}, NOW_MS, 4.5),
    ]


@FORMS
def test_a_point_without_a_recorded_value_ends_its_series(is_json):
    request = Request()
    request.gauge("g", 0.0).flags = 1
    ended = request.sum("c", 0.0)
    ended.ClearField("value")
    ended.flags = 1
    request.histogram("h", [], [1.0]).flags = 1
    request.exponential("e", 0, 0, []).flags = 1
    request.summary("s", {0.5: 0.0}).flags = 1
    door = Door()
    decoded = door.decode(request.json if is_json else request.protobuf, is_json=is_json)
    assert (decoded.batch.values.view(np.uint64) == STALE_MARKER_BITS).all()
    names = [
        (name, labels.get("le") or labels.get("quantile"))
        for name, labels, _, _ in door.store.rows(decoded.batch)
    ]
    assert names == [
        ("g", None),
        ("c_total", None),
        ("h_sum", None),
        ("h_count", None),
        ("h_bucket", "1"),
        ("h_bucket", "+Inf"),
        ("s_sum", None),
        ("s_count", None),
        ("s", "0.5"),
        ("e_sum", None),
        ("e_count", None),
    ]


@FORMS
def test_names_that_mean_something_here_are_renamed(is_json):
    """Trap B033."""
    labels = {"__name__": "x", "le": "1", "time": "t", "value": "v", "quantile": "q", "job": "j"}
    request = Request({"service.name": "shop", "__name__": "y"})
    request.gauge("g", 1.0, labels)
    request.histogram("h", [1], [], labels)
    request.summary("s", {0.5: 1.0}, labels)
    rows = Door().push(request, is_json=is_json)
    names = {name: labels for name, labels, _, _ in rows}
    same = {"job": "shop", "exported_job": "j", "exported___name__": "x", "time": "t", "value": "v"}
    assert names["g"] == same | {"le": "1", "quantile": "q"}
    assert names["h_bucket"] == same | {"le": "+Inf", "exported_le": "1", "quantile": "q"}
    assert names["s"] == same | {"quantile": "0.5", "exported_quantile": "q", "le": "1"}


@FORMS
def test_values_that_are_none_or_not_finite_are_dropped_and_refuse_nothing(is_json):
    """Trap B009. JavaScript writes null for NaN."""
    request = Request()
    for value in (float("nan"), float("inf"), float("-inf")):
        request.gauge("g", value)
    request.gauge("empty", 1.0).ClearField("value")
    request.gauge("good", 1.0)
    door = Door()
    decoded = door.decode(request.json if is_json else request.protobuf, is_json=is_json)
    assert [row[0] for row in door.store.rows(decoded.batch)] == ["good"]
    assert decoded.refusals.refused_units == 0
    assert decoded.refusals.samples_by_reason == {Reason.NULL_VALUE: 1, Reason.NOT_FINITE: 3}


@FORMS
def test_refusals_count_points_and_name_their_metric(is_json):
    request = Request()
    request.gauge("good", 1.0)
    request.histogram("late", [1, 2], [1.0], ts_ms=NOW_MS - 10**9, total=1.0)
    request.histogram("odd", [1, 2, 3, 4], [1.0], total=1.0)
    request.histogram("falling", [1, 2, 3], [2.0, 1.0], total=1.0)
    request.gauge("", 1.0)
    request.gauge("long", 1.0, {"k": "v" * 2000})
    rows, refused = Door().refuse(request, is_json=is_json)
    assert [row[0] for row in rows] == ["good"]
    assert [position for position, _ in refused] == [1, 2, 3, 4, 5]
    for (_, sentence), words in zip(
        refused,
        (
            "late: time stamp",
            "odd: it has 4 bucket counts for 1 bounds",
            "falling: the bounds",
            "a metric name must not be empty",
            "long: the value of tag k has 2000 bytes",
        ),
        strict=True,
    ):
        assert words in sentence


def test_series_over_the_cap_are_refused_as_points():
    request = Request()
    request.histogram("h", [1, 2], [1.0], total=1.0)
    request.gauge("g", 1.0)
    door = Door(max_series=1)
    decoded = door.decode(request.protobuf)
    assert decoded.batch.size == 1
    assert decoded.refusals.refused_units == 1
    assert decoded.refusals.samples == 4
    assert "max_series" in decoded.refusals.first[0].message


@FORMS
def test_what_is_known_is_not_read_again_and_what_changes_is(is_json):
    door = Door()
    for value in (1.0, 2.0):
        request = Request(RESOURCE)
        request.gauge("g", value, {"a": "b"})
        request.histogram("h", [1, 2], [1.0], {"a": "b"})
        door.push(request, is_json=is_json)
    assert door.store.registrations == 1
    changed = Request(RESOURCE | {"host.name": "host-b"})
    changed.gauge("g", 3.0, {"a": "b"})
    ((_, labels, _, value),) = door.push(changed, is_json=is_json)
    assert (labels["host_name"], value) == ("host-b", 3.0)


def test_both_forms_are_the_same_series():
    door = Door()
    request = Request(RESOURCE, "demo")
    request.gauge("g", 1.0, {"a": [1, "x", None], "b": {"k": 1.5}, "c": b"\x00\xff", "d": 2.0, "e": None})
    request.histogram("h", [1, 2], [0.1])
    request.exponential("e", 20, -7, [1, 0, 300])
    assert door.push(request) == door.push(request, is_json=True)
    labels = door.store.rows(door.decode(request.protobuf).batch)[0][1]
    assert (labels["a"], labels["b"], labels["c"], labels["d"]) == ('[1,"x",null]', '{"k":1.5}', "AP8=", "2")


def test_names_stay_as_they_are_when_the_setting_says_so():
    request = Request(RESOURCE, "demo")
    request.sum("http.requests", 1.0, {"http.method": "GET", "a b": "c"}, unit="1")
    request.histogram("took", [1], [], unit="ms")
    rows = Door("raw").push(request)
    assert rows[0][:2] == (
        "http.requests",
        {**RESOURCE, "otel.scope.name": "demo", "http.method": "GET", "a_b": "c"},
    )
    assert [row[0] for row in rows[1:]] == ["took_count", "took_bucket"]


def test_a_point_without_a_time_is_of_now():
    request = Request()
    request.gauge("g", 1.0, ts_ms=0)
    request.histogram("h", [1], [], ts_ms=0)
    assert {row[2] for row in Door().push(request)} == {NOW_MS}


def test_nothing_is_nothing():
    for body, is_json in ((b"", False), (b"", True), (b"{}", True), (b'{"resourceMetrics":null}', True)):
        assert Door().decode(body, is_json=is_json).batch.size == 0


def test_too_many_points_are_too_large():
    points = b"\x0a\x00" * 1_000_001
    for data_tag in (b"\x2a", b"\x4a"):
        body = points
        for tag in (data_tag, b"\x12", b"\x12", b"\x0a"):
            length = len(body)
            body = (
                tag
                + bytes((length & 127 | 128, length >> 7 & 127 | 128, length >> 14 & 127 | 128, length >> 21))
                + body
            )
        with pytest.raises(PayloadTooLargeError):
            Door().decode(body)


# ---- what real clients sent


@pytest.mark.parametrize("captured", CAPTURED, ids=lambda one: one.name)
def test_every_point_of_a_real_client_is_taken(captured):
    door = Door()
    decoded = door.decode(body_of(captured), is_json=is_json_of(captured))
    assert decoded.refusals.refused_units == 0
    assert decoded.batch.size > 20


def test_both_captured_forms_of_python_name_the_same_series():
    door = Door()
    series = []
    for name in ("otlp-python-protobuf/001", "otlp-python-json-gzip/001"):
        captured = load(name)
        decoded = door.decode(body_of(captured), is_json=is_json_of(captured))
        series.append(
            {(name, tuple(labels.items())) for name, labels, _, _ in door.store.rows(decoded.batch)}
        )
    assert series[0] == series[1]
    assert door.store.registrations == 2


def test_opentelemetry_javascript():
    door = Door()
    rows = door.store.rows(door.decode(body_of(load("otlp-js-json/001")), is_json=True).batch)
    labels = {"job": "shop-js", "host_name": "host-a", "otel_scope_name": "js.scope"}
    stamp = 1_795_582_412_284
    assert rows[:3] == [
        ("jobs_done_total", labels | {"q": 'a"b\n', "n": "1", "b": "true"}, stamp, 3.0),
        ("jobs_done_total", labels | {"q": "ü"}, stamp, 2.5),
        ("temp", labels | {"room": "hall"}, stamp, 21.5),
    ]
    buckets = {labels["le"]: value for name, labels, _, value in rows if name.endswith("_bucket")}
    assert (buckets["0"], buckets["5"], buckets["10"], buckets["+Inf"]) == (0.0, 1.0, 2.0, 3.0)


# ---- damage


def try_body(body: bytes, *, is_json: bool) -> None:
    """Whatever it is, it is stored, refused, or the decoder's error."""
    with contextlib.suppress(ValidationError, PayloadTooLargeError):
        Door().decode(body, is_json=is_json)


@given(st.binary(max_size=200), st.booleans())
@settings(max_examples=300, deadline=None)
def test_random_bytes_raise_nothing_but_the_decoders_error(body, is_json):
    """Trap B035."""
    try_body(body, is_json=is_json)


@given(st.sampled_from(CAPTURED), st.integers(0, 2**32), st.integers(1, 6))
@settings(max_examples=400, deadline=None)
def test_mutated_captures_raise_nothing_but_the_decoders_error(captured, seed, changes):
    """Trap B035."""
    body = bytearray(body_of(captured))
    chance = random.Random(seed)
    for _ in range(changes):
        at = chance.randrange(len(body))
        match chance.randrange(4):
            case 0:
                body[at] = chance.randrange(256)
            case 1:
                del body[at : at + chance.randrange(1, 20)]
            case 2:
                body[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 8)))
            case _:
                body[at] ^= 1 << chance.randrange(8)
        if not body:
            break
    try_body(bytes(body), is_json=is_json_of(captured))


def test_a_message_that_ends_too_early_says_so():
    """Trap B035. Every prefix of a real message."""
    whole = body_of(load("otlp-python-protobuf/001"))
    for end in range(1, len(whole)):
        with pytest.raises(ValidationError, match="not an OTLP metrics request in protobuf"):
            Door().decode(whole[:end])


def test_texts_that_are_no_utf8_refuse_their_points_alone():
    request = Request({"service.name": "shop"})
    request.gauge("good", 1.0)
    request.gauge("bad", 1.0, {"k": "abc"})
    body = request.protobuf.replace(b"abc", b"a\xffc")
    door = Door()
    decoded = door.decode(body)
    assert [row[0] for row in door.store.rows(decoded.batch)] == ["good"]
    assert "attributes cannot be read" in decoded.refusals.first[0].sentence
    broken = door.decode(request.protobuf.replace(b"shop", b"s\xffop"))
    assert (broken.batch.size, broken.refusals.refused_units) == (0, 2)


@FORMS
def test_attributes_of_a_resource_are_never_a_reason_to_lose_its_points(is_json):
    request = Request({"process.command_line": "x" * 5000, "a.b": "1", "a_b": "2", "": "nameless"})
    request.scope.scope.attributes.extend(key_values({"ignored": 1}))
    request.gauge("g", 1.0)
    ((_, labels, _, _),) = Door().push(request, is_json=is_json)
    assert labels == {"process_command_line": "x" * 1024, "a_b": "1;2"}
