"""Evaluates the nodes of an expression, each for all series and all steps at once.

    selectors ──▶ Matrix or Windows ──▶ functions, operators, aggregations ──▶ Matrix or Scalars

One Evaluation is one query: it counts the cells that it makes, reads each selector once, and collects warnings. Pure
but for the source.
"""

from collections.abc import Callable, Sequence

import numpy as np

from metricbox.durations import format_duration
from metricbox.errors import EvaluationError, LimitExceededError
from metricbox.model import Float64Array, Int64Array
from metricbox.query.promql.absent import absent, labels_of_absent
from metricbox.query.promql.aggregations import aggregate
from metricbox.query.promql.binary import apply_binary, negate
from metricbox.query.promql.functions import VECTOR_FUNCTIONS, Context
from metricbox.query.promql.nodes import (
    Aggregate,
    At,
    AtBound,
    Binary,
    Call,
    MatrixSelector,
    Negation,
    Node,
    Number,
    String,
    Subquery,
    VectorSelector,
)
from metricbox.query.promql.range_functions import RANGE_FUNCTIONS
from metricbox.query.promql.rollup_functions import RollupFunction, rollup_function
from metricbox.query.promql.source import SampleSource
from metricbox.query.promql.values import (
    Cells,
    Matrix,
    Scalars,
    Text,
    Value,
    Windows,
    drop_absent_rows,
    drop_names,
    duplicate_series_error,
    empty_matrix,
    merge_equal,
    present_anywhere,
)
from metricbox.query.promql.windows import Selected, make_windows, newest_samples
from metricbox.store.contract import Matcher

LOOKBACK_MS = 5 * 60_000
"""How long a sample counts, as Prometheus's default."""
SUBQUERY_STEP_MS = 60_000
"""Step of a subquery that names none: Prometheus's default evaluation interval."""
# Cells of all nodes together: 40 M are 360 MB of values and masks, of which a few nodes are alive at a time.
MAX_CELLS = 40_000_000


