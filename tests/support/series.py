"""Series and values as a line of text, in the notation of promqltest.

cpu{host="a"}     a series
5 _ stale         one value, one that is missing, the mark that ends a series
0+1x3  9-2x2      0 1 2 3, 9 7 5: the first and so many more
4x2  _x2          4 4 4, but two that are missing
"""

import math
import re
from itertools import groupby

from metricbox.model import STALE_MARKER, SeriesKey, make_labels

_SERIES = re.compile(r"([A-Za-z_:][\w:.]*)(?:\{(.*?)\})?", re.ASCII)
_LABEL = re.compile(r'(\w+)="([^"]*)"\s*,?\s*', re.ASCII)
_NUMBER = r"[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?)"
_VALUE = re.compile(rf"({_NUMBER})(?:([+-]\d+\.?\d*)?x(\d+))?", re.ASCII)


def parse_series(text: str) -> SeriesKey:
    match = _SERIES.fullmatch(text.strip())
    if not match:
        raise ValueError(f"{text!r} is no series")
    labels = match[2] or ""
    pairs = _LABEL.findall(labels)
    if _LABEL.sub("", labels):
        raise ValueError(f"the labels of {text!r} cannot be read")
    return SeriesKey(match[1], make_labels(pairs))


def split_series(line: str) -> tuple[SeriesKey, str]:
    """The series at the start of a line, and the rest."""
    match = _SERIES.match(line)
    if not match:
        raise ValueError(f"no series at the start of {line!r}")
    return parse_series(match[0]), line[match.end() :].strip()


def expand_values(text: str) -> list[float | None]:
    """The values of a line; None where one is missing."""
    values: list[float | None] = []
    for token in text.split():
        values += _expand(token)
    return values


def _expand(token: str) -> list[float | None]:
    if token == "stale":
        return [STALE_MARKER]
    if token == "_" or token.startswith("_x"):
        return [None] * int(token[2:] or 1)
    match = _VALUE.fullmatch(token)
    if not match:
        raise ValueError(f"{token!r} is no value")
    first, step, times = float(match[1]), float(match[2] or 0), int(match[3] or 0)
    return [first + step * number for number in range(times + 1)]


def show_values(values: list[float | None]) -> str:
    """Values for a message, runs of equal ones as in the notation."""
    shown = []
    for text, run in groupby(
        "_" if one is None else "stale" if math.isnan(one) else f"{one:g}" for one in values
    ):
        count = len(list(run))
        shown += [text] * count if count < 3 or text == "stale" else [f"{text}x{count - (text != '_')}"]
    return " ".join(shown)
