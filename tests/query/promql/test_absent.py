"""What stands for series that are missing."""

import numpy as np
import pytest

from metricbox.query.promql.absent import absent, labels_of_absent
from metricbox.store.contract import Matcher, MatchOp

EQUAL, NOT_EQUAL, REGEX = MatchOp.EQUAL, MatchOp.NOT_EQUAL, MatchOp.REGEX


@pytest.mark.parametrize(
    ("matchers", "labels"),
    [
        ([], ()),
        ([("__name__", EQUAL, "up")], ()),
        ([("job", EQUAL, "a"), ("inst", EQUAL, "b")], (("inst", "b"), ("job", "a"))),
        ([("job", EQUAL, "a"), ("job", EQUAL, "a")], ()),
        ([("job", EQUAL, "a"), ("job", EQUAL, "b"), ("job", EQUAL, "c")], ()),
        ([("job", EQUAL, "a"), ("job", REGEX, "a|b")], ()),
        ([("job", REGEX, "a|b"), ("job", EQUAL, "a")], (("job", "a"),)),
        ([("job", NOT_EQUAL, "a"), ("x", REGEX, "y")], ()),
        ([("job", EQUAL, "")], ()),
    ],
)
def test_a_missing_series_has_the_labels_that_are_asked_for_once(matchers, labels):
    assert labels_of_absent([Matcher(*one) for one in matchers]) == labels


def test_absent_is_one_where_nothing_is_present():
    matrix = absent(np.array([True, False, True]), (("job", "a"),))

    assert matrix.labels == [(("job", "a"),)]
    assert matrix.present.tolist() == [[False, True, False]]
    assert matrix.values[0, 1] == 1
