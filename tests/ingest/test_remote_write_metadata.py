"""What remote write says of metrics."""

import pytest

from metricbox.ingest.remote_write_metadata import (
    MAX_DESCRIPTION_CHARS,
    MAX_UNIT_CHARS,
    describe_metric,
    read_metadata,
)
from metricbox.ingest.remote_write_wire import split_entries
from metricbox.store.contract import MetricDetails
from tests.support.remote_write import field, metadata, number_field, series


def read(*parts: bytes) -> dict[str, MetricDetails]:
    body = b"".join(parts)
    return read_metadata(body, split_entries(body).metadata)


@pytest.mark.parametrize(
    ("kind", "types"),
    [
        (0, {"m": "unknown"}),
        (1, {"m": "counter", "m_total": "counter"}),
        (2, {"m": "gauge"}),
        (3, {"m": "histogram", "m_bucket": "histogram", "m_sum": "counter", "m_count": "counter"}),
        (4, {"m_bucket": "histogram", "m_gsum": "gauge", "m_gcount": "gauge"}),
        (5, {"m": "gauge", "m_sum": "counter", "m_count": "counter"}),
        (6, {"m": "gauge", "m_info": "gauge"}),
        (7, {"m": "gauge"}),
        (99, {"m": "unknown"}),
    ],
)
def test_a_family_is_told_by_the_names_of_its_series(kind: int, types: dict[str, str]) -> None:
    found = read(metadata("m", kind, "help"))
    assert {name: details.type for name, details in found.items()} == types
    assert {details.description for details in found.values()} == {"help"}


@pytest.mark.parametrize(
    ("name", "kind", "type_", "unit"),
    [
        ("m_bucket", 3, "histogram", None),
        ("m_sum", 3, "counter", "seconds"),
        ("m_count", 5, "counter", None),
        ("m", 5, "gauge", "seconds"),
        ("m_total", 1, "counter", "seconds"),
        ("m", 4, "unknown", "seconds"),
        ("m", 0, "unknown", "seconds"),
        ("m", 99, "unknown", "seconds"),
    ],
)
def test_what_a_series_says_of_its_family_tells_its_own_metric(
    name: str, kind: int, type_: str, unit: str | None
) -> None:
    assert describe_metric(name, kind, " help ", " seconds ") == MetricDetails(type_, unit, "help")


def test_counts_have_no_unit() -> None:
    found = read(field(3, number_field(1, 5) + field(2, b"m") + field(5, b" seconds ")))
    assert {name: details.unit for name, details in found.items()} == {
        "m": "seconds",
        "m_sum": "seconds",
        "m_count": None,
    }


def test_metadata_stands_anywhere_among_series_and_the_last_word_counts() -> None:
    found = read(
        metadata("a", 2, "first"),
        series({"__name__": "s"}, (1, 1.0)),
        metadata("b", 2, ""),
        number_field(77, 5),
        metadata("a", 2, "last"),
    )
    assert found == {"a": MetricDetails("gauge", "", "last"), "b": MetricDetails("gauge", "", "")}


def test_what_cannot_be_read_is_passed_over() -> None:
    bad_text = field(3, field(2, b"\xff"))
    no_name = field(3, number_field(1, 2))
    cut_off = field(3, b"\x12\x09m")
    odd_kind = field(3, field(1, b"x") + field(2, b"odd"))
    found = read(bad_text, no_name, cut_off, odd_kind, metadata("good", 2, ""))
    assert found == {"odd": MetricDetails("unknown", "", ""), "good": MetricDetails("gauge", "", "")}


def test_long_texts_are_cut() -> None:
    found = read(field(3, field(2, b"m") + field(4, b"h" * 10_000) + field(5, b"u" * 1000)))["m"]
    assert (len(found.description or ""), len(found.unit or "")) == (MAX_DESCRIPTION_CHARS, MAX_UNIT_CHARS)
