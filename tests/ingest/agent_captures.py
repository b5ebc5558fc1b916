"""What real agents sent to a capture server (`agent_payloads/CLIENT/NNN.*`), and a door to decode it through.

`http-head.txt` is the request line and the headers byte for byte, `body.bin` the body, the bytes of a TCP connection,
or one datagram. Credentials are made up.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from metricbox.ingest.outcome import Decoded
from metricbox.ingest.series_cache import GenerationCache, SeriesRegistrar
from metricbox.ingest.series_table import DoorContext
from metricbox.ingest.timestamps import make_window
from tests.ingest.fakes import FakeStore

FOLDER = Path(__file__).parent / "agent_payloads"
NOW_MS = 1_795_600_800_000
RETENTION_MS = 7 * 86_400_000


class Capture(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes


def load_body(name: str) -> bytes:
    """`load_body("statsd-python/001")`."""
    return (FOLDER / f"{name}.body.bin").read_bytes()


def load_bodies(client: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((FOLDER / client).glob("*.body.bin"))]


def load_request(name: str) -> Capture:
    head = (FOLDER / f"{name}.http-head.txt").read_bytes().decode("latin-1")
    request_line, *lines = head.strip().split("\r\n")
    headers = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    return Capture(request_line.split(" ")[1], headers, load_body(name))


class Door:
    """A DoorContext over a store in memory."""

    def __init__(self, now_ms: int = NOW_MS, max_series: int = 100_000) -> None:
        self.store = FakeStore(max_series)
        self.context = DoorContext(
            SeriesRegistrar(self.store, max_series),
            GenerationCache(1_000_000),
            make_window(now_ms, RETENTION_MS, 600_000),
            0.0,
            1_000_000,
        )

    def rows(self, decode: Callable[[DoorContext], Decoded]) -> list[tuple[str, dict[str, str], int, float]]:
        """What `decode` stores; it refuses nothing."""
        decoded = decode(self.context)
        assert decoded.refusals.first == ()
        return self.store.rows(decoded.batch)

    def refused(self, decode: Callable[[DoorContext], Decoded]) -> list[tuple[int, str, str]]:
        """(position, reason, message) of what `decode` refuses."""
        return [(one.position, one.reason.value, one.message) for one in decode(self.context).refusals.first]
