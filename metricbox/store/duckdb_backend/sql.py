"""Runs a statement of a user on views of the store, read-only and within limits: `MetricStore.run_sql`.

Parse, check, find out what is needed, fill a sandbox with it, run; see `sql_sandbox` for the walls around it. Any
thread, a few at a time; keeps no state but the flag of closing.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import duckdb

from metricbox.clock import Clock
from metricbox.errors import LimitExceededError, UnavailableError, ValidationError
from metricbox.store.buckets import Range
from metricbox.store.contract import Cancellation, ReadLimits, SqlQuestion, SqlTable
from metricbox.store.duckdb_backend.chunks import View
from metricbox.store.duckdb_backend.rollup_reader import RollupReader
from metricbox.store.duckdb_backend.sql_bounds import MAX_MS, MIN_MS, Bounds, find_bounds
from metricbox.store.duckdb_backend.sql_expressions import MAX_TEXT_CHARS, Node
from metricbox.store.duckdb_backend.sql_sandbox import Limits, Result, Sandbox, describe_error, guarded
from metricbox.store.duckdb_backend.sql_syntax import check_statement
from metricbox.store.duckdb_backend.sql_values import plain_rows
from metricbox.store.duckdb_backend.sql_views import STORE_VIEWS, ViewMaker, add_source, list_sealed_files
from metricbox.store.tiers import Tier

MAX_PARAMETERS: Final = 100
# Of the memory of the store, which keeps the rest; at least what DuckDB needs to group at all.
MEMORY_SHARE: Final = 2
MIN_MEMORY_BYTES: Final = 128 * 2**20

# DuckDB's words of a damaged file. Others than these come from the statement.
_DAMAGE: Final = re.compile(
    r"parquet|thrift|TProtocol|ZSTD|magic bytes|decompress|could not read|failed to read", re.IGNORECASE
)


class SqlRunner:
    """`open_cursor` lends a cursor of the store for some seconds. `repair` is told of what may be a damaged file, and
    answers whether to read again.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        reader: RollupReader,
        *,
        pinned: Callable[[], AbstractContextManager[View]],
        open_cursor: Callable[
            [float, Cancellation | None], AbstractContextManager[duckdb.DuckDBPyConnection]
        ],
        hidden_before_ms: Callable[[Tier], int],
        repair: Callable[[Exception, View, Range], bool],
        memory_limit_bytes: int,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._reader = reader
        self._pinned = pinned
        self._open_cursor = open_cursor
        self._hidden_before_ms = hidden_before_ms
        self._repair = repair
        self._memory_bytes = max(MIN_MEMORY_BYTES, memory_limit_bytes // MEMORY_SHARE)
        self._is_closing = False

    def close(self) -> None:
        """End what runs, soon."""
        self._is_closing = True

    def run(self, question: SqlQuestion, limits: ReadLimits) -> SqlTable:
        parameters = _name_parameters(question.parameters)
        deadline_s = time.monotonic() + limits.timeout_s
        for is_last_try in (False, True):
            with self._pinned() as view:
                try:
                    result = self._run(question, parameters, limits, deadline_s, view)
                except (duckdb.Error, UnicodeDecodeError) as error:
                    whole = Range(MIN_MS, MAX_MS)
                    if is_last_try or not _may_be_damage(error) or not self._repair(error, view, whole):
                        raise
                else:
                    rows = plain_rows(result.rows, result.types)
                    return SqlTable(result.columns, result.types, rows, result.is_truncated)
        raise AssertionError("unreachable")

    def _run(
        self,
        question: SqlQuestion,
        parameters: Mapping[str, Any],
        limits: ReadLimits,
        deadline_s: float,
        view: View,
    ) -> Result:
        if self._is_closing:
            raise UnavailableError("the server is stopping", retry_after_s=5)
        sources = {source.name: source for source in question.sources}
        views = STORE_VIEWS | frozenset(sources)
        sandbox = Sandbox(list_sealed_files(self._folder, view), self._memory_bytes, self._clock.now_ms())
        bounded = Limits(deadline_s, limits.timeout_s, self._memory_bytes)

        def is_stopped() -> bool:
            return self._is_closing or (limits.cancellation is not None and limits.cancellation.is_cancelled)

        try:
            with guarded(sandbox.interrupt, bounded, is_stopped):
                tree = sandbox.parse(question.statement)
                checked = check_statement(tree, views, question.statement)
                _check_parameters(checked.parameters, parameters)
                bounds = find_bounds(tree, STORE_VIEWS, _evaluator(sandbox, parameters))
            wanted = {name: bounds.get(name, Bounds()) for name in checked.views & STORE_VIEWS}
            if wanted:
                with self._open_cursor(_left_s(deadline_s), limits.cancellation) as cursor:
                    maker = ViewMaker(
                        sandbox, cursor, view, self._folder, self._reader, self._hidden_before_ms
                    )
                    maker.make(wanted, limits.max_samples)
            for name in checked.views - STORE_VIEWS:
                add_source(sandbox, sources[name])
            with guarded(sandbox.interrupt, bounded, is_stopped):
                return _run_checked(sandbox, question, parameters)
        finally:
            sandbox.close()


def _run_checked(sandbox: Sandbox, question: SqlQuestion, parameters: Mapping[str, Any]) -> Result:
    """From here on an error is the statement's, unless a file or a limit is behind it."""
    try:
        return sandbox.run(question.statement, parameters, question.max_rows)
    except (duckdb.InterruptException, duckdb.OutOfMemoryException):
        raise
    except duckdb.Error as error:
        if _may_be_damage(error):
            raise
        raise describe_error(error) from error
    except (ValueError, OverflowError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise
        raise ValidationError.for_field("sql", "gives a value that cannot be shown") from error


def _left_s(deadline_s: float) -> float:
    left_s = deadline_s - time.monotonic()
    if left_s <= 0:
        raise LimitExceededError(
            "the statement took too long to read; make it shorter, or raise query_timeout"
        )
    return left_s


def _evaluator(sandbox: Sandbox, parameters: Mapping[str, Any]) -> Callable[[Node, str], Any]:
    def evaluate(node: Node, type_name: str) -> Any:
        named = {name: parameters.get(name) for name in _parameters_of(node)}
        # A number in place of a name would be compared as a number.
        if type_name == "VARCHAR" and not all(isinstance(value, str) for value in named.values()):
            return None
        return sandbox.evaluate(node, named, type_name)

    return evaluate


def _parameters_of(value: Any) -> set[str]:
    if isinstance(value, Mapping):
        found = {str(value["identifier"])} if value.get("class") == "PARAMETER" else set()
        return found.union(*(_parameters_of(child) for child in value.values()))
    if isinstance(value, list):
        return set().union(*(_parameters_of(child) for child in value))
    return set()


def _name_parameters(parameters: Sequence[Any] | Mapping[str, Any]) -> dict[str, Any]:
    """By name, or by number from 1, as DuckDB calls both ? and $1."""
    if isinstance(parameters, Mapping):
        named = dict(parameters)
    else:
        named = {str(number): value for number, value in enumerate(parameters, 1)}
    if len(named) > MAX_PARAMETERS:
        raise LimitExceededError(f"at most {MAX_PARAMETERS} parameters are taken")
    for name, value in named.items():
        if value is not None and not isinstance(value, str | int | float | bool):
            raise ValidationError.for_field(f"params.{name}", "must be a text, a number, true, false or null")
        if isinstance(value, str) and len(value) > MAX_TEXT_CHARS:
            raise LimitExceededError(f"parameter {name} has more than {MAX_TEXT_CHARS} characters")
    return named


def _check_parameters(wanted: set[str], given: Mapping[str, Any]) -> None:
    for name in sorted(wanted - set(given)):
        raise ValidationError.for_field("params", f"lacks a value for ${name}")
    for name in sorted(set(given) - wanted):
        raise ValidationError.for_field(
            "params", f"has a value for ${name}, which the statement does not name"
        )


def _may_be_damage(error: Exception) -> bool:
    """Of a file. Looking for it reads all files, so that what a statement alone can cause is no reason."""
    if isinstance(error, UnicodeDecodeError | duckdb.IOException | duckdb.SerializationException):
        return True
    # Errors of thrift have no class of their own.
    is_vague = type(error) is duckdb.Error or isinstance(error, duckdb.InvalidInputException)
    return is_vague and _DAMAGE.search(str(error)) is not None
