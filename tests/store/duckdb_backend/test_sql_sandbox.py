"""The walls behind the first: what a statement could do if it were not refused before."""

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest

from metricbox.errors import LimitExceededError, UnavailableError, ValidationError
from metricbox.store.duckdb_backend.sql_sandbox import (
    MAX_DEPTH,
    Limits,
    Sandbox,
    describe_error,
    guarded,
)
from tests.support.sql import BREAKOUTS
from tests.support.stores import NOW_MS

MEMORY_BYTES = 64 << 20


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "open.parquet", tmp_path / "shut.parquet"]
    for path in paths:
        duckdb.execute(f"COPY (SELECT 1 AS x) TO '{path}'")
    (tmp_path / "secret.txt").write_text("secret")
    return paths


@pytest.fixture
def sandbox(files: list[Path]) -> Iterator[Sandbox]:
    sandbox = Sandbox(files[:1], MEMORY_BYTES, NOW_MS)
    yield sandbox
    sandbox.close()


def limits(seconds: float, memory_bytes: int = MEMORY_BYTES) -> Limits:
    return Limits(time.monotonic() + seconds, seconds, memory_bytes)


def test_only_the_named_files_can_be_read(sandbox: Sandbox, files: list[Path]) -> None:
    assert sandbox.run(f"SELECT * FROM read_parquet('{files[0]}')", {}, 10).rows == [(1,)]
    folder = files[0].parent
    for source in (
        f"read_parquet('{files[1]}')",
        f"read_parquet('{folder}/*.parquet')",
        f"read_parquet('{folder}/open.parquet/../shut.parquet')",
        f"'{files[1]}'",
        f"read_text('{folder}/secret.txt')",
        f"read_csv('{folder}/secret.txt')",
        "read_csv('/etc/passwd')",
        "glob('/*')",
        "'https://example.org/x.parquet'",
    ):
        with pytest.raises(duckdb.Error):
            sandbox.run(f"SELECT * FROM {source}", {}, 10)


