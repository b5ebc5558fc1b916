"""Templates of messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.alerts.conditions import Condition
from metricbox.alerts.templates import MAX_TEMPLATE_CHARS, clean, describe, fill, find_template_fault

VALUES = {"value": "93.4", "threshold": "90", "rule": "Disk", "severity": "critical", "status": "firing"}


def test_fields_are_filled_in() -> None:
    template = "{{labels.host}} ({{ rule }}) is at {{value}} of {{threshold}}, {{severity}} {{status}} {{labels.none}}"
    assert fill(template, VALUES, {"host": "db1"}) == "db1 (Disk) is at 93.4 of 90, critical firing "


def test_what_a_label_holds_is_text() -> None:
    """It is no template, ends no line, and turns no text around."""
    labels = {"host": "{{value}}\r\nBcc: x@y.z\u202e"}
    assert fill("{{labels.host}}", VALUES, labels) == "{{value}}  Bcc: x@y.z "


@given(st.text(), st.text())
def test_no_label_brings_in_another_line(template: str, value: str) -> None:
    filled = fill("{{labels.x}}", VALUES, {"x": value})
    assert len(filled.splitlines()) <= 1
    assert find_template_fault(template) is None or "{{" in template


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ labels }}", "names labels, which does not exist"),
        ("{{ value + 1 }}", "names value + 1"),
        ("{{ __class__ }}", "names __class__"),
        ("x" * (MAX_TEMPLATE_CHARS + 1), "at most"),
    ],
)
def test_what_is_no_template_is_told(template: str, words: str) -> None:
    assert words in str(find_template_fault(template))


def test_the_usual_words() -> None:
    assert describe(Condition.GT, 90, 93.456789) == "93.4568, limit > 90"
    assert describe(Condition.LTE, 1e9, None) == "no data, limit <= 1e+09"
    assert describe(Condition.GT, 0.9, 0.934, "ratio") == "93.4 %, limit > 90 %"
    assert describe(Condition.GT, 1, 2, "a\nb") == "2 a b, limit > 1 a b"
    assert clean("a\tb\x00c\u2028d") == "a b c d"
