"""OTLP metrics, protobuf and JSON, to one SampleBatch.

Both forms are read into the same families and points; names and attributes are decoded for series that are not known
alone (`otlp_names.py` says what becomes of them). A point has a number, by which it is found again in later
messages, and its samples have keys made of it:

    key = number << 20 | part         part: 0 the value or _sum, 1 _count, from 2 on buckets or quantiles

Differences become running totals (`otlp_totals.py`), exponential buckets `le` buckets (`otlp_exponential.py`). A point
whose flags say that its series has ended becomes stale markers. Exemplars, min and max are passed over. Runs in the
decode threads; blocks when series are new.
"""

import struct
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from metricbox.errors import PayloadTooLargeError, ValidationError
from metricbox.ingest import otlp_json, otlp_wire
from metricbox.ingest.otlp_deltas import Deltas
from metricbox.ingest.otlp_names import NAMINGS, SHAPE_LABELS, FamilyNames, Naming
from metricbox.ingest.otlp_points import (
    MAX_POINTS,
    BucketPoint,
    Family,
    Kind,
    Message,
    NumberColumns,
)
from metricbox.ingest.otlp_values import write_number
from metricbox.ingest.otlp_wire_numbers import WholeBlocks
from metricbox.ingest.outcome import Decoded, Reason, Refusals
from metricbox.ingest.remote_write_metadata import describe_family, describe_metric
from metricbox.ingest.remote_write_symbols import SymbolNumbers
from metricbox.ingest.remote_write_wire import DamagedMessageError, TooManyPartsError
from metricbox.ingest.series_cache import GenerationCache
from metricbox.ingest.series_table import DoorContext, KeyedSamples, SeriesFaultError
from metricbox.model import STALE_MARKER, Int64Array, SeriesKey, make_labels
from metricbox.store.contract import MetricDetails

_PART_BITS = 20
_PART_MASK = (1 << _PART_BITS) - 1
_SUM_PART, _COUNT_PART, _FIRST_SHAPE_PART = 0, 1, 2
# Numbers of MetricType, see remote_write_metadata.py.
_COUNTER, _GAUGE = 1, 2

# Some 100,000 points with five attributes each; what falls out is looked up once more.
_NUMBERS_BYTES = 96 * 1024 * 1024
_BLOCKS_BYTES = 32 * 1024 * 1024
# A whole number for a key takes so much less than the cache reckons for a text.
_KEY_BYTES = -200

_NUMBER = struct.Struct("<q")
_NS_PER_MS = 1_000_000


class OtlpDoor:
    """What is remembered between messages. One for all senders; used by several threads."""

    def __init__(self, names: str) -> None:
        self._naming = NAMINGS[names]
        self._numbers = SymbolNumbers(_NUMBERS_BYTES)
        self._whole_blocks: WholeBlocks = GenerationCache(_BLOCKS_BYTES)
        self._deltas = Deltas()

    def decode(self, body: bytes, context: DoorContext, *, is_json: bool) -> Decoded:
        """Columns of every sample that can be stored, and what was refused; positions count points from 0.

        Raises ValidationError when the body is no such message, PayloadTooLargeError for too many points.
        """
        try:
            message = (
                otlp_json.read_message(body) if is_json else otlp_wire.read_message(body, self._whole_blocks)
            )
        except DamagedMessageError as error:
            form = "JSON" if is_json else "protobuf"
            raise ValidationError(f"the body is not an OTLP metrics request in {form}: {error}") from error
        except TooManyPartsError as error:
            raise PayloadTooLargeError(
                f"the body has more than {MAX_POINTS} points, or too many fields; send smaller batches"
            ) from error
        return _Points(message, self._naming, self._numbers, self._deltas, context).resolve()


class PointRefusals(Refusals):
    """Counts points, not the samples that they are made of, and names the metric of each."""

    def __init__(self, names: "_Names") -> None:
        super().__init__()
        self._names = names
        self._positions: set[int] = set()

    def add(self, position: int, reason: Reason, message: str, *, samples: int = 1, field: str = "") -> None:
        if position in self._positions:
            self.add_unlisted(reason, samples)
            return
        self._positions.add(position)
        super().add(
            position, reason, message, samples=samples, field=field or self._names.find_metric(position)
        )

    @property
    def is_full(self) -> bool:
        """Never: a point is counted by its position, which only `add` is told."""
        return False


