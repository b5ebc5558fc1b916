"""collectd's JSON: names, labels, nulls, notifications."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.errors import ValidationError
from metricbox.ingest.collectd import decode_collectd
from metricbox.ingest.outcome import Reason
from tests.ingest.agent_captures import NOW_MS, Door, load_body


def value_list(**changes: object) -> dict[str, object]:
    return {
        "values": [1],
        "dstypes": ["gauge"],
        "dsnames": ["value"],
        "time": NOW_MS / 1000,
        "interval": 10.0,
        "host": "h",
        "plugin": "cpu",
        "plugin_instance": "",
        "type": "cpu",
        "type_instance": "",
    } | changes


def rows(*objects: object) -> list[tuple[str, dict[str, str], int, float]]:
    return Door().rows(lambda door: decode_collectd(json.dumps(objects).encode(), door))


@pytest.mark.parametrize(
    ("changes", "name", "labels"),
    [
        ({}, "collectd_cpu", {"instance": "h"}),
        ({"dstypes": ["derive"]}, "collectd_cpu_total", {"instance": "h"}),
        ({"dstypes": ["counter"]}, "collectd_cpu_total", {"instance": "h"}),
        ({"dstypes": ["absolute"]}, "collectd_cpu", {"instance": "h"}),
        (
            {"dsnames": ["rx"], "type": "if_octets", "plugin": "interface", "plugin_instance": "eth0"},
            "collectd_interface_if_octets_rx",
            {"instance": "h", "interface": "eth0"},
        ),
        (
            {"plugin_instance": "0", "type_instance": "idle"},
            "collectd_cpu",
            {"instance": "h", "cpu": "0", "type": "idle"},
        ),
        (
            {"plugin": "memory", "type": "memory", "type_instance": "used"},
            "collectd_memory",
            {"instance": "h", "memory": "used"},
        ),
        ({"plugin": "curl_json", "type": "my-type"}, "collectd_curl_json_my_type", {"instance": "h"}),
    ],
)
def test_names_and_labels_are_those_of_write_prometheus(
    changes: dict[str, object], name: str, labels: dict[str, str]
) -> None:
    assert rows(value_list(**changes)) == [(name, labels, NOW_MS, 1.0)]


def test_several_values_and_milliseconds() -> None:
    found = rows(
        value_list(values=[1, 2], dsnames=["rx", "tx"], dstypes=["derive"] * 2, time=1_795_600_799.123)
    )
    assert [(name, ts_ms, value) for name, _, ts_ms, value in found] == [
        ("collectd_cpu_rx_total", 1_795_600_799_123, 1.0),
        ("collectd_cpu_tx_total", 1_795_600_799_123, 2.0),
    ]


def test_nulls_are_skipped_and_counted() -> None:
    text = json.dumps([value_list(values=[None, 2], dsnames=["a", "b"], dstypes=["gauge"] * 2)]).encode()
    decoded = decode_collectd(text, Door().context)
    assert decoded.batch.values.tolist() == [2.0]
    assert decoded.refusals.samples_by_reason == {Reason.NULL_VALUE: 1}
    assert decoded.refusals.refused_units == 0


def test_notifications_are_passed_over() -> None:
    assert (
        Door().rows(lambda door: decode_collectd(load_body("collectd-json-auth-notification/001"), door))
        == []
    )
    mixed = [{"labels": {}, "annotations": {}, "startsAt": "x"}, value_list()]
    assert len(rows(*mixed)) == 1


def test_what_is_odd_is_refused_by_position_and_the_rest_is_stored() -> None:
    objects = [
        value_list(),
        value_list(values=[1, 2]),
        value_list(values=["x"]),
        value_list(time=-1),
        value_list(time=5),
        {"values": [1]},
        7,
    ]
    decoded = decode_collectd(json.dumps(objects).encode(), Door().context)
    assert decoded.batch.size == 1
    assert [one.position for one in decoded.refusals.first] == [1, 2, 3, 4, 5, 6]
    assert "differ in length" in decoded.refusals.first[0].message


@pytest.mark.parametrize("text", [b"", b"{}", b"[", b"PUTVAL x", b"\xff", b"[" * 100_000])
def test_what_is_no_list_is_refused_as_a_whole(text: bytes) -> None:
    with pytest.raises(ValidationError, match="Format JSON"):
        decode_collectd(text, Door().context)


def test_what_collectd_sends() -> None:
    found = Door().rows(lambda door: decode_collectd(load_body("collectd-json/002"), door))
    assert (
        "collectd_interface_if_octets_rx_total",
        {"instance": "host-a", "interface": "eth0"},
        1_795_582_236_647,
        763_011_933.0,
    ) in found
    assert (
        "collectd_cpu_total",
        {"instance": "host-a", "cpu": "0", "type": "user"},
        1_795_582_238_638,
        78672.0,
    ) in found
    assert len(found) > 100


FIELDS = (
    st.none()
    | st.text(max_size=5)
    | st.floats(allow_nan=False)
    | st.lists(st.floats(allow_nan=False) | st.none() | st.text(max_size=3), max_size=3)
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(sorted(value_list())), FIELDS).map(lambda one: value_list(**one)),
        max_size=3,
    )
)
def test_any_objects_are_decoded_or_refused(objects: list[dict[str, object]]) -> None:
    """Trap B035."""
    try:
        decoded = decode_collectd(json.dumps(objects).encode(), Door().context)
    except ValidationError:
        return
    assert decoded.refusals.refused_units <= max(len(objects), decoded.refusals.samples)


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_a_list_or_an_error(text: bytes) -> None:
    """Trap B035."""
    try:
        decode_collectd(text, Door().context)
    except ValidationError as error:
        assert error.message  # noqa: PT017 - that it is one is what is tested
