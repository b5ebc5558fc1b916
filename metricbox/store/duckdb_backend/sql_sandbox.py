"""The place where a user's statement runs: a DuckDB of its own, in memory, for this statement alone.

    wall 1   sql_syntax       the parsed statement consists of what is on a list, and nothing else
    wall 2   no access        no file but the sealed chunks of the store, by name; no spilling; no Python variables; no
                              extensions; the configuration is locked before anything of the user is read
    wall 3   own memory       its memory limit is not the store's, which goes on when this one is reached
    wall 4   the guard        interrupts after the time limit, when the caller has gone, and when the process grows

A fault inside DuckDB that makes an instance unusable ends with it: the store's own instance is another. One thread at a
time; the guard has its own.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb
import msgspec
import psutil

from metricbox.errors import LimitExceededError, MetricboxError, UnavailableError, ValidationError
from metricbox.store.duckdb_backend.sql_expressions import Node
from metricbox.store.duckdb_backend.sql_syntax import MAX_STATEMENT_CHARS

THREADS: Final = 2
# How often the guard looks. DuckDB forgets an interrupt that comes between two steps, so it is said again each time.
WATCH_S: Final = 0.02
# Of nested brackets. DuckDB's parser takes seconds and hundreds of megabytes for a thousand nested SELECTs.
MAX_DEPTH: Final = 100
# Of signs, wherever they stand. A chain of them without an end costs the parser time and memory in its square: ten
# thousand take a minute and ten gigabytes, five hundred a tenth of a second.
MAX_SIGNS: Final = 500
_SIGNS: Final = re.compile(r"[-+~!@]")
# Texts of one answer. 32 MB become some 100 MB on their way to JSON.
MAX_ANSWER_CHARS: Final = 32_000_000
FETCH_ROWS: Final = 500

_PATH: Final = re.compile(r"[\"']?(?:/[^\s\"',:]+){2,}[\"']?")
_FUNCTIONS_OF_THE_CLOCK: Final = (
    "now() AS {now}",
    "get_current_timestamp() AS {now}",
    "current_localtimestamp() AS {now}",
    "today() AS {now}::DATE",
    "current_date() AS {now}::DATE",
    # DuckDB's own gives a time with a time zone.
    "to_timestamp(seconds) AS make_timestamp((seconds * 1000000)::BIGINT)",
)


class Limits(NamedTuple):
    deadline_s: float
    """Of the monotonic clock."""
    timeout_s: float
    """What the deadline was made of, for the message."""
    memory_bytes: int


class Result(NamedTuple):
    columns: list[str]
    types: list[str]
    rows: list[tuple[Any, ...]]
    is_truncated: bool


class Sandbox:
    """`files` are the only ones that can be read in it."""

    def __init__(self, files: Sequence[Path], memory_bytes: int, now_ms: int) -> None:
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": f"{memory_bytes}B",
                "threads": THREADS,
                "temp_directory": "",
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "allow_community_extensions": False,
                "python_enable_replacements": False,
            },
        )
        try:
            self._connection.execute("SET TimeZone = 'UTC'")
            now = f"make_timestamp_ms({int(now_ms)})"
            for function in _FUNCTIONS_OF_THE_CLOCK:
                self._connection.execute(f"CREATE MACRO {function.format(now=now)}")
            listed = ", ".join(quote_text(str(path)) for path in files)
            self._connection.execute(f"SET allowed_paths = [{listed}]")
            self._connection.execute("SET enable_external_access = false")
            self._connection.execute("SET lock_configuration = true")
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        self._connection.close()

    def interrupt(self) -> None:
        self._connection.interrupt()

    # ---- filling, by the store

    def add_columns(self, name: str, columns: Mapping[str, Any]) -> None:
        """A table of numpy columns, which are not copied. Text columns are of objects."""
        self._connection.register(name, dict(columns))

    def add_view(self, name: str, select: str) -> None:
        self._connection.execute(f"CREATE VIEW {name} AS {select}")

    # ---- the user's

    def parse(self, statement: str) -> Node:
        """What DuckDB understands a statement to be. Runs nothing of it."""
        if len(statement) > MAX_STATEMENT_CHARS:
            raise LimitExceededError(f"the statement has more than {MAX_STATEMENT_CHARS} characters")
        if _depth(statement) > MAX_DEPTH:
            raise LimitExceededError(f"the statement is nested more than {MAX_DEPTH} levels deep")
        if len(_SIGNS.findall(statement)) > MAX_SIGNS:
            raise LimitExceededError(f"the statement has more than {MAX_SIGNS} signs such as - and +")
        try:
            ((text,),) = self._connection.execute(
                "SELECT json_serialize_sql($1::VARCHAR)", [statement]
            ).fetchall()
            tree: Node = msgspec.json.decode(text)
        except (duckdb.InterruptException, duckdb.OutOfMemoryException):
            raise
        except (duckdb.Error, msgspec.DecodeError, RecursionError, UnicodeError) as error:
            raise ValidationError.for_field("sql", "cannot be read as SQL") from error
        return tree

    def evaluate(self, expression: Node, parameters: Mapping[str, Any], type_name: str) -> Any:
        """The value of a checked expression without columns, or None when it has none of this type."""
        tree = self.parse("SELECT 1")
        node = tree["statements"][0]["node"]
        bare = {
            **tree,
            "statements": [{"node": {**node, "select_list": [expression]}, "named_param_map": []}],
        }
        try:
            ((text,),) = self._connection.execute(
                "SELECT json_deserialize_sql($1::JSON)", [msgspec.json.encode(bare).decode()]
            ).fetchall()
            ((value,),) = self._connection.execute(
                f"SELECT CAST(({text}) AS {type_name})", dict(parameters) or None
            ).fetchall()
        except (duckdb.InterruptException, duckdb.OutOfMemoryException):
            raise
        except (duckdb.Error, ValueError, OverflowError):
            return None
        return value

    def run(self, statement: str, parameters: Mapping[str, Any], max_rows: int) -> Result:
        """The first rows of a checked statement. DuckDB makes no more of them than are taken."""
        cursor = self._connection.execute(statement, dict(parameters) or None)
        description = cursor.description or []
        rows: list[tuple[Any, ...]] = []
        chars = 0
        while len(rows) <= max_rows:
            part = cursor.fetchmany(min(FETCH_ROWS, max_rows + 1 - len(rows)))
            if not part:
                break
            rows += part
            chars += sum(len(value) if isinstance(value, str) else 8 for row in part for value in row)
            if chars > MAX_ANSWER_CHARS:
                raise LimitExceededError("the answer is too large; ask for fewer rows or shorter texts")
        return Result(
            [str(column[0]) for column in description],
            [str(column[1]).strip('"') for column in description],
            rows[:max_rows],
            len(rows) > max_rows,
        )


@contextmanager
def guarded(interrupt: Callable[[], None], limits: Limits, is_stopped: Callable[[], bool]) -> Iterator[None]:
    """Interrupt what runs inside when a limit is reached or nobody waits any more, and tell which it was."""
    guard = _Guard(interrupt, limits, is_stopped)
    guard.start()
    try:
        yield
    except duckdb.InterruptException:
        raise (guard.reason or UnavailableError("the server is stopping", retry_after_s=5)) from None
    except duckdb.OutOfMemoryException:
        raise _too_much_memory(limits) from None
    finally:
        guard.finish()


class _Guard(threading.Thread):
    def __init__(self, interrupt: Callable[[], None], limits: Limits, is_stopped: Callable[[], bool]) -> None:
        super().__init__(name="sql-guard", daemon=True)
        self._interrupt = interrupt
        self._limits = limits
        self._is_stopped = is_stopped
        self._is_done = threading.Event()
        self._process = psutil.Process()
        self._resident_bytes = self._process.memory_info().rss
        self.reason: MetricboxError | None = None

    def finish(self) -> None:
        self._is_done.set()
        self.join()

    def run(self) -> None:
        while not self._is_done.wait(WATCH_S):
            self.reason = self.reason or self._find_reason()
            if self.reason is not None:
                self._interrupt()

    def _find_reason(self) -> MetricboxError | None:
        if self._is_stopped():
            return UnavailableError("the query was stopped", retry_after_s=1)
        if time.monotonic() > self._limits.deadline_s:
            return LimitExceededError(
                f"the statement took longer than its limit of {self._limits.timeout_s:g} s; name a shorter range of "
                "time or fewer metrics, or raise query_timeout"
            )
        # DuckDB does not count texts while it makes them. Twice the limit: others in this process grow as well.
        if self._process.memory_info().rss - self._resident_bytes > 2 * self._limits.memory_bytes:
            return _too_much_memory(self._limits)
        return None


def _too_much_memory(limits: Limits) -> LimitExceededError:
    return LimitExceededError(
        f"the statement needs more memory than its limit of {limits.memory_bytes // 2**20} MiB; name a shorter "
        "range of time or fewer metrics, or group by less"
    )


def describe_error(error: duckdb.Error) -> ValidationError:
    """What DuckDB has against a statement, in its first line, without anything of this machine."""
    text = str(error).partition("\n")[0]
    if isinstance(error, duckdb.InternalError | duckdb.FatalException) or text.startswith("INTERNAL"):
        text = "DuckDB cannot run this statement"
    place = re.search(r"^LINE (\d+):", str(error), re.MULTILINE)
    where = f" (line {place[1]})" if place else ""
    return ValidationError.for_field("sql", _PATH.sub("a file", text) + where)


def quote_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _depth(statement: str) -> int:
    """Of brackets, wherever they stand: a text that is full of them is none that anybody needs."""
    depth = deepest = 0
    for char in re.findall(r"[(\[{)\]}]", statement):
        depth = depth + 1 if char in "([{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest
