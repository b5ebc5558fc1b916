"""Values of labels, from the catalogue of a real store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from metricbox.clock import ManualClock
from metricbox.errors import ValidationError
from metricbox.query.label_values import list_label_values, parse_selector
from metricbox.store.contract import MetricStore
from tests.support.stores import NOW_MS, open_duckdb_store, push


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MetricStore]:
    opened = open_duckdb_store(tmp_path, ManualClock(NOW_MS))
    for name, labels in (
        ("up", {"job": "web", "host": "b"}),
        ("up", {"job": "web", "host": "a"}),
        ("up", {"job": "db", "host": "c"}),
        ("up", {"job": "db"}),
        ("my-metric", {"host": "d"}),
    ):
        push(opened, name, labels, [(NOW_MS, 1.0)])
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("selector", "label", "values"),
    [
        ("up", "host", ["a", "b", "c"]),
        ('up{job="web"}', "host", ["a", "b"]),
        ('up{job=~"web|db", host!="a"}', "host", ["b", "c"]),
        ('{"my-metric"}', "host", ["d"]),
        ('{host=~".+"}', "host", ["a", "b", "c", "d"]),
        ("", "host", ["a", "b", "c", "d"]),
        ("", "__name__", ["my-metric", "up"]),
        ('{job="web"}', "__name__", ["up"]),
        ("up", "nothing", []),
        ("nothing", "host", []),
    ],
)
def test_values_are_of_the_selected_series(
    store: MetricStore, selector: str, label: str, values: list[str]
) -> None:
    assert list(list_label_values(store, selector, label)) == values


@pytest.mark.parametrize("text", ["sum(up)", "up[5m]", "up offset 5m", "up + up", "up{", "5"])
def test_anything_more_than_a_selector_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        parse_selector(text)
