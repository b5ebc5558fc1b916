"""Times and steps as people write them."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.query.times import STEP_LADDER_MS, choose_step_ms, load_timezone, parse_time_ms

NOW_MS = 1_795_600_800_123  # 2026-11-25T10:00:00.123Z


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1_784_144_612_388, 1_784_144_612_388),
        (1_784_144_612, 1_784_144_612_000),
        (1_700_000_000.25, 1_700_000_000_250),
        (0.5, 500),
        (0, 0),
        ("1.784144612388E9", 1_784_144_612_388),
        ("1700000000.25", 1_700_000_000_250),
        ("0.5", 500),
        ("1784144612388", 1_784_144_612_388),
        (1_784_144_612_388_000, 1_784_144_612_388),
        (1_784_144_612_388_000_000, 1_784_144_612_388),
        ("2026-07-15T19:43:32.388Z", 1_784_144_612_388),
        ("2026-07-15T21:43:32.388+02:00", 1_784_144_612_388),
        ("2026-11-25", 1_795_564_800_000),
        ("now", NOW_MS),
        ("now-1h", NOW_MS - 3_600_000),
        ("now+1h30m", NOW_MS + 5_400_000),
        ("now/h", 1_795_600_800_000),
        ("now-1d/d", 1_795_478_400_000),
        ("now/w", 1_795_392_000_000),
        ("now/M", 1_793_491_200_000),
        ("now/y", 1_767_225_600_000),
    ],
)
def test_equal_instants_are_read_equally(value: float | str, expected: int) -> None:
    """Trap B008."""
    assert parse_time_ms(value, NOW_MS) == expected


@pytest.mark.parametrize(
    "value",
    ["", "yesterday-ish", "now-", "now-1x", "now-h", "now/x", "1e400", "NaN", float("inf"), float("nan"), 10**30,
     "2026-13-01", "now-2000000y", "2026-11-25T10:00:00Z; drop", "٣"],
)  # fmt: skip
def test_what_is_no_time_is_refused_in_words(value: float | str) -> None:
    with pytest.raises(ValueError, match=r"time|duration|longer|finite|1000 years"):
        parse_time_ms(value, NOW_MS)


def test_the_day_begins_at_local_midnight() -> None:
    """Trap B153."""
    assert parse_time_ms("now/d", NOW_MS, ZoneInfo("Europe/Berlin")) == 1_795_561_200_000
    assert parse_time_ms("now/d", NOW_MS, ZoneInfo("America/Los_Angeles")) == 1_795_593_600_000
    assert parse_time_ms("2026-11-25", NOW_MS, ZoneInfo("Europe/Berlin")) == 1_795_561_200_000


@pytest.mark.parametrize("name", ["Mars/Phobos", "", "../etc/passwd", "x" * 500, "\0"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    """Trap B155."""
    with pytest.raises(ValueError, match="not a time zone"):
        load_timezone(name)


@given(st.integers(1, 10**13), st.integers(1, 5000))
def test_a_step_gives_at_most_the_points_that_were_wanted(range_ms: int, points: int) -> None:
    step_ms = choose_step_ms(range_ms, points)
    assert range_ms <= step_ms * points
    assert step_ms in STEP_LADDER_MS or step_ms % STEP_LADDER_MS[-1] == 0


@pytest.mark.parametrize(
    ("range_ms", "step_ms"),
    [(3_600_000, 15_000), (86_400_000, 300_000), (300_000, 1_000), (604_800_000, 3_600_000)],
)
def test_the_ladder_gives_the_steps_that_people_know(range_ms: int, step_ms: int) -> None:
    assert choose_step_ms(range_ms, 300) == step_ms
