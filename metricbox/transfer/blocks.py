"""Some samples of one series, and the line of JSON that stands for it in exports. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from metricbox.errors import CommandError

Value = float | None
"""None is a stale marker: the series ended there."""


class Block(NamedTuple):
    name: str
    labels: Mapping[str, str]
    ts_ms: Sequence[int]
    values: Sequence[Value]


class _Line(msgspec.Struct):
    metric: dict[str, str]
    values: list[float | None]
    timestamps: list[int]


_DECODER = msgspec.json.Decoder(_Line)
_encode = msgspec.json.Encoder().encode


def read_block(line: bytes) -> Block:
    """Raises CommandError for what is no line of an export."""
    try:
        read = _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CommandError(f"the server sent a line that is no export: {error}") from error
    name = read.metric.pop("__name__", "")
    return Block(name, read.metric, read.timestamps, read.values)


def write_block(block: Block) -> bytes:
    """A line without its end."""
    metric = {"__name__": block.name, **block.labels}
    return _encode({"metric": metric, "values": block.values, "timestamps": block.ts_ms})
