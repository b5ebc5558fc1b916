"""Functions of instant vectors, scalars and strings, by their names."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricbox.errors import EvaluationError
from metricbox.query.promql.functions import VECTOR_FUNCTIONS, Context
from metricbox.query.promql.values import Matrix, Scalars, Text

NAN, INF = math.nan, math.inf


def matrix_of(*rows, names=None):
    """Rows m{row="0"}, …; None is missing."""
    labels = [
        (("__name__", names[row] if names else "m"), *(() if names else (("row", str(row)),)))
        for row in range(len(rows))
    ]
    present = np.array([[cell is not None for cell in row] for row in rows])
    return Matrix(
        labels, np.array([[0.0 if cell is None else cell for cell in row] for row in rows], float), present
    )


def scalars(*values):
    return Scalars(np.array(values, float))


def call(name, *arguments, times_ms=(0,)):
    return VECTOR_FUNCTIONS[name](Context(np.array(times_ms, np.int64)), arguments)


def apply(name, values, *arguments):
    """The function of one row, whose steps are the values."""
    result = call(name, matrix_of(values), *[scalars(*[one] * len(values)) for one in arguments])
    assert result.present.all()
    return result.values[0]


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("abs", [-1.5, 2, -INF, NAN], [1.5, 2, INF, NAN]),
        ("ceil", [1.2, -1.2, INF], [2, -1, INF]),
        ("floor", [1.2, -1.2, -INF], [1, -2, -INF]),
        ("exp", [0, 10, 1000, -INF], [1, 22026.465794806718, INF, 0]),
        ("sqrt", [4, -1, INF], [2, NAN, INF]),
        ("ln", [1, 0, -1, 10], [0, -INF, NAN, 2.302585092994046]),
        ("log2", [8, 0, -1], [3, -INF, NAN]),
        ("log10", [1000, 0, -1], [3, -INF, NAN]),
        ("sgn", [-INF, INF, NAN, -50, 0, 100], [-1, 1, NAN, -1, 0, 1]),
        ("sin", [10, INF], [-0.5440211108893699, NAN]),
        ("cos", [10], [-0.8390715290764524]),
        ("tan", [10], [0.6483608274590867]),
        ("asin", [-0.1, 2], [-0.10016742116155980, NAN]),
        ("acos", [-0.1, 2], [1.6709637479564565, NAN]),
        ("atan", [10, INF], [1.4711276743037345, math.pi / 2]),
        ("sinh", [10, 1000], [11013.232874703393, INF]),
        ("cosh", [10], [11013.232920103324]),
        ("tanh", [10, INF], [0.9999999958776927, 1]),
        ("asinh", [10], [2.99822295029797]),
        ("acosh", [10, 0.5], [2.993222846126381, NAN]),
        ("atanh", [0.5, 1, 2], [0.5493061443340548, INF, NAN]),
        ("deg", [math.pi], [180]),
        ("rad", [180], [math.pi]),
    ],
)
def test_functions_of_one_number(name, values, expected):
    np.testing.assert_allclose(apply(name, values), expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("values", "to", "expected"),
    [
        ([2.4, 2.5, -2.5, -0.5], 1, [2, 3, -2, 0]),
        ([123, 127], 5, [125, 125]),
        ([0.15, 0.249], 0.1, [0.2, 0.2]),
        ([INF, NAN], 1, [INF, NAN]),
        ([5], 0, [NAN]),
    ],
)
def test_round_takes_ties_upwards(values, to, expected):
    np.testing.assert_allclose(apply("round", values, to), expected)


def test_round_is_to_whole_numbers_by_default():
    assert apply("round", [1.5, 1.4]).tolist() == [2, 1]


@pytest.mark.parametrize(
    ("name", "bounds", "values", "expected"),
    [
        ("clamp", (-25, 75), [-50, 0, 100, NAN], [-25, 0, 75, NAN]),
        ("clamp", (0, NAN), [-50, 100], [NAN, NAN]),
        ("clamp", (NAN, 0), [-50, 100], [NAN, NAN]),
        ("clamp_min", (-25,), [-50, 0, NAN], [-25, 0, NAN]),
        ("clamp_max", (75,), [-50, 100, NAN], [-50, 75, NAN]),
        # An infinite bound wins over NaN.
        ("clamp_min", (INF,), [1, NAN], [INF, INF]),
        ("clamp_max", (-INF,), [1, NAN], [-INF, -INF]),
    ],
)
def test_clamp(name, bounds, values, expected):
    np.testing.assert_array_equal(apply(name, values, *bounds), expected)


def test_of_two_zeros_a_clamp_takes_the_one_on_its_side():
    assert np.signbit(apply("clamp_min", [-0.0, 0.0], 0.0)).tolist() == [False, False]
    assert np.signbit(apply("clamp_min", [-0.0, 0.0], -0.0)).tolist() == [True, False]
    assert np.signbit(apply("clamp_max", [-0.0, 0.0], -0.0)).tolist() == [True, True]


def test_clamp_gives_nothing_where_its_bounds_are_the_wrong_way_round():
    both = matrix_of([1, 2], [3, 4], names=["a", "b"])
    result = call("clamp", both.take([0]), scalars(0, 5), scalars(9, -5))
    assert result.present.tolist() == [[True, False]]
    # Nothing, and so no duplicates either.
    assert not call("clamp", both, scalars(5, 5), scalars(-5, -5)).present.any()


KEEP_NAMES = {"sort", "sort_desc", "sort_by_label", "sort_by_label_desc", "label_replace", "label_join"}
MORE_ARGUMENTS = {
    "clamp": [scalars(0), scalars(1)],
    "clamp_min": [scalars(0)],
    "clamp_max": [scalars(0)],
    "sort_by_label": [Text("row")],
    "sort_by_label_desc": [Text("row")],
    "label_replace": [Text("row"), Text("$0"), Text("row"), Text(".*")],
    "label_join": [Text("row"), Text(""), Text("row")],
}
OF_VECTORS = sorted(
    name
    for name in VECTOR_FUNCTIONS
    if name not in {"pi", "time", "vector", "scalar"} and not name.startswith("histogram_")
)


@pytest.mark.parametrize("name", OF_VECTORS)
def test_the_metric_name_is_dropped_but_by_those_that_sort_and_relabel(name):
    result = call(name, matrix_of([0.5]), *MORE_ARGUMENTS.get(name, ()))

    row = ("row", "0")
    assert result.labels == [(("__name__", "m"), row) if name in KEEP_NAMES else (row,)]


@pytest.mark.parametrize("name", sorted(set(OF_VECTORS) - KEEP_NAMES))
def test_rows_that_become_equal_are_one_series_unless_they_meet(name):
    more = MORE_ARGUMENTS.get(name, ())
    with pytest.raises(EvaluationError, match=r"^vector cannot contain metrics with the same labelset$"):
        call(name, matrix_of([0.5], [0.5], names=["a", "b"]), *more)

    apart = matrix_of([0.5, None, None], [None, 0.5, None], names=["a", "b"])
    more = [Scalars(np.repeat(one.values, 3)) for one in more]
    result = call(name, apart, *more, times_ms=(0, 1, 2))
    assert result.labels == [()]
    assert result.present.tolist() == [[True, True, False]]


def test_time_is_the_time_of_evaluation_in_seconds():
    times_ms = (-1500, 0, 3_000_001)

    assert call("time", times_ms=times_ms).values.tolist() == [-1.5, 0, 3000.001]
    result = call("timestamp", matrix_of([5, None, NAN]), times_ms=times_ms)
    assert result.values.tolist() == [[-1.5, 0, 3000.001]]
    assert result.present.tolist() == [[True, False, True]]


def test_dates_are_of_the_values_or_of_the_time_of_evaluation():
    times_ms = (0, 1_136_239_445_999)

    result = call("year", times_ms=times_ms)
    assert result.labels == [()]
    assert result.present.all()
    assert result.values.tolist() == [[1970, 2006]]
    # Cut towards zero: a moment before the epoch is the epoch.
    assert call("year", times_ms=(-500,)).values.tolist() == [[1970]]
    np.testing.assert_array_equal(apply("year", [0, 1_136_239_445, NAN, INF]), [1970, 2006, NAN, NAN])


def test_pi_and_vector():
    assert call("pi", times_ms=(0, 1)).values.tolist() == [math.pi] * 2
    result = call("vector", scalars(1, NAN), times_ms=(0, 1))
    assert result.labels == [()]
    assert result.present.all()
    np.testing.assert_array_equal(result.values, [[1, NAN]])


def test_scalar_is_the_value_of_the_only_series():
    result = call("scalar", matrix_of([None, 1, None, 4], [None, 2, 3, None]), times_ms=range(4))
    np.testing.assert_array_equal(result.values, [NAN, NAN, 3, 4])

    none = matrix_of([1, 2]).take([])
    np.testing.assert_array_equal(call("scalar", none, times_ms=(0, 1)).values, [NAN, NAN])


@pytest.mark.parametrize(("name", "first"), [("sort", 1.0), ("sort_desc", 2.0)])
def test_sort(name, first):
    assert call(name, matrix_of([NAN], [2], [1])).values[0, 0] == first


def test_sort_by_label_takes_several_labels():
    result = call("sort_by_label_desc", matrix_of([1], [2]), Text("none"), Text("row"))
    assert result.values.tolist() == [[2], [1]]


def test_labels_are_replaced_and_joined():
    result = call("label_replace", matrix_of([1]), Text("to"), Text("$1!"), Text("row"), Text("(.)"))
    assert result.labels == [(("__name__", "m"), ("row", "0"), ("to", "0!"))]
    result = call("label_join", matrix_of([1]), Text("to"), Text("-"), Text("row"), Text("__name__"))
    assert result.labels == [(("__name__", "m"), ("row", "0"), ("to", "0-m"))]


def test_histogram_quantile_takes_its_quantile_first():
    rows = [(("__name__", "h"), ("le", le)) for le in ("1", "+Inf")]
    matrix = Matrix(rows, np.array([[4.0], [4.0]]), np.ones((2, 1), bool))
    assert call("histogram_quantile", scalars(0.5), matrix).values.tolist() == [[0.5]]


@pytest.mark.parametrize("name", ["avg", "count", "fraction", "stddev", "stdvar", "sum"])
def test_functions_of_native_histograms_give_nothing_for_floats(name):
    more = [scalars(0), scalars(1)] if name == "fraction" else []
    result = call(f"histogram_{name}", *more, matrix_of([1]))
    assert result.values.shape == (0, 1)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("abs", [scalars(1)]), ("vector", [Text("x")]), ("sort_by_label", [matrix_of([1]), scalars(1)])],
)
def test_arguments_of_a_wrong_type_that_the_parser_lets_through_are_told(name, arguments):
    with pytest.raises(EvaluationError, match="expected an argument of type"):
        call(name, *arguments)


def naive_max(one: float, other: float) -> float:
    if INF in {one, other}:
        return INF
    if math.isnan(one) or math.isnan(other):
        return NAN
    if one == other == 0:
        return other if math.copysign(1, one) < 0 else one
    return max(one, other)


ODD = st.sampled_from([0.0, -0.0, 1.5, -1.5, NAN, INF, -INF]) | st.floats()


@given(st.lists(ODD, min_size=1, max_size=6), ODD, ODD)
def test_clamp_is_as_value_by_value(values, low, high):
    clamped = call("clamp", matrix_of(values), scalars(*[low] * len(values)), scalars(*[high] * len(values)))
    if high < low:
        assert not clamped.present.any()
        return
    expected = [naive_max(low, -naive_max(-high, -value)) for value in values]
    np.testing.assert_array_equal(clamped.values[0], expected)
    is_number = ~np.isnan(expected)  # NaN has no sign that matters
    np.testing.assert_array_equal(np.signbit(clamped.values[0])[is_number], np.signbit(expected)[is_number])
