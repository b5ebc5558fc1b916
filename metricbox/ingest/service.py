"""The way of samples from a request to the disk: decode in threads, submit, wait for the commit, count.

Every door (route, listener, built-in agent) comes through here. Methods run on the event loop and never block it; they
return only when the samples are durable. Nothing is decoded on the loop, nothing is written here.
"""

import asyncio
import math
import threading
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

import numpy as np
from cachetools import LRUCache

from metricbox.clock import Clock
from metricbox.errors import QueueFullError, UnavailableError
from metricbox.ingest.body import decode_body
from metricbox.ingest.line_protocol import LineDecoder
from metricbox.ingest.native_json import JsonDecoder
from metricbox.ingest.otlp import OtlpDoor
from metricbox.ingest.outcome import (
    Decoded,
    IngestOutcome,
    Reason,
    Refusals,
    join_batches,
)
from metricbox.ingest.refusal_log import RefusalLog
from metricbox.ingest.remote_write import RemoteWriteDecoder
from metricbox.ingest.remote_write_2 import decode_remote_write_2
from metricbox.ingest.remote_write_symbols import SymbolNumbers
from metricbox.ingest.series_cache import (
    CACHE_BYTES,
    DROPPED,
    NO_TOKEN,
    GenerationCache,
    Sender,
    SeriesRegistrar,
)
from metricbox.ingest.series_table import DoorContext
from metricbox.ingest.timestamps import Window, make_window, unit_of_precision
from metricbox.model import (
    Labels,
    SampleBatch,
    SeriesKey,
    find_labels_fault,
    find_name_fault,
    make_labels,
)
from metricbox.selfmetrics import SelfMetrics
from metricbox.settings import Settings
from metricbox.store.contract import SERIES_LIMIT_REACHED, MetricStore

Sample = tuple[str, Labels, int, float]
"""Metric name, labels, ts_ms, value."""

_T = TypeVar("_T")

_DECODE_THREADS = 2
_AGENT_CACHE_BYTES = 4 * 1024 * 1024
# Of tokens with a prefix or rules: each door of each of these holds some 30,000 series as fast as without them.
_VIEW_CACHE_BYTES = 24 * 1024 * 1024
_MAX_VIEW_CACHES = 8
# Doors, and those of them that tokens with a prefix or rules use.
_MAX_DOOR_CACHES = 24
_DOOR_CACHE_BYTES = 32 * 1024 * 1024
# One sender of remote write may stand for a whole cluster: as much as for version 1.0.
_CACHE_BYTES_BY_DOOR = {"remote_write": CACHE_BYTES}

# How long a door waits for room in the write queue before it says 503, in seconds. Influx 1 clients never send
# again (PROTOCOLS 0), so for them waiting is all that can be done; the others come back by themselves.
PATIENCE_S = {"influx_v1": 10.0, "influx_v2": 2.0, "json": 2.0, "agent": 10.0}
_DEFAULT_PATIENCE_S = 2.0
_FIRST_DELAY_S = 0.01
_LONGEST_DELAY_S = 0.25
_RETRY_AFTER_S = 5


