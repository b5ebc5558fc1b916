"""Rollups by definition, and a toy engine in memory that does what the pure modules of the store say.

The toy keeps the order of steps that `store/invalidation.py` asks of an engine, so that a test over it tests the rules.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from metricbox.model import SampleColumns
from metricbox.store.buckets import Range, floor_to, subtract_ranges
from metricbox.store.invalidation import (
    advance_threshold,
    freeze_edge_ms,
    merge_invalidations,
    plan_refresh,
    ranges_below,
    watermark_after,
)
from metricbox.store.partials import (
    LOOKBACK_MS,
    PartialColumns,
    concat_partials,
    empty_partials,
    merge_last_wins,
    partials_of_partials,
    partials_of_samples,
)
from metricbox.store.planner import plan_segments
from metricbox.store.retention import Consumer, expired_before_ms, plan_sweep
from metricbox.store.tiers import HOUR, MINUTE, RAW, Tier, chunk_range

Sample = tuple[int, int, float]
"""Series id, time, value."""


class Row(NamedTuple):
    count: int
    sum: float
    min: float
    max: float
    first: float
    last: float
    increase: float


Rows = dict[tuple[int, int], Row]
"""(series id, bucket) -> row."""


def sample_columns(samples: Iterable[Sample]) -> SampleColumns:
    rows = sorted(samples, key=lambda sample: sample[:2])
    return SampleColumns(
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.int64),
        np.array([row[2] for row in rows], np.float64),
    )


def rows_by_definition(samples: Iterable[Sample], resolution_ms: int) -> Rows:
    """Partials one sample at a time, of all samples."""
    values: dict[tuple[int, int], list[float]] = defaultdict(list)
    increases: dict[tuple[int, int], list[float]] = defaultdict(list)
    before: dict[int, tuple[int, float]] = {}
    for series_id, ts_ms, value in sorted(samples, key=lambda sample: sample[:2]):
        if math.isnan(value):
            continue
        bucket = series_id, math.floor(ts_ms / resolution_ms) * resolution_ms
        values[bucket].append(value)
        if series_id in before and ts_ms - before[series_id][0] <= LOOKBACK_MS:
            change = value - before[series_id][1]
            increases[bucket].append(value if change < 0 else change)
        before[series_id] = ts_ms, value
    return {
        bucket: Row(
            len(ones),
            math.fsum(ones),
            min(ones),
            max(ones),
            ones[0],
            ones[-1],
            math.fsum(increases[bucket]),
        )
        for bucket, ones in values.items()
    }


def rows_of(columns: PartialColumns) -> Rows:
    """The columns as rows; fails unless they are sorted and unique."""
    keys = list(zip(columns.series_ids.tolist(), columns.bucket_ms.tolist(), strict=True))
    assert keys == sorted(set(keys))
    cells = zip(*(column.tolist() for column in columns[2:]), strict=True)
    return {key: Row(*row) for key, row in zip(keys, cells, strict=True)}


def assert_same_rows(got: Rows, expected: Rows) -> None:
    assert got.keys() == expected.keys()
    for key, row in expected.items():
        assert got[key][:1] + got[key][2:6] == row[:1] + row[2:6], key
        assert math.isclose(got[key].sum, row.sum, rel_tol=1e-9, abs_tol=1e-6), key
        assert math.isclose(got[key].increase, row.increase, rel_tol=1e-9, abs_tol=1e-6), key


class _TierState:
    def __init__(self, start_ms: int) -> None:
        self.rows = empty_partials()
        self.watermark_ms = start_ms
        self.threshold_ms = start_ms
        self.log: list[Range] = []


class ToyEngine:
    """Raw, minute and hour tier. Only raw chunks are dropped."""

    def __init__(self, start_ms: int, retention_ms: int) -> None:
        self.now_ms = start_ms
        self.retention_ms = retention_ms
        self.samples: dict[tuple[int, int], float] = {}
        self.dropped_before_ms: int | None = None
        self._states = {
            MINUTE: _TierState(start_ms),
            HOUR: _TierState(floor_to(start_ms, HOUR.resolution_ms)),
        }

    def write(self, samples: Iterable[Sample]) -> list[Sample]:
        """Writes and returns the samples that are not older than the retention."""
        accepted = [one for one in samples if one[1] >= expired_before_ms(self.now_ms, self.retention_ms)]
        self.samples |= {(series_id, ts_ms): value for series_id, ts_ms, value in accepted}
        minute = self._states[MINUTE]
        times_ms = np.array([one[1] for one in accepted], np.int64)
        minute.log += ranges_below(times_ms, minute.threshold_ms, MINUTE.resolution_ms)
        return accepted

    def invalidate(self, wanted: Range) -> None:
        """What an operator does who has everything recomputed."""
        self._states[MINUTE].log.append(wanted)

    def refresh(self, max_pieces: int) -> None:
        """One run for each tier, broken off after so many pieces."""
        self._refresh(MINUTE, self.now_ms, HOUR.resolution_ms, max_pieces)
        self._refresh(HOUR, self._states[MINUTE].watermark_ms, 24 * HOUR.resolution_ms, max_pieces)

    def sweep(self) -> list[Range]:
        chunks = {chunk_range(RAW, ts_ms) for _, ts_ms in self.samples}
        minute = self._states[MINUTE]
        plan = plan_sweep(
            chunks,
            expired_before_ms(self.now_ms, self.retention_ms),
            RAW,
            Consumer(minute.watermark_ms, minute.log),
        )
        for chunk in plan.dropped:
            self.samples = {key: value for key, value in self.samples.items() if not chunk.contains(key[1])}
            self.dropped_before_ms = max(chunk.end_ms, self.dropped_before_ms or chunk.end_ms)
        return plan.dropped

    def read(self, tier: Tier, wanted: Range) -> PartialColumns:
        """Partials of the tier, materialised or live, as a reader gets them."""
        source = RAW if tier == MINUTE else MINUTE
        state = self._states[tier]
        pending = state.log if tier == MINUTE else state.log + self._states[MINUTE].log
        dropped_ms = self.dropped_before_ms if tier == MINUTE else None
        edge_ms = freeze_edge_ms(dropped_ms, source, tier.resolution_ms)
        parts = [
            rows_in(state.rows, segment.range)
            if segment.is_materialised
            else self._compute(tier, segment.range)
            for segment in plan_segments(wanted, state.watermark_ms, pending, tier, edge_ms)
        ]
        whole = concat_partials(parts)
        merged = merge_last_wins(whole)
        assert merged.size == whole.size, "a bucket was answered twice"
        return merged

    def _compute(self, tier: Tier, wanted: Range) -> PartialColumns:
        if tier == HOUR:
            return partials_of_partials(self.read(MINUTE, wanted), HOUR.resolution_ms)
        first_ms = wanted.start_ms - LOOKBACK_MS
        samples = [(*key, value) for key, value in self.samples.items() if first_ms <= key[1] < wanted.end_ms]
        return partials_of_samples(
            sample_columns(samples), wanted.start_ms, wanted.end_ms, MINUTE.resolution_ms
        )

    def _refresh(self, tier: Tier, now_ms: int, max_piece_ms: int, max_pieces: int) -> None:
        state = self._states[tier]
        state.threshold_ms = advance_threshold(state.threshold_ms, now_ms, tier.resolution_ms)
        dropped_ms = self.dropped_before_ms if tier == MINUTE else None
        plan = plan_refresh(
            state.log,
            state.watermark_ms,
            state.threshold_ms,
            freeze_edge_ms(dropped_ms, RAW, tier.resolution_ms),
            tier.resolution_ms,
            max_piece_ms,
        )
        state.log = subtract_ranges(state.log, plan.discarded)
        state.watermark_ms = plan.watermark_ms
        for piece in plan.pieces[:max_pieces]:
            fresh = self._compute(tier, piece)
            kept = state.rows.where(
                (state.rows.bucket_ms < piece.start_ms) | (state.rows.bucket_ms >= piece.end_ms)
            )
            state.rows = merge_last_wins(concat_partials([kept, fresh]))
            state.log = subtract_ranges(state.log, [piece])
            state.watermark_ms = watermark_after(state.watermark_ms, piece)
            if tier == MINUTE:
                hour = self._states[HOUR]
                below = piece.clip(end_ms=hour.threshold_ms)
                hour.log = merge_invalidations([*hour.log, below], HOUR.resolution_ms)


def rows_in(columns: PartialColumns, wanted: Range) -> PartialColumns:
    return columns.where((columns.bucket_ms >= wanted.start_ms) & (columns.bucket_ms < wanted.end_ms))
