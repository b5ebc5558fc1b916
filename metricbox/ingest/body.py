"""Request bodies without their Content-Encoding, under one limit on decoded bytes (traps B019, B020, B021).

Every codec is a row of one table and gets the limit with its input, so that none can pass it by. None allocates
by a size that the sender declares before it is known to be possible. Blocking and CPU-bound: runs in the decode
threads.
"""

import zlib
from collections.abc import Callable

import cramjam
import numpy as np

from metricbox.errors import PayloadTooLargeError, UnsupportedMediaTypeError, ValidationError

# More nested codings than any client sends; each costs a pass over up to the limit.
_MAX_CODINGS = 4
# Input is fed in slices: zlib copies what follows a gzip member, which would be quadratic in the whole body. Both
# numbers together bound that copying to a second.
_SLICE_BYTES = 1024 * 1024
_MAX_GZIP_MEMBERS = 1024

# Three bytes stand for at most 64. Checked before the length that the sender declares is believed.
_MAX_SNAPPY_RATIO = 22

_GZIP_WBITS = 31
_ZLIB_WBITS = 15
_RAW_DEFLATE_WBITS = -15


class _DamagedError(Exception):
    """The body is not what its coding says."""


class _TooLargeError(Exception):
    """The decoded body exceeds the limit."""


def decode_body(body: bytes, content_encoding: str | None, max_bytes: int) -> bytes:
    """`body` with all codings of `content_encoding` undone, last one first.

    Raises PayloadTooLargeError when it is larger than `max_bytes` at any stage, UnsupportedMediaTypeError for an
    unknown coding, ValidationError for a damaged body. No codec writes more than `max_bytes` + 1.
    """
    codings = [name.strip().lower() for name in (content_encoding or "").split(",")]
    codings = [name for name in codings if name not in {"", "identity"}]
    if len(codings) > _MAX_CODINGS:
        raise UnsupportedMediaTypeError(
            f"Content-Encoding names {len(codings)} codings, at most {_MAX_CODINGS} are taken"
        )
    for name in codings:
        if name not in _CODECS:
            raise UnsupportedMediaTypeError(
                f"Content-Encoding {name[:40]!r} is not known; use gzip, zstd, deflate, snappy, or none"
            )
    _check_size(body, max_bytes)
    for name in reversed(codings):
        # Agents that have nothing to send may leave the coding's frame out too.
        if not body:
            break
        try:
            body = _CODECS[name](body, max_bytes)
        except _DamagedError as error:
            raise ValidationError(f"the body is not valid {name}: {error}") from error
        except _TooLargeError as error:
            raise _too_large(max_bytes) from error
    return body


def _check_size(body: bytes, max_bytes: int) -> None:
    if len(body) > max_bytes:
        raise _too_large(max_bytes)


def _too_large(max_bytes: int) -> PayloadTooLargeError:
    return PayloadTooLargeError(
        f"the body is larger than {max_bytes} bytes after decompression; send smaller batches, or raise max_body_bytes"
    )


def _inflate(body: bytes, max_bytes: int, wbits: int) -> bytes:
    """The formats of zlib. gzip may have several members one after the other; the others end after the first."""
    parts: list[bytes] = []
    left_bytes = max_bytes
    members = 0
    decoder = zlib.decompressobj(wbits)
    for start in range(0, len(body), _SLICE_BYTES):
        pending = body[start : start + _SLICE_BYTES]
        while pending:
            if decoder.eof:
                if wbits != _GZIP_WBITS or not pending.strip(b"\0"):
                    return b"".join(parts)
                members += 1
                if members >= _MAX_GZIP_MEMBERS:
                    raise _DamagedError(f"more than {_MAX_GZIP_MEMBERS} members")
                decoder = zlib.decompressobj(wbits)
            try:
                part = decoder.decompress(pending, left_bytes + 1)
            except zlib.error as error:
                raise _DamagedError(str(error)) from error
            left_bytes -= len(part)
            if left_bytes < 0:
                raise _TooLargeError
            parts.append(part)
            pending = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
    if not decoder.eof:
        raise _DamagedError("it ends too early")
    return b"".join(parts)


def _decode_gzip(body: bytes, max_bytes: int) -> bytes:
    return _inflate(body, max_bytes, _GZIP_WBITS)


def _decode_deflate(body: bytes, max_bytes: int) -> bytes:
    """HTTP's `deflate` is the zlib format, but some clients send it without zlib's header."""
    is_zlib = len(body) >= 2 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    return _inflate(body, max_bytes, _ZLIB_WBITS if is_zlib else _RAW_DEFLATE_WBITS)


def _decode_zstd(body: bytes, max_bytes: int) -> bytes:
    # The system gives memory to an untouched buffer only as it is written, so this costs what the body needs.
    # The decoder's own window is at most 128 MiB (zstd's default bound) and as lazily filled.
    buffer = np.empty(max_bytes + 1, np.uint8)
    try:
        size_bytes = int(cramjam.zstd.decompress_into(body, buffer.data))
    except cramjam.DecompressionError as error:
        if "write whole buffer" in str(error):
            raise _TooLargeError from error
        raise _DamagedError(str(error)) from error
    if size_bytes > max_bytes:
        raise _TooLargeError
    return buffer[:size_bytes].tobytes()


def _decode_snappy(body: bytes, max_bytes: int) -> bytes:
    """The block format, as in remote write; it begins with the length of what it holds."""
    try:
        size_bytes = int(cramjam.snappy.decompress_raw_len(body))
        if size_bytes > _MAX_SNAPPY_RATIO * len(body):
            raise _DamagedError("it says that it is larger than it can be")
        if size_bytes > max_bytes:
            raise _TooLargeError
        return bytes(cramjam.snappy.decompress_raw(body))
    except cramjam.DecompressionError as error:
        raise _DamagedError(str(error)) from error


_CODECS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _decode_gzip,
    "x-gzip": _decode_gzip,
    "deflate": _decode_deflate,
    "zstd": _decode_zstd,
    "snappy": _decode_snappy,
}
