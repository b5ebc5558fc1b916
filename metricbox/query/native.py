"""Queries by metric name or plain selector: how the samples inside a step are joined, and which series.

resolve ──▶ table, steps ──▶ columns (read, or taken from the cache as far as they hold) ──▶ cut to maxSeries
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from metricbox.durations import format_duration
from metricbox.model import Float64Array, Int64Array, Labels, SampleColumns, Series
from metricbox.query.aggregate import NEEDS_SAMPLE_BEFORE, PERCENTILES, Aggregation, aggregate
from metricbox.query.cache import Entry, ResultCache
from metricbox.query.columns import Columns, append_columns, drop_empty
from metricbox.query.grid import Grid, make_grid
from metricbox.query.promql.values import NAME_LABEL
from metricbox.query.router import Span, choose_tier, reaches_back
from metricbox.query.store_source import find_series
from metricbox.query.times import STEP_LADDER_MS, choose_step_ms
from metricbox.query.types import MAX_CELLS, MIN_STEP_MS, POINTS_WANTED, Query, check_cells
from metricbox.store.contract import Matcher, MetricStore, ReadLimits
from metricbox.store.partials import LOOKBACK_MS
from metricbox.store.step_partials import Grouping, StepPartials
from metricbox.store.tiers import RAW, Tier, source_of

# Distances between samples that must have been seen before an automatic step follows them.
MIN_INTERVALS = 5


class NativeResult(NamedTuple):
    columns: Columns
    """Without series that have nothing in the range, in order of their labels, not cut yet."""
    tier: Tier
    step_ms: int
    is_cached: bool
    warnings: Sequence[str]


class _Group(NamedTuple):
    labels: Labels
    series_ids: list[int]


@dataclass(frozen=True, slots=True)
class _Plan:
    query: Query
    alternatives: Sequence[Sequence[Matcher]]
    aggregation: Aggregation
    tier: Tier
    grid: Grid
    follows_data: bool
    """Whether the step may grow once the distance of the samples is known."""
    warnings: tuple[str, ...]

    @property
    def key(self) -> Hashable:
        """Everything that the values of a step depend on, but its time."""
        query = self.query
        step_ms = None if self.follows_data else self.grid.step_ms
        group_by = None if query.group_by is None else tuple(query.group_by)
        zone = None if query.timezone is None else query.timezone.key
        wanted_ms = query.end_ms - query.start_ms if self.follows_data else 0
        return (self.alternatives, self.aggregation, self.tier.table, step_ms, wanted_ms, group_by, zone)


class NativeQueries:
    def __init__(
        self,
        store: MetricStore,
        cache: ResultCache,
        now_ms: Callable[[], int],
        retention_ms: Callable[[Tier], int],
    ) -> None:
        self._store = store
        self._cache = cache
        self._now_ms = now_ms
        self._retention_ms = retention_ms

    def run(
        self, query: Query, alternatives: Sequence[Sequence[Matcher]], limits: ReadLimits
    ) -> NativeResult:
        """Raises ValidationError and LimitExceededError."""
        plan = self._plan(query, alternatives)
        # Before anything is looked at: what is written from here on makes this answer outdated.
        position = self._store.write_position
        entry = self._cache.find(plan.key)
        held = None
        if entry is not None:
            held_plan = plan if entry.step_ms == plan.grid.step_ms else _with_step(plan, entry.step_ms)
            grid = held_plan.grid
            held = self._cache.reusable_steps(entry, grid.times_ms, grid.edges_ms[1:])
            if held is not None:
                plan = held_plan
        if held is None:
            plan, columns = self._read_all(plan, limits)
        else:
            grid = plan.grid
            if len(held.times_ms) == grid.size:
                columns = drop_empty(held)._replace(samples_read=0)
                return NativeResult(columns, plan.tier, grid.step_ms, True, plan.warnings)
            tail = self._read(plan, Grid(grid.edges_ms[len(held.times_ms) :], grid.step_ms), limits)[0]
            columns = append_columns(held, tail)
        # A series of which there are stale markers alone is no series of the answer.
        columns = drop_empty(columns)
        if not columns.left_out:
            made_s = self._cache.now_s() if held is None or entry is None else entry.made_s
            self._cache.put(
                plan.key, Entry(columns, plan.grid.step_ms, position, made_s, looks_back_only=True)
            )
        return NativeResult(columns, plan.tier, plan.grid.step_ms, False, plan.warnings)

    # ---- planning

    def _plan(self, query: Query, alternatives: Sequence[Sequence[Matcher]]) -> _Plan:
        now_ms = self._now_ms()
        aggregation = query.aggregation or Aggregation.AVG
        warnings: list[str] = []
        tier = choose_tier(Span(query.start_ms, query.end_ms, query.step_ms), now_ms, self._retention_ms)
        if aggregation in PERCENTILES and not tier.is_raw:
            if reaches_back(RAW, query.start_ms, now_ms, self._retention_ms):
                tier = RAW
            else:
                warnings.append(
                    f"{aggregation} is worked out from the means of {format_duration(tier.resolution_ms)} buckets: "
                    "the samples themselves are not kept that long"
                )
        step_ms = query.step_ms
        if step_ms is None:
            step_ms = choose_step_ms(query.end_ms - query.start_ms, POINTS_WANTED)
            step_ms = max(step_ms, MIN_STEP_MS, tier.resolution_ms)
        elif not tier.is_raw and step_ms % tier.resolution_ms:
            step_ms = -(-step_ms // tier.resolution_ms) * tier.resolution_ms
            warnings.append(
                f"the step is {format_duration(step_ms)}: finer data of that time are not kept any more"
            )
        grid = make_grid(query.start_ms, query.end_ms, step_ms, query.timezone)
        while (finer := source_of(tier)) and not _consists_of_buckets(grid, tier):
            # Local days of zones that are half an hour off.
            if not reaches_back(finer, query.start_ms, now_ms, self._retention_ms):
                break
            tier = finer
        if not _consists_of_buckets(grid, tier):
            warnings.append(f"local days are made of buckets of {format_duration(tier.resolution_ms)} in UTC")
            edges_ms = grid.edges_ms - grid.edges_ms % tier.resolution_ms
            grid = Grid(edges_ms, grid.step_ms)
        follows_data = query.step_ms is None and tier.is_raw
        return _Plan(query, alternatives, aggregation, tier, grid, follows_data, tuple(warnings))

    # ---- reading

    def _read_all(self, plan: _Plan, limits: ReadLimits) -> tuple[_Plan, Columns]:
        """All steps. An automatic step may grow once the samples are seen."""
        columns, interval_ms = self._read(plan, plan.grid, limits)
        if plan.follows_data:
            step_ms = plan.grid.step_ms
            longer_ms = next((step for step in STEP_LADDER_MS if step >= interval_ms), step_ms)
            if longer_ms > step_ms:
                plan = _with_step(plan, longer_ms)
                columns, _ = self._read(plan, plan.grid, limits)
        return plan, columns

    def _read(self, plan: _Plan, grid: Grid, limits: ReadLimits) -> tuple[Columns, int]:
        """The columns of these steps, and the usual distance of samples (0 from a rollup)."""
        series, metric = find_series(self._store, plan.alternatives)
        groups = _group(series, plan.query.group_by)
        if plan.tier.is_raw:
            samples = self._read_samples(plan, groups, grid, limits, metric)
            present = set(np.unique(samples.series_ids[samples.ts_ms >= grid.start_ms]).tolist())
            groups = [one for one in groups if not present.isdisjoint(one.series_ids)]
            shown = groups[: _most_series(plan, len(groups), grid)]
            columns = _columns_of_samples(plan, shown, grid, samples)
            return columns._replace(left_out=len(groups) - len(shown)), find_interval_ms(samples)
        return self._read_steps(plan, groups, grid, limits, metric), 0

    def _read_samples(
        self, plan: _Plan, groups: Sequence[_Group], grid: Grid, limits: ReadLimits, metric: str | None
    ) -> SampleColumns:
        series_ids = np.array([one for group in groups for one in group.series_ids], np.int64)
        before_ms = LOOKBACK_MS if plan.aggregation in NEEDS_SAMPLE_BEFORE else 0
        return self._store.read_raw(series_ids, grid.start_ms - before_ms, grid.end_ms, limits, metric)

    def _read_steps(
        self, plan: _Plan, groups: Sequence[_Group], grid: Grid, limits: ReadLimits, metric: str | None
    ) -> Columns:
        if plan.aggregation in PERCENTILES:
            return self._read_percentiles(plan, groups, grid, limits, metric)
        grouping = Grouping.of([group.series_ids for group in groups])
        columns = _COLUMNS_OF[plan.aggregation]
        rows = self._store.read_rollup_steps(plan.tier, grouping, grid.edges_ms, columns, limits, metric)
        every = np.unique(rows.groups)
        present = every[: _most_series(plan, len(every), grid)]
        if len(present) < len(every):
            rows = rows.where(rows.groups <= present[-1])
        values = np.full((len(present), grid.size), np.nan)
        counts = np.zeros(values.shape, np.int64)
        places = np.searchsorted(present, rows.groups), rows.steps
        values[places] = _join(rows, plan.aggregation, plan.tier.resolution_ms)
        counts[places] = rows.counts
        labels = [groups[group].labels for group in present.tolist()]
        left_out = len(every) - len(present)
        return Columns(grid.times_ms, labels, values, counts, int(rows.rows.sum()), left_out)

    def _read_percentiles(
        self, plan: _Plan, groups: Sequence[_Group], grid: Grid, limits: ReadLimits, metric: str | None
    ) -> Columns:
        """Of the means of buckets, where the samples are not kept any more."""
        series_ids = np.array([one for group in groups for one in group.series_ids], np.int64)
        rows = self._store.read_rollup(plan.tier, series_ids, grid.start_ms, grid.end_ms, limits, metric)
        means = SampleColumns(rows.series_ids, rows.bucket_ms, rows.sums / rows.counts)
        return drop_empty(_columns_of_samples(plan, groups, grid, means))


def _consists_of_buckets(grid: Grid, tier: Tier) -> bool:
    return tier.is_raw or not (grid.edges_ms % tier.resolution_ms).any()


def _most_series(plan: _Plan, series: int, grid: Grid) -> int:
    """How many series are worked out: all, to be kept; where that is too much, those that are shown."""
    if series * grid.size <= MAX_CELLS:
        return series
    most = series if plan.query.max_series is None else min(series, plan.query.max_series)
    check_cells(most, grid.size)
    return most


def _with_step(plan: _Plan, step_ms: int) -> _Plan:
    query = plan.query
    grid = make_grid(query.start_ms, query.end_ms, step_ms, query.timezone)
    return _Plan(
        query, plan.alternatives, plan.aggregation, plan.tier, grid, plan.follows_data, plan.warnings
    )


def _columns_of_samples(plan: _Plan, groups: Sequence[_Group], grid: Grid, samples: SampleColumns) -> Columns:
    group_of_series = {one: row for row, group in enumerate(groups) for one in group.series_ids}
    kept = np.isin(samples.series_ids, np.fromiter(group_of_series, np.int64, len(group_of_series)))
    cells = aggregate(samples.where(kept), group_of_series, len(groups), grid, plan.aggregation)
    return Columns(
        grid.times_ms, [group.labels for group in groups], cells.values, cells.counts, len(samples.values)
    )


def _join(rows: StepPartials, aggregation: Aggregation, resolution_ms: int) -> Float64Array:
    """The value of every row. See `store.partials` for what answers what."""
    if aggregation is Aggregation.AVG:
        return rows.sums / rows.counts
    if aggregation is Aggregation.RATE:
        # Of the time from the first bucket with samples to the last, so that the unfinished newest step shows no dip.
        covered_ms = rows.last_bucket_ms - rows.first_bucket_ms + resolution_ms
        return rows.increases / (covered_ms / 1000)
    column: Float64Array | Int64Array = getattr(rows, _COLUMN_OF[aggregation])
    return column.astype(np.float64)


# Columns of rollup rows that answer an aggregation, beside the counts.
_COLUMNS_OF: Mapping[Aggregation, Sequence[str]] = {
    Aggregation.AVG: ("sum",),
    Aggregation.SUM: ("sum",),
    Aggregation.COUNT: (),
    Aggregation.MIN: ("min",),
    Aggregation.MAX: ("max",),
    Aggregation.LAST: ("last",),
    Aggregation.INCREASE: ("increase",),
    Aggregation.RATE: ("increase",),
}
_COLUMN_OF: Mapping[Aggregation, str] = {
    Aggregation.SUM: "sums",
    Aggregation.COUNT: "counts",
    Aggregation.MIN: "mins",
    Aggregation.MAX: "maxs",
    Aggregation.LAST: "lasts",
    Aggregation.INCREASE: "increases",
}


def find_interval_ms(samples: SampleColumns) -> int:
    """The usual distance between two samples of a series; 0 when too few were seen to say.

    Nine of ten distances are at most this long. A step that is shorter would draw a dotted line.
    """
    distances = np.diff(samples.ts_ms)[np.diff(samples.series_ids) == 0]
    if len(distances) < MIN_INTERVALS:
        return 0
    return int(np.quantile(distances, 0.9, method="lower"))


def _group(series: Sequence[Series], group_by: Sequence[str] | None) -> list[_Group]:
    """Series joined by the named labels, ordered by labels, so that a cut list is always the same one."""
    if group_by is None:
        every = [
            _Group(tuple(sorted([*one.labels.items(), (NAME_LABEL, one.name)])), [one.series_id])
            for one in series
        ]
        return sorted(every)
    groups: dict[Labels, _Group] = {}
    for one in series:
        pairs = [(label, one.labels.get(label, "")) for label in group_by]
        labels = tuple(sorted([*(pair for pair in pairs if pair[1]), (NAME_LABEL, one.name)]))
        group = groups.setdefault(labels, _Group(labels, []))
        group.series_ids.append(one.series_id)
    return sorted(groups.values())
