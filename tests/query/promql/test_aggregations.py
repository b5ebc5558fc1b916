"""Aggregations, against hand-made rows and against a working through step by step."""

import math
import statistics
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.errors import EvaluationError, LimitExceededError
from metricbox.model import Labels
from metricbox.query.promql.aggregations import MAX_COUNTED_CELLS, aggregate
from metricbox.query.promql.nodes import Grouping
from metricbox.query.promql.values import Matrix, Scalars, Text
from tests.support.matrices import (
    Vector,
    check_same,
    make_matrix,
    make_scalars,
    matrices,
    show_matrix,
    vector_at,
)

ALL = Grouping()


def by(*labels: str) -> Grouping:
    return Grouping(labels)


def without(*labels: str) -> Grouping:
    return Grouping(labels, is_without=True)


def show(operator: str, matrix: Matrix, grouping: Grouping = ALL, *parameter: float) -> list[str]:
    return show_matrix(aggregate(operator, matrix, grouping, make_scalars(*parameter) if parameter else None))


def count_values(matrix: Matrix, grouping: Grouping, label: str) -> list[str]:
    return show_matrix(aggregate("count_values", matrix, grouping, Text(label)))


def message(operator: str, matrix: Matrix, parameter: Scalars | Text) -> str:
    with pytest.raises(EvaluationError) as error:
        aggregate(operator, matrix, ALL, parameter)
    return error.value.message


# ---- groups

ROWS = make_matrix('a{x="1",y="1"} 1 2 _', 'a{x="1",y="2"} 3 _ _', 'b{x="2"} 5 6 7', 'b{x="3"} _ _ _')


def test_without_a_grouping_there_is_one_row_without_labels() -> None:
    assert show("sum", ROWS) == ["{} 9 8 7"]
    assert show("sum", ROWS, by()) == ["{} 9 8 7"]


def test_by_keeps_the_labels_it_names_the_metric_name_too() -> None:
    assert show("sum", ROWS, by("x")) == ['{x="1"} 4 2 _', '{x="2"} 5 6 7']
    assert show("sum", ROWS, by("__name__")) == ["a{} 4 2 _", "b{} 5 6 7"]
    assert show("sum", ROWS, by("nowhere")) == ["{} 9 8 7"]


def test_without_takes_away_the_labels_it_names_and_the_metric_name() -> None:
    assert show("sum", ROWS, without("y")) == ['{x="1"} 4 2 _', '{x="2"} 5 6 7']
    assert show("sum", make_matrix("a{} 1", "b{} 2"), without()) == ["{} 3"]


def test_nothing_gives_nothing() -> None:
    parameters: dict[str, tuple[float, ...]] = {
        "quantile": (0.5,),
        "topk": (1,),
        "bottomk": (1,),
        "limitk": (1,),
        "limit_ratio": (0.5,),
    }
    for operator in ["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar", *parameters]:
        for nothing in (make_matrix(), make_matrix("a{} _")):
            assert show(operator, nothing, ALL, *parameters.get(operator, ())) == []
    assert count_values(make_matrix("a{} _"), ALL, "v") == []


# ---- one value for each group


def test_counts_and_groups() -> None:
    assert show("count", ROWS, by("x")) == ['{x="1"} 2 1 _', '{x="2"} 1 1 1']
    assert show("group", ROWS, by("x")) == ['{x="1"} 1 1 _', '{x="2"} 1 1 1']


def test_extremes_pass_over_nan_unless_there_is_nothing_else() -> None:
    rows = make_matrix("a{} NaN NaN 2", "b{} 1 NaN _", "c{} -Inf _ 3")
    assert show("max", rows) == ["{} 1 NaN 3"]
    assert show("min", rows) == ["{} -Inf NaN 2"]


def test_nan_and_opposed_infinities_make_a_sum_nan() -> None:
    rows = make_matrix("a{} NaN +Inf +Inf", "b{} 1 -Inf 1")
    assert show("sum", rows) == ["{} NaN NaN +Inf"]
    assert show("avg", rows) == ["{} NaN NaN +Inf"]


def test_a_sum_of_minus_zero_is_minus_zero() -> None:
    assert show("sum", make_matrix("a{} -0 -0", "b{} _ 0")) == ["{} -0 0"]


def test_a_mean_does_not_overflow_where_its_values_do_not() -> None:
    big = "9.988465674311579e+307"
    rows = make_matrix(
        f"a{{}} {big} -{big}", f"b{{}} {big} -{big}", f"c{{}} {big} {big}", f"d{{}} {big} {big}"
    )
    assert aggregate("avg", rows, ALL, None).values[0] == pytest.approx([float(big), 0], rel=1e-15)
    mixed = make_matrix(f"a{{}} {big} {big}", f"b{{}} {big} _", f"c{{}} {big} +Inf")
    assert aggregate("avg", mixed, ALL, None).values[0] == pytest.approx([float(big), math.inf], rel=1e-15)


def test_equal_values_do_not_vary_at_all() -> None:
    rows = make_matrix("a{} 13.3", "b{} 13.3", "c{} 13.3")
    assert show("stddev", rows) == ["{} 0"]
    assert show("stdvar", rows) == ["{} 0"]


def test_variance_is_that_of_the_whole_population() -> None:
    rows = make_matrix("a{} 100 1", "b{} 200 _", "c{} 300 _", "d{} 400 3")
    assert show("stdvar", rows) == ["{} 12500 1"]
    assert show("stddev", make_matrix("a{} 1", "b{} 3")) == ["{} 1"]


def test_a_single_value_varies_by_nothing_and_infinities_by_nan() -> None:
    rows = make_matrix('a{x="1"} NaN +Inf 1', 'a{x="2"} _ _ +Inf')
    assert show("stdvar", rows) == ["{} 0 0 NaN"]


def test_variance_is_stable_far_from_zero() -> None:
    rows = make_matrix("a{} 1000000001", "b{} 1000000002", "c{} 1000000003")
    assert aggregate("stdvar", rows, ALL, None).values[0, 0] == pytest.approx(2 / 3, rel=1e-12)


def test_quantiles_lie_between_the_values() -> None:
    rows = make_matrix("a{} 0 0 0", "b{} 1 1 4", "c{} _ 2 1")
    assert show("quantile", rows, ALL, 0.8, 0.8, 0.5) == ["{} 0.8 1.6 1"]
    assert show("quantile", rows, ALL, 0, 1, 1) == ["{} 0 2 4"]


def test_quantiles_outside_of_zero_and_one() -> None:
    assert show("quantile", make_matrix("a{} 1 1 1"), ALL, -0.1, 1.1, math.nan) == ["{} -Inf +Inf NaN"]


def test_nan_is_the_smallest_of_values_to_a_quantile() -> None:
    rows = make_matrix("a{} 5", "b{} NaN", "c{} -Inf")
    assert show("quantile", rows, ALL, 0) == ["{} NaN"]
    assert show("quantile", rows, ALL, 1) == ["{} 5"]
    # The weight of the upper neighbour is 0, but of an infinity that makes NaN, as in Prometheus.
    assert show("quantile", make_matrix("a{} 5", "b{} 6", "c{} +Inf"), ALL, 0.5) == ["{} NaN"]


# ---- topk and bottomk


def test_the_largest_at_one_step_come_in_order_with_nan_last() -> None:
    rows = make_matrix('a{x="1"} 1', 'a{x="2"} NaN', 'a{x="3"} 3', 'a{x="4"} +Inf', 'a{x="5"} _')
    largest = ['a{x="4"} +Inf', 'a{x="3"} 3', 'a{x="1"} 1', 'a{x="2"} NaN']
    for count in range(1, 5):
        assert show("topk", rows, ALL, count) == largest[:count]
    assert show("topk", rows, ALL, 1e15) == largest
    assert show("bottomk", rows, ALL, 9) == ['a{x="1"} 1', 'a{x="3"} 3', 'a{x="4"} +Inf', 'a{x="2"} NaN']


