"""What a target answered to one batch: its samples, five numbers about the scrape, and the ends of series now gone.

All samples of a scrape have its one time, except those that bring their own. A series that the target had at its last
scrape and has no more ends with a stale marker; when the target fails, all of them do. `decode` runs in the decode
threads, for one scrape of a target at a time; what it finds holds once the batch is stored and `commit` was called.
"""

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np

from metricbox.clock import Clock
from metricbox.errors import PayloadTooLargeError, UnsupportedMediaTypeError, ValidationError
from metricbox.ingest.body import decode_body
from metricbox.ingest.exposition import NO_STAMP, Exposition, make_series, read_exposition
from metricbox.ingest.outcome import Decoded, Reason, Refusals, join_batches
from metricbox.ingest.scrape.fetching import Fetched, ScrapeError, explain_size
from metricbox.ingest.scrape.targets import Target
from metricbox.ingest.series_cache import GenerationCache
from metricbox.ingest.series_table import DoorContext, KeyedSamples, SeriesFaultError
from metricbox.model import STALE_MARKER, Int64Array, SampleBatch, SeriesKey, make_labels
from metricbox.relabel import apply_rules

UP = "up"
DURATION = "scrape_duration_seconds"
SCRAPED = "scrape_samples_scraped"
KEPT = "scrape_samples_post_metric_relabeling"
ADDED = "scrape_series_added"
REPORTS = (UP, DURATION, SCRAPED, KEPT, ADDED)

# No line begins so: keys of the numbers about the scrape itself.
_REPORT_PREFIX = b"\0"
# A bound for one target, far above what one has; most hold some 100 kB.
_CACHE_BYTES = 256 * 2**20
_NO_IDS: Int64Array = np.empty(0, np.int64)


@dataclass(slots=True)
class Round:
    """One scrape, as far as it has come. Filled in a decode thread, read on the event loop after it."""

    ts_ms: int
    started_s: float
    """By Clock.monotonic_s."""
    fetched: Fetched | None
    """None when nothing was answered."""
    fault: str = ""
    """Why the target counts as down, as the end of a sentence; empty when it is up."""
    duration_s: float = 0.0
    scraped: int = 0
    kept: int = 0
    added: int = 0
    live_ids: Int64Array = field(default_factory=lambda: _NO_IDS)
    """Of the series that have a value at `ts_ms`, sorted, each once."""
    stamped: dict[int, int] = field(default_factory=dict)
    """Series id -> time stamp, of samples that bring their own."""


