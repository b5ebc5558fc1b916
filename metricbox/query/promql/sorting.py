"""The order of rows: `sort`, `sort_desc`, `sort_by_label` and `sort_by_label_desc`.

Order means something at a single step alone: over a range the rows stay as they are, as in Prometheus.
"""

import re
from collections.abc import Sequence

import numpy as np

from metricbox.model import Labels
from metricbox.query.promql.values import Matrix

_CHUNK = re.compile(r"[0-9]+|[^0-9]+")
_NaturalKey = list[tuple[str, int, str]]


def sort_by_value(matrix: Matrix, *, descending: bool) -> Matrix:
    """NaN are last whichever way."""
    if matrix.values.shape[1] != 1:
        return matrix
    values = matrix.values[:, 0]
    # lexsort puts NaN last, and keeps the order of equal rows.
    return matrix.take(np.lexsort((-values if descending else values, ~matrix.present[:, 0])))


def sort_by_label(matrix: Matrix, names: Sequence[str], *, descending: bool) -> Matrix:
    """By the values of the labels in natural order ("2" before "10"), equal rows by all their labels."""
    if matrix.values.shape[1] != 1:
        return matrix

    def key(row: int) -> tuple[list[_NaturalKey], Labels]:
        labels = dict(matrix.labels[row])
        return [_natural_key(labels.get(name, "")) for name in names], matrix.labels[row]

    return matrix.take(sorted(range(matrix.size), key=key, reverse=descending))


def _natural_key(text: str) -> _NaturalKey:
    """Runs of digits compare as numbers, runs of other characters as texts (so "a0" comes before "a."), as in 3.x.

    A missing label comes first.
    """
    return [_chunk_key(chunk) for chunk in _CHUNK.findall(text)]


def _chunk_key(chunk: str) -> tuple[str, int, str]:
    if not "0" <= chunk[0] <= "9":
        return chunk, 0, ""
    # As texts of known length: int() refuses very long ones. Any digit stands where "0" does among other characters.
    digits = chunk.lstrip("0")
    return "0", len(digits), digits
