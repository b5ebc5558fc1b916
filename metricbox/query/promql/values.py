"""The values that an expression has, for all steps of a query at once. Pure numpy.

S series by T steps: a Matrix is an instant vector at each step, Windows a range vector at each step. What is missing at
a step is not present; NaN is a value like any other, as in Prometheus.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from metricbox.errors import EvaluationError
from metricbox.model import BoolArray, Float64Array, Int64Array, Labels

NAME_LABEL = "__name__"


class Matrix(NamedTuple):
    """Rows are series, columns are steps."""

    labels: Sequence[Labels]
    """Of each row: pairs sorted by label name, `__name__` among them while the series has one; no empty values."""
    values: Float64Array
    """[S, T]; anything where not present."""
    present: BoolArray
    """[S, T]"""

    @property
    def size(self) -> int:
        return len(self.labels)

    def take(self, rows: Sequence[int] | Int64Array) -> "Matrix":
        """These rows, in this order."""
        positions = np.asarray(rows, np.int64)
        return Matrix(
            [self.labels[row] for row in positions.tolist()], self.values[positions], self.present[positions]
        )


class Scalars(NamedTuple):
    """One number at each step."""

    values: Float64Array
    """[T]"""


class Text(NamedTuple):
    """A string literal."""

    text: str


class Windows(NamedTuple):
    """Range vectors: for each series and step the samples in [start, end], both ends included (as of 2.42).

    The samples lie one series after another, sorted by time, without stale markers; NaN may be among them.
    """

    labels: Sequence[Labels]
    """[S]"""
    ts_ms: Int64Array
    """[N]"""
    values: Float64Array
    """[N]"""
    left: Int64Array
    """[S, T]; the window is samples[left:right]"""
    right: Int64Array
    """[S, T]"""
    start_ms: Int64Array
    """[T]; offset and `@` are in it"""
    end_ms: Int64Array
    """[T]"""
    times_ms: Int64Array
    """[T]; time of evaluation, without offset and `@`"""
    range_ms: int

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.labels), len(self.times_ms)


class Cells(NamedTuple):
    """Values and whether they are there, both [S, T]."""

    values: Float64Array
    present: BoolArray


Value = Matrix | Scalars | Text
"""What a node has; a range vector exists as an argument alone."""


def empty_matrix(steps: int) -> Matrix:
    return Matrix([], np.empty((0, steps)), np.empty((0, steps), np.bool_))


def without_name(labels: Labels) -> Labels:
    return tuple(pair for pair in labels if pair[0] != NAME_LABEL)


def drop_names(matrix: Matrix) -> Matrix:
    """The rows without their metric names; see `merge_equal` for rows that become equal by it."""
    return matrix._replace(labels=[without_name(labels) for labels in matrix.labels])


def merge_equal(matrix: Matrix) -> Matrix:
    """Rows with equal labels made one. Raises EvaluationError when two of them are present at the same step."""
    row_of: dict[Labels, int] = {}
    targets = [row_of.setdefault(labels, len(row_of)) for labels in matrix.labels]
    if len(row_of) == matrix.size:
        return matrix
    values = np.zeros((len(row_of), matrix.values.shape[1]))
    present = np.zeros(values.shape, np.bool_)
    for row, target in enumerate(targets):
        mask = matrix.present[row]
        if (present[target] & mask).any():
            raise duplicate_series_error()
        values[target][mask] = matrix.values[row][mask]
        present[target] |= mask
    return Matrix(list(row_of), values, present)


def duplicate_series_error() -> EvaluationError:
    return EvaluationError.of_query("vector cannot contain metrics with the same labelset")


def present_anywhere(present: BoolArray) -> BoolArray:
    """[T]: whether any row is there."""
    found: BoolArray = np.logical_or.reduce(present, axis=0)
    return found


def drop_absent_rows(matrix: Matrix) -> Matrix:
    """Without the rows that are present at no step."""
    kept = matrix.present.any(axis=1)
    return matrix if kept.all() else matrix.take(np.flatnonzero(kept))