class TargetSeries:
    """What is known of the series of one target."""

    def __init__(self, target: Target, limit_bytes: int, clock: Clock) -> None:
        self._target = target
        self._limit_bytes = limit_bytes
        self._clock = clock
        self._cache: GenerationCache[Hashable, int] = GenerationCache(_CACHE_BYTES)
        self._door_cache: object = None
        self._dropped: set[bytes] = set()
        """Keys that the job's metric_relabel drops, of the last scrape."""
        self._made: dict[bytes, SeriesKey] = {}
        self._live_ids = _NO_IDS
        self._stamped: dict[int, int] = {}

    def decode(self, context: DoorContext, scrape: Round) -> Decoded:
        """The batch of one scrape. Raises nothing that a target could cause."""
        context = self._own_context(context)
        refusals = Refusals()
        batch = join_batches([])
        if not scrape.fault and scrape.fetched is not None:
            try:
                exposition = self._read(scrape.fetched)
                batch = self._take(context, exposition, scrape, refusals)
            except ScrapeError as error:
                scrape.fault = error.message
        scrape.fetched = None
        scrape.duration_s = self._clock.monotonic_s() - scrape.started_s
        ended = self._end(np.setdiff1d(self._live_ids, scrape.live_ids), scrape.ts_ms)
        reports = self._report(context, scrape, refusals)
        return Decoded(join_batches([batch, ended, reports]), refusals)

    def decode_end(self, context: DoorContext, ts_ms: int, pending: Round | None) -> Decoded:
        """Markers for all series, those about the scrapes included: the target is gone.

        `pending` is a scrape of which nobody knows whether it was stored.
        """
        context = self._own_context(context)
        live = self._live_ids if pending is None else np.union1d(self._live_ids, pending.live_ids)
        keys = [_REPORT_PREFIX + name.encode() for name in REPORTS]
        refusals = Refusals()
        samples = KeyedSamples(
            range(len(keys)), keys, np.full(len(keys), ts_ms), np.full(len(keys), STALE_MARKER)
        )
        reports = context.resolve(samples, self._make, refusals).batch
        return Decoded(join_batches([self._end(live, ts_ms), reports]), refusals)

    def commit(self, scrape: Round) -> None:
        """The batch of `scrape` is on disk."""
        gone = np.setdiff1d(self._live_ids, scrape.live_ids)
        self._live_ids = scrape.live_ids
        self._stamped = scrape.stamped
        if len(gone):
            # Else a target whose labels change all the time would fill the memory.
            ids = frozenset(gone.tolist())
            young = self._cache.young
            for key in [key for key, series_id in young.items() if series_id in ids]:
                del young[key]

    def _own_context(self, context: DoorContext) -> DoorContext:
        """With this target's own cache: the same text means another series at each target, and with thousands of
        targets a shared one would be too small for all or have a tuple for each sample.
        """
        # Ids are not looked up again. The service makes a new cache for a door when it has forgotten all series.
        if context.cache is not self._door_cache:
            self._door_cache = context.cache
            self._cache.clear()
            self._dropped.clear()
        return context._replace(cache=self._cache)

    def _read(self, fetched: Fetched) -> Exposition:
        """Raises ScrapeError when the answer as a whole is at fault."""
        try:
            text = decode_body(fetched.body, fetched.encoding, self._limit_bytes)
        except PayloadTooLargeError as error:
            raise ScrapeError(explain_size(self._limit_bytes)) from error
        except (ValidationError, UnsupportedMediaTypeError) as error:
            raise ScrapeError(f"its answer cannot be unpacked: {error.message}") from error
        kind = fetched.content_type.partition(";")[0].strip().lower()
        if text.lstrip()[:1] == b"<":
            raise ScrapeError("answers with a web page, not with metrics; check path")
        try:
            exposition = read_exposition(text, is_openmetrics=kind == "application/openmetrics-text")
        except PayloadTooLargeError as error:
            raise ScrapeError(f"its answer is too large: {error.message}") from error
        if exposition.fault_count and not len(exposition.keys):
            line, message = exposition.faults[0]
            raise ScrapeError(f"its answer holds no metrics; line {line}: {message}")
        return exposition

    def _take(
        self, context: DoorContext, exposition: Exposition, scrape: Round, refusals: Refusals
    ) -> SampleBatch:
        job = self._target.job
        scrape.scraped = len(exposition.keys)
        keep = self._sift(exposition.keys) if job.metric_relabel else None
        lines, keys, stamps, values = exposition.lines, exposition.keys, exposition.ts_ms, exposition.values
        if keep is not None and len(keep) < len(keys):
            lines, keys = [lines[row] for row in keep], [keys[row] for row in keep]
            stamps, values = stamps[keep], values[keep]
        scrape.kept = len(keys)
        if job.sample_limit and scrape.kept > job.sample_limit:
            raise ScrapeError(f"has {scrape.kept} samples, more than its sample_limit of {job.sample_limit}")
        for line, message in exposition.faults:
            refusals.add(line, Reason.SYNTAX, message)
        more = exposition.fault_count - len(exposition.faults)
        if more:
            refusals.add_unlisted(Reason.SYNTAX, more, units=more)
        has_stamp = stamps != NO_STAMP if job.honor_timestamps else np.zeros(len(keys), np.bool_)
        ts_ms = np.where(has_stamp, stamps, scrape.ts_ms)
        batch = context.resolve(KeyedSamples(lines, keys, ts_ms, values), self._make, refusals).batch
        self._made.clear()
        if exposition.details:
            # After the series, of which some metrics may be new.
            context.registrar.learn(exposition.details)
        if has_stamp.any():
            batch = self._without_known_stamps(batch, scrape)
        scrape.live_ids = np.unique(batch.series_ids[batch.ts_ms == scrape.ts_ms])
        scrape.added = len(np.setdiff1d(scrape.live_ids, self._live_ids))
        return batch

    def _without_known_stamps(self, batch: SampleBatch, scrape: Round) -> SampleBatch:
        """Without samples stored before: a stopped agent shows its last ones for ever, and each would be late data."""
        rows = np.flatnonzero(batch.ts_ms != scrape.ts_ms).tolist()
        keep = np.ones(batch.size, np.bool_)
        for row in rows:
            series_id, ts_ms = int(batch.series_ids[row]), int(batch.ts_ms[row])
            scrape.stamped[series_id] = ts_ms
            keep[row] = self._stamped.get(series_id) != ts_ms
        return batch.where(keep)

    def _sift(self, keys: Sequence[bytes]) -> list[int]:
        """The rows that metric_relabel leaves. Rules run for keys that are new alone."""
        dropped: set[bytes] = set()
        rows: list[int] = []
        for row, key in enumerate(keys):
            if key in self._dropped:
                dropped.add(key)
            elif self._cache.find(key) is not None or self._is_kept(key):
                rows.append(row)
            else:
                dropped.add(key)
        self._dropped = dropped
        return rows

    def _is_kept(self, key: bytes) -> bool:
        if key in self._made:
            return True
        try:
            series = self._make_labelled(key)
        except SeriesFaultError:
            return True  # to be refused with its line
        if series is not None:
            self._made[key] = series
        return series is not None

    def _make(self, key: bytes) -> SeriesKey:
        """Raises SeriesFaultError."""
        if key.startswith(_REPORT_PREFIX):
            return SeriesKey(key[len(_REPORT_PREFIX) :].decode(), self._target.labels)
        series = self._made.get(key) or self._make_labelled(key)
        if series is None:
            raise SeriesFaultError("metric_relabel drops it")
        return series

    def _make_labelled(self, key: bytes) -> SeriesKey | None:
        """The series under its target's labels; None when rules drop it. Raises SeriesFaultError."""
        name, exposed = make_series(key)
        labels = dict(exposed)
        is_honored = self._target.job.honor_labels
        for label, value in self._target.labels:
            if label in labels:
                if is_honored:
                    continue
                moved = f"exported_{label}"
                while moved in labels:
                    moved = f"exported_{moved}"
                labels[moved] = labels[label]
            elif is_honored and _says_empty(key, label):
                continue
            labels[label] = value
        rules = self._target.job.metric_relabel
        if not rules:
            return SeriesKey(name, make_labels(labels.items()))
        changed = apply_rules(rules, {**labels, "__name__": name})
        if changed is None:
            return None
        name = changed.pop("__name__", "")
        return SeriesKey(name, make_labels(changed.items()))

    def _end(self, ids: Int64Array, ts_ms: int) -> SampleBatch:
        return SampleBatch(ids, np.full(len(ids), ts_ms, np.int64), np.full(len(ids), STALE_MARKER))

    def _report(self, context: DoorContext, scrape: Round, refusals: Refusals) -> SampleBatch:
        values = {
            UP: 0.0 if scrape.fault else 1.0,
            DURATION: scrape.duration_s,
            SCRAPED: scrape.scraped,
            KEPT: scrape.kept,
            ADDED: scrape.added,
        }
        keys = [_REPORT_PREFIX + name.encode() for name in REPORTS]
        samples = KeyedSamples(
            [0] * len(keys),
            keys,
            np.full(len(keys), scrape.ts_ms, np.int64),
            np.array([values[name] for name in REPORTS], np.float64),
        )
        return context.resolve(samples, self._make, refusals).batch


def _says_empty(key: bytes, label: str) -> bool:
    """Whether the text gives the label an empty value: with honored labels that is a wish to have none, as gateways
    have it for `instance`. What stands in quotes cannot be mistaken for it: a quote in there is escaped.
    """
    if b'""' not in key:
        return False
    return re.search(rb'[{,][ \t]*"?' + re.escape(label.encode()) + rb'"?[ \t]*=[ \t]*""', key) is not None
