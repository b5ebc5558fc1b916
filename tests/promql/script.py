"""PromQL scripts: samples, expressions and what they must give. README.md has the language.

Prometheus's own test files are in the same language but for the words of its failures and its lack of ranges, so the
same reader takes both.
"""

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from metricbox.errors import MetricboxError
from metricbox.model import STALE_MARKER, Labels, make_labels
from metricbox.query.promql.evaluate import Evaluation
from metricbox.query.promql.parse import parse
from metricbox.query.promql.values import Matrix, Scalars
from tests.promql.memory_source import MemorySource

_UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)?")
_LOAD = re.compile(r"load\s+(\S+)")
_EVAL = re.compile(
    r"eval(?:_(fail|ordered))?\s+(?:instant\s+at\s+(\S+)|range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+))\s+(.+)"
)
_FAIL = re.compile(r"expect fail\s*(.*)")
_NAME = re.compile(r"[A-Za-z_:][\w:]*", re.ASCII)
_PAIR = re.compile(r"\s*(\w+)\s*=\s*(\"(?:[^\"\\]|\\.)*\"|'[^']*'|`[^`]*`)\s*,?", re.ASCII)
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t"}
_NUMBER = r"[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+|inf|nan)"
_SEQUENCE = re.compile(
    rf"({_NUMBER})([+-](?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+))?x(\d+)", re.ASCII | re.IGNORECASE
)

Values = list[float | None]


class Command(NamedTuple):
    line_number: int
    text: str
    block: list[str]


class Case(NamedTuple):
    """One evaluation."""

    line_number: int
    expression: str
    times_ms: Sequence[int]
    is_ordered: bool
    failure: str | None
    """Words of the error that must come, perhaps none; None when there must be no error."""
    expected: list[tuple[Labels | None, Values]]
    """Labels are None for a scalar."""


class ScriptError(AssertionError):
    """What a script expected and did not get, or cannot mean."""


def read_commands(text: str) -> Iterator[Command]:
    command: Command | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.rstrip()
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0].isspace():
            if command is None:
                raise ScriptError(f"line {number}: nothing that this belongs to")
            command.block.append(line.strip())
            continue
        if command is not None:
            yield command
        command = Command(number, line.strip(), [])
    if command is not None:
        yield command


def run(text: str, tolerance: float = 1e-9) -> int:
    """Run a script; how many evaluations it had. Raises ScriptError for the ones that went wrong, all of them."""
    source = MemorySource()
    faults: list[str] = []
    cases = 0
    failure: str | None = None
    for command in read_commands(text):
        if command.text == "clear":
            source.clear()
        elif match := _LOAD.fullmatch(command.text):
            load(source, read_duration_ms(match[1]), command.block)
        elif match := _FAIL.fullmatch(command.text):
            failure = match[1]
        elif match := _EVAL.fullmatch(command.text):
            cases += 1
            fault = check(source, _read_case(command, match, failure), tolerance)
            if fault:
                faults.append(f"line {command.line_number}: {match[6]}\n    {fault}")
            failure = None
        else:
            raise ScriptError(f"line {command.line_number}: {command.text}\nno such command")
    if faults:
        raise ScriptError(f"{len(faults)} of {cases} evaluations:\n" + "\n".join(faults))
    return cases


def load(source: MemorySource, step_ms: int, lines: Sequence[str]) -> None:
    """Every load begins at time 0."""
    for line in lines:
        labels, rest = split_series(line)
        values = expand(rest)
        samples = [(place * step_ms, value) for place, value in enumerate(values) if value is not None]
        source.add(labels, samples)


def _read_case(command: Command, match: re.Match[str], failure: str | None) -> Case:
    if match[2]:
        times_ms: Sequence[int] = [read_duration_ms(match[2])]
    else:
        start_ms, end_ms, step_ms = (read_duration_ms(match[number]) for number in (3, 4, 5))
        times_ms = range(start_ms, end_ms + 1, step_ms)
    expected: list[tuple[Labels | None, Values]] = []
    for line in command.block:
        if (_NAME.match(line) is None and not line.startswith("{")) or line.lower() in {"inf", "nan"}:
            expected.append((None, expand(line)))
            continue
        labels, rest = split_series(line)
        expected.append((labels, expand(rest)))
    words = "" if match[1] == "fail" else failure
    return Case(command.line_number, match[6], times_ms, match[1] == "ordered", words, expected)


