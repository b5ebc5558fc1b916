"""Time stamps at the edge: their unit, milliseconds from it, and the window in which they are accepted.

The unit is decided once, here, by the `precision` parameter (line protocol) or by the number of digits (JSON), and
nowhere else (traps B006, B007). Conversion rounds toward minus infinity. Pure: the time is a parameter.
"""

import datetime as dt
import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from metricbox.durations import format_duration
from metricbox.errors import ValidationError
from metricbox.ingest.outcome import Reason
from metricbox.model import Int64Array


class Unit(NamedTuple):
    """A unit of time. A stamp is `stamp * multiplier // divisor` milliseconds."""

    name: str
    title: str
    multiplier: int
    divisor: int


NANOSECONDS = Unit("ns", "nanoseconds", 1, 1_000_000)
MICROSECONDS = Unit("us", "microseconds", 1, 1_000)
MILLISECONDS = Unit("ms", "milliseconds", 1, 1)
SECONDS = Unit("s", "seconds", 1_000, 1)
MINUTES = Unit("m", "minutes", 60_000, 1)
HOURS = Unit("h", "hours", 3_600_000, 1)
BY_SIZE = Unit("auto", "told by the size of each stamp", 1, 1)

_UNIT_OF_PRECISION = {
    "": NANOSECONDS,
    "n": NANOSECONDS,
    "ns": NANOSECONDS,
    "u": MICROSECONDS,
    "us": MICROSECONDS,
    "µ": MICROSECONDS,  # micro sign
    "μ": MICROSECONDS,  # Greek mu
    "ms": MILLISECONDS,
    "s": SECONDS,
    "m": MINUTES,
    "h": HOURS,
    "auto": BY_SIZE,
}

# PROTOCOLS 1: below the first bound seconds, and so on.
_DIGIT_BOUNDS = ((10**11, SECONDS), (10**14, MILLISECONDS), (10**17, MICROSECONDS))
# Stamps under this say too little about their unit for a hint: 2001-09-09 in seconds.
_LEAST_TELLING_STAMP = 10**9

_INT64_MAX = 2**63 - 1
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


def unit_of_precision(precision: str | None) -> Unit:
    """The unit that the parameter `precision` of an Influx write names; nanoseconds when it is absent or empty."""
    unit = _UNIT_OF_PRECISION.get(precision or "")
    if unit is None:
        raise ValidationError.for_field(
            "precision",
            f"{(precision or '')[:20]!r} is not a precision; use one of n, ns, u, us, ms, s, m, h",
        )
    return unit


def unit_by_digits(stamp: float) -> Unit:
    for bound, unit in _DIGIT_BOUNDS:
        if abs(stamp) < bound:
            return unit
    return NANOSECONDS


def to_ms(stamps: Int64Array, unit: Unit) -> Int64Array:
    """Milliseconds of stamps in one unit. What would overflow stays at the edge of int64, far outside any window."""
    if unit is BY_SIZE:
        return to_ms_by_digits(stamps)
    if unit.divisor != 1:
        return stamps // unit.divisor
    if unit.multiplier != 1:
        bound = _INT64_MAX // unit.multiplier
        return np.clip(stamps, -bound, bound) * unit.multiplier
    return stamps


def to_ms_by_digits(stamps: Int64Array) -> Int64Array:
    """Milliseconds of stamps whose unit their size tells, each for itself."""
    least, most = int(stamps.min(initial=0)), int(stamps.max(initial=0))
    if least >= _DIGIT_BOUNDS[0][0] and most < _DIGIT_BOUNDS[1][0]:
        return stamps
    # abs() of the least int64 is itself, negative: clip first.
    sizes = np.abs(np.maximum(stamps, -_INT64_MAX))
    conditions = [sizes < bound for bound, _ in _DIGIT_BOUNDS]
    choices = [to_ms(stamps, unit) for _, unit in _DIGIT_BOUNDS]
    return np.select(conditions, choices, default=to_ms(stamps, NANOSECONDS))


def parse_stamp_ms(stamp: float | str) -> int:
    """Milliseconds of one JSON time stamp: a number, its unit told by its size, or an RFC 3339 text.

    Raises ValueError with the end of a sentence.
    """
    if isinstance(stamp, str):
        return _parse_rfc3339_ms(stamp)
    if not 0 < stamp <= _INT64_MAX:
        raise ValueError(
            "a time stamp is a positive number: seconds, milliseconds, microseconds or nanoseconds"
        )
    unit = unit_by_digits(stamp)
    if isinstance(stamp, int):
        return stamp * unit.multiplier // unit.divisor
    # A double holds today's seconds to a quarter of a microsecond: round there first, or .123 becomes 122 ms.
    return round(stamp * unit.multiplier * 1000) // (unit.divisor * 1000)


def _parse_rfc3339_ms(text: str) -> int:
    if not _RFC3339.fullmatch(text):
        raise ValueError(
            f"{text[:40]!r} is not a time stamp: send a number or RFC 3339, as in 2026-11-25T04:59:17Z"
        )
    try:
        moment = dt.datetime.fromisoformat(text.upper())
        return (moment - _EPOCH) // dt.timedelta(milliseconds=1)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is not a time stamp: {error}") from error


class Window(NamedTuple):
    """The times that are accepted, both ends included."""

    oldest_ms: int
    newest_ms: int
    now_ms: int

    def mask_outside(self, ts_ms: Int64Array) -> npt.NDArray[np.bool_] | None:
        """Where `ts_ms` lies outside; None when nothing does."""
        if not len(ts_ms) or (int(ts_ms.min()) >= self.oldest_ms and int(ts_ms.max()) <= self.newest_ms):
            return None
        return (ts_ms < self.oldest_ms) | (ts_ms > self.newest_ms)

    def reason_of(self, ts_ms: int) -> Reason:
        return Reason.TOO_OLD if ts_ms < self.oldest_ms else Reason.TOO_NEW

    def explain(self, ts_ms: int, stamp: int | None = None, unit: Unit | None = None) -> str:
        """Why a time outside is refused. `stamp` and `unit`, as the sender wrote it, allow a hint (trap B006)."""
        if ts_ms < self.oldest_ms:
            span = format_duration(self.now_ms - self.oldest_ms)
            text = f"time stamp {_show_ms(ts_ms)} is older than raw data is kept ({span})"
        else:
            span = format_duration(self.newest_ms - self.now_ms)
            text = f"time stamp {_show_ms(ts_ms)} is more than {span} ahead of the server's clock"
        if stamp is not None and unit is not None and abs(stamp) >= _LEAST_TELLING_STAMP:
            likely = unit_by_digits(stamp)
            if unit is not BY_SIZE and likely is not unit:
                text += f"; {stamp} looks like {likely.title}: add precision={likely.name}"
        return text


def make_window(now_ms: int, retention_ms: int, future_ms: int) -> Window:
    return Window(now_ms - retention_ms, now_ms + future_ms, now_ms)


def _show_ms(ts_ms: int) -> str:
    try:
        return (
            (_EPOCH + dt.timedelta(milliseconds=ts_ms))
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z")
        )
    except OverflowError:
        return f"{ts_ms} ms"
