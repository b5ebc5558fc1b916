"""Columns of samples under raw keys to one SampleBatch: what every door that names a series by one key has in common.

A door hands over, for each sample, a key as its protocol writes it (the text before the value, a pair of attribute
sets), and a function that makes a series of such a key. That function is called for keys that are not in the cache
alone, so that a body of known series costs a dictionary look-up a sample. Runs in the decode threads; blocks for one
commit when series are new.

What becomes of values: stale markers are stored with their bits when the door has them; other NaN and the infinities
are dropped and counted without refusing anything else (trap B009).
"""

from collections.abc import Callable, Hashable, Sequence
from itertools import repeat
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from metricbox.ingest.outcome import Decoded, Reason, Refusals, join_batches, select_rows
from metricbox.ingest.series_cache import GenerationCache, SeriesRegistrar
from metricbox.ingest.timestamps import Window
from metricbox.model import (
    BoolArray,
    Float64Array,
    Int64Array,
    SampleBatch,
    SeriesKey,
    find_labels_fault,
    find_name_fault,
    is_stale_marker,
)

_BAD_SERIES = -2
"""In place of a series id: the key makes no series that can be stored."""

K = TypeVar("K", bound=Hashable)


class SeriesFaultError(Exception):
    """A key from which no series can be made; `message` says why, as the end of a sentence."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class KeyedSamples(NamedTuple, Generic[K]):
    """Columns of one length."""

    positions: Sequence[int]
    """Of the line or point that each comes from, as refusals name it."""
    keys: Sequence[K]
    ts_ms: Int64Array
    values: Float64Array


class DoorContext(NamedTuple):
    """What a door's decoder gets for one request."""

    registrar: SeriesRegistrar
    cache: GenerationCache[Hashable, int]
    """From raw keys to series ids, for this door and kind of sender alone. Holds keys that can be stored."""
    window: Window
    monotonic_s: float
    max_body_bytes: int

    def resolve(
        self,
        samples: KeyedSamples[K],
        make_series: Callable[[K], SeriesKey],
        refusals: Refusals,
        *,
        key_bytes: Callable[[K], int] = len,  # type: ignore[assignment] # texts are the rule
    ) -> Decoded:
        """The samples that can be stored; the others are added to `refusals`.

        `make_series` raises SeriesFaultError; names and labels are checked here and need not be there.
        """
        if not len(samples.keys):
            return Decoded(join_batches([]), refusals)
        keep = check_samples(samples.positions, samples.ts_ms, samples.values, self.window, refusals)
        faults: dict[K, str] = {}
        # Nearly every request holds known series alone: one pass without a line of Python for each of them.
        young = map(self.cache.young.get, samples.keys, repeat(_BAD_SERIES))
        ids = np.fromiter(young, np.int64, len(samples.keys))
        if (keep & (ids < 0)).any():
            rows = np.flatnonzero(keep).tolist()
            wanted = samples.keys if len(rows) == len(keep) else [samples.keys[row] for row in rows]
            found, faults = self._find_ids(wanted, make_series, key_bytes)
            ids = np.fromiter(map(found.get, samples.keys, repeat(_BAD_SERIES)), np.int64, len(samples.keys))
        refused = np.flatnonzero(keep & (ids < 0)).tolist()
        if refused:
            self._refuse_series(samples, refused, faults, make_series, refusals)
        batch = SampleBatch(ids, samples.ts_ms, samples.values)
        keep &= ids >= 0
        return Decoded(batch if keep.all() else select_rows(batch, keep), refusals)

    def _find_ids(
        self, keys: Sequence[K], make_series: Callable[[K], SeriesKey], key_bytes: Callable[[K], int]
    ) -> tuple[dict[K, int], dict[K, str]]:
        """An id for each key, negative for those that cannot be stored; and why, for those at fault."""
        distinct = dict.fromkeys(keys)
        young = self.cache.young
        found: dict[K, int] = {}
        missing: list[K] = []
        for key in distinct:
            series_id = young.get(key)
            if series_id is None:
                series_id = self.cache.find(key)
                if series_id is None:
                    missing.append(key)
                    continue
                self.cache.put(key, series_id, key_bytes(key), 1)
            found[key] = series_id
        faults: dict[K, str] = {}
        made: dict[K, SeriesKey] = {}
        for key in missing:
            try:
                made[key] = _make_checked(key, make_series)
            except SeriesFaultError as fault:
                faults[key] = fault.message
        if made:
            ids = self.registrar.register(list(made.values())).tolist()
            for key, series_id in zip(made, ids, strict=True):
                found[key] = series_id
                if series_id >= 0:
                    self.cache.put(key, series_id, key_bytes(key), 1)
        return found, faults

    def _refuse_series(
        self,
        samples: KeyedSamples[K],
        rows: Sequence[int],
        faults: dict[K, str],
        make_series: Callable[[K], SeriesKey],
        refusals: Refusals,
    ) -> None:
        over_limit: list[tuple[int, SeriesKey]] = []
        for row in rows:
            key = samples.keys[row]
            if key in faults:
                refusals.add(samples.positions[row], Reason.BAD_SERIES, faults[key])
            else:
                over_limit.append((samples.positions[row], _make_checked(key, make_series)))
        if over_limit:
            message = self.registrar.explain_limit((key for _, key in over_limit), self.monotonic_s)
            for position, _ in over_limit:
                refusals.add(position, Reason.SERIES_LIMIT, message)


def _make_checked(key: K, make_series: Callable[[K], SeriesKey]) -> SeriesKey:
    try:
        series = make_series(key)
    except UnicodeDecodeError as error:
        raise SeriesFaultError("a name or a label is not UTF-8") from error
    fault = find_name_fault(series.name) or find_labels_fault(series.labels)
    if fault:
        raise SeriesFaultError(fault)
    return series


def check_samples(
    positions: Sequence[int] | Int64Array,
    ts_ms: Int64Array,
    values: Float64Array,
    window: Window,
    refusals: Refusals,
) -> BoolArray:
    """Which of these rows can be stored, as far as values and times go; the others are added to `refusals`."""
    keep = np.isfinite(values) | is_stale_marker(values)
    dropped = len(keep) - int(np.count_nonzero(keep))
    if dropped:
        refusals.add_unlisted(Reason.NOT_FINITE, dropped)
    outside = window.mask_outside(ts_ms)
    if outside is None:
        return keep
    for row in np.flatnonzero(outside & keep).tolist():
        at_ms = int(ts_ms[row])
        reason = window.reason_of(at_ms)
        if refusals.is_full:
            refusals.add_unlisted(reason, 1, units=1)
        else:
            refusals.add(int(positions[row]), reason, window.explain(at_ms))
    keep &= ~outside
    return keep
