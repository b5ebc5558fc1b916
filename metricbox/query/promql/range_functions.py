"""The functions of range vectors, by the names that PromQL gives them.

`absent_over_time` is not among them: it makes a series of none, see `evaluate.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from metricbox.model import Float64Array
from metricbox.query.promql import over_time, rates
from metricbox.query.promql.values import Cells, Windows


class RangeFunction(NamedTuple):
    evaluate: Callable[[Windows, Sequence[Float64Array]], Cells]
    """With the scalar arguments, [T] each, in their order. Cells of windows with too few samples are not present."""
    keeps_name: bool = False


RANGE_FUNCTIONS: Mapping[str, RangeFunction] = {
    "rate": RangeFunction(rates.rate),
    "increase": RangeFunction(rates.increase),
    "delta": RangeFunction(rates.delta),
    "irate": RangeFunction(rates.irate),
    "idelta": RangeFunction(rates.idelta),
    "changes": RangeFunction(rates.changes),
    "resets": RangeFunction(rates.resets),
    "deriv": RangeFunction(rates.deriv),
    "predict_linear": RangeFunction(rates.predict_linear),
    "holt_winters": RangeFunction(rates.holt_winters),
    "double_exponential_smoothing": RangeFunction(rates.holt_winters),
    "avg_over_time": RangeFunction(over_time.average),
    "sum_over_time": RangeFunction(over_time.total),
    "count_over_time": RangeFunction(over_time.count),
    "min_over_time": RangeFunction(over_time.smallest),
    "max_over_time": RangeFunction(over_time.largest),
    "first_over_time": RangeFunction(over_time.first, keeps_name=True),
    "last_over_time": RangeFunction(over_time.last, keeps_name=True),
    "present_over_time": RangeFunction(over_time.one_if_present),
    "stddev_over_time": RangeFunction(over_time.deviation),
    "stdvar_over_time": RangeFunction(over_time.variance),
    "quantile_over_time": RangeFunction(over_time.quantile),
    "mad_over_time": RangeFunction(over_time.absolute_deviation),
    "ts_of_first_over_time": RangeFunction(over_time.time_of_first),
    "ts_of_last_over_time": RangeFunction(over_time.time_of_last),
    "ts_of_min_over_time": RangeFunction(over_time.time_of_smallest),
    "ts_of_max_over_time": RangeFunction(over_time.time_of_largest),
}