def test_at_one_step_groups_come_as_they_first_appear() -> None:
    rows = make_matrix('a{g="0",x="0"} _', 'a{g="1",x="1"} 1', 'a{g="0",x="2"} 5', 'a{g="1",x="3"} 3')
    assert show("topk", rows, by("g"), 1) == ['a{g="1",x="3"} 3', 'a{g="0",x="2"} 5']
    assert show("bottomk", rows, without("x"), 2) == [
        'a{g="1",x="1"} 1',
        'a{g="1",x="3"} 3',
        'a{g="0",x="2"} 5',
    ]


def test_at_several_steps_rows_stay_in_their_order_and_k_may_change() -> None:
    rows = make_matrix('a{x="1"} 1 9 1', 'a{x="2"} 2 _ 2', 'a{x="3"} 3 8 3', 'a{x="4"} 0 0 0')
    assert show("topk", rows, ALL, 1, 1, 2.9) == ['a{x="1"} _ 9 _', 'a{x="2"} _ _ 2', 'a{x="3"} 3 _ 3']
    assert show("topk", rows, ALL, 0, -5, 0.9) == []
    assert show("bottomk", rows, ALL, 1, 0, 0) == ['a{x="4"} 0 _ _']


def test_of_equal_values_the_earlier_row_is_chosen() -> None:
    rows = make_matrix('a{x="1"} 1 1', 'a{x="2"} 1 1', 'a{x="3"} 1 2')
    assert show("topk", rows, ALL, 1, 2) == ['a{x="1"} 1 1', 'a{x="3"} _ 2']


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (math.nan, "NaN"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
        (1e30, "1e+30"),
        (2.0**63, "9.223372036854776e+18"),
    ],
)
def test_a_k_that_is_no_whole_number_is_refused(count: float, text: str) -> None:
    for operator in ("topk", "bottomk", "limitk"):
        assert message(operator, ROWS, make_scalars(1, count, 1)) == f"Scalar value {text} overflows int64"
    assert "overflows" in message("topk", make_matrix(), make_scalars(count))


def test_a_parameter_is_of_the_right_type() -> None:
    assert "expected type scalar" in message("topk", ROWS, Text("a"))
    assert "expected type string" in message("count_values", ROWS, make_scalars(1, 1, 1))


# ---- limitk and limit_ratio


def test_limitk_takes_the_first_rows_of_each_group_at_each_step() -> None:
    rows = make_matrix('a{g="1",x="1"} _ 1', 'a{g="2",x="2"} 2 2', 'a{g="1",x="3"} 3 3', 'a{g="1",x="4"} 4 4')
    assert show("limitk", rows, by("g"), 1, 1) == [
        'a{g="1",x="1"} _ 1',
        'a{g="2",x="2"} 2 2',
        'a{g="1",x="3"} 3 _',
    ]
    assert show("limitk", rows, ALL, 0, 2) == ['a{g="1",x="1"} _ 1', 'a{g="2",x="2"} _ 2']
    assert show("limitk", rows, ALL, 1e9, 1e9) == show_matrix(rows)


def test_a_ratio_chooses_by_series_and_its_complement_the_rest() -> None:
    rows = make_matrix(*(f'a{{x="{number}"}} 1 1' for number in range(2000)))
    chosen = aggregate("limit_ratio", rows, ALL, make_scalars(0.3, 0.3))
    others = aggregate("limit_ratio", rows, ALL, make_scalars(-0.7, -0.7))
    assert 500 < chosen.size < 700
    assert sorted([*chosen.labels, *others.labels]) == sorted(rows.labels)
    assert chosen.present.all()
    alone = aggregate("limit_ratio", chosen.take([7]), ALL, make_scalars(0.3, 0.3))
    assert alone.labels == [chosen.labels[7]]


def test_ratios_are_cut_to_one_and_nan_is_refused() -> None:
    assert show("limit_ratio", ROWS, ALL, 1, 7, -1)[2] == 'b{x="2"} 5 6 7'
    assert show("limit_ratio", ROWS, ALL, 0, 0, 0) == []
    assert message("limit_ratio", ROWS, make_scalars(1, math.nan, 1)) == "Ratio value is NaN"


