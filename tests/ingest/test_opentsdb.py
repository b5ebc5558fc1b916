"""OpenTSDB's and netdata's JSON: forms, numbers as text, refusals by position."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.errors import ValidationError
from metricbox.ingest.opentsdb import OpenTsdbBody
from metricbox.ingest.outcome import Reason
from tests.ingest.agent_captures import NOW_MS, Door, load_body

NOW_S = NOW_MS // 1000


def rows(points: object) -> list[tuple[str, dict[str, str], int, float]]:
    text = points if isinstance(points, bytes) else json.dumps(points).encode()
    return Door().rows(OpenTsdbBody(text).decode)


def point(**changes: object) -> dict[str, object]:
    return {"metric": "sys.cpu", "timestamp": NOW_S, "value": 1, "tags": {"host": "a"}} | changes


def test_one_point_or_a_list() -> None:
    expected = [("sys_cpu", {"host": "a"}, NOW_MS, 1.0)]
    assert rows(point()) == expected
    assert rows([point()]) == expected
    assert rows([point(), point(value=2)])[1][3] == 2.0


@pytest.mark.parametrize("text", [b"", b"  ", b"[]", b"[\n\n]\n"])
def test_nothing_is_nothing(text: bytes) -> None:
    """netdata's first post is an empty list."""
    assert rows(text) == []


@pytest.mark.parametrize("stamp", [NOW_S, NOW_MS, float(NOW_S), NOW_MS * 1000, str(NOW_S), str(NOW_MS)])
def test_one_instant_in_every_unit_is_one_instant(stamp: object) -> None:
    """Trap B007."""
    assert rows(point(timestamp=stamp))[0][2] == NOW_MS


@pytest.mark.parametrize(("value", "number"), [("18.5", 18.5), (2, 2.0), ("-1e3", -1000.0), (0.5, 0.5)])
def test_numbers_may_be_texts(value: object, number: float) -> None:
    assert rows(point(value=value))[0][3] == number


def test_tags_may_be_missing_or_of_other_types() -> None:
    found = rows([point(tags={}), {"metric": "m", "timestamp": NOW_S, "value": 1}])
    assert [row[1] for row in found] == [{}, {}]
    assert rows(point(tags={"a-b": 5, "c": True, "d": None, "e": 1.5}))[0][1] == {
        "a_b": "5",
        "c": "true",
        "e": "1.5",
    }


def test_netdatas_own_form() -> None:
    netdata = {
        "prefix": "netdata", "hostname": "web1", "labels": {"_os": "linux"}, "chart_id": "disk.sda", "chart_name": "x",
        "chart_family": "sda", "chart_context": "disk.io", "chart_type": "disk", "units": "KiB/s", "id": "reads",
        "name": "reads", "value": 1.5, "timestamp": NOW_S,
    }  # fmt: skip
    labels = {"host": "web1", "chart": "disk.sda", "family": "sda", "dimension": "reads", "_os": "linux"}
    assert rows([netdata]) == [("netdata_disk_io", labels, NOW_MS, 1.5)]


def test_refused_points_are_told_by_position_and_can_be_shown() -> None:
    points = [
        point(), point(value="x"), point(value=None), point(timestamp=5), point(metric=""), point(value=[1]), 7,
        point(tags=5), point(timestamp="soon"), point(tags={"__name__": "x"}), point(value="1_0"), point(value="NaN"),
    ]  # fmt: skip
    door = Door()
    body = OpenTsdbBody(json.dumps(points).encode())
    decoded = body.decode(door.context)
    assert decoded.batch.size == 1
    assert [one.position for one in decoded.refusals.first] == [1, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert decoded.refusals.samples_by_reason[Reason.NULL_VALUE] == 1
    assert body.show(1) == points[1]
    messages = {one.position: one.message for one in decoded.refusals.first}
    assert "neither metric nor chart_id" in messages[4]
    assert "not an object" in messages[7]
    assert "reserved" in messages[9]


@pytest.mark.parametrize("text", [b"[", b"{", b"put a 1 2", b'{"metric": "a"}x', b"[" * 100_000, b"\xff"])
def test_what_is_no_json_is_refused_as_a_whole(text: bytes) -> None:
    with pytest.raises(ValidationError, match="not JSON"):
        OpenTsdbBody(text)


def test_what_netdata_sends() -> None:
    assert rows(load_body("netdata-opentsdb-http/001")) == []
    found = rows(load_body("netdata-opentsdb-http/002"))
    labels = {"host": "host-a", "_is_ephemeral": "false", "_has_unstable_connection": "false"}
    assert ("netdata_system_cpu_user", labels, 1_795_582_320_000, 89.44724) in found


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers()
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional=dict.fromkeys(
                ("metric", "timestamp", "value", "tags", "chart_id", "labels", "prefix"), JSON
            ),
        )
        | JSON,
        max_size=4,
    )
)
def test_any_json_is_accounted_for(points: list[object]) -> None:
    """Trap B035."""
    body = OpenTsdbBody(json.dumps(points).encode())
    decoded = body.decode(Door().context)
    assert decoded.batch.size + decoded.refusals.samples == len(points)
    for one in decoded.refusals.first:
        body.show(one.position)


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_points_or_an_error(text: bytes) -> None:
    """Trap B035."""
    try:
        body = OpenTsdbBody(text)
    except ValidationError:
        return
    decoded = body.decode(Door().context)
    assert decoded.batch.size + decoded.refusals.samples == len(body.points)
