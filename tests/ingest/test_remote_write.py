"""Remote write 1.0 to samples."""

import dataclasses
import math
import os
import struct
from pathlib import Path

import cramjam
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from metricbox.errors import PayloadTooLargeError, ValidationError
from metricbox.ingest import remote_write
from metricbox.ingest.outcome import Decoded, Reason
from metricbox.ingest.remote_write import RemoteWriteDecoder
from metricbox.ingest.series_cache import SeriesRegistrar
from metricbox.ingest.timestamps import make_window
from metricbox.store.contract import MetricDetails
from tests.ingest.fakes import FakeStore
from tests.support.remote_write import STALE, field, label, metadata, number_field, sample, series

NOW_MS = 1_795_600_800_000
WINDOW = make_window(NOW_MS, 7 * 86_400_000, 600_000)
ANY_TIME = make_window(0, 2**62, 2**62)
M = {"__name__": "m", "a": "b"}
PAYLOADS = Path(
    os.environ.get("CAPTURED_PAYLOADS", Path(__file__).parents[3] / "shared" / "cases" / "payloads")
)


@dataclasses.dataclass
class Bench:
    store: FakeStore = dataclasses.field(default_factory=FakeStore)

    def __post_init__(self) -> None:
        self.decoder = RemoteWriteDecoder(SeriesRegistrar(self.store, 100))

    def decode(self, *parts: bytes, window=WINDOW) -> Decoded:
        return self.decoder.decode(b"".join(parts), window, 0.0)

    def rows(self, *parts: bytes, window=WINDOW):
        return self.store.rows(self.decode(*parts, window=window).batch)


@pytest.fixture
def bench():
    return Bench()


def refused(decoded: Decoded) -> list[tuple[int, Reason, str]]:
    return [(one.position, one.reason, one.message) for one in decoded.refusals.first]


def test_samples_of_known_and_unknown_series_in_the_order_of_the_request(bench):
    body = (
        series(M, (NOW_MS, 1.0)),
        series({"__name__": "n"}, (NOW_MS, 2.0), (NOW_MS + 1, 0.0)),
        series(M, (NOW_MS, 3.0)),
    )
    expected = [
        ("m", {"a": "b"}, NOW_MS, 1.0),
        ("n", {}, NOW_MS, 2.0),
        ("n", {}, NOW_MS + 1, 0.0),
        ("m", {"a": "b"}, NOW_MS, 3.0),
    ]
    assert bench.rows(*body) == expected
    assert bench.rows(*body) == expected
    assert bench.store.registrations == 1
    # Now one known and one unknown, the later sample of one time last.
    assert bench.rows(series({"__name__": "x"}, (NOW_MS, 7.0)), *body)[1:] == expected
    assert bench.store.registrations == 2


def test_labels_in_another_order_are_the_same_series(bench):
    bench.decode(series({"z": "1", "__name__": "m", "a": "2", "empty": ""}, (NOW_MS, 1.0)))
    bench.decode(series({"__name__": "m", "a": "2", "z": "1"}, (NOW_MS, 1.0)))
    assert len(bench.store.ids) == 1


def test_a_label_value_that_looks_like_a_sample(bench):
    """What ends in the bytes of a sample is no sample when it belongs to a label."""
    trap = sample(NOW_MS, 5.0).decode("latin-1").encode()
    plain, twin = {"__name__": "m"}, field(1, field(1, b"a") + field(2, trap))
    bench.decode(series(plain, (NOW_MS, 1.0)))
    block = label("__name__", "m") + twin
    for _ in range(2):
        assert [row[3] for row in bench.rows(field(1, block + sample(NOW_MS, 9.0)))] == [9.0]
        assert bench.rows(field(1, block)) == []


def test_what_is_no_sample_is_passed_over(bench):
    exemplar_only = field(1, label("__name__", "e") + field(3, label("trace_id", "x") + b"\x09" + bytes(8)))
    decoded = bench.decode(metadata("m", 1, "help"), exemplar_only, series({"__name__": "lonely"}))
    assert (decoded.batch.size, decoded.refusals.samples) == (0, 0)
    assert bench.decode().batch.size == 0
    assert bench.store.ids == {}


