"""What a metric store promises. One contract test suite (tests/contract) runs on every backend.

Time is integer milliseconds UTC and every range is half-open, [start_ms, end_ms). Methods may be called from any
thread but the event loop's, unless they say that they do not block. A store is closed by the one who opened it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from enum import StrEnum
from typing import NamedTuple, Protocol

from metricbox.model import Int64Array, SampleBatch, SampleColumns, Series, SeriesKey
from metricbox.store.partials import PartialColumns
from metricbox.store.tiers import Tier

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
    watermark_ms: int | None = None
    """End of the last materialised bucket; None for raw and while nothing is."""
    pending_invalidations: int = 0
    """Ranges that wait for being recomputed."""


class StoreStatus(NamedTuple):
    series: int
    metrics: int
    queued_samples: int
    tiers: Sequence[TierStatus]


class RetentionPreview(NamedTuple):
    bytes: int
    samples: int
    oldest_ms: int | None
    """Time of the oldest row that would stay; None when nothing would."""


class StoreJob(NamedTuple):
    """Periodic work of a store. `run` blocks and may take minutes; jobs of one store must not run at the same time."""

    name: str
    interval_ms: int
    run: Callable[[], None]
    is_due_at_start: bool = False


class ReadLimits(NamedTuple):
    """Bounds of one read. Over one of them LimitExceededError is raised, naming it."""

    timeout_s: float
    max_samples: int


class MetricStore(Protocol):
    # ---- writing

    def register_series(self, keys: Sequence[SeriesKey]) -> Int64Array:
        """Ids of these series, in order; unknown ones are made and are durable when this returns.

        SERIES_LIMIT_REACHED stands for a series that the cap refused. Blocks for one commit. Keys must have valid
        names and labels (model.find_name_fault, model.find_labels_fault). Raises UnavailableError when closing and
        InsufficientStorageError when the disk reserve is reached.
        """
        ...

    def submit(self, batch: SampleBatch) -> "Future[None]":
        """Queue a batch; the future is done once its samples are on disk. Does not block.

        Raises QueueFullError when the queue holds its limit of samples, UnavailableError when closing,
        InsufficientStorageError when the disk reserve is reached. A later sample of the same series and time
        replaces an earlier one, in arrival order; but a stale marker never replaces a value (trap B043).
        """
        ...

    # ---- reading

    def find_series(self, name: str, matchers: Sequence[Matcher] = ()) -> Sequence[Series]:
        """All series of a metric that meet every matcher, ordered by id. Empty when there are none."""
        ...

    def read_raw(
        self,
        series_ids: Int64Array,
        start_ms: int,
        end_ms: int,
        limits: ReadLimits,
        metric: str | None = None,
    ) -> SampleColumns:
        """Samples of these series in [start_ms, end_ms), stale markers included, everything acknowledged visible.

        `metric`, when all series are of one, makes it faster.
        """
        ...

    def read_rollup(
        self,
        tier: Tier,
        series_ids: Int64Array,
        start_ms: int,
        end_ms: int,
        limits: ReadLimits,
        metric: str | None = None,
    ) -> PartialColumns:
        """Partials of the buckets that the range touches, always complete: what is not materialised, or outdated, is
        computed from the finer tier. Sorted by series and bucket.
        """
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

    @property
    def series_count(self) -> int:
        """At once, for the own metrics."""
        ...

    @property
    def queued_samples(self) -> int: ...

    def status(self) -> StoreStatus: ...

    def preview_retention(self, retention_ms_by_table: Mapping[str, int]) -> Mapping[str, RetentionPreview]:
        """Table -> what a sweep would drop under these retentions, by whole chunks. Changes nothing."""
        ...

    def list_jobs(self) -> Sequence[StoreJob]:
        """What has to run now and then, in the order of a first run."""
        ...

    def examine(self) -> Iterator[str]:
        """What is wrong with the stored data, as sentences; nothing when all is well. Reads everything, blocks."""
        ...

    def close(self) -> None:
        """Refuse new batches, commit what was queued, close the files. Idempotent."""
        ...
