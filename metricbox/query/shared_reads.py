"""What many instant queries of one time read, read together: a window of a metric once for all that look at it.

    queries ──▶ what each will read ──▶ one read a window, of the series of all ──▶ each takes its own of it

A read costs the store 2 ms, however little it selects, and a thousand alert rules select mostly other hosts of the same
few metrics. No sample is read that no query asked for. What is too much to be held for all is left to the queries
themselves, so that sharing changes the cost of an answer and never the answer.
"""

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from cachetools import TTLCache

from metricbox.errors import LimitExceededError, MetricboxError
from metricbox.model import Float64Array, Int64Array, Labels, Series
from metricbox.query.promql.evaluate import Evaluation
from metricbox.query.promql.nodes import MatrixSelector, Node, Subquery
from metricbox.query.promql.source import Buckets
from metricbox.query.promql.values import NAME_LABEL
from metricbox.query.promql.windows import Selected
from metricbox.query.store_source import find_series, runs_of
from metricbox.store.contract import Matcher, MatchOp, MetricStore, ReadLimits

# Held until the last query of a pass is answered: 16 MB of one window, 32 MB of all.
MAX_WINDOW_SAMPLES = 1_000_000
MAX_SAMPLES = 2_000_000
# Series of all selectors, held from one pass to the next: some 300 bytes each.
MAX_SERIES = 100_000
# All queries wait for it, so that it must not take what one slow query may take: so long for finding the series, and so
# long for reading them. What was found is known the next time.
TIMEOUT_S = 2.0
# A window that was too much is read by its queries themselves for so long.
REFUSED_S = 600.0

Alternatives = Sequence[Sequence[Matcher]]


class Read(NamedTuple):
    """One read of a query: samples in [start_ms, end_ms], both included."""

    alternatives: Alternatives
    start_ms: int
    end_ms: int


class _Window(NamedTuple):
    metric: str | None
    start_ms: int
    end_ms: int


class _Found(NamedTuple):
    """The series of a selector."""

    series_ids: Int64Array
    """Rising."""
    labels: Sequence[Labels]
    metric: str | None
    """Theirs, when it is one."""
    state: object
    """Of the catalogue, before it was asked; see `_state_of`."""


class _Samples(NamedTuple):
    """Of one window, one series after another; nobody may write into them, for all queries have parts of them."""

    series_ids: Int64Array
    """[K], rising"""
    offsets: Int64Array
    """[K + 1]"""
    ts_ms: Int64Array
    values: Float64Array


class SharedReads:
    """What was read; for threads."""

    def __init__(self, found: Mapping[Alternatives, _Found], samples: Mapping[_Window, _Samples]) -> None:
        self._found = found
        self._samples = samples

    def select(self, alternatives: Alternatives, start_ms: int, end_ms: int) -> Selected | None:
        """As `SampleSource.select`; None for what was not read."""
        found = self._found.get(alternatives)
        if found is None:
            return None
        samples = self._samples.get(_Window(found.metric, start_ms, end_ms))
        return None if samples is None else _take(samples, found)


