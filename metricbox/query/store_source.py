"""Samples and rollup rows of the metric store, as the evaluator wants them."""

import time
from collections.abc import Collection, Sequence
from typing import Protocol

import numpy as np

from metricbox.errors import QueryTimeoutError
from metricbox.model import Int64Array, Labels, Series
from metricbox.query.promql.source import Buckets
from metricbox.query.promql.values import NAME_LABEL
from metricbox.query.promql.windows import Selected
from metricbox.store.contract import Matcher, MatchOp, MetricStore, ReadLimits
from metricbox.store.tiers import Tier

# Columns of PartialColumns, with their names in the table of a rollup.
PARTIAL_COLUMNS = {
    "counts": "count",
    "sums": "sum",
    "mins": "min",
    "maxs": "max",
    "firsts": "first",
    "lasts": "last",
    "increases": "increase",
}


class SharedSamples(Protocol):
    """Raw samples that were read for several queries; see `shared_reads`."""

    def select(
        self, alternatives: Sequence[Sequence[Matcher]], start_ms: int, end_ms: int
    ) -> Selected | None:
        """As `SampleSource.select`; None for what was not read."""
        ...


class StoreSource:
    """One tier of a store, for one query: the samples that all its selectors read count against one limit.

    `shared`, of a raw tier: what need not be read again. `columns`, of a rollup: those of PartialColumns that will be
    looked at; the others are not read. None: all.
    """

    def __init__(
        self,
        store: MetricStore,
        tier: Tier,
        limits: ReadLimits,
        shared: SharedSamples | None = None,
        columns: Collection[str] | None = None,
    ) -> None:
        self._store = store
        self._tier = tier
        self._limits = limits
        self._shared = shared
        self._columns = PARTIAL_COLUMNS if columns is None else columns
        self._end_s = time.monotonic() + limits.timeout_s
        self._buckets: dict[object, Buckets] = {}
        self.samples_read = 0

    def check(self) -> None:
        """Raises QueryTimeoutError when the time of the query is over, or when nobody waits for it any more."""
        cancellation = self._limits.cancellation
        if cancellation is not None and cancellation.is_cancelled:
            msg = "the query was ended, since nobody waits for it any more"
            raise QueryTimeoutError(msg)
        if time.monotonic() >= self._end_s:
            raise QueryTimeoutError.after(self._limits.timeout_s)

    @property
    def resolution_ms(self) -> int:
        return self._tier.resolution_ms

    def select(self, alternatives: Sequence[Sequence[Matcher]], start_ms: int, end_ms: int) -> Selected:
        if self._shared is not None:
            selected = self._shared.select(alternatives, start_ms, end_ms)
            # What is over the limit is refused where all reads are.
            if selected is not None and len(selected.values) <= self._remaining().max_samples:
                self.samples_read += len(selected.values)
                return selected
        series, metric = find_series(self._store, alternatives)
        ids = _ids_of(series)
        samples = self._store.read_raw(ids, start_ms, end_ms + 1, self._remaining(), metric)
        self.samples_read += len(samples.values)
        found, offsets = runs_of(samples.series_ids)
        return Selected(_labels_of(series, found), offsets, samples.ts_ms, samples.values)

    def select_buckets(
        self, alternatives: Sequence[Sequence[Matcher]], start_ms: int, end_ms: int
    ) -> Buckets:
        key = (alternatives, start_ms, end_ms)
        buckets = self._buckets.get(key)
        if buckets is None:
            buckets = self._buckets[key] = self._read_buckets(alternatives, start_ms, end_ms)
        return buckets

    def _read_buckets(self, alternatives: Sequence[Sequence[Matcher]], start_ms: int, end_ms: int) -> Buckets:
        series, metric = find_series(self._store, alternatives)
        rows = self._store.read_rollup(
            self._tier,
            _ids_of(series),
            start_ms,
            end_ms,
            self._remaining(),
            metric,
            [PARTIAL_COLUMNS[name] for name in self._columns],
        )
        self.samples_read += rows.size
        found, offsets = runs_of(rows.series_ids)
        columns = rows._asdict()
        return Buckets(
            _labels_of(series, found),
            offsets,
            rows.bucket_ms,
            {name: columns[name] for name in self._columns},
        )

    def _remaining(self) -> ReadLimits:
        return self._limits._replace(max_samples=max(self._limits.max_samples - self.samples_read, 0))


def find_series(
    store: MetricStore, alternatives: Sequence[Sequence[Matcher]]
) -> tuple[Sequence[Series], str | None]:
    """The series that meet all matchers of an alternative, each once; and their metric when it is one."""
    found: dict[int, Series] = {}
    names: set[str] = set()
    for matchers in alternatives:
        own = [one for one in matchers if one.label != NAME_LABEL]
        for name in _metric_names(store, matchers):
            names.add(name)
            for series in store.find_series(name, own):
                found[series.series_id] = series
    return list(found.values()), names.pop() if len(names) == 1 else None


def runs_of(series_ids: Int64Array) -> tuple[Int64Array, Int64Array]:
    """The ids of rows that are sorted by them, each once; and where each begins, with the end of all."""
    offsets = np.append(np.flatnonzero(np.diff(series_ids, prepend=-1)), len(series_ids))
    return series_ids[offsets[:-1]], offsets


def _metric_names(store: MetricStore, matchers: Sequence[Matcher]) -> Sequence[str]:
    on_name = [one for one in matchers if one.label == NAME_LABEL]
    equal = next((one.value for one in on_name if one.op is MatchOp.EQUAL), None)
    if equal is not None and len(on_name) == 1:
        return [equal]
    return store.find_metric_names(on_name)


def _ids_of(series: Sequence[Series]) -> Int64Array:
    return np.fromiter((one.series_id for one in series), np.int64, len(series))


def _labels_of(series: Sequence[Series], ids: Int64Array) -> list[Labels]:
    """The labels of these ids, the metric name among them."""
    by_id = {one.series_id: one for one in series}
    wanted = [by_id[one] for one in ids.tolist()]
    return [tuple(sorted([*one.labels.items(), (NAME_LABEL, one.name)])) for one in wanted]
