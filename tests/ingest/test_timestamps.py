"""Units of time stamps, their conversion and the window."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.errors import ValidationError
from metricbox.ingest.outcome import Reason
from metricbox.ingest.timestamps import (
    HOURS,
    MICROSECONDS,
    MILLISECONDS,
    MINUTES,
    NANOSECONDS,
    SECONDS,
    make_window,
    parse_stamp_ms,
    to_ms,
    to_ms_by_digits,
    unit_of_precision,
)

NOW_MS = 1_795_600_800_123
DAY_MS = 86_400_000
WINDOW = make_window(NOW_MS, 7 * DAY_MS, 600_000)


@pytest.mark.parametrize(
    ("precision", "unit"),
    [
        (None, NANOSECONDS),
        ("", NANOSECONDS),
        ("n", NANOSECONDS),
        ("ns", NANOSECONDS),
        ("u", MICROSECONDS),
        ("us", MICROSECONDS),
        ("µ", MICROSECONDS),
        ("ms", MILLISECONDS),
        ("s", SECONDS),
        ("m", MINUTES),
        ("h", HOURS),
    ],
)
def test_precision_names_a_unit(precision, unit):
    assert unit_of_precision(precision) is unit


@pytest.mark.parametrize("precision", ["xx", "S", "nanosecond", " ", "1s"])
def test_an_unknown_precision_is_refused(precision):
    with pytest.raises(ValidationError, match="precision"):
        unit_of_precision(precision)


@pytest.mark.parametrize(
    ("unit", "stamp", "ms"),
    [
        (NANOSECONDS, 1_795_600_800_123_999_999, NOW_MS),
        (NANOSECONDS, -1, -1),
        (MICROSECONDS, 1_795_600_800_123_999, NOW_MS),
        (MICROSECONDS, -1_001, -2),
        (MILLISECONDS, NOW_MS, NOW_MS),
        (SECONDS, 1_795_600_800, 1_795_600_800_000),
        (MINUTES, 29_926_680, 1_795_600_800_000),
        (HOURS, 498_778, 1_795_600_800_000),
    ],
)
def test_conversion_rounds_toward_minus_infinity(unit, stamp, ms):
    """B064 in kind: floor, not truncate."""
    assert to_ms(np.array([stamp]), unit).tolist() == [ms]


@pytest.mark.parametrize("unit", [SECONDS, MINUTES, HOURS])
def test_a_stamp_that_would_overflow_stays_outside_the_window(unit):
    ms = to_ms(np.array([2**63 - 1, -(2**63)]), unit)
    assert ms[0] > 2**62
    assert ms[1] < -(2**62)
    assert WINDOW.mask_outside(ms).all()


@pytest.mark.parametrize(
    "stamp", [1_795_600_800, 1_795_600_800_000, 1_795_600_800_000_000, 1_795_600_800_000_000_000]
)
def test_one_instant_in_any_unit(stamp):
    """B007: the same instant as s, ms, us, ns is one stored instant."""
    assert parse_stamp_ms(stamp) == 1_795_600_800_000
    assert to_ms_by_digits(np.array([stamp])).tolist() == [1_795_600_800_000]


@pytest.mark.parametrize(
    ("stamp", "ms"),
    [
        (1.795600800123e9, NOW_MS),
        (1_795_600_800_123.9, NOW_MS),
        (0.5, 500),
        (99_999_999_999, 99_999_999_999_000),
        (100_000_000_000, 100_000_000_000),
        ("2026-11-25T10:00:00Z", 1_795_600_800_000),
        ("2026-11-25T10:00:00.1239Z", NOW_MS),
        ("2026-11-25t11:00:00.123456789+01:00", NOW_MS),
        ("2026-11-25 10:00:00.123z", NOW_MS),
        ("1969-12-31T23:59:59.9999Z", -1),
    ],
)
def test_json_stamps(stamp, ms):
    """B008 in kind: integer, decimal, exponent and RFC 3339 agree."""
    assert parse_stamp_ms(stamp) == ms


@pytest.mark.parametrize(
    "stamp",
    [0, -1, -1.5, 2**63, 1e300, "", "now", "2026-11-25", "2026-11-25T10:00:00", "2026-13-25T10:00:00Z",
     "1795600800", "2026-11-25T10:00:00Z\n", "٢٠٢٦-11-25T10:00:00Z"],
)  # fmt: skip
def test_other_json_stamps_are_refused(stamp):
    with pytest.raises(ValueError, match="time stamp"):
        parse_stamp_ms(stamp)


def test_the_end_of_the_calendar_is_far_ahead():
    assert parse_stamp_ms("9999-12-31T23:59:59.999-23:59") > WINDOW.newest_ms


@given(st.lists(st.integers(1, 2**63 - 1), min_size=1))
def test_columns_and_single_stamps_agree(stamps):
    assert to_ms_by_digits(np.array(stamps, np.int64)).tolist() == [parse_stamp_ms(stamp) for stamp in stamps]


def test_the_window_includes_its_ends():
    inside = np.array([WINDOW.oldest_ms, NOW_MS, WINDOW.newest_ms])
    assert WINDOW.mask_outside(inside) is None
    assert WINDOW.mask_outside(np.array([], np.int64)) is None
    outside = np.array([WINDOW.oldest_ms - 1, NOW_MS, WINDOW.newest_ms + 1])
    assert WINDOW.mask_outside(outside).tolist() == [True, False, True]
    assert WINDOW.reason_of(int(outside[0])) is Reason.TOO_OLD
    assert WINDOW.reason_of(int(outside[2])) is Reason.TOO_NEW


def test_words_for_a_stamp_outside():
    assert WINDOW.explain(NOW_MS - 8 * DAY_MS) == (
        "time stamp 2026-11-17T10:00:00.123Z is older than raw data is kept (7d)"
    )
    assert "more than 10m ahead of the server's clock" in WINDOW.explain(NOW_MS + DAY_MS)
    assert WINDOW.explain(2**62).startswith("time stamp 4611686018427387904 ms is more than")


@pytest.mark.parametrize(
    ("stamp", "unit", "hint"),
    [
        (1_455_362_189_575, NANOSECONDS, "looks like milliseconds: add precision=ms"),
        (1_795_600_800, NANOSECONDS, "looks like seconds: add precision=s"),
        (1_795_600_800_123_000, MILLISECONDS, "looks like microseconds: add precision=us"),
        (1_795_600_800_123_000_000, SECONDS, "looks like nanoseconds: add precision=ns"),
    ],
)
def test_a_wrong_unit_is_guessed(stamp, unit, hint):
    """B006: the message says which precision was probably meant."""
    assert WINDOW.explain(int(to_ms(np.array([stamp]), unit)[0]), stamp, unit).endswith(hint)


@pytest.mark.parametrize(("stamp", "unit"), [(12, NANOSECONDS), (1_400_000_000, SECONDS), (-5, SECONDS)])
def test_no_guess_without_ground(stamp, unit):
    assert "precision" not in WINDOW.explain(int(to_ms(np.array([stamp]), unit)[0]), stamp, unit)
