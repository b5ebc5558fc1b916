"""Text as Go writes it; the expectations are what Go's own functions give."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.query.promql.formatting import format_go_float, format_labels, print_go_float, quote_go


@pytest.mark.parametrize(
    ("value", "fixed", "printed"),
    [
        (0.0, "0", "0"),
        (-0.0, "-0", "-0"),
        (1.0, "1", "1"),
        (-2.5, "-2.5", "-2.5"),
        (0.1, "0.1", "0.1"),
        (1e-4, "0.0001", "0.0001"),
        (5e-7, "0.0000005", "5e-07"),
        (123456.0, "123456", "123456"),
        (1e6, "1000000", "1e+06"),
        (-123456789.0, "-123456789", "-1.23456789e+08"),
        (1e16, "10000000000000000", "1e+16"),
        (1.5e20, "150000000000000000000", "1.5e+20"),
        (1e21, "1000000000000000000000", "1e+21"),
        (1e30, "1000000000000000000000000000000", "1e+30"),
        (math.nan, "NaN", "NaN"),
        (math.inf, "+Inf", "+Inf"),
        (-math.inf, "-Inf", "-Inf"),
    ],
)
def test_numbers_are_written_as_go_writes_them(value: float, fixed: str, printed: str) -> None:
    assert format_go_float(value) == fixed
    assert print_go_float(value) == printed


def test_a_subnormal_is_written_out() -> None:
    assert format_go_float(5e-324) == "0." + "0" * 323 + "5"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_number_reads_back_as_itself_and_has_no_exponent(value: float) -> None:
    text = format_go_float(value)

    assert float(text) == value
    assert math.copysign(1, float(text)) == math.copysign(1, value)
    assert "e" not in text
    assert Decimal(text) == Decimal(repr(value))


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("", '""'),
        ("plain text", '"plain text"'),
        ('say "no"', r'"say \"no\""'),
        ("a\\b", r'"a\\b"'),
        ("a\nb\tc", r'"a\nb\tc"'),
        ("\x00\x7f", r'"\x00\x7f"'),
        ("héllo 日本", '"héllo 日本"'),
        ("\u200b", r'"\u200b"'),
        ("\U000e0001", r'"\U000e0001"'),
    ],
)
def test_strings_are_quoted_as_go_quotes_them(text: str, quoted: str) -> None:
    assert quote_go(text) == quoted


def test_a_label_set_is_printed_with_its_name_as_a_label() -> None:
    assert format_labels((("__name__", "up"), ("job", 'a"b'))) == r'{__name__="up", job="a\"b"}'
    assert format_labels(()) == "{}"
