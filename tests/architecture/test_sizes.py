"""Ceilings (STYLE 24). The lists of exceptions may only shrink, and every one has its reason."""

import ast
from collections.abc import Iterator

from tests.architecture.files import iter_own_files, read

MAX_PYTHON_LINES = 500
MAX_JS_LINES = 300
MAX_FUNCTION_LINES = 60

LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {
    "metricbox/app.py:_serve": "the start order of everything, to be read from top to bottom in one place",
}


def count_lines(path: str) -> int:
    return len(read(path).splitlines())


def iter_functions(path: str) -> Iterator[tuple[str, int]]:
    """Name and length of every function, from `def` to its end, docstring included."""
    for node in ast.walk(ast.parse(read(path))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield f"{path}:{node.name}", node.end_lineno - node.lineno + 1


def test_files_stay_short_enough_to_read() -> None:
    long_files = {path for path in iter_own_files(".py") if count_lines(path) > MAX_PYTHON_LINES}
    long_files |= {path for path in iter_own_files(".js") if count_lines(path) > MAX_JS_LINES}
    assert long_files == set(LONG_FILES)


def test_functions_stay_short_enough_to_read() -> None:
    long_functions = {
        name
        for path in iter_own_files(".py")
        for name, lines in iter_functions(path)
        if lines > MAX_FUNCTION_LINES
    }
    assert long_functions == set(LONG_FUNCTIONS)
