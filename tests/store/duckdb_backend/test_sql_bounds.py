"""What of the data a statement is given: never too little."""

from typing import Any

import duckdb
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.store.duckdb_backend.sql_bounds import MAX_MS, MIN_MS, Bounds, find_bounds
from tests.support.sql import VIEWS, parse
from tests.support.stores import HOUR_MS, NOW_MS

_connection = duckdb.connect(":memory:")


def evaluate(node: Any, type_name: str) -> Any:
    tree = parse("SELECT 1")
    select = {**tree["statements"][0]["node"], "select_list": [node]}
    bare = {"error": False, "statements": [{"node": select, "named_param_map": []}]}
    text = msgspec.json.encode(bare).decode()
    try:
        ((sql,),) = _connection.execute("SELECT json_deserialize_sql($1::JSON)", [text]).fetchall()
        return _connection.execute(f"SELECT CAST(({sql}) AS {type_name})").fetchall()[0][0]
    except duckdb.Error:
        return None


def bounds_of(statement: str, view: str = "metrics_raw") -> Bounds:
    return find_bounds(parse(statement), VIEWS, evaluate)[view]


AT = "TIMESTAMP '2026-11-25 10:00:00'"
ALL = Bounds()


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (f"time >= {AT}", Bounds(NOW_MS)),
        (f"time > {AT}", Bounds(NOW_MS)),
        (f"time < {AT}", Bounds(MIN_MS, NOW_MS + 1)),
        (f"time <= {AT}", Bounds(MIN_MS, NOW_MS + 1)),
        (f"time = {AT}", Bounds(NOW_MS, NOW_MS + 1)),
        (f"{AT} < time", Bounds(NOW_MS)),
        (f"{AT} + INTERVAL 1 HOUR >= time", Bounds(MIN_MS, NOW_MS + HOUR_MS + 1)),
        (f"time BETWEEN {AT} AND {AT} + INTERVAL 1 HOUR", Bounds(NOW_MS, NOW_MS + HOUR_MS + 1)),
        ("time >= '2026-11-25T10:00:00Z'", Bounds(NOW_MS)),
        ("time >= DATE '2026-11-25'", Bounds(NOW_MS - 10 * HOUR_MS)),
        (f"time >= {AT} AND time < {AT} AND value > 3", Bounds(NOW_MS, NOW_MS + 1)),
        ("name = 'a'", Bounds(names=frozenset("a"))),
        ("'a' = name", Bounds(names=frozenset("a"))),
        ("name IN ('a', 'b') AND name = 'b'", Bounds(names=frozenset("b"))),
        (f"metrics_raw.name = 'a' AND metrics_raw.TIME >= {AT}", Bounds(NOW_MS, MAX_MS, frozenset("a"))),
        # What is not understood lets everything through.
        (f"time >= {AT} OR value > 3", ALL),
        (f"NOT time >= {AT}", ALL),
        (f"time != {AT}", ALL),
        (f"time + INTERVAL 1 HOUR >= {AT}", ALL),
        ("time >= time", ALL),
        ("time >= (SELECT max(time) FROM metrics_1min)", ALL),
        ("time >= 'no time'", ALL),
        ("name = 5", ALL),
        ("name IN ('a', 5)", ALL),
        ("name NOT IN ('a')", ALL),
        ("name = tags->>'name'", ALL),
        ("name LIKE 'a'", ALL),
        ("other.name = 'a'", ALL),
        ("upper(name) = 'a'", ALL),
    ],
)
def test_conditions_that_are_understood_bound_what_is_read(condition: str, expected: Bounds) -> None:
    assert bounds_of(f"SELECT count(*) FROM metrics_raw WHERE {condition}") == expected


def test_all_places_get_what_they_need_together() -> None:
    first, second = "SELECT * FROM metrics_raw WHERE name = 'a'", "SELECT * FROM metrics_raw WHERE name = 'b'"
    assert bounds_of(f"{first} UNION ALL {second}").names == frozenset({"a", "b"})
    assert bounds_of(f"{first} UNION ALL SELECT * FROM metrics_raw").names is None
    assert bounds_of(f"WITH x AS ({first}) SELECT * FROM x WHERE name = 'c'").names == frozenset({"a"})
    # A WITH that hides the view, and is bounded itself.
    assert (
        bounds_of(
            "WITH y AS (FROM metrics_raw), metrics_raw AS (FROM y) FROM metrics_raw WHERE name = 'a'"
        ).names
        is None
    )


@pytest.mark.parametrize(
    "source",
    [
        "metrics_raw m LEFT JOIN series s ON true",
        "series s LEFT JOIN metrics_raw m ON true",
        "metrics_raw m ASOF JOIN series s ON m.time >= s.first_seen",
        "metrics_raw m FULL JOIN series s ON true",
        "(SELECT * FROM metrics_raw m) m",
        "metrics_raw AS m(a, time, name, d)",
    ],
)
def test_outer_joins_and_renamed_columns_bound_nothing(source: str) -> None:
    assert bounds_of(f"SELECT 1 FROM {source} WHERE m.name = 'a' AND m.time >= {AT}") == ALL


def test_inner_joins_are_bounded_by_conditions_that_name_the_table() -> None:
    join = "SELECT 1 FROM metrics_raw m JOIN series s USING (name)"
    assert bounds_of(f"{join} WHERE m.name = 'a'").names == frozenset({"a"})
    assert bounds_of(f"{join} WHERE s.name = 'a'").names is None
    assert bounds_of(f"{join} WHERE name = 'a'").names is None
    assert bounds_of(f"{join} WHERE s.name = 'a'", "series").names == frozenset({"a"})


@given(st.lists(st.tuples(st.sampled_from(["<", "<=", ">", ">=", "="]), st.integers(0, 20)), max_size=4))
def test_no_row_that_a_condition_lets_through_is_kept_away(conditions: list[tuple[str, int]]) -> None:
    texts = [f"time {sign} make_timestamp({at * 500})" for sign, at in conditions]
    where = " AND ".join(texts) or "true"
    bounds = bounds_of(f"SELECT 1 FROM metrics_raw WHERE {where}")
    times_ms = range(12)
    rows = ", ".join(f"(make_timestamp_ms({at}), {at})" for at in times_ms)
    through = _connection.execute(f"SELECT ms FROM (VALUES {rows}) t(time, ms) WHERE {where}").fetchall()
    assert {at for (at,) in through} <= {at for at in times_ms if bounds.start_ms <= at < bounds.end_ms}
