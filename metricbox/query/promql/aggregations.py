"""Aggregation operators, for all groups and all steps at once. Pure numpy.

Rows are put in the order of their groups and folded along the series; what is absent takes part as a neutral value.
Sums run plainly in row order, as in 2.42.
"""

import re
from collections.abc import Callable, Mapping
from hashlib import blake2b

import numpy as np

from metricbox.errors import EvaluationError, LimitExceededError
from metricbox.model import BoolArray, Float64Array, Int64Array, Labels
from metricbox.query.promql.formatting import format_go_float, print_go_float, quote_go
from metricbox.query.promql.grouping import RowGroups, group_rows, label_selector, set_label
from metricbox.query.promql.nodes import Grouping
from metricbox.query.promql.values import NAME_LABEL, Matrix, Scalars, Text, drop_absent_rows

# Of count_values, whose series are as many as there are different values: 4M cells are 36 MB.
MAX_COUNTED_CELLS = 4_000_000
# A double at and above 2^63 is no int64; Prometheus has the largest double below it for a limit.
_MIN_K, _MAX_K = -(2.0**63), 2.0**63 - 1024
_LABEL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)

_Groups = RowGroups[Labels]


def aggregate(operator: str, matrix: Matrix, grouping: Grouping, parameter: Scalars | Text | None) -> Matrix:
    """One row for each group, or, of topk, bottomk, limitk and limit_ratio, some of the rows themselves.

    The rows that topk and bottomk leave of a single step are in the order of their values, as Prometheus lists them;
    of several steps they are in the order they came in. Raises EvaluationError where Prometheus does.
    """
    # Groups come in the order of their first present rows: rows that are present nowhere would disturb it.
    matrix = drop_absent_rows(matrix)
    key_of = label_selector(grouping.labels, is_kept=not grouping.is_without)
    with np.errstate(all="ignore"):
        if operator == "count_values":
            return _count_values(matrix, grouping, _text(parameter))
        groups = group_rows(map(key_of, matrix.labels))
        if operator in _SELECTIONS:
            return _SELECTIONS[operator](matrix, groups, _numbers(parameter))
        if operator == "quantile":
            values = _quantile(matrix, groups, _numbers(parameter))
        else:
            values = _FOLDS[operator](matrix, groups)
        return Matrix(groups.keys, values, groups.any_present(matrix.present))


def _numbers(parameter: Scalars | Text | None) -> Float64Array:
    if not isinstance(parameter, Scalars):
        raise EvaluationError.of_query("expected type scalar in aggregation parameter")
    return parameter.values


def _text(parameter: Scalars | Text | None) -> str:
    if not isinstance(parameter, Text):
        raise EvaluationError.of_query("expected type string in aggregation parameter")
    return parameter.text


# ---- one value for each group


def _fold(matrix: Matrix, groups: _Groups, function: np.ufunc, absent: float) -> Float64Array:
    """[G, T]; what is absent counts as this value."""
    values = np.where(matrix.present, matrix.values, absent)
    if groups.are_single:
        return values
    folded: Float64Array = function.reduceat(groups.gather(values), groups.starts, axis=0)
    return folded


def _sum(matrix: Matrix, groups: _Groups) -> Float64Array:
    # The neutral of sums is -0: with 0, -0 alone would become 0.
    return _fold(matrix, groups, np.add, -0.0)


def _count(matrix: Matrix, groups: _Groups) -> Float64Array:
    return groups.count_present(matrix.present).astype(np.float64)


def _group(matrix: Matrix, groups: _Groups) -> Float64Array:
    return np.ones((groups.size, matrix.values.shape[1]))


def _max(matrix: Matrix, groups: _Groups) -> Float64Array:
    return _fold(matrix, groups, np.fmax, np.nan)


def _min(matrix: Matrix, groups: _Groups) -> Float64Array:
    return _fold(matrix, groups, np.fmin, np.nan)


def _avg(matrix: Matrix, groups: _Groups) -> Float64Array:
    counts = _count(matrix, groups)
    means = _sum(matrix, groups) / counts
    if (np.isfinite(means) | (counts == 0)).all():
        return means
    # A sum may overflow where the mean does not. Shares of the mean do not; infinities come out the same.
    shares = matrix._replace(values=matrix.values / counts[groups.of_row])
    return np.where(np.isfinite(means), means, _sum(shares, groups))


def _stdvar(matrix: Matrix, groups: _Groups) -> Float64Array:
    """Population variance in two passes, about the first value of the group: equal values give 0 and nothing else."""
    counts = _count(matrix, groups)
    deviations = matrix._replace(values=matrix.values - _first_values(matrix, groups)[groups.of_row])
    means = _sum(deviations, groups) / counts
    squares = deviations._replace(values=np.square(deviations.values - means[groups.of_row]))
    # One value varies by nothing, whatever it is (as of 2.42: Inf and NaN too).
    return np.where(counts == 1, 0.0, _sum(squares, groups) / counts)


