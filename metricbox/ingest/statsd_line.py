"""The grammar of StatsD lines with the tags of its dialects (PROTOCOLS 7). Pure.

    name:value|type[|@rate][|#tag:value,tag][|T<unix seconds>][|c:container][|e:...]

    name:1:2:3|ms          several values at once, DogStatsD         name,tag=v:1|c     Telegraf
    name:1|c:2|c           several values at once, the first StatsD  name;tag=v:1|c     Graphite
                                                                     name[tag=v]:1|c    SignalFx

Containers and other marks of origin are read over: they change with each start and would make series without end. Tags
without a value get `true`; of a tag that comes twice the values are joined by commas.
"""

import math
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from metricbox.ingest.names import to_plain_label_name, to_plain_metric_name
from metricbox.ingest.outcome import Reason
from metricbox.model import Labels, find_labels_fault, find_name_fault, make_labels


class Kind(StrEnum):
    COUNTER = "counter"
    GAUGE = "gauge"
    TIMER = "timer"
    SET = "set"


KINDS = {
    b"c": Kind.COUNTER,
    b"m": Kind.COUNTER,
    b"g": Kind.GAUGE,
    b"ms": Kind.TIMER,
    b"h": Kind.TIMER,
    b"d": Kind.TIMER,
    b"s": Kind.SET,
}

_TAGS_IN_NAME = re.compile(rb"[,;\[]")
_SIGNALFX = re.compile(r"([^\[]*)\[([^\]]*)\](.*)", re.DOTALL)
_NO_VALUE = "true"
_MAX_SHOWN_CHARS = 60


class StatsdFaultError(Exception):
    """Why a line is refused, as the end of a sentence."""

    def __init__(self, message: str, reason: Reason = Reason.SYNTAX) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason


class Head(NamedTuple):
    """What a line says beside its values. The same text always means the same."""

    kind: Kind
    name: str
    labels: Labels
    rate: float
    """Of this part of the events it tells; 1 is all of them."""
    stamp_ms: int | None
    """When the value held, where the sender says so: for counters and gauges alone."""


class Measurement(NamedTuple):
    """One line taken apart, or a part of one that holds several types. All raw."""

    name: bytes
    values: bytes
    """Of a set one text, else numbers with `:` between."""
    rest: bytes
    """From the type on."""


def split_line(line: bytes) -> Measurement | None:
    """The parts of a line with one type, as nearly all are; None for one that `iter_parts` must take apart.

    Raises StatsdFaultError.
    """
    left, bar, rest = line.partition(b"|")
    name, colon, values = left.partition(b":")
    if not bar or not colon or not name:
        if line.startswith((b"_e{", b"_sc|")):
            what = "events" if line.startswith(b"_e") else "service checks"
            raise StatsdFaultError(f"{what} are no metrics and are not kept", Reason.UNSUPPORTED)
        raise StatsdFaultError("it is not `name:value|type`")
    if name[:3] == b"_e{":
        raise StatsdFaultError("events are no metrics and are not kept", Reason.UNSUPPORTED)
    if _TAGS_IN_NAME.search(name):
        # Tags in the name may hold colons; these dialects send one value at a time.
        name, _, values = left.rpartition(b":")
    if b":" in rest.partition(b"|")[0]:
        return None
    return Measurement(name, values, rest)


def iter_parts(line: bytes) -> Iterator[Measurement]:
    """Of `name:1|c:2|ms|@0.5`: each value with its own type."""
    name, _, parts = line.partition(b":")
    for part in parts.split(b":"):
        values, _, rest = part.partition(b"|")
        yield Measurement(name, values, rest)


def parse_head(name: bytes, rest: bytes) -> Head:
    """Raises StatsdFaultError."""
    try:
        text = name.decode()
        type_name, *fields = rest.split(b"|")
        kind = KINDS.get(type_name)
        if kind is None:
            shown = type_name[:_MAX_SHOWN_CHARS].decode("utf-8", "backslashreplace")
            raise StatsdFaultError(f"{shown!r} is not a type; use c, g, ms, h, d, s or m")
        base, tags = _split_name(text)
        rate, stamp_ms = 1.0, None
        for field in fields:
            if field[:1] == b"@":
                rate = _read_rate(field[1:])
            elif field[:1] == b"#":
                tags += _read_dog_tags(field[1:].decode())
            elif field[:1] == b"T":
                stamp_ms = _read_stamp_ms(field[1:])
    except UnicodeDecodeError as error:
        raise StatsdFaultError("it is not valid UTF-8") from error
    plain = to_plain_metric_name(base)
    labels = _make_labels(tags)
    fault = find_name_fault(plain) or find_labels_fault(labels)
    if fault:
        raise StatsdFaultError(fault, Reason.BAD_SERIES)
    return Head(kind, plain, labels, rate, stamp_ms if kind in {Kind.COUNTER, Kind.GAUGE} else None)


def read_number(text: bytes) -> float:
    """Raises StatsdFaultError for what is no number, or none that is finite."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if math.isfinite(number) and b"_" not in text:
        return number
    is_word = text.lstrip(b"+-").lower() in {b"nan", b"inf", b"infinity"} or math.isinf(number)
    shown = text[:_MAX_SHOWN_CHARS].decode("utf-8", "backslashreplace")
    raise StatsdFaultError(
        f"the value {shown!r} is not a {'finite ' if is_word else ''}number",
        Reason.NOT_FINITE if is_word else Reason.SYNTAX,
    )


# ---- parts


def _split_name(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Name and tags of the dialects that write them into the name."""
    match = _SIGNALFX.fullmatch(text)
    if match:
        return match[1] + match[3], _read_tags(match[2].split(","))
    for sign in (",", ";"):
        if sign in text:
            name, *tags = text.split(sign)
            return name, _read_tags(tags)
    return text, []


def _read_tags(texts: list[str]) -> list[tuple[str, str]]:
    tags = []
    for text in filter(None, texts):
        name, sign, value = text.partition("=")
        tags.append((name, value if sign else _NO_VALUE))
    return tags


def _read_dog_tags(text: str) -> list[tuple[str, str]]:
    tags = []
    for part in filter(None, text.split(",")):
        name, sign, value = part.partition(":")
        tags.append((name, value if sign else _NO_VALUE))
    return tags


def _make_labels(tags: list[tuple[str, str]]) -> Labels:
    values: dict[str, list[str]] = {}
    for name, value in tags:
        known = values.setdefault(to_plain_label_name(name) or "_", [])
        if value not in known:
            known.append(value)
    return make_labels((name, ",".join(filter(None, texts))) for name, texts in values.items())


def _read_rate(text: bytes) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 0 < rate <= 1:
        shown = text[:_MAX_SHOWN_CHARS].decode("utf-8", "backslashreplace")
        raise StatsdFaultError(f"the rate {shown!r} is not above 0 and at most 1")
    return rate


def _read_stamp_ms(text: bytes) -> int:
    if not text.isdigit() or len(text) > 12:
        raise StatsdFaultError("the time after T is not in whole seconds")
    return int(text) * 1000
