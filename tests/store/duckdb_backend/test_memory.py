"""Giving memory back: what can be told without looking at a machine's memory, which others use as well."""

import pytest

from metricbox.store.duckdb_backend import memory
from metricbox.store.duckdb_backend.memory import release_unused


def test_it_may_be_called_at_any_time() -> None:
    release_unused()
    release_unused()


def test_a_library_without_the_call_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_HAS_TRIM", False)
    monkeypatch.setattr(memory, "_LIBC", None)
    release_unused()
