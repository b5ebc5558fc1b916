"""Remote write 2.0 to samples."""

import dataclasses
import math
import struct
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from hypothesis import given
from hypothesis import strategies as st

from metricbox.errors import ValidationError
from metricbox.ingest.outcome import Decoded, Reason
from metricbox.ingest.remote_write import RemoteWriteDecoder
from metricbox.ingest.remote_write_2 import decode_remote_write_2
from metricbox.ingest.remote_write_symbols import SymbolNumbers
from metricbox.ingest.series_cache import GenerationCache, SeriesRegistrar
from metricbox.ingest.series_table import DoorContext
from metricbox.ingest.timestamps import make_window
from metricbox.store.contract import MetricDetails
from tests.ingest.fakes import FakeStore
from tests.ingest.test_remote_write import captured
from tests.support.remote_write import STALE, field, sample, series
from tests.support.remote_write_2 import (
    EXEMPLAR,
    HISTOGRAM,
    REFS,
    Message,
    from_version_1,
    started_sample,
)

NOW_MS = 1_795_600_800_000
WINDOW = make_window(NOW_MS, 7 * 86_400_000, 600_000)
ANY_TIME = make_window(0, 2**62, 2**62)
M = {"__name__": "m", "a": "b"}


@dataclasses.dataclass
class Bench:
    store: FakeStore = dataclasses.field(default_factory=FakeStore)

    def __post_init__(self) -> None:
        self.registrar = SeriesRegistrar(self.store, 100)
        self.cache = GenerationCache(1_000_000)
        self.numbers = SymbolNumbers()

    def decode(self, message: Message | bytes, window=WINDOW) -> Decoded:
        body = message if isinstance(message, bytes) else message.encode()
        context = DoorContext(self.registrar, self.cache, window, 0.0, 1_000_000)
        return decode_remote_write_2(body, context, self.numbers)

    def rows(self, message: Message | bytes, window=WINDOW):
        return self.store.rows(self.decode(message, window).batch)


@pytest.fixture
def bench():
    return Bench()


def refused(decoded: Decoded) -> list[tuple[int, Reason, str]]:
    return [(one.position, one.reason, one.message) for one in decoded.refusals.first]


def test_samples_in_the_order_of_the_request(bench):
    def make(*texts: str) -> Message:
        message = Message(*texts).add(M, (NOW_MS, 1.0))
        message.add({"__name__": "n"}, (NOW_MS, 2.0), (NOW_MS + 1, 0.0))
        return message.add({"a": "b", "__name__": "m", "empty": ""}, (NOW_MS, 3.0))

    expected = [
        ("m", {"a": "b"}, NOW_MS, 1.0),
        ("n", {}, NOW_MS, 2.0),
        ("n", {}, NOW_MS + 1, 0.0),
        ("m", {"a": "b"}, NOW_MS, 3.0),
    ]
    assert bench.rows(make()) == expected
    # The same texts at other places of the table.
    assert bench.rows(make("zero", "b", "n")) == expected
    assert bench.store.registrations == 1
    assert len(bench.store.ids) == 2


def test_references_past_the_table_store_nothing_of_the_message(bench):
    """Trap B022."""
    for content in (field(REFS, b"\x01\x8f\x4e") + sample(NOW_MS, 1.0), field(REFS, b"\x01\x8f\x4e")):
        with pytest.raises(ValidationError, match=r"it refers to symbol 9999, and its table has 5"):
            bench.decode(Message().add(M, (NOW_MS, 1.0)).add_raw(content))
    assert bench.store.ids == {}


def test_start_timestamps_and_exemplars_are_passed_over(bench):
    message = Message()
    for value in (5.0, 0.0):
        message.add_raw(message.refs(M) + started_sample(NOW_MS, value, NOW_MS - 60_000))
    message.add_raw(message.refs(M) + started_sample(NOW_MS + 1, 7.0, 1))
    message.add({"__name__": "e"}, more=field(EXEMPLAR, field(1, b"\x01\x02") + b"\x11" + bytes(8)))
    decoded = bench.decode(message)
    assert decoded.batch.values.tolist() == [5.0, 0.0, 7.0]
    assert decoded.batch.ts_ms.tolist() == [NOW_MS, NOW_MS, NOW_MS + 1]
    assert decoded.refusals.samples == 0


def test_native_histograms_are_refused_by_name_and_floats_stored(bench):
    message = Message().add(M, (NOW_MS, 1.0))
    message.add({"__name__": "latency", "job": "x"}, more=field(HISTOGRAM, b"\x21" + bytes(8)))
    for _ in range(2):
        decoded = bench.decode(message)
        assert bench.store.rows(decoded.batch) == [("m", {"a": "b"}, NOW_MS, 1.0)]
        ((position, reason, text),) = refused(decoded)
        assert (position, reason) == (1, Reason.UNSUPPORTED)
        assert text == "latency is a native histogram, which cannot be stored; send classic ones"


