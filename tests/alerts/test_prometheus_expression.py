"""Expressions of Prometheus's alerts as query, condition and threshold."""

from pathlib import Path

import pytest

from metricbox.alerts.prometheus_expression import split_expression
from metricbox.clock import ManualClock
from metricbox.errors import ValidationError
from metricbox.query.promql.values import Matrix
from tests.support.query_services import make_query_service
from tests.support.stores import NOW_MS, open_duckdb_store, push


@pytest.mark.parametrize(
    ("text", "query", "condition", "threshold"),
    [
        ("up == 0", "up", "eq", 0),
        ("((up) != (1))", "up", "ne", 1),
        ("5 < a", "a", "gt", 5),
        ("-1 >= a", "a", "lte", -1),
        ("rate(x[5m]) * 2 >= 1e3 # per second", "rate(x[5m]) * 2", "gte", 1000),
        ("a > 80 / 100 * 2 ^ 3", "a", "gt", 6.4),
        ("a == b > 5", "a == b", "gt", 5),
        ('a{x="> 5"} < 2', 'a{x="> 5"}', "lt", 2),
        ("a > 5 and b < 3", "(a) and b < 3", "gt", 5),
        ("(a > 5) and on (host) (b)", "(a) and on (host) (b)", "gt", 5),
        ("a > 5 unless b and c", "(a) unless b and c", "gt", 5),
        ("sum by (and) (x) > 2 unless on (or) y", "(sum by (and) (x)) unless on (or) y", "gt", 2),
        ("a # one\n> # two\n5", "a", "gt", 5),
    ],
)
def test_comparisons_are_split(text: str, query: str, condition: str, threshold: float) -> None:
    split = split_expression(text)
    assert (split.query, split.condition, split.is_comparison) == (query, condition, True)
    assert split.threshold == pytest.approx(threshold)


@pytest.mark.parametrize(
    "text", ["absent(up)", "a > b", "a > bool 5", "a > 1 or b > 2", "a and b > 5", "a > 1 / 0", "a == NaN"]
)
def test_others_are_asked_whether_they_leave_anything_over(text: str) -> None:
    assert split_expression(text) == (f"group without () ({text})", "gt", 0, False)


def test_what_is_no_promql_is_refused() -> None:
    for text in ("", "up ==", "a >", "and"):
        with pytest.raises(ValidationError):
            split_expression(text)


async def test_both_forms_fire_for_the_same_series(tmp_path: Path) -> None:
    """Each expression, asked as Prometheus does, and its parts, asked as a rule does."""
    clock = ManualClock(NOW_MS)
    store = open_duckdb_store(tmp_path, clock)
    service = make_query_service(store, clock)
    for host, a, b in (("x", 1, 0), ("y", 6, 0), ("z", 9, 4)):
        push(store, "a", {"host": host}, [(NOW_MS, a)])
        push(store, "b", {"host": host}, [(NOW_MS, b)])
    compare = {
        "gt": float.__gt__,
        "gte": float.__ge__,
        "lt": float.__lt__,
        "eq": float.__eq__,
        "ne": float.__ne__,
    }
    texts = ("a > 5", "5 > a", "a > 5 and b == 0", "a > 5 unless b < 3", "a > b", "a < 2 or b > 3", "b == 0",
             "a > 8 or b == 0", "absent(c)", "(a > 2) and b > 1")  # fmt: skip
    try:
        for text in texts:
            split = split_expression(text)
            expected, _ = await service.run_instant(text, NOW_MS)
            found, _ = await service.run_instant(split.query, NOW_MS)
            assert isinstance(expected, Matrix)
            assert isinstance(found, Matrix)
            hosts = {dict(labels).get("host") for labels in expected.labels}
            fires = {
                dict(labels).get("host")
                for labels, value in zip(found.labels, found.values[:, 0].tolist(), strict=True)
                if compare[split.condition](value, float(split.threshold))
            }
            assert hosts == fires, text
    finally:
        service.close()
        store.close()
