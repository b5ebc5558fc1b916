"""Answers queries: from a request in plain types to columns on one time axis.

Runs in the service's own small thread pool; the event loop only awaits. The PromQL engine will come in behind the
same two types, `Query` and `QueryAnswer`.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from metricbox.clock import Clock
from metricbox.errors import LimitExceededError, ValidationError
from metricbox.model import Float64Array, Int64Array, SampleColumns, Series, find_name_fault
from metricbox.query.aggregate import NEEDS_SAMPLE_BEFORE, Aggregation, Cells, aggregate
from metricbox.query.grid import Grid, make_grid
from metricbox.query.times import STEP_LADDER_MS, choose_step_ms
from metricbox.selfmetrics import SelfMetrics
from metricbox.settings import Settings
from metricbox.store.contract import Matcher, MatchOp, MetricStore, ReadLimits
from metricbox.store.partials import LOOKBACK_MS
from metricbox.store.tiers import RAW

WORKERS = 4
POINTS_WANTED = 300
# Values in one answer. 5 M are 40 MB of columns and some 60 MB of JSON.
MAX_CELLS = 5_000_000
MIN_STEP_MS = 1_000
# Distances between samples that must have been seen before an automatic step follows them.
MIN_INTERVALS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A range query over [start_ms, end_ms). `step_ms` None means one chosen for about 300 points."""

    name: str
    start_ms: int
    end_ms: int
    aggregation: Aggregation = Aggregation.AVG
    step_ms: int | None = None
    matchers: Sequence[Matcher] = ()
    group_by: Sequence[str] | None = None
    timezone: ZoneInfo | None = None
    max_series: int | None = None


class AnsweredSeries(NamedTuple):
    name: str
    labels: Mapping[str, str]
    values: Float64Array
    """One per step, NaN where there is none."""
    counts: Int64Array
    """Samples behind each value."""


class QueryAnswer(NamedTuple):
    times_ms: Int64Array
    """Starts of the steps."""
    series: Sequence[AnsweredSeries]
    table: str
    resolution: str
    step_ms: int
    samples_read: int
    series_total: int
    is_truncated: bool
    warnings: Sequence[str]


class _Group(NamedTuple):
    labels: Mapping[str, str]
    series_ids: list[int]


