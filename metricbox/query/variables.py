"""Variables in the text of a query: `$host`, `${host}`, `${host:csv}`, `[[host]]`, and `$__interval` and its kin. Pure.

A value is never pasted: what becomes of it depends on where the reference stands.

    up{host=~"$host"}     in a value with =~ or !~   escaped for RE2, several joined by |
    up{host="$host"}      in a value with = or !=    several turn = into =~; the whole value must be the reference
    label_join(up, "$x")  in any other text          one value, escaped for quotes; unknown names stay as they are
    rate(up[$window])     outside of quotes          names, numbers and durations only

Everything in quotes is escaped for quotes, so that no value ends them, whatever it holds.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise, product
from typing import NamedTuple, Protocol

from metricbox.durations import format_duration
from metricbox.errors import ValidationError
from metricbox.query.promql.parse import MAX_PATTERN_CHARS
from metricbox.query.promql.scanning import Token, scan
from metricbox.store.contract import Matcher, MatchOp

FORMATS = ("regex", "pipe", "csv", "raw")
# Samples of most sources come every 15 s or more often, and a rate needs some of them.
USUAL_INTERVAL_MS = 15_000
_SAMPLES_FOR_RATE = 4
# `tags` of a query are a filter of at most some thousand texts.
_MAX_TEXTS = 10_000

_REFERENCE = re.compile(
    r"\$\{(?P<braced>[A-Za-z_][^}:]*)(?::(?P<format>[^}]*))?\}"
    r"|\$(?P<bare>[A-Za-z_][A-Za-z0-9_]*)"
    r"|\[\[(?P<bracketed>[A-Za-z_][A-Za-z0-9_]*)(?::(?P<bracketed_format>\w+))?\]\]"
)
_QUANTITY = r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
# What may stand outside of quotes: it cannot be more than one name, number or duration.
_WORD = re.compile(rf"[A-Za-z_:][A-Za-z0-9_:.]*|{_QUANTITY}|(?:[0-9]+(?:ms|[smhdwy]))+", re.ASCII)
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
_IN_QUOTES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_AS_PATTERN = {MatchOp.EQUAL: MatchOp.REGEX, MatchOp.NOT_EQUAL: MatchOp.NOT_REGEX}
_NAMING = frozenset({"word", "string"})


class Choice(NamedTuple):
    """What was chosen of a variable."""

    values: Sequence[str]
    pattern: str | None = None
    """RE2 of an All that is not a list of values; `values` is empty then."""


class Scope(Protocol):
    """Where names of variables are looked up."""

    def find(self, name: str) -> Choice | None:
        """None for a name that is no variable."""


class Reference(NamedTuple):
    name: str
    format: str
    """One of FORMATS, or empty."""
    start: int
    end: int


def find_references(text: str) -> list[Reference]:
    """In the order of the text. Raises ValidationError for a format that is not known."""
    return [_reference(match) for match in _REFERENCE.finditer(text)]


def _reference(match: re.Match[str]) -> Reference:
    name = match["braced"] or match["bare"] or match["bracketed"]
    written = match["format"] or match["bracketed_format"] or ""
    if written and written not in FORMATS:
        raise ValidationError.for_field(
            "query", f"{match.group()[:100]}: the format of a variable is one of {', '.join(FORMATS)}"
        )
    return Reference(name.strip(), written, match.start(), match.end())


def make_builtins(start_ms: int, end_ms: int, step_ms: int, resolution_ms: int = 0) -> Mapping[str, Choice]:
    """`__interval` and its kin for a query over [start_ms, end_ms) in steps of `step_ms`, of a table of this
    resolution.
    """
    range_ms = end_ms - start_ms
    # As in Grafana: a window of the step and one sample more, and never of less than four.
    rate_ms = max(step_ms + max(USUAL_INTERVAL_MS, resolution_ms), _SAMPLES_FOR_RATE * USUAL_INTERVAL_MS)
    texts = {
        "__interval": format_duration(step_ms),
        "__interval_ms": str(step_ms),
        "__rate_interval": format_duration(rate_ms),
        "__range": format_duration(max(range_ms, 0)),
        "__range_ms": str(range_ms),
        "__range_s": str(range_ms // 1000),
        "__from": str(start_ms),
        "__to": str(end_ms),
    }
    return {name: Choice((text,)) for name, text in texts.items()}


# ---- into the text of a query


def expand_query(text: str, scope: Scope) -> str:
    """The text with values in place of references. Values are not looked into for further references.

    Raises ValidationError for an unknown variable, and for a value that cannot stand where it is wanted.
    """
    if not find_references(text):
        return text
    parts: list[str] = []
    done = 0
    for label, operator, token in _iter_strings(text):
        if not _REFERENCE.search(token.text):
            continue
        start = token.position
        content, quote = token.text[1:-1], token.text[0]
        if label is None or operator is None:
            parts += [_expand_outside(text[done:start], scope), _expand_text(content, quote, scope)]
        else:
            # The operator may change with the value.
            between = text[operator.position + len(operator.text) : start]
            written, value = _expand_value(content, quote, MatchOp(operator.text), scope)
            parts += [_expand_outside(text[done : operator.position], scope), written, between, value]
        done = start + len(token.text)
    return "".join([*parts, _expand_outside(text[done:], scope)])


def expand_builtins(text: str, builtins: Mapping[str, Choice]) -> str:
    """The text of a query without a dashboard: what is no built-in, or stands in quotes, stays as it is."""

    def expand(match: re.Match[str]) -> str:
        choice = builtins.get(match["braced"] or match["bare"] or match["bracketed"])
        return match.group() if choice is None else choice.values[0]

    parts: list[str] = []
    done = 0
    for token in scan(text):
        if token.kind == "string":
            end = token.position + len(token.text)
            parts += [_REFERENCE.sub(expand, text[done : token.position]), text[token.position : end]]
            done = end
    return "".join([*parts, _REFERENCE.sub(expand, text[done:])])


def _iter_strings(text: str) -> Iterable[tuple[Token | None, Token | None, Token]]:
    """Every quoted text, and the label and operator before it when it is the value of a matcher."""
    before: tuple[Token | None, Token | None] = (None, None)
    depth = 0
    for token in scan(text):
        depth += (token.text == "{" and token.kind == "open") - (token.text == "}" and token.kind == "close")
        if token.kind == "string":
            label, operator = before
            is_value = (
                depth > 0
                and label is not None
                and operator is not None
                and label.kind in _NAMING | {"close"}
                and operator.kind == "operator"
                and operator.text in set(MatchOp)
            )
            yield (label, operator, token) if is_value else (None, None, token)
        before = (before[1], token)


def _expand_outside(text: str, scope: Scope) -> str:
    def expand(match: re.Match[str]) -> str:
        reference = _reference(match)
        choice = _get(reference.name, scope)
        values = choice.values if choice.pattern is None else (choice.pattern,)
        for value in values or ("",):
            if not _WORD.fullmatch(value):
                raise _refuse(
                    reference.name,
                    f"{value[:100]!r} cannot stand outside of quotes, where only a name, a number or a "
                    "duration can",
                )
        return ", ".join(values)

    return _REFERENCE.sub(expand, text)


def _expand_text(content: str, quote: str, scope: Scope) -> str:
    """A quoted text that is no value of a matcher, such as the argument of label_replace with its own $names."""
    parts = []
    for literal, reference in _pieces(content):
        parts.append(_requote(literal, quote))
        if reference is not None:
            choice = scope.find(reference.name)
            if choice is None:
                parts.append(_requote(content[reference.start : reference.end], quote))
            else:
                parts.append(_quoted(_one_text(reference, choice), quote))
    return _in_quotes(parts, quote)


def _expand_value(content: str, quote: str, operator: MatchOp, scope: Scope) -> tuple[str, str]:
    """Operator and quoted value of a matcher."""
    pieces = _pieces(content)
    reference = pieces[0][1]
    is_whole = len(pieces) == 2 and not any(literal for literal, _ in pieces)
    if operator in _AS_PATTERN and is_whole and reference is not None and not reference.format:
        choice = _get(reference.name, scope)
        if choice.pattern is not None or len(choice.values) > 1:
            operator = _AS_PATTERN[operator]
    is_pattern = operator not in _AS_PATTERN
    parts = []
    for literal, one in pieces:
        parts.append(_requote(literal, quote))
        if one is None:
            continue
        choice = _get(one.name, scope)
        wants_pattern = one.format == "regex" or (is_pattern and not one.format)
        value = _pattern(one, choice, is_whole=is_whole) if wants_pattern else _one_text(one, choice)
        parts.append(_quoted(value, quote))
    return operator.value, _in_quotes(parts, quote)


def _pieces(content: str) -> list[tuple[str, Reference | None]]:
    """Literal and reference by turns; the last literal has none."""
    references = find_references(content)
    ends = [0, *(one.end for one in references)]
    pieces: list[tuple[str, Reference | None]] = [
        (content[end : one.start], one) for end, one in zip(ends, references, strict=False)
    ]
    return [*pieces, (content[ends[-1] :], None)]


def _pattern(reference: Reference, choice: Choice, *, is_whole: bool) -> str:
    pattern = choice.pattern
    if pattern is None:
        pattern = "|".join(escape_pattern(value) for value in choice.values)
    if len(pattern) > MAX_PATTERN_CHARS:
        raise _refuse(
            reference.name,
            f"{len(choice.values)} values make a pattern of more than {MAX_PATTERN_CHARS} characters; "
            "choose fewer, or give the variable an allValue such as .*",
        )
    is_plain = is_whole or (choice.pattern is None and len(choice.values) < 2)
    return pattern if is_plain else f"(?:{pattern})"


def _one_text(reference: Reference, choice: Choice) -> str:
    """The value as it is; several only in a format that says how."""
    if choice.pattern is not None:
        if reference.format in {"raw", "pipe"}:
            return choice.pattern
        raise _refuse(reference.name, "All goes with =~ and !~ here, since it is a pattern")
    if len(choice.values) > 1 and not reference.format:
        raise _refuse(
            reference.name,
            "several values go with =~ and !~, or as the whole of a tag's value, or in a format such as "
            f"${{{reference.name}:pipe}}",
        )
    return ("|" if reference.format == "pipe" else ",").join(choice.values)


def escape_pattern(value: str) -> str:
    """RE2 that matches the value alone. No more is escaped than must be: plain texts are looked up, not matched."""
    return _SPECIAL.sub(r"\\\g<0>", value)


def quote_text(text: str) -> str:
    """A text of PromQL that means this one; references in it stay references."""
    return _in_quotes([_quoted(text, '"')], '"')


def _quoted(value: str, quote: str) -> str:
    own = '"' if quote == "`" else quote
    return "".join(f"\\{char}" if char == own else _IN_QUOTES.get(char, char) for char in value)


def _requote(literal: str, quote: str) -> str:
    """A part of a quoted text; in backticks nothing is escaped, and nothing can be."""
    return _quoted(literal, quote) if quote == "`" else literal


def _in_quotes(parts: Iterable[str], quote: str) -> str:
    own = '"' if quote == "`" else quote
    return f"{own}{''.join(parts)}{own}"


# ---- into the other parts of a query


def expand_tags(tags: Mapping[str, str | Sequence[str]], scope: Scope) -> list[Matcher]:
    """Matchers of a query's `tags`, whose values are texts and no patterns."""
    matchers = []
    for label, wanted in tags.items():
        texts: list[str] = []
        patterns: list[str] = []
        for text in [wanted] if isinstance(wanted, str) else wanted:
            _expand_texts(text, scope, texts, patterns)
        if isinstance(wanted, str) and len(texts) == 1 and not patterns:
            matchers.append(Matcher(label, MatchOp.EQUAL, texts[0]))
        else:
            found = [*(escape_pattern(text) for text in texts), *patterns]
            # A class without members: no value was named, so that none fits.
            matchers.append(Matcher(label, MatchOp.REGEX, "|".join(found) if found else r"[^\s\S]"))
    return matchers


