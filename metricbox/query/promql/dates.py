"""Parts of the date of a time, in UTC, as floats. Pure numpy.

Times are seconds since the epoch, cut to whole ones towards zero as Prometheus does. NaN, infinities and what leaves
64 bits are no time: NaN (Prometheus gives there whatever the processor makes of the conversion).
"""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from metricbox.model import BoolArray, Float64Array, Int64Array

_MINUTE_S = 60
_HOUR_S = 3600
_DAY_S = 86_400
# 1970-01-01 was a Thursday, and Sunday is 0.
_WEEKDAY_OF_EPOCH = 4
_BOUND_S = 2.0**63


def date_part(name: str, times_s: Float64Array) -> Float64Array:
    """The part that the PromQL function `name` gives, of times of any shape."""
    is_time: BoolArray = np.abs(times_s) < _BOUND_S
    whole = np.where(is_time, times_s, 0.0).astype(np.int64)
    return np.where(is_time, DATE_PARTS[name](whole).astype(np.float64), np.nan)


def _minute(whole: Int64Array) -> Int64Array:
    return whole // _MINUTE_S % 60


def _hour(whole: Int64Array) -> Int64Array:
    return whole // _HOUR_S % 24


def _day_of_week(whole: Int64Array) -> Int64Array:
    return (whole // _DAY_S + _WEEKDAY_OF_EPOCH) % 7


def _day_of_month(whole: Int64Array) -> Int64Array:
    days = _days(whole)
    return _whole(days - days.astype("datetime64[M]")) + 1


def _day_of_year(whole: Int64Array) -> Int64Array:
    days = _days(whole)
    return _whole(days - days.astype("datetime64[Y]")) + 1


def _days_in_month(whole: Int64Array) -> Int64Array:
    months = _days(whole).astype("datetime64[M]")
    return _whole((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]"))


def _month(whole: Int64Array) -> Int64Array:
    return _whole(_days(whole).astype("datetime64[M]")) % 12 + 1


def _year(whole: Int64Array) -> Int64Array:
    return _whole(_days(whole).astype("datetime64[Y]")) + 1970


def _days(whole: Int64Array) -> npt.NDArray[np.datetime64]:
    # By way of days: numpy's own way from seconds to months and years is slower.
    return (whole // _DAY_S).astype("datetime64[D]")


def _whole(dates: npt.NDArray[np.generic]) -> Int64Array:
    """Dates or differences of dates as the integers that they are counted in."""
    return dates.astype(np.int64)


DATE_PARTS: Mapping[str, Callable[[Int64Array], Int64Array]] = {
    "minute": _minute,
    "hour": _hour,
    "day_of_week": _day_of_week,
    "day_of_month": _day_of_month,
    "day_of_year": _day_of_year,
    "days_in_month": _days_in_month,
    "month": _month,
    "year": _year,
}
"""Of whole seconds since the epoch."""
