"""Values with units. tests/frontend/alerts.test.js reads the same examples: the editor shows what messages say."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.alerts.units import show, show_value

EXAMPLES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "unit_examples.json").read_text(encoding="utf-8")
)
UNITS = sorted({example["unit"] for example in EXAMPLES})


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one['value']} {one['unit']}")
def test_examples(example: dict[str, Any]) -> None:
    assert show_value(example["value"], example["unit"]) == example["text"]


@given(st.floats(), st.sampled_from(UNITS))
def test_each_value_has_a_text_without_spaces_at_its_ends(value: float, unit: str) -> None:
    text = show_value(value, unit)
    assert text
    assert text == text.strip()


def test_what_is_no_number_has_no_unit() -> None:
    for value in (None, math.nan, math.inf, -math.inf):
        assert show_value(value, "bytes") == show(value)
    assert show(math.nan) == show(None) == "no data"