class _Names:
    """Names of the families of one message, each made when it is asked for."""

    def __init__(self, message: Message, naming: Naming) -> None:
        self._message = message
        self._naming = naming
        self._families: dict[int, FamilyNames] = {}
        self._family_of: dict[int, int] = {}
        self.details: dict[str, MetricDetails] = {}
        """Metric -> what is said of it, of the families that were asked for."""

    def get_family(self, place: int) -> FamilyNames:
        """Raises SeriesFaultError."""
        names = self._families.get(place)
        if names is None:
            names = self._families[place] = self._make(self._message.families[place])
        return names

    def find_metric(self, position: int) -> str:
        """The metric of a point; empty when it cannot be read."""
        if not self._family_of:
            numbers = self._message.numbers
            self._family_of = dict(zip(numbers.positions.tolist(), numbers.families.tolist(), strict=True))
            self._family_of |= {one.position: one.family for one in self._message.buckets}
            self._family_of |= {one.position: one.family for one in self._message.exponentials}
        try:
            return self.get_family(self._family_of[position]).metric
        except SeriesFaultError:
            return ""

    def _make(self, family: Family) -> FamilyNames:
        try:
            texts = family.form.read_texts(family.resource, family.scope, family.head)
        except (DamagedMessageError, UnicodeDecodeError) as error:
            raise SeriesFaultError(f"its metric or resource cannot be read: {error}") from error
        names = self._naming.name_family(texts, family.kind, is_monotonic=family.is_monotonic)
        if family.kind in {Kind.GAUGE, Kind.SUM}:
            kind = _COUNTER if family.kind == Kind.SUM and family.is_monotonic else _GAUGE
            self.details[names.metric] = describe_metric(names.metric, kind, texts.description, names.unit)
        else:
            word = "summary" if family.kind == Kind.SUMMARY else "histogram"
            self.details |= describe_family(names.metric, word, texts.description, names.unit)
        return names


class _Point(NamedTuple):
    """What makes the series of a point."""

    family: int
    attributes: bytes
    bounds: bytes


