"""Remote write 1.0 messages, made field by field, so that odd but lawful forms can be made as well."""

import struct
from collections.abc import Iterable, Mapping

import cramjam

from metricbox.model import STALE_MARKER_BITS

STALE = struct.pack("<Q", STALE_MARKER_BITS)
"""A value given as bytes keeps its bits."""


def varint(number: int) -> bytes:
    number &= 0xFFFF_FFFF_FFFF_FFFF
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number: int, content: bytes) -> bytes:
    """A field of bytes."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def number_field(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value)


def label(name: str | bytes, value: str | bytes) -> bytes:
    parts = [part.encode() if isinstance(part, str) else part for part in (name, value)]
    return field(1, field(1, parts[0]) + field(2, parts[1]))


def sample(ts_ms: int, value: float | bytes, *, keeps_zero: bool = False) -> bytes:
    bits = value if isinstance(value, bytes) else struct.pack("<d", value)
    number = b"" if bits == bytes(8) and not keeps_zero else b"\x09" + bits
    time = b"" if ts_ms == 0 and not keeps_zero else number_field(2, ts_ms)
    return field(2, number + time)


def series(labels: Mapping[str, str], *samples: tuple[int, float | bytes]) -> bytes:
    """One field of a request."""
    block = b"".join(label(name, value) for name, value in labels.items())
    return field(1, block + b"".join(sample(ts_ms, value) for ts_ms, value in samples))


def metadata(name: str, kind: int, text: str) -> bytes:
    return field(3, number_field(1, kind) + field(2, name.encode()) + field(4, text.encode()))


def compress(message: bytes | Iterable[bytes]) -> bytes:
    whole = message if isinstance(message, bytes) else b"".join(message)
    return bytes(cramjam.snappy.compress_raw(whole))
