"""All samples of some series in a range, as they are stored, in portions that fit into memory.

For exports: no grid, no lookback, nothing computed, stale markers included. What is older than the raw tier is there
as rollups alone, of which the average of each bucket is taken when the caller asks for that tier.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from metricbox.errors import LimitExceededError
from metricbox.model import Float64Array, Int64Array, SampleColumns, Series
from metricbox.query.store_source import find_series
from metricbox.store.contract import Matcher, MetricStore, ReadLimits
from metricbox.store.tiers import Tier

# Of one read. A window is split further where its samples are more than the limits allow.
_WINDOW_MS = 86_400_000
_SERIES_A_READ = 200


class SeriesPart(NamedTuple):
    """Some samples of one series, by time. A series comes in as many parts as its range has windows."""

    series: Series
    ts_ms: Int64Array
    values: Float64Array


def export_samples(
    store: MetricStore,
    alternatives: Sequence[Sequence[Matcher]],
    start_ms: int,
    end_ms: int,
    limits: ReadLimits,
    tier: Tier | None = None,
) -> Iterator[SeriesPart]:
    """Every sample in [start_ms, end_ms), or the average of each bucket of `tier`. Blocks while it is iterated.

    `limits` hold for each read, not for all together.
    """
    series, _ = find_series(store, alternatives)
    ordered = sorted(series, key=lambda one: (one.name, one.series_id))
    for first in range(0, len(ordered), _SERIES_A_READ):
        portion = ordered[first : first + _SERIES_A_READ]
        begin_ms = start_ms
        while begin_ms < end_ms:
            until_ms = min(end_ms, (begin_ms // _WINDOW_MS + 1) * _WINDOW_MS)
            yield from _read(store, portion, begin_ms, until_ms, limits, tier)
            begin_ms = until_ms


def _read(
    store: MetricStore,
    series: Sequence[Series],
    start_ms: int,
    end_ms: int,
    limits: ReadLimits,
    tier: Tier | None,
) -> Iterator[SeriesPart]:
    ids = np.array(sorted(one.series_id for one in series), np.int64)
    try:
        rows = _read_columns(store, ids, start_ms, end_ms, limits, tier)
    except LimitExceededError:
        if len(series) == 1:
            middle_ms = (start_ms + end_ms) // 2
            if middle_ms <= start_ms:
                raise
            yield from _read(store, series, start_ms, middle_ms, limits, tier)
            yield from _read(store, series, middle_ms, end_ms, limits, tier)
            return
        half = len(series) // 2
        yield from _read(store, series[:half], start_ms, end_ms, limits, tier)
        yield from _read(store, series[half:], start_ms, end_ms, limits, tier)
        return
    edges = np.searchsorted(rows.series_ids, np.array([one.series_id for one in series]))
    ends = np.searchsorted(rows.series_ids, np.array([one.series_id for one in series]), side="right")
    for one, begin, end in zip(series, edges.tolist(), ends.tolist(), strict=True):
        if begin < end:
            yield SeriesPart(one, rows.ts_ms[begin:end], rows.values[begin:end])


def _read_columns(
    store: MetricStore, ids: Int64Array, start_ms: int, end_ms: int, limits: ReadLimits, tier: Tier | None
) -> SampleColumns:
    if tier is None:
        return store.read_raw(ids, start_ms, end_ms, limits)
    partials = store.read_rollup(tier, ids, start_ms, end_ms, limits)
    is_whole = (partials.bucket_ms >= start_ms) & (partials.bucket_ms < end_ms) & (partials.counts > 0)
    columns = SampleColumns(
        partials.series_ids, partials.bucket_ms, partials.sums / np.maximum(partials.counts, 1)
    )
    return columns.where(is_whole)
