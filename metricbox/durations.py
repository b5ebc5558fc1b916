"""Durations as people write them (`30s`, `1h30m`, `7d`) and as the program keeps them: integer milliseconds."""

import re

UNIT_MS = {
    "ms": 1,
    "s": 1_000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 7 * 86_400_000,
    "y": 365 * 86_400_000,
}

_PART = re.compile(r"(\d+)(ms|s|m|h|d|w|y)", re.ASCII)
_WHOLE = re.compile(r"(?:\d+(?:ms|s|m|h|d|w|y))+", re.ASCII)
_LARGEST_FIRST = ("d", "h", "m", "s", "ms")


def parse_duration_ms(text: str) -> int:
    """Milliseconds of `1h30m`. Units: ms s m h d w y (365 days), each at most once, largest first.

    Raises ValueError with a sentence for a person.
    """
    if not _WHOLE.fullmatch(text):
        msg = f"{text!r} is not a duration; write it like 30s, 5m, 1h30m or 7d"
        raise ValueError(msg)
    total_ms = 0
    previous_ms = None
    for count, unit in _PART.findall(text):
        unit_ms = UNIT_MS[unit]
        if previous_ms is not None and unit_ms >= previous_ms:
            msg = f"{text!r} is not a duration; its units must come largest first, each once, as in 1h30m"
            raise ValueError(msg)
        previous_ms = unit_ms
        total_ms += int(count) * unit_ms
    if total_ms > 1000 * UNIT_MS["y"]:
        msg = f"{text!r} is longer than 1000 years"
        raise ValueError(msg)
    return total_ms


def format_duration(duration_ms: int) -> str:
    """The shortest text that `parse_duration_ms` reads back: 5400000 -> `1h30m`, 604800000 -> `7d`."""
    if duration_ms < 0:
        msg = f"a duration cannot be negative: {duration_ms}"
        raise ValueError(msg)
    if duration_ms == 0:
        return "0s"
    parts = []
    rest_ms = duration_ms
    for unit in _LARGEST_FIRST:
        count, rest_ms = divmod(rest_ms, UNIT_MS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)
