"""Prometheus's protobuf exposition, written field by field as its metrics.proto says."""

import math
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.errors import MetricboxError, PayloadTooLargeError, ValidationError
from metricbox.ingest import exposition_protobuf
from metricbox.ingest.exposition import NO_STAMP, Exposition, make_series, read_exposition
from metricbox.ingest.exposition_protobuf import read_protobuf
from metricbox.model import SeriesKey
from metricbox.store.contract import MetricDetails
from tests.support.remote_write import field, label, number_field, varint

COUNTER, GAUGE, SUMMARY, UNTYPED, HISTOGRAM = range(5)


def double(number: int, value: float) -> bytes:
    return varint(number << 3 | 1) + struct.pack("<d", value)


def family(name: str, kind: int, *metrics: bytes, text: str = "") -> bytes:
    content = field(1, name.encode()) + (field(2, text.encode()) if text else b"") + number_field(3, kind)
    content += b"".join(field(4, metric) for metric in metrics)
    return varint(len(content)) + content


def bucket(bound: float, count: int) -> bytes:
    return field(3, number_field(1, count) + double(2, bound))


def rows(found: Exposition) -> list[tuple[SeriesKey, float]]:
    return list(zip(map(make_series, found.keys), found.values.tolist(), strict=True))


def test_it_is_read_as_the_text_of_the_same_metrics() -> None:
    quantile = field(3, double(1, 0.5) + double(2, 7.5))
    body = (
        family("jobs_total", COUNTER, label("q", 'a"b\\c\nd') + field(3, double(1, 3)), text="Jobs done")
        + family("temp", GAUGE, field(2, double(1, -1.5)), label("room", "küche") + field(2, b""))
        + family("u", UNTYPED, field(5, double(1, math.inf)))
        + family("s", SUMMARY, field(4, number_field(1, 2) + double(2, 9) + quantile))
        + family(
            "h", HISTOGRAM, field(7, number_field(1, 3) + double(2, 9) + bucket(0.5, 1) + bucket(1e6, 2))
        )
    )
    text = rb"""# HELP jobs_total Jobs done
# TYPE jobs_total counter
jobs_total{q="a\"b\\c\nd"} 3
# TYPE temp gauge
temp -1.5
temp{room="k\xc3\xbcche"} 0
# TYPE u untyped
u +Inf
# TYPE s summary
s{quantile="0.5"} 7.5
s_sum 9
s_count 2
# TYPE h histogram
h_bucket{le="0.5"} 1
h_bucket{le="1e+06"} 2
h_bucket{le="+Inf"} 3
h_sum 9
h_count 3
""".replace(rb"\xc3\xbc", "ü".encode())
    found = read_protobuf(body)
    expected = read_exposition(text, is_openmetrics=False)
    assert rows(found) == rows(expected)
    assert found.families == expected.families
    assert found.details == expected.details
    assert found.details["jobs_total"] == MetricDetails("counter", "", "Jobs done")
    assert found.lines == [1, 2, 3, 4, 5, 5, 5, 6, 6, 6, 6, 6]
    assert (found.ts_ms == NO_STAMP).all()


def test_stamps_and_a_bucket_without_bound_are_kept() -> None:
    histogram = number_field(1, 2) + bucket(math.inf, 2)
    body = family(
        "g", GAUGE, field(2, double(1, 1)) + number_field(6, 17), number_field(6, -5) + field(2, b"")
    )
    found = read_protobuf(body + family("h", HISTOGRAM, field(7, histogram)))
    assert found.ts_ms.tolist()[:2] == [17, -5]
    assert [key for key, _ in rows(found)][2:] == [
        SeriesKey("h_bucket", (("le", "+Inf"),)),
        SeriesKey("h_sum", ()),
        SeriesKey("h_count", ()),
    ]


def test_a_native_histogram_gives_its_count_and_sum() -> None:
    """Numbers that this reader does not know are passed over."""
    native = double(4, 2.5) + double(2, 9) + number_field(5, 3) + field(12, b"\x01")
    found = read_protobuf(family("h", HISTOGRAM, field(7, native)))
    assert [(key.name, value) for key, value in rows(found)] == [("h_sum", 9.0), ("h_count", 2.5)]


@pytest.mark.parametrize(
    "body",
    [
        b"\x05",
        b"\xff" * 20,
        varint(2) + b"\x0a\x05",
        varint(3) + b"\x0a\x01\xff",
        varint(2) + b"\x00\x00",
        b"x 1\n",
    ],
)
def test_a_damaged_body_is_refused(body: bytes) -> None:
    """Trap B022."""
    with pytest.raises(ValidationError, match="MetricFamily"):
        read_protobuf(body)


def test_a_body_of_nothing_but_parts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap B019: few bytes do not become much memory."""
    monkeypatch.setattr(exposition_protobuf, "MAX_FIELDS", 100)
    for body in (
        family("g", GAUGE, *[b""] * 200),
        b"\0" * 200,
        family("h", HISTOGRAM, field(7, b"\x1a\0" * 200)),
    ):
        with pytest.raises(PayloadTooLargeError):
            read_protobuf(body)
    monkeypatch.setattr(exposition_protobuf, "MAX_FIELDS", 1000)
    monkeypatch.setattr(exposition_protobuf, "MAX_SAMPLES", 3)
    with pytest.raises(PayloadTooLargeError, match="3 samples"):
        read_protobuf(family("g", GAUGE, *[field(2, b"")] * 4))


def test_nothing_is_nothing() -> None:
    found = read_protobuf(b"")
    assert (len(found.keys), found.values.dtype, found.ts_ms.dtype) == (0, np.float64, np.int64)


@given(st.binary(max_size=80))
@settings(deadline=None)
def test_no_bytes_raise_anything_but_a_refusal(body: bytes) -> None:
    """Trap B035."""
    whole = varint(len(body)) + body
    for one in (body, whole, family("h", HISTOGRAM, field(7, body)), family("g", GAUGE, body)):
        try:
            found = read_protobuf(one)
        except MetricboxError as error:
            assert error.status < 500  # noqa: PT017 - either is right
        else:
            assert len(found.keys) == len(found.values)
