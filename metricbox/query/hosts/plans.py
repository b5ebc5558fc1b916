"""Recipes on the series of a store: which they are, kept until a metric gets new ones, and what their samples give.

Blocks; called by the thread of the service alone.
"""

from collections.abc import Mapping, Sequence, Set

import numpy as np

from metricbox.model import Float64Array, Int64Array, Series
from metricbox.query.hosts.families import DROPS, RECIPES, RULES, VERSIONS, Recipe, Source, Take
from metricbox.query.hosts.figures import (
    Plan,
    by_host,
    make_plan,
    values_by_step,
    values_now,
)
from metricbox.store.contract import MetricStore, ReadLimits
from metricbox.store.step_partials import Grouping
from metricbox.store.tiers import MINUTE


class Plans:
    def __init__(self, store: MetricStore) -> None:
        self._store = store
        self._plans: dict[int, tuple[tuple[int, ...], Plan]] = {}

    def recipes(self) -> Sequence[Recipe]:
        """Those of which there are series, in the order in which they are tried."""
        return [recipe for recipe in RECIPES if self._store.has_metric(recipe.terms[0].metric)]

    def read_now(
        self, recipe: Recipe, hosts: Set[str], start_ms: int, end_ms: int, limits: ReadLimits
    ) -> dict[str, float]:
        """Host -> its figure by the newest samples of the window."""
        plan = self._plan_of(recipe)
        wanted = _keys_of(plan, hosts)
        values: list[Float64Array] = []
        for term, series in zip(recipe.terms, plan.terms, strict=True):
            mine = series.of_keys(wanted)
            samples = self._store.read_raw(mine.series_ids, start_ms, end_ms, limits, term.metric)
            values.append(values_now(term, samples, mine, len(plan.keys)))
        if not len(wanted):
            return {}
        column = by_host(recipe, plan, values)[:, 0].tolist()
        return {
            host: value
            for host, value in zip(plan.hosts, column, strict=True)
            if host in hosts and value == value  # noqa: PLR0124 - not NaN
        }

    def read_trend(self, recipe: Recipe, edges_ms: Int64Array, limits: ReadLimits) -> dict[str, Float64Array]:
        """Host -> its figure at each step; NaN where there is none."""
        plan = self._plan_of(recipe)
        if not plan.keys:
            return {}
        values = []
        for term, series in zip(recipe.terms, plan.terms, strict=True):
            column = "increase" if term.take is Take.RATE else "sum"
            grouping = Grouping(series.series_ids, series.keys)
            rows = self._store.read_rollup_steps(MINUTE, grouping, edges_ms, (column,), limits, term.metric)
            values.append(values_by_step(term, rows, len(plan.keys), len(edges_ms) - 1, MINUTE.resolution_ms))
        table = by_host(recipe, plan, values)
        return {host: table[row] for row, host in enumerate(plan.hosts) if not np.isnan(table[row]).all()}

    def read_drops(self, start_ms: int, end_ms: int, limits: ReadLimits) -> dict[str, dict[str, int]]:
        """Host -> reason -> samples that its agent has dropped in the time, which consists of whole minutes.

        Those that dropped none are left out.
        """
        plan = self._plan_of(DROPS)
        dropped: dict[str, dict[str, int]] = {}
        if not plan.keys:
            return dropped
        (term,), (series,) = DROPS.terms, plan.terms
        rows = self._store.read_rollup_steps(
            MINUTE,
            Grouping(series.series_ids, series.keys),
            np.array([start_ms, end_ms], np.int64),
            ("increase",),
            limits,
            term.metric,
        )
        for key, increase in zip(rows.groups.tolist(), rows.increases.tolist(), strict=True):
            if increase >= 1:
                host, reason = plan.keys[key]
                dropped.setdefault(host, {})[reason] = round(increase)
        return dropped

    def read_versions(
        self, source: Source, hosts: Set[str], start_ms: int, end_ms: int, limits: ReadLimits
    ) -> dict[str, str]:
        """Host -> version of its agent, by the series that had the newest sample."""
        found: dict[str, str] = {}
        if not hosts:
            return found
        label = RULES[source].label
        for metric in VERSIONS.get(source, ()):
            series = {
                one.series_id: one
                for one in self._find_series(metric)
                if one.labels.get(label) in hosts and one.labels.get("version")
            }
            ids = np.array(sorted(series), np.int64)
            samples = self._store.read_raw(ids, start_ms, end_ms, limits, metric)
            for position in np.argsort(samples.ts_ms, kind="stable").tolist():
                labels = series[int(samples.series_ids[position])].labels
                found[labels[label]] = labels["version"]
        return found

    # ---- which series

    def _plan_of(self, recipe: Recipe) -> Plan:
        metrics = tuple(term.metric for term in recipe.terms)
        counts = tuple(self._count_series(metric) for metric in metrics)
        held = self._plans.get(id(recipe))
        if held is not None and held[0] == counts:
            return held[1]
        series: Mapping[str, Sequence[Series]] = {metric: self._find_series(metric) for metric in {*metrics}}
        plan = make_plan(recipe, RULES[recipe.source].label, series)
        self._plans[id(recipe)] = (counts, plan)
        return plan

    def _count_series(self, metric: str) -> int:
        found = self._store.find_metric(metric)
        return 0 if found is None else found.series_count

    def _find_series(self, metric: str) -> Sequence[Series]:
        return self._store.find_series(metric) if self._store.has_metric(metric) else ()


def _keys_of(plan: Plan, hosts: Set[str]) -> Int64Array:
    return np.array([number for number, key in enumerate(plan.keys) if key[0] in hosts], np.int64)
