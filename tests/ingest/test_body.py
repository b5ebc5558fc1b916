"""Decoding of request bodies under one limit."""

import contextlib
import gzip
import tracemalloc
import zlib

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.errors import PayloadTooLargeError, UnsupportedMediaTypeError, ValidationError
from metricbox.ingest.body import decode_body

LIMIT = 100_000


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(data) + compressor.flush()


def zstd(data: bytes) -> bytes:
    return bytes(cramjam.zstd.compress(data))


def snappy(data: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(data))


ENCODERS = [
    pytest.param("gzip", gzip.compress, id="gzip"),
    pytest.param("x-gzip", gzip.compress, id="x-gzip"),
    pytest.param("GZIP", gzip.compress, id="upper case"),
    pytest.param("deflate", zlib.compress, id="deflate"),
    pytest.param("deflate", raw_deflate, id="deflate without header"),
    pytest.param("zstd", zstd, id="zstd"),
    pytest.param("snappy", snappy, id="snappy"),
    pytest.param("identity", bytes, id="identity"),
    pytest.param(None, bytes, id="none"),
    pytest.param("", bytes, id="empty"),
]


@pytest.mark.parametrize(("encoding", "encode"), ENCODERS)
def test_gives_back_what_was_encoded(encoding, encode):
    for data in (b"m f=1\n", b"x" * LIMIT, bytes(range(256)) * 100):
        assert decode_body(encode(data), encoding, LIMIT) == data


@pytest.mark.parametrize(("encoding", "encode"), ENCODERS)
def test_one_byte_over_the_limit_is_refused(encoding, encode):
    """B020: one limit on decoded bytes for every coding."""
    with pytest.raises(PayloadTooLargeError, match="larger than 100000 bytes"):
        decode_body(encode(b"x" * (LIMIT + 1)), encoding, LIMIT)


@pytest.mark.parametrize(("encoding", "encode"), ENCODERS[:7])
def test_a_damaged_body_is_the_senders_fault(encoding, encode):
    whole = encode(bytes(range(256)) * 50)
    for damaged in (whole[:-5], b"notcompressed", b"\x00" * 20):
        with pytest.raises(ValidationError, match="is not valid"):
            decode_body(damaged, encoding, LIMIT)


def test_nested_codings_are_undone_from_the_last():
    """B020: `gzip, gzip` passes the same limiter twice."""
    assert decode_body(gzip.compress(zstd(b"abc")), "zstd, gzip", LIMIT) == b"abc"
    assert decode_body(gzip.compress(gzip.compress(b"abc")), "gzip, gzip", LIMIT) == b"abc"
    bomb = gzip.compress(gzip.compress(bytes(50_000_000)))
    with pytest.raises(PayloadTooLargeError):
        decode_body(bomb, "gzip, gzip", LIMIT)


def test_endless_nesting_is_refused():
    with pytest.raises(UnsupportedMediaTypeError, match="at most 4"):
        decode_body(b"", ", ".join(["gzip"] * 5), LIMIT)


@pytest.mark.parametrize("encoding", ["br", "compress", "lz4", "gzip;q=1", "x" * 1000])
def test_an_unknown_coding_is_named(encoding):
    with pytest.raises(UnsupportedMediaTypeError, match="use gzip, zstd, deflate"):
        decode_body(b"abc", encoding, LIMIT)


@pytest.mark.parametrize("encode", [gzip.compress, zlib.compress, zstd])
def test_a_bomb_costs_no_memory(encode):
    """B019, B020: a small body that unpacks to 200 MB never takes more than a little over the limit."""
    encoding = {gzip.compress: "gzip", zlib.compress: "deflate", zstd: "zstd"}[encode]
    bomb = encode(bytes(200_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(PayloadTooLargeError):
            decode_body(bomb, encoding, LIMIT)
        assert tracemalloc.get_traced_memory()[1] < 3 * LIMIT
    finally:
        tracemalloc.stop()


def test_a_declared_size_is_not_believed():
    """B019: a zstd frame that claims 4 GiB in a few bytes is refused, not allocated."""
    # Magic, single segment with an 8-byte content size of 4 GiB, then an empty last block.
    frame = bytes.fromhex("28b52ffd") + bytes([0xE0]) + (2**32).to_bytes(8, "little") + b"\x01\x00\x00"
    with pytest.raises((ValidationError, PayloadTooLargeError)):
        decode_body(frame, "zstd", LIMIT)


def test_members_of_gzip_are_joined():
    assert decode_body(gzip.compress(b"ab") + gzip.compress(b"cd") + b"\0\0", "gzip", LIMIT) == b"abcd"
    with pytest.raises(PayloadTooLargeError):
        decode_body(gzip.compress(b"x" * 60_000) * 2, "gzip", LIMIT)


def test_members_of_gzip_are_bounded():
    with pytest.raises(ValidationError, match="members"):
        decode_body(gzip.compress(b"") * 5000, "gzip", LIMIT)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_an_empty_body_needs_no_frame(encoding):
    assert decode_body(b"", encoding, LIMIT) == b""


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "zstd", "gzip, deflate"]))
def test_no_input_raises_anything_else(body, encoding):
    """B035."""
    with contextlib.suppress(ValidationError, PayloadTooLargeError):
        decode_body(body, encoding, 1000)
