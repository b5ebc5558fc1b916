"""Rows in groups, and arrays folded by them."""

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from metricbox.query.promql.grouping import (
    group_rows,
    label_keeper,
    label_remover,
    label_selector,
    presence_by_key,
    set_label,
)
from metricbox.query.promql.values import Cells

LABELS = (("__name__", "up"), ("a", "1"), ("b", "2"))


def test_labels_are_kept_and_removed_by_name() -> None:
    assert label_keeper(["b", "c"])(LABELS) == (("b", "2"),)
    assert label_keeper([])(LABELS) == ()
    assert label_remover(["b", "c"])(LABELS) == (("__name__", "up"), ("a", "1"))


def test_a_group_by_what_is_not_ignored_does_not_know_the_metric_name() -> None:
    assert label_selector(["b"], is_kept=False)(LABELS) == (("a", "1"),)
    assert label_selector(["__name__"], is_kept=True)(LABELS) == (("__name__", "up"),)


def test_a_label_is_set_in_its_place_and_an_empty_value_takes_it_away() -> None:
    assert set_label((("b", "2"),), "a", "1") == (("a", "1"), ("b", "2"))
    assert set_label((("a", "0"), ("b", "2")), "a", "1") == (("a", "1"), ("b", "2"))
    assert set_label((("a", "0"), ("b", "2")), "a", "") == (("b", "2"),)


@given(st.lists(st.integers(0, 4), max_size=12), st.randoms(use_true_random=False))
def test_groups_come_in_the_order_of_their_first_rows_and_rows_keep_theirs(
    keys: list[int], random: Random
) -> None:
    groups = group_rows(keys)
    present = np.array([[random.random() < 0.5 for _ in range(3)] for _ in keys], bool).reshape(-1, 3)

    assert list(groups.keys) == list(dict.fromkeys(keys))
    assert [groups.keys[number] for number in groups.of_row] == keys
    expected = [row for key in groups.keys for row, one in enumerate(keys) if one == key]
    assert groups.gather(np.arange(len(keys))).tolist() == expected
    counts = [[sum(present[row, step] for row, one in enumerate(keys) if one == key) for step in range(3)]
              for key in groups.keys]  # fmt: skip
    assert groups.count_present(present).tolist() == counts
    assert groups.any_present(present).tolist() == [[count > 0 for count in row] for row in counts]
    wanted = [3, *groups.keys]
    found = presence_by_key(wanted, groups, present)
    assert found.tolist() == [
        [any(present[row, step] for row, one in enumerate(keys) if one == key) for step in range(3)]
        for key in wanted
    ]


def test_merged_rows_keep_every_bit_of_their_values() -> None:
    values = np.array([[-0.0, 9.0, np.nan], [9.0, np.inf, 9.0], [9.0, 9.0, 9.0]])
    present = np.array([[True, False, True], [False, True, False], [False, False, False]])

    merged = group_rows("aab").merge(Cells(values, present))

    assert merged.present.tolist() == [[True, True, True], [False, False, False]]
    assert np.signbit(merged.values[0, 0])
    assert merged.values[0, 1] == np.inf
    assert np.isnan(merged.values[0, 2])
