"""Statements on a real store: answers, refusals, limits, damage."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metricbox.errors import LimitExceededError, MetricboxError, UnavailableError, ValidationError
from metricbox.store.contract import Cancellation, ReadLimits, SqlQuestion, SqlTable
from tests.support.sql import BREAKOUTS, USUAL
from tests.support.store_lives import StoreLife, filled, flip_bit
from tests.support.stores import LIMITS


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreLife]:
    """For tests that change nothing."""
    life = filled(tmp_path_factory.mktemp("sql") / "life")
    life.run("rollup", "seal")
    yield life
    life.close()


def ask(
    life: StoreLife, statement: str, parameters: Any = (), max_rows: int = 100, **limits: Any
) -> SqlTable:
    return life.store.run_sql(SqlQuestion(statement, parameters, max_rows), LIMITS._replace(**limits))


@pytest.mark.parametrize("statement", BREAKOUTS)
def test_a_break_out_is_refused_and_changes_nothing(shared: StoreLife, statement: str) -> None:
    before = sorted(shared.folder.rglob("*"))
    with pytest.raises((ValidationError, LimitExceededError)) as caught:
        ask(shared, statement)
    assert str(shared.folder) not in caught.value.message
    assert sorted(shared.folder.rglob("*")) == before
    assert ask(shared, "SELECT count(*) FROM series").rows == [[4]]


@pytest.mark.parametrize("statement", USUAL)
def test_what_people_write_is_answered(shared: StoreLife, statement: str) -> None:
    table = ask(shared, statement)
    assert len(table.columns) == len(table.types)
    assert all(len(row) == len(table.columns) for row in table.rows)


def test_rows_are_cut_and_that_is_told(shared: StoreLife) -> None:
    table = ask(shared, "SELECT * FROM metrics_raw ORDER BY time", max_rows=7)
    assert (len(table.rows), table.is_truncated) == (7, True)
    assert not ask(shared, "SELECT * FROM series", max_rows=4).is_truncated


def test_parameters_come_by_position_or_by_name(shared: StoreLife) -> None:
    counting = "SELECT count(*) FROM metrics_raw WHERE name = {} AND time >= {}"
    at = "2026-11-25T12:00:00Z"
    assert ask(shared, counting.format("?", "?"), ["m0", at]).rows == [[60]]
    assert ask(shared, counting.format("$1", "$2"), ["m0", at]).rows == [[60]]
    assert ask(shared, counting.format("$name", "$at"), {"name": "m0", "at": at}).rows == [[60]]
    assert ask(shared, "SELECT ?, ?, ?, ?", [1.5, True, None, "'; DROP TABLE series; --"]).rows == [
        [1.5, True, None, "'; DROP TABLE series; --"]
    ]


@pytest.mark.parametrize(
    ("statement", "parameters", "words"),
    [
        ("SELECT ?", [], "lacks a value for $1"),
        ("SELECT $a", {"b": 1}, "lacks a value for $a"),
        ("SELECT 1", [1], "has a value for $1, which the statement does not name"),
        ("SELECT $a", {"a": 1, "b": 2}, "has a value for $b"),
        ("SELECT ?", [[1]], "must be a text, a number, true, false or null"),
    ],
)
def test_parameters_must_fit(shared: StoreLife, statement: str, parameters: Any, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ask(shared, statement, parameters)
    assert words in caught.value.message
    assert caught.value.details[0].field.startswith("params")


def test_parameters_are_bounded(shared: StoreLife) -> None:
    for parameters in (["x" * 1_001], [1] * 101):
        with pytest.raises(LimitExceededError):
            ask(shared, "SELECT ?", parameters)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("SELECT x FROM metrics_raw", 'Referenced column "x" not found'),
        ("SELECT\n  nme FROM series", "(line 2)"),
        ("SELECT 'a'::INTEGER", "Could not convert string 'a'"),
        ("SELECT name::INTEGER FROM series", "Could not convert string 'm0'"),
        ("SELECT sum(name) FROM series", "explicit type casts"),
        ("SELECT 1 WHERE 'a' ~ '('", "missing )"),
        ("SELECT 9223372036854775807 + 1", "Overflow"),
        ("SELECT name FROM series GROUP BY tags", "GROUP BY"),
        ("SELECT * FROM read_csv(", "syntax error"),
    ],
)
def test_an_error_is_one_line_for_a_person(shared: StoreLife, statement: str, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ask(shared, statement)
    assert words in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.details[0].field == "sql"


def test_time_and_memory_are_limited(shared: StoreLife) -> None:
    with pytest.raises(LimitExceededError, match="query_timeout"):
        ask(shared, "SELECT count(*) FROM range(1000000000000)", timeout_s=0.3)
    with pytest.raises(LimitExceededError, match="memory"):
        ask(shared, "SELECT list(i) FROM range(1000000000) t(i)")
    crossed = "SELECT count(*) FROM metrics_raw a, metrics_raw b, metrics_raw c, metrics_raw d"
    with pytest.raises(LimitExceededError):
        ask(shared, crossed, timeout_s=0.5)
    # And the store is as before.
    assert ask(shared, "SELECT count(*) FROM metrics_raw").rows == [[1560]]


def test_a_statement_that_nobody_waits_for_ends(shared: StoreLife) -> None:
    cancellation = Cancellation()
    threading.Timer(0.2, cancellation.cancel).start()
    started_s = time.monotonic()
    with pytest.raises(UnavailableError):
        ask(shared, "SELECT count(*) FROM range(1000000000000)", timeout_s=30, cancellation=cancellation)
    assert time.monotonic() - started_s < 5


def test_closing_ends_what_runs(tmp_path: Path) -> None:
    life = filled(tmp_path / "life")
    threading.Timer(0.2, life.close).start()
    with pytest.raises(UnavailableError):
        ask(life, "SELECT count(*) FROM range(1000000000000)", timeout_s=30)
    with pytest.raises(UnavailableError):
        ask(life, "SELECT 1")


def test_a_damaged_file_is_put_aside_and_the_rest_answered(tmp_path: Path) -> None:
    life = filled(tmp_path / "life")
    life.run("rollup", "seal")
    (path,) = [path for path in life.files() if "metrics_raw" in str(path)]
    flip_bit(path)
    assert ask(life, "SELECT count(*) FROM metrics_raw").rows == [[4 * 10 * 3]]
    assert not path.exists()
    life.close()


def test_statements_run_side_by_side(shared: StoreLife) -> None:
    answers: list[Any] = []
    statement = "SELECT name, count(*) FROM metrics_raw GROUP BY name ORDER BY name"
    threads = [threading.Thread(target=lambda: answers.append(ask(shared, statement).rows)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [[["m0", 780], ["m1", 780]]] * 4


WORDS = """
    SELECT FROM WHERE GROUP BY ORDER LIMIT HAVING WITH AS JOIN ON USING UNION ALL DISTINCT CASE WHEN
    THEN END AND OR NOT NULL IS IN EXISTS BETWEEN LIKE OVER PARTITION FILTER VALUES TABLE PIVOT SET
    COPY TO ATTACH PRAGMA INSERT DELETE UPDATE CREATE DROP metrics_raw metrics_1min series alert time
    name tags value count sum avg min max now range unnest read_csv glob query getenv current_setting (
    ) [ ] { } , ; . * + - / || -> ->> :: = < > <= >= != $1 $a ? 'a' '/etc/passwd' 'x.parquet' "x" 1 0
    -1 1e400 1.5 INTERVAL 1 DAY INTEGER VARCHAR TIMESTAMP JSON -- /* */ # @
