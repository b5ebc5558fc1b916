"""The expression of a Prometheus alert as query, condition and threshold. Pure.

Prometheus fires for every series that an expression leaves over; a rule here compares the series of a query with a
threshold. `a > 5` is the same in both. `a > 5 and b` is `a and b`, compared with 5: what `and` and `unless` leave over
are series of their left side as they are. Any other expression is asked whether it leaves a series over at all.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from metricbox.alerts.conditions import Condition
from metricbox.query.promql.nodes import Binary, Negation, Node, Number
from metricbox.query.promql.parse import parse
from metricbox.query.promql.scanning import Token, scan

_CONDITIONS: Mapping[str, Condition] = {
    ">": Condition.GT,
    ">=": Condition.GTE,
    "<": Condition.LT,
    "<=": Condition.LTE,
    "==": Condition.EQ,
    "!=": Condition.NE,
}
# `5 < a` is `a > 5`.
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
}
_OPEN, _CLOSE = "([{", ")]}"


class Split(NamedTuple):
    query: str
    condition: Condition
    threshold: float
    is_comparison: bool
    """Otherwise the query tells 1 for each series that the expression leaves over, and its values are lost."""


def split_expression(text: str) -> Split:
    """Raises ValidationError for what is no PromQL."""
    parse(text)
    text = _without_comments(text)
    found = _split_comparison(text) or _split_filtered(text)
    if found is not None:
        return found
    # `group` says 1 of each series whatever its value, so that none is missed for being 0 or NaN.
    return Split(f"group without () ({text})", Condition.GT, 0, is_comparison=False)


def _split_comparison(text: str) -> Split | None:
    """`a > 5`, `5 < a`, in brackets or not."""
    text = _without_brackets(text)
    node = parse(text)
    if not isinstance(node, Binary) or node.operator not in _CONDITIONS or node.returns_bool:
        return None
    # Nothing binds less tightly than the root, and among equals the last one is the root.
    signs = [token for token in _at_top(scan(text)) if token.text in _CONDITIONS]
    sign = signs[-1]
    left, right = text[: sign.position].strip(), text[sign.position + len(sign.text) :].strip()
    threshold, query, name = _constant(node.right), left, node.operator
    if threshold is None:
        threshold, query, name = _constant(node.left), right, _TURNED[node.operator]
    if threshold is None or not math.isfinite(threshold):
        return None
    return Split(_without_brackets(query), _CONDITIONS[name], threshold, is_comparison=True)


def _split_filtered(text: str) -> Split | None:
    """`a > 5 and b`, `a > 5 unless b`, and more of them in a row."""
    text = _without_brackets(text)
    words = [token for token in _at_top(scan(text)) if token.text.lower() in {"and", "or", "unless"}]
    if not words or any(token.text.lower() == "or" for token in words):
        return None
    first, rest = text[: words[0].position].strip(), text[words[0].position :]
    split = _split_comparison(first)
    return None if split is None else split._replace(query=f"({split.query}) {rest}")


def _constant(node: Node) -> float | None:
    """The value of what names no series."""
    match node:
        case Number(value):
            return value
        case Negation(inner):
            negated = _constant(inner)
            return None if negated is None else -negated
        case Binary(sign, left, right) if sign in _ARITHMETIC:
            first, second = _constant(left), _constant(right)
            if first is None or second is None:
                return None
            try:
                return float(_ARITHMETIC[sign](first, second))
            except (ArithmeticError, TypeError):  # division by zero, and powers that are complex numbers
                return None
    return None


def _at_top(tokens: Sequence[Token]) -> list[Token]:
    """Those that are in no brackets, and no label names such as those of `on (and)`."""
    depth = 0
    found = []
    for token in tokens:
        depth -= token.text in _CLOSE
        if depth == 0 and token.text not in _CLOSE:
            found.append(token)
        depth += token.text in _OPEN
    return found


def _without_brackets(text: str) -> str:
    """`(a)` is `a`."""
    while True:
        text = text.strip()
        tokens = scan(text)
        # Only the bracket itself is at the top when it goes from one end to the other.
        if not tokens or tokens[0].text != "(" or len(_at_top(tokens)) != 1:
            return text
        text = text[1:-1]


def _without_comments(text: str) -> str:
    """A comment at the end of a line would hide what is put behind it."""
    tokens = scan(text)
    parts: list[str] = []
    end = 0
    for token in tokens:
        parts.append(" " if token.position > end and parts else "")
        parts.append(token.text)
        end = token.position + len(token.text)
    return "".join(parts)