def check(source: MemorySource, case: Case, tolerance: float) -> str:
    """What is wrong; empty when nothing is."""
    times_ms = np.array(case.times_ms, np.int64)
    try:
        seen = evaluate(source, case.expression, times_ms)
    except MetricboxError as error:
        if case.failure is None:
            return f"fails: {error.message}"
        return "" if case.failure in error.message else f"fails with other words: {error.message}"
    if case.failure is not None:
        return "did not fail"
    expected = case.expected
    fault = _compare(seen, expected, case.is_ordered, tolerance)
    if fault or len(times_ms) > 1 or case.is_ordered:
        return fault
    # Prometheus's own runner looks at this too: on a grid the middle step has the same answer.
    if "start()" in case.expression or "end()" in case.expression:
        return ""
    grid_ms = times_ms[0] + np.array([-60_000, 0, 60_000])
    try:
        middle = [(labels, values[1:2]) for labels, values in evaluate(source, case.expression, grid_ms)]
    except MetricboxError as error:
        return f"fails as the middle of a grid: {error.message}"
    middle = [(labels, values) for labels, values in middle if values != [None]]
    fault = _compare(middle, expected, False, tolerance)
    return f"as the middle of a grid: {fault}" if fault else ""


def evaluate(source: MemorySource, expression: str, times_ms: "np.typing.NDArray[np.int64]"):
    """Rows of (labels, values); labels are None for a scalar."""
    value = Evaluation(source, times_ms).run(parse(expression))
    if isinstance(value, Scalars):
        return [(None, value.values.tolist())]
    assert isinstance(value, Matrix)
    rows = []
    for labels, values, present in zip(value.labels, value.values, value.present, strict=True):
        if present.any():
            row = [one if here else None for one, here in zip(values.tolist(), present.tolist(), strict=True)]
            rows.append((labels, row))
    return rows


def _compare(
    seen: Sequence[tuple[Labels | None, Values]],
    expected: Sequence[tuple[Labels | None, Values]],
    is_ordered: bool,
    tolerance: float,
) -> str:
    if not is_ordered:
        seen, expected = sorted(seen, key=_key), sorted(expected, key=_key)
    if [labels for labels, _ in seen] != [labels for labels, _ in expected]:
        return f"gives {_show(seen)}\n    not {_show(expected)}"
    for (labels, values), (_, wanted) in zip(seen, expected, strict=True):
        padded = itertools.zip_longest(values, wanted)
        if not all(_is_same(one, other, tolerance) for one, other in padded):
            return f"gives {_show([(labels, values)])}\n    not {_show([(labels, wanted)])}"
    return ""


def _key(row: tuple[Labels | None, Values]) -> Labels:
    return row[0] or ()


def _is_same(seen: float | None, wanted: float | None, tolerance: float) -> bool:
    if seen is None or wanted is None:
        return seen is wanted
    if math.isnan(seen) or math.isnan(wanted):
        return math.isnan(seen) and math.isnan(wanted)
    return seen == wanted or math.isclose(seen, wanted, rel_tol=tolerance, abs_tol=0)


def _show(rows: Sequence[tuple[Labels | None, Values]]) -> str:
    def show(labels: Labels | None) -> str:
        return "" if labels is None else "{" + ",".join(f"{name}={value!r}" for name, value in labels) + "} "

    texts = [
        show(labels) + " ".join("_" if v is None else f"{v!r}" for v in values) for labels, values in rows
    ]
    return "; ".join(texts) or "nothing"


# ---- notation


def read_duration_ms(text: str) -> int:
    """`5m`, `1h30m`, or seconds."""
    parts = _DURATION.findall(text.removeprefix("-"))
    total_ms = sum(float(number) * _UNITS_MS[unit or "s"] for number, unit in parts)
    return round(-total_ms if text.startswith("-") else total_ms)


def split_series(line: str) -> tuple[Labels, str]:
    """A series with its name as a label, and the rest of the line."""
    match = _NAME.match(line)
    pairs = [("__name__", match[0])] if match else []
    position = match.end() if match else 0
    if line[position : position + 1] == "{":
        position += 1
        while pair := _PAIR.match(line, position):
            pairs.append((pair[1], _unquote(pair[2])))
            position = pair.end()
        if line[position : position + 1] != "}":
            raise ScriptError(f"the labels of {line!r} cannot be read")
        position += 1
    return make_labels(pairs), line[position:].strip()


def _unquote(text: str) -> str:
    inner = text[1:-1]
    return inner if text[0] == "`" else _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), inner)


def expand(text: str) -> Values:
    values: Values = []
    for token in text.split():
        if token == "stale":
            values.append(STALE_MARKER)
        elif token == "_" or token.startswith("_x"):
            values += [None] * int(token[2:] or 1)
        elif match := _SEQUENCE.fullmatch(token):
            first, step, times = float(match[1]), float(match[2] or 0), int(match[3])
            values += itertools.accumulate([first, *[step] * times])
        else:
            values.append(float(token))
    return values
