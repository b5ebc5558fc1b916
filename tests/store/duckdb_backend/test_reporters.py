"""Who sends samples, from the table of series. The contract is in tests/contract/test_metric_store.py."""

import duckdb
import pytest

from metricbox.store.contract import ReporterRule
from metricbox.store.duckdb_backend.reporters import list_reporters


@pytest.fixture
def cursor() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    made.execute("CREATE TABLE metric_definitions (metric_id INTEGER, name VARCHAR)")
    made.execute(
        "CREATE TABLE series (series_id BIGINT, metric_id INTEGER, labels VARCHAR, "
        "first_seen_ms BIGINT, last_seen_ms BIGINT)"
    )
    made.execute("INSERT INTO metric_definitions VALUES (1, 'cpu_idle'), (2, 'mem')")
    return made


def test_a_few_of_the_oldest_and_the_youngest_series_are_named(cursor: duckdb.DuckDBPyConnection) -> None:
    for number in range(9):
        cursor.execute(
            "INSERT INTO series VALUES (?, 1, ?, ?, ?)",
            [number, f'{{"cpu":"{number}","host":"a"}}', 100 - number, 200 + number],
        )
    cursor.execute("""INSERT INTO series VALUES (20, 2, '{"host":"b"}', 5, 6)""")
    first, second = list_reporters(cursor, [ReporterRule("host")])
    assert first == (0, "a", 9, 92, 208, [0, 1, 7, 8])
    assert second == (0, "b", 1, 5, 6, [20])


def test_the_first_rule_that_a_series_meets_has_it(cursor: duckdb.DuckDBPyConnection) -> None:
    rows = [
        (1, 1, '{"host":"a"}'),
        (2, 2, '{"host":"a"}'),
        (3, 1, '{"host":"site","instance":"b"}'),
        (4, 2, '{"host":"site","instance":"b"}'),
        (5, 2, "{}"),
    ]
    for row in rows:
        cursor.execute("INSERT INTO series VALUES (?, ?, ?, 0, 0)", list(row))
    rules = [
        ReporterRule("instance", ("cpu_", "x_")),
        ReporterRule("host", ("mem",)),
        ReporterRule("host", (), "instance"),
    ]
    found = [(one.rule, one.name, one.series_ids) for one in list_reporters(cursor, rules)]
    assert found == [(1, "a", [2]), (2, "a", [1]), (0, "b", [3]), (1, "site", [4])]
