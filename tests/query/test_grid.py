"""Steps are aligned, half-open and whole local days."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.errors import LimitExceededError, ValidationError
from metricbox.query.grid import MAX_STEPS, make_grid

DAY_MS = 86_400_000


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**7), st.integers(1_000, 10**7))
def test_a_step_is_in_the_grid_when_it_holds_start_or_begins_before_end(
    start_ms: int, range_ms: int, step_ms: int
) -> None:
    end_ms = start_ms + range_ms
    times = make_grid(start_ms, end_ms, step_ms, None).times_ms.tolist()
    expected = [
        t
        for t in range(start_ms // step_ms * step_ms, end_ms, step_ms)
        if t >= start_ms or t + step_ms > start_ms
    ]
    assert times == expected


@given(st.integers(0, 10**6))
def test_the_grid_does_not_move_with_now(shift_ms: int) -> None:
    """Trap B086."""
    first = set(make_grid(10**9, 10**9 + 3_600_000, 15_000, None).times_ms.tolist())
    second = make_grid(10**9 + shift_ms, 10**9 + 3_600_000 + shift_ms, 15_000, None).times_ms.tolist()
    assert all(t % 15_000 == 0 for t in second)
    assert first & set(second) or shift_ms > 3_600_000 - 15_000 or not first


def test_too_many_points_are_refused_with_the_smallest_step_that_works() -> None:
    """Trap B091."""
    with pytest.raises(LimitExceededError, match="use a step of 8h or longer") as error:
        make_grid(0, 10 * 365 * DAY_MS, 1_000, None)
    assert "315360000 points" in error.value.message
    assert make_grid(0, 10 * 365 * DAY_MS, DAY_MS // 2, None).size <= MAX_STEPS


def _local(zone: str, *fields: int) -> int:
    return int(datetime(*fields, tzinfo=ZoneInfo(zone)).timestamp() * 1000)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("zone", "first_day", "hours"),
    [
        ("Europe/Paris", (2025, 10, 25), [24, 25, 24]),
        ("Europe/Paris", (2025, 3, 29), [24, 23, 24]),
        ("Australia/Sydney", (2024, 4, 6), [24, 25, 24]),
        ("Asia/Kolkata", (2025, 1, 1), [24, 24, 24]),
        ("America/St_Johns", (2025, 11, 1), [24, 25, 24]),
    ],
)
def test_a_local_day_appears_once_with_its_own_length(
    zone: str, first_day: tuple[int, int, int], hours: list[int]
) -> None:
    """Traps B056, B057, B058."""
    start_ms = _local(zone, *first_day)
    grid = make_grid(start_ms, start_ms + 3 * DAY_MS, DAY_MS, ZoneInfo(zone))
    lengths = [(b - a) // 3_600_000 for a, b in zip(grid.edges_ms[:-1], grid.edges_ms[1:], strict=True)]
    assert grid.times_ms[0] == start_ms
    assert lengths[:3] == hours


def test_a_grid_of_days_is_clipped_to_the_range() -> None:
    """Trap B059: no buckets outside the asked range."""
    zone = ZoneInfo("America/Los_Angeles")
    start_ms = _local("America/Los_Angeles", 2025, 6, 1, 13)
    assert make_grid(start_ms, start_ms + 7_200_000, DAY_MS, zone).size == 1


def test_steps_of_several_days_do_not_depend_on_the_start() -> None:
    zone = ZoneInfo("Europe/Berlin")
    start_ms = _local("Europe/Berlin", 2025, 6, 1)
    first = make_grid(start_ms, start_ms + 60 * DAY_MS, 7 * DAY_MS, zone).times_ms
    second = make_grid(start_ms + 3 * DAY_MS, start_ms + 60 * DAY_MS, 7 * DAY_MS, zone).times_ms
    assert set(second.tolist()) <= set(first.tolist())


@pytest.mark.parametrize("moment", ["0001-01-01", "9999-12-30"])
def test_local_days_end_where_the_calendar_ends(moment: str) -> None:
    start_ms = round(datetime.fromisoformat(f"{moment}T00:00+00:00").timestamp() * 1000)
    assert make_grid(start_ms, start_ms + DAY_MS, 30 * DAY_MS, None).size >= 1
    with pytest.raises(ValidationError, match="year 9999"):
        make_grid(start_ms, start_ms + DAY_MS, 30 * DAY_MS, ZoneInfo("America/New_York"))
