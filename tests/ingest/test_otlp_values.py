"""Values of attributes as texts."""

import pytest

from metricbox.ingest.otlp_values import write_number, write_value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is ", "as it is "),
        (None, ""),
        (True, "true"),
        (False, "false"),
        (-42, "-42"),
        (2**63 - 1, "9223372036854775807"),
        (1.0, "1"),
        (0.1, "0.1"),
        (["a", 1, None, [True]], '["a",1,null,[true]]'),
        ({"b": 1, "a": {"c": 1.5}}, '{"a":{"c":1.5},"b":1}'),
    ],
)
def test_a_value(value, text):
    assert write_value(value) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0.5, "0.5"), (10.0, "10"), (float("inf"), "+Inf"), (-2.0, "-2"), (0.005, "0.005")]
)
def test_a_number_is_written_the_shortest_way(number, text):
    assert write_number(number) == text