class Evaluation:
    """`times_ms` are the steps of the whole query, ascending; `end_ms` its end, which need not be a step.

    `check` is called before each node and ends the evaluation by raising, as when its time is over.
    """

    def __init__(
        self,
        source: SampleSource,
        times_ms: Int64Array,
        end_ms: int | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._check = check
        self._source = source
        self._times_ms = times_ms
        self._end_ms = int(times_ms[-1]) if end_ms is None else end_ms
        self._cells = 0
        self._fetched: dict[tuple[object, int, int], Selected] = {}
        self.warnings: dict[str, None] = {}
        """Sentences, in the order in which they came up."""

    def run(self, node: Node) -> Value:
        """The value at every step. Raises EvaluationError and LimitExceededError."""
        # What leaves the range of doubles is infinite or NaN by IEEE 754, as PromQL has it.
        with np.errstate(all="ignore"):
            return self._evaluate(node, self._times_ms)

    def run_windows(self, node: MatrixSelector | Subquery) -> Windows:
        """A range vector as it stands, which an instant query may ask for."""
        self._check()
        return self._windows(node, self._times_ms)

    def _evaluate(self, node: Node, times_ms: Int64Array) -> Value:
        self._check()
        value = self._evaluate_node(node, times_ms)
        if isinstance(value, Matrix):
            self._charge(value.size, len(times_ms))
        return value

    def _evaluate_node(self, node: Node, times_ms: Int64Array) -> Value:
        match node:
            case Number(number):
                return Scalars(np.full(len(times_ms), number))
            case String(text):
                return Text(text)
            case VectorSelector():
                return self._instant(node, times_ms)[0]
            case Negation(expression):
                return negate(self._evaluate(expression, times_ms))
            case Binary():
                left = self._evaluate(node.left, times_ms)
                right = self._evaluate(node.right, times_ms)
                return apply_binary(node.operator, left, right, node.matching, returns_bool=node.returns_bool)
            case Aggregate():
                return self._aggregate(node, times_ms)
            case Call():
                return self._call(node, times_ms)
            case MatrixSelector() | Subquery():
                raise EvaluationError.of_query("a range vector is the argument of a function, not a value")

    def _aggregate(self, node: Aggregate, times_ms: Int64Array) -> Matrix:
        matrix = self._evaluate(node.expression, times_ms)
        parameter = None if node.parameter is None else self._evaluate(node.parameter, times_ms)
        if not isinstance(matrix, Matrix) or isinstance(parameter, Matrix):
            raise EvaluationError.of_query(f"{node.operator} joins the series of an instant vector")
        return aggregate(node.operator, matrix, node.grouping, parameter)

    def _matrix(self, node: Node, times_ms: Int64Array) -> Matrix:
        """The value as a matrix: a scalar is one series without labels."""
        value = self._evaluate(node, times_ms)
        if isinstance(value, Scalars):
            return Matrix([()], value.values[None, :], np.ones((1, len(times_ms)), np.bool_))
        if isinstance(value, Text):
            raise EvaluationError.of_query("a string has no series")
        return value

    # ---- functions

    def _call(self, node: Call, times_ms: Int64Array) -> Value:
        name, arguments = node.function, node.arguments
        if name == "absent":
            return self._absent(arguments[0], times_ms)
        if name == "timestamp" and isinstance(arguments[0], VectorSelector):
            matrix, seen_ms = self._instant(arguments[0], times_ms)
            return merge_equal(drop_names(matrix._replace(values=seen_ms / 1000)))
        ranges = [one for one in arguments if isinstance(one, MatrixSelector | Subquery)]
        if ranges:
            rest = [self._evaluate(one, times_ms) for one in arguments if one is not ranges[0]]
            scalars = [one.values for one in rest if isinstance(one, Scalars)]
            return self._call_on_windows(name, ranges[0], scalars, times_ms)
        function = VECTOR_FUNCTIONS.get(name)
        if function is None:
            raise EvaluationError.of_query(f"the function {name} is not supported")
        return function(Context(times_ms), [self._evaluate(one, times_ms) for one in arguments])

    def _absent(self, argument: Node, times_ms: Int64Array) -> Matrix:
        value = self._matrix(argument, times_ms)
        return absent(present_anywhere(value.present), labels_of_absent(_matchers_of(argument)))

    def _call_on_windows(
        self,
        name: str,
        argument: MatrixSelector | Subquery,
        scalars: Sequence[Float64Array],
        times_ms: Int64Array,
    ) -> Matrix:
        if isinstance(argument, MatrixSelector) and self._source.resolution_ms:
            matrix = self._call_on_buckets(name, argument, scalars, times_ms)
        else:
            windows = self._windows(argument, times_ms)
            matrix = Matrix(windows.labels, *self._apply(name, windows, scalars))
        if name == "absent_over_time":
            return absent(present_anywhere(matrix.present), labels_of_absent(_matchers_of(argument)))
        matrix = drop_absent_rows(matrix)
        if not _keeps_name(name):
            matrix = drop_names(matrix)
        if len(set(matrix.labels)) < matrix.size:
            # As Prometheus: over the whole range, whether or not the rows meet at one step.
            raise duplicate_series_error()
        return matrix

    def _apply(self, name: str, windows: Windows, scalars: Sequence[Float64Array]) -> Cells:
        if name == "absent_over_time":
            present = windows.right > windows.left
            return Cells(np.ones(windows.shape), present)
        function = RANGE_FUNCTIONS.get(name)
        if function is None:
            raise EvaluationError.of_query(f"the function {name} is not supported")
        return function.evaluate(windows, scalars)

    def _call_on_buckets(
        self, name: str, argument: MatrixSelector, scalars: Sequence[Float64Array], times_ms: Int64Array
    ) -> Matrix:
        """A range function on a rollup; see `rollup_functions`."""
        function = rollup_function(name)
        resolution_ms = self._source.resolution_ms
        buckets = max(-(-argument.range_ms // resolution_ms), function.least_buckets)
        range_ms = buckets * resolution_ms
        if range_ms != argument.range_ms:
            self._warn_of_resolution()
        if not function.is_exact:
            self._warn(f"{name} is worked out from {_describe(function)}, one for each bucket")
        ends_ms = self._shift(times_ms, argument.selector.offset_ms, argument.selector.at)
        selector = argument.selector
        windows = make_windows(
            self._select(selector, ends_ms, range_ms, function.column), times_ms, ends_ms, range_ms
        )
        self._charge(*windows.shape)
        values, present = self._apply(function.function, windows, scalars)
        if function.divisor is not None:
            divisor = self._select(selector, ends_ms, range_ms, function.divisor)
            values = (
                values
                / self._apply("sum_over_time", make_windows(divisor, times_ms, ends_ms, range_ms), ()).values
            )
        if function.is_per_second:
            values = values / ((resolution_ms if name == "irate" else range_ms) / 1000)
        elif function.grows:
            values = values * (argument.range_ms / range_ms)
        return Matrix(windows.labels, values, present)

    # ---- selectors

    def _instant(self, selector: VectorSelector, times_ms: Int64Array) -> tuple[Matrix, Int64Array]:
        """The newest samples at each step, and their times."""
        refs_ms = self._shift(times_ms, selector.offset_ms, selector.at)
        if selector.at is not None:
            refs_ms = refs_ms[:1]
        lookback_ms = max(LOOKBACK_MS, self._source.resolution_ms)
        selected = self._select(selector, refs_ms, lookback_ms, "lasts")
        self._charge(len(selected.labels), len(times_ms))
        cells, seen_ms = newest_samples(selected, refs_ms, lookback_ms)
        matrix = Matrix(selected.labels, *cells)
        if selector.at is not None:
            matrix = Matrix(
                matrix.labels,
                np.repeat(matrix.values, len(times_ms), axis=1),
                np.repeat(matrix.present, len(times_ms), axis=1),
            )
            seen_ms = np.repeat(seen_ms, len(times_ms), axis=1)
        kept = np.flatnonzero(matrix.present.any(axis=1))
        if len(kept) == matrix.size:
            return matrix, seen_ms
        return matrix.take(kept), seen_ms[kept]

    def _windows(self, node: MatrixSelector | Subquery, times_ms: Int64Array) -> Windows:
        if isinstance(node, Subquery):
            return self._subquery(node, times_ms)
        ends_ms = self._shift(times_ms, node.selector.offset_ms, node.selector.at)
        selected = self._select(node.selector, ends_ms, node.range_ms, "lasts")
        self._charge(len(selected.labels), len(times_ms))
        return make_windows(selected, times_ms, ends_ms, node.range_ms)

    def _subquery(self, node: Subquery, times_ms: Int64Array) -> Windows:
        """The inner expression on its own grid, the multiples of its step, read as samples."""
        ends_ms = self._shift(times_ms, node.offset_ms, node.at)
        step_ms = node.step_ms or SUBQUERY_STEP_MS
        first = -(-(int(ends_ms[0]) - node.range_ms) // step_ms)
        count = int(ends_ms[-1]) // step_ms - first + 1
        self._charge(1, max(count, 0))
        inner_ms = (first + np.arange(max(count, 0), dtype=np.int64)) * step_ms
        value = self._matrix(node.expression, inner_ms) if count > 0 else empty_matrix(0)
        self._charge(value.size, len(times_ms))
        rows, columns = np.nonzero(value.present)
        offsets = np.append(0, np.cumsum(np.bincount(rows, minlength=value.size)))
        selected = Selected(value.labels, offsets, inner_ms[columns], value.values[rows, columns])
        return make_windows(selected, times_ms, ends_ms, node.range_ms)

    def _shift(self, times_ms: Int64Array, offset_ms: int, at: At) -> Int64Array:
        """The times that a selector looks at: `@` and offset taken into account."""
        if at is AtBound.START:
            at = int(self._times_ms[0])
        elif at is AtBound.END:
            at = self._end_ms
        return (times_ms if at is None else np.full(len(times_ms), at, np.int64)) - offset_ms

    def _select(self, selector: VectorSelector, refs_ms: Int64Array, back_ms: int, column: str) -> Selected:
        """The samples that the selector needs, or one column of buckets as such, each at the last ms of its bucket."""
        start_ms, end_ms = int(refs_ms[0]) - back_ms, int(refs_ms[-1])
        resolution_ms = self._source.resolution_ms
        key = (
            selector.alternatives if resolution_ms == 0 else (selector.alternatives, column),
            start_ms,
            end_ms,
        )
        selected = self._fetched.get(key)
        if selected is not None:
            return selected
        if resolution_ms == 0:
            selected = self._source.select(selector.alternatives, start_ms, end_ms)
        else:
            selected = self._select_column(selector, start_ms, end_ms, column)
        self._fetched[key] = selected
        return selected

    def _select_column(self, selector: VectorSelector, start_ms: int, end_ms: int, column: str) -> Selected:
        resolution_ms = self._source.resolution_ms
        # A bucket counts from its last ms on: those that end in (start, end].
        first_ms = -(-(start_ms + 1 - resolution_ms) // resolution_ms) * resolution_ms
        rows = self._source.select_buckets(selector.alternatives, first_ms, end_ms + 2 - resolution_ms)
        columns = rows.columns
        values = (
            columns["sums"] / columns["counts"] if column == "means" else columns[column].astype(np.float64)
        )
        return Selected(rows.labels, rows.offsets, rows.bucket_ms + resolution_ms - 1, values)

    # ---- bounds

    def _charge(self, series: int, steps: int) -> None:
        self._cells += series * steps
        if self._cells > MAX_CELLS:
            msg = (
                f"the query works on more than {MAX_CELLS} values (series times steps, subqueries included); "
                "use a longer step, a shorter range or fewer series"
            )
            raise LimitExceededError(msg)

    def _warn(self, sentence: str) -> None:
        self.warnings[sentence] = None

    def _warn_of_resolution(self) -> None:
        resolution = format_duration(self._source.resolution_ms)
        self._warn(f"ranges are read in whole buckets of {resolution}; shorter ones were made longer")


def _describe(function: RollupFunction) -> str:
    return {"lasts": "the last values", "means": "the means", "increases": "the increases"}[function.column]


def _keeps_name(name: str) -> bool:
    function = RANGE_FUNCTIONS.get(name)
    return function is not None and function.keeps_name


def _matchers_of(node: Node) -> Sequence[Matcher]:
    """Of a selector with one alternative; nothing can be said of any other node."""
    selector = node.selector if isinstance(node, MatrixSelector) else node
    if isinstance(selector, VectorSelector) and len(selector.alternatives) == 1:
        return selector.alternatives[0]
    return ()
