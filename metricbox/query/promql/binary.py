"""Binary operators and the unary minus, for all series and all steps at once. Pure.

Vectors are matched by their labels alone, once for the whole query; which of the matched rows meet is then a matter of
masks. Prometheus matches anew at every step, so that all its rules on duplicates hold at one and the same step:
rows that share a match key are no fault as long as they are never present together.

A match of two vectors runs between its "many" and its "one" side, as in Prometheus: the right side is the one side,
but the left is with group_right.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from metricbox.errors import EvaluationError
from metricbox.model import BoolArray, Float64Array, Labels
from metricbox.query.promql.formatting import format_labels
from metricbox.query.promql.grouping import (
    RowGroups,
    group_rows,
    label_keeper,
    label_remover,
    label_selector,
    presence_by_key,
    set_label,
)
from metricbox.query.promql.nodes import Cardinality, Matching
from metricbox.query.promql.values import (
    NAME_LABEL,
    Cells,
    Matrix,
    Scalars,
    Text,
    Value,
    drop_absent_rows,
    drop_names,
    duplicate_series_error,
    merge_equal,
)


def _power(base: Float64Array, exponent: Float64Array) -> Float64Array:
    # Where all exponents are 0.5, numpy takes the root, which is -0 of -0 and NaN of -Inf.
    is_special = (exponent == 0.5) & ((base == 0) | (base == -np.inf))
    powers: Float64Array = np.power(np.where(is_special, np.abs(base), base), exponent)
    return powers


# As Go's math.Mod and math.Pow in all special cases: they follow C99, as numpy does.
_ARITHMETIC: Mapping[str, Callable[[Float64Array, Float64Array], Float64Array]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
    "^": _power,
    "atan2": np.arctan2,
}
_COMPARISONS: Mapping[str, np.ufunc] = {
    "==": np.equal,
    "!=": np.not_equal,
    ">": np.greater,
    "<": np.less,
    ">=": np.greater_equal,
    "<=": np.less_equal,
}
# Of 2.42; atan2 is not among them (3.x has it drop the name as well).
_NAME_DROPPING = frozenset("+-*/%^")


def apply_binary(
    operator: str, left: Value, right: Value, matching: Matching, *, returns_bool: bool
) -> Value:
    """Raises EvaluationError where Prometheus does; `matching` counts between two vectors alone."""
    if isinstance(left, Text) or isinstance(right, Text):
        raise EvaluationError.of_query("binary expression must contain only scalar and instant vector types")
    with np.errstate(all="ignore"):
        if isinstance(left, Scalars):
            if isinstance(right, Scalars):
                return Scalars(_calculate(operator, left.values, right.values, returns_bool=True).values)
            return _apply_scalar(operator, right, left, returns_bool=returns_bool, is_scalar_left=True)
        if isinstance(right, Scalars):
            return _apply_scalar(operator, left, right, returns_bool=returns_bool, is_scalar_left=False)
        if operator in _SET_OPERATORS:
            return _SET_OPERATORS[operator](left, right, matching)
        return _match(operator, left, right, matching, returns_bool=returns_bool)


def negate(value: Value) -> Value:
    """The unary minus. Raises EvaluationError when rows differ by name alone, at whatever steps, as 2.42 does."""
    if isinstance(value, Text):
        raise EvaluationError.of_query(
            "unary expression only allowed on expressions of type scalar or instant vector"
        )
    if isinstance(value, Scalars):
        return Scalars(-value.values)
    matrix = drop_names(drop_absent_rows(value))
    if len(set(matrix.labels)) < matrix.size:
        raise duplicate_series_error()
    return matrix._replace(values=-matrix.values)


def _calculate(operator: str, left: Float64Array, right: Float64Array, *, returns_bool: bool) -> Cells:
    """Values and which of them are kept. A comparison that filters has its left side for values, as it is."""
    if operator in _ARITHMETIC:
        values = _ARITHMETIC[operator](left, right)
        return Cells(values, np.ones(values.shape, np.bool_))
    kept = _COMPARISONS[operator](left, right)
    if returns_bool:
        return Cells(kept.astype(np.float64), np.ones(kept.shape, np.bool_))
    return Cells(left, kept)


def _apply_scalar(
    operator: str, matrix: Matrix, scalars: Scalars, *, returns_bool: bool, is_scalar_left: bool
) -> Matrix:
    sides = (scalars.values, matrix.values) if is_scalar_left else (matrix.values, scalars.values)
    values, kept = _calculate(operator, *sides, returns_bool=returns_bool)
    if operator in _COMPARISONS and not returns_bool:
        # On whichever side: the value is the vector's.
        values = matrix.values
    result = drop_absent_rows(Matrix(matrix.labels, values, matrix.present & kept))
    return merge_equal(drop_names(result)) if operator in _NAME_DROPPING or returns_bool else result


# ---- set operators


def _apply_and(left: Matrix, right: Matrix, matching: Matching) -> Matrix:
    return drop_absent_rows(left._replace(present=left.present & _has_partner(left, right, matching)))


def _apply_unless(left: Matrix, right: Matrix, matching: Matching) -> Matrix:
    return drop_absent_rows(left._replace(present=left.present & ~_has_partner(left, right, matching)))


def _apply_or(left: Matrix, right: Matrix, matching: Matching) -> Matrix:
    """The rows of the left, then those of the right; a series of both sides is one row."""
    added = drop_absent_rows(right._replace(present=right.present & ~_has_partner(right, left, matching)))
    both = Matrix(
        [*left.labels, *added.labels],
        np.concatenate([left.values, added.values]),
        np.concatenate([left.present, added.present]),
    )
    return merge_equal(drop_absent_rows(both))


def _has_partner(matrix: Matrix, other: Matrix, matching: Matching) -> BoolArray:
    """For each row and step whether a row with its match key is present in `other`."""
    key_of = label_selector(matching.labels, is_kept=matching.is_on)
    groups = group_rows(map(key_of, other.labels))
    return presence_by_key([key_of(labels) for labels in matrix.labels], groups, other.present)


_SET_OPERATORS: Mapping[str, Callable[[Matrix, Matrix, Matching], Matrix]] = {
    "and": _apply_and,
    "or": _apply_or,
    "unless": _apply_unless,
}


# ---- matching of two vectors


class _Side(NamedTuple):
    """One side of a match: its rows and the match key of each."""

    matrix: Matrix
    keys: Sequence[Labels]

    def with_filled(self, keys: Sequence[Labels], value: float, present: BoolArray) -> "_Side":
        """With one more row for each key, that has this value and no labels but those of the key."""
        # Most keys have a partner at every step.
        needed = np.flatnonzero(present.any(axis=1))
        added, present = [keys[row] for row in needed.tolist()], present[needed]
        labels, values, presence = self.matrix
        matrix = Matrix(
            [*labels, *added],
            np.concatenate([values, np.full(present.shape, value)]),
            np.concatenate([presence, present]),
        )
        return _Side(matrix, [*self.keys, *added])


def _match(operator: str, left: Matrix, right: Matrix, matching: Matching, *, returns_bool: bool) -> Matrix:
    key_of = label_selector(matching.labels, is_kept=matching.is_on)
    is_swapped = matching.cardinality is Cardinality.ONE_TO_MANY
    # A row that is present nowhere would only cost.
    many, one = (
        _Side(matrix, [key_of(labels) for labels in matrix.labels])
        for matrix in map(drop_absent_rows, (right, left) if is_swapped else (left, right))
    )
    _check_one_side(many, one, matching)
    many, one = _fill(many, _merge_one_side(one, matching), matching)
    many_rows, one_rows = _pair_rows(many.keys, one.keys)
    paired_many, paired_one = many.matrix.take(many_rows), one.matrix.take(one_rows)
    sides = (paired_many.values, paired_one.values)
    values, kept = _calculate(operator, *(sides[::-1] if is_swapped else sides), returns_bool=returns_bool)
    kept &= paired_many.present
    kept &= paired_one.present
    label = _labeller(operator, matching, returns_bool=returns_bool)
    labels = list(map(label, paired_many.labels, paired_one.labels))
    keys = [many.keys[row] for row in many_rows]
    _check_result(keys, labels, kept, matching)
    return merge_equal(drop_absent_rows(Matrix(labels, values, kept)))


def _check_one_side(many: _Side, one: _Side, matching: Matching) -> None:
    """Raises EvaluationError where two rows of the one side share a match key at one step."""
    groups = group_rows(one.keys)
    if groups.are_single:
        return
    clashes = (groups.count_present(one.matrix.present) > 1).any(axis=0)
    if matching.fill_left is None and matching.fill_right is None:
        # Where one side is empty, Prometheus does not begin to match.
        clashes &= many.matrix.present.any(axis=0)
    if not clashes.any():
        return
    first_of: dict[Labels, Labels] = {}
    for row in np.flatnonzero(one.matrix.present[:, int(np.argmax(clashes))]).tolist():
        key, labels = one.keys[row], one.matrix.labels[row]
        if key in first_of:
            side = "left" if matching.cardinality is Cardinality.ONE_TO_MANY else "right"
            raise EvaluationError.of_query(
                f"found duplicate series for the match group {format_labels(key)} on the {side} hand-side of the"
                f" operation: [{format_labels(labels)}, {format_labels(first_of[key])}];many-to-many matching not"
                " allowed: matching labels must be unique on one side"
            )
        first_of[key] = labels


def _merge_one_side(one: _Side, matching: Matching) -> _Side:
    """Rows that no result can tell apart made one: those with the same key and the same included labels."""
    included_of = label_keeper(matching.included)
    groups: RowGroups[tuple[Labels, Labels]] = group_rows(
        zip(one.keys, map(included_of, one.matrix.labels), strict=True)
    )
    if groups.are_single:
        return one
    merged = groups.merge(Cells(one.matrix.values, one.matrix.present))
    return _Side(
        Matrix([included for _, included in groups.keys], merged.values, merged.present),
        [key for key, _ in groups.keys],
    )


def _fill(many: _Side, one: _Side, matching: Matching) -> tuple[_Side, _Side]:
    """Both sides with rows that stand in where the other side has no partner (3.x).

    fill_right stands in for the one side and fill_left for the many side, with group_right as well: there Prometheus
    does not exchange them, and its tests hold it to that.
    """
    if matching.fill_left is None and matching.fill_right is None:
        return many, one
    many_groups, one_groups = group_rows(many.keys), group_rows(one.keys)
    many_present = many_groups.any_present(many.matrix.present)
    one_present = one_groups.any_present(one.matrix.present)
    lacks_one = many_present & ~presence_by_key(many_groups.keys, one_groups, one.matrix.present)
    lacks_many = one_present & ~presence_by_key(one_groups.keys, many_groups, many.matrix.present)
    if matching.fill_right is not None:
        one = one.with_filled(many_groups.keys, matching.fill_right, lacks_one)
    if matching.fill_left is not None:
        many = many.with_filled(one_groups.keys, matching.fill_left, lacks_many)
    return many, one


def _pair_rows(many_keys: Sequence[Labels], one_keys: Sequence[Labels]) -> tuple[list[int], list[int]]:
    """Rows of both sides whose keys are equal, in the order of the many side."""
    rows_of: dict[Labels, list[int]] = {}
    for row, key in enumerate(one_keys):
        rows_of.setdefault(key, []).append(row)
    many_rows: list[int] = []
    one_rows: list[int] = []
    for row, key in enumerate(many_keys):
        partners = rows_of.get(key, ())
        many_rows.extend([row] * len(partners))
        one_rows.extend(partners)
    return many_rows, one_rows


def _labeller(operator: str, matching: Matching, *, returns_bool: bool) -> Callable[[Labels, Labels], Labels]:
    """How a result gets its labels from those of its many and its one side (resultMetric of Prometheus)."""
    dropped = [NAME_LABEL] if operator in _NAME_DROPPING or returns_bool else []
    if matching.cardinality is not Cardinality.ONE_TO_ONE:
        remaining = label_remover(dropped)
    elif matching.is_on:
        remaining = label_keeper(set(matching.labels).difference(dropped))
    else:
        remaining = label_remover([*matching.labels, *dropped])
    # The name of the one side can be asked for, but a result of `bool` has none.
    included = [name for name in matching.included if not (returns_bool and name == NAME_LABEL)]
    if not included:
        return lambda many, _one: remaining(many)

    def label(many: Labels, one: Labels) -> Labels:
        result, values = remaining(many), dict(one)
        for name in included:
            result = set_label(result, name, values.get(name, ""))
        return result

    return label


def _check_result(
    keys: Sequence[Labels], labels: Sequence[Labels], kept: BoolArray, matching: Matching
) -> None:
    """Raises EvaluationError where one match gives the same result twice at one step.

    Results that a comparison has filtered out do not count (as of 2.42).
    """
    groups: RowGroups[tuple[Labels, Labels]]
    if matching.cardinality is Cardinality.ONE_TO_ONE:
        groups = group_rows((key, ()) for key in keys)
        message = "many-to-one matching must be explicit (group_left/group_right)"
    else:
        groups = group_rows(zip(keys, labels, strict=True))
        message = "grouping labels must ensure unique matches"
    if not groups.are_single and (groups.count_present(kept) > 1).any():
        raise EvaluationError.of_query(f"multiple matches for labels: {message}")