class _Points:
    """The points of one message on their way to samples."""

    def __init__(
        self, message: Message, naming: Naming, numbers: SymbolNumbers, deltas: Deltas, context: DoorContext
    ) -> None:
        self._naming = naming
        self._numbers = numbers
        self._context = context
        self._families = message.families
        self._names = _Names(message, naming)
        self._refusals = PointRefusals(self._names)
        if message.empty_points:
            self._refusals.add_unlisted(Reason.NULL_VALUE, message.empty_points)
        message = _with_times(message, context.window.now_ms * _NS_PER_MS)
        family_numbers = numbers.number([family.text for family in message.families]).tolist()
        self._prefixes = [_NUMBER.pack(number) for number in family_numbers]
        pass_deltas = deltas.for_message(message.families, self._prefixes, context, self._refusals)
        self._columns = pass_deltas.add_numbers(message.numbers)
        self._buckets = self._check_shapes(pass_deltas.add_buckets(message.buckets, message.exponentials))
        self._point_of: dict[int, _Point] = {}
        self._labels: dict[int, dict[str, str]] = {}

    def resolve(self) -> Decoded:
        columns, buckets = self._columns, self._buckets
        column_numbers = self._number_columns(columns)
        bucket_numbers = self._number_buckets(buckets)
        samples = self._make_samples(column_numbers, bucket_numbers)
        # After the numbers, which stand for a point of either kind.
        self._numbers_of = (column_numbers, bucket_numbers)
        decoded = self._context.resolve(
            samples, self._make_series, self._refusals, key_bytes=lambda _: _KEY_BYTES
        )
        if self._names.details:
            self._context.registrar.learn(self._names.details)
        return decoded

    def _number_columns(self, columns: NumberColumns) -> Int64Array:
        prefixes = self._prefixes
        return self._numbers.number(
            [
                prefixes[family] + attributes
                for family, attributes in zip(columns.families.tolist(), columns.attributes, strict=True)
            ]
        )

    def _number_buckets(self, points: Sequence[BucketPoint]) -> Int64Array:
        prefixes = self._prefixes
        return self._numbers.number(
            [
                prefixes[point.family] + _NUMBER.pack(len(point.attributes)) + point.attributes + point.bounds
                for point in points
            ]
        )

    def _check_shapes(self, points: Sequence[BucketPoint]) -> list[BucketPoint]:
        """Histograms that have as many counts as bounds and one, and no more parts than a key can tell apart."""
        good = []
        for point in points:
            counts, bounds = len(point.values), len(point.bounds) // 8
            if counts > _PART_MASK - _FIRST_SHAPE_PART:
                self._refusals.add(point.position, Reason.SYNTAX, f"it has {counts} buckets")
            elif self._families[point.family].kind != Kind.SUMMARY and counts not in {0, bounds + 1}:
                message = f"it has {counts} bucket counts for {bounds} bounds, not {bounds + 1}"
                self._refusals.add(point.position, Reason.SYNTAX, message)
            else:
                good.append(point)
        return good

    def _make_samples(self, column_numbers: Int64Array, bucket_numbers: Int64Array) -> KeyedSamples[int]:
        columns, buckets = self._columns, self._buckets
        column_values = np.where(columns.is_absent, STALE_MARKER, columns.values)
        values: list[float] = []
        sizes: list[int] = []
        dropped: list[int] = []
        for point in buckets:
            if point.total is None and not point.is_absent:
                dropped.append(len(values))
            parts = _list_parts(point, is_summary=self._families[point.family].kind == Kind.SUMMARY)
            sizes.append(len(parts))
            values += parts
        size_column = np.array(sizes, np.int64)
        firsts = np.cumsum(size_column) - size_column
        parts_column = np.arange(len(values)) - np.repeat(firsts, size_column)
        keep = np.ones(len(values), np.bool_)
        keep[dropped] = False
        positions = np.repeat(np.array([point.position for point in buckets], np.int64), size_column)
        times = np.repeat(np.array([point.time_ns for point in buckets], np.int64), size_column)
        keys = (np.repeat(bucket_numbers, size_column) << _PART_BITS) | parts_column
        return KeyedSamples(
            np.concatenate([columns.positions, positions[keep]]).tolist(),
            np.concatenate([column_numbers << _PART_BITS, keys[keep]]).tolist(),
            np.concatenate([columns.time_ns, times[keep]]) // _NS_PER_MS,
            np.concatenate([column_values, np.array(values, np.float64)[keep]]),
        )

    # ---- series that are not known

    def _make_series(self, key: int) -> SeriesKey:
        """Raises SeriesFaultError."""
        number, part = key >> _PART_BITS, key & _PART_MASK
        point = self._get_point(number)
        family = self._families[point.family]
        names = self._names.get_family(point.family)
        labels = self._labels.get(number)
        if labels is None:
            labels = self._labels[number] = self._make_labels(point, family, names)
        if family.kind not in SHAPE_LABELS:
            return SeriesKey(names.metric, make_labels(labels.items()))
        if part == _SUM_PART:
            return SeriesKey(f"{names.metric}_sum", make_labels(labels.items()))
        if part == _COUNT_PART:
            return SeriesKey(f"{names.metric}_count", make_labels(labels.items()))
        suffix = "" if family.kind == Kind.SUMMARY else "_bucket"
        bound = _get_bound(point.bounds, part - _FIRST_SHAPE_PART)
        shape = {SHAPE_LABELS[family.kind]: write_number(bound)}
        return SeriesKey(f"{names.metric}{suffix}", make_labels((labels | shape).items()))

    def _get_point(self, number: int) -> _Point:
        if not self._point_of:
            column_numbers, bucket_numbers = self._numbers_of
            columns = self._columns
            points = zip(columns.families.tolist(), columns.attributes, strict=True)
            self._point_of = {
                one: _Point(family, attributes, b"")
                for one, (family, attributes) in zip(column_numbers.tolist(), points, strict=True)
            }
            for one, point in zip(bucket_numbers.tolist(), self._buckets, strict=True):
                self._point_of[one] = _Point(point.family, point.attributes, point.bounds)
        return self._point_of[number]

    def _make_labels(self, point: _Point, family: Family, names: FamilyNames) -> dict[str, str]:
        bounds = np.frombuffer(point.bounds, "<f8")
        if family.kind in {Kind.HISTOGRAM, Kind.EXPONENTIAL} and not (bounds[1:] > bounds[:-1]).all():
            raise SeriesFaultError("the bounds of its buckets do not ascend")
        try:
            attributes = family.form.read_attributes(point.attributes)
        except (DamagedMessageError, UnicodeDecodeError) as error:
            raise SeriesFaultError(f"its attributes cannot be read: {error}") from error
        return self._naming.name_labels(names, attributes, family.kind)


def _with_times(message: Message, now_ns: int) -> Message:
    """Points without a time are of now."""
    times = message.numbers.time_ns
    return message._replace(
        numbers=message.numbers._replace(time_ns=np.where(times == 0, now_ns, times)),
        buckets=[one if one.time_ns else one._replace(time_ns=now_ns) for one in message.buckets],
        exponentials=[one if one.time_ns else one._replace(time_ns=now_ns) for one in message.exponentials],
    )


def _list_parts(point: BucketPoint, *, is_summary: bool) -> list[float]:
    """Values of the samples of a point, in the order of their parts."""
    if point.is_absent:
        shapes = len(point.bounds) // 8 + (not is_summary)
        return [STALE_MARKER] * (_FIRST_SHAPE_PART + (shapes if point.bounds else 0))
    shape = point.values if is_summary else accumulate(point.values)
    return [point.total or 0.0, point.observations, *shape]


def _get_bound(bounds: bytes, place: int) -> float:
    """The last bucket ends nowhere."""
    if 8 * place >= len(bounds):
        return float("inf")
    bound: float = struct.unpack_from("<d", bounds, 8 * place)[0]
    return bound