def _first_values(matrix: Matrix, groups: _Groups) -> Float64Array:
    """[G, T]: of the first present row; anything where none is."""
    if groups.are_single:
        return matrix.values
    rows = np.where(matrix.present, np.arange(matrix.size)[:, None], matrix.size - 1)
    first = np.minimum.reduceat(groups.gather(rows), groups.starts, axis=0)
    return np.take_along_axis(matrix.values, first, axis=0)


def _stddev(matrix: Matrix, groups: _Groups) -> Float64Array:
    return np.sqrt(_stdvar(matrix, groups))


_FOLDS: Mapping[str, Callable[[Matrix, _Groups], Float64Array]] = {
    "sum": _sum,
    "avg": _avg,
    "min": _min,
    "max": _max,
    "count": _count,
    "group": _group,
    "stddev": _stddev,
    "stdvar": _stdvar,
}


def _quantile(matrix: Matrix, groups: _Groups, levels: Float64Array) -> Float64Array:
    counts = groups.count_present(matrix.present)
    order = _sort_rows(matrix.values, matrix.present, groups, is_nan_first=True, is_stable=False)
    last = counts - 1
    ranks = np.where((levels >= 0) & (levels <= 1), levels, 0.0) * last
    lower = np.maximum(np.floor(ranks), 0.0)
    weights = ranks - np.floor(ranks)
    starts = _starts_by_step(counts)
    # Of a group that is absent at a step: some row, its value is not looked at.
    positions = np.minimum(starts + lower.astype(np.int64), max(matrix.size - 1, 0))
    below = _values_at(matrix.values, order, positions)
    positions = np.minimum(starts + np.minimum(lower + 1, last).astype(np.int64), max(matrix.size - 1, 0))
    above = _values_at(matrix.values, order, np.maximum(positions, 0))
    values = below * (1 - weights) + above * weights
    values = np.where(levels < 0, -np.inf, values)
    values = np.where(levels > 1, np.inf, values)
    return np.where(np.isnan(levels), np.nan, values)


def _values_at(values: Float64Array, order: Int64Array, positions: Int64Array) -> Float64Array:
    return np.take_along_axis(values, np.take_along_axis(order, positions, axis=0), axis=0)


def _starts_by_step(counts: Int64Array) -> Int64Array:
    """[G, T]: where each group begins at each step, when absent rows come last."""
    starts: Int64Array = np.cumsum(counts, axis=0) - counts
    return starts


def _sort_rows(
    values: Float64Array,
    present: BoolArray,
    groups: RowGroups[Labels],
    *,
    is_nan_first: bool,
    is_stable: bool,
) -> Int64Array:
    """[S, T]: at each step the rows by group, then by value; absent rows come last.

    Equal values are in row order when the sort is stable, which takes a few times as long.
    """
    # Sorts run along memory, and the second one is a radix sort when its keys are short.
    by_value = np.argsort(np.ascontiguousarray(values.T), axis=1, kind="stable" if is_stable else None)
    kind = np.int16 if 2 * groups.size < np.iinfo(np.int16).max else np.int64
    classes = (2 * groups.of_row[:, None] + (np.isnan(values) ^ is_nan_first)).astype(kind)
    classes[~present] = 2 * groups.size
    sorted_classes = np.take_along_axis(classes.T, by_value, axis=1)
    by_class = np.argsort(sorted_classes, axis=1, kind="stable")
    return np.take_along_axis(by_value, by_class, axis=1).T


# ---- some of the rows themselves


def _topk(matrix: Matrix, groups: _Groups, limits: Float64Array) -> Matrix:
    return _select_sorted(matrix, -matrix.values, groups, _whole_limits(limits))


def _bottomk(matrix: Matrix, groups: _Groups, limits: Float64Array) -> Matrix:
    return _select_sorted(matrix, matrix.values, groups, _whole_limits(limits))


def _select_sorted(matrix: Matrix, ranking: Float64Array, groups: _Groups, limits: Int64Array) -> Matrix:
    order = _sort_rows(ranking, matrix.present, groups, is_nan_first=False, is_stable=True)
    counts = groups.count_present(matrix.present)
    # A group's place in the order is its number until the absent rows begin.
    starts = np.concatenate([_starts_by_step(counts), np.full((1, counts.shape[1]), matrix.size)])
    sorted_groups = np.where(
        np.take_along_axis(matrix.present, order, axis=0), groups.of_row[order], groups.size
    )
    ranks = np.arange(matrix.size)[:, None] - np.take_along_axis(starts, sorted_groups, axis=0)
    chosen = (ranks < limits) & (sorted_groups < groups.size)
    if matrix.values.shape[1] == 1:
        return matrix.take(order[chosen])
    present = np.zeros_like(matrix.present)
    np.put_along_axis(present, order, chosen, axis=0)
    return drop_absent_rows(matrix._replace(present=present))


