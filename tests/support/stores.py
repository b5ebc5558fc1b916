"""Metric stores for tests, and short ways to fill them."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np

from metricbox.clock import ManualClock
from metricbox.model import SampleBatch, SampleColumns, SeriesKey, make_labels
from metricbox.store.contract import MetricStore, ReadLimits
from metricbox.store.duckdb_backend.store import DuckDBMetricStore
from metricbox.store.tiers import Tier

HOUR_MS = 3_600_000
NOW_MS = 1_795_600_800_000  # 2026-11-25T10:00:00Z, the start of a chunk
LIMITS = ReadLimits(timeout_s=10, max_samples=1_000_000)


def default_retention_ms(tier: Tier) -> int:
    return tier.default_retention_ms


def open_duckdb_store(
    folder: Path,
    clock: ManualClock,
    retention_ms: Callable[[Tier], int] = default_retention_ms,
    **changes: int,
) -> DuckDBMetricStore:
    options = {
        "lateness_ms": 600_000,
        "max_series": 100_000,
        "max_queued_samples": 1_000_000,
        "disk_reserve_bytes": 0,
        "memory_limit_bytes": 256 << 20,
    }
    return DuckDBMetricStore(folder, clock, retention_ms=retention_ms, **(options | changes))


def key(name: str, **labels: str) -> SeriesKey:
    return SeriesKey(name, make_labels(labels.items()))


def batch(rows: Iterable[tuple[int, int, float]]) -> SampleBatch:
    """A batch from (series id, ts_ms, value) rows."""
    ids, ts_ms, values = zip(*rows, strict=True)
    return SampleBatch(np.array(ids, np.int64), np.array(ts_ms, np.int64), np.array(values, np.float64))


def push(
    store: MetricStore, name: str, labels: Mapping[str, str], samples: Iterable[tuple[int, float]]
) -> int:
    """Store samples (ts_ms, value) of one series and return its id."""
    (series_id,) = store.register_series([key(name, **labels)])
    store.submit(batch([(int(series_id), ts_ms, value) for ts_ms, value in samples])).result(10)
    return int(series_id)


def read(store: MetricStore, *series_ids: int, start_ms: int = 0, end_ms: int = NOW_MS * 2) -> SampleColumns:
    return store.read_raw(np.array(series_ids, np.int64), start_ms, end_ms, LIMITS)


def rows(columns: SampleColumns) -> list[tuple[int, int, float]]:
    return list(
        zip(columns.series_ids.tolist(), columns.ts_ms.tolist(), columns.values.tolist(), strict=True)
    )