def test_stale_markers_are_stored_and_other_nan_dropped(bench):
    nan, inf = struct.pack("<Q", 0x7FF8000000000001), struct.pack("<d", math.inf)
    decoded = bench.decode(
        series(M, (NOW_MS, STALE)),
        series({"__name__": "summary", "quantile": "0.5"}, (NOW_MS, nan)),
        series({"__name__": "inf"}, (NOW_MS, inf), (NOW_MS + 1, -math.inf), (NOW_MS + 2, 4.0)),
    )
    assert decoded.batch.values.tobytes()[:8] == STALE
    assert decoded.batch.values.tolist()[1:] == [4.0]
    assert decoded.refusals.samples_by_reason == {Reason.NOT_FINITE: 3}
    assert decoded.refusals.refused_units == 0
    # A series that never had a number is none.
    assert {key.name for key in bench.store.ids} == {"m", "inf"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (label("__name__", "m") + label("a", "1") + label("a", "1"), "the label 'a' comes 2 times"),
        (label("__name__", "m") + label("__name__", "m"), "the label '__name__' comes 2 times"),
        (label("a", "1"), "must not be empty"),
        (b"", "must not be empty"),
        (label("__name__", "1-x y"), "is not a metric name"),
        (label("__name__", "m") + label("b c", "1"), "is not a tag name"),
        (label("__name__", "m") + label("a", "x" * 1025), "at most 1024"),
        (label("__name__", "m") + label("a", b"\xff\xfe"), "not UTF-8"),
        (label("__name__", "m") + field(1, b"\x0a\x05ab"), "longer than the label"),
    ],
)
def test_a_series_that_cannot_be_stored_spoils_no_other(bench, content, reason):
    for _ in range(2):
        decoded = bench.decode(series(M, (NOW_MS, 1.0)), field(1, content + sample(NOW_MS, 1.0) * 2))
        assert bench.store.rows(decoded.batch) == [("m", {"a": "b"}, NOW_MS, 1.0)]
        ((position, why, message),) = refused(decoded)
        assert (position, why) == (1, Reason.BAD_SERIES)
        assert reason in message
        assert decoded.refusals.samples == 2


def test_times_outside_the_window(bench):
    old, new = NOW_MS - 8 * 86_400_000, NOW_MS + 700_000
    for _ in range(2):
        decoded = bench.decode(
            series(M, (NOW_MS, 1.0)), series(M, (old, 1.0)), series(M, (new, 1.0), (0, 1.0))
        )
        assert decoded.batch.ts_ms.tolist() == [NOW_MS]
        assert [row[:2] for row in refused(decoded)] == [
            (1, Reason.TOO_OLD),
            (2, Reason.TOO_NEW),
            (2, Reason.TOO_OLD),
        ]
    assert "ahead of the server's clock" in refused(decoded)[1][2]


def test_many_refusals_are_counted_and_not_listed(bench):
    decoded = bench.decode(*[series(M, (5, 1.0))] * 300)
    assert len(decoded.refusals.first) == 100
    assert (decoded.refusals.refused_units, decoded.refusals.samples) == (300, 300)


def test_native_histograms_are_refused(bench):
    histogram = field(1, label("__name__", "h") + field(4, b"\x21" + bytes(8)))
    damaged = field(1, field(1, b"\x0a\x05ab") + field(4, b""))
    decoded = bench.decode(series(M, (NOW_MS, 1.0)), histogram, damaged)
    assert decoded.batch.size == 1
    assert [row[:2] for row in refused(decoded)] == [(1, Reason.UNSUPPORTED), (2, Reason.UNSUPPORTED)]
    assert refused(decoded)[0][2].startswith("h is a native histogram")


def test_series_over_the_cap():
    bench = Bench(FakeStore(max_series=1))
    body = (series(M, (NOW_MS, 1.0)), series({"__name__": "n", "x": "1"}, (NOW_MS, 1.0), (NOW_MS + 1, 1.0)))
    for _ in range(2):
        decoded = bench.decode(*body)
        assert decoded.batch.size == 1
        assert decoded.refusals.samples_by_reason == {Reason.SERIES_LIMIT: 2}
        assert "max_series" in refused(decoded)[0][2]


def test_too_many_samples_are_too_large_a_body(bench, monkeypatch):
    monkeypatch.setattr(remote_write, "MAX_PARTS", 3)
    with pytest.raises(PayloadTooLargeError, match="more than 3 series or samples"):
        bench.decode(field(1, label("__name__", "m") + b"\x12\x00" * 4))


# ---- any message

