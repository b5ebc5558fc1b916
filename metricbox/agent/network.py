"""Network devices: node_exporter's collectors `netdev` and, for the link state, `netclass`."""

from pathlib import Path

from metricbox.agent.reading import NoDataError, Reading, read_text

# The columns of /proc/net/dev after the device name: eight of reception, eight of sending.
_COLUMNS = {
    0: "receive_bytes",
    1: "receive_packets",
    2: "receive_errs",
    3: "receive_drop",
    8: "transmit_bytes",
    9: "transmit_packets",
    10: "transmit_errs",
    11: "transmit_drop",
}


def read_netdev(proc_root: Path) -> list[Reading]:
    readings = []
    for line in read_text(proc_root / "net" / "dev").splitlines()[2:]:
        # An alias such as `eth0:1` holds a colon, the numbers do not. A number may touch the colon.
        device, _, rest = line.rpartition(":")
        columns = rest.split()
        labels = (("device", device.strip()),)
        readings += [
            Reading(f"node_network_{field}_total", float(columns[column]), labels)
            for column, field in _COLUMNS.items()
        ]
    return readings


def read_netclass(sys_root: Path) -> list[Reading]:
    folder = sys_root / "class" / "net"
    if not folder.is_dir():
        raise NoDataError
    readings = []
    for device in sorted(folder.iterdir()):
        try:
            state = read_text(device / "operstate").strip()
        except OSError:  # bonding_masters is a file; a device may have gone since the folder was listed
            continue
        readings.append(Reading("node_network_up", float(state == "up"), (("device", device.name),)))
    return readings
