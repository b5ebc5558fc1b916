"""Selectors alone, as match[] takes them."""

import pytest

from metricbox.errors import ValidationError
from metricbox.query.promql.selectors import parse_selectors


def test_names_and_braces_are_selectors():
    found = parse_selectors(["m", '{a="b"}', 'm{a=~"x|y"}'])
    assert [len(one.alternatives[0]) for one in found] == [1, 1, 2]


@pytest.mark.parametrize("text", ["", "m[5m]", "rate(m[1m])", "m offset 5m", "1", "m + n", "{", '{a=~".*"}'])
def test_anything_around_a_selector_is_refused(text):
    with pytest.raises(ValidationError):
        parse_selectors([text])
