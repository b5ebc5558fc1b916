"""From the text of an expression to its nodes. The grammar and the types are promql-parser's; positions are ours."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

import promql_parser
import re2

from metricbox.errors import ValidationError
from metricbox.query.promql.nodes import (
    Aggregate,
    At,
    AtBound,
    Binary,
    Call,
    Cardinality,
    Grouping,
    Matching,
    MatrixSelector,
    Negation,
    Node,
    Number,
    String,
    Subquery,
    VectorSelector,
)
from metricbox.query.promql.scanning import Prepared, Token, fail, is_dotted, prepare, scan
from metricbox.query.promql.values import NAME_LABEL
from metricbox.store.contract import Matcher, MatchOp

# Of 2.42, known to promql-parser under its newer name alone.
promql_parser.register_extra_functions(
    [
        promql_parser.Function(
            "holt_winters",
            [promql_parser.ValueType.Matrix, promql_parser.ValueType.Scalar, promql_parser.ValueType.Scalar],
            promql_parser.ValueType.Vector,
        )
    ]
)
# The only message that tells nothing but that the tokens do not follow each other.
_SYNTAX_ERROR = "invalid promql query"
MAX_PATTERN_CHARS = 5_000


# A thousand alert rules are parsed at every tick, in the same order: fewer places would hold none of them.
@lru_cache(maxsize=2_048)
def parse(text: str) -> Node:
    """Raises ValidationError for field `query`, with line and column where the text itself is at fault.

    Metric names may hold dots; dashes are minus signs (see `selector_of_name`).
    """
    prepared = prepare(text)
    try:
        parsed = promql_parser.parse(prepared.text)
    except ValueError as error:
        raise _explain(text, prepared, str(error)) from None
    try:
        return _Converter(prepared.at_ms).convert(parsed)
    except (ValueError, OverflowError):
        # promql-parser reads durations that Python's cannot hold.
        raise fail("duration out of range") from None


def selector_of_name(name: str) -> VectorSelector:
    """The selector of a metric whose name may be none of PromQL's."""
    return VectorSelector(((Matcher(NAME_LABEL, MatchOp.EQUAL, name),),))


def format_expression(text: str) -> str:
    """The expression laid out anew. Raises ValidationError as `parse` does."""
    parse(text)
    prepared = prepare(text)
    if prepared.at_ms or prepared.text != text:
        # What the parser was not shown as written is given back as it was.
        return text.strip()
    formatted: str = promql_parser.parse(text).prettify()
    return formatted


class _Converter:
    def __init__(self, at_ms: Sequence[int]) -> None:
        self._at_ms = at_ms
        self._converters: Mapping[str, Callable[[Any], Node]] = {
            "NumberLiteral": lambda node: Number(node.val),
            "StringLiteral": lambda node: String(node.val),
            "ParenExpr": lambda node: self.convert(node.expr),
            "UnaryExpr": lambda node: Negation(self.convert(node.expr)),
            "VectorSelector": self._vector_selector,
            "MatrixSelector": lambda node: MatrixSelector(
                self._vector_selector(node.vector_selector), _ms(node.range)
            ),
            "SubqueryExpr": lambda node: Subquery(
                self.convert(node.expr),
                _ms(node.range),
                None if node.step is None else _ms(node.step),
                _ms(node.offset),
                self._at(node.at),
            ),
            "Call": lambda node: Call(node.func.name, tuple(self.convert(one) for one in node.args)),
            "AggregateExpr": self._aggregate,
            "BinaryExpr": self._binary,
        }

    def convert(self, node: Any) -> Node:
        return self._converters[type(node).__name__](node)

    def _vector_selector(self, node: Any) -> VectorSelector:
        name = [Matcher(NAME_LABEL, MatchOp.EQUAL, node.name)] if node.name is not None else []
        groups = node.matchers.or_matchers or [node.matchers.matchers]
        alternatives = tuple(tuple(name + [_matcher(one) for one in group]) for group in groups)
        return VectorSelector(alternatives, _ms(node.offset), self._at(node.at))

    def _at(self, modifier: Any) -> At:
        if modifier is None:
            return None
        if modifier.type == promql_parser.AtModifierType.Start:
            return AtBound.START
        if modifier.type == promql_parser.AtModifierType.End:
            return AtBound.END
        return self._at_ms[int(modifier.at.timestamp())]

    def _aggregate(self, node: Any) -> Aggregate:
        modifier = node.modifier
        grouping = Grouping()
        if modifier is not None:
            is_without = modifier.type == promql_parser.AggModifierType.Without
            grouping = Grouping(tuple(modifier.labels), is_without)
        parameter = None if node.param is None else self.convert(node.param)
        return Aggregate(str(node.op), self.convert(node.expr), grouping, parameter)

    def _binary(self, node: Any) -> Binary:
        operator, modifier = str(node.op), node.modifier
        is_set_operator = operator in {"and", "or", "unless"}
        matching = Matching(
            cardinality=Cardinality.MANY_TO_MANY if is_set_operator else Cardinality.ONE_TO_ONE
        )
        returns_bool = False
        if modifier is not None:
            returns_bool = modifier.return_bool
            matching = _matching(modifier)
        return Binary(operator, self.convert(node.lhs), self.convert(node.rhs), matching, returns_bool)


