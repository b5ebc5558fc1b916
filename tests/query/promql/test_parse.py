"""From text to nodes, and what one is told when that is not possible."""

import math
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricbox.errors import ValidationError
from metricbox.query.promql.nodes import (
    Aggregate,
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
from metricbox.query.promql.parse import (
    MAX_PATTERN_CHARS,
    check_pattern,
    format_expression,
    parse,
    selector_of_name,
)
from metricbox.query.promql.scanning import MAX_DEPTH, MAX_OPERATORS
from metricbox.store.contract import Matcher, MatchOp

MINUTE_MS = 60_000


def named(
    name: str, *matchers: Matcher, offset_ms: int = 0, at: int | AtBound | None = None
) -> VectorSelector:
    return VectorSelector(((Matcher("__name__", MatchOp.EQUAL, name), *matchers),), offset_ms, at)


A, B = named("a"), named("b")


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("a", A),
        ("1.5", Number(1.5)),
        ("0x1F", Number(31)),
        ('"x"', String("x")),
        ("(a)", A),
        ("-a", Negation(A)),
        ("a offset 5m", named("a", offset_ms=5 * MINUTE_MS)),
        ("a offset -1h30m", named("a", offset_ms=-90 * MINUTE_MS)),
        ("a @ 1.5", named("a", at=1_500)),
        ("a @ -2 offset 1m", named("a", offset_ms=MINUTE_MS, at=-2_000)),
        ("a @ start()", named("a", at=AtBound.START)),
        ("a @ end()", named("a", at=AtBound.END)),
        ("a[5m]", MatrixSelector(A, 5 * MINUTE_MS)),
        ("a[5m] offset 1m", MatrixSelector(named("a", offset_ms=MINUTE_MS), 5 * MINUTE_MS)),
        ("a[5m:1m]", Subquery(A, 5 * MINUTE_MS, MINUTE_MS)),
        ("a[5m:] @ 1 offset 1m", Subquery(A, 5 * MINUTE_MS, None, MINUTE_MS, 1_000)),
        ("rate(a[5m])", Call("rate", (MatrixSelector(A, 5 * MINUTE_MS),))),
        ("time()", Call("time", ())),
        ("sum(a)", Aggregate("sum", A)),
        ("sum by (x, y) (a)", Aggregate("sum", A, Grouping(("x", "y")))),
        ("sum(a) without (x)", Aggregate("sum", A, Grouping(("x",), is_without=True))),
        ("topk(3, a)", Aggregate("topk", A, parameter=Number(3))),
        ("a + b", Binary("+", A, B)),
        ("a > bool 1", Binary(">", A, Number(1), returns_bool=True)),
        ("a and b", Binary("and", A, B, Matching(cardinality=Cardinality.MANY_TO_MANY))),
        ("a * on (x) b", Binary("*", A, B, Matching(("x",), is_on=True))),
        (
            "a * ignoring (x) group_left (y) b",
            Binary("*", A, B, Matching(("x",), cardinality=Cardinality.MANY_TO_ONE, included=("y",))),
        ),
        ("a ^ b ^ 2", Binary("^", A, Binary("^", B, Number(2)))),
        ("a - b - 2", Binary("-", Binary("-", A, B), Number(2))),
        ("a # b", A),
    ],
)
def test_expressions(text: str, node: Node) -> None:
    assert parse(text) == node


def test_matchers_of_every_kind() -> None:
    assert parse('a{b="c", d!="e", f=~"g", h!~"i",}') == named(
        "a",
        Matcher("b", MatchOp.EQUAL, "c"),
        Matcher("d", MatchOp.NOT_EQUAL, "e"),
        Matcher("f", MatchOp.REGEX, "g"),
        Matcher("h", MatchOp.NOT_REGEX, "i"),
    )


def test_alternatives_of_matchers_keep_the_name() -> None:
    assert parse('a{b="c" or d="e"}') == VectorSelector(
        tuple(
            (Matcher("__name__", MatchOp.EQUAL, "a"), Matcher(label, MatchOp.EQUAL, value))
            for label, value in (("b", "c"), ("d", "e"))
        )
    )


def test_names_may_hold_dots() -> None:
    assert parse("a.b.c") == named("a.b.c") == selector_of_name("a.b.c")
    assert parse('sum by (x.y) (rate(a.b{c.d="e"}[1m]))') == Aggregate(
        "sum",
        Call("rate", (MatrixSelector(named("a.b", Matcher("c.d", MatchOp.EQUAL, "e")), MINUTE_MS),)),
        Grouping(("x.y",)),
    )


def test_dashes_are_minus_signs() -> None:
    assert parse("a-b") == Binary("-", A, B)


def test_any_unicode_is_a_label_or_a_value() -> None:
    """Trap B100."""
    for value in ("Žďár", "🚀", "שלום", "\u0301", "日本"):
        assert parse(f'a{{b="{value}"}}') == named("a", Matcher("b", MatchOp.EQUAL, value))
        assert parse(f'a{{"{value}"="x"}}') == named("a", Matcher(value, MatchOp.EQUAL, "x"))
        assert parse(f'{{"{value}"}}') == selector_of_name(value)
    assert parse(r'a{b="\u017dd\u00e1r"}') == named("a", Matcher("b", MatchOp.EQUAL, "Ždár"))


