"""What the comparison with Prometheus takes for the same."""

import math
from pathlib import Path
from typing import Any

import pytest

from tests.promql.test_corpus import comparison

NOW_S = 1_795_600_800
ONE = {"metric": {"__name__": "m", "a": "1"}, "value": [NOW_S, "1"]}
TWO = {"metric": {"a": "2"}, "value": [NOW_S, "2"]}


def answer(*result: Any, kind: str = "vector") -> Any:
    return comparison.Answer(200, {"status": "success", "data": {"resultType": kind, "result": list(result)}})


def error(status: int = 400) -> Any:
    return comparison.Answer(status, {"status": "error", "errorType": "bad_data", "error": "no"})


def find(expected: Any, seen: Any, **options: Any) -> str:
    return str(comparison.find_difference(expected, seen, **options))


def test_equal_answers() -> None:
    assert find(answer(ONE, TWO), answer(TWO, ONE)) == ""
    assert find(answer(ONE), answer(ONE | {"value": [float(NOW_S), "1.0000000000001"]})) == ""
    assert find(answer(NOW_S, "1", kind="scalar"), answer(NOW_S, "1", kind="scalar")) == ""
    assert find(answer(NOW_S, "x", kind="string"), answer(NOW_S, "x", kind="string")) == ""
    assert find(error(), error(422)) == ""


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (answer(ONE, TWO), '1 too many; {a="2"}'),
        (answer(), '1 missing, 0 too many; m{a="1"} is missing'),
        (answer(ONE | {"value": [NOW_S, "1.00000001"]}), "1.00000001 in place of 1.0"),
        (answer(ONE | {"value": [NOW_S, "NaN"]}), "nan in place of 1.0"),
        (answer(ONE | {"value": [NOW_S + 1, "1"]}), "missing or too many"),
        (answer(ONE, ONE), "comes twice"),
        (answer(ONE, kind="matrix"), "a matrix in place of a vector"),
        (error(), "unexpected error 400"),
    ],
)
def test_different_answers(seen: Any, words: str) -> None:
    assert words in find(answer(ONE), seen)


def test_errors_need_their_form() -> None:
    assert "an error was expected" in find(error(), answer())
    assert "another form" in find(error(), comparison.Answer(400, None))
    assert "another form" in find(error(), error(500))


def test_order_counts_where_it_is_asked_for() -> None:
    assert "another order" in find(answer(ONE, TWO), answer(TWO, ONE), is_ordered=True)


@pytest.mark.parametrize(
    ("value", "other", "same"),
    [
        (math.nan, math.nan, True),
        (math.inf, math.inf, True),
        (math.inf, -math.inf, False),
        (0.0, 1e-300, False),
        (0.0, -0.0, True),
        (1e300, 1e300 * (1 + 1e-10), True),
        ("text", "text", True),
    ],
)
def test_numbers(value: Any, other: Any, same: bool) -> None:
    assert comparison.is_same(value, other) is same


def test_marks_of_the_corpus(tmp_path: Path) -> None:
    path = tmp_path / "corpus.txt"
    path.write_text('# no\n\n a  \n! b(\n? "text"\n!c\n', encoding="utf-8")
    assert comparison.read_corpus(path) == [
        ("a", False, False),
        ("b(", True, False),
        ('"text"', False, True),
        ("!c", False, False),
    ]