class SharedReader:
    """Makes SharedReads for one pass after another, and keeps from each to the next which series a selector has."""

    def __init__(self, store: MetricStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._found: Mapping[Alternatives, _Found] = {}
        self._labels: dict[int, Labels] = {}
        self._refused: TTLCache[tuple[str | None, int], bool] = TTLCache(10_000, REFUSED_S)

    def read(self, queries: Iterable[tuple[Node, int]], limits: ReadLimits) -> SharedReads:
        """For expressions, each at a time in ms, that will be read from raw samples. May take twice TIMEOUT_S."""
        with self._lock:
            found = self._find_all([read for node, time_ms in queries for read in reads_of(node, time_ms)])
            wanted, self._found = found.by_window, found.by_selector
            until_s = time.monotonic() + min(TIMEOUT_S, limits.timeout_s)
            samples: dict[_Window, _Samples] = {}
            left = MAX_SAMPLES
            # Short ones first: they are the many, and each costs little to hold.
            for window in sorted(wanted, key=_length_of):
                left_s = until_s - time.monotonic()
                if left <= 0 or left_s <= 0:
                    break
                if (window.metric, _length_of(window)) in self._refused:
                    continue
                most = min(left, MAX_WINDOW_SAMPLES)
                try:
                    samples[window] = self._read_window(
                        window, wanted[window], limits._replace(max_samples=most, timeout_s=left_s)
                    )
                except LimitExceededError:
                    if most == MAX_WINDOW_SAMPLES:
                        self._refused[window.metric, _length_of(window)] = True
                    continue
                left -= len(samples[window].values)
        return SharedReads(found.by_selector, samples)

    def _read_window(self, window: _Window, found: Sequence[_Found], limits: ReadLimits) -> _Samples:
        series_ids = np.unique(np.concatenate([one.series_ids for one in found]))
        columns = self._store.read_raw(series_ids, window.start_ms, window.end_ms + 1, limits, window.metric)
        ids, offsets = runs_of(columns.series_ids)
        ts_ms, values = columns.ts_ms.view(), columns.values.view()
        ts_ms.flags.writeable = values.flags.writeable = False
        return _Samples(ids, offsets, ts_ms, values)

    def _find_all(self, reads: Sequence[Read]) -> "_AllFound":
        """The windows at which two reads or more look, and the series of their selectors."""
        by_selector: dict[Alternatives, _Found] = {}
        by_window: dict[_Window, list[_Found]] = {}
        left = MAX_SERIES
        until_s = time.monotonic() + TIMEOUT_S
        for alternatives, start_ms, end_ms in reads:
            found = by_selector.get(alternatives)
            if found is None:
                if time.monotonic() >= until_s and alternatives not in self._found:
                    continue
                found = self._find(alternatives)
                if len(found.series_ids) > left:
                    continue
                left -= len(found.series_ids)
                by_selector[alternatives] = found
            by_window.setdefault(_Window(found.metric, start_ms, end_ms), []).append(found)
        if len(self._labels) > MAX_SERIES:
            self._labels.clear()
        return _AllFound(by_selector, {window: many for window, many in by_window.items() if len(many) > 1})

    def _find(self, alternatives: Alternatives) -> _Found:
        state = self._state_of(alternatives)
        known = self._found.get(alternatives)
        if known is not None and known.state == state:
            return known
        series, metric = find_series(self._store, alternatives)
        series = sorted(series, key=lambda one: one.series_id)
        ids = np.fromiter((one.series_id for one in series), np.int64, len(series))
        return _Found(ids, [self._labels_of(one) for one in series], metric, state)

    def _state_of(self, alternatives: Alternatives) -> object:
        """Something that changes when a selector gets other series: while a store is open they only become more."""
        state = []
        for matchers in alternatives:
            names = [one.value for one in matchers if one.label == NAME_LABEL and one.op is MatchOp.EQUAL]
            if not names:
                return self._store.series_count
            definition = self._store.find_metric(names[0])
            state.append(definition and definition.series_count)
        return state

    def _labels_of(self, series: Series) -> Labels:
        """The same value for all selectors that have the series."""
        labels = self._labels.get(series.series_id)
        if labels is None:
            labels = tuple(sorted([*series.labels.items(), (NAME_LABEL, series.name)]))
            self._labels[series.series_id] = labels
        return labels


class _AllFound(NamedTuple):
    by_selector: Mapping[Alternatives, _Found]
    by_window: Mapping[_Window, Sequence[_Found]]


def reads_of(node: Node, time_ms: int) -> Sequence[Read]:
    """What an instant query reads of raw samples: the evaluation itself says it, of a store without any."""
    recorder = _Recorder()
    evaluation = Evaluation(recorder, np.array([time_ms], np.int64))
    try:
        if isinstance(node, MatrixSelector | Subquery):
            evaluation.run_windows(node)
        else:
            evaluation.run(node)
    except MetricboxError:
        # The query will say it of itself.
        return ()
    return recorder.reads


class _Recorder:
    """A SampleSource that has nothing and notes what it is asked for."""

    resolution_ms = 0

    def __init__(self) -> None:
        self.reads: list[Read] = []

    def select(self, alternatives: Alternatives, start_ms: int, end_ms: int) -> Selected:
        self.reads.append(Read(alternatives, start_ms, end_ms))
        return Selected([], np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0))

    def select_buckets(self, alternatives: Alternatives, start_ms: int, end_ms: int) -> Buckets:
        """Never called: this is a raw source."""
        raise NotImplementedError


def _length_of(window: _Window) -> int:
    return window.end_ms - window.start_ms


def _take(samples: _Samples, found: _Found) -> Selected:
    """The samples of these series, out of those of all."""
    places = np.searchsorted(samples.series_ids, found.series_ids)
    is_there = places < len(samples.series_ids)
    is_there[is_there] = samples.series_ids[places[is_there]] == found.series_ids[is_there]
    labels = found.labels
    if not is_there.all():
        places = places[is_there]
        labels = [labels[row] for row in np.flatnonzero(is_there).tolist()]
    if not len(places):
        return Selected([], np.zeros(1, np.int64), samples.ts_ms[:0], samples.values[:0])
    first, last = int(places[0]), int(places[-1])
    if last - first + 1 == len(places):
        start, end = int(samples.offsets[first]), int(samples.offsets[last + 1])
        offsets = samples.offsets[first : last + 2] - start
        return Selected(labels, offsets, samples.ts_ms[start:end], samples.values[start:end])
    starts = samples.offsets[places]
    lengths = samples.offsets[places + 1] - starts
    offsets = np.append(0, np.cumsum(lengths))
    rows = np.arange(int(offsets[-1])) + np.repeat(starts - offsets[:-1], lengths)
    return Selected(labels, offsets, samples.ts_ms[rows], samples.values[rows])
