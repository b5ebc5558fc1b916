"""The PromQL functions of instant vectors, scalars and strings, as a table. Pure numpy.

The parser has seen to the number and the types of the arguments. Functions drop the metric name, but for those that
sort and those that change labels; rows that become equal by it are one series. Not here: functions of range vectors,
`absent`, and `timestamp` of a selector, which sees the times of samples.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from metricbox.errors import EvaluationError
from metricbox.model import Float64Array, Int64Array
from metricbox.query.promql.dates import DATE_PARTS, date_part
from metricbox.query.promql.histograms import histogram_quantile
from metricbox.query.promql.label_functions import label_join, label_replace
from metricbox.query.promql.sorting import sort_by_label, sort_by_value
from metricbox.query.promql.values import Matrix, Scalars, Text, Value, drop_names, empty_matrix, merge_equal


class Context(NamedTuple):
    times_ms: Int64Array
    """[T]; the times of evaluation."""


VectorFunction = Callable[[Context, Sequence[Value]], Value]
Elementwise = Callable[[Float64Array], Float64Array]


# ---- arguments


def _type_error(expected: str) -> EvaluationError:
    """The parser checks types, but for ln(0), log2(-1) and the like."""
    return EvaluationError.of_query(f"expected an argument of type {expected}")


def _matrix(value: Value) -> Matrix:
    if not isinstance(value, Matrix):
        raise _type_error("instant vector")
    return value


def _numbers(value: Value) -> Float64Array:
    if not isinstance(value, Scalars):
        raise _type_error("scalar")
    return value.values


def _text(value: Value) -> str:
    if not isinstance(value, Text):
        raise _type_error("string")
    return value.text


def _with_values(matrix: Matrix, values: Float64Array) -> Matrix:
    return merge_equal(drop_names(matrix._replace(values=values)))


# ---- value by value


def _elementwise(function: Elementwise) -> VectorFunction:
    def evaluate(_: Context, arguments: Sequence[Value]) -> Matrix:
        matrix = _matrix(arguments[0])
        with np.errstate(all="ignore"):
            return _with_values(matrix, function(matrix.values))

    return evaluate


def _sign(values: Float64Array) -> Float64Array:
    # Zeros and NaN are their own sign.
    return np.where(values < 0, -1.0, np.where(values > 0, 1.0, values))


def _radians(values: Float64Array) -> Float64Array:
    return values * math.pi / 180


def _degrees(values: Float64Array) -> Float64Array:
    return values * 180 / math.pi


_ELEMENTWISE: Mapping[str, Elementwise] = {
    "abs": np.abs,
    "ceil": np.ceil,
    "floor": np.floor,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "ln": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "sgn": _sign,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "deg": _degrees,
    "rad": _radians,
}


def _round(_: Context, arguments: Sequence[Value]) -> Matrix:
    """To the nearest multiple, ties upwards."""
    matrix = _matrix(arguments[0])
    with np.errstate(all="ignore"):
        inverse = 1.0 / _numbers(arguments[1]) if len(arguments) > 1 else np.ones(matrix.values.shape[1])
        return _with_values(matrix, np.floor(matrix.values * inverse + 0.5) / inverse)


def _clamp(_: Context, arguments: Sequence[Value]) -> Matrix:
    """Nothing at the steps at which the bounds are the wrong way round."""
    matrix, low, high = _matrix(arguments[0]), _numbers(arguments[1]), _numbers(arguments[2])
    matrix = matrix._replace(present=matrix.present & ~(high < low))
    return _with_values(matrix, _larger(low, _smaller(high, matrix.values)))


def _clamp_min(_: Context, arguments: Sequence[Value]) -> Matrix:
    matrix = _matrix(arguments[0])
    return _with_values(matrix, _larger(_numbers(arguments[1]), matrix.values))


def _clamp_max(_: Context, arguments: Sequence[Value]) -> Matrix:
    matrix = _matrix(arguments[0])
    return _with_values(matrix, _smaller(_numbers(arguments[1]), matrix.values))


def _larger(one: Float64Array, other: Float64Array) -> Float64Array:
    """Go's math.Max: NaN when one is NaN, but +Inf when one is +Inf; of two zeros the positive one."""
    with np.errstate(all="ignore"):
        result = np.where((one == 0) & (other == 0), one + other, np.maximum(one, other))
    return np.where((one == np.inf) | (other == np.inf), np.inf, result)