# ---- count_values


def test_values_are_counted_by_their_text() -> None:
    rows = make_matrix('a{x="1"} 6 6', 'a{x="2"} 8 6', 'a{x="3"} 6 _', 'a{x="4"} NaN 0', 'a{x="5"} 1e+21 -0')
    assert count_values(rows, ALL, "v") == [
        '{v="6"} 2 2',
        '{v="8"} 1 _',
        '{v="NaN"} 1 _',
        '{v="0"} _ 1',
        '{v="1000000000000000000000"} 1 _',
        '{v="-0"} _ 1',
    ]


def test_nans_are_one_value_whatever_their_bits() -> None:
    other_nan = np.array([0x7FF8000000000123], np.uint64).view(np.float64)[0]
    rows = Matrix([(("x", "1"),), (("x", "2"),)], np.array([[math.nan], [other_nan]]), np.ones((2, 1), bool))
    assert count_values(rows, ALL, "v") == ['{v="NaN"} 2']


VERSIONS = make_matrix(
    'a{g="1",j="1",x="1"} 6', 'a{g="1",j="1",x="2"} 6', 'a{g="1",j="2",x="1"} 6', 'a{g="2",j="1",x="1"} 8'
)


def test_values_are_counted_in_groups() -> None:
    assert count_values(VERSIONS, by("g"), "v") == ['{g="1",v="6"} 3', '{g="2",v="8"} 1']
    assert count_values(VERSIONS, without("x"), "v") == [
        '{g="1",j="1",v="6"} 2',
        '{g="1",j="2",v="6"} 1',
        '{g="2",j="1",v="8"} 1',
    ]


def test_the_counted_label_takes_the_place_of_one_that_is_there() -> None:
    expected = ['{g="1",j="6"} 3', '{g="2",j="8"} 1']
    assert count_values(VERSIONS, without("x"), "j") == expected
    assert count_values(VERSIONS, by("j", "g"), "j") == expected
    # It may be the name itself, and may be taken away again.
    assert count_values(VERSIONS, ALL, "__name__")[0] == "6{} 3"
    assert count_values(VERSIONS, without("x", "j"), "j") == ['{g="1"} 3', '{g="2"} 1']
    assert count_values(VERSIONS, without("x", "j"), "__name__") == ['{g="1"} 3', '{g="2"} 1']


@pytest.mark.parametrize("label", ["", "1a", "a-b", "a.b", "é", "a\n"])
def test_a_label_that_is_none_is_refused(label: str) -> None:
    quoted = {"a\n": '"a\\n"'}.get(label, f'"{label}"')
    assert message("count_values", make_matrix(), Text(label)) == f"invalid label name {quoted}"


def test_values_beyond_number_are_refused() -> None:
    side = int(MAX_COUNTED_CELLS ** (1 / 3)) + 1
    values = np.arange(side * side, dtype=np.float64).reshape(side, side)
    rows = Matrix([(("x", str(row)),) for row in range(side)], values, np.ones((side, side), bool))
    with pytest.raises(LimitExceededError, match="count_values"):
        aggregate("count_values", rows, ALL, Text("v"))


# ---- against a working through step by step


def mean_of(values: Sequence[float]) -> float:
    if any(math.isnan(value) for value in values) or {math.inf, -math.inf} <= set(values):
        return math.nan
    infinite = [value for value in values if math.isinf(value)]
    return infinite[0] if infinite else float(sum(map(Fraction, values)) / len(values))


def variance_of(values: Sequence[float]) -> float:
    if len(values) == 1:
        return 0.0
    if not all(map(math.isfinite, values)):
        return math.nan
    return float(statistics.pvariance(list(map(Fraction, values))))


def quantile_of(level: float, values: Sequence[float]) -> float:
    if math.isnan(level):
        return math.nan
    if level < 0 or level > 1:
        return math.inf if level > 1 else -math.inf
    ordered = sorted(values, key=lambda value: (not math.isnan(value), value))
    rank = level * (len(values) - 1)
    lower = math.floor(rank)
    upper = min(len(values) - 1, lower + 1)
    weight = rank - lower
    return ordered[lower] * (1 - weight) + ordered[upper] * weight


