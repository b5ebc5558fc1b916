"""Sizes as people write them (`512MB`, `64MiB`) and as the program keeps them: whole bytes."""

import re

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?i?b?)", re.IGNORECASE | re.ASCII)
_UNIT_BYTES = {
    "": 1,
    "k": 10**3,
    "m": 10**6,
    "g": 10**9,
    "t": 10**12,
    "ki": 2**10,
    "mi": 2**20,
    "gi": 2**30,
    "ti": 2**40,
}


def parse_bytes(text: str) -> int:
    """`512MB` (10^6), `512MiB` (2^20) or plain bytes. Raises ValueError with a sentence for a person."""
    match = _SIZE.fullmatch(text.strip())
    unit = match[2].lower().removesuffix("b") if match else None
    if match is None or unit not in _UNIT_BYTES:
        msg = f"{text!r} is not a size; write it like 512MB, 64MiB or 1048576"
        raise ValueError(msg)
    return int(float(match[1]) * _UNIT_BYTES[unit])
