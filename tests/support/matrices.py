"""Instant vectors as lines of text, a row a line: labels, then a value for each step or `_`.

a{x="1",y="2"} 1 _ NaN      {x="1"} +Inf 2 -0      {} 5 _ _
"""

import re
from typing import Any

import numpy as np
from hypothesis import strategies as st

from metricbox.query.promql.values import Matrix, Scalars

_LINE = re.compile(r"(\w*)(?:\{(.*)\})? (.+)")
_LABEL = re.compile(r'(\w+)="([^"]*)"')


def make_matrix(*lines: str) -> Matrix:
    labels, cells = [], []
    for line in lines:
        match = _LINE.fullmatch(line.strip())
        assert match, f"{line!r} is no row"
        pairs = _LABEL.findall(match[2] or "") + ([("__name__", match[1])] if match[1] else [])
        labels.append(tuple(sorted(pairs)))
        cells.append(match[3].split())
    shape = (len(lines), len(cells[0]) if cells else 1)
    present = np.array([[cell != "_" for cell in row] for row in cells], np.bool_).reshape(shape)
    # What is absent may hold anything: a number that would be seen.
    values = np.array([[float(cell) if cell != "_" else 1e99 for cell in row] for row in cells]).reshape(
        shape
    )
    return Matrix(labels, values, present)


def show_matrix(value: Any) -> list[str]:
    """Lines that `make_matrix` takes."""
    assert isinstance(value, Matrix)
    assert value.values.shape == value.present.shape
    assert value.values.shape[0] == len(value.labels)
    lines = []
    for labels, values, present in zip(value.labels, value.values, value.present, strict=True):
        name = dict(labels).get("__name__", "")
        rest = ",".join(f'{label}="{text}"' for label, text in labels if label != "__name__")
        cells = [show_number(one) if there else "_" for one, there in zip(values, present, strict=True)]
        lines.append(f"{name}{{{rest}}} {' '.join(cells)}")
    return lines


def show_number(value: float) -> str:
    text = repr(float(value)).removesuffix(".0")
    return {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}.get(text, text)


def make_scalars(*values: float) -> Scalars:
    return Scalars(np.array(values, np.float64))


NUMBERS = st.sampled_from([0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 3.0, 7.25, 1e300, -1e300, np.inf, -np.inf, np.nan])


@st.composite
def matrices(draw: Any, names: tuple[str, ...] = ("a", "b"), steps: int = 3, largest: int = 6) -> Matrix:
    """Few labels with few values, so that rows are alike; and holes."""
    label_sets = draw(
        st.lists(
            st.tuples(st.sampled_from(names), *[st.sampled_from(["", "1", "2"])] * 2),
            max_size=largest,
            unique=True,
        )
    )
    labels = [
        tuple((label, text) for label, text in zip(("__name__", "x", "y"), texts, strict=True) if text)
        for texts in label_sets
    ]
    size = len(labels) * steps
    values = draw(st.lists(NUMBERS, min_size=size, max_size=size))
    present = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    shape = (len(labels), steps)
    return Matrix(labels, np.array(values, np.float64).reshape(shape), np.array(present, bool).reshape(shape))


Vector = list[tuple[tuple[tuple[str, str], ...], float]]


def vector_at(matrix: Matrix, step: int) -> Vector:
    """The instant vector at one step."""
    return [
        (labels, float(matrix.values[row, step]))
        for row, labels in enumerate(matrix.labels)
        if matrix.present[row, step]
    ]


def check_same(found: Vector, expected: Vector) -> None:
    """The same series with the same values, in whatever order."""
    assert sorted(labels for labels, _ in found) == sorted(labels for labels, _ in expected)
    values = dict(found)
    for labels, value in expected:
        np.testing.assert_allclose(values[labels], value, rtol=1e-9, atol=1e-12)
