"""Matchers made into functions over label sets. Pure.

Patterns are RE2's, as in Prometheus: matched against the whole value, in linear time whatever the pattern.
"""

import re
from collections.abc import Callable, Mapping

import re2

from metricbox.errors import ValidationError
from metricbox.store.contract import Matcher, MatchOp

# Longer patterns are refused: they come from no person.
MAX_PATTERN_CHARS = 20_000

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False

# A text without anything that means something else in a pattern.
_LITERALS = re.compile(r"[\w :;,@#%&=<>~'\"!/-]+(?:\|[\w :;,@#%&=<>~'\"!/-]+)*", re.ASCII)
_PREFIX = re.compile(r"([\w :;,@#%&=<>~'\"!/-]+)\.([*+])", re.ASCII)


def compile_matcher(matcher: Matcher) -> Callable[[Mapping[str, str]], bool]:
    """A function of a label set that tells whether it meets the matcher. A missing label is the empty text.

    Raises ValidationError for a pattern that is not a regular expression.
    """
    label, op, value = matcher
    if op is MatchOp.EQUAL:
        return lambda labels: labels.get(label, "") == value
    if op is MatchOp.NOT_EQUAL:
        return lambda labels: labels.get(label, "") != value
    matches = compile_pattern(value, f"the pattern of {label}")
    if op is MatchOp.REGEX:
        return lambda labels: matches(labels.get(label, ""))
    return lambda labels: not matches(labels.get(label, ""))


def literals_of(pattern: str) -> frozenset[str] | None:
    """The texts that match, where the pattern is but a list of them: by far the most frequent, since dashboards'
    variables make such ones.
    """
    return frozenset(pattern.split("|")) if _LITERALS.fullmatch(pattern) else None


def compile_pattern(pattern: str, shown: str) -> Callable[[str], bool]:
    """Whether a whole text matches. `shown` names the pattern in errors."""
    if len(pattern) > MAX_PATTERN_CHARS:
        raise ValidationError.for_field("query", f"{shown} has more than {MAX_PATTERN_CHARS} characters")
    literals = literals_of(pattern)
    if literals is not None:
        return literals.__contains__
    prefixed = _PREFIX.fullmatch(pattern)
    if prefixed:
        # RE2 by way of Python takes 2 us a text; and a dot stands for no line break.
        prefix, least = prefixed[1], len(prefixed[1]) + (prefixed[2] == "+")
        return lambda text: text.startswith(prefix) and len(text) >= least and "\n" not in text[len(prefix) :]
    try:
        compiled = re2.compile(pattern, _OPTIONS)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise ValidationError.for_field("query", f"{shown} is not a regular expression: {text}") from None
    # The same label values are asked for again and again; each is matched once.
    known: dict[str, bool] = {}

    def matches(text: str) -> bool:
        found = known.get(text)
        if found is None:
            found = known[text] = compiled.fullmatch(text) is not None
        return found

    return matches