def expand_names(names: Sequence[str], scope: Scope) -> list[str]:
    """The tags of a query's `groupBy`; a variable may stand for several."""
    expanded: list[str] = []
    for name in names:
        patterns: list[str] = []
        _expand_texts(name, scope, expanded, patterns)
        if patterns:
            raise _refuse(find_references(name)[0].name, "All is a pattern here, and no list of tags")
    return list(dict.fromkeys(expanded))


def _expand_texts(text: str, scope: Scope, texts: list[str], patterns: list[str]) -> None:
    """Adds every text that this one stands for: each value of each of its variables."""
    pieces = _pieces(text)
    choices = [None if one is None else _get(one.name, scope) for _, one in pieces]
    if any(choice is not None and choice.pattern is not None for choice in choices):
        parts = [
            escape_pattern(literal)
            + ("" if one is None or choice is None else _pattern(one, choice, is_whole=False))
            for (literal, one), choice in zip(pieces, choices, strict=True)
        ]
        patterns.append("".join(parts))
        return
    variants = [
        [literal + value for value in (("",) if choice is None else choice.values or ("",))]
        for (literal, _), choice in zip(pieces, choices, strict=True)
    ]
    count = 1
    for one in variants:
        count *= len(one)
    if len(texts) + count > _MAX_TEXTS:
        raise _refuse(find_references(text)[0].name, f"stands for more than {_MAX_TEXTS} texts here")
    texts += ["".join(parts) for parts in product(*variants)]


def _get(name: str, scope: Scope) -> Choice:
    choice = scope.find(name)
    if choice is None:
        raise ValidationError.for_field(
            "query", f"${name[:100]} is no variable of this dashboard; add it, or take it out of the query"
        )
    return choice


def _refuse(name: str, message: str) -> ValidationError:
    return ValidationError.for_field(f"variables.{name}", message)


# ---- which variable needs which


def order_names(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """The names so that each comes after those that it needs. Raises ValidationError for a circle, and names it.

    Needed names that are not in `needs` are passed over.
    """
    ordered: list[str] = []
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        if name in way:
            circle = [*way[way.index(name) :], name]
            told = ", ".join(f"{one} needs {other}" for one, other in pairwise(circle))
            raise ValidationError.for_field("variables", f"go round in a circle: {told}")
        if name in done or name not in needs:
            return
        for needed in needs[name]:
            visit(needed, (*way, name))
        done.add(name)
        ordered.append(name)

    for name in needs:
        visit(name, ())
    return ordered
