"""What a metric store promises. One contract test suite (tests/contract) runs on every backend.

Time is integer milliseconds UTC and every range is half-open, [start_ms, end_ms). Methods may be called from any
thread but the event loop's, unless they say that they do not block. A store is closed by the one who opened it.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from enum import StrEnum
from typing import NamedTuple, Protocol

from metricbox.model import BoolArray, Float64Array, Int64Array, SampleBatch, Series, SeriesKey

SERIES_LIMIT_REACHED = -1
"""Returned by `register_series` in place of an id when the cap on series is reached."""


class MatchOp(StrEnum):
    EQUAL = "="
    NOT_EQUAL = "!="
    REGEX = "=~"
    NOT_REGEX = "!~"


class Matcher(NamedTuple):
    """A condition on one label. A label that a series lacks counts as the empty text; regexes match the whole value."""

    label: str
    op: MatchOp
    value: str


class SampleColumns(NamedTuple):
    """Samples read: equal-length columns sorted by series id and time, at most one sample per (series, time)."""

    series_ids: Int64Array
    ts_ms: Int64Array
    values: Float64Array

    def where(self, mask: BoolArray) -> "SampleColumns":
        """The rows for which `mask` holds."""
        if mask.all():
            return self
        return SampleColumns(self.series_ids[mask], self.ts_ms[mask], self.values[mask])


class MetricDefinition(NamedTuple):
    name: str
    type: str
    """gauge, counter, histogram or unknown"""
    unit: str
    description: str
    series_count: int


class MetricPage(NamedTuple):
    total: int
    metrics: Sequence[MetricDefinition]


class TierStatus(NamedTuple):
    table: str
    chunks: int
    samples: int
    bytes: int
    oldest_ms: int | None
    newest_ms: int | None
    retention_ms: int


class StoreStatus(NamedTuple):
    series: int
    metrics: int
    queued_samples: int
    tiers: Sequence[TierStatus]


class ReadLimits(NamedTuple):
    """Bounds of one read. Over one of them LimitExceededError is raised, naming it."""

    timeout_s: float
    max_samples: int


class MetricStore(Protocol):
    # ---- writing

    def register_series(self, keys: Sequence[SeriesKey]) -> Int64Array:
        """Ids of these series, in order; unknown ones are made and are durable when this returns.

        SERIES_LIMIT_REACHED stands for a series that the cap refused. Blocks for one commit. Keys must have valid
        names and labels (model.find_name_fault, model.find_labels_fault). Raises UnavailableError when closing.
        """
        ...

    def submit(self, batch: SampleBatch) -> "Future[None]":
        """Queue a batch; the future is done once its samples are on disk. Does not block.

        Raises QueueFullError when the queue holds its limit of samples, UnavailableError when closing,
        InsufficientStorageError when the disk reserve is reached. A later sample of the same series and time
        replaces an earlier one, in arrival order.
        """
        ...

    # ---- reading

    def find_series(self, name: str, matchers: Sequence[Matcher] = ()) -> Sequence[Series]:
        """All series of a metric that meet every matcher, ordered by id. Empty when there are none."""
        ...

    def read_raw(
        self, series_ids: Int64Array, start_ms: int, end_ms: int, limits: ReadLimits
    ) -> SampleColumns:
        """Samples of these series in [start_ms, end_ms), stale markers included, everything acknowledged visible."""
        ...

    def has_metric(self, name: str) -> bool: ...

    def list_metrics(self, search: str, offset: int, limit: int) -> MetricPage:
        """Metrics whose name holds `search` (without regard to case), ordered by name."""
        ...

    def count_label_names(self, name: str) -> Mapping[str, int]:
        """Label name -> number of series of the metric that carry it, ordered by name."""
        ...

    def count_label_values(self, name: str, label: str, search: str) -> Mapping[str, int]:
        """Label value -> number of series, ordered by value; `search` as in `list_metrics`."""
        ...

    # ---- life

    def status(self) -> StoreStatus: ...

    def close(self) -> None:
        """Refuse new batches, commit what was queued, close the files. Idempotent."""
        ...