""".split()  # noqa: SIM905
STATEMENTS = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join),
    st.text(max_size=60),
    st.tuples(st.sampled_from(USUAL + BREAKOUTS), st.integers(0, 200), st.sampled_from(WORDS)).map(
        lambda one: f"{one[0][: one[1]]} {one[2]} {one[0][one[1] :]}"
    ),
    st.tuples(st.sampled_from(USUAL), st.sampled_from(USUAL + BREAKOUTS)).map(
        lambda one: f"SELECT * FROM ({one[0]}) a, ({one[1]}) b"
    ),
    st.tuples(st.sampled_from(USUAL), st.integers(0, 200), st.integers(0, 20)).map(
        lambda one: one[0][: one[1]] + one[0][one[1] + one[2] :]
    ),
)  # fmt: skip
PARAMETERS: st.SearchStrategy[Any] = st.one_of(
    st.just([]),
    st.lists(
        st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(max_size=5)),
        max_size=2,
    ),
    st.dictionaries(st.sampled_from(["a", "b", "1", ""]), st.integers(), max_size=2),
)  # fmt: skip


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(statement=STATEMENTS, parameters=PARAMETERS)
def test_whatever_is_asked_is_answered_or_refused(shared: StoreLife, statement: str, parameters: Any) -> None:
    limits = ReadLimits(5, 100_000)
    question = SqlQuestion(statement, parameters, 50)
    error: MetricboxError
    try:
        rows = len(shared.store.run_sql(question, limits).rows)
    except MetricboxError as caught:
        error, rows = caught, 0
    else:
        error = ValidationError("none")
    assert rows <= 50
    assert error.status in {400, 422}
    assert error.is_safe
    assert str(shared.folder) not in error.message