def _smaller(one: Float64Array, other: Float64Array) -> Float64Array:
    return -_larger(-one, -other)


# ---- time


def _time(context: Context, _: Sequence[Value]) -> Scalars:
    return Scalars(context.times_ms / 1000)


def _timestamp(context: Context, arguments: Sequence[Value]) -> Matrix:
    """Of what is worked out, not read: the time of evaluation."""
    matrix = _matrix(arguments[0])
    return _with_values(matrix, np.tile(context.times_ms / 1000, (matrix.size, 1)))


def _date(name: str) -> VectorFunction:
    def evaluate(context: Context, arguments: Sequence[Value]) -> Matrix:
        matrix = _matrix(arguments[0]) if arguments else _vector(context, [_time(context, ())])
        return _with_values(matrix, date_part(name, matrix.values))

    return evaluate


# ---- scalars and vectors


def _pi(context: Context, _: Sequence[Value]) -> Scalars:
    return Scalars(np.full(len(context.times_ms), math.pi))


def _scalar(_: Context, arguments: Sequence[Value]) -> Scalars:
    """The value at the steps at which there is exactly one, NaN at the others."""
    matrix = _matrix(arguments[0])
    if matrix.size == 0:
        return Scalars(np.full(matrix.values.shape[1], np.nan))
    rows = matrix.present.argmax(axis=0)
    values = np.take_along_axis(matrix.values, rows[None, :], axis=0)[0]
    return Scalars(np.where(matrix.present.sum(axis=0) == 1, values, np.nan))


def _vector(_: Context, arguments: Sequence[Value]) -> Matrix:
    values = _numbers(arguments[0])[None, :]
    return Matrix([()], values, np.ones(values.shape, np.bool_))


# ---- order and labels


def _sort(*, descending: bool) -> VectorFunction:
    return lambda _, arguments: sort_by_value(_matrix(arguments[0]), descending=descending)


def _sort_by_label(*, descending: bool) -> VectorFunction:
    def evaluate(_: Context, arguments: Sequence[Value]) -> Matrix:
        names = [_text(one) for one in arguments[1:]]
        return sort_by_label(_matrix(arguments[0]), names, descending=descending)

    return evaluate


def _label_replace(_: Context, arguments: Sequence[Value]) -> Matrix:
    target, template, source, pattern = (_text(one) for one in arguments[1:])
    return label_replace(_matrix(arguments[0]), target, template, source, pattern)


def _label_join(_: Context, arguments: Sequence[Value]) -> Matrix:
    target, separator, *sources = (_text(one) for one in arguments[1:])
    return label_join(_matrix(arguments[0]), target, separator, sources)


# ---- histograms


def _histogram_quantile(_: Context, arguments: Sequence[Value]) -> Matrix:
    return histogram_quantile(_numbers(arguments[0]), _matrix(arguments[1]))


def _of_native_histograms(context: Context, _: Sequence[Value]) -> Matrix:
    """Native histograms are not stored, and of floats these functions give nothing."""
    return empty_matrix(len(context.times_ms))


_NATIVE_HISTOGRAM_FUNCTIONS = (
    "histogram_avg",
    "histogram_count",
    "histogram_fraction",
    "histogram_stddev",
    "histogram_stdvar",
    "histogram_sum",
)

VECTOR_FUNCTIONS: Mapping[str, VectorFunction] = {
    **{name: _elementwise(function) for name, function in _ELEMENTWISE.items()},
    **{name: _date(name) for name in DATE_PARTS},
    **dict.fromkeys(_NATIVE_HISTOGRAM_FUNCTIONS, _of_native_histograms),
    "round": _round,
    "clamp": _clamp,
    "clamp_min": _clamp_min,
    "clamp_max": _clamp_max,
    "time": _time,
    "timestamp": _timestamp,
    "pi": _pi,
    "scalar": _scalar,
    "vector": _vector,
    "sort": _sort(descending=False),
    "sort_desc": _sort(descending=True),
    "sort_by_label": _sort_by_label(descending=False),
    "sort_by_label_desc": _sort_by_label(descending=True),
    "label_replace": _label_replace,
    "label_join": _label_join,
    "histogram_quantile": _histogram_quantile,
}