class QueryService:
    def __init__(self, store: MetricStore, clock: Clock, settings: Settings, metrics: SelfMetrics) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._metrics = metrics
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="query")

    async def run(self, query: Query) -> QueryAnswer:
        """Raises ValidationError, LimitExceededError or UnavailableError."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.run_blocking, query)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def run_blocking(self, query: Query) -> QueryAnswer:
        started_s = self._clock.monotonic_s()
        try:
            return self._answer(query)
        finally:
            self._metrics.query_seconds.observe(self._clock.monotonic_s() - started_s)

    def _answer(self, query: Query) -> QueryAnswer:
        _check(query)
        groups = _group(self._store.find_series(query.name, query.matchers), query.group_by)
        grid, samples = self._read(query, groups)
        # Cut after reading: series that ended long ago must not crowd out those that have data in the range.
        present = set(np.unique(samples.series_ids[samples.ts_ms >= grid.start_ms]).tolist())
        groups = [group for group in groups if not present.isdisjoint(group.series_ids)]
        limit = query.max_series if query.max_series is not None else self._settings.query_max_series
        shown = groups[:limit]
        cells = self._aggregate(query, shown, grid, samples)
        return QueryAnswer(
            times_ms=grid.times_ms,
            series=[
                AnsweredSeries(query.name, group.labels, values, counts)
                for group, values, counts in zip(shown, cells.values, cells.counts, strict=True)
            ],
            table=RAW.table,
            resolution="raw",
            step_ms=grid.step_ms,
            samples_read=len(samples.values),
            series_total=len(groups),
            is_truncated=len(groups) > len(shown),
            warnings=_warnings(len(groups), len(shown)),
        )

    def _aggregate(self, query: Query, groups: Sequence[_Group], grid: Grid, samples: SampleColumns) -> Cells:
        if len(groups) * grid.size > MAX_CELLS:
            msg = (
                f"the answer would hold {len(groups) * grid.size} values and at most {MAX_CELLS} are allowed; "
                "use a longer step, a shorter range or fewer series"
            )
            raise LimitExceededError(msg)
        group_of_series = {
            series_id: row for row, group in enumerate(groups) for series_id in group.series_ids
        }
        kept = np.isin(samples.series_ids, np.fromiter(group_of_series, np.int64, len(group_of_series)))
        return aggregate(samples.where(kept), group_of_series, len(groups), grid, query.aggregation)

    def _read(self, query: Query, groups: Sequence[_Group]) -> tuple[Grid, SampleColumns]:
        """Samples and the grid they are put on. An automatic step may grow once the samples are seen."""
        step_ms = query.step_ms or max(
            MIN_STEP_MS, choose_step_ms(query.end_ms - query.start_ms, POINTS_WANTED)
        )
        grid = make_grid(query.start_ms, query.end_ms, step_ms, query.timezone)
        series_ids = np.array([one for group in groups for one in group.series_ids], np.int64)
        samples = self._read_grid(series_ids, grid, query.aggregation)
        if query.step_ms is None:
            interval_ms = find_interval_ms(samples)
            longer_ms = next((step for step in STEP_LADDER_MS if step >= interval_ms), step_ms)
            if longer_ms > step_ms:
                grid = make_grid(query.start_ms, query.end_ms, longer_ms, query.timezone)
                samples = self._read_grid(series_ids, grid, query.aggregation)
        return grid, samples

    def _read_grid(self, series_ids: Int64Array, grid: Grid, aggregation: Aggregation) -> SampleColumns:
        before_ms = LOOKBACK_MS if aggregation in NEEDS_SAMPLE_BEFORE else 0
        limits = ReadLimits(self._settings.query_timeout / 1000, self._settings.query_max_samples)
        return self._store.read_raw(series_ids, grid.start_ms - before_ms, grid.end_ms, limits)


def find_interval_ms(samples: SampleColumns) -> int:
    """The usual distance between two samples of a series; 0 when too few were seen to say.

    Nine of ten distances are at most this long. A step that is shorter would draw a dotted line.
    """
    distances = np.diff(samples.ts_ms)[np.diff(samples.series_ids) == 0]
    if len(distances) < MIN_INTERVALS:
        return 0
    return int(np.quantile(distances, 0.9, method="lower"))


def _check(query: Query) -> None:
    fault = find_name_fault(query.name)
    if fault:
        raise ValidationError.for_field("query", f"{fault}. This version takes the name of a metric here")
    if query.start_ms >= query.end_ms:
        raise ValidationError.for_field("start", "the start of a query must lie before its end")
    if query.step_ms is not None and query.step_ms < MIN_STEP_MS:
        raise ValidationError.for_field("step", "the step of a query is at least 1s")


def _group(series: Sequence[Series], group_by: Sequence[str] | None) -> list[_Group]:
    """Series joined by the named labels, ordered by label values, so that a cut list is always the same one."""
    if group_by is None:
        ordered = sorted(series, key=lambda one: sorted(one.labels.items()))
        return [_Group(one.labels, [one.series_id]) for one in ordered]
    groups: dict[tuple[str, ...], _Group] = {}
    for one in series:
        key = tuple(one.labels.get(label, "") for label in group_by)
        group = groups.get(key)
        if group is None:
            labels = {label: value for label, value in zip(group_by, key, strict=True) if value}
            group = groups[key] = _Group(labels, [])
        group.series_ids.append(one.series_id)
    return [groups[key] for key in sorted(groups)]


def _warnings(series_total: int, shown: int) -> list[str]:
    if series_total <= shown:
        return []
    return [
        f"{shown} of {series_total} series are shown; narrow them by tags or group them, or raise maxSeries"
    ]


def any_of_matchers(labels: Mapping[str, str | Sequence[str]]) -> list[Matcher]:
    """Matchers for labels that must be equal to a value, or to one of several."""
    matchers = []
    for label, wanted in labels.items():
        if isinstance(wanted, str):
            matchers.append(Matcher(label, MatchOp.EQUAL, wanted))
        else:
            matchers.append(
                Matcher(label, MatchOp.REGEX, "|".join(re.escape(value) for value in wanted) or "[^\\s\\S]")
            )
    return matchers
