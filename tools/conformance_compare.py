"""Asks two servers the same PromQL questions and says where their answers differ.

Values agree within RELATIVE_TOLERANCE, NaN is NaN, an infinity itself; labels, times and result types are equal. The
order of series counts where an expression makes it (sort, topk and the like, at one instant). Where the reference
answers with an error, so must the candidate, with a status from 400 to 499 and Prometheus's JSON; texts may differ.
"""

import http.client
import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

RELATIVE_TOLERANCE = 1e-9
_TIMEOUT_S = 60
_ORDERED = re.compile(r"\s*(?:sort|sort_desc|topk|bottomk)\b")

Labels = tuple[tuple[str, str], ...]
Points = list[tuple[int, Any]]


class Expression(NamedTuple):
    text: str
    must_fail: bool = False
    is_instant_only: bool = False


class Question(NamedTuple):
    """One way to ask an expression."""

    title: str
    endpoint: str
    parameters: Mapping[str, str]


class Answer(NamedTuple):
    status: int
    body: Any
    """None when it is not JSON."""

    @property
    def is_success(self) -> bool:
        return isinstance(self.body, dict) and self.body.get("status") == "success"

    @property
    def error(self) -> str:
        if isinstance(self.body, dict):
            return f"{self.status} {self.body.get('errorType', '')}: {self.body.get('error', '')}"
        return f"{self.status}, not JSON"


class Difference(NamedTuple):
    expression: Expression
    title: str
    """Of the question in which it first showed."""
    reason: str


class Client:
    """One server's query API on a kept connection. Not shared between threads."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(
            parts.hostname or "", parts.port or 80, timeout=_TIMEOUT_S
        )
        self._prefix = parts.path.rstrip("/")
        self._headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}

    def ask(self, endpoint: str, parameters: Mapping[str, str]) -> Answer:
        target = f"{self._prefix}/api/v1/{endpoint}"
        self._connection.request("POST", target, urlencode(parameters), self._headers)
        response = self._connection.getresponse()
        text = response.read()
        try:
            return Answer(response.status, json.loads(text))
        except ValueError:
            return Answer(response.status, None)

    def close(self) -> None:
        self._connection.close()


def read_corpus(path: Path) -> list[Expression]:
    """One expression a line: `! ` must fail, `? ` at one instant alone, `#` a comment."""
    expressions = []
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        mark = text[0] if text[:2] in {"! ", "? "} else ""
        expressions.append(Expression(text.removeprefix(mark).strip(), mark == "!", mark == "?"))
    return expressions


def read_known_differences(path: Path) -> dict[str, str]:
    """Reasons by expression: an expression a line, its reason indented below it, `#` a comment."""
    reasons: dict[str, str] = {}
    expression = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line[:1].isspace():
            reasons[expression] = f"{reasons[expression]} {line.strip()}".strip()
        elif line and not line.startswith("#"):
            expression = line.strip()
            reasons[expression] = ""
    return reasons


def compare(
    reference: Client, candidate: Client, expression: Expression, questions: Sequence[Question]
) -> Difference | None:
    """The first difference; None when all answers agree."""
    failures = 0
    for question in questions:
        if expression.is_instant_only and question.endpoint != "query":
            continue
        parameters = {"query": expression.text, **question.parameters}
        expected = reference.ask(question.endpoint, parameters)
        seen = candidate.ask(question.endpoint, parameters)
        failures += not expected.is_success
        reason = find_difference(expected, seen, is_ordered=_is_ordered(expression, question))
        if reason:
            return Difference(expression, question.title, reason)
        if not expression.must_fail and not expected.is_success:
            return Difference(expression, question.title, f"the reference fails: {expected.error}")
    if expression.must_fail and not failures:
        return Difference(expression, "all", "must fail, and does not")
    return None


def _is_ordered(expression: Expression, question: Question) -> bool:
    return question.endpoint == "query" and _ORDERED.match(expression.text) is not None


def find_difference(expected: Answer, seen: Answer, *, is_ordered: bool = False) -> str:
    """In words; empty when both say the same."""
    if not expected.is_success:
        if seen.is_success:
            return f"an error was expected ({expected.error})"
        is_proper = 400 <= seen.status < 500 and isinstance(seen.body, dict) and "errorType" in seen.body
        return "" if is_proper else f"an error of another form: {seen.error}"
    if not seen.is_success:
        return f"unexpected error {seen.error}"
    expected_type, seen_type = (answer.body["data"]["resultType"] for answer in (expected, seen))
    if expected_type != seen_type:
        return f"a {seen_type} in place of a {expected_type}"
    return _find_data_difference(
        _read_series(expected.body["data"]), _read_series(seen.body["data"]), is_ordered=is_ordered
    )


def _read_series(data: Any) -> list[tuple[Labels, Points]]:
    if data["resultType"] in {"scalar", "string"}:
        return [((), [_read_point(data["result"])])]
    return [
        (
            tuple(sorted(one["metric"].items())),
            [_read_point(point) for point in (one["values"] if "values" in one else [one["value"]])],
        )
        for one in data["result"]
    ]


def _read_point(point: Sequence[Any]) -> tuple[int, Any]:
    try:
        return round(float(point[0]) * 1000), float(point[1])
    except ValueError:
        return round(float(point[0]) * 1000), point[1]


def _find_data_difference(
    expected: list[tuple[Labels, Points]], seen: list[tuple[Labels, Points]], *, is_ordered: bool
) -> str:
    expected_order, seen_order = [labels for labels, _ in expected], [labels for labels, _ in seen]
    missing = [labels for labels in expected_order if labels not in seen_order]
    extra = [labels for labels in seen_order if labels not in expected_order]
    if missing or extra:
        example = f"{show(missing[0])} is missing" if missing else f"{show(extra[0])} is too many"
        return f"of {len(expected)} series {len(missing)} missing, {len(extra)} too many; {example}"
    if len(set(seen_order)) != len(seen_order):
        return "a series comes twice"
    if is_ordered and expected_order != seen_order:
        return f"another order: first {show(seen_order[0])} in place of {show(expected_order[0])}"
    seen_points = dict(seen)
    for labels, points in expected:
        reason = _find_points_difference(points, seen_points[labels])
        if reason:
            return f"{show(labels)} {reason}"
    return ""


def _find_points_difference(expected: Points, seen: Points) -> str:
    expected_ms, seen_ms = {at for at, _ in expected}, {at for at, _ in seen}
    if expected_ms != seen_ms:
        at = min(expected_ms ^ seen_ms)
        word = "missing" if at in expected_ms else "too many"
        return (
            f"of {len(expected)} points {len(expected_ms ^ seen_ms)} missing or too many; at {at} ms {word}"
        )
    for (at, value), (_, other) in zip(expected, seen, strict=True):
        if not is_same(value, other):
            return f"at {at} ms {other!r} in place of {value!r}"
    return ""


def is_same(value: Any, other: Any) -> bool:
    if not isinstance(value, float) or not isinstance(other, float):
        return bool(value == other)
    if math.isnan(value) or math.isnan(other):
        return math.isnan(value) and math.isnan(other)
    return value == other or math.isclose(value, other, rel_tol=RELATIVE_TOLERANCE, abs_tol=0)


def show(labels: Labels) -> str:
    """A series as PromQL writes it."""
    name = dict(labels).get("__name__", "")
    return name + "{" + ", ".join(f'{key}="{text}"' for key, text in labels if key != "__name__") + "}"
