"""Joins materialised rollup rows by group and step inside DuckDB, so that they never pass through Python.

Only where every row counts: in chunks in which no (series, bucket) can be twice. See `is_unique`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np

from metricbox.model import Int64Array
from metricbox.store.buckets import Range
from metricbox.store.duckdb_backend.chunks import Part
from metricbox.store.duckdb_backend.scan import union_of_parts
from metricbox.store.step_partials import Grouping, StepPartials, empty_steps, join_steps
from metricbox.store.tiers import Tier


class Steps(NamedTuple):
    """How rows are joined: by group, and by the step between two edges."""

    grouping: Grouping
    edges_ms: Int64Array
    names: Sequence[str]
    """Columns of the rows that are needed, count among them."""

    @property
    def regular_ms(self) -> int | None:
        """Length of the steps; None when they differ, as local days do."""
        lengths = np.diff(self.edges_ms)
        return int(lengths[0]) if (lengths == lengths[0]).all() else None


class Uniqueness:
    """Knows whether no row of some parts of a rollup tier is replaced by another of them.

    Files of a chunk hold different series. A table beside files, or beside another table, holds repairs of their rows,
    and an open table may hold repairs of its own.
    """

    def __init__(self) -> None:
        self._is_unique: dict[int, bool] = {}

    def note_repair(self, part: Part) -> None:
        """Before it is committed."""
        self._is_unique[part.part_id] = False

    def holds(self, cursor: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> bool:
        chunks: dict[int, list[Part]] = {}
        for part in parts:
            chunks.setdefault(part.start_ms, []).append(part)
        return all(
            not any(part.is_hot for part in chunk)
            or (len(chunk) == 1 and self._is_unique_table(cursor, chunk[0]))
            for chunk in chunks.values()
        )

    def _is_unique_table(self, cursor: duckdb.DuckDBPyConnection, part: Part) -> bool:
        """Counted once, some 0.2 us a row; from then on repairs are told."""
        known = self._is_unique.get(part.part_id)
        if known is None:
            ((known,),) = cursor.execute(
                f"SELECT count(*) = count(DISTINCT (series_id, ts_ms)) FROM {part.location}"
            ).fetchall()
            # A repair that came meanwhile has the last word.
            known = self._is_unique.setdefault(part.part_id, bool(known))
        return known


def join_in_database(
    cursor: duckdb.DuckDBPyConnection,
    folder: Path,
    tier: Tier,
    parts: Sequence[Part],
    wanted: Range,
    steps: Steps,
    metric_ids: Sequence[int],
) -> StepPartials:
    """Rows whose bucket starts in `wanted`, by group and step. The parts must be unique, the steps regular."""
    ids = steps.grouping.series_ids
    if not parts or not len(ids):
        return empty_steps()
    # The bounds prune row groups.
    conditions = [
        f"ts_ms >= {int(wanted.start_ms)}",
        f"ts_ms < {int(wanted.end_ms)}",
        f"series_id BETWEEN {int(ids[0])} AND {int(ids[-1])}",
    ]
    if metric_ids:
        listed = ", ".join(str(int(one)) for one in metric_ids)
        conditions.append(f"(metric_id IS NULL OR metric_id IN ({listed}))")
    if not np.array_equal(ids, np.arange(ids[0], ids[0] + len(ids))):
        # DuckDB finds `wanted_series` by its name in this frame.
        wanted_series = {"series_id": ids}  # noqa: F841
        conditions.append("series_id IN (SELECT series_id FROM wanted_series)")
    joined = ", ".join(join if name in steps.names else "0::DOUBLE" for name, join in _JOINS.items())
    # By series first: a join with the groups costs more than what is left to do for a row of each series and step.
    columns = cursor.execute(
        f"SELECT series_id, (ts_ms - {int(steps.edges_ms[0])}) // {steps.regular_ms} AS step, count(*) AS rows, "
        f"sum(count)::BIGINT, {joined}, min(ts_ms), max(ts_ms) "
        f"FROM ({union_of_parts(folder, tier, parts)}) WHERE {' AND '.join(conditions)} "
        "GROUP BY series_id, step ORDER BY series_id, step"
    ).fetchnumpy()
    by_series = StepPartials._make(np.ascontiguousarray(column) for column in columns.values())
    groups = steps.grouping.groups[np.searchsorted(ids, by_series.groups)]
    return join_steps(by_series._replace(groups=groups))


# Column of a row -> how it is joined; in the order of the fields of StepPartials.
_JOINS = {
    "sum": "sum(sum)",
    "min": "min(min)",
    "max": "max(max)",
    "last": "arg_max(last, ts_ms)",
    "increase": "sum(increase)",
}
