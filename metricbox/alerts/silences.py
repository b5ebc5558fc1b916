"""What a silence mutes, and when. Pure but for reading the current ones.

A recurring silence is open from one time of day to another, on the weekdays on which it begins, as the clocks of its
time zone show it: 22:00 to 06:00 goes across midnight, and on the nights of a clock change it is an hour longer or
shorter, but never moved (traps B122, B123).
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import re2

from metricbox.store.appdb.alert_silences import SilenceRecord, list_current_silences
from metricbox.store.appdb.database import Connection

logger = logging.getLogger(__name__)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MINUTES = 60


def load_silences(connection: Connection, now_ms: int) -> Callable[[Mapping[str, str]], bool]:
    """Whether an alert with these labels is muted at that time."""
    active = [
        compile_matchers(one.matchers)
        for one in list_current_silences(connection, now_ms)
        if is_open(one, now_ms)
    ]
    return lambda labels: any(matches(labels) for matches in active)


def is_open(silence: SilenceRecord, now_ms: int) -> bool:
    """Whether it mutes at that time."""
    if now_ms < silence.starts_ms or (silence.ends_ms is not None and now_ms >= silence.ends_ms):
        return False
    try:
        return silence.recurrence is None or is_in_window(silence.recurrence, now_ms)
    except (KeyError, ValueError):
        # Such as a time zone that an upgrade took away: it mutes nothing, and alerting goes on.
        logger.exception("silence %s cannot be read and is left out", silence.id)
        return False


def is_in_window(recurrence: Mapping[str, Any], now_ms: int) -> bool:
    """`from` itself is in the window, `to` is not; equal ones are a whole day."""
    local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZoneInfo(recurrence["timezone"]))
    minute = local.hour * _MINUTES + local.minute
    start, end = parse_time_of_day(recurrence["from"]), parse_time_of_day(recurrence["to"])
    days = {WEEKDAYS.index(day) for day in recurrence["weekdays"]}
    today, yesterday = local.weekday(), (local.weekday() - 1) % 7
    if start < end:
        return today in days and start <= minute < end
    return (today in days and minute >= start) or (yesterday in days and minute < end)


def parse_time_of_day(text: str) -> int:
    """Minutes since midnight of HH:MM. Raises ValueError."""
    hours, _, minutes = text.partition(":")
    if not (
        len(hours) == len(minutes) == 2
        and text.isascii()
        and (hours + minutes).isdigit()
        and int(hours) < 24
        and int(minutes) < 60
    ):
        raise ValueError("must be a time of day, like 22:00")
    return int(hours) * _MINUTES + int(minutes)


def compile_matchers(matchers: Sequence[Mapping[str, str]]) -> Callable[[Mapping[str, str]], bool]:
    """All of them must hold; a label that is absent is empty. Raises ValueError for a pattern that is none."""
    compiled = [_compile(one["op"], one["value"]) for one in matchers]
    names = [one["name"] for one in matchers]

    def matches(labels: Mapping[str, str]) -> bool:
        return all(holds(labels.get(name, "")) for name, holds in zip(names, compiled, strict=True))

    return matches


def _compile(op: str, value: str) -> Callable[[str], bool]:
    if op == "=":
        return lambda text: text == value
    if op == "!=":
        return lambda text: text != value
    try:
        pattern = re2.compile(value)
    except re2.error as error:
        raise ValueError("must be a regular expression of RE2") from error
    is_wanted = op == "=~"
    return lambda text: (pattern.fullmatch(text) is not None) is is_wanted
