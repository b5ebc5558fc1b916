"""Parts of dates, of whole arrays of times."""

import calendar
import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.query.promql.dates import DATE_PARTS, date_part

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parts_by_datetime(time_s: float) -> dict[str, float]:
    when = EPOCH + timedelta(seconds=math.trunc(time_s))
    return {
        "minute": when.minute,
        "hour": when.hour,
        "day_of_week": when.isoweekday() % 7,
        "day_of_month": when.day,
        "day_of_year": when.timetuple().tm_yday,
        "days_in_month": calendar.monthrange(when.year, when.month)[1],
        "month": when.month,
        "year": when.year,
    }


@given(st.lists(st.floats(-62_135_596_800, 253_402_300_799), min_size=1, max_size=8))
def test_the_parts_are_those_of_the_calendar(times_s):
    expected = [parts_by_datetime(one) for one in times_s]

    for name in DATE_PARTS:
        assert date_part(name, np.array(times_s)).tolist() == [one[name] for one in expected], name


@pytest.mark.parametrize(
    ("name", "time_s", "value"),
    [
        ("year", 1136239445, 2006),
        ("day_of_week", 0, 4),
        ("day_of_week", -86_400, 3),
        ("hour", -1, 23),
        ("minute", -0.9, 0),  # cut towards zero
        ("year", -1, 1969),
        ("day_of_month", 1456790399, 29),
        ("month", 1456790400, 3),
        ("day_of_year", 1483191420, 366),
        ("days_in_month", 1454284800, 29),
        ("days_in_month", 1485907200, 28),
        ("days_in_month", -2203934400, 28),  # 1900 is no leap year
    ],
)
def test_known_dates(name, time_s, value):
    assert date_part(name, np.array([float(time_s)])).tolist() == [value]


@pytest.mark.parametrize("name", sorted(DATE_PARTS))
def test_what_is_no_time_has_no_parts(name):
    assert np.isnan(date_part(name, np.array([[np.nan, np.inf], [-np.inf, 2.0**63]]))).all()


def test_far_years_are_counted():
    assert date_part("year", np.array([1e15])).tolist() == [31_690_708]
