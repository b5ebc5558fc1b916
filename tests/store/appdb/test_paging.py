"""Sorting and searching in SQL."""

import pytest

from metricbox.errors import ValidationError
from metricbox.store.appdb.paging import like_pattern, order_by


def test_sort_names_become_columns_and_nothing_else() -> None:
    columns = {"name": "d.name", "createdAt": "d.created_ms"}
    assert order_by("", columns, "d.id") == "d.id"
    assert order_by("name", columns, "d.id") == "d.name asc, d.id"
    assert order_by("-createdAt", columns, "d.id") == "d.created_ms desc, d.id"
    for bad in ("d.name", "name desc", "--name", "-", "name; drop table users"):
        with pytest.raises(ValidationError):
            order_by(bad, columns, "d.id")


def test_search_texts_are_taken_literally() -> None:
    assert like_pattern(r"50%_\x") == r"%50\%\_\\x%"
