"""Where the server listens and whom it trusts, as texts."""

from pathlib import Path

import pytest

from metricbox.addresses import (
    Address,
    Peers,
    SocketPath,
    parse_address,
    parse_listen,
    parse_peers,
    read_address,
)


@pytest.mark.parametrize(
    ("text", "expected", "shown"),
    [
        ("127.0.0.1:1", Address("127.0.0.1", 1), "127.0.0.1:1"),
        ("[::1]:8642", Address("::1", 8642), "[::1]:8642"),
        (":0", Address("0.0.0.0", 0), "0.0.0.0:0"),
        ("8642", Address("0.0.0.0", 8642), "0.0.0.0:8642"),
        ("box.lan:80", Address("box.lan", 80), "box.lan:80"),
    ],
)
def test_addresses(text: str, expected: Address, shown: str) -> None:
    assert parse_address(text) == parse_listen(text) == expected
    assert str(expected) == shown


@pytest.mark.parametrize("text", ["", "host", "host:", "host:x", "host:65536", "host:-1", "host:٣"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an address"):
        parse_listen(text)


def test_a_unix_socket_has_an_absolute_path_that_the_system_can_take() -> None:
    where = parse_listen("unix:/run/metricbox.sock")
    assert where == SocketPath(Path("/run/metricbox.sock"))
    assert str(where) == "unix:/run/metricbox.sock"
    for text in ("unix:", "unix:relative.sock", "unix:/" + "x" * 107, "unix:/" + "ä" * 54):
        with pytest.raises(ValueError, match="absolute path"):
            parse_listen(text)
    assert parse_listen("unix:/" + "x" * 106)


def test_peers_are_addresses_networks_and_the_unix_socket() -> None:
    peers = parse_peers("10.0.0.5, 192.168.1.0/24 ,2001:db8::/32,unix")
    for peer in ("10.0.0.5", "::ffff:10.0.0.5", "192.168.1.77", "2001:db8:1::7", "2001:db8::1%eth0", "unix"):
        assert peers.holds(peer), peer
    for peer in ("10.0.0.6", "192.168.2.1", "2001:db9::1", "", "box.lan", "0.0.0.0/0"):
        assert not peers.holds(peer), peer
    assert parse_peers(str(peers)) == peers


def test_no_peers_hold_nobody() -> None:
    assert parse_peers("") == parse_peers(" , ") == Peers()
    assert not any(Peers().holds(peer) for peer in ("127.0.0.1", "::1", "unix", ""))


@pytest.mark.parametrize(
    "text", ["box.lan", "10.0.0.1/8", "10.0.0.0/33", "*", "10.0.0.1:80", "10.0.0.1 10.0.0.2"]
)
def test_what_is_no_peer_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="is not an address or network"):
        parse_peers(text)


def test_an_ipv4_address_inside_ipv6_is_the_ipv4_address() -> None:
    assert str(read_address("::ffff:192.0.2.7")) == "192.0.2.7"
    assert str(read_address("fe80::1%eth0")) == "fe80::1"
    assert read_address("192.0.2") is None
