"""Matchers made into functions over label sets. Pure."""

import re
from collections.abc import Callable, Mapping

from metricbox.errors import ValidationError
from metricbox.store.contract import Matcher, MatchOp

# Longer patterns are refused: they come from no person.
MAX_PATTERN_CHARS = 20_000


def compile_matcher(matcher: Matcher) -> Callable[[Mapping[str, str]], bool]:
    """A function of a label set that tells whether it meets the matcher. A missing label is the empty text.

    Raises ValidationError for a pattern that is not a regular expression.
    """
    label, op, value = matcher
    if op is MatchOp.EQUAL:
        return lambda labels: labels.get(label, "") == value
    if op is MatchOp.NOT_EQUAL:
        return lambda labels: labels.get(label, "") != value
    if len(value) > MAX_PATTERN_CHARS:
        raise ValidationError.for_field(
            "query", f"the pattern of {label} has more than {MAX_PATTERN_CHARS} characters"
        )
    try:
        pattern = re.compile(value, re.DOTALL)
    except re.error as error:
        raise ValidationError.for_field(
            "query", f"the pattern of {label} is not a regular expression: {error}"
        ) from error
    if op is MatchOp.REGEX:
        return lambda labels: pattern.fullmatch(labels.get(label, "")) is not None
    return lambda labels: pattern.fullmatch(labels.get(label, "")) is None