def test_stale_markers_are_stored_and_other_nan_dropped(bench):
    message = Message().add(M, (NOW_MS, STALE))
    message.add({"__name__": "summary"}, (NOW_MS, struct.pack("<Q", 0x7FF8000000000001)), (NOW_MS, math.inf))
    decoded = bench.decode(message)
    assert decoded.batch.values.tobytes() == STALE
    assert decoded.refusals.samples_by_reason == {Reason.NOT_FINITE: 2}
    assert decoded.refusals.refused_units == 0
    assert {key.name for key in bench.store.ids} == {"m"}


def test_metadata_is_learned_with_a_new_series_and_when_it_changes(bench):
    def make(kind: int, text: str, unit: str = "") -> Message:
        message = Message()
        for name in ("t_seconds_sum", "t_seconds_count", "t_seconds_bucket"):
            message.add({"__name__": name}, (NOW_MS, 1.0), more=message.metadata(kind, text, unit))
        return message.add({"__name__": "plain"}, (NOW_MS, 1.0))

    bench.decode(make(3, "how long", "seconds"))
    learned = {
        "t_seconds_sum": MetricDetails("counter", "seconds", "how long"),
        "t_seconds_count": MetricDetails("counter", None, "how long"),
        "t_seconds_bucket": MetricDetails("histogram", None, "how long"),
    }
    assert bench.store.learned == learned
    bench.store.learned = {}
    bench.decode(make(3, "how long", "seconds"))
    assert bench.store.learned == {}
    bench.decode(make(5, "other"))
    assert bench.store.learned["t_seconds_sum"] == MetricDetails("counter", "", "other")
    assert len(bench.store.ids) == 4


def test_texts_that_are_not_utf_8(bench):
    bad = Message()
    body = (
        bad.add(M, (NOW_MS, 1.0), more=bad.metadata(1, "HELP")).encode().replace(b"HELP", b"\xff\xff\xff\xff")
    )
    assert [row[0] for row in bench.rows(body)] == ["m"]
    assert bench.store.learned == {}
    ((_, reason, text),) = refused(bench.decode(Message().add({"__name__": "m", "x": "LABEL"}, (NOW_MS, 1.0))
                                                .encode().replace(b"LABEL", b"\xff\xff\xff\xff\xff")))  # fmt: skip
    assert (reason, text) == (Reason.BAD_SERIES, "a label is not UTF-8")


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ([("__name__", "m"), ("a", "1"), ("a", "2")], "the label 'a' comes 2 times"),
        ([("a", "1")], "must not be empty"),
        ([], "must not be empty"),
        ([("__name__", "1-x y")], "is not a metric name"),
    ],
)
def test_a_series_that_cannot_be_stored_spoils_no_other(bench, labels, reason):
    """Trap B013."""
    message = Message().add(M, (NOW_MS, 1.0))
    message.add_raw(message.refs(labels) + sample(NOW_MS, 1.0))
    for _ in range(2):
        decoded = bench.decode(message)
        assert bench.store.rows(decoded.batch) == [("m", {"a": "b"}, NOW_MS, 1.0)]
        ((position, why, text),) = refused(decoded)
        assert (position, why) == (1, Reason.BAD_SERIES)
        assert reason in text


def test_a_body_of_1_0_is_told_apart_and_the_other_way_round(bench):
    """Read as the other one, each is an empty message."""
    with pytest.raises(ValidationError, match=r"remote write 1\.0"):
        bench.decode(series(M, (NOW_MS, 1.0)))
    with pytest.raises(ValidationError, match=r"remote write 2\.0"):
        RemoteWriteDecoder(bench.registrar).decode(Message().add(M, (NOW_MS, 1.0)).encode(), WINDOW, 0.0)


# ---- against an encoder that is not ours


