"""Attributes and names of an OTLP message in protobuf form, read for series that are not known. Pure.

Resource { repeated KeyValue attributes = 1; }      Scope { string name = 1, version = 2; }
KeyValue { string key = 1; AnyValue value = 2; }
AnyValue { string = 1; bool = 2; int64 = 3; double = 4; ArrayValue = 5; KeyValueList = 6; bytes = 7; }
"""

import base64
import struct
from typing import Any

from metricbox.ingest.otlp_points import Attributes, FamilyTexts, Form
from metricbox.ingest.otlp_values import write_value
from metricbox.ingest.otlp_wire_fields import list_fields
from metricbox.ingest.remote_write_wire import DamagedMessageError, read_varint

# Deeper values are damage, or meant to be.
_MAX_DEPTH = 16
_KEY_VALUE_TAG = 0x0A
_DOUBLE = struct.Struct("<d")


def read_texts(resource: bytes, scope: bytes, head: bytes) -> FamilyTexts:
    """Of a family. Raises DamagedMessageError and UnicodeDecodeError."""
    texts = _read_strings(head, (0x0A, 0x12, 0x1A))
    return FamilyTexts(
        name=texts[0x0A],
        description=texts[0x12],
        unit=texts[0x1A],
        scope_name=_read_strings(scope, (0x0A,))[0x0A],
        resource=_read_key_values(resource, _KEY_VALUE_TAG),
    )


def read_attributes(block: bytes) -> Attributes:
    """Of a block of fields that are all KeyValue messages. Raises as `read_texts` does."""
    return _read_key_values(block, None)


def _read_strings(message: bytes, tags: tuple[int, ...]) -> dict[int, str]:
    texts = dict.fromkeys(tags, "")
    for tag, first, after in _list_fields(message):
        if tag in texts:
            texts[tag] = message[first:after].decode()
    return texts


def _read_key_values(message: bytes, wanted: int | None) -> Attributes:
    pairs = []
    for tag, first, after in _list_fields(message):
        if wanted is None or tag == wanted:
            key, value = _read_key_value(message[first:after], 0)
            pairs.append((key, write_value(value)))
    return pairs


def _read_key_value(message: bytes, depth: int) -> tuple[str, Any]:
    key, value = "", None
    for tag, first, after in _list_fields(message):
        if tag == 0x0A:
            key = message[first:after].decode()
        elif tag == 0x12:
            value = _read_value(message[first:after], depth + 1)
    return key, value


def _read_value(message: bytes, depth: int) -> Any:
    """A text, bool, int, float, list, dict or None. bytes become a text in base 64."""
    if depth > _MAX_DEPTH:
        raise DamagedMessageError(f"an attribute is nested more than {_MAX_DEPTH} levels deep")
    value: Any = None
    for tag, first, after in _list_fields(message):
        content = message[first:after]
        match tag:
            case 0x0A:
                value = content.decode()
            case 0x10:
                value = bool(read_varint(content, 0)[0])
            case 0x18:
                bits = read_varint(content, 0)[0]
                value = bits - (1 << 64) if bits >> 63 else bits
            case 0x21:
                value = _DOUBLE.unpack(content)[0]
            case 0x2A:
                value = [_read_value(content[at:end], depth + 1) for _, at, end in _list_fields(content)]
            case 0x32:
                value = dict(
                    _read_key_value(content[at:end], depth + 1) for _, at, end in _list_fields(content)
                )
            case 0x3A:
                value = base64.b64encode(content).decode()
    return value


def _list_fields(message: bytes) -> list[tuple[int, int, int]]:
    try:
        return list_fields(message, 0, len(message))
    except IndexError as error:
        raise DamagedMessageError("an attribute ends too early") from error


PROTOBUF = Form(b"protobuf", read_texts, read_attributes)