def _matching(modifier: Any) -> Matching:
    labels = modifier.matching
    is_on = labels is not None and labels.type == promql_parser.LabelModifierType.Include
    fill = modifier.fill_values
    return Matching(
        labels=() if labels is None else tuple(labels.labels),
        is_on=is_on,
        cardinality=_CARDINALITY[str(modifier.card).rpartition(".")[2]],
        included=tuple(modifier.group_labels or ()),
        fill_left=None if fill is None else fill.lhs,
        fill_right=None if fill is None else fill.rhs,
    )


_CARDINALITY = {
    "OneToOne": Cardinality.ONE_TO_ONE,
    "ManyToOne": Cardinality.MANY_TO_ONE,
    "OneToMany": Cardinality.ONE_TO_MANY,
    "ManyToMany": Cardinality.MANY_TO_MANY,
}
_MATCH_OPS = {
    "Equal": MatchOp.EQUAL,
    "NotEqual": MatchOp.NOT_EQUAL,
    "Re": MatchOp.REGEX,
    "NotRe": MatchOp.NOT_REGEX,
}


def _matcher(node: Any) -> Matcher:
    matcher = Matcher(node.name, _MATCH_OPS[str(node.op).rpartition(".")[2]], node.value)
    if matcher.op in {MatchOp.REGEX, MatchOp.NOT_REGEX}:
        check_pattern(matcher.value)
    return matcher


def check_pattern(pattern: str) -> None:
    """Raises ValidationError for a pattern that RE2 refuses, or that is longer than MAX_PATTERN_CHARS."""
    if len(pattern) > MAX_PATTERN_CHARS:
        raise fail(f"a pattern has at most {MAX_PATTERN_CHARS} characters, this one has {len(pattern)}")
    try:
        re2.compile(pattern, _QUIET)
    except re2.error as error:
        reason = error.args[0]
        text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise fail(f"error parsing regexp: {text}: {pattern[:100]}") from None


_QUIET = re2.Options()
_QUIET.log_errors = False


# As far as an integer of nanoseconds goes, like Prometheus: some 292 years.
_LONGEST = timedelta(milliseconds=2**63 // 1_000_000)


def _ms(duration: timedelta | None) -> int:
    if duration is None:
        return 0
    if abs(duration) > _LONGEST:
        raise fail("duration out of range")
    return duration // timedelta(milliseconds=1)


# ---- where the error is


def _explain(text: str, prepared: Prepared, message: str) -> ValidationError:
    """The parser's error with a position, where one can be found."""
    tokens = scan(text)
    if message == _SYNTAX_ERROR:
        position = _find_syntax_error(_as_parser_reads(text, tokens), tokens)
        if position is None:
            return fail("unexpected end of input", text, len(text.rstrip()))
        token = next(one for one in tokens if one.position == position)
        return fail(f"unexpected {token.text[:50]!r}", text, position)
    if prepared.text != text:
        return fail(message)
    # The thing that the message names in quotes or at its end is in the text once, or its place is not known.
    named = message.rpartition("'")[0].rpartition("'")[2] or message.rpartition(" ")[2]
    places = [token.position for token in tokens if token.text.strip("\"'`") == named]
    return fail(message, text, places[0] if len(places) == 1 else None)


def _as_parser_reads(text: str, tokens: Sequence[Token]) -> str:
    """The text with what the parser cannot read replaced by something of the same kind and length."""
    parts, done = [], 0
    for token in tokens:
        if is_dotted(token) or token.kind == "at":
            shown = (
                token.text.replace(".", "_") if token.kind == "word" else "@".ljust(len(token.text) - 1) + "1"
            )
            parts += [text[done : token.position], shown]
            done = token.position + len(token.text)
    return "".join([*parts, text[done:]])


# What can complete the beginning of an expression, before its brackets are closed.
_COMPLETIONS = ("", "x", "(x)", "1m", '"x"', '="x"', "x(x)", "[1m]", "(1,x)", "(x) x", "start()")


def _find_syntax_error(text: str, tokens: Sequence[Token]) -> int | None:
    """Position of the first token with which no beginning of an expression can end; None when it ends too early."""
    low, high = 0, len(tokens)
    # Whether a beginning can be completed is monotonic: so is the search.
    while low < high:
        middle = (low + high + 1) // 2
        if _can_be_completed(text, tokens[:middle]):
            low = middle
        else:
            high = middle - 1
    return None if low == len(tokens) else tokens[low].position


def _can_be_completed(text: str, tokens: Sequence[Token]) -> bool:
    closing = []
    for token in tokens:
        if token.kind == "open":
            closing.append({"(": ")", "[": "]", "{": "}"}[token.text])
        elif token.kind == "close":
            closing.pop()
    head = text[: tokens[-1].position + len(tokens[-1].text)] if tokens else ""
    return any(
        _is_syntax(f"{head} {completion} {''.join(reversed(closing))}{tail}")
        for completion in _COMPLETIONS
        for tail in ("", " x", "(x)")
    )


def _is_syntax(text: str) -> bool:
    try:
        promql_parser.parse(text)
    except ValueError as error:
        return (
            str(error) != _SYNTAX_ERROR and "unexpected" not in str(error) and "bad number" not in str(error)
        )
    return True
