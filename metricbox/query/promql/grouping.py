"""Rows put into groups by some of their labels, and whole [rows, steps] arrays folded by these groups. Pure."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from metricbox.model import BoolArray, Int64Array, Labels
from metricbox.query.promql.values import NAME_LABEL, Cells

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item", bound=np.generic)


class RowGroups(NamedTuple, Generic[Key]):
    """S rows in G groups, the groups numbered in the order of their first rows."""

    keys: Sequence[Key]
    """[G]"""
    of_row: Int64Array
    """[S]"""
    order: Int64Array | None
    """[S]; the rows one group after another, each in row order. None: they are so already."""
    starts: Int64Array
    """[G]; where each group begins in that order"""

    @property
    def size(self) -> int:
        return len(self.keys)

    @property
    def are_single(self) -> bool:
        """Every row is a group of its own."""
        return len(self.keys) == len(self.of_row)

    def gather(self, rows: npt.NDArray[Item]) -> npt.NDArray[Item]:
        """The rows, one group after another."""
        return rows if self.order is None else rows[self.order]

    def count_present(self, present: BoolArray) -> Int64Array:
        """[G, T]: how many rows of each group are present at each step."""
        if self.are_single:
            return present.astype(np.int64)
        counts: Int64Array = np.add.reduceat(self.gather(present), self.starts, axis=0, dtype=np.int64)
        return counts

    def any_present(self, present: BoolArray) -> BoolArray:
        """[G, T]"""
        return present if self.are_single else self.count_present(present) > 0

    def merge(self, cells: Cells) -> Cells:
        """One row for each group, when at most one of the group is present at a step."""
        if self.are_single:
            return cells
        # Of the bits: a sum with zeros would lose the sign of -0.
        bits = np.where(cells.present, cells.values, 0.0).view(np.int64)
        merged = np.bitwise_or.reduceat(self.gather(bits), self.starts, axis=0)
        return Cells(merged.view(np.float64), self.any_present(cells.present))


def group_rows(keys: Iterable[Key]) -> RowGroups[Key]:
    """Rows with equal keys are one group."""
    numbers: dict[Key, int] = {}
    of_row = np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)
    is_sorted = bool((of_row[1:] >= of_row[:-1]).all())
    sizes = np.bincount(of_row, minlength=len(numbers))
    return RowGroups(
        list(numbers),
        of_row,
        None if is_sorted else np.argsort(of_row, kind="stable"),
        (np.cumsum(sizes) - sizes).astype(np.int64),
    )


def label_keeper(names: Iterable[str]) -> Callable[[Labels], Labels]:
    """Leaves these labels: `by (names)` and `on (names)`."""
    kept = frozenset(names)
    if not kept:
        return lambda _labels: ()
    return lambda labels: tuple([pair for pair in labels if pair[0] in kept])


def label_remover(names: Iterable[str]) -> Callable[[Labels], Labels]:
    """Leaves all labels but these."""
    removed = frozenset(names)
    return lambda labels: tuple([pair for pair in labels if pair[0] not in removed])


def label_selector(names: Iterable[str], *, is_kept: bool) -> Callable[[Labels], Labels]:
    """What a group is known by. `without` and `ignoring` look past the metric name as well."""
    return label_keeper(names) if is_kept else label_remover([*names, NAME_LABEL])


def set_label(labels: Labels, name: str, value: str) -> Labels:
    """With this label in place of one of the same name; without it when the value is empty."""
    others = [pair for pair in labels if pair[0] != name]
    return tuple(sorted([*others, (name, value)])) if value else tuple(others)


def presence_by_key(keys: Sequence[Key], groups: RowGroups[Key], present: BoolArray) -> BoolArray:
    """[len(keys), T]: whether any row of the group of that key is present; False for a key without a group."""
    numbers = {key: number for number, key in enumerate(groups.keys)}
    # One row more than there are groups, never present, is where -1 points.
    steps = present.shape[1]
    by_group = np.concatenate([groups.any_present(present), np.zeros((1, steps), np.bool_)])
    found: BoolArray = by_group[np.array([numbers.get(key, -1) for key in keys], np.int64)]
    return found
