"""Narrowing by the index never loses a series that meets the matchers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.model import Series
from metricbox.store.contract import Matcher, MatchOp
from metricbox.store.duckdb_backend.label_index import LabelIndex
from metricbox.store.duckdb_backend.matching import compile_matcher

LABELS = st.dictionaries(st.sampled_from(["host", "dc"]), st.sampled_from(["a", "ab", "b", "a\nb", "ä"]))
MATCHERS = st.builds(
    Matcher,
    st.sampled_from(["host", "dc", "none"]),
    st.sampled_from(list(MatchOp)),
    st.sampled_from(["", "a", "a|b", "a.*", "a.+", ".*", ".+", "a?", "[ab]+", "a|", "ä"]),
)


def make_series(labels: list[dict[str, str]]) -> list[Series]:
    return [Series(number, "m", one) for number, one in enumerate(labels)]


@given(st.lists(LABELS, max_size=12), st.lists(LABELS, max_size=6), st.lists(MATCHERS, max_size=3))
def test_what_meets_the_matchers_is_among_what_is_left(
    labels: list[dict[str, str]], later: list[dict[str, str]], matchers: list[Matcher]
) -> None:
    index = LabelIndex()
    checks = [compile_matcher(matcher) for matcher in matchers]
    for series in (make_series(labels), make_series(labels + later)):
        wanted = [one for one in series if all(check(one.labels) for check in checks)]
        left = index.narrow(series, matchers)
        assert [one for one in left if all(check(one.labels) for check in checks)] == wanted


@pytest.mark.parametrize(
    ("matcher", "left"),
    [
        (Matcher("host", MatchOp.EQUAL, "h7"), 1),
        (Matcher("host", MatchOp.REGEX, "h7|h8|nobody"), 2),
        (Matcher("host", MatchOp.REGEX, "h1.*"), 11),
        (Matcher("host", MatchOp.EQUAL, "nobody"), 0),
        (Matcher("host", MatchOp.EQUAL, ""), 100),
        (Matcher("host", MatchOp.REGEX, "h?"), 100),
        (Matcher("host", MatchOp.NOT_EQUAL, "h7"), 100),
    ],
)
def test_few_series_are_left(matcher: Matcher, left: int) -> None:
    series = make_series([{"host": f"h{number}"} for number in range(100)])
    assert len(LabelIndex().narrow(series, [matcher])) == left
