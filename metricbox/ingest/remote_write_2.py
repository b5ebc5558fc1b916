"""Prometheus remote write 2.0 to one SampleBatch.

What is new against 1.0: labels are references into a table of texts, and each series tells its metric's type, help and
unit. What becomes of values is the same (`remote_write.py`); native histograms are refused under their metric's name,
exemplars and start timestamps passed over. Runs in the decode threads; blocks when series are new.
"""

from collections.abc import Sequence

import numpy as np

from metricbox.errors import PayloadTooLargeError, ValidationError
from metricbox.ingest.outcome import Decoded, Reason, Refusals
from metricbox.ingest.remote_write import NATIVE_HISTOGRAMS, make_series_of
from metricbox.ingest.remote_write_2_wire import (
    KeyReader,
    SeriesTexts,
    Table,
    read_plain_series,
    read_series,
    split_message,
)
from metricbox.ingest.remote_write_metadata import describe_metric
from metricbox.ingest.remote_write_symbols import SymbolNumbers
from metricbox.ingest.remote_write_wire import (
    MAX_PARTS,
    DamagedMessageError,
    EntryParts,
    Samples,
    TooManyPartsError,
    join_samples,
    read_samples,
)
from metricbox.ingest.series_table import DoorContext, KeyedSamples
from metricbox.model import Int64Array, SeriesKey
from metricbox.store.contract import MetricDetails


def decode_remote_write_2(body: bytes, context: DoorContext, numbers: SymbolNumbers) -> Decoded:
    """Columns of every sample that can be stored, and what was refused; positions count series from 0.

    `numbers` must be the same for all that share the context's cache. Raises ValidationError when the body is no such
    message, also when it refers to texts that it does not hold; nothing of it is then stored.
    """
    try:
        table = split_message(body)
        message = _Message(body, table, numbers.number(table.symbols))
    except DamagedMessageError as error:
        raise ValidationError(f"the body is not a remote write 2.0 message: {error}") from error
    except TooManyPartsError as error:
        raise PayloadTooLargeError(
            f"the body has more than {MAX_PARTS} series or samples, or too many labels; send smaller batches"
        ) from error
    refusals = Refusals()
    message.refuse_histograms(refusals)
    decoded = context.resolve(message.samples, message.make_series, refusals)
    if message.details:
        # After the series, of which some metrics may be new.
        context.registrar.learn(message.details)
    return decoded


class _Message:
    """A body that was read. Raises DamagedMessageError or TooManyPartsError."""

    def __init__(self, body: bytes, table: Table, numbers: Int64Array) -> None:
        plain = read_plain_series(body, table, numbers)
        samples = Samples(plain.places, plain.sample_starts, plain.sample_sizes)
        keys = plain.keys
        self._parts: dict[int, EntryParts] = {}
        if len(plain.places) < len(table.starts):
            self._parts = _read_others(body, table, plain.places, numbers)
            samples = join_samples(samples, list(self._parts), list(self._parts.values()))
            key_of = dict(zip(plain.places.tolist(), keys, strict=True))
            key_of |= {place: parts.block for place, parts in self._parts.items()}
            keys = [key_of[place] for place in samples.places.tolist()]
        self._table = table
        self._numbers = numbers
        self._reader: KeyReader | None = None
        self.samples = KeyedSamples(samples.places.tolist(), keys, *read_samples(body, samples))
        self.details: dict[str, MetricDetails] = {}
        """Metric -> what is said of it, of the series that were made."""

    def refuse_histograms(self, refusals: Refusals) -> None:
        for place, parts in self._parts.items():
            if parts.histograms:
                name = dict(self._read(parts.block).labels).get(b"__name__", b"").decode(errors="replace")
                message = NATIVE_HISTOGRAMS.format(name=name)
                refusals.add(place, Reason.UNSUPPORTED, message, samples=parts.histograms)

    def make_series(self, key: bytes) -> SeriesKey:
        """The series of a key. Raises SeriesFaultError."""
        texts = self._read(key)
        series = make_series_of(texts.labels)
        if texts.type or texts.help or texts.unit:
            self._note(series.name, texts)
        return series

    def _note(self, name: str, texts: SeriesTexts) -> None:
        try:
            description, unit = texts.help.decode(), texts.unit.decode()
        except UnicodeDecodeError:
            # Nobody's samples are refused for what is said of them.
            return
        self.details[name] = describe_metric(name, texts.type, description, unit)

    def _read(self, key: bytes) -> SeriesTexts:
        if self._reader is None:
            self._reader = KeyReader(self._table.symbols, self._numbers)
        return self._reader.read(key)


def _read_others(body: bytes, table: Table, plain: Int64Array, numbers: Int64Array) -> dict[int, EntryParts]:
    """Place in the request -> a series that is not plain."""
    is_other = np.ones(len(table.starts), np.bool_)
    is_other[plain] = False
    places = np.flatnonzero(is_other)
    ranges: Sequence[tuple[int, int]] = list(
        zip(table.starts[places].tolist(), table.ends[places].tolist(), strict=True)
    )
    parts: dict[int, EntryParts] = {}
    fields = 0
    for place, (start, end) in zip(places.tolist(), ranges, strict=True):
        parts[place] = read_series(body, start, end, numbers)
        fields += len(parts[place].sample_starts)
        if fields > MAX_PARTS:
            raise TooManyPartsError
    return parts
