"""What StatsD clients tell, summed up between two flushes (PROTOCOLS 7).

    counter   name_total                             running total since the start
    gauge     name                                   last value; +n and -n change the one before
    timer     name_count, name_sum                   running totals
              name_min, name_max, name{quantile}     of the values since the last flush
    set       name                                   distinct values since the last flush

A running total that is told again after a silence, or for the first time, is told twice: as it stood at the flush
before, and now. Without the first, rate() and increase() would not see what came in between, as from 0 to 5.

A series that hears nothing is told for some minutes and then no more, so that one that is gone ends; what it stood at
is kept for a day, for the totals and the gauges that are changed by steps. Everything is bounded: series, their names,
values kept for quantiles, distinct values. Called by the decode threads, of which one works at a time.
"""

import math
import random
import threading
from array import array
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from metricbox.ingest.outcome import Decoded, Reason, Refusals
from metricbox.ingest.series_cache import GenerationCache
from metricbox.ingest.series_table import DoorContext, KeyedSamples
from metricbox.ingest.statsd_line import (
    Head,
    Kind,
    Measurement,
    StatsdFaultError,
    iter_parts,
    parse_head,
    read_number,
    split_line,
)
from metricbox.model import Labels, SeriesKey, make_labels

QUANTILES = (0.5, 0.9, 0.99)
MAX_SERIES = 100_000
MAX_SET_VALUES = 10_000
# So many values of a timer say its quantiles well; each takes 8 bytes.
RESERVOIR_VALUES = 1_000
_SMALL_RESERVOIR_VALUES = 16
_MAX_RESERVOIR_VALUES = 2_000_000
_MAX_SETS_VALUES = 1_000_000
_MAX_KEY_BYTES = 64 * 1024 * 1024
_KNOWN_BYTES = 32 * 1024 * 1024
_TELL_MS = 5 * 60_000
_FORGET_MS = 24 * 3_600_000
_MAX_SHOWN_CHARS = 100

Row = tuple[SeriesKey, int, float]
"""Series, ts_ms, value."""


class _Flush(NamedTuple):
    now_ms: int
    before_ms: int


class _Running:
    """A total that only grows, and what was told of it last."""

    __slots__ = ("key", "told", "told_ms", "total")

    def __init__(self, name: str, labels: Labels) -> None:
        self.key = SeriesKey(name, labels)
        self.total = 0.0
        self.told = 0.0
        self.told_ms = 0

    def tell(self, flush: _Flush) -> Iterator[Row]:
        if self.told_ms != flush.before_ms and flush.before_ms < flush.now_ms:
            yield self.key, flush.before_ms, self.told
        yield self.key, flush.now_ms, self.total
        self.told, self.told_ms = self.total, flush.now_ms


class _Aggregate:
    """One name, kind and set of labels. `has_news` since the last flush."""

    __slots__ = ("has_news", "heard_ms")

    def __init__(self) -> None:
        self.heard_ms = 0
        self.has_news = False

    def take(self, text: bytes, rate: float) -> None:
        """Raises StatsdFaultError, and has changed nothing then."""
        raise NotImplementedError

    def tell(self, flush: _Flush) -> Iterator[Row]:
        raise NotImplementedError


class _Counter(_Aggregate):
    __slots__ = ("running",)

    def __init__(self, name: str, labels: Labels) -> None:
        super().__init__()
        self.running = _Running(name if name.endswith("_total") else f"{name}_total", labels)

    def take(self, text: bytes, rate: float) -> None:
        value = read_number(text)
        if value < 0:
            raise StatsdFaultError(
                "a counter only grows; send what goes up and down as a gauge, with +n and -n",
                Reason.UNSUPPORTED,
            )
        self.running.total = _finite(self.running.total + value / rate)

    def tell(self, flush: _Flush) -> Iterator[Row]:
        yield from self.running.tell(flush)


class _Gauge(_Aggregate):
    __slots__ = ("key", "value")

    def __init__(self, name: str, labels: Labels) -> None:
        super().__init__()
        self.key = SeriesKey(name, labels)
        self.value = 0.0

    def take(self, text: bytes, rate: float) -> None:  # noqa: ARG002 - the last value is the last, however few are sent
        value = read_number(text)
        self.value = _finite(self.value + value) if text[:1] in {b"+", b"-"} else value

    def tell(self, flush: _Flush) -> Iterator[Row]:
        yield self.key, flush.now_ms, self.value


class _Budget:
    """Of values that all timers, or all sets, hold together."""

    __slots__ = ("left",)

    def __init__(self, values: int) -> None:
        self.left = values