NAMES = st.sampled_from(["a", "b", "job", "le"])
TEXTS = st.text(max_size=6).map(lambda text: text.encode("utf-8", "replace").decode())
TIMES = st.integers(-(2**61), 2**61) | st.integers(NOW_MS - 100, NOW_MS + 100)
VALUES = st.floats(allow_nan=False, allow_infinity=False) | st.just(0.0)
SERIES = st.tuples(
    st.dictionaries(NAMES, TEXTS, max_size=3),
    st.lists(st.tuples(TIMES, VALUES, st.booleans()), max_size=4),
    st.integers(0, 2**32),
)


def encode(entry) -> bytes:
    """A series, its fields shuffled by its seed; samples keep their order."""
    labels, samples, seed = entry
    fields = [label(name, value) for name, value in ({"__name__": "m"} | labels).items()]
    if seed % 3 == 0:
        fields += [number_field(99, seed), field(3, b"exemplar"[:0])]
    texts = [sample(ts_ms, value, keeps_zero=keeps) for ts_ms, value, keeps in samples]
    for text in texts if seed % 2 else []:
        fields.insert(seed % (len(fields) + 1), b"")
        fields[seed % len(fields)] += text
    return field(1, b"".join(fields) + b"".join([] if seed % 2 else texts))


@given(st.lists(SERIES, max_size=6), st.lists(SERIES, max_size=3))
def test_any_message_gives_what_it_was_made_of(entries, known):
    bench = Bench()
    bench.decode(*map(encode, known), window=ANY_TIME)
    expected = [
        ("m", {name: value for name, value in sorted(labels.items()) if value}, ts_ms, value)
        for labels, samples, _ in entries
        for ts_ms, value, _ in samples
    ]
    for _ in range(2):
        # Samples within one series may have been shuffled among each other.
        assert sorted(bench.rows(*map(encode, entries), window=ANY_TIME), key=repr) == sorted(
            expected, key=repr
        )


BASE = b"".join(
    [
        series(M, (NOW_MS, 1.0)),
        series({"__name__": "n"}, (NOW_MS, 0.0)),
        metadata("m", 1, "h"),
        series({"__name__": "o"}, (NOW_MS, 1.0), (NOW_MS, STALE)),
    ]
)


def attempt(bench: Bench, body: bytes):
    try:
        decoded = bench.decode(body, window=ANY_TIME)
    except ValidationError as error:
        return error.message
    values = decoded.batch.values.tobytes()
    return [row[:3] for row in bench.store.rows(decoded.batch)], values, refused(decoded)


@given(st.integers(0, len(BASE) - 1), st.binary(max_size=4), st.integers(0, 20))
@example(0, b"", 0)
def test_damage_is_a_400_or_read_the_same_with_and_without_the_cache(place, patch, cut):
    body = BASE[:place] + patch + BASE[place + cut :]
    warm = Bench()
    warm.decode(BASE, window=ANY_TIME)
    assert attempt(warm, body) == attempt(Bench(), body)


@given(st.binary(max_size=60))
def test_noise_is_a_400_or_nothing(noise):
    attempt(Bench(), noise)


# ---- real senders


def captured(client: str) -> list[bytes]:
    folder = PAYLOADS / client
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here: the captured payloads are kept outside of this repository")
    return [bytes(cramjam.snappy.decompress_raw(path.read_bytes())) for path in sorted(folder.glob("*.bin"))]


@pytest.mark.parametrize(
    ("client", "samples"),
    [("prometheus-remote-write", 1040), ("vmagent", 600), ("prometheus-remote-write-js", 2)],
)
def test_real_senders(client, samples):
    bench = Bench(FakeStore())
    total = 0
    for body in captured(client):
        cold = bench.decode(body, window=ANY_TIME)
        warm = bench.decode(body, window=ANY_TIME)
        assert cold.refusals.refused_units == 0
        assert [column.tobytes() for column in cold.batch] == [column.tobytes() for column in warm.batch]
        total += cold.batch.size
    assert total >= samples


def test_prometheus_marks_series_as_stale():
    bench = Bench()
    (*_, last) = captured("prometheus-remote-write")
    values = bench.decode(last, window=ANY_TIME).batch.values
    assert values.tobytes().count(STALE) == 20


def test_metadata_is_learned_after_the_series_that_came_with_it(bench):
    bench.decode(metadata("m", 2, "help"), series(M, (NOW_MS, 1.0)))
    assert bench.store.learned == {"m": MetricDetails("gauge", "", "help")}
