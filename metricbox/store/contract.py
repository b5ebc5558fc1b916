"""What a metric store promises. One contract test suite (tests/contract) runs on every backend.

Time is integer milliseconds UTC and every range is half-open, [start_ms, end_ms). Methods may be called from any
thread but the event loop's, unless they say that they do not block. A store is closed by the one who opened it.
"""

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from enum import StrEnum
from typing import NamedTuple, Protocol

from metricbox.model import Int64Array, SampleBatch, SampleColumns, Series, SeriesKey
from metricbox.store.partials import PartialColumns
from metricbox.store.step_partials import Grouping, StepPartials
from metricbox.store.tiers import Tier

SERIES_LIMIT_REACHED = -1
"""Returned by `register_series` in place of an id when the store's cap on all series is reached."""
METRIC_LIMIT_REACHED = -3
"""The same for `SeriesCaps.per_metric`. Not -2: decoders mark with it what can be no series at all."""
TOKEN_LIMIT_REACHED = -4
"""The same for `SeriesCaps.per_token`."""


class SeriesCaps(NamedTuple):
    """Under which a registration makes series, beside the cap on all of them, which is the store's own. 0 is no cap."""

    per_metric: int = 0
    token: str = ""
    """Key of the token whose series the new ones become, for good; empty for no token, which has no cap."""
    per_token: int = 0


NO_CAPS = SeriesCaps()


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


class MetricDetails(NamedTuple):
    """What is known of a metric beside its name; None says nothing of a field."""

    type: str | None = None
    unit: str | None = None
    description: str | None = None


class ReporterRule(NamedTuple):
    """Which series are of a reporter: those that carry `label`, whose value names it."""

    label: str
    prefixes: Sequence[str] = ()
    """Of metric names; empty for all metrics."""
    but_not: str = ""
    """A label that they must not carry."""


class Reporter(NamedTuple):
    """Somebody who sends samples, as the series tell."""

    rule: int
    name: str
    series_count: int
    first_seen_ms: int
    """When the first of the series was made."""
    last_seen_ms: int
    """When the last of them was made, or had a sample in a sealed chunk: some hours old at most."""
    series_ids: Sequence[int]
    """Some: the oldest and the youngest."""


class MetricPage(NamedTuple):
    total: int
    metrics: Sequence[MetricDefinition]


class MetricOrder(StrEnum):
    NAME = "name"
    SERIES_COUNT = "seriesCount"


class MetricBranch(NamedTuple):
    """One branch of the tree of metric names, or a metric in it."""

    prefix: str
    metric_count: int
    """Metrics whose name begins so."""
    metric: MetricDefinition | None
    """Where the branch is no more than this metric."""


class MetricBranchPage(NamedTuple):
    total: int
    branches: Sequence[MetricBranch]


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


class Cancellation:
    """Tells a read that nobody waits for it any more. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._numbers = itertools.count()
        self.is_cancelled = False

    def cancel(self) -> None:
        with self._lock:
            self.is_cancelled = True
            callbacks = list(self._callbacks.values())
        for callback in callbacks:
            callback()

    @contextmanager
    def calling(self, callback: Callable[[], None]) -> Iterator[None]:
        """`callback` is called when the read is cancelled while the block runs, or was before."""
        with self._lock:
            number = next(self._numbers)
            self._callbacks[number] = callback
            was_cancelled = self.is_cancelled
        if was_cancelled:
            callback()
        try:
            yield
        finally:
            with self._lock:
                del self._callbacks[number]


class ReadLimits(NamedTuple):
    """Bounds of one read. Over one of them LimitExceededError is raised, naming it."""

    timeout_s: float
    max_samples: int
    cancellation: Cancellation | None = None


class SqlKind(StrEnum):
    """What the values of a column are."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    """Milliseconds."""
    JSON = "json"
    """The text of a JSON value."""


class SqlSource(NamedTuple):
    """A table for statements that the caller brings with him. Its name and those of its columns are plain words."""

    name: str
    columns: Sequence[tuple[str, SqlKind]]
    rows: Sequence[Sequence[object]]
    """None is NULL."""


class SqlQuestion(NamedTuple):
    statement: str
    parameters: Sequence[object] | Mapping[str, object]
    """By position or by name: texts, numbers, true, false, None."""
    max_rows: int
    sources: Sequence[SqlSource] = ()


class SqlTable(NamedTuple):
    columns: Sequence[str]
    types: Sequence[str]
    """In the database's own words, for a person."""
    rows: Sequence[Sequence[object]]
    """Values as JSON has them; numbers may be non-finite, and integers of any size."""
    is_truncated: bool
    """There are more rows than were asked for."""


