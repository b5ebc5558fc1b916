"""/proc/net/dev and the link state."""

from pathlib import Path

import pytest

from metricbox.agent.network import read_netclass, read_netdev
from metricbox.agent.reading import NoDataError

FIXTURES = Path(__file__).parent / "fixtures"


def test_counters_of_a_device_whose_number_touches_the_colon() -> None:
    values = {r.name: r.value for r in read_netdev(FIXTURES / "proc") if r.labels == (("device", "eth0"),)}
    assert values == {
        "node_network_receive_bytes_total": 452059398,
        "node_network_receive_packets_total": 15181,
        "node_network_receive_errs_total": 1,
        "node_network_receive_drop_total": 2,
        "node_network_transmit_bytes_total": 539575,
        "node_network_transmit_packets_total": 5782,
        "node_network_transmit_errs_total": 3,
        "node_network_transmit_drop_total": 4,
    }


def test_every_device_is_listed_with_its_whole_name() -> None:
    devices = {dict(reading.labels)["device"] for reading in read_netdev(FIXTURES / "proc")}
    assert devices == {"lo", "eth0", "eth0:1"}


def test_a_device_is_up_when_its_state_says_so() -> None:
    readings = read_netclass(FIXTURES / "sys")
    assert {reading.name for reading in readings} == {"node_network_up"}
    assert {dict(r.labels)["device"]: r.value for r in readings} == {"eth0": 1, "lo": 0, "wlan0": 0}


def test_without_sysfs_there_is_no_link_state(tmp_path: Path) -> None:
    with pytest.raises(NoDataError):
        read_netclass(tmp_path)
