"""The network stack: protocols, sockets, the queues of the CPUs, connection tracking."""

import shutil
from pathlib import Path

import pytest

from metricbox.agent.netstat import read_conntrack, read_netstat, read_sockstat, read_softnet
from metricbox.agent.reading import NoDataError

FIXTURES = Path(__file__).parent / "fixtures"
PROC = FIXTURES / "proc"


def test_counters_of_protocols_are_those_that_node_exporter_takes() -> None:
    values = {reading.name: reading.value for reading in read_netstat(PROC)}
    assert values["node_netstat_Tcp_RetransSegs"] == 227
    assert values["node_netstat_Tcp_CurrEstab"] == 12
    assert values["node_netstat_TcpExt_ListenDrops"] == 4
    assert values["node_netstat_IpExt_InOctets"] == 6286396970
    assert values["node_netstat_Ip6_OutOctets"] == 536
    assert values["node_netstat_Ip_Forwarding"] == 1
    assert "node_netstat_Tcp_RtoMin" not in values
    assert "node_netstat_TcpExt_EmbryonicRsts" not in values


def test_a_host_without_ipv6_has_the_rest(tmp_path: Path) -> None:
    proc = shutil.copytree(PROC, tmp_path / "proc")
    (proc / "net" / "snmp6").unlink()
    (proc / "net" / "sockstat6").unlink()
    names = {reading.name for reading in read_netstat(proc)}
    assert "node_netstat_Udp_InDatagrams" in names
    assert not {name for name in names if "6_" in name}
    assert "node_sockstat_TCP_inuse" in {reading.name for reading in read_sockstat(proc, 4096)}


def test_memory_of_sockets_is_given_in_pages_and_bytes() -> None:
    values = {reading.name: reading.value for reading in read_sockstat(PROC, 4096)}
    assert values["node_sockstat_sockets_used"] == 1602
    assert values["node_sockstat_TCP_mem"] == 22
    assert values["node_sockstat_TCP_mem_bytes"] == 22 * 4096
    assert values["node_sockstat_TCP6_inuse"] == 17


def test_columns_of_a_cpu_are_hexadecimal_and_name_it() -> None:
    values = {(r.name, r.labels): r.value for r in read_softnet(PROC)}
    assert values["node_softnet_processed_total", (("cpu", "0"),)] == 0x49279
    assert values["node_softnet_times_squeezed_total", (("cpu", "3"),)] == 0x109
    assert values["node_softnet_dropped_total", (("cpu", "0"),)] == 2


def test_an_old_kernel_has_no_cpu_column(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "softnet_stat").write_text("00000001 00000000 00000000\n00000002 00000000 00000000\n")
    values = {(r.name, r.labels): r.value for r in read_softnet(tmp_path)}
    assert values["node_softnet_processed_total", (("cpu", "1"),)] == 2


def test_connections_that_are_tracked(tmp_path: Path) -> None:
    values = {reading.name: reading.value for reading in read_conntrack(PROC)}
    assert values == {"node_nf_conntrack_entries": 123, "node_nf_conntrack_entries_limit": 65536}
    with pytest.raises(NoDataError):
        read_conntrack(tmp_path)