def test_nothing_outside_can_be_written_or_reached(sandbox: Sandbox, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    for statement in (
        f"COPY (SELECT 1) TO '{tmp_path}/x.csv'",
        f"ATTACH '{tmp_path}/x.duckdb'",
        f"EXPORT DATABASE '{tmp_path}/x'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '1TB'",
        "SET allowed_paths = ['/etc/passwd']",
        "SET lock_configuration = false",
        "RESET lock_configuration",
        "SET python_enable_replacements = true",
        "PRAGMA enable_external_access = true",
    ):
        with pytest.raises(duckdb.Error):
            sandbox.run(statement, {}, 10)
    secret = {"x": np.arange(3)}
    with pytest.raises(duckdb.Error):
        sandbox.run("SELECT * FROM secret", {}, 10)
    assert len(secret) == 1
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("statement", BREAKOUTS)
def test_reading_a_statement_runs_nothing_of_it(sandbox: Sandbox, statement: str, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    assert isinstance(sandbox.parse(statement), dict)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT " + "(" * (MAX_DEPTH + 1),
        "SELECT " + "[" * 5_000 + "]" * 5_000,
        "SELECT " + "(SELECT " * 1_000 + "1" + ")" * 1_000,
        "SELECT 1" + " " * 20_000,
        "SELECT " + "-+" * 501,
    ],
)
def test_what_would_cost_the_parser_much_is_not_given_to_it(sandbox: Sandbox, statement: str) -> None:
    with pytest.raises(LimitExceededError):
        sandbox.parse(statement)


PARTS = [
    "- ", "NOT ", "1::INT::", "a.", "1 + ", "a AND ", "CASE WHEN a THEN ", "a[1] OR ", "\\", '"', "'", "$$", "/*",
    "\x00", "é", "\U0001f600",
]  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_no_chain_of_words_ends_the_process(sandbox: Sandbox, part: str) -> None:
    statement = ("SELECT " + part * 20_000)[:20_000]
    with contextlib.suppress(ValidationError, LimitExceededError):
        assert isinstance(sandbox.parse(statement), dict)


def test_the_clock_is_that_of_the_store(sandbox: Sandbox) -> None:
    result = sandbox.run(
        "SELECT epoch_ms(now()), epoch_ms(current_timestamp), epoch_ms(localtimestamp), "
        "strftime(current_date, '%Y-%m-%d'), strftime(today(), '%Y-%m-%d'), typeof(to_timestamp(0))",
        {},
        1,
    )
    assert result.rows == [(NOW_MS, NOW_MS, NOW_MS, "2026-11-25", "2026-11-25", "TIMESTAMP")]


def test_no_more_rows_are_made_than_are_taken(sandbox: Sandbox) -> None:
    result = sandbox.run("SELECT i, i FROM range(1000000000000) t(i)", {}, 3)
    assert (result.columns, result.types) == (["i", "i"], ["BIGINT", "BIGINT"])
    assert (result.rows, result.is_truncated) == ([(0, 0), (1, 1), (2, 2)], True)
    assert not sandbox.run("SELECT i FROM range(3) t(i)", {}, 3).is_truncated
    assert sandbox.run("SELECT $b + $a", {"b": 1, "a": 2}, 3).rows == [(3,)]


def test_an_answer_of_too_much_text_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(LimitExceededError, match="too large"):
        sandbox.run("SELECT repeat('x', 100000) FROM range(10000)", {}, 10_000)


def test_columns_and_views_can_be_filled_in_after_the_lock(sandbox: Sandbox, files: list[Path]) -> None:
    sandbox.add_columns("rows", {"a": np.arange(3), "b": np.array(["x", None, "ü"], object)})
    sandbox.add_view("v", f"SELECT a, b, (SELECT x FROM read_parquet('{files[0]}')) AS x FROM rows")
    assert sandbox.run("SELECT * FROM v", {}, 9).rows == [(0, "x", 1), (1, None, 1), (2, "ü", 1)]


def test_expressions_are_evaluated_by_themselves(sandbox: Sandbox) -> None:
    def value(text: str, type_name: str, **parameters: object) -> object:
        tree = sandbox.parse(f"SELECT {text}")
        return sandbox.evaluate(tree["statements"][0]["node"]["select_list"][0], parameters, type_name)

    assert value("epoch_ms(now() - INTERVAL 1 HOUR)", "BIGINT") == NOW_MS - 3_600_000
    assert value("'it''s'", "VARCHAR") == "it's"
    assert value("$a || 'b'", "VARCHAR", a="x") == "xb"
    assert value("'x'", "BIGINT") is None
    assert value("unnest([1, 2])", "BIGINT") is None


def test_a_statement_ends_with_its_time(sandbox: Sandbox) -> None:
    with (
        pytest.raises(LimitExceededError, match=r"limit of 0.2 s"),
        guarded(sandbox.interrupt, limits(0.2), lambda: False),
    ):
        sandbox.run("SELECT count(*) FROM range(1000000000000)", {}, 1)


def test_a_statement_ends_when_it_is_stopped(sandbox: Sandbox) -> None:
    stopped = threading.Event()
    threading.Timer(0.1, stopped.set).start()
    with (
        pytest.raises(UnavailableError, match="stopped"),
        guarded(sandbox.interrupt, limits(60), stopped.is_set),
    ):
        sandbox.run("SELECT count(*) FROM range(1000000000000)", {}, 1)


def test_a_statement_ends_at_its_memory(sandbox: Sandbox) -> None:
    for statement in (
        "SELECT list(i) FROM range(100000000) t(i)",
        "SELECT i, count(*) FROM range(100000000) t(i) GROUP BY i",
        "SELECT * FROM range(100000000) t(i) ORDER BY hash(i)",
        "SELECT string_agg(i::VARCHAR) FROM range(100000000) t(i)",
        "SELECT count(*) FROM range(50000000) a(i) JOIN range(50000000) b(i) ON hash(a.i) = hash(b.i)",
    ):
        with (
            pytest.raises(LimitExceededError, match="memory"),
            guarded(sandbox.interrupt, limits(60), lambda: False),
        ):
            sandbox.run(statement, {}, 1)


def test_texts_that_duckdb_does_not_count_are_seen_by_the_guard(sandbox: Sandbox) -> None:
    with (
        pytest.raises(LimitExceededError, match="memory"),
        guarded(sandbox.interrupt, limits(60, 8 << 20), lambda: False),
    ):
        sandbox.run("SELECT max(length(repeat('x', 100000) || i)) FROM range(1000000) t(i)", {}, 1)


def test_an_error_tells_nothing_of_this_machine() -> None:
    for text in (
        'IO Error: Cannot open file "/var/lib/box/a b.parquet": x',
        "X: '/somewhere/me/x.parquet' and /a/b",
    ):
        assert "/" not in describe_error(duckdb.IOException(text)).message
    error = describe_error(duckdb.BinderException("Binder Error: no column x\n\nLINE 3: SELECT x\n  ^"))
    assert error.message == "sql: Binder Error: no column x (line 3)"
    assert (
        "assert"
        not in describe_error(duckdb.InternalException("INTERNAL Error: assert failed\nStack")).message
    )
