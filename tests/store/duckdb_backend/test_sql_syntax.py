"""Statements pass or are refused by what they consist of, before anything of them runs."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from metricbox.errors import LimitExceededError, ValidationError
from metricbox.store.duckdb_backend.sql_expressions import describe_place
from metricbox.store.duckdb_backend.sql_syntax import check_statement
from tests.support.sql import BREAKOUTS, USUAL, VIEWS, parse


def check(statement: str) -> set[str]:
    return check_statement(parse(statement), VIEWS, statement).views


@pytest.mark.parametrize("statement", BREAKOUTS)
def test_what_is_not_on_a_list_is_refused(statement: str) -> None:
    with pytest.raises((ValidationError, LimitExceededError)):
        check(statement)


@pytest.mark.parametrize("statement", USUAL)
def test_what_people_write_passes(statement: str) -> None:
    check(statement)


def test_the_views_and_parameters_that_a_statement_names_are_told() -> None:
    statement = (
        "WITH metrics_1min AS (SELECT $a AS x) "
        'SELECT * FROM Metrics_RAW, (FROM "series") s, metrics_1min WHERE $b'
    )
    checked = check_statement(parse(statement), VIEWS)
    assert checked.views == {"metrics_raw", "series"}
    assert checked.parameters == {"a", "b"}


def nodes_of(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for child in value.values():
            yield from nodes_of(child)
    elif isinstance(value, list):
        for child in value:
            yield from nodes_of(child)


@pytest.mark.parametrize("statement", USUAL)
def test_a_field_or_a_kind_that_is_not_known_is_refused_wherever_it_stands(statement: str) -> None:
    """What a later DuckDB may add. Fields of names, literals and orders count as much as those of expressions."""
    tree = parse(statement)["statements"][0]
    count = len(list(nodes_of(tree)))
    for position in range(count):
        changed = copy.deepcopy(tree)
        node = list(nodes_of(changed))[position]
        if set(node) == {"key", "value"} and isinstance(node["value"], int):
            continue  # of the numbers of parameters
        node["made_up"] = 1
        with pytest.raises(ValidationError):
            check_statement({"error": False, "statements": [changed]}, VIEWS)
        changed = copy.deepcopy(tree)
        node = list(nodes_of(changed))[position]
        kind = "class" if "class" in node else "type"
        if isinstance(node.get(kind), str):
            node[kind] = "MADE_UP"
            with pytest.raises(ValidationError):
                check_statement({"error": False, "statements": [changed]}, VIEWS)


def test_a_field_that_is_missing_is_no_crash() -> None:
    tree = parse("SELECT a FROM series WHERE a > 1")["statements"][0]
    for position, node in enumerate(list(nodes_of(tree))):
        for name in node:
            changed = copy.deepcopy(tree)
            del list(nodes_of(changed))[position][name]
            try:
                check_statement({"error": False, "statements": [changed]}, VIEWS)
            except (ValidationError, LimitExceededError):
                continue
            assert (
                name in {"alias", "null_order", "aggregate_handling", "limit_type"}
                or "location" in name
                or (name in {"type", "schema", "schema_name", "catalog", "catalog_name"} or "alias" in name)
            )


def test_texts_may_be_joined_but_not_without_end() -> None:
    check("SELECT " + " || ".join(["name"] * 100) + " FROM series")
    doubling = "SELECT name || name AS a, " + ", ".join(
        f"{one} || {one} AS {other}" for one, other in ("ab", "bc", "cd", "de", "ef", "fg", "gh", "hi")
    )
    with pytest.raises(LimitExceededError):
        check(doubling + " FROM series")
    nested = "SELECT name AS t FROM series"
    for _ in range(9):
        nested = f"SELECT t || t AS t FROM ({nested})"
    with pytest.raises(LimitExceededError):
        check(nested)
    chained = "SELECT name AS t FROM series"
    links = ", ".join(f"c{n} AS (SELECT concat(t, t, t, t) AS t FROM c{n - 1})" for n in range(1, 6))
    with pytest.raises(LimitExceededError):
        check(f"WITH c0 AS ({chained}), {links} SELECT * FROM c5")
    with pytest.raises(LimitExceededError):
        check("SELECT " + "replace(" * 6 + "name" + ", 'a', 'bb')" * 6 + " FROM series")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("SELECT 1,\n  foo(2)", "the function foo is not allowed (line 2, column 3)"),
        ("SELECT 'ü', bar(2)", "the function bar is not allowed (line 1, column 13)"),
        ("SELEC 1", 'syntax error at or near "SELEC" at line 1, column 1'),
        (
            "SELECT * FROM users",
            "there is no table 'users'; there are metrics_1hour, metrics_1min, metrics_raw, series",
        ),
        ("DROP TABLE x", "only SELECT statements are allowed"),
        ("SELECT 1; SELECT 2", "must be one SELECT statement"),
    ],
)
def test_a_refusal_says_what_and_where(statement: str, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        check(statement)
    assert words in caught.value.message
    assert caught.value.details[0].field == "sql"


def test_places_count_characters() -> None:
    assert describe_place("añ\nbc", 5) == "line 2, column 2"
