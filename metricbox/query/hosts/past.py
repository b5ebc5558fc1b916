"""How the hosts were: samples in each of the last 24 hours, what was dropped in them, and the trends of the last one.

Read once a minute.

Blocks; called by the thread of the service alone.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from metricbox.clock import Clock
from metricbox.model import Float64Array, Int64Array
from metricbox.query.hosts.families import TREND_FIGURES, Figure
from metricbox.query.hosts.plans import Plans
from metricbox.query.hosts.presence import HOUR_MS, TICKS, Beat, find_beats, tick_edges_ms
from metricbox.store.contract import MetricStore, ReadLimits
from metricbox.store.step_partials import Grouping
from metricbox.store.tiers import MINUTE

FRESH_S = 60.0
TREND_STEP_MS = 300_000
TREND_STEPS = 12


class Past(NamedTuple):
    """Hosts by their place in the list that was asked for."""

    edges_ms: Int64Array
    counts: Int64Array
    """[hosts, hours] samples of one series of each host: of that which has most."""
    beats: Mapping[int, Beat]
    """Of hosts whose samples of the day were read one by one, since the last hours had too few."""
    trends: Mapping[Figure, Mapping[str, Float64Array]]
    dropped: Mapping[str, Mapping[str, int]]
    """By name and reason: samples that the agents have lost in the last 24 hours."""

    @property
    def start_ms(self) -> int:
        return int(self.edges_ms[0])


class PastReader:
    def __init__(self, store: MetricStore, clock: Clock, limits: ReadLimits, plans: Plans) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits
        self._plans = plans
        self._held: Past | None = None
        self._read_s = 0.0
        self._asked: Sequence[Sequence[int]] = ()

    def read(self, series_ids: Sequence[Sequence[int]], now_ms: int) -> Past:
        """`series_ids` are some series of each host."""
        now_s = self._clock.monotonic_s()
        edges_ms = tick_edges_ms(now_ms)
        held = self._held
        if (
            held is not None
            and now_s - self._read_s < FRESH_S
            and held.start_ms == edges_ms[0]
            and self._asked == series_ids
        ):
            return held
        counts = self._count(series_ids, edges_ms)
        past = Past(
            edges_ms,
            counts,
            self._find_beats(series_ids, counts, edges_ms, now_ms),
            self._read_trends(now_ms),
            self._read_drops(now_ms),
        )
        self._held, self._read_s, self._asked = past, now_s, series_ids
        return past

    def _count(self, series_ids: Sequence[Sequence[int]], edges_ms: Int64Array) -> Int64Array:
        hosts = np.array([host for host, ids in enumerate(series_ids) for _ in ids], np.int64)
        every = np.array([one for ids in series_ids for one in ids], np.int64)
        counts = np.zeros((len(series_ids), TICKS), np.int64)
        if not len(every):
            return counts
        order = np.argsort(every)
        grouping = Grouping(every[order], order)
        rows = self._store.read_rollup_steps(MINUTE, grouping, edges_ms, (), self._limits)
        by_series = np.zeros((len(every), TICKS), np.int64)
        by_series[rows.groups, rows.steps] = rows.counts
        # The last of each host in the order of totals is the one that has most.
        for position in np.argsort(by_series.sum(axis=1), kind="stable").tolist():
            counts[hosts[position]] = by_series[position]
        return counts

    def _find_beats(
        self, series_ids: Sequence[Sequence[int]], counts: Int64Array, edges_ms: Int64Array, now_ms: int
    ) -> dict[int, Beat]:
        """From the last hours of the day that have samples at all; two of them, for those that send once an hour."""
        by_start: dict[int, list[int]] = {}
        for host, row in enumerate(counts):
            hours = np.flatnonzero(row)
            # Two samples of the last three hours are found without this.
            if len(hours) and row[-3:].sum() < 2:
                start = hours[-2] if len(hours) > 1 else hours[-1]
                by_start.setdefault(int(start), []).append(host)
        beats: dict[int, Beat] = {}
        for start, members in by_start.items():
            host_of_series = {one: host for host in members for one in series_ids[host]}
            last = max(int(np.flatnonzero(counts[host])[-1]) for host in members)
            samples = self._store.read_raw(
                np.array(sorted(host_of_series), np.int64),
                int(edges_ms[start]),
                min(int(edges_ms[last]) + HOUR_MS, now_ms + HOUR_MS),
                self._limits,
            )
            beats |= find_beats(samples.where(~np.isnan(samples.values)), host_of_series)
        return beats

    def _read_drops(self, now_ms: int) -> dict[str, dict[str, int]]:
        end_ms = now_ms - now_ms % MINUTE.resolution_ms + MINUTE.resolution_ms
        return self._plans.read_drops(end_ms - TICKS * HOUR_MS, end_ms, self._limits)

    def _read_trends(self, now_ms: int) -> dict[Figure, dict[str, Float64Array]]:
        end_ms = now_ms - now_ms % TREND_STEP_MS + TREND_STEP_MS
        edges_ms = np.arange(end_ms - TREND_STEPS * TREND_STEP_MS, end_ms + 1, TREND_STEP_MS, dtype=np.int64)
        trends: dict[Figure, dict[str, Float64Array]] = {figure: {} for figure in TREND_FIGURES}
        for recipe in self._plans.recipes():
            if recipe.figure in trends:
                found = self._plans.read_trend(recipe, edges_ms, self._limits)
                # The recipe that was tried before knows better.
                trends[recipe.figure] = found | trends[recipe.figure]
        return trends
