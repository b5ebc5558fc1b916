"""Network devices: node_exporter's collectors `netdev` and, for the link state, `netclass`."""

from pathlib import Path

from metricbox.agent.reading import NoDataError, Reading, find_text, read_text

# The columns of /proc/net/dev after the device name: eight of reception, eight of sending.
_COLUMNS = (
    "receive_bytes",
    "receive_packets",
    "receive_errs",
    "receive_drop",
    "receive_fifo",
    "receive_frame",
    "receive_compressed",
    "receive_multicast",
    "transmit_bytes",
    "transmit_packets",
    "transmit_errs",
    "transmit_drop",
    "transmit_fifo",
    "transmit_colls",
    "transmit_carrier",
    "transmit_compressed",
)

# File in the device's folder -> metric. Flags and the type are hexadecimal.
_LINK_FILES = {
    "carrier": "node_network_carrier",
    "carrier_changes": "node_network_carrier_changes_total",
    "carrier_down_count": "node_network_carrier_down_changes_total",
    "carrier_up_count": "node_network_carrier_up_changes_total",
    "dormant": "node_network_dormant",
    "flags": "node_network_flags",
    "ifindex": "node_network_iface_id",
    "mtu": "node_network_mtu_bytes",
    "tx_queue_len": "node_network_transmit_queue_length",
    "type": "node_network_protocol_type",
}
# Megabits a second, -1 where the driver does not know, which is no speed.
_SPEED_BYTES = 1_000_000 / 8


def read_netdev(proc_root: Path) -> list[Reading]:
    readings = []
    for line in read_text(proc_root / "net" / "dev").splitlines()[2:]:
        # An alias such as `eth0:1` holds a colon, the numbers do not. A number may touch the colon.
        device, _, rest = line.rpartition(":")
        labels = (("device", device.strip()),)
        readings += [
            Reading(f"node_network_{field}_total", float(column), labels)
            for field, column in zip(_COLUMNS, rest.split(), strict=False)
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
        readings += _link_readings(device, state)
    return readings


def _link_readings(device: Path, state: str) -> list[Reading]:
    labels = (("device", device.name),)
    info = [("device", device.name), ("operstate", state)]
    info += [
        (name, find_text(device / file) or "")
        for name, file in (
            ("address", "address"),
            ("broadcast", "broadcast"),
            ("duplex", "duplex"),
            ("ifalias", "ifalias"),
        )
    ]
    readings = [
        Reading("node_network_up", float(state == "up"), labels),
        Reading("node_network_info", 1, tuple(info)),
    ]
    for file, metric in _LINK_FILES.items():
        text = find_text(device / file)
        if text:
            readings.append(Reading(metric, float(int(text, 0)), labels))
    speed = find_text(device / "speed")
    if speed and int(speed) >= 0:
        readings.append(Reading("node_network_speed_bytes", int(speed) * _SPEED_BYTES, labels))
    return readings
