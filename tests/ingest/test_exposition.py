"""Exposition text to columns, held against prometheus_client's parsers, which are the oracle here.

payloads/_exposition/ holds what real exporters answered to a scrape; netdata's answer is cut after 300 lines.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Enum, Gauge, Histogram, Info, Summary
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from metricbox.errors import PayloadTooLargeError
from metricbox.ingest import exposition
from metricbox.ingest.exposition import NO_STAMP, Exposition, decode_exposition, make_series, read_exposition
from metricbox.ingest.outcome import Reason
from metricbox.ingest.series_cache import GenerationCache, SeriesRegistrar
from metricbox.ingest.series_table import DoorContext, SeriesFaultError
from metricbox.ingest.timestamps import make_window
from metricbox.store.contract import MetricDetails
from tests.ingest.fakes import FakeStore

FOLDER = Path(__file__).parent / "payloads" / "_exposition"
NOW_MS = 1_795_600_800_000
Row = tuple[str, tuple[tuple[str, str], ...], str, int]


def read(text: str, *, is_openmetrics: bool = False) -> Exposition:
    return read_exposition(text.encode(), is_openmetrics=is_openmetrics)


def rows(found: Exposition) -> list[Row]:
    """Values as text, so that NaN equals NaN."""
    series = (make_series(key) for key in found.keys)
    stamps = found.ts_ms.tolist()
    return [
        (one.name, one.labels, repr(value), stamp)
        for one, value, stamp in zip(series, found.values.tolist(), stamps, strict=True)
    ]


def oracle_rows(text: str, *, is_openmetrics: bool) -> Iterator[Row]:
    for family in (read_openmetrics if is_openmetrics else read_text)(text):
        for sample in family.samples:
            labels = tuple(sorted((name, value) for name, value in sample.labels.items() if value))
            stamp = NO_STAMP if sample.timestamp is None else round(float(sample.timestamp) * 1000)
            # The oracle gives every counter of this suffix, also where the text has none.
            name = sample.name if f"\n{sample.name}" in text else sample.name.removesuffix("_total")
            yield name, labels, repr(float(sample.value)), stamp


def context(store: FakeStore) -> DoorContext:
    window = make_window(NOW_MS, 86_400_000, 600_000)
    return DoorContext(SeriesRegistrar(store, 1000), GenerationCache(1_000_000), window, 0.0, 1_000_000)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_what_real_exporters_answer_is_read_as_the_oracle_reads_it(path: Path) -> None:
    text = path.read_text()
    is_openmetrics = "openmetrics" in path.stem
    found = read(text, is_openmetrics=is_openmetrics)
    assert not found.faults
    assert len(found.keys) >= 4
    assert rows(found) == list(oracle_rows(text, is_openmetrics=is_openmetrics))
    assert [text.split("\n")[line - 1].encode() for line in found.lines] == [
        line.encode() for line in text.split("\n") if line.strip() and not line.startswith("#")
    ]


LABEL_NAMES = st.sampled_from(["a", "b_1", "le_", "_x"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["", "}", "{", '"', "\\", "\n", "# x", '"} 5', "} 5 6", ",", "=", "a b"]
)
NUMBERS = st.floats(allow_nan=False) | st.sampled_from([0.0, 1.0, math.inf])


@st.composite
def registries(draw: st.DrawFn) -> CollectorRegistry:
    registry = CollectorRegistry()
    names = draw(st.lists(LABEL_NAMES, unique=True, max_size=3))
    makers = draw(st.lists(st.sampled_from([Counter, Gauge, Histogram, Summary, Enum, Info]), max_size=4))
    for number, maker in enumerate(makers):
        options = {"states": ["up", "down"]} if maker is Enum else {}
        metric = maker(f"m{number}", draw(TEXTS), names, registry=registry, **options)
        for _ in range(draw(st.integers(1, 3))):
            child = metric.labels(*(draw(TEXTS) for _ in names)) if names else metric
            if maker is Gauge:
                child.set(draw(NUMBERS))
            elif maker is Counter:
                child.inc(abs(draw(st.floats(0, 1e300))))
            elif maker in {Histogram, Summary}:
                child.observe(draw(st.floats(0, 1e9)))
            elif maker is Info:
                child.info({"version": draw(TEXTS)})
    return registry


@given(registries())
@settings(deadline=None)
def test_generated_text_is_read_as_the_oracle_reads_it(registry: CollectorRegistry) -> None:
    text = generate_latest(registry).decode()
    found = read(text)
    assert not found.faults
    assert rows(found) == list(oracle_rows(text, is_openmetrics=False))


@given(registries())
@settings(deadline=None)
def test_generated_openmetrics_is_read_as_the_oracle_reads_it(registry: CollectorRegistry) -> None:
    text = generate_openmetrics(registry).decode()
    found = read(text, is_openmetrics=True)
    assert not found.faults
    assert rows(found) == list(oracle_rows(text, is_openmetrics=True))


FRAGMENTS = st.sampled_from(
    [*' {}\t,="\\#\n\r5é\x00\x0b', "\n", 'a="b"', "foo", "foo 5", "1_0", "NaN", "# EOF"]
)


@settings(deadline=None)
@given(st.lists(FRAGMENTS, max_size=30).map("".join), st.booleans())
def test_every_line_is_a_sample_a_fault_or_a_comment_and_both_ways_of_reading_agree(
    text: str, is_openmetrics: bool
) -> None:
    """Trap B035. A line that cannot be read sends its piece to the exact reader: with one, all go there."""
    quick = read(text, is_openmetrics=is_openmetrics)
    odd = read("foo 1_0\n" + text, is_openmetrics=is_openmetrics)

    def series(found: Exposition, shift: int) -> list[tuple[int, object, str, int]]:
        result: list[tuple[int, object, str, int]] = []
        columns = zip(found.lines, found.keys, found.values.tolist(), found.ts_ms.tolist(), strict=True)
        for line, key, value, stamp in columns:
            try:
                result.append((line - shift, make_series(key), repr(value), stamp))
            except SeriesFaultError:
                continue  # which line is refused as a bad series and which as unreadable may differ
        return result

    assert series(quick, 0) == series(odd, 1)
    bad = {line for line, message in quick.faults if "# EOF" not in message}
    assert not bad & set(quick.lines)
    assert quick.fault_count == len(quick.faults)


@settings(deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_raise(text: bytes, is_openmetrics: bool) -> None:
    found = read_exposition(text, is_openmetrics=is_openmetrics)
    assert len(found.lines) == len(found.keys) == len(found.values) == len(found.ts_ms)


def test_a_bad_line_does_not_stop_the_good_ones() -> None:
    found = read('a 1\nb one\nc{x="1" 3\n\nd 4 17\ne 5')
    assert list(found.keys) == [b"a", b"d", b"e"]
    assert found.lines == [1, 5, 6]
    assert found.values.tolist() == [1, 4, 5]
    assert found.ts_ms.tolist() == [NO_STAMP, 17, NO_STAMP]
    assert [line for line, _ in found.faults] == [2, 3]


def test_a_blank_or_a_comment_behind_the_stamp_is_passed_over() -> None:
    """Trap B025."""
    found = read("foo 123 456 # note\nfoo 124 457 \nfoo 125 458\t\n")
    assert (found.values.tolist(), found.ts_ms.tolist()) == ([123, 124, 125], [456, 457, 458])
    assert not found.faults


def test_lines_are_counted_over_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposition, "_PIECE_BYTES", 10)
    found = read("".join(f'm{{n="{number}"}} {number}\n' for number in range(1, 40)) + "bad\nlast 1 2")
    assert found.lines == [*range(1, 40), 41]
    assert found.values.tolist() == [*range(1, 40), 1]
    assert [line for line, _ in found.faults] == [40]


def test_windows_line_ends_are_taken() -> None:
    found = read('# TYPE a counter\r\na 1\r\nb{c="d"} 2 17\r\n\r\n')
    assert rows(found) == [("a", (), "1.0", NO_STAMP), ("b", (("c", "d"),), "2.0", 17)]
    assert found.families == {"a": "counter"}


def test_a_text_that_was_cut_short_is_at_fault_but_read() -> None:
    found = read("a 1\nb 2", is_openmetrics=True)
    assert found.values.tolist() == [1, 2]
    assert [(line, "# EOF" in message) for line, message in found.faults] == [(2, True)]
    assert not read("a 1\n# EOF", is_openmetrics=True).faults
    assert not read("# EOF\n\n", is_openmetrics=True).faults
    assert len(read("", is_openmetrics=True).faults) == 1


def test_what_comes_after_the_end_is_not_read() -> None:
    found = read("a 1\n# EOF\nb 2\n# EOF\n", is_openmetrics=True)
    assert found.values.tolist() == [1]
    assert "after # EOF" in found.faults[0][1]


def test_details_are_given_to_each_metric_of_a_family() -> None:
    text = (
        '# HELP jobs Jobs done\n# TYPE jobs counter\n# UNIT jobs jobs\njobs_total 3 # {a="b"} 1\njobs_created 1\n'
        '# TYPE s histogram\n# UNIT s seconds\ns_bucket{le="+Inf"} 1\n'
        "# HELP only text\nonly 1\n# TYPE odd banana\n# EOF\n"
    )
    found = read(text, is_openmetrics=True)
    assert not found.faults
    assert found.details["jobs_total"] == MetricDetails("counter", "jobs", "Jobs done")
    assert found.details["s_bucket"] == MetricDetails("histogram", None, "")
    assert found.details["s_sum"] == MetricDetails("counter", "seconds", "")
    assert found.details["only"] == MetricDetails("unknown", "", "text")
    assert found.details["odd"].type == "unknown"
    assert found.families == {"jobs": "counter", "s": "histogram", "odd": "banana"}


def test_there_is_an_end_to_samples_and_to_listed_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read("bad\n" * 3000)
    assert (len(found.faults), found.fault_count) == (exposition.MAX_FAULTS, 3000)
    monkeypatch.setattr(exposition, "MAX_SAMPLES", 3)
    assert len(read("a 1\n" * 3).keys) == 3
    with pytest.raises(PayloadTooLargeError, match="more than 3 samples"):
        read("a 1\n" * 4)


def test_samples_without_a_stamp_are_stored_at_their_arrival_and_faults_are_refused() -> None:
    store = FakeStore()
    found = read(f"# TYPE a gauge\na 1\nb 2 {NOW_MS - 5}\nc 3 17\n1d 4\ne\nf NaN\n")
    decoded = decode_exposition(context(store), found)
    assert store.rows(decoded.batch) == [("a", {}, NOW_MS, 1.0), ("b", {}, NOW_MS - 5, 2.0)]
    assert [(one.position, one.reason) for one in decoded.refusals.first] == [
        (4, Reason.TOO_OLD),
        (5, Reason.BAD_SERIES),
        (6, Reason.SYNTAX),
    ]
    assert decoded.refusals.samples_by_reason[Reason.NOT_FINITE] == 1
    assert store.learned["a"].type == "gauge"


def test_faults_beyond_the_listed_ones_are_counted() -> None:
    decoded = decode_exposition(context(FakeStore()), read("bad\n" * 3000))
    assert decoded.refusals.refused_units == 3000
    assert decoded.refusals.samples_by_reason == {Reason.SYNTAX: 3000}


def test_nothing_is_nothing() -> None:
    for text in ("", "\n\n", "# only a comment\n"):
        found = read(text)
        assert (len(found.keys), found.fault_count) == (0, 0)
        assert found.values.dtype == np.float64
        assert decode_exposition(context(FakeStore()), found).batch.size == 0