class MetricStore(Protocol):
    # ---- writing

    def register_series(self, keys: Sequence[SeriesKey], caps: SeriesCaps = NO_CAPS) -> Int64Array:
        """Ids of these series, in order; unknown ones are made and are durable when this returns.

        A negative number stands for a new series that a cap refused: METRIC_LIMIT_REACHED before TOKEN_LIMIT_REACHED
        before SERIES_LIMIT_REACHED when several did, and the same one for all refused series of a metric. Known
        series are never refused; what a token made is counted over restarts. Blocks for one commit. Keys must have
        valid names and labels (model.find_name_fault, model.find_labels_fault). Raises UnavailableError when closing
        and InsufficientStorageError when the disk reserve is reached.
        """
        ...

    def submit(self, batch: SampleBatch) -> "Future[None]":
        """Queue a batch; the future is done once its samples are on disk. Does not block.

        Raises QueueFullError when the queue holds its limit of samples, UnavailableError when closing,
        InsufficientStorageError when the disk reserve is reached. A later sample of the same series and time
        replaces an earlier one, in arrival order; but a stale marker never replaces a value (trap B043).
        """
        ...

    def change_metric(self, name: str, changes: MetricDetails) -> MetricDefinition:
        """Set what a person says of a metric; durable when this returns. Raises NotFoundError for an unknown one."""
        ...

    def learn_metrics(self, details: Mapping[str, MetricDetails]) -> None:
        """Fill in what senders say of their metrics, where nothing is known yet: type `unknown`, empty unit and
        description. Unknown metrics are passed over. Blocks for one commit when something is new.
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
        columns: Sequence[str] | None = None,
    ) -> PartialColumns:
        """Partials of the buckets that the range touches, always complete: what is not materialised, or outdated, is
        computed from the finer tier. Sorted by series and bucket.

        `columns` are those that are wanted: count, sum, min, max, first, last, increase; others may come as zeros. None
        are all of them.
        """
        ...

    def read_rollup_steps(
        self,
        tier: Tier,
        grouping: Grouping,
        edges_ms: Int64Array,
        columns: Sequence[str],
        limits: ReadLimits,
        metric: str | None = None,
    ) -> StepPartials:
        """`read_rollup` joined by group and step (`step_partials.steps_of_partials`), close to the rows where possible.

        `columns` are those that are wanted beside the counts: sum, min, max, last, increase; others may come as zeros.
        Steps consist of whole buckets. `limits.max_samples` bounds what passes through Python, not what is joined.
        """
        ...

    def run_sql(self, question: SqlQuestion, limits: ReadLimits) -> SqlTable:
        """One SELECT over views of the store and the sources of the question; docs/sql.md has both.

        Nothing can be changed or read with it but these: what is not on a list is refused before it runs. Raises
        ValidationError when it cannot be run, LimitExceededError over time, memory or `limits.max_samples` of what is
        not in sealed files.
        """
        ...

    def has_metric(self, name: str) -> bool: ...

    def find_metric(self, name: str) -> MetricDefinition | None: ...

    def find_metric_names(self, matchers: Sequence[Matcher]) -> Sequence[str]:
        """Names that meet every matcher, whatever label it names; ordered."""
        ...

    def list_metrics(
        self,
        search: str,
        offset: int,
        limit: int,
        order: MetricOrder | None = None,
        *,
        is_descending: bool = False,
    ) -> MetricPage:
        """Metrics whose name holds `search` (without regard to case). Without an order the one of that name is first,
        then come names that begin so, then the others, each ordered by name.
        """
        ...

    def list_metric_branches(self, prefix: str, offset: int, limit: int) -> MetricBranchPage:
        """The next parts of the names that begin with `prefix`, ordered by name; see metric_names.py."""
        ...

    def count_label_names(self, name: str) -> Mapping[str, int]:
        """Label name -> number of series of the metric that carry it, ordered by name."""
        ...

    def count_label_values(self, name: str, label: str, search: str) -> Mapping[str, int]:
        """Label value -> number of series, ordered by value; `search` as in `list_metrics`."""
        ...

    def list_reporters(self, rules: Sequence[ReporterRule], limits: ReadLimits) -> Sequence[Reporter]:
        """Who sends, by one pass over all series; a series counts for the first rule that it meets."""
        ...

    # ---- what was written when

    @property
    def write_position(self) -> int:
        """Grows with every commit, once its samples are readable. At once."""
        ...

    def earliest_write_since(self, position: int) -> int | None:
        """Time of the earliest sample committed after `position`; None when nothing was. At once."""
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
