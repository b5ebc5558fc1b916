"""Times and steps as a request writes them, made into integer milliseconds. Pure; `now` is passed in."""

import math
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from metricbox.durations import parse_duration_ms

# Numbers below these bounds are seconds, milliseconds, microseconds; above the last, nanoseconds (PROTOCOLS.md 1).
SECONDS_BELOW = 10**11
MILLISECONDS_BELOW = 10**14
MICROSECONDS_BELOW = 10**17

# Years 1 to 9999 in milliseconds: what a date can show.
LEAST_MS = -62_135_596_800_000
MOST_MS = 253_402_300_799_999

# From a second to 30 days. Each divides a larger one well, so that charts of neighbouring steps line up.
STEP_LADDER_MS = tuple(
    parse_duration_ms(text)
    for text in (
        *("1s", "2s", "5s", "10s", "15s", "20s", "30s"),
        *("1m", "2m", "3m", "5m", "10m", "15m", "20m", "30m"),
        *("1h", "2h", "3h", "4h", "6h", "8h", "12h"),
        *("1d", "2d", "7d", "14d", "30d"),
    )
)

_RELATIVE = re.compile(r"now(?:([+-])([0-9a-z]+))?(?:/([smhdwMy]))?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def format_time(time_ms: int) -> str:
    """ISO 8601 UTC with milliseconds, the form of times in answers."""
    seconds, millis = divmod(time_ms, 1000)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{millis:03d}Z"


def parse_time_ms(value: int | float | str, now_ms: int, timezone: ZoneInfo | None = None) -> int:
    """Milliseconds of an ISO 8601 text, a number (unit by size, a fraction means seconds) or `now-1h`, `now/d`.

    `timezone` decides where a day begins in `now/d` and what an ISO text without an offset means (default UTC).
    Raises ValueError with a sentence.
    """
    if isinstance(value, str):
        text = value.strip()
        if _NUMBER.fullmatch(text):
            return _number_to_ms(int(text) if text.lstrip("+-").isdigit() else float(text))
        if text.startswith("now"):
            return _relative_to_ms(text, now_ms, timezone)
        return _iso_to_ms(text, timezone)
    return _number_to_ms(value)


def _number_to_ms(number: int | float) -> int:
    if isinstance(number, float) and not math.isfinite(number):
        raise ValueError("a time must be finite")
    size = abs(number)
    if size < SECONDS_BELOW:
        ts_ms = math.floor(number * 1000)
    elif size < MILLISECONDS_BELOW:
        ts_ms = math.floor(number)
    elif size < MICROSECONDS_BELOW:
        ts_ms = math.floor(number) // 1000
    else:
        ts_ms = math.floor(number) // 1_000_000
    return _checked(ts_ms, number)


def _iso_to_ms(text: str, timezone: ZoneInfo | None) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        msg = f"{text[:60]!r} is not a time; write ISO 8601 (2026-11-25T10:00:00Z), milliseconds, or now-1h"
        raise ValueError(msg) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone or UTC)
    return _checked((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1), text)


def _relative_to_ms(text: str, now_ms: int, timezone: ZoneInfo | None) -> int:
    match = _RELATIVE.fullmatch(text)
    if match is None:
        msg = f"{text[:60]!r} is not a time; write it like now, now-1h or now-1d/d"
        raise ValueError(msg)
    sign, offset, unit = match.groups()
    ts_ms = now_ms
    if sign:
        ts_ms += (1 if sign == "+" else -1) * parse_duration_ms(offset)
    _checked(ts_ms, text)
    return floor_to_unit_ms(ts_ms, unit, timezone) if unit else ts_ms


def floor_to_unit_ms(ts_ms: int, unit: str, timezone: ZoneInfo | None) -> int:
    """Start of the second, minute, hour, day, week (Monday), month (M) or year that holds `ts_ms`, in local time."""
    if unit in "smh" and timezone is None:
        return ts_ms - ts_ms % parse_duration_ms(f"1{unit}")
    moment = to_datetime(ts_ms, timezone).replace(microsecond=0)
    if unit in "mhdwMy":
        moment = moment.replace(second=0)
    if unit in "hdwMy":
        moment = moment.replace(minute=0)
    if unit in "dwMy":
        moment = moment.replace(hour=0, fold=0)
    if unit == "w":
        moment -= timedelta(days=moment.weekday())
    elif unit == "M":
        moment = moment.replace(day=1)
    elif unit == "y":
        moment = moment.replace(month=1, day=1)
    return to_ms(moment)


def to_datetime(ts_ms: int, timezone: ZoneInfo | None) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ts_ms)).astimezone(timezone or UTC)


def to_ms(moment: datetime) -> int:
    return (moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _checked(ts_ms: int, shown: object) -> int:
    if not LEAST_MS <= ts_ms <= MOST_MS:
        msg = f"{shown} is not a time between the years 1 and 9999"
        raise ValueError(msg)
    return ts_ms


def load_timezone(name: str) -> ZoneInfo:
    """Raises ValueError for a zone that does not exist."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        msg = f"{name[:60]!r} is not a time zone; write an IANA name like Europe/Berlin, or UTC"
        raise ValueError(msg) from None


def choose_step_ms(range_ms: int, points: int) -> int:
    """The smallest step of the ladder that gives at most `points` points; whole multiples of 30 days beyond it."""
    wanted_ms = -(-range_ms // points)
    for step_ms in STEP_LADDER_MS:
        if step_ms >= wanted_ms:
            return step_ms
    return -(-wanted_ms // STEP_LADDER_MS[-1]) * STEP_LADDER_MS[-1]
