"""What is done to the text of an expression before promql-parser sees it. Pure.

The parser recurses without a bound (10,000 nested brackets, or as many operators, end the process), cannot read `@ -1`,
and knows no dots in names. So: the text is measured first, names of metrics and labels with dots are quoted, numbers
after `@` are taken out by their order.
"""

import json
import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from metricbox.errors import ValidationError

# Bounds under which promql-parser 0.12 takes some 30 ms at most and 1 MB of stack, and under which the tree can be
# walked within Python's recursion limit of 1,000: seven calls for a bracket, three for an operator.
MAX_CHARS = 50_000
MAX_DEPTH = 50
MAX_OPERATORS = 200

_TOKEN = re.compile(
    r"""
      (?P<space>\s+|\#[^\n]*)
    | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
    | (?P<at>@\s*[-+]?\s*(?:0[xX][0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|(?i:inf|nan)\b))
    | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?[0-9a-zA-Z_.]*)
    | (?P<word>[A-Za-z_:][A-Za-z0-9_:]*(?:\.[A-Za-z0-9_:]+)*)
    | (?P<operator>==|=~|!=|!~|<=|>=|[-+*/%^<>=])
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_WORD_OPERATORS = frozenset({"and", "or", "unless", "atan2"})
_BEFORE_LABELS = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})


class Token(NamedTuple):
    kind: str
    text: str
    position: int


class Prepared(NamedTuple):
    text: str
    """What promql-parser is given."""
    at_ms: Sequence[int]
    """The times of `@`, in order; the text names the n-th as `@ n`."""


def scan(text: str) -> list[Token]:
    """The tokens of the text, blanks and comments left out. Never fails."""
    return [
        Token(str(match.lastgroup), match.group(), match.start())
        for match in _TOKEN.finditer(text)
        if match.lastgroup != "space"
    ]


def prepare(text: str) -> Prepared:
    """Raises ValidationError for a text that is too long, too deep, or whose brackets do not match."""
    if len(text) > MAX_CHARS:
        raise fail(f"an expression has at most {MAX_CHARS} characters, this one has {len(text)}")
    tokens = scan(text)
    _check_brackets(text, tokens)
    operators = _count_operators(tokens)
    if operators > MAX_OPERATORS:
        raise fail(
            f"an expression has at most {MAX_OPERATORS} operators, this one has {operators}; "
            "aggregate over one selector, or split it",
        )
    return _rewrite(text, tokens)


def _count_operators(tokens: Sequence[Token]) -> int:
    """Of the expression: those of matchers, in braces, nest nothing. The parser reads words in any case."""
    count, in_braces = 0, False
    for token in tokens:
        if token.text in {"{", "}"}:
            in_braces = token.text == "{"
        count += token.text.lower() in _WORD_OPERATORS or (token.kind == "operator" and not in_braces)
    return count


def fail(message: str, text: str = "", position: int | None = None) -> ValidationError:
    """The error of a parse, in Prometheus's shape; `position` counts characters from 0."""
    if position is None:
        return ValidationError.for_field("query", f"parse error: {message}")
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    return ValidationError.for_field("query", f"{line}:{column}: parse error: {message}", position)


def _check_brackets(text: str, tokens: Sequence[Token]) -> None:
    opened: list[Token] = []
    for token in tokens:
        if token.kind == "open":
            opened.append(token)
            if len(opened) > MAX_DEPTH:
                raise fail(f"brackets are nested deeper than {MAX_DEPTH}", text, token.position)
        elif token.kind == "close":
            if not opened or _CLOSING[opened[-1].text] != token.text:
                raise fail(f"unexpected {token.text!r}", text, token.position)
            opened.pop()
        elif token.kind == "other" and token.text in "\"'`":
            raise fail("unterminated quoted string", text, token.position)
    if opened:
        raise fail(f"unclosed {opened[-1].text!r}", text, opened[-1].position)


def _rewrite(text: str, tokens: Sequence[Token]) -> Prepared:
    parts: list[str] = []
    at_ms: list[int] = []
    done = 0
    # Of each open bracket, whether it holds labels.
    opened: list[bool] = []
    for number, token in enumerate(tokens):
        before = tokens[number - 1] if number else None
        if token.kind == "open":
            opened.append(token.text == "{" or (before is not None and before.text.lower() in _BEFORE_LABELS))
        elif token.kind == "close":
            opened.pop()
        after = tokens[number + 1] if number + 1 < len(tokens) else None
        if token.kind == "at":
            replacement = f"@ {len(at_ms)}"
            at_ms.append(_at_ms(text, token))
        elif token.kind == "string" and token.text[0] == "`":
            # The parser reads escapes in raw strings too, where there are none.
            replacement = json.dumps(token.text[1:-1], ensure_ascii=False)
        elif token.kind == "number" and _is_too_large(token.text):
            raise fail(f"error parsing number: {token.text[:50]}: value out of range", text, token.position)
        elif is_dotted(token) and opened and opened[-1]:
            replacement = f'"{token.text}"'
        elif is_dotted(token):
            replacement = f'{{"{token.text}"'
            if after is not None and after.text == "{":
                is_empty = number + 2 < len(tokens) and tokens[number + 2].text == "}"
                replacement += "" if is_empty else ","
            else:
                replacement += "}"
        elif token.text == "{" and before is not None and is_dotted(before):
            replacement = ""  # opened before the name
        else:
            continue
        parts += [text[done : token.position], replacement]
        done = token.position + len(token.text)
    return Prepared("".join([*parts, text[done:]]), at_ms)


def _is_too_large(number: str) -> bool:
    try:
        return math.isinf(float(number))
    except ValueError:  # a duration, a hexadecimal number
        return False


def is_dotted(token: Token) -> bool:
    return token.kind == "word" and "." in token.text


def _at_ms(text: str, token: Token) -> int:
    written = re.sub(r"[@\s]", "", token.text)
    value = float(int(written, 16)) if "0x" in written.lower() else float(written)
    # As far as an integer of nanoseconds goes, like Prometheus.
    if not math.isfinite(value) or abs(value) >= 2**63 / 1e9:
        raise fail(f"timestamp out of bounds for @ modifier: {written}", text, token.position)
    return round(value * 1000)
