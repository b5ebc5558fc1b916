"""The views: the same rows as any reader sees, at every stage of the life of a chunk."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from metricbox.errors import LimitExceededError
from metricbox.model import STALE_MARKER
from metricbox.store.contract import ReadLimits, SqlKind, SqlQuestion, SqlSource
from metricbox.store.tiers import HOUR, MINUTE, RAW, Tier
from tests.support.store_lives import MINUTE_MS, StoreLife, filled
from tests.support.stores import HOUR_MS, LIMITS, NOW_MS


@pytest.fixture
def life(tmp_path: Path) -> Iterator[StoreLife]:
    life = filled(tmp_path / "life")
    yield life
    life.close()


def ask(life: StoreLife, statement: str, *parameters: object, limits: ReadLimits = LIMITS) -> list[Any]:
    rows = life.store.run_sql(SqlQuestion(statement, parameters, 100_000), limits).rows
    return [tuple(row) for row in rows]


def raw(life: StoreLife, where: str = "true") -> list[Any]:
    """As `StoreLife.read`: (series id, time, value)."""
    return ask(
        life,
        "SELECT (tags->>'n')::INTEGER + 1 AS id, epoch_ms(time) AS ms, value FROM metrics_raw "
        f"WHERE {where} ORDER BY id, ms",
    )


def rollup(life: StoreLife, tier: Tier, where: str = "true") -> list[Any]:
    return ask(
        life,
        "SELECT (tags->>'n')::INTEGER + 1 AS id, epoch_ms(time) AS ms, count, sum, min, max, first, last, increase "
        f"FROM {tier.table} WHERE {where} ORDER BY id, ms",
    )


def check_all(life: StoreLife) -> None:
    assert raw(life) == [row for row in life.read() if row[2] == row[2]]
    for tier in (MINUTE, HOUR):
        assert rollup(life, tier) == life.rollup(tier)


def test_a_view_is_complete_at_every_stage(life: StoreLife) -> None:
    for stage in ([], ["rollup"], ["seal"], ["checkpoint"]):
        life.run(*stage)
        check_all(life)
    assert any(not part.is_hot for part in life.parts())
    # Late and replaced samples, in a sealed chunk and in the open one; and new ones.
    life.write_minutes(20, 25, 500)
    life.write_minutes(125, 128, 300)
    life.write_minutes(130, 132)
    for stage in ([], ["rollup"], ["seal"]):
        life.run(*stage)
        check_all(life)


@pytest.mark.parametrize(
    "where",
    [
        "name = 'm1'",
        "name IN ('m0', 'nothing')",
        "name = 'nothing'",
        "time >= TIMESTAMP '2026-11-25 11:58:00' AND time < TIMESTAMP '2026-11-25 12:03:00'",
        "time < TIMESTAMP '2026-11-25 10:00:30' AND name = 'm0'",
        "time BETWEEN now() - INTERVAL 5 MINUTE AND now()",
        "time > TIMESTAMP '2030-01-01'",
        "time < TIMESTAMP '1999-01-01'",
        "time = TIMESTAMP '2026-11-25 10:20:00'",
    ],
)
def test_conditions_that_are_pushed_down_change_no_answer(life: StoreLife, where: str) -> None:
    life.run("rollup", "seal")
    # Nothing is known of a condition on another name for it.
    hidden = f"SELECT * FROM (SELECT * FROM {{}} LIMIT 1000000) x WHERE {where} ORDER BY ALL"
    for table in ("metrics_raw", "metrics_1min", "metrics_1hour"):
        direct = ask(life, f"SELECT * FROM {table} WHERE {where} ORDER BY ALL")
        assert direct == ask(life, hidden.format(table))


def test_stale_markers_and_expired_rows_are_not_in_it(tmp_path: Path) -> None:
    kept_ms = {RAW.table: 4 * HOUR_MS}
    life = StoreLife(
        tmp_path / "life", NOW_MS + HOUR_MS, lambda tier: kept_ms.get(tier.table, tier.default_retention_ms)
    )
    life.write([(0, 0, 1.0), (0, 1000, STALE_MARKER), (0, 2000, 3.0), (0, HOUR_MS, 4.0)])
    values = "SELECT value FROM metrics_raw ORDER BY time"
    assert ask(life, values) == [(1.0,), (3.0,), (4.0,)]
    life.clock.advance_ms(2 * HOUR_MS)
    life.run("rollup", "seal")
    assert ask(life, values) == [(1.0,), (3.0,), (4.0,)]
    life.clock.advance_ms(HOUR_MS + 1_500)
    assert ask(life, values) == [(3.0,), (4.0,)]
    assert ask(life, "SELECT sum(count) FROM metrics_1hour") == [(3,)]
    life.close()


def test_averages_are_of_samples(life: StoreLife) -> None:
    life.write([(0, 10_000, 4.0)])
    first = "TIMESTAMP '2026-11-25 10:00:00'"
    rows = ask(life, f"SELECT avg, count FROM metrics_1min WHERE time = {first} AND tags->>'n' = '0'")
    assert rows == [(1.0, 4)]


def test_series_are_shown_with_when_they_were_seen(life: StoreLife) -> None:
    rows = "SELECT name, tags, epoch_ms(first_seen), epoch_ms(last_seen) FROM series ORDER BY tags->>'n'"
    now_ms = life.clock.now_ms()
    assert ask(life, rows)[1] == ("m1", {"n": "1"}, now_ms, now_ms)
    life.clock.advance_ms(MINUTE_MS)
    life.write([(1, 131 * MINUTE_MS, 1.0)])
    assert ask(life, rows)[1] == ("m1", {"n": "1"}, now_ms, NOW_MS + 131 * MINUTE_MS)
    assert ask(life, "SELECT count(*) FROM series s JOIN metrics_raw r USING (name, tags)") == [
        (4 * 130 * 3 + 1,)
    ]


def test_an_empty_store_has_empty_views(tmp_path: Path) -> None:
    life = StoreLife(tmp_path / "life")
    for table in ("metrics_raw", "metrics_1min", "metrics_1hour"):
        assert ask(life, f"SELECT * FROM {table}") == []
    assert ask(life, "SELECT count(*), sum(value), min(time) FROM metrics_raw") == [(0, None, None)]
    life.close()


def test_what_is_copied_is_bounded_and_what_lies_in_files_is_not(life: StoreLife) -> None:
    few = LIMITS._replace(max_samples=500)
    with pytest.raises(LimitExceededError, match="query_max_samples"):
        ask(life, "SELECT count(*) FROM metrics_raw", limits=few)
    assert ask(life, "SELECT count(*) FROM metrics_raw WHERE time > now() - INTERVAL 5 MINUTE", limits=few)
    life.run("rollup", "seal")
    assert ask(life, "SELECT count(*) FROM metrics_raw", limits=few) == [(4 * 130 * 3,)]
    # Of all views together.
    with pytest.raises(LimitExceededError):
        ask(life, "SELECT count(*) FROM metrics_raw, metrics_1min", limits=LIMITS._replace(max_samples=200))


def test_sources_of_the_caller_are_tables(life: StoreLife) -> None:
    columns = (
        ("id", SqlKind.TEXT),
        ("at", SqlKind.TIME),
        ("value", SqlKind.NUMBER),
        ("labels", SqlKind.JSON),
    )
    rows = [("a", NOW_MS, 1.5, '{"x": "y"}'), ("b", None, None, None)]
    for given, expected in ((rows, 2), ([], 0)):
        question = SqlQuestion(
            "SELECT * FROM events ORDER BY id", (), 10, [SqlSource("events", columns, given)]
        )
        table = life.store.run_sql(question, LIMITS)
        assert table.types == ["VARCHAR", "TIMESTAMP", "DOUBLE", "JSON"]
        assert len(table.rows) == expected
    question = question._replace(sources=[SqlSource("events", columns, rows)])
    assert life.store.run_sql(question, LIMITS).rows == [
        ["a", "2026-11-25T10:00:00.000Z", 1.5, {"x": "y"}],
        ["b", None, None, None],
    ]
