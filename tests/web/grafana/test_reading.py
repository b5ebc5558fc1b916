"""Reading values of any type, and the report."""

from typing import Any

import pytest

from metricbox.web.grafana.reading import (
    MAX_FAULTS,
    Place,
    Report,
    compile_javascript,
    number,
    record,
    records,
    shown,
    text,
    whole,
)

ANYTHING: list[Any] = [None, True, 7, 1.5, "x", [], [1], {}, {"a": 1}, 10**400, float("nan")]


@pytest.mark.parametrize("value", ANYTHING)
def test_a_wrong_type_reads_as_absent(value: Any) -> None:
    assert record(value) == (value if isinstance(value, dict) else {})
    assert records(value) == []
    assert text(value) == (value if isinstance(value, str) else "")
    assert number(value) == (value if value in (7, 1.5) and value is not True else None)


def test_numbers_are_also_those_in_texts() -> None:
    assert [number(one) for one in ("0", "1e3", " 2 ", "auto", "", "inf", "nan")] == [0, 1000, 2] + [None] * 4
    assert [whole(one, 0, 10) for one in (-1, 3.6, "4", 1e300, True)] == [0, 4, 4, 10, None]


def test_patterns_are_those_of_javascript() -> None:
    assert compile_javascript("/Out/i").search("fade out")
    assert compile_javascript("^out").search("out")
    assert not compile_javascript("/^out/").search("fade out")
    with pytest.raises(ValueError, match="RE2"):
        compile_javascript("(?!x)")


def test_the_report_is_bounded_and_counts_what_many_panels_have() -> None:
    report = Report()
    inside = Place(report, "panels[3]", "CPU").at("targets[0]")
    inside.tell("expr", "must be a text")
    inside.tell("", "must be an object")
    for _ in range(MAX_FAULTS):
        Place(report).tell("tags", "x")
    report.count("links", "with links")
    report.count("links", "with links")
    made = report.make()
    assert made[:2] == [
        ("CPU", "panels[3].targets[0].expr", "must be a text"),
        ("CPU", "panels[3].targets[0]", "must be an object"),
    ]
    assert made[MAX_FAULTS:] == [
        (None, "links", "2 panels with links"),
        (None, "", "2 more things could not be taken over"),
    ]


def test_long_texts_are_shortened_in_messages() -> None:
    assert shown("a" * 200) == "a" * 100 + "…"
