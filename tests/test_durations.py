"""Durations as text and as milliseconds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.durations import UNIT_MS, format_duration, parse_duration_ms


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0s", 0), ("1ms", 1), ("30s", 30_000), ("5m", 300_000), ("1h30m", 5_400_000), ("7d", 7 * UNIT_MS["d"]),
     ("2w", 14 * UNIT_MS["d"]), ("1y", 365 * UNIT_MS["d"]), ("1d1ms", UNIT_MS["d"] + 1), ("90m", 5_400_000)],
)  # fmt: skip
def test_durations_are_read(text: str, expected: int) -> None:
    assert parse_duration_ms(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "m",
        "-5m",
        "5 m",
        "1.5h",
        "5M",
        "30m1h",
        "1h1h",
        "1m1m",
        "٥m",
        "5m\n",
        "+5m",
        "1001y",
        "9" * 30 + "d",
    ],
)
def test_what_is_no_duration_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|longer"):
        parse_duration_ms(text)


@pytest.mark.parametrize(
    ("duration_ms", "expected"),
    [(0, "0s"), (1, "1ms"), (5_400_000, "1h30m"), (604_800_000, "7d"), (90_061_001, "1d1h1m1s1ms")],
)
def test_durations_are_written_shortest(duration_ms: int, expected: str) -> None:
    assert format_duration(duration_ms) == expected


def test_a_negative_duration_is_not_written() -> None:
    with pytest.raises(ValueError, match="negative"):
        format_duration(-1)


@given(st.integers(0, 1000 * UNIT_MS["y"]))
def test_what_is_written_reads_back(duration_ms: int) -> None:
    assert parse_duration_ms(format_duration(duration_ms)) == duration_ms