class _Timer(_Aggregate):
    __slots__ = ("budget", "count", "max", "min", "name_keys", "quantile_keys", "seen", "sum", "values")

    def __init__(self, name: str, labels: Labels, budget: _Budget) -> None:
        super().__init__()
        self.count = _Running(f"{name}_count", labels)
        self.sum = _Running(f"{name}_sum", labels)
        self.name_keys = SeriesKey(f"{name}_min", labels), SeriesKey(f"{name}_max", labels)
        self.quantile_keys = [
            SeriesKey(name, make_labels((dict(labels) | {"quantile": f"{quantile:g}"}).items()))
            for quantile in QUANTILES
        ]
        self.budget = budget
        self.values = array("d")
        self.seen = 0
        self.min, self.max = math.inf, -math.inf

    def take(self, text: bytes, rate: float) -> None:
        value = read_number(text)
        count = _finite(self.count.total + 1 / rate)
        self.sum.total = _finite(self.sum.total + value / rate)
        self.count.total = count
        self.min, self.max = min(self.min, value), max(self.max, value)
        self.seen += 1
        room = RESERVOIR_VALUES if self.budget.left > 0 else _SMALL_RESERVOIR_VALUES
        if len(self.values) < room:
            self.values.append(value)
            self.budget.left -= 1
            return
        # Each value so far stays with the same chance (algorithm R).
        place = int(_RANDOM() * self.seen)
        if place < len(self.values):
            self.values[place] = value

    def tell(self, flush: _Flush) -> Iterator[Row]:
        yield from self.count.tell(flush)
        yield from self.sum.tell(flush)
        if not self.seen:
            return
        yield self.name_keys[0], flush.now_ms, self.min
        yield self.name_keys[1], flush.now_ms, self.max
        # Between the largest and the least number there is no finite distance; what comes of that is dropped later.
        with np.errstate(over="ignore", invalid="ignore"):
            quantiles = np.quantile(self.values, QUANTILES).tolist()
        for key, value in zip(self.quantile_keys, quantiles, strict=True):
            yield key, flush.now_ms, value
        self.budget.left += len(self.values)
        self.values = array("d")
        self.seen = 0
        self.min, self.max = math.inf, -math.inf


class _Set(_Aggregate):
    __slots__ = ("budget", "key", "values")

    def __init__(self, name: str, labels: Labels, budget: _Budget) -> None:
        super().__init__()
        self.key = SeriesKey(name, labels)
        self.budget = budget
        # Hashes, whose size does not depend on what is sent.
        self.values: set[int] = set()

    def take(self, text: bytes, rate: float) -> None:  # noqa: ARG002 - what is distinct cannot be scaled up
        value = hash(text)
        if value in self.values:
            return
        if len(self.values) >= MAX_SET_VALUES or self.budget.left <= 0:
            raise StatsdFaultError(
                f"a set counts at most {MAX_SET_VALUES} distinct values between two flushes",
                Reason.UNSUPPORTED,
            )
        self.values.add(value)
        self.budget.left -= 1

    def tell(self, flush: _Flush) -> Iterator[Row]:
        yield self.key, flush.now_ms, float(len(self.values))
        self.budget.left += len(self.values)
        self.values = set()


