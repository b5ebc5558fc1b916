"""What a silence mutes, and when: against a definition minute by minute, and on the nights of a clock change."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.alerts.silences import (
    WEEKDAYS,
    compile_matchers,
    is_in_window,
    is_open,
    load_silences,
    parse_time_of_day,
)
from metricbox.clock import ManualClock
from metricbox.store.appdb.alert_silences import NewSilence, SilenceRecord, create_silence
from metricbox.store.appdb.database import AppDatabase
from tests.support.authors import AUTHOR
from tests.support.stores import NOW_MS

PARIS = "Europe/Paris"
MINUTE_MS = 60_000


def window(start: str, end: str, *weekdays: str, zone: str = PARIS) -> dict[str, Any]:
    return {"weekdays": list(weekdays or WEEKDAYS), "from": start, "to": end, "timezone": zone}


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def is_open_by_definition(recurrence: dict[str, Any], now_ms: int) -> bool:
    """The clock on the wall lies in a window that began on one of the days, today or yesterday."""
    wall = datetime.fromtimestamp(now_ms / 1000, ZoneInfo(recurrence["timezone"])).replace(tzinfo=None)
    for days_ago in (0, 1):
        day = wall.date() - timedelta(days=days_ago)
        if WEEKDAYS[day.weekday()] not in recurrence["weekdays"]:
            continue
        start, end = (datetime.fromisoformat(f"{day}T{recurrence[name]}:00") for name in ("from", "to"))
        if start <= wall < (end if start < end else end + timedelta(days=1)):
            return True
    return False


TIMES = st.builds(lambda minute: f"{minute // 60:02}:{minute % 60:02}", st.integers(0, 1439))
# Around both changes of the year, and anywhere.
MOMENTS = st.one_of(
    st.integers(at("2025-03-29T12:00Z") // MINUTE_MS, at("2025-03-31T00:00Z") // MINUTE_MS),
    st.integers(at("2025-10-25T12:00Z") // MINUTE_MS, at("2025-10-27T00:00Z") // MINUTE_MS),
    st.integers(at("2020-01-01T00:00Z") // MINUTE_MS, at("2030-01-01T00:00Z") // MINUTE_MS),
)


@given(
    TIMES,
    TIMES,
    st.sets(st.sampled_from(WEEKDAYS), min_size=1),
    st.sampled_from([PARIS, "UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    MOMENTS,
)
def test_it_is_open_when_the_clock_on_the_wall_says_so(
    start: str, end: str, weekdays: set[str], zone: str, minute: int
) -> None:
    recurrence = window(start, end, *weekdays, zone=zone)
    now_ms = minute * MINUTE_MS
    assert is_in_window(recurrence, now_ms) == is_open_by_definition(recurrence, now_ms)


def open_minutes(recurrence: dict[str, Any], start: str, end: str) -> list[int]:
    return [one for one in range(at(start), at(end), MINUTE_MS) if is_in_window(recurrence, one)]


def show(now_ms: int) -> str:
    return datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%d %H:%M")


@pytest.mark.parametrize(
    ("noon", "next_noon", "first", "last", "hours"),
    [
        # B122: 22:00 to 06:00 stays 22:00 to 06:00 on the wall; the night itself has 7, 9 or 8 hours.
        ("2025-03-29T12:00Z", "2025-03-30T12:00Z", "29 21:00", "30 03:59", 7),
        ("2025-10-25T12:00Z", "2025-10-26T12:00Z", "25 20:00", "26 04:59", 9),
        ("2025-07-01T12:00Z", "2025-07-02T12:00Z", "01 20:00", "02 03:59", 8),
        ("2025-12-01T12:00Z", "2025-12-02T12:00Z", "01 21:00", "02 04:59", 8),
    ],
)
def test_nights_of_a_clock_change(noon: str, next_noon: str, first: str, last: str, hours: int) -> None:
    minutes = open_minutes(window("22:00", "06:00"), noon, next_noon)
    assert (show(minutes[0]), show(minutes[-1]), len(minutes)) == (first, last, hours * 60)


def test_an_hour_that_there_is_not_is_not_silenced_and_one_that_there_is_twice_is() -> None:
    hour = window("02:00", "03:00")
    assert open_minutes(hour, "2025-03-29T22:00Z", "2025-03-30T12:00Z") == []
    assert len(open_minutes(hour, "2025-10-25T22:00Z", "2025-10-26T12:00Z")) == 120


def test_across_midnight_it_belongs_to_the_day_on_which_it_begins() -> None:
    """B123: 17:35 to 05:25 is legal."""
    friday = window("17:35", "05:25", "fri", zone="UTC")
    minutes = open_minutes(friday, "2025-01-06T00:00Z", "2025-01-13T00:00Z")
    assert (show(minutes[0]), show(minutes[-1]), len(minutes)) == ("10 17:35", "11 05:24", 710)


def test_equal_times_are_a_whole_day() -> None:
    monday = window("08:00", "08:00", "mon", zone="UTC")
    minutes = open_minutes(monday, "2025-01-05T00:00Z", "2025-01-12T00:00Z")
    assert (show(minutes[0]), show(minutes[-1]), len(minutes)) == ("06 08:00", "07 07:59", 1440)
    assert (
        len(open_minutes(window("00:00", "00:00", zone="UTC"), "2025-01-05T00:00Z", "2025-01-06T00:00Z"))
        == 1440
    )


def test_start_and_end_bound_a_recurring_one_as_well() -> None:
    record = SilenceRecord("id", [], 1_000, 2_000, None, "r", "me", 0)
    assert [is_open(record, now_ms) for now_ms in (999, 1_000, 1_999, 2_000)] == [False, True, True, False]
    assert is_open(record._replace(ends_ms=None), 1 << 50)
    night = record._replace(starts_ms=0, ends_ms=None, recurrence=window("22:00", "06:00", zone="UTC"))
    assert is_open(night, at("2025-01-06T23:00Z"))
    assert not is_open(night, at("2025-01-06T12:00Z"))
    assert not is_open(night._replace(ends_ms=at("2025-01-06T22:30Z")), at("2025-01-06T23:00Z"))


def test_times_of_day() -> None:
    assert [parse_time_of_day(text) for text in ("00:00", "09:05", "23:59")] == [0, 545, 1439]
    for text in ("24:00", "12:60", "9:05", "0905", "", "12:5", "-1:00", "٠٩:٠٥", "12:00:00", " 9:00"):
        with pytest.raises(ValueError, match="time of day"):
            parse_time_of_day(text)


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        ("=", "web", {"web"}),
        ("!=", "web", {"webs", "db", ""}),
        ("=~", "web", {"web"}),
        ("=~", "we.*|db", {"web", "webs", "db"}),
        ("!~", "we.*", {"db", ""}),
        ("=", "", {""}),
        ("=~", ".*", {"web", "webs", "db", ""}),
    ],
)
def test_matchers(op: str, value: str, expected: set[str]) -> None:
    matches = compile_matchers([{"name": "host", "op": op, "value": value}])
    assert {host for host in ("web", "webs", "db", "") if matches({"host": host} if host else {})} == expected


def test_all_matchers_must_hold_and_patterns_are_of_re2() -> None:
    matches = compile_matchers(
        [{"name": "a", "op": "=", "value": "1"}, {"name": "b", "op": "!=", "value": "2"}]
    )
    assert [matches(labels) for labels in ({"a": "1"}, {"a": "1", "b": "2"}, {"b": "3"})] == [
        True,
        False,
        False,
    ]
    for pattern in ("(", "(?=x)", r"(a)\1"):
        with pytest.raises(ValueError, match="RE2"):
            compile_matchers([{"name": "a", "op": "=~", "value": pattern}])


def test_one_that_cannot_be_read_mutes_nothing_and_stops_nothing(tmp_path: Any) -> None:
    appdb = AppDatabase.open(tmp_path / "app.sqlite", ManualClock(NOW_MS))

    def check(connection: Any) -> None:
        for host, zone in (("a", "Mars/Base"), ("b", ""), ("c", "UTC")):
            matcher = {"name": "host", "op": "=", "value": host}
            new = NewSilence([matcher], 0, None, window("00:00", "00:00", zone=zone), "r")
            create_silence(connection, new, AUTHOR, 10)
        is_silenced = load_silences(connection, 100)
        assert [is_silenced({"host": host}) for host in "abc"] == [False, False, True]

    appdb.write_blocking(check)
    appdb.close()


def test_those_of_now_are_read(tmp_path: Any) -> None:
    appdb = AppDatabase.open(tmp_path / "app.sqlite", ManualClock(NOW_MS))

    def check(connection: Any) -> None:
        for host, starts_ms, ends_ms in (("a", 0, None), ("b", 0, 50), ("c", 200, None)):
            matcher = {"name": "host", "op": "=", "value": host}
            create_silence(connection, NewSilence([matcher], starts_ms, ends_ms, None, "r"), AUTHOR, 10)
        is_silenced = load_silences(connection, 100)
        assert [is_silenced({"host": host}) for host in "abc"] == [True, False, False]

    appdb.write_blocking(check)
    appdb.close()