class IngestService:
    """Made and closed by app.py. `source` is the door's name in metrics and in the log, one of a small closed set."""

    def __init__(self, store: MetricStore, clock: Clock, settings: Settings, metrics: SelfMetrics) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._metrics = metrics
        self._registrar = SeriesRegistrar(
            store, settings.max_series, settings.max_series_per_metric, settings.max_series_per_token
        )
        self._caches = _make_caches(self._registrar, CACHE_BYTES)
        # What was looked up for one prefix and set of rules says nothing of another: ids are not checked again.
        self._caches_by_view: LRUCache[tuple[str, str], _Caches] = LRUCache(_MAX_VIEW_CACHES)
        self._door_caches: LRUCache[tuple[str, str, str], GenerationCache[Hashable, int]] = LRUCache(
            _MAX_DOOR_CACHES
        )
        self._cache_lock = threading.Lock()
        self._symbols = SymbolNumbers()
        self._otlp = OtlpDoor(settings.otlp_names)
        self._samples: GenerationCache[SeriesKey, int] = GenerationCache(_AGENT_CACHE_BYTES)
        self._pool = ThreadPoolExecutor(_DECODE_THREADS, thread_name_prefix="decode")
        self.refusals = RefusalLog(clock)
        self._waiting_samples = 0

    async def push_lines(
        self,
        body: bytes,
        encoding: str | None,
        precision: str | None,
        source: str,
        sender: Sender = NO_TOKEN,
    ) -> IngestOutcome:
        """Line protocol. Raises ValidationError for an unknown precision or a damaged body, never for a bad line."""
        unit = unit_of_precision(precision)

        def decode() -> Decoded:
            text = decode_body(body, encoding, self._settings.max_body_bytes)
            registrar = self._registrar.for_sender(sender)
            # A decoder is its registrar and its cache; only the cache outlives the request.
            decoder = LineDecoder(registrar)
            decoder.cache = self._caches_of(sender).lines
            decoded = decoder.decode(text, unit, self._window(), self._clock.monotonic_s())
            return _tell_caps_apart(decoded, registrar)

        return await self._store_decoded(await self._in_thread(decode), source, sender)

    async def push_json(
        self, body: bytes, encoding: str | None, source: str, sender: Sender = NO_TOKEN
    ) -> IngestOutcome:
        """Native JSON. Raises ValidationError when the body as a whole cannot be read, or holds no points."""

        def decode() -> Decoded:
            text = decode_body(body, encoding, self._settings.max_body_bytes)
            registrar = self._registrar.for_sender(sender)
            decoder = JsonDecoder(registrar)
            decoder.cache = self._caches_of(sender).json
            decoded = decoder.decode(text, self._window(), self._clock.monotonic_s())
            return _tell_caps_apart(decoded, registrar)

        return await self._store_decoded(await self._in_thread(decode), source, sender)

    async def push_remote_write(
        self, body: bytes, encoding: str | None, source: str, sender: Sender = NO_TOKEN
    ) -> IngestOutcome:
        """Remote write 1.0; snappy unless `encoding` says otherwise. Raises ValidationError for a damaged body."""

        def decode() -> Decoded:
            message = decode_body(body, encoding or "snappy", self._settings.max_body_bytes)
            registrar = self._registrar.for_sender(sender)
            decoder = RemoteWriteDecoder(registrar)
            decoder.cache = self._caches_of(sender).remote_write
            decoded = decoder.decode(message, self._window(), self._clock.monotonic_s())
            return _tell_caps_apart(decoded, registrar)

        return await self._store_decoded(await self._in_thread(decode), source, sender)

    async def push_remote_write_2(
        self, body: bytes, encoding: str | None, source: str, sender: Sender = NO_TOKEN
    ) -> IngestOutcome:
        """Remote write 2.0; the same otherwise."""

        def decode(context: DoorContext) -> Decoded:
            message = decode_body(body, encoding or "snappy", context.max_body_bytes)
            return decode_remote_write_2(message, context, self._symbols)

        return await self.push(source, sender, decode)

    async def push_otlp(
        self, body: bytes, encoding: str | None, *, is_json: bool, sender: Sender = NO_TOKEN
    ) -> IngestOutcome:
        """OTLP metrics in one of their two forms. Units of the outcome are points."""

        def decode(context: DoorContext) -> Decoded:
            message = decode_body(body, encoding, context.max_body_bytes)
            return self._otlp.decode(message, context, is_json=is_json)

        return await self.push("otlp", sender, decode)

    async def push(
        self, source: str, sender: Sender, decode: Callable[[DoorContext], Decoded]
    ) -> IngestOutcome:
        """Whatever `decode` makes of a body that it holds, in a decode thread. Raises what `decode` raises.

        `source` also names the door's cache of series: one kind of raw keys for each source.
        """

        def run() -> Decoded:
            registrar = self._registrar.for_sender(sender)
            context = DoorContext(
                registrar,
                self._cache_of_door(source, sender),
                self._window(),
                self._clock.monotonic_s(),
                self._settings.max_body_bytes,
            )
            return _tell_caps_apart(decode(context), registrar)

        return await self._store_decoded(await self._in_thread(run), source, sender)

    async def push_samples(self, samples: Iterable[Sample], source: str) -> IngestOutcome:
        """Samples made in this process, under no token. Values that are not finite are dropped and counted."""
        rows = list(samples)
        return await self._store_decoded(await self._in_thread(lambda: self._columns_of(rows)), source)

    def forget_series(self) -> None:
        """Drop every cached series id: after the store has removed series. Any thread."""
        with self._cache_lock:
            self._caches_by_view.clear()
            self._door_caches.clear()
        for cache in self._caches:
            cache.clear()
        self._samples.clear()

    def close(self) -> None:
        """Finish what is being decoded and take nothing more. Idempotent."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    # ---- decoding

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        try:
            future = self._pool.submit(work)
        except RuntimeError as error:  # the pool is shut down
            raise UnavailableError("the server is stopping; send this again", _RETRY_AFTER_S) from error
        return await asyncio.wrap_future(future)

    def _caches_of(self, sender: Sender) -> "_Caches":
        if sender.view == NO_TOKEN.view:
            return self._caches
        with self._cache_lock:
            caches = self._caches_by_view.get(sender.view)
            if caches is None:
                caches = _make_caches(self._registrar, _VIEW_CACHE_BYTES)
                self._caches_by_view[sender.view] = caches
            return caches

    def _cache_of_door(self, source: str, sender: Sender) -> GenerationCache[Hashable, int]:
        key = source, *sender.view
        with self._cache_lock:
            cache = self._door_caches.get(key)
            if cache is None:
                cache_bytes = _CACHE_BYTES_BY_DOOR.get(source, _DOOR_CACHE_BYTES)
                cache = GenerationCache(cache_bytes if sender.view == NO_TOKEN.view else _VIEW_CACHE_BYTES)
                self._door_caches[key] = cache
            return cache

    def _window(self) -> Window:
        settings = self._settings
        return make_window(self._clock.now_ms(), settings.retention_raw, settings.future_tolerance)

    def _columns_of(self, rows: list[Sample]) -> Decoded:
        registrar = self._registrar.for_sender(NO_TOKEN)
        refusals = Refusals()
        good: list[tuple[SeriesKey, int, float]] = []
        for position, (name, labels, ts_ms, value) in enumerate(rows):
            if not math.isfinite(value):
                refusals.add_unlisted(Reason.NOT_FINITE, 1)
                continue
            key = SeriesKey(name, make_labels(labels))
            fault = find_name_fault(name) or find_labels_fault(key.labels)
            if fault:
                refusals.add(position, Reason.BAD_SERIES, fault)
            else:
                good.append((key, ts_ms, value))
        missing = [key for key, _, _ in good if key not in self._samples.young]
        if missing:
            for key, series_id in zip(missing, registrar.register(missing).tolist(), strict=True):
                if series_id != SERIES_LIMIT_REACHED:
                    self._samples.put(key, series_id, len(key.name) + 40 * len(key.labels), 1)
        taken = []
        for key, ts_ms, value in good:
            known = self._samples.find(key)
            if known is None:
                message = registrar.explain_limit([key], self._clock.monotonic_s())
                refusals.add(0, Reason.SERIES_LIMIT, message)
            else:
                taken.append((known, ts_ms, value))
        batch = join_batches([])
        if taken:
            ids, stamps, values = zip(*taken, strict=True)
            batch = SampleBatch(
                np.array(ids, np.int64), np.array(stamps, np.int64), np.array(values, np.float64)
            )
        return _tell_caps_apart(Decoded(batch, refusals), registrar)

    # ---- storing

    async def _store_decoded(self, decoded: Decoded, source: str, sender: Sender = NO_TOKEN) -> IngestOutcome:
        batch, refusals = decoded
        if batch.size:
            await self._submit(batch, PATIENCE_S.get(source, _DEFAULT_PATIENCE_S))
            self._metrics.samples_accepted.labels(source).inc(batch.size)
        outcome = IngestOutcome(batch.size, refusals.samples, refusals.first, refusals.refused_units)
        for reason, samples in refusals.samples_by_reason.items():
            self._metrics.samples_refused.labels(source, reason.value).inc(samples)
            self.refusals.note(source, reason, samples, outcome, sender.token)
        return outcome

    async def _submit(self, batch: SampleBatch, patience_s: float) -> None:
        """Queue the batch, waiting in line for room at most `patience_s`, and wait until it is on disk."""
        waited_s = 0.0
        delay_s = _FIRST_DELAY_S
        while True:
            try:
                done = self._store.submit(batch)
                break
            except QueueFullError:
                # Those in line hold memory: no more of it than the queue itself may.
                is_line_full = self._waiting_samples + batch.size > self._settings.write_queue_samples
                if waited_s >= patience_s or is_line_full:
                    raise
            self._waiting_samples += batch.size
            try:
                await asyncio.sleep(delay_s)
            finally:
                self._waiting_samples -= batch.size
            waited_s += delay_s
            delay_s = min(2 * delay_s, _LONGEST_DELAY_S)
        # Shielded: a client that hangs up must not cancel a future that the writer is about to resolve.
        await asyncio.shield(asyncio.wrap_future(done))


class _Caches(NamedTuple):
    """Of the decoders, from a series as it is sent to its id."""

    lines: GenerationCache[Any, Any]
    json: GenerationCache[Any, Any]
    remote_write: GenerationCache[Any, Any]


def _make_caches(registrar: SeriesRegistrar, cache_bytes: int) -> _Caches:
    return _Caches(
        LineDecoder(registrar, cache_bytes).cache,
        JsonDecoder(registrar, cache_bytes).cache,
        RemoteWriteDecoder(registrar, cache_bytes).cache,
    )


def _tell_caps_apart(decoded: Decoded, registrar: SeriesRegistrar) -> Decoded:
    """Decoders know of one cap on series; the registrar of their request knows which it was. Nor do they know of
    series that rules drop.
    """
    batch, refusals = decoded
    refusals.specify(Reason.SERIES_LIMIT, registrar.refused_samples)
    if not registrar.has_rules or not batch.size:
        return decoded
    is_kept = batch.series_ids != DROPPED
    dropped = batch.size - int(np.count_nonzero(is_kept))
    if not dropped:
        return decoded
    refusals.add_unlisted(Reason.RELABELLED, dropped)
    return Decoded(batch.where(is_kept), refusals)