def test_zero_has_a_sign() -> None:
    """Nodes are keys of the cache: what divides by -0 must not find what divided by 0."""
    assert parse("a / 0") != parse("a / -0")
    assert Number(math.nan) != Number(1)
    assert hash(Number(2.0)) == hash(Number(2))


# ---- errors


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "parse error: no expression found in input"),
        ("# a", "parse error: no expression found in input"),
        ("foo bar", "1:5: parse error: unexpected 'bar'"),
        ("1 +", "1:4: parse error: unexpected end of input"),
        ("a\n +\n * b", "3:2: parse error: unexpected '*'"),
        ("sum(cpu) by", "1:12: parse error: unexpected end of input"),
        ("a{b=}", "1:5: parse error: unexpected '}'"),
        ("a.b c", "1:5: parse error: unexpected 'c'"),
        ("a.b +", "1:6: parse error: unexpected end of input"),
        ('a.b{x="1"} c', "1:12: parse error: unexpected 'c'"),
        ("sum by (a.b) (c) d", "1:18: parse error: unexpected 'd'"),
        ("a @ -1 b", "1:8: parse error: unexpected 'b'"),
        ("rate(a)", "1:1: parse error: expected type matrix in call to function 'rate', got vector"),
        ("1 + nope(a)", "1:5: parse error: unknown function with name 'nope'"),
        ('a{b=~"("}', "1:6: parse error: illegal regex for ("),
        ("a[0s]", "parse error: duration must be greater than 0"),
        ("a @ 1 @ 2", "parse error: @ <timestamp> may not be set multiple times"),
    ],
)
def test_errors_name_line_and_column(text: str, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        parse(text)
    (detail,) = caught.value.details
    assert detail[:2] == ("query", message)
    if detail.position is not None:
        line = text.count("\n", 0, detail.position) + 1
        assert message.startswith(f"{line}:{detail.position - text.rfind(chr(10), 0, detail.position)}: ")
    assert (detail.position is None) == message.startswith("parse error")


@pytest.mark.parametrize("text", ["a[300y]", "a[99999999y]", "a offset 300y", "a offset -300y", "a[1h:300y]"])
def test_durations_end_where_those_of_prometheus_end(text: str) -> None:
    with pytest.raises(ValidationError, match="parse error: duration"):
        parse(text)
    parse("a[290y]")


def test_patterns_are_those_of_re2() -> None:
    check_pattern("(?i)a.*")
    for pattern in ("(", "(?=a)", r"(a)\1", "a{2000}", "x" * (MAX_PATTERN_CHARS + 1)):
        with pytest.raises(ValidationError, match="parse error"):
            check_pattern(pattern)
        if '"' not in pattern and "\\" not in pattern:
            with pytest.raises(ValidationError, match="parse error"):
                parse(f'a{{b=~"{pattern}"}}')


@pytest.mark.parametrize(
    "text",
    [
        "a" + "+a" * MAX_OPERATORS,
        "a" + "^a" * MAX_OPERATORS,
        "a" + " or a" * MAX_OPERATORS,
        "-" * MAX_OPERATORS + "a",
        "abs(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH,
        "(a+" * MAX_DEPTH + "a" + ")" * MAX_DEPTH,
    ],
    ids=lambda text: text[:12],
)
def test_the_largest_expressions_can_be_walked(text: str) -> None:
    node = parse(text)
    assert hash(node) == hash(parse(f"{text} "))
    assert node == parse(f"{text} ")


# ---- format


def test_formatting_keeps_the_meaning() -> None:
    text = 'sum by(x)(rate(a{b="c"}[5m]))/ignoring(y)group_left sum(b)'
    formatted = format_expression(text)
    assert formatted != text
    assert parse(formatted) == parse(text)


def test_what_the_parser_cannot_write_is_left_as_it_is() -> None:
    assert format_expression(" a.b+1 ") == "a.b+1"
    assert format_expression("a @ -1") == "a @ -1"
    with pytest.raises(ValidationError):
        format_expression("a +")


# ---- any text

WORDS = [
    "a", "b", "a.b", "rate", "sum", "topk", "by", "without", "on", "ignoring", "group_left", "bool", "offset", "and",
    "OR", "unless", "atan2", "start", "end", "inf", "NaN", "time", "label_replace", "histogram_quantile", "absent",
    "1", "0", "-0", "1.5e3", "0x1f", "5m", "1h30m", "99999999y", "292y", '"x"', "'y'", "`z`", '"$1"', '"(.*)"', "=",
    "==", "!=", "=~", "!~", "<", ">=", "+", "-", "*", "/", "%", "^", "(", ")", "[", "]", "{", "}", ",", ":", "@", ";",
    "@ 1", "@ -1", "@ 1e9", ".", "#", "\n", "\\", "$", "é", "🚀", "\x00",
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=14), st.sampled_from(["", " "]))
def test_tokens_in_any_order_are_parsed_or_refused(words: list[str], blank: str) -> None:
    _parse_or_refuse(blank.join(words))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40) | st.text(string.printable, max_size=40))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    _parse_or_refuse(text)


def _parse_or_refuse(text: str) -> None:
    try:
        hash(parse(text))
    except ValidationError as error:
        refused = error
    else:
        return
    assert [detail.field for detail in refused.details] == ["query"]
    assert refused.details[0].message
