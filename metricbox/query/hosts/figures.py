"""From samples to the figures of hosts, by the recipes of families.py. Pure numpy, no loop over samples.

Series of one term have keys in common with those of the others: (host, labels of the recipe).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from metricbox.model import Float64Array, Int64Array, SampleColumns, Series
from metricbox.query.hosts.families import Recipe, Reduce, Take, Term
from metricbox.store.step_partials import StepPartials

Key = tuple[str, ...]
"""Name of the host, then values of the recipe's labels."""


class TermSeries(NamedTuple):
    """The series of a term: two columns of equal length, sorted by id."""

    series_ids: Int64Array
    keys: Int64Array

    def of_keys(self, wanted: Int64Array) -> "TermSeries":
        mask = np.isin(self.keys, wanted)
        return TermSeries(self.series_ids[mask], self.keys[mask])


class Plan(NamedTuple):
    """The series of a recipe in a store. Keys of one host lie together."""

    keys: Sequence[Key]
    hosts: Sequence[str]
    starts: Int64Array
    """Number of the first key of each host."""
    terms: Sequence[TermSeries]


def make_plan(recipe: Recipe, label: str, series_by_metric: Mapping[str, Sequence[Series]]) -> Plan:
    """`label` names the host. Keys that the first term lacks have no value."""
    found: list[dict[Key, list[int]]] = []
    for term in recipe.terms:
        ids: dict[Key, list[int]] = {}
        for one in series_by_metric[term.metric]:
            host = one.labels.get(label)
            if not host or not all(where.holds(one.labels) for where in term.where):
                continue
            key = (host, *(one.labels.get(name, "") for name in recipe.key))
            if not found or key in found[0]:
                ids.setdefault(key, []).append(one.series_id)
        found.append(ids)
    keys = sorted(found[0])
    numbers = {key: number for number, key in enumerate(keys)}
    starts = [number for number, key in enumerate(keys) if not number or key[0] != keys[number - 1][0]]
    return Plan(
        keys,
        [keys[start][0] for start in starts],
        np.array(starts, np.int64),
        [_sorted_by_id(ids, numbers) for ids in found],
    )


def _sorted_by_id(ids: Mapping[Key, Sequence[int]], numbers: Mapping[Key, int]) -> TermSeries:
    rows = sorted((one, numbers[key]) for key, every in ids.items() for one in every)
    return TermSeries(
        np.array([one for one, _ in rows], np.int64), np.array([number for _, number in rows], np.int64)
    )


def values_now(term: Term, samples: SampleColumns, series: TermSeries, key_count: int) -> Float64Array:
    """One value a key, as [K, 1]. Of several series of a key the youngest counts."""
    values = np.full((key_count, 1), np.nan)
    samples = samples.where(~np.isnan(samples.values)) if term.take is Take.RATE else samples
    if len(samples.series_ids):
        starts = np.flatnonzero(np.append(True, np.diff(samples.series_ids) != 0))
        ends = np.append(starts[1:], len(samples.series_ids))
        keys = series.keys[np.searchsorted(series.series_ids, samples.series_ids[starts])]
        values[keys, 0] = _take(term.take, samples, starts, ends)
    return values


def _take(take: Take, samples: SampleColumns, starts: Int64Array, ends: Int64Array) -> Float64Array:
    last = samples.values[ends - 1]
    if take is Take.LAST:
        return last
    if take is Take.AHEAD:
        return last * 1000 - samples.ts_ms[ends - 1]
    growth = np.diff(samples.values, prepend=samples.values[:1])
    growth = np.where(growth < 0, samples.values, growth)  # a counter that fell was set back to 0
    growth[starts] = 0
    covered_s = (samples.ts_ms[ends - 1] - samples.ts_ms[starts]) / 1000
    return np.add.reduceat(growth, starts) / np.where(covered_s > 0, covered_s, np.nan)


def values_by_step(
    term: Term, rows: StepPartials, key_count: int, steps: int, bucket_ms: int
) -> Float64Array:
    """[K, T] from rollup rows that were grouped by key."""
    values = np.full((key_count, steps), np.nan)
    if term.take is Take.RATE:
        covered_s = (rows.last_bucket_ms - rows.first_bucket_ms + bucket_ms) / 1000
        values[rows.groups, rows.steps] = rows.increases / covered_s
    else:
        values[rows.groups, rows.steps] = rows.sums / rows.counts
    return values


def by_host(recipe: Recipe, plan: Plan, values: Sequence[Float64Array]) -> Float64Array:
    """[hosts, T] from [keys, T] of each term; NaN where a host has no value."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        results = recipe.formula(*values)
    results = np.where(np.isfinite(results), results, np.nan)
    if len(plan.hosts) == len(plan.keys):
        return results
    is_there = ~np.isnan(results)
    counts = np.add.reduceat(is_there.astype(np.int64), plan.starts)
    if recipe.reduce is Reduce.MAX:
        joined = np.maximum.reduceat(np.where(is_there, results, -np.inf), plan.starts)
    else:
        joined = np.add.reduceat(np.where(is_there, results, 0.0), plan.starts)
        if recipe.reduce is Reduce.MEAN:
            joined = joined / np.maximum(counts, 1)
    return np.where(counts > 0, joined, np.nan)