def make_request_type() -> Any:
    """io.prometheus.write.v2.Request for the protobuf library, from its specification."""
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="write_v2.proto", package="v2", syntax="proto3")

    def add(message: str, *fields: tuple[str, int, int, bool, str]) -> None:
        declared = file.message_type.add(name=message)
        for name, number, kind, is_many, of in fields:
            label = kinds.LABEL_REPEATED if is_many else kinds.LABEL_OPTIONAL
            one = declared.field.add(name=name, number=number, type=kind, label=label)
            if of:
                one.type_name = f".v2.{of}"

    message, uint32, int64 = kinds.TYPE_MESSAGE, kinds.TYPE_UINT32, kinds.TYPE_INT64
    add("Sample", ("value", 1, kinds.TYPE_DOUBLE, False, ""), ("timestamp", 2, int64, False, ""),
        ("start_timestamp", 3, int64, False, ""))  # fmt: skip
    add("Metadata", ("type", 1, uint32, False, ""), ("help_ref", 3, uint32, False, ""),
        ("unit_ref", 4, uint32, False, ""))  # fmt: skip
    add("TimeSeries", ("labels_refs", 1, uint32, True, ""), ("samples", 2, message, True, "Sample"),
        ("metadata", 5, message, False, "Metadata"))  # fmt: skip
    add(
        "Request", ("symbols", 4, kinds.TYPE_STRING, True, ""), ("timeseries", 5, message, True, "TimeSeries")
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("v2.Request"))


REQUEST = make_request_type()
LABELS = st.dictionaries(st.sampled_from(["a", "b", "job", "le"]), st.text('ü"\\x', max_size=4), max_size=4)
TIMES = st.integers(-(2**61), 2**61) | st.integers(NOW_MS - 100, NOW_MS + 100)
VALUES = st.floats(allow_nan=False, allow_infinity=False) | st.just(0.0)
STARTS = st.sampled_from([0, 1, NOW_MS - 5])
ENTRIES = st.lists(
    st.tuples(LABELS, st.lists(st.tuples(TIMES, VALUES, STARTS), max_size=3), st.integers(0, 7), st.booleans()),
    max_size=6,
)  # fmt: skip


@given(ENTRIES, st.integers(0, 200))
def test_any_message_of_another_encoder_gives_what_it_was_made_of(entries, others):
    request = REQUEST()
    places = {
        text: place for place, text in enumerate(["", *(f"other {number}" for number in range(others))])
    }

    def ref(text: str) -> int:
        return places.setdefault(text, len(places))

    expected = []
    for labels, samples, kind, has_metadata in entries:
        one = request.timeseries.add()
        one.labels_refs.extend(ref(text) for pair in ({"__name__": "m"} | labels).items() for text in pair)
        if has_metadata:
            one.metadata.type, one.metadata.help_ref = kind, ref("help")
        for ts_ms, value, start_ms in samples:
            one.samples.add(value=value, timestamp=ts_ms, start_timestamp=start_ms)
            kept = {name: text for name, text in sorted(labels.items()) if text}
            expected.append(("m", kept, ts_ms, value))
    request.symbols.extend(places)
    bench = Bench()
    for _ in range(2):
        assert bench.rows(request.SerializeToString(), ANY_TIME) == expected


# ---- damage


def make_base() -> bytes:
    message = Message().add(M, (NOW_MS, 1.0))
    message.add({"__name__": "n"}, (NOW_MS, 0.0), more=message.metadata(1, "help", "bytes"))
    message.add_raw(message.refs({"__name__": "o"}) + started_sample(NOW_MS, 2.0, NOW_MS - 9))
    return message.add({"__name__": "p"}, (NOW_MS, 1.0), (NOW_MS, STALE)).encode()


BASE = make_base()


def attempt(bench: Bench, body: bytes):
    try:
        decoded = bench.decode(body, ANY_TIME)
    except ValidationError as error:
        return error.message
    values = decoded.batch.values.tobytes()
    return [row[:3] for row in bench.store.rows(decoded.batch)], values, refused(decoded)


@given(st.integers(0, len(BASE) - 1), st.binary(max_size=4), st.integers(0, 20))
def test_damage_is_a_400_or_read_the_same_with_and_without_the_cache(place, patch, cut):
    body = BASE[:place] + patch + BASE[place + cut :]
    warm = Bench()
    warm.decode(BASE, ANY_TIME)
    assert attempt(warm, body) == attempt(Bench(), body)


@given(st.binary(max_size=60))
def test_noise_is_a_400_or_nothing(noise):
    attempt(Bench(), noise)


@pytest.mark.parametrize("client", ["prometheus-remote-write", "vmagent", "prometheus-remote-write-js"])
def test_what_real_senders_sent_is_the_same_by_both_versions(client):
    bench = Bench(FakeStore())
    first = RemoteWriteDecoder(bench.registrar)
    for body in captured(client):
        expected = first.decode(body, ANY_TIME, 0.0).batch
        for _ in range(2):
            batch = bench.decode(from_version_1(body), ANY_TIME).batch
            assert [column.tobytes() for column in batch] == [column.tobytes() for column in expected]


def test_metadata_of_a_series_without_samples_makes_no_series(bench):
    message = Message()
    message.add({"__name__": "only"}, more=message.metadata(1, "help"))
    assert bench.decode(message).batch.size == 0
    assert bench.store.ids == {}