def _limitk(matrix: Matrix, groups: _Groups, limits: Float64Array) -> Matrix:
    """The first rows of each group (3.x)."""
    whole = _whole_limits(limits)
    so_far = np.cumsum(groups.gather(matrix.present), axis=0)
    before = np.concatenate([np.zeros((1, so_far.shape[1]), np.int64), so_far])[groups.starts]
    ranks = np.empty_like(so_far)
    ranks[slice(None) if groups.order is None else groups.order] = so_far
    return drop_absent_rows(
        matrix._replace(present=matrix.present & (ranks - before[groups.of_row] <= whole))
    )


def _limit_ratio(matrix: Matrix, _groups: _Groups, ratios: Float64Array) -> Matrix:
    """The rows whose place in [0, 1) is below the ratio, or, of -r, those that 1 - r leaves out (3.x).

    The place comes from a hash of the labels: the same series are chosen at every step and in every query. They are
    not those of Prometheus, which hashes otherwise and differently from version to version.
    """
    if np.isnan(ratios).any():
        raise EvaluationError.of_query("Ratio value is NaN")
    places = np.array([_place(labels) for labels in matrix.labels])[:, None]
    ratios = np.clip(ratios, -1.0, 1.0)
    chosen = np.where(ratios >= 0, places < ratios, places >= 1 + ratios)
    return drop_absent_rows(matrix._replace(present=matrix.present & chosen))


def _place(labels: Labels) -> float:
    text = "".join(f"{name}\xff{value}\xff" for name, value in labels)
    # 53 bits: all that a double below 1 can tell apart.
    return (int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 11) / 2.0**53


def _whole_limits(limits: Float64Array) -> Int64Array:
    """The k of each step, cut down to a whole number. Raises EvaluationError for what is none."""
    faults = limits[~((limits >= _MIN_K) & (limits <= _MAX_K))]
    if len(faults):
        raise EvaluationError.of_query(f"Scalar value {print_go_float(float(faults[0]))} overflows int64")
    return limits.astype(np.int64)


_SELECTIONS: Mapping[str, Callable[[Matrix, _Groups, Float64Array], Matrix]] = {
    "topk": _topk,
    "bottomk": _bottomk,
    "limitk": _limitk,
    "limit_ratio": _limit_ratio,
}
AGGREGATIONS = frozenset({*_FOLDS, *_SELECTIONS, "count_values", "quantile"})
"""The operators there are."""


# ---- count_values


def _count_values(matrix: Matrix, grouping: Grouping, label: str) -> Matrix:
    if not _LABEL_NAME.fullmatch(label):
        raise EvaluationError.of_query(f"invalid label name {quote_go(label)}")
    others = [name for name in grouping.labels if name != label]
    key_of = label_selector(
        [*others, label] if grouping.is_without else others, is_kept=not grouping.is_without
    )
    groups = group_rows(map(key_of, matrix.labels))
    if grouping.is_without and label in {*grouping.labels, NAME_LABEL}:
        # The label is given and taken away again.
        return Matrix(groups.keys, _count(matrix, groups), groups.any_present(matrix.present))
    rows, columns = np.nonzero(matrix.present)
    values = matrix.values[rows, columns]
    # Told apart as their texts are: one NaN, but two zeros.
    values[np.isnan(values)] = np.nan
    distinct, codes = np.unique(values.view(np.int64), return_inverse=True)
    pairs, first, series = np.unique(
        groups.of_row[rows] * len(distinct) + codes, return_index=True, return_inverse=True
    )
    steps = matrix.present.shape[1]
    if len(pairs) * steps > MAX_COUNTED_CELLS:
        raise LimitExceededError(
            f"count_values meets {len(pairs)} different values at {steps} steps; "
            f"round them or ask for fewer steps: values times steps may be {MAX_COUNTED_CELLS} at most"
        )
    counts = np.bincount(series * steps + columns, minlength=len(pairs) * steps).reshape(-1, steps)
    texts = [format_go_float(value) for value in distinct.view(np.float64).tolist()]
    order = np.argsort(first)
    owners, codes = np.divmod(pairs[order], max(len(distinct), 1))
    labels = [
        set_label(groups.keys[owner], label, texts[code])
        for owner, code in zip(owners.tolist(), codes.tolist(), strict=True)
    ]
    return Matrix(labels, counts[order].astype(np.float64), counts[order] > 0)
