"""Who sends samples: one pass over the table of series, in the database. Runs on a reader's cursor."""

from collections.abc import Sequence

import duckdb

from metricbox.store.contract import Reporter, ReporterRule

# Of each reporter, so many of its oldest series and so many of its youngest.
SOME = 2


def list_reporters(cursor: duckdb.DuckDBPyConnection, rules: Sequence[ReporterRule]) -> list[Reporter]:
    parameters: list[str] = []
    names = ", ".join(f"{_name_of(rule, parameters)} AS name{number}" for number, rule in enumerate(rules))
    numbers = range(len(rules))
    rows = cursor.execute(
        f"WITH named AS (SELECT s.series_id, s.first_seen_ms, s.last_seen_ms, {names} "
        "FROM series s JOIN metric_definitions m USING (metric_id)), "
        "found AS (SELECT series_id, first_seen_ms, last_seen_ms, "
        f"CASE {' '.join(f'WHEN name{number} IS NOT NULL THEN {number}' for number in numbers)} END AS rule, "
        f"coalesce({', '.join(f'name{number}' for number in numbers)}) AS name FROM named) "
        "SELECT rule, name, count(*), min(first_seen_ms), max(last_seen_ms), "
        f"min(series_id, {SOME}), max(series_id, {SOME}) "
        "FROM found WHERE name IS NOT NULL GROUP BY rule, name ORDER BY name, rule",
        parameters,
    ).fetchall()
    return [
        Reporter(rule, name, count, first_ms, last_ms, sorted({*oldest, *youngest}))
        for rule, name, count, first_ms, last_ms, oldest, youngest in rows
    ]


def _name_of(rule: ReporterRule, parameters: list[str]) -> str:
    """An expression: the name of the reporter, null for a series that the rule does not mean."""
    conditions = []
    if rule.prefixes:
        conditions.append(f"({' OR '.join(['starts_with(m.name, ?)'] * len(rule.prefixes))})")
        parameters += rule.prefixes
    if rule.but_not:
        conditions.append("json_extract_string(s.labels, ?) IS NULL")
        parameters.append(_path(rule.but_not))
    parameters.append(_path(rule.label))
    value = "json_extract_string(s.labels, ?)"
    return f"CASE WHEN {' AND '.join(conditions)} THEN {value} END" if conditions else value


def _path(label: str) -> str:
    return f'$."{label}"'
