"""Prometheus remote write 1.0 to one SampleBatch.

Labels are decoded for series that are not in the cache alone, samples by columns (`remote_write_wire.py`). Runs in
the decode threads; blocks when series are new.

What becomes of what is not a plain sample: stale markers are stored with their bits; other NaN and the infinities are
dropped and counted, since every scrape of an idle summary holds some; native histograms are refused, being no one
number; exemplars are passed over. Metadata fills in what is not known of metrics.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from metricbox.errors import PayloadTooLargeError, ValidationError
from metricbox.ingest.outcome import Decoded, Reason, Refusals
from metricbox.ingest.remote_write_metadata import read_metadata
from metricbox.ingest.remote_write_wire import (
    MAX_PARTS,
    DamagedMessageError,
    EntryParts,
    Samples,
    TooManyPartsError,
    join_samples,
    read_entry,
    read_labels,
    read_samples,
    split_entries,
)
from metricbox.ingest.series_cache import CACHE_BYTES, GenerationCache, SeriesRegistrar
from metricbox.ingest.series_table import SeriesFaultError, check_samples
from metricbox.ingest.timestamps import Window
from metricbox.model import (
    BoolArray,
    Float64Array,
    Int64Array,
    SampleBatch,
    SeriesKey,
    find_labels_fault,
    find_name_fault,
    make_labels,
)

NATIVE_HISTOGRAMS = "{name} is a native histogram, which cannot be stored; send classic ones"
_NAME_LABEL = "__name__"
_UNKNOWN = -3
"""In place of a series id: not in the cache. Above it, the numbers of the registrar and of this module."""
_BAD_SERIES = -2
"""The labels cannot be stored."""


class RemoteWriteDecoder:
    """Holds the cache from label blocks to series ids. Safe to use from several threads."""

    def __init__(self, registrar: SeriesRegistrar, cache_bytes: int = CACHE_BYTES) -> None:
        self._registrar = registrar
        # Holds whole label blocks alone, which `remote_write_wire` relies on; never the empty one.
        self.cache: GenerationCache[bytes, int] = GenerationCache(cache_bytes)

    def decode(self, body: bytes, window: Window, monotonic_s: float) -> Decoded:
        """Columns of every sample that can be stored, and what was refused; positions count series from 0.

        Raises ValidationError when the body is no such message; nothing of it is then stored.
        """
        try:
            request = self._read(body)
        except DamagedMessageError as error:
            raise ValidationError(f"the body is not a remote write 1.0 message: {error}") from error
        except TooManyPartsError as error:
            raise PayloadTooLargeError(
                f"the body has more than {MAX_PARTS} series or samples; send smaller batches"
            ) from error
        refusals = Refusals()
        for place, parts in request.parts.items():
            if parts.histograms:
                message = NATIVE_HISTOGRAMS.format(name=_find_name(parts.block))
                refusals.add(place, Reason.UNSUPPORTED, message, samples=parts.histograms)
        keep = check_samples(request.samples.places, request.ts_ms, request.values, window, refusals)
        ids = self._find_ids(request, keep, refusals, monotonic_s)
        row_ids = ids[request.samples.places]
        keep &= row_ids >= 0
        if request.metadata:
            # After the series, of which some metrics may be new.
            self._registrar.learn(read_metadata(body, request.metadata))
        return Decoded(SampleBatch(row_ids, request.ts_ms, request.values).where(keep), refusals)

    def _read(self, body: bytes) -> "_Request":
        entries = split_entries(body)
        find = self.cache.young.get
        ids = np.array([find(block, _UNKNOWN) for block in entries.blocks], np.int64)
        if len(ids):
            ids[~entries.has_one_sample(body)] = _UNKNOWN
        known = np.flatnonzero(ids != _UNKNOWN)
        cuts = entries.cuts[known] + 2
        samples = Samples(known, cuts, entries.ends[known] - cuts)
        unknown = np.flatnonzero(ids == _UNKNOWN)
        parts: dict[int, EntryParts] = {}
        if len(unknown):
            ranges = zip(entries.starts[unknown].tolist(), entries.ends[unknown].tolist(), strict=True)
            read = []
            fields = 0
            for start, end in ranges:
                read.append(read_entry(body, start, end))
                fields += len(read[-1].sample_starts)
                if fields > MAX_PARTS:
                    raise TooManyPartsError
            parts = dict(zip(unknown.tolist(), read, strict=True))
            samples = join_samples(samples, unknown.tolist(), read)
        return _Request(ids, parts, samples, *read_samples(body, samples), entries.metadata)

    def _find_ids(
        self, request: "_Request", keep: BoolArray, refusals: Refusals, monotonic_s: float
    ) -> Int64Array:
        """An id for each series of the request, negative for those that cannot be stored."""
        ids = request.ids
        if not request.parts:
            return ids
        # A series comes to be with its first sample that can be stored.
        counts = np.bincount(request.samples.places[keep], minlength=len(ids))
        wanted = [place for place in request.parts if counts[place]]
        found: dict[bytes, int] = {}
        missing: list[bytes] = []
        for place in wanted:
            block = request.parts[place].block
            if block not in found:
                series_id = self.cache.find(block)
                found[block] = _UNKNOWN if series_id is None else series_id
                if series_id is None:
                    missing.append(block)
                elif block not in self.cache.young:
                    self.cache.put(block, series_id, len(block), 1)
        registered = self._register(missing) if missing else _Registered({}, {}, {})
        found |= registered.ids
        for place in wanted:
            ids[place] = found[request.parts[place].block]
        if registered.faults or registered.over_limit:
            self._refuse_series(request, registered, counts.tolist(), refusals, monotonic_s)
        return ids

    def _register(self, blocks: Sequence[bytes]) -> "_Registered":
        faults: dict[bytes, str] = {}
        keys: dict[bytes, SeriesKey] = {}
        for block in blocks:
            try:
                keys[block] = make_series_key(block)
            except DamagedMessageError as error:
                faults[block] = str(error)
            except SeriesFaultError as fault:
                faults[block] = fault.message
        ids = dict.fromkeys(faults, _BAD_SERIES)
        if keys:
            numbers = self._registrar.register(list(keys.values())).tolist()
            ids.update(zip(keys, numbers, strict=True))
        for block in keys:
            if ids[block] >= 0:
                self.cache.put(block, ids[block], len(block), 1)
        return _Registered(ids, faults, {block: key for block, key in keys.items() if ids[block] < 0})

    def _refuse_series(
        self,
        request: "_Request",
        registered: "_Registered",
        counts: Sequence[int],
        refusals: Refusals,
        monotonic_s: float,
    ) -> None:
        over_limit: list[tuple[int, SeriesKey]] = []
        for place, parts in request.parts.items():
            if not counts[place]:
                continue
            if parts.block in registered.faults:
                message = registered.faults[parts.block]
                refusals.add(place, Reason.BAD_SERIES, message, samples=counts[place])
            elif parts.block in registered.over_limit:
                over_limit.append((place, registered.over_limit[parts.block]))
        if over_limit:
            # Once for each sample: the registrar counts them by cap.
            keys = [key for place, key in over_limit for _ in range(counts[place])]
            message = self._registrar.explain_limit(keys, monotonic_s)
            for place, _ in over_limit:
                refusals.add(place, Reason.SERIES_LIMIT, message, samples=counts[place])


class _Request(NamedTuple):
    """A body read but not yet checked."""

    ids: Int64Array
    """Of each series; _UNKNOWN for those in `parts`."""
    parts: dict[int, EntryParts]
    samples: Samples
    ts_ms: Int64Array
    values: Float64Array
    metadata: list[tuple[int, int]]


class _Registered(NamedTuple):
    ids: dict[bytes, int]
    faults: dict[bytes, str]
    over_limit: dict[bytes, SeriesKey]


def make_series_key(block: bytes) -> SeriesKey:
    """The series of a label block. Raises DamagedMessageError or SeriesFaultError."""
    key = make_series_of(read_labels(block))
    fault = find_name_fault(key.name) or find_labels_fault(key.labels)
    if fault:
        raise SeriesFaultError(fault)
    return key


def make_series_of(labels: Iterable[tuple[bytes, bytes]]) -> SeriesKey:
    """The series of labels as they were sent; its name and labels are not checked. Raises SeriesFaultError."""
    try:
        pairs = [(name.decode(), value.decode()) for name, value in labels]
    except UnicodeDecodeError as error:
        raise SeriesFaultError("a label is not UTF-8") from error
    twice, times = Counter(name for name, _ in pairs).most_common(1)[0] if pairs else ("", 0)
    if times > 1:
        raise SeriesFaultError(f"the label {twice[:60]!r} comes {times} times")
    others = make_labels(pair for pair in pairs if pair[0] != _NAME_LABEL)
    return SeriesKey(dict(pairs).get(_NAME_LABEL, ""), others)


def _find_name(block: bytes) -> str:
    """The metric of a label block that is perhaps not sound."""
    try:
        return dict(read_labels(block)).get(_NAME_LABEL.encode(), b"").decode(errors="replace")
    except DamagedMessageError:
        return ""
