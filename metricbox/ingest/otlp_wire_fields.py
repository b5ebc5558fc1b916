"""Fields of a protobuf message: where they lie. Pure."""

from metricbox.ingest.remote_write_wire import (
    MAX_PARTS,
    DamagedMessageError,
    TooManyPartsError,
    read_varint,
    skip_field,
)

_BYTES, _FIXED64 = 2, 1


def list_fields(body: bytes, start: int, end: int, max_fields: int = MAX_PARTS) -> list[tuple[int, int, int]]:
    """Tag, first byte of the content and end of every field, each of which begins where the one before ends.

    The tag is the field's number and wire type, so that a known field of another type is an unknown one. Raises
    TooManyPartsError and DamagedMessageError, or IndexError where the body ends too early.
    """
    fields: list[tuple[int, int, int]] = []
    position = start
    while position < end:
        tag = body[position]
        if 8 <= tag < 0x80 and tag & 7 in {_BYTES, _FIXED64}:
            content = position + 1
            if tag & 7 == _FIXED64:
                after = content + 8
            else:
                length = body[content]
                if length < 0x80:
                    content += 1
                else:
                    length, content = read_varint(body, content)
                after = content + length
        else:
            after = skip_field(body, position)
            tag, content = read_varint(body, position)
            if tag & 7 == _BYTES:
                content = read_varint(body, content)[1]
        if after > end:
            raise DamagedMessageError("a field is longer than its message")
        fields.append((tag, content, after))
        if len(fields) > max_fields:
            raise TooManyPartsError
        position = after
    return fields