class StatsdAggregator:
    """Of one listener. `started_ms` is when its totals were 0."""

    def __init__(self, started_ms: int, max_series: int = MAX_SERIES) -> None:
        self._lock = threading.Lock()
        self._max_series = max_series
        self._known: GenerationCache[bytes, tuple[_Aggregate, float]] = GenerationCache(_KNOWN_BYTES)
        self._aggregates: dict[tuple[Kind, str, Labels], _Aggregate] = {}
        self._key_bytes = 0
        self._flushed_ms = started_ms
        self._timer_budget = _Budget(_MAX_RESERVOIR_VALUES)
        self._set_budget = _Budget(_MAX_SETS_VALUES)

    def __len__(self) -> int:
        return len(self._aggregates)

    def take(self, text: bytes, door: DoorContext) -> Decoded:
        """Take all lines in. What comes back are gauges with a time of their own, which need no flush."""
        refusals = Refusals()
        direct = KeyedSamples[SeriesKey]([], [], np.empty(0, np.int64), np.empty(0, np.float64))
        stamped: list[tuple[int, SeriesKey, int, float]] = []
        with self._lock:
            for position, line in enumerate(text.split(b"\n"), 1):
                if not line.strip():
                    continue
                try:
                    self._take_line(line.rstrip(b"\r"), position, stamped)
                except StatsdFaultError as fault:
                    _refuse(refusals, position, line, fault)
        if stamped:
            positions, keys, stamps, values = zip(*stamped, strict=True)
            direct = KeyedSamples(positions, keys, np.array(stamps, np.int64), np.array(values, np.float64))
        return door.resolve(direct, _same, refusals, key_bytes=_size_of)

    def flush(self, now_ms: int) -> list[Row]:
        """What there is to tell. Times of one series never go back, whatever the clock does."""
        with self._lock:
            if now_ms <= self._flushed_ms:
                # The clock was set back: wait until it has caught up, or the same times would be told twice. After a
                # large step that may be long; then begin anew from here.
                if self._flushed_ms - now_ms < _TELL_MS:
                    return []
                self._flushed_ms = now_ms - 1
            flush = _Flush(now_ms, self._flushed_ms)
            self._flushed_ms = now_ms
            rows: list[Row] = []
            gone = []
            for key, aggregate in self._aggregates.items():
                if aggregate.has_news:
                    aggregate.has_news, aggregate.heard_ms = False, now_ms
                silent_ms = now_ms - aggregate.heard_ms
                if silent_ms < _TELL_MS:
                    rows.extend(aggregate.tell(flush))
                elif silent_ms >= _FORGET_MS:
                    gone.append(key)
            if gone:
                self._known.clear()
            for key in gone:
                del self._aggregates[key]
                self._key_bytes -= _size_of(SeriesKey(key[1], key[2]))
            return rows

    # ---- lines

    def _take_line(
        self, line: bytes, position: int, stamped: list[tuple[int, SeriesKey, int, float]]
    ) -> None:
        measurement = split_line(line)
        if measurement is None:
            for part in iter_parts(line):
                self._take(part, position, stamped)
        else:
            self._take(measurement, position, stamped)

    def _take(
        self, measurement: Measurement, position: int, stamped: list[tuple[int, SeriesKey, int, float]]
    ) -> None:
        name, values, rest = measurement
        raw = name + b"|" + rest
        known = self._known.find(raw)
        if known is None:
            head = parse_head(name, rest)
            if head.kind is Kind.GAUGE and head.stamp_ms is not None:
                series, stamp_ms = SeriesKey(head.name, head.labels), head.stamp_ms
                stamped.extend((position, series, stamp_ms, read_number(text)) for text in values.split(b":"))
                return
            known = self._find(head, values)
            # A time of its own is another text each time.
            if head.stamp_ms is None:
                self._known.put(raw, known, len(raw), 1)
        aggregate, rate = known
        aggregate.has_news = True
        if b":" not in values or isinstance(aggregate, _Set):
            aggregate.take(values, rate)
        else:
            for text in values.split(b":"):
                aggregate.take(text, rate)

    def _find(self, head: Head, values: bytes) -> tuple[_Aggregate, float]:
        key = (head.kind, head.name, head.labels)
        aggregate = self._aggregates.get(key)
        if aggregate is None:
            size = _size_of(SeriesKey(head.name, head.labels))
            if len(self._aggregates) >= self._max_series or self._key_bytes + size > _MAX_KEY_BYTES:
                raise StatsdFaultError(
                    f"StatsD has reached its {self._max_series} series; send fewer distinct tags",
                    Reason.SERIES_LIMIT,
                )
            # Tried on one that is thrown away, so that nothing is made of lines that are refused.
            _make_aggregate(head, _Budget(1), _Budget(1)).take(values.partition(b":")[0], head.rate)
            aggregate = _make_aggregate(head, self._timer_budget, self._set_budget)
            self._aggregates[key] = aggregate
            self._key_bytes += size
        return aggregate, head.rate


def _make_aggregate(head: Head, timer_budget: _Budget, set_budget: _Budget) -> _Aggregate:
    if head.kind is Kind.COUNTER:
        return _Counter(head.name, head.labels)
    if head.kind is Kind.GAUGE:
        return _Gauge(head.name, head.labels)
    if head.kind is Kind.TIMER:
        return _Timer(head.name, head.labels, timer_budget)
    return _Set(head.name, head.labels, set_budget)


def resolve_rows(rows: list[Row], door: DoorContext) -> Decoded:
    """What `flush` told, as a batch."""
    if not rows:
        return door.resolve(
            KeyedSamples([], [], np.empty(0, np.int64), np.empty(0, np.float64)), _same, Refusals()
        )
    keys, stamps, values = zip(*rows, strict=True)
    samples = KeyedSamples(
        range(1, len(rows) + 1), keys, np.array(stamps, np.int64), np.array(values, np.float64)
    )
    return door.resolve(samples, _same, Refusals(), key_bytes=_size_of)


def _refuse(refusals: Refusals, position: int, line: bytes, fault: StatsdFaultError) -> None:
    if refusals.is_full:
        refusals.add_unlisted(fault.reason, 1, units=1)
        return
    shown = line[:_MAX_SHOWN_CHARS].decode("utf-8", "backslashreplace")
    refusals.add(position, fault.reason, f"unable to parse '{shown}': {fault.message}")


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise StatsdFaultError("the sum is beyond what a number holds", Reason.NOT_FINITE)
    return number


def _same(key: SeriesKey) -> SeriesKey:
    return key


def _size_of(key: SeriesKey) -> int:
    return len(key.name) + sum(len(name) + len(value) + 100 for name, value in key.labels)


# Which values of a timer stay; nothing that anybody should not guess.
_RANDOM = random.Random(1).random  # noqa: S311
