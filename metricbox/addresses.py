"""Where the server listens, and whose word it takes about a caller's address: texts of settings to values. Pure."""

import ipaddress
from pathlib import Path
from typing import NamedTuple

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

SOCKET_PREFIX = "unix:"
# sun_path of Linux has 108 bytes with the zero at its end.
MAX_SOCKET_PATH_BYTES = 107
UNIX_PEER = "unix"
"""Stands for every caller of a Unix socket, which has no address."""


class Address(NamedTuple):
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class SocketPath(NamedTuple):
    """A Unix socket, for a proxy on the same machine."""

    path: Path

    def __str__(self) -> str:
        return f"{SOCKET_PREFIX}{self.path}"


def parse_address(text: str) -> Address:
    """`0.0.0.0:8642`, `[::1]:8642`, `:8642` or `8642`; port 0 takes a free one."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "0.0.0.0"  # noqa: S104 - a LAN service, stated in the docs
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        msg = (
            f"{text!r} is not an address; write it like 0.0.0.0:8642, [::1]:8642 or unix:/run/metricbox.sock"
        )
        raise ValueError(msg)
    return Address(host, int(port))


def parse_listen(text: str) -> Address | SocketPath:
    """An address as above, or `unix:/path/of/a/socket`."""
    if not text.startswith(SOCKET_PREFIX):
        return parse_address(text)
    path = Path(text.removeprefix(SOCKET_PREFIX))
    if not path.is_absolute() or len(str(path).encode()) > MAX_SOCKET_PATH_BYTES:
        msg = f"{text!r}: a Unix socket needs an absolute path of at most {MAX_SOCKET_PATH_BYTES} bytes"
        raise ValueError(msg)
    return SocketPath(path)


class Peers(NamedTuple):
    """A set of addresses from which a proxy may connect."""

    networks: tuple[Network, ...] = ()
    has_unix: bool = False

    def __str__(self) -> str:
        return ", ".join([*map(str, self.networks), *([UNIX_PEER] if self.has_unix else [])])

    def holds(self, peer: str) -> bool:
        """Whether `peer`, an address or `unix`, is one of them; what is neither is not."""
        if peer == UNIX_PEER:
            return self.has_unix
        address = read_address(peer)
        return address is not None and any(address in network for network in self.networks)


def parse_peers(text: str) -> Peers:
    """`10.0.0.5, 192.168.1.0/24, ::1, unix`; empty for none."""
    networks: list[Network] = []
    has_unix = False
    for part in filter(None, (part.strip() for part in text.split(","))):
        if part == UNIX_PEER:
            has_unix = True
            continue
        try:
            networks.append(ipaddress.ip_network(part))
        except ValueError as error:
            msg = (
                f"{part!r} is not an address or network; write it like 10.0.0.5, 192.168.1.0/24, ::1 or unix"
            )
            raise ValueError(msg) from error
    return Peers(tuple(networks), has_unix)


def read_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address, without zone and as IPv4 where it is one; None for anything else."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
