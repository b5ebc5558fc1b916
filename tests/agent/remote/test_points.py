"""Samples as points of the native JSON."""

import gzip
import json
import zlib

from metricbox.agent.reading import HostSample
from metricbox.agent.remote.points import PointEncoder, compress_points, make_body, split_points

LABELS = (("instance", "web1"), ("job", "node"))
TS_MS = 1_795_602_440_000


def points_of(payload: bytes) -> list[dict[str, object]]:
    return json.loads(gzip.decompress(make_body([payload])))["metrics"]


def test_a_sample_becomes_a_point_with_its_tags_and_time() -> None:
    encoded = PointEncoder().encode([HostSample("node_load1", LABELS, 0.25)], TS_MS)
    assert encoded.points == 1
    assert points_of(encoded.payload) == [
        {
            "name": "node_load1",
            "tags": {"instance": "web1", "job": "node"},
            "value": 0.25,
            "timestamp": TS_MS,
        }
    ]


def test_values_keep_every_bit() -> None:
    values = [0.1 + 0.2, 1e300, -5e-324, 2.0**63, 12345678901234567.0, 3, -0.0]
    encoded = PointEncoder().encode([HostSample(f"m{n}", LABELS, v) for n, v in enumerate(values)], TS_MS)
    assert [point["value"] for point in points_of(encoded.payload)] == values


def test_what_is_no_number_is_left_out() -> None:
    """Trap B012: JSON has neither NaN nor infinity."""
    samples = [HostSample("a", LABELS, value) for value in (float("nan"), float("inf"), -float("inf"), 1.0)]
    encoded = PointEncoder().encode(samples, TS_MS)
    assert encoded.points == 1
    assert [point["value"] for point in points_of(encoded.payload)] == [1.0]


def test_text_of_a_label_can_be_anything() -> None:
    text = 'a"b\\c\n},\n{"name":"ü\x00\U0001f600'
    encoded = PointEncoder().encode(
        [HostSample("a", (("t", text),), 1.0), HostSample("b", LABELS, 2.0)], TS_MS
    )
    first, second = points_of(encoded.payload)
    assert first["tags"] == {"t": text}
    assert second["value"] == 2.0
    assert len(split_points([encoded.payload])) == 2, "a line feed in a label is no end of a point"


def test_a_lone_surrogate_does_not_stop_the_rest() -> None:
    encoded = PointEncoder().encode([HostSample("a", (("t", "x\udcff"),), 1.0)], TS_MS)
    assert points_of(encoded.payload)[0]["tags"] == {"t": "x?"}


def test_labels_for_all_do_not_replace_a_series_own() -> None:
    encoder = PointEncoder((("device", "none"), ("room", "cellar")))
    for _ in range(2):  # the second time from what is kept
        encoded = encoder.encode([HostSample("a", (("device", "sda"), *LABELS), 1.0)], TS_MS)
        assert points_of(encoded.payload)[0]["tags"] == {
            "device": "sda",
            "instance": "web1",
            "job": "node",
            "room": "cellar",
        }


def test_a_sample_may_have_a_time_of_its_own() -> None:
    encoded = PointEncoder().encode([HostSample("a", LABELS, 1.0, 5_000)], TS_MS)
    assert points_of(encoded.payload)[0]["timestamp"] == 5_000


def test_series_that_are_gone_are_forgotten() -> None:
    encoder = PointEncoder()
    for tick in range(30):
        encoder.encode([HostSample("a", (("id", f"{tick}-{n}"),), 1.0) for n in range(100)], TS_MS)
    assert len(encoder._heads) <= 1_100


def test_several_batches_make_one_body_in_order() -> None:
    encoder = PointEncoder()
    payloads = [encoder.encode([HostSample("a", LABELS, float(n))], TS_MS + n).payload for n in range(3)]
    body = json.loads(gzip.decompress(make_body(payloads)))
    assert [point["value"] for point in body["metrics"]] == [0.0, 1.0, 2.0]
    parts = split_points(payloads)
    assert [json.loads(part)["value"] for part in parts] == [0.0, 1.0, 2.0]
    assert json.loads(gzip.decompress(compress_points(parts[1])))["metrics"][0]["value"] == 1.0
    assert zlib.decompress(payloads[0]) == parts[0]
