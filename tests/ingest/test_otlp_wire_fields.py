"""Where the fields of a protobuf message lie."""

import pytest

from metricbox.ingest.otlp_wire_fields import list_fields
from metricbox.ingest.remote_write_wire import DamagedMessageError, TooManyPartsError


def fields(body: bytes) -> list[tuple[int, bytes]]:
    return [(tag, body[start:end]) for tag, start, end in list_fields(body, 0, len(body))]


def test_every_wire_type_and_a_large_field_number():
    body = b"\x08\x96\x01" + b"\x11" + b"12345678" + b"\x1a\x03abc" + b"\x25abcd" + b"\xa2\x06\x01x"
    assert fields(body) == [
        (0x08, b"\x96\x01"),
        (0x11, b"12345678"),
        (0x1A, b"abc"),
        (0x25, b"abcd"),
        (100 << 3 | 2, b"x"),
    ]


def test_a_length_of_several_bytes():
    assert fields(b"\x0a\xc8\x01" + b"x" * 200) == [(0x0A, b"x" * 200)]


@pytest.mark.parametrize(
    "body", [b"\x0a\x05abc", b"\x11abc", b"\x25a", b"\x02\x01a", b"\x0b", b"\x08\xff", b"\x0a" + b"\xff" * 11]
)
def test_damage(body):
    with pytest.raises(DamagedMessageError):
        fields(body)


def test_more_fields_than_are_taken():
    assert len(list_fields(b"\x08\x01" * 3, 0, 6, max_fields=3)) == 3
    with pytest.raises(TooManyPartsError):
        list_fields(b"\x08\x01" * 4, 0, 8, max_fields=3)


def test_a_body_that_ends_within_a_field():
    with pytest.raises(IndexError):
        fields(b"\x0a")
