"""Matchers as functions of a label set."""

import pytest

from metricbox.errors import ValidationError
from metricbox.store.contract import Matcher, MatchOp
from metricbox.store.duckdb_backend.matching import MAX_PATTERN_CHARS, compile_matcher


@pytest.mark.parametrize(
    ("op", "value", "matching", "not_matching"),
    [
        (MatchOp.EQUAL, "a", ["a"], ["", None, "A", "ab"]),
        (MatchOp.EQUAL, "", [None, ""], ["a"]),
        (MatchOp.NOT_EQUAL, "a", ["b", None], ["a"]),
        (MatchOp.REGEX, "a|bc", ["a", "bc"], ["ab", "abc", None]),
        (MatchOp.REGEX, "", [None, ""], ["a"]),
        (MatchOp.REGEX, "a.b", ["axb"], ["ab", "a\nb"]),
        (MatchOp.REGEX, "ab.*", ["ab", "abc", "ab.*"], ["a", "xab", "ab\nc", None]),
        (MatchOp.REGEX, "ab.+", ["abc", "abä"], ["ab", "ab\n", None]),
        (MatchOp.REGEX, "(?i)host", ["HOST"], ["hosts"]),
        (MatchOp.NOT_REGEX, "a.*", ["b", None], ["a", "abc"]),
    ],
)
def test_values_match(
    op: MatchOp, value: str, matching: list[str | None], not_matching: list[str | None]
) -> None:
    match = compile_matcher(Matcher("x", op, value))

    def labels(one: str | None) -> dict[str, str]:
        return {"y": "a"} if one is None else {"x": one, "y": "a"}

    assert [match(labels(one)) for one in matching] == [True] * len(matching)
    assert [match(labels(one)) for one in not_matching] == [False] * len(not_matching)


@pytest.mark.parametrize("op", [MatchOp.REGEX, MatchOp.NOT_REGEX])
@pytest.mark.parametrize("pattern", ["(", "a{2,1}", "[z-a]", "*", "x" * (MAX_PATTERN_CHARS + 1)])
def test_a_bad_pattern_names_its_label(op: MatchOp, pattern: str) -> None:
    with pytest.raises(ValidationError, match="the pattern of host") as caught:
        compile_matcher(Matcher("host", op, pattern))
    assert caught.value.details[0].field == "query"
