"""/proc/net/dev and the link state."""

from pathlib import Path

import pytest

from metricbox.agent.network import read_netclass, read_netdev
from metricbox.agent.reading import NoDataError

FIXTURES = Path(__file__).parent / "fixtures"


def test_counters_of_a_device_whose_number_touches_the_colon() -> None:
    values = {r.name: r.value for r in read_netdev(FIXTURES / "proc") if r.labels == (("device", "eth0"),)}
    assert {name: value for name, value in values.items() if value} == {
        "node_network_receive_bytes_total": 452059398,
        "node_network_receive_packets_total": 15181,
        "node_network_receive_errs_total": 1,
        "node_network_receive_drop_total": 2,
        "node_network_transmit_bytes_total": 539575,
        "node_network_transmit_packets_total": 5782,
        "node_network_transmit_errs_total": 3,
        "node_network_transmit_drop_total": 4,
    }
    assert len(values) == 16
    assert "node_network_receive_multicast_total" in values


def test_every_device_is_listed_with_its_whole_name() -> None:
    devices = {dict(reading.labels)["device"] for reading in read_netdev(FIXTURES / "proc")}
    assert devices == {"lo", "eth0", "eth0:1"}


def test_a_device_is_up_when_its_state_says_so() -> None:
    up = [reading for reading in read_netclass(FIXTURES / "sys") if reading.name == "node_network_up"]
    assert {dict(reading.labels)["device"]: reading.value for reading in up} == {
        "eth0": 1,
        "lo": 0,
        "wlan0": 0,
    }


def test_what_the_driver_tells_of_a_link() -> None:
    readings = [r for r in read_netclass(FIXTURES / "sys") if dict(r.labels)["device"] == "eth0"]
    values = {reading.name: reading.value for reading in readings}
    assert values == {
        "node_network_up": 1,
        "node_network_info": 1,
        "node_network_carrier": 1,
        "node_network_carrier_changes_total": 2,
        "node_network_flags": 4099,
        "node_network_iface_id": 2,
        "node_network_mtu_bytes": 1500,
        "node_network_protocol_type": 1,
        "node_network_speed_bytes": 125_000_000,
        "node_network_transmit_queue_length": 1000,
    }
    (info,) = [dict(reading.labels) for reading in readings if reading.name == "node_network_info"]
    assert info["address"] == "01:02:03:04:05:06"
    assert info["operstate"] == "up"
    assert info["ifalias"] == ""


def test_a_speed_that_the_driver_does_not_know_is_none() -> None:
    readings = [r for r in read_netclass(FIXTURES / "sys") if dict(r.labels)["device"] == "wlan0"]
    assert "node_network_speed_bytes" not in {reading.name for reading in readings}


def test_without_sysfs_there_is_no_link_state(tmp_path: Path) -> None:
    with pytest.raises(NoDataError):
        read_netclass(tmp_path)
