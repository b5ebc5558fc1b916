"""Thresholds and colours."""

from typing import Any

import pytest

from metricbox.web.grafana.reading import Place, Report
from metricbox.web.grafana.thresholds import (
    Step,
    hue_of,
    make_thresholds,
    read_thresholds,
    severity_of,
    slot_of,
)


@pytest.mark.parametrize(
    ("color", "hue"),
    [
        ("red", "red"),
        ("semi-dark-orange", "orange"),
        ("super-light-yellow", "yellow"),
        ("#F2495C", "red"),
        ("#EAB839", "yellow"),
        ("rgba(237, 129, 40, 0.89)", "orange"),
        ("rgb(50, 172, 45)", "green"),
        ("#0af", "sky"),
        ("#1f78c1ff", "blue"),
        ("#808080", "gray"),
        ("text", "gray"),
        ("#ff00cc", "pink"),
        ("rgb(999, 0, 0)", "red"),
        ("salmon-ish", None),
        ("", None),
    ],
)
def test_colours_are_told_by_their_hue(color: str, hue: str | None) -> None:
    assert hue_of(color) == hue


def test_red_is_critical_and_orange_and_yellow_are_warning() -> None:
    assert [severity_of(one) for one in ("dark-red", "orange", "#EAB839", "green", "blue", "?")] == [
        "critical",
        "warning",
        "warning",
        "info",
        "info",
        "info",
    ]
    assert [slot_of(one) for one in ("red", "green", "?")] == ["brick", "teal", None]


def read(
    bounds: tuple[float | None, float | None] = (None, None), **thresholds: Any
) -> tuple[list[Any], list[str]]:
    report = Report()
    made = read_thresholds({"thresholds": thresholds}, bounds, Place(report))
    return made, [fault.message for fault in report.make()]


GREEN, RED = {"color": "green", "value": None}, {"color": "red", "value": 90}


def test_the_first_colour_is_what_it_is_below_the_first_threshold() -> None:
    assert read(steps=[GREEN, RED]) == ([{"value": 90, "severity": "critical"}], [])
    assert read(steps=[GREEN]) == ([], [])
    assert read(steps="x", mode=1) == ([], [])


def test_percentages_become_values_between_min_and_max() -> None:
    made, told = read((100, 300), mode="percentage", steps=[GREEN, RED])
    assert (made, told) == ([{"value": 280, "severity": "critical"}], [])
    for bounds in ((None, 1), (1, None), (2, 1)):
        made, told = read(bounds, mode="percentage", steps=[GREEN, RED])
        assert made == []
        assert "min and a max" in told[0]


def test_a_scale_on_which_low_is_bad_is_told_and_left_out() -> None:
    made, told = read(steps=[{"color": "red", "value": None}, {"color": "green", "value": 1}])
    assert made == []
    assert "low is bad" in told[0]


def test_of_many_steps_the_highest_are_kept() -> None:
    report = Report()
    steps = [Step(float(value), "red") for value in (6, 5, 4, 3, 2, 1)]
    assert [one["value"] for one in make_thresholds(steps, Place(report))] == [3, 4, 5, 6]
    assert len(report.make()) == 1
