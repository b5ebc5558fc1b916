"""The native JSON: shapes that are taken, faults by point, limits."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.errors import ValidationError
from metricbox.ingest import native_json
from metricbox.ingest.native_json import JsonDecoder
from metricbox.ingest.outcome import Decoded, Reason
from metricbox.ingest.series_cache import SeriesRegistrar
from metricbox.ingest.timestamps import make_window
from tests.ingest.fakes import FakeStore

NOW_MS = 1_795_600_800_000
DAY_MS = 86_400_000
WINDOW = make_window(NOW_MS, 7 * DAY_MS, 600_000)


class Door:
    def __init__(self, max_series: int = 1_000_000, cache_bytes: int = 10_000_000) -> None:
        self.store = FakeStore(max_series)
        self.decoder = JsonDecoder(SeriesRegistrar(self.store, max_series), cache_bytes)

    def decode(self, body: object) -> Decoded:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.decoder.decode(text, WINDOW, 0.0)

    def rows(self, body: object) -> list[tuple[str, dict[str, str], int, float]]:
        return self.store.rows(self.decode(body).batch)

    def faults(self, *points: object) -> dict[int, str]:
        return {
            refusal.position: refusal.sentence for refusal in self.decode({"metrics": points}).refusals.first
        }


POINT = {"name": "cpu", "value": 1.5, "tags": {"host": "a"}, "timestamp": NOW_MS}
ROW = ("cpu", {"host": "a"}, NOW_MS, 1.5)


@pytest.mark.parametrize(
    "body",
    [
        {"metrics": [POINT]},
        [POINT],
        POINT,
        {"metrics": [{"metric": "cpu", "labels": {"host": "a"}, "value": 1.5, "timestamp": NOW_MS}]},
        [{**POINT, "timestamp": NOW_MS // 1000}],
        [{**POINT, "timestamp": NOW_MS * 1000}],
        [{**POINT, "timestamp": NOW_MS * 1_000_000}],
        [{**POINT, "timestamp": NOW_MS / 1000}],
        [{**POINT, "timestamp": "2026-11-25T10:00:00Z"}],
        [{**POINT, "timestamp": None}],
        [{"name": "cpu", "value": 1.5, "tags": {"host": "a", "empty": ""}}],
        json.dumps(POINT).encode() + b"\n",
        b" \n [" + json.dumps(POINT).encode() + b"]",
    ],
)
def test_one_point_in_every_shape(body):
    """B007: one instant in every unit."""
    assert Door().rows(body) == [ROW]


def test_one_point_a_line():
    text = json.dumps(POINT).encode()
    assert Door().rows(text + b"\n" + text + b"\r\n\n" + text) == [ROW] * 3
    decoded = (door := Door()).decode(text + b"\n{broken\n" + text)
    assert door.store.rows(decoded.batch) == [ROW] * 2
    assert decoded.refusals.first[0].position == 1
    assert "is not JSON" in decoded.refusals.first[0].message


@pytest.mark.parametrize("tags", [None, {}, {"a": ""}, "absent"])
def test_tags_are_optional(tags):
    point = {"name": "m", "value": 1} | ({} if tags == "absent" else {"tags": tags})
    assert Door().rows([point]) == [("m", {}, NOW_MS, 1.0)]


@pytest.mark.parametrize(
    ("value", "stored"),
    [(1, 1.0), (-0.0, 0.0), (1e-320, 1e-320), (2**64, 2.0**64), (10**300, 1e300), (5e-324, 5e-324)],
)
def test_numbers(value, stored):
    assert Door().rows([{"name": "m", "value": value}])[0][3] == stored


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "9x"}, "name: '9x' is not a metric name"),
        ({"name": ""}, "name: a metric name must not be empty"),
        ({"name": "a b"}, "name: 'a b' is not a metric name"),
        ({"name": "x" * 256}, "name: a metric name has at most 255 characters"),
        ({"name": 5}, "name: must be a text"),
        ({"name": None}, "name: is required"),
        ({"metric": "x"}, "metric: means the same as name"),
        ({"labels": {"a": "b"}}, "labels: means the same as tags"),
        ({"value": "1"}, "value: must be a number"),
        ({"value": True}, "value: must be a number"),
        ({"value": [1]}, "value: must be a number"),
        ({"value": None}, "value: is null"),
        ({"tags": {"a b": "x"}}, "tags: 'a b' is not a tag name"),
        ({"tags": {"a": 1}}, "tags.a: must be a text"),
        ({"tags": {"a": None}}, "tags.a: must be a text"),
        ({"tags": [1]}, "tags: must be an object of texts"),
        ({"tags": "x"}, "tags: must be an object of texts"),
        ({"tags": {"__name__": "x"}}, "tags: the tag name __name__ is reserved"),
        ({"tags": {"a": "x" * 1025}}, "tags: the value of tag a has 1025 bytes"),
        ({"tags": {f"t{number}": "x" for number in range(65)}}, "tags: a series has at most 64 tags"),
        ({"timestamp": 0}, "timestamp: a time stamp is a positive number"),
        ({"timestamp": -1}, "timestamp: a time stamp is a positive number"),
        ({"timestamp": 10**30}, "timestamp: a time stamp is a positive number"),
        ({"timestamp": True}, "timestamp: must be a number or an RFC 3339 text"),
        ({"timestamp": "yesterday"}, "timestamp: 'yesterday' is not a time stamp"),
        ({"timestamp": NOW_MS - 8 * DAY_MS}, "timestamp: time stamp 2026-11-17T10:00:00.000Z is older than"),
        (
            {"timestamp": NOW_MS + DAY_MS},
            "timestamp: time stamp 2026-11-26T10:00:00.000Z is more than 10m ahead",
        ),
        ({"vlaue": 1}, "vlaue: is not a known field"),
    ],
)
def test_a_faulty_point_is_named_and_the_others_are_stored(change, message):
    """B013, B015 in kind."""
    door = Door()
    decoded = door.decode({"metrics": [POINT, {**POINT, **change}, POINT]})
    assert door.store.rows(decoded.batch) == [ROW, ROW]
    assert [refusal.position for refusal in decoded.refusals.first] == [1]
    assert decoded.refusals.first[0].sentence.startswith(message)
    assert decoded.refusals.samples == decoded.refusals.refused_units == 1


def test_points_that_are_no_objects():
    assert Door().faults(5, POINT, None, [], "x", {}) == {
        **dict.fromkeys(
            (0, 2, 3, 4), "a point is an object with name, value, and perhaps tags and timestamp"
        ),
        5: "name: is required",
    }
    assert Door().faults({"name": "m"}) == {0: "value: is required"}


def test_null_values_are_counted():
    decoded = Door().decode([{"name": "m", "value": None}, {"name": "m", "value": 1}])
    assert decoded.refusals.samples_by_reason == {Reason.NULL_VALUE: 1}


def test_numbers_beyond_float64_are_refused_alone():
    decoded = Door().decode(b'[{"name":"m","value":1e999},{"name":"m","value":1}]')
    assert decoded.batch.size == 1
    assert decoded.refusals.first[0].sentence == "value: is beyond the range of a 64-bit float"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the body is empty"),
        (b"  \n", "the body is empty"),
        (b"{", "the body is not JSON"),
        (b"nonsense", "the body is not JSON"),
        (b"5", "the body is not JSON"),
        (b'"x"', "the body is not JSON"),
        (b"null", "the body is not JSON"),
        (b"[}", "the body is not JSON"),
        (b"\xff\xfe", "the body is not JSON"),
        (b'[{"name":"m","value":NaN}]', "NaN is no JSON number"),
        (b'{"metrics":[{"name":"NaN","value":-Infinity}]}', "Infinity is no JSON number"),
        (b"[" * 100_000, "the body is"),
        (b"[]", "metrics: must hold at least one point"),
        (b'{"metrics":[]}', "metrics: must hold at least one point"),
        (b'{"metrics":5}', "metrics: must be a list of points"),
        (b'{"metrics":null}', "metrics: must be a list of points"),
        (b'{"metrics":[],"x":1}', "x: is not a known field"),
    ],
)
def test_bodies_that_are_refused_as_a_whole(body, message):
    with pytest.raises(ValidationError) as caught:
        Door().decode(body)
    assert message in caught.value.message


def test_unpaired_surrogates_are_no_text():
    """B035."""
    try:
        decoded = Door().decode(b'[{"name":"m","value":1,"tags":{"a":"\\ud800"}}]')
    except ValidationError:
        return
    assert decoded.batch.size == 0


def test_the_order_of_points_is_kept_and_known_series_are_not_registered_again():
    door = Door()
    points = [
        {"name": f"m{number % 3}", "value": number, "tags": {"h": str(number % 2)}} for number in range(50)
    ]
    first = door.rows(points)
    assert [row[3] for row in first] == list(range(50))
    assert door.rows(points) == first
    assert door.rows(
        [*points, {"name": "m0", "value": 1, "tags": {"h": "1"}, "timestamp": "2026-11-25T10:00:00Z"}]
    )
    assert door.store.registrations == 1
    assert door.rows([{"name": "new", "value": 1, "tags": {"h": "0"}}, *points])[1:] == first
    assert door.store.registrations == 2


def test_a_small_cache_changes_nothing():
    """B041."""
    door = Door(cache_bytes=5_000)
    points = [{"name": "m", "value": number, "tags": {"h": str(number)}} for number in range(300)]
    assert door.rows(points) == door.rows(points)
    assert len(door.store.ids) == 300
    assert len(door.decoder.cache) < 50


def test_the_series_limit():
    """B041."""
    door = Door(max_series=5)
    points = [{"name": "m", "value": 1, "tags": {"id": str(number), "h": "a"}} for number in range(8)]
    decoded = door.decode(points)
    assert decoded.batch.size == 5
    assert decoded.refusals.samples_by_reason == {Reason.SERIES_LIMIT: 3}
    assert {refusal.message for refusal in decoded.refusals.first} == {
        "the server has reached its 5 series (setting max_series); the label with most values in m is id (5 values)"
    }
    assert [refusal.position for refusal in decoded.refusals.first] == [5, 6, 7]


def test_only_the_first_refusals_are_named():
    """PROTOCOLS 1: at most 100 are listed, all are counted."""
    decoded = Door().decode([POINT, *[{"name": "m"}] * 500, *[{**POINT, "timestamp": 5}] * 500])
    assert decoded.refusals.refused_units == 1000
    assert [refusal.position for refusal in decoded.refusals.first] == list(range(1, 101))


POINTS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["m", "n", "9", "", 5, None]),
        "value": st.sampled_from([1, 2.5, None, "x", True])
        | st.floats(allow_nan=False, allow_infinity=False),
        "tags": st.sampled_from([{}, {"a": "b"}, {"a": ""}, {"a": 1}, None, [], {"é": "x"}]),
        "timestamp": st.sampled_from(
            [NOW_MS, NOW_MS // 1000, NOW_MS / 1000, None, 5, -1, "x", "2026-11-25T10:00:00Z"]
        ),
        "metric": st.sampled_from(["m", None]),
        "other": st.just(1),
    },
)


@settings(max_examples=500, deadline=None)
@given(st.lists(POINTS, min_size=1, max_size=5))
def test_columns_and_single_points_agree(points):
    """Reading all points at once gives what reading each one gives."""
    door = Door()
    whole = door.decode(points)
    again = door.decode(points)
    assert door.store.rows(again.batch) == door.store.rows(whole.batch)
    rows, positions = [], []
    for position, point in enumerate(points):
        single = door.decode([point])
        rows += door.store.rows(single.batch)
        positions += [position] * single.refusals.refused_units
    assert door.store.rows(whole.batch) == rows
    assert [refusal.position for refusal in whole.refusals.first] == positions


@settings(deadline=None)
@given(
    st.one_of(
        st.binary(max_size=100),
        st.text('{}[]",:\\u0dmetricsnamevalue1NaN\n \x00', max_size=60).map(str.encode),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=5)),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3),
                st.dictionaries(
                    st.sampled_from(["metrics", "name", "value", "tags", "x"]), inner, max_size=4
                ),
            ),
            max_leaves=10,
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_no_body_raises_anything_else(body):
    """B035."""
    try:
        decoded = Door().decode(body)
    except ValidationError:
        return
    assert decoded.batch.size + decoded.refusals.samples >= 1


def test_plain_points_are_read_at_once(monkeypatch):
    monkeypatch.setattr(native_json, "_read_each", None)
    assert Door().rows({"metrics": [POINT, {"name": "m", "value": 1}]})[0] == ROW
