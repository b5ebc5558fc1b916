"""How much longer a text an expression can make."""

import pytest

from metricbox.errors import LimitExceededError
from metricbox.store.duckdb_backend.sql_syntax import check_statement
from tests.support.sql import VIEWS, parse


def growth_is_at_most(expression: str, times: int) -> bool:
    """Whether so many of it still pass: 256 is the limit."""
    try:
        check_statement(parse(f"SELECT concat({', '.join([expression] * times)}) FROM series"), VIEWS)
    except LimitExceededError:
        return False
    return True


@pytest.mark.parametrize(
    ("expression", "growth"),
    [
        ("name", 1),
        ("'abc'", 1),
        ("lower(name)", 1),
        ("name || 'b'", 2),
        ("concat(name, name, name)", 3),
        ("[name, name]", 2),
        ("{'a': name, 'b': name || name}", 3),
        ("name::VARCHAR", 2),
        ("CASE WHEN true THEN name || name ELSE name END", 2),
        ("coalesce(name, name || name)", 2),
        ("replace(name, 'a', 'bc')", 3),
        ("regexp_replace(name, 'a', '')", 1),
        ("string_split(name, '')", 16),
        ("strftime(first_seen, '%Y')", 16),
        ("lpad(name, 10, 'x')", 1),
        ("length(name || name) > 1", 1),
    ],
)  # fmt: skip
def test_the_growth_of_an_expression(expression: str, growth: int) -> None:
    assert growth_is_at_most(expression, 256 // growth)
    assert not growth_is_at_most(expression, 256 // growth + 1)