def numbers_of(values: Sequence[float]) -> list[float]:
    return [value for value in values if not math.isnan(value)]


REFERENCES: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": lambda values: mean_of(values) * len(values),
    "avg": mean_of,
    "min": lambda values: min(numbers_of(values), default=math.nan),
    "max": lambda values: max(numbers_of(values), default=math.nan),
    "count": lambda values: float(len(values)),
    "group": lambda values: 1.0,
    "stdvar": variance_of,
    "stddev": lambda values: math.sqrt(variance_of(values)),
}
GROUPINGS = st.builds(
    Grouping, st.lists(st.sampled_from(["x", "y", "__name__"]), max_size=3, unique=True), st.booleans()
)


def group_key(labels: Labels, grouping: Grouping) -> Labels:
    if grouping.is_without:
        return tuple(pair for pair in labels if pair[0] not in {*grouping.labels, "__name__"})
    return tuple(pair for pair in labels if pair[0] in grouping.labels)


def groups_at(matrix: Matrix, step: int, grouping: Grouping) -> dict[Labels, Vector]:
    groups: dict[Labels, Vector] = {}
    for labels, value in vector_at(matrix, step):
        groups.setdefault(group_key(labels, grouping), []).append((labels, value))
    return groups


def tame(matrix: Matrix) -> Matrix:
    """Without the numbers whose sums depend on the order they are added in."""
    values = np.where(np.abs(matrix.values) == 1e300, 4.0, matrix.values)
    return matrix._replace(values=values)


@given(st.sampled_from(sorted(REFERENCES)), matrices(largest=12).map(tame), GROUPINGS)
def test_folds_at_once_are_folds_step_by_step(operator: str, matrix: Matrix, grouping: Grouping) -> None:
    result = aggregate(operator, matrix, grouping, None)
    assert result.present.any(axis=1).all()
    for step in range(3):
        check_same(
            vector_at(result, step),
            [
                (key, REFERENCES[operator]([value for _, value in group]))
                for key, group in groups_at(matrix, step, grouping).items()
            ],
        )


LEVELS = st.sampled_from([0.0, 0.1, 0.5, 0.75, 1.0, -1.0, 2.0, math.nan])


@given(matrices(largest=12), GROUPINGS, st.lists(LEVELS, min_size=3, max_size=3))
def test_quantiles_at_once_are_quantiles_step_by_step(
    matrix: Matrix, grouping: Grouping, levels: list[float]
) -> None:
    result = aggregate("quantile", matrix, grouping, make_scalars(*levels))
    for step in range(3):
        check_same(
            vector_at(result, step),
            [
                (key, quantile_of(levels[step], [value for _, value in group]))
                for key, group in groups_at(matrix, step, grouping).items()
            ],
        )


ORDERS: dict[str, Callable[[Vector], Vector]] = {
    "topk": lambda group: sorted(group, key=lambda one: (math.isnan(one[1]), -one[1])),
    "bottomk": lambda group: sorted(group, key=lambda one: (math.isnan(one[1]), one[1])),
    "limitk": lambda group: group,
}


@given(
    st.sampled_from(sorted(ORDERS)),
    matrices(largest=12),
    GROUPINGS,
    st.lists(st.integers(-1, 4), min_size=3, max_size=3),
)
def test_rows_chosen_at_once_are_chosen_step_by_step(
    operator: str, matrix: Matrix, grouping: Grouping, limits: list[int]
) -> None:
    result = aggregate(operator, matrix, grouping, make_scalars(*limits))
    assert [one for one in matrix.labels if one in set(result.labels)] == list(result.labels)
    for step in range(3):
        expected = []
        for group in groups_at(matrix, step, grouping).values():
            expected += ORDERS[operator](group)[: max(limits[step], 0)]
        check_same(vector_at(result, step), expected)
