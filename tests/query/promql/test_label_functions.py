"""Labels made of labels."""

import numpy as np
import pytest

from metricbox.errors import EvaluationError
from metricbox.query.promql.label_functions import label_join, label_replace
from metricbox.query.promql.values import Matrix


def matrix_of(*labels, present=None):
    rows = [tuple(sorted(one.items())) for one in labels]
    values = np.arange(len(rows) * 2, dtype=float).reshape(-1, 2)
    return Matrix(rows, values, np.ones(values.shape, np.bool_) if present is None else np.array(present))


def replace_one(labels, target, template, source, pattern):
    return dict(label_replace(matrix_of(labels), target, template, source, pattern).labels[0])


SOURCE = {"__name__": "m", "src": "source-value-10"}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("value-$1", "value-source"),
        ("${2}", "10"),
        ("$n", "10"),
        ("${n}x", "10x"),
        ("$0", "source-value-10"),
        ("$1$2", "source10"),
        ("$$1", "$1"),
        ("$", "$"),
        ("a$-$1", "a$-source"),
        ("${1", "${1"),
        ("${}", "${}"),
        ("x$1x", "x"),  # the longest name: no group is called 1x
        ("x$3", "x"),
        ("x$nope", "x"),
        ("x$01", "x"),
        ("x$1234567890", "x"),
        ("x$1_", "x"),
        ("x$é", "x"),
        ("$1²", "source²"),  # no digit to Go
        ("a\\1\n", "a\\1\n"),
    ],
)
def test_a_template_is_filled_in_as_go_does(template, text):
    assert replace_one(SOURCE, "dst", template, "src", "(.*)-value-(?P<n>.*)") == {**SOURCE, "dst": text}


def test_an_empty_result_removes_the_label():
    assert replace_one({**SOURCE, "dst": "old"}, "dst", "$2", "src", "(.*)") == SOURCE
    assert replace_one(SOURCE, "__name__", "", "src", ".*") == {"src": "source-value-10"}


def test_the_name_is_a_label_like_others():
    assert replace_one(SOURCE, "__name__", "${1}_total", "__name__", "(.*)") == {
        "__name__": "m_total",
        "src": "source-value-10",
    }


@pytest.mark.parametrize("pattern", ["source", "value", "10", "(?-s:nothing)", ""])
def test_a_pattern_that_does_not_match_the_whole_value_changes_nothing(pattern):
    assert replace_one({**SOURCE, "dst": "old"}, "dst", "new", "src", pattern) == {**SOURCE, "dst": "old"}


def test_a_missing_label_is_the_empty_text():
    assert replace_one(SOURCE, "dst", "new", "missing", "") == {**SOURCE, "dst": "new"}
    assert replace_one(SOURCE, "dst", "new", "missing", ".+") == SOURCE


def test_a_group_that_takes_no_part_is_empty():
    assert replace_one(SOURCE, "dst", "<$1$2>", "src", "(x)?source(y)?.*")["dst"] == "<>"


def test_texts_beyond_ascii_are_cut_at_characters():
    assert replace_one({"src": "größe-日本"}, "dst", "$2/$1", "src", "(gr.*)-(.*)")["dst"] == "日本/größe"


def test_values_stay_with_their_rows():
    matrix = matrix_of({"src": "a"}, {"src": "b"})
    result = label_replace(matrix, "dst", "$1", "src", "(b)")

    assert result.labels == [(("src", "a"),), (("dst", "b"), ("src", "b"))]
    np.testing.assert_array_equal(result.values, matrix.values)


def test_rows_that_become_equal_are_one_series_unless_they_meet():
    apart = matrix_of({"src": "a"}, {"src": "b"}, present=[[True, False], [False, True]])
    result = label_replace(apart, "src", "", "", "")

    assert result.labels == [()]
    assert result.values.tolist() == [[0.0, 3.0]]
    with pytest.raises(EvaluationError, match=r"^vector cannot contain metrics with the same labelset$"):
        label_replace(matrix_of({"src": "a"}, {"src": "b"}), "src", "", "", "")


@pytest.mark.parametrize("pattern", ["(.*", "[0-9", "(?=a).*", "a{1001}", "\ud800"])
def test_a_wrong_pattern_is_named(pattern):
    with pytest.raises(EvaluationError) as caught:
        label_replace(matrix_of(SOURCE), "dst", "", "src", pattern)
    assert caught.value.message == f"invalid regular expression in label_replace(): {pattern}"


@pytest.mark.parametrize("name", ["", "invalid-label-name", "1a", "a.b", "é", "a\n"])
def test_a_wrong_label_name_is_named_even_when_there_are_no_rows(name):
    with pytest.raises(EvaluationError) as caught:
        label_replace(matrix_of(SOURCE).take([]), name, "", "src", ".*")
    assert caught.value.message == f"invalid destination label name in label_replace(): {name}"
    with pytest.raises(EvaluationError) as caught:
        label_join(matrix_of(SOURCE), name, "", ["src"])
    assert caught.value.message == f"invalid destination label name in label_join(): {name}"
    with pytest.raises(EvaluationError) as caught:
        label_join(matrix_of(SOURCE), "dst", "", ["src", name])
    assert caught.value.message == f"invalid source label name in label_join(): {name}"


@pytest.mark.parametrize(
    ("target", "separator", "sources", "expected"),
    [
        ("dst", "-", ["a", "b"], {"a": "1", "b": "2", "dst": "1-2"}),
        ("dst", "-", ["a", "none", "b"], {"a": "1", "b": "2", "dst": "1--2"}),
        ("a", "", ["b", "a"], {"a": "21", "b": "2"}),
        ("a", "", ["none"], {"b": "2"}),
        ("a", ", ", [], {"b": "2"}),
        ("__name__", "_", ["a", "b"], {"__name__": "1_2", "a": "1", "b": "2"}),
    ],
)
def test_label_join(target, separator, sources, expected):
    result = label_join(matrix_of({"a": "1", "b": "2"}), target, separator, sources)
    assert dict(result.labels[0]) == expected
