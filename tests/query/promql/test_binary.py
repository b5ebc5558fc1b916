"""Operators between vectors and scalars, against hand-made rows and against a matching step by step."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.errors import EvaluationError
from metricbox.query.promql.binary import apply_binary, negate
from metricbox.query.promql.nodes import Cardinality, Matching
from metricbox.query.promql.values import Matrix, Text, Value
from tests.support.matching import COMPARISONS, match_key, match_step, matchings
from tests.support.matrices import (
    NUMBERS,
    check_same,
    make_matrix,
    make_scalars,
    matrices,
    show_matrix,
    show_number,
    vector_at,
)

ONE_TO_ONE = Matching()
SET = Cardinality.MANY_TO_MANY
LEFT = Cardinality.MANY_TO_ONE
RIGHT = Cardinality.ONE_TO_MANY
ARITHMETIC = ["+", "-", "*", "/", "%", "^", "atan2"]


def on(*labels: str, card: Cardinality = Cardinality.ONE_TO_ONE, included: Sequence[str] = ()) -> Matching:
    return Matching(labels, is_on=True, cardinality=card, included=included)


def ignoring(*labels: str, card: Cardinality = Cardinality.ONE_TO_ONE) -> Matching:
    return Matching(labels, cardinality=card)


def show(
    operator: str, left: Value, right: Value, matching: Matching = ONE_TO_ONE, *, returns_bool: bool = False
) -> list[str]:
    return show_matrix(apply_binary(operator, left, right, matching, returns_bool=returns_bool))


def message(
    operator: str, left: Value, right: Value, matching: Matching = ONE_TO_ONE, *, returns_bool: bool = False
) -> str:
    with pytest.raises(EvaluationError) as error:
        apply_binary(operator, left, right, matching, returns_bool=returns_bool)
    return error.value.message


def numbers(operator: str, left: Value, right: Value, *, returns_bool: bool = False) -> list[float]:
    return list_numbers(apply_binary(operator, left, right, ONE_TO_ONE, returns_bool=returns_bool))


def list_numbers(value: Value) -> list[float]:
    assert not isinstance(value, Text)
    return [float(number) for number in value.values.ravel()]


# ---- numbers


@pytest.mark.parametrize(
    ("left", "operator", "right", "expected"),
    [
        (7, "%", 3, "1"),
        (-7, "%", 3, "-1"),
        (7, "%", -3, "1"),
        (7.5, "%", 2, "1.5"),
        (5, "%", 0, "NaN"),
        (5, "%", math.inf, "5"),
        (math.inf, "%", 5, "NaN"),
        (-4, "%", 2, "-0"),
        (2, "^", 10, "1024"),
        (0, "^", 0, "1"),
        (math.nan, "^", 0, "1"),
        (1, "^", math.nan, "1"),
        (0, "^", -1, "+Inf"),
        (-0.0, "^", -1, "-Inf"),
        (-8, "^", 1 / 3, "NaN"),
        (-1, "^", math.inf, "1"),
        (-math.inf, "^", 0.5, "+Inf"),
        (-0.0, "^", 0.5, "0"),
        (-math.inf, "^", 3, "-Inf"),
        (1e300, "*", 1e300, "+Inf"),
        (1, "/", 0, "+Inf"),
        (-1, "/", 0, "-Inf"),
        (0, "/", 0, "NaN"),
        (0, "atan2", -0.0, show_number(math.pi)),
        (math.inf, "-", math.inf, "NaN"),
    ],
)
def test_arithmetic_has_the_special_cases_of_go(
    left: float, operator: str, right: float, expected: str
) -> None:
    assert [show_number(one) for one in numbers(operator, make_scalars(left), make_scalars(right))] == [
        expected
    ]
    vector, other = make_matrix(f"{{}} {left}"), make_matrix(f"{{}} {right}")
    assert show(operator, vector, make_scalars(right))[0].endswith(f" {expected}")
    assert show(operator, make_scalars(left), vector._replace(values=other.values))[0].endswith(
        f" {expected}"
    )
    assert show(operator, vector, other)[0].endswith(f" {expected}")


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("==", [0, 1, 0, 0]),
        ("!=", [1, 0, 1, 1]),
        (">", [0, 0, 1, 0]),
        ("<", [1, 0, 0, 0]),
        (">=", [0, 1, 1, 0]),
        ("<=", [1, 1, 0, 0]),
    ],
)
def test_scalars_compare_to_zero_and_one(operator: str, expected: list[float]) -> None:
    left, right = make_scalars(1, 2, 3, math.nan), make_scalars(2, 2, 2, 2)
    assert numbers(operator, left, right, returns_bool=True) == expected


def test_strings_have_no_operators() -> None:
    with pytest.raises(EvaluationError):
        apply_binary("+", Text("a"), make_scalars(1), ONE_TO_ONE, returns_bool=False)


# ---- vector and scalar


def test_arithmetic_with_a_scalar_drops_the_name_and_keeps_nan() -> None:
    vector = make_matrix('a{x="1"} 1 _ NaN', 'a{x="2"} 4 5 _', "a{} _ _ _")
    assert show("-", vector, make_scalars(1, 1, 1)) == ['{x="1"} 0 _ NaN', '{x="2"} 3 4 _']
    assert show("-", make_scalars(1, 2, 3), vector) == ['{x="1"} 0 _ NaN', '{x="2"} -3 -3 _']


def test_a_comparison_keeps_the_vectors_value_and_name_on_either_side() -> None:
    vector = make_matrix('a{x="1"} 1 2 3', 'a{x="2"} 1 1 NaN')
    assert show(">", vector, make_scalars(1, 1, 1)) == ['a{x="1"} _ 2 3']
    assert show("<", make_scalars(1, 1, 1), vector) == ['a{x="1"} _ 2 3']
    assert show("!=", make_scalars(1, 1, 1), vector) == ['a{x="1"} _ 2 3', 'a{x="2"} _ _ NaN']


def test_a_comparison_with_bool_drops_the_name() -> None:
    vector = make_matrix('a{x="1"} 1 2 NaN', 'a{x="2"} _ 1 1')
    assert show(">", vector, make_scalars(1, 1, 1), returns_bool=True) == ['{x="1"} 0 1 0', '{x="2"} _ 0 0']
    assert show("<=", make_scalars(1, 1, 1), vector, returns_bool=True) == ['{x="1"} 1 1 0', '{x="2"} _ 1 1']


def test_atan2_keeps_the_name_as_of_2_42() -> None:
    assert show("atan2", make_matrix("a{} 0"), make_scalars(1)) == ["a{} 0"]
    assert show("atan2", make_matrix("a{} 0"), make_matrix("b{} 1")) == ["a{} 0"]


def test_rows_that_differ_by_name_alone_become_one_unless_they_meet() -> None:
    assert show("*", make_matrix("a{} 1 _ 3", "b{} _ 2 _"), make_scalars(2, 2, 2)) == ["{} 2 4 6"]
    meeting = make_matrix("a{} 1 2", "b{} _ 2")
    assert message("*", meeting, make_scalars(1, 1)) == "vector cannot contain metrics with the same labelset"
    assert show("==", meeting, make_scalars(2, 2)) == ["a{} _ 2", "b{} _ 2"]


def test_negation_drops_the_name_and_refuses_equal_rows_at_whatever_steps() -> None:
    assert show_matrix(negate(make_matrix('a{x="1"} 1 _', 'a{x="2"} NaN -2'))) == [
        '{x="1"} -1 _',
        '{x="2"} NaN 2',
    ]
    assert list_numbers(negate(make_scalars(1, -2))) == [-1, 2]
    assert show_matrix(negate(make_matrix("a{} 1 _", "b{} _ _"))) == ["{} -1 _"]
    with pytest.raises(EvaluationError, match="same labelset"):
        negate(make_matrix("a{} 1 _", "b{} _ 2"))
    with pytest.raises(EvaluationError):
        negate(Text("a"))


# ---- one to one


def test_vectors_match_by_all_labels_but_the_name() -> None:
    left = make_matrix('a{x="1"} 1 2', 'a{x="2"} 1 1', 'a{x="3"} 1 1')
    right = make_matrix('b{x="2"} 5 _', 'b{x="1"} 10 20', 'b{x="1",y="1"} 1 1')
    assert show("+", left, right) == ['{x="1"} 11 22', '{x="2"} 6 _']
    assert show("<", left, right) == ['a{x="1"} 1 2', 'a{x="2"} 1 _']
    assert show(">", left, right, returns_bool=True) == ['{x="1"} 0 0', '{x="2"} 0 _']


def test_on_leaves_the_labels_it_names_and_ignoring_takes_its_own_away() -> None:
    left, right = make_matrix('a{x="1",y="1"} 1'), make_matrix('b{x="1",y="2"} 2')
    assert show("+", left, right, on("x")) == ['{x="1"} 3']
    assert show("<", left, right, on("x")) == ['{x="1"} 1']
    assert show("<", left, right, ignoring("y")) == ['a{x="1"} 1']
    assert show("+", left, right, on()) == ["{} 3"]
    assert show("+", left, right, on("absent")) == ["{} 3"]
    assert show("+", left, right, ignoring("x", "y")) == ["{} 3"]


def test_the_name_can_be_matched_on() -> None:
    left, right = make_matrix('a{x="1"} 1', 'b{x="1"} 2'), make_matrix('b{x="2"} 3')
    assert show("<", left, right, on("__name__")) == ["b{} 2"]
    assert show("<", left, right, on("__name__"), returns_bool=True) == ["{} 1"]
    assert show("+", left, right, on("__name__")) == ["{} 5"]
    both = make_matrix('a{x="2"} 3', 'b{x="2"} 3')
    assert message("+", left, both, on("__name__")) == "vector cannot contain metrics with the same labelset"


def test_an_empty_side_gives_nothing() -> None:
    assert show("+", make_matrix("a{} 1"), make_matrix()) == []
    assert show("+", make_matrix(), make_matrix("a{} 1")) == []
    assert show("+", make_matrix("a{} _"), make_matrix("a{} 1")) == []


def test_rows_with_one_match_key_take_turns() -> None:
    left = make_matrix('a{x="1",y="1"} 1 _ 3', 'a{x="1",y="2"} _ 2 _')
    right = make_matrix('b{x="1",z="1"} 10 20 _', 'b{x="1",z="2"} _ _ 30')
    assert show("+", left, right, on("x")) == ['{x="1"} 11 22 33']


def test_duplicates_of_the_right_side_are_named_at_the_first_step_where_they_meet() -> None:
    left = make_matrix('a{x="1"} 1 1 1')
    right = make_matrix('b{x="1",z="1"} 1 1 1', 'b{x="1",z="2"} _ _ 1', 'b{x="1",z="3"} _ 1 _')
    assert message("+", left, right, on("x")) == (
        'found duplicate series for the match group {x="1"} on the right hand-side of the operation: '
        '[{__name__="b", x="1", z="3"}, {__name__="b", x="1", z="1"}]'
        ";many-to-many matching not allowed: matching labels must be unique on one side"
    )
    nowhere_on_the_left = make_matrix('a{x="1"} 1 _ _')
    assert show("+", nowhere_on_the_left, right, on("x")) == ['{x="1"} 2 _ _']
    # Without a partner they are duplicates as well.
    other_key = make_matrix('a{x="2"} 1 1 1')
    assert "found duplicate series" in message("+", other_key, right, on("x"))


def test_duplicates_of_the_left_side_need_a_group_modifier() -> None:
    left, right = make_matrix('a{x="1",y="1"} 1 _', 'a{x="1",y="2"} 1 1'), make_matrix('b{x="1"} 1 1')
    expected = "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
    assert message("+", left, right, on("x")) == expected
    assert message("==", left, right, on("x")) == expected
    assert message(">", left, right, on("x"), returns_bool=True) == expected
    # What a comparison filters out is no match.
    assert show(">", left, right, on("x")) == []


# ---- many to one


def test_group_left_keeps_the_labels_of_the_left_and_takes_those_it_asks_for() -> None:
    left = make_matrix('a{x="1",y="1",z="z"} 1 2', 'a{x="1",y="2",z="z"} 3 4', 'a{x="3"} 1 1')
    right = make_matrix('b{w="w",x="1"} 10 10')
    assert show("/", left, right, on("x", card=LEFT, included=["w", "z"])) == [
        '{w="w",x="1",y="1"} 0.1 0.2',
        '{w="w",x="1",y="2"} 0.3 0.4',
    ]
    assert show("<", left, right, on("x", card=LEFT)) == [
        'a{x="1",y="1",z="z"} 1 2',
        'a{x="1",y="2",z="z"} 3 4',
    ]


def test_group_right_takes_the_operands_as_they_are_written() -> None:
    left, right = make_matrix('b{w="w",x="1"} 10'), make_matrix('a{x="1",y="1"} 1', 'a{x="1",y="2"} 20')
    assert show("-", left, right, on("x", card=RIGHT, included=["w"])) == [
        '{w="w",x="1",y="1"} 9',
        '{w="w",x="1",y="2"} -10',
    ]
    assert show(">", left, right, on("x", card=RIGHT)) == ['a{x="1",y="1"} 10']
    assert show(">", left, right, on("x", card=RIGHT), returns_bool=True) == [
        '{x="1",y="1"} 1',
        '{x="1",y="2"} 0',
    ]
    twice = make_matrix('b{w="1",x="1"} 1', 'b{w="2",x="1"} 1')
    assert "on the left hand-side" in message("-", twice, right, on("x", card=RIGHT))


def test_included_labels_follow_the_partner_of_each_step() -> None:
    left = make_matrix('a{x="1"} 1 1 1')
    right = make_matrix('b{v="1",x="1"} 1 _ _', 'b{v="2",x="1"} _ 2 _', 'b{v="1",w="2",x="1"} _ _ 3')
    assert show("*", left, right, on("x", card=LEFT, included=["v"])) == [
        '{v="1",x="1"} 1 _ 3',
        '{v="2",x="1"} _ 2 _',
    ]
    assert show("*", left, right, on("x", card=LEFT)) == ['{x="1"} 1 2 3']


def test_the_name_of_the_one_side_can_be_included() -> None:
    left, right = make_matrix('a{x="1"} 1'), make_matrix('b{x="1"} 1')
    matching = on("x", card=LEFT, included=["__name__"])
    assert show("+", left, right, matching) == ['b{x="1"} 2']
    assert show("==", left, right, matching) == ['b{x="1"} 1']
    assert show("==", left, right, matching, returns_bool=True) == ['{x="1"} 1']


def test_results_of_one_match_must_differ() -> None:
    left, right = make_matrix('a{x="1"} 1 _', 'b{x="1"} 1 1'), make_matrix('c{x="1"} 2 2')
    assert message("+", left, right, on("x", card=LEFT)) == (
        "multiple matches for labels: grouping labels must ensure unique matches"
    )
    assert show("<", left, right, on("x", card=LEFT)) == ['a{x="1"} 1 _', 'b{x="1"} 1 1']
    apart = make_matrix('a{x="1"} 1 _', 'b{x="1"} _ 1')
    assert show("+", apart, right, on("x", card=LEFT)) == ['{x="1"} 3 3']


# ---- fill


def test_fill_stands_in_for_either_side() -> None:
    left, right = (
        make_matrix('a{x="1"} 1 _ 3', 'a{x="2"} 5 5 _'),
        make_matrix('b{x="1"} _ 20 30', 'b{x="3"} 7 _ _'),
    )
    assert show("+", left, right, Matching(fill_left=0, fill_right=100)) == [
        '{x="1"} 101 20 33',
        '{x="2"} 105 105 _',
        '{x="3"} 7 _ _',
    ]
    assert show("+", left, right, Matching(fill_right=0)) == ['{x="1"} 1 _ 33', '{x="2"} 5 5 _']
    assert show("+", left, right, Matching(fill_left=0)) == ['{x="1"} _ 20 33', '{x="3"} 7 _ _']
    assert show("+", left, make_matrix("b{} _ _ _"), Matching(fill_right=0)) == [
        '{x="1"} 1 _ 3',
        '{x="2"} 5 5 _',
    ]


def test_a_filled_comparison_knows_no_name_on_the_left() -> None:
    left, right = make_matrix('a{x="1"} 10', 'a{x="3"} 30'), make_matrix('b{x="1"} 100', 'b{x="4"} 400')
    both = Matching(fill_left=30, fill_right=30)
    assert show("!=", left, right, both) == ['a{x="1"} 10', '{x="4"} 30']
    assert show("==", left, right, both) == ['a{x="3"} 30']
    assert show("==", left, right, both, returns_bool=True) == ['{x="1"} 0', '{x="3"} 1', '{x="4"} 0']


def test_fill_with_groups_fills_the_match_key() -> None:
    requests = make_matrix('r{m="G",s="2"} 100', 'r{m="P",s="2"} 200', 'r{m="P",s="3"} 1')
    limits = make_matrix('l{o="a",s="2"} 1000', 'l{o="b",s="4"} 500')
    matching = Matching(["s"], is_on=True, cardinality=LEFT, included=["o"], fill_left=0, fill_right=0)
    assert show("+", requests, limits, matching) == [
        '{m="G",o="a",s="2"} 1100',
        '{m="P",o="a",s="2"} 1200',
        '{m="P",s="3"} 1',
        '{o="b",s="4"} 500',
    ]
    # As in Prometheus: with group_right, fill_left is the value of the many side.
    right = Matching(["s"], is_on=True, cardinality=RIGHT, fill_left=1)
    assert show("-", limits, requests, right) == ['{m="G",s="2"} 900', '{m="P",s="2"} 800', '{s="4"} 499']


# ---- set operators


def test_and_or_unless_hold_step_by_step() -> None:
    left = make_matrix('a{x="1"} 1 1 _', 'a{x="2"} 2 2 2')
    right = make_matrix('b{x="1"} _ 5 5', 'b{x="3"} 6 6 6')
    assert show("and", left, right, Matching(cardinality=SET)) == ['a{x="1"} _ 1 _']
    assert show("unless", left, right, Matching(cardinality=SET)) == ['a{x="1"} 1 _ _', 'a{x="2"} 2 2 2']
    assert show("or", left, right, Matching(cardinality=SET)) == [
        'a{x="1"} 1 1 _',
        'a{x="2"} 2 2 2',
        'b{x="1"} _ _ 5',
        'b{x="3"} 6 6 6',
    ]


def test_a_series_of_both_sides_is_one_row() -> None:
    left, right = make_matrix('a{x="1"} 1 _'), make_matrix('a{x="1"} 5 6')
    assert show("or", left, right, Matching(cardinality=SET)) == ['a{x="1"} 1 6']


def test_set_operators_match_many_to_many() -> None:
    left = make_matrix('a{x="1",y="1"} 1', 'a{x="1",y="2"} 2', 'a{x="2"} 3')
    right = make_matrix('b{x="1",z="1"} 1', 'b{x="1",z="2"} 1')
    assert show("and", left, right, on("x", card=SET)) == ['a{x="1",y="1"} 1', 'a{x="1",y="2"} 2']
    assert show("and", left, right, on(card=SET)) == show_matrix(left)
    assert show("unless", left, right, ignoring("y", "z", card=SET)) == ['a{x="2"} 3']


def test_set_operators_take_empty_sides() -> None:
    vector, nothing = make_matrix("a{} 1"), make_matrix()
    for operator, first, second in [("and", [], []), ("or", ["a{} 1"], ["a{} 1"]), ("unless", ["a{} 1"], [])]:
        assert show(operator, vector, nothing, Matching(cardinality=SET)) == first
        assert show(operator, nothing, vector, Matching(cardinality=SET)) == second


# ---- against Prometheus's way: every step for itself


@given(
    st.sampled_from(["+", "-", "*", *COMPARISONS]),
    matrices(("a", "b")),
    matrices(("a", "c")),
    matchings(),
    st.booleans(),
)
def test_matching_at_once_is_matching_step_by_step(
    operator: str, left: Matrix, right: Matrix, matching: Matching, is_bool: bool
) -> None:
    returns_bool = is_bool and operator in COMPARISONS
    try:
        expected = [
            match_step(
                operator, vector_at(left, step), vector_at(right, step), matching, returns_bool=returns_bool
            )
            for step in range(3)
        ]
    except ValueError:
        with pytest.raises(EvaluationError):
            apply_binary(operator, left, right, matching, returns_bool=returns_bool)
        return
    result = apply_binary(operator, left, right, matching, returns_bool=returns_bool)
    assert isinstance(result, Matrix)
    assert len(set(result.labels)) == result.size
    assert result.present.any(axis=1).all()
    for step in range(3):
        check_same(vector_at(result, step), expected[step])


@given(st.sampled_from(["and", "or", "unless"]), matrices(), matrices(("a", "c")), matchings())
def test_sets_at_once_are_sets_step_by_step(
    operator: str, left: Matrix, right: Matrix, matching: Matching
) -> None:
    result = apply_binary(operator, left, right, matching, returns_bool=False)
    assert isinstance(result, Matrix)
    for step in range(3):
        left_now, right_now = vector_at(left, step), vector_at(right, step)
        left_keys = {match_key(labels, matching) for labels, _ in left_now}
        right_keys = {match_key(labels, matching) for labels, _ in right_now}
        common = [one for one in left_now if match_key(one[0], matching) in right_keys]
        check_same(
            vector_at(result, step),
            {
                "and": common,
                "unless": [one for one in left_now if one not in common and one[0] not in dict(common)],
                "or": left_now + [one for one in right_now if match_key(one[0], matching) not in left_keys],
            }[operator],
        )


@given(st.sampled_from(ARITHMETIC), NUMBERS, NUMBERS)
def test_a_number_has_one_result_as_vector_and_as_scalar(operator: str, left: float, right: float) -> None:
    scalars = [make_scalars(one) for one in (left, right)]
    vectors = [make_matrix("a{} 1")._replace(values=np.array([[one]])) for one in (left, right)]
    sides: list[tuple[Value, Value]] = [
        (scalars[0], scalars[1]),
        (scalars[0], vectors[1]),
        (vectors[0], scalars[1]),
        (vectors[0], vectors[1]),
    ]
    # Up to the last digits: numpy has several ways to a power.
    assert len({f"{numbers(operator, one, other)[0]:.12g}" for one, other in sides}) == 1
