"""The network stack of a Linux host: node_exporter's collectors `netstat`, `sockstat`, `softnet` and `conntrack`."""

import re
from collections.abc import Iterator
from pathlib import Path

from metricbox.agent.reading import NoDataError, Reading, find_text, read_text

# node_exporter's default of --collector.netstat.fields.
_FIELDS = re.compile(
    r"(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)"
    r"|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)"
    r"|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)"
    r"|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))"
)
_SNMP6 = re.compile(r"(Ip6|Icmp6|Udp6|UdpLite6)(\w+)", re.ASCII)

_SOFTNET = ("processed", "dropped", "times_squeezed")


def read_netstat(proc_root: Path) -> list[Reading]:
    folder = proc_root / "net"
    pairs = [*_pairs_of_lines(read_text(folder / "netstat")), *_pairs_of_lines(read_text(folder / "snmp"))]
    for line in (find_text(folder / "snmp6") or "").splitlines():  # absent where IPv6 is off
        name, value = line.split()
        match = _SNMP6.fullmatch(name)
        if match:
            pairs.append((f"{match[1]}_{match[2]}", value))
    return [Reading(f"node_netstat_{name}", float(value)) for name, value in pairs if _FIELDS.fullmatch(name)]


def _pairs_of_lines(text: str) -> Iterator[tuple[str, str]]:
    """Lines come in twos, `Tcp: RtoMin RtoMax` over `Tcp: 200 120000`."""
    lines = text.splitlines()
    for names, values in zip(lines[::2], lines[1::2], strict=False):
        protocol, _, fields = names.partition(":")
        for field, value in zip(fields.split(), values.partition(":")[2].split(), strict=False):
            yield f"{protocol}_{field}", value


def read_sockstat(proc_root: Path, page_bytes: int) -> list[Reading]:
    """`mem` is in pages, and given in bytes as well."""
    readings = []
    texts = (read_text(proc_root / "net" / "sockstat"), find_text(proc_root / "net" / "sockstat6") or "")
    for line in "\n".join(texts).splitlines():
        protocol, _, rest = line.partition(":")
        columns = rest.split()
        for field, value in zip(columns[::2], columns[1::2], strict=False):
            readings.append(Reading(f"node_sockstat_{protocol}_{field}", float(value)))
            if field == "mem":
                readings.append(Reading(f"node_sockstat_{protocol}_mem_bytes", float(value) * page_bytes))
    return readings


def read_softnet(proc_root: Path) -> list[Reading]:
    """One line a CPU, hexadecimal; the CPU is the 13th column since Linux 5.10 and the line's number before."""
    readings = []
    for number, line in enumerate(read_text(proc_root / "net" / "softnet_stat").splitlines()):
        columns = line.split()
        cpu = int(columns[12], 16) if len(columns) > 12 else number
        readings += [
            Reading(f"node_softnet_{field}_total", float(int(column, 16)), (("cpu", str(cpu)),))
            for field, column in zip(_SOFTNET, columns, strict=False)
        ]
    return readings


def read_conntrack(proc_root: Path) -> list[Reading]:
    folder = proc_root / "sys" / "net" / "netfilter"
    entries, limit = find_text(folder / "nf_conntrack_count"), find_text(folder / "nf_conntrack_max")
    if entries is None or limit is None:
        raise NoDataError
    return [
        Reading("node_nf_conntrack_entries", float(entries)),
        Reading("node_nf_conntrack_entries_limit", float(limit)),
    ]
